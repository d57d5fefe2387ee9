/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * huddle-link.h - the links that people send and scan (protocol.md, "Links")
 *
 *   huddle:join?c=URL&k=IDENTITY#4821-maple-tiger    an exchange at a cloud
 *   huddle:cloud?c=URL&k=IDENTITY                    a cloud
 *   huddle:r/NUMBER?c=URL&k=IDENTITY#PASSWORD        a record at a cloud
 *   PAGE/r/#NUMBER-PASSWORD?c=URL&k=IDENTITY         the same, for a browser: a page that reads it
 *   PAGE/#4821-maple-tiger?c=URL&k=IDENTITY&t=TOKEN  an exchange, for a guest in a browser, with
 *                                                    the token of the screen that shows it
 *
 * A link may come from anybody. This is the only place that decodes one: what it returns keeps all
 * bounds. Code and password are in the fragment alone, which nobody sends to a server.
 */
#pragma once

#include "account-key.h"
#include "cloud-url.h"
#include "code.h"
#include "record.h"
#include "serial.h"

typedef enum HuddleLinkKind {
        HUDDLE_LINK_JOIN,
        HUDDLE_LINK_CLOUD,
        HUDDLE_LINK_RECORD
} HuddleLinkKind;

enum {
        HUDDLE_PAGE_SIZE = 101, /* of the address of a page, with its NUL */
        HUDDLE_LINK_MAX = 480,  /* bytes that are read at most */
        HUDDLE_LINK_SIZE = 472  /* of what is written, with its NUL */
};

/* Wipe with huddle_link_done. */
typedef struct HuddleLink {
        HuddleLinkKind kind;
        /* A record's link may name no cloud: then it is the reader's own. */
        bool has_cloud;
        char url[CLOUD_URL_SIZE]; /* as cloud_url_normalise writes it */
        CloudIdentity identity;
        Code code;                       /* of a join */
        char number[RECORD_NUMBER_SIZE]; /* of a record */
        RecordPassword password;         /* likewise */
        /* As cloud_url_normalise writes it: whose page. Empty: a huddle: link. */
        char page[HUDDLE_PAGE_SIZE];
        bool has_screen; /* of a join with a page */
        Token screen;    /* what the screen shows (guests.h) */
} HuddleLink;

enum {
        _HUDDLE_LINK_E_SUCCESS,
        HUDDLE_LINK_E_OTHER, /* no link of ours, or of a kind or version that we do not know */
        HUDDLE_LINK_E_TOO_LONG,
        HUDDLE_LINK_E_CHARACTER, /* a character that no link has, or a broken escape */
        HUDDLE_LINK_E_TWICE,     /* a parameter twice */
        HUDDLE_LINK_E_CUT,       /* a part is missing */
        HUDDLE_LINK_E_URL,       /* not the address of a cloud, or of a page */
        HUDDLE_LINK_E_IDENTITY,  /* not the identity of a cloud */
        HUDDLE_LINK_E_NUMBER,    /* not a record number */
        HUDDLE_LINK_E_SECRET,    /* the code or the password cannot be read */
};

void huddle_link_done(HuddleLink *l);
#define _cleanup_huddle_link_ _cleanup_(huddle_link_done)

/* Whether the text begins like a link. */
bool huddle_link_is(const char *text);
int huddle_link_parse(HuddleLink *ret, const char *text);
/* Takes the address of a page, "" for none. False: it is not one, or too long. */
bool huddle_link_set_page(HuddleLink *l, const char *page);
/* It may hold a secret: wipe it. A link with a page must name its cloud, and is no link to a
 * cloud. */
void huddle_link_format(char ret[static HUDDLE_LINK_SIZE], const HuddleLink *l);
/* One sentence for a person about a HUDDLE_LINK_E_…, without a full stop. */
const char *huddle_link_message(int error);
