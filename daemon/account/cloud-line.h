/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloud-line.h - the line to one cloud: its address, its keys, whether it answers, and by which
 * route
 *
 * Its identity comes from the configuration. Without one we ask for it once and pin it in the
 * store: from then on we accept no other identity at the same address, unless the one before has
 * signed it.
 */
#pragma once

#include "src/base/clock.h"
#include "src/base/settings.h"
#include "src/protocol/cloud-url.h"
#include "daemon/cloud-link/cloud-outcome.h"
#include "daemon/store/store.h"

typedef struct CloudLine CloudLine;

typedef struct CloudLineDeps { /* borrowed; outlive the line */
        sd_event *event;
        Clock *clock;
        DaemonStore *store;
        void (*changed)(void *userdata); /* the state at the end of this file has changed */
        void *userdata;
} CloudLineDeps;

typedef struct CloudLineSettings {             /* borrowed during cloud_line_new */
        const char *url;                       /* where it is; "": there is no cloud */
        const char (*more)[SETTING_TEXT_SIZE]; /* further URLs of the same cloud */
        size_t n_more;
        const char *name;     /* of the cloud in the store: "" for the configuration's, else url */
        const char *pin;      /* under which the store has the pin (store.h) */
        const char *identity; /* "": pinned on first use */
        bool follow_succession; /* of an identity that is not "" */
        const char *proxy;
        const char *ca_file;
} CloudLineSettings;

/* A URL or an identity that cannot be used is logged and counts as none: then every meeting
 * fails. */
int cloud_line_new(CloudLine **ret, const CloudLineDeps *deps, const CloudLineSettings *settings);
CloudLine *cloud_line_free(CloudLine *l); /* after every client, meeting and call */
DEFINE_CLEANUP(CloudLine *, cloud_line_free);

/* NULL until the cloud has been met. Moves along successions (pin-keeper.h). */
const CloudPin *cloud_line_pin(const CloudLine *l);
/* That of the pin. */
const CloudIdentity *cloud_line_identity(const CloudLine *l);
/* Where it is now. The text changes when the line moves, the pointer does not. */
const char *cloud_line_url(const CloudLine *l);
/* The one of its URLs at which it has answered last; NULL: at none since the start or the move. */
const char *cloud_line_address(const CloudLine *l);
const char *cloud_line_name(const CloudLine *l);

/* From now on the cloud is at this address, in the spelling of cloud-url.h. Requests on their way
 * stay where they are. The line must have a cloud. */
int cloud_line_move(CloudLine *l, const char *url);
/* Whether the cloud has been met and its keys have this digest (cloud-words.h). */
bool cloud_line_has_digest(const CloudLine *l, const Bytes32 *digest);
/* Before the first meeting: identities with another digest are not pinned, and make the outcome
 * OUTCOME_CLOUD_KEY_CHANGED. */
void cloud_line_expect(CloudLine *l, const Bytes32 *digest);

/* Asks the cloud for its identity and pins it. On OUTCOME_OK cloud_line_pin is known. done is
 * never called from within, and *ret is gone afterwards. */
typedef struct CloudMeeting CloudMeeting;
typedef void (*CloudMeetingFunc)(void *userdata, Outcome outcome);
int cloud_line_meet(CloudLine *l, CloudMeeting **ret, CloudMeetingFunc done, void *userdata);
CloudMeeting *cloud_meeting_cancel(CloudMeeting *m); /* NULL is fine */

/* A client to the cloud, which must have been met. account NULL: for Describe and Register. */
int cloud_line_client(CloudLine *l, CloudClient **ret, const AccountKey *account);

/* The carrier through neighbours, to which radios report them (carrier-relay.h), and the carrier
 * for neighbours (relay.h). NULL if there is no cloud. */
Carrier *cloud_line_through_neighbours(CloudLine *l);
Carrier *cloud_line_for_neighbours(CloudLine *l);

/* The network is another one, or the address: what there is of connections and experience does not
 * count. */
void cloud_line_renew(CloudLine *l);

/* The state of the line. */
bool cloud_line_online(const CloudLine *l);
bool cloud_line_relayed(const CloudLine *l);    /* online, through a neighbour */
Outcome cloud_line_trouble(const CloudLine *l); /* the reason why the last request failed */
/* Whether a request has failed since the last one that did not, or since the line moved. */
bool cloud_line_fails(const CloudLine *l);
int64_t cloud_line_skew_ms(const CloudLine *l);
