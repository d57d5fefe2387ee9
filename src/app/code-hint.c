/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
/* before GLib, which has a MIN and a MAX of its own */
#include "src/protocol/code.h"
#include "src/protocol/huddle-link.h"
#include "code-hint.h"

#include <glib/gi18n.h>
#include <string.h>

gboolean code_hint_can_send(CodeHintState state)
{
        return state == CODE_HINT_PARTY || state == CODE_HINT_ONE_WORD ||
               state == CODE_HINT_COMPLETE || state == CODE_HINT_LINK;
}

const char *code_hint_text(CodeHintState state)
{
        switch (state) {
        case CODE_HINT_EMPTY:
                return _("Digits first, then the words.");
        case CODE_HINT_DIGITS:
                return _("A code begins with 4 to 8 digits.");
        case CODE_HINT_MANY:
                return _("That is longer than a code: 4 to 8 digits, then at most 3 words.");
        case CODE_HINT_PARTY:
                return _("Now the words. Digits alone are for a party.");
        case CODE_HINT_UNFINISHED:
        case CODE_HINT_COMPLETE:
        case CODE_HINT_LINK:
                return "";
        case CODE_HINT_SLIP:
                return _("This word is not in the list. Is it this one?");
        case CODE_HINT_UNKNOWN:
                return _("This word is not in the list. Listen once more.");
        case CODE_HINT_ONE_WORD:
                return _("Was there a second word?");
        }
        g_assert_not_reached();
}

/* Where the word begins that the text ends with; the length of the text where it ends otherwise. */
static gsize code_hint_last_word(const char *typed)
{
        const char *end = typed + strlen(typed), *at = end;

        while (at > typed && g_ascii_isalpha(at[-1]))
                at--;
        return (gsize)(at - typed);
}

/* Where the n-th word begins, from 1. */
static gsize code_hint_nth_word(const char *typed, unsigned n)
{
        gsize i = 0;

        for (gboolean inside = FALSE; typed[i]; i++) {
                gboolean letter = g_ascii_isalpha(typed[i]) || (typed[i] & 0x80);

                if (letter && !inside && --n == 0)
                        break;
                inside = letter;
        }
        return i;
}

/* Words that begin as the last one does; it is not finished then. */
static gboolean code_hint_unfinished(CodeHint *hint, const char *typed, unsigned bad)
{
        g_autofree char *prefix = NULL;
        gsize at = code_hint_last_word(typed);
        unsigned n;

        if (!typed[at] || code_hint_nth_word(typed, bad) != at)
                return FALSE;
        prefix = g_ascii_strdown(typed + at, -1);
        n = words_complete(prefix, hint->words, CODE_HINT_WORDS_MAX);
        if (n == 0)
                return FALSE;
        /* one letter tells little: a row of wrong words would only be in the way */
        hint->n_words = prefix[1] ? MIN(n, (guint)CODE_HINT_WORDS_MAX) : 0;
        hint->replaced = at;
        hint->state = CODE_HINT_UNFINISHED;
        return TRUE;
}

static void code_hint_unknown(CodeHint *hint, const char *typed, unsigned bad)
{
        const char *meant = code_meant(typed);

        hint->replaced = code_hint_nth_word(typed, bad);
        hint->state = meant ? CODE_HINT_SLIP : CODE_HINT_UNKNOWN;
        if (meant)
                hint->words[hint->n_words++] = meant;
        else
                hint->n_words = code_suggest(typed, hint->words, CODE_HINT_WORDS_MAX);
}

static CodeHintState code_hint_of_code(const Code *code)
{
        if (code->n_words == 0)
                return CODE_HINT_PARTY;
        return code->n_words == 1 ? CODE_HINT_ONE_WORD : CODE_HINT_COMPLETE;
}

static guint code_hint_count_digits(const char *typed)
{
        guint n = 0;

        for (const char *at = typed; *at && !g_ascii_isalpha(*at); at = g_utf8_next_char(at))
                n += g_unichar_isdigit(g_utf8_get_char(at)) != 0;
        return n;
}

CodeHint code_hint_read(const char *typed)
{
        CodeHint hint = {.state = CODE_HINT_EMPTY};
        _cleanup_code_ Code code = {0};
        unsigned bad = 0;
        int r;

        if (huddle_link_is(typed)) {
                hint.state = CODE_HINT_LINK;
                return hint;
        }
        r = code_parse(&code, typed, &bad);
        if (r == 0)
                hint.state = code_hint_of_code(&code);
        else if (r == CODE_E_ROUTE)
                hint.state = code_hint_count_digits(typed) > CODE_ROUTE_MAX ? CODE_HINT_MANY
                                                                            : CODE_HINT_DIGITS;
        else if (r == CODE_E_UNKNOWN_WORD && !code_hint_unfinished(&hint, typed, bad))
                code_hint_unknown(&hint, typed, bad);
        else if (r != CODE_E_UNKNOWN_WORD && r != CODE_E_EMPTY)
                hint.state = CODE_HINT_MANY;
        return hint;
}

char *code_hint_complete(const CodeHint *hint, const char *typed, guint i)
{
        const char *rest = typed + hint->replaced;

        g_assert(i < hint->n_words);
        while (*rest && !g_ascii_isspace(*rest) && *rest != '-')
                rest++;
        while (*rest && (g_ascii_isspace(*rest) || *rest == '-'))
                rest++;
        return g_strdup_printf(
                "%.*s%s%s %s", (int)hint->replaced, typed,
                hint->replaced > 0 && g_ascii_isdigit(typed[hint->replaced - 1]) ? " " : "",
                hint->words[i], rest);
}
