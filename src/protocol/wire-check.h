/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire-check.h - the bounds that proto/huddle.proto states, for wire.c and roster.c; nobody else
 * needs it */
#pragma once

#include "src/proto/names.h"
#include "src/base/util.h"

bool wire_request_valid(const PbRequest *r);
bool wire_response_valid(const PbResponse *r);
