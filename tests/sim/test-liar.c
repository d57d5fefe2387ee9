/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cloud that lies (liar.h) gets nobody's card: whatever it says ends in a visible refusal, is
 * the same exchange all the same, or is bad service. And what it has been told it cannot read.
 */
#include "judge.h"

#include "daemon/exchange/exchange-context.h"
#include "src/base/log.h"
#include "tests/unit/fixed-random.h"
#include "tests/unit/test.h"
#include "step-clock.h"

enum {
        PEOPLE = 3,
        ONE = 1,
        WINDOW_S = 10,
        VETO_MS = 5000,
        RUN_MS = 90 * 1000,
        SILENCE_MS = 40 * 60 * 1000,
        HASTE_S = 60,
        FLIPS = 200,
        ATTEMPTS = 10,
};

static Chance flips;

/* ---- a party of three, and what must hold for each of them ---- */

static const NetWeather weather = {.delay_min_ms = 20, .delay_max_ms = 50};

static World *begin_in(uint64_t chance, const char *seed, size_t n)
{
        World *w = NULL;

        fixed_random(seed);
        assert_int_equal(world_new(&w, chance, n, ":memory:"), 0);
        net_set_weather(w->net, &weather);
        return w;
}

static World *begin(const char *seed, size_t n)
{
        return begin_in(1, seed, n);
}

static char digits[] = "4821", words[] = "4821 tiger maple";

static const char *code; /* of the people at the table */

static void meet(World *w, SimPress *p[PEOPLE])
{
        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(world_press(w, i, 0, 0, code, WINDOW_S, VETO_MS, &p[i]), 0);
        world_run(w, RUN_MS);
}

static size_t cards_of(const SimPress *p)
{
        Seen seen = judge_look(p);

        if (seen.false_cards > 0)
                fail_msg("%s holds a card that nobody gave", p->name);
        return seen.cards;
}

static bool has_refused(const SimPress *p)
{
        Seen seen = judge_look(p);

        return judge_refused(&seen);
}

/* ---- each lie, told to everybody and to one ---- */

/* False: nobody could be told the lie, since what it is about never came so. */
static bool try_lie(const LieRow *row, LieFunc lie, bool strict, unsigned attempt)
{
        World *w = begin_in(attempt + 1, row->name, PEOPLE);
        SimPress *p[PEOPLE];
        unsigned told = 0, refused = 0;
        Liar l;

        liar_begin(&l, w, lie, NULL);
        meet(w, p);
        for (unsigned i = 0; i < PEOPLE; i++) {
                Seen seen = judge_look(p[i]);

                told += l.told[i];
                refused += judge_refused(&seen);
                if (seen.false_cards > 0 ||
                    (l.told[i] &&
                     !judge_ends_well(&seen, row->end, PEOPLE - 1, l.card_keys[i], strict)))
                        fail_msg("%s: %s: state %d, error %d, %zu cards, %zu false, %u keys "
                                 "released",
                                 row->name, p[i]->name, (int)seen.ended, (int)seen.error,
                                 seen.cards, seen.false_cards, l.card_keys[i]);
        }
        if (told > 0 && row->end == LIE_REFUSED && refused == 0)
                fail_msg("%s: told to %u, refused by nobody", row->name, told);
        assert_int_equal(l.n_parts, 2 * PEOPLE);
        assert_int_equal(liar_reads(&l, NULL), 0);
        liar_end(&l);
        world_free(w);
        return told > 0;
}

static void check_lie(const LieRow *row, LieFunc lie, bool strict)
{
        unsigned attempt = 0;

        while (!try_lie(row, lie, strict, attempt))
                if (++attempt == ATTEMPTS)
                        fail_msg("%s: told to nobody", row->name);
}

/* The others leave before the last terminal refuses, so it may see nobody left to refuse. */
static void told_to_everybody(void **state)
{
        code = *state;
        for (size_t i = 0; i < group_lies.n; i++)
                check_lie(&group_lies.rows[i], group_lies.rows[i].lie, false);
        for (size_t i = 0; i < card_lies.n; i++)
                check_lie(&card_lies.rows[i], card_lies.rows[i].lie, false);
}

