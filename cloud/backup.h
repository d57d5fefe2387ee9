/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backup.h - the state of a cloud as a file, and back */
#pragma once

#include <stdbool.h>

typedef struct BackupPaths { /* all borrowed */
        const char *state;   /* the state directory */
        const char *keys;    /* the key file; NULL: the keys are left out of it */
        const char *file;    /* of the backup; that of its keys has ".keys" behind the name */
} BackupPaths;

/* Both: 0 or negative errno, and what went wrong in *ret_what, a constant. */

/* Also while the cloud serves. New files, mode 0600. */
int backup_write(const BackupPaths *p, const char **ret_what);
/* Refuses where a cloud serves (-EBUSY), and, unless replace is set, where a store or keys are
 * (-EEXIST). The file is read whole before anything is changed. */
int backup_restore(const BackupPaths *p, bool replace, const char **ret_what);

/* Held by one who moves the store, so that nobody serves meanwhile: the descriptor, or negative
 * errno, -EBUSY where somebody does. */
int backup_take_state(const char *state);
/* Gives what root has made in the state directory to the service, which owns that. */
int backup_give_store(const char *state);

/* Held by all that serve from the state directory; the descriptor, or negative errno. -EBUSY: it is
 * being restored or moved. */
int backup_hold_state(const char *state);
