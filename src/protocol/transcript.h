/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transcript.h - TH, the value over roster and openings that all members of an honest group share
 *
 * TH = digest("huddle v1 transcript", roster bytes, roster signature, then for each final
 * opening, sorted by id: id, X, E, H1, H2, r). The phrase that people may compare is its first 24
 * bits. It covers the openings, or a lying cloud could try commitments until two phrases agree.
 */
#pragma once

#include "roster.h"

enum {
        PHRASE_TEXT_MAX = 64,
        PHRASE_WORD_STEP = 5, /* a byte b is the word number 5 b: 256 words from the whole list */
};

/* openings in any order, checked with opening_matches, at most one a member. */
int transcript_hash(Bytes32 *ret, const Roster *roster, const MemberOpening *openings, size_t n);

/* A word for each byte and, after " / ", the same 24 bits as eight digits (big-endian number):
 * "maple tiger canoe / 0912 3345". */
void transcript_phrase(const Bytes32 *transcript, char ret[static PHRASE_TEXT_MAX]);
