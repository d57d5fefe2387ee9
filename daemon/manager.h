/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager.h - the daemon as a whole: bus, store, cloud, accounts of all users, what is running for
 * them */
#pragma once

#include "daemon/account/account.h"
#include "daemon/bus/bus.h"
#include "daemon/exchange/exchange.h"
#include "settings.h"

enum { MANAGER_RADIOS_MAX = 2 };

typedef struct Manager Manager;

typedef struct ManagerSettings { /* borrowed, outlives the manager */
        DBusBusType bus;
        const char *state_dir;
        DaemonSettings configuration;
} ManagerSettings;

/* When it returns 0, the name is owned and unfinished exchanges go on. Positive: told in the
 * journal. */
int manager_new(Manager **ret, sd_event *event, const ManagerSettings *settings);
/* What runs stays resumable. */
Manager *manager_free(Manager *m);
DEFINE_CLEANUP(Manager *, manager_free);

/* ---- for bus-manager.c ---- */

/* NULL: this user has none. */
Account *manager_account(Manager *m, uint32_t uid);
/* To register with. */
int manager_make_account(Manager *m, uint32_t uid, Account **ret);
bool manager_running(const Manager *m, uint32_t uid); /* an exchange of this user */
const CloudLine *manager_line(const Manager *m);
DaemonStore *manager_store(Manager *m);
void manager_changed_for(Manager *m, uint32_t uid); /* what this user is shown of it */
struct Records *manager_records(Manager *m);
const char *manager_cloud_url(const Manager *m); /* "": none is configured */
struct Location *manager_location(Manager *m);
size_t manager_radios(const Manager *m, const char *ret[static MANAGER_RADIOS_MAX]);

typedef struct StartWish {
        const char *code;  /* "": draw one */
        const char *share; /* a profile, or fields; NULL: the chosen profile */
        uint32_t window_s; /* 0: as configured */
        bool automatic;    /* no veto countdown */
        unsigned n_words;  /* of a code that is drawn */
} StartWish;
/* An outcome or -errno. *ret_path is borrowed; *ret_word: which one, of OUTCOME_UNKNOWN_WORD. */
int manager_start_exchange(Manager *m, uint32_t uid, const StartWish *wish, const char **ret_path,
                           unsigned *ret_word);
