/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-header.h"
#include "card-decode.h"
#include "card-lines.h"
#include "card-normal.h"
#include "src/base/language.h"
#include "src/base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
        DEFAULT_VERSION = 30, /* where the card names none */
        JOINED_MAX = 256,     /* lines added to texts; each addition copies the text */
        NO_LOSS = -1,
};

static const char *const complaints[] = {
        [CARD_E_TOO_LARGE] = N_("the card is too large"),
        [CARD_E_NO_CARD] = N_("there is no vCard in it"),
        [CARD_E_SYNTAX] = N_("the vCard is broken"),
        [CARD_E_CHARSET] = N_("the vCard is in a character set that cannot be told"),
        [CARD_E_VERSION] = N_("the vCard is of a version that is not known (2.1, 3.0 and 4.0 are)"),
        [CARD_E_NO_NAME] = N_("the vCard names nobody"),
};

/* One property while it is read. */
typedef struct Reading {
        CardHeader header;
        int loss; /* CardLoss if the value yields nothing, or NO_LOSS */
} Reading;

/* ---- property ------------------------------------------------------------------------------- */

static int read_property_value(Reading *r, char *bytes, size_t len)
{
        CardHeader *h = &r->header;
        CardKind kind = card_rule(h->property.name)->kind;
        _cleanup_free_ char *text = NULL;
        CardRaw raw = {.version = h->version, .max = h->how->max};
        int err;

        r->loss = kind == CARD_MEDIA && len > 0 ? CARD_LOSS_MEDIA : NO_LOSS;
        if (h->encoding == CARD_ENCODING_QP)
                len = card_decode_qp(bytes, len);
        if (h->encoding == CARD_ENCODING_BASE64) {
                r->loss = len > 0 ? CARD_LOSS_BASE64 : NO_LOSS;
                if (!card_decode_base64(bytes, &len))
                        return 0;
                raw.binary = kind == CARD_MEDIA || kind == CARD_OTHER;
        }
        if (raw.binary) {
                raw.value = bytes;
                raw.len = len;
                return card_normal_value(&h->property, &raw);
        }
        err = card_decode_charset(&text, &raw.len, *h->charset ? h->charset : NULL, h->how, bytes,
                                  len);
        if (err)
                return err;
        raw.value = text;
        return card_normal_value(&h->property, &raw);
}

/* Properties of the text, not of the person; they are written anew. */
static bool is_about_itself(const char *name)
{
        return strcmp(name, "VERSION") == 0 || strcmp(name, "BEGIN") == 0 ||
               strcmp(name, "END") == 0;
}

static void read_tell_loss(const CardReading *how, unsigned line, const char *property,
                           CardLoss why)
{
        if (how->lost)
                how->lost(how->userdata, line, property, why);
}

static int read_keep_property(Card *c, Reading *r, char *bytes, size_t len)
{
        CardProperty *p = &r->header.property;
        int err = card_normal_params(p);

        if (err == 0)
                err = read_property_value(r, bytes, len);
        if (err || !p->value)
                return err;
        r->loss = NO_LOSS;
        return card_add_each(c, p);
}

/* CARD_E_SYNTAX: the line is no property; r has its name if it has one. */
static int read_property(Card *c, CardLines *l, Reading *r)
{
        CardHeader *h = &r->header;
        int err = l->colon == l->len ? CARD_E_SYNTAX : card_header_read(h, l->buf, l->colon);

        if (err)
                return err;
        if (!card_is_dropped(h->property.name))
                err = read_keep_property(c, r, l->buf + l->colon + 1, l->len - l->colon - 1);
        else if (!is_about_itself(h->property.name))
                r->loss = strcmp(h->property.name, "AGENT") == 0 ? CARD_LOSS_OTHERS
                                                                 : CARD_LOSS_ORIGIN;
        if (err == 0 && r->loss != NO_LOSS)
                read_tell_loss(h->how, l->first_line, h->property.name, (CardLoss)r->loss);
        return err;
}

/* ---- lines that are none -------------------------------------------------------------------- */

/* A card that is being read, with the encoding of the last property. */
typedef struct Body {
        Card *card;
        unsigned version;
        CardReading *how;
        bool open; /* the last text may continue in this line */
        CardEncoding encoding;
        char charset[sizeof((CardHeader *)NULL)->charset];
        unsigned joined;
} Body;

