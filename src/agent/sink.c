/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sink.h"
#include "src/base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sink_end(Sink *s, int r, const char *text)
{
        assert(r >= 0);
        if (r >= 0)
                s->trouble[0] = '\0';
        s->done(s->userdata, r, text);
}

void sink_fail(Sink *s, int r, const char *format, ...)
{
        char trouble[2 * sizeof s->trouble];
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(trouble, sizeof trouble, format, ap);
        va_end(ap);
        text_for_terminal(s->trouble, sizeof s->trouble, trouble);
        s->done(s->userdata, r, NULL);
}

Sink *sink_free(Sink *s)
{
        char *place = s ? s->place : NULL;

        if (s)
                s->ops->free(s);
        free(place);
        return NULL;
}

void sink_uid(char ret[SINK_UID_SIZE], const char *person)
{
        assert(strlen(person) >= 32);
        (void)snprintf(ret, SINK_UID_SIZE, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", person, person + 8,
                       person + 12, person + 16, person + 20);
}
