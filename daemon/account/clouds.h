/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clouds.h - the clouds that users of this machine have: that of the configuration, which all have,
 * and those that a user has added
 *
 * What a user adds or pins binds no other user. The administrator can fix the cloud; then there is
 * only that of the configuration.
 */
#pragma once

#include "cloud-line.h"
#include "src/protocol/cloud-url.h"

enum {
        CLOUDS_USER_MAX = 16,         /* that one user adds */
        CLOUDS_EVERYONE = UINT32_MAX, /* no user has this uid */
};

typedef struct Clouds Clouds;

typedef struct CloudsDeps { /* borrowed; outlive the clouds */
        sd_event *event;
        Clock *clock;
        DaemonStore *store;
        /* The state of a line has changed: of a user's, or of that of everyone. */
        void (*changed)(void *userdata, uint32_t uid);
        /* The cloud of a line is at another address. What is under way to the one of before has to
         * begin anew, lest its failure be taken for one of the new address. */
        void (*moved)(void *userdata, const CloudLine *line);
        void *userdata;
} CloudsDeps;

typedef struct CloudsSettings { /* borrowed; outlive the clouds */
        CloudLineSettings configured;
        bool fixed;
} CloudsSettings;

int clouds_new(Clouds **ret, const CloudsDeps *deps, const CloudsSettings *settings);
Clouds *clouds_free(Clouds *c); /* after all that uses a line */
DEFINE_CLEANUP(Clouds *, clouds_free);

/* The configuration's, which may have no address. */
CloudLine *clouds_configured(const Clouds *c);
bool clouds_fixed(const Clouds *c);
/* By its name in the store. NULL: this user does not have it. */
CloudLine *clouds_named(const Clouds *c, uint32_t uid, const char *name);
/* By its address, in any spelling, now or when it was added. NULL: this user does not have it. */
CloudLine *clouds_find(const Clouds *c, uint32_t uid, const char *url);
/* The one that the user has chosen, else the configuration's, else the first that was added. */
CloudLine *clouds_default(const Clouds *c, uint32_t uid);
int clouds_choose(Clouds *c, uint32_t uid, const CloudLine *line);
/* Whether the line is known to have other keys than these. Those that it has replaced do not
 * contradict: requests go to the new ones. */
bool clouds_contradict(const CloudLine *line, const CloudIdentity *identity);

/* The cloud whose keys have this digest (cloud-words.h). NULL: this user does not have it. */
CloudLine *clouds_with_digest(const Clouds *c, uint32_t uid, const Bytes32 *digest);
/* A cloud of the configuration stays where it is. */
bool clouds_may_move(const Clouds *c, const CloudLine *line);
/* A user's cloud is at this address from now on, in the spelling of cloud-url.h. Calls moved. */
int clouds_move(Clouds *c, CloudLine *line, const char *url);

/* What is known of the keys of a cloud that is added. */
typedef struct CloudProof {
        const CloudIdentity *identity; /* NULL: the cloud is asked for it */
        const Bytes32 *digest;         /* that of the identity; NULL: any */
} CloudProof;

/* Called once, possibly from within. line: NULL unless the outcome is OK. */
typedef void (*CloudAdded)(void *userdata, int outcome, CloudLine *line);
/* A cloud that the user has already is fine if it does not contradict, else
 * OUTCOME_CLOUD_KEY_CHANGED; one with that digest at another address moves to this one.
 * OUTCOME_INVALID_ARGUMENT: no address of a cloud; OUTCOME_CLOUD_FIXED; OUTCOME_LIMIT; or why the
 * cloud could not be asked. */
void clouds_add(Clouds *c, uint32_t uid, const char *url, const CloudProof *proof, CloudAdded done,
                void *userdata);
/* The line is gone afterwards. It must not be the configuration's. */
int clouds_remove(Clouds *c, uint32_t uid, CloudLine *line);

/* The network is another one: all lines are renewed (cloud-line.h). */
void clouds_renew(const Clouds *c);

/* The configuration's first, if it has an address; then this user's. Stops when func returns other
 * than 0, and returns that. */
int clouds_walk(const Clouds *c, uint32_t uid, int (*func)(void *userdata, CloudLine *line),
                void *userdata);
