/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/exchange/neighbourhood.h"
#include "tests/sim/step-clock.h"
#include "tests/unit/test.h"

enum { PRESS = 1000 }; /* what the stepped clock begins with */

typedef struct World {
        Clock *clock;
        Neighbourhood *n;
        unsigned changes;
        Peer last;
} World;

static void on_changed(void *userdata, const Peer *changed)
{
        World *w = userdata;

        w->changes++;
        w->last = *changed;
}

static int set_up(void **state)
{
        World *w = calloc(1, sizeof *w);

        assert_non_null(w);
        assert_int_equal(step_clock_new(&w->clock, 0), 0);
        assert_int_equal(neighbourhood_new(&w->n, w->clock, on_changed, w), 0);
        *state = w;
        return 0;
}

static int tear_down(void **state)
{
        World *w = *state;

        neighbourhood_free(w->n);
        step_clock_free(w->clock);
        free(w);
        return 0;
}

static Token token(unsigned i)
{
        return (Token){{(uint8_t)(i >> 8), (uint8_t)i, 1, 2, 3, 4, 5, 6}};
}

static void hear(World *w, unsigned i, SightingTransport transport, int rssi_dbm)
{
        Token t = token(i);

        neighbourhood_heard(w->n, &t, transport, rssi_dbm);
}

static void lose(World *w, unsigned i, SightingTransport transport)
{
        Token t = token(i);

        neighbourhood_gone(w->n, &t, transport);
}

static bool knows(const World *w, unsigned i)
{
        Token t = token(i);

        for (size_t k = 0; k < neighbourhood_count(w->n); k++)
                if (memcmp(&neighbourhood_get(w->n, k)->token, &t, sizeof t) == 0)
                        return true;
        return false;
}

static void test_tells_what_changes_and_not_each_packet(void **state)
{
        World *w = *state;

        hear(w, 1, SIGHTING_BLE, -60);
        assert_int_equal(w->changes, 1);
        assert_true(w->last.present);
        hear(w, 1, SIGHTING_BLE, -64);
        assert_int_equal(w->changes, 1);
        hear(w, 1, SIGHTING_MDNS, 0);
        assert_int_equal(w->changes, 2);
        assert_int_equal(w->last.transports, 1U << SIGHTING_BLE | 1U << SIGHTING_MDNS);
        lose(w, 1, SIGHTING_MDNS);
        assert_int_equal(w->changes, 2); /* still there by BLE */
        lose(w, 1, SIGHTING_BLE);
        assert_int_equal(w->changes, 3);
        assert_false(w->last.present);
        lose(w, 1, SIGHTING_BLE);
        lose(w, 2, SIGHTING_BLE); /* never heard */
        assert_int_equal(w->changes, 3);
        hear(w, 1, SIGHTING_BLE, -70);
        assert_int_equal(w->changes, 4);
        assert_true(w->last.present);
        assert_int_equal(neighbourhood_count(w->n), 1);
}

static void test_mutual_once(void **state)
{
        World *w = *state;
        Token t = token(1), stranger = token(2);

        hear(w, 1, SIGHTING_MDNS, 0);
        neighbourhood_set_mutual(w->n, &t);
        neighbourhood_set_mutual(w->n, &t);
        neighbourhood_set_mutual(w->n, &stranger);
        assert_int_equal(w->changes, 2);
        assert_true(w->last.mutual);
}

static void test_strength_is_smoothed_and_its_peak_kept(void **state)
{
        World *w = *state;
        const Peer *p;

        hear(w, 1, SIGHTING_BLE, -80);
        hear(w, 1, SIGHTING_BLE, -40);
        p = neighbourhood_get(w->n, 0);
        assert_int_equal(p->rssi_dbm, -70); /* a quarter of the way */
        assert_int_equal(p->rssi_max_dbm, -40);
        hear(w, 1, SIGHTING_MDNS, 0); /* has no strength: changes none */
        assert_int_equal(p->rssi_dbm, -70);
        for (int i = 0; i < 40; i++)
                hear(w, 1, SIGHTING_BLE, -90);
        assert_in_range(-p->rssi_dbm, 89, 90);
}

static void test_evidence_is_in_time_of_the_press(void **state)
{
        World *w = *state;
        Sighting s[SERIAL_HEARD_MAX];

        hear(w, 1, SIGHTING_BLE, -63); /* heard as the press began */
        step_clock_advance(w->clock, 1500);
        hear(w, 1, SIGHTING_BLE, -70);
        hear(w, 2, SIGHTING_MDNS, 0);
        step_clock_advance(w->clock, 500);
        assert_int_equal(neighbourhood_evidence(w->n, PRESS, s), 2);
        assert_int_equal(s[0].transport, SIGHTING_BLE);
        assert_int_equal(s[0].rssi_dbm, -64);
        assert_int_equal(s[0].first_heard_ms, 0);
        assert_int_equal(s[0].last_heard_ms, 1500);
        assert_int_equal(s[1].transport, SIGHTING_MDNS);
        assert_int_equal(s[1].rssi_dbm, 0);
        assert_int_equal(s[1].first_heard_ms, 1500);
        assert_int_equal(s[1].last_heard_ms, 2000); /* has not gone: is heard */
        lose(w, 2, SIGHTING_MDNS);
        step_clock_advance(w->clock, 1000);
        assert_int_equal(neighbourhood_evidence(w->n, PRESS, s),
                         2); /* a neighbour that has gone remains evidence */
        assert_int_equal(s[1].last_heard_ms, 2000);
        assert_int_equal(neighbourhood_evidence(w->n, PRESS + 10000, s), 2);
        assert_int_equal(s[1].last_heard_ms, 0); /* never before the press */
}

