/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test.h - for cmocka tests: its headers in the order that it wants, and what many tests use */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Names the case of a table that is being tried; shown where it fails. */
#define assert_case(name, condition)                                                               \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        fail_msg("%s: %s", (name), #condition);                                    \
        } while (0)

/* How many worlds that are made by chance a test is to try: the usual number, or HUDDLE_WORLDS. */
static inline unsigned worlds_to_try(unsigned usual)
{
        const char *text = getenv("HUDDLE_WORLDS");

        return text ? (unsigned)strtoul(text, NULL, 10) : usual;
}
