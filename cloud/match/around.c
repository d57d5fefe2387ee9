/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "around.h"

#include "geobox.h"

#include <assert.h>
#include <string.h>

enum {
        ASK_NEAR = 256, /* rows of one look-up */
        ASK_ELSEWHERE = 64,
        ASK_HEARING = 256,
        ASK_FIXES = 16, /* fixes of the closing group around which we search */
};

void around_done(Around *a)
{
        free(a->members);
        free(a->hearings);
        free(a->found);
}

/* Makes room for one more. 0 or -ENOMEM. */
static int grow(void **array, size_t n, size_t *room, size_t size)
{
        size_t wanted = *room ? 2 * *room : 64;
        void *more;

        if (n < *room)
                return 0;
        more = realloc(*array, wanted * size);
        if (!more)
                return -ENOMEM;
        *array = more;
        *room = wanted;
        return 0;
}

/* ---- collecting the candidates ---- */

enum { AROUND_FULL = 1 }; /* ends a walk */

int around_add_member(const MemberRow *m, void *userdata)
{
        Around *a = userdata;
        int r;

        if (a->n >= CANDIDATES_USUAL)
                return AROUND_FULL;
        if (m->left)
                return 0;
        r = grow((void **)&a->members, a->n, &a->room, sizeof *a->members);
        if (r == 0)
                a->members[a->n++] = *m;
        return r;
}

static bool around_has_group(Around *a, int64_t group)
{
        a->looks += a->n;
        for (size_t i = 0; i < a->n; i++)
                if (a->members[i].group == group)
                        return true;
        return false;
}

/* Not a group that gathers no more, or cannot be one with the closing group. */
static int around_takes_group(Around *a, int64_t group, bool *ret)
{
        GroupRow g;
        Mix mix;
        int r = must(store_group_get(a->store, group, &g));

        *ret = false;
        if (r < 0 || g.phase != GROUP_GATHERING)
                return r;
        r = mixing_of_group(a->store, &g, &mix);
        if (r < 0 || !mixing_agree(a->settings, &a->mix, &mix))
                return r;
        mixing_add(&a->mix, &mix);
        *ret = true;
        return 0;
}

static bool around_is_of_route(const Around *a, const MemberRow *m)
{
        const char *route = a->closing.route;

        return strcmp(m->route, route) == 0 || similarity_is_slip(m->route, route);
}

/* Adds whole groups: the evidence of one member needs that of the others. */
static int matcher_add_group_of(const MemberRow *m, void *userdata)
{
        Around *a = userdata;
        bool takes;
        int r;

        if (!around_is_of_route(a, m) || around_has_group(a, m->group))
                return 0;
        r = around_takes_group(a, m->group, &takes);
        if (r == 0 && takes)
                r = store_members_of_group(a->store, m->group, around_add_member, a);
        return MIN(r, 0);
}

static int matcher_note_found(const MemberRow *m, void *userdata)
{
        Around *a = userdata;
        int r = grow((void **)&a->found, a->n_found, &a->found_room, sizeof *a->found);

        if (r == 0)
                a->found[a->n_found++] = *m;
        return r;
}

static int matcher_add_if_alike(Around *a, const MemberRow *m)
{
        for (size_t i = 0; i < a->n; i++)
                if (a->members[i].group == m->group)
                        return 0;
        a->looks += 8 * a->n_closing;
        for (size_t i = 0; i < a->n_closing; i++)
                if (similarity_fix(a->settings, &a->members[i].fix, &m->fix) > 0)
                        return matcher_add_group_of(m, a);
        return 0;
}

static int matcher_find_near(Around *a, const Fix *f)
{
        Store *s = a->store;
        const char *route = a->closing.route;
        int32_t box[4];
        int r;

        geobox_around(f, a->settings->place_limit_m + f->accuracy_m + GEOBOX_SHARP_M, box);
        r = store_members_near(s, route, box, ASK_NEAR, matcher_note_found, a);
        if (r != 0)
                return r;
        geobox_around(f, GEOBOX_VAGUE_M, box);
        return store_members_vague(s, route, box, ASK_ELSEWHERE, matcher_note_found, a);
}

/* By place: members near the fixes of the closing group, and members without a fix. If the group
 * has no fix, the newest members of the route anywhere. A step finds members around one fix, or
 * compares one that was found. 1: there are more steps. */
int around_step_by_place(Around *a, size_t *at)
{
        const char *route = a->closing.route;
        int r = 0;

        if (a->n_compared < a->n_found) {
                r = matcher_add_if_alike(a, &a->found[a->n_compared++]);
                return r < 0 ? r : 1;
        }
        a->n_compared = a->n_found = 0;
        while (*at < a->n_closing && (!a->members[*at].fix.known || a->n_fixes == ASK_FIXES))
                ++*at;
        if (*at < a->n_closing) {
                a->n_fixes++;
                r = matcher_find_near(a, &a->members[(*at)++].fix);
        } else if (*at == a->n_closing) {
                ++*at;
                r = a->n_fixes == 0 ? store_members_recent(a->store, route, ASK_ELSEWHERE,
                                                           matcher_note_found, a)
                                    : store_members_near(a->store, route, NULL, ASK_ELSEWHERE,
                                                         matcher_note_found, a);
        } else
                return 0;
        return r < 0 ? r : 1;
}

