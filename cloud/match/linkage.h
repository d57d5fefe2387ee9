/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linkage.h - agglomerative clustering by mean similarity, in n^2 steps */
#pragma once

#include "src/base/util.h"

/* like: n x n, symmetric; used up. Joins what is alike at least so much on average, the most alike
 * first, and writes for each the least member of its cluster. 0 or -ENOMEM. */
int linkage_average(float *like, size_t n, float least, uint32_t *ret_label);
