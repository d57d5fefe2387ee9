/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replay.h"

#include "looking.h"
#include "replay-read.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

enum {
        BATCH = 256,
        COLLECT_MS = 400, /* AMEND_AFTER_MS of daemon/exchange/amending.c */
        /* what people take to compare a word with somebody beside them and to answer (assumed) */
        ANSWER_MS = 4000,
};

typedef struct Pending {
        uint64_t at_ms;
        size_t request;
} Pending;

typedef struct Replay {
        const ReplayOptions *options;
        Store *store;
        Requests requests;
        Pending *pending; /* sightings of all, in order of time */
        size_t n_pending, next_pending;
        uint64_t now_ms;
        int64_t *due; /* groups past their deadline, or that look around */
        size_t n_due, room_due;
        ReplayCounts counts;
} Replay;

static void replay_done(Replay *x)
{
        requests_done(&x->requests);
        free(x->pending);
        free(x->due);
        (void)store_free(x->store);
}

static int compare_pending(const void *a, const void *b)
{
        const Pending *x = a, *y = b;

        if (x->at_ms != y->at_ms)
                return x->at_ms < y->at_ms ? -1 : 1;
        return (x->request > y->request) - (x->request < y->request);
}

/* As a terminal does: what is heard within a moment is reported at its end, and what was heard
 * before the serial left with it. Sightings are in order of time, unless a recording says
 * otherwise; then they come later, never earlier. */
static void replay_collect(Request *r)
{
        uint64_t report_ms = r->at_ms;

        for (size_t i = 0; i < r->n_heard; i++) {
                if (r->heard_ms[i] > report_ms)
                        report_ms = r->heard_ms[i] + COLLECT_MS;
                r->heard_ms[i] = report_ms;
        }
}

static int replay_sort_pending(Replay *x)
{
        size_t n = 0;

        for (size_t i = 0; i < x->requests.n; i++) {
                replay_collect(&x->requests.list[i]);
                n += x->requests.list[i].n_heard;
        }
        x->pending = calloc(n + 1, sizeof *x->pending);
        if (!x->pending)
                return -ENOMEM;
        for (size_t i = 0; i < x->requests.n; i++)
                for (size_t k = 0; k < x->requests.list[i].n_heard; k++)
                        x->pending[x->n_pending++] = (Pending){x->requests.list[i].heard_ms[k], i};
        qsort(x->pending, x->n_pending, sizeof *x->pending, compare_pending);
        return 0;
}

/* ---- running the recording ---- */

/* As a cloud does when a member amends what it heard. */
static int replay_merge(Replay *x, const Request *r)
{
        const ReplayOptions *o = x->options;
        MemberRow m;
        GroupRow g;
        int res = must(store_member_by_row(x->store, r->row, &m));

        if (res == 0)
                res = must(store_group_get(x->store, m.group, &g));
        if (res < 0 || g.phase != GROUP_GATHERING)
                return res;
        return regroup_linked(o->matching, x->store, r->row, o->matching->max_members, o->window_ms,
                              x->now_ms, NULL, NULL);
}

/* What a member has reported by now. */
static size_t replay_heard(const Replay *x, const Request *r, Sighting ret[static SERIAL_HEARD_MAX])
{
        size_t n = 0;

        for (size_t i = 0; i < r->n_heard; i++)
                if (r->heard_ms[i] <= x->now_ms)
                        ret[n++] = r->heard[i];
        return n;
}

/* Stores what a member has heard by now. */
static int replay_tell(Replay *x, Request *r)
{
        Sighting heard[SERIAL_HEARD_MAX];
        size_t n = replay_heard(x, r, heard);
        int res;

        if (!r->row || n == r->n_told)
                return 0;
        r->n_told = n;
        res = must(store_heard_set(x->store, r->row, heard, n));
        return res < 0 ? res : replay_merge(x, r);
}

