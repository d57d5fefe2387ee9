/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "others.h"

#include "cloud/match/looking.h"
#include "cloud/match/mixing.h"
#include "cloud/match/regroup.h"
#include "groups.h"
#include "handlers.h"
#include "watchers.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

/* Whether the one group has let the other in. *ret_no: it does not want to be asked again. */
static int others_said(Store *s, int64_t group, int64_t other, bool *ret_yes, bool *ret_no)
{
        bool yes = false;
        int r = store_admission_get(s, group, other, &yes);

        *ret_yes = r == 0 && yes;
        *ret_no = r == 0 && !yes;
        return MIN(r, 0);
}

/* All others, with those that the people do not want to be asked about again. */
static int others_find_all(Node *node, const GroupRow *g, uint64_t now_ms, Others *ret,
                           bool *ret_hidden)
{
        const CloudSettings *settings = node->settings;
        MatchOthers found;
        MemberRow opener;
        bool ignored;
        int r;

        ret->n = 0;
        if (!g->party)
                return 0;
        r = matcher_others(&settings->matching, node->store, g, settings->window_ms, now_ms, false,
                           &found);
        for (size_t i = 0; r == 0 && i < found.n; i++) {
                OtherRow *o = &ret->list[ret->n];

                if (!found.list[i].party)
                        continue;
                o->group = found.list[i];
                r = others_said(node->store, g->id, o->group.id, &o->confirmed,
                                &ret_hidden[ret->n]);
                if (r == 0)
                        r = others_said(node->store, o->group.id, g->id, &o->confirms_us, &ignored);
                if (r == 0)
                        r = must(store_member_get(node->store, &o->group.opener, &opener));
                o->commitment = opener.commitment;
                ret->n++;
        }
        return r;
}

int others_find(Node *node, const GroupRow *g, uint64_t now_ms, Others *ret)
{
        bool hidden[MATCH_OTHERS_MAX];
        size_t n = 0;
        int r = others_find_all(node, g, now_ms, ret, hidden);

        for (size_t i = 0; r == 0 && i < ret->n; i++)
                if (!hidden[i])
                        ret->list[n++] = ret->list[i];
        ret->n = n;
        return r;
}

static uint64_t others_digest(const Others *o)
{
        crypto_generichash_state state;
        uint64_t digest;

        if (o->n == 0)
                return 0;
        (void)crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES_MIN);
        for (size_t i = 0; i < o->n; i++) {
                const OtherRow *row = &o->list[i];
                int64_t words[] = {row->group.id, row->group.n_members, row->confirmed,
                                   row->confirms_us};

                (void)crypto_generichash_update(&state, (const uint8_t *)words, sizeof words);
                (void)crypto_generichash_update(&state, row->commitment.b,
                                                sizeof row->commitment.b);
        }
        {
                uint8_t hash[crypto_generichash_BYTES_MIN];

                (void)crypto_generichash_final(&state, hash, sizeof hash);
                memcpy(&digest, hash, sizeof digest);
        }
        return (digest & INT64_MAX) | 1; /* SQLite's integers are signed; 0 is nobody */
}

static int others_look(Node *node, GroupRow *g, uint64_t now_ms)
{
        Others o;
        uint64_t digest;
        int r = others_find(node, g, now_ms, &o);

        if (r < 0)
                return r;
        digest = others_digest(&o);
        g->look_ms = now_ms + LOOKING_EVERY_MS;
        if (digest == g->others)
                return must(store_group_update(node->store, g));
        g->others = digest;
        return group_changed(node, g);
}

static int others_tell_merged(const GroupRow *g, void *userdata)
{
        watchers_touch(userdata, g->id, 0);
        return 0;
}

int others_take_silent(Node *node, GroupRow *g, uint64_t now_ms, bool closes)
{
        const CloudSettings *settings = node->settings;

        return looking_take_silent(&settings->matching, node->store, g, settings->window_ms, now_ms,
                                   closes, others_tell_merged, node->watchers);
}

/* ---- looking around ---- */

static int others_look_around(Node *node, GroupRow *g, uint64_t now_ms)
{
        int r = looking_cut_off(node->store, g, node->settings->window_ms, now_ms,
                                others_tell_merged, node->watchers);

        if (r == 0)
                r = others_look(node, g, now_ms);
        return r < 0 ? r : group_close_if_waited(node, g, now_ms);
}

int others_meet(Node *node, int64_t group, uint64_t now_ms)
{
        GroupRow g;
        int r = store_group_get(node->store, group, &g);

        if (r != 0 || g.look_ms == 0 || g.look_ms > now_ms)
                return MIN(r, 0);
        if (g.party)
                return others_look_around(node, &g, now_ms);
        g.look_ms = 0; /* a later one looks for itself */
        r = must(store_group_update(node->store, &g));
        return r < 0 ? r : others_take_silent(node, &g, now_ms, false);
}

