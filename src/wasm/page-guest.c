/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page-guest.c - somebody takes part in an exchange in a browser: from a link or a code to cards
 *
 * The script calls, in this order: guest_link, or guest_code and guest_cloud; guest_describe; what
 * makes the own card (page-own.c); guest_start with the consent. After a reload it gives back what
 * was kept (store.c) and calls guest_resume. The import "event" tells that something is to be seen,
 * which page-guest-show.c reads. guest_forget ends everything.
 */
#include "page-guest.h"

#include "host.h"
#include "page-cards.h"
#include "store.h"

#include "daemon/cloud-link/cloud-outcome.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
        TERMS_MS = 20 * 1000, /* for what is asked before the exchange */
        ANSWER_MS = 10 * 1000,
};

typedef enum GuestEvent {
        GUEST_DESCRIBED, /* the terms of the cloud are here */
        GUEST_CHANGED,   /* something of the exchange */
        GUEST_REFUSED,   /* there is no exchange: guest_refusal */
        GUEST_FORGOTTEN,
} GuestEvent;

HOST_IMPORT(event) void host_event(GuestEvent event);

HOST_EXPORT(guest_link) const char *engine_guest_link(const char *link, const char *page);
HOST_EXPORT(guest_code) const char *engine_guest_code(const char *code);
HOST_EXPORT(guest_cloud)
const char *engine_guest_cloud(const char *url, const char *identity, const char *page);
HOST_EXPORT(guest_describe) int engine_guest_describe(void);
HOST_EXPORT(guest_fix) void engine_guest_fix(double latitude, double longitude, double accuracy_m);
HOST_EXPORT(guest_start) int engine_guest_start(void);
HOST_EXPORT(guest_found) int engine_guest_found(void);
HOST_EXPORT(guest_resume) int engine_guest_resume(void);
HOST_EXPORT(guest_nudge) void engine_guest_nudge(void);
HOST_EXPORT(guest_forget) void engine_guest_forget(void);

Guest guest;

static void guest_refuse(Outcome outcome)
{
        guest.refusal = outcome;
        host_event(GUEST_REFUSED);
}

static void guest_refuse_errno(int r)
{
        if (r < 0)
                guest_refuse(OUTCOME_FAILED);
}

/* ---- what to take part in ---- */

/* The server of the page sees what is typed into it. So a page of the cloud's own host gets no
 * secret words: with them its cloud could pass for one of those who know them. */
static const char *guest_check_page(const char *page)
{
        char own[CLOUD_URL_SIZE];

        if (guest.link.code.n_words == 0)
                return "";
        if (cloud_url_normalise(own, page) && !cloud_url_same_host(own, guest.link.url))
                return "";
        code_done(&guest.link.code);
        return "page of the cloud";
}

/* A sentence about what is wrong with it, "" where nothing is. page: the origin of the page. */
const char *engine_guest_link(const char *link, const char *page)
{
        int r;

        huddle_link_done(&guest.link);
        r = huddle_link_parse(&guest.link, link);
        if (r == 0 && guest.link.kind != HUDDLE_LINK_JOIN)
                r = HUDDLE_LINK_E_OTHER;
        if (r != 0)
                return r < 0 ? "out of memory" : huddle_link_message(r);
        guest.pin = (CloudPin){.identity = guest.link.identity};
        return guest_check_page(page);
}

/* "" where it can be read, else "?" and the word that was meant, or nothing, or "!". */
const char *engine_guest_code(const char *text)
{
        static char complaint[WORDS_LENGTH_MAX + 2];
        const char *meant;
        int r;

        code_done(&guest.link.code);
        r = code_parse(&guest.link.code, text, NULL);
        if (r == 0 && guest.link.code.n_words != 1)
                return "";
        meant = r == CODE_E_UNKNOWN_WORD ? code_meant(text) : NULL;
        (void)snprintf(complaint, sizeof complaint, "%s%s", r == CODE_E_UNKNOWN_WORD ? "?" : "!",
                       meant ? meant : "");
        return complaint;
}