static int replay_tell_pending(Replay *x)
{
        int r = 0;

        while (r == 0 && x->next_pending < x->n_pending &&
               x->pending[x->next_pending].at_ms <= x->now_ms)
                r = replay_tell(x, &x->requests.list[x->pending[x->next_pending++].request]);
        return r;
}

static Request *replay_request_of(Replay *x, const MemberRow *m)
{
        uint64_t i;

        memcpy(&i, m->member_id.b, sizeof i);
        assert(i < x->requests.n);
        return &x->requests.list[i];
}

static int replay_opener(Replay *x, const GroupRow *g, Request **ret)
{
        MemberRow m;
        int r = must(store_member_get(x->store, &g->opener, &m));

        if (r == 0)
                *ret = replay_request_of(x, &m);
        return r;
}

static int replay_note_tie(int64_t row, void *userdata)
{
        return 1;
}

/* Whether it was taken in although nobody hears it. */
static int replay_note_taken(const Replay *x, const MemberRow *m, Request *r)
{
        int tied = store_ties_walk(x->store, m->id, replay_note_tie, NULL), radio;

        if (tied <= 0)
                return tied;
        radio = store_member_has_radio(x->store, m);
        r->taken = radio == STORE_E_NOT_FOUND;
        return MIN(radio, 0);
}

static int replay_note_closed(const MemberRow *m, void *userdata)
{
        Replay *x = userdata;
        Request *r = replay_request_of(x, m);

        r->group = m->group;
        r->end = "grouped";
        return r->words == WORDS_SECRET ? replay_note_taken(x, m, r) : 0;
}

static int replay_note_alone(const MemberRow *m, void *userdata)
{
        Replay *x = userdata;

        replay_request_of(x, m)->end = "alone";
        return 0;
}

static int replay_note_refused(const MemberRow *m, void *userdata)
{
        Replay *x = userdata;

        replay_request_of(x, m)->end = "refused";
        return 0;
}

static int replay_group_changed(const GroupRow *g, void *userdata)
{
        Replay *x = userdata;

        if (g->n_members == 0 || g->phase != GROUP_ALONE)
                return 0;
        return store_members_of_group(x->store, g->id, replay_note_refused, x);
}

/* As a cloud does, where the code has words. */
static int replay_take_silent(Replay *x, GroupRow *g, bool closes)
{
        const ReplayOptions *o = x->options;
        Request *opener;
        int r = replay_opener(x, g, &opener);

        if (r < 0 || opener->words != WORDS_SECRET)
                return r;
        return looking_take_silent(o->matching, x->store, g, o->window_ms, x->now_ms, closes, NULL,
                                   NULL);
}

/* As a cloud does; where nobody is asked, nobody waits. */
static int replay_wait(Replay *x, GroupRow *g)
{
        const ReplayOptions *o = x->options;
        uint64_t until_ms = x->now_ms;
        int r = 0;

        if (o->asks != REPLAY_ASKS_NONE)
                r = looking_waits(o->matching, x->store, g, o->window_ms, x->now_ms, &until_ms);
        if (r < 0 || until_ms <= x->now_ms)
                return r;
        g->deadline_ms = until_ms;
        return must(store_group_update(x->store, g));
}

static int replay_close_group(Replay *x, int64_t id)
{
        Store *s = x->store;
        GroupRow g;
        int r;

        r = store_group_get(s, id, &g);
        if (r == 0 && g.phase == GROUP_GATHERING && g.deadline_ms <= x->now_ms)
                r = replay_wait(x, &g);
        if (r != 0 || g.phase != GROUP_GATHERING || g.deadline_ms > x->now_ms)
                /* another close took its members, or its deadline moved */
                return r < 0 ? r : 0;
        r = replay_take_silent(x, &g, true);
        if (r == 0)
                r = regroup(x->options->matching, s, &g, x->options->matching->max_members,
                            x->options->window_ms, x->now_ms, replay_group_changed, x);
        id = g.id;
        if (r == 0 && g.n_members == 0) /* its members have moved */
                return 0;
        if (r == 0)
                r = store_members_of_group(
                        s, id, g.n_members > 1 ? replay_note_closed : replay_note_alone, x);
        if (r == 0)
                r = store_evidence_drop(s, id, 0, SIZE_MAX);
        if (r < 0)
                return r;
        g.phase = g.n_members > 1 ? GROUP_OPENING : GROUP_ALONE;
        g.deadline_ms = 0;
        return must(store_group_update(s, &g));
}

