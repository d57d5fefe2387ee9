/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch-answer.h"

#include "others.h"

#include <assert.h>
#include <string.h>

enum {
        MAX_OPENINGS = 256, /* in one answer, so that it stays well below ENVELOPE_RESPONSE_MAX */
        MAX_MESSAGES = 256,
        MAX_CARD_KEYS = 256,
};

typedef struct Telling {
        PbWatched w;
        PbSigned signed_roster;
        PbOpening openings[MAX_OPENINGS], *opening_list[MAX_OPENINGS];
        MemberOpening opening_rows[MAX_OPENINGS];
        PbMemberMessage messages[MAX_MESSAGES], *message_list[MAX_MESSAGES];
        MessageRow message_rows[MAX_MESSAGES];
        PbMemberMessage card_keys[MAX_CARD_KEYS], *card_key_list[MAX_CARD_KEYS];
        MessageRow card_key_rows[MAX_CARD_KEYS];
        Token mutual[SERIAL_HEARD_MAX];
        ProtobufCBinaryData mutual_list[SERIAL_HEARD_MAX];
        Id near[SERIAL_HEARD_MAX];
        ProtobufCBinaryData near_list[SERIAL_HEARD_MAX];
        Others others;
        PbOtherGroup other_groups[MATCH_OTHERS_MAX], *other_list[MATCH_OTHERS_MAX];
        Bytes32 opener_commitment;
        Id left[ROSTER_MAX];
        ProtobufCBinaryData left_list[ROSTER_MAX];
} Telling;

static int watch_tell_opening(const MemberOpening *o, uint32_t order, void *userdata)
{
        Telling *t = userdata;
        size_t i = t->w.n_openings;

        if (i == MAX_OPENINGS) {
                t->w.more = true;
                return 1;
        }
        t->opening_rows[i] = *o;
        pb_opening_init(&t->openings[i]);
        wire_opening_fill(&t->openings[i], &t->opening_rows[i]);
        t->opening_list[i] = &t->openings[i];
        t->w.n_openings++;
        return 0;
}

/* Fills in w, whose bytes stay in m. */
static void watch_fill_message(PbMemberMessage *w, const MessageRow *m)
{
        pb_member_message_init(w);
        w->from = wire_bytes(m->from.b, sizeof m->from.b);
        if (!m->to_all)
                w->to = wire_bytes(m->to.b, sizeof m->to.b);
        w->kind = (PbMessageKind)m->kind;
        w->run = m->run;
        w->body = wire_bytes(m->body, m->body_len);
        w->signature = wire_bytes(m->signature, sizeof m->signature);
        if (m->has_key_id)
                w->key_id = wire_bytes(m->key_id, sizeof m->key_id);
}

static int watch_tell_message(const MessageRow *row, void *userdata)
{
        Telling *t = userdata;
        size_t i = t->w.n_messages;

        if (i == MAX_MESSAGES) {
                t->w.more = true;
                return 1;
        }
        t->message_rows[i] = *row;
        t->message_list[i] = &t->messages[i];
        watch_fill_message(&t->messages[i], &t->message_rows[i]);
        t->w.n_messages++;
        t->w.next_message = (uint64_t)row->id;
        return 0;
}

static int watch_tell_card_key(const MessageRow *row, void *userdata)
{
        Telling *t = userdata;
        size_t i = t->w.n_card_keys;

        if (i == MAX_CARD_KEYS) {
                t->w.more = true;
                return 1;
        }
        t->card_key_rows[i] = *row;
        t->card_key_list[i] = &t->card_keys[i];
        watch_fill_message(&t->card_keys[i], &t->card_key_rows[i]);
        t->w.n_card_keys++;
        t->w.next_card_key = (uint64_t)row->id;
        return 0;
}

static int watch_tell_mutual(const Token *token, void *userdata)
{
        Telling *t = userdata;
        size_t i = t->w.n_mutual;

        if (i == SERIAL_HEARD_MAX)
                return 1;
        t->mutual[i] = *token;
        t->mutual_list[i] = wire_bytes(t->mutual[i].b, sizeof t->mutual[i].b);
        t->w.n_mutual++;
        return 0;
}

static int watch_tell_near(const MemberRow *m, void *userdata)
{
        Telling *t = userdata;
        size_t i = t->w.n_near;

        if (i == SERIAL_HEARD_MAX)
                return 1;
        t->near[i] = m->member_id;
        t->near_list[i] = wire_bytes(t->near[i].b, sizeof t->near[i].b);
        t->w.n_near++;
        return 0;
}

static int watch_tell_left(const MemberRow *m, void *userdata)
{
        Telling *t = userdata;
        size_t i = t->w.n_left;

        if (i == ROSTER_MAX)
                return -EIO;
        t->left[i] = m->member_id;
        t->left_list[i] = wire_bytes(t->left[i].b, sizeof t->left[i].b);
        t->w.n_left++;
        return 0;
}

/* What the people of a party are asked about. */
static int watch_tell_others(Telling *t, const Call *c, const GroupRow *g)
{
        MemberRow opener;
        int r;

        if (g->others == 0)
                return 0;
        r = others_find(c->node, g, c->now_ms, &t->others);
        if (r == 0)
                r = must(store_member_get(c->node->store, &g->opener, &opener));
        if (r != 0 || t->others.n == 0)
                return r;
        t->opener_commitment = opener.commitment;
        t->w.opener_commitment = wire_bytes(t->opener_commitment.b, sizeof t->opener_commitment.b);
        for (size_t i = 0; i < t->others.n; i++) {
                PbOtherGroup *w = &t->other_groups[i];
                OtherRow *o = &t->others.list[i];

                pb_other_group_init(w);
                w->opener_id = wire_bytes(o->group.opener.b, sizeof o->group.opener.b);
                w->commitment = wire_bytes(o->commitment.b, sizeof o->commitment.b);
                w->member_count = o->group.n_members;
                w->confirmed = o->confirmed;
                w->confirms_us = o->confirms_us;
                t->other_list[i] = w;
        }
        t->w.others = t->other_list;
        t->w.n_others = t->others.n;
        return 0;
}

