/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-others.c - which of the other groups with our code may be admitted by its word */
#include "daemon/exchange/others.h"
#include "src/protocol/code.h"
#include "src/protocol/nearby.h"
#include "tests/sim/step-clock.h"
#include "tests/unit/test.h"

#include <string.h>

enum { NOT_ANSWERED = -1 };

typedef struct Fixture {
        Clock *clock;
        Id self;
        Others *others;
        Bytes32 commitments[OTHERS_MAX + 1]; /* the last one is ours */
        uint8_t ids[OTHERS_MAX + 1][16];
        PbOtherGroup groups[OTHERS_MAX + 1], *list[OTHERS_MAX + 1];
        PbWatched watched;
        int result;
} Fixture;

/* The n-th commitment that gives this word, as an attacker finds it. */
static void find_commitment(Bytes32 *ret, const char *word, unsigned n)
{
        uint32_t i = 0;

        do {
                memset(ret, 0, sizeof *ret);
                memcpy(ret->b, &i, sizeof i);
                i++;
                if (strcmp(nearby_word(ret->b), word) == 0 && n-- == 0)
                        return;
        } while (i < 1000000);
        fail();
}

static void set_up(Fixture *f, const char *own, const char *const *words, size_t n)
{
        assert_int_equal(step_clock_new(&f->clock, 1000), 0);
        f->watched = (PbWatched)PB_WATCHED_INIT;
        assert_int_equal(others_new(&f->others, f->clock, NULL, &f->self), 0);
        find_commitment(&f->commitments[OTHERS_MAX], own, 0);
        for (size_t i = 0; i < n; i++) {
                find_commitment(&f->commitments[i], words[i], (unsigned)i + 1);
                f->groups[i] = (PbOtherGroup)PB_OTHER_GROUP_INIT;
                f->groups[i].opener_id = wire_bytes(f->ids[i], sizeof f->ids[i]);
                f->groups[i].commitment = wire_bytes(f->commitments[i].b, sizeof(Bytes32));
                f->groups[i].member_count = (uint32_t)i + 1;
                f->list[i] = &f->groups[i];
        }
        f->watched.n_others = n;
        f->watched.others = f->list;
        if (n > 0)
                f->watched.opener_commitment =
                        wire_bytes(f->commitments[OTHERS_MAX].b, sizeof(Bytes32));
        others_take(f->others, &f->watched);
        f->result = NOT_ANSWERED;
}

static void tear_down(Fixture *f)
{
        others_free(f->others);
        step_clock_free(f->clock);
}

static void on_answer(void *userdata, int result)
{
        ((Fixture *)userdata)->result = result;
}

static int admit(Fixture *f, const char *word)
{
        f->result = NOT_ANSWERED;
        others_admit(f->others, word, true, on_answer, f);
        return f->result;
}

/* BLAKE2b-256 over the label and 32 zero bytes, each after its length, by Python's hashlib. */
static void test_word_of_commitment(void **state)
{
        const Bytes32 zero = {{0}};

        assert_string_equal(nearby_word(zero.b), "fasten");
}

static void test_list(void **state)
{
        static const char *const words[] = {"maple", "tiger"};
        const ExchangeOther *list;
        Fixture f;

        set_up(&f, "lamp", words, ARRAY_LEN(words));
        assert_int_equal(others_list(f.others, &list), 2);
        assert_string_equal(list[0].word, "maple");
        assert_int_equal(list[1].members, 2);
        assert_false(list[0].same_word || list[1].same_word);
        assert_string_equal(others_own_word(f.others), "lamp");
        assert_int_equal(admit(&f, "lamp"), EXCHANGE_R_NO_OTHER); /* our own word names nobody */
        assert_int_equal(admit(&f, ""), EXCHANGE_R_NO_OTHER);
        others_end(f.others);
        assert_int_equal(others_list(f.others, &list), 0);
        assert_string_equal(others_own_word(f.others), "");
        assert_int_equal(admit(&f, "maple"), EXCHANGE_R_NO_OTHER);
        tear_down(&f);
}

/* A stranger sees the commitments of all groups and makes its own until the word is that of one. */
static void test_word_of_two_groups(void **state)
{
        static const char *const words[] = {"maple", "tiger", "maple"};
        const ExchangeOther *list;
        Fixture f;

        set_up(&f, "lamp", words, ARRAY_LEN(words));
        assert_int_equal(others_list(f.others, &list), 3);
        assert_true(list[0].same_word && !list[1].same_word && list[2].same_word);
        assert_int_equal(admit(&f, "maple"), EXCHANGE_R_SAME_WORD);
        tear_down(&f);
}

static void test_word_of_ours(void **state)
{
        static const char *const words[] = {"lamp"};
        Fixture f;

        set_up(&f, "lamp", words, ARRAY_LEN(words));
        assert_int_equal(admit(&f, "lamp"), EXCHANGE_R_SAME_WORD);
        tear_down(&f);
}

static void test_more_than_fit(void **state)
{
        static const char *const words[] = {"maple", "tiger", "maple", "lamp", "tiger",
                                            "maple", "maple", "maple", "maple"};
        const ExchangeOther *list;
        Fixture f;

        set_up(&f, "lamp", words, OTHERS_MAX);
        f.list[OTHERS_MAX] = f.list[0];
        f.watched.n_others = OTHERS_MAX + 1;
        others_take(f.others, &f.watched);
        assert_int_equal(others_list(f.others, &list), OTHERS_MAX);
        tear_down(&f);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_word_of_commitment), cmocka_unit_test(test_list),
                cmocka_unit_test(test_word_of_two_groups), cmocka_unit_test(test_word_of_ours),
                cmocka_unit_test(test_more_than_fit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
