/* SPDX-License-Identifier: GPL-2.0-or-later */
/* accounts.c - sessions, registration with consent, confirmation, profiles, deletion */
#include "allowance.h"
#include "handlers.h"
#include "leaving.h"
#include "src/protocol/handle.h"

#include "ticket.h"

#include <stdio.h>
#include <string.h>

enum {
        RESEND_MS = 60 * 1000,
        CODES_FROM_ALL = 5,    /* times CodesPerHour: to one handle, from all addresses */
        GUESTS_FROM_ALL = 100, /* times GuestsPerHour: from all addresses */
};

int handle_describe(Call *c)
{
        const CloudSettings *s = c->node->settings;
        PbDescription d = PB_DESCRIPTION_INIT;
        WireResponse response = PB_RESPONSE_INIT;
        int r;

        d.consent_text = (char *)c->node->consent_text;
        d.consent_version = s->consent_version;
        d.verifies_handles = c->node->verifies;
        d.window_s = (uint32_t)(s->window_ms / 1000);
        d.max_window_s = (uint32_t)(s->max_window_ms / 1000);
        d.max_card_bytes = s->max_card_bytes;
        d.guests = s->guests;
        response.body_case = PB_RESPONSE_BODY_DESCRIPTION;
        response.description = &d;
        r = call_answer(c, PB_STATUS_OK, &response);
        return r < 0 ? r : CALL_TAKEN;
}

int handle_open_session(Call *c)
{
        const PbOpenSession *w = c->request->open_session;
        const Node *x = c->node;
        PbSessionOpened opened = PB_SESSION_OPENED_INIT;
        WireResponse response = PB_RESPONSE_INIT;
        const uint8_t *succession = cloud_keys_succession(x->keys, c->wall_ms);
        uint8_t ticket[TICKET_SIZE];
        AccountRow account;
        Bytes32 key;
        int r;

        memcpy(key.b, w->account_key.data, sizeof key.b);
        if (!account_verify_session(w->signature.data, &key, &c->session.cloud_key,
                                    &c->session.public_key)) {
                c->event = AUDIT_SIGNATURE;
                return PB_STATUS_MALFORMED;
        }
        r = store_account_by_key(c->node->store, &key, &account);
        if (r != 0)
                return r < 0 ? r : PB_STATUS_NO_ACCOUNT;
        ticket_seal(
                ticket, cloud_keys_ticket(x->keys, c->wall_ms),
                &(Ticket){account.id, account.epoch, c->wall_ms + x->settings->session_lifetime_ms},
                &c->session.public_key);
        opened.ticket = wire_bytes(ticket, sizeof ticket);
        if (succession)
                opened.succession = wire_bytes(succession, SUCCESSION_SIZE);
        opened.lifetime_s = (uint32_t)(x->settings->session_lifetime_ms / 1000);
        response.body_case = PB_RESPONSE_BODY_SESSION_OPENED;
        response.session_opened = &opened;
        r = call_answer(c, PB_STATUS_OK, &response);
        return r < 0 ? r : CALL_TAKEN;
}

static int account_answer_registered(Call *c, bool confirmed)
{
        PbRegistered registered = PB_REGISTERED_INIT;
        WireResponse response = PB_RESPONSE_INIT;
        int r;

        registered.confirmed = confirmed;
        response.body_case = PB_RESPONSE_BODY_REGISTERED;
        response.registered = &registered;
        r = call_answer(c, PB_STATUS_OK, &response);
        return r < 0 ? r : CALL_TAKEN;
}

/* A code is short, so the store keeps only a hash that is of no use without the cloud's key, which
 * is that of tickets at the time. */
static void account_code_hash(Bytes32 *ret, const Call *c, const Key *key, const char *code)
{
        Digest d;

        digest_begin_keyed(&d, "huddle v1 handle code", key);
        digest_u64(&d, (uint64_t)c->account.id);
        digest_field(&d, code, strlen(code));
        digest_end(&d, ret);
}

/* Where a request comes from, as limits count it. Returns the length; 0: unknown. */
static size_t account_origin(const Call *c, uint8_t ret[static sizeof c->origin.address])
{
        static const char neighbours[] = "relayed";

        if (c->way == API_RELAYED) {
                memcpy(ret, neighbours, sizeof neighbours - 1);
                return sizeof neighbours - 1;
        }
        memcpy(ret, c->origin.address, c->origin.n_address);
        return c->origin.n_address;
}

/* A handle is not sent more than a few codes: anybody can name it. They are counted for each
 * address that asks, so that one stranger does not use up those of the owner. A few can. Status OK,
 * or BUSY. */
static int account_may_send(Call *c)
{
        uint32_t per_hour = c->node->settings->codes_per_hour;
        uint8_t key[sizeof c->account.handle + sizeof c->origin.address];
        size_t n = account_origin(c, key), n_handle = strlen(c->account.handle);
        int r;

        memcpy(key + n, c->account.handle, n_handle);
        r = allowance_take(c, ALLOWANCE_CODES_FROM, key, n + n_handle, per_hour);
        return r != PB_STATUS_OK ? r
                                 : allowance_take(c, ALLOWANCE_CODES, c->account.handle, n_handle,
                                                  CODES_FROM_ALL * per_hour);
}

