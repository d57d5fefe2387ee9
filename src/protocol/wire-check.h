/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire-check.h - the bounds stated in src/proto/huddle.proto; for wire.c alone */
#pragma once

#include "src/proto/names.h"
#include "src/base/util.h"

/* Times come as milliseconds since 1970, up to the end of the year 9999. So the difference of any
 * two fits an int64_t, and a date has a four-digit year. */
#define WIRE_TIME_MAX_MS UINT64_C(253402300799999)

bool wire_request_valid(const PbRequest *r);
bool wire_response_valid(const PbResponse *r);
