/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire-check.h - the bounds that proto/huddle.proto states, for wire.c and roster.c; nobody else
 * needs it */
#pragma once

#include "src/proto/names.h"
#include "src/base/util.h"

/* Times come as milliseconds since 1970, up to the end of the year 9999. So the difference of any two
 * fits an int64_t, and a date has a four-digit year. */
#define WIRE_TIME_MAX_MS UINT64_C(253402300799999)

bool wire_request_valid(const PbRequest *r);
bool wire_response_valid(const PbResponse *r);