static int replay_note_due(int64_t group, void *userdata)
{
        Replay *x = userdata;
        int r = replay_grow((void **)&x->due, x->n_due, &x->room_due, sizeof *x->due);

        if (r == 0)
                x->due[x->n_due++] = group;
        return r;
}

/* ---- looking around ---- */

static int replay_answer(Replay *x, const GroupRow *g, const GroupRow *other, bool *ret_yes)
{
        Request *ours, *theirs;
        int r = replay_opener(x, g, &ours);

        if (r == 0)
                r = replay_opener(x, other, &theirs);
        if (r < 0)
                return r;
        *ret_yes = x->options->asks == REPLAY_ASKS_ALL ||
                   (ours->meeting != 0 && ours->meeting == theirs->meeting);
        x->counts.asks++;
        x->counts.yes += *ret_yes;
        return must(store_admission_put(x->store, g->id, other->id, *ret_yes));
}

static int replay_note_asked(const MemberRow *m, void *userdata)
{
        replay_request_of(userdata, m)->asked = true;
        return 0;
}

/* Both have said yes. Those of the smaller group are the ones let in; of the later, if equal. */
static int replay_admit(Replay *x, GroupRow *g, GroupRow *other)
{
        bool ours = g->n_members < other->n_members ||
                    (g->n_members == other->n_members && g->opened_ms > other->opened_ms);
        int r = store_members_of_group(x->store, ours ? g->id : other->id, replay_note_asked, x);

        return r < 0 ? r
                     : regroup_admitted(x->store, g, other, x->options->matching->max_members, NULL,
                                        NULL);
}

/* Asks the people of a party about another, once. 1: the two are one now. */
static int replay_ask(Replay *x, GroupRow *g, GroupRow *other)
{
        bool yes, confirms = false;
        int r = store_admission_get(x->store, g->id, other->id, &yes);

        if (r != STORE_E_NOT_FOUND)
                return MIN(r, 0);
        r = replay_answer(x, g, other, &yes);
        if (r == 0 && yes)
                r = store_admission_get(x->store, other->id, g->id, &confirms);
        if (r < 0 || !confirms)
                return MIN(r, 0);
        r = replay_admit(x, g, other);
        return r < 0 ? r : 1;
}

/* Those that people see for ANSWER_MS. */
static int replay_ask_party(Replay *x, GroupRow *g)
{
        const ReplayOptions *o = x->options;
        MatchOthers found;
        int r;

        g->look_ms = x->now_ms + LOOKING_EVERY_MS;
        r = must(store_group_update(x->store, g));
        if (r == 0)
                r = looking_cut_off(x->store, g, o->window_ms, x->now_ms, NULL, NULL);
        if (r == 0)
                r = matcher_others(o->matching, x->store, g, o->window_ms, x->now_ms - ANSWER_MS,
                                   false, &found);
        for (size_t i = 0; r == 0 && i < found.n; i++)
                if (found.list[i].party)
                        r = replay_ask(x, g, &found.list[i]);
        return MIN(r, 0);
}

static int replay_look(Replay *x, int64_t id)
{
        GroupRow g;
        int r = store_group_get(x->store, id, &g);

        if (r != 0 || g.look_ms == 0 || g.look_ms > x->now_ms)
                return MIN(r, 0);
        if (g.party)
                return replay_ask_party(x, &g);
        g.look_ms = 0;
        r = must(store_group_update(x->store, &g));
        return r < 0 ? r : replay_take_silent(x, &g, false);
}

