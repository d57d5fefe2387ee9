/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command.h - the commands of huddle-cloud: what they share, and those in store-commands.c */
#pragma once

#include "cloud/match/replay.h"
#include "settings.h"

#include <limits.h>

enum { EXIT_USAGE = 2 };

typedef struct Options {
        char config[PATH_MAX], state[PATH_MAX];
        const char *port_file, *admin_port_file;
        const char *pages;    /* folder of the guests' pages */
        const char *argument; /* of the commands that take one */
        bool explain, all, with_keys, replace;
        ReplayAsks asks;
} Options;

/* What they return is the exit status, or of command_settings 0. */
void command_path(char ret[static PATH_MAX], const char *folder, const char *name);
void command_keys_path(const Options *o, char ret[static PATH_MAX]);
int command_complain(const char *what, const char *path, int r);
int command_refuse(const char *path, const char *reason);
int command_settings(const Options *o, CloudSettings *ret);
uint64_t command_now_ms(void);

int command_revoke(const Options *o);
int command_stats(const Options *o);
int command_backup(const Options *o);
int command_restore(const Options *o);
int command_migrate(const Options *o);
int command_expire(const Options *o);
