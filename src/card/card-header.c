/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-header.h"
#include "card-decode.h"
#include "src/base/text.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

enum { PARAMS_MAX = 64 }; /* of one property */

/* In place: no quotes, in 4.0 RFC 6868's ^n ^' ^^ decoded, nothing unsafe but newlines. */
static void header_decode_param(const CardHeader *h, char *value)
{
        char *to = value;

        for (const char *s = value; *s; s++) {
                unsigned char c = (unsigned char)*s;

                if (h->version == 40 && c == '^' && s[1] && strchr("n'^", s[1])) {
                        s++;
                        *to++ = *s == 'n' ? '\n' : *s == '\'' ? '"' : '^';
                } else if (c == '\\' && (s[1] == 'n' || s[1] == 'N')) {
                        s++;
                        *to++ = '\n';
                } else if (c >= 0x7f) {
                        size_t left = strnlen(s, 4), unsafe = text_unsafe_at(s, left, 0);
                        size_t n = unsafe ? unsafe : text_char(&(uint32_t){0}, s, left);

                        if (!unsafe) {
                                memmove(to, s, n);
                                to += n;
                        }
                        s += n - 1;
                } else if (c >= 0x20 && c != '"')
                        *to++ = (char)c;
        }
        *to = '\0';
}

static bool header_take_encoding(CardHeader *h, const char *value)
{
        if (strcasecmp(value, "QUOTED-PRINTABLE") == 0)
                h->encoding = CARD_ENCODING_QP;
        else if (strcasecmp(value, "BASE64") == 0 || strcasecmp(value, "B") == 0)
                h->encoding = CARD_ENCODING_BASE64;
        else
                return strcasecmp(value, "8BIT") == 0 || strcasecmp(value, "7BIT") == 0;
        return true;
}

static int header_add_param(CardHeader *h, const char *name, const char *value)
{
        if (h->property.params.n == PARAMS_MAX)
                return CARD_E_SYNTAX;
        return *value ? card_param_add(&h->property, name, value) : 0;
}

/* Without what surrounds a type by mistake: blanks, and backslashes of programs that escape the
 * commas of the list. */
static char *header_clean_type(char *type)
{
        static const char around[] = " \t\n\\";
        size_t len;

        type += strspn(type, around);
        len = strlen(type);
        while (len > 0 && strchr(around, type[len - 1]))
                type[--len] = '\0';
        return type;
}

/* TYPE=a,b is two types. Some exporters write TYPE=a,TYPE=b, a\,b, or "a;b"; a semicolon of a type
 * that somebody typed has a blank behind it. */
static int header_add_types(CardHeader *h, char *list)
{
        const char *between = strchr(list, ' ') ? "," : ",;";
        int err = 0;

        for (char *save = NULL, *type = strtok_r(list, between, &save); type && err == 0;
             type = strtok_r(NULL, between, &save)) {
                type = header_clean_type(type);
                if (strncasecmp(type, "TYPE=", 5) == 0)
                        type += 5;
                err = header_add_param(h, "TYPE", type);
        }
        return err;
}

/* Android writes a type that the user typed as
 * X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,text). */
static int header_read_custom_type(CardHeader *h, char *list)
{
        _cleanup_free_ char *type = NULL;
        char *comma = strrchr(list, ','), *text = comma ? comma + 1 : list;
        char *charset = comma ? strcasestr(list, "CHARSET=") : NULL;
        size_t len = strlen(text);
        int err;

        if (len > 0 && text[len - 1] == ')')
                len--;
        if (strcasestr(list, "QUOTED-PRINTABLE"))
                len = card_decode_qp(text, len);
        if (charset) {
                charset += strlen("CHARSET=");
                charset[strcspn(charset, ",")] = '\0';
        }
        err = card_decode_charset(&type, &len, charset, h->how, text, len);
        if (err)
                return err;
        header_decode_param(h, type);
        return header_add_param(h, "TYPE", type);
}

