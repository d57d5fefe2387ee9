/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sink-folder.h"
#include "src/card/card.h"
#include "src/base/paths.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 4 * CARD_TEXT_MAX }; /* we do not read a longer file */

/* programs that read a vdir skip names that begin with a dot */
#define TEMPORARY ".huddle-agent.tmp"

typedef struct FolderSink {
        Sink sink;
        int dir; /* -1 until first needed */
} FolderSink;

/* ---- files ---------------------------------------------------------------------------------- */

static int open_folder(FolderSink *f)
{
        int r;

        if (f->dir >= 0)
                return 0;
        r = make_folder(f->sink.place);
        if (r < 0)
                return r;
        f->dir = open(f->sink.place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return f->dir < 0 ? -errno : 0;
}

static int folder_read_all(int fd, char **ret)
{
        _cleanup_free_ char *bytes = NULL;
        struct stat st;
        size_t len = 0;
        ssize_t n;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
                return -EFBIG;
        bytes = malloc((size_t)st.st_size + 1);
        if (!bytes)
                return -ENOMEM;
        while (len < (size_t)st.st_size &&
               (n = read(fd, bytes + len, (size_t)st.st_size - len)) != 0) {
                if (n < 0)
                        return -errno;
                len += (size_t)n;
        }
        bytes[len] = '\0';
        if (strlen(bytes) != len)
                return -EILSEQ; /* it contains NUL, so it is no text */
        *ret = TAKE_PTR(bytes);
        return 0;
}

static int folder_read_file(const FolderSink *f, const char *name, char **ret)
{
        _cleanup_close_ int fd = openat(f->dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

        return fd < 0 ? -errno : folder_read_all(fd, ret);
}

static int folder_write_all(int fd, const char *bytes, size_t len)
{
        for (ssize_t n; len > 0; bytes += n, len -= (size_t)n) {
                n = write(fd, bytes, len);
                if (n < 0)
                        return -errno;
        }
        return fsync(fd) < 0 ? -errno : 0;
}

/* Takes over the mode of the file that is replaced. */
static int folder_write_temporary(const FolderSink *f, const char *name, const char *text)
{
        _cleanup_close_ int fd = openat(
                f->dir, TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        struct stat st;

        if (fd < 0)
                return -errno;
        if (fstatat(f->dir, name, &st, 0) == 0 && fchmod(fd, st.st_mode & 0777) < 0)
                return -errno;
        return folder_write_all(fd, text, strlen(text));
}

/* Some file systems lack RENAME_NOREPLACE; there we check first. */
static int folder_move_into_place(const FolderSink *f, const char *name, bool replace)
{
        if (!replace) {
                if (renameat2(f->dir, TEMPORARY, f->dir, name, RENAME_NOREPLACE) == 0)
                        return 0;
                if (errno != EINVAL)
                        return -errno;
                if (faccessat(f->dir, name, F_OK, 0) == 0)
                        return -EEXIST;
        }
        return renameat(f->dir, TEMPORARY, f->dir, name) < 0 ? -errno : 0;
}

static int folder_write_file(const FolderSink *f, const char *name, const char *text, bool replace)
{
        int r = folder_write_temporary(f, name, text);

        if (r == 0)
                r = folder_move_into_place(f, name, replace);
        if (r == 0 && fsync(f->dir) < 0)
                return -errno;
        if (r < 0)
                (void)unlinkat(f->dir, TEMPORARY, 0); /* r has the error; this only tidies up */
        return r;
}

/* Returns 0 if the file still is what was read. */
static int folder_check_unchanged(const FolderSink *f, const char *name, const char *old)
{
        _cleanup_free_ char *text = NULL;
        int r = folder_read_file(f, name, &text);

        if (r == -ENOENT)
                return SINK_E_GONE;
        if (r < 0)
                return r;
        return strcmp(text, old) == 0 ? 0 : SINK_E_CHANGED;
}

/* ---- requests ------------------------------------------------------------------------------- */

static void folder_end(FolderSink *f, int r, const char *text)
{
        if (r < 0)
                sink_fail(&f->sink, r, "%s: %s", f->sink.place, strerror(-r));
        else
                sink_end(&f->sink, r, text);
}

static char *folder_name(const Sink *s, const char *person)
{
        char *name;

        return asprintf(&name, "%s.vcf", person) < 0 ? NULL : name;
}

static bool folder_is_entry(const char *name)
{
        size_t len = strlen(name);

        return name[0] != '.' && len > 4 && strcasecmp(name + len - 4, ".vcf") == 0;
}

/* Reports an unreadable file too, without text, as its name is taken. */
static int folder_tell(FolderSink *f, const char *name)
{
        _cleanup_free_ char *text = NULL;
        int r = folder_read_file(f, name, &text);

        if (r == -ENOENT)
                return 0;
        return f->sink.each(f->sink.userdata, name, r == 0 ? text : "");
}

/* A missing folder is empty; the first write makes it. */
static int folder_load_all(FolderSink *f)
{
        DIR *dir = opendir(f->sink.place);
        int r = 0;

        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        r = open_folder(f);
        for (struct dirent *e; r == 0 && (errno = 0, e = readdir(dir));)
                if (folder_is_entry(e->d_name))
                        r = folder_tell(f, e->d_name);
        if (r == 0 && errno != 0)
                r = -errno;
        (void)closedir(dir);
        return r;
}

static void folder_load(Sink *s)
{
        FolderSink *f = (FolderSink *)s;

        folder_end(f, folder_load_all(f), NULL);
}

static void folder_read(Sink *s, const char *id)
{
        FolderSink *f = (FolderSink *)s;
        _cleanup_free_ char *text = NULL;
        int r = open_folder(f);

        if (r == 0)
                r = folder_read_file(f, id, &text);
        folder_end(f, r == -ENOENT ? SINK_E_GONE : r, text);
}

static void folder_create(Sink *s, const char *id, const char *text)
{
        FolderSink *f = (FolderSink *)s;
        int r = open_folder(f);

        if (r == 0)
                r = folder_write_file(f, id, text, false);
        folder_end(f, r == -EEXIST ? SINK_E_EXISTS : r, NULL);
}

static void folder_replace(Sink *s, const char *id, const char *old, const char *text)
{
        FolderSink *f = (FolderSink *)s;
        int r = open_folder(f);

        if (r == 0)
                r = folder_check_unchanged(f, id, old);
        folder_end(f, r == 0 ? folder_write_file(f, id, text, true) : r, NULL);
}

static void folder_remove(Sink *s, const char *id, const char *old)
{
        FolderSink *f = (FolderSink *)s;
        int r = open_folder(f);

        if (r == 0)
                r = folder_check_unchanged(f, id, old);
        if (r == 0 && (unlinkat(f->dir, id, 0) < 0 || fsync(f->dir) < 0))
                r = -errno;
        folder_end(f, r, NULL);
}

/* Closes the folder, as it may be moved or recreated meanwhile. */
static void folder_rest(Sink *s)
{
        FolderSink *f = (FolderSink *)s;

        (void)(f->dir < 0 || close(f->dir));
        f->dir = -1;
}

static void folder_free(Sink *s)
{
        folder_rest(s);
        free(s);
}

/* KDE's library, KContacts, drops properties in a group, except addresses. */
#define FOLDER_OPS(kind_name, of)                                                                  \
        {                                                                                          \
                .kind = kind_name, .dialect = of, .name = folder_name, .load = folder_load,        \
                .read = folder_read, .create = folder_create, .replace = folder_replace,           \
                .remove = folder_remove, .rest = folder_rest, .free = folder_free,                 \
        }
static const SinkOps folder_ops = FOLDER_OPS("folder", CARD_PLAIN),
                     kde_ops = FOLDER_OPS("kde", CARD_KCONTACTS);

int sink_folder_new(Sink **ret, const char *kind, const char *path)
{
        FolderSink *f = calloc(1, sizeof *f);

        if (f)
                f->sink.place = strdup(path);
        if (!f || !f->sink.place) {
                free(f);
                return -ENOMEM;
        }
        f->sink.ops = strcmp(kind, kde_ops.kind) == 0 ? &kde_ops : &folder_ops;
        f->dir = -1;
        *ret = &f->sink;
        return 0;
}
