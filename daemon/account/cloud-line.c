/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cloud-line.h"
#include "src/base/events.h"
#include "src/base/log.h"
#include "src/protocol/cloud-words.h"
#include "daemon/cloud-link/carrier-switch.h"
#include "daemon/cloud-link/cloud-places.h"
#include "daemon/cloud-link/pin-keeper.h"
#include "daemon/help/carrier-relay.h"

#include <assert.h>
#include <string.h>

enum { MEET_MS = 4000 };

struct CloudLine {
        Clock *clock;
        DaemonStore *store;
        Carrier *carrier;        /* NULL: no cloud */
        Carrier *direct, *relay; /* its two ways */
        Carrier *for_neighbours;
        CloudPlaces *places; /* NULL: no cloud */
        char *url;           /* of CLOUD_URL_SIZE bytes at least */
        char *name, *pin_name;
        bool expects;
        Bytes32 expected; /* digest of its keys */
        PinKeeper *pin;   /* NULL: no cloud */
        bool asked;       /* the state below is of the last request */
        CloudResult result;
        bool fails; /* the last one failed, and the line has not moved since */
        int64_t skew_ms;
        void (*changed)(void *userdata);
        void *userdata;
};

struct CloudMeeting {
        CloudLine *line;
        Carriage *carriage;
        CloudMeetingFunc done;
        void *userdata;
        Timer *soon; /* if there is no cloud to ask */
};

const char *cloud_line_url(const CloudLine *l)
{
        return l->url;
}

const char *cloud_line_address(const CloudLine *l)
{
        return l->places ? cloud_places_answering(l->places) : NULL;
}

const char *cloud_line_name(const CloudLine *l)
{
        return l->name;
}

/* ---- state ---- */

/* Once for each time that it goes, and not again while it stays away for the same reason. */
static void line_note_away(const CloudLine *l, CloudResult result)
{
        Outcome outcome = cloud_outcome(result);

        if (l->asked && l->result == result)
                return;
        if (outcome == OUTCOME_NO_NETWORK)
                log_line(LOG_NOTICE, EVENT_NO_NETWORK,
                         "no network, and no neighbour with a way to the cloud");
        else if (outcome != OUTCOME_OK && outcome != OUTCOME_CLOUD_KEY_CHANGED)
                log_line(LOG_NOTICE, EVENT_CLOUD_AWAY, "no way to the cloud: %s",
                         outcome_message(outcome));
}

static void line_set_state(void *userdata, CloudResult result, int64_t skew_ms)
{
        CloudLine *l = userdata;

        if (result == CLOUD_OTHER_KEY && (!l->asked || l->result != result))
                log_line(LOG_WARNING, EVENT_OTHER_KEY,
                         "the server at the cloud's address does not hold the cloud's key: it is "
                         "another one, or the cloud replaced its keys while this terminal was "
                         "away; ask its operator for the identity, and set it as Identity in "
                         "[Cloud]");
        line_note_away(l, result);
        l->asked = true;
        l->result = result;
        l->fails = cloud_outcome(result) != OUTCOME_OK;
        if (cloud_outcome(result) == OUTCOME_OK)
                l->skew_ms = skew_ms;
        l->changed(l->userdata);
}

bool cloud_line_online(const CloudLine *l)
{
        return l->asked && cloud_outcome(l->result) == OUTCOME_OK;
}

bool cloud_line_relayed(const CloudLine *l)
{
        return cloud_line_online(l) && carrier_switch_relayed(l->carrier);
}

Outcome cloud_line_trouble(const CloudLine *l)
{
        if (!l->carrier)
                return *l->url ? OUTCOME_CLOUD_UNUSABLE : OUTCOME_NO_CLOUD;
        return l->asked ? cloud_outcome(l->result) : OUTCOME_OK;
}

bool cloud_line_fails(const CloudLine *l)
{
        return l->fails;
}

int64_t cloud_line_skew_ms(const CloudLine *l)
{
        return l->skew_ms;
}

static void line_told_succession(void *userdata, const uint8_t *bytes, size_t len)
{
        CloudLine *l = userdata;

        pin_keeper_told(l->pin, bytes, len);
}

int cloud_line_client(CloudLine *l, CloudClient **ret, const AccountKey *account)
{
        return cloud_client_new(ret, &(CloudClientDeps){.clock = l->clock,
                                                        .carrier = l->carrier,
                                                        .cloud = &cloud_line_pin(l)->identity,
                                                        .account = account,
                                                        .state = line_set_state,
                                                        .succession = line_told_succession,
                                                        .userdata = l});
}

Carrier *cloud_line_through_neighbours(CloudLine *l)
{
        return l->relay;
}

