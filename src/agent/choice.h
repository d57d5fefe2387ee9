/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * choice.h - which address books are used, and what is written into notes: what the user set, else
 * what we find
 *
 * Settings are in huddle/agent.conf below the user's configuration directory. "huddle book" writes
 * its own file, agent.conf.d/book.conf, which is read later and therefore wins.
 */
#pragma once

#include "merge.h"
#include "src/base/settings.h"

typedef enum BookKind { BOOK_EDS, BOOK_KDE, BOOK_FOLDER, BOOK_HOOK, BOOK_KINDS } BookKind;

typedef struct Book {
        char setting[SETTING_TEXT_SIZE]; /* auto, yes, no, or a place */
        char *place;                     /* the one that is, or would be, used; NULL: none */
        bool found;                      /* it exists */
        bool used;
} Book;

typedef struct Choice {
        Book books[BOOK_KINDS];
        NoteStyle notes;
} Choice;

/* One for each kind, and that of the notes. */
enum { CHOICE_NOTES = BOOK_KINDS, CHOICE_SETTINGS };
extern const Setting choice_table[CHOICE_SETTINGS];
extern const char *const note_styles[NOTE_STYLES]; /* "on", "no-place", "off" */
extern const char *const book_kinds[BOOK_KINDS];   /* "eds", "kde", "folder", "hook" */

/* Returns BOOK_KINDS for an unknown name. */
BookKind book_kind(const char *name);
/* Returns NOTE_STYLES for an unknown word. */
NoteStyle note_style(const char *word);
/* -EINVAL: not a valid setting for this kind. */
int choice_check(BookKind kind, const char *setting);

/* Reads the settings and looks for address books. has_eds: Evolution Data Server can be started.
 * folder, if not NULL, is the only address book, whatever the settings say. */
int choice_read(Choice *ret, bool has_eds, const char *folder, SettingWarning warn, void *userdata);
void choice_done(Choice *c);

/* Saves a setting for choice_read. It must have passed choice_check. */
int choice_write(BookKind kind, const char *setting);
int choice_write_notes(NoteStyle style);
