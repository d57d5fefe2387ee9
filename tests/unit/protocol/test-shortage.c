/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fails the first allocation, the second, … until a scenario gets through: each shortage is told,
 * nothing leaks. */
#include "tests/unit/test.h"

#include "src/protocol/cardseal.h"
#include "src/protocol/envelope.h"
#include "src/protocol/groupkey.h"
#include "src/protocol/contact-list.h"
#include "src/protocol/wire.h"

/* The linker puts these in the place of malloc and calloc. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static int until_failure; /* the allocation that fails; 0 = none */

static bool fails_now(void)
{
        return until_failure > 0 && --until_failure == 0;
}

void *__wrap_malloc(size_t size)
{
        return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
        return fails_now() ? NULL : __real_calloc(n, size);
}

static const uint8_t nonce[ENVELOPE_NONCE], sign_seed[crypto_sign_SEEDBYTES];
static const char number[] = "00000000001";

static int envelopes(void)
{
        static const Session s = {{{1}}, {{4}}, {{2}}, {{3}}};
        _cleanup_free_ uint8_t *sealed = NULL, *opened = NULL, *answer = NULL, *read = NULL;
        uint8_t got[ENVELOPE_NONCE];
        size_t sealed_len, len;
        int r;

        r = envelope_seal_request(&sealed, &sealed_len, got, &s, nonce, 10);
        if (r == 0)
                r = envelope_open_request(&opened, &len, got, &s, sealed, sealed_len);
        if (r == 0)
                r = envelope_seal_response(&answer, &sealed_len, got, &s, nonce, 10);
        return r == 0 ? envelope_open_response(&read, &len, got, &s, answer, sealed_len) : r;
}

static int cards(void)
{
        static const Key key;
        static const Id id;
        _cleanup_(secret_freep) char *opened = NULL;
        _cleanup_free_ uint8_t *sealed = NULL;
        size_t sealed_len, len;
        int r = card_seal(&sealed, &sealed_len, "text", 4, &key, &id, 1);

        return r == 0 ? card_open(&opened, &len, sealed, sealed_len, &key, &id, 1) : r;
}

static int messages(void)
{
        static uint8_t tokens[SERIAL_HEARD_MAX][8], id[16];
        _cleanup_(wire_request_freep) WireRequest *back = NULL;
        _cleanup_free_ uint8_t *packed = NULL;
        PbSighting heard[SERIAL_HEARD_MAX], *list[SERIAL_HEARD_MAX];
        PbAmend amend = PB_AMEND_INIT;
        WireRequest q = PB_REQUEST_INIT;
        size_t len;
        int r;

        for (size_t i = 0; i < SERIAL_HEARD_MAX; i++) {
                pb_sighting_init(&heard[i]);
                tokens[i][0] = (uint8_t)i; /* no token twice */
                heard[i].token = wire_bytes(tokens[i], sizeof tokens[i]);
                heard[i].transport = PB_TRANSPORT_MDNS;
                list[i] = &heard[i];
        }
        amend.member_id = wire_bytes(id, sizeof id);
        amend.heard = list;
        amend.n_heard = SERIAL_HEARD_MAX;
        q.id = wire_bytes(id, sizeof id);
        q.body_case = PB_REQUEST_BODY_AMEND;
        q.amend = &amend;
        r = wire_pack_request(&packed, &len, &q);
        return r == 0 ? wire_unpack_request(&back, packed, len) : r;
}

static int rosters(void)
{
        static const RosterMember members[2] = {{.id = {{1}}}, {.id = {{2}}}};
        static const MemberOpening openings[2];
        _cleanup_(roster_freep) Roster *signed_one = NULL, *verified = NULL;
        uint8_t private[64];
        Bytes32 public, transcript;
        int r;

        (void)crypto_sign_seed_keypair(public.b, private, sign_seed);
        r = roster_sign(&signed_one, number, 1, &members[0].id, members, 2, private);
        if (r == 0)
                r = roster_verify(&verified, signed_one->bytes, signed_one->n_bytes,
                                  signed_one->signature, &public, &members[1].id,
                                  &members[1].commitment);
        return r == 0 ? transcript_hash(&transcript, verified, openings, 2) : r;
}

static int lists(void)
{
        static const ContactListEntry entries[2] = {{.id = {{1}}}, {.id = {{2}}}};
        RosterMember members[2] = {{.id = {{1}}}, {.id = {{2}}}};
        const Roster roster = {.record_number = "00000000001", .n = 2, .members = members};
        _cleanup_(contact_list_freep) ContactList *signed_one = NULL, *verified = NULL;
        uint8_t private[64];
        Bytes32 public;
        int r;

        (void)crypto_sign_seed_keypair(public.b, private, sign_seed);
        r = contact_list_sign(&signed_one, number, 1, entries, 2, private);
        return r == 0 ? contact_list_verify(&verified, signed_one->bytes, signed_one->n_bytes,
                                            signed_one->signature, &public, &roster)
                      : r;
}

static void every_shortage_is_told(void **state)
{
        static const struct {
                const char *name;
                int (*run)(void);
                int least; /* allocations that there are at least */
        } cases[] = {
                {"envelopes", envelopes, 4}, {"cards", cards, 2}, {"messages", messages, 4},
                {"rosters", rosters, 9},     {"lists", lists, 8},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                for (int n = 1, r = -ENOMEM; r != 0; n++) {
                        until_failure = n;
                        r = cases[i].run();
                        assert_case(cases[i].name, r == 0 ? until_failure > 0 : r == -ENOMEM);
                        assert_case(cases[i].name, r != 0 || n > cases[i].least);
                        until_failure = 0;
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_shortage_is_told),
        };

        return cmocka_run_group_tests_name("shortage", tests, NULL, NULL);
}
