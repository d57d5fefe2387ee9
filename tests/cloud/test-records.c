/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-records.c - number and password of a closed exchange: who gets the list with them, who does
 * not */
#include "fixture.h"

#include "src/protocol/record.h"

#include <sys/stat.h>

enum {
        MEMBERS = 3,
        MINUTE_MS = 60 * 1000,
        DAY_MS = 24 * 60 * MINUTE_MS,
};

typedef struct Party {
        Cloud cloud;
        Terminal t[MEMBERS], absent;
        char number[RECORD_NUMBER_SIZE];
        RecordPassword password;
        RecordKeys keys;
        Key gk;
        Bytes32 transcript;
} Party;

/* ---- requests ---- */

/* keys: of the deposit that is meant; NULL: of none. */
static WireResponse *get_record(Terminal *t, const char *number, const RecordKeys *keys)
{
        WireRequest request = PB_REQUEST_INIT;
        PbGetRecord w = PB_GET_RECORD_INIT;
        Bytes32 hash;

        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        if (keys) {
                record_token_hash(&hash, number, keys->token.b);
                w.token_hash = wire_bytes(hash.b, sizeof hash.b);
        }
        request.body_case = PB_REQUEST_BODY_GET_RECORD;
        request.get_record = &w;
        return terminal_call(t, &request);
}

static int get_record_status(Terminal *t)
{
        WireResponse *response = get_record(t, NULL, NULL);
        int status = response->status;

        (void)wire_response_free(response);
        return status;
}

static int put_record_for(Terminal *t, const Party *p, const RecordKeys *keys, const Key *gk)
{
        WireRequest request = PB_REQUEST_INIT;
        PbPutRecord w = PB_PUT_RECORD_INIT;
        uint8_t escrow[RECORD_ESCROW_SIZE];
        Bytes32 hash;

        record_token_hash(&hash, p->number, keys->token.b);
        record_escrow_seal(escrow, keys, p->number, gk, &p->transcript);
        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        w.token_hash = wire_bytes(hash.b, sizeof hash.b);
        w.escrow = wire_bytes(escrow, sizeof escrow);
        request.body_case = PB_REQUEST_BODY_PUT_RECORD;
        request.put_record = &w;
        return terminal_ask(t, &request);
}

static int put_record(Terminal *t, const Party *p, const Key *gk)
{
        return put_record_for(t, p, &p->keys, gk);
}

static int revoke_record(Terminal *t, const RecordKeys *keys)
{
        WireRequest request = PB_REQUEST_INIT;
        PbRevokeRecord w = PB_REVOKE_RECORD_INIT;

        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        w.token = wire_bytes(keys->token.b, sizeof keys->token);
        request.body_case = PB_REQUEST_BODY_REVOKE_RECORD;
        request.revoke_record = &w;
        return terminal_ask(t, &request);
}

static WireResponse *fetch_page(Terminal *t, const char *number, const uint8_t token[static 32],
                                uint64_t cursor)
{
        WireRequest request = PB_REQUEST_INIT;
        PbFetchRecord w = PB_FETCH_RECORD_INIT;

        w.number = (char *)number;
        w.token = wire_bytes(token, 32);
        w.cursor = cursor;
        w.max_bytes = 8192;
        request.body_case = PB_REQUEST_BODY_FETCH_RECORD;
        request.fetch_record = &w;
        return terminal_call(t, &request);
}

static int fetch_status(Terminal *t, const char *number, const uint8_t token[static 32])
{
        WireResponse *response = fetch_page(t, number, token, 0);
        int status = response->status;

        if (status != OK) /* not a byte with a refusal */
                assert_int_equal(response->body_case, PB_RESPONSE_BODY_NOT_SET);
        (void)wire_response_free(response);
        return status;
}

static int fetch(const Party *p, Terminal *t)
{
        return fetch_status(t, p->number, p->keys.token.b);
}