static LieFunc lie_to_one;

static void to_one(Liar *l)
{
        if (l->terminal == ONE)
                lie_to_one(l);
}

static void check_lies_to_one(const LieTable *lies)
{
        for (size_t i = 0; i < lies->n; i++) {
                lie_to_one = lies->rows[i].lie;
                check_lie(&lies->rows[i], to_one, true);
        }
}

static void told_to_one(void **state)
{
        code = *state;
        check_lies_to_one(&group_lies);
        check_lies_to_one(&card_lies);
}

static void press(World *w, unsigned terminal, unsigned meeting, const char *said, SimPress **ret)
{
        int far = 20 * (int)meeting; /* apart from the other meetings */

        assert_int_equal(world_press(w, terminal, meeting, far, said, WINDOW_S, VETO_MS, ret), 0);
}

/* ---- silence has an end, and haste a limit ---- */

static void check_silence(const LieTable *lies)
{
        for (size_t i = 0; i < lies->n; i++) {
                World *w;
                SimPress *p[PEOPLE];
                Liar l;

                if (lies->rows[i].end != LIE_SILENCE)
                        continue;
                w = begin(lies->rows[i].name, PEOPLE);
                liar_begin(&l, w, lies->rows[i].lie, NULL);
                meet(w, p);
                world_run(w, SILENCE_MS);
                for (unsigned j = 0; j < PEOPLE; j++)
                        if (p[j]->ended < EXCHANGE_DELIVERED)
                                fail_msg("%s: %s waits for ever in state %d", lies->rows[i].name,
                                         p[j]->name, (int)exchange_state(p[j]->exchange));
                liar_end(&l);
                world_free(w);
        }
}

static void silence_ends(void **state)
{
        code = *state;
        check_silence(&group_lies);
        check_silence(&card_lies);
}

/* A line that is down is another matter: whoever comes back finds the cards of those who were
 * there. */
static void who_is_cut_off_waits(void **state)
{
        World *w = begin("cut off", PEOPLE);
        SimPress *p[PEOPLE];

        code = words;
        for (unsigned i = 0; i < PEOPLE; i++)
                press(w, i, 0, code, &p[i]);
        while (exchange_state(p[ONE]->exchange) < EXCHANGE_OPENING)
                assert_true(step_clock_next(w->clock));
        net_set_weather(w->net, &(NetWeather){.failure = CARRIER_UNREACHABLE});
        world_run(w, SILENCE_MS);
        assert_int_equal(p[ONE]->ended, EXCHANGE_LISTENING);
        net_set_weather(w->net, &weather);
        world_run(w, SILENCE_MS);
        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(cards_of(p[i]), PEOPLE - 1);
        world_free(w);
}

static World *hasty;
static unsigned watches_answered;

/* So that no watch ever waits. */
static int ever_newer(Store *s, int64_t id, GroupRow *ret)
{
        static uint64_t n;
        int r = hasty->store_ops->group_get(s, id, ret);

        if (r == 0)
                ret->revision += ++n;
        return r;
}

static void count_watches(Liar *l)
{
        watches_answered += watched(l) != NULL;
}

static void tell_nothing_new(Liar *l)
{
        if (watched(l) && !watched(l)->roster)
                watched(l)->revision = MAX(l->asked->watch->seen_revision, UINT64_C(1));
        count_watches(l);
}

static void check_haste(LieFunc lie, unsigned most)
{
        SimPress *p[PEOPLE];
        Liar l;

        hasty = begin("haste", PEOPLE);
        hasty->noting_ops.group_get = ever_newer;
        watches_answered = 0;
        liar_begin(&l, hasty, lie, NULL);
        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(world_press(hasty, i, 0, 0, digits, HASTE_S, VETO_MS, &p[i]), 0);
        world_run(hasty, (HASTE_S + 30) * 1000);
        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(cards_of(p[i]), PEOPLE - 1);
        assert_in_range(watches_answered, PEOPLE * 10, PEOPLE * most);
        liar_end(&l);
        world_free(hasty);
}

