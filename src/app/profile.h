/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile.h - profiles and their fields in people's words */
#pragma once

#include <glib.h>

/* The name of a profile from what people type: small letters, digits, dashes; letters of other
 * scripts fall out, and "" is left where nothing is of these. New. */
char *profile_name(const char *typed);

/* Whether it is one of the three that everybody has; they cannot be removed. */
gboolean profile_is_given(const char *name);

/* New. The first three have names of their own; others are shown as they are called. */
char *profile_title(const char *name);
/* What a list of fields ("TEL,EMAIL/work") shares, in one line. New. */
char *profile_describe(const char *fields);
/* A field ("TEL/work"), for people. New. */
char *profile_field_title(const char *field);
