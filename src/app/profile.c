/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "profile.h"
#include "stranger.h"

#include <glib/gi18n.h>
#include <string.h>

enum { PROFILE_NAME_MAX = 32 }; /* of DefineShare */

char *profile_name(const char *typed)
{
        g_autofree char *ascii = g_str_to_ascii(typed, NULL);
        GString *name = g_string_new(NULL);

        for (const char *at = ascii; *at && name->len < PROFILE_NAME_MAX; at++)
                if (g_ascii_isalnum(*at))
                        g_string_append_c(name, g_ascii_tolower(*at));
                else if (name->len > 0 && name->str[name->len - 1] != '-')
                        g_string_append_c(name, '-');
        while (name->len > 0 && name->str[name->len - 1] == '-')
                g_string_truncate(name, name->len - 1);
        return g_string_free(name, FALSE);
}

gboolean profile_is_given(const char *name)
{
        static const char *const given[] = {"all", "private", "work", NULL};

        return g_strv_contains(given, name);
}

char *profile_title(const char *name)
{
        static const char *const titles[][2] = {
                {"all", N_("Everything")}, {"private", N_("Private")}, {"work", N_("Work")}};

        for (gsize i = 0; i < G_N_ELEMENTS(titles); i++)
                if (g_str_equal(name, titles[i][0]))
                        return g_strdup(_(titles[i][1]));
        return stranger_text(name);
}

static const char *profile_property_title(const char *property)
{
        static const char *const titles[][2] = {
                {"ADR", N_("Address")},       {"ANNIVERSARY", N_("Anniversary")},
                {"BDAY", N_("Birthday")},     {"CATEGORIES", N_("Categories")},
                {"EMAIL", N_("E-mail")},      {"FN", N_("Name")},
                {"GENDER", N_("Gender")},     {"GEO", N_("Place")},
                {"IMPP", N_("Chat")},         {"KEY", N_("Key")},
                {"LANG", N_("Language")},     {"LOGO", N_("Logo")},
                {"NICKNAME", N_("Nickname")}, {"NOTE", N_("Note")},
                {"ORG", N_("Organisation")},  {"PHOTO", N_("Picture")},
                {"ROLE", N_("Role")},         {"TEL", N_("Telephone")},
                {"TITLE", N_("Job title")},   {"TZ", N_("Time zone")},
                {"URL", N_("Web page")},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(titles); i++)
                if (g_ascii_strcasecmp(property, titles[i][0]) == 0)
                        return _(titles[i][1]);
        return NULL;
}

char *profile_field_title(const char *field)
{
        g_auto(GStrv) parts = g_strsplit(field, "/", 2);
        const char *known = parts[0] ? profile_property_title(parts[0]) : NULL;
        g_autofree char *title = known ? g_strdup(known) : stranger_text(field);

        if (!known || !parts[1])
                return g_steal_pointer(&title);
        if (g_ascii_strcasecmp(parts[1], "work") == 0)
                return g_strdup_printf(_("%s (work)"), title);
        if (g_ascii_strcasecmp(parts[1], "home") == 0)
                return g_strdup_printf(_("%s (home)"), title);
        if (g_ascii_strcasecmp(parts[1], "-work") == 0)
                return g_strdup_printf(_("%s (not work)"), title);
        if (g_ascii_strcasecmp(parts[1], "-home") == 0)
                return g_strdup_printf(_("%s (not home)"), title);
        return g_strdup(title);
}

char *profile_describe(const char *fields)
{
        g_auto(GStrv) list = g_strsplit(fields, ",", 64);
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

        if (g_str_equal(fields, "*"))
                return g_strdup(_("All fields of your card"));
        g_ptr_array_add(words, g_strdup(_("Name")));
        for (gsize i = 0; list[i]; i++)
                g_ptr_array_add(words, profile_field_title(list[i]));
        g_ptr_array_add(words, NULL);
        return g_strjoinv(_(", "), (char **)words->pdata);
}
