/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "folder.h"
#include "../digest.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum {
        NAME_HEX = 32,
        LINE_LEN = 16 + 1 + NAME_HEX + 1 + 64 + 1, /* with the newline */
        FILE_MAX = 2 * CARD_TEXT_MAX,              /* a longer file is not one of ours */
};

typedef struct Entry {
        uint64_t exchange;
        char name[NAME_HEX + 1];
        Bytes32 written;
} Entry;

struct Folder {
        int dir, state;
        Entry *entries; /* oldest first */
        size_t n_entries;
};

/* ---- the state file ----------------------------------------------------------------------------- */

static int remember(Folder *f, const Entry *e)
{
        Entry *entries = reallocarray(f->entries, f->n_entries + 1, sizeof *entries);

        if (!entries)
                return -ENOMEM;
        f->entries = entries;
        f->entries[f->n_entries++] = *e;
        return 0;
}

static bool parse_line(Entry *ret, const char *line)
{
        Entry e = {0};
        size_t len;
        char *end;

        if (line[16] != ' ' || line[16 + 1 + NAME_HEX] != ' ' || line[LINE_LEN - 1] != '\n')
                return false;
        e.exchange = strtoull(line, &end, 16);
        if (end != line + 16)
                return false;
        memcpy(e.name, line + 17, NAME_HEX);
        if (strspn(e.name, "0123456789abcdef") != NAME_HEX ||
            sodium_hex2bin(e.written.b, sizeof e.written.b, line + 18 + NAME_HEX, 64, NULL, &len, NULL) !=
                    0 ||
            len != sizeof e.written.b)
                return false;
        *ret = e;
        return true;
}

static int read_state(Folder *f)
{
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        FILE *file;
        ssize_t n;
        int r = 0, fd = dup(f->state);

        file = fd < 0 ? NULL : fdopen(fd, "r");
        if (!file) {
                r = -errno;
                (void)(fd < 0 || close(fd));
                return r;
        }
        while (r == 0 && (n = getline(&line, &size, file)) > 0) {
                Entry e;

                if (n == LINE_LEN && parse_line(&e, line))
                        r = remember(f, &e);
        }
        if (r == 0 && ferror(file))
                r = -EIO;
        (void)fclose(file);
        return r;
}

/* Begins with a newline where a crash has cut the last line off. */
static int append_line(Folder *f, const Entry *e)
{
        char line[1 + LINE_LEN + 1], hex[65], last = '\n';
        struct stat st;
        int len;

        if (fstat(f->state, &st) < 0)
                return -errno;
        if (st.st_size > 0 && pread(f->state, &last, 1, st.st_size - 1) != 1)
                return -EIO;
        (void)sodium_bin2hex(hex, sizeof hex, e->written.b, sizeof e->written.b);
        len = snprintf(line, sizeof line, "%s%016" PRIx64 " %s %s\n", last == '\n' ? "" : "\n", e->exchange,
                       e->name, hex);
        errno = ENOSPC; /* what a short write means */
        if (write(f->state, line, (size_t)len) != len || fsync(f->state) < 0)
                return -errno;
        return remember(f, e);
}

/* What this exchange brought for a file, or NULL. */
static const Bytes32 *put_by(const Folder *f, uint64_t exchange, const char *name)
{
        for (size_t i = 0; i < f->n_entries; i++)
                if (f->entries[i].exchange == exchange && strcmp(f->entries[i].name, name) == 0)
                        return &f->entries[i].written;
        return NULL;
}

/* What was written into a file last, or NULL. */
static const Bytes32 *last_written(const Folder *f, const char *name)
{
        for (size_t i = f->n_entries; i-- > 0;)
                if (strcmp(f->entries[i].name, name) == 0)
                        return &f->entries[i].written;
        return NULL;
}

/* ---- the folder --------------------------------------------------------------------------------- */

static int make_parents(const char *path)
{
        _cleanup_free_ char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;
        for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                if (mkdir(copy, 0700) < 0 && errno != EEXIST)
                        return -errno;
                *slash = '/';
        }
        return 0;
}

