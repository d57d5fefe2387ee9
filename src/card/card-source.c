/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-source.h"
#include "card-charset.h"
#include "src/base/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct SourceForm {
        const char *mark;
        size_t mark_len;
        unsigned unit;
        size_t first; /* index of the byte of the first unit that is not NUL in ASCII */
        CardCharset charset;
} SourceForm;

/* UTF-32 first: its mark begins like that of UTF-16. */
static const SourceForm forms[] = {
        {"\xff\xfe\0", 4, 4, 0, {"", "UTF-32LE", CARD_CHARSET_BYTES}},
        {"\0\0\xfe\xff", 4, 4, 3, {"", "UTF-32BE", CARD_CHARSET_BYTES}},
        {"\xff\xfe", 2, 2, 0, {"", "UTF-16LE", CARD_CHARSET_BYTES}},
        {"\xfe\xff", 2, 2, 1, {"", "UTF-16BE", CARD_CHARSET_BYTES}},
};

static bool source_has_mark(const SourceForm *form, const char *bytes, size_t len)
{
        return len >= form->mark_len && memcmp(bytes, form->mark, form->mark_len) == 0;
}

/* Whether the first letter is one of ASCII in this form. */
static bool source_begins_in(const SourceForm *form, const char *bytes, size_t len)
{
        if (len < form->unit)
                return false;
        for (size_t i = 0; i < form->unit; i++)
                if ((bytes[i] != '\0') != (i == form->first))
                        return false;
        return true;
}

static const SourceForm *source_form(const char *bytes, size_t len)
{
        for (size_t i = 0; i < ARRAY_LEN(forms); i++)
                if (source_has_mark(&forms[i], bytes, len))
                        return &forms[i];
        for (size_t i = 0; i < ARRAY_LEN(forms); i++)
                if (source_begins_in(&forms[i], bytes, len))
                        return &forms[i];
        return NULL;
}

/* Skips byte order marks of UTF-8: some programs write one before each that they find. */
static void source_skip_marks(CardSource *s)
{
        while (s->len >= 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0) {
                s->text += 3;
                s->len -= 3;
                s->mark += 3;
                s->is_unicode = true;
        }
}

static int source_convert(CardSource *s, const SourceForm *form)
{
        while (source_has_mark(form, s->text, s->len)) {
                s->text += form->mark_len;
                s->len -= form->mark_len;
                s->mark += form->mark_len;
        }
        s->unit = form->unit;
        s->is_unicode = true;
        return card_charset_convert(&s->copy, &s->len, &form->charset, false, s->text,
                                    s->len - s->len % form->unit);
}

int card_source_open(CardSource *ret, const char *bytes, size_t len)
{
        CardSource s = {.text = bytes, .len = len, .unit = 1};
        const SourceForm *form;
        int r = 0;

        source_skip_marks(&s);
        form = source_form(s.text, s.len);
        if (form) {
                r = source_convert(&s, form);
                s.text = s.copy;
        }
        if (r == 0)
                *ret = s;
        return r;
}

void card_source_done(CardSource *s)
{
        free(s->copy);
        *s = (CardSource){0};
}

size_t card_source_used(const CardSource *s, const char *place)
{
        size_t used = 0;
        uint32_t c;

        if (s->unit == 1)
                return s->mark + (size_t)(place - s->text);
        for (const char *t = s->text; t < place; t += text_char(&c, t, 4))
                used += s->unit == 4 || (unsigned char)*t >= 0xf0 ? 4 : 2;
        return s->mark + used;
}
