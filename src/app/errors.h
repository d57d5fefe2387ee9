/* SPDX-License-Identifier: GPL-2.0-or-later */
/* errors.h - D-Bus errors in people's words, with the one thing to do about each */
#pragma once

#include <gio/gio.h>

/* What the button beside an error does; a route of the window, or what the page itself repeats. */
typedef enum {
        REMEDY_NONE,
        REMEDY_RETRY,    /* the same once more */
        REMEDY_HOME,     /* begin anew, with another code */
        REMEDY_WELCOME,  /* open an account */
        REMEDY_CARD,     /* look at the own card */
        REMEDY_SETTINGS, /* cloud, radios, books */
        REMEDY_FETCH,    /* by number and password */
} Remedy;

typedef struct ErrorWords {
        const char *words; /* translated; a sentence */
        Remedy remedy;
        gboolean detail; /* the daemon's own message adds something */
} ErrorWords;

/* By the name of a D-Bus error ("org.huddle.Error.Alone"); every name has an answer. of_agent: it
 * came from huddle-agent, where some names mean something else. */
ErrorWords errors_find(const char *name, gboolean of_agent);
/* Of what a call of a proxy returned. *ret_text is new: the words, and the message where it adds
 * something, as a stranger's text. */
ErrorWords errors_explain(const GError *error, gboolean of_agent, char **ret_text);

/* Translated, for the button; NULL: no button. */
const char *remedy_label(Remedy remedy);
/* The route of the window that it leads to; NULL: none. */
const char *remedy_route(Remedy remedy);
