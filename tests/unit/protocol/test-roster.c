/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "tests/unit/fixed-random.h"
#include "src/protocol/roster.h"
#include "src/protocol/unpack.h"

enum { MEMBERS = 4 };

typedef struct Cloud {
        Bytes32 public_key;
        uint8_t private_key[64];
        RosterMember members[MEMBERS];
        Roster *roster;
} Cloud;

static const char number[] = "00000000001";

static int set_up(void **state)
{
        static Cloud c;

        if (sodium_init() < 0)
                return -1;
        fixed_random("roster");
        (void)crypto_sign_keypair(c.public_key.b, c.private_key);
        for (size_t i = 0; i < MEMBERS; i++) {
                id_random(&c.members[i].id);
                randombytes_buf(c.members[i].commitment.b, 32);
        }
        *state = &c;
        return roster_sign(&c.roster, number, 1234567890123, &c.members[2].id, c.members, MEMBERS,
                           c.private_key);
}

static int tear_down(void **state)
{
        (void)roster_free(((Cloud *)*state)->roster);
        return 0;
}

static int verify(const Cloud *c, const Roster *r, const RosterMember *own)
{
        _cleanup_(roster_freep) Roster *got = NULL;

        return roster_verify(&got, r->bytes, r->n_bytes, r->signature, &c->public_key, &own->id,
                             &own->commitment);
}

static void every_member_accepts_it(void **state)
{
        Cloud *c = *state;

        for (size_t i = 0; i < MEMBERS; i++) {
                _cleanup_(roster_freep) Roster *r = NULL;
                const RosterMember *own = &c->members[i];

                assert_int_equal(roster_verify(&r, c->roster->bytes, c->roster->n_bytes,
                                               c->roster->signature, &c->public_key, &own->id,
                                               &own->commitment),
                                 0);
                assert_int_equal(r->n, MEMBERS);
                assert_string_equal(r->record_number, number);
                assert_int_equal(r->closed_at_ms, 1234567890123);
                assert_int_equal(id_compare(&r->opener, &c->members[2].id), 0);
                assert_int_equal(id_compare(&r->members[roster_find(r, &own->id)].id, &own->id), 0);
                assert_memory_equal(r->bytes, c->roster->bytes, c->roster->n_bytes);
        }
}

static void strangers_are_not_listed(void **state)
{
        RosterMember other_id, other_commitment;
        Cloud *c = *state;

        other_id = other_commitment = c->members[0];
        other_id.id.b[3] ^= 1;
        other_commitment.commitment.b[3] ^= 1;
        assert_int_equal(verify(c, c->roster, &other_id), ROSTER_E_NOT_LISTED);
        assert_int_equal(verify(c, c->roster, &other_commitment), ROSTER_E_NOT_LISTED);
        assert_int_equal(roster_find(c->roster, &other_id.id), -1);
}