Carrier *cloud_line_for_neighbours(CloudLine *l)
{
        return l->for_neighbours;
}

const CloudPin *cloud_line_pin(const CloudLine *l)
{
        return l->pin ? pin_keeper_pin(l->pin) : NULL;
}

const CloudIdentity *cloud_line_identity(const CloudLine *l)
{
        const CloudPin *pin = cloud_line_pin(l);

        return pin ? &pin->identity : NULL;
}

bool cloud_line_has_digest(const CloudLine *l, const Bytes32 *digest)
{
        const CloudIdentity *id = cloud_line_identity(l);
        Bytes32 ours;

        if (!id)
                return false;
        cloud_digest(&ours, id);
        return bytes32_equal(&ours, digest);
}

int cloud_line_move(CloudLine *l, const char *url)
{
        int r;

        assert(l->carrier && strlen(url) < CLOUD_URL_SIZE);
        r = cloud_places_move(l->places, url);
        if (r < 0)
                return r;
        (void)strcpy(l->url, url);
        l->fails = false;
        cloud_line_renew(l);
        return 0;
}

void cloud_line_expect(CloudLine *l, const Bytes32 *digest)
{
        l->expects = true;
        l->expected = *digest;
}

void cloud_line_renew(CloudLine *l)
{
        if (!l->carrier)
                return;
        carrier_renew(l->carrier);
        carrier_renew(l->for_neighbours);
}

/* ---- the first meeting ---- */

static CloudResult line_carrier_result(CarrierResult result)
{
        switch (result) {
        case CARRIER_ANSWERED:
                return CLOUD_OK;
        case CARRIER_NO_NETWORK:
                return CLOUD_NO_NETWORK;
        case CARRIER_TLS:
                return CLOUD_TLS;
        case CARRIER_PORTAL:
                return CLOUD_PORTAL;
        case CARRIER_BUSY:
                return CLOUD_BUSY;
        case CARRIER_UNREACHABLE:
        case CARRIER_REFUSED:
                break;
        }
        return CLOUD_UNREACHABLE;
}

/* 0; -EINVAL: the answer is not an identity; -EKEYREJECTED: it is another one than expected. */
static int line_pin(CloudLine *l, const uint8_t *answer, size_t len)
{
        CloudIdentity id;
        Bytes32 digest;

        if (cloud_identity_read(&id, answer, len) < 0)
                return -EINVAL;
        cloud_digest(&digest, &id);
        if (l->expects && !bytes32_equal(&digest, &l->expected))
                return -EKEYREJECTED;
        return pin_keeper_meet(l->pin, &id);
}

static void meeting_finish(CloudMeeting *m, Outcome outcome)
{
        CloudMeetingFunc done = m->done;
        void *userdata = m->userdata;

        timer_free(m->soon);
        free(m);
        done(userdata, outcome);
}

static void on_meeting_identity(void *userdata, CarrierResult result, const uint8_t *answer,
                                size_t len)
{
        CloudMeeting *m = userdata;
        CloudLine *l = m->line;
        CloudResult state = line_carrier_result(result);
        int r;

        if (state == CLOUD_OK) {
                r = line_pin(l, answer, len);
                if (r < 0 && r != -EINVAL && r != -EKEYREJECTED) {
                        log_error("the cloud's identity cannot be stored: %s", strerror(-r));
                        meeting_finish(m, OUTCOME_FAILED);
                        return;
                }
                state = r == -EINVAL         ? CLOUD_UNREACHABLE
                        : r == -EKEYREJECTED ? CLOUD_OTHER_KEY
                                             : CLOUD_OK;
        }
        if (state != CLOUD_OK)
                line_set_state(l, state, 0);
        meeting_finish(m, cloud_outcome(state));
}

static void on_meeting_nobody(void *userdata)
{
        CloudMeeting *m = userdata;

        meeting_finish(m, cloud_line_trouble(m->line));
}

int cloud_line_meet(CloudLine *l, CloudMeeting **ret, CloudMeetingFunc done, void *userdata)
{
        CloudMeeting *m = calloc(1, sizeof *m);
        int r;

        if (!m)
                return -ENOMEM;
        *m = (CloudMeeting){.line = l, .done = done, .userdata = userdata};
        if (l->carrier)
                r = carrier_send(l->direct, &m->carriage, NULL, 0, MEET_MS, on_meeting_identity, m);
        else
                r = clock_timer(l->clock, &m->soon, clock_now(l->clock), on_meeting_nobody, m);
        if (r < 0) {
                free(m);
                return r;
        }
        *ret = m;
        return 0;
}

CloudMeeting *cloud_meeting_cancel(CloudMeeting *m)
{
        if (!m)
                return NULL;
        carriage_cancel(m->carriage);
        timer_free(m->soon);
        free(m);
        return NULL;
}

