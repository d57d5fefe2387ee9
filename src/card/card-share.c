/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Selects what leaves of the own card: the shared fields, without what is about the address book
 * that the card came from. */
#include "card-model.h"
#include "card-types.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- lists of fields ------------------------------------------------------------------------ */

/* Length of a name at s: letters, digits and dashes. */
static size_t field_name_len(const char *s)
{
        size_t n = 0;

        while (isalnum((unsigned char)s[n]) || s[n] == '-')
                n++;
        return n;
}

/* Length of a field at s, 0 where there is none: NAME, NAME/TYPE, NAME/-TYPE. */
static size_t field_len(const char *s)
{
        size_t n = field_name_len(s), type;

        if (n == 0 || s[n] != '/')
                return n;
        n++;
        type = field_name_len(s + n);
        return type > (s[n] == '-') ? n + type : 0;
}

bool card_is_field_list(const char *fields)
{
        size_t n;

        if (strcmp(fields, "*") == 0)
                return true;
        for (; (n = field_len(fields)) > 0; fields += n + 1)
                if (fields[n] != ',')
                        return fields[n] == '\0';
        return false;
}

bool card_has_known_fields(const Card *c, const char *fields)
{
        if (!card_is_field_list(fields))
                return false;
        for (size_t n; (n = field_len(fields)) > 0; fields += n + (fields[n] == ',')) {
                char name[128];

                (void)snprintf(name, sizeof name, "%.*s", (int)field_name_len(fields), fields);
                if (!card_is_property(name) && !(c && card_value(c, name, 0)))
                        return false;
        }
        return true;
}

/* Whether the type of a field is that of the value. */
static bool field_type_fits(const Card *c, const CardProperty *p, const char *type)
{
        if (strcasecmp(type, "home") == 0)
                return card_is_private(c, p);
        if (strcasecmp(type, "work") == 0)
                return card_is_of_work(c, p);
        return card_has_type(p, type);
}

static bool field_takes(const char *field, size_t len, const Card *c, const CardProperty *p)
{
        const char *slash = memchr(field, '/', len);
        size_t name = slash ? (size_t)(slash - field) : len;
        char type[128];
        bool without;

        if (strlen(p->name) != name || strncasecmp(p->name, field, name) != 0)
                return false;
        if (!slash)
                return true;
        without = slash[1] == '-';
        (void)snprintf(type, sizeof type, "%.*s", (int)(len - name - 1 - without),
                       slash + 1 + without);
        return field_type_fits(c, p, type) != without;
}

/* ---- what never leaves ---------------------------------------------------------------------- */

/* About a server or program that keeps the entry, groups of the user's, or others. */
static const char private_names[] =
        "CATEGORIES,CLIENTPIDMAP,MEMBER,SOURCE,X-ABUID,X-EVOLUTION-LIST,"
        "X-EVOLUTION-FILE-AS,X-EVOLUTION-BOOK-URI";
static const char *const private_beginnings[] = {
        "X-ADDRESSBOOKSERVER-",
        "X-COUCHDB-",
        "X-DAVX",
        "X-DAVDROID-",
        "X-EVOLUTION-DEST-",
        "X-EVOLUTION-LIST-",
        "X-EVOLUTION-WEBDAV-",
        "X-FUNAMBOL-",
        "X-HUDDLE-",
        "X-NEXTCLOUD-",
        "X-OWNCLOUD-",
        "X-RADICALE-",
        "X-SOGO-",
        "X-SYNCML-",
        "X-ZIMBRA-",
};
static const char *const private_endings[] = {"-HREF", "-ETAG", "-CTAG", "-SYNC-TOKEN"};
static const char *const private_pieces[] = {"-CALDAV-", "-CARDDAV-", "-WEBDAV-"};

static bool leak_begins(const char *s, const char *beginning)
{
        return strncasecmp(s, beginning, strlen(beginning)) == 0;
}

static bool leak_ends(const char *s, const char *ending)
{
        size_t len = strlen(s), n = strlen(ending);

        return len >= n && strcasecmp(s + len - n, ending) == 0;
}

/* Whether a property or parameter of this name is about where the entry is kept. */
static bool leak_is_name(const char *name)
{
        bool found = card_is_listed(private_names, name);

        for (size_t i = 0; i < ARRAY_LEN(private_beginnings); i++)
                found = found || leak_begins(name, private_beginnings[i]);
        for (size_t i = 0; i < ARRAY_LEN(private_endings); i++)
                found = found || leak_ends(name, private_endings[i]);
        for (size_t i = 0; i < ARRAY_LEN(private_pieces); i++)
                found = found || strcasestr(name, private_pieces[i]);
        return found;
}

/* Whether a label of a host's name, or a piece of a path, is one of a DAV server. */
static bool leak_is_dav(const char *word, size_t len)
{
        static const char *const words[] = {"dav", "caldav", "carddav", "webdav", "remote.php"};

        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0)
                        return true;
        return false;
}