/* The n-th of many wrong tokens. */
static int fetch_wrong(const Party *p, Terminal *t, const char *number, unsigned n)
{
        uint8_t token[32] = {(uint8_t)n, (uint8_t)(n >> 8)};

        return fetch_status(t, number, token);
}

/* ---- a party with a record ---- */

static void exchange(Party *p)
{
        static const uint8_t key_id[8] = "the key";
        PbJoinVerdict verdict;

        for (unsigned i = 0; i < MEMBERS; i++) {
                assert_int_equal(terminal_join(&p->t[i], "4821", &verdict), OK);
                for (unsigned part = 1; part <= 2; part++)
                        assert_int_equal(terminal_upload(&p->t[i], part), OK);
        }
        assert_int_equal(terminal_simple(&p->t[0], PB_REQUEST_BODY_CLOSE), OK);
        assert_int_equal(get_record_status(&p->t[0]), PB_STATUS_WRONG_PHASE);
        for (unsigned i = 0; i < MEMBERS; i++)
                assert_int_equal(terminal_open(&p->t[i]), OK);
        for (unsigned i = 1; i < MEMBERS; i++)
                assert_int_equal(
                        terminal_post(&p->t[0], PB_MESSAGE_GROUP_KEY, &p->t[i].keys.id, key_id, 1),
                        OK);
        for (unsigned i = 0; i < MEMBERS; i++) {
                assert_int_equal(terminal_post(&p->t[i], PB_MESSAGE_NAME_KEY, NULL, key_id, 2), OK);
                assert_int_equal(terminal_post(&p->t[i], PB_MESSAGE_CARD_KEY, NULL, key_id, 3), OK);
        }
}

static void make_password(Party *p)
{
        WireResponse *response = get_record(&p->t[1], NULL, NULL);

        assert_int_equal(response->status, OK);
        assert_false(response->record->deposited);
        (void)snprintf(p->number, sizeof p->number, "%s", response->record->number);
        record_password_make(&p->password, response->record->half, &p->gk);
        (void)wire_response_free(response);
        assert_int_equal(record_keys_derive(&p->keys, p->number, &p->password), 0);
}

static void party_begin_without_deposit(Party *p, Store *store)
{
        char handle[16];

        memset(p, 0, sizeof *p);
        cloud_begin(&p->cloud, store);
        for (unsigned i = 0; i < MEMBERS; i++) {
                (void)snprintf(handle, sizeof handle, "person %u", i);
                terminal_ready_made(&p->t[i], &p->cloud, handle);
        }
        terminal_ready_made(&p->absent, &p->cloud, "absent");
        key_random(&p->gk);
        randombytes_buf(&p->transcript, sizeof p->transcript);
        (void)snprintf(p->number, sizeof p->number, "12345678903");
        exchange(p);
        make_password(p);
}

static void party_begin(Party *p, Store *store)
{
        party_begin_without_deposit(p, store);
        assert_int_equal(put_record(&p->t[0], p, &p->gk), OK);
}

static void party_end(Party *p)
{
        cloud_end(&p->cloud);
}

/* ---- what comes ---- */

typedef struct Fetched {
        size_t pages, openings, messages, bytes;
} Fetched;

static void check_first_page(const Party *p, const PbRecordPage *page)
{
        Bytes32 transcript;
        Key gk;

        assert_int_equal(page->final_openings, MEMBERS);
        assert_non_null(page->roster);
        assert_int_equal(record_escrow_open(&gk, &transcript, page->escrow.data, page->escrow.len,
                                            &p->keys, p->number),
                         0);
        assert_true(key_equal(&gk, &p->gk));
        assert_true(bytes32_equal(&transcript, &p->transcript));
}

static void fetch_all(const Party *p, Terminal *t, Fetched *ret)
{
        uint64_t cursor = 0;

        *ret = (Fetched){0};
        do {
                WireResponse *response = fetch_page(t, p->number, p->keys.token.b, cursor);
                const PbRecordPage *page = response->record_page;

                assert_int_equal(response->status, OK);
                if (cursor == 0)
                        check_first_page(p, page);
                ret->pages++;
                ret->openings += page->n_openings;
                ret->messages += page->n_messages;
                for (size_t i = 0; i < page->n_pieces; i++)
                        ret->bytes += page->pieces[i]->bytes.len;
                cursor = page->next_cursor;
                (void)wire_response_free(response);
        } while (cursor > 0);
}

