/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"
#include "text.h"

#include <ctype.h>
#include <dirent.h>
#include <ini.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LONG_VALUE_SIZE = 5 * SETTING_TEXT_SIZE }; /* four addresses, and more */

typedef struct Reader {
        const Setting *table;
        size_t n;
        void *target;
        const char *path;
        FILE *file;
        unsigned line;               /* given to inih last */
        char value[LONG_VALUE_SIZE]; /* of that line, where it does not fit; else empty */
        int n_warnings;
        SettingWarning warn;
        void *userdata;
} Reader;

/* ---- values ---- */

static int setting_read_number(const char *text, const char **ret_rest, double *ret)
{
        char *end;
        double value;

        if (!isdigit((unsigned char)*text))
                return -EINVAL; /* strtod takes signs, white space, "inf" and "nan" */
        errno = 0;
        value = strtod(text, &end);
        if (errno != 0 || !isfinite(value))
                return -EINVAL;
        *ret_rest = end;
        *ret = value;
        return 0;
}

int setting_real(const Setting *s, const char *text, void *ret)
{
        bool negative = *text == '-';
        const char *rest;
        double value;

        if (setting_read_number(text + negative, &rest, &value) < 0 || *rest)
                return -EINVAL;
        if (negative)
                value = -value;
        if (value < s->min || value > s->max)
                return -EINVAL;
        *(double *)ret = value;
        return 0;
}

int setting_u32(const Setting *s, const char *text, void *ret)
{
        double value;
        int r;

        if (strspn(text, "0123456789") != strlen(text))
                return -EINVAL;
        r = setting_real(s, text, &value);
        if (r < 0 || value > UINT32_MAX)
                return -EINVAL;
        *(uint32_t *)ret = (uint32_t)value;
        return 0;
}

int setting_time(const Setting *s, const char *text, void *ret)
{
        static const struct {
                const char *name;
                double ms;
        } units[] = {{"ms", 1},     {"s", 1000},   {"", 1000},
                     {"min", 60e3}, {"h", 3600e3}, {"d", 86400e3}};
        const char *rest;
        double value;

        if (setting_read_number(text, &rest, &value) < 0)
                return -EINVAL;
        for (size_t i = 0; i < ARRAY_LEN(units); i++) {
                if (strcmp(rest, units[i].name) != 0)
                        continue;
                value *= units[i].ms;
                if (value < s->min || value > s->max)
                        return -EINVAL;
                *(uint64_t *)ret = (uint64_t)value;
                return 0;
        }
        return -EINVAL;
}

int setting_bool(const Setting *s, const char *text, void *ret)
{
        static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false",
                                                                                    "off", "0"};

        for (size_t i = 0; i < ARRAY_LEN(yes); i++)
                if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
                        *(bool *)ret = strcasecmp(text, yes[i]) == 0;
                        return 0;
                }
        return -EINVAL;
}

int setting_text(const Setting *s, const char *text, void *ret)
{
        size_t len = strlen(text);

        if (len >= SETTING_TEXT_SIZE || !text_is_utf8(text, len))
                return -EINVAL;
        for (const char *p = text; *p; p++)
                if (iscntrl((unsigned char)*p))
                        return -EINVAL;
        strcpy(ret, text);
        return 0;
}

void settings_default(const Setting *table, size_t n, void *target)
{
        for (size_t i = 0; i < n; i++)
                (void)table[i].parse(&table[i], table[i].fallback,
                                     (char *)target + table[i].offset);
}

/* ---- files ---- */

static void settings_warn(Reader *r, unsigned line, const char *what)
{
        r->n_warnings++;
        if (r->warn)
                r->warn(r->userdata, r->path, line, what);
}

static int settings_take(void *userdata, const char *section, const char *name, const char *value)
{
        Reader *r = userdata;
        const Setting *s;
        char what[160];

        if (r->value[0])
                value = r->value;
        for (size_t i = 0; i < r->n; i++) {
                s = &r->table[i];
                if (strcmp(s->section, section) != 0 || strcmp(s->key, name) != 0)
                        continue;
                if (s->parse(s, value, (char *)r->target + s->offset) < 0) {
                        (void)snprintf(what, sizeof what, "bad value for %s in [%s]", s->key,
                                       s->section);
                        settings_warn(r, r->line, what);
                }
                return 1;
        }
        settings_warn(r, r->line, "no such setting");
        return 1;
}

