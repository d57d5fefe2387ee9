/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-normal.h"
#include "card-date.h"
#include "card-media.h"
#include "src/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- parameters ----------------------------------------------------------------------------- */

static void lower(char *s)
{
        for (; *s; s++)
                *s = (char)tolower((unsigned char)*s);
}

static bool normal_is_implied(CardKind kind, const char *value)
{
        if (kind == CARD_OTHER || kind == CARD_LINK)
                return kind == CARD_LINK && strcasecmp(value, "uri") == 0;
        return kind != CARD_TEXT ||
               (strcasecmp(value, "uri") != 0 && strcasecmp(value, "utc-offset") != 0);
}

int card_normal_params(CardProperty *p)
{
        const char *value = card_param(p, "VALUE");
        int r = 0;

        for (size_t i = 0; i < p->params.n; i++)
                if (strcmp(p->params.list[i].name, "TYPE") == 0 ||
                    strcmp(p->params.list[i].name, "VALUE") == 0)
                        lower(p->params.list[i].value);
        if (value && strcmp(value, "url") == 0) {
                card_param_remove(p, "VALUE", NULL);
                r = card_param_add(p, "VALUE", "uri");
                value = card_param(p, "VALUE");
        }
        if (r == 0 && value &&
            (normal_is_implied(card_rule(p->name)->kind, value) ||
             strcmp(p->name, "UID") == 0)) /* has a scheme or not */
                card_param_remove(p, "VALUE", NULL);
        if (strcmp(p->name, "EMAIL") == 0)
                card_param_remove(p, "TYPE", "internet");
        if (card_has_type(p, "pref")) {
                card_param_remove(p, "TYPE", "pref");
                if (r == 0 && !card_param(p, "PREF"))
                        r = card_param_add(p, "PREF", "1");
        }
        return r;
}

/* ---- texts ---------------------------------------------------------------------------------- */

typedef struct Escaping {
        const CardRule *rule;
        unsigned version;
        unsigned parts; /* begun so far */
} Escaping;

/* Whether a comma separates values. Before a blank, a newline or the end it is an unescaped comma
 * of a text: "Main Street 5, floor 2". */
static bool is_before_value(const char *comma, const char *end)
{
        const char *s = comma + 1;

        if (s == end || strchr(" \t\r\n;", *s))
                return false;
        return s[0] != '\\' || s + 1 == end || (s[1] != 'n' && s[1] != 'N');
}

/* A comma that cannot separate anything is text, although 3.0 and 4.0 want it escaped (RFC 2426
 * section 4, RFC 6350 section 3.4). So is a semicolon after the last part, except in 4.0, where RFC
 * 9554 adds parts. */
static bool normal_is_separator(const Escaping *e, const char *s, const char *end)
{
        CardKind kind = e->rule->kind;

        if (*s == ';' && kind == CARD_STRUCTURED && e->version != 40)
                return e->parts < e->rule->parts;
        if (*s == ';')
                return kind == CARD_STRUCTURED || kind == CARD_PARTS || kind == CARD_OTHER;
        if (*s != ',')
                return false;
        return kind == CARD_LIST ||
               ((kind == CARD_EACH || (kind == CARD_STRUCTURED && e->version != 21)) &&
                is_before_value(s, end));
}

static char *normal_put_text(const Escaping *e, char *to, char c)
{
        if (c == '\n' && e->rule->lines)
                return stpcpy(to, "\\n");
        if (c == '\t' && e->rule->lines) {
                *to++ = c;
                return to;
        }
        if (c == '\n' || c == '\t')
                c = ' ';
        if (strchr("\\,;", c))
                *to++ = '\\';
        *to++ = c;
        return to;
}

/* Length of a character at s that no value may have. Newline and tab are allowed in some. */
static size_t normal_unsafe_at(const char *text, const char *s, const char *end)
{
        if (*s == '\n' || *s == '\t')
                return 0;
        return text_unsafe_at(text, (size_t)(end - text), (size_t)(s - text));
}

/* Bytes of the character at s, which is UTF-8. */
static size_t normal_char_len(const char *s, size_t len)
{
        uint32_t c;

        return MAX(text_char(&c, s, len), (size_t)1);
}

/* Length without empty parts at the end, where parts are optional or too many. */
static size_t normal_content_len(const Escaping *e, const char *s, size_t len)
{
        unsigned parts = 1;
        size_t least = 0, i;

        if (e->rule->kind != CARD_STRUCTURED && e->rule->kind != CARD_PARTS)
                return len;
        for (i = 0; i < len && parts < e->rule->parts; i++)
                if (s[i] == '\\')
                        i++;
                else
                        parts += s[i] == ';';
        least = MIN(i, len);
        while (len > least && strchr("; \t", s[len - 1]) && s[len - 1] &&
               (len < 2 || s[len - 2] != '\\'))
                len--;
        return len;
}

