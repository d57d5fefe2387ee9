/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-commands.c - what operators do with the store */
#include "src/base/log.h"
#include "src/protocol/handle.h"
#include "cloud/store/migrate.h"
#include "backup.h"
#include "command.h"
#include "store-choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { EXPIRE_STEP = 1024 };

/* ---- the store ---- */

/* ret_path: its file, or what stands for it in messages. Positive: the exit status, after having
 * told why; or negative errno. */
static int command_open_store(const Options *o, Store **ret, char ret_path[static PATH_MAX],
                              StoreUse use)
{
        CloudSettings settings;
        int r = command_settings(o, &settings);

        if (r != 0)
                return r;
        command_path(ret_path, o->state, "cloud.db");
        r = store_choice_open(ret, &settings, ret_path, use);
        if (!store_choice_is_file(&settings))
                strcpy(ret_path, "PostgreSQL");
        return r;
}

/* Copies of a database are its own programs' business. */
static int command_refuse_postgres(const Options *o)
{
        CloudSettings settings;
        int r = command_settings(o, &settings);

        return r != 0 || store_choice_is_file(&settings)
                       ? r
                       : command_refuse(o->config, "the store is in PostgreSQL: pg_dump and"
                                                   " pg_basebackup copy it");
}

/* ---- revocation ---- */

/* From standard input if it is "-": a handle in the arguments is seen by all users of the
 * machine. */
static int revoke_read_handle(const Options *o, char ret[static 129])
{
        char line[512];

        (void)snprintf(line, sizeof line, "%s", o->argument);
        if (strcmp(line, "-") == 0 && !fgets(line, sizeof line, stdin))
                return -EINVAL;
        line[strcspn(line, "\n")] = '\0';
        return handle_normalise(ret, line) == 0 ? 0 : -EINVAL;
}

/* 0, STORE_E_NOT_FOUND or negative errno. */
static int revoke_sessions(Store *s, const char *handle)
{
        AccountRow account;
        int r = store_begin(s);

        if (r == 0)
                r = store_account_by_handle(s, handle, &account);
        if (r == 0)
                r = store_account_revoke(s, account.id);
        if (r == 0)
                return store_commit(s);
        store_rollback(s);
        return r;
}

int command_revoke(const Options *o)
{
        _cleanup_(store_freep) Store *s = NULL;
        char path[PATH_MAX], handle[129];
        int r;

        if (revoke_read_handle(o, handle) < 0) {
                fputs("huddle-cloud: this is not a handle\n", stderr);
                return EXIT_USAGE;
        }
        r = command_open_store(o, &s, path, STORE_OPERATE);
        if (r > 0)
                return r;
        if (r == 0)
                r = revoke_sessions(s, handle);
        if (r < 0)
                return command_complain("the sessions cannot be ended", path, r);
        if (r == STORE_E_NOT_FOUND) {
                fputs("huddle-cloud: no account has confirmed this handle\n", stderr);
                return EXIT_FAILURE;
        }
        log_for_the_record(LOG_NOTICE, "AUDIT=revoke",
                           "The sessions of an account have been ended");
        return EXIT_SUCCESS;
}

/* ---- looking ---- */

int command_stats(const Options *o)
{
        _cleanup_(store_freep) Store *s = NULL;
        char path[PATH_MAX];
        StoreCounts n;
        int r;

        r = command_open_store(o, &s, path, STORE_COUNTING);
        if (r > 0)
                return r;
        if (r == 0) /* no batch: it would keep a serving cloud from writing */
                r = store_count(s, &n);
        if (r != 0)
                return command_complain("cannot be read", path, r);
        printf("accounts %" PRIu64 "\nconfirmed %" PRIu64 "\ngroups %" PRIu64 "\ngathering %" PRIu64
               "\nmembers %" PRIu64 "\nmessages %" PRIu64 "\npieces %" PRIu64 "\nrecords %" PRIu64
               "\nbytes %" PRIu64 "\nfree %" PRIu64 "\n",
               n.accounts, n.confirmed, n.groups, n.gathering, n.members, n.messages, n.pieces,
               n.records, n.bytes, n.free_bytes);
        return EXIT_SUCCESS;
}

/* ---- backup ---- */

