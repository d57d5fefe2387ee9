/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vector-out.h - writes vectors as JSON, one value a line, bytes as lower-case hex */
#pragma once

#include "src/base/secret.h"

void out_begin(const char *name); /* an object; NULL: an item of a list, or the whole */
void out_end(void);
void out_list_begin(const char *name); /* of objects */
void out_list_end(void);
void out_hex(const char *name, const void *data, size_t len);
/* ASCII without quotes and controls but CR and LF */
void out_text(const char *name, const char *text);
void out_number(const char *name, uint64_t value);

/* For the types of fixed size. */
#define out_bytes(name, object) out_hex((name), (object).b, sizeof(object).b)

/* Ends the program where it does not hold: a vector that is wrong is worse than none. */
void vector_check(bool holds, const char *what);
