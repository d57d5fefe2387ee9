/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bound.h"
#include "lines.h"
#include "picture.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct Limit {
        const char *name; /* a name that ends with a dash is a prefix; NULL: any other property */
        unsigned count;
        size_t len;
        bool inline_only; /* left out unless its value is a data: URI */
} Limit;

/* The first match counts. */
static const Limit limits[] = {
        {"ADR", 8, BOUND_TEXT_MAX, false},
        {"CATEGORIES", 0, 0, false}, /* would put the entry into groups of the user's */
        {"CLIENTPIDMAP", 0, 0, false},
        {"EMAIL", 20, BOUND_TEXT_MAX, false},
        {"FN", 1, BOUND_NAME_MAX, false},
        {"IMPP", 10, BOUND_TEXT_MAX, false},
        {"KEY", 2, 16 * 1024, true},
        {"LOGO", 1, 128 * 1024, true},
        {"MEMBER", 0, 0, false}, /* belongs to a list of people */
        {"N", 1, 2 * BOUND_NAME_MAX, false},
        {"NOTE", 1, BOUND_NOTE_MAX, false},
        {"PHOTO", 1, CARD_VALUE_MAX, true},
        {"REV", 0, 0, false}, /* dates the card, not the entry */
        {"SOUND", 0, 0, false},
        {"SOURCE", 0, 0, false}, /* would make programs fetch the entry again from there */
        {"TEL", 20, BOUND_TEXT_MAX, false},
        {"UID", 1, BOUND_TEXT_MAX, false},
        {"URL", 10, BOUND_TEXT_MAX, false},
        {"VERSION", 1, 8, false},
        {"X-ABADR", 8, BOUND_NAME_MAX, false},
        {"X-ABLABEL", 30, BOUND_NAME_MAX, false}, /* of values that have their own limits */
        {"X-ADDRESSBOOKSERVER-", 0, 0, false},
        {"X-EVOLUTION-", 0, 0, false},
        {"X-HUDDLE-", 0, 0, false},
        {"X-KADDRESSBOOK-", 0, 0, false},
        {"X-MOZILLA-", 0, 0, false},
        {"X-RADICALE-", 0, 0, false},
        {"XML", 0, 0, false},
        {NULL, 4, BOUND_TEXT_MAX, false},
};

static const Limit *bound_limit(const char *name)
{
        const Limit *l = limits;

        for (; l->name; l++) {
                size_t len = strlen(l->name);

                if (l->name[len - 1] == '-' ? strncmp(name, l->name, len) == 0
                                            : strcmp(name, l->name) == 0)
                        break;
        }
        return l;
}

static bool is_group_kind(const Line *line)
{
        return strcmp(line->name, "KIND") == 0 && strcasecmp(line->value, "group") == 0;
}

static unsigned bound_count_before(const Lines *l, size_t i)
{
        unsigned n = 0;

        for (size_t k = 0; k < i; k++)
                n += strcmp(l->list[k].name, l->list[i].name) == 0;
        return n;
}

/* Returns how many bytes of the name to keep. Never cuts inside a character or an escape. */
static size_t bound_name(const char *value)
{
        size_t len = 0, step = 1;
        uint32_t c;

        for (; value[len]; len += step) {
                step = value[len] == '\\' && value[len + 1]
                               ? 2
                               : MAX(text_char(&c, value + len, strlen(value + len)), (size_t)1);
                if (len + step > BOUND_NAME_MAX)
                        break;
        }
        return len;
}

/* Length of the character at s if it changes the direction of the text behind it (UAX 9:
 * embeddings, overrides, isolates), else 0. */
static size_t direction_at(const char *s)
{
        const unsigned char *b = (const unsigned char *)s;
        bool general = b[0] == 0xe2 && (b[1] == 0x80 || b[1] == 0x81);

        if (!general)
                return 0;
        return b[1] == 0x80 ? (b[2] >= 0xaa && b[2] <= 0xae ? 3 : 0)
                            : (b[2] >= 0xa6 && b[2] <= 0xa9 ? 3 : 0);
}

