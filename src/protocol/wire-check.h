/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire-check.h - the bounds that proto/huddle.proto states, for wire.c and roster.c; nobody else
 * needs it */
#pragma once

#include "src/proto/huddle.pb-c.h"
#include "src/base/util.h"

bool wire_request_valid(const Huddle__V1__Request *r);
bool wire_response_valid(const Huddle__V1__Response *r);
