/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pin moves along a succession that both keys have signed, once, in time and never back. */
#include "tests/unit/test.h"

#include "src/protocol/succession.h"

enum { DAY_MS = 24 * 3600 * 1000 };
static const uint64_t MADE = UINT64_C(1767225600000);

typedef struct Party {
        CloudIdentity identity;
        uint8_t sign_private[64];
} Party;

static Party party[4]; /* generations of one cloud; the last one is of another cloud */

static int set_up(void **state)
{
        if (sodium_init() < 0)
                return -1;
        for (size_t i = 0; i < ARRAY_LEN(party); i++) {
                randombytes_buf(&party[i].identity.box_key, 32);
                (void)crypto_sign_keypair(party[i].identity.sign_key.b, party[i].sign_private);
        }
        return 0;
}

static Succession plain(size_t from, size_t to, uint64_t made_ms, uint64_t until_ms)
{
        return (Succession){party[from].identity, party[to].identity, made_ms, until_ms};
}

static void sign(uint8_t ret[static SUCCESSION_SIZE], size_t from, size_t to, uint64_t made_ms,
                 uint64_t until_ms)
{
        Succession s = plain(from, to, made_ms, until_ms);

        succession_sign(ret, &s, party[from].sign_private, party[to].sign_private);
}

/* ---- reading ---- */

static void a_succession_comes_back(void **state)
{
        uint8_t bytes[SUCCESSION_SIZE];
        Succession s;

        sign(bytes, 0, 1, MADE, MADE + 30 * (uint64_t)DAY_MS);
        assert_int_equal(succession_read(&s, bytes, sizeof bytes), 0);
        assert_memory_equal(&s.from, &party[0].identity, sizeof s.from);
        assert_memory_equal(&s.to, &party[1].identity, sizeof s.to);
        assert_true(s.made_ms == MADE && s.until_ms == MADE + 30 * (uint64_t)DAY_MS);
}

static void every_altered_bit_is_noticed(void **state)
{
        uint8_t bytes[SUCCESSION_SIZE + 1] = {0};
        Succession s;

        sign(bytes, 0, 1, MADE, MADE + 30 * (uint64_t)DAY_MS);
        for (size_t len = 0; len <= sizeof bytes; len++)
                if (len != SUCCESSION_SIZE)
                        assert_int_equal(succession_read(&s, bytes, len), -EINVAL);
        for (size_t bit = 0; bit < 8 * (size_t)SUCCESSION_SIZE; bit++) {
                bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(succession_read(&s, bytes, SUCCESSION_SIZE), -EINVAL);
                bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_int_equal(succession_read(&s, bytes, SUCCESSION_SIZE), 0);
}

static void both_keys_sign_and_nobody_else(void **state)
{
        static const struct {
                const char *name;
                size_t by_from, by_to;
                bool good;
        } cases[] = {
                {"both", 0, 1, true},
                {"a stranger for the old key", 3, 1, false},
                {"a stranger for the new key", 0, 3, false},
                {"the new key for both", 1, 1, false},
                {"the old key for both", 0, 0, false},
                {"one for the other", 1, 0, false},
        };
        Succession s = plain(0, 1, MADE, MADE + DAY_MS), got;
        uint8_t bytes[SUCCESSION_SIZE];

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                succession_sign(bytes, &s, party[cases[i].by_from].sign_private,
                                party[cases[i].by_to].sign_private);
                assert_case(cases[i].name,
                            (succession_read(&got, bytes, sizeof bytes) == 0) == cases[i].good);
        }
        /* two signatures of one key under two labels: one does not stand for the other */
        s.to.sign_key = s.from.sign_key;
        succession_sign(bytes, &s, party[0].sign_private, party[0].sign_private);
        assert_int_equal(succession_read(&got, bytes, sizeof bytes), 0);
        memcpy(bytes + 209, bytes + 145, 64);
        assert_int_equal(succession_read(&got, bytes, sizeof bytes), -EINVAL);
}

static void times_and_ends_are_bounded(void **state)
{
        static const struct {
                const char *name;
                size_t to;
                uint64_t made, until;
                bool good;
        } cases[] = {
                {"a month", 1, 1, 30 * UINT64_C(86400000), true},
                {"the longest", 1, 1, SUCCESSION_MS_MAX + 1, true},
                {"longer", 1, 1, SUCCESSION_MS_MAX + 2, false},
                {"for ever", 1, 1, UINT64_MAX, false},
                {"ends when it begins", 1, 5, 5, false},
                {"ends before it begins", 1, 5, 4, false},
                {"made at no time", 1, 0, 5, false},
                {"to itself", 0, 1, 5, false},
        };
        uint8_t bytes[SUCCESSION_SIZE];
        Succession s;

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                sign(bytes, 0, cases[i].to, cases[i].made, cases[i].until);
                assert_case(cases[i].name,
                            (succession_read(&s, bytes, sizeof bytes) == 0) == cases[i].good);
        }
}

/* ---- moving ---- */

static bool pin_is(const CloudPin *pin, size_t i)
{
        return memcmp(&pin->identity, &party[i].identity, sizeof pin->identity) == 0;
}