/* Returns false if the line had to be cut. */
static bool bound_put_line(FILE *to, const Line *line)
{
        size_t len = strlen(line->value),
               room = strcmp(line->name, "FN") == 0 ? bound_name(line->value) : len;

        for (const char *s = line->flat; s < line->value + room;) {
                size_t skip = direction_at(s);

                if (skip == 0)
                        (void)fputc(*s++, to);
                s += skip;
        }
        (void)fputs("\r\n", to);
        return room == len;
}

/* ---- pictures and links --------------------------------------------------------------------- */

static bool bound_is_picture(const Line *line)
{
        return strcmp(line->name, "PHOTO") == 0 || strcmp(line->name, "LOGO") == 0;
}

/* Whether the picture in a data: URI is one that every program can show. */
static bool bound_is_good_picture(const char *uri)
{
        const char *base64 = strstr(uri, ";base64,");
        size_t size = strlen(uri), len = 0;
        _cleanup_free_ uint8_t *bytes = base64 ? malloc(size) : NULL;
        const char *text = base64 ? base64 + strlen(";base64,") : NULL;

        return bytes &&
               sodium_base642bin(bytes, size, text, strlen(text), " \\", &len, NULL,
                                 sodium_base64_VARIANT_ORIGINAL) == 0 &&
               picture_is_bounded(bytes, len);
}

/* Schemes that make a program run or open something on the user's computer. */
static const char *const bad_schemes[] = {
        "about",      "blob",  "chrome",   "data",        "desktop",     "file",
        "filesystem", "help",  "info",     "jar",         "javascript",  "man",
        "mk",         "moz",   "res",      "resource",    "search-ms",   "shell",
        "smb",        "trash", "vbscript", "view-source", "vnd.android",
};
/* What a web page's address may begin with. */
static const char *const web_schemes[] = {"http", "https"};
/* Values that no program takes for a link as a whole. */
static const char *const plain_texts[] = {
        "ADR",  "FN",   "N",       "NICKNAME", "NOTE",      "ORG",      "ROLE",      "TITLE",
        "KEY",  "LOGO", "PHOTO",   "TZ",       "GENDER",    "BDAY",     "LANG",      "HOBBY",
        "KIND", "UID",  "VERSION", "RELATED",  "EXPERTISE", "INTEREST", "X-ABLABEL", "X-ABADR",
};

static bool is_among(const char *text, const char *const *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(list[i], text) == 0)
                        return true;
        return false;
}

/* The scheme of a URI in small letters, "?" in place of what no scheme has; empty if there is none.
 * Blanks and backslashes in it do not count: browsers drop the first, and vCard escapes with the
 * other. */
static void bound_scheme(char ret[32], const char *value)
{
        size_t n = 0, len = strcspn(value, ":/?#");

        for (size_t i = 0; value[len] == ':' && i < len && n < 31; i++) {
                unsigned char c = (unsigned char)value[i];

                if (c <= ' ' || c == 0x7f || c == '\\')
                        continue;
                if (c >= 'A' && c <= 'Z')
                        c = (unsigned char)(c + ('a' - 'A'));
                ret[n++] = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("+-.", c)
                                   ? (char)c
                                   : '?';
        }
        ret[n] = '\0';
}

static bool bound_is_good_link(const Line *line)
{
        char scheme[32];

        bound_scheme(scheme, line->value);
        if (!*scheme || is_among(line->name, plain_texts, ARRAY_LEN(plain_texts)))
                return true;
        if (strcmp(line->name, "URL") == 0 && !strchr(scheme, '.')) /* "a.example:80" has none */
                return is_among(scheme, web_schemes, ARRAY_LEN(web_schemes));
        return !is_among(scheme, bad_schemes, ARRAY_LEN(bad_schemes)) &&
               strncmp(scheme, "ms-", 3) != 0;
}

/* ---- a card --------------------------------------------------------------------------------- */