/* vCard 2.1 has bare values: of ENCODING, VALUE or TYPE. */
static int header_read_bare_param(CardHeader *h, char *value)
{
        if (header_take_encoding(h, value))
                return 0;
        if (strcasecmp(value, "URL") == 0 || strcasecmp(value, "INLINE") == 0 ||
            strcasecmp(value, "CID") == 0 || strcasecmp(value, "CONTENT-ID") == 0)
                return header_add_param(h, "VALUE", value);
        return header_add_types(h, value);
}

/* Repairs names that RFC 2426 section 4 and RFC 6350 section 3.3 forbid: underscores of Lotus
 * Notes, slashes of KDE's X-messaging/xmpp-All, blanks at the end. */
static void header_tidy_name(char *name)
{
        size_t len = strlen(name);

        while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\t'))
                name[--len] = '\0';
        for (; *name; name++)
                if (*name == '_' || *name == '/')
                        *name = '-';
}

static int header_read_param(CardHeader *h, char *param)
{
        static const char custom[] = "X-CUSTOM(";
        _cleanup_free_ char *name = NULL;
        char *equals = strchr(param, '=');

        if (strncasecmp(param, custom, sizeof custom - 1) == 0)
                return header_read_custom_type(h, param + sizeof custom - 1);
        if (!equals) {
                header_decode_param(h, param);
                return header_read_bare_param(h, param);
        }
        *equals = '\0';
        header_tidy_name(param);
        if (!card_is_name(param))
                return CARD_E_SYNTAX;
        name = card_canonical_name(param);
        if (!name)
                return -ENOMEM;
        equals += strspn(equals + 1, " \t");
        header_decode_param(h, equals + 1);
        if (strcmp(name, "ENCODING") == 0) {
                (void)header_take_encoding(h, equals + 1);
                return 0;
        }
        if (strcmp(name, "CHARSET") == 0) {
                if (strlen(equals + 1) < sizeof h->charset)
                        (void)strcpy(h->charset, equals + 1);
                return 0;
        }
        return strcmp(name, "TYPE") == 0 ? header_add_types(h, equals + 1)
                                         : header_add_param(h, name, equals + 1);
}

/* Cuts a piece off at the next semicolon outside quotes; NULL at the end. */
static char *header_next_piece(char **rest)
{
        char *piece = *rest, *s = piece;
        bool quoted = false;

        if (!piece)
                return NULL;
        for (; *s && (quoted || *s != ';'); s++)
                if (*s == '"')
                        quoted = !quoted;
        *rest = *s ? s + 1 : NULL;
        *s = '\0';
        return piece;
}

static int header_read_name(CardProperty *p, char *piece)
{
        char *dot = strchr(piece, '.');

        if (dot) {
                *dot = '\0';
                header_tidy_name(piece);
                if (!card_is_name(piece))
                        return CARD_E_SYNTAX;
                p->group = strdup(piece);
                if (!p->group)
                        return -ENOMEM;
                piece = dot + 1;
        }
        header_tidy_name(piece);
        if (!card_is_name(piece))
                return CARD_E_SYNTAX;
        p->name = card_canonical_name(piece);
        return p->name ? 0 : -ENOMEM;
}

int card_header_read(CardHeader *h, const char *bytes, size_t len)
{
        _cleanup_free_ char *header = NULL;
        size_t header_len;
        char *rest, *piece;
        int err;

        assert(h->version == 21 || h->version == 30 || h->version == 40);
        assert(!h->property.name && h->property.params.n == 0);
        err = card_decode_charset(&header, &header_len, NULL, h->how, bytes, len);
        if (err)
                return err;
        rest = header;
        err = header_read_name(&h->property, header_next_piece(&rest));
        while (err == 0 && (piece = header_next_piece(&rest))) {
                piece += strspn(piece, " \t");
                if (*piece)
                        err = header_read_param(h, piece);
        }
        return err;
}
