/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-model.h"
#include "card-media.h"
#include "src/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
        LINE_MAX_LEN = 75
}; /* bytes of a physical line without CRLF: RFC 2426 section 2.6, RFC 6350 section 3.2 */

/* The content line that is being written, and the output for folded lines. */
typedef struct Writer {
        FILE *out, *line;
        char *text;
        size_t len;
        CardVersion version;
} Writer;

static void write_folded(Writer *w)
{
        size_t room = LINE_MAX_LEN, used = 0;
        uint32_t c;

        for (size_t i = 0, n; i < w->len; i += n) {
                n = MAX(text_char(&c, w->text + i, w->len - i), (size_t)1);
                if (used + n > room) {
                        (void)fputs("\r\n ", w->out);
                        used = 1;
                }
                (void)fwrite(w->text + i, 1, n, w->out);
                used += n;
        }
        (void)fputs("\r\n", w->out);
}

/* Writes out the content line and starts the next. */
static int write_end_line(Writer *w)
{
        if (fflush(w->line) != 0)
                return -ENOMEM;
        w->len = (size_t)ftello(w->line);
        write_folded(w);
        rewind(w->line);
        return 0;
}

/* ---- parameters ----------------------------------------------------------------------------- */

/* Quotes the value where needed. Characters that quotes cannot hold are encoded as in RFC 6868, in
 * 3.0 replaced by similar ones. */
static void write_param_value(Writer *w, const char *value)
{
        bool quoted = strpbrk(value, ",;:") != NULL;

        if (quoted)
                (void)fputc('"', w->line);
        for (; *value; value++)
                if (w->version == CARD_V40 && strchr("\n\"^", *value))
                        (void)fprintf(w->line, "^%c",
                                      *value == '\n'  ? 'n'
                                      : *value == '"' ? '\''
                                                      : '^');
                else
                        (void)fputc(*value == '\n' || *value == '\t' ? ' '
                                    : *value == '"'                  ? '\''
                                                                     : *value,
                                    w->line);
        if (quoted)
                (void)fputc('"', w->line);
}

static void write_param(Writer *w, const char *name, const char *value)
{
        (void)fprintf(w->line, ";%s=", name);
        write_param_value(w, value);
}

static void write_type(Writer *w, bool *first, const char *type)
{
        (void)fputs(*first ? ";TYPE=" : ",", w->line);
        *first = false;
        for (; *type; type++)
                (void)fputc(w->version == CARD_V30 ? toupper((unsigned char)*type) : *type,
                            w->line);
}

static bool is_token(const char *s)
{
        while (isalnum((unsigned char)*s) || *s == '-' || *s == '_')
                s++;
        return *s == '\0';
}

/* Writes one list of types. A type that is no token (the user typed it) gets its own parameter, in
 * quotes. */
static void write_types(Writer *w, const CardProperty *p)
{
        const char *pref = card_param(p, "PREF");
        bool first = true;

        for (size_t i = 0; i < p->params.n; i++)
                if (strcmp(p->params.list[i].name, "TYPE") == 0 &&
                    is_token(p->params.list[i].value))
                        write_type(w, &first, p->params.list[i].value);
        if (w->version == CARD_V30 && pref && strcmp(pref, "1") == 0)
                write_type(w, &first, "pref");
        for (size_t i = 0; i < p->params.n; i++)
                if (strcmp(p->params.list[i].name, "TYPE") == 0 &&
                    !is_token(p->params.list[i].value))
                        write_param(w, "TYPE", p->params.list[i].value);
}

/* In 3.0 write_media writes VALUE. */
static void write_params(Writer *w, const CardProperty *p)
{
        const char *others = w->version == CARD_V40 ? "TYPE"
                             : card_kind(p, p->value) == CARD_MEDIA
                                     ? "LABEL,MEDIATYPE,PREF,SORT-AS,TYPE,VALUE"
                                     : "LABEL,MEDIATYPE,PREF,SORT-AS,TYPE";

        write_types(w, p);
        for (size_t i = 0; i < p->params.n; i++)
                if (!card_is_listed(others, p->params.list[i].name))
                        write_param(w, p->params.list[i].name, p->params.list[i].value);
}

/* ---- values --------------------------------------------------------------------------------- */

static void write_padding(Writer *w, const CardProperty *p)
{
        unsigned parts = 1;

        for (const char *s = p->value; *s; s++)
                if (*s == '\\' && s[1])
                        s++;
                else if (*s == ';')
                        parts++;
        for (; parts < card_rule(p->name)->parts; parts++)
                (void)fputc(';', w->line);
}

