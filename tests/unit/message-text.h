/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message-text.h - messages written down in short, so that a table of many stays readable
 *
 * Assignments separated by spaces, of a path through the fields:
 *   a.b=#16   16 bytes: 0, 1, 2, …      a.b=#16@5   the same from 5 on
 *   a.b=-5    number, enum, bool         a.b='4821'  text without spaces
 *   a.b={}    an empty message           a.b*65      65 times the element that is there
 *   a.b!65    65 messages like the one that is there; its first bytes field counts them
 * A path through a repeated field means its first element; what is missing on the way is made.
 */
#pragma once

#include "src/base/arena.h"
#include "src/proto/names.h"

/* A later assignment replaces an earlier one. Everything lies in the arena. Fails the test on a
 * wrong path. */
ProtobufCMessage *message_from_text(Arena *a, const ProtobufCMessageDescriptor *type,
                                    const char *text);