/* ---- life ---- */

/* Under another of its URLs, where their order has changed. */
static const char *line_find_pin(const CloudLine *l, const CloudLineSettings *s)
{
        CloudPinRecord record;

        if (daemon_store_cloud_get(l->store, l->pin_name, &record) == 0)
                return l->pin_name;
        for (size_t i = 0; i < s->n_more; i++)
                if (daemon_store_cloud_get(l->store, s->more[i], &record) == 0)
                        return s->more[i];
        return l->pin_name;
}

static int line_make_pin(CloudLine *l, const CloudLineSettings *s)
{
        PinKeeperDeps deps = {.clock = l->clock,
                              .store = l->store,
                              .url = line_find_pin(l, s),
                              .follows = s->follow_succession};
        CloudIdentity configured;

        if (*s->identity) {
                if (cloud_identity_parse(&configured, s->identity) < 0) {
                        log_line(LOG_ERR, EVENT_IDENTITY_WRONG,
                                 "Identity in [Cloud] is not the identity of a cloud: it has a "
                                 "typing error");
                        return -EINVAL;
                }
                deps.configured = &configured;
        }
        return pin_keeper_new(&l->pin, &deps);
}

static const char *line_unless_empty(const char *text)
{
        return *text ? text : NULL;
}

static void on_line_way_changed(void *userdata)
{
        CloudLine *l = userdata;

        log_info("requests go %s",
                 carrier_switch_relayed(l->carrier) ? "through a neighbour" : "directly again");
        l->changed(l->userdata);
}

static int line_make_carrier(CloudLine *l, const CloudLineDeps *d, const CloudLineSettings *s)
{
        CloudPlacesDeps places = {
                .event = d->event,
                .clock = d->clock,
                .store = d->store,
                .proxy = line_unless_empty(s->proxy),
                .ca_file = line_unless_empty(s->ca_file),
                .changed = d->changed,
                .userdata = d->userdata,
        };
        const char *urls[CLOUD_PLACES_MAX] = {l->url};
        size_t n = 1;
        _cleanup_(carrier_freep) Carrier *direct = NULL, *relay = NULL;
        int r = line_make_pin(l, s);

        for (size_t i = 0; i < s->n_more && n < ARRAY_LEN(urls); i++)
                urls[n++] = s->more[i];
        if (r == 0)
                r = cloud_places_new(&l->places, &places, urls, n);
        if (r == 0)
                r = cloud_places_carrier(l->places, &direct, false);
        if (r == 0)
                r = cloud_places_carrier(l->places, &l->for_neighbours, true);
        if (r == 0)
                r = carrier_relay_new(&relay, d->clock);
        if (r == 0)
                r = carrier_switch_new(&l->carrier,
                                       &(CarrierSwitchDeps){.clock = d->clock,
                                                            .direct = direct,
                                                            .relay = relay,
                                                            .relay_ready = carrier_relay_ready,
                                                            .changed = on_line_way_changed,
                                                            .userdata = l});
        if (r < 0)
                return r;
        l->direct = TAKE_PTR(direct);
        l->relay = TAKE_PTR(relay);
        return 0;
}

/* With room for the address that the cloud moves to. */
static char *line_copy_url(const char *url)
{
        char *copy = calloc(1, MAX(strlen(url) + 1, (size_t)CLOUD_URL_SIZE));

        return copy ? strcpy(copy, url) : NULL;
}

int cloud_line_new(CloudLine **ret, const CloudLineDeps *d, const CloudLineSettings *s)
{
        _cleanup_(cloud_line_freep) CloudLine *l = calloc(1, sizeof *l);
        int r = 0;

        if (!l)
                return -ENOMEM;
        *l = (CloudLine){.clock = d->clock,
                         .store = d->store,
                         .changed = d->changed,
                         .userdata = d->userdata};
        l->url = line_copy_url(s->url);
        l->name = strdup(s->name);
        l->pin_name = strdup(s->pin);
        if (!l->url || !l->name || !l->pin_name)
                return -ENOMEM;
        if (*l->url)
                r = line_make_carrier(l, d, s);
        if (r == -EINVAL)
                log_error("the [Cloud] of the configuration cannot be used");
        else if (r < 0)
                return r;
        *ret = TAKE_PTR(l);
        return 0;
}

CloudLine *cloud_line_free(CloudLine *l)
{
        if (!l)
                return NULL;
        carrier_free(l->carrier);
        carrier_free(l->for_neighbours);
        cloud_places_free(l->places);
        pin_keeper_free(l->pin);
        free(l->url);
        free(l->name);
        free(l->pin_name);
        free(l);
        return NULL;
}
