/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "huddle-link.h"
#include "src/base/language.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SCHEME "huddle:"
/* Below the address of a page. */
#define PAGE_RECORD "/r/"
#define PAGE_JOIN "/"

static const char *const kinds[] = {
        [HUDDLE_LINK_JOIN] = "join",
        [HUDDLE_LINK_CLOUD] = "cloud",
        [HUDDLE_LINK_RECORD] = "r/",
};

/* The parts of a link, each with a NUL of its own. Wipe it. */
typedef struct LinkParts {
        char text[HUDDLE_LINK_MAX + 1];
        char *page;                    /* NULL: a link of our own scheme */
        bool page_joins;               /* it is not that of a record */
        char *path, *query, *fragment; /* the last two NULL where there are none */
        char *url, *identity, *screen; /* parameters, likewise */
} LinkParts;

static void link_parts_done(LinkParts *p)
{
        sodium_memzero(p, sizeof *p);
}

/* Other pages of the web are nothing of ours: our fragments begin with digits and name a cloud. */
static bool link_is_web(const char *text)
{
        const char *fragment = strstr(text, "/#");

        if (strncasecmp(text, "https://", 8) != 0 && strncasecmp(text, "http://", 7) != 0)
                return false;
        return strstr(text, PAGE_RECORD "#") ||
               (fragment && fragment[2] >= '0' && fragment[2] <= '9' && strstr(fragment, "?c="));
}

/* ---- characters ---- */

static bool link_is_printable(char c)
{
        return c > 0x20 && c < 0x7f;
}

