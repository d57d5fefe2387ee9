/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view.h"
#include "glyphs.h"
#include "out.h"
#include "terms.h"

#include <langinfo.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

enum {
        TEXT_LINES = 9, /* fixed lines below the code, besides names and other groups */
        OTHERS_MAX = 4, /* groups shown, of two lines each */
};

typedef struct Page {
        FILE *out;
        unsigned columns, rows, lines;
} Page;

static const struct {
        const char *state, *text;
} states[] = {
        {"listening", N_("Listening who is near…")},
        {"gathering", N_("Say the code aloud: everybody types it now.")},
        {"opening", N_("The group is closed; everybody shows what they committed to…")},
        {"proving", N_("The group makes sure that it is among itself…")},
        {"releasing", N_("Your card goes out when the time is up; Ctrl-C keeps it here.")},
        {"delivered", N_("The cards are here.")},
        {"failed", N_("It came to nothing.")},
        {"left", N_("You have left; your card was not released.")},
};

static const struct {
        const char *level, *text;
} levels[] = {
        {"unchecked", N_("Not checked: anyone who knew the digits may be among these.")},
        {"proven", N_("Proven: all who get your card know the secret words.")},
        {"vouched", N_("Vouched for: these are the cards of whoever gave you the password, and of "
                       "their group.")},
        {"compared",
         N_("Compared: the same phrase on every screen, so nobody else is among these.")},
};

static bool view_is(const Press *p, const char *property)
{
        return json_is_true(json_object_get(p->properties, property));
}

/* What differs by whether the card is out. */
static const char *view_released_state(const Press *p)
{
        if (strcmp(press_state(p), "releasing") == 0)
                return _("Your card is out; waiting for the others. Leaving keeps what has come.");
        if (strcmp(press_state(p), "left") == 0)
                return _("You have left, but your card was out already: see huddle history.");
        if (strcmp(press_state(p), "failed") == 0)
                return _("It came to nothing, but your card was out already: see huddle history.");
        return NULL;
}

const char *view_state(const Press *p)
{
        if (view_is(p, "CardReleased") && view_released_state(p))
                return view_released_state(p);
        if (view_is(p, "Held"))
                return _(
                        "The countdown stands still until you say y or n; Ctrl-C keeps your card.");
        for (size_t i = 0; i < ARRAY_LEN(states); i++)
                if (strcmp(states[i].state, press_state(p)) == 0)
                        return _(states[i].text);
        return "";
}

const char *view_level(const Press *p)
{
        for (size_t i = 0; i < ARRAY_LEN(levels); i++)
                if (strcmp(levels[i].level, press_text(p, "Level")) == 0)
                        return _(levels[i].text);
        return "";
}

/* Number of bytes of text that fit into this many columns. */
static size_t view_fit_columns(const char *text, unsigned columns)
{
        size_t used = 0, n;
        unsigned width = 0;
        mbstate_t state = {0};
        wchar_t c;

        for (; text[used]; used += n) {
                n = mbrtowc(&c, text + used, strlen(text + used), &state);
                if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
                        return used;
                width += (unsigned)MAX(wcwidth(c), 0);
                if (width > columns)
                        return used;
        }
        return used;
}

static void view_print(Page *page, const char *text)
{
        (void)fprintf(page->out, "%.*s\n", (int)view_fit_columns(text, page->columns), text);
        page->lines++;
}

