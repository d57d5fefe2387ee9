/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watchers.c - Watch: what is new for one member, at once or when it comes
 *
 * What a watcher sees as the revision is that of its group plus that of its member: either
 * grows, and neither ever shrinks (a member that moves to another group brings a revision that
 * is not smaller).
 */
#include "watchers.h"

#include <string.h>

enum {
        MAX_OPENINGS = 256, /* in one answer, so that it stays well below ENVELOPE_RESPONSE_MAX */
        MAX_MESSAGES = 256,
};

/* ---- the list of those who wait ---- */

static Call **watchers_bucket(Api *a, int64_t group)
{
        return &a->waiting[(uint64_t)group % WATCH_BUCKETS];
}

static void watcher_begin(Call *c)
{
        Call **bucket = watchers_bucket(c->api, c->group);

        c->next_waiting = *bucket;
        if (c->next_waiting)
                c->next_waiting->link_waiting = &c->next_waiting;
        *bucket = c;
        c->link_waiting = bucket;
        c->api->metrics.waiting++;
}

static void watcher_end(Call *c)
{
        *c->link_waiting = c->next_waiting;
        if (c->next_waiting)
                c->next_waiting->link_waiting = c->link_waiting;
        c->next_waiting = NULL;
        c->link_waiting = NULL;
        c->api->metrics.waiting--;
}

static void watcher_make_due(Call *c)
{
        watcher_end(c);
        calls_append(&c->api->due, c);
}

void watchers_touch(Api *a, int64_t group, int64_t member)
{
        for (Call *c = *watchers_bucket(a, group), *next; c; c = next) {
                next = c->next_waiting;
                if (c->group == group && (member == 0 || c->member == member))
                        watcher_make_due(c);
        }
}

Call *watchers_take(Api *a)
{
        Call *c = calls_take(&a->due);

        for (size_t i = 0; !c && i < WATCH_BUCKETS; i++)
                if ((c = a->waiting[i]))
                        watcher_end(c);
        return c;
}

void watchers_drain(Api *a)
{
        for (size_t i = 0; i < WATCH_BUCKETS; i++)
                while (a->waiting[i]) {
                        a->waiting[i]->time_up = true;
                        watcher_make_due(a->waiting[i]);
                }
}

static void watcher_on_time_up(void *userdata)
{
        Call *c = userdata;
        Api *a = c->api;

        api_begin(a);
        c->time_up = true;
        if (c->link_waiting) /* else news has made it due already, in the batch that is open */
                watcher_make_due(c);
        api_flush(a);
}

/* ---- what there is to tell ---- */

typedef struct Telling {
        PbWatched w;
        PbSigned signed_roster;
        PbOpening openings[MAX_OPENINGS], *opening_list[MAX_OPENINGS];
        MemberOpening opening_rows[MAX_OPENINGS];
        PbMemberMessage messages[MAX_MESSAGES], *message_list[MAX_MESSAGES];
        MessageRow message_rows[MAX_MESSAGES];
        Token mutual[SERIAL_HEARD_MAX];
        ProtobufCBinaryData mutual_list[SERIAL_HEARD_MAX];
        Id near[SERIAL_HEARD_MAX];
        ProtobufCBinaryData near_list[SERIAL_HEARD_MAX];
        Id left[ROSTER_MAX];
        ProtobufCBinaryData left_list[ROSTER_MAX];
} Telling;

static int tell_opening(const MemberOpening *o, uint32_t order, void *userdata)
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

static int tell_message(const MessageRow *row, void *userdata)
{
        Telling *t = userdata;
        size_t i = t->w.n_messages;
        PbMemberMessage *w = &t->messages[i];
        MessageRow *m = &t->message_rows[i];

        if (i == MAX_MESSAGES) {
                t->w.more = true;
                return 1;
        }
        *m = *row;
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
        t->message_list[i] = w;
        t->w.n_messages++;
        t->w.next_message = (uint64_t)m->id;
        return 0;
}

static int tell_mutual(const Token *token, void *userdata)
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

static int tell_near(const MemberRow *m, void *userdata)
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

static int tell_left(const MemberRow *m, void *userdata)
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

static int tell_closed(Telling *t, Store *s, const MemberRow *m, Roster **ret)
{
        int r = store_roster_get(s, m->group, ret);

        if (r != 0)
                return r < 0 ? r : -EIO;
        pb_signed_init(&t->signed_roster);
        t->signed_roster.bytes = wire_bytes((*ret)->bytes, (*ret)->n_bytes);
        t->signed_roster.signature = wire_bytes((*ret)->signature, sizeof(*ret)->signature);
        t->w.roster = &t->signed_roster;
        return store_near_walk(s, m->id, tell_near, t);
}