/* At 40 to 100 ms a round each would ask nearly a thousand times in a minute. */
static void haste_is_not_answered(void **state)
{
        check_haste(tell_nothing_new, 60);
        check_haste(count_watches, 300);
}

/* ---- any bit of any answer ---- */

static struct {
        unsigned answer;
        uint32_t at; /* in the answer, modulo its length */
} flip;

static void flip_bit(Liar *l, uint8_t *plain, size_t len)
{
        if (l->answers != flip.answer || len == 0)
                return;
        plain[flip.at / 8 % len] ^= (uint8_t)(1 << flip.at % 8);
        liar_told(l);
}

/* Whatever it hits: nobody ends twice, and every card that is taken is the one that was given. */
static void any_bit_flipped(void **state)
{
        unsigned told = 0, n = worlds_to_try(FLIPS);

        code = *state;
        for (unsigned i = 0; i < n; i++) {
                World *w = begin("flip", PEOPLE);
                SimPress *p[PEOPLE];
                Liar l;

                flip.answer = chance_below(&flips, 60);
                flip.at = chance_below(&flips, 1 << 16);
                liar_begin(&l, w, NULL, flip_bit);
                meet(w, p);
                for (unsigned j = 0; j < PEOPLE; j++) {
                        told += l.told[j];
                        if (cards_of(p[j]) > 0 && p[j]->ended == EXCHANGE_FAILED)
                                fail_msg("bit %u of answer %u: %s failed with cards",
                                         (unsigned)flip.at, flip.answer, p[j]->name);
                }
                if (w->violation)
                        fail_msg("bit %u of answer %u: %s", (unsigned)flip.at, flip.answer,
                                 w->violation);
                liar_end(&l);
                world_free(w);
        }
        assert_true(told > n / 2);
}

/* ---- people that the cloud invents: terminals of its own, in the same place ---- */

/* Against these a party is not safe: the count and the phrase are what people see of them. */
static void ghost_is_counted(void **state)
{
        World *w = begin("ghost", PEOPLE + 1);
        SimPress *p[PEOPLE + 1];

        for (unsigned i = 0; i <= PEOPLE; i++)
                press(w, i, 0, digits, &p[i]);
        world_run(w, RUN_MS);
        for (unsigned i = 0; i < PEOPLE; i++) {
                assert_int_equal(exchange_member_count(p[i]->exchange), PEOPLE + 1);
                assert_int_equal(exchange_level(p[i]->exchange), LEVEL_UNCHECKED);
        }
        assert_int_equal(cards_of(p[PEOPLE]), PEOPLE); /* the weakness that the level tells of */
        world_free(w);
}

/* Each person alone with one terminal of the cloud: the phrases differ. */
static void split_shows_in_the_phrase(void **state)
{
        World *w = begin("split", 2 * PEOPLE);
        SimPress *p[2 * PEOPLE];

        for (unsigned i = 0; i < 2 * PEOPLE; i++)
                press(w, i, i % PEOPLE, digits, &p[i]);
        world_run(w, RUN_MS);
        for (unsigned i = 0; i < PEOPLE; i++) {
                assert_int_equal(p[i]->ended, EXCHANGE_DELIVERED);
                assert_int_equal(exchange_level(p[i]->exchange), LEVEL_UNCHECKED);
                for (unsigned j = 0; j < i; j++)
                        assert_string_not_equal(exchange_phrase(p[i]->exchange),
                                                exchange_phrase(p[j]->exchange));
        }
        world_free(w);
}

/* By the choice of openings a cloud could make two phrases agree. So there is no phrase unless all
 * openings count, and nothing at all if our own does not. */
static uint32_t chosen_openings;