/* Draws a code, to be sent after the commit. An earlier one stands for RESEND_MS, in case that it
 * is still on its way. */
static int account_begin_confirmation(Call *c)
{
        const CloudSettings *settings = c->node->settings;
        char code[sizeof c->code];
        uint64_t expires_ms = c->now_ms + settings->code_lifetime_ms;
        Bytes32 hash;
        int r;

        (void)snprintf(code, sizeof code, "%06u", (unsigned)randombytes_uniform(1000000));
        account_code_hash(&hash, c, cloud_keys_ticket(c->node->keys, c->wall_ms), code);
        r = store_code_put(c->node->store, c->account.id, &hash,
                           expires_ms - MIN((uint64_t)RESEND_MS, settings->code_lifetime_ms),
                           expires_ms);
        if (r != 0) {
                sodium_memzero(code, sizeof code);
                return MIN(r, 0);
        }
        r = account_may_send(c);
        if (r == PB_STATUS_OK)
                memcpy(c->code, code, sizeof c->code);
        sodium_memzero(code, sizeof code);
        return r;
}

/* Status OK, or BUSY: too many accounts from there. */
static int account_check_origin(Call *c)
{
        uint8_t key[sizeof c->origin.address];
        size_t len = account_origin(c, key);

        if (len == 0)
                return PB_STATUS_OK;
        return allowance_take(c, ALLOWANCE_REGISTRATIONS, key, len,
                              c->node->settings->registrations_per_hour);
}

/* Status OK: nobody has confirmed the handle. Accounts that have not confirmed it keep it from
 * nobody: the first to confirm has it. */
static int account_check_handle(Call *c, const char *handle)
{
        AccountRow holder;
        int r = store_account_by_handle(c->node->store, handle, &holder);

        if (r < 0)
                return r;
        return r == 0 ? PB_STATUS_HANDLE_TAKEN : PB_STATUS_OK;
}

/* Status OK, or CONFLICT: it has been used before. */
static int account_check_key(Call *c, const Bytes32 *key)
{
        Id spent;
        int r;

        memcpy(spent.b, key->b, sizeof spent.b);
        r = store_spent(c->node->store, &spent);
        if (r < 0)
                return r;
        return r == 0 ? PB_STATUS_CONFLICT : PB_STATUS_OK;
}

static int account_register(Call *c, const Bytes32 *key, const char *handle)
{
        int r = account_check_key(c, key);

        if (r == PB_STATUS_OK)
                r = account_check_handle(c, handle);
        if (r == PB_STATUS_OK)
                r = account_check_origin(c);
        if (r != PB_STATUS_OK)
                return r;
        c->account = (AccountRow){
                .key = *key,
                .confirmed = !c->node->verifies,
                .consent_version = c->node->settings->consent_version,
                .created_ms = c->now_ms,
        };
        (void)snprintf(c->account.handle, sizeof c->account.handle, "%s", handle);
        r = store_account_add(c->node->store, &c->account);
        c->event = AUDIT_REGISTERED;
        return must(r); /* both were looked up just now */
}

int handle_register(Call *c)
{
        const PbRegister *w = c->request->register_;
        const Node *x = c->node;
        char handle[sizeof c->account.handle];
        Bytes32 key;
        int r;

        memcpy(key.b, w->account_key.data, sizeof key.b);
        if (!account_verify_register(w->signature.data, &key, &c->session.cloud_key,
                                     &c->session.public_key, w->handle, w->consent_version)) {
                c->event = AUDIT_SIGNATURE;
                return PB_STATUS_MALFORMED;
        }
        r = handle_normalise(handle, w->handle);
        if (r != 0)
                return r < 0 ? r : PB_STATUS_MALFORMED;
        if (w->consent_version != x->settings->consent_version)
                return PB_STATUS_CONSENT;
        r = store_account_by_key(c->node->store, &key, &c->account);
        if (r == 0 && (call_is_guest(c) || strcmp(c->account.handle, handle) != 0))
                return PB_STATUS_CONFLICT;
        if (r == STORE_E_NOT_FOUND)
                r = account_register(c, &key, handle);
        if (r == 0 && !c->account.confirmed)
                r = account_begin_confirmation(c);
        return r != 0 ? r : account_answer_registered(c, c->account.confirmed);
}

/* ---- guests ---- */

/* Guests cost nothing to make: so many from one address, and all of them together, that the rows of
 * an hour are bounded. Status OK, or BUSY. */
static int account_may_be_guest(Call *c)
{
        static const char all[] = "all";
        uint32_t per_hour = c->node->settings->guests_per_hour;
        uint8_t key[sizeof c->origin.address];
        size_t len = account_origin(c, key);
        int r = PB_STATUS_OK;

        if (len > 0)
                r = allowance_take(c, ALLOWANCE_GUESTS, key, len, per_hour);
        return r != PB_STATUS_OK ? r
                                 : allowance_take(c, ALLOWANCE_GUESTS_OF_ALL, all, sizeof all - 1,
                                                  GUESTS_FROM_ALL * per_hour);
}

