/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/protocol/guests.h"
#include "tests/unit/test.h"

#include <string.h>

static void an_opening_tells_its_mark(void **state)
{
        for (GuestMark mark = MARK_NONE; mark <= _MARK_MAX; mark++) {
                MemberKeys keys;
                MemberOpening o;
                Bytes32 commitment;

                member_keys_draw(&keys);
                member_keys_mark(&keys, mark);
                opening_make(&o, &keys, (Bytes32[2]){{{1}}, {{2}}});
                commitment_make(&commitment, &o);
                assert_int_equal(opening_mark(&o), mark);
                for (GuestMark other = MARK_GUEST; other <= _MARK_MAX; other++) {
                        if (other == mark)
                                continue;
                        memcpy(keys.nonce.b, o.nonce.b, sizeof keys.nonce);
                        member_keys_mark(&keys, other);
                        o.nonce = keys.nonce;
                        assert_false(opening_matches(&o, &commitment));
                }
                member_keys_done(&keys);
        }
}

static void half_of_r_stays_random(void **state)
{
        MemberKeys a, b;

        member_keys_draw(&a);
        member_keys_draw(&b);
        member_keys_mark(&a, MARK_GUEST);
        member_keys_mark(&b, MARK_GUEST);
        assert_memory_equal(a.nonce.b, b.nonce.b, 16);
        assert_memory_not_equal(a.nonce.b + 16, b.nonce.b + 16, 16);
}

static void who_takes_part(void **state)
{
        static const struct {
                const char *name;
                const char *marks; /* g: guest, w: welcomes, r: refuses, n: says nothing */
                char opener;       /* ' ': not known */
                bool part;
        } cases[] = {
                {"the opener welcomes", "wng", 'w', true},
                {"the opener says nothing", "nwg", 'n', false},
                {"the opener refuses", "rwg", 'r', false},
                {"somebody refuses", "wrg", 'w', false},
                {"guests alone", "ggg", 'g', true},
                {"guests alone, the opener is late", "gg", ' ', true},
                {"the opener is late, somebody welcomes", "nwg", ' ', true},
                {"the opener is late, nobody says anything", "nng", ' ', false},
                {"the opener is late, somebody refuses", "wrg", ' ', false},
                {"a guest has opened, somebody welcomes", "gwn", 'g', true},
                {"a guest has opened, nobody says anything", "gnn", 'g', false},
                {"no guests, nothing said", "nn", 'n', false},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                static const char letters[] = "ngwr";
                GuestMark opener = MARK_NONE;
                GuestCount count = {0};

                for (const char *m = cases[i].marks; *m; m++)
                        guests_count(&count, (GuestMark)(strchr(letters, *m) - letters));
                if (cases[i].opener != ' ')
                        opener = (GuestMark)(strchr(letters, cases[i].opener) - letters);
                assert_case(cases[i].name,
                            guests_take_part(&count, cases[i].opener == ' ' ? NULL : &opener) ==
                                    cases[i].part);
        }
}

static void a_screen_does_not_tell_the_token(void **state)
{
        Token own = {"abcdefg"}, screen, again;

        screen_token(&screen, &own);
        screen_token(&again, &own);
        assert_memory_equal(screen.b, again.b, sizeof screen);
        assert_memory_not_equal(screen.b, own.b, sizeof screen);
        screen_token(&again, &screen);
        assert_memory_not_equal(again.b, own.b, sizeof own);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_opening_tells_its_mark),
                cmocka_unit_test(half_of_r_stays_random),
                cmocka_unit_test(who_takes_part),
                cmocka_unit_test(a_screen_does_not_tell_the_token),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
