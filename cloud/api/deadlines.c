/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deadlines.h"

#include "src/base/events.h"
#include "src/base/log.h"
#include "batch.h"
#include "closing.h"
#include "groups.h"
#include "leaving.h"
#include "others.h"

#include <string.h>

enum {
        MAX_DUE = 64,               /* groups moved on in one turn */
        MAX_EXPIRED = 128,          /* rows of each kind deleted in one turn */
        MAX_EXPIRED_ASKED = 32,     /* the same, while somebody waits for an answer */
        TURN_WORK = 30000,          /* after which a turn begins nothing more */
        EVIDENCE_STEP = 32,         /* members whose evidence is dropped in one turn */
        MAX_CAPPED = 256,           /* groups whose deadline is brought forward in one turn */
        MAX_PAUSE_MS = 60 * 1000,   /* look again after this */
        RETRY_MS = 1000,            /* after a batch that failed, and at least after a group */
        MAX_RETRY_MS = 3600 * 1000, /* of a group that fails again and again */
};

struct Deadlines {
        Node *node;
        Timer *timer;
        uint64_t at_ms;      /* clock_now at which it fires */
        uint64_t pause_ms;   /* as found by deadlines_look */
        uint64_t due_ms;     /* when the timer fired, for the batch that has begun; 0: not */
        bool capped;         /* deadlines of before the start are believed */
        bool more, failed;   /* of the last turn: something is left to do, something failed */
        uint64_t begun_with; /* node_work at the beginning of the turn */
};

typedef struct Due {
        int64_t groups[MAX_DUE];
        size_t n;
} Due;

static int due_take(int64_t group, void *userdata)
{
        Due *d = userdata;

        d->groups[d->n++] = group;
        return d->n == MAX_DUE;
}

static bool deadlines_turn_over(const Deadlines *d)
{
        return node_work(d->node) - d->begun_with >= TURN_WORK;
}

/* Ends a part of the batch: keeps it, or undoes it alone. 0, or negative errno: the batch is
 * lost. */
static int deadlines_end_part(Deadlines *d, const char *what, int result)
{
        if (result >= 0)
                return node_unmark(d->node);
        log_line(LOG_ERR, result == -EBADMSG ? EVENT_GROUP_DAMAGED : NULL,
                 "%s failed, to be tried again: %s", what, strerror(-result));
        d->failed = true;
        d->node->metrics.failed_parts++;
        return node_undo(d->node);
}

/* Sets a group that failed aside: for a second, and once its window must be over for longer and
 * longer, a quarter of the time since. One that cannot be read does not mend by itself. */
static int deadlines_put_off(Node *node, int64_t group, uint64_t now_ms)
{
        uint64_t pause_ms = MAX_RETRY_MS, since_ms;
        GroupRow g;
        int r = store_group_get(node->store, group, &g);

        if (r == STORE_E_NOT_FOUND)
                return 0;
        if (r == 0) {
                since_ms = now_ms - MIN(now_ms, g.opened_ms + node->settings->max_window_ms);
                pause_ms = MIN(MAX(since_ms / 4, (uint64_t)RETRY_MS), pause_ms);
        } else if (r != -EBADMSG)
                return r;
        /* it takes members again: a plan made before is out of date */
        r = store_plan_drop(node->store, group);
        return r < 0 ? r : store_group_put_off(node->store, group, now_ms + pause_ms);
}

/* Something that is due of a group: done, or undone and put off. */
static int deadlines_do_group(Deadlines *d, const char *what,
                              int (*func)(Node *, int64_t, uint64_t), int64_t group,
                              uint64_t now_ms)
{
        int r = node_mark(d->node);

        if (r < 0)
                return r;
        r = func(d->node, group, now_ms);
        if (r >= 0)
                return node_unmark(d->node);
        r = deadlines_end_part(d, what, r);
        return r < 0 ? r : deadlines_put_off(d->node, group, now_ms);
}