/* Whether the value may have several lines, which some exporters do not escape: NOTE, LABEL. */
static bool read_is_open(const CardProperty *p)
{
        const CardRule *rule = card_rule(p->name);

        return rule->kind == CARD_TEXT && rule->lines;
}

/* Appends a line to the last text and decodes it in the same way. */
static int read_continue_text(Body *b, CardLines *l)
{
        CardProperty *text = &b->card->properties.list[b->card->properties.n - 1];
        Reading r = {.header = {.version = b->version, .how = b->how, .encoding = b->encoding}};
        CardProperty *line = &r.header.property;
        char *joined = NULL;
        int err;

        memcpy(r.header.charset, b->charset, sizeof b->charset);
        line->name = strdup("NOTE");
        err = line->name ? read_property_value(&r, l->buf, l->len) : -ENOMEM;
        if (err == 0 && line->value) {
                size_t max = b->how->max ? b->how->max : (size_t)CARD_VALUE_MAX;

                if (strlen(text->value) + strlen(line->value) + 2 > max)
                        err = CARD_E_TOO_LARGE;
                else if (asprintf(&joined, "%s\\n%s", text->value, line->value) < 0)
                        err = -ENOMEM;
        }
        card_property_done(line);
        if (err || !joined)
                return err;
        return card_property_change(text, joined);
}

static int read_content_line(Body *b, CardLines *l)
{
        Reading r = {.header = {.version = b->version, .how = b->how}, .loss = NO_LOSS};
        const char *name;
        size_t before = b->card->properties.n;
        int err = read_property(b->card, l, &r);

        name = r.header.property.name;
        if (err == CARD_E_SYNTAX && b->how->forgiving) {
                if (!name && b->open && b->joined++ < JOINED_MAX)
                        err = read_continue_text(b, l);
                else {
                        read_tell_loss(b->how, l->first_line, name ? name : "", CARD_LOSS_SYNTAX);
                        err = 0;
                }
        } else if (err == 0) {
                b->open = b->card->properties.n > before &&
                          read_is_open(&b->card->properties.list[b->card->properties.n - 1]);
                b->encoding = r.header.encoding;
                memcpy(b->charset, r.header.charset, sizeof b->charset);
        }
        card_property_done(&r.header.property);
        return err;
}

/* ---- card ----------------------------------------------------------------------------------- */

/* Only the first digit counts: some write 3, or 2.0. */
static unsigned read_version_number(const CardLines *l)
{
        size_t len;
        const char *value = card_lines_value(l, &len);

        if (len == 0 || (len > 1 && !memchr(". \t", value[1], 3)))
                return 0;
        return value[0] == '2' ? 21 : value[0] == '3' ? 30 : value[0] == '4' ? 40 : 0;
}

/* Finds the VERSION line, wherever it is; *ret is 0 for an unknown version. */
static int read_find_version(unsigned *ret, const CardLines *from, bool strict)
{
        CardLines l;
        int r;

        r = card_lines_init(&l, from->next, (size_t)(from->end - from->next));
        if (r)
                return r;
        *ret = DEFAULT_VERSION;
        while (card_lines_next(&l) && !card_lines_is(&l, "END", "VCARD") &&
               !card_lines_is(&l, "BEGIN", "VCARD")) {
                if (!card_lines_is_named(&l, "VERSION"))
                        continue;
                *ret = strict ? 40 * card_lines_is(&l, "VERSION", "4.0") : read_version_number(&l);
                break;
        }
        card_lines_done(&l);
        return *ret == 0 || (strict && *ret != 40) ? CARD_E_VERSION : 0;
}

static bool read_find_begin(CardLines *l)
{
        while (card_lines_next(l))
                if (card_lines_is(l, "BEGIN", "VCARD"))
                        return true;
        return false;
}

