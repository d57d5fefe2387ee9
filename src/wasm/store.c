/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store.h"

#include "host.h"
#include "page-cards.h"
#include "src/base/array.h"

#include <stdio.h>

/* Names of what an exchange keeps; a card's is CARD and the id of its member in hex. Its value
 * begins with a letter that says whether that is a guest. */
#define EXCHANGE "exchange"
#define SUMMARY "summary"
#define CARD "card/"

enum { NAME_MAX_LEN = 48, GUEST = 'g', TERMINAL = 't' };

HOST_EXPORT(recall) int engine_recall(const char *name, const uint8_t *bytes, size_t len);

typedef struct Kept {
        char name[NAME_MAX_LEN];
        uint8_t *bytes;
        size_t len;
} Kept;

struct DaemonStore {
        ARRAY(Kept) kept;
};

static DaemonStore store_itself;
DaemonStore *const page_store = &store_itself;

static Kept *store_find(const char *name)
{
        for (size_t i = 0; i < store_itself.kept.n; i++)
                if (strcmp(store_itself.kept.list[i].name, name) == 0)
                        return &store_itself.kept.list[i];
        return NULL;
}

static void store_wipe_bytes(Kept *k)
{
        if (k->bytes)
                sodium_memzero(k->bytes, k->len);
        free(k->bytes);
        k->bytes = NULL;
        k->len = 0;
}

/* Here alone. */
static int store_set(const char *name, const void *bytes, size_t len)
{
        Kept *k = store_find(name), fresh = {0};
        uint8_t *copy = malloc(len + 1);

        if (!copy)
                return -ENOMEM;
        memcpy(copy, bytes, len);
        if (!k) {
                (void)snprintf(fresh.name, sizeof fresh.name, "%s", name);
                if (array_add(&store_itself.kept, fresh) < 0) {
                        free(copy);
                        return -ENOMEM;
                }
                k = &store_itself.kept.list[store_itself.kept.n - 1];
        }
        store_wipe_bytes(k);
        k->bytes = copy;
        k->len = len;
        return 0;
}

static void store_forget(const char *name)
{
        Kept *k = store_find(name);

        if (!k)
                return;
        store_wipe_bytes(k);
        *k = store_itself.kept.list[--store_itself.kept.n];
        host_keep(name, NULL, 0);
}

const uint8_t *page_store_get(const char *name, size_t *ret_len)
{
        const Kept *k = store_find(name);

        *ret_len = k ? k->len : 0;
        return k ? k->bytes : NULL;
}

int page_store_put(const char *name, const void *bytes, size_t len)
{
        int r = store_set(name, bytes, len);

        if (r == 0)
                host_keep(name, bytes, len);
        return r;
}

bool page_store_has_exchange(void)
{
        return store_find(EXCHANGE);
}

void page_store_wipe(void)
{
        for (size_t i = 0; i < store_itself.kept.n; i++)
                store_wipe_bytes(&store_itself.kept.list[i]);
        array_done(&store_itself.kept);
        host_keep("", NULL, 0);
}

/* ---- cards ---- */

static void store_card_name(char ret[static NAME_MAX_LEN], const Id *member)
{
        (void)strcpy(ret, CARD);
        sodium_bin2hex(ret + strlen(CARD), NAME_MAX_LEN - strlen(CARD), member->b,
                       sizeof member->b);
}

/* What was kept by a page of ours; another one, or a hand, may have changed it. */
static int store_recall_card(const char *hex, const uint8_t *bytes, size_t len)
{
        _cleanup_(secret_freep) char *vcard = NULL;
        Id member;
        size_t n;
        int r;

        if (sodium_hex2bin(member.b, sizeof member.b, hex, strlen(hex), NULL, &n, NULL) != 0 ||
            n != sizeof member.b || len < 1)
                return -EBADMSG;
        vcard = strndup((const char *)bytes + 1, len - 1);
        r = vcard ? page_cards_add(&member, vcard) : -ENOMEM;
        if (r == 0)
                page_cards_find(&member)->guest = bytes[0] == GUEST;
        return r;
}

int engine_recall(const char *name, const uint8_t *bytes, size_t len)
{
        if (strncmp(name, CARD, strlen(CARD)) == 0)
                return store_recall_card(name + strlen(CARD), bytes, len);
        return strlen(name) < NAME_MAX_LEN ? store_set(name, bytes, len) : -EBADMSG;
}

