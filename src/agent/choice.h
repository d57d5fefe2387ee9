/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * choice.h - which address books are used: what the user says, else what the user has
 *
 * Settings are in huddle/agent.conf below the user's configuration directory; what "huddle book"
 * chooses is written into a file of its own beside it, which is read later and so wins.
 */
#pragma once

#include "src/base/settings.h"

typedef enum BookKind { BOOK_EDS, BOOK_KDE, BOOK_FOLDER, BOOK_HOOK, BOOK_KINDS } BookKind;

typedef struct Book {
        char setting[SETTING_TEXT_SIZE]; /* auto, yes, no, or which one */
        char *place;                     /* which one is, or would be, used; NULL: none */
        bool found;                      /* the user has it */
        bool used;
} Book;

typedef struct Choice {
        Book books[BOOK_KINDS];
} Choice;

extern const Setting choice_table[BOOK_KINDS];
extern const char *const book_kinds[BOOK_KINDS]; /* "eds", "kde", "folder", "hook" */

/* BOOK_KINDS: no such kind. */
BookKind book_kind(const char *name);
/* -EINVAL: not a setting for that kind. */
int choice_check(BookKind kind, const char *setting);

/* Reads the settings and looks around. has_eds: Evolution Data Server can be started. folder, where
 * not NULL, is the only one to be used, whatever the settings say. */
int choice_read(Choice *ret, bool has_eds, const char *folder, SettingWarning warn, void *userdata);
void choice_done(Choice *c);

/* Chooses for now and later; choice_read has it then. The setting must be one (choice_check). */
int choice_write(BookKind kind, const char *setting);
