/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-header.h - the part of a line before the value: [group.]NAME(;param)* */
#pragma once

#include "card-model.h"

typedef enum CardEncoding {
        CARD_ENCODING_NONE,
        CARD_ENCODING_QP,
        CARD_ENCODING_BASE64
} CardEncoding;

typedef struct CardHeader {
        unsigned version; /* 21, 30 or 40; the caller sets it and how */
        CardReading *how;
        bool is_unicode;       /* the text is, as a whole */
        CardProperty property; /* name, group, parameters; the caller frees them, also on failure */
        CardEncoding encoding;
        char charset[64]; /* empty: none named */
} CardHeader;

/* Fills a header that has only version and how. CARD_E_SYNTAX: this is no header. */
int card_header_read(CardHeader *h, const char *bytes, size_t len);
