/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole runs between a sponsor and a joiner, and what each of the three messages must not be. */
#include "src/protocol/proof.h"
#include "tests/unit/test.h"

typedef struct Side {
        Code code;
        MemberKeys keys;
        MemberOpening opening;
        ProofSelf self;
        ProofPair pair;
} Side;

typedef struct Run {
        Bytes32 transcript;
        Side sponsor, joiner;
        Key gk;
        uint8_t share[PROOF_SHARE_SIZE], answer[PROOF_ANSWER_SIZE], key[PROOF_KEY_SIZE];
} Run;

static void side_begin(Side *s, const char *code, const Bytes32 *transcript)
{
        static const Bytes32 hash[2];

        assert_int_equal(code_parse(&s->code, code, NULL), 0);
        member_keys_draw(&s->keys);
        opening_make(&s->opening, &s->keys, hash);
        s->self = (ProofSelf){&s->code, transcript, &s->opening};
}

static void begin(Run *r, const char *sponsor_code, const char *joiner_code)
{
        memset(r, 0, sizeof *r);
        memset(r->transcript.b, 7, sizeof r->transcript.b);
        side_begin(&r->sponsor, sponsor_code, &r->transcript);
        side_begin(&r->joiner, joiner_code, &r->transcript);
        key_random(&r->gk);
}

static void finish(Run *r)
{
        proof_pair_done(&r->sponsor.pair);
        proof_pair_done(&r->joiner.pair);
}

static int offer(Run *r, unsigned run)
{
        return proof_offer(&r->sponsor.pair, &r->sponsor.self, &r->joiner.opening, run, r->share);
}

static int answer(Run *r, unsigned run)
{
        return proof_answer(&r->joiner.pair, &r->joiner.self, &r->sponsor.opening, run, r->share,
                            sizeof r->share, r->answer);
}

static int seal(Run *r, unsigned run)
{
        return proof_seal(&r->sponsor.pair, &r->sponsor.self, &r->joiner.opening, run, r->answer,
                          sizeof r->answer, &r->gk, r->key);
}

static int open_key(Run *r, unsigned run, Key *ret)
{
        return proof_open(&r->joiner.pair, &r->joiner.self, &r->sponsor.opening, run, r->key,
                          sizeof r->key, ret);
}

#define RIGHT "4821 maple tiger"

static void the_same_words_pass_the_key(void **state)
{
        static const char *const codes[][2] = {{RIGHT, "4821-MAPLE-Tiger"},
                                               {RIGHT, "9999 maple tiger"}};

        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
                Key got = {};
                Run r;

                begin(&r, codes[i][0], codes[i][1]);
                assert_int_equal(offer(&r, 1), 0);
                assert_int_equal(answer(&r, 1), 0);
                assert_int_equal(seal(&r, 1), 0);
                assert_int_equal(open_key(&r, 1, &got), 0);
                assert_true(key_equal(&got, &r.gk));
                assert_int_equal(seal(&r, 1), PROOF_E_STALE);
                assert_int_equal(open_key(&r, 1, &got), PROOF_E_STALE);
                finish(&r);
        }
}

static void other_words_give_nothing_away(void **state)
{
        static const char *const codes[] = {"4821 maple", "4821 tiger maple",
                                            "4821 maple tiger tiger", "4821 maple maple"};
        static const uint8_t nothing[PROOF_KEY_SIZE];

        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
                Run r;

                begin(&r, RIGHT, codes[i]);
                assert_int_equal(offer(&r, 1), 0);
                assert_int_equal(answer(&r, 1), 0);
                assert_int_equal(seal(&r, 1), PROOF_E_WRONG);
                assert_case(codes[i], memcmp(r.key, nothing, sizeof nothing) == 0);
                assert_int_equal(seal(&r, 1), PROOF_E_STALE); /* one guess a run */
                finish(&r);
        }
}

static void swap_transcript(Run *r)
{
        static const Bytes32 other = {{9}};

        r->joiner.self.transcript = &other;
}
static void swap_box_key(Run *r)
{
        r->sponsor.opening.box_key.b[0] ^= 1;
}
static void swap_sign_key(Run *r)
{
        r->joiner.opening.sign_key.b[0] ^= 1;
}
static void mirror_share(Run *r)
{
        memcpy(r->answer, r->share, PROOF_SHARE_SIZE); /* our own, mirrored */
}
static void alter_tag(Run *r)
{
        r->answer[PROOF_ANSWER_SIZE - 1] ^= 1;
}
static void zero_share(Run *r)
{
        memset(r->answer, 0, PROOF_SHARE_SIZE);
}

static void a_sponsor_refuses(void **state)
{
        static const struct {
                const char *name;
                void (*before)(Run *r), (*after)(Run *r); /* the answer is made */
        } cases[] = {
                {"another transcript", swap_transcript, NULL},
                {"our X exchanged on the way", swap_box_key, NULL},
                {"their E exchanged", swap_sign_key, NULL},
                {"our share mirrored", NULL, mirror_share},
                {"another tag", NULL, alter_tag},
                {"the identity as share", NULL, zero_share},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Run r;

                begin(&r, RIGHT, RIGHT);
                assert_int_equal(offer(&r, 1), 0);
                if (cases[i].before)
                        cases[i].before(&r);
                assert_int_equal(answer(&r, 1), 0);
                if (cases[i].after)
                        cases[i].after(&r);
                assert_case(cases[i].name, seal(&r, 1) == PROOF_E_WRONG);
                finish(&r);
        }
}