static int watch_tell_closed(Telling *t, Store *s, const MemberRow *m, Roster **ret)
{
        int r = store_roster_get(s, m->group, ret);

        if (r != 0)
                return must(r);
        pb_signed_init(&t->signed_roster);
        t->signed_roster.bytes = wire_bytes((*ret)->bytes, (*ret)->n_bytes);
        t->signed_roster.signature = wire_bytes((*ret)->signature, sizeof(*ret)->signature);
        t->w.roster = &t->signed_roster;
        return store_near_walk(s, m->id, watch_tell_near, t);
}

static void watch_tell_group(Telling *t, const Call *c, const WatchSeen *seen, const MemberRow *m,
                             const GroupRow *g)
{
        PbWatched *w = &t->w;

        pb_watched_init(w);
        w->revision = g->revision + m->revision;
        w->phase = (PbPhase)g->phase;
        if (g->deadline_ms > 0)
                w->deadline_in_ms =
                        g->deadline_ms > c->now_ms ? (uint32_t)(g->deadline_ms - c->now_ms) : 1;
        w->member_count = g->n_members;
        w->guest_count = g->n_guests;
        w->opener = id_compare(&g->opener, &m->member_id) == 0;
        w->final_openings = g->n_final;
        if (g->phase == GROUP_GATHERING || g->phase == GROUP_ALONE) {
                w->passed = g->passed == PASSED_UNHEARD;
                w->missed = g->passed == PASSED_HEARD;
        }
        w->next_message = seen->next_message;
        w->next_card_key = seen->next_card_key;
        w->openings = t->opening_list;
        w->messages = t->message_list;
        w->card_keys = t->card_key_list;
        w->mutual = t->mutual_list;
        w->near = t->near_list;
        w->left = t->left_list;
}

/* The card keys of others go to a member that has given its own. */
static int watch_walk_card_keys(Store *s, const WatchSeen *seen, const MemberRow *m, size_t limit,
                                MessageFunc func, void *userdata)
{
        int r = store_card_key_given(s, m->group, &m->member_id);

        if (r != 0)
                return MIN(r, 0);
        return store_card_keys_walk(s, m->group, (int64_t)seen->next_card_key, limit, func,
                                    userdata);
}

static int watch_tell_rest(Telling *t, const Call *c, const WatchSeen *seen, const MemberRow *m,
                           const GroupRow *g, Roster **ret_roster)
{
        Store *s = c->node->store;
        int r = 0;

        if (g->phase == GROUP_GATHERING) {
                r = store_mutual_walk(s, m, watch_tell_mutual, t);
                /* alone with its code: those it hears have another one */
                t->w.other_code = g->n_members == 1 && t->w.n_mutual > 0;
                return r < 0 ? r : watch_tell_others(t, c, g);
        }
        if (g->phase != GROUP_OPENING && g->phase != GROUP_EXCHANGING)
                return 0;
        if (seen->revision < g->closed_revision + m->revision)
                r = watch_tell_closed(t, s, m, ret_roster);
        if (r >= 0)
                r = store_members_left(s, g->id, watch_tell_left, t);
        if (r >= 0)
                r = store_openings_walk(s, g->id, seen->next_opening, watch_tell_opening, t);
        if (r >= 0)
                r = store_messages_walk(s, g->id, &m->member_id, (int64_t)seen->next_message,
                                        MAX_MESSAGES + 1, watch_tell_message, t);
        if (r >= 0)
                r = watch_walk_card_keys(s, seen, m, MAX_CARD_KEYS + 1, watch_tell_card_key, t);
        return MIN(r, 0);
}

int watch_answer(Call *c, const WatchSeen *seen, const MemberRow *m, const GroupRow *g)
{
        _cleanup_free_ Telling *t = malloc(sizeof *t);
        _cleanup_(roster_freep) Roster *roster = NULL;
        WireResponse response = PB_RESPONSE_INIT;
        int r;

        assert(m->group == g->id);
        if (!t)
                return -ENOMEM;
        watch_tell_group(t, c, seen, m, g);
        r = watch_tell_rest(t, c, seen, m, g, &roster);
        if (r < 0)
                return r;
        response.body_case = PB_RESPONSE_BODY_WATCHED;
        response.watched = &t->w;
        return call_answer(c, PB_STATUS_OK, &response);
}

/* What a member has posted itself is no news to it. */
static int watch_found_message(const MessageRow *m, void *userdata)
{
        return id_compare(&m->from, userdata) != 0;
}

/* While some are missing, openings are no news: nobody can go on, and who is told of the first ones
 * has to ask once more for the last. */
int watch_has_news(Store *s, const WatchSeen *seen, const MemberRow *m, const GroupRow *g)
{
        Id own = m->member_id;
        int r;

        if (g->revision + m->revision > seen->revision ||
            (g->phase != GROUP_OPENING && g->n_opened > seen->next_opening))
                return WATCH_NEWS;
        r = store_messages_walk(s, g->id, &m->member_id, (int64_t)seen->next_message, MAX_MESSAGES,
                                watch_found_message, &own);
        if (r == 0)
                r = watch_walk_card_keys(s, seen, m, MAX_CARD_KEYS, watch_found_message, &own);
        return r > 0 ? WATCH_MESSAGES : r;
}
