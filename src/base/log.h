/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log.h - structured log lines for the journal, or plain lines on stderr when there is none
 *
 * An error is logged once, where the program decides what to do about it; src/ returns errors and
 * never logs. Never log cards, names, handles, keys, codes, serials or addresses: quote a position
 * in bad input, not the input.
 *
 * The fields, beside MESSAGE and PRIORITY (sd-journal(3)):
 *   MESSAGE_ID      what an administrator acts on (events.h); the catalog explains it
 *   EXCHANGE_ID     number of the exchange on this terminal
 *   EXCHANGE_STATE  its state
 *   RADIO           radio concerned: mdns, ble, l2cap
 *   GROUP_SIZE      members in the closed group
 *   CLOUD_STATUS    HTTP or protocol status of the cloud
 *   GROUP_ID        group on this cloud
 *   AUDIT           of the cloud's audit trail: what was done; operations.md lists its values
 *   AUDIT_…         and how often or to which kind of key
 */
#pragma once

#include <syslog.h>

/* Lines less urgent than this level (LOG_ERR … LOG_DEBUG) are dropped. Default LOG_INFO; the
 * environment variable HUDDLE_LOG (err, warning, notice, info, debug) sets it in log_open. */
void log_set_level(int level);

/* Chooses the journal when stderr is connected to it ($JOURNAL_STREAM), stderr otherwise. */
void log_open(const char *program);

/* Logs one line. fields is "KEY=value\nKEY=value" or NULL and holds nothing personal. */
void log_line(int priority, const char *fields, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The same, and in the journal also where stderr is not connected to it: what an administrator did
 * from a shell. */
void log_for_the_record(int priority, const char *fields, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

#define log_error(...) log_line(LOG_ERR, NULL, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, NULL, __VA_ARGS__)
#define log_notice(...) log_line(LOG_NOTICE, NULL, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, NULL, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, NULL, __VA_ARGS__)
