/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup.h"

#include "cloud/store/store.h"
#include "keys.h"
#include "src/base/util.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static int backup_join(char ret[static PATH_MAX], const char *folder, const char *name)
{
        return snprintf(ret, PATH_MAX, "%s%s", folder, name) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* A file of its own: the folder has the lock of the keys, and SQLite has locks on the store. */
static int backup_lock(const char *state, int how)
{
        _cleanup_close_ int fd = -1;
        char path[PATH_MAX];
        int r = backup_join(path, state, "/serving");

        if (r < 0)
                return r;
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        if (flock(fd, how | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EBUSY : -errno;
        return TAKE_FD(fd);
}

int backup_hold_state(const char *state)
{
        return backup_lock(state, LOCK_SH);
}

/* A key file is written as init writes it: a new file with what was read and understood. */
static int backup_copy_keys(const char *from, const char *to)
{
        _cleanup_(cloud_keys_done) CloudKeys keys = {0};
        int r = cloud_keys_load(&keys, from);

        return r < 0 ? r : cloud_keys_create(&keys, to);
}

int backup_write(const BackupPaths *p, const char **ret_what)
{
        char store[PATH_MAX], keys[PATH_MAX];
        int r = backup_join(store, p->state, "/cloud.db");

        if (r == 0)
                r = backup_join(keys, p->file, ".keys");
        *ret_what = "the store cannot be copied";
        if (r == 0)
                r = store_sqlite_copy(store, p->file);
        if (r < 0 || !p->keys)
                return r;
        *ret_what = "the keys cannot be copied";
        r = backup_copy_keys(p->keys, keys);
        if (r < 0)
                (void)unlink(p->file);
        return r;
}

/* ---- restoring ---- */

static int backup_refuse_what_is_there(const BackupPaths *p, const char *store, bool replace)
{
        if (replace)
                return 0;
        if (access(store, F_OK) == 0)
                return -EEXIST;
        return p->keys && access(p->keys, F_OK) == 0 ? -EEXIST : 0;
}

/* The log of the old store must not be taken for one of the new. */
static int backup_remove_log(const char *store)
{
        char path[PATH_MAX];
        int r = backup_join(path, store, "-wal");

        if (r == 0 && unlink(path) < 0 && errno != ENOENT)
                r = -errno;
        if (r == 0)
                r = backup_join(path, store, "-shm");
        if (r == 0 && unlink(path) < 0 && errno != ENOENT)
                r = -errno;
        return r;
}

/* Files of root would be closed to the service. */
static int backup_give(int folder, const char *path)
{
        struct stat st;

        if (geteuid() != 0)
                return 0;
        return fstat(folder, &st) < 0 || lchown(path, st.st_uid, st.st_gid) < 0 ? -errno : 0;
}

static int backup_put_in_place(int folder, const char *fresh, const char *store)
{
        int r = backup_give(folder, fresh);

        if (r == 0)
                r = backup_remove_log(store);
        if (r == 0 && rename(fresh, store) < 0)
                r = -errno;
        return r == 0 && fsync(folder) < 0 ? -errno : r;
}

static int backup_put_keys(const BackupPaths *p, int folder)
{
        _cleanup_(cloud_keys_done) CloudKeys keys = {0};
        bool there = access(p->keys, F_OK) == 0;
        _cleanup_close_ int lock = there ? cloud_keys_lock(p->keys) : -1;
        char path[PATH_MAX];
        int r = there && lock < 0 ? lock : backup_join(path, p->file, ".keys");

        if (r == 0)
                r = cloud_keys_load(&keys, path);
        if (r == 0)
                r = there ? cloud_keys_replace(&keys, p->keys) : cloud_keys_create(&keys, p->keys);
        return r < 0 ? r : backup_give(folder, p->keys);
}

/* Copied first: what is verified is what is put in place. */
static int backup_restore_locked(const BackupPaths *p, int folder, bool replace,
                                 const char **ret_what)
{
        char store[PATH_MAX], fresh[PATH_MAX];
        int r = backup_join(store, p->state, "/cloud.db");

        if (r == 0)
                r = backup_join(fresh, p->state, "/cloud.db.new");
        *ret_what = "there is a store, or keys, already (--replace)";
        if (r == 0)
                r = backup_refuse_what_is_there(p, store, replace);
        if (r < 0)
                return r;
        (void)unlink(fresh); /* of a try that was killed */
        *ret_what = "not a whole store of a cloud of this version";
        r = store_sqlite_copy(p->file, fresh);
        if (r == 0)
                r = store_sqlite_verify(fresh);
        if (r == 0 && p->keys) {
                *ret_what = "the keys beside the file cannot be restored";
                r = backup_put_keys(p, folder);
        }
        if (r == 0) {
                *ret_what = "the store cannot be put in place";
                r = backup_put_in_place(folder, fresh, store);
        }
        if (r < 0)
                (void)unlink(fresh);
        return r;
}

/* Root may have made it. */
static int backup_give_lock(int folder, int lock)
{
        struct stat st;

        if (geteuid() != 0)
                return 0;
        return fstat(folder, &st) < 0 || fchown(lock, st.st_uid, st.st_gid) < 0 ? -errno : 0;
}

int backup_take_state(const char *state)
{
        _cleanup_close_ int folder = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int lock = folder < 0 ? -errno : backup_lock(state, LOCK_EX);
        int r = lock < 0 ? lock : backup_give_lock(folder, lock);

        return r < 0 ? r : TAKE_FD(lock);
}

int backup_give_store(const char *state)
{
        _cleanup_close_ int folder = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char store[PATH_MAX];
        int r = folder < 0 ? -errno : backup_join(store, state, "/cloud.db");

        return r < 0 ? r : backup_give(folder, store);
}

int backup_restore(const BackupPaths *p, bool replace, const char **ret_what)
{
        _cleanup_close_ int lock = -1, folder = -1;
        int r;

        *ret_what = "there is no such state directory";
        if (mkdir(p->state, 0700) < 0 && errno != EEXIST)
                return -errno;
        folder = open(p->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
                return -errno;
        *ret_what = "a cloud serves from this state directory: stop it first";
        lock = backup_lock(p->state, LOCK_EX);
        if (lock < 0)
                return lock;
        r = backup_give_lock(folder, lock);
        return r < 0 ? r : backup_restore_locked(p, folder, replace, ret_what);
}