static int account_add_guest(Call *c, const Bytes32 *key)
{
        int r = account_check_key(c, key);

        if (r == PB_STATUS_OK)
                r = account_may_be_guest(c);
        if (r != PB_STATUS_OK)
                return r;
        c->account = (AccountRow){
                .key = *key,
                .confirmed = true,
                .consent_version = c->node->settings->consent_version,
                .created_ms = c->now_ms,
                .guest_until_ms = c->now_ms + GUEST_MS,
        };
        r = store_account_add(c->node->store, &c->account);
        c->event = AUDIT_REGISTERED;
        return must(r); /* it was looked up just now */
}

int handle_register_guest(Call *c)
{
        const PbRegisterGuest *w = c->request->register_guest;
        const CloudSettings *settings = c->node->settings;
        Bytes32 key;
        int r;

        memcpy(key.b, w->account_key.data, sizeof key.b);
        if (!account_verify_guest(w->signature.data, &key, &c->session.cloud_key,
                                  &c->session.public_key, w->consent_version)) {
                c->event = AUDIT_SIGNATURE;
                return PB_STATUS_MALFORMED;
        }
        if (!settings->guests)
                return PB_STATUS_NO_GUESTS;
        if (w->consent_version != settings->consent_version)
                return PB_STATUS_CONSENT;
        r = store_account_by_key(c->node->store, &key, &c->account);
        if (r == 0 && !call_is_guest(c))
                return PB_STATUS_CONFLICT;
        if (r == STORE_E_NOT_FOUND)
                r = account_add_guest(c, &key);
        return r != 0 ? r : account_answer_registered(c, true);
}

static int account_try_code(Call *c, const Key *key)
{
        Bytes32 hash;

        account_code_hash(&hash, c, key, c->request->confirm->code);
        return store_code_try(c->node->store, c->account.id, &hash, c->now_ms);
}

/* Shortly after a rotation the code may have been hashed with the key before. A wrong code then
 * counts as two tries. */
static int account_try_code_over_rotation(Call *c)
{
        const CloudKeys *keys = c->node->keys;
        uint64_t drawn_ms = c->wall_ms - MIN(c->wall_ms, c->node->settings->code_lifetime_ms);
        const Key *now = cloud_keys_ticket(keys, c->wall_ms);
        const Key *then = cloud_keys_ticket(keys, drawn_ms);
        int r = account_try_code(c, now);

        return r == STORE_E_NOT_FOUND && then != now ? account_try_code(c, then) : r;
}

int handle_confirm(Call *c)
{
        Store *s = c->node->store;
        int r;

        if (c->account.confirmed)
                return PB_STATUS_OK;
        r = account_try_code_over_rotation(c);
        if (r != 0)
                return r < 0 ? r : PB_STATUS_WRONG_CODE;
        r = store_account_confirm(s, c->account.id);
        if (r == 0)
                c->event = AUDIT_CONFIRMED;
        return r > 0 ? PB_STATUS_HANDLE_TAKEN : r; /* somebody confirmed it first */
}

/* As much as one request leaves and forgets: the deadlines do the rest (leaving.h). */
int handle_unregister(Call *c)
{
        Store *s = c->node->store;
        bool more;
        int r = account_leave_some(c->node, c->account.id, c->now_ms, &more);

        if (r == 0)
                r = must(store_account_delete(s, c->account.id));
        if (r == 0 && !more)
                r = store_account_left(s, c->account.id);
        c->event = AUDIT_UNREGISTERED;
        return MIN(r, 0);
}

int handle_put_profile(Call *c)
{
        const PbPutProfile *w = c->request->put_profile;
        Store *s = c->node->store;
        int r;

        if (w->ciphertext.len > c->node->settings->max_card_bytes)
                return PB_STATUS_TOO_LARGE;
        if (w->revision > INT64_MAX)
                return PB_STATUS_MALFORMED;
        r = store_profile_put(s, c->account.id, w->revision, w->ciphertext.data, w->ciphertext.len);
        return r > 0 ? PB_STATUS_CONFLICT : r;
}

int handle_get_profile(Call *c)
{
        PbProfile profile = PB_PROFILE_INIT;
        WireResponse response = PB_RESPONSE_INIT;
        Store *s = c->node->store;
        _cleanup_free_ uint8_t *bytes = NULL;
        size_t len = 0;
        int r;

        r = store_profile_get(s, c->account.id, &profile.revision, &bytes, &len);
        if (r < 0)
                return r;
        profile.ciphertext = wire_bytes(bytes, len); /* revision 0: there is none */
        response.body_case = PB_RESPONSE_BODY_PROFILE;
        response.profile = &profile;
        r = call_answer(c, PB_STATUS_OK, &response);
        return r < 0 ? r : CALL_TAKEN;
}
