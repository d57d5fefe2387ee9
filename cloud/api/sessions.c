/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sessions.h"

#include <assert.h>
#include <string.h>

typedef struct Kept {
        Session session;
        struct Kept *next_in_bucket;
        struct Kept *newer, *older;
} Kept;

struct Sessions {
        Kept **buckets;
        size_t n_buckets; /* a power of two */
        uint32_t n, max;
        Kept *newest, *oldest;
        /* clients choose session keys, so buckets must not be guessable */
        uint8_t hash_key[crypto_shorthash_KEYBYTES];
};

static Kept **sessions_bucket(Sessions *s, const Bytes32 *public_key)
{
        uint8_t hash[crypto_shorthash_BYTES];
        uint64_t number;

        (void)crypto_shorthash(hash, public_key->b, sizeof public_key->b, s->hash_key);
        memcpy(&number, hash, sizeof number);
        return &s->buckets[number & (s->n_buckets - 1)];
}

static void session_unlink(Sessions *s, Kept *k)
{
        *(k->newer ? &k->newer->older : &s->newest) = k->older;
        *(k->older ? &k->older->newer : &s->oldest) = k->newer;
}

static void session_make_newest(Sessions *s, Kept *k)
{
        k->newer = NULL;
        k->older = s->newest;
        *(s->newest ? &s->newest->newer : &s->oldest) = k;
        s->newest = k;
}

static void session_drop(Sessions *s, Kept *k)
{
        Kept **at = sessions_bucket(s, &k->session.public_key);

        while (*at != k)
                at = &(*at)->next_in_bucket;
        *at = k->next_in_bucket;
        session_unlink(s, k);
        session_done(&k->session);
        free(k);
        s->n--;
}

int sessions_new(Sessions **ret, uint32_t max)
{
        _cleanup_(sessions_freep) Sessions *s = calloc(1, sizeof *s);

        if (!s)
                return -ENOMEM;
        s->max = max;
        for (s->n_buckets = 1; s->n_buckets < max; s->n_buckets *= 2)
                ;
        s->buckets = calloc(s->n_buckets, sizeof(Kept *));
        if (!s->buckets)
                return -ENOMEM;
        crypto_shorthash_keygen(s->hash_key);
        *ret = TAKE_PTR(s);
        return 0;
}

void sessions_clear(Sessions *s)
{
        while (s->oldest)
                session_drop(s, s->oldest);
}

Sessions *sessions_free(Sessions *s)
{
        if (!s)
                return NULL;
        sessions_clear(s);
        free(s->buckets);
        free(s);
        return NULL;
}

const Session *sessions_find(Sessions *s, const Bytes32 *public_key)
{
        Kept *k = *sessions_bucket(s, public_key);

        while (k && !bytes32_equal(&k->session.public_key, public_key))
                k = k->next_in_bucket;
        if (!k)
                return NULL;
        session_unlink(s, k);
        session_make_newest(s, k);
        return &k->session;
}

void sessions_add(Sessions *s, const Session *session)
{
        Kept **bucket, *k;

        assert(s->n <= s->max);
        if (s->n == s->max)
                session_drop(s, s->oldest);
        k = calloc(1, sizeof *k);
        if (!k)
                return;
        k->session = *session;
        bucket = sessions_bucket(s, &session->public_key);
        k->next_in_bucket = *bucket;
        *bucket = k;
        session_make_newest(s, k);
        s->n++;
}