/* Whether the word that s is in begins like a path of Windows: C:\, \\server. */
static bool normal_is_in_path(const char *text, const char *s)
{
        while (s > text && !strchr(" \t\r\n", s[-1]))
                s--;
        return (isalpha((unsigned char)s[0]) && s[1] == ':' && s[2] == '\\') ||
               (s[0] == '\\' && s[1] == '\\');
}

/* vCard 2.1 has no \n, but phones and mail programs write it there, and others read it. */
static bool normal_is_newline(const Escaping *e, const char *text, const char *s, const char *end)
{
        if (*s != '\\' || s + 1 >= end || (s[1] != 'n' && s[1] != 'N'))
                return false;
        return e->version != 21 || !normal_is_in_path(text, s);
}

/* Converts escapes of any version to those of 4.0. Other backslashes are text: "C:\temp". */
static char *normal_escape(Escaping *e, const char *s, size_t len)
{
        char *value = malloc(2 * len + 1), *to = value;
        const char *text = s, *end = s + normal_content_len(e, s, len);

        if (!value)
                return NULL;
        while (s < end) {
                size_t unsafe = normal_unsafe_at(text, s, end);

                if (*s == '\r' && (s + 1 == end || s[1] != '\n'))
                        to = normal_put_text(e, to, '\n');
                if (unsafe) {
                        s += unsafe;
                        continue;
                }
                if ((unsigned char)*s >= 0x80) {
                        size_t n = normal_char_len(s, (size_t)(end - s));

                        to = mempcpy(to, s, n);
                        s += n;
                        continue;
                }
                if (*s == '\\' && s + 1 < end && strchr(";,:\\\"", s[1]) && s[1])
                        to = normal_put_text(e, to, *++s);
                else if (normal_is_newline(e, text, s, end)) {
                        to = normal_put_text(e, to, '\n');
                        s++;
                } else if (normal_is_separator(e, s, end)) {
                        e->parts += *s == ';';
                        *to++ = *s;
                } else
                        to = normal_put_text(e, to, *s);
                s++;
        }
        *to = '\0';
        return value;
}

static void normal_trim(char *s)
{
        size_t len = strlen(s), from = strspn(s, " \t");

        while (len > from && (s[len - 1] == ' ' || s[len - 1] == '\t'))
                len--;
        if (len > from && len < strlen(s) && s[len - 1] == '\\')
                len++; /* the blank is escaped */
        memmove(s, s + from, len - from);
        s[len - from] = '\0';
}

size_t card_list_value(const char *list)
{
        size_t n = 0;

        while (list[n] && list[n] != ',')
                n += list[n] == '\\' && list[n + 1] ? 2 : 1;
        return n;
}

/* Removes empty values, and blanks around the others. */
static void normal_trim_list(char *list)
{
        char *to = list;

        for (char *s = list, *next; *s; s = next) {
                size_t len = card_list_value(s);

                next = s + len + (s[len] == ',');
                s[len] = '\0';
                normal_trim(s);
                len = strlen(s);
                if (len > 0 && to > list)
                        *to++ = ',';
                memmove(to, s, len);
                to += len;
        }
        *to = '\0';
}

static char *normal_text(const CardProperty *p, const CardRaw *raw)
{
        Escaping e = {card_rule(p->name), raw->version, 1};
        char *value = normal_escape(&e, raw->value, raw->len);

        if (value && (e.rule->kind == CARD_LIST || e.rule->kind == CARD_EACH))
                normal_trim_list(value);
        else if (value)
                normal_trim(value);
        return value;
}

static char *normal_phone(const CardProperty *p, const CardRaw *raw)
{
        char *value = normal_text(p, raw);

        if (value && strncasecmp(value, "tel:", 4) == 0)
                memmove(value, value + 4, strlen(value + 4) + 1);
        return value;
}

/* ---- URIs, dates, places -------------------------------------------------------------------- */

/* URIs have no backslashes (RFC 3986): before a separator it is an escape, elsewhere it is quoted.
 * */
char *card_uri(const CardRaw *raw)
{
        char *value = malloc(3 * raw->len + 1), *to = value;

        for (size_t i = 0; value && i < raw->len; i++) {
                unsigned char c = (unsigned char)raw->value[i],
                              next = i + 1 < raw->len ? (unsigned char)raw->value[i + 1] : 0;

                if (c == '\\' && next && strchr(":,;", next))
                        continue;
                if (c == '\\') {
                        to = stpcpy(to, "%5C");
                        i += next == '\\';
                } else if (c >= 0x7f) {
                        size_t unsafe = text_unsafe_at(raw->value, raw->len, i);
                        size_t n = unsafe ? unsafe : normal_char_len(raw->value + i, raw->len - i);

                        if (!unsafe)
                                to = mempcpy(to, raw->value + i, n);
                        i += n - 1;
                } else if (c > 0x20)
                        *to++ = (char)c;
        }
        if (value)
                *to = '\0';
        return value;
}