static void tell_group(Telling *t, const Call *c, const MemberRow *m, const GroupRow *g)
{
        PbWatched *w = &t->w;

        pb_watched_init(w);
        w->revision = g->revision + m->revision;
        w->phase = (PbPhase)g->phase;
        if (g->deadline_ms > 0)
                w->deadline_in_ms =
                        g->deadline_ms > c->now_ms ? (uint32_t)(g->deadline_ms - c->now_ms) : 1;
        w->member_count = g->n_members;
        w->opener = id_compare(&g->opener, &m->member_id) == 0;
        w->final_openings = g->n_final;
        w->next_message = c->next_message;
        w->openings = t->opening_list;
        w->messages = t->message_list;
        w->mutual = t->mutual_list;
        w->near = t->near_list;
        w->left = t->left_list;
}

static int tell_rest(Telling *t, const Call *c, const MemberRow *m, const GroupRow *g,
                     Roster **ret_roster)
{
        Store *s = c->api->store;
        int r = 0;

        if (g->phase == GROUP_GATHERING)
                return store_mutual_walk(s, m, tell_mutual, t);
        if (g->phase != GROUP_OPENING && g->phase != GROUP_EXCHANGING)
                return 0;
        if (c->seen_revision < g->closed_revision + m->revision)
                r = tell_closed(t, s, m, ret_roster);
        if (r >= 0)
                r = store_members_left(s, g->id, tell_left, t);
        if (r >= 0)
                r = store_openings_walk(s, g->id, c->next_opening, tell_opening, t);
        if (r >= 0)
                r = store_messages_walk(s, g->id, &m->member_id, (int64_t)c->next_message,
                                        MAX_MESSAGES + 1, tell_message, t);
        return MIN(r, 0);
}

static int watch_answer(Call *c, const MemberRow *m, const GroupRow *g)
{
        _cleanup_free_ Telling *t = malloc(sizeof *t);
        _cleanup_(roster_freep) Roster *roster = NULL;
        WireResponse response = PB_RESPONSE_INIT;
        int r;

        if (!t)
                return -ENOMEM;
        tell_group(t, c, m, g);
        r = tell_rest(t, c, m, g, &roster);
        if (r < 0)
                return r;
        response.body_case = PB_RESPONSE_BODY_WATCHED;
        response.watched = &t->w;
        return call_answer(c, PB_STATUS_OK, &response);
}

static int found_message(const MessageRow *m, void *userdata)
{
        return 1;
}

/* 1: there is news, 0: there is none. Whatever else a watcher sees comes with a new revision. */
static int watch_has_news(Call *c, const MemberRow *m, const GroupRow *g)
{
        Store *s = c->api->store;

        if (g->revision + m->revision > c->seen_revision || g->n_opened > c->next_opening)
                return 1;
        return store_messages_walk(s, g->id, &m->member_id, (int64_t)c->next_message, 1,
                                   found_message, NULL);
}

/* Looks at one call: answers (0), or lets it wait on (1); negative errno. */
static int watch_look(Call *c)
{
        ProtobufCBinaryData id = wire_bytes(c->member_id.b, sizeof c->member_id.b);
        MemberRow m;
        GroupRow g;
        int r;

        r = call_group(c, id, &m, &g);
        if (r < 0)
                return r;
        if (r != PB_STATUS_OK)
                return call_answer(c, (PbStatus)r, NULL);
        c->group = g.id; /* it may have moved */
        c->member = m.id;
        r = c->time_up ? 1 : watch_has_news(c, &m, &g);
        if (r < 0)
                return r;
        return r > 0 ? watch_answer(c, &m, &g) : 1;
}

void watchers_settle(Api *a)
{
        Calls due = a->due;
        Call *c;
        int r;

        a->due = (Calls){0};
        while ((c = calls_take(&due))) {
                c->now_ms = clock_wall(a->context.clock);
                r = a->batch_failed ? 0 : watch_look(c);
                if (r < 0)
                        api_fail(a, r);
                if (r == 1)
                        watcher_begin(c);
                else
                        calls_append(&a->answered, c);
        }
}

/* A terminal that asks again has given up its last Watch: one a member is enough. */
static void watchers_end_older(Call *c)
{
        for (Call *other = *watchers_bucket(c->api, c->group); other; other = other->next_waiting)
                if (other->member == c->member) {
                        other->time_up = true;
                        watcher_make_due(other);
                        return;
                }
}

int handle_watch(Call *c)
{
        const PbWatch *w = c->request->watch;
        int r;

        if (w->next_message > INT64_MAX)
                return PB_STATUS_MALFORMED;
        wire_id_read(&c->member_id, w->member_id);
        c->seen_revision = w->seen_revision;
        c->next_message = w->next_message;
        c->next_opening = w->next_opening;
        c->time_up = w->wait_ms == 0;
        r = watch_look(c);
        if (r != 1)
                return r < 0 ? r : CALL_TAKEN;
        r = clock_restart(c->api->context.clock, &c->timer, w->wait_ms, watcher_on_time_up, c);
        if (r < 0)
                return r;
        watchers_end_older(c);
        c->request = wire_request_free(c->request); /* a waiting call is small */
        watcher_begin(c);
        return CALL_TAKEN;
}