static void view_line(Page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints one line, cut at the terminal's width so that it never wraps. */
static void view_line(Page *page, const char *format, ...)
{
        char text[2048];
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        view_print(page, text);
}

static void view_field(Page *page, const char *name, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The same, behind a label; name "": none, the text stands below that of the line above. */
static void view_field(Page *page, const char *name, const char *format, ...)
{
        char text[2048];
        size_t len;
        va_list ap;

        (void)snprintf(text, sizeof text, "%s", label(name));
        len = strlen(text);
        va_start(ap, format);
        (void)vsnprintf(text + len, sizeof text - len, format, ap);
        va_end(ap);
        view_print(page, text);
}

static unsigned view_others_lines(const Press *p)
{
        size_t n = json_array_size(json_object_get(p->properties, "Others"));

        return n > 0 ? 2 * (unsigned)MIN(n, (size_t)OTHERS_MAX) + (n > OTHERS_MAX) : 0;
}

static void view_draw_code(Page *page, const Press *p)
{
        const char *code = shown(press_text(p, "Code"));
        unsigned needed = TEXT_LINES +
                          (unsigned)json_array_size(json_object_get(p->properties, "Members")) +
                          view_others_lines(p);
        GlyphSpace space = {
                .columns = page->columns,
                .lines = page->rows > needed ? page->rows - needed : 0,
                .blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        };

        if (!*code)
                return;
        page->lines += glyphs_draw(page->out, code, &space);
        view_field(page, _("Code"), "%s", code);
}

static void view_draw_members(Page *page, const Press *p)
{
        size_t i, hidden = 0;
        json_t *member;

        json_array_foreach(json_object_get(p->properties, "Members"), i, member)
        {
                const char *name = json_string_value(json_array_get(member, 1));
                const char *state = json_string_value(json_array_get(member, 2));

                if (page->lines + 4 > page->rows)
                        hidden++;
                else
                        view_line(page, "  %s %s", padded(term(state), 9),
                                  name && *name ? shown(name) : _("(not named yet)"));
        }
        if (hidden)
                view_line(page, ngettext("  and %zu more", "  and %zu more", hidden), hidden);
}

static void view_draw_phrase(Page *page, const Press *p)
{
        const char *phrase = press_text(p, "Phrase");

        if (!*phrase && strcmp(press_text(p, "PhraseStatus"), "incomplete") == 0)
                view_field(page, _("Phrase"), "%s",
                           _("none: not everybody opened in time, it would prove nothing."));
        if (!*phrase)
                return;
        view_field(page, _("Phrase"), "%s", shown(phrase));
        view_field(page, "", "%s", view_level(p));
        if (strcmp(press_text(p, "Level"), "compared") != 0 && !press_is_over(p))
                view_field(page, "", "%s",
                           strcmp(press_state(p), "releasing") == 0 &&
                                           !view_is(p, "CardReleased") && !view_is(p, "Held")
                                   ? _("The same on every screen? y or n, then Enter; h stops the "
                                       "clock")
                                   : _("The same on every screen? y or n, then Enter"));
}

/* Two lines of at most 80 columns. */
static void view_draw_other(Page *page, const Press *p, const PressOther *o)
{
        const char *own = shown(press_text(p, "OwnWord"));

        view_field(page, _("Waiting"),
                   ngettext("%u more has your code but is not heard nearby.",
                            "%u more have your code but are not heard nearby.", o->members),
                   o->members);
        if (o->same_word)
                view_field(page, "", _("Two groups show \"%s\": one of them has to start again."),
                           o->word);
        else if (o->admitted)
                view_field(page, "", _("You let \"%s\" in; they have to let in \"%s\"."), o->word,
                           own);
        else
                view_field(page, "",
                           _("Their screen \"%s\", yours \"%s\"? Type %s to let them in."), o->word,
                           own, o->word);
}

static void view_draw_others(Page *page, const Press *p)
{
        size_t hidden = 0;
        PressOther o;

        for (size_t i = 0; press_other(p, i, &o); i++) {
                if (i < OTHERS_MAX)
                        view_draw_other(page, p, &o);
                else
                        hidden++;
        }
        if (hidden)
                view_field(page, "",
                           ngettext("and %zu more group: huddle admit",
                                    "and %zu more groups: huddle admit", hidden),
                           hidden);
}

static void view_draw_page(Page *page, const Press *p, size_t near, bool lost)
{
        unsigned left = press_seconds_left(p);

        view_draw_code(page, p);
        view_field(page, _("Here"), _("%u in the group, %zu near"), press_count(p), near);
        if (left > 0)
                view_field(page, _("Time"), _("%u s"), left);
        view_draw_others(page, p);
        view_draw_phrase(page, p);
        view_draw_members(page, p);
        view_line(page, "%s",
                  lost ? _("huddled is away; waiting for it to come back.") : view_state(p));
        if (json_is_true(json_object_get(p->properties, "Opener")) &&
            strcmp(press_state(p), "gathering") == 0)
                view_line(page, "%s", _("c and Enter closes the window now; Ctrl-C leaves."));
        else if (!press_is_over(p))
                view_line(page, "%s", _("Ctrl-C leaves."));
}

void view_draw(View *v, const Press *p, size_t near, bool lost)
{
        Page page = {.out = stdout, .columns = 80, .rows = 24};
        struct winsize size;

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
                page.columns = size.ws_col;
                page.rows = size.ws_row;
        }
        if (v->drawn > 0)
                (void)printf("\033[%uA\r\033[J", v->drawn);
        view_draw_page(&page, p, near, lost);
        v->drawn = MIN(page.lines, page.rows - 1);
        (void)fflush(stdout);
}