/* Of a code that was typed. */
const char *engine_guest_cloud(const char *url, const char *identity, const char *page)
{
        guest.link.kind = HUDDLE_LINK_JOIN;
        guest.link.has_cloud = true;
        guest.link.has_screen = false;
        if (!cloud_url_normalise(guest.link.url, url))
                return huddle_link_message(HUDDLE_LINK_E_URL);
        if (cloud_identity_read(&guest.link.identity, (const uint8_t *)identity, strlen(identity)) <
            0)
                return huddle_link_message(HUDDLE_LINK_E_IDENTITY);
        guest.pin = (CloudPin){.identity = guest.link.identity};
        return guest_check_page(page);
}

/* ---- the cloud's terms ---- */

static int guest_client(CloudClient **client, const AccountKey *account)
{
        CloudClientDeps deps = {.clock = host_clock,
                                .carrier = host_carrier(guest.link.url),
                                .cloud = &guest.pin.identity,
                                .account = account};

        guest.call = cloud_call_cancel(guest.call); /* it may be of this client */
        *client = cloud_client_free(*client);
        return cloud_client_new(client, &deps);
}

/* Calls func within TERMS_MS. */
static int guest_ask(WireRequest *request, CloudFunc func)
{
        guest.call = cloud_call_cancel(guest.call);
        return cloud_client_call(guest.stranger, &guest.call, request,
                                 clock_now(host_clock) + TERMS_MS, ANSWER_MS, func, NULL);
}

static Outcome guest_refusal_of(CloudResult result, const WireResponse *response)
{
        if (result != CLOUD_STATUS)
                return result == CLOUD_OK ? OUTCOME_CLOUD_REFUSED : cloud_outcome(result);
        switch (response->status) {
        case PB_STATUS_NO_GUESTS:
                return OUTCOME_NO_GUESTS;
        case PB_STATUS_CONSENT:
                return OUTCOME_CONSENT_REQUIRED;
        case PB_STATUS_BUSY:
        case PB_STATUS_UNAVAILABLE:
                return OUTCOME_CLOUD_BUSY;
        default:
                return OUTCOME_CLOUD_REFUSED;
        }
}

static void on_guest_described(void *userdata, CloudResult result, const WireResponse *response)
{
        guest.call = NULL;
        if (result != CLOUD_OK || response->body_case != PB_RESPONSE_BODY_DESCRIPTION) {
                guest_refuse(guest_refusal_of(result, response));
                return;
        }
        if (!response->description->guests) {
                guest_refuse(OUTCOME_NO_GUESTS);
                return;
        }
        (void)snprintf(guest.consent, sizeof guest.consent, "%s",
                       response->description->consent_text);
        guest.consent_version = response->description->consent_version;
        host_event(GUEST_DESCRIBED);
}

/* Less than 0: no memory. */
int engine_guest_describe(void)
{
        WireRequest request = PB_REQUEST_INIT;
        PbDescribe body = PB_DESCRIBE_INIT;
        int r = guest_client(&guest.stranger, NULL);

        request.body_case = PB_REQUEST_BODY_DESCRIBE;
        request.describe = &body;
        return r < 0 ? r : guest_ask(&request, on_guest_described);
}

/* ---- the exchange ---- */

static void on_guest_changed(void *userdata, Exchange *x)
{
        host_event(GUEST_CHANGED);
}

/* A browser has no radio. */
static int guest_radios_on(void *userdata, Exchange *x, const Token *token)
{
        return 0;
}

static void guest_radios_off(void *userdata, Exchange *x)
{
}

static ExchangeSettings guest_settings(void)
{
        return (ExchangeSettings){
                .clock = host_clock,
                .cloud = guest.client,
                .cloud_pin = &guest.pin,
                .store = page_store,
                .listen_ms = 0,
                .join_ms = EXCHANGE_JOIN_MS,
                .changed = on_guest_changed,
                .radios_on = guest_radios_on,
                .radios_off = guest_radios_off,
        };
}

