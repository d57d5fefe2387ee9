/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * e164.h - libphonenumber, which is C++, for C
 *
 * Nothing is loaded before the first call. That takes some 20 ms and 2 MB, each call some 60 us.
 */
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
        REGION_SIZE = 3,   /* two capitals of ISO 3166 and a NUL; empty: unknown */
        E164_SIZE = 24,    /* ITU-T E.164 has 15 digits; libphonenumber allows 17 and the country */
        E164_TEXT_MAX = 64 /* longer numbers are none */
};

/* An international number. */
typedef struct E164 {
        char digits[E164_SIZE];   /* country code and number, "4411349600000" */
        char region[REGION_SIZE]; /* of countries that share a code, that of the number */
        bool valid;               /* the numbering plan has it */
        bool possible;            /* it has a length that the numbering plan has */
} E164;

enum { _E164_E_SUCCESS, E164_E_NONE /* not a number */ };

/* Reads digits as somebody in region dials them: "+44…", "07700…". region empty: only "+". */
int e164_read(E164 *ret, const char *number, const char *region);

#ifdef __cplusplus
}
#endif
