/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * find-secrets [--pairs] [ROUTE] FILE <needles - looks for secrets in memory images, databases,
 * logs, packets
 *
 * Each line of standard input is a name and the bytes of a needle in hexadecimal; needles are
 * compared from their first 8 bytes on, so that one pass over the file looks for all of them.
 * With --pairs it looks, too, for a hash of any two secret words: BLAKE2b-256, BLAKE2b-512,
 * SHA-256, SHA-512 over "a b", "ab" and, with a route, "route a b". Prints NAME and OFFSET of
 * what it finds. Exit: 0 nothing found, 1 something, 2 cannot look.
 */
#include "src/protocol/code.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
        HEAD = 8, /* bytes that are looked up */
        NEEDLE_MAX = 4096,
        SIEVE_BITS = 26,
};

typedef struct Needle {
        uint64_t head;
        char *name; /* NULL: a hash of two words */
        uint8_t *bytes;
        size_t len;
} Needle;

typedef struct Needles {
        Needle *list;
        size_t n, room;
} Needles;

typedef struct Image {
        const uint8_t *bytes;
        size_t len;
} Image;

/* ---- the search ---- */

static uint64_t head_of(const uint8_t *bytes)
{
        uint64_t head;

        memcpy(&head, bytes, HEAD);
        return head;
}

static uint32_t sieve_at(uint64_t head)
{
        return (uint32_t)((head * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - SIEVE_BITS));
}

static int by_head(const void *a, const void *b)
{
        const Needle *x = a, *y = b;

        return x->head < y->head ? -1 : x->head > y->head;
}

/* The first needle with this head, or NULL. */
static const Needle *look_up(const Needles *needles, uint64_t head)
{
        size_t low = 0, high = needles->n;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (needles->list[middle].head < head)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < needles->n && needles->list[low].head == head ? &needles->list[low] : NULL;
}

static size_t report(const Needles *needles, const Needle *first, const Image *image, size_t at)
{
        size_t found = 0;

        for (const Needle *n = first; n < needles->list + needles->n && n->head == first->head;
             n++) {
                if (n->len > image->len - at ||
                    (n->len > 0 && memcmp(image->bytes + at, n->bytes, n->len) != 0))
                        continue;
                printf("%s %zu\n", n->name ? n->name : "hash-of-two-words", at);
                found++;
        }
        return found;
}

/* Sorts the needles. */
static size_t search(Needles *needles, const Image *image)
{
        uint8_t *sieve = calloc(1, (size_t)1 << (SIEVE_BITS - 3));
        size_t found = 0;

        if (!sieve)
                err(2, "memory");
        qsort(needles->list, needles->n, sizeof *needles->list, by_head);
        for (size_t i = 0; i < needles->n; i++) {
                uint32_t bit = sieve_at(needles->list[i].head);

                sieve[bit / 8] |= (uint8_t)(1 << bit % 8);
        }
        for (size_t at = 0; at + HEAD <= image->len; at++) {
                uint64_t head = head_of(image->bytes + at);
                uint32_t bit = sieve_at(head);
                const Needle *first =
                        sieve[bit / 8] & (1 << bit % 8) ? look_up(needles, head) : NULL;

                if (first)
                        found += report(needles, first, image, at);
        }
        free(sieve);
        return found;
}

/* ---- what is looked for ---- */

static Needle *add(Needles *needles)
{
        if (needles->n == needles->room) {
                needles->room = 2 * needles->room + 64;
                needles->list = realloc(needles->list, needles->room * sizeof *needles->list);
                if (!needles->list)
                        err(2, "memory");
        }
        needles->list[needles->n] = (Needle){};
        return &needles->list[needles->n++];
}

static void read_needles(Needles *ret)
{
        static char name[256], hex[2 * NEEDLE_MAX + 1];
        uint8_t bytes[NEEDLE_MAX];

        while (scanf("%255s %8192s", name, hex) == 2) {
                Needle *n = add(ret);

                if (sodium_hex2bin(bytes, sizeof bytes, hex, strlen(hex), NULL, &n->len, NULL) !=
                            0 ||
                    n->len < HEAD)
                        errx(2, "%s: not a needle of %d bytes or more", name, HEAD);
                n->name = strdup(name);
                n->bytes = malloc(n->len);
                if (!n->name || !n->bytes)
                        err(2, "memory");
                memcpy(n->bytes, bytes, n->len);
                n->head = head_of(bytes);
        }
}

static void needles_done(Needles *needles)
{
        for (size_t i = 0; i < needles->n; i++) {
                free(needles->list[i].name);
                free(needles->list[i].bytes);
        }
        free(needles->list);
}

/* ---- hashes of all pairs of words ---- */

typedef void (*Hash)(uint8_t ret[static 64], const char *text, size_t len);

static void blake2b_256(uint8_t ret[static 64], const char *text, size_t len)
{
        (void)crypto_generichash(ret, 32, (const uint8_t *)text, len, NULL, 0);
}
static void blake2b_512(uint8_t ret[static 64], const char *text, size_t len)
{
        (void)crypto_generichash(ret, 64, (const uint8_t *)text, len, NULL, 0);
}
static void sha_256(uint8_t ret[static 64], const char *text, size_t len)
{
        (void)crypto_hash_sha256(ret, (const uint8_t *)text, len);
}
static void sha_512(uint8_t ret[static 64], const char *text, size_t len)
{
        (void)crypto_hash_sha512(ret, (const uint8_t *)text, len);
}

/* before a between b */
static size_t search_pairs(const Image *image, Hash hash, const char *before, const char *between)
{
        Needles needles = {};
        char text[64];
        uint8_t digest[64];
        size_t found;

        for (unsigned a = 0; a < WORDS_COUNT; a++)
                for (unsigned b = 0; b < WORDS_COUNT; b++) {
                        char *end =
                                stpcpy(stpcpy(stpcpy(stpcpy(text, before), words_get(a)), between),
                                       words_get(b));

                        hash(digest, text, (size_t)(end - text));
                        add(&needles)->head = head_of(digest);
                }
        found = search(&needles, image);
        needles_done(&needles);
        return found;
}

static size_t search_all_pairs(const Image *image, const char *route)
{
        static const Hash hashes[] = {blake2b_256, blake2b_512, sha_256, sha_512};
        char before[32];
        size_t found = 0;

        (void)snprintf(before, sizeof before, "%s ", route ? route : "");
        for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
                found += search_pairs(image, hashes[i], "", " ");
                found += search_pairs(image, hashes[i], "", "");
                if (route)
                        found += search_pairs(image, hashes[i], before, " ");
        }
        return found;
}

/* ---- the program ---- */

static void map(Image *ret, const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat st;
        void *bytes;

        if (fd < 0 || fstat(fd, &st) < 0 || st.st_size == 0)
                err(2, "%s", path);
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED)
                err(2, "%s", path);
        (void)close(fd);
        *ret = (Image){bytes, (size_t)st.st_size};
}

int main(int argc, char **argv)
{
        bool pairs = argc > 1 && strcmp(argv[1], "--pairs") == 0;
        int at = pairs ? 2 : 1;
        Needles needles = {};
        size_t found;
        Image image;

        if (argc - at < 1 || argc - at > 2 || sodium_init() < 0)
                errx(2, "usage: find-secrets [--pairs] [ROUTE] FILE <needles");
        map(&image, argv[argc - 1]);
        read_needles(&needles);
        found = search(&needles, &image);
        if (pairs)
                found += search_all_pairs(&image, argc - at == 2 ? argv[at] : NULL);
        needles_done(&needles);
        return found > 0;
}
