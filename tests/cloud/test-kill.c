/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-kill.c - the cloud is killed under load, again and again, while people join, close, deposit
 * and open: what it has answered is there, and each gets the cards of its own party, all of them */
#include "hall.h"
#include "postgres.h"

#include <signal.h>

enum { ROUNDS = 5, PATIENCE_S = 300 };

static void kill_it(Hall *h)
{
        assert_int_equal(server_stop(&h->server[0], SIGKILL), -SIGKILL);
}

static void start_it(Hall *h)
{
        server_start(&h->server[0]);
}

static void killed_between_any_two_answers(void **state)
{
        char config[POSTGRES_CONNINFO] = "";
        Hall *h;

        if (*state)
                postgres_config(*state, NULL, config);
        h = hall_new(1, config, 3);
        h->harm = kill_it;
        h->heal = start_it;
        for (unsigned round = 0; round < ROUNDS; round++)
                hall_exchange(h);
        assert_in_range(h->n_harmed, ROUNDS * 3, ROUNDS * 9);
        assert_int_not_equal(h->n_unanswered, 0);
        hall_free(h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(killed_between_any_two_answers),
        };
        const struct CMUnitTest tests_of_postgres[] = {
                cmocka_unit_test_prestate(killed_between_any_two_answers, &postgres),
        };
        int failed;

        (void)alarm(PATIENCE_S); /* what is lost may be waited for in vain */
        failed = sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
        if (!postgres_is_there())
                return failed ? failed : postgres_skip();
        return failed +
               cmocka_run_group_tests(tests_of_postgres, postgres_set_up, postgres_tear_down);
}