static void right_password_brings_everything(void **state)
{
        Fetched fetched;
        Party p;

        party_begin(&p, NULL);
        fetch_all(&p, &p.absent, &fetched);
        assert_in_range(fetched.pages, 2, 10);
        assert_int_equal(fetched.openings, MEMBERS);
        assert_int_equal(fetched.messages, 2 * MEMBERS);
        assert_int_equal(fetched.bytes, MEMBERS * 2 * sizeof p.absent.parts[0]);
        party_end(&p);
}

static void members_see_each_fetch(void **state)
{
        WireResponse *response;
        Fetched fetched;
        Party p;

        party_begin(&p, NULL);
        step_clock_advance(p.cloud.clock, 5000);
        fetch_all(&p, &p.absent, &fetched);
        fetch_all(&p, &p.absent, &fetched); /* the same reader again: the same fetch */
        step_clock_advance(p.cloud.clock, 5000);
        assert_int_equal(fetch(&p, &p.t[0]), OK);
        response = get_record(&p.t[2], p.number, &p.keys);
        assert_true(response->record->deposited);
        assert_int_equal(response->record->max_fetches, 100);
        assert_int_equal(response->record->n_fetched_ms, 2);
        assert_int_equal(response->record->fetched_ms[1] - response->record->fetched_ms[0], 5000);
        (void)wire_response_free(response);
        party_end(&p);
}

static void one_escrow_stands_for_a_token(void **state)
{
        Key other;
        Party p;

        party_begin(&p, NULL);
        key_random(&other);
        assert_int_equal(put_record(&p.t[1], &p, &p.gk), OK);
        assert_int_equal(put_record(&p.t[1], &p, &other), PB_STATUS_CONFLICT);
        assert_int_equal(fetch(&p, &p.absent), OK);
        party_end(&p);
}

/* ---- a member without the group key: on the roster, unproven ---- */

static RecordKeys keys_of_another(void)
{
        RecordKeys keys;

        randombytes_buf(&keys, sizeof keys);
        return keys;
}

static void rubbish_is_in_nobodys_way(void **state)
{
        RecordKeys rubbish = keys_of_another(), more;
        WireResponse *response;
        Fetched fetched;
        Key any = {{1}};
        Party p;

        party_begin_without_deposit(&p, NULL);
        assert_int_equal(put_record_for(&p.t[2], &p, &rubbish, &any), OK);
        assert_int_equal(put_record(&p.t[0], &p, &p.gk), OK);
        assert_int_equal(put_record(&p.t[1], &p, &p.gk), OK);
        for (unsigned i = 1; i < 4; i++) {
                more = keys_of_another();
                assert_int_equal(put_record_for(&p.t[2], &p, &more, &any), OK);
        }
        more = keys_of_another();
        assert_int_equal(put_record_for(&p.t[2], &p, &more, &any), PB_STATUS_CONFLICT);
        /* its own affair: */
        assert_int_equal(fetch_status(&p.t[2], p.number, rubbish.token.b), OK);
        response = get_record(&p.t[0], p.number, &p.keys);
        assert_int_equal(response->record->n_fetched_ms, 0);
        (void)wire_response_free(response);
        fetch_all(&p, &p.absent, &fetched);
        assert_int_equal(fetched.openings, MEMBERS);
        party_end(&p);
}

