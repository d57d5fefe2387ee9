/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-spare-memory.c - what a crowd has left goes back to the system, and is looked for again */
#include "cloud/spare-memory.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        PIECE = 1024,
        PIECES = 65536,
        CROWD = PIECE * PIECES,     /* bytes */
        FEW = SPARE_MEMORY_MIN / 2, /* bytes */
#ifdef __SANITIZE_ADDRESS__
        C_LIBRARY = false /* the sanitizer's own memory is another */
#else
        C_LIBRARY = true
#endif
};

typedef struct Crowd {
        char *pieces[PIECES];
        size_t n;
} Crowd;

static size_t resident(void)
{
        unsigned long size, pages = 0;
        FILE *f = fopen("/proc/self/statm", "re");

        assert_non_null(f);
        assert_int_equal(fscanf(f, "%lu %lu", &size, &pages), 2);
        (void)fclose(f);
        return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void crowd_come(Crowd *c, size_t bytes)
{
        for (c->n = 0; c->n < bytes / PIECE; c->n++) {
                c->pieces[c->n] = malloc(PIECE);
                assert_non_null(c->pieces[c->n]);
                memset(c->pieces[c->n], 1, PIECE);
        }
}

/* All but the last, behind which the C library gives nothing back by itself. */
static void crowd_go(Crowd *c)
{
        while (c->n > 1)
                free(c->pieces[--c->n - 1]);
}

static void what_a_crowd_leaves_goes_back(void **state)
{
        static Crowd crowd;
        size_t least = 0, before;
        char *last;

        for (int i = 0; i < 2; i++) {
                crowd_come(&crowd, CROWD);
                last = crowd.pieces[crowd.n - 1];
                crowd_go(&crowd);
                before = resident();
                assert_true(spare_memory_give_back(&least) || !C_LIBRARY);
                assert_true(resident() + CROWD / 4 * 3 < before || !C_LIBRARY);
                assert_false(spare_memory_give_back(&least));
                free(last);
        }
}

static void little_is_left_alone(void **state)
{
        static Crowd crowd;
        size_t least = 0;
        char *last;

        (void)spare_memory_give_back(&least); /* what other tests have left */
        crowd_come(&crowd, FEW);
        last = crowd.pieces[crowd.n - 1];
        crowd_go(&crowd);
        assert_false(spare_memory_give_back(&least));
        free(last);
}

/* The second time, too. */
static void the_loop_gives_it_back(void **state)
{
        static Crowd crowd;
        sd_event *event = NULL;
        SpareMemory *m;
        size_t before;
        char *last;

        assert_true(sd_event_new(&event) >= 0);
        assert_int_equal(spare_memory_new(&m, event, 1), 0);
        for (int i = 0; i < 2 && C_LIBRARY; i++) {
                crowd_come(&crowd, CROWD);
                last = crowd.pieces[crowd.n - 1];
                crowd_go(&crowd);
                before = resident();
                while (resident() + CROWD / 4 * 3 >= before)
                        assert_true(sd_event_run(event, UINT64_MAX) >= 0);
                free(last);
        }
        assert_null(spare_memory_free(m));
        (void)sd_event_unref(event);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_a_crowd_leaves_goes_back),
                cmocka_unit_test(little_is_left_alone),
                cmocka_unit_test(the_loop_gives_it_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
