/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings.h - configuration files, described by one table: keys, parsers and defaults
 *
 * INI files (libinih). An unknown key, a bad value or a broken line gives a warning with file and
 * line, and the default stays: a slip in a file must not keep a service from starting.
 */
#pragma once

#include "util.h"

enum { SETTING_TEXT_SIZE = 256 }; /* bytes of the array that setting_text fills */

typedef struct Setting Setting;

/* Writes the field only on success. -EINVAL: not such a value, or outside min..max. */
typedef int (*SettingParser)(const Setting *s, const char *text, void *ret);

struct Setting {
        const char *section;
        const char *key;
        SettingParser parse;
        size_t offset;        /* of the field in the struct that is filled */
        const char *fallback; /* the default, as text */
        double min, max;      /* for numbers; times in milliseconds */
};

int setting_u32(const Setting *s, const char *text, void *ret); /* uint32_t */
int setting_time(const Setting *s, const char *text,
                 void *ret); /* uint64_t ms: "90", "90s", "2min", "500ms", "7d" */
int setting_real(const Setting *s, const char *text, void *ret); /* double */
int setting_bool(const Setting *s, const char *text,
                 void *ret); /* bool: yes, no, true, false, on, off, 1, 0 */
int setting_text(const Setting *s, const char *text,
                 void *ret); /* char[SETTING_TEXT_SIZE]: UTF-8 without controls */

/* Called for each line that was ignored. file and what are borrowed; what never quotes the value.
 * */
typedef void (*SettingWarning)(void *userdata, const char *file, unsigned line, const char *what);

void settings_default(const Setting *table, size_t n, void *target);

/* Reads path, then the files *.conf in path.d in the order of their names; a missing file counts as
 * empty. Returns the number of warnings, or a negative errno where a file cannot be read. */
int settings_read(const Setting *table, size_t n, void *target, const char *path,
                  SettingWarning warn, void *userdata);