static int guest_press(void)
{
        ExchangeSettings settings = guest_settings();
        ExchangeOptions options = {.veto_ms = 10 * 1000,
                                   .fix = guest.fix,
                                   .mark = MARK_GUEST,
                                   .has_screen = guest.link.has_screen,
                                   .screen = guest.link.screen};

        if (guest.fix.known)
                fix_round(&options.fix);
        return exchange_new(&guest.exchange, &settings, 0, 1, &guest.link.code, page_cards_own(),
                            &options);
}

static void on_guest_registered(void *userdata, CloudResult result, const WireResponse *response)
{
        int r;

        guest.call = NULL;
        if (result != CLOUD_OK || response->body_case != PB_RESPONSE_BODY_REGISTERED) {
                page_store_wipe();
                guest_refuse(guest_refusal_of(result, response));
                return;
        }
        r = guest_client(&guest.client, &guest.account);
        if (r == 0)
                r = guest_press();
        if (r == -E2BIG)
                guest_refuse(OUTCOME_CARD_TOO_LARGE);
        else if (r < 0)
                guest_refuse_errno(r);
        else
                host_event(GUEST_CHANGED);
}

static int guest_register(void)
{
        WireRequest request = PB_REQUEST_INIT;
        PbRegisterGuest body = PB_REGISTER_GUEST_INIT;
        Bytes32 session_key, cloud_key;
        uint8_t signature[64];
        int r = cloud_client_session_key(guest.stranger, &session_key, &cloud_key);

        if (r < 0)
                return r;
        account_sign_guest(signature, &guest.account, &cloud_key, &session_key,
                           guest.consent_version);
        body.account_key = wire_bytes(guest.account.public_key.b, sizeof guest.account.public_key);
        body.signature = wire_bytes(signature, sizeof signature);
        body.consent_version = guest.consent_version;
        request.body_case = PB_REQUEST_BODY_REGISTER_GUEST;
        request.register_guest = &body;
        return guest_ask(&request, on_guest_registered);
}

/* What the pages after a reload need of the link. */
static int guest_keep_cloud(void)
{
        char text[CLOUD_URL_SIZE + CLOUD_IDENTITY_TEXT_MAX + 1];
        char identity[CLOUD_IDENTITY_TEXT_MAX];

        cloud_identity_format(identity, &guest.pin.identity);
        (void)snprintf(text, sizeof text, "%s %s", guest.link.url, identity);
        return page_store_put(STORE_CLOUD, text, strlen(text));
}

/* The user agrees to the terms. Less than 0: no memory. */
int engine_guest_start(void)
{
        int r;

        assert(page_cards_own());
        guest.exchange = exchange_free(guest.exchange);
        account_key_draw(&guest.account);
        r = guest_keep_cloud();
        if (r == 0)
                r = page_store_put(STORE_ACCOUNT, &guest.account, sizeof guest.account);
        return r == 0 ? guest_register() : r;
}

static int guest_recall_cloud(void)
{
        char text[CLOUD_URL_SIZE + CLOUD_IDENTITY_TEXT_MAX + 1], *identity;
        size_t len;
        const uint8_t *bytes = page_store_get(STORE_CLOUD, &len);

        if (!bytes || len >= sizeof text)
                return -EBADMSG;
        memcpy(text, bytes, len);
        text[len] = '\0';
        identity = strchr(text, ' ');
        if (!identity)
                return -EBADMSG;
        *identity++ = '\0';
        if (!cloud_url_normalise(guest.link.url, text) ||
            cloud_identity_parse(&guest.pin.identity, identity) < 0)
                return -EBADMSG;
        bytes = page_store_get(STORE_ACCOUNT, &len);
        if (!bytes || len != sizeof guest.account)
                return -EBADMSG;
        memcpy(&guest.account, bytes, len);
        return 0;
}

/* Whether what was kept is an exchange or the cards of one. */
int engine_guest_found(void)
{
        return page_store_has_exchange() || page_cards_count() > 0;
}

