/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vector-refused.h - what is rightly sealed or signed and must be refused all the same */
#pragma once

#include "src/protocol/envelope.h"
#include "vector-group.h"

/* Writes a part of an object that has been begun. -EBADMSG: our own code took one of them. */
int refused_write(const Session *s, const Group *g, const Bytes32 *cloud_sign_key,
                  const uint8_t cloud_sign_private[static 64]);