/* Hash of a file's bytes; -ENOENT where it is not there. */
static int hash_file(const Folder *f, const char *file_name, Bytes32 *ret)
{
        _cleanup_close_ int fd = openat(f->dir, file_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        _cleanup_free_ char *bytes = NULL;
        size_t len = 0;
        ssize_t n;

        if (fd < 0)
                return -errno;
        bytes = malloc(FILE_MAX);
        if (!bytes)
                return -ENOMEM;
        while (len < FILE_MAX && (n = read(fd, bytes + len, FILE_MAX - len)) != 0) {
                if (n < 0)
                        return -errno;
                len += (size_t)n;
        }
        digest_one(ret, "agent file", bytes, len);
        return 0;
}

static int write_all(int fd, const char *bytes, size_t len)
{
        for (ssize_t n; len > 0; bytes += n, len -= (size_t)n) {
                n = write(fd, bytes, len);
                if (n < 0)
                        return -errno;
        }
        return fsync(fd) < 0 ? -errno : 0;
}

/* Other programs see the whole file or none; those that read a vdir skip names that begin with a dot. */
static int write_file(const Folder *f, const char *file_name, const char *bytes, size_t len)
{
        _cleanup_close_ int fd = -1;
        char temporary[NAME_HEX + 16];
        int r;

        (void)snprintf(temporary, sizeof temporary, ".%s.tmp", file_name);
        fd = openat(f->dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        r = write_all(fd, bytes, len);
        if (r == 0 && (renameat(f->dir, temporary, f->dir, file_name) < 0 || fsync(f->dir) < 0))
                r = -errno;
        if (r < 0)
                (void)unlinkat(f->dir, temporary, 0); /* what failed is told; the rest is tidying */
        return r;
}

static bool same(const Bytes32 *a, const Bytes32 *b)
{
        return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* Decides by what stands there now, what we wrote last and what is to be written; see folder.h. */
static int put_file(Folder *f, FolderOutcome *ret, const Entry *e, const char *bytes, size_t len)
{
        const Bytes32 *last = last_written(f, e->name);
        char file_name[NAME_HEX + 8];
        Bytes32 present;
        int r;

        (void)snprintf(file_name, sizeof file_name, "%s.vcf", e->name);
        r = hash_file(f, file_name, &present);
        if (r < 0 && r != -ENOENT && r != -ELOOP)
                return r;
        if (r == 0 && same(&present, &e->written))
                *ret = FOLDER_KNOWN;
        else if (r == -ENOENT || (r == 0 && last && same(&present, last)))
                *ret = FOLDER_WRITTEN;
        else
                *ret = FOLDER_KEPT;
        return *ret == FOLDER_WRITTEN ? write_file(f, file_name, bytes, len) : 0;
}

/* ---- who is who --------------------------------------------------------------------------------- */

/* The nth person of one UID and name; also the UID in the file (RFC 9562, version 8: a hash of our own). */
static int name_person(Entry *e, Card *c, const char *uid, unsigned nth)
{
        char text[sizeof "urn:uuid:" + NAME_HEX + 4];
        Bytes32 hash;
        Digest d;

        digest_begin(&d, "agent person");
        digest_field(&d, uid, strlen(uid));
        digest_field(&d, card_name(c), strlen(card_name(c)));
        digest_u64(&d, nth);
        digest_end(&d, &hash);
        hash.b[6] = (hash.b[6] & 0x0f) | 0x80;
        hash.b[8] = (hash.b[8] & 0x3f) | 0x80;
        (void)sodium_bin2hex(e->name, sizeof e->name, hash.b, NAME_HEX / 2);
        (void)snprintf(text, sizeof text, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", e->name, e->name + 8,
                       e->name + 12, e->name + 16, e->name + 20);
        return card_set_uid(c, text);
}

/* Two cards of one exchange are of two people, whatever they say: the second goes beside the first. */
static int choose_person(const Folder *f, Entry *e, Card *c, char **ret_text, size_t *ret_len)
{
        _cleanup_free_ char *uid = strdup(card_uid(c));

        if (!uid)
                return -ENOMEM;
        for (unsigned nth = 0;; nth++) {
                _cleanup_free_ char *text = NULL;
                const Bytes32 *before;
                size_t len;
                int r = name_person(e, c, uid, nth);

                if (r == 0)
                        r = card_write(&text, &len, c, CARD_V30);
                if (r != 0)
                        return r;
                digest_one(&e->written, "agent file", text, len);
                before = put_by(f, e->exchange, e->name);
                if (before && !same(before, &e->written))
                        continue;
                *ret_text = TAKE_PTR(text);
                *ret_len = len;
                return 0;
        }
}

int folder_put(Folder *f, FolderOutcome *ret, uint64_t exchange, Card *c)
{
        _cleanup_free_ char *text = NULL;
        Entry e = {.exchange = exchange};
        FolderOutcome outcome;
        size_t len;
        int r = choose_person(f, &e, c, &text, &len);

        if (r == 0 && put_by(f, exchange, e.name)) {
                *ret = FOLDER_KNOWN;
                return 0;
        }
        if (r == 0)
                r = put_file(f, &outcome, &e, text, len);
        if (r == 0)
                r = append_line(f, &e);
        if (r == 0)
                *ret = outcome;
        return r;
}

Folder *folder_free(Folder *f)
{
        if (!f)
                return NULL;
        (void)(f->dir < 0 || close(f->dir));
        (void)(f->state < 0 || close(f->state));
        free(f->entries);
        free(f);
        return NULL;
}

int folder_open(Folder **ret, const char *folder, const char *state_file)
{
        _cleanup_(folder_freep) Folder *f = calloc(1, sizeof *f);
        int r;

        if (!f)
                return -ENOMEM;
        f->dir = f->state = -1;
        r = make_parents(folder);
        if (r == 0)
                r = make_parents(state_file);
        if (r < 0)
                return r;
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
                return -errno;
        f->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        f->state = open(state_file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (f->dir < 0 || f->state < 0)
                return -errno;
        if (flock(f->state, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? FOLDER_E_IN_USE : -errno;
        r = read_state(f);
        if (r == 0)
                *ret = TAKE_PTR(f);
        return r;
}