/* 1: there is something to show, 0: there is not. */
int engine_guest_resume(void)
{
        ExchangeSettings settings;
        int r;

        if (!page_store_has_exchange())
                return page_cards_count() > 0;
        r = guest_recall_cloud();
        if (r == 0)
                r = guest_client(&guest.client, &guest.account);
        settings = guest_settings();
        if (r == 0)
                r = exchange_resume(&guest.exchange, &settings, 1);
        return r == 0 || page_cards_count() > 0;
}

/* The network or the page is back: what waits is tried now. */
void engine_guest_nudge(void)
{
        if (guest.client)
                cloud_client_renew(guest.client);
}

/* A better place. */
void engine_guest_fix(double latitude, double longitude, double accuracy_m)
{
        Fix fix = {.known = true,
                   .latitude_e7 = (int32_t)lround(latitude * 1e7),
                   .longitude_e7 = (int32_t)lround(longitude * 1e7),
                   .accuracy_m = (uint32_t)fmin(accuracy_m, 1e6)};

        if (!(fabs(latitude) <= 90 && fabs(longitude) <= 180 && accuracy_m >= 0))
                return;
        guest.fix = fix;
        fix_round(&fix);
        if (guest.exchange)
                exchange_set_fix(guest.exchange, &fix);
}

/* ---- the end ---- */

static void on_guest_forgotten(void *userdata, CloudResult result, const WireResponse *response)
{
        guest.call = NULL;
        host_event(GUEST_FORGOTTEN);
}

/* Our card is with the others, or may be. */
static bool guest_has_given(void)
{
        return guest.exchange ? exchange_card_released(guest.exchange) : page_cards_count() > 0;
}

static int guest_unregister(void)
{
        WireRequest request = PB_REQUEST_INIT;
        PbUnregister body = PB_UNREGISTER_INIT;

        request.body_case = PB_REQUEST_BODY_UNREGISTER;
        request.unregister = &body;
        return cloud_client_call(guest.client, &guest.call, &request,
                                 clock_now(host_clock) + ANSWER_MS, ANSWER_MS, on_guest_forgotten,
                                 NULL);
}

/* What the browser keeps is gone at once. The cloud is told, where it can be; but not once the card
 * is given, for slow members shall still get it: the account then ends with the group. */
void engine_guest_forget(void)
{
        bool tells = guest.client && !guest_has_given();

        if (guest.exchange && !exchange_ended(guest.exchange))
                (void)exchange_leave(guest.exchange);
        guest.exchange = exchange_free(guest.exchange);
        page_cards_wipe();
        page_store_wipe();
        code_done(&guest.link.code); /* the address of the cloud is needed still */
        guest.call = cloud_call_cancel(guest.call);
        if (!tells || guest_unregister() < 0)
                host_event(GUEST_FORGOTTEN);
}

/* ---- what the user says ---- */

HOST_EXPORT(guest_leave) void engine_guest_leave(void);
HOST_EXPORT(guest_hold) int engine_guest_hold(int hold);
HOST_EXPORT(guest_confirm) int engine_guest_confirm(int same);
HOST_EXPORT(guest_close) void engine_guest_close(void);
HOST_EXPORT(guest_admit) void engine_guest_admit(const char *word, int yes);

static void on_guest_told(void *userdata, int result)
{
        host_event(GUEST_CHANGED);
}

void engine_guest_leave(void)
{
        (void)exchange_leave(guest.exchange);
}

int engine_guest_hold(int hold)
{
        return exchange_hold(guest.exchange, hold);
}

int engine_guest_confirm(int same)
{
        return exchange_confirm_phrase(guest.exchange, same);
}

void engine_guest_close(void)
{
        exchange_close(guest.exchange, on_guest_told, NULL);
}

void engine_guest_admit(const char *word, int yes)
{
        exchange_admit(guest.exchange, word, yes, on_guest_told, NULL);
}
