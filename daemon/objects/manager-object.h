/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-object.h - org.huddle.Manager1: accounts, cards, exchanges, the state of the machine */
#pragma once

#include "daemon/account/accounts.h"
#include "daemon/bus/bus.h"
#include "daemon/location/location.h"
#include "daemon/record/records.h"
#include "src/protocol/cloud-announce.h"

enum { MANAGER_RADIOS_MAX = 2 };

typedef struct ManagerObject ManagerObject;

/* What StartExchange asks for. */
typedef struct ExchangeWish {
        const char *code;              /* "": draw one */
        const char *share;             /* a profile, or fields; NULL: the chosen profile */
        uint32_t window_s;             /* 0: as configured */
        bool automatic;                /* no veto countdown */
        const char *cloud;             /* its URL; NULL: the default */
        const CloudIdentity *identity; /* that the cloud must have; NULL: as it is known */
        unsigned n_words;              /* of a code that is drawn */
        unsigned off;                  /* Preference: what the user has switched off */
        uint32_t veto_s;               /* the user's countdown, without automatic */
        enum { WISH_UNSAID, WISH_NO, WISH_YES } guests; /* may come */
        bool receive;                                   /* gives nothing but a name */
} ExchangeWish;

/* result: 0, an outcome or -errno. path is borrowed, NULL unless 0. Called once, possibly from
 * within. */
typedef void (*ExchangeStarted)(void *userdata, int result, const char *path);

/* looked false: nothing could be searched. found is borrowed. Called once, possibly
 * from within. */
typedef void (*CloudsFound)(void *userdata, bool looked, const FoundCloud *found, size_t n);

typedef struct ManagerObjectDeps { /* borrowed; outlive the object */
        Bus *bus;
        DaemonStore *store;
        Accounts *accounts;
        Records *records;
        Clouds *clouds;
        const Location *location;
        uint32_t veto_s; /* the configured countdown */
        /* Unless it returns 0, done is not called: an outcome or -errno. *ret_word: the position of
         * the word, with OUTCOME_UNKNOWN_WORD. */
        int (*start)(void *userdata, uint32_t uid, const ExchangeWish *wish, unsigned *ret_word,
                     ExchangeStarted done, void *done_userdata);
        /* Whether an exchange of this user runs. */
        bool (*running)(void *userdata, uint32_t uid);
        /* This exchange of the user is about to be deleted: what still goes on for it ends. An
         * outcome: it may not be deleted now. */
        int (*forget)(void *userdata, uint32_t uid, uint64_t number);
        /* Forgets exchanges of this user at this cloud that have ended, before the cloud goes. */
        void (*drop_ended)(void *userdata, uint32_t uid, const CloudLine *line);
        /* The clouds near this user. Unless it returns 0, done is not called: an outcome or
         * -errno. */
        int (*find)(void *userdata, uint32_t uid, CloudsFound done, void *done_userdata);
        /* The identity behind the digest of one of them, where that was told; NULL: it was not. */
        const CloudIdentity *(*offered)(void *userdata, const Bytes32 *digest);
        /* What this cloud is asked now may go through the neighbours that were found. */
        void (*carry_for)(void *userdata, CloudLine *line);
        /* The caller hosts this cloud, as long as it is on the bus: an outcome or -errno. */
        int (*host)(void *userdata, BusCall *call, CloudLine *line, const char *name);
        size_t (*radios)(void *userdata, const char *ret[static MANAGER_RADIOS_MAX]);
        void *userdata;
} ManagerObjectDeps;

int manager_object_new(ManagerObject **ret, const ManagerObjectDeps *deps);
ManagerObject *manager_object_free(ManagerObject *o);
DEFINE_CLEANUP(ManagerObject *, manager_object_free);

/* The state of the machine has changed. */
void manager_object_changed(ManagerObject *o);
/* The account, the shares or the default cloud of this user have changed; CLOUDS_EVERYONE: the
 * cloud of the configuration. */
void manager_object_changed_for(ManagerObject *o, uint32_t uid);
/* The history of this user has changed. */
void manager_object_history_changed(ManagerObject *o, uint32_t uid, uint64_t number,
                                    HistoryChange change);
/* Somebody has fetched the record of this user's exchange. */
void manager_object_record_fetched(ManagerObject *o, uint32_t uid, uint64_t number,
                                   uint64_t time_s);
