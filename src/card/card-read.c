/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-header.h"
#include "card-charset.h"
#include "card-decode.h"
#include "card-lines.h"
#include "card-media.h"
#include "card-normal.h"
#include "card-source.h"
#include "card-whole.h"
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
        [CARD_E_UNENDED] = N_("the vCard has no end (END:VCARD is missing)"),
        [CARD_E_CHARSET] = N_("the vCard is in a character set that cannot be told"),
        [CARD_E_VERSION] = N_("the vCard is of a version that is not known (2.1, 3.0 and 4.0 are)"),
        [CARD_E_NO_NAME] = N_("the vCard names nobody"),
        [CARD_E_GROUPS] = N_("there are only lists of people in it, and no person"),
};

/* One property while it is read. */
typedef struct Reading {
        CardHeader header;
        int loss; /* CardLoss if the value yields nothing, or NO_LOSS */
} Reading;

/* ---- property ------------------------------------------------------------------------------- */

/* The charset that the property names. A text that is Unicode as a whole cannot be in another, but
 * what is encoded in it can. */
static const char *read_charset(const CardHeader *h)
{
        return *h->charset && (h->encoding != CARD_ENCODING_NONE || !h->is_unicode) ? h->charset
                                                                                    : NULL;
}

/* Decodes quoted-printable. Blanks at the begin of its lines are text, unless one stands within a
 * letter: then the lines were folded, and they go. */
static int read_decode_qp(const CardHeader *h, char *bytes, size_t *len)
{
        _cleanup_free_ char *kept = NULL;
        size_t n = *len;
        int r;

        if (!memchr(bytes, CARD_LINES_BLANK, n)) {
                *len = card_decode_qp(bytes, n);
                return 0;
        }
        kept = malloc(n);
        if (!kept)
                return -ENOMEM;
        memcpy(kept, bytes, n);
        r = card_decode_folded(kept, &n, ' ') ? card_decode_fits(read_charset(h), kept, n) : 0;
        if (r > 0)
                memcpy(bytes, kept, n);
        else {
                n = *len;
                (void)card_decode_folded(bytes, &n, '\0');
        }
        *len = n;
        return MIN(r, 0);
}

static int read_media_loss(Reading *r, const char *text)
{
        CardLoss why;
        int err = card_media_loss(text, &why);

        if (err == 0)
                r->loss = why;
        return err;
}

