/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-failing.h - a store that fails its n-th call, once; all others go to a real one */
#pragma once

#include "cloud/store/store.h"

/* Takes inner on success. */
int store_failing_new(Store **ret, Store *inner);

/* The n-th call from now (1 is the next) fails with -EIO; 0: none. */
void store_failing_set(Store *s, unsigned n);