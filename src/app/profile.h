/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile.h - profiles and their fields in people's words */
#pragma once

#include <glib.h>

/* New. The first three have names of their own; others are shown as they are called. */
char *profile_title(const char *name);
/* What a list of fields ("TEL,EMAIL/work") shares, in one line. New. */
char *profile_describe(const char *fields);
/* A field ("TEL/work"), for people. New. */
char *profile_field_title(const char *field);
