/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tame.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A name that ends with a dash is a prefix. */
static const char *const refused[] = {
        "FN", "N", "KIND", "X-ADDRESSBOOKSERVER-KIND",
        "KEY", /* a stranger must not place one there */
        /* how programs show, sort and file the entry, and who may see it */
        "CLASS", "X-CLASS", "SORT-STRING", "X-ABSHOWAS", "X-ABORDER", "X-FILE-AS",
        "X-MS-OL-", /* of Outlook: which postal address is meant, how its card looks */
        "X-SHARED-PHOTO-DISPLAY-PREF",
        /* the name in the letters that it is spoken and sorted by */
        "X-PHONETIC-", "X-EPOCSECONDNAME", "X-IRMC-N", "X-SOUND", "X-FAVORITE", "X-FAVOURITE",
        "X-STARRED", "X-SPEEDDIAL", "X-SPEED-DIAL", "X-RINGTONE", "X-CUSTOM-RINGTONE",
        "X-PREFER-HTML", "X-SEND-TO-VOICEMAIL",
        /* merged in their own way, or not at all */
        "NOTE", "CATEGORIES", "X-CATEGORIES", "X-GROUP-MEMBERSHIP", "X-ABUID", /* names an entry */
};

/* Parameters that say which value comes first, where it is shown, or what it belongs to. */
static const char *const refused_parameters[] = {
        "PREF", "SORT-AS", "INDEX", "ALTID", "PID", "X-ABORDER", "X-EVOLUTION-",
};

static bool tame_is_listed(const char *const *list, size_t n, const char *name, size_t len)
{
        for (size_t i = 0; i < n; i++) {
                size_t listed = strlen(list[i]);
                bool prefix = list[i][listed - 1] == '-';

                if ((prefix ? len > listed : len == listed) &&
                    strncasecmp(name, list[i], listed) == 0)
                        return true;
        }
        return false;
}

bool tame_is_refused(const char *name)
{
        return tame_is_listed(refused, ARRAY_LEN(refused), name, strlen(name));
}

/* Length of a parameter or of one of its values, up to a mark outside quotes. */
static size_t tame_span(const char *s, const char *end, const char *marks)
{
        bool quoted = false;
        size_t len = 0;

        for (; s + len < end; len++) {
                if (s[len] == '"')
                        quoted = !quoted;
                else if (!quoted && strchr(marks, s[len]))
                        break;
        }
        return len;
}

static bool is_word(const char *s, size_t len, const char *word)
{
        if (len >= 2 && *s == '"') {
                s++;
                len -= 2;
        }
        return len == strlen(word) && strncasecmp(s, word, len) == 0;
}

/* "TYPE=CELL,PREF" without PREF; nothing where nothing else is left. */
static void tame_put_types(FILE *to, const char *types, const char *end)
{
        const char *separator = ";TYPE=";

        for (size_t len; types < end; types += len + 1) {
                len = tame_span(types, end, ",");
                if (is_word(types, len, "PREF"))
                        continue;
                (void)fprintf(to, "%s%.*s", separator, (int)len, types);
                separator = ",";
        }
}

static void tame_put_parameter(FILE *to, const char *p, const char *end)
{
        size_t name = strcspn(p, "=;:");

        if (tame_is_listed(refused_parameters, ARRAY_LEN(refused_parameters), p, name))
                return;
        if (is_word(p, name, "TYPE") && p + name < end)
                tame_put_types(to, p + name + 1, end);
        else
                (void)fprintf(to, ";%.*s", (int)(end - p), p);
}

char *tame_line(const Line *line)
{
        const char *colon = line->value - 1, *p = line->flat;
        char *text = NULL;
        size_t size, len = tame_span(p, colon, ";");
        FILE *to = open_memstream(&text, &size);

        if (!to)
                return NULL;
        (void)fprintf(to, "%.*s", (int)len, p);
        for (p += len; p < colon; p += len) {
                p++;
                len = tame_span(p, colon, ";");
                tame_put_parameter(to, p, p + len);
        }
        (void)fputs(colon, to);
        if (fclose(to) == 0)
                return text;
        free(text);
        return NULL;
}
