/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linkage.h - agglomerative clustering by mean similarity, in n^2 steps */
#pragma once

#include "src/base/util.h"

typedef struct Linkage Linkage;

/* like: n x n, symmetric; overwritten. Joins clusters whose mean similarity is at least least, the
 * most alike first. Writes for each element the smallest index of its cluster. Borrows both
 * arrays. */
int linkage_new(Linkage **ret, float *like, size_t n, float least, uint32_t *ret_label);
Linkage *linkage_free(Linkage *l);
DEFINE_CLEANUP(Linkage *, linkage_free);
/* Calls func before each join, with the mean similarity of the two: what is joined to a cluster of
 * several was told before. A cluster is named by its smallest index. */
typedef void (*LinkageFunc)(void *userdata, size_t into, size_t gone, float like);
void linkage_tell(Linkage *l, LinkageFunc func, void *userdata);
/* A few times n comparisons. true: there are more steps. */
bool linkage_step(Linkage *l);

/* All steps at once. 0 or -ENOMEM. */
int linkage_average(float *like, size_t n, float least, uint32_t *ret_label);
