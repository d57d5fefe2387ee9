/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dialect.h"
#include "lines.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A date without its year, or a link to a card, is nothing that these programs can read there. */
static bool dialect_is_plain(const Line *line)
{
        return strcasestr(line->flat, "X-APPLE-OMIT-YEAR") || strncmp(line->value, "--", 2) == 0 ||
               strncmp(line->value, "urn:", 4) == 0;
}

/* The line under that name, without parameters that say the same. *ret is new. */
static int dialect_line(char **ret, const Line *line, const char *name)
{
        _cleanup_free_ char *group = line_group(line);

        if (!group)
                return -ENOMEM;
        return asprintf(ret, "%s%s%s:%s", group, *group ? "." : "", name, line->value) < 0 ? -ENOMEM
                                                                                           : 0;
}

static int dialect_write_line(char **text, const Line *line, const char *name)
{
        _cleanup_free_ char *flat = NULL;
        int r = dialect_line(&flat, line, name);

        return r < 0 ? r : line_replace(text, line, flat);
}

int dialect_write(char **ret, const char *text, CardDialect dialect)
{
        _cleanup_free_ char *written = strdup(text);
        _cleanup_(lines_done) Lines l = {0};
        int r = written ? lines_read(&l, text) : -ENOMEM;

        for (size_t i = l.n; r == 0 && i-- > 0;) {
                const Line *line = &l.list[i];
                const char *name = card_dialect_name(dialect, line->name, line->flat);

                if (name && !dialect_is_plain(line))
                        r = dialect_write_line(&written, line, name);
        }
        if (r == 0)
                *ret = TAKE_PTR(written);
        return r;
}