/* Reads from behind BEGIN to END; cards inside (AGENT) are skipped. */
static int read_properties(Card *c, CardLines *l, unsigned version, CardReading *how)
{
        Body b = {.card = c, .version = version, .how = how};
        unsigned depth = 1;

        while (card_lines_next(l)) {
                bool agent = card_lines_is(l, "AGENT", "BEGIN:VCARD");
                int r = 0;

                if (agent && depth == 1)
                        read_tell_loss(how, l->first_line, "AGENT", CARD_LOSS_OTHERS);
                if (agent || card_lines_is(l, "BEGIN", "VCARD"))
                        depth++;
                else if (card_lines_is(l, "END", "VCARD"))
                        depth--;
                else if (depth == 1)
                        r = read_content_line(&b, l);
                if (r)
                        return r;
                if (depth == 0)
                        return 0;
        }
        l->first_line = l->line;
        return CARD_E_SYNTAX;
}

static int read_one_card(Card *c, CardLines *l, bool strict, CardReading *how)
{
        unsigned version, sorting = 0;
        int r;

        if (!read_find_begin(l))
                return CARD_E_NO_CARD;
        r = read_find_version(&version, l, strict);
        if (r)
                return r;
        l->keep_fold_space = version == 21;
        r = read_properties(c, l, version, how);
        if (r == 0)
                r = card_normal_merge(c, &sorting);
        for (; r == 0 && sorting > 0; sorting--)
                read_tell_loss(how, 0, "SORT-STRING", CARD_LOSS_SORTING);
        return r;
}

/* The text of a file in UTF-8; copy owns it where it was converted. */
typedef struct Source {
        char *copy;
        const char *text;
        size_t len;
        size_t mark; /* bytes of byte order mark */
        bool utf16;
} Source;

static int read_source_open(Source *ret, const char *bytes, size_t len)
{
        const unsigned char *b = (const unsigned char *)bytes;
        bool big = len >= 2 && ((b[0] == 0xfe && b[1] == 0xff) || (b[0] == 0 && b[1] != 0));
        bool little = len >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] != 0 && b[1] == 0));
        Source s = {.text = bytes, .len = len, .utf16 = big || little};
        int r = 0;

        if (len >= 2 && ((b[0] == 0xfe && b[1] == 0xff) || (b[0] == 0xff && b[1] == 0xfe)))
                s.mark = 2;
        else if (len >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0)
                s.mark = 3;
        s.text += s.mark;
        s.len -= s.mark;
        if (s.utf16) {
                r = card_decode_utf16(&s.copy, &s.len, big, s.text, s.len & ~(size_t)1);
                s.text = s.copy;
        }
        if (r == 0)
                *ret = s;
        return r;
}

/* Number of bytes of the file before a place in the text. */
static size_t read_source_used(const Source *s, const char *place)
{
        size_t used = 0;
        uint32_t c;

        if (!s->utf16)
                return s->mark + (size_t)(place - s->text);
        for (const char *t = s->text; t < place; t += text_char(&c, t, 4))
                used += (unsigned char)*t >= 0xf0 ? 4 : 2;
        return s->mark + used;
}

const char *card_complaint(int outcome)
{
        assert(outcome > 0 && outcome < (int)ARRAY_LEN(complaints));
        return complaints[outcome];
}

int card_read(Card **ret, const char *bytes, size_t len, bool strict, CardReading *how,
              size_t *ret_used, unsigned *ret_line)
{
        _cleanup_(card_freep) Card *c = calloc(1, sizeof *c);
        size_t looked_at = MIN(len, how->max ? how->max : (size_t)CARD_TEXT_MAX);
        Source source;
        CardLines lines;
        int r;

        if (!c)
                return -ENOMEM;
        if (how->charset && !card_charset_known(how->charset))
                return -EINVAL;
        if (strict && !text_is_utf8(bytes, looked_at))
                return CARD_E_CHARSET;
        r = read_source_open(&source, bytes, looked_at);
        if (r)
                return r;
        r = card_lines_init(&lines, source.text, source.len);
        if (r == 0)
                r = read_one_card(c, &lines, strict, how);
        if ((r == CARD_E_SYNTAX || r == CARD_E_NO_CARD) && lines.next == lines.end &&
            len > looked_at)
                r = CARD_E_TOO_LARGE;
        if (ret_used && r >= 0)
                *ret_used = read_source_used(&source, lines.next);
        if (ret_line && r > 0)
                *ret_line = lines.first_line;
        card_lines_done(&lines);
        free(source.copy);
        if (r == 0)
                *ret = TAKE_PTR(c);
        return r;
}