/* When a group with this opener looks first; 0: where nobody asks, and the evidence alone decides.
 */
static uint64_t replay_first_look(const Replay *x, const Request *q, const MemberRow *opener)
{
        if (q->words == WORDS_UNSAID ||
            (q->words == WORDS_NONE && x->options->asks == REPLAY_ASKS_NONE))
                return 0;
        return looking_first(opener, x->now_ms);
}

/* ---- the clock ---- */

static int replay_do_all(Replay *x,
                         int (*find)(Store *s, uint64_t now_ms, RowFunc func, void *userdata),
                         int (*what)(Replay *x, int64_t group))
{
        int r;

        x->n_due = 0;
        r = find(x->store, x->now_ms, replay_note_due, x);
        for (size_t i = 0; r == 0 && i < x->n_due; i++)
                r = what(x, x->due[i]);
        return r;
}

/* Advances the clock. Groups close at their deadlines with what was heard by then. */
static int replay_run_until(Replay *x, uint64_t until_ms)
{
        Store *s = x->store;
        uint64_t next;
        bool more;
        int r;

        for (;;) {
                r = store_next_deadline(s, &next);
                if (r == STORE_E_NOT_FOUND || (r == 0 && next > until_ms))
                        break;
                if (r < 0)
                        return r;
                x->now_ms = MAX(x->now_ms, next);
                r = replay_tell_pending(x);
                if (r == 0)
                        r = replay_do_all(x, store_groups_due, replay_close_group);
                if (r == 0)
                        r = replay_do_all(x, store_groups_looking, replay_look);
                if (r == 0)
                        r = store_expire(s, x->now_ms, SIZE_MAX, &more);
                if (r < 0)
                        return r;
        }
        x->now_ms = MAX(x->now_ms, until_ms);
        return replay_tell_pending(x);
}

static int replay_open_group(Replay *x, const Request *q, MemberRow *m)
{
        GroupRow g = {
                .phase = GROUP_GATHERING,
                .opened_ms = m->press_ms,
                .deadline_ms = m->press_ms + x->options->window_ms,
                .expires_ms = m->press_ms + 4 * x->options->window_ms,
                .revision = 1,
                .opener = m->member_id,
                .n_members = 1,
                .party = q->words == WORDS_NONE,
                .look_ms = replay_first_look(x, q, m),
        };
        int r;

        memcpy(g.route, m->route, sizeof g.route);
        r = must(store_group_add(x->store, &g));
        m->group = g.id;
        return r;
}

static int replay_enter_group(Replay *x, const Request *q, MemberRow *m, int64_t id)
{
        GroupRow g;
        int r = must(store_group_get(x->store, id, &g));

        if (r < 0)
                return r;
        g.n_members++;
        g.revision++;
        g.party |= q->words == WORDS_NONE;
        if (q->words == WORDS_NONE && g.look_ms == 0)
                g.look_ms = replay_first_look(x, q, m);
        m->group = id;
        return must(store_group_update(x->store, &g));
}

static int replay_arrive(Replay *x, size_t i)
{
        Request *q = &x->requests.list[i];
        Sighting heard[SERIAL_HEARD_MAX];
        MemberRow m = {
                .fix = q->fix,
                .token = q->token,
                .press_ms = q->press_ms,
                .arrival_ms = q->at_ms,
                .words = q->words != WORDS_NONE,
                .relayed = q->relayed,
        };
        uint64_t number = i;
        int r;

        memcpy(m.member_id.b, &number, sizeof number);
        memcpy(m.route, q->route, sizeof m.route);
        r = matcher_decide(x->options->matching, x->store, &m, heard, replay_heard(x, q, heard),
                           x->options->window_ms, x->now_ms, &q->decision);
        if (r < 0)
                return r;
        switch (q->decision.verdict) {
        case MATCH_OPEN:
                r = replay_open_group(x, q, &m);
                break;
        case MATCH_JOIN:
                r = replay_enter_group(x, q, &m, q->decision.group);
                break;
        case MATCH_AMBIGUOUS:
        case MATCH_REFUSED:
        case MATCH_NO_GUESTS: /* scenes have no guests */
                q->end = "asked";
                return 0;
        }
        if (r == 0)
                r = must(store_member_add(x->store, &m));
        q->row = m.id;
        return r == 0 ? replay_tell(x, q) : r;
}