static void test_both_transports_are_evidence_the_measured_first(void **state)
{
        World *w = *state;
        Sighting s[SERIAL_HEARD_MAX];

        for (unsigned i = 0; i < SERIAL_HEARD_MAX - 1; i++) {
                hear(w, i, SIGHTING_MDNS, 0);
                hear(w, i, SIGHTING_BLE, -50);
        }
        assert_int_equal(neighbourhood_evidence(w->n, PRESS, s), SERIAL_HEARD_MAX);
        for (size_t i = 0; i < SERIAL_HEARD_MAX - 1; i++)
                assert_int_equal(s[i].transport, SIGHTING_BLE);
        assert_int_equal(s[SERIAL_HEARD_MAX - 1].transport, SIGHTING_MDNS);
}

static void test_crowd(void **state)
{
        World *w = *state;
        Token mutual = token(0);
        Token lost;

        for (unsigned i = 0; i < SERIAL_HEARD_MAX; i++)
                hear(w, i, SIGHTING_MDNS, 0);
        neighbourhood_set_mutual(w->n, &mutual);
        for (unsigned i = 1000; i < 2000; i++) /* a flood of made-up tokens */
                hear(w, i, SIGHTING_MDNS, 0);
        /* by lot: 64 (1 + ln(1064 / 64)) tokens came to stay, and few of them did */
        assert_in_range(w->changes, SERIAL_HEARD_MAX, 8 * SERIAL_HEARD_MAX);
        assert_int_equal(neighbourhood_count(w->n), SERIAL_HEARD_MAX);
        assert_true(knows(w, 0));
        lost = neighbourhood_get(w->n, 7)->token;
        neighbourhood_gone(w->n, &lost, SIGHTING_MDNS);
        hear(w, 3000, SIGHTING_MDNS, 0); /* replaces a neighbour that has gone */
        assert_true(memcmp(&neighbourhood_get(w->n, 7)->token, &lost, sizeof lost) != 0);
        assert_true(knows(w, 3000));
        for (unsigned i = 4000; i < 4100;
             i++) /* measured ones take the place of all unmeasured but the mutual */
                hear(w, i, SIGHTING_BLE, -90);
        assert_true(knows(w, 0));
        assert_true(knows(w, 4000));
        assert_false(knows(w, 1));
        hear(w, 5000, SIGHTING_BLE, -40);
        assert_true(knows(w, 5000));
        assert_int_equal(neighbourhood_count(w->n), SERIAL_HEARD_MAX);
}

enum { HALL = 200 };

/* Everybody in a hall hears everybody, in the same order, and has room for a third. Who keeps whom
 * must not depend on that order, or nobody would name the last. */
static void test_a_hall_keeps_each_other(void **state)
{
        World *w = *state;
        static bool keeps[HALL][HALL];
        unsigned named, mutual;

        for (unsigned i = 0; i < HALL; i++) {
                Neighbourhood *n;
                Token own = token(i);

                assert_int_equal(neighbourhood_new(&n, w->clock, on_changed, w), 0);
                neighbourhood_set_own(n, &own);
                for (unsigned j = 0; j < HALL; j++) {
                        Token t = token(j);

                        if (j != i)
                                neighbourhood_heard(n, &t, SIGHTING_MDNS, 0);
                }
                for (size_t k = 0; k < neighbourhood_count(n); k++)
                        for (unsigned j = 0; j < HALL; j++) {
                                Token t = token(j);

                                keeps[i][j] |=
                                        memcmp(&neighbourhood_get(n, k)->token, &t, sizeof t) == 0;
                        }
                neighbourhood_free(n);
        }
        for (unsigned i = 0; i < HALL; i++) {
                named = mutual = 0;
                for (unsigned j = 0; j < HALL; j++) {
                        named += keeps[j][i];
                        mutual += keeps[i][j] && keeps[j][i];
                }
                assert_in_range(named, SERIAL_HEARD_MAX / 2, HALL);
                assert_in_range(mutual, SERIAL_HEARD_MAX / 2, SERIAL_HEARD_MAX);
        }
}

/* Whom it keeps depends on its own token, not on when it is told that. */
static void test_own_token_may_come_late(void **state)
{
        World *w = *state;
        Neighbourhood *early, *late;
        Token own = token(HALL);

        assert_int_equal(neighbourhood_new(&early, w->clock, on_changed, w), 0);
        assert_int_equal(neighbourhood_new(&late, w->clock, on_changed, w), 0);
        neighbourhood_set_own(early, &own);
        for (unsigned i = 0; i < HALL; i++) {
                Token t = token(i);

                if (i == SERIAL_HEARD_MAX) /* from here on they choose */
                        neighbourhood_set_own(late, &own);
                neighbourhood_heard(early, &t, SIGHTING_MDNS, 0);
                neighbourhood_heard(late, &t, SIGHTING_MDNS, 0);
        }
        for (size_t i = 0; i < SERIAL_HEARD_MAX; i++)
                assert_memory_equal(&neighbourhood_get(early, i)->token,
                                    &neighbourhood_get(late, i)->token, sizeof own);
        neighbourhood_free(early);
        neighbourhood_free(late);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                ROW(test_tells_what_changes_and_not_each_packet),
                ROW(test_mutual_once),
                ROW(test_strength_is_smoothed_and_its_peak_kept),
                ROW(test_evidence_is_in_time_of_the_press),
                ROW(test_both_transports_are_evidence_the_measured_first),
                ROW(test_crowd),
                ROW(test_a_hall_keeps_each_other),
                ROW(test_own_token_may_come_late),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
