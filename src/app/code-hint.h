/* SPDX-License-Identifier: GPL-2.0-or-later */
/* code-hint.h - a code as far as it is typed: whether it can be sent, and the words it may go on
 * with */
#pragma once

#include <glib.h>

enum { CODE_HINT_WORDS_MAX = 6 };

typedef enum {
        CODE_HINT_EMPTY,      /* nothing yet */
        CODE_HINT_DIGITS,     /* fewer than 4 digits so far */
        CODE_HINT_MANY,       /* more than 8 digits, or more than 3 words */
        CODE_HINT_PARTY,      /* digits alone: can be sent, words may follow */
        CODE_HINT_UNFINISHED, /* the last word is the beginning of these */
        CODE_HINT_SLIP,       /* a word is not in the list; one is close */
        CODE_HINT_UNKNOWN,    /* a word is not in the list; some begin alike */
        CODE_HINT_ONE_WORD,   /* can be sent, but a code has two words or three */
        CODE_HINT_COMPLETE,   /* can be sent */
        CODE_HINT_LINK,       /* it is a link; the daemon reads it */
} CodeHintState;

typedef struct CodeHint {
        CodeHintState state;
        guint n_words;                          /* of the suggestions */
        const char *words[CODE_HINT_WORDS_MAX]; /* of the word list */
        gsize replaced; /* bytes of the typed text before the word they stand for */
} CodeHint;

CodeHint code_hint_read(const char *typed);
gboolean code_hint_can_send(CodeHintState state);
/* What to say about it, translated; "" for nothing. */
const char *code_hint_text(CodeHintState state);
/* The typed text with suggestion i in place of the word it stands for, and a space. New; it holds
 * secret words. */
char *code_hint_complete(const CodeHint *hint, const char *typed, guint i);