static int link_hex(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX in place, once. False: a broken escape, or one of a character that no part has. */
static bool link_unescape(char *text)
{
        char *to = text;

        for (const char *from = text; *from; from++) {
                if (*from == '%') {
                        int high = link_hex(from[1]), low = high < 0 ? -1 : link_hex(from[2]);

                        if (low < 0 || !link_is_printable((char)(high << 4 | low)))
                                return false;
                        *to++ = (char)(high << 4 | low);
                        from += 2;
                } else
                        *to++ = *from;
        }
        *to = '\0';
        return true;
}

/* ---- parts ---- */

/* Cuts the text at the first c; returns what is behind it, or NULL. */
static char *link_cut(char *text, char c)
{
        char *at = strchr(text, c);

        if (!at)
                return NULL;
        *at = '\0';
        return at + 1;
}

static int link_read_parameter(LinkParts *p, char *name)
{
        char *value = link_cut(name, '='), **to;

        if (strcmp(name, "c") == 0)
                to = &p->url;
        else if (strcmp(name, "k") == 0)
                to = &p->identity;
        else if (strcmp(name, "t") == 0 && p->page)
                to = &p->screen;
        else
                return HUDDLE_LINK_E_OTHER;
        if (*to)
                return HUDDLE_LINK_E_TWICE;
        if (!value)
                return HUDDLE_LINK_E_CUT;
        *to = value;
        return link_unescape(value) ? 0 : HUDDLE_LINK_E_CHARACTER;
}

static int link_read_query(LinkParts *p)
{
        char *next = p->query, *name;
        int r = 0;

        while (r == 0 && next) {
                name = next;
                next = link_cut(name, '&');
                r = link_read_parameter(p, name);
        }
        return r;
}

/* Cuts off the end of a text. False: it ends otherwise. */
static bool link_cut_end(char *text, const char *end)
{
        size_t len = strlen(text), n_end = strlen(end);

        if (len < n_end || strcmp(text + len - n_end, end) != 0)
                return false;
        text[len - n_end] = '\0';
        return true;
}

/* PAGE/r/#NUMBER-PASSWORD?… and PAGE/#CODE?…: all that matters is in the fragment, which no browser
 * sends. */
static bool link_split_page(LinkParts *p)
{
        char *rest = link_cut(p->text, '#');
        bool record = rest && link_cut_end(p->text, PAGE_RECORD);

        if (!record && (!rest || !link_cut_end(p->text, PAGE_JOIN)))
                return false;
        p->page = p->text;
        p->query = link_cut(rest, '?');
        p->page_joins = !record;
        p->path = rest;
        p->fragment = record ? link_cut(rest, '-') : rest;
        return true;
}

static void link_split_own(LinkParts *p)
{
        p->path = p->text + strlen(SCHEME);
        p->fragment = link_cut(p->path, '#');
        p->query = link_cut(p->path, '?');
}

static int link_split(LinkParts *p, const char *text)
{
        size_t len = strnlen(text, sizeof p->text);

        if (!huddle_link_is(text))
                return HUDDLE_LINK_E_OTHER;
        if (len == sizeof p->text)
                return HUDDLE_LINK_E_TOO_LONG;
        for (size_t i = 0; i < len; i++)
                if (!link_is_printable(text[i]))
                        return HUDDLE_LINK_E_CHARACTER;
        memcpy(p->text, text, len);
        if (!link_is_web(text))
                link_split_own(p);
        else if (!link_split_page(p))
                return HUDDLE_LINK_E_OTHER;
        if (p->fragment && !link_unescape(p->fragment))
                return HUDDLE_LINK_E_CHARACTER;
        return link_read_query(p);
}

/* ---- meaning ---- */

static int link_read_screen(HuddleLink *l, const char *text)
{
        size_t len;

        if (strlen(text) != 2 * sizeof l->screen ||
            sodium_hex2bin(l->screen.b, sizeof l->screen, text, strlen(text), NULL, &len, NULL) <
                    0 ||
            len != sizeof l->screen)
                return HUDDLE_LINK_E_CUT;
        l->has_screen = true;
        return 0;
}

static int link_read_page(HuddleLink *l, const LinkParts *p)
{
        l->kind = p->page_joins ? HUDDLE_LINK_JOIN : HUDDLE_LINK_RECORD;
        if (!huddle_link_set_page(l, p->page))
                return HUDDLE_LINK_E_URL;
        if (l->kind == HUDDLE_LINK_JOIN)
                return p->screen ? link_read_screen(l, p->screen) : 0;
        if (p->screen)
                return HUDDLE_LINK_E_OTHER;
        return record_number_parse(l->number, p->path) ? 0 : HUDDLE_LINK_E_NUMBER;
}

static int link_read_kind(HuddleLink *l, const LinkParts *p)
{
        const char *number = p->path + strlen(kinds[HUDDLE_LINK_RECORD]);

        if (p->page)
                return link_read_page(l, p);
        if (strcasecmp(p->path, kinds[HUDDLE_LINK_JOIN]) == 0)
                l->kind = HUDDLE_LINK_JOIN;
        else if (strcasecmp(p->path, kinds[HUDDLE_LINK_CLOUD]) == 0)
                l->kind = HUDDLE_LINK_CLOUD;
        else if (strncasecmp(p->path, kinds[HUDDLE_LINK_RECORD], 2) == 0) {
                l->kind = HUDDLE_LINK_RECORD;
                return record_number_parse(l->number, number) ? 0 : HUDDLE_LINK_E_NUMBER;
        } else
                return HUDDLE_LINK_E_OTHER;
        return 0;
}

static int link_read_cloud(HuddleLink *l, const LinkParts *p)
{
        if (!p->url && !p->identity && l->kind == HUDDLE_LINK_RECORD && !p->page)
                return 0;
        if (!p->url || !p->identity)
                return HUDDLE_LINK_E_CUT;
        if (!cloud_url_normalise(l->url, p->url))
                return HUDDLE_LINK_E_URL;
        if (cloud_identity_parse(&l->identity, p->identity) < 0)
                return HUDDLE_LINK_E_IDENTITY;
        l->has_cloud = true;
        return 0;
}

static int link_read_secret(HuddleLink *l, const LinkParts *p)
{
        unsigned at;
        int r = 0;

        if (l->kind == HUDDLE_LINK_CLOUD)
                return p->fragment ? HUDDLE_LINK_E_OTHER : 0;
        if (!p->fragment || !*p->fragment)
                return HUDDLE_LINK_E_CUT;
        if (l->kind == HUDDLE_LINK_JOIN)
                r = code_parse(&l->code, p->fragment, NULL);
        else
                r = record_password_parse(&l->password, p->fragment, &at);
        return r < 0 ? r : r > 0 ? HUDDLE_LINK_E_SECRET : 0;
}

void huddle_link_done(HuddleLink *l)
{
        sodium_memzero(l, sizeof *l);
}

bool huddle_link_is(const char *text)
{
        return strncasecmp(text, SCHEME, strlen(SCHEME)) == 0 || link_is_web(text);
}

bool huddle_link_set_page(HuddleLink *l, const char *page)
{
        char url[CLOUD_URL_SIZE] = "";

        if (*page && (!cloud_url_normalise(url, page) || strlen(url) >= sizeof l->page))
                return false;
        memcpy(l->page, url, sizeof l->page);
        return true;
}

int huddle_link_parse(HuddleLink *ret, const char *text)
{
        _cleanup_(link_parts_done) LinkParts parts = {};
        _cleanup_huddle_link_ HuddleLink l = {};
        int r = link_split(&parts, text);

        if (r == 0)
                r = link_read_kind(&l, &parts);
        if (r == 0)
                r = link_read_cloud(&l, &parts);
        if (r == 0)
                r = link_read_secret(&l, &parts);
        if (r == 0)
                *ret = l;
        return r;
}

/* ---- writing ---- */

/* Neither an address nor an identity has a character that would have to be escaped here. */
static size_t link_write_cloud(char *ret, size_t size, const HuddleLink *l)
{
        char identity[CLOUD_IDENTITY_TEXT_MAX];

        if (!l->has_cloud)
                return 0;
        cloud_identity_format(identity, &l->identity);
        return (size_t)snprintf(ret, size, "?c=%s&k=%s", l->url, identity);
}

/* Returns its length. */
static size_t link_write_code(char *ret, const Code *code)
{
        char text[CODE_TEXT_MAX];
        size_t len;

        code_format(code, text);
        for (char *space = text; (space = strchr(space, ' '));)
                *space = '-';
        len = (size_t)(stpcpy(stpcpy(ret, "#"), text) - ret);
        sodium_memzero(text, sizeof text);
        return len;
}

static void link_write_password(char *ret, char before, const RecordPassword *password)
{
        char text[RECORD_PASSWORD_TEXT];

        record_password_format(text, password);
        *ret = before;
        (void)strcpy(ret + 1, text);
        sodium_memzero(text, sizeof text);
}

static size_t link_write_page_record(char ret[static HUDDLE_LINK_SIZE], const HuddleLink *l)
{
        size_t at =
                (size_t)snprintf(ret, HUDDLE_LINK_SIZE, "%s" PAGE_RECORD "#%s", l->page, l->number);

        link_write_password(ret + at, '-', &l->password);
        at += RECORD_PASSWORD_TEXT;
        return at + link_write_cloud(ret + at, HUDDLE_LINK_SIZE - at, l);
}

static size_t link_write_page_join(char ret[static HUDDLE_LINK_SIZE], const HuddleLink *l)
{
        size_t at = (size_t)snprintf(ret, HUDDLE_LINK_SIZE, "%s" PAGE_JOIN, l->page);
        char hex[2 * sizeof l->screen + 1];

        at += link_write_code(ret + at, &l->code);
        at += link_write_cloud(ret + at, HUDDLE_LINK_SIZE - at, l);
        if (l->has_screen)
                at += (size_t)snprintf(
                        ret + at, HUDDLE_LINK_SIZE - at, "&t=%s",
                        sodium_bin2hex(hex, sizeof hex, l->screen.b, sizeof l->screen));
        return at;
}

static void link_write_page(char ret[static HUDDLE_LINK_SIZE], const HuddleLink *l)
{
        size_t at;

        assert(l->has_cloud && l->kind != HUDDLE_LINK_CLOUD);
        at = l->kind == HUDDLE_LINK_RECORD ? link_write_page_record(ret, l)
                                           : link_write_page_join(ret, l);
        assert(at < HUDDLE_LINK_SIZE);
        (void)at;
}

void huddle_link_format(char ret[static HUDDLE_LINK_SIZE], const HuddleLink *l)
{
        size_t at;

        if (l->page[0]) {
                link_write_page(ret, l);
                return;
        }
        assert(l->has_cloud || l->kind == HUDDLE_LINK_RECORD);
        at = (size_t)snprintf(ret, HUDDLE_LINK_SIZE, SCHEME "%s%s", kinds[l->kind],
                              l->kind == HUDDLE_LINK_RECORD ? l->number : "");
        at += link_write_cloud(ret + at, HUDDLE_LINK_SIZE - at, l);
        assert(at + CODE_TEXT_MAX + RECORD_PASSWORD_TEXT < HUDDLE_LINK_SIZE);
        if (l->kind == HUDDLE_LINK_JOIN)
                (void)link_write_code(ret + at, &l->code);
        else if (l->kind == HUDDLE_LINK_RECORD)
                link_write_password(ret + at, '#', &l->password);
}

const char *huddle_link_message(int error)
{
        switch (error) {
        case HUDDLE_LINK_E_TOO_LONG:
                return N_("the link is too long");
        case HUDDLE_LINK_E_CHARACTER:
                return N_("the link has a character that no link has");
        case HUDDLE_LINK_E_TWICE:
                return N_("the link says something twice");
        case HUDDLE_LINK_E_CUT:
                return N_("a part of the link is missing");
        case HUDDLE_LINK_E_URL:
                return N_("the cloud of the link has no address that can be used");
        case HUDDLE_LINK_E_IDENTITY:
                return N_("the identity of the cloud in the link is damaged");
        case HUDDLE_LINK_E_NUMBER:
                return N_("the record number in the link is wrong");
        case HUDDLE_LINK_E_SECRET:
                return N_("the code or password in the link cannot be read");
        default:
                return N_("this is no link of Huddle, or one of another version");
        }
}
