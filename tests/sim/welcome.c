/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "welcome.h"

static World *lied_to;

/* Openings are compared with the true mark, else nobody could open. */
static int get_true_mark(Store *s, const Id *member_id, MemberRow *ret)
{
        int r = lied_to->store_ops->member_get(s, member_id, ret);
        const SimPress *p = r == 0 ? world_find_press(lied_to, member_id) : NULL;

        if (p)
                ret->mark = p->terminal->mark;
        return r;
}

static int add_as_welcoming(Store *s, MemberRow *m)
{
        GuestMark mark = m->mark;
        int r;

        if (m->mark != MARK_GUEST)
                m->mark = MARK_WELCOME;
        r = lied_to->store_ops->member_add(s, m);
        m->mark = mark;
        return r;
}

/* The row of an opener, for who may come: as it was added. */
static int get_told_mark(Store *s, const Id *member_id, MemberRow *ret)
{
        return lied_to->store_ops->member_get(s, member_id, ret);
}

void believe_in_welcome(World *w, bool gathering)
{
        lied_to = w;
        w->noting_ops.member_add = add_as_welcoming;
        w->noting_ops.member_get = gathering ? get_told_mark : get_true_mark;
}
