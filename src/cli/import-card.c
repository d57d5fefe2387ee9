/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle card import: reads another program's card and reports what was lost */
#include "bus.h"
#include "charset.h"
#include "out.h"
#include "own-card.h"
#include "picture.h"

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
        unsigned line;       /* lines before the chosen card */
        const char *charset; /* requested or guessed; NULL: none was needed */
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

/* Concatenates the cards of a vdir folder: UTF-8, without byte order marks. */
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
                if (r == 0 && i->len - from >= 3 && memcmp(i->bytes + from, "\xef\xbb\xbf", 3) == 0)
                        memset(i->bytes + from, '\n', 3);
                if (r == 0 && i->len > from && i->len <= FILE_MAX && i->bytes[i->len - 1] != '\n')
                        i->bytes[i->len++] =
                                /* fits: import_read_fd stopped with room left */
                                '\n';
        }
        free(entries);
        return r;
}

static int import_read_path(Import *i, const char *path)
{
        _cleanup_close_ int fd =
                strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        return S_ISDIR(st.st_mode) ? import_read_folder(i, fd) : import_read_fd(i, fd);
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

/* Finds the only card with this name or address. */
static Exit import_find_meant(const Import *i, const char *query, size_t *ret_from)
{
        char names[NAMES_SHOWN * 64] = "";
        size_t from = 0, used, n = 0;
        int r;

        for (; from < i->len; from += used) {
                _cleanup_(card_freep) Card *c = NULL;
                CardReading how = {.max = FILE_MAX, .charset = i->charset, .forgiving = true};

                used = 0;
                r = card_parse_as(&c, i->bytes + from, i->len - from, &how, &used, NULL);
                if (r < 0 || r == CARD_E_NO_CARD || used == 0)
                        break;
                if (r != 0 || !import_is_meant(c, query))
                        continue;
                *ret_from = from;
                if (n++ < NAMES_SHOWN)
                        (void)snprintf(names + strlen(names), sizeof names - strlen(names),
                                       "%s%.50s", n > 1 ? ", " : "", shown(card_name(c)));
        }
        if (n == 0)
                return complain(i->cli, EXIT_FAILED, NULL,
                                _("no card there has this name or address"));
        if (n > 1)
                return complain(i->cli, EXIT_FAILED, NULL,
                                ngettext("%zu card fits: %s%s", "%zu cards fit: %s%s", n), n, names,
                                n > NAMES_SHOWN ? ", …" : "");
        return EXIT_DONE;
}

static unsigned import_count_lines(const char *bytes, size_t len)
{
        unsigned n = 0;

        for (size_t k = 0; k < len; k++)
                n += bytes[k] == '\n' ||
                     (bytes[k] == '\r' && (k + 1 == len || bytes[k + 1] != '\n'));
        return n;
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

static void import_tell(const Import *i)
{
        size_t n;
        json_t *loss;

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

static Exit import_take(Import *i, size_t from)
{
        _cleanup_(card_freep) Card *c = NULL;
        json_auto_t *pictures = NULL;
        size_t used = 0;
        unsigned line = 0;
        int r;

        i->line = import_count_lines(i->bytes, from);
        r = import_parse(i, from, &c, &used, &line);
        if (r == -EINVAL)
                return complain(i->cli, EXIT_USAGE, NULL, _("this character set is not known"));
        if (r)
                return complain_card(i->cli, r, line + i->line);
        if (!i->cli->json) {
                import_tell(i);
                assert(used <= i->len - from);
                if (from == 0 && import_has_more(i->bytes + used, i->len - used))
                        note(_("there are more cards; the first is taken"));
        }
        r = pictures_fit(i->cli, c, card_is_of_eds(i->contact), &pictures);
        if (r < 0)
                return complain_card(i->cli, r, 0);
        return send_card(i->cli, c,
                         json_pack("{s:O, s:O, s:s*, s:O*}", "lost", i->lost, "pictures", pictures,
                                   "charset", i->charset, "contact", i->contact));
}

Exit set_picture(Cli *cli, const char *path)
{
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_free_ unsigned char *small = NULL;
        Import i = {.cli = cli};
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
        return code == EXIT_DONE ? import_take(&i, from) : code;
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
        return import_take(&i, 0);
}
