/* SPDX-License-Identifier: GPL-2.0-or-later */
/* leaving.h - a deleted account leaves its groups, a few at a time */
#pragma once

#include "node.h"

enum {
        LEAVING_STEP = 8,
        LEAVING_WORK = 30000, /* node_work, after which none is begun */
};

/* Leaves LEAVING_STEP groups at most; *ret_more: there are others. 0 or negative errno. */
int account_leave_some(Node *node, int64_t account, uint64_t now_ms, bool *ret_more);

/* Goes on with an account that was deleted. 1: there is more to do, 0: there is not; or negative
 * errno. */
int leaving_go_on(Node *node, uint64_t now_ms);