static void choose_openings(Liar *l)
{
        if (watched(l) && watched(l)->final_openings > 0)
                watched(l)->final_openings = chosen_openings;
}

static void phrase_covers_all_or_is_none(void **state)
{
        unsigned without_phrase = 0, refused = 0;

        for (chosen_openings = 0; chosen_openings <= PEOPLE; chosen_openings++) {
                World *w = begin("chosen", PEOPLE);
                SimPress *p[PEOPLE];
                Liar l;

                code = digits;
                liar_begin(&l, w, choose_openings, NULL);
                meet(w, p);
                for (unsigned i = 0; i < PEOPLE; i++) {
                        const Exchange *x = p[i]->exchange;
                        bool all = chosen_openings == PEOPLE;

                        refused += has_refused(p[i]);
                        assert_int_equal(exchange_confirm_phrase(p[i]->exchange, true),
                                         all ? 0 : EXCHANGE_R_WRONG_STATE);
                        assert_int_equal(exchange_level(x), all ? LEVEL_COMPARED : LEVEL_UNCHECKED);
                        assert_int_equal(exchange_phrase(x)[0] != '\0', all);
                        if (p[i]->ended == EXCHANGE_DELIVERED && !all) {
                                assert_int_equal(exchange_phrase_status(x), PHRASE_INCOMPLETE);
                                without_phrase++;
                        }
                        if (chosen_openings == 0)
                                assert_int_equal(p[i]->error, EXCHANGE_E_GROUP_REFUSED);
                }
                liar_end(&l);
                world_free(w);
        }
        assert_true(refused > PEOPLE && without_phrase > 0);
}

static const char *const guesses[] = {
        "4821 zebra autumn", "4821 acrobat kayak", "4821 amount amaze",
        "4821 answer ankle", "4821 amaze tiger",   "4821 maple tiger",
        "4821 tiger autumn", "4821 zebra maple",   "4821 tiger kayak"};

static void check_ghost(const SimPress *ghost)
{
        const ExchangeMember *members;
        size_t n = exchange_members(ghost->exchange, &members);

        for (size_t i = 0; i < n; i++)
                assert_string_equal(members[i].name, "");
        assert_int_equal(cards_of(ghost), 0);
}

static void words_keep_ghosts_out(void **state)
{
        World *w = begin("ghost and words", PEOPLE + 1);
        const ExchangeMember *members;
        SimPress *p[PEOPLE + 1];
        unsigned unproven = 0;
        Liar l;

        liar_begin(&l, w, NULL, NULL);
        for (unsigned i = 0; i < PEOPLE; i++)
                press(w, i, 0, words, &p[i]);
        press(w, PEOPLE, 0, guesses[0], &p[PEOPLE]);
        world_run(w, RUN_MS);
        for (unsigned i = 0; i < PEOPLE; i++) {
                assert_int_equal(p[i]->ended, EXCHANGE_DELIVERED);
                assert_int_equal(exchange_level(p[i]->exchange), LEVEL_PROVEN);
                assert_int_equal(cards_of(p[i]), PEOPLE - 1);
                for (size_t j = exchange_members(p[i]->exchange, &members); j-- > 0;)
                        unproven += members[j].progress == MEMBER_UNPROVEN;
        }
        assert_int_equal(unproven, PEOPLE);
        check_ghost(p[PEOPLE]);
        assert_int_equal(liar_reads(&l, NULL), 0);
        liar_end(&l);
        world_free(w);
}

static void words_keep_the_split_out(void **state)
{
        World *w = begin("split and words", 2 * PEOPLE);
        SimPress *p[2 * PEOPLE];
        Liar l;

        liar_begin(&l, w, NULL, NULL);
        for (unsigned i = 0; i < 2 * PEOPLE; i++)
                press(w, i, i % PEOPLE, i < PEOPLE ? words : guesses[i - PEOPLE], &p[i]);
        world_run(w, RUN_MS);
        for (unsigned i = 0; i < PEOPLE; i++) {
                assert_int_equal(p[i]->ended, EXCHANGE_FAILED);
                assert_int_equal(p[i]->error, EXCHANGE_E_NOT_PROVEN);
                assert_int_equal(l.card_keys[i], 0);
                check_ghost(p[PEOPLE + i]);
        }
        assert_int_equal(liar_reads(&l, NULL), 0);
        liar_end(&l);
        world_free(w);
}

