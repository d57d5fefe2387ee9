/* SPDX-License-Identifier: GPL-2.0-or-later */
/* press.h - one exchange as this machine runs it: the state machine, its radios, its objects on
 * D-Bus */
#pragma once

#include "daemon/bus/bus.h"
#include "daemon/exchange/exchange.h"
#include "radios.h"

typedef struct Press Press;

typedef struct PressSettings { /* borrowed, outlives the press */
        sd_event *event;
        Clock *clock;
        Bus *bus;
        DaemonStore *store;
        struct Records *records;
        struct Location *location;
        uint32_t listen_ms;
        bool mdns;
        bool bluetooth;
        RadioBluezSettings bluez;
        Carrier *through_neighbours;       /* carrier-relay.h */
        Relay *relay;                      /* NULL: neighbours are not helped */
        bool (*has_route)(void *userdata); /* the cloud answers, and not through a neighbour */
        void (*radio_changed)(void *userdata);
        void (*over)(void *userdata, Press *p); /* there is nothing left to read: free it */
        void *userdata;
} PressSettings;

/* Borrows the line of the user's account, which outlives it. */
typedef struct PressLine {
        CloudClient *client;
        const CloudIdentity *identity;
} PressLine;

int press_new(Press **ret, const PressSettings *settings, const PressLine *line, uint32_t uid,
              const Code *code, const Card *card, const ExchangeOptions *options);
int press_resume(Press **ret, const PressSettings *settings, const PressLine *line,
                 uint64_t number);
Press *press_free(Press *p); /* an exchange that has not ended stays resumable */
DEFINE_CLEANUP(Press *, press_free);

uint32_t press_uid(const Press *p);
const char *press_path(const Press *p);
bool press_running(const Press *p);
/* What has_route says has changed. */
void press_route_changed(Press *p);
/* The place has become known; see exchange_set_fix. */
void press_set_fix(Press *p, const Fix *fix);
/* The radio of this kind while it is on, else NULL. */
const Radio *press_radio(const Press *p, SightingTransport transport);