/* The same for the first of the groups that walk finds. */
static int deadlines_do_groups(Deadlines *d, const char *what,
                               int (*walk)(Store *, uint64_t, RowFunc, void *),
                               int (*func)(Node *, int64_t, uint64_t), uint64_t now_ms)
{
        Due due = {.n = 0};
        int r = walk(d->node->store, now_ms, due_take, &due);

        for (size_t i = 0; r >= 0 && i < due.n && !deadlines_turn_over(d); i++)
                r = deadlines_do_group(d, what, func, due.groups[i], now_ms);
        return MIN(r, 0);
}

/* Reads the group again: another group that closed may have taken its members. */
static int deadlines_end_phase(Node *node, int64_t group, uint64_t now_ms)
{
        GroupRow g;
        int r = store_group_get(node->store, group, &g);

        if (r != 0 || g.deadline_ms == 0 || g.deadline_ms > now_ms)
                return MIN(r, 0);
        return group_deadline(node, &g, now_ms);
}

/* The close of a large group goes on, with a slice in each turn whatever else there was. */
static int deadlines_go_on_closing(Deadlines *d, int64_t group, uint64_t now_ms)
{
        Node *node = d->node;
        int r, result;

        if (group == 0)
                return 0;
        d->more = true;
        r = node_mark(node);
        if (r < 0)
                return r;
        result = closings_go_on(node);
        if (result < 0)
                closings_forget(node); /* they have seen what is undone now */
        r = deadlines_end_part(d, "The close of a large group", result);
        return r < 0 || result >= 0 ? r : deadlines_put_off(node, group, now_ms);
}

/* One part of a turn. 1: there is more to do, 0: there is not; or negative errno. */
static int deadlines_expire(Node *node, uint64_t now_ms)
{
        bool more;
        size_t most = batch_is_asked(node->batch) ? MAX_EXPIRED_ASKED : MAX_EXPIRED;
        int r = store_expire(node->store, now_ms, most, &more);

        return r < 0 ? r : more;
}

static int deadlines_drop_evidence(Node *node, uint64_t now_ms)
{
        int64_t group;
        int r = store_evidence_left(node->store, &group);

        if (r == 0)
                r = store_evidence_drop(node->store, group, now_ms + PAST_MS, EVIDENCE_STEP);
        return r == STORE_E_NOT_FOUND ? 0 : r < 0 ? r : 1;
}

/* The wall clock may have been set back since another run wrote these: no time is longer than it
 * can be from now on. */
static int deadlines_cap(Node *node, uint64_t now_ms)
{
        const CloudSettings *s = node->settings;
        bool more;
        int r = store_groups_cap(node->store, now_ms + MAX(s->max_window_ms, s->opening_timeout_ms),
                                 now_ms + MAX(s->expiry_ms, s->record_expiry_ms), MAX_CAPPED,
                                 &more);

        return r < 0 ? r : more;
}

static int deadlines_revoke(Node *node, uint64_t now_ms)
{
        return store_escrow_revoke_more(node->store);
}

static int deadlines_do(Deadlines *d, const char *what, int (*part)(Node *, uint64_t),
                        uint64_t now_ms)
{
        int r, result;

        if (deadlines_turn_over(d)) {
                d->more = true;
                return 0;
        }
        r = node_mark(d->node);
        if (r < 0)
                return r;
        result = part(d->node, now_ms);
        d->more |= result > 0;
        return deadlines_end_part(d, what, result);
}

static int deadlines_do_turn(Deadlines *d, uint64_t now_ms)
{
        int64_t closing = closings_next(d->node); /* not what begins in this turn */
        int r;

        d->begun_with = node_work(d->node);
        d->more = d->failed = false;
        r = d->capped ? 0 : deadlines_do(d, "A deadline of before", deadlines_cap, now_ms);
        d->capped = !d->more && !d->failed;
        if (r == 0)
                r = deadlines_do_groups(d, "A group that is due", store_groups_due,
                                        deadlines_end_phase, now_ms);
        if (r == 0)
                r = deadlines_go_on_closing(d, closing, now_ms);
        if (r == 0)
                r = deadlines_do(d, "Evidence of a closed group", deadlines_drop_evidence, now_ms);
        if (r == 0)
                r = deadlines_do(d, "A revoked record", deadlines_revoke, now_ms);
        if (r == 0)
                r = deadlines_do_groups(d, "A party that looks around", store_groups_looking,
                                        others_meet, now_ms);
        if (r == 0)
                r = deadlines_do(d, "A deleted account", leaving_go_on, now_ms);
        if (r == 0)
                r = deadlines_do(d, "What has expired", deadlines_expire, now_ms);
        return r;
}

