/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replay.h"

#include "regroup.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <sodium.h>
#include <string.h>

enum { ID_SIZE = 65, MAX_LINE_S = 1 << 30 };
#define EPOCH_MS UINT64_C(1000000000000) /* recorded times start anywhere; ours must stay positive */

/* One line. What it heard is sorted by the time at which it counts. */
typedef struct Request {
        char id[ID_SIZE];
        uint64_t at_ms;
        char route[ROUTE_SIZE];
        Fix fix;
        Sighting *heard;
        uint64_t *heard_ms;
        size_t n_heard, n_told; /* n_told: how many the store knows of */
        int64_t row;            /* of its member; 0 = it has none */
        int64_t group;          /* closed in; 0 = none */
        MatchDecision decision;
        const char *end;
} Request;

typedef struct Pending {
        uint64_t at_ms;
        size_t request;
} Pending;

typedef struct Replay {
        const ReplayOptions *options;
        Store *store;
        Request *requests;
        size_t n, room;
        Pending *pending; /* sightings of all, in order of time */
        size_t n_pending, next_pending;
        uint64_t now_ms;
        int64_t *due; /* groups whose window has ended */
        size_t n_due, room_due;
} Replay;

static void replay_done(Replay *x)
{
        for (size_t i = 0; i < x->n; i++) {
                free(x->requests[i].heard);
                free(x->requests[i].heard_ms);
        }
        free(x->requests);
        free(x->pending);
        free(x->due);
        (void)store_free(x->store);
}

static int grow(void **array, size_t n, size_t *room, size_t size)
{
        size_t wanted = *room ? 2 * *room : 256;
        void *more;

        if (n < *room)
                return 0;
        more = reallocarray(*array, wanted, size);
        if (!more)
                return -ENOMEM;
        *array = more;
        *room = wanted;
        return 0;
}

/* ---- reading ---- */

static Token token_of(const char *id)
{
        uint8_t hash[crypto_generichash_BYTES_MIN];
        Token t;

        crypto_generichash(hash, sizeof hash, (const uint8_t *)id, strlen(id), NULL, 0);
        memcpy(t.b, hash, sizeof t.b);
        return t;
}

static bool read_time(const json_t *v, double least, uint64_t *ret)
{
        double s = json_number_value(v);

        if (!json_is_number(v) || !(s >= least && s <= MAX_LINE_S))
                return false;
        *ret = (uint64_t)llround(s * 1000);
        return true;
}

static bool read_fix(const json_t *line, Fix *ret)
{
        const json_t *lat = json_object_get(line, "lat"), *lon = json_object_get(line, "lon");
        const json_t *accuracy = json_object_get(line, "accuracy_m");
        double a = json_number_value(lat), b = json_number_value(lon), m = json_number_value(accuracy);

        *ret = (Fix){0};
        if (!lat || json_is_null(lat))
                return true;
        if (!json_is_number(lat) || !json_is_number(lon) || !json_is_number(accuracy))
                return false;
        if (!(fabs(a) <= 90 && fabs(b) <= 180 && m >= 0 && m <= 1e8))
                return false;
        *ret = (Fix){true, (int32_t)lround(a * 1e7), (int32_t)lround(b * 1e7), (uint32_t)lround(m)};
        return true;
}

static bool read_sighting(const json_t *line, size_t i, Request *r)
{
        const json_t *id = json_array_get(json_object_get(line, "heard"), i);
        const json_t *rssi = json_array_get(json_object_get(line, "rssi"), i);
        uint64_t after;

        if (!json_is_string(id) || !json_is_number(rssi) ||
            !read_time(json_array_get(json_object_get(line, "heard_at"), i), 0, &after))
                return false;
        r->heard_ms[i] = r->at_ms + after;
        r->heard[i] = (Sighting){
                .token = token_of(json_string_value(id)),
                .transport = SIGHTING_BLE,
                .rssi_dbm = sighting_bucket((int)json_number_value(rssi)),
                .first_heard_ms = (uint32_t)MIN(after, UINT32_MAX),
                .last_heard_ms = (uint32_t)MIN(after, UINT32_MAX),
        };
        return true;
}

static int read_heard(const json_t *line, Request *r)
{
        r->n_heard = MIN(json_array_size(json_object_get(line, "heard")), (size_t)SERIAL_HEARD_MAX);
        r->heard = calloc(r->n_heard + 1, sizeof *r->heard);
        r->heard_ms = calloc(r->n_heard + 1, sizeof *r->heard_ms);
        if (!r->heard || !r->heard_ms)
                return -ENOMEM;
        for (size_t i = 0; i < r->n_heard; i++)
                if (!read_sighting(line, i, r))
                        return REPLAY_E_MALFORMED;
        return 0;
}

static bool is_route(const char *s)
{
        size_t n = s ? strlen(s) : 0;

        return n >= CODE_ROUTE_MIN && n <= CODE_ROUTE_MAX && strspn(s, "0123456789") == n;
}

