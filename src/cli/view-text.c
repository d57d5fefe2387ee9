/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view-text.h"
#include "out.h"
#include "terms.h"

#include <string.h>

enum {
        OTHERS_MAX = 4, /* groups shown, of two lines each */
        NAMES_SIZE = 1024,
        BRIEF_SIZE = 128,
};

static const struct {
        const char *state, *text, *brief;
} states[] = {
        {"listening", N_("Listening who is near…"), N_("Listening…")},
        {"gathering", N_("Say the code aloud: everybody types it now."), N_("Say the code aloud.")},
        {"opening", N_("The group is closed; everybody shows what they committed to…"),
         N_("The group is closed.")},
        {"proving", N_("The group makes sure that it is among itself…"), N_("Proving…")},
        {"releasing", N_("Your card goes out when the time is up; Ctrl-C keeps it here."), NULL},
        {"delivered", N_("The cards are here."), NULL},
        {"failed", N_("It came to nothing."), NULL},
        {"left", N_("You have left; your card was not released."), NULL},
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

static bool view_in(const Press *p, const char *state)
{
        return strcmp(press_state(p), state) == 0;
}

bool view_counts_down(const Press *p)
{
        return view_in(p, "releasing") && !view_is(p, "CardReleased") && !view_is(p, "Held");
}

bool view_is_open(const Press *p)
{
        return view_in(p, "listening") || view_in(p, "gathering");
}

bool view_asks(const Block *block)
{
        return block->id == VIEW_QUESTION || block->id == VIEW_CLOSE ||
               (block->id >= VIEW_OTHER && block->id < VIEW_MEMBER);
}

/* What differs by whether the card is out. */
static const char *view_released_state(const Press *p)
{
        if (view_in(p, "releasing"))
                return _("Your card is out; waiting for the others. Leaving keeps what has come.");
        if (view_in(p, "left"))
                return _("You have left, but your card was out already: see huddle history.");
        if (view_in(p, "failed"))
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

/* False: it has no shorter form. */
static bool view_brief_state(char ret[static BRIEF_SIZE], const Press *p)
{
        const char *text = NULL;

        if (view_is(p, "CardReleased"))
                text = view_in(p, "releasing") ? _("Your card is out.") : NULL;
        else if (view_is(p, "Held"))
                text = _("Waits for you; Ctrl-C keeps it.");
        for (size_t i = 0; !text && i < ARRAY_LEN(states); i++)
                if (states[i].brief && view_in(p, states[i].state))
                        text = _(states[i].brief);
        if (view_counts_down(p))
                (void)snprintf(ret, BRIEF_SIZE, _("Card out in %u s; Ctrl-C keeps it."),
                               press_seconds_left(p));
        else
                (void)snprintf(ret, BRIEF_SIZE, "%s", text ? text : "");
        return *ret;
}

const char *view_level(const Press *p)
{
        for (size_t i = 0; i < ARRAY_LEN(levels); i++)
                if (strcmp(levels[i].level, press_text(p, "Level")) == 0)
                        return _(levels[i].text);
        return "";
}

/* ---- paragraphs ----------------------------------------------------------------------------- */

/* Nobody types the code any more once the group is closed. */
static void view_add_code(Page *page, const ViewFacts *facts)
{
        const Press *p = facts->press;
        const char *code = shown(press_text(p, "Code")), *link = press_text(p, "Link");
        bool open = view_is_open(p);

        if (*code)
                page_add(page, VIEW_CODE, open ? RANK_ALWAYS : RANK_LEAST, _("Code"),
                         open ? code : NULL, "%s", code);
        if (!facts->link || !open || !*link)
                return;
        page_add(page, VIEW_LINK, RANK_LOW, NULL, NULL, "%s", shown(link));
        page_make_solid(page);
        if (facts->scan_lines > 0)
                page_add(page, VIEW_SCAN, RANK_LEAST, NULL, NULL,
                         _("In a window of %u columns and %u lines it is a QR code."),
                         facts->scan_columns, facts->scan_lines);
}

static void view_add_counts(Page *page, const ViewFacts *facts)
{
        const Press *p = facts->press;
        unsigned left = press_seconds_left(p), here = press_count(p), guests = press_guests(p);
        char brief[BRIEF_SIZE];

        (void)snprintf(brief, sizeof brief, _("%u here, %zu near"), here, facts->near);
        page_add(page, VIEW_HERE, view_in(p, "gathering") ? RANK_MIDDLE : RANK_LOW, _("Here"),
                 brief, _("%u in the group, %zu near"), here, facts->near);
        if (guests > 0)
                page_add(page, VIEW_GUESTS, RANK_HIGH, _("Guests"), NULL,
                         ngettext("%u of them, in a browser", "%u of them, in browsers", guests),
                         guests);
        (void)snprintf(brief, sizeof brief, _("%u s"), left);
        if (left > 0)
                page_add(page, VIEW_TIME, RANK_MIDDLE, _("Time"), brief, _("%u s"), left);
}

static void view_add_phrase(Page *page, const Press *p)
{
        const char *phrase = shown(press_text(p, "Phrase"));

        if (!*phrase && strcmp(press_text(p, "PhraseStatus"), "incomplete") == 0)
                page_add(page, VIEW_PHRASE, RANK_HIGH, _("Phrase"), NULL, "%s",
                         _("none: not everybody opened in time, it would prove nothing."));
        if (!*phrase)
                return;
        page_add(page, VIEW_PHRASE, RANK_ALWAYS, _("Phrase"), phrase, "%s", phrase);
        page_add(page, VIEW_LEVEL, RANK_LOW, "", NULL, "%s", view_level(p));
        if (strcmp(press_text(p, "Level"), "compared") == 0 || press_is_over(p))
                return;
        page_add(page, VIEW_QUESTION, RANK_ALWAYS, "",
                 view_counts_down(p) ? _("Same on all screens? y/n; h waits")
                                     : _("Same on all screens? y/n"),
                 "%s",
                 view_counts_down(p) ? _("The same on every screen? y or n, then Enter; h stops "
                                         "the clock")
                                     : _("The same on every screen? y or n, then Enter"));
}

static void view_add_other(Page *page, const Press *p, const PressOther *o, unsigned id)
{
        const char *own = shown(press_text(p, "OwnWord"));
        char brief[BRIEF_SIZE];

        page_add(page, id, RANK_LOW, _("Waiting"), NULL,
                 ngettext("%u more has your code but is not heard nearby.",
                          "%u more have your code but are not heard nearby.", o->members),
                 o->members);
        (void)snprintf(brief, sizeof brief, _("Let \"%s\" in? Type it."), shown(o->word));
        if (o->same_word)
                page_add(page, id + 1, RANK_HIGH, "", NULL,
                         _("Two groups show \"%s\": one of them has to start again."),
                         shown(o->word));
        else if (o->admitted)
                page_add(page, id + 1, RANK_HIGH, "", NULL,
                         _("You let \"%s\" in; they have to let in \"%s\"."), shown(o->word), own);
        else
                page_add(page, id + 1, RANK_HIGH, "", brief,
                         _("Their screen \"%s\", yours \"%s\"? Type %s to let them in."),
                         shown(o->word), own, shown(o->word));
}

static void view_add_others(Page *page, const Press *p)
{
        size_t hidden = 0;
        PressOther o;

        for (unsigned i = 0; press_other(p, i, &o); i++) {
                if (i < OTHERS_MAX)
                        view_add_other(page, p, &o, VIEW_OTHER + 2 * i);
                else
                        hidden++;
        }
        if (hidden)
                page_add(page, VIEW_OTHERS_MORE, RANK_LOW, "", NULL,
                         ngettext("and %zu more group: huddle admit",
                                  "and %zu more groups: huddle admit", hidden),
                         hidden);
}

/* While nobody is there, why that may be so. */
static void view_add_elsewhere(Page *page, const Press *p)
{
        const char *elsewhere = press_text(p, "Elsewhere");

        if (!view_in(p, "gathering"))
                return;
        if (strcmp(elsewhere, "closed") == 0)
                page_add(page, VIEW_ELSEWHERE, RANK_HIGH, "", NULL, "%s",
                         _("A group with your code has just closed; nobody of it hears you. Ask "
                           "them for their record."));
        else if (strcmp(elsewhere, "missed") == 0)
                page_add(page, VIEW_ELSEWHERE, RANK_HIGH, "", NULL, "%s",
                         _("A group near you has just closed. Ask for its record."));
        else if (strcmp(elsewhere, "code") == 0)
                page_add(page, VIEW_ELSEWHERE, RANK_HIGH, "", NULL, "%s",
                         _("Somebody near you has pressed another code. Compare the digits."));
}

/* ---- members -------------------------------------------------------------------------------- */

static const char *view_member_text(const json_t *member, size_t field)
{
        const char *text = json_string_value(json_array_get(member, field));

        return text ? text : "";
}

/* Valid until the next call. */
static const char *view_member_name(const json_t *member)
{
        static char text[NAMES_SIZE];
        const char *name = shown(view_member_text(member, 1));

        if (!press_is_guest(member))
                return name;
        (void)snprintf(text, sizeof text, _("%s (guest)"), name);
        return text;
}

static void view_list_members(Page *page, const json_t *members)
{
        json_t *member;
        size_t i;

        json_array_foreach(members, i, member)
        {
                const char *name = view_member_text(member, 1);

                page_add(page, VIEW_MEMBER + (unsigned)i, RANK_ALWAYS,
                         term(view_member_text(member, 2)), NULL, "%s",
                         *name ? view_member_name(member) : _("(not named yet)"));
        }
}

/* Adds to a list of names; false: there is no more room. */
static bool view_append(char list[static NAMES_SIZE], const char *piece)
{
        size_t used = strlen(list);
        int n = snprintf(list + used, NAMES_SIZE - used, "%s%s", used ? _(", ") : "", piece);

        if ((size_t)n < NAMES_SIZE - used)
                return true;
        list[used] = '\0';
        return false;
}

/* With the state of members without a card to come. */
static bool view_append_name(char list[static NAMES_SIZE], const json_t *member)
{
        static const char *const odd[] = {"left", "differs", "unproven", "apart", "refused"};
        const char *name = view_member_name(member), *state = view_member_text(member, 2);
        char piece[NAMES_SIZE];

        (void)snprintf(piece, sizeof piece, "%s", name);
        for (size_t i = 0; i < ARRAY_LEN(odd); i++)
                if (strcmp(odd[i], state) == 0)
                        (void)snprintf(piece, sizeof piece, "%s (%s)", name, term(state));
        return view_append(list, piece);
}

static void view_append_counts(char list[static NAMES_SIZE], size_t hidden, size_t nameless)
{
        char piece[BRIEF_SIZE];

        (void)snprintf(piece, sizeof piece, ngettext("%zu more", "%zu more", hidden), hidden);
        if (hidden > 0)
                (void)view_append(list, piece);
        (void)snprintf(piece, sizeof piece,
                       ngettext("%zu not named yet", "%zu not named yet", nameless), nameless);
        if (nameless > 0)
                (void)view_append(list, piece);
}

/* At most `max` names in one paragraph, and how many there are beside. */
static void view_pack_members(Page *page, const json_t *members, int max)
{
        char list[NAMES_SIZE] = "";
        size_t i, nameless = 0, hidden = 0;
        json_t *member;

        json_array_foreach(members, i, member)
        {
                if (*view_member_text(member, 1) == '\0')
                        nameless++;
                else if (max-- <= 0 || !view_append_name(list, member))
                        hidden++;
        }
        view_append_counts(list, hidden, nameless);
        if (*list)
                page_add(page, VIEW_NAMES, RANK_ALWAYS, _("Members"), list, "%s", list);
}

/* ---- the end of the page -------------------------------------------------------------------- */

static void view_add_state(Page *page, const ViewFacts *facts)
{
        const Press *p = facts->press;
        char brief[BRIEF_SIZE];
        bool shorter = view_brief_state(brief, p);

        if (facts->lost)
                page_add(page, VIEW_STATE, RANK_HIGH, NULL, _("huddled is away."), "%s",
                         _("huddled is away; waiting for it to come back."));
        else
                page_add(page, VIEW_STATE,
                         view_in(p, "releasing") || press_is_over(p) ? RANK_ALWAYS : RANK_MIDDLE,
                         NULL, shorter ? brief : NULL, "%s", view_state(p));
}

/* While the countdown runs or stands still, the state says what Ctrl-C does. */
static void view_add_hint(Page *page, const ViewFacts *facts)
{
        const Press *p = facts->press;
        bool said = view_in(p, "releasing") && !view_is(p, "CardReleased") && !facts->lost;

        if (view_is(p, "Opener") && view_in(p, "gathering"))
                page_add(page, VIEW_CLOSE, RANK_HIGH, NULL, _("c closes, Ctrl-C leaves."), "%s",
                         _("c and Enter closes the window now; Ctrl-C leaves."));
        else if (!press_is_over(p))
                page_add(page, VIEW_HINT, said ? RANK_LEAST : RANK_HIGH, NULL, NULL, "%s",
                         _("Ctrl-C leaves."));
}

void view_text(Page *page, const ViewFacts *facts, int names)
{
        const Press *p = facts->press;
        const json_t *members = json_object_get(p->properties, "Members");

        view_add_code(page, facts);
        view_add_counts(page, facts);
        view_add_others(page, p);
        view_add_elsewhere(page, p);
        view_add_phrase(page, p);
        if (names == VIEW_NAMES_LISTED)
                view_list_members(page, members);
        else
                view_pack_members(page, members, names);
        view_add_state(page, facts);
        view_add_hint(page, facts);
}
