/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key-file.c - the key file. Numbers are little endian.
 *
 *    0  16  "huddle cloud 2\n" and NUL
 *   16   1  t, number of ticket keys, 1..8
 *   17   1  i, number of identities, 1 or 2
 *   18   6  zero
 *   24      t times 48: seals from (8), opens until (8; 0: the newest), key (32)
 *           i times 96: X25519 private key (32), Ed25519 seed (32), made (8), told from (8), signs
 *           from (8), the identity before it ends (8); these four are 0 in the first
 *       32  BLAKE2b-256 of all that precedes it
 *
 * Before keys could be rotated the file was "huddle cloud 1\n", NUL, X25519 private key, Ed25519
 * seed and ticket key. It is read as it is, and the first rotation writes the new form.
 */
#include "keys.h"

#include "src/base/endian-bytes.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum {
        MAGIC_SIZE = 16,
        FILE_1_SIZE = MAGIC_SIZE + 3 * 32,
        HEAD = MAGIC_SIZE + 8,
        TICKET = 16 + 32,
        IDENTITY = 64 + 4 * 8,
        CHECK = 32,
        FILE_MAX = HEAD + CLOUD_TICKET_KEYS_MAX * TICKET + 2 * IDENTITY + CHECK,
};

static const char magic_1[MAGIC_SIZE] = "huddle cloud 1\n";
static const char magic_2[MAGIC_SIZE] = "huddle cloud 2\n";

/* ---- writing ---- */

static uint8_t *file_write_ticket(uint8_t *at, const TicketKey *t)
{
        le_write(at, t->from_ms, 8);
        le_write(at + 8, t->until_ms, 8);
        memcpy(at + 16, t->key.b, 32);
        return at + TICKET;
}

static uint8_t *file_write_identity(uint8_t *at, const Key *box, const uint8_t sign[static 64],
                                    const uint64_t times[static 4])
{
        memcpy(at, box->b, 32);
        (void)crypto_sign_ed25519_sk_to_seed(at + 32, sign);
        for (unsigned i = 0; i < 4; i++)
                le_write(at + 64 + 8 * (size_t)i, times[i], 8);
        return at + IDENTITY;
}

static size_t file_format(uint8_t ret[static FILE_MAX], const CloudKeys *k)
{
        const NextIdentity *n = &k->next;
        uint8_t *at = ret + HEAD;

        memset(ret, 0, FILE_MAX);
        memcpy(ret, magic_2, MAGIC_SIZE);
        ret[MAGIC_SIZE] = (uint8_t)k->n_tickets;
        ret[MAGIC_SIZE + 1] = k->has_next ? 2 : 1;
        for (unsigned i = 0; i < k->n_tickets; i++)
                at = file_write_ticket(at, &k->tickets[i]);
        at = file_write_identity(at, &k->box_private, k->sign_private, (uint64_t[4]){0});
        if (k->has_next)
                at = file_write_identity(
                        at, &n->box_private, n->sign_private,
                        (uint64_t[4]){n->made_ms, n->told_ms, n->signs_ms, n->until_ms});
        (void)crypto_generichash(at, CHECK, ret, (size_t)(at - ret), NULL, 0);
        return (size_t)(at - ret) + CHECK;
}

static int file_write_all(int fd, const uint8_t *bytes, size_t len)
{
        ssize_t n;

        for (; len > 0; bytes += n, len -= (size_t)n) {
                n = write(fd, bytes, len);
                if (n < 0)
                        return -errno;
        }
        return fsync(fd) < 0 ? -errno : 0;
}