static void who_cannot_show_the_token_revokes_nothing(void **state)
{
        RecordKeys rubbish = keys_of_another();
        WireResponse *response;
        Key any = {{1}};
        Party p;

        party_begin_without_deposit(&p, NULL);
        assert_int_equal(revoke_record(&p.t[2], &rubbish), OK); /* of its own token */
        assert_int_equal(put_record_for(&p.t[2], &p, &rubbish, &any), PB_STATUS_RECORD_REVOKED);
        assert_int_equal(put_record(&p.t[0], &p, &p.gk), OK);
        assert_int_equal(revoke_record(&p.t[2], &rubbish), OK);
        response = get_record(&p.t[1], p.number, &p.keys);
        assert_true(response->record->deposited && !response->record->revoked);
        (void)wire_response_free(response);
        assert_int_equal(fetch(&p, &p.absent), OK);
        party_end(&p);
}

static void revoked_before_it_is_deposited(void **state)
{
        Party p;

        party_begin_without_deposit(&p, NULL);
        assert_int_equal(revoke_record(&p.t[1], &p.keys), OK);
        assert_int_equal(put_record(&p.t[0], &p, &p.gk), PB_STATUS_RECORD_REVOKED);
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_RECORD_REVOKED);
        party_end(&p);
}

/* Of a key that a member had before a better one came, the others may know nothing. */
static void revoking_reaches_the_deposits_of_an_earlier_key(void **state)
{
        RecordKeys earlier = keys_of_another();
        Party p;

        party_begin_without_deposit(&p, NULL);
        assert_int_equal(put_record_for(&p.t[0], &p, &earlier, &p.gk), OK);
        assert_int_equal(put_record(&p.t[1], &p, &p.gk), OK);
        assert_int_equal(revoke_record(&p.t[1], &p.keys), OK);
        /* nothing tells yet */
        assert_int_equal(fetch_status(&p.absent, p.number, earlier.token.b), OK);
        assert_int_equal(put_record(&p.t[0], &p, &p.gk), PB_STATUS_RECORD_REVOKED);
        assert_int_equal(fetch_status(&p.absent, p.number, earlier.token.b),
                         PB_STATUS_RECORD_REVOKED);
        party_end(&p);
}

static void one_member_locks_out_itself_alone(void **state)
{
        Party p;

        party_begin(&p, NULL);
        for (unsigned i = 0; i < 5; i++)
                assert_int_equal(fetch_wrong(&p, &p.t[2], p.number, i), PB_STATUS_WRONG_RECORD);
        assert_int_equal(fetch_wrong(&p, &p.t[2], p.number, 5), PB_STATUS_RECORD_LOCKED);
        assert_int_equal(fetch(&p, &p.t[2]), PB_STATUS_RECORD_LOCKED);
        assert_int_equal(fetch(&p, &p.absent), OK);
        party_end(&p);
}

/* An attacker with many accounts guesses no more than this, and then the members see it. */
static void a_number_has_a_limit_of_its_own(void **state)
{
        WireResponse *response;
        unsigned wrong = 0;
        Party p;

        party_begin(&p, NULL);
        for (unsigned account = 0; wrong < 1000; account++) {
                char handle[16];
                Terminal t;

                (void)snprintf(handle, sizeof handle, "guesser %u", account);
                terminal_ready_made(&t, &p.cloud, handle);
                for (unsigned i = 0; i < 5; i++)
                        assert_int_equal(fetch_wrong(&p, &t, p.number, ++wrong),
                                         PB_STATUS_WRONG_RECORD);
        }
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_RECORD_LOCKED);
        response = get_record(&p.t[0], p.number, &p.keys);
        assert_true(response->record->locked);
        (void)wire_response_free(response);
        party_end(&p);
}

/* ---- what does not ---- */

static void wrong_number_and_wrong_password_look_alike(void **state)
{
        char other[RECORD_NUMBER_SIZE];
        Party p;

        party_begin(&p, NULL);
        do
                record_number_draw(other);
        while (strcmp(other, p.number) == 0);
        for (unsigned i = 0; i < 5; i++) {
                assert_int_equal(fetch_wrong(&p, &p.absent, p.number, i), PB_STATUS_WRONG_RECORD);
                assert_int_equal(fetch_wrong(&p, &p.absent, other, i), PB_STATUS_WRONG_RECORD);
        }
        assert_int_equal(fetch_wrong(&p, &p.absent, p.number, 5), PB_STATUS_RECORD_LOCKED);
        assert_int_equal(fetch_wrong(&p, &p.absent, other, 5), PB_STATUS_RECORD_LOCKED);
        party_end(&p);
}

