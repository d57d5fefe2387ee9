/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key.h"
#include "normal.h"
#include "src/card/card-dialect.h"
#include "src/phone/phone.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool key_is_among(const char *name, const char *const *names)
{
        for (; *names; names++)
                if (strcasecmp(*names, name) == 0)
                        return true;
        return false;
}

/* ---- days ----------------------------------------------------------------------------------- */

static bool has_form(const char *text, const char *form)
{
        for (; *form; form++, text++)
                if (*form == '9' ? !isdigit((unsigned char)*text) : *text != *form)
                        return false;
        return *text == '\0' || strchr("Tt ", *text);
}

/* Years that Apple's and other programs write where there is none. */
static bool is_no_year(const char *text)
{
        return strncmp(text, "1604", 4) == 0 || strncmp(text, "0000", 4) == 0;
}

void key_day(char ret[KEY_DAY_SIZE], const char *text)
{
        static const char *const forms[] = {"9999-99-99", "99999999", "--99-99", "--9999"};
        char *to = ret;

        *ret = '\0';
        for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
                if (!has_form(text, forms[i]))
                        continue;
                if (*text == '-' || is_no_year(text))
                        to = stpcpy(to, "--");
                for (const char *s = text + (*text != '-' && is_no_year(text) ? 4 : 0);
                     s < text + strlen(forms[i]); s++)
                        if (isdigit((unsigned char)*s))
                                *to++ = *s;
                *to = '\0';
                return;
        }
}

static char *key_date(const char *text)
{
        char day[KEY_DAY_SIZE];

        key_day(day, text);
        return *day ? strdup(day) : normal_other(text);
}

/* ---- links ---------------------------------------------------------------------------------- */

static const char *const links[] = {"URL",           "CALADRURI",       "CALURI", "CAPURI",
                                    "FBURL",         "ORG-DIRECTORY",   "SOURCE", "CONTACT-URI",
                                    "SOCIALPROFILE", "X-SOCIALPROFILE", NULL};

static void lower(char *s, size_t len)
{
        for (size_t i = 0; i < len; i++)
                s[i] = (char)tolower((unsigned char)s[i]);
}

static void cut(char *s, size_t len)
{
        memmove(s, s + len, strlen(s + len) + 1);
}

/* ":443" behind a host of https. */
static void link_cut_port(char *host, size_t *len, const char *scheme)
{
        const char *port = strncmp(scheme, "https:", 6) == 0 ? ":443" : ":80";
        size_t n = strlen(port);

        if (*len <= n || strncmp(host + *len - n, port, n) != 0)
                return;
        cut(host + *len - n, n);
        *len -= n;
}

/* The scheme is the web's where there is none: "www.a.example". */
static char *key_link(const char *text)
{
        bool whole = strstr(text, "://") || (strchr(text, ':') && !strchr(text, '.'));
        char *link, *host, *at;
        size_t len;

        text += strspn(text, " ");
        if (asprintf(&link, "%s%s", whole ? "" : "http://", text) < 0)
                return NULL;
        len = strlen(link);
        while (len > 0 && strchr(" \t\n", link[len - 1]))
                link[--len] = '\0';
        host = strstr(link, "://");
        lower(link, strcspn(link, ":"));
        if (!host)
                return link;
        host += 3;
        at = memchr(host, '@', strcspn(host, "/?#"));
        host = at ? at + 1 : host;
        len = strcspn(host, "/?#");
        lower(host, len);
        link_cut_port(host, &len, link);
        len = strlen(link);
        if (link[len - 1] == '/' && !strpbrk(host, "?#"))
                link[len - 1] = '\0';
        return link;
}

/* ---- instant messages ----------------------------------------------------------------------- */

/* Names of services in properties (X-JABBER), in X-SERVICE-TYPE and in schemes of URIs. */
static const struct {
        const char *name, *service;
} services[] = {
        {"aim", "aim"},
        {"discord", "discord"},
        {"facebook", "facebook"},
        {"gadugadu", "gg"},
        {"gg", "gg"},
        {"googletalk", "xmpp"},
        {"groupwise", "groupwise"},
        {"gtalk", "xmpp"},
        {"icq", "icq"},
        {"irc", "irc"},
        {"jabber", "xmpp"},
        {"matrix", "matrix"},
        {"msn", "msn"},
        {"msnim", "msn"},
        {"qq", "qq"},
        {"signal", "signal"},
        {"sip", "sip"},
        {"skype", "skype"},
        {"telegram", "telegram"},
        {"tg", "telegram"},
        {"threema", "threema"},
        {"twitter", "twitter"},
        {"whatsapp", "whatsapp"},
        {"windowslive", "msn"},
        {"xmpp", "xmpp"},
        {"yahoo", "yahoo"},
        {"ymsgr", "yahoo"},
};

