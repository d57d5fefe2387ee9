/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which identity of the cloud counts, as configuration, first meeting, successions and restarts
 * say. */
#include "daemon/cloud-link/pin-keeper.h"
#include "tests/sim/step-clock.h"
#include "tests/unit/test.h"

#include <string.h>

#define WALL_MS UINT64_C(1800000000000)
#define MONTH_MS (30 * UINT64_C(86400000))

typedef struct Party {
        CloudIdentity identity;
        uint8_t sign_private[64];
} Party;

typedef struct Fixture {
        Clock *clock;
        DaemonStore *store;
        PinKeeper *keeper;
        Party party[3];
} Fixture;

static int set_up(void **state)
{
        Fixture *f = calloc(1, sizeof *f);

        assert_non_null(f);
        assert_int_equal(step_clock_new(&f->clock, WALL_MS), 0);
        assert_int_equal(daemon_store_open(&f->store, ":memory:"), 0);
        for (size_t i = 0; i < ARRAY_LEN(f->party); i++) {
                randombytes_buf(&f->party[i].identity.box_key, sizeof(Bytes32));
                (void)crypto_sign_keypair(f->party[i].identity.sign_key.b,
                                          f->party[i].sign_private);
        }
        *state = f;
        return 0;
}

static int tear_down(void **state)
{
        Fixture *f = *state;

        pin_keeper_free(f->keeper);
        daemon_store_free(f->store);
        step_clock_free(f->clock);
        free(f);
        return 0;
}

/* The daemon starts, with Identity= that of a party (-1: with none). */
static void start(Fixture *f, int configured, bool follows)
{
        PinKeeperDeps deps = {
                .clock = f->clock, .store = f->store, .url = "http://a", .follows = follows};

        if (configured >= 0)
                deps.configured = &f->party[configured].identity;
        f->keeper = pin_keeper_free(f->keeper);
        assert_int_equal(pin_keeper_new(&f->keeper, &deps), 0);
}

static void tell(Fixture *f, size_t from, size_t to)
{
        uint64_t now_ms = clock_wall(f->clock);
        uint8_t bytes[SUCCESSION_SIZE];
        Succession s = {f->party[from].identity, f->party[to].identity, now_ms, now_ms + MONTH_MS};

        succession_sign(bytes, &s, f->party[from].sign_private, f->party[to].sign_private);
        pin_keeper_told(f->keeper, bytes, sizeof bytes);
}

static void assert_pins(const Fixture *f, size_t party)
{
        assert_non_null(pin_keeper_pin(f->keeper));
        assert_memory_equal(&pin_keeper_pin(f->keeper)->identity, &f->party[party].identity,
                            sizeof(CloudIdentity));
}

static void the_first_meeting_pins_and_a_succession_moves(void **state)
{
        Fixture *f = *state;

        start(f, -1, false);
        assert_null(pin_keeper_pin(f->keeper));
        assert_int_equal(pin_keeper_meet(f->keeper, &f->party[0].identity), 0);
        assert_int_equal(pin_keeper_meet(f->keeper, &f->party[1].identity), -EINVAL);
        assert_pins(f, 0);
        tell(f, 0, 1);
        assert_pins(f, 1);
        start(f, -1, false);
        assert_pins(f, 1);
        assert_true(cloud_pin_names(pin_keeper_pin(f->keeper), &f->party[0].identity));
}

static void a_configured_identity_stays(void **state)
{
        Fixture *f = *state;

        start(f, 0, false);
        assert_pins(f, 0);
        tell(f, 0, 1);
        assert_pins(f, 0);
        start(f, 0, false);
        assert_pins(f, 0);
        assert_null(cloud_pin_signer(pin_keeper_pin(f->keeper), 1));
        start(f, 1, false); /* the administrator writes what the log said */
        assert_pins(f, 1);
        tell(f, 0, 1); /* and hears which key was before */
        assert_memory_equal(cloud_pin_signer(pin_keeper_pin(f->keeper), 1),
                            &f->party[0].identity.sign_key, sizeof(Bytes32));
}

static void a_configured_identity_moves_where_it_may(void **state)
{
        Fixture *f = *state;

        start(f, 0, true);
        tell(f, 0, 1);
        assert_pins(f, 1);
        start(f, 0, true);
        assert_pins(f, 1);
        tell(f, 0, 2); /* whoever stole the old key */
        assert_pins(f, 1);
        start(f, 0, false); /* the administrator takes it back */
        assert_pins(f, 0);
}

/* What was stored belongs to the Identity= from which it came. */
static void another_configured_identity_begins_anew(void **state)
{
        Fixture *f = *state;

        start(f, 0, true);
        tell(f, 0, 1);
        start(f, 2, true);
        assert_pins(f, 2);
        tell(f, 0, 1);
        assert_pins(f, 2);
        start(f, -1, false); /* without one, the pin that was last stored counts */
        assert_pins(f, 1);
}

static void the_key_before_ends_with_the_overlap(void **state)
{
        Fixture *f = *state;

        start(f, 0, true);
        tell(f, 0, 1);
        step_clock_advance(f->clock, MONTH_MS - 1);
        assert_non_null(cloud_pin_signer(pin_keeper_pin(f->keeper), 1));
        step_clock_advance(f->clock, 1);
        assert_null(cloud_pin_signer(pin_keeper_pin(f->keeper), 1));
        start(f, 0, true); /* the store has it still */
        assert_null(cloud_pin_signer(pin_keeper_pin(f->keeper), 1));
        assert_pins(f, 1);
}

static void what_is_not_a_succession_moves_nothing(void **state)
{
        Fixture *f = *state;
        uint8_t bytes[SUCCESSION_SIZE] = {SUCCESSION_SUITE};

        start(f, 0, true);
        pin_keeper_told(f->keeper, bytes, sizeof bytes);
        pin_keeper_told(f->keeper, bytes, 0);
        tell(f, 1, 2);
        assert_pins(f, 0);
}

#define PIN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                PIN_TEST(the_first_meeting_pins_and_a_succession_moves),
                PIN_TEST(a_configured_identity_stays),
                PIN_TEST(a_configured_identity_moves_where_it_may),
                PIN_TEST(another_configured_identity_begins_anew),
                PIN_TEST(the_key_before_ends_with_the_overlap),
                PIN_TEST(what_is_not_a_succession_moves_nothing),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