static void repeated_wrong_token_is_one_try(void **state)
{
        Party p;

        party_begin(&p, NULL);
        for (unsigned i = 0; i < 50; i++)
                assert_int_equal(fetch_wrong(&p, &p.absent, p.number, 1), PB_STATUS_WRONG_RECORD);
        assert_int_equal(fetch(&p, &p.absent), OK);
        party_end(&p);
}

static void five_tries_lock_for_a_while(void **state)
{
        Party p;

        party_begin(&p, NULL);
        for (unsigned i = 0; i < 5; i++) {
                assert_int_equal(fetch_wrong(&p, &p.absent, p.number, i), PB_STATUS_WRONG_RECORD);
                cloud_restart(&p.cloud); /* gives no new tries */
        }
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_RECORD_LOCKED);
        step_clock_advance(p.cloud.clock, 15 * MINUTE_MS - 1);
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_RECORD_LOCKED);
        step_clock_advance(p.cloud.clock, 1);
        assert_int_equal(fetch(&p, &p.absent), OK);
        party_end(&p);
}

static void twenty_tries_lock_for_good(void **state)
{
        Party p;

        party_begin(&p, NULL);
        for (unsigned i = 0; i < 20; i++) {
                assert_int_equal(fetch_wrong(&p, &p.absent, p.number, i), PB_STATUS_WRONG_RECORD);
                if (i % 5 == 4)
                        step_clock_advance(p.cloud.clock, 15 * MINUTE_MS);
        }
        step_clock_advance(p.cloud.clock, DAY_MS);
        assert_int_equal(terminal_open_session(&p.absent), OK);
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_RECORD_LOCKED);
        party_end(&p);
}

static void trying_many_numbers_ends(void **state)
{
        char number[RECORD_NUMBER_SIZE];
        Party p;

        party_begin(&p, NULL);
        for (unsigned i = 0; i < 20; i++) {
                record_number_draw(number);
                assert_int_equal(fetch_wrong(&p, &p.absent, number, i), PB_STATUS_WRONG_RECORD);
        }
        record_number_draw(number);
        assert_int_equal(fetch_wrong(&p, &p.absent, number, 20), PB_STATUS_BUSY);
        assert_int_equal(fetch(&p, &p.t[1]), OK); /* of others it is no business */
        party_end(&p);
}

static void expired_is_told_to_whoever_has_the_password(void **state)
{
        Party p;

        party_begin(&p, NULL);
        step_clock_advance(p.cloud.clock, 7 * DAY_MS - MINUTE_MS);
        assert_int_equal(terminal_open_session(&p.absent), OK);
        assert_int_equal(fetch(&p, &p.absent), OK);
        step_clock_advance(p.cloud.clock, MINUTE_MS);
        assert_int_equal(fetch_wrong(&p, &p.absent, p.number, 1), PB_STATUS_WRONG_RECORD);
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_RECORD_EXPIRED);
        step_clock_advance(p.cloud.clock, RECORD_MEMORY_MS + DAY_MS);
        assert_int_equal(terminal_open_session(&p.absent), OK);
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_WRONG_RECORD); /* forgotten */
        party_end(&p);
}

/* Cards that every member has are kept for late members, and no longer. */
static void delivered_group_stays_for_its_record(void **state)
{
        Party p;

        party_begin(&p, NULL);
        for (unsigned i = 0; i < MEMBERS; i++)
                assert_int_equal(terminal_simple(&p.t[i], PB_REQUEST_BODY_ACKNOWLEDGE), OK);
        step_clock_advance(p.cloud.clock, 2 * p.cloud.settings.delivered_expiry_ms);
        assert_int_equal(fetch(&p, &p.absent), OK);
        assert_int_equal(revoke_record(&p.t[2], &p.keys), OK);
        step_clock_advance(p.cloud.clock, p.cloud.settings.delivered_expiry_ms);
        assert_int_equal(get_record_status(&p.t[0]), PB_STATUS_NO_MEMBER);
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_RECORD_REVOKED);
        party_end(&p);
}