static void altered_ones_are_not_signed(void **state)
{
        Cloud *c = *state, liar = *c;
        Roster r = *c->roster;

        for (size_t bit = 0; bit < 8 * r.n_bytes; bit++) {
                r.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(verify(c, &r, &c->members[0]), ROSTER_E_SIGNATURE);
                r.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t bit = 0; bit < 8 * sizeof r.signature; bit++) {
                r.signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(verify(c, &r, &c->members[0]), ROSTER_E_SIGNATURE);
                r.signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (r.n_bytes = 0; r.n_bytes < c->roster->n_bytes; r.n_bytes++)
                assert_int_equal(verify(c, &r, &c->members[0]), ROSTER_E_SIGNATURE);
        (void)crypto_sign_keypair(liar.public_key.b, liar.private_key);
        assert_int_equal(verify(&liar, c->roster, &c->members[0]), ROSTER_E_SIGNATURE);
}

/* ---- rosters that a cloud signed all the same ---- */

typedef struct Draft {
        PbRoster w;
        PbRosterEntry entries[ROSTER_MAX + 1];
        PbRosterEntry *list[ROSTER_MAX + 1];
        uint8_t ids[ROSTER_MAX + 1][32];
} Draft;

static void unsorted(Draft *d)
{
        d->list[1] = &d->entries[2];
        d->list[2] = &d->entries[1];
}
static void doubled(Draft *d)
{
        d->list[2] = d->list[1];
}
static void empty(Draft *d)
{
        d->w.n_entries = 0;
}
static void short_id(Draft *d)
{
        d->entries[1].member_id.len = 15;
}
static void long_id(Draft *d)
{
        d->entries[1].member_id.len = 17;
}
static void short_commitment(Draft *d)
{
        d->entries[1].commitment.len = 31;
}
static void no_opener(Draft *d)
{
        d->w.opener_id.len = 0;
}
static void strange_opener(Draft *d)
{
        d->w.opener_id.data = d->ids[ROSTER_MAX];
}
static void too_many(Draft *d)
{
        d->w.n_entries = ROSTER_MAX + 1;
}
static void short_number(Draft *d)
{
        d->w.record_number = (char *)"0000000000";
}
static void long_number(Draft *d)
{
        d->w.record_number = (char *)"000000000011";
}
static void wrong_check_digit(Draft *d)
{
        d->w.record_number = (char *)"00000000002";
}
static void letters_in_number(Draft *d)
{
        d->w.record_number = (char *)"0000000000a";
}
static void end_of_year_9999(Draft *d)
{
        d->w.closed_at_ms = UINT64_C(253402300799999);
}
static void year_10000(Draft *d)
{
        d->w.closed_at_ms = UINT64_C(253402300800000);
}
static void untouched(Draft *d)
{
}
static void full(Draft *d)
{
        d->w.n_entries = ROSTER_MAX;
}

static void draft_begin(Draft *d)
{
        pb_roster_init(&d->w);
        for (size_t i = 0; i <= ROSTER_MAX; i++) {
                memset(d->ids[i], 0, sizeof d->ids[i]);
                d->ids[i][0] = (uint8_t)(i >> 8);
                d->ids[i][1] = (uint8_t)i;
                pb_roster_entry_init(&d->entries[i]);
                d->entries[i].member_id = (ProtobufCBinaryData){16, d->ids[i]};
                d->entries[i].commitment = (ProtobufCBinaryData){32, d->ids[i]};
                d->list[i] = &d->entries[i];
        }
        d->w.record_number = (char *)number;
        d->w.entries = d->list;
        d->w.n_entries = MEMBERS;
        d->w.opener_id = (ProtobufCBinaryData){16, d->ids[0]};
}

static void sign_draft(Roster *ret, const Draft *d, const Cloud *c)
{
        Bytes32 digest;

        ret->n_bytes = pb_roster_get_packed_size(&d->w);
        ret->bytes = malloc(ret->n_bytes);
        assert_non_null(ret->bytes);
        (void)pb_roster_pack(&d->w, ret->bytes);
        digest_one(&digest, "huddle v1 roster", ret->bytes, ret->n_bytes);
        (void)crypto_sign_detached(ret->signature, NULL, digest.b, sizeof digest, c->private_key);
}

static void signed_nonsense_is_malformed(void **state)
{
        static const struct {
                const char *name;
                void (*spoil)(Draft *d);
                int result;
        } cases[] = {
                {"as it should be", untouched, 0},
                {"1000 entries", full, 0},
                {"1001 entries", too_many, ROSTER_E_MALFORMED},
                {"unsorted", unsorted, ROSTER_E_MALFORMED},
                {"doubled id", doubled, ROSTER_E_MALFORMED},
                {"no entries", empty, ROSTER_E_MALFORMED},
                {"id of 15 bytes", short_id, ROSTER_E_MALFORMED},
                {"id of 17 bytes", long_id, ROSTER_E_MALFORMED},
                {"commitment of 31 bytes", short_commitment, ROSTER_E_MALFORMED},
                {"no opener", no_opener, ROSTER_E_MALFORMED},
                {"opener not an entry", strange_opener, ROSTER_E_MALFORMED},
                {"number of 10 digits", short_number, ROSTER_E_MALFORMED},
                {"number of 12 digits", long_number, ROSTER_E_MALFORMED},
                {"wrong check digit", wrong_check_digit, ROSTER_E_MALFORMED},
                {"letter in the number", letters_in_number, ROSTER_E_MALFORMED},
                {"closed in the year 9999", end_of_year_9999, 0},
                {"closed in the year 10000", year_10000, ROSTER_E_MALFORMED},
        };
        Cloud *c = *state;

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                RosterMember own = {};
                Roster r = {};
                Draft d;

                draft_begin(&d);
                memcpy(own.id.b, d.ids[3], sizeof own.id);
                memcpy(own.commitment.b, d.ids[3], sizeof own.commitment);
                cases[i].spoil(&d);
                sign_draft(&r, &d, c);
                assert_case(cases[i].name, verify(c, &r, &own) == cases[i].result);
                free(r.bytes);
        }
}

static void the_cloud_makes_no_nonsense(void **state)
{
        Cloud *c = *state;
        RosterMember twice[2] = {c->members[0], c->members[0]};
        Roster *r = NULL;
        Id stranger = {{1}};

        assert_int_equal(roster_sign(&r, number, 0, &twice[0].id, twice, 2, c->private_key),
                         ROSTER_E_MALFORMED);
        assert_int_equal(roster_sign(&r, number, 0, &stranger, twice, 1, c->private_key),
                         ROSTER_E_MALFORMED);
        assert_int_equal(roster_sign(&r, number, 0, &stranger, twice, 0, c->private_key),
                         ROSTER_E_MALFORMED);
        assert_int_equal(roster_sign(&r, "123", 0, &twice[0].id, twice, 1, c->private_key),
                         ROSTER_E_MALFORMED);
        assert_null(r);
}

/* ---- record numbers ---- */

static void numbers_are_checked(void **state)
{
        static const struct {
                const char *text;
                bool valid;
        } cases[] = {
                {"00000000001", true},
                {"12345678903", true},
                {"99999999991", false},
                {"00000000000", false},
                {"", false},
                {"1234567890", false},
                {"123456789033", false},
                {"1234567890x", false},
                {" 2345678903", false},
                {"21345678903", false},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert_case(cases[i].text, record_number_valid(cases[i].text) == cases[i].valid);
}

static void every_single_slip_is_noticed(void **state)
{
        char text[RECORD_NUMBER_SIZE];

        for (int round = 0; round < 20; round++) {
                record_number_draw(text);
                assert_true(record_number_valid(text));
                for (size_t i = 0; i < 11; i++) {
                        const char right = text[i];

                        for (char wrong = '0'; wrong <= '9'; wrong++) {
                                text[i] = wrong;
                                assert_int_equal(record_number_valid(text), wrong == right);
                        }
                        text[i] = right;
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_member_accepts_it),
                cmocka_unit_test(strangers_are_not_listed),
                cmocka_unit_test(altered_ones_are_not_signed),
                cmocka_unit_test(signed_nonsense_is_malformed),
                cmocka_unit_test(the_cloud_makes_no_nonsense),
                cmocka_unit_test(numbers_are_checked),
                cmocka_unit_test(every_single_slip_is_noticed),
        };

        return cmocka_run_group_tests_name("roster", tests, set_up, tear_down);
}
