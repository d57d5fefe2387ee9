/* SPDX-License-Identifier: GPL-2.0-or-later */
/* secret.h - keys in their own types: never printed, never logged, wiped when done */
#pragma once

#include "util.h"

#include <sodium.h>

/* A symmetric or private key. Copy by assignment only where both copies are wiped. */
typedef struct Key {
        uint8_t b[32];
} Key;

/* A public key, digest or commitment; needs no wiping. */
typedef struct Bytes32 {
        uint8_t b[32];
} Bytes32;

/* A random id of a member, request or card version. */
typedef struct Id {
        uint8_t b[16];
} Id;

static inline void key_done(Key *k)
{
        sodium_memzero(k, sizeof *k);
}
#define _cleanup_key_ _cleanup_(key_done)

static inline void key_random(Key *k)
{
        randombytes_buf(k->b, sizeof k->b);
}

static inline void id_random(Id *id)
{
        randombytes_buf(id->b, sizeof id->b);
}

static inline int id_compare(const Id *a, const Id *b)
{
        return __builtin_memcmp(a->b, b->b, sizeof a->b);
}

/* Constant time. */
static inline bool key_equal(const Key *a, const Key *b)
{
        return sodium_memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline bool bytes32_equal(const Bytes32 *a, const Bytes32 *b)
{
        return sodium_memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* Zeroed memory for keys that live as long as an exchange or an account. It lies between guard
 * pages, is not swapped out and not in core dumps, as far as the limit of locked memory allows;
 * beyond it, it is ordinary memory. NULL: no memory. secret_release wipes; NULL is fine. */
static inline void *secret_alloc(size_t n, size_t size)
{
        void *p = sodium_allocarray(n, size);

        if (p)
                sodium_memzero(p, n * size);
        return p;
}

static inline void secret_release(void *p)
{
        sodium_free(p);
}

/* Wipes and frees text that must not linger: a code with its words, a record password. NULL is
 * fine. */
static inline char *secret_free(char *s)
{
        if (s)
                sodium_memzero(s, __builtin_strlen(s));
        free(s);
        return NULL;
}
DEFINE_CLEANUP(char *, secret_free);
