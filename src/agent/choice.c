/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "choice.h"
#include "src/base/paths.h"
#include "sink-eds.h"

#include <assert.h>
#include <fcntl.h>
#include <glob.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define SECTION "AddressBooks"
#define CONFIG "huddle/agent.conf"
#define OWN_CONFIG "huddle/agent.conf.d/book.conf" /* written by "huddle book" */

typedef char SettingText[SETTING_TEXT_SIZE];
typedef struct Texts {
        SettingText of[CHOICE_SETTINGS];
} Texts;

/* Must match docs/huddle-agent.1; a test compares the two. */
const Setting choice_table[CHOICE_SETTINGS] = {
        [BOOK_EDS] = {SECTION, "Eds", setting_text, offsetof(Texts, of[BOOK_EDS]), "auto", 0, 0},
        [BOOK_KDE] = {SECTION, "Kde", setting_text, offsetof(Texts, of[BOOK_KDE]), "auto", 0, 0},
        [BOOK_FOLDER] = {SECTION, "Folder", setting_text, offsetof(Texts, of[BOOK_FOLDER]), "auto",
                         0, 0},
        [BOOK_HOOK] = {SECTION, "Hook", setting_text, offsetof(Texts, of[BOOK_HOOK]), "no", 0, 0},
        [CHOICE_NOTES] = {SECTION, "Notes", setting_text, offsetof(Texts, of[CHOICE_NOTES]), "on",
                          0, 0},
};

const char *const book_kinds[BOOK_KINDS] = {"eds", "kde", "folder", "hook"};

const char *const note_styles[NOTE_STYLES] = {"on", "no-place", "off"};

NoteStyle note_style(const char *word)
{
        NoteStyle style = 0;

        while (style < NOTE_STYLES && strcmp(note_styles[style], word) != 0)
                style++;
        return style;
}

BookKind book_kind(const char *name)
{
        BookKind kind = 0;

        while (kind < BOOK_KINDS && strcmp(book_kinds[kind], name) != 0)
                kind++;
        return kind;
}

static bool is_path(const char *text)
{
        return *text == '/' || strncmp(text, "~/", 2) == 0;
}

int choice_check(BookKind kind, const char *setting)
{
        SettingText text;

        assert(kind < BOOK_KINDS);
        if (choice_table[kind].parse(&choice_table[kind], setting, text) < 0)
                return -EINVAL;
        if (strcmp(setting, "no") == 0 || is_path(setting))
                return kind == BOOK_EDS && is_path(setting) ? -EINVAL : 0;
        if (kind == BOOK_HOOK)
                return -EINVAL;
        if (strcmp(setting, "auto") == 0 || strcmp(setting, "yes") == 0)
                return 0;
        return kind == BOOK_EDS && *setting ? 0 : -EINVAL; /* the UID of a book */
}

/* ---- what the user has ---------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
        struct stat st;

        return path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Searches another program's configuration file for the first folder that exists. */
typedef struct Search {
        const char *key;
        bool folders_within; /* the value names a folder whose subfolders are the address books */
        char *found;
} Search;

static char *search_first_within(const char *path)
{
        _cleanup_free_ char *pattern = NULL;
        char *found = NULL;
        glob_t matches;

        if (asprintf(&pattern, "%s/*/", path) < 0)
                return NULL;
        if (glob(pattern, 0, NULL, &matches) == 0) {
                found = strdup(matches.gl_pathv[0]);
                globfree(&matches);
        }
        return found;
}

static bool has_cards(const char *path)
{
        _cleanup_free_ char *pattern = NULL;
        glob_t matches;
        bool has;

        if (asprintf(&pattern, "%s/*.vcf", path) < 0)
                return false;
        has = glob(pattern, GLOB_NOSORT, NULL, &matches) == 0;
        globfree(&matches);
        return has;
}