static int read_request(const json_t *line, Request *r)
{
        const char *id = json_string_value(json_object_get(line, "id"));
        const char *route = json_string_value(json_object_get(line, "code"));
        uint64_t at;

        if (!id || strlen(id) >= sizeof r->id || !is_route(route) ||
            !read_time(json_object_get(line, "t_server"), -MAX_LINE_S, &at) || !read_fix(line, &r->fix))
                return REPLAY_E_MALFORMED;
        r->at_ms = EPOCH_MS + at;
        strcpy(r->id, id);
        strcpy(r->route, route);
        return read_heard(line, r);
}

static int read_line(Replay *x, const char *text, size_t len)
{
        json_t *line = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
        int r = line ? grow((void **)&x->requests, x->n, &x->room, sizeof *x->requests) : REPLAY_E_MALFORMED;

        if (r == 0) {
                x->requests[x->n] = (Request){0};
                r = read_request(line, &x->requests[x->n++]);
        }
        json_decref(line);
        return r;
}

static int read_all(Replay *x, FILE *in, size_t *ret_line)
{
        _cleanup_free_ char *text = NULL;
        size_t size = 0, line = 0;
        ssize_t len;
        int r = 0;

        while (r == 0 && (len = getline(&text, &size, in)) >= 0) {
                line++;
                if (strspn(text, " \t\r\n") < (size_t)len)
                        r = read_line(x, text, (size_t)len);
        }
        if (r == 0 && ferror(in))
                r = -EIO;
        if (r > 0)
                *ret_line = line;
        return r;
}

static int compare_pending(const void *a, const void *b)
{
        const Pending *x = a, *y = b;

        if (x->at_ms != y->at_ms)
                return x->at_ms < y->at_ms ? -1 : 1;
        return (x->request > y->request) - (x->request < y->request);
}

static int sort_pending(Replay *x)
{
        size_t n = 0;

        for (size_t i = 0; i < x->n; i++)
                n += x->requests[i].n_heard;
        x->pending = calloc(n + 1, sizeof *x->pending);
        if (!x->pending)
                return -ENOMEM;
        for (size_t i = 0; i < x->n; i++)
                for (size_t k = 0; k < x->requests[i].n_heard; k++)
                        x->pending[x->n_pending++] = (Pending){x->requests[i].heard_ms[k], i};
        qsort(x->pending, x->n_pending, sizeof *x->pending, compare_pending);
        return 0;
}

/* ---- the course of events ---- */

static int must(int r)
{
        return r > 0 ? -EIO : r;
}

/* Tells the store what a member has heard by now. */
static int tell(Replay *x, Request *r)
{
        Sighting heard[SERIAL_HEARD_MAX];
        size_t n = 0;

        for (size_t i = 0; i < r->n_heard; i++)
                if (r->heard_ms[i] <= x->now_ms)
                        heard[n++] = r->heard[i];
        if (!r->row || n == r->n_told)
                return 0;
        r->n_told = n;
        return must(x->store->ops->heard_set(x->store, r->row, heard, n));
}

static int tell_pending(Replay *x)
{
        int r = 0;

        while (r == 0 && x->next_pending < x->n_pending && x->pending[x->next_pending].at_ms <= x->now_ms)
                r = tell(x, &x->requests[x->pending[x->next_pending++].request]);
        return r;
}

static Request *request_of(Replay *x, const MemberRow *m)
{
        uint64_t i;

        memcpy(&i, m->member_id.b, sizeof i);
        return &x->requests[i];
}

static int note_closed(const MemberRow *m, void *userdata)
{
        Replay *x = userdata;
        Request *r = request_of(x, m);

        r->group = m->group;
        r->end = "grouped";
        return 0;
}

static int note_alone(const MemberRow *m, void *userdata)
{
        Replay *x = userdata;

        request_of(x, m)->end = "alone";
        return 0;
}

static int note_refused(const MemberRow *m, void *userdata)
{
        Replay *x = userdata;

        request_of(x, m)->end = "refused";
        return 0;
}

static int group_changed(const GroupRow *g, void *userdata)
{
        Replay *x = userdata;

        if (g->n_members == 0 || g->phase != GROUP_ALONE)
                return 0;
        return x->store->ops->members_of_group(x->store, g->id, note_refused, x);
}

static int close_group(Replay *x, int64_t id)
{
        Store *s = x->store;
        GroupRow g;
        int r;

        r = s->ops->group_get(s, id, &g);
        if (r != 0 || g.phase != GROUP_GATHERING || g.deadline_ms > x->now_ms)
                return r < 0 ? r : 0; /* another that closed took its members, or its deadline moved */
        r = regroup(x->options->matching, s, &g, x->now_ms, group_changed, x);
        if (r == 0)
                r = s->ops->members_of_group(s, id, g.n_members > 1 ? note_closed : note_alone, x);
        if (r < 0)
                return r;
        g.phase = g.n_members > 1 ? GROUP_OPENING : GROUP_ALONE;
        g.deadline_ms = 0;
        return must(s->ops->group_update(s, &g));
}

static int note_due(const GroupRow *g, void *userdata)
{
        Replay *x = userdata;
        int r = grow((void **)&x->due, x->n_due, &x->room_due, sizeof *x->due);

        if (r == 0)
                x->due[x->n_due++] = g->id;
        return r;
}

