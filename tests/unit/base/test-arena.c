/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "src/base/arena.h"
#include "tests/unit/message-text.h"
#include "src/protocol/unpack.h"

static void pieces_are_aligned_and_apart(void **state)
{
        _cleanup_(arena_done) Arena a = arena_bounded(1024 * 1024);
        uint8_t *taken[200];

        for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
                taken[i] = arena_take(&a, i * 7 % 500);
                assert_non_null(taken[i]);
                assert_int_equal((uintptr_t)taken[i] % _Alignof(max_align_t), 0);
                memset(taken[i], (int)i, i * 7 % 500);
        }
        for (size_t i = 0; i < ARRAY_LEN(taken); i++)
                for (size_t k = 0; k < i * 7 % 500; k++)
                        assert_int_equal(taken[i][k], i);
}

static void the_bound_holds(void **state)
{
        static const struct {
                const char *name;
                size_t bound, each, fit;
        } cases[] = {
                {"one byte at a time", 1600, 1, 100}, /* rounded up to an alignment of 16 */
                {"exactly", 4096, 1024, 4},
                {"one too large", 100, 101, 0},
                {"far too large", 100, SIZE_MAX, 0},
                {"larger than a block", 1024 * 1024, 300 * 1024, 3},
                {"nothing", 0, 1, 0},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(arena_done) Arena a = arena_bounded(cases[i].bound);
                size_t n = 0;

                while (n <= cases[i].fit && arena_take(&a, cases[i].each))
                        n++;
                assert_case(cases[i].name, n == cases[i].fit);
                assert_case(cases[i].name, !a.out_of_memory);
        }
}

static void a_message_that_does_not_fit_is_malformed(void **state)
{
        _cleanup_(arena_done) Arena written = arena_bounded(SIZE_MAX), small = arena_bounded(500),
                                    large = arena_bounded(5000);
        ProtobufCMessage *m =
                message_from_text(&written, &pb_roster_descriptor,
                                  "record_number='1' entries.member_id=#16 entries*10");
        uint8_t bytes[1024];
        size_t len = protobuf_c_message_pack(m, bytes);

        assert_int_equal(unpack_message(&m, &small, m->descriptor, bytes, len), UNPACK_E_MALFORMED);
        assert_int_equal(unpack_message(&m, &large, m->descriptor, bytes, len), 0);
        assert_int_equal(((PbRoster *)m)->n_entries, 10);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pieces_are_aligned_and_apart),
                cmocka_unit_test(the_bound_holds),
                cmocka_unit_test(a_message_that_does_not_fit_is_malformed),
        };

        return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