static int search_on_line(void *userdata, const char *section, const char *name, const char *value)
{
        Search *s = userdata;
        _cleanup_free_ char *bare = NULL, *path = NULL;
        size_t len = strlen(value);

        if (s->found || strcmp(name, s->key) != 0)
                return 1;
        bare = *value == '"' && len >= 2 && value[len - 1] == '"' ? strndup(value + 1, len - 2)
                                                                  : strdup(value);
        path = bare ? home_path(bare) : NULL;
        if (!is_folder(path))
                return 1;
        s->found =
                s->folders_within && !has_cards(path) ? search_first_within(path) : TAKE_PTR(path);
        return 1;
}

/* khard names each address book, vdirsyncer the folder of several. New, or NULL. */
static char *choice_find_vdir(void)
{
        _cleanup_free_ char *khard = xdg_path("XDG_CONFIG_HOME", ".config", "khard/khard.conf");
        _cleanup_free_ char *vdirsyncer =
                xdg_path("XDG_CONFIG_HOME", ".config", "vdirsyncer/config");
        Search s = {.key = "path"};

        if (khard)
                /* errors in its file are not ours to report */
                (void)ini_parse(khard, search_on_line, &s);
        s.folders_within = true;
        if (!s.found && vdirsyncer)
                (void)ini_parse(vdirsyncer, search_on_line, &s);
        return s.found;
}

static bool is_kde_desktop(void)
{
        const char *desktop = getenv("XDG_CURRENT_DESKTOP");

        return desktop && strstr(desktop, "KDE");
}

/* ---- choosing ------------------------------------------------------------------------------- */

static bool is_auto(const Book *b)
{
        return strcmp(b->setting, "auto") == 0;
}

static bool is_no(const Book *b)
{
        return strcmp(b->setting, "no") == 0;
}

static int choice_choose_eds(Book *b, bool has_eds)
{
        bool names_one = !is_auto(b) && !is_no(b) && strcmp(b->setting, "yes") != 0;

        b->place = strdup(names_one ? b->setting : EDS_DEFAULT_BOOK);
        b->found = has_eds;
        b->used = is_auto(b) ? has_eds : !is_no(b);
        return b->place ? 0 : -ENOMEM;
}

static int choice_choose_kde(Book *b)
{
        b->place = is_path(b->setting) ? home_path(b->setting)
                                       : xdg_path("XDG_DATA_HOME", ".local/share", "kpeoplevcard");
        b->found = is_folder(b->place) || is_kde_desktop();
        b->used = is_auto(b) ? b->found : !is_no(b);
        return b->place ? 0 : -ENOENT;
}

/* Falls back to our own folder if no other is found and no other address book is used. */
static int choice_choose_folder(Book *b, bool others)
{
        b->place = is_path(b->setting) ? home_path(b->setting) : choice_find_vdir();
        b->found = b->place != NULL;
        b->used = is_auto(b) ? b->found || !others : !is_no(b);
        if (!b->place)
                b->place = xdg_path("XDG_DATA_HOME", ".local/share", "huddle/contacts");
        return b->place ? 0 : -ENOENT;
}

static int choice_choose_hook(Book *b)
{
        b->place = is_path(b->setting) ? home_path(b->setting) : NULL;
        b->found = b->used = b->place != NULL;
        return 0;
}

static int choice_choose_all(Choice *c, bool has_eds)
{
        Book *b = c->books;
        int r = choice_choose_eds(&b[BOOK_EDS], has_eds);

        if (r == 0)
                r = choice_choose_kde(&b[BOOK_KDE]);
        if (r == 0)
                r = choice_choose_hook(&b[BOOK_HOOK]);
        if (r == 0)
                r = choice_choose_folder(&b[BOOK_FOLDER],
                                         b[BOOK_EDS].used || b[BOOK_KDE].used || b[BOOK_HOOK].used);
        return r;
}

static int choice_only_folder(Choice *c, const char *folder)
{
        static const char no[] = "no";

        for (BookKind k = 0; k < BOOK_KINDS; k++)
                (void)snprintf(c->books[k].setting, sizeof c->books[k].setting, "%s", no);
        c->books[BOOK_FOLDER].place = strdup(folder);
        c->books[BOOK_FOLDER].used = c->books[BOOK_FOLDER].found = true;
        (void)snprintf(c->books[BOOK_FOLDER].setting, SETTING_TEXT_SIZE, "%s", folder);
        return c->books[BOOK_FOLDER].place ? 0 : -ENOMEM;
}

