/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set-place.c - where members are, in memory: the candidates for the matcher */
#include "working-set.h"

#include <assert.h>

int set_fix_set(Store *s, int64_t member, const Fix *fix)
{
        SetRow *row = set_member(set_of(s), member);
        SetMember m;

        if (!row)
                return STORE_E_NOT_FOUND;
        m = *set_member_of(row);
        m.row.fix = *fix;
        m.row.fix.known = true;
        return set_put_member(set_of(s), row, &m);
}

enum {
        STRIPS_MAX = 64, /* 70 km */
        SCAN_MAX = 1024, /* rows looked at for a box that is higher */
};

typedef struct Search {
        WorkingSet *set;
        size_t left;
        MemberFunc func;
        void *userdata;
} Search;

/* A member whose row is damaged is passed over. */
static int search_tell(Search *x, const SetRow *row)
{
        x->left--;
        return row->damaged ? 0 : x->func(&set_member_of(row)->row, x->userdata);
}

/* Of one strip, from one longitude to another. */
static int search_strip(Search *x, SetIndex index, const char *route, int64_t strip,
                        const int32_t box[4])
{
        IndexKey at = set_key(set_route(route), set_place(strip, box[2]), 0, 0);
        uint64_t last = set_place(strip, box[3]);
        const SetRow *row;
        int r = 0;

        while (r == 0 && x->left > 0 && (row = set_next(x->set, index, &at, 1)) &&
               at.part[1] <= last)
                r = search_tell(x, row);
        return r;
}

/* Strips of latitude, of 1.1 km, from the middle of the box outwards. In a strip the index goes by
 * longitude, so each row that is read is one that is told: what else lies at the same latitude is
 * not read. */
static int search_strips(Search *x, SetIndex index, const char *route, const int32_t box[4])
{
        int64_t first = box[0] / STRIP_E7, n = box[1] / STRIP_E7 - first;
        int64_t middle = first + (n + 1) / 2;
        int r = 0;

        for (int64_t k = 0; r == 0 && x->left > 0 && k <= n; k++)
                r = search_strip(x, index, route, middle + (k % 2 == 0 ? k / 2 : -(k + 1) / 2),
                                 box);
        return r;
}

static bool search_is_in(const int32_t box[4], const Fix *fix)
{
        return fix->known && fix->latitude_e7 >= box[0] && fix->latitude_e7 <= box[1] &&
               fix->longitude_e7 >= box[2] && fix->longitude_e7 <= box[3];
}

/* Of the newest of the route, at most scan, those in the box, or all where there is none. */
static int search_newest(Search *x, const char *route, const int32_t *box, size_t scan)
{
        IndexKey at = set_key(set_route(route), 0, 0, 0);
        const SetRow *row;
        int r = 0;

        for (size_t n = 0; r == 0 && n < scan && x->left > 0; n++) {
                row = set_next(x->set, BY_ROUTE, &at, 1);
                if (!row)
                        break;
                if (!box || search_is_in(box, &set_member_of(row)->row.fix))
                        r = search_tell(x, row);
        }
        return r;
}

static int search_nowhere(Search *x, const char *route)
{
        IndexKey at = set_key(set_route(route), SET_NOWHERE, 0, 0);
        const SetRow *row;
        int r = 0;

        while (r == 0 && x->left > 0 && (row = set_next(x->set, BY_PLACE, &at, 2)))
                r = search_tell(x, row);
        return r;
}

static bool search_box_is_high(const int32_t box[4])
{
        return box[1] / STRIP_E7 - box[0] / STRIP_E7 >= STRIPS_MAX;
}

/* Of a box that is so high that it tells little, only the newest of the route. */
int set_members_near(Store *s, const char *route, const int32_t box[4], size_t limit,
                     MemberFunc func, void *userdata)
{
        Search x = {set_of(s), limit, func, userdata};

        if (!box)
                return search_nowhere(&x, route);
        return search_box_is_high(box) ? search_newest(&x, route, box, SCAN_MAX)
                                       : search_strips(&x, BY_PLACE, route, box);
}

int set_members_vague(Store *s, const char *route, const int32_t box[4], size_t limit,
                      MemberFunc func, void *userdata)
{
        Search x = {set_of(s), limit, func, userdata};

        assert(!search_box_is_high(box));
        return search_strips(&x, BY_VAGUE_PLACE, route, box);
}

int set_members_recent(Store *s, const char *route, size_t limit, MemberFunc func, void *userdata)
{
        Search x = {set_of(s), limit, func, userdata};

        return search_newest(&x, route, NULL, SIZE_MAX);
}
