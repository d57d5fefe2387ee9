/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "said.h"
#include "out.h"

#include <string.h>

enum { VALUES_MAX = 3, SAID_MAX = 1024 };

/* Their texts with values, each value written %s. tests/check-words looks for them in the source.
 */
static const char *const formats[] = {
        N_("set by hand, %s m"),
        N_("GeoClue, %s m, %s s ago"),
        N_("%s in line %s"),
        N_("word %s of the code is not in the word list; did you mean %s?"),
        N_("word %s of the code is not in the word list; there are: %s"),
        N_("word %s of the code is not in the word list"),
        N_("option %s is not known, not of its type or there twice"),
        N_("%s ended with exit status %s"),
        N_("%s ended with signal %s"),
};

typedef struct Values {
        char text[VALUES_MAX][SAID_MAX];
        size_t n;
} Values;

/* Takes the text apart as the format made it. */
static bool said_match(Values *ret, const char *format, const char *text)
{
        const char *mark, *end;
        size_t len;

        ret->n = 0;
        while ((mark = strstr(format, "%s"))) {
                len = (size_t)(mark - format);
                if (strncmp(text, format, len) != 0 || ret->n == VALUES_MAX)
                        return false;
                text += len;
                format = mark + 2;
                len = strcspn(format, "%");
                end = len > 0 ? memmem(text, strlen(text), format, len) : text + strlen(text);
                if (!end || end == text || end - text >= SAID_MAX)
                        return false;
                (void)snprintf(ret->text[ret->n++], SAID_MAX, "%.*s", (int)(end - text), text);
                text = end;
        }
        return strcmp(text, format) == 0;
}

/* The format is of our catalogue, and the values stand in it in the same order. */
static void said_fill(char ret[static SAID_MAX], const char *format, const Values *v)
{
        size_t used = 0;

        for (size_t i = 0; i < v->n; i++) {
                const char *mark = strstr(format, "%s"), *text = v->text[i];

                if (!mark)
                        break;
                if (strchr(text, ' ')) /* a sentence of huddled's, no word or number */
                        text = _(text);
                (void)snprintf(ret + used, SAID_MAX - used, "%.*s%s", (int)(mark - format), format,
                               text);
                used = strlen(ret);
                format = mark + 2;
        }
        (void)snprintf(ret + used, SAID_MAX - used, "%s", format);
}

static bool said_with_values(char ret[static SAID_MAX], const char *text)
{
        Values values;

        for (size_t i = 0; i < ARRAY_LEN(formats); i++)
                if (said_match(&values, formats[i], text)) {
                        said_fill(ret, _(formats[i]), &values);
                        return true;
                }
        return false;
}

const char *said(const char *text)
{
        const char *whole = text && *text ? _(text) : "", *rest; /* of "" it is the header */
        char built[SAID_MAX];

        if (whole != text || !*whole)
                return shown(whole);
        if (said_with_values(built, text))
                return shown(built);
        rest = strstr(text, ": ");
        if (!rest || !rest[2])
                return shown(text);
        (void)snprintf(built, sizeof built, "%.*s%s", (int)(rest + 2 - text), text, _(rest + 2));
        return shown(built);
}