/* keys: holds the path as long as *ret is used. 0, or the exit status, after having told why. */
static int command_backup_paths(const Options *o, char keys[static PATH_MAX], BackupPaths *ret)
{
        command_keys_path(o, keys);
        *ret = (BackupPaths){o->state, o->with_keys ? keys : NULL, o->argument};
        return command_refuse_postgres(o);
}

int command_backup(const Options *o)
{
        char keys[PATH_MAX];
        BackupPaths paths;
        const char *what;
        int r = command_backup_paths(o, keys, &paths);

        if (r != 0)
                return r;
        r = backup_write(&paths, &what);
        if (r < 0)
                return command_complain(what, o->argument, r);
        if (o->with_keys)
                fprintf(stderr,
                        "%s.keys has the private keys: who has that file can pose as this cloud. "
                        "Keep it offline, and apart from the store.\n",
                        o->argument);
        log_for_the_record(LOG_NOTICE, "AUDIT=backup", "%s",
                           o->with_keys ? "Store and keys have been copied"
                                        : "The store has been copied");
        return EXIT_SUCCESS;
}

int command_restore(const Options *o)
{
        char keys[PATH_MAX];
        BackupPaths paths;
        const char *what;
        int r = command_backup_paths(o, keys, &paths);

        if (r != 0)
                return r;
        r = backup_restore(&paths, o->replace, &what);
        if (r == -EBUSY || r == -EEXIST)
                return command_refuse(o->state, what);
        if (r < 0)
                return command_complain(what, o->argument, r);
        log_for_the_record(LOG_NOTICE, "AUDIT=restore", "%s",
                           o->with_keys ? "Store and keys have been restored"
                                        : "The store has been restored");
        return EXIT_SUCCESS;
}

/* ---- to another engine ---- */

static int migrate_locked(const Options *o, const CloudSettings *settings, bool up)
{
        char path[PATH_MAX];
        uint64_t rows = 0;
        int r;

        command_path(path, o->state, "cloud.db");
        r = store_migrate(path, settings->postgresql, up, &rows);
        if (r == 0 && !up)
                r = backup_give_store(o->state);
        if (r == -EEXIST)
                return command_refuse(up ? "PostgreSQL" : path,
                                      "there is a store already: only an empty one is filled");
        if (r == -EBUSY)
                return command_refuse(up ? path : "PostgreSQL",
                                      "a cloud, or a command, works on one of the two stores");
        if (r < 0)
                return command_complain("the store cannot be moved", up ? path : "PostgreSQL", r);
        printf("%" PRIu64 "\n", rows);
        log_for_the_record(LOG_NOTICE, "AUDIT=migrate", "The store has been copied to %s",
                           up ? "PostgreSQL" : "its file");
        return EXIT_SUCCESS;
}

int command_migrate(const Options *o)
{
        bool up = strcmp(o->argument, "postgresql") == 0;
        _cleanup_close_ int lock = -1;
        CloudSettings settings;
        int r;

        if (!up && strcmp(o->argument, "sqlite") != 0) {
                fputs("huddle-cloud: migrate takes postgresql or sqlite\n", stderr);
                return EXIT_USAGE;
        }
        r = command_settings(o, &settings);
        if (r != 0)
                return r;
        if (store_choice_is_file(&settings))
                return command_refuse(o->config, "PostgreSQL= does not say where the server is");
        lock = backup_take_state(o->state);
        if (lock == -EBUSY)
                return command_refuse(o->state, "a cloud serves from this state directory: stop"
                                                " it first");
        return lock < 0 ? command_complain("cannot be locked", o->state, lock)
                        : migrate_locked(o, &settings, up);
}

int command_expire(const Options *o)
{
        _cleanup_(store_freep) Store *s = NULL;
        uint64_t now_ms = o->all ? INT64_MAX : command_now_ms();
        char path[PATH_MAX];
        int r, n, total = 0;
        bool more = false;

        r = command_open_store(o, &s, path, STORE_OPERATE);
        if (r > 0)
                return r;
        do {
                n = 0;
                if (r == 0)
                        r = store_begin(s);
                if (r == 0)
                        r = n = store_expire(s, now_ms, EXPIRE_STEP, &more);
                if (r >= 0)
                        r = store_commit(s);
                if (r != 0)
                        return command_complain("cannot be expired", path, r);
                total += n;
        } while (more);
        printf("%d\n", total);
        return EXIT_SUCCESS;
}
