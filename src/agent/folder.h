/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * folder.h - received cards as files of a vdir folder, one file a person, and a memory of what was written
 *
 * A person is known by UID and name together: a stranger's card may claim anybody's UID, and must neither
 * take the place of theirs nor be lost. The file is named by a hash of the two, which is also the UID in it,
 * so that no two files of a folder have the same; it holds one vCard 3.0. It is written under a temporary
 * name, synced and renamed; then a line in the state file says which exchange it came from and what was
 * written. Killed between the two, the next start finds the file as it would write it and only adds the
 * line. A file that is not as the last line says has been changed by its user and is left alone. A card of
 * an exchange is put once: what the user deletes stays deleted until they exchange cards with that person
 * again.
 *
 * A line of the state file, in hexadecimal digits: exchange (16), file (32), hash of the card as it came
 * (64), with blanks between. A line that is not so (cut off by a crash) counts as not there.
 */
#pragma once

#include "../card.h"

typedef struct Folder Folder;

typedef enum FolderOutcome {
        FOLDER_WRITTEN,
        FOLDER_KNOWN, /* stood there already */
        FOLDER_KEPT,  /* the user has changed the file: left as it is */
} FolderOutcome;

enum { _FOLDER_E_SUCCESS, FOLDER_E_IN_USE };

/* Makes both where they are missing, readable by the user alone. FOLDER_E_IN_USE: another process has the
 * state file. */
int folder_open(Folder **ret, const char *folder, const char *state_file);
Folder *folder_free(Folder *f);
DEFINE_CLEANUP(Folder *, folder_free);

/* The exchange is any number that tells it from the others. On failure nothing is remembered: try again.
 * Gives the card the UID of its file. */
int folder_put(Folder *f, FolderOutcome *ret, uint64_t exchange, Card *c);