static void revoking_is_final(void **state)
{
        WireResponse *response;
        Party p;

        party_begin(&p, NULL);
        assert_int_equal(fetch(&p, &p.absent), OK);
        assert_int_equal(revoke_record(&p.t[2], &p.keys), OK);
        assert_int_equal(revoke_record(&p.t[1], &p.keys), OK);
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_RECORD_REVOKED);
        assert_int_equal(fetch_wrong(&p, &p.absent, p.number, 1), PB_STATUS_WRONG_RECORD);
        assert_int_equal(put_record(&p.t[0], &p, &p.gk), PB_STATUS_RECORD_REVOKED);
        response = get_record(&p.t[0], p.number, &p.keys);
        assert_true(response->record->revoked);
        (void)wire_response_free(response);
        party_end(&p);
}

static void used_up(void **state)
{
        Party p;

        party_begin(&p, NULL);
        p.cloud.settings.record_fetches = 2;
        assert_int_equal(fetch(&p, &p.t[0]), OK);
        assert_int_equal(fetch(&p, &p.t[1]), OK);
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_RECORD_USED_UP);
        assert_int_equal(fetch_wrong(&p, &p.absent, p.number, 1), PB_STATUS_WRONG_RECORD);
        assert_int_equal(fetch(&p, &p.t[1]), OK); /* counted already */
        party_end(&p);
}

static void only_the_registered_fetch(void **state)
{
        Terminal stranger;
        Party p;

        party_begin(&p, NULL);
        terminal_begin(&stranger, &p.cloud);
        assert_int_equal(fetch(&p, &stranger), PB_STATUS_NO_SESSION);
        p.cloud.settings.record_readers = true;
        assert_int_equal(fetch_wrong(&p, &stranger, p.number, 1), PB_STATUS_WRONG_RECORD);
        assert_int_equal(fetch(&p, &stranger), OK);
        party_end(&p);
}

static void unconfirmed_do_not_fetch(void **state)
{
        Terminal newcomer;
        Party p;

        party_begin(&p, NULL);
        p.cloud.verifies = true;
        cloud_restart(&p.cloud);
        terminal_begin(&newcomer, &p.cloud);
        assert_int_equal(terminal_register(&newcomer, "newcomer"), OK);
        assert_int_equal(terminal_open_session(&newcomer), OK);
        assert_int_equal(fetch(&p, &newcomer), PB_STATUS_NO_ACCOUNT);
        party_end(&p);
}

static void nobody_but_members_asks(void **state)
{
        Terminal stranger;
        Party p;

        party_begin(&p, NULL);
        stranger = p.absent;
        stranger.keys.id = p.t[0].keys.id; /* of another account */
        assert_int_equal(get_record_status(&stranger), PB_STATUS_NO_MEMBER);
        assert_int_equal(put_record(&stranger, &p, &p.gk), PB_STATUS_NO_MEMBER);
        assert_int_equal(revoke_record(&stranger, &p.keys), PB_STATUS_NO_MEMBER);
        party_end(&p);
}

/* ---- members that leave ---- */

static void who_left_is_not_in_it(void **state)
{
        Fetched fetched;
        Party p;

        party_begin(&p, NULL);
        assert_int_equal(terminal_simple(&p.t[1], PB_REQUEST_BODY_LEAVE), OK);
        assert_int_equal(get_record_status(&p.t[1]), PB_STATUS_WRONG_PHASE);
        assert_int_equal(revoke_record(&p.t[1], &p.keys), PB_STATUS_WRONG_PHASE);
        fetch_all(&p, &p.absent, &fetched);
        assert_int_equal(fetched.bytes, (MEMBERS - 1) * 2 * sizeof p.absent.parts[0]);
        party_end(&p);
}

