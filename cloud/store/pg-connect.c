/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pg-connect.h"

#include "pg.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct PgConnecting {
        pthread_t thread;
        int done[2]; /* the thread closes [1] */
        char *conninfo;
        PGconn *conn;
        char why[256];
};

/* Times as in pg.h. Another node may have stopped in the middle of a batch: the server ends its
 * transaction first, then ours may go on. Tables were empty once, so plans that read all of one
 * would look cheap. A commit without a sync would be none. */
static const char pg_session[] = "SET client_min_messages = warning;"
                                 "SET idle_in_transaction_session_timeout = 2000;"
                                 "SET lock_timeout = 3000;"
                                 "SET statement_timeout = 4500;"
                                 "SET plan_cache_mode = force_generic_plan;"
                                 "SET enable_seqscan = off;"
                                 "SET jit = off;"
                                 "SELECT set_config('synchronous_commit', 'on', false)"
                                 " WHERE current_setting('synchronous_commit') IN ('off', 'local')";
_Static_assert(PG_IDLE_MS == 2000 && PG_LOCK_MS == 3000 && PG_ROUND_MS > 4500, "as above");

/* What the server remarks is for its own log. */
static void pg_pass_over(void *userdata, const char *remark)
{
}

static bool pg_set_up(PGconn *conn)
{
        PGresult *result = PQexec(conn, pg_session);
        bool done = PQresultStatus(result) == PGRES_TUPLES_OK;

        (void)PQsetNoticeProcessor(conn, pg_pass_over, NULL);

        PQclear(result);
        return done && PQsetnonblocking(conn, 1) == 0 && PQenterPipelineMode(conn) == 1;
}

/* What the operator's string says counts, but for the last. */
static PGconn *pg_make(const char *conninfo, char *ret_why, size_t n)
{
        const char *const keys[] = {"connect_timeout",
                                    "tcp_user_timeout",
                                    "keepalives_idle",
                                    "dbname",
                                    "fallback_application_name",
                                    "target_session_attrs",
                                    NULL};
        const char *const values[] = {"2",          "5000", "10", conninfo, "huddle-cloud",
                                      "read-write", NULL};
        PGconn *conn = PQconnectdbParams(keys, values, 1);

        if (PQstatus(conn) == CONNECTION_OK && pg_set_up(conn))
                return conn;
        (void)snprintf(ret_why, n, "%.*s", (int)strcspn(PQerrorMessage(conn), "\n"),
                       PQerrorMessage(conn)); /* its first line */
        PQfinish(conn);
        return NULL;
}

static void *pg_connecting_run(void *userdata)
{
        PgConnecting *c = userdata;

        c->conn = pg_make(c->conninfo, c->why, sizeof c->why);
        (void)close(c->done[1]);
        return NULL;
}

/* Signals are the loop's. */
static int pg_connecting_start(PgConnecting *c)
{
        sigset_t all, before;
        int r;

        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&c->thread, NULL, pg_connecting_run, c);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        return -r;
}

int pg_connecting_new(PgConnecting **ret, const char *conninfo)
{
        PgConnecting *c = calloc(1, sizeof *c);
        int r;

        if (!c)
                return -ENOMEM;
        c->conninfo = strdup(conninfo);
        r = !c->conninfo ? -ENOMEM : pipe2(c->done, O_CLOEXEC) < 0 ? -errno : 0;
        if (r < 0) {
                free(c->conninfo);
                free(c);
                return r;
        }
        r = pg_connecting_start(c);
        if (r < 0) {
                (void)close(c->done[0]);
                (void)close(c->done[1]);
                free(c->conninfo);
                free(c);
                return r;
        }
        *ret = c;
        return 0;
}

int pg_connecting_wait(PgConnecting *c, unsigned wait_ms, PGconn **ret)
{
        struct pollfd done = {.fd = c->done[0], .events = POLLIN};

        if (poll(&done, 1, (int)wait_ms) <= 0)
                return -EAGAIN;
        (void)pthread_join(c->thread, NULL);
        c->thread = 0;
        *ret = TAKE_PTR(c->conn);
        return 0;
}

const char *pg_connecting_why(const PgConnecting *c)
{
        return c->why;
}

PgConnecting *pg_connecting_free(PgConnecting *c)
{
        if (!c)
                return NULL;
        if (c->thread)
                (void)pthread_join(c->thread, NULL);
        if (c->conn)
                PQfinish(c->conn);
        (void)close(c->done[0]);
        free(c->conninfo);
        free(c);
        return NULL;
}
