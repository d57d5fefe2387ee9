/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloud-line.h - the one cloud of this machine: where it is, which keys it must hold, whether it
 * answers, and which way
 *
 * Its identity comes from the configuration, or is asked for once and pinned in the store from
 * then on: another identity at the same address is never taken.
 */
#pragma once

#include "src/base/clock.h"
#include "cloud-outcome.h"
#include "daemon/store/store.h"

typedef struct CloudLine CloudLine;

typedef struct CloudLineSettings { /* borrowed; all but the texts outlive the line */
        sd_event *event;
        Clock *clock;
        DaemonStore *store;
        const char *url;      /* "": there is no cloud */
        const char *identity; /* "": pinned on first use */
        const char *proxy;
        const char *ca_file;
        void (*changed)(void *userdata); /* what the functions at the end tell has changed */
        void *userdata;
} CloudLineSettings;

/* A URL or an identity that cannot be used is told in the journal and counts as none: then every
 * meeting fails. */
int cloud_line_new(CloudLine **ret, const CloudLineSettings *settings);
CloudLine *cloud_line_free(CloudLine *l); /* after every client, meeting and call */
DEFINE_CLEANUP(CloudLine *, cloud_line_free);

/* NULL until the cloud has been met. */
const CloudIdentity *cloud_line_identity(const CloudLine *l);

/* Asks the cloud for its identity and pins it. On OUTCOME_OK cloud_line_identity is known. done is
 * never called from within; *ret is gone afterwards. */
typedef struct CloudMeeting CloudMeeting;
typedef void (*CloudMeetingFunc)(void *userdata, Outcome outcome);
int cloud_line_meet(CloudLine *l, CloudMeeting **ret, CloudMeetingFunc done, void *userdata);
CloudMeeting *cloud_meeting_cancel(CloudMeeting *m); /* NULL is fine */

/* A client to the cloud, which must have been met. account NULL: for Describe and Register. */
int cloud_line_client(CloudLine *l, CloudClient **ret, const AccountKey *account);

/* What carries through neighbours, for whoever hears them (carrier-relay.h), and what carries for
 * them (relay.h). NULL where there is no cloud. */
Carrier *cloud_line_through_neighbours(CloudLine *l);
Carrier *cloud_line_for_neighbours(CloudLine *l);

/* For D-Bus. */
bool cloud_line_online(const CloudLine *l);
bool cloud_line_relayed(const CloudLine *l);    /* online, through a neighbour */
Outcome cloud_line_trouble(const CloudLine *l); /* why the last request had no answer */
int64_t cloud_line_skew_ms(const CloudLine *l);