/* Quotes blanks inside a URI: people type them, but readers do not accept them. In 2.1 they are
 * left over from folding and go. */
static char *normal_uri(const CardRaw *raw)
{
        size_t from = 0, len = raw->len;
        _cleanup_free_ char *quoted = malloc(3 * len + 1);
        char *to = quoted;

        if (!quoted || raw->version == 21 || strncasecmp(raw->value, "data:", 5) == 0)
                return quoted ? card_uri(raw) : NULL;
        while (from < len && raw->value[from] == ' ')
                from++;
        while (len > from && raw->value[len - 1] == ' ')
                len--;
        for (size_t i = from; i < len; i++)
                if (raw->value[i] == ' ')
                        to = stpcpy(to, "%20");
                else
                        *to++ = raw->value[i];
        *to = '\0';
        return card_uri(&(CardRaw){.value = quoted, .len = (size_t)(to - quoted)});
}

static bool is_digits(const char *s, const char *form)
{
        for (; *form; form++, s++)
                if (*form == '9' ? !isdigit((unsigned char)*s) : *s != *form)
                        return false;
        return true;
}

static void strip(char *s, char unwanted)
{
        char *to = s;

        for (; *s; s++)
                if (*s != unwanted)
                        *to++ = *s;
        *to = '\0';
}

/* When the card was changed: a moment, of which the time counts. */
static void normal_moment(char *value)
{
        if (is_digits(value, "9999-99-99") && (value[10] == 'T' || value[10] == '\0')) {
                memmove(value + 4, value + 5, 2);
                memmove(value + 6, value + 8, strlen(value + 8) + 1);
        }
        if (is_digits(value, "99999999T"))
                strip(value + 9, ':');
}

/* What is no day that can be told stays a text. */
static char *normal_date(CardProperty *p, const CardRaw *raw)
{
        char *value = normal_text(p, raw), day[CARD_DATE_SIZE];
        bool known;

        if (!value)
                return NULL;
        if (strcmp(p->name, "REV") == 0) {
                normal_moment(value);
                return value;
        }
        known = card_date_normal(day, value, card_param(p, "X-APPLE-OMIT-YEAR"));
        card_param_remove(p, "X-APPLE-OMIT-YEAR", NULL);
        if (!known && card_date_is_empty(value))
                *value = '\0';
        if (!known)
                return value;
        free(value);
        return strdup(day);
}

static char *normal_geo(const CardRaw *raw)
{
        char *value = card_uri(raw), *geo = NULL, *semicolon;

        if (!value || strncasecmp(value, "geo:", 4) == 0)
                return value;
        semicolon = strchr(value, ';');
        for (char *comma = value; semicolon && (comma = strchr(comma, ','));)
                *comma = '.'; /* "48,2;16,4": many countries write a decimal comma */
        if (semicolon)
                *semicolon = ',';
        if (asprintf(&geo, "geo:%s", value) < 0)
                geo = NULL;
        free(value);
        return geo;
}

/* ---- any value ------------------------------------------------------------------------------ */

static char *normal_by_kind(CardProperty *p, CardKind kind, const CardRaw *raw)
{
        switch (kind) {
        case CARD_PHONE:
                return normal_phone(p, raw);
        case CARD_URI:
        case CARD_MEDIA:
                return normal_uri(raw);
        case CARD_DATE:
                return normal_date(p, raw);
        case CARD_GEO:
                return normal_geo(raw);
        case CARD_TEXT:
        case CARD_LIST:
        case CARD_EACH:
        case CARD_LINK:
        case CARD_STRUCTURED:
        case CARD_PARTS:
        case CARD_OTHER:
                break;
        }
        return normal_text(p, raw);
}

static bool normal_is_worth_keeping(const CardProperty *p, const char *value)
{
        return value[strspn(value, ";, ")] != '\0' || card_param(p, "LABEL");
}

int card_normal_value(CardProperty *p, const CardRaw *raw)
{
        CardKind kind = raw->binary ? CARD_MEDIA : card_kind(p, raw->value);
        _cleanup_free_ char *value = NULL;
        int r;

        assert(p->name && !p->value);
        if (kind == CARD_MEDIA) {
                r = card_media_normal(&value, p, raw);
                if (r || !value)
                        return r;
        } else {
                value = normal_by_kind(p, kind, raw);
                if (!value)
                        return -ENOMEM;
        }
        if (!normal_is_worth_keeping(p, value))
                return 0;
        if (strlen(value) > (raw->max ? raw->max : (size_t)CARD_VALUE_MAX))
                return CARD_E_TOO_LARGE;
        return card_property_set(p, TAKE_PTR(value));
}