static void record_outlives_its_sponsor(void **state)
{
        Fetched fetched;
        Party p;

        party_begin(&p, NULL);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_UNREGISTER), OK);
        fetch_all(&p, &p.absent, &fetched);
        assert_int_equal(fetched.bytes, (MEMBERS - 1) * 2 * sizeof p.absent.parts[0]);
        assert_int_equal(get_record_status(&p.t[1]), OK);
        assert_int_equal(revoke_record(&p.t[2], &p.keys), OK);
        party_end(&p);
}

/* A reader with a deleted account still counts, and may not come again in its name. */
static void reader_who_unregisters_is_forgotten(void **state)
{
        WireResponse *response;
        Party p;

        party_begin(&p, NULL);
        assert_int_equal(fetch(&p, &p.absent), OK);
        assert_int_equal(terminal_simple(&p.absent, PB_REQUEST_BODY_UNREGISTER), OK);
        response = get_record(&p.t[0], p.number, &p.keys);
        assert_int_equal(response->record->n_fetched_ms, 1);
        (void)wire_response_free(response);
        party_end(&p);
}

static void nothing_is_forgotten_over_a_restart(void **state)
{
        Party p;

        party_begin(&p, NULL);
        for (unsigned i = 0; i < 5; i++)
                assert_int_equal(fetch_wrong(&p, &p.absent, p.number, i), PB_STATUS_WRONG_RECORD);
        cloud_restart(&p.cloud);
        assert_int_equal(fetch(&p, &p.absent), PB_STATUS_RECORD_LOCKED);
        party_end(&p);
}

/* ---- a stolen database ---- */

typedef struct Bytes {
        uint8_t *at;
        size_t n;
} Bytes;

static void read_whole(const char *path, Bytes *to)
{
        FILE *f = fopen(path, "re");
        struct stat st;

        if (!f)
                return; /* a log that SQLite has taken away */
        assert_int_equal(fstat(fileno(f), &st), 0);
        to->at = realloc(to->at, to->n + (size_t)st.st_size + 1);
        assert_non_null(to->at);
        assert_int_equal(fread(to->at + to->n, 1, (size_t)st.st_size, f), st.st_size);
        to->n += (size_t)st.st_size;
        assert_int_equal(fclose(f), 0);
}

static bool holds(const Bytes *b, const void *what, size_t len)
{
        return memmem(b->at, b->n, what, len) != NULL;
}