static bool bound_is_wanted(BoundLoss *loss, const Lines *l, size_t i)
{
        const Line *line = &l->list[i];
        const Limit *limit = bound_limit(line->name);

        if (strcmp(line->name, "FN") == 0)
                return bound_count_before(l, i) == 0;
        if (bound_count_before(l, i) >= limit->count || strlen(line->value) > limit->len ||
            is_group_kind(line) || (limit->inline_only && strncmp(line->value, "data:", 5) != 0))
                return false;
        if (bound_is_picture(line) && !bound_is_good_picture(line->value)) {
                loss->pictures++;
                return false;
        }
        if (!bound_is_good_link(line)) {
                loss->links++;
                return false;
        }
        return true;
}

static int bound_write(FILE *to, BoundLoss *loss, const Lines *l)
{
        unsigned n = 0;

        (void)fputs("BEGIN:VCARD\r\n", to);
        for (size_t i = 0; i < l->n; i++) {
                if (n >= BOUND_LINES_MAX || !bound_is_wanted(loss, l, i))
                        loss->values++;
                else {
                        loss->values += !bound_put_line(to, &l->list[i]);
                        n++;
                }
        }
        (void)fputs("END:VCARD\r\n", to);
        return ferror(to) ? -ENOMEM : 0;
}

int card_bound(Card **ret, BoundLoss *ret_loss, const Card *c)
{
        _cleanup_free_ char *text = NULL, *bounded = NULL;
        _cleanup_(lines_done) Lines l = {0};
        BoundLoss loss = {0};
        size_t len;
        FILE *to;
        int r = card_write(&text, &len, c, CARD_V40);

        if (r == 0)
                r = lines_read(&l, text);
        if (r != 0)
                return r;
        to = open_memstream(&bounded, &len);
        if (!to)
                return -ENOMEM;
        r = bound_write(to, &loss, &l);
        if (fclose(to) != 0 && r == 0)
                r = -ENOMEM;
        if (r == 0)
                r = card_parse(ret, bounded, len, NULL, NULL);
        if (r == 0)
                *ret_loss = loss;
        return r;
}

/* Cuts a card of any version before it is parsed. Lets through at least what bound_write keeps. */
static int bound_write_cut(FILE *to, unsigned *ret_left_out, const Lines *l)
{
        unsigned counts[ARRAY_LEN(limits)] = {0}, left_out = 0;

        (void)fputs("BEGIN:VCARD\r\n", to);
        for (size_t i = 0; i < l->n; i++) {
                const Line *line = &l->list[i];
                const Limit *limit = bound_limit(line->name);
                unsigned max = limit->name ? limit->count : BOUND_LINES_MAX;

                if (++counts[limit - limits] > max ||
                    strlen(line->value) > MAX(limit->len, (size_t)BOUND_TEXT_MAX))
                        left_out++;
                else
                        (void)fprintf(to, "%s\r\n", line->flat);
        }
        (void)fputs("END:VCARD\r\n", to);
        *ret_left_out = left_out;
        return ferror(to) ? -ENOMEM : 0;
}

static int bound_read_cut(Card **ret, unsigned *ret_left_out, const char *vcard)
{
        _cleanup_(lines_done) Lines l = {0};
        _cleanup_free_ char *cut = NULL;
        size_t len;
        FILE *to;
        int r = strlen(vcard) > BOUND_READ_MAX ? CARD_E_TOO_LARGE : lines_read(&l, vcard);

        if (r != 0)
                return error_or(r, CARD_E_TOO_LARGE);
        to = open_memstream(&cut, &len);
        if (!to)
                return -ENOMEM;
        r = bound_write_cut(to, ret_left_out, &l);
        if (fclose(to) != 0 && r == 0)
                r = -ENOMEM;
        return r == 0 ? card_parse(ret, cut, len, NULL, NULL) : r;
}

int card_read_bounded(Card **ret, BoundLoss *ret_loss, const char *vcard)
{
        _cleanup_(card_freep) Card *c = NULL;
        unsigned cut = 0;
        int r = card_parse(&c, vcard, strlen(vcard), NULL, NULL);

        if (r == CARD_E_TOO_LARGE)
                r = bound_read_cut(&c, &cut, vcard);
        if (r == 0)
                r = card_bound(ret, ret_loss, c);
        if (r == 0)
                ret_loss->values += cut;
        return r;
}
