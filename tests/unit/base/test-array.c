/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "src/base/array.h"

/* The linker puts this in the place of the library's. */
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

static bool fails;
static unsigned allocations;

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
        allocations++;
        return fails ? NULL : __real_reallocarray(p, n, size);
}

typedef struct Pair {
        const char *name;
        int value;
} Pair;
typedef ARRAY(Pair) Pairs;
typedef ARRAY(uint8_t) Bytes;

static void elements_stay_in_order(void **state)
{
        Pairs a = {0};

        for (int i = 0; i < 1000; i++)
                assert_int_equal(array_add(&a, (Pair){"x", i}), 0);
        assert_int_equal(a.n, 1000);
        for (int i = 0; i < 1000; i++)
                assert_int_equal(a.list[i].value, i);
        array_done(&a);
        assert_null(a.list);
        assert_int_equal(a.n, 0);
        assert_int_equal(a.room, 0);
}

static void growth_is_amortised(void **state)
{
        _cleanup_array_ Bytes a = {0};

        allocations = 0;
        for (size_t i = 0; i < 1000000; i++)
                assert_int_equal(array_add(&a, (uint8_t)i), 0);
        assert_true(allocations <= 20);
}

static void what_is_reserved_cannot_fail(void **state)
{
        _cleanup_array_ Bytes a = {0};

        assert_int_equal(array_reserve(&a, 100), 0);
        fails = true;
        for (size_t i = 0; i < 100; i++)
                assert_int_equal(array_add(&a, 1), 0);
        fails = false;
}

static void a_failure_changes_nothing(void **state)
{
        _cleanup_array_ Bytes a = {0};
        const uint8_t *list;
        size_t room;

        fails = true;
        assert_int_equal(array_add(&a, 1), -ENOMEM);
        assert_null(a.list);
        assert_int_equal(a.room, 0);
        fails = false;
        assert_int_equal(array_append(&a, "abcd", 4), 0);
        list = a.list;
        room = a.room;
        fails = true;
        assert_int_equal(array_append(&a, "efghijklm", 9), -ENOMEM);
        fails = false;
        assert_ptr_equal(a.list, list);
        assert_int_equal(a.room, room);
        assert_int_equal(a.n, 4);
        assert_memory_equal(a.list, "abcd", 4);
}

static void sizes_do_not_overflow(void **state)
{
        static const struct {
                const char *name;
                size_t n, room, more, size;
        } cases[] = {
                {"the sum", 4, 4, SIZE_MAX - 3, 1},
                {"the sum, by far", 4, 4, SIZE_MAX, 1},
                {"the product", 0, 0, SIZE_MAX / 2 + 1, 2},
                {"the double", SIZE_MAX / 2 + 2, SIZE_MAX / 2 + 2, 1, 2},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                void *list = NULL;
                size_t room = cases[i].room;

                assert_case(cases[i].name, array_make_room(&list, cases[i].n, &room, cases[i].more,
                                                           cases[i].size) == -ENOMEM);
                assert_case(cases[i].name, !list && room == cases[i].room);
        }
}

static void elements_can_be_removed(void **state)
{
        static const struct {
                const char *name;
                size_t at, count;
                const char *left;
        } cases[] = {
                {"none", 3, 0, "abcdef"},      {"none at the end", 6, 0, "abcdef"},
                {"the first", 0, 1, "bcdef"},  {"the last", 5, 1, "abcde"},
                {"some between", 1, 3, "aef"}, {"all", 0, 6, ""},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_array_ Bytes a = {0};

                assert_int_equal(array_append(&a, "abcdef", 6), 0);
                array_remove(&a, cases[i].at, cases[i].count);
                assert_case(cases[i].name, a.n == strlen(cases[i].left));
                assert_case(cases[i].name, memcmp(a.list, cases[i].left, a.n) == 0);
        }
}

static void an_empty_array_takes_nothing(void **state)
{
        Bytes a = {0};

        assert_int_equal(array_append(&a, NULL, 0), 0);
        assert_int_equal(array_reserve(&a, 0), 0);
        array_remove(&a, 0, 0);
        assert_null(a.list);
        array_done(&a);
}

static void elements_come_from_another_array(void **state)
{
        _cleanup_array_ Pairs outer = {0}, inner = {0};

        assert_int_equal(array_add(&inner, (Pair){"inner", 7}), 0);
        assert_int_equal(array_add(&outer, inner.list[0]), 0);
        assert_int_equal(outer.list[0].value, 7);
}

static void errors_fold(void **state)
{
        assert_int_equal(must(0), 0);
        assert_int_equal(must(-EAGAIN), -EAGAIN);
        assert_int_equal(must(3), -EIO);
        assert_int_equal(error_or(0, 7), 7);
        assert_int_equal(error_or(3, 7), 7);
        assert_int_equal(error_or(-EAGAIN, 7), -EAGAIN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(elements_stay_in_order),
                cmocka_unit_test(growth_is_amortised),
                cmocka_unit_test(what_is_reserved_cannot_fail),
                cmocka_unit_test(a_failure_changes_nothing),
                cmocka_unit_test(sizes_do_not_overflow),
                cmocka_unit_test(elements_can_be_removed),
                cmocka_unit_test(an_empty_array_takes_nothing),
                cmocka_unit_test(elements_come_from_another_array),
                cmocka_unit_test(errors_fold),
        };

        return cmocka_run_group_tests_name("array", tests, NULL, NULL);
}