static int read_property_value(Reading *r, char *bytes, size_t len)
{
        CardHeader *h = &r->header;
        CardKind kind = card_rule(h->property.name)->kind;
        _cleanup_free_ char *text = NULL;
        CardRaw raw = {.version = h->version, .max = h->how->max};
        int err;

        r->loss = len == 0             ? NO_LOSS
                  : kind == CARD_MEDIA ? (int)CARD_LOSS_MEDIA
                  : kind == CARD_DATE  ? (int)CARD_LOSS_DATE
                                       : NO_LOSS;
        if (h->encoding == CARD_ENCODING_QP) {
                err = read_decode_qp(h, bytes, &len);
                if (err)
                        return err;
        }
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
        err = card_decode_charset(&text, &raw.len, read_charset(h), h->how, bytes, len);
        if (err)
                return err;
        raw.value = text;
        err = card_normal_value(&h->property, &raw);
        if (err == 0 && !h->property.value && r->loss == CARD_LOSS_MEDIA)
                err = read_media_loss(r, text);
        return err;
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
        bool is_unicode; /* the whole text, by its byte order mark */
        bool open;       /* the last text may continue in this line */
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
        Reading r = {.header = {.version = b->version,
                                .how = b->how,
                                .is_unicode = b->is_unicode,
                                .encoding = b->encoding}};
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
        Reading r = {.header = {.version = b->version, .how = b->how, .is_unicode = b->is_unicode},
                     .loss = NO_LOSS};
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
static int read_find_version(unsigned *ret, CardLines *from, bool strict)
{
        CardLines l;
        int r;

        r = card_lines_init(&l, from->next, (size_t)(from->end - from->next));
        if (r)
                return r;
        l.indent = from->indent;
        *ret = DEFAULT_VERSION;
        while (card_lines_next(&l) && !card_lines_is(&l, "END", "VCARD") &&
               !card_lines_is(&l, "BEGIN", "VCARD")) {
                if (!card_lines_is_named(&l, "VERSION"))
                        continue;
                *ret = strict ? 40 * card_lines_is(&l, "VERSION", "4.0") : read_version_number(&l);
                break;
        }
        if (*ret == 0)
                from->first_line = from->line + l.first_line;
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

/* Whether the line is AGENT, with or without parameters. */
static bool read_is_agent(const CardLines *l)
{
        static const char agent[] = "AGENT";
        size_t len = sizeof agent - 1;

        return l->colon < l->len && l->colon >= len && strncasecmp(l->buf, agent, len) == 0 &&
               (l->colon == len || l->buf[len] == ';');
}

/* Whether the card before a BEGIN has lost its END. A card that stands within another is followed
 * by more of that: a property, or a second END. */
static int read_is_unended(const CardLines *from, bool *ret)
{
        CardLines l;
        int r = card_lines_init(&l, from->next, (size_t)(from->end - from->next));

        if (r)
                return r;
        l.indent = from->indent;
        *ret = true;
        while (card_lines_next(&l) && !card_lines_is(&l, "BEGIN", "VCARD"))
                if (card_lines_is(&l, "END", "VCARD")) {
                        *ret = !card_lines_next(&l) || card_lines_is(&l, "BEGIN", "VCARD");
                        break;
                }
        card_lines_done(&l);
        return 0;
}

/* At a BEGIN inside a card. CARD_E_UNENDED: the card ends before it. */
static int read_begin_inside(CardLines *l, bool after_agent)
{
        bool unended = false;
        int r = after_agent ? 0 : read_is_unended(l, &unended);

        if (r || !unended)
                return r;
        card_lines_back(l);
        l->first_line = MAX(l->line, 1U);
        return CARD_E_UNENDED;
}

/* Reads from behind BEGIN to END; cards inside (AGENT) are skipped. */
static int read_properties(Body *b, CardLines *l)
{
        unsigned depth = 1;
        bool after_agent = false;
        int r = 0;

        while (r == 0 && depth > 0 && card_lines_next(l)) {
                bool agent = card_lines_is(l, "AGENT", "BEGIN:VCARD");

                if (agent && depth == 1)
                        read_tell_loss(b->how, l->first_line, "AGENT", CARD_LOSS_OTHERS);
                if (!agent && depth == 1 && card_lines_is(l, "BEGIN", "VCARD"))
                        r = read_begin_inside(l, after_agent);
                if (agent || card_lines_is(l, "BEGIN", "VCARD"))
                        depth++;
                else if (card_lines_is(l, "END", "VCARD"))
                        depth--;
                else if (depth == 1) {
                        after_agent = read_is_agent(l);
                        r = read_content_line(b, l);
                }
        }
        if (r || depth == 0)
                return r;
        l->first_line = l->line;
        return CARD_E_UNENDED;
}

static int read_one_card(Body *b, CardLines *l, bool strict)
{
        int r;

        if (!read_find_begin(l))
                return CARD_E_NO_CARD;
        r = read_find_version(&b->version, l, strict);
        if (r)
                return r;
        l->keep_fold_space = b->version == 21;
        r = read_properties(b, l);
        if (r == 0)
                r = card_whole(b->card, b->how);
        return r;
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
        Body body = {.card = c, .how = how};
        CardSource source;
        CardLines lines;
        int r;

        if (!c)
                return -ENOMEM;
        if (how->charset && !card_charset(how->charset))
                return -EINVAL;
        if (strict && !text_is_utf8(bytes, looked_at))
                return CARD_E_CHARSET;
        r = card_source_open(&source, bytes, looked_at);
        if (r)
                return r;
        r = card_lines_init(&lines, source.text, source.len);
        body.is_unicode = source.is_unicode || how->unicode;
        if (r == 0)
                r = read_one_card(&body, &lines, strict);
        if ((r == CARD_E_UNENDED || r == CARD_E_NO_CARD) && lines.next == lines.end &&
            len > looked_at)
                r = CARD_E_TOO_LARGE;
        if (ret_used && r >= 0)
                *ret_used = card_source_used(&source, lines.next);
        if (ret_line && r >= 0) /* on success, where a caller misses something: its last line */
                *ret_line = r == CARD_E_NO_CARD ? 0 : lines.first_line;
        card_lines_done(&lines);
        card_source_done(&source);
        if (r == 0)
                *ret = TAKE_PTR(c);
        return r;
}
