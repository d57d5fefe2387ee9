/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linkage.h - agglomerative clustering by mean similarity, in n^2 steps */
#pragma once

#include "src/base/util.h"

/* like: n x n, symmetric; overwritten. Joins clusters whose mean similarity is at least least, the
 * most alike first. Writes for each element the smallest index of its cluster. 0 or -ENOMEM. */
int linkage_average(float *like, size_t n, float least, uint32_t *ret_label);