/* Raw, and as hex and base64 would write it. */
static void assert_nowhere(const Bytes *b, const void *what, size_t len)
{
        char hex[2 * 64 + 1], base64[128];

        assert_false(holds(b, what, len));
        (void)sodium_bin2hex(hex, sizeof hex, what, len);
        assert_false(holds(b, hex, 2 * len));
        (void)sodium_bin2base64(base64, sizeof base64, what, len,
                                sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
        /* the last symbol depends on what follows */
        assert_false(holds(b, base64, strlen(base64) - 1));
}

/* With the cloud's half right and the other twelve symbols guessed. */
static void guess_the_other_half(const Party *p, const uint8_t escrow[static RECORD_ESCROW_SIZE])
{
        char half[RECORD_HALF_SIZE] = "";
        RecordPassword guess;
        Bytes32 transcript;
        RecordKeys keys;
        Key gk;

        memcpy(half, p->password.symbols, RECORD_CLOUD_SYMBOLS);
        for (unsigned i = 0; i < 3; i++) {
                Key other;

                key_random(&other);
                record_password_make(&guess, half, &other);
                assert_int_equal(record_keys_derive(&keys, p->number, &guess), 0);
                assert_int_equal(record_escrow_open(&gk, &transcript, escrow, RECORD_ESCROW_SIZE,
                                                    &keys, p->number),
                                 RECORD_E_WRONG);
        }
}

static void stolen_database_opens_nothing(void **state)
{
        char path[] = "/tmp/huddle-record-test.XXXXXX", file[64], log[80];
        uint8_t escrow[RECORD_ESCROW_SIZE];
        char text[RECORD_PASSWORD_TEXT];
        Bytes stolen = {0};
        Store *store;
        Party p;

        assert_non_null(mkdtemp(path));
        (void)snprintf(file, sizeof file, "%s/cloud.db", path);
        (void)snprintf(log, sizeof log, "%s-wal", file);
        assert_int_equal(store_sqlite_open(&store, file), 0);
        party_begin(&p, store);
        assert_int_equal(fetch(&p, &p.absent), OK);
        read_whole(file, &stolen);
        read_whole(log, &stolen);
        party_end(&p);

        record_escrow_seal(escrow, &p.keys, p.number, &p.gk, &p.transcript);
        assert_true(holds(&stolen, p.number, strlen(p.number))); /* we do look at the right bytes */
        assert_true(holds(&stolen, escrow, sizeof escrow));
        assert_true(holds(&stolen, p.password.symbols, RECORD_CLOUD_SYMBOLS));
        record_password_format(text, &p.password);
        assert_nowhere(&stolen, p.password.symbols + RECORD_CLOUD_SYMBOLS,
                       RECORD_SYMBOLS - RECORD_CLOUD_SYMBOLS);
        assert_nowhere(&stolen, text + RECORD_CLOUD_SYMBOLS + 1,
                       strlen(text) - RECORD_CLOUD_SYMBOLS - 1);
        assert_nowhere(&stolen, p.keys.token.b, sizeof p.keys.token);
        assert_nowhere(&stolen, p.keys.escrow.b, sizeof p.keys.escrow);
        assert_nowhere(&stolen, p.gk.b, sizeof p.gk);
        guess_the_other_half(&p, escrow);
        free(stolen.at);
        assert_int_equal(unlink(file), 0);
        (void)unlink(log);
        (void)snprintf(log, sizeof log, "%s-shm", file);
        (void)unlink(log);
        assert_int_equal(rmdir(path), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(right_password_brings_everything),
                cmocka_unit_test(members_see_each_fetch),
                cmocka_unit_test(one_escrow_stands_for_a_token),
                cmocka_unit_test(rubbish_is_in_nobodys_way),
                cmocka_unit_test(who_cannot_show_the_token_revokes_nothing),
                cmocka_unit_test(revoked_before_it_is_deposited),
                cmocka_unit_test(revoking_reaches_the_deposits_of_an_earlier_key),
                cmocka_unit_test(one_member_locks_out_itself_alone),
                cmocka_unit_test(a_number_has_a_limit_of_its_own),
                cmocka_unit_test(wrong_number_and_wrong_password_look_alike),
                cmocka_unit_test(repeated_wrong_token_is_one_try),
                cmocka_unit_test(five_tries_lock_for_a_while),
                cmocka_unit_test(twenty_tries_lock_for_good),
                cmocka_unit_test(trying_many_numbers_ends),
                cmocka_unit_test(expired_is_told_to_whoever_has_the_password),
                cmocka_unit_test(delivered_group_stays_for_its_record),
                cmocka_unit_test(revoking_is_final),
                cmocka_unit_test(used_up),
                cmocka_unit_test(only_the_registered_fetch),
                cmocka_unit_test(unconfirmed_do_not_fetch),
                cmocka_unit_test(nobody_but_members_asks),
                cmocka_unit_test(who_left_is_not_in_it),
                cmocka_unit_test(record_outlives_its_sponsor),
                cmocka_unit_test(reader_who_unregisters_is_forgotten),
                cmocka_unit_test(nothing_is_forgotten_over_a_restart),
                cmocka_unit_test(stolen_database_opens_nothing),
        };

        return sodium_init() < 0 ? 99 : cmocka_run_group_tests(tests, NULL, NULL);
}
