/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view.h"
#include "glyphs.h"
#include "letters.h"
#include "out.h"
#include "qr.h"
#include "screen.h"

#include <langinfo.h>
#include <string.h>

enum {
        TEXT_BESIDE_MIN = 30, /* columns of the text beside a picture */
        TEXT_BELOW_COLUMNS = 60,
        TEXT_BELOW_LINES = 8, /* of a terminal, for the text below one, and the cursor */
};

/* What stands above the text, or beside it. */
typedef struct Picture {
        char *text;
        size_t size;
        unsigned columns, lines; /* 0: there is none */
} Picture;

void view_done(View *v)
{
        page_done(&v->said);
}

/* The page as good as it fits. Returns its lines. */
static unsigned view_fit(Page *page, const ViewFacts *facts, unsigned columns, unsigned lines)
{
        int members = (int)json_array_size(json_object_get(facts->press->properties, "Members"));
        unsigned used;

        view_text(page, facts, VIEW_NAMES_LISTED);
        used = page_count(page, columns);
        for (int names = members; used > lines && names >= 0; names--) {
                page_done(page);
                view_text(page, facts, names);
                used = page_fit(page, columns, lines);
        }
        return used;
}

static bool view_has_blocks(void)
{
        return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* ---- the code to scan ----------------------------------------------------------------------- */

/* Writes each line of the picture with one of the text beside it. */
static void view_join(FILE *to, const Picture *picture, const char *text)
{
        const char *left = picture->text;

        while (*left || *text) {
                size_t n = strcspn(left, "\n"), m = strcspn(text, "\n");

                (void)fprintf(to, "%.*s%*s %.*s\n", (int)n, left, *left ? 0 : (int)picture->columns,
                              "", (int)m, text);
                left += n + (left[n] != '\0');
                text += m + (text[m] != '\0');
        }
}

static void view_draw_picture(Picture *ret, const char *link, const QrSpace *space)
{
        FILE *to = open_memstream(&ret->text, &ret->size);

        if (!to)
                return;
        ret->lines = qr_draw(to, link, space, &ret->columns);
        (void)fclose(to);
}

/* Beside the text, where there is room for both; 0: there is not, and nothing was written. */
static unsigned view_draw_beside(FILE *to, const ViewFacts *facts, const View *v)
{
        QrSpace space = {.lines = v->lines - 1, .blocks = view_has_blocks()};
        Picture picture = {0};
        _cleanup_free_ char *text = NULL;
        Page page = {0};
        unsigned lines = 0, columns;
        size_t size;
        FILE *f = NULL;

        space.columns = v->columns > TEXT_BESIDE_MIN ? v->columns - TEXT_BESIDE_MIN : 0;
        view_draw_picture(&picture, press_text(facts->press, "Link"), &space);
        if (picture.lines > 0)
                f = open_memstream(&text, &size);
        if (f) {
                columns = v->columns - picture.columns - 1;
                (void)view_fit(&page, facts, columns, v->lines - 1);
                lines = page_write(&page, f, columns, v->lines - 1);
                (void)fclose(f);
                view_join(to, &picture, text);
                page_done(&page);
        }
        free(picture.text);
        return MAX(lines, picture.lines);
}

/* Above the text; 0: there is no room, and nothing was written. */
static unsigned view_draw_above(FILE *to, const ViewFacts *facts, const View *v)
{
        QrSpace space = {.columns = v->columns, .blocks = view_has_blocks()};
        Page page = {0};
        unsigned lines = view_fit(&page, facts, v->columns, v->lines - 1), picture = 0;

        if (lines < v->lines - 1) {
                space.lines = v->lines - 1 - lines;
                picture = qr_draw(to, press_text(facts->press, "Link"), &space, NULL);
        }
        if (picture > 0)
                lines = picture + page_write(&page, to, v->columns, lines);
        page_done(&page);
        return picture > 0 ? lines : 0;
}

/* Where its link is shown, and how large a terminal must be for the code. */
static unsigned view_draw_scan(FILE *to, ViewFacts *facts, const View *v)
{
        const char *link = press_text(facts->press, "Link");
        QrSpace smallest = {0};
        unsigned lines;

        facts->link = false;
        lines = view_draw_beside(to, facts, v);
        if (lines == 0)
                lines = view_draw_above(to, facts, v);
        facts->link = true;
        if (lines == 0 && qr_measure(link, view_has_blocks(), &smallest)) {
                facts->scan_columns = MAX(smallest.columns, (unsigned)TEXT_BELOW_COLUMNS);
                facts->scan_lines = smallest.lines + TEXT_BELOW_LINES;
        }
        return lines;
}

/* ---- redrawn in place ----------------------------------------------------------------------- */

/* The text, below the code in large letters if there is room. Returns the lines. */
static unsigned view_draw_below(FILE *to, const ViewFacts *facts, const View *v)
{
        GlyphSpace space = {.columns = v->columns, .blocks = view_has_blocks()};
        Page page = {0};
        unsigned lines = view_fit(&page, facts, v->columns, v->lines - 1), large = 0;
        const Block *code = page_find(&page, VIEW_CODE);

        space.lines = lines < v->lines - 1 ? v->lines - 1 - lines : 0;
        if (code && !facts->link)
                large = glyphs_draw(to, code->text, &space);
        lines = large + page_write(&page, to, v->columns, v->lines - 1 - large);
        page_done(&page);
        return lines;
}

static char *view_compose(const ViewFacts *facts, const View *v, unsigned *ret_lines)
{
        ViewFacts now = *facts;
        char *text = NULL;
        size_t size;
        FILE *to = open_memstream(&text, &size);
        unsigned lines = 0;

        if (!to)
                return NULL;
        if (facts->link && view_is_open(facts->press))
                lines = view_draw_scan(to, &now, v);
        if (lines == 0)
                lines = view_draw_below(to, &now, v);
        (void)fclose(to);
        *ret_lines = lines;
        return text;
}

/* A terminal that changes its size may break the lines anew, or not: then we begin at the top. */
static void view_go_back(View *v, unsigned columns, unsigned lines)
{
        if (v->drawn > 0 && (columns != v->columns || lines != v->lines))
                (void)fputs("\033[H\033[2J", stdout);
        else if (v->drawn > 0)
                (void)printf("\r\033[%uA\033[J", v->drawn);
        else
                (void)fputs("\r\033[J", stdout);
        v->columns = columns;
        v->lines = lines;
}

void view_draw(View *v, const ViewFacts *facts, const char *typed)
{
        _cleanup_free_ char *text = NULL, *answer = strdup(letters(shown(typed)));
        unsigned columns, lines;

        (void)screen_measure(&columns, &lines);
        view_go_back(v, columns, MAX(lines, 2U));
        v->drawn = 0;
        text = view_compose(facts, v, &v->drawn);
        if (text)
                (void)fputs(text, stdout);
        if (answer && *answer)
                (void)printf("> %s", page_tail(answer, columns > 3 ? columns - 3 : 1));
        (void)fflush(stdout);
}

/* ---- in lines ------------------------------------------------------------------------------- */

static bool view_has_changed(const View *v, const Block *block)
{
        const Block *before = page_find(&v->said, block->id);

        return !before || strcmp(before->text, block->text) != 0 ||
               (block->label && before->label && strcmp(before->label, block->label) != 0);
}

/* The seconds that people have are said once, not each second. */
static bool view_is_news(const View *v, const Page *page, const Block *block, const Press *p)
{
        if (block->id != VIEW_TIME)
                return view_has_changed(v, block);
        return (view_is_open(p) || view_counts_down(p)) &&
               view_has_changed(v, page_find(page, VIEW_STATE));
}

/* Without the state, which is said first. */
static void view_tell_news(const View *v, const Page *page, const ViewFacts *facts, FILE *to,
                           bool all)
{
        for (size_t i = 0; i < page->blocks.n; i++) {
                const Block *block = &page->blocks.list[i];

                if (block->id != VIEW_STATE && (all || view_asks(block)) &&
                    view_is_news(v, page, block, facts->press))
                        page_say(block, to);
        }
}

static void view_tell(View *v, const ViewFacts *facts, FILE *to, bool all)
{
        Page page = {0};
        const Block *state;

        view_text(&page, facts, VIEW_NAMES_LISTED);
        state = page_find(&page, VIEW_STATE);
        if (state && all && view_has_changed(v, state))
                page_say(state, to);
        if (state) /* else there was no memory */
                view_tell_news(v, &page, facts, to, all);
        page_done(&v->said);
        v->said = page;
        (void)fflush(to);
}

void view_say(View *v, const ViewFacts *facts)
{
        view_tell(v, facts, stdout, true);
}

void view_ask(View *v, const ViewFacts *facts, FILE *to)
{
        view_tell(v, facts, to, false);
}
