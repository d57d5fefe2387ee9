/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-header.h - what stands before a property's value: [group.]NAME(;param)* */
#pragma once

#include "card-model.h"

typedef enum CardEncoding {
        CARD_ENCODING_NONE,
        CARD_ENCODING_QP,
        CARD_ENCODING_BASE64
} CardEncoding;

typedef struct CardHeader {
        unsigned version; /* 21, 30 or 40; the caller's, as is how */
        CardReading *how;
        CardProperty property; /* name, group, parameters; the caller's to free, also on failure */
        CardEncoding encoding;
        char charset[64]; /* empty: none named */
} CardHeader;

/* Into what is empty but for version and how. CARD_E_SYNTAX: it is none. */
int card_header_read(CardHeader *h, const char *bytes, size_t len);
