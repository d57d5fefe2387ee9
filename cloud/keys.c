/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys.c - the key file
 *
 *    0  16  "huddle cloud 1\n" and NUL
 *   16  32  X25519 private key
 *   48  32  Ed25519 seed
 *   80  32  ticket key
 */
#include "keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAGIC_SIZE = 16, FILE_SIZE = MAGIC_SIZE + 3 * 32 };

static const char magic[MAGIC_SIZE] = "huddle cloud 1\n";

/* Public halves, and the long form of the signing key, from the private box key and the seed. */
static void keys_complete(CloudKeys *k, const uint8_t seed[static 32])
{
        (void)crypto_scalarmult_base(k->identity.box_key.b, k->box_private.b);
        (void)crypto_sign_seed_keypair(k->identity.sign_key.b, k->sign_private, seed);
}

void cloud_keys_draw(CloudKeys *ret)
{
        _cleanup_key_ Key seed;

        key_random(&seed);
        key_random(&ret->box_private);
        key_random(&ret->ticket);
        keys_complete(ret, seed.b);
}

void cloud_keys_done(CloudKeys *k)
{
        sodium_memzero(k, sizeof *k);
}

static int keys_write(int fd, const uint8_t *bytes, size_t len)
{
        ssize_t n;

        for (; len > 0; bytes += n, len -= (size_t)n) {
                n = write(fd, bytes, len);
                if (n < 0)
                        return -errno;
        }
        return fsync(fd) < 0 ? -errno : 0;
}

int cloud_keys_create(const CloudKeys *k, const char *path)
{
        _cleanup_close_ int fd = -1;
        uint8_t bytes[FILE_SIZE];
        char temporary[4096];
        int r;

        if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
                return -ENAMETOOLONG;
        (void)unlink(temporary); /* of an attempt that was cut off */
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        memcpy(bytes, magic, MAGIC_SIZE);
        memcpy(bytes + MAGIC_SIZE, k->box_private.b, 32);
        (void)crypto_sign_ed25519_sk_to_seed(bytes + MAGIC_SIZE + 32, k->sign_private);
        memcpy(bytes + MAGIC_SIZE + 64, k->ticket.b, 32);
        r = keys_write(fd, bytes, sizeof bytes);
        sodium_memzero(bytes, sizeof bytes);
        /* unlike rename it never replaces keys that are in use */
        if (r == 0 && link(temporary, path) < 0)
                r = -errno;
        (void)unlink(temporary);
        return r;
}

int cloud_keys_load(CloudKeys *ret, const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        uint8_t bytes[FILE_SIZE + 1];
        struct stat st;
        ssize_t n;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (st.st_mode & 0077)
                return -EPERM;
        n = read(fd, bytes, sizeof bytes);
        if (n == FILE_SIZE && memcmp(bytes, magic, MAGIC_SIZE) == 0) {
                memcpy(ret->box_private.b, bytes + MAGIC_SIZE, 32);
                memcpy(ret->ticket.b, bytes + MAGIC_SIZE + 64, 32);
                keys_complete(ret, bytes + MAGIC_SIZE + 32);
        } else
                n = n < 0 ? -errno : -EINVAL;
        sodium_memzero(bytes, sizeof bytes);
        return n < 0 ? (int)n : 0;
}