static SuccessionStep step(CloudPin *pin, size_t from, size_t to, uint64_t made_ms, uint64_t now_ms)
{
        Succession s = plain(from, to, made_ms, made_ms + 10 * (uint64_t)DAY_MS);

        return cloud_pin_step(pin, &s, true, now_ms);
}

static void a_pin_moves_once_and_not_back(void **state)
{
        CloudPin pin = {.identity = party[0].identity};

        assert_int_equal(step(&pin, 0, 1, MADE, MADE + 1), SUCCESSION_MOVED);
        assert_true(pin_is(&pin, 1));
        /* the same again: known; an older way back, a second successor of the old one: no */
        assert_int_equal(step(&pin, 0, 1, MADE, MADE + 2), SUCCESSION_KNOWN);
        assert_int_equal(step(&pin, 1, 0, MADE - 1, MADE + 2), SUCCESSION_OLDER);
        assert_int_equal(step(&pin, 1, 0, MADE, MADE + 2), SUCCESSION_OLDER);
        assert_int_equal(step(&pin, 0, 2, MADE + 1, MADE + 2), SUCCESSION_FOREIGN);
        assert_int_equal(step(&pin, 3, 2, MADE + 1, MADE + 2), SUCCESSION_FOREIGN);
        assert_true(pin_is(&pin, 1));
        assert_int_equal(step(&pin, 1, 2, MADE + DAY_MS, MADE + DAY_MS), SUCCESSION_MOVED);
        assert_true(pin_is(&pin, 2));
        assert_int_equal(step(&pin, 0, 1, MADE, MADE + DAY_MS), SUCCESSION_FOREIGN);
        assert_true(pin_is(&pin, 2));
}

static void an_expired_succession_moves_nothing(void **state)
{
        CloudPin pin = {.identity = party[0].identity}, before = pin;

        assert_int_equal(step(&pin, 0, 1, MADE, MADE + 10 * (uint64_t)DAY_MS), SUCCESSION_EXPIRED);
        assert_memory_equal(&pin, &before, sizeof pin);
        assert_int_equal(step(&pin, 0, 1, MADE, MADE + 10 * (uint64_t)DAY_MS - 1),
                         SUCCESSION_MOVED);
}

static void a_pin_that_does_not_follow_stays(void **state)
{
        Succession s = plain(0, 1, MADE, MADE + DAY_MS);
        CloudPin pin = {.identity = party[0].identity}, before = pin;

        assert_int_equal(cloud_pin_step(&pin, &s, false, MADE), SUCCESSION_MOVED);
        assert_memory_equal(&pin, &before, sizeof pin);
}

/* ---- who signs ---- */

static void the_key_before_signs_until_the_end(void **state)
{
        CloudPin moved = {.identity = party[0].identity}, fresh = {.identity = party[1].identity};

        assert_null(cloud_pin_signer(&moved, 1));
        (void)step(&moved, 0, 1, MADE, MADE);
        /* one that pinned the new identity at once learns the old key as well */
        assert_int_equal(step(&fresh, 0, 1, MADE, MADE), SUCCESSION_KNOWN);
        assert_memory_equal(&moved, &fresh, sizeof moved);
        assert_memory_equal(cloud_pin_signer(&moved, 0), &party[1].identity.sign_key, 32);
        assert_memory_equal(cloud_pin_signer(&moved, 1), &party[0].identity.sign_key, 32);
        assert_null(cloud_pin_signer(&moved, 2));
        assert_false(cloud_pin_tidy(&moved, MADE + 10 * (uint64_t)DAY_MS - 1));
        assert_true(cloud_pin_tidy(&moved, MADE + 10 * (uint64_t)DAY_MS));
        assert_null(cloud_pin_signer(&moved, 1));
        assert_true(pin_is(&moved, 1));
}

/* Old links name the identity before; it is known as ours also when its key counts no more. */
static void a_pin_names_the_keys_it_has_replaced(void **state)
{
        CloudPin pin = {.identity = party[0].identity};
        CloudIdentity mixed = {party[2].identity.box_key, party[0].identity.sign_key}, none = {0};

        assert_true(cloud_pin_names(&pin, &party[0].identity));
        assert_false(cloud_pin_names(&pin, &none));
        (void)step(&pin, 0, 1, MADE, MADE);
        (void)cloud_pin_tidy(&pin, MADE + 10 * (uint64_t)DAY_MS);
        assert_true(cloud_pin_names(&pin, &party[0].identity));
        assert_true(cloud_pin_names(&pin, &party[1].identity));
        assert_false(cloud_pin_names(&pin, &party[2].identity));
        assert_false(cloud_pin_names(&pin, &mixed));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_succession_comes_back),
                cmocka_unit_test(every_altered_bit_is_noticed),
                cmocka_unit_test(both_keys_sign_and_nobody_else),
                cmocka_unit_test(times_and_ends_are_bounded),
                cmocka_unit_test(a_pin_moves_once_and_not_back),
                cmocka_unit_test(an_expired_succession_moves_nothing),
                cmocka_unit_test(a_pin_that_does_not_follow_stays),
                cmocka_unit_test(the_key_before_signs_until_the_end),
                cmocka_unit_test(a_pin_names_the_keys_it_has_replaced),
        };

        return cmocka_run_group_tests_name("succession", tests, set_up, NULL);
}
