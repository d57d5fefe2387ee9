/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watchers.h - long polls: calls that wait until their group, or something for their member,
 * changes */
#pragma once

#include "call.h"

/* Something changed that this member's watcher, or (member 0) every watcher of the group, may see:
 * they are looked at again when the batch closes. */
void watchers_touch(Api *a, int64_t group, int64_t member);

/* Before the commit: answers those touched for whom there is news, lets the others wait on. Where
 * the batch has failed, those touched are answered with it. */
void watchers_settle(Api *a);

/* Everyone who waits is answered by the next watchers_settle, news or not. */
void watchers_drain(Api *a);

/* One that waits, out of the list, for whoever frees them all; NULL: none left. */
Call *watchers_take(Api *a);