/* As inih does with a value: without blanks around it, and without a comment after blanks. */
static void settings_trim(char *text)
{
        char *end = text;

        while (*end && !(*end == ';' && end > text && isspace((unsigned char)end[-1])))
                end++;
        while (end > text && isspace((unsigned char)end[-1]))
                end--;
        *end = '\0';
        memmove(text, text + strspn(text, " \t"), strlen(text + strspn(text, " \t")) + 1);
}

static bool settings_is_whole(const char *text)
{
        size_t len = strlen(text);

        return len > 0 && text[len - 1] == '\n';
}

/* The rest of a line that begins in buf: its value goes by inih, which has no room for it. Without
 * a value, or with one that is too long even so, the line is dropped whole: else its rest would be
 * read as a line of its own. */
static void settings_long_line(Reader *r, char *buf)
{
        char *value = strchr(buf, '=');
        size_t n = 0;
        int c = 0;

        if (value) {
                n = (size_t)snprintf(r->value, sizeof r->value, "%s", value + 1);
                value[1] = '\0';
                if (!fgets(r->value + n, (int)(sizeof r->value - n), r->file) ||
                    settings_is_whole(r->value) || feof(r->file)) {
                        settings_trim(r->value);
                        return;
                }
        }
        while (c != EOF && c != '\n')
                c = fgetc(r->file);
        if (!strchr("#;", buf[strspn(buf, " \t")])) /* no comment */
                settings_warn(r, r->line, "line is too long");
        buf[0] = r->value[0] = '\0';
}

/* fgets for inih, which tells its handler no line numbers. */
static char *settings_next_line(char *buf, int size, void *userdata)
{
        Reader *r = userdata;

        r->value[0] = '\0';
        if (!fgets(buf, size, r->file))
                return NULL;
        r->line++;
        if (!settings_is_whole(buf) && strlen(buf) + 1 == (size_t)size)
                settings_long_line(r, buf);
        return buf;
}

static int settings_read_file(Reader *r, const char *path)
{
        int line;

        r->file = fopen(path, "re");
        if (!r->file)
                return errno == ENOENT ? 0 : -errno;
        r->path = path;
        r->line = 0;
        line = ini_parse_stream(settings_next_line, r, settings_take, r);
        (void)fclose(r->file);
        if (line < 0)
                return -ENOMEM;
        if (line > 0)
                settings_warn(r, (unsigned)line, "neither a section nor a setting");
        return 0;
}

static int is_conf(const struct dirent *d)
{
        size_t len = strlen(d->d_name);

        return d->d_name[0] != '.' && len > 5 && strcmp(d->d_name + len - 5, ".conf") == 0;
}

static int settings_read_folder(Reader *r, const char *folder)
{
        struct dirent **names = NULL;
        char path[PATH_MAX];
        int n, result = 0;

        n = scandir(folder, &names, is_conf, alphasort);
        if (n < 0)
                return errno == ENOENT ? 0 : -errno;
        for (int i = 0; i < n; i++) {
                if (snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name) >=
                    (int)sizeof path)
                        result = -ENAMETOOLONG;
                if (result == 0)
                        result = settings_read_file(r, path);
                free(names[i]);
        }
        free(names);
        return result;
}

int settings_read(const Setting *table, size_t n, void *target, const char *path,
                  SettingWarning warn, void *userdata)
{
        Reader r = {.table = table, .n = n, .target = target, .warn = warn, .userdata = userdata};
        char folder[PATH_MAX];
        int result;

        if (snprintf(folder, sizeof folder, "%s.d", path) >= (int)sizeof folder)
                return -ENAMETOOLONG;
        result = settings_read_file(&r, path);
        if (result == 0)
                result = settings_read_folder(&r, folder);
        return result < 0 ? result : r.n_warnings;
}
