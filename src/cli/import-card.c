/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle card import: reads another program's card and reports what was lost */
#include "bus.h"
#include "charset.h"
#include "out.h"
#include "own-card.h"
#include "picture.h"
#include "src/card/card-source.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

enum {
        FILE_MAX = 32 * 1024 * 1024, /* an address book with pictures */
        NAMES_SHOWN = 10,
};

static const char *const losses[] = {
        [CARD_LOSS_OTHERS] = N_("somebody else's card"),
        [CARD_LOSS_ORIGIN] = N_("it is about the file, not about you"),
        [CARD_LOSS_BASE64] = N_("its base64 is broken"),
        [CARD_LOSS_MEDIA] = N_("neither a URI nor base64"),
        [CARD_LOSS_KIND] = N_("it is base64, but of nothing that is known"),
        [CARD_LOSS_DATE] = N_("it is no date"),
        [CARD_LOSS_SECOND] = N_("the card has another before it, and can have one only"),
        [CARD_LOSS_SORTING] = N_("there is no name to sort by it"),
        [CARD_LOSS_SYNTAX] = N_("it is broken"),
};

typedef struct Import {
        Cli *cli;
        char *bytes;
        size_t len;
        unsigned line;                 /* lines before the chosen card */
        bool picture;                  /* what is read is no text */
        bool unicode;                  /* the whole file, by its byte order mark or its NULs */
        const char *charset;           /* requested or guessed; NULL: none was needed */
        char groups[NAMES_SHOWN * 64]; /* names of lists of people that are passed over */
        unsigned n_groups;
        json_t *lost;
        json_t *contact; /* the contact of an address book, or NULL */
} Import;

/* ---- files ---------------------------------------------------------------------------------- */

/* Reads up to one byte more than the limit, so that the caller can tell what is too long. */
static int import_read_fd(Import *i, int fd)
{
        ssize_t n = 1;

        while (i->len <= FILE_MAX && n > 0) {
                char *more = realloc(i->bytes, i->len + 65536);

                if (!more)
                        return -ENOMEM;
                i->bytes = more;
                n = read(fd, i->bytes + i->len, 65536);
                if (n < 0)
                        return -errno;
                i->len += (size_t)n;
        }
        return 0;
}

static bool import_is_vcard(const char *name)
{
        size_t len = strlen(name);

        return *name != '.' && len > 4 && strcmp(name + len - 4, ".vcf") == 0;
}

