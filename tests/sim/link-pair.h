/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link-pair.h - both ends of a link in one process: frames arrive whole, in order, after a delay */
#pragma once

#include "daemon/link/link.h"
#include "src/base/clock.h"

/* Both are the caller's. peer: what the helper's end knows of the other. */
int link_pair_new(Link **ret_asking, Link **ret_helping, Clock *clock, uint32_t delay_ms,
                  const uint8_t peer[static LINK_PEER]);