enum { GHOSTS = ARRAY_LEN(guesses) };

/* However many ghosts there are and whatever the cloud says of who is near: of each person they get
 * to try no more than three guesses as near and three as strangers, in either part of the proof. */
static void guesses_are_few(void **state)
{
        World *w = begin("guesses", PEOPLE + GHOSTS);
        SimPress *p[PEOPLE + GHOSTS];
        Liar l;

        liar_begin(&l, w, NULL, NULL);
        for (unsigned i = 0; i < PEOPLE + GHOSTS; i++)
                press(w, i, 0, i < PEOPLE ? words : guesses[i - PEOPLE], &p[i]);
        world_run(w, RUN_MS);
        for (unsigned i = 0; i < PEOPLE; i++) {
                const ProofBudget *b = &p[i]->exchange->s.keying.budget;
                unsigned answered = 0;

                for (unsigned j = PEOPLE; j < PEOPLE + GHOSTS; j++)
                        answered += l.answers_to[i][j];
                assert_true(answered <= 2 * PROOF_TRIES);
                assert_true(b->failed[0] <= PROOF_TRIES && b->failed[1] <= PROOF_TRIES);
                assert_int_equal(l.card_keys[i], 0);
                assert_true(p[i]->error == EXCHANGE_E_CODE_BURNED ||
                            p[i]->error == EXCHANGE_E_NOT_PROVEN);
        }
        for (unsigned i = PEOPLE; i < PEOPLE + GHOSTS; i++)
                check_ghost(p[i]);
        assert_int_equal(liar_reads(&l, NULL), 0);
        liar_end(&l);
        world_free(w);
}

/* Somebody of whom the exchange is over, and who goes on guessing. */
typedef struct Guesser {
        MemberKeys keys;
        Bytes32 transcript;
        Outbox *outbox;
} Guesser;

static void on_guess_posted(void *userdata)
{
}

static void guesser_begin(Guesser *ret, SimPress *p)
{
        while (exchange_state(p->exchange) < EXCHANGE_PROVING)
                assert_true(step_clock_next(p->terminal->world->clock));
        ret->keys = p->exchange->s.keys;
        ret->transcript = p->exchange->group->transcript;
        assert_int_equal(outbox_new(&ret->outbox, p->terminal->world->clock, p->terminal->client,
                                    &ret->keys, &ret->transcript, on_guess_posted, NULL),
                         0);
}

static const uint8_t best_key_id[GROUPKEY_ID_SIZE];

/* Runs are about a key that has been announced to all. */
static void announce_key(Guesser *g)
{
        uint8_t wrapped[WRAPPED_KEY_SIZE];

        randombytes_buf(wrapped, sizeof wrapped);
        assert_int_equal(outbox_put(g->outbox, NULL, PB_MESSAGE_NAME_KEY, MESSAGE_RUN_MAX, wrapped,
                                    sizeof wrapped, best_key_id),
                         0);
}

/* Begins a run, with whatever share, for a key that is better than any. */
static void guess(Guesser *g, const Id *whose, unsigned run)
{
        uint8_t share[PROOF_SHARE_SIZE];

        crypto_core_ristretto255_random(share);
        assert_int_equal(outbox_put(g->outbox, whose, PB_MESSAGE_PROOF_A, run, share, sizeof share,
                                    best_key_id),
                         0);
}

/* Crashing somebody's daemon grants few guesses: what was answered in vain stays counted. Nor does
 * it burn the code: who has answered with other words is not asked again, and not counted again. */
static void restarts_grant_few_guesses(void **state)
{
        enum { AWAY = 2, MATES, ALL = MATES + 2, FIRST_FREE_RUN = 6 };
        World *w = begin("guesses and restarts", ALL);
        SimPress *p[ALL];
        Guesser guessers[ALL];
        unsigned asked = 0, answered = 0;
        Liar l;

        liar_begin(&l, w, NULL, NULL);
        for (unsigned i = 0; i < ALL; i++)
                press(w, i, 0, i < MATES ? words : guesses[0], &p[i]);
        for (unsigned i = MATES; i < ALL; i++)
                guesser_begin(&guessers[i], p[i]);
        for (unsigned i = MATES; i < ALL; i++)
                announce_key(&guessers[i]);
        terminal_kill(p[AWAY]->terminal); /* for whom the others stay in touch */
        for (unsigned run = FIRST_FREE_RUN; run <= MESSAGE_RUN_MAX; run++) {
                for (unsigned i = MATES; i < ALL; i++, asked++)
                        guess(&guessers[i], &p[0]->member, run);
                world_run(w, 8 * 1000);
                terminal_kill(p[0]->terminal);
                assert_int_equal(terminal_start(p[0]->terminal), 0);
        }
        world_run(w, RUN_MS);
        for (unsigned i = MATES; i < ALL; i++)
                answered += l.answers_to[0][i];
        assert_true(asked > 3 * PROOF_ANSWERS);
        assert_in_range(answered, 1, 2 * PROOF_ANSWERS);
        for (unsigned i = 0; i < AWAY; i++)
                assert_int_equal(cards_of(p[i]), AWAY - 1);
        assert_false(p[0]->exchange->s.keying.burned || p[1]->exchange->s.keying.burned);
        for (unsigned i = MATES; i < ALL; i++)
                outbox_free(guessers[i].outbox);
        liar_end(&l);
        world_free(w);
}

/* ---- what the liar can read: nothing, unless it is given a key ---- */

static void control_of_the_reader(void **state)
{
        World *w = begin("control", PEOPLE);
        SimPress *p[PEOPLE];
        Key key;
        Liar l;

        liar_begin(&l, w, NULL, NULL);
        for (unsigned i = 0; i < PEOPLE; i++)
                press(w, i, 0, words, &p[i]);
        key = p[0]->exchange->s.keys.card_keys[1];
        world_run(w, RUN_MS);
        assert_int_equal(p[0]->ended, EXCHANGE_DELIVERED);
        assert_int_equal(liar_reads(&l, NULL), 0);
        assert_int_equal(liar_reads(&l, &key), 1);
        l.heard = realloc(l.heard, l.n_heard + sizeof key);
        memcpy(l.heard + l.n_heard, &key, sizeof key);
        l.n_heard += sizeof key;
        assert_int_equal(liar_reads(&l, NULL), 1);
        liar_end(&l);
        world_free(w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(phrase_covers_all_or_is_none),
                cmocka_unit_test(control_of_the_reader),
                cmocka_unit_test_prestate(told_to_everybody, digits),
                cmocka_unit_test_prestate(told_to_everybody, words),
                cmocka_unit_test_prestate(told_to_one, digits),
                cmocka_unit_test_prestate(told_to_one, words),
                cmocka_unit_test_prestate(silence_ends, digits),
                cmocka_unit_test_prestate(silence_ends, words),
                cmocka_unit_test(who_is_cut_off_waits),
                cmocka_unit_test(haste_is_not_answered),
                cmocka_unit_test_prestate(any_bit_flipped, digits),
                cmocka_unit_test_prestate(any_bit_flipped, words),
                cmocka_unit_test(ghost_is_counted),
                cmocka_unit_test(split_shows_in_the_phrase),
                cmocka_unit_test(words_keep_ghosts_out),
                cmocka_unit_test(words_keep_the_split_out),
                cmocka_unit_test(guesses_are_few),
                cmocka_unit_test(restarts_grant_few_guesses),
        };

        chance_seed(&flips, 1);
        log_set_level(LOG_CRIT);
        log_open("test-liar");
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
