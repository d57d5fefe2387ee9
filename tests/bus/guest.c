/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest LINK NAME - a guest as a page makes one, of the same parts: takes the link of a screen,
 * registers at its cloud, exchanges, and prints what it has
 *
 * Lines: "state STATE", "members N guests N", "card FN"; at last "ended STATE ERROR". HUDDLE_LOG
 * says more.
 */
#include "daemon/cloud-link/carrier-http.h"
#include "daemon/exchange/exchange.h"
#include "daemon/exchange/exchange-outcome.h"
#include "src/base/log.h"
#include "src/card/card.h"
#include "src/protocol/huddle-link.h"

#include <stdio.h>
#include <string.h>

enum { CALL_MS = 20 * 1000 };

typedef struct Guest {
        sd_event *event;
        Clock *clock;
        Carrier *carrier;
        DaemonStore *store;
        HuddleLink link;
        CloudPin pin;
        AccountKey key;
        CloudClient *stranger, *client;
        const char *name;
        uint64_t number;
        Exchange *exchange;
        ExchangeState state; /* as printed last */
        bool over;
} Guest;

static void guest_fail(const char *what, int r)
{
        (void)fprintf(stderr, "guest: %s: %d\n", what, r);
        exit(1);
}

static void guest_check(const char *what, int r)
{
        if (r != 0)
                guest_fail(what, r);
}

static int guest_print_card(void *userdata, const Id *member, const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;

        guest_check("card", card_parse(&card, vcard, strlen(vcard), NULL, NULL));
        (void)printf("card %s\n", card_name(card));
        return 0;
}

static void guest_on_changed(void *userdata, Exchange *x)
{
        Guest *g = userdata;

        if (!g->exchange || g->over)
                return;
        if (exchange_state(x) != g->state)
                (void)printf("state %s\nmembers %u guests %u\n",
                             exchange_state_name(exchange_state(x)), exchange_member_count(x),
                             exchange_guest_count(x));
        g->state = exchange_state(x);
        g->over = exchange_ended(x);
        if (g->over) {
                guest_check("cards",
                            daemon_store_card_walk(g->store, g->number, guest_print_card, NULL));
                (void)printf("ended %s %d\n", exchange_state_name(g->state),
                             (int)exchange_error(x));
                (void)sd_event_exit(g->event, 0);
        }
        (void)fflush(stdout);
}

static int guest_no_radio(void *userdata, Exchange *x, const Token *token)
{
        return -ENODEV;
}

static void guest_no_radio_off(void *userdata, Exchange *x)
{
}

static void guest_press(Guest *g)
{
        _cleanup_(card_freep) Card *card = NULL;
        ExchangeSettings settings = {
                .clock = g->clock,
                .cloud = g->client,
                .cloud_pin = &g->pin,
                .store = g->store,
                .join_ms = EXCHANGE_JOIN_MS,
                .changed = guest_on_changed,
                .radios_on = guest_no_radio,
                .radios_off = guest_no_radio_off,
                .userdata = g,
        };
        ExchangeOptions options = {
                .mark = MARK_GUEST, .has_screen = g->link.has_screen, .screen = g->link.screen};
        char text[512];

        (void)snprintf(text, sizeof text,
                       "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:%s\r\nTEL:+15550199\r\nEND:VCARD\r\n",
                       g->name);
        guest_check("card", card_parse(&card, text, strlen(text), NULL, NULL));
        guest_check("number", daemon_store_exchange_number(g->store, &g->number));
        guest_check("exchange", exchange_new(&g->exchange, &settings, 1000, g->number,
                                             &g->link.code, card, &options));
}

static void guest_on_registered(void *userdata, CloudResult result, const WireResponse *response)
{
        Guest *g = userdata;
        CloudClientDeps deps = {.clock = g->clock,
                                .carrier = g->carrier,
                                .cloud = &g->pin.identity,
                                .account = &g->key};

        if (result != CLOUD_OK)
                guest_fail("not registered", response ? (int)response->status : -(int)result);
        guest_check("client", cloud_client_new(&g->client, &deps));
        guest_press(g);
}

static void guest_on_described(void *userdata, CloudResult result, const WireResponse *response)
{
        Guest *g = userdata;
        WireRequest request = PB_REQUEST_INIT;
        PbRegisterGuest body = PB_REGISTER_GUEST_INIT;
        Bytes32 session_key, cloud_key;
        uint8_t signature[64];

        if (result != CLOUD_OK || !response->description->guests)
                guest_fail("takes no guests", (int)result);
        guest_check("session", cloud_client_session_key(g->stranger, &session_key, &cloud_key));
        account_key_draw(&g->key);
        body.consent_version = response->description->consent_version;
        account_sign_guest(signature, &g->key, &cloud_key, &session_key, body.consent_version);
        body.account_key = wire_bytes(g->key.public_key.b, sizeof g->key.public_key);
        body.signature = wire_bytes(signature, sizeof signature);
        request.body_case = PB_REQUEST_BODY_REGISTER_GUEST;
        request.register_guest = &body;
        guest_check("register",
                    cloud_client_call(g->stranger, NULL, &request, clock_now(g->clock) + CALL_MS,
                                      CARRIER_ANSWER_MS, guest_on_registered, g));
}

static void guest_begin(Guest *g)
{
        CloudClientDeps deps = {
                .clock = g->clock, .carrier = g->carrier, .cloud = &g->pin.identity};
        WireRequest request = PB_REQUEST_INIT;
        PbDescribe body = PB_DESCRIBE_INIT;

        request.body_case = PB_REQUEST_BODY_DESCRIBE;
        request.describe = &body;
        guest_check("stranger", cloud_client_new(&g->stranger, &deps));
        guest_check("describe",
                    cloud_client_call(g->stranger, NULL, &request, clock_now(g->clock) + CALL_MS,
                                      CARRIER_ANSWER_MS, guest_on_described, g));
}

int main(int argc, char **argv)
{
        Guest g = {0};

        if (argc != 3 || sodium_init() < 0)
                guest_fail("usage: guest LINK NAME", argc);
        log_open("guest");
        g.name = argv[2];
        guest_check("link", huddle_link_parse(&g.link, argv[1]));
        g.pin.identity = g.link.identity;
        guest_check("loop", MIN(sd_event_default(&g.event), 0));
        guest_check("clock", clock_event_new(&g.clock, g.event));
        guest_check("store", daemon_store_open(&g.store, ":memory:"));
        guest_check("carrier", carrier_http_new(&g.carrier, g.event,
                                                &(CarrierHttpSettings){.url = g.link.url}));
        guest_begin(&g);
        guest_check("loop", MIN(sd_event_loop(g.event), 0));
        (void)exchange_free(g.exchange);
        (void)cloud_client_free(g.client);
        (void)cloud_client_free(g.stranger);
        (void)carrier_free(g.carrier);
        (void)daemon_store_free(g.store);
        (void)clock_event_free(g.clock);
        huddle_link_done(&g.link);
        account_key_done(&g.key);
        (void)sd_event_unref(g.event);
        return 0;
}