/* With a batch of its own, so that a failure is nobody else's. */
static bool deadlines_find_room(Node *node)
{
        batch_flush(node->batch);
        node->metrics.full = store_probe(node->store) < 0;
        if (!node->metrics.full)
                log_notice("The store has room again");
        return !node->metrics.full;
}

static void deadlines_on_timer(void *userdata);

/* A batch that failed may have undone the cap. What is to be tried again is not put off by each
 * batch that ends meanwhile. */
void deadlines_set(Deadlines *d, bool failed)
{
        uint64_t pause_ms = failed ? RETRY_MS : d->pause_ms;
        uint64_t at_ms = clock_now(d->node->clock) + pause_ms;
        bool retries = d->failed || d->node->metrics.full;

        if (failed)
                d->capped = false;
        if (d->timer && (d->at_ms == at_ms || (retries && d->at_ms < at_ms)))
                return;
        d->at_ms = at_ms;
        if (clock_restart(d->node->clock, &d->timer, pause_ms, deadlines_on_timer, d) < 0)
                log_error("No memory for the timer of groups"); /* the next batch sets it */
}

/* The batch that it begins closes by itself, and with it deadlines_set sets the timer again. */
static void deadlines_on_timer(void *userdata)
{
        Deadlines *d = userdata;
        Node *node = d->node;

        d->timer = timer_free(d->timer);
        if (node->metrics.full && !deadlines_find_room(node)) {
                deadlines_set(d, true);
                return;
        }
        d->due_ms = node_time(node);
        (void)batch_begin(node->batch); /* without its timer the next request closes it */
}

void deadlines_take_turn(Deadlines *d)
{
        Node *node = d->node;
        int r = batch_failed(node->batch) || d->due_ms == 0 ? 0 : deadlines_do_turn(d, d->due_ms);

        d->due_ms = 0;
        if (r < 0)
                batch_fail(node->batch, r);
}

/* The earliest time at which there is something to do: the store knows. */
static int deadlines_next(Node *node, uint64_t wall_ms, uint64_t *ret_ms)
{
        int64_t id;
        int r = store_account_leaving(node->store, &id);

        if (r == STORE_E_NOT_FOUND)
                r = store_evidence_left(node->store, &id);
        *ret_ms = r == 0 ? wall_ms : UINT64_MAX;
        if (r == STORE_E_NOT_FOUND)
                r = store_next_deadline(node->store, ret_ms);
        return MIN(r, 0);
}

void deadlines_look(Deadlines *d)
{
        Node *node = d->node;
        uint64_t wall = node_time(node), next = wall;
        int r = batch_failed(node->batch) || d->more ? 0 : deadlines_next(node, wall, &next);

        if (r < 0)
                batch_fail(node->batch, r);
        d->pause_ms = next <= wall ? 0 : MIN(next - wall, (uint64_t)MAX_PAUSE_MS);
        if (d->failed || node->metrics.full)
                d->pause_ms = MAX(d->pause_ms, (uint64_t)RETRY_MS);
}

int deadlines_new(Deadlines **ret, Node *node)
{
        _cleanup_(deadlines_freep) Deadlines *d = calloc(1, sizeof *d);
        int r;

        if (!d)
                return -ENOMEM;
        d->node = node;
        r = clock_restart(node->clock, &d->timer, 0, deadlines_on_timer, d);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(d);
        return 0;
}

Deadlines *deadlines_free(Deadlines *d)
{
        if (!d)
                return NULL;
        (void)timer_free(d->timer);
        free(d);
        return NULL;
}