/* Beside the file, under the name in ret. */
static int file_write_temporary(char *ret, size_t size, const CloudKeys *k, const char *path,
                                const struct stat *owner)
{
        _cleanup_close_ int fd = -1;
        uint8_t bytes[FILE_MAX];
        int r;

        if (snprintf(ret, size, "%s.new", path) >= (int)size)
                return -ENAMETOOLONG;
        (void)unlink(ret); /* of an attempt that was cut off */
        fd = open(ret, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        if (owner && geteuid() == 0 && fchown(fd, owner->st_uid, owner->st_gid) < 0)
                return -errno;
        r = file_write_all(fd, bytes, file_format(bytes, k));
        sodium_memzero(bytes, sizeof bytes);
        return r;
}

int cloud_keys_create(const CloudKeys *k, const char *path)
{
        char temporary[4096];
        int r = file_write_temporary(temporary, sizeof temporary, k, path, NULL);

        /* unlike rename it never replaces keys that are in use */
        if (r == 0 && link(temporary, path) < 0)
                r = -errno;
        if (r != -ENAMETOOLONG)
                (void)unlink(temporary);
        return r;
}

/* The name has to survive a power cut as well as the bytes: what terminals are told must not be
 * forgotten. */
static int file_sync_folder(const char *path)
{
        _cleanup_close_ int fd = -1;
        const char *slash = strrchr(path, '/');
        char folder[4096];

        (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
                       slash ? path : ".");
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int cloud_keys_replace(const CloudKeys *k, const char *path)
{
        char temporary[4096];
        struct stat st;
        int r;

        if (stat(path, &st) < 0)
                return -errno;
        r = file_write_temporary(temporary, sizeof temporary, k, path, &st);
        if (r == 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0 && r != -ENAMETOOLONG)
                (void)unlink(temporary);
        return r < 0 ? r : file_sync_folder(path);
}

int cloud_keys_lock(const char *path)
{
        _cleanup_close_ int fd = -1;
        const char *slash = strrchr(path, '/');
        char folder[4096];

        (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
                       slash ? path : ".");
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || flock(fd, LOCK_EX) < 0)
                return -errno;
        return TAKE_FD(fd);
}

/* ---- reading ---- */

static void file_read_pair(Key *ret_box, uint8_t ret_sign[static 64], CloudIdentity *ret,
                           const uint8_t *at)
{
        memcpy(ret_box->b, at, 32);
        (void)crypto_scalarmult_base(ret->box_key.b, ret_box->b);
        (void)crypto_sign_seed_keypair(ret->sign_key.b, ret_sign, at + 32);
}

static void file_read_next(CloudKeys *k, const uint8_t *at)
{
        NextIdentity *n = &k->next;
        Succession s;

        file_read_pair(&n->box_private, n->sign_private, &n->identity, at);
        n->made_ms = le_read(at + 64, 8);
        n->told_ms = le_read(at + 72, 8);
        n->signs_ms = le_read(at + 80, 8);
        n->until_ms = le_read(at + 88, 8);
        k->has_next = true;
        s = (Succession){k->identity, n->identity, n->made_ms, n->until_ms};
        succession_sign(n->succession, &s, k->sign_private, n->sign_private);
}

static void file_read_1(CloudKeys *ret, const uint8_t *bytes)
{
        *ret = (CloudKeys){.n_tickets = 1};
        file_read_pair(&ret->box_private, ret->sign_private, &ret->identity, bytes + MAGIC_SIZE);
        memcpy(ret->tickets[0].key.b, bytes + MAGIC_SIZE + 64, 32);
}

static bool file_is_2(const uint8_t *bytes, size_t len)
{
        unsigned t = bytes[MAGIC_SIZE], i = bytes[MAGIC_SIZE + 1];
        uint8_t check[CHECK];
        size_t size = HEAD + t * (size_t)TICKET + i * (size_t)IDENTITY;

        if (t < 1 || t > CLOUD_TICKET_KEYS_MAX || i < 1 || i > 2 || len != size + CHECK)
                return false;
        (void)crypto_generichash(check, CHECK, bytes, size, NULL, 0);
        return memcmp(check, bytes + size, CHECK) == 0;
}

static void file_read_2(CloudKeys *ret, const uint8_t *bytes)
{
        const uint8_t *at = bytes + HEAD;

        *ret = (CloudKeys){.n_tickets = bytes[MAGIC_SIZE]};
        for (unsigned i = 0; i < ret->n_tickets; i++, at += TICKET) {
                ret->tickets[i].from_ms = le_read(at, 8);
                ret->tickets[i].until_ms = le_read(at + 8, 8);
                memcpy(ret->tickets[i].key.b, at + 16, 32);
        }
        file_read_pair(&ret->box_private, ret->sign_private, &ret->identity, at);
        if (bytes[MAGIC_SIZE + 1] == 2)
                file_read_next(ret, at + IDENTITY);
}

int cloud_keys_load(CloudKeys *ret, const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        uint8_t bytes[FILE_MAX + 1];
        struct stat st;
        ssize_t n;
        int r = 0;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (st.st_mode & 0077)
                return -EPERM;
        n = read(fd, bytes, sizeof bytes);
        if (n < 0)
                r = -errno;
        else if (n == FILE_1_SIZE && memcmp(bytes, magic_1, MAGIC_SIZE) == 0)
                file_read_1(ret, bytes);
        else if (n > HEAD + CHECK && memcmp(bytes, magic_2, MAGIC_SIZE) == 0 &&
                 file_is_2(bytes, (size_t)n))
                file_read_2(ret, bytes);
        else
                r = -EINVAL;
        sodium_memzero(bytes, sizeof bytes);
        return r;
}