static void a_joiner_refuses_every_altered_key(void **state)
{
        for (size_t at = 0; at < PROOF_KEY_SIZE; at++) {
                Key got = {};
                Run r;

                begin(&r, RIGHT, RIGHT);
                assert_int_equal(offer(&r, 1), 0);
                assert_int_equal(answer(&r, 1), 0);
                assert_int_equal(seal(&r, 1), 0);
                r.key[at] ^= 0x10;
                assert_int_equal(open_key(&r, 1, &got), PROOF_E_WRONG);
                assert_true(sodium_is_zero(got.b, sizeof got.b));
                finish(&r);
        }
}

static void sizes_are_exact(void **state)
{
        Key got;
        Run r;

        begin(&r, RIGHT, RIGHT);
        assert_int_equal(offer(&r, 1), 0);
        assert_int_equal(proof_answer(&r.joiner.pair, &r.joiner.self, &r.sponsor.opening, 1,
                                      r.share, sizeof r.share - 1, r.answer),
                         PROOF_E_MALFORMED);
        assert_int_equal(answer(&r, 1), 0);
        assert_int_equal(proof_open(&r.joiner.pair, &r.joiner.self, &r.sponsor.opening, 1, r.key,
                                    sizeof r.key - 1, &got),
                         PROOF_E_MALFORMED);
        assert_int_equal(proof_seal(&r.sponsor.pair, &r.sponsor.self, &r.joiner.opening, 1,
                                    r.answer, sizeof r.answer - 1, &r.gk, r.key),
                         PROOF_E_WRONG);
        finish(&r);
}

/* The messages of one run are worth nothing in another. */
static void a_run_is_fresh(void **state)
{
        uint8_t first_share[PROOF_SHARE_SIZE], first_answer[PROOF_ANSWER_SIZE];
        Key got;
        Run r;

        begin(&r, RIGHT, RIGHT);
        assert_int_equal(offer(&r, 1), 0);
        assert_int_equal(answer(&r, 1), 0);
        memcpy(first_share, r.share, sizeof first_share);
        memcpy(first_answer, r.answer, sizeof first_answer);
        assert_int_equal(answer(&r, 1), PROOF_E_STALE); /* replayed */
        assert_int_equal(offer(&r, 2), 0);              /* as after a restart of the sponsor */
        assert_memory_not_equal(first_share, r.share, sizeof first_share);
        assert_int_equal(seal(&r, 1), PROOF_E_STALE);
        assert_int_equal(answer(&r, 2), 0);
        assert_memory_not_equal(first_answer, r.answer, sizeof first_answer);
        assert_int_equal(seal(&r, 2), 0);
        assert_int_equal(open_key(&r, 1, &got), PROOF_E_STALE);
        assert_int_equal(open_key(&r, 2, &got), 0);
        assert_int_equal(offer(&r, 3), 0);
        assert_int_equal(answer(&r, 3), 0);
        memcpy(r.answer, first_answer, sizeof first_answer);
        assert_int_equal(seal(&r, 3), PROOF_E_WRONG); /* an answer of another run */
        finish(&r);
}

/* Both may begin a run with each other at once, and a message of one is none of the other. */
static void runs_in_both_directions_are_apart(void **state)
{
        uint8_t back_share[PROOF_SHARE_SIZE], back_answer[PROOF_ANSWER_SIZE];
        Run r;

        begin(&r, RIGHT, RIGHT);
        assert_int_equal(offer(&r, 1), 0);
        assert_int_equal(
                proof_offer(&r.joiner.pair, &r.joiner.self, &r.sponsor.opening, 1, back_share), 0);
        assert_int_equal(answer(&r, 1), 0);
        assert_int_equal(proof_answer(&r.sponsor.pair, &r.sponsor.self, &r.joiner.opening, 1,
                                      back_share, sizeof back_share, back_answer),
                         0);
        assert_int_equal(seal(&r, 1), 0);
        assert_int_equal(proof_seal(&r.joiner.pair, &r.joiner.self, &r.sponsor.opening, 1, r.answer,
                                    sizeof r.answer, &r.gk, r.key),
                         PROOF_E_WRONG); /* the joiner's own answer, reflected */
        finish(&r);
}

static void guesses_are_counted_apart(void **state)
{
        ProofBudget b = {.failed = {2, 2}, .unfinished = {PROOF_ANSWERS, 2}};

        assert_true(proof_may_offer(&b, false) && proof_may_offer(&b, true));
        assert_false(proof_may_answer(&b, false));
        assert_true(proof_may_answer(&b, true));
        b.restarts = 1; /* one more */
        assert_true(proof_may_answer(&b, false));
        b.unfinished[false]++;
        assert_false(proof_may_answer(&b, false));
        b.unfinished[false] = 2 * PROOF_ANSWERS; /* but not for each */
        b.restarts = 1000;
        assert_false(proof_may_answer(&b, false));
        b.failed[false]++;
        assert_false(proof_may_offer(&b, false));
        /* strangers do not burn the code of those at the table */
        assert_false(proof_burned(&b, true));
        assert_true(proof_burned(&b, false)); /* where nobody is near, everybody counts */
        b.failed[true]++;
        assert_true(proof_burned(&b, true));
        assert_true(proof_counts(true, true) && proof_counts(false, false));
        assert_false(proof_counts(false, true));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_same_words_pass_the_key),
                cmocka_unit_test(other_words_give_nothing_away),
                cmocka_unit_test(a_sponsor_refuses),
                cmocka_unit_test(a_joiner_refuses_every_altered_key),
                cmocka_unit_test(sizes_are_exact),
                cmocka_unit_test(a_run_is_fresh),
                cmocka_unit_test(runs_in_both_directions_are_apart),
                cmocka_unit_test(guesses_are_counted_apart),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
