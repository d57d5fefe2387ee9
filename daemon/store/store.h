/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store.h - what a terminal remembers across restarts: accounts, exchanges, received cards
 * (SQLite)
 *
 * One file in the state directory, mode 0600, locked by the one daemon that uses it. Secrets of
 * a running exchange are in its snapshot and are overwritten (secure_delete) when it ends. Every
 * write is durable when the call returns, or when the batch that it is part of ends.
 */
#pragma once

#include "src/protocol/cloud-url.h"
#include "src/protocol/succession.h"

typedef struct DaemonStore DaemonStore;

enum { _DAEMON_STORE_E_SUCCESS, DAEMON_STORE_E_NOT_FOUND };

/* path ":memory:" for tests. -EBUSY: another daemon has it; -EBADMSG: not ours, or damaged;
 * -EPROTONOSUPPORT: written by a newer version. */
int daemon_store_open(DaemonStore **ret, const char *path);
DaemonStore *daemon_store_free(DaemonStore *s);
DEFINE_CLEANUP(DaemonStore *, daemon_store_free);

/* ---- the clouds of a user, beside that of the configuration ---- */
/* A cloud has a name here: "" for that of the configuration, else its URL. */
int daemon_store_user_cloud_put(DaemonStore *s, uint32_t uid, const char *url);
int daemon_store_user_cloud_delete(DaemonStore *s, uint32_t uid, const char *url);
/* The cloud is at this address now; its URL stays its name. */
int daemon_store_user_cloud_move(DaemonStore *s, uint32_t uid, const char *url,
                                 const char *address);
int daemon_store_user_cloud_walk(DaemonStore *s,
                                 int (*func)(void *userdata, uint32_t uid, const char *url,
                                             const char *address),
                                 void *userdata); /* in the order in which they were added */
/* The default of a user; "" until one is put. */
int daemon_store_default_put(DaemonStore *s, uint32_t uid, const char *cloud);
int daemon_store_default_get(DaemonStore *s, uint32_t uid, char ret[static CLOUD_URL_SIZE]);

/* ---- own cards, one a uid ---- */
typedef struct OwnCard {
        char *vcard;       /* vCard 4.0; owned by it */
        uint64_t revision; /* rises with each put */
} OwnCard;
void own_card_done(OwnCard *c); /* frees and wipes */
int daemon_store_own_card_put(DaemonStore *s, uint32_t uid, const char *vcard);
int daemon_store_own_card_get(DaemonStore *s, uint32_t uid, OwnCard *ret);
/* What an account uploads has changed, but not the card. */
int daemon_store_own_card_touch(DaemonStore *s, uint32_t uid);
/* Deletes card, shares and preferences of a user without an account. */
int daemon_store_user_erase(DaemonStore *s, uint32_t uid);

/* ---- accounts, one a uid and cloud ---- */
typedef struct AccountRecord {
        uint32_t uid;
        char cloud[CLOUD_URL_SIZE]; /* its name */
        AccountKey key;
        Key profile_key; /* encrypts the copy of the own card that the cloud keeps */
        char handle[129];
        bool confirmed;
        uint64_t card_uploaded; /* revision of the own card that the cloud has */
} AccountRecord;
void account_record_done(AccountRecord *a); /* wipes */
int daemon_store_account_put(DaemonStore *s, const AccountRecord *a);
int daemon_store_account_get(DaemonStore *s, uint32_t uid, const char *cloud, AccountRecord *ret);
/* With what only this account can use: the secrets of its records. */
int daemon_store_account_delete(DaemonStore *s, uint32_t uid, const char *cloud);
int daemon_store_account_walk(DaemonStore *s,
                              int (*func)(void *userdata, uint32_t uid, const char *cloud),
                              void *userdata);

/* ---- what a user shares: fields by profile; profile "" holds the choice among them ---- */
int daemon_store_share_put(DaemonStore *s, uint32_t uid, const char *name,
                           const char *fields); /* NULL: as if it had never been put */