/* The address of a picture or the like in somebody's address book: on a server, or in a file. */
static bool leak_is_address(const char *value)
{
        static const char *const local[] = {"file:", "content:", "webdav:", "carddav:", "caldav:"};

        for (size_t i = 0; i < ARRAY_LEN(local); i++)
                if (leak_begins(value, local[i]))
                        return true;
        if (!leak_begins(value, "http:") && !leak_begins(value, "https:"))
                return false;
        for (const char *s = value + 5; *s; s += strcspn(s, "/."), s += strspn(s, "/.")) {
                if (leak_is_dav(s, strcspn(s, "/.")) || leak_is_dav(s, strcspn(s, "/")))
                        return true;
        }
        return false;
}

/* Addresses that people give on purpose. */
static bool leak_is_meant(const char *name)
{
        return card_is_listed("CALADRURI,CALURI,FBURL,URL", name);
}

/* "https://ida:secret@cloud.example/": the address of an account, with its password. */
static bool leak_has_password(const char *value)
{
        const char *host = strstr(value, "://");
        size_t len = host ? strcspn(host + 3, "/?#") : 0;
        const char *at = host ? memchr(host + 3, '@', len) : NULL;

        return at && memchr(host + 3, ':', (size_t)(at - host - 3));
}

static bool card_is_leak(const CardProperty *p)
{
        return leak_is_name(p->name) || leak_begins(p->value, "file:") ||
               leak_begins(p->value, "content:") || leak_has_password(p->value) ||
               (!leak_is_meant(p->name) && leak_is_address(p->value));
}

/* ---- what is shared ------------------------------------------------------------------------- */

static bool card_is_shared(const Card *c, const char *fields, const CardProperty *p)
{
        if (card_is_leak(p))
                return false;
        if (strcmp(fields, "*") == 0)
                return true;
        for (size_t n; (n = field_len(fields)) > 0; fields += n + (fields[n] == ','))
                if (field_takes(fields, n, c, p))
                        return true;
        return card_is_listed("UID,N,FN", p->name);
}

static bool card_is_label_of(const CardProperty *p)
{
        return p->group && card_is_listed("X-ABLABEL,X-ABADR", p->name);
}

static bool card_is_group_shared(const Card *c, const bool *shared, const char *group)
{
        for (size_t i = 0; i < c->properties.n; i++) {
                const CardProperty *p = &c->properties.list[i];

                if (shared[i] && p->group && strcasecmp(p->group, group) == 0)
                        return true;
        }
        return false;
}

/* A label is shared with a value of its group. */
static void card_mark_shared(const Card *c, const char *fields, bool *shared)
{
        assert(c->properties.n <= CARD_PROPERTIES_MAX);
        for (size_t i = 0; i < c->properties.n; i++)
                shared[i] = !card_is_label_of(&c->properties.list[i]) &&
                            card_is_shared(c, fields, &c->properties.list[i]);
        for (size_t i = 0; i < c->properties.n; i++) {
                const CardProperty *p = &c->properties.list[i];

                if (card_is_label_of(p))
                        shared[i] = card_is_group_shared(c, shared, p->group);
        }
}

int card_walk_unshared(const Card *c, const char *fields,
                       int (*func)(void *userdata, const char *field), void *userdata)
{
        bool shared[CARD_PROPERTIES_MAX];
        int r = 0;

        if (!card_is_field_list(fields))
                return -EINVAL;
        card_mark_shared(c, fields, shared);
        for (size_t i = 0; i < c->properties.n && r == 0; i++) {
                const CardProperty *p = &c->properties.list[i];
                char field[CARD_FIELD_MAX];

                if (shared[i] || card_is_label_of(p))
                        continue;
                (void)snprintf(field, sizeof field, "%.200s%s", p->name,
                               card_is_private(c, p)   ? "/home"
                               : card_is_of_work(c, p) ? "/work"
                                                       : "");
                r = func(userdata, field);
        }
        return r;
}

/* Parameters that say where the value is kept. */
static void card_share_params(CardProperty *p)
{
        for (size_t i = p->params.n; i-- > 0;) {
                const char *name = p->params.list[i].name;

                if (leak_is_name(name) || leak_begins(name, "X-EVOLUTION-") ||
                    strcmp(name, "PID") == 0)
                        card_param_remove_at(p, i);
        }
}

int card_share(Card *c, const char *fields)
{
        bool shared[CARD_PROPERTIES_MAX];
        size_t kept = 0;

        if (!card_is_field_list(fields))
                return -EINVAL;
        card_mark_shared(c, fields, shared);
        for (size_t i = 0; i < c->properties.n; i++) {
                if (!shared[i]) {
                        card_property_done(&c->properties.list[i]);
                        continue;
                }
                card_share_params(&c->properties.list[i]);
                c->properties.list[kept++] = c->properties.list[i];
        }
        c->properties.n = kept;
        return 0;
}
