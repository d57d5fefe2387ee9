/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "postgres.h"

#include "src/base/util.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { PATIENCE_MS = 60000, LOOK_MS = 20 };

#define PROGRAMS "/usr/lib/postgresql"

/* ---- programs, as a user of no rights: the server refuses to be root ---- */

static bool find_programs(char *ret, size_t n)
{
        DIR *d = opendir(PROGRAMS);
        int newest = 0;

        for (const struct dirent *e; d && (e = readdir(d));)
                newest = MAX(newest, atoi(e->d_name));
        if (d)
                (void)closedir(d);
        (void)snprintf(ret, n, PROGRAMS "/%d/bin", newest);
        return newest >= 15;
}

bool postgres_is_there(void)
{
        char programs[96];

        return find_programs(programs, sizeof programs);
}

int postgres_skip(void)
{
        puts("no PostgreSQL server (Debian: postgresql)");
        return 77;
}

static void become_nobody(void)
{
        const struct passwd *nobody = getpwnam("nobody");

        if (geteuid() != 0)
                return;
        if (!nobody || setgid(nobody->pw_gid) < 0 || setuid(nobody->pw_uid) < 0)
                _exit(126);
}

/* It ends with the test, whatever becomes of that. */
static pid_t spawn(const Postgres *p, const char *program, char *const argv[])
{
        char path[96], log[96];
        pid_t pid;

        assert_true(find_programs(path, sizeof path));
        (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", program);
        (void)snprintf(log, sizeof log, "%s/log", p->folder);
        pid = fork();
        assert_true(pid >= 0);
        if (pid > 0)
                return pid;
        become_nobody();
        (void)prctl(PR_SET_PDEATHSIG, SIGQUIT);
        (void)dup2(open(log, O_WRONLY | O_CREAT | O_APPEND, 0600), STDOUT_FILENO);
        (void)dup2(STDOUT_FILENO, STDERR_FILENO);
        (void)execv(path, argv);
        _exit(127);
}

static void tell_log(const Postgres *p)
{
        char command[128];

        (void)snprintf(command, sizeof command, "tail -n 20 %s/log >&2", p->folder);
        (void)!system(command);
}

static void run(const Postgres *p, const char *program, char *const argv[])
{
        int status = -1;
        pid_t pid = spawn(p, program, argv);

        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (status != 0)
                tell_log(p);
        assert_int_equal(status, 0);
}

/* ---- the server ---- */

void postgres_conninfo(const Postgres *p, const Postgres *other, char ret[static POSTGRES_CONNINFO])
{
        if (other)
                (void)snprintf(ret, POSTGRES_CONNINFO,
                               "host=%s,%s port=%u,%u user=huddle dbname=postgres", p->folder,
                               other->folder, p->port, other->port);
        else
                (void)snprintf(ret, POSTGRES_CONNINFO,
                               "host=%s port=%u user=huddle dbname=postgres", p->folder, p->port);
}

void postgres_config(const Postgres *p, const Postgres *other, char ret[static POSTGRES_CONNINFO])
{
        char conninfo[POSTGRES_CONNINFO];

        postgres_conninfo(p, other, conninfo);
        assert_true(snprintf(ret, POSTGRES_CONNINFO, "[Store]\nPostgreSQL=%s\n", conninfo) <
                    POSTGRES_CONNINFO);
}

static void wait_until_ready(const Postgres *p)
{
        char conninfo[POSTGRES_CONNINFO];
        unsigned waited = 0;

        postgres_conninfo(p, NULL, conninfo);
        while (PQping(conninfo) != PQPING_OK && (waited += LOOK_MS) < PATIENCE_MS)
                (void)poll(NULL, 0, LOOK_MS); /* it tells nobody */
        if (waited >= PATIENCE_MS)
                tell_log(p);
        assert_true(waited < PATIENCE_MS);
}

void postgres_start(Postgres *p)
{
        char data[96], port[16];
        char *argv[] = {(char *)"postgres",
                        (char *)"-D",
                        data,
                        (char *)"-k",
                        p->folder,
                        (char *)"-p",
                        port,
                        (char *)"-c",
                        p->on_network ? (char *)"listen_addresses=*" : (char *)"listen_addresses=",
                        (char *)"-c",
                        p->careless ? (char *)"fsync=off" : (char *)"fsync=on",
                        NULL};

        (void)snprintf(data, sizeof data, "%s/data", p->folder);
        (void)snprintf(port, sizeof port, "%u", p->port);
        p->pid = spawn(p, "postgres", argv);
        wait_until_ready(p);
}

static void make_folder(Postgres *p, unsigned megabytes)
{
        static unsigned port = 5433;
        const struct passwd *nobody = getpwnam("nobody");
        char size[32];

        *p = (Postgres){.port = port++};
        strcpy(p->folder, "/tmp/huddle-postgres.XXXXXX");
        assert_non_null(mkdtemp(p->folder));
        (void)snprintf(size, sizeof size, "size=%um", megabytes);
        if (megabytes > 0)
                assert_int_equal(mount("none", p->folder, "tmpfs", 0, size), 0);
        assert_int_equal(chmod(p->folder, 0711), 0);
        if (geteuid() == 0)
                assert_int_equal(chown(p->folder, nobody->pw_uid, nobody->pw_gid), 0);
}

static void begin(Postgres *p, unsigned megabytes, bool careless)
{
        char data[96];
        char *argv[] = {(char *)"initdb",
                        (char *)"-D",
                        data,
                        (char *)"-U",
                        (char *)"huddle",
                        (char *)"--auth=trust",
                        (char *)"-N",
                        (char *)"-E",
                        (char *)"UTF8",
                        NULL};

        make_folder(p, megabytes);
        p->careless = careless;
        (void)snprintf(data, sizeof data, "%s/data", p->folder);
        run(p, "initdb", argv);
        postgres_start(p);
}

void postgres_begin(Postgres *p)
{
        begin(p, 0, false);
}

void postgres_begin_on_disk(Postgres *p, unsigned megabytes)
{
        begin(p, megabytes, false);
}

void postgres_go_on_network(Postgres *p)
{
        char path[96];
        FILE *f;

        (void)snprintf(path, sizeof path, "%s/data/pg_hba.conf", p->folder);
        f = fopen(path, "ae");
        assert_non_null(f);
        fputs("host all all all trust\n", f);
        assert_int_equal(fclose(f), 0);
        postgres_stop(p, SIGINT);
        p->on_network = true;
        postgres_start(p);
}

void postgres_begin_standby(Postgres *p, const Postgres *primary)
{
        char data[96], port[16];
        char *argv[] = {(char *)"pg_basebackup",
                        (char *)"-D",
                        data,
                        (char *)"-h",
                        (char *)primary->folder,
                        (char *)"-p",
                        port,
                        (char *)"-U",
                        (char *)"huddle",
                        (char *)"-R",
                        (char *)"-c",
                        (char *)"fast",
                        (char *)"-N",
                        NULL};

        make_folder(p, 0);
        (void)snprintf(data, sizeof data, "%s/data", p->folder);
        (void)snprintf(port, sizeof port, "%u", primary->port);
        run(p, "pg_basebackup", argv);
        postgres_start(p);
        (void)postgres_run(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'");
        (void)postgres_run(primary, "SELECT pg_reload_conf()");
        while (postgres_run(primary, "SELECT count(*) FROM pg_stat_replication"
                                     " WHERE sync_state = 'sync'") != 1)
                (void)poll(NULL, 0, LOOK_MS);
}

void postgres_promote(const Postgres *p)
{
        (void)postgres_run(p, "ALTER SYSTEM SET synchronous_standby_names = ''");
        (void)postgres_run(p, "SELECT pg_promote(true)");
}

static pid_t parent_of(const char *pid)
{
        char path[300];
        int parent = 0;
        FILE *f;

        (void)snprintf(path, sizeof path, "/proc/%s/stat", pid);
        f = fopen(path, "re");
        if (!f)
                return 0; /* it has ended */
        (void)!fscanf(f, "%*d (%*[^)]) %*c %d", &parent);
        (void)fclose(f);
        return parent;
}

static void signal_all(const Postgres *p, int signal)
{
        DIR *d = opendir("/proc");

        assert_non_null(d);
        assert_int_equal(kill(p->pid, signal), 0);
        for (const struct dirent *e; (e = readdir(d));)
                if (atoi(e->d_name) > 0 && parent_of(e->d_name) == p->pid)
                        (void)kill(atoi(e->d_name), signal); /* it may have ended */
        (void)closedir(d);
}

/* Its own process first: then there are no new ones. */
void postgres_freeze(const Postgres *p)
{
        signal_all(p, SIGSTOP);
}

void postgres_thaw(const Postgres *p)
{
        signal_all(p, SIGCONT);
}

void postgres_stop(Postgres *p, int signal)
{
        assert_int_equal(kill(p->pid, signal), 0);
        assert_int_equal(waitpid(p->pid, NULL, 0), p->pid);
        p->pid = 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

void postgres_end(Postgres *p)
{
        if (p->pid > 0)
                postgres_stop(p, SIGQUIT);
        (void)nftw(p->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        if (umount(p->folder) == 0)
                (void)rmdir(p->folder);
}

Postgres postgres;

int postgres_set_up(void **state)
{
        postgres_begin(&postgres);
        return 0;
}

int postgres_set_up_careless(void **state)
{
        begin(&postgres, 0, true);
        return 0;
}

int postgres_tear_down(void **state)
{
        postgres_end(&postgres);
        return 0;
}

/* ---- statements ---- */

long postgres_run(const Postgres *p, const char *sql)
{
        char conninfo[POSTGRES_CONNINFO];
        PGconn *conn;
        PGresult *result;
        long value = -1;

        postgres_conninfo(p, NULL, conninfo);
        conn = PQconnectdb(conninfo);
        result = PQexec(conn, sql);
        if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
                fail_msg("%s: %s", sql, PQerrorMessage(conn));
        if (PQntuples(result) > 0)
                value = strtol(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
        PQfinish(conn);
        return value;
}

long postgres_end_waiting(const Postgres *p)
{
        return postgres_run(p,
                            "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity"
                            " WHERE wait_event = 'SyncRep'");
}

bool postgres_try(const Postgres *p, const char *sql)
{
        char conninfo[POSTGRES_CONNINFO];
        PGconn *conn;
        PGresult *result;
        bool done;

        postgres_conninfo(p, NULL, conninfo);
        conn = PQconnectdb(conninfo);
        result = PQexec(conn, sql);
        done = PQresultStatus(result) == PGRES_TUPLES_OK ||
               PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
        PQfinish(conn);
        return done;
}

/* Whether a commit of this connection waits for a standby. */
static bool postgres_commit_waits(const Postgres *p, PGconn *conn)
{
        PGresult *result;
        bool waits = false;

        assert_true(PQsendQuery(conn, "DROP TABLE IF EXISTS probe; CREATE TABLE probe ()"));
        while (!waits && PQconsumeInput(conn) && PQisBusy(conn))
                waits = postgres_end_waiting(p) > 0;
        while ((result = PQgetResult(conn)))
                PQclear(result);
        return waits;
}

/* The server takes a setting when it comes to it, so only a commit that waits shows that it has. */
void postgres_expect_nobody(const Postgres *p)
{
        char conninfo[POSTGRES_CONNINFO];
        PGconn *conn;

        (void)postgres_run(p, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        (void)postgres_run(p, "SELECT pg_reload_conf()");
        postgres_conninfo(p, NULL, conninfo);
        conn = PQconnectdb(conninfo);
        while (!postgres_commit_waits(p, conn))
                assert_int_equal(PQstatus(conn), CONNECTION_OK);
        PQfinish(conn);
}

void postgres_clear(const Postgres *p)
{
        (void)postgres_run(p, "SET client_min_messages = warning;"
                              "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
}
