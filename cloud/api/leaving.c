/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "leaving.h"

#include "groups.h"

typedef struct Memberships {
        MemberRow list[LEAVING_STEP];
        size_t n;
        bool more;
} Memberships;

static int leaving_take(const MemberRow *m, void *userdata)
{
        Memberships *all = userdata;

        if (m->left)
                return 0;
        if (all->n == LEAVING_STEP) {
                all->more = true;
                return 1;
        }
        all->list[all->n++] = *m;
        return 0;
}

/* Read again: the group of one membership may have closed when another left. */
static int leaving_leave(Node *node, int64_t member, uint64_t now_ms)
{
        MemberRow m;
        int r = store_member_by_row(node->store, member, &m);

        if (r == STORE_E_NOT_FOUND)
                return 0;
        return r != 0 ? r : group_leave(node, &m, now_ms);
}

int account_leave_some(Node *node, int64_t account, uint64_t now_ms, bool *ret_more)
{
        Memberships all = {.n = 0};
        int r = store_members_of_account(node->store, account, leaving_take, &all);
        uint64_t begun_with = node_work(node);
        size_t i;

        for (i = 0; r >= 0 && i < all.n && node_work(node) - begun_with < LEAVING_WORK; i++)
                r = leaving_leave(node, all.list[i].id, now_ms);
        if (r < 0)
                return r;
        *ret_more = all.more || i < all.n;
        return 0;
}

int leaving_go_on(Node *node, uint64_t now_ms)
{
        int64_t account;
        bool more;
        int r = store_account_leaving(node->store, &account);

        if (r == STORE_E_NOT_FOUND)
                return 0;
        if (r == 0)
                r = account_leave_some(node, account, now_ms, &more);
        if (r == 0 && !more)
                r = store_account_left(node->store, account);
        return r < 0 ? r : 1;
}