int daemon_store_share_get(DaemonStore *s, uint32_t uid, const char *name, char **ret);
int daemon_store_share_walk(DaemonStore *s, uint32_t uid,
                            int (*func)(void *userdata, const char *name, const char *fields),
                            void *userdata); /* by name */

/* ---- what a user has switched off; the bits are in files, too ---- */
typedef enum Preference {
        PREFERENCE_PLACE = 1 << 0,  /* exchanges tell the cloud where they are */
        PREFERENCE_MDNS = 1 << 1,   /* they use the local network */
        PREFERENCE_BLE = 1 << 2,    /* they use Bluetooth */
        PREFERENCE_HELP = 1 << 3,   /* during them this terminal helps neighbours */
        PREFERENCE_GUESTS = 1 << 4, /* guests may take part in them */
} Preference;
int daemon_store_preferences_put(DaemonStore *s, uint32_t uid, unsigned off);
int daemon_store_preferences_get(DaemonStore *s, uint32_t uid, unsigned *ret_off); /* 0 at first */
/* Seconds of the user's countdown; -1, as at first: as configured. */
int daemon_store_veto_put(DaemonStore *s, uint32_t uid, int seconds);
int daemon_store_veto_get(DaemonStore *s, uint32_t uid, int *ret);

/* ---- pinned clouds ---- */
typedef struct CloudPinRecord {
        CloudPin pin;
        /* The identity in the configuration from which the pin has moved; "": that of the first
         * meeting. */
        char configured[CLOUD_IDENTITY_TEXT_MAX];
} CloudPinRecord;
/* url: of the configuration's cloud; of a user's own, "UID URL": what a user pins binds no
 * other. */
int daemon_store_cloud_put(DaemonStore *s, const char *url, const CloudPinRecord *record);
int daemon_store_cloud_get(DaemonStore *s, const char *url, CloudPinRecord *ret);

/* Where the name of a cloud's URL has led to last. Of other URLs than the ADDRESSES_MAX used last
 * it is forgotten. */
enum { ADDRESSES_MAX = 64, ADDRESS_SIZE = 46 };
int daemon_store_address_put(DaemonStore *s, const char *url, const char *address);
int daemon_store_address_get(DaemonStore *s, const char *url, char ret[static ADDRESS_SIZE]);

/* ---- exchanges ---- */
int daemon_store_exchange_number(DaemonStore *s, uint64_t *ret); /* a new one, never used before */
/* The cloud of an exchange, by its name; to be put before the exchange is saved. */
int daemon_store_exchange_cloud_put(DaemonStore *s, uint64_t number, const char *cloud);
int daemon_store_exchange_cloud_get(DaemonStore *s, uint64_t number,
                                    char ret[static CLOUD_URL_SIZE]); /* "" too if none was put */
/* The snapshot is opaque here; finished ones have none. */
int daemon_store_exchange_save(DaemonStore *s, uint64_t number, uint32_t uid,
                               const uint8_t *snapshot, size_t len);
int daemon_store_exchange_load(DaemonStore *s, uint64_t number, uint32_t *ret_uid, uint8_t **ret,
                               size_t *ret_len);
int daemon_store_exchange_walk_unfinished(
        DaemonStore *s, int (*func)(void *userdata, uint64_t number, uint32_t uid), void *userdata);
typedef struct ExchangeSummary {
        uint64_t number;
        uint32_t uid;
        uint64_t finished_s; /* seconds since 1970 */
        uint32_t members;    /* with oneself */
        uint32_t cards;
        char level[12];
        char record_number[12];
        /* of this terminal, as it has left it: "47.2378, 6.0241"; empty where it was not known */
        char place[32];
        char phrase[64]; /* empty where there is none to compare */
} ExchangeSummary;
/* Its cards may be shown and counted from now on; repeated as more arrive. The snapshot stays. */
int daemon_store_exchange_deliver(DaemonStore *s, const ExchangeSummary *summary);
/* Ends it: snapshot erased, summary kept (delivered) or, with summary NULL, no trace. */
int daemon_store_exchange_finish(DaemonStore *s, uint64_t number, const ExchangeSummary *summary);
enum { HISTORY_MAX = 4096 }; /* exchanges that daemon_store_history walks over */
int daemon_store_history(DaemonStore *s, uint32_t uid,
                         int (*func)(void *userdata, const ExchangeSummary *e),
                         void *userdata); /* newest first */