/* ---- those that are left ---- */

int others_passed(Node *node, const GroupRow *g, uint64_t now_ms)
{
        const CloudSettings *settings = node->settings;
        MatchOthers found;
        int r = matcher_others(&settings->matching, node->store, g, settings->window_ms, now_ms,
                               true, &found);

        for (size_t i = 0; r == 0 && i < found.n; i++) {
                if (found.list[i].passed)
                        continue;
                found.list[i].passed = PASSED_UNHEARD;
                r = group_changed(node, &found.list[i]);
        }
        return r;
}

static int others_note_missed(const MemberRow *m, void *userdata)
{
        Node *node = userdata;
        GroupRow g;
        int r = must(store_group_get(node->store, m->group, &g));

        if (r < 0 || g.phase != GROUP_GATHERING || g.passed == PASSED_HEARD)
                return r;
        g.passed = PASSED_HEARD;
        return group_changed(node, &g);
}

int others_missed(Node *node, const MemberRow *m)
{
        int r = store_past_missed(node->store, m);

        return r == 0 ? others_note_missed(m, node) : MIN(r, 0);
}

int others_heard_late(Node *node, const MemberRow *m, const Sighting *heard, size_t n)
{
        int r = store_past_heard_set(node->store, m->id, heard, n);

        return r == 0 ? store_past_missed_walk(node->store, m, others_note_missed, node) : r;
}

/* ---- admit ---- */

/* Both groups see at once what was said. */
static int others_look_both(Node *node, GroupRow *a, GroupRow *b, uint64_t now_ms)
{
        int r = others_look(node, a, now_ms);

        return r < 0 ? r : others_look(node, b, now_ms);
}

static int others_admit(Call *c, GroupRow *g, OtherRow *o, bool yes)
{
        Node *node = c->node;
        int r = store_admission_put(node->store, g->id, o->group.id, yes);

        if (r != 0)
                return must(r);
        if (!yes || !o->confirms_us)
                return others_look_both(node, g, &o->group, c->now_ms);
        return regroup_admitted(node->store, g, &o->group, node->settings->matching.max_members,
                                others_tell_merged, node->watchers);
}

int handle_admit(Call *c)
{
        const PbAdmit *w = c->request->admit;
        bool hidden[MATCH_OTHERS_MAX];
        Others others;
        MemberRow m;
        GroupRow g;
        Id other;
        int r;

        r = call_group(c, w->member_id, &m, &g);
        if (r != PB_STATUS_OK)
                return r;
        if (g.phase != GROUP_GATHERING || g.deadline_ms <= c->now_ms)
                return PB_STATUS_WRONG_PHASE;
        if (call_is_guest(c) && !mixing_guests_alone(&g)) /* the people there answer */
                return PB_STATUS_NO_GUESTS;
        wire_id_read(&other, w->other);
        r = others_find_all(c->node, &g, c->now_ms, &others, hidden);
        if (r < 0)
                return r;
        for (size_t i = 0; i < others.n; i++)
                if (id_compare(&others.list[i].group.opener, &other) == 0)
                        return others_admit(c, &g, &others.list[i], w->yes);
        return PB_STATUS_CONFLICT;
}

/* ---- free routes ---- */

/* The smallest number of digits of which at most one route in a thousand is taken. */
static int others_route_digits(Store *s, size_t *ret)
{
        uint32_t most = 10, taken = 0; /* 4 digits: 10000 routes */
        int r = 0;

        for (*ret = CODE_ROUTE_MIN; *ret < CODE_ROUTE_MAX; (*ret)++, most *= 10) {
                r = store_count_routes(s, *ret, most + 1, &taken);
                if (r < 0 || taken <= most)
                        return r;
        }
        return r;
}

static void others_draw_digits(char *ret, size_t n)
{
        for (size_t i = 0; i < n; i++)
                ret[i] = (char)('0' + randombytes_uniform(10));
        ret[n] = '\0';
}

int handle_draw_route(Call *c)
{
        PbRouteDrawn drawn = PB_ROUTE_DRAWN_INIT;
        WireResponse response = PB_RESPONSE_INIT;
        char route[ROUTE_SIZE];
        size_t n;
        int r = others_route_digits(c->node->store, &n);

        if (r < 0)
                return r;
        assert(n < sizeof route);
        for (unsigned tries = 0; tries < 8; tries++) { /* the first is free 999 times in 1000 */
                others_draw_digits(route, n);
                r = store_route_taken(c->node->store, route);
                if (r != 0)
                        break;
        }
        if (r < 0)
                return r;
        if (r == 0)
                return PB_STATUS_BUSY;
        drawn.route = route;
        response.body_case = PB_RESPONSE_BODY_ROUTE_DRAWN;
        response.route_drawn = &drawn;
        r = call_answer(c, PB_STATUS_OK, &response);
        return r < 0 ? r : CALL_TAKEN;
}