static int matcher_add_hearing(const Sighting *s, void *userdata)
{
        Around *a = userdata;
        int r = grow((void **)&a->hearings, a->n_hearings, &a->hearings_room, sizeof *a->hearings);

        if (r == 0)
                a->hearings[a->n_hearings++] = (Hearing){a->listener, s->token, s->rssi_dbm};
        return r;
}

static int matcher_add_owner_of(Around *a, const Token *t)
{
        a->looks += a->n;
        for (size_t i = 0; i < a->n; i++)
                if (memcmp(a->members[i].token.b, t->b, sizeof t->b) == 0)
                        return 0;
        return store_members_by_token(a->store, t, matcher_add_group_of, a);
}

/* Its group may be as large as ours, and all strangers who are there by their fixes alone. */
static int around_add_alone(const MemberRow *m, void *userdata)
{
        Around *a = userdata;
        bool takes = around_has_group(a, m->group);
        int r = 0;

        for (size_t i = 0; i < a->n; i++)
                if (a->members[i].id == m->id)
                        return 0;
        if (!takes && around_is_of_route(a, m))
                r = around_takes_group(a, m->group, &takes);
        if (r < 0 || !takes)
                return r;
        r = grow((void **)&a->members, a->n, &a->room, sizeof *a->members);
        if (r == 0)
                a->members[a->n++] = *m;
        return r;
}

static int around_add_peer(const Token *t, void *userdata)
{
        Around *a = userdata;

        return a->n == CANDIDATES_MAX ? AROUND_FULL
                                      : store_members_by_token(a->store, t, around_add_alone, a);
}

/* By radio: members that hear, or are heard by, this one, which was found so far. Where there is no
 * room for their groups, those alone that hear it and are heard by it. */
int around_step_by_radio(Around *a, size_t i)
{
        MemberRow m = a->members[i];
        int r;

        a->listener = (uint32_t)i;
        r = store_heard_get(a->store, m.id, matcher_add_hearing, a);
        if (r == 0 && a->n >= CANDIDATES_USUAL)
                return MIN(store_mutual_walk(a->store, &m, around_add_peer, a), 0);
        for (; r == 0 && a->n_owned < a->n_hearings; a->n_owned++)
                r = matcher_add_owner_of(a, &a->hearings[a->n_owned].token);
        return r < 0 ? r
                     : store_members_hearing(a->store, &m.token, ASK_HEARING, matcher_add_group_of,
                                             a);
}

/* ---- clustering ---- */

/* By token, then by arrival: if two claim a token, the later one copied it. */
static int compare_owners(const void *a, const void *b)
{
        const Owner *x = a, *y = b;
        int r = memcmp(x->token.b, y->token.b, sizeof x->token.b);

        return r != 0 ? r : (x->row > y->row) - (x->row < y->row);
}

/* The first with the token, or NULL. */
static const Owner *owner_of(const Owner *owners, size_t n, const Token *t)
{
        size_t low = 0, high = n, middle;

        while (low < high) {
                middle = (low + high) / 2;
                if (memcmp(owners[middle].token.b, t->b, sizeof t->b) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < n && memcmp(owners[low].token.b, t->b, sizeof t->b) == 0 ? &owners[low] : NULL;
}

void around_sort_owners(const Around *a, Owner *owners)
{
        for (size_t i = 0; i < a->n; i++)
                owners[i] = (Owner){a->members[i].token, a->members[i].id, (uint32_t)i};
        qsort(owners, a->n, sizeof *owners, compare_owners);
}

/* Fills one cell of the matrix of sightings. A transport without a strength counts as
 * HEARD_SOMEHOW. */
void around_fill_heard(const Around *a, const Owner *owners, const Hearing *h, int8_t *heard)
{
        const Owner *of = owner_of(owners, a->n, &h->token);
        int8_t *cell, value = h->rssi_dbm < 0 ? h->rssi_dbm : HEARD_SOMEHOW;

        if (!of || of->member == h->listener)
                return;
        cell = &heard[h->listener * a->n + of->member];
        if (*cell == HEARD_NOT || (value < 0 && (*cell > 0 || value > *cell)))
                *cell = value;
}

int around_join_components(int64_t row, void *userdata)
{
        Tying *t = userdata;
        uint32_t into = t->component[t->member], from = into;

        t->looks += 2 * t->a->n;
        for (size_t j = 0; j < t->a->n; j++)
                if (t->a->members[j].id == row)
                        from = t->component[j];
        for (size_t j = 0; j < t->a->n; j++)
                if (t->component[j] == MAX(into, from))
                        t->component[j] = MIN(into, from);
        return 0;
}