/* Those older than before (0: from the newest on), at most max. */
int daemon_store_history_page(DaemonStore *s, uint32_t uid, uint64_t before, uint32_t max,
                              int (*func)(void *userdata, const ExchangeSummary *e),
                              void *userdata);
/* Deletes an exchange of the history with its cards, its snapshot and what its record is made of.
 * DAEMON_STORE_E_NOT_FOUND: this user has none of this number. */
int daemon_store_history_delete(DaemonStore *s, uint32_t uid, uint64_t number);

typedef enum HistoryChange { HISTORY_ADDED, HISTORY_CHANGED, HISTORY_DELETED } HistoryChange;
/* Called after each change of the history, while the store must not be written to. func NULL: no
 * more. */
typedef void (*HistoryFunc)(void *userdata, uint32_t uid, uint64_t number, HistoryChange change);
void daemon_store_watch_history(DaemonStore *s, HistoryFunc func, void *userdata);

/* Writes from begin to end become durable together, when end returns, and only if it is given r ==
 * 0; otherwise none of them. Returns r, or why they did not become durable. */
int daemon_store_begin(DaemonStore *s);
int daemon_store_end(DaemonStore *s, int r);

/* ---- received cards: one a member; a repetition changes nothing ---- */
int daemon_store_card_put(DaemonStore *s, uint64_t number, const Id *member, const char *vcard);
int daemon_store_card_walk(DaemonStore *s, uint64_t number,
                           int (*func)(void *userdata, const Id *member, const char *vcard),
                           void *userdata);

/* Of those members, the guests. */
int daemon_store_guest_put(DaemonStore *s, uint64_t number, const Id *member);
int daemon_store_is_guest(DaemonStore *s, uint64_t number, const Id *member); /* 0, or NOT_FOUND */
int daemon_store_count_guests(DaemonStore *s, uint64_t number, uint32_t *ret);

/* ---- records: what a password is made of, from the delivery until it can be shown no more ---- */
typedef struct RecordSecret {
        uint64_t number; /* of the exchange */
        uint32_t uid;
        Id member; /* oneself */
        Key group_key;
        Bytes32 transcript;
        char record_number[12];
        bool deposits;    /* it is ours to deposit the escrow, and not known to be done */
        uint64_t erase_s; /* seconds since 1970 */
} RecordSecret;
static inline void record_secret_done(RecordSecret *s)
{
        sodium_memzero(s, sizeof *s);
}
int daemon_store_secret_put(DaemonStore *s, const RecordSecret *secret); /* one of this key stays */
int daemon_store_secret_get(DaemonStore *s, uint64_t number, RecordSecret *ret);
int daemon_store_secret_deposited(DaemonStore *s, uint64_t number, uint64_t erase_s);
int daemon_store_secret_erase(DaemonStore *s, uint64_t number);
int daemon_store_secrets_expire(DaemonStore *s, uint64_t now_s);
int daemon_store_secrets_walk(DaemonStore *s,
                              int (*func)(void *userdata, const RecordSecret *secret),
                              void *userdata); /* those that are ours to deposit */

/* What was fetched of an exchange one was absent from. */
typedef struct FetchedCard {
        Id member;
        char *vcard;
        bool guest;
} FetchedCard;
/* As one exchange more of the history; or added to the one that this user has of the same record
 * number. Sets number, and cards to what there are now. */
int daemon_store_fetched(DaemonStore *s, ExchangeSummary *e, const FetchedCard *cards, size_t n);
