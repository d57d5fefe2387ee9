/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-charset.h - which character set a label means, and its conversion to UTF-8 */
#pragma once

#include "src/base/util.h"

typedef enum CardCharsetMark {
        CARD_CHARSET_BYTES, /* ASCII and more, as vCards are written */
        CARD_CHARSET_UTF8,
        CARD_CHARSET_UTF16, /* of no use in a file that is not UTF-16 itself, but some name it */
} CardCharsetMark;

typedef struct CardCharset {
        const char *labels;     /* separated by blanks, in small letters */
        const char *converters; /* of ICU or iconv(3), separated by commas: tried in turn */
        CardCharsetMark mark;
} CardCharset;

/* The character set that a label means: as the Encoding Standard of the WHATWG has it
 * (https://encoding.spec.whatwg.org/#names-and-labels), which says what programs really write under
 * a name, and some more that phones of vCard 2.1 use. Blanks around and case do not matter. NULL:
 * the label is not known. The table is closed, so that a stranger's card cannot choose just any
 * converter. */
const CardCharset *card_charset(const char *label);

/* Converts to UTF-8. cropped: a character cut off at the end is no error, it is left out.
 * CARD_E_CHARSET: the bytes are not of this set. *ret is new, NUL-terminated, and may hold NULs. */
int card_charset_convert(char **ret, size_t *ret_len, const CardCharset *charset, bool cropped,
                         const char *bytes, size_t len);