static bool is_form(const char *s, const char *form)
{
        for (; *form; form++, s++)
                if (*form == '9' ? !isdigit((unsigned char)*s) : *s != *form)
                        return false;
        return true;
}

static int two_digits(const char *s)
{
        return (s[0] - '0') * 10 + s[1] - '0';
}

static bool is_month_day(const char *s)
{
        return two_digits(s) >= 1 && two_digits(s) <= 12 && two_digits(s + 2) >= 1 &&
               two_digits(s + 2) <= 31;
}

static bool is_full_date(const char *s)
{
        return is_form(s, "99999999") && is_month_day(s + 4) && (s[8] == '\0' || s[8] == 'T');
}

/* The common forms of 4.0's date-and-or-time; others are written as text. */
static bool is_v40_date(const char *s)
{
        return is_full_date(s) || (is_form(s, "--9999") && is_month_day(s + 2) && s[6] == '\0') ||
               (is_form(s, "9999-99") && s[7] == '\0') || (is_form(s, "9999") && s[4] == '\0');
}

static void write_date(Writer *w, const CardProperty *p)
{
        const char *s = p->value;

        if (strcmp(p->name, "REV") == 0 || (w->version == CARD_V40 && is_v40_date(s)))
                (void)fprintf(w->line, ":%s", s);
        else if (w->version == CARD_V30 && is_full_date(s) && s[8] == 'T')
                (void)fprintf(w->line, ":%s", s);
        else if (w->version == CARD_V30 && is_full_date(s))
                (void)fprintf(w->line, ":%.4s-%.2s-%s", s, s + 4, s + 6);
        else if (w->version == CARD_V30 && is_v40_date(s) && s[0] == '-')
                (void)fprintf(w->line, ";X-APPLE-OMIT-YEAR=1604:1604-%.2s-%s", s + 2, s + 4);
        else
                (void)fprintf(w->line, ";VALUE=text:%s", s);
}

/* RFC 2426 does not escape URIs, but readers treat every value as text: vobject (khard) ends it at
 * a bare comma, Evolution Data Server at a bare semicolon. */
static void write_uri(Writer *w, const char *uri)
{
        (void)fputc(':', w->line);
        for (; *uri; uri++) {
                if (w->version == CARD_V30 && (*uri == ',' || *uri == ';'))
                        (void)fputc('\\', w->line);
                (void)fputc(*uri, w->line);
        }
}

/* Writes a URI, or in 3.0 base64, except where the type would get lost. */
static void write_media(Writer *w, const CardProperty *p)
{
        const char *media = card_param(p, "MEDIATYPE"),
                   *type = media ? card_media_type(media) : NULL, *base64;

        if (w->version == CARD_V40) {
                write_uri(w, p->value);
                return;
        }
        base64 = card_media_base64(&type, p->value);
        if (!type && card_rule(p->name)->kind == CARD_OTHER)
                base64 = NULL;
        (void)fputs(base64 ? ";ENCODING=b" : ";VALUE=uri", w->line);
        if (type)
                write_param(w, "TYPE", type);
        if (base64)
                (void)fprintf(w->line, ":%s", base64);
        else
                write_uri(w, p->value);
}

static void write_geo(Writer *w, const CardProperty *p)
{
        const char *place = p->value + strlen("geo:"), *comma = strchr(place, ',');

        if (w->version == CARD_V40 || !comma)
                (void)fprintf(w->line, ":%s", p->value);
        else
                (void)fprintf(w->line, ":%.*s;%.*s", (int)(comma - place), place,
                              (int)strcspn(comma + 1, ",;"), comma + 1);
}

static bool write_has_scheme(const char *s)
{
        return isalpha((unsigned char)*s) &&
               s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "0123456789+.-")] == ':';
}

/* Whether the property needs VALUE=text, or readers take it for a URI. */
static bool is_text_for_uri(const CardProperty *p)
{
        return strcmp(p->name, "UID") == 0
                       ? !write_has_scheme(p->value)
                       : card_rule(p->name)->kind == CARD_LINK && !card_param(p, "VALUE");
}

/* Bytes of the value to write: 3.0 has only the parts that RFC 2426 names. */
static size_t written_len(const Writer *w, const CardProperty *p)
{
        const CardRule *rule = card_rule(p->name);
        unsigned parts = 0;
        size_t len = 0;

        if (w->version == CARD_V40 || rule->kind != CARD_STRUCTURED)
                return strlen(p->value);
        for (;; len++)
                if (p->value[len] == '\\' && p->value[len + 1])
                        len++;
                else if (p->value[len] == '\0' || (p->value[len] == ';' && ++parts == rule->parts))
                        return len;
}