static bool choice_is_valid(int nth, const char *setting)
{
        return nth == CHOICE_NOTES ? note_style(setting) < NOTE_STYLES
                                   : choice_check((BookKind)nth, setting) == 0;
}

static int choice_read_settings(Texts *ret, SettingWarning warn, void *userdata)
{
        _cleanup_free_ char *path = xdg_path("XDG_CONFIG_HOME", ".config", CONFIG);
        int r;

        settings_default(choice_table, CHOICE_SETTINGS, ret);
        if (!path)
                return -ENOENT;
        r = settings_read(choice_table, CHOICE_SETTINGS, ret, path, warn, userdata);
        for (int k = 0; k < CHOICE_SETTINGS; k++)
                if (!choice_is_valid(k, ret->of[k])) {
                        if (warn)
                                warn(userdata, path, 0,
                                     "a setting of an address book is none: its default is used");
                        (void)choice_table[k].parse(&choice_table[k], choice_table[k].fallback,
                                                    ret->of[k]);
                }
        return MIN(r, 0);
}

void choice_done(Choice *c)
{
        for (BookKind k = 0; k < BOOK_KINDS; k++)
                free(c->books[k].place);
        *c = (Choice){0};
}

int choice_read(Choice *ret, bool has_eds, const char *folder, SettingWarning warn, void *userdata)
{
        _cleanup_(choice_done) Choice c = {0};
        Texts texts;
        int r = choice_read_settings(&texts, warn, userdata);

        if (r < 0)
                return r;
        for (BookKind k = 0; k < BOOK_KINDS; k++)
                memcpy(c.books[k].setting, texts.of[k], sizeof c.books[k].setting);
        c.notes = note_style(texts.of[CHOICE_NOTES]);
        r = folder ? choice_only_folder(&c, folder) : choice_choose_all(&c, has_eds);
        if (r < 0)
                return r;
        *ret = c;
        c = (Choice){0};
        return 0;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* Reads what "huddle book" has written. What it did not set is empty. */
static int choice_read_own(Texts *ret, const char *path)
{
        *ret = (Texts){0};
        return MIN(settings_read(choice_table, CHOICE_SETTINGS, ret, path, NULL, NULL), 0);
}

static int choice_write_own(const Texts *t, const char *path)
{
        _cleanup_free_ char *temporary = NULL;
        FILE *file;
        int r = 0;

        if (asprintf(&temporary, "%s.new", path) < 0)
                return -ENOMEM;
        file = fopen(temporary, "we");
        if (!file)
                return -errno;
        (void)fputs("# written by \"huddle book\"; wins over agent.conf\n[" SECTION "]\n", file);
        for (int k = 0; k < CHOICE_SETTINGS; k++)
                if (*t->of[k])
                        (void)fprintf(file, "%s = %s\n", choice_table[k].key, t->of[k]);
        if (fflush(file) != 0 || fsync(fileno(file)) < 0)
                r = -errno;
        (void)fclose(file);
        return r == 0 && rename(temporary, path) < 0 ? -errno : r;
}

static int choice_write_nth(int nth, const char *setting)
{
        _cleanup_free_ char *path = xdg_path("XDG_CONFIG_HOME", ".config", OWN_CONFIG),
                            *folder = NULL;
        Texts texts;
        int r;

        assert(choice_is_valid(nth, setting));
        if (!path)
                return -ENOENT;
        folder = strndup(path, (size_t)(strrchr(path, '/') - path));
        r = folder ? make_folder(folder) : -ENOMEM;
        if (r == 0)
                r = choice_read_own(&texts, path);
        if (r < 0)
                return r;
        (void)snprintf(texts.of[nth], SETTING_TEXT_SIZE, "%s", setting);
        return choice_write_own(&texts, path);
}

int choice_write(BookKind kind, const char *setting)
{
        return choice_write_nth((int)kind, setting);
}

int choice_write_notes(NoteStyle style)
{
        return choice_write_nth(CHOICE_NOTES, note_styles[style]);
}
