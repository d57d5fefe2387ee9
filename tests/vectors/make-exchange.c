/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make-exchange - writes huddle-v1-exchange.json: every request and response of one exchange of three
 * members, without their envelopes, in the order in which they are sent
 */
#include "fixed-random.h"
#include "vector-out.h"
#include "vector-play.h"

enum { CLOUD_TIME = 1767225540000 };

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

static void posts_first(Play *p, size_t who)
{
        const GroupMessage *sponsor[] = {&p->group.key_messages[1], &p->group.key_messages[2],
                                         &p->group.card_messages[who][0]};
        const GroupMessage *other[] = {&p->group.card_messages[who][0]};

        if (who == GROUP_SPONSOR)
                play_post(p, who, "post: group key and name key", sponsor, ARRAY_LEN(sponsor));
        else
                play_post(p, who, "post: name key", other, ARRAY_LEN(other));
}

static void watches_first(Play *p, size_t who)
{
        play_watch_messages(p, who, 0, 0);
}

static void posts_second(Play *p, size_t who)
{
        const GroupMessage *card[] = {&p->group.card_messages[who][1]};

        play_post(p, who, "post: card key", card, ARRAY_LEN(card));
}

static void watches_second(Play *p, size_t who)
{
        play_watch_messages(p, who, 1, GROUP_MEMBERS + 2);
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
        each(p, posts_first);
        each(p, watches_first);
        each(p, posts_second);
        each(p, watches_second);
        each(p, play_get_list);
        each(p, play_acknowledge);
        out_list_end();
}

static void prepare(Play *p)
{
        fixed_random("exchange");
        p->now = CLOUD_TIME;
        (void)crypto_box_keypair(p->box_public.b, p->box_private.b);
        (void)crypto_sign_keypair(p->sign_public.b, p->sign_private);
        key_random(&p->ticket_key);
        for (size_t i = 0; i < GROUP_MEMBERS; i++) {
                account_key_draw(&p->terminals[i].account);
                must(session_begin(&p->terminals[i].session, &p->box_public) == 0, "session");
        }
        must(group_make(&p->group, &p->sign_public, p->sign_private) == 0, "group");
}

int main(void)
{
        static Play p;

        if (sodium_init() < 0)
                return 1;
        prepare(&p);
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
