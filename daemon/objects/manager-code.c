/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-code.c - methods of Manager1 that help a person to type a code */
#include "manager-private.h"
#include "src/protocol/code.h"

enum { SUGGESTIONS = 8 };

static bool code_build_words(DBusMessageIter *to, void *userdata)
{
        const char *words[WORDS_COUNT];

        for (unsigned i = 0; i < WORDS_COUNT; i++)
                words[i] = words_get(i);
        return bus_append_strings(to, words, WORDS_COUNT);
}

void manager_handle_list_words(BusCall *call, void *data)
{
        bus_return_built(call, code_build_words, NULL);
}

/* What a person has typed so far. */
typedef struct CodeReading {
        const char *state;
        char text[CODE_TEXT_MAX]; /* the code, or empty */
        unsigned word;            /* the one that is not in the list, from 1; 0: none */
        const char *words[SUGGESTIONS];
        unsigned n_words;
} CodeReading;

static void code_reading_done(CodeReading *r)
{
        sodium_memzero(r, sizeof *r);
}

static const char *code_judge_word(CodeReading *r, const char *typed)
{
        const char *meant = code_meant(typed);

        r->n_words = code_complete(typed, r->words, SUGGESTIONS);
        if (r->n_words > 0)
                return "unfinished";
        if (meant) {
                r->words[r->n_words++] = meant;
                return "slip";
        }
        r->n_words = code_suggest(typed, r->words, SUGGESTIONS);
        return "unknown";
}

static void code_read(CodeReading *r, const char *typed)
{
        _cleanup_code_ Code code = {0};
        int result = code_parse(&code, typed, &r->word);

        if (result == 0) {
                code_format(&code, r->text);
                r->state = "valid";
        } else if (result == CODE_E_UNKNOWN_WORD)
                r->state = code_judge_word(r, typed);
        else
                r->state = result == CODE_E_EMPTY            ? "empty"
                           : result == CODE_E_ROUTE          ? "digits"
                           : result == CODE_E_TOO_MANY_WORDS ? "words"
                                                             : "malformed";
}

static bool code_build_reading(DBusMessageIter *to, void *userdata)
{
        const CodeReading *r = userdata;
        dbus_uint32_t word = r->word;

        return bus_append_string(to, r->state) && bus_append_string(to, r->text) &&
               dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &word) &&
               bus_append_strings(to, r->words, r->n_words);
}

void manager_handle_read_code(BusCall *call, void *data)
{
        _cleanup_(code_reading_done) CodeReading r = {0};

        code_read(&r, manager_first_string(call));
        bus_return_built(call, code_build_reading, &r);
}
