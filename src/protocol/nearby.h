/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nearby.h - the word by which people recognise a group with their code that no radio hears
 *
 * It is made of the commitment of the group's opener, so every screen of a group shows the same
 * word. It is no secret and no proof: the members of both groups say their words aloud, which only
 * people in one place can do. An attacker can choose a commitment for a wanted word, so a word that
 * two groups have admits nobody.
 */
#pragma once

#include "src/base/secret.h"

/* One of words_get. */
const char *nearby_word(const uint8_t commitment[static sizeof(Bytes32)]);
