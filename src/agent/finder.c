/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finder.h"
#include "bound.h"
#include "identity.h"
#include "names.h"
#include "normal.h"
#include "src/base/language.h"
#include "src/base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* How a contact matches, best first. */
typedef enum Fit { FIT_ID, FIT_EMAIL, FIT_NAME, FIT_PART_OF_NAME, FIT_NOT } Fit;

struct Finder {
        sd_event_source *turn;
        const Books *books;
        char *who, *name, *email; /* the query as given, as a normal name, as a normal address */
        BookKind next;
        Sink *sink; /* of the book being read, or NULL */
        int answer; /* result of reading it */
        Fit fit;    /* of the contacts in found */
        Finding found;
        FinderDone done;
        void *userdata;
};

/* ---- what fits ------------------------------------------------------------------------------ */

/* Whether each word of a begins some word of b. Both come from name_words. */
static bool begins_words(const char *a, const char *b)
{
        if (!*a)
                return false;
        for (const char *word = a; word[1];) {
                size_t len = 1 + strcspn(word + 1, " ");

                if (!memmem(b, strlen(b), word, len))
                        return false;
                word += len;
        }
        return true;
}

static int finder_has_email(bool *ret, const Finder *f, const Card *c)
{
        const char *address;

        *ret = false;
        for (size_t i = 0; *f->email && !*ret && (address = card_value(c, "EMAIL", i)); i++) {
                _cleanup_free_ char *normal = normal_email(address);

                if (!normal)
                        return -ENOMEM;
                *ret = strcmp(normal, f->email) == 0;
        }
        return 0;
}

static int finder_compare(Fit *ret, const Finder *f, const Card *c, const char *id)
{
        _cleanup_free_ char *fn = name_words(card_name(c)), *all = identity_names(c),
                            *names = all ? name_words(all) : NULL;
        bool by_email;

        if (!fn || !names || finder_has_email(&by_email, f, c) < 0)
                return -ENOMEM;
        if (strcmp(f->who, id) == 0 || strcmp(f->who, card_uid(c)) == 0)
                *ret = FIT_ID;
        else if (by_email)
                *ret = FIT_EMAIL;
        else if (strcmp(f->who, card_name(c)) == 0 || (*f->name && strcmp(f->name, fn) == 0))
                *ret = FIT_NAME;
        else if (strcasestr(card_name(c), f->who) || begins_words(f->name, names))
                *ret = FIT_PART_OF_NAME;
        else
                *ret = FIT_NOT;
        return 0;
}

/* ---- what was found ------------------------------------------------------------------------- */

static void found_done(Found *found)
{
        free(found->id);
        free(found->uid);
        free(found->name);
        free(found->email);
        free(found->text);
        *found = (Found){0};
}

static void finding_clear(Finding *f)
{
        while (f->n > 0)
                found_done(&f->list[--f->n]);
        f->more = false;
}

static bool finding_has(const Finding *f, const char *uid)
{
        for (size_t i = 0; i < f->n; i++)
                if (strcmp(f->list[i].uid, uid) == 0)
                        return true;
        return false;
}

static int finder_note(Finder *f, const Card *c, const char *id, const char *text)
{
        const char *email = card_value(c, "EMAIL", 0);
        Finding *all = &f->found;
        Found found = {.kind = f->next - 1};

        if (finding_has(all, card_uid(c))) /* the same contact may be in several books */
                return 0;
        if (all->n == FINDER_MAX) {
                all->more = true;
                return 0;
        }
        found.id = strdup(id);
        found.uid = strdup(card_uid(c));
        found.name = strdup(card_name(c));
        found.email = strdup(email ? email : "");
        found.text = all->n == 0 ? strdup(text) : NULL;
        if (!found.id || !found.uid || !found.name || !found.email ||
            (all->n == 0 && !found.text)) {
                found_done(&found);
                return -ENOMEM;
        }
        all->list[all->n++] = found;
        return 0;
}

/* For people; what does not fit any more is left out. */
static void finder_tell(Finder *f, const char *what, const char *why)
{
        char *trouble = f->found.trouble;
        size_t used = strlen(trouble), size = sizeof f->found.trouble,
               need = strlen(what) + strlen(why) + strlen("; : ");

        if (used + need < size && text_is_utf8(what, strlen(what)))
                (void)snprintf(trouble + used, size - used, "%s%s: %s", used > 0 ? "; " : "", what,
                               why);
}