static void write_value(Writer *w, const CardProperty *p)
{
        switch (card_kind(p, p->value)) {
        case CARD_DATE:
                write_date(w, p);
                return;
        case CARD_MEDIA:
                write_media(w, p);
                return;
        case CARD_GEO:
                write_geo(w, p);
                return;
        case CARD_URI:
                write_uri(w, p->value);
                return;
        case CARD_TEXT:
        case CARD_LIST:
        case CARD_EACH:
        case CARD_LINK:
        case CARD_STRUCTURED:
        case CARD_PARTS:
        case CARD_OTHER:
        case CARD_PHONE:
                break;
        }
        if (w->version == CARD_V40 && is_text_for_uri(p))
                (void)fputs(";VALUE=text", w->line);
        (void)fprintf(w->line, ":%.*s", (int)written_len(w, p), p->value);
        write_padding(w, p);
}

/* ---- properties ----------------------------------------------------------------------------- */

/* Writes a parameter that 3.0 lacks as a property. */
static int write_as_property(Writer *w, const CardProperty *p, const char *param, const char *name,
                             bool types)
{
        const char *text = card_param(p, param);
        _cleanup_free_ char *value = NULL;

        if (w->version != CARD_V30 || !text)
                return 0;
        value = card_escape(text);
        if (!value)
                return -ENOMEM;
        (void)fputs(name, w->line);
        if (types)
                write_types(w, p);
        (void)fprintf(w->line, ":%s", value);
        return write_end_line(w);
}

/* A group with one property means nothing, and some programs ignore grouped properties. */
static bool is_grouped(const Card *c, const CardProperty *p)
{
        for (size_t i = 0; p->group && i < c->properties.n; i++)
                if (&c->properties.list[i] != p && c->properties.list[i].group &&
                    strcasecmp(c->properties.list[i].group, p->group) == 0)
                        return true;
        return false;
}

static bool is_empty_address(const CardProperty *p)
{
        return strcmp(p->name, "ADR") == 0 && p->value[strspn(p->value, ";, ")] == '\0';
}

static int write_property(Writer *w, const Card *c, const CardProperty *p)
{
        const CardRule *rule = card_rule(p->name);
        int r = 0;

        if (w->version == CARD_V40 || !is_empty_address(p)) {
                if (is_grouped(c, p))
                        (void)fprintf(w->line, "%s.", p->group);
                (void)fputs(w->version == CARD_V30 && rule->name_v30 ? rule->name_v30 : p->name,
                            w->line);
                write_params(w, p);
                write_value(w, p);
                r = write_end_line(w);
        }
        if (r == 0 && strcmp(p->name, "ADR") == 0)
                r = write_as_property(w, p, "LABEL", "LABEL", true);
        if (r == 0 && strcmp(p->name, "N") == 0)
                r = write_as_property(w, p, "SORT-AS", "SORT-STRING", false);
        return r;
}

static int write_one_card(Writer *w, const Card *c, const char *list, bool listed)
{
        int r = 0;

        (void)fprintf(w->out, "BEGIN:VCARD\r\nVERSION:%s\r\n",
                      w->version == CARD_V40 ? "4.0" : "3.0");
        for (size_t i = 0; i < c->properties.n && r == 0; i++)
                if (!list || card_is_listed(list, c->properties.list[i].name) == listed)
                        r = write_property(w, c, &c->properties.list[i]);
        (void)fputs("END:VCARD\r\n", w->out);
        return r;
}

int card_write_some(char **ret, size_t *ret_len, const Card *c, CardVersion version,
                    const char *list, bool listed)
{
        Writer w = {.version = version};
        char *text = NULL;
        size_t len = 0;
        int r = -ENOMEM;

        assert(version == CARD_V30 || version == CARD_V40);
        w.out = open_memstream(&text, &len);
        w.line = open_memstream(&w.text, &w.len);
        if (w.out && w.line)
                r = write_one_card(&w, c, list, listed);
        if (w.line && fclose(w.line) != 0)
                r = -ENOMEM;
        if (w.out && fclose(w.out) != 0)
                r = -ENOMEM;
        free(w.text);
        if (r) {
                free(text);
                return r;
        }
        *ret = text;
        *ret_len = len;
        return 0;
}

int card_write(char **ret, size_t *ret_len, const Card *c, CardVersion version)
{
        return card_write_some(ret, ret_len, c, version, NULL, true);
}