static int store_keep_card(const PageCard *c)
{
        size_t len = strlen(c->vcard);
        uint8_t *bytes = malloc(len + 1);
        char name[NAME_MAX_LEN];

        if (!bytes)
                return -ENOMEM;
        bytes[0] = c->guest ? GUEST : TERMINAL;
        memcpy(bytes + 1, c->vcard, len);
        store_card_name(name, &c->member);
        host_keep(name, bytes, len + 1);
        sodium_memzero(bytes, len + 1);
        free(bytes);
        return 0;
}

int daemon_store_card_put(DaemonStore *s, uint64_t number, const Id *member, const char *vcard)
{
        int r = page_cards_add(member, vcard);

        return r == 0 ? store_keep_card(page_cards_find(member)) : r;
}

int daemon_store_card_walk(DaemonStore *s, uint64_t number,
                           int (*func)(void *userdata, const Id *member, const char *vcard),
                           void *userdata)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < page_cards_count(); i++)
                r = func(userdata, &page_cards_get(i)->member, page_cards_get(i)->vcard);
        return r;
}

/* After its card. */
int daemon_store_guest_put(DaemonStore *s, uint64_t number, const Id *member)
{
        PageCard *c = page_cards_find(member);

        if (!c || c->guest)
                return 0;
        c->guest = true;
        return store_keep_card(c);
}

/* ---- the exchange: the only one, so it has no number ---- */

int daemon_store_exchange_save(DaemonStore *s, uint64_t number, uint32_t uid,
                               const uint8_t *snapshot, size_t len)
{
        return page_store_put(EXCHANGE, snapshot, len);
}

int daemon_store_exchange_load(DaemonStore *s, uint64_t number, uint32_t *ret_uid, uint8_t **ret,
                               size_t *ret_len)
{
        size_t len;
        const uint8_t *bytes = page_store_get(EXCHANGE, &len);

        if (!bytes)
                return DAEMON_STORE_E_NOT_FOUND;
        *ret = malloc(len + 1);
        if (!*ret)
                return -ENOMEM;
        memcpy(*ret, bytes, len);
        *ret_len = len;
        *ret_uid = 0;
        return 0;
}

/* As it lies in memory; a page of another build may have kept another one, which is passed over. */
typedef struct Summary {
        uint32_t members;
        char level[sizeof((ExchangeSummary *)0)->level];
        char phrase[sizeof((ExchangeSummary *)0)->phrase];
} Summary;

int daemon_store_exchange_deliver(DaemonStore *s, const ExchangeSummary *summary)
{
        Summary kept = {.members = summary->members};

        memcpy(kept.level, summary->level, sizeof kept.level);
        memcpy(kept.phrase, summary->phrase, sizeof kept.phrase);
        return page_store_put(SUMMARY, &kept, sizeof kept);
}

void page_store_summary(ExchangeSummary *ret)
{
        size_t len;
        const uint8_t *bytes = page_store_get(SUMMARY, &len);
        Summary kept;

        *ret = (ExchangeSummary){0};
        if (!bytes || len != sizeof kept)
                return;
        memcpy(&kept, bytes, sizeof kept);
        ret->members = kept.members;
        (void)snprintf(ret->level, sizeof ret->level, "%.*s", (int)sizeof kept.level - 1,
                       kept.level);
        (void)snprintf(ret->phrase, sizeof ret->phrase, "%.*s", (int)sizeof kept.phrase - 1,
                       kept.phrase);
}

/* Without a summary nothing came of it, and there is nothing to come back to. */
int daemon_store_exchange_finish(DaemonStore *s, uint64_t number, const ExchangeSummary *summary)
{
        store_forget(EXCHANGE);
        if (summary)
                return daemon_store_exchange_deliver(s, summary);
        page_store_wipe();
        return 0;
}

/* A guest makes no record. */
int daemon_store_secret_put(DaemonStore *s, const RecordSecret *secret)
{
        return 0;
}

/* The script keeps what it is given between two requests together. */
int daemon_store_begin(DaemonStore *s)
{
        return 0;
}

int daemon_store_end(DaemonStore *s, int r)
{
        return r;
}
