/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make-exchange [CODE] - writes huddle-v1-exchange.json, or with a code of secret words
 * huddle-v1-words.json: every request and response of one exchange of three members, without their
 * envelopes, in the order in which they are sent
 */
#include "tests/unit/fixed-random.h"
#include "vector-out.h"
#include "vector-play.h"

enum {
        CLOUD_TIME = 1767225540000,
        /* messages that have been posted when: */
        NAMES_PARTY = 2 * GROUP_MEMBERS - 1, /* two group keys and three name keys are there */
        /* the sponsor has begun its runs and given its name key */
        OFFERS = GROUP_MEMBERS,
        ANSWERS = OFFERS + GROUP_MEMBERS - 1,
        KEYS = ANSWERS + GROUP_MEMBERS - 1,
        NAMES_WORDS = KEYS + GROUP_MEMBERS - 1,
};

static void each(Play *p, void (*act)(Play *p, size_t who))
{
        for (size_t who = 0; who < GROUP_MEMBERS; who++)
                act(p, who);
}

static void uploads_both(Play *p, size_t who)
{
        play_upload(p, who, 0);
        play_upload(p, who, 1);
}

/* ---- a party: every member gets the group key ---- */

static const GroupMessage *name_key(const Play *p, size_t who)
{
        return &p->group.card_messages[who][0];
}

static void posts_first(Play *p, size_t who)
{
        const GroupMessage *sponsor[] = {&p->group.key_messages[1], &p->group.key_messages[2],
                                         name_key(p, who)};
        const GroupMessage *other[] = {name_key(p, who)};

        if (who == GROUP_SPONSOR)
                play_post(p, who, "post: group key and name key", sponsor, ARRAY_LEN(sponsor));
        else
                play_post(p, who, "post: name key", other, ARRAY_LEN(other));
}

static void watches_first(Play *p, size_t who)
{
        const GroupMessage *m[PLAY_MESSAGES];
        size_t n = 0;

        if (who != GROUP_SPONSOR)
                m[n++] = &p->group.key_messages[who];
        for (size_t i = 0; i < GROUP_MEMBERS; i++)
                m[n++] = name_key(p, i);
        play_watch_messages(p, who, "watch: group key and name keys", m, n, 0, NAMES_PARTY);
        p->n_messages = NAMES_PARTY;
}

static void give_key(Play *p)
{
        each(p, posts_first);
        each(p, watches_first);
}

/* ---- with words: a run of the proof with each ---- */

static void watches_offer(Play *p, size_t who)
{
        const GroupMessage *m[] = {&p->group.proofs[who].offer, name_key(p, GROUP_SPONSOR)};

        if (who != GROUP_SPONSOR)
                play_watch_messages(p, who, "watch: proof A", m, ARRAY_LEN(m), 0, OFFERS);
}

static void posts_answer(Play *p, size_t who)
{
        const GroupMessage *m[] = {&p->group.proofs[who].answer};

        if (who != GROUP_SPONSOR)
                play_post(p, who, "post: proof B", m, ARRAY_LEN(m));
}

static void watches_key(Play *p, size_t who)
{
        const GroupMessage *m[] = {&p->group.key_messages[who]};

        if (who != GROUP_SPONSOR)
                play_watch_messages(p, who, "watch: group key", m, ARRAY_LEN(m), OFFERS, KEYS);
}

static void posts_name(Play *p, size_t who)
{
        const GroupMessage *m[] = {name_key(p, who)};

        if (who != GROUP_SPONSOR)
                play_post(p, who, "post: name key", m, ARRAY_LEN(m));
}

static void watches_names(Play *p, size_t who)
{
        const GroupMessage *m[] = {name_key(p, 1), name_key(p, 2)};

        play_watch_messages(p, who, "watch: name keys", m, ARRAY_LEN(m), KEYS, NAMES_WORDS);
        p->n_messages = NAMES_WORDS;
}

static void prove_words(Play *p)
{
        const Group *g = &p->group;
        const GroupMessage *offers[] = {&g->proofs[1].offer, &g->proofs[2].offer,
                                        name_key(p, GROUP_SPONSOR)};
        const GroupMessage *answers[] = {name_key(p, GROUP_SPONSOR), &g->proofs[1].answer,
                                         &g->proofs[2].answer};
        const GroupMessage *keys[] = {&g->key_messages[1], &g->key_messages[2]};

        play_post(p, GROUP_SPONSOR, "post: proof A and name key", offers, ARRAY_LEN(offers));
        each(p, watches_offer);
        each(p, posts_answer);
        play_watch_messages(p, GROUP_SPONSOR, "watch: proof B", answers, ARRAY_LEN(answers), 0,
                            ANSWERS);
        play_post(p, GROUP_SPONSOR, "post: group key", keys, ARRAY_LEN(keys));
        each(p, watches_key);
        each(p, posts_name);
        each(p, watches_names);
}

/* ---- both ---- */

static void posts_card(Play *p, size_t who)
{
        const GroupMessage *card[] = {&p->group.card_messages[who][1]};

        play_post(p, who, "post: card key", card, ARRAY_LEN(card));
}

static void watches_cards(Play *p, size_t who)
{
        const GroupMessage *m[GROUP_MEMBERS];

        for (size_t i = 0; i < GROUP_MEMBERS; i++)
                m[i] = &p->group.card_messages[i][1];
        play_watch_messages(p, who, "watch: card keys", m, GROUP_MEMBERS, p->n_messages,
                            p->n_messages + GROUP_MEMBERS);
}

static void play(Play *p)
{
        out_list_begin("steps");
        each(p, play_register);
        each(p, play_open_session);
        each(p, play_join);
        each(p, uploads_both);
        each(p, play_watch_gathering);
        play_close(p, GROUP_SPONSOR);
        each(p, play_watch_close);
        each(p, play_open);
        each(p, play_watch_openings);
        if (p->group.words.n_words > 0)
                prove_words(p);
        else
                give_key(p);
        each(p, posts_card);
        each(p, watches_cards);
        each(p, play_get_list);
        each(p, play_acknowledge);
        out_list_end();
}

static void prepare(Play *p, const char *words)
{
        fixed_random(words ? "exchange with words" : "exchange");
        p->now = CLOUD_TIME;
        (void)crypto_box_keypair(p->box_public.b, p->box_private.b);
        (void)crypto_sign_keypair(p->sign_public.b, p->sign_private);
        key_random(&p->ticket_key);
        for (size_t i = 0; i < GROUP_MEMBERS; i++) {
                account_key_draw(&p->terminals[i].account);
                vector_check(session_begin(&p->terminals[i].session, &p->box_public) == 0,
                             "session");
        }
        vector_check(group_make(&p->group, &p->sign_public, p->sign_private, words) == 0, "group");
}

int main(int argc, char **argv)
{
        static Play p;

        if (sodium_init() < 0)
                return 1;
        prepare(&p, argc > 1 ? argv[1] : NULL);
        out_begin(NULL);
        out_bytes("cloud_box_key", p.box_public);
        out_bytes("cloud_sign_key", p.sign_public);
        out_bytes("ticket_key", p.ticket_key);
        out_list_begin("terminals");
        for (size_t i = 0; i < GROUP_MEMBERS; i++) {
                out_begin(NULL);
                out_bytes("account_key", p.terminals[i].account.public_key);
                out_bytes("session_key", p.terminals[i].session.public_key);
                out_end();
        }
        out_list_end();
        group_write(&p.group);
        play(&p);
        out_end();
        group_done(&p.group);
        return 0;
}