/* Requests come in batches, as in a cloud under load. */
static int replay_run_batch(Replay *x, size_t first, size_t end)
{
        Store *s = x->store;
        int r = store_begin(s);

        for (size_t i = first; r == 0 && i < end; i++) {
                r = replay_run_until(x, x->requests.list[i].at_ms);
                if (r == 0)
                        r = replay_arrive(x, i);
        }
        if (r == 0 && end == x->requests.n)
                r = replay_run_until(x, INT64_MAX);
        return r == 0 ? store_commit(s) : r;
}

static int replay_run_all(Replay *x)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < x->requests.n; i += BATCH)
                r = replay_run_batch(x, i, MIN(i + BATCH, x->requests.n));
        return r;
}

/* ---- writing ---- */

static const char *verdict_name(MatchVerdict v)
{
        switch (v) {
        case MATCH_OPEN:
                return "opened";
        case MATCH_JOIN:
                return "joined";
        case MATCH_AMBIGUOUS:
                return "ambiguous";
        case MATCH_REFUSED:
                return "refused";
        case MATCH_NO_GUESTS:
                break;
        }
        return "";
}

static json_t *replay_why(const Request *q)
{
        const Similarity *s = &q->decision.like;

        return json_pack("{s:s, s:f, s:f, s:f, s:f, s:s}", "arrival",
                         verdict_name(q->decision.verdict), "route", s->route, "place", s->place,
                         "time", s->time, "composite", s->composite, "end",
                         q->end ? q->end : "alone");
}

/* By whose word it is in its group; NULL: by the evidence. */
static const char *replay_by(const Request *q)
{
        if (!q->group)
                return NULL;
        return q->asked ? "ask" : q->taken ? "words" : NULL;
}

static int replay_write(const Replay *x, const Request *q, FILE *out)
{
        const char *by = replay_by(q);
        json_t *line = json_pack("{s:s, s:o}", "id", q->id, "group",
                                 q->group ? json_integer(q->group) : json_null());
        int r = 0;

        if (!line)
                return -ENOMEM;
        if ((by && json_object_set_new(line, "by", json_string(by)) < 0) ||
            (x->options->explain && json_object_set_new(line, "why", replay_why(q)) < 0) ||
            json_dumpf(line, out, JSON_COMPACT | JSON_REAL_PRECISION(4)) < 0 ||
            fputc('\n', out) == EOF)
                r = -EIO;
        json_decref(line);
        return r;
}

static int replay_write_all(const Replay *x, FILE *out)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < x->requests.n; i++)
                r = replay_write(x, &x->requests.list[i], out);
        return r == 0 && fflush(out) != 0 ? -EIO : r;
}

bool replay_asks_read(const char *name, ReplayAsks *ret)
{
        static const char *const names[] = {"none", "truth", "all"};

        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (strcmp(name, names[i]) == 0) {
                        *ret = (ReplayAsks)i;
                        return true;
                }
        return false;
}

int replay_run(const ReplayOptions *o, FILE *in, FILE *out, ReplayCounts *ret, size_t *ret_line)
{
        _cleanup_(replay_done) Replay x = {.options = o};
        int r;

        r = store_sqlite_open(&x.store, ":memory:");
        if (r == 0)
                r = requests_read(&x.requests, in, ret_line);
        if (r == 0)
                r = replay_sort_pending(&x);
        if (r == 0)
                r = replay_run_all(&x);
        *ret = x.counts;
        return r == 0 ? replay_write_all(&x, out) : r;
}