/* The service that a word names, or NULL. Dashes and blanks do not count. */
static const char *im_service(const char *word, size_t len)
{
        char plain[16];
        size_t n = 0;

        for (size_t i = 0; i < len; i++)
                if (n + 1 < sizeof plain && !strchr("- ", word[i]))
                        plain[n++] = (char)tolower((unsigned char)word[i]);
        plain[n] = '\0';
        for (size_t i = 0; i < ARRAY_LEN(services); i++)
                if (strcmp(services[i].name, plain) == 0)
                        return services[i].service;
        return NULL;
}

/* Of "X-SKYPE" and "X-SKYPE-USERNAME". */
static const char *im_service_of_name(const char *name)
{
        static const char behind[] = "-USERNAME";
        size_t len = strlen(name), n = strlen(behind);

        if (strncmp(name, "X-", 2) != 0)
                return NULL;
        if (len > n + 2 && strcmp(name + len - n, behind) == 0)
                len -= n;
        return im_service(name + 2, len - 2);
}

/* Of the parameter X-SERVICE-TYPE. */
static const char *im_service_of_line(const Line *line)
{
        const char *at = strcasestr(line->flat, ";X-SERVICE-TYPE=");

        if (!at || at > line->value)
                return NULL;
        at += strlen(";X-SERVICE-TYPE=");
        at += *at == '"';
        return im_service(at, strcspn(at, "\";:,"));
}

/* Schemes that name no service. */
static bool im_is_neutral(const char *uri, size_t scheme)
{
        return scheme == strlen("x-apple") && strncasecmp(uri, "x-apple", scheme) == 0;
}

/* Cuts what a URI has around the handle: "aim:goim?screenname=ida", "xmpp:ida@a.example/home". */
static void im_cut_handle(char *handle, const char *service)
{
        char *query = strchr(handle, '?'), *value = query ? strrchr(query, '=') : NULL;

        if (value && value[1] && !strchr(handle, '@'))
                cut(handle, (size_t)(value + 1 - handle));
        else if (query && (strncmp(handle, "sendim?", 7) == 0 || strncmp(handle, "goim?", 5) == 0))
                cut(handle, (size_t)(query + 1 - handle));
        else if (query)
                *query = '\0';
        if (strcmp(service, "xmpp") == 0)
                handle[strcspn(handle, "/")] = '\0';
        if (strcmp(service, "matrix") == 0 && strncmp(handle, "u/", 2) == 0)
                cut(handle, 2);
        cut(handle, strspn(handle, "/@"));
}

/* "IM:skype:ida", or NULL with *ret_known false if the service is not known. */
static char *key_im(const Line *line, const char *text, bool *ret_known)
{
        const char *service = im_service_of_name(line->name), *named = im_service_of_line(line);
        size_t scheme = strcspn(text, ":");
        _cleanup_free_ char *handle = NULL;
        const char *by_scheme = text[scheme] ? im_service(text, scheme) : NULL;
        char *key;

        service = named ? named : by_scheme ? by_scheme : service;
        *ret_known = service != NULL;
        if (!service)
                return NULL;
        handle = normal_other(text + (by_scheme || (text[scheme] && im_is_neutral(text, scheme))
                                              ? scheme + 1
                                              : 0));
        if (!handle)
                return NULL;
        im_cut_handle(handle, service);
        return asprintf(&key, "IM:%s:%s", service, handle) < 0 ? NULL : key;
}

static bool key_is_im(const Line *line)
{
        return strcmp(line->name, "IMPP") == 0 || im_service_of_name(line->name);
}

/* ---- any value ------------------------------------------------------------------------------ */

/* The name that all dialects share. */
static const char *key_name(const Line *line)
{
        const char *meaning = card_meaning(line->name, line->flat);

        if (!meaning)
                return line->name;
        return strcmp(meaning, "BLOG") == 0 ? "URL" : meaning;
}

static char *key_value(const char *name, const char *text)
{
        static const char *const dates[] = {"BDAY", "ANNIVERSARY", NULL};
        _cleanup_free_ char *normal = NULL;

        if (strcmp(name, "TEL") == 0)
                normal = phone_normal(text);
        else if (strcmp(name, "EMAIL") == 0)
                normal = normal_email(text);
        else if (key_is_among(name, links))
                normal = key_link(text);
        else if (key_is_among(name, dates))
                normal = key_date(text);
        else
                return normal_other(text);
        if (normal && !*normal) /* not a phone number, not an address */
                return normal_other(text);
        return TAKE_PTR(normal);
}

char *key_of(const Line *line, const char *text)
{
        _cleanup_free_ char *value = NULL;
        const char *name;
        bool known;
        char *key;

        if (strcmp(line->name, "PHOTO") == 0 || strcmp(line->name, "LOGO") == 0)
                /* there is one, and address books store it in different ways */
                return strdup(line->name);
        if (key_is_im(line)) {
                key = key_im(line, text, &known);
                if (key || known)
                        return key;
        }
        name = key_name(line);
        value = key_value(name, text);
        return value && asprintf(&key, "%s:%s", name, value) >= 0 ? key : NULL;
}