static int import_by_name(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int import_is_wanted(const struct dirent *entry)
{
        return import_is_vcard(entry->d_name);
}

/* Brings the last file, from there on, to UTF-8 without byte order marks. */
static int import_to_utf8(Import *i, size_t from)
{
        _cleanup_(card_source_done) CardSource source = {0};
        char *bytes;
        int r = i->picture ? 0 : card_source_open(&source, i->bytes + from, i->len - from);

        if (r != 0 || !source.is_unicode)
                return r;
        i->unicode = true;
        if (!source.copy) {
                memset(i->bytes + from, ' ', source.mark);
                return 0;
        }
        bytes = realloc(i->bytes, from + source.len + 1);
        if (!bytes)
                return -ENOMEM;
        i->bytes = bytes;
        memcpy(i->bytes + from, source.text, source.len);
        i->len = from + source.len;
        return 0;
}

static int import_end_line(Import *i)
{
        char *bytes;

        if (i->len == 0 || i->bytes[i->len - 1] == '\n')
                return 0;
        bytes = realloc(i->bytes, i->len + 1);
        if (!bytes)
                return -ENOMEM;
        i->bytes = bytes;
        i->bytes[i->len++] = '\n';
        return 0;
}

/* Concatenates the cards of a vdir folder. A mark says nothing about the other files. */
static int import_read_folder(Import *i, int dir)
{
        struct dirent **entries;
        int n = scandirat(dir, ".", &entries, import_is_wanted, import_by_name), r = 0;

        if (n < 0)
                return -errno;
        for (int k = 0; k < n; k++) {
                _cleanup_close_ int fd =
                        openat(dir, entries[k]->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
                size_t from = i->len;

                free(entries[k]);
                if (r == 0)
                        r = fd < 0 ? -errno : import_read_fd(i, fd);
                if (r == 0 && i->len <= FILE_MAX)
                        r = import_to_utf8(i, from);
                if (r == 0 && i->len <= FILE_MAX)
                        r = import_end_line(i);
        }
        free(entries);
        i->unicode = false;
        return r;
}

static int import_read_path(Import *i, const char *path)
{
        _cleanup_close_ int fd =
                strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
        struct stat st;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return import_read_folder(i, fd);
        r = import_read_fd(i, fd);
        return r == 0 && i->len <= FILE_MAX ? import_to_utf8(i, 0) : r;
}

/* ---- choosing a card ------------------------------------------------------------------------ */

static bool import_is_meant(const Card *c, const char *query)
{
        const char *address;

        if (strcasestr(card_name(c), query))
                return true;
        for (size_t n = 0; (address = card_value(c, "EMAIL", n)); n++)
                if (strcasecmp(address, query) == 0)
                        return true;
        return false;
}

static unsigned import_count_lines(const char *bytes, size_t len)
{
        unsigned n = 0;

        for (size_t k = 0; k < len; k++)
                n += bytes[k] == '\n' ||
                     (bytes[k] == '\r' && (k + 1 == len || bytes[k + 1] != '\n'));
        return n;
}

/* What a search through a file has found. */
typedef struct Found {
        char names[NAMES_SHOWN * 64];
        size_t n;      /* cards that fit */
        size_t from;   /* where the last of them begins */
        size_t broken; /* cards that cannot be read */
        int outcome;   /* of the first of those, and where */
        unsigned line;
} Found;

static void import_add_name(char *names, size_t size, size_t n, const char *name)
{
        size_t len = strlen(names);

        if (n < NAMES_SHOWN)
                (void)snprintf(names + len, size - len, "%s%.50s", n > 0 ? ", " : "", shown(name));
}

/* Looks at the card there. False: there is none, or it cannot be passed. */
static bool import_look_at(const Import *i, const char *query, size_t from, size_t *ret_used,
                           Found *found)
{
        _cleanup_(card_freep) Card *c = NULL;
        CardReading how = {
                .max = FILE_MAX, .charset = i->charset, .forgiving = true, .unicode = i->unicode};
        unsigned line = 0;
        int r;

        *ret_used = 0;
        r = card_parse_as(&c, i->bytes + from, i->len - from, &how, ret_used, &line);
        if (r < 0 || r == CARD_E_NO_CARD)
                return false;
        if (r > 0 && found->broken++ == 0) {
                found->outcome = r;
                found->line = line > 0 ? line + import_count_lines(i->bytes, from) : 0;
        }
        if (r == 0 && !card_is_group(c) && import_is_meant(c, query)) {
                import_add_name(found->names, sizeof found->names, found->n++, card_name(c));
                found->from = from;
        }
        return *ret_used > 0;
}

static Exit import_complain_missing(const Import *i, const Found *found)
{
        if (found->broken == 0)
                return complain(i->cli, EXIT_FAILED, NULL,
                                _("no card there has this name or address"));
        return complain(i->cli, EXIT_FAILED, NULL,
                        ngettext("no card there has this name or address; %zu cannot be read: "
                                 "%s in line %u",
                                 "no card there has this name or address; %zu cannot be read, the "
                                 "first: %s in line %u",
                                 found->broken),
                        found->broken, _(card_complaint(found->outcome)), found->line);
}

/* Finds the only card with this name or address. */
static Exit import_find_meant(const Import *i, const char *query, size_t *ret_from)
{
        Found found = {0};
        size_t from = 0, used;

        while (from < i->len && import_look_at(i, query, from, &used, &found))
                from += used;
        if (found.n == 0)
                return import_complain_missing(i, &found);
        if (found.n > 1)
                return complain(i->cli, EXIT_FAILED, NULL,
                                ngettext("%zu card fits: %s%s", "%zu cards fit: %s%s", found.n),
                                found.n, found.names, found.n > NAMES_SHOWN ? ", …" : "");
        *ret_from = found.from;
        return EXIT_DONE;
}

static void import_on_group(void *userdata, const char *name)
{
        Import *i = userdata;

        import_add_name(i->groups, sizeof i->groups, i->n_groups++, name);
}

/* A list of people is nobody: the first person is behind it. */
static int import_skip_groups(Import *i, size_t *ret_from)
{
        CardReading how = {
                .max = FILE_MAX, .charset = i->charset, .forgiving = true, .unicode = i->unicode};

        return card_skip_groups(ret_from, i->bytes, i->len, &how, import_on_group, i);
}

static bool import_has_more(const char *bytes, size_t len)
{
        _cleanup_(card_freep) Card *c = NULL;

        return card_parse_as(&c, bytes, len, &(CardReading){.max = FILE_MAX, .forgiving = true},
                             NULL, NULL) != CARD_E_NO_CARD;
}

/* ---- reports -------------------------------------------------------------------------------- */

static void import_on_lost(void *userdata, unsigned line, const char *property, CardLoss why)
{
        Import *i = userdata;

        (void)json_array_append_new(
                i->lost, json_pack("{s:i, s:s, s:s}", "line", line > 0 ? (int)(line + i->line) : 0,
                                   "property", property, "reason", losses[why]));
}

static void import_tell_groups(const Import *i)
{
        if (i->n_groups > 0)
                note(ngettext("a list of people is nobody and is passed over: %s%s",
                              "lists of people are nobody and are passed over: %s%s", i->n_groups),
                     i->groups, i->n_groups > NAMES_SHOWN ? ", …" : "");
}

static void import_tell(const Import *i)
{
        size_t n;
        json_t *loss;

        import_tell_groups(i);

        if (i->charset && !i->cli->charset)
                note(_("the file does not say everywhere in which character set it is; it looks "
                       "like %s\n(--charset reads it in another one)"),
                     i->charset);
        json_array_foreach(i->lost, n, loss)
        {
                json_int_t line = json_integer_value(json_object_get(loss, "line"));
                const char *property = json_string_value(json_object_get(loss, "property"));

                if (!*property)
                        property = _("it");
                if (line > 0)
                        note(_("line %lld: %s is left out: %s"), (long long)line, property,
                             _(json_string_value(json_object_get(loss, "reason"))));
                else
                        note(_("%s is left out: %s"), property,
                             _(json_string_value(json_object_get(loss, "reason"))));
        }
}

/* ---- the import ----------------------------------------------------------------------------- */

static int import_parse_at(Import *i, size_t from, Card **ret, CardReading *how, size_t *ret_used,
                           unsigned *ret_line)
{
        assert(from <= i->len);
        *how = (CardReading){.max = FILE_MAX,
                             .charset = i->charset,
                             .forgiving = true,
                             .unicode = i->unicode,
                             .lost = import_on_lost,
                             .userdata = i};
        (void)json_array_clear(i->lost);
        return card_parse_as(ret, i->bytes + from, i->len - from, how, ret_used, ret_line);
}

/* A card that names no character set is read in the guessed one. If that does not fit, we read it
 * as windows-1252. */
static int import_parse(Import *i, size_t from, Card **ret, size_t *ret_used, unsigned *ret_line)
{
        _cleanup_(card_freep) Card *c = NULL;
        CardReading how;
        int r = import_parse_at(i, from, &c, &how, ret_used, ret_line);

        if (how.unnamed && !i->charset) {
                _cleanup_(card_freep) Card *better = NULL;

                i->charset = charset_guess(i->bytes, i->len);
                if (!i->charset ||
                    import_parse_at(i, from, &better, &how, ret_used, ret_line) != 0) {
                        i->charset = NULL;
                        r = import_parse_at(i, from, &better, &how, ret_used, ret_line);
                        i->charset = "WINDOWS-1252";
                } else
                        r = 0;
                card_free(c);
                c = TAKE_PTR(better);
        }
        if (r == 0)
                *ret = TAKE_PTR(c);
        return r;
}

static bool card_is_of_eds(const json_t *contact)
{
        const char *kind = json_string_value(json_object_get(contact, "Kind"));

        return kind && strcmp(kind, "eds") == 0;
}

/* chosen: the user has named the card that begins there. */
static Exit import_take(Import *i, size_t from, bool chosen)
{
        _cleanup_(card_freep) Card *c = NULL;
        json_auto_t *pictures = NULL;
        size_t used = 0;
        unsigned line = 0;
        int r = chosen ? 0 : import_skip_groups(i, &from);

        i->line = import_count_lines(i->bytes, from);
        if (r == 0)
                r = import_parse(i, from, &c, &used, &line);
        if (r == -EINVAL)
                return complain(i->cli, EXIT_USAGE, NULL, _("this character set is not known"));
        if (r)
                return complain_card(i->cli, r, line > 0 ? line + i->line : 0);
        if (!i->cli->json) {
                import_tell(i);
                assert(used <= i->len - from);
                if (!chosen && import_has_more(i->bytes + from + used, i->len - from - used))
                        note(_("there are more cards; the first is taken"));
        }
        r = pictures_fit(i->cli, c, card_is_of_eds(i->contact), &pictures);
        if (r < 0)
                return complain_card(i->cli, r, 0);
        return send_card(i->cli, c,
                         json_pack("{s:O, s:O, s:i, s:s*, s:O*}", "lost", i->lost, "pictures",
                                   pictures, "groups", (int)i->n_groups, "charset", i->charset,
                                   "contact", i->contact));
}

Exit set_picture(Cli *cli, const char *path)
{
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_free_ unsigned char *small = NULL;
        Import i = {.cli = cli, .picture = true};
        size_t len;
        Exit code = own_card(cli, &c, NULL);
        int r;

        if (code != EXIT_DONE)
                return code;
        r = import_read_path(&i, path);
        if (r == 0)
                r = picture_fit(i.bytes, i.len, &small, &len);
        free(i.bytes);
        if (r < 0)
                return complain(cli, EXIT_FAILED, NULL, "%s: %s", shown(path),
                                r == -EINVAL ? _("that is no JPEG, PNG or GIF") : strerror(-r));
        r = card_set(c, "PHOTO", "");
        if (r == 0)
                r = card_set_inline(c, "PHOTO", 0, "image/jpeg", small, len);
        return r ? complain_card(cli, r, 0) : send_card(cli, c, NULL);
}

static Exit read_cards(Import *i, const char *path)
{
        int r = import_read_path(i, path);

        if (r < 0)
                return complain(i->cli, EXIT_FAILED, NULL, "%s: %s", shown(path), strerror(-r));
        if (r > 0)
                return complain_card(i->cli, r, 0);
        return i->len > FILE_MAX ? complain_card(i->cli, CARD_E_TOO_LARGE, 0) : EXIT_DONE;
}

static void import_done(Import *i)
{
        json_decref(i->lost);
        json_decref(i->contact);
        free(i->bytes);
}

Exit import_card(Cli *cli, const char *path, const char *query)
{
        _cleanup_(import_done)
                Import i = {.cli = cli, .charset = cli->charset, .lost = json_array()};
        size_t from = 0;
        Exit code = read_cards(&i, path);

        if (code == EXIT_DONE && query)
                code = import_find_meant(&i, query, &from);
        return code == EXIT_DONE ? import_take(&i, from, query) : code;
}

Exit import_contact(Cli *cli, const char *query)
{
        _cleanup_(import_done)
                Import i = {.cli = cli, .charset = cli->charset, .lost = json_array()};
        const char *hex;
        Exit code = find_contact(cli, query, &i.contact);

        if (code != EXIT_DONE)
                return code;
        hex = json_string_value(json_object_get(i.contact, "Vcard"));
        i.bytes = malloc(hex ? strlen(hex) / 2 + 1 : 1);
        if (!i.bytes)
                return complain_card(cli, -ENOMEM, 0);
        if (hex)
                (void)sodium_hex2bin((unsigned char *)i.bytes, strlen(hex) / 2, hex, strlen(hex),
                                     NULL, &i.len, NULL);
        (void)json_object_del(i.contact, "Vcard"); /* the import reports what it takes */
        return import_take(&i, 0, false);
}
