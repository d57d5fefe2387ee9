/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client.h - huddled and huddle-agent, as the app sees them
 *
 * One object owns the connections and the proxies. It stays when huddled goes, comes or is another
 * one; the proxies do not, so a page asks for them each time and never keeps one beyond "changed".
 */
#pragma once

#include "src/app/proxies.h"

typedef enum {
        /* as huddle: the system bus, or the session bus if huddled is known there alone */
        CLIENT_BUS_CHOOSE,
        CLIENT_BUS_SYSTEM,
        CLIENT_BUS_SESSION,
} ClientBus;

typedef enum {
        CLIENT_LOOKING,       /* for a bus and for huddled on it */
        CLIENT_READY,         /* manager and objects are there */
        CLIENT_ABSENT,        /* huddled is not running, or went; we wait for it */
        CLIENT_OTHER_VERSION, /* it has less than we need, or other interfaces */
} ClientState;

#define HUDDLE_TYPE_CLIENT (huddle_client_get_type())
G_DECLARE_FINAL_TYPE(HuddleClient, huddle_client, HUDDLE, CLIENT, GObject)

/* Begins to look at once. Signal "changed": the state, which exchanges and peers there are, a
 * property of one of them or of the manager, or the history. */
HuddleClient *huddle_client_new(ClientBus bus);

ClientBus huddle_client_get_bus(HuddleClient *c);
ClientState huddle_client_get_state(HuddleClient *c);
/* Looks again now, for a button. */
void huddle_client_retry(HuddleClient *c);

/* Borrowed. NULL unless CLIENT_READY. */
GDBusConnection *huddle_client_get_connection(HuddleClient *c);
BusManager1 *huddle_client_get_manager(HuddleClient *c);
/* Borrowed. NULL without a session bus. A call starts huddle-agent if it is installed. */
BusAgent1 *huddle_client_get_agent(HuddleClient *c);

/* An exchange that the daemon lists (it runs, or ended in this session of the daemon), by its path;
 * borrowed, NULL: not listed. */
BusExchange1 *huddle_client_get_exchange(HuddleClient *c, const char *path);
/* The exchange that is running, borrowed; NULL: none is. There is at most one. */
BusExchange1 *huddle_client_get_running(HuddleClient *c);
/* Whether this state of an exchange is its last: delivered, failed, left. */
gboolean huddle_client_is_over(const char *state);
/* How many neighbours are heard; always 0 while no exchange runs. */
guint huddle_client_count_near(HuddleClient *c);