/* Lets the clock run: groups close at their deadlines, each with what was heard by then. */
static int run_until(Replay *x, uint64_t until_ms)
{
        Store *s = x->store;
        uint64_t next;
        int r;

        for (;;) {
                r = s->ops->next_deadline(s, &next);
                if (r == STORE_E_NOT_FOUND || (r == 0 && next > until_ms))
                        break;
                if (r < 0)
                        return r;
                x->now_ms = MAX(x->now_ms, next);
                r = tell_pending(x);
                x->n_due = 0;
                if (r == 0)
                        r = s->ops->groups_due(s, x->now_ms, note_due, x);
                for (size_t i = 0; r == 0 && i < x->n_due; i++)
                        r = close_group(x, x->due[i]);
                if (r == 0)
                        r = s->ops->expire(s, x->now_ms, SIZE_MAX);
                if (r < 0)
                        return r;
        }
        x->now_ms = MAX(x->now_ms, until_ms);
        return tell_pending(x);
}

static int open_group(Replay *x, MemberRow *m)
{
        GroupRow g = {
                .phase = GROUP_GATHERING,
                .opened_ms = m->press_ms,
                .deadline_ms = m->press_ms + x->options->window_ms,
                .expires_ms = m->press_ms + 4 * x->options->window_ms,
                .revision = 1,
                .opener = m->member_id,
                .n_members = 1,
        };
        int r;

        memcpy(g.route, m->route, sizeof g.route);
        r = must(x->store->ops->group_add(x->store, &g));
        m->group = g.id;
        return r;
}

static int enter_group(Replay *x, MemberRow *m, int64_t id)
{
        GroupRow g;
        int r = must(x->store->ops->group_get(x->store, id, &g));

        if (r < 0)
                return r;
        g.n_members++;
        g.revision++;
        m->group = id;
        return must(x->store->ops->group_update(x->store, &g));
}

static int arrive(Replay *x, size_t i)
{
        Request *q = &x->requests[i];
        MemberRow m = {
                .fix = q->fix,
                .token = token_of(q->id),
                .press_ms = q->at_ms,
                .arrival_ms = q->at_ms,
        };
        uint64_t number = i;
        int r;

        memcpy(m.member_id.b, &number, sizeof number);
        memcpy(m.route, q->route, sizeof m.route);
        r = matcher_decide(x->options->matching, x->store, &m, NULL, 0, x->options->window_ms, x->now_ms,
                           &q->decision);
        if (r < 0)
                return r;
        switch (q->decision.verdict) {
        case MATCH_OPEN:
                r = open_group(x, &m);
                break;
        case MATCH_JOIN:
                r = enter_group(x, &m, q->decision.group);
                break;
        case MATCH_AMBIGUOUS:
        case MATCH_REFUSED:
                q->end = "asked";
                return 0;
        }
        if (r == 0)
                r = must(x->store->ops->member_add(x->store, &m));
        q->row = m.id;
        return r;
}

static int run_all(Replay *x)
{
        Store *s = x->store;
        int r = 0;

        for (size_t i = 0; r == 0 && i < x->n; i++) {
                r = s->ops->begin(s);
                if (r == 0)
                        r = run_until(x, x->requests[i].at_ms);
                if (r == 0)
                        r = arrive(x, i);
                if (r == 0)
                        r = s->ops->commit(s);
        }
        if (r == 0)
                r = s->ops->begin(s);
        if (r == 0)
                r = run_until(x, UINT64_MAX / 2);
        return r == 0 ? s->ops->commit(s) : r;
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
        }
        return "";
}

static json_t *why(const Request *q)
{
        const Similarity *s = &q->decision.like;

        return json_pack("{s:s, s:f, s:f, s:f, s:f, s:s}", "arrival", verdict_name(q->decision.verdict),
                         "route", s->route, "place", s->place, "time", s->time, "composite", s->composite,
                         "end", q->end ? q->end : "alone");
}

static int write_all(const Replay *x, FILE *out)
{
        const Request *q;
        json_t *line;

        for (size_t i = 0; i < x->n; i++) {
                q = &x->requests[i];
                line = json_pack("{s:s, s:o}", "id", q->id, "group",
                                 q->group ? json_integer(q->group) : json_null());
                if (!line)
                        return -ENOMEM;
                if ((x->options->explain && json_object_set_new(line, "why", why(q)) < 0) ||
                    json_dumpf(line, out, JSON_COMPACT | JSON_REAL_PRECISION(4)) < 0 ||
                    fputc('\n', out) == EOF) {
                        json_decref(line);
                        return -EIO;
                }
                json_decref(line);
        }
        return fflush(out) == 0 ? 0 : -EIO;
}

int replay_run(const ReplayOptions *o, FILE *in, FILE *out, size_t *ret_line)
{
        _cleanup_(replay_done) Replay x = {.options = o};
        int r;

        r = store_sqlite_open(&x.store, ":memory:");
        if (r == 0)
                r = read_all(&x, in, ret_line);
        if (r == 0)
                r = sort_pending(&x);
        if (r == 0)
                r = run_all(&x);
        return r == 0 ? write_all(&x, out) : r;
}
