/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ungroup.h"
#include "lines.h"
#include "list.h"

#include <string.h>
#include <strings.h>

/* How long the group of a line is in its flat text, with the dot. */
static size_t group_span(const Line *line)
{
        size_t len = strcspn(line->flat, ".;:");

        return line->flat[len] == '.' ? len + 1 : 0;
}

/* Whether a label has a line to label. */
static bool label_is_used(const Lines *l, const Line *label)
{
        size_t span = group_span(label);

        for (size_t i = 0; i < l->n; i++) {
                const Line *line = &l->list[i];

                if (!line_is_label(line) && !list_is(line->name) && group_span(line) == span &&
                    strncasecmp(line->flat, label->flat, span) == 0)
                        return true;
        }
        return false;
}

/* The line as it shall be; NULL: as it is. */
static const char *ungrouped(const Lines *l, const Line *line)
{
        if (list_is(line->name))
                return group_span(line) > 0 ? line->flat + group_span(line) : NULL;
        return line_is_label(line) && !label_is_used(l, line) ? "" : NULL;
}

/* From the last line to the first, so that the offsets of those before stay. */
int ungroup_lists(char **ret, const char *text)
{
        _cleanup_(lines_done) Lines l = {0};
        _cleanup_free_ char *new = strdup(text);
        int r = new ? lines_read(&l, text) : -ENOMEM;

        for (size_t i = l.n; r == 0 && i-- > 0;) {
                const char *flat = ungrouped(&l, &l.list[i]);

                if (flat)
                        r = line_replace(&new, &l.list[i], flat);
        }
        if (r == 0)
                *ret = TAKE_PTR(new);
        return r;
}