/* An entry that cannot be read, and may be the one: its name, or that nobody knows it.
 * reason: CardOutcome. */
static void finder_tell_unread(Finder *f, const char *id, const char *text, int reason)
{
        if (!*text || strcasestr(text, f->who) || strcmp(f->who, id) == 0)
                finder_tell(f, id,
                            *text ? card_complaint(reason) : N_("it is too large, or no text"));
}

/* Looks at one entry of a book. */
static int finder_on_entry(void *userdata, const char *id, const char *text)
{
        Finder *f = userdata;
        _cleanup_(card_freep) Card *c = NULL;
        CardReading how = {.max = BOUND_READ_MAX, .forgiving = true};
        int r = card_parse_as(&c, text, strlen(text), &how, NULL, NULL);
        Fit fit;

        if (r > 0)
                finder_tell_unread(f, id, text, r);
        if (r != 0 || card_is_group(c))
                return MIN(r, 0);
        r = finder_compare(&fit, f, c, id);
        if (r < 0 || fit == FIT_NOT || fit > f->fit)
                return r;
        if (fit < f->fit)
                finding_clear(&f->found);
        f->fit = fit;
        return finder_note(f, c, id, text);
}

/* ---- one book after the other --------------------------------------------------------------- */

static void finder_on_done(void *userdata, int r, const char *text)
{
        Finder *f = userdata;

        f->answer = r;
        (void)sd_event_source_set_enabled(f->turn,
                                          /* on failure the caller runs into its timeout */
                                          SD_EVENT_ONESHOT);
}

static void finder_close_book(Finder *f)
{
        size_t used = strlen(f->found.trouble);

        f->found.failed = f->found.failed || (f->sink && f->answer < 0);
        if (f->sink && f->answer < 0)
                (void)snprintf(f->found.trouble + used, sizeof f->found.trouble - used, "%s%s",
                               used > 0 ? "; " : "", f->sink->trouble);
        f->sink = sink_free(f->sink);
}

/* Leaves f->sink NULL if the book is not used or cannot be read. */
static int finder_open_book(Finder *f, BookKind kind)
{
        int r = books_choice(f->books)->books[kind].used ? books_sink(f->books, kind, &f->sink) : 0;

        if (r < 0 || !f->sink)
                return r;
        if (f->sink->ops->write_only) {
                f->sink = sink_free(f->sink);
                return 0;
        }
        f->sink->each = finder_on_entry;
        f->sink->done = finder_on_done;
        f->sink->userdata = f;
        return 0;
}

static int finder_on_turn(sd_event_source *source, void *userdata)
{
        Finder *f = userdata;
        int r = 0;

        finder_close_book(f);
        while (r == 0 && !f->sink && f->next < BOOK_KINDS)
                r = finder_open_book(f, f->next++);
        if (r == 0 && f->sink)
                f->sink->ops->load(f->sink);
        else
                f->done(f->userdata, r, &f->found);
        return 0;
}

Finder *finder_free(Finder *f)
{
        if (!f)
                return NULL;
        f->sink = sink_free(f->sink);
        sd_event_source_disable_unref(f->turn);
        finding_clear(&f->found);
        free(f->who);
        free(f->name);
        free(f->email);
        free(f);
        return NULL;
}

int finder_new(Finder **ret, sd_event *event, const Books *books, const char *who, FinderDone done,
               void *userdata)
{
        _cleanup_(finder_freep) Finder *f = calloc(1, sizeof *f);
        int r;

        assert(*who && strlen(who) <= FINDER_WHO_MAX);
        if (!f)
                return -ENOMEM;
        f->books = books;
        f->fit = FIT_NOT;
        f->done = done;
        f->userdata = userdata;
        f->who = strdup(who);
        f->name = name_words(who);
        f->email = normal_email(who);
        if (!f->who || !f->name || !f->email)
                return -ENOMEM;
        r = sd_event_add_defer(event, &f->turn, finder_on_turn, f); /* runs once */
        if (r >= 0)
                *ret = TAKE_PTR(f);
        return MIN(r, 0);
}
