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
        const char *first;
        PGconn *conn;
        char why[256];
};

/* Times of pg.h. Another node may have stopped in the middle of a batch: the server ends its
 * transaction first, then ours may go on. No time of the server's runs while a node has sent a
 * part of a round and no more: a node that connects, as one does that has waited for the lock in
 * vain, ends such a connection; one of a machine that has gone ends by its keepalives. Nor does
 * one run while a standby that is away is waited for: what nobody waits for any more is ended,
 * too, or there would be more and more of them. It is no batch, but what is sent behind one.
 * Tables were empty once, so plans that read all of one would look cheap. A commit without a
 * sync would be none. */
static const char pg_session[] =
        "SET client_min_messages = warning;"
        "SET idle_in_transaction_session_timeout = " PG_IDLE ";"
        "SET lock_timeout = " PG_LOCK ";"
        "SET statement_timeout = " PG_STATEMENT ";"
        "SET plan_cache_mode = force_generic_plan;"
        "SET enable_seqscan = off;"
        "SET jit = off;"
        "SET tcp_keepalives_idle = 2;"
        "SET tcp_keepalives_interval = 1;"
        "SET tcp_keepalives_count = 3;"
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = current_user"
        " AND application_name = current_setting('application_name')"
        " AND state = 'active' AND (wait_event = 'ClientRead'"
        " AND query_start < clock_timestamp() - interval '" PG_IDLE " ms'"
        " OR wait_event = 'SyncRep' AND query LIKE '%pg_logical_emit%'"
        " AND query_start < clock_timestamp() - interval '" PG_FORSAKEN " ms');"
        "SELECT pg_advisory_lock_shared(" PG_SERVING_LOCK ");"
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/* What the server remarks is for its own log. */
static void pg_pass_over(void *userdata, const char *remark)
{
}

static bool pg_answers(PGconn *conn)
{
        struct pollfd socket = {.fd = PQsocket(conn), .events = POLLIN};
        bool answers = true;

        while (answers && PQisBusy(conn))
                answers = poll(&socket, 1, PG_ROUND_MS) > 0 && PQconsumeInput(conn);
        return answers;
}

/* A server that stands still must not keep us from looking for another: PQexec would wait. */
static bool pg_run_first(PGconn *conn, const char *sql)
{
        bool done = PQsendQuery(conn, sql);
        PGresult *result;

        while (done && (done = pg_answers(conn)) && (result = PQgetResult(conn))) {
                ExecStatusType status = PQresultStatus(result);

                done = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
                PQclear(result);
        }
        return done;
}

static bool pg_set_up(PGconn *conn, const char *first)
{
        (void)PQsetNoticeProcessor(conn, pg_pass_over, NULL);
        return pg_run_first(conn, pg_session) && (!first || pg_run_first(conn, first)) &&
               PQsetnonblocking(conn, 1) == 0 && PQenterPipelineMode(conn) == 1;
}

static void pg_tell_why(const PGconn *conn, char *ret, size_t n)
{
        const char *why = PQerrorMessage(conn); /* its first line */

        (void)snprintf(ret, n, "%.*s", (int)strcspn(why, "\n"), why);
        if (!ret[0])
                (void)snprintf(ret, n, "it does not answer");
}

/* What the operator's string says counts, but for the last. */
static PGconn *pg_make(const char *conninfo, const char *first, char *ret_why, size_t n)
{
        const char *const keys[] = {"connect_timeout",
                                    "tcp_user_timeout",
                                    "keepalives_idle",
                                    "dbname",
                                    "fallback_application_name",
                                    "target_session_attrs",
                                    NULL};
        const char *const values[] = {PG_CONNECT,     PG_ROUND,     "10", conninfo,
                                      "huddle-cloud", "read-write", NULL};
        PGconn *conn = PQconnectdbParams(keys, values, 1);

        if (PQstatus(conn) == CONNECTION_OK && pg_set_up(conn, first))
                return conn;
        pg_tell_why(conn, ret_why, n);
        PQfinish(conn);
        return NULL;
}

static void *pg_connecting_run(void *userdata)
{
        PgConnecting *c = userdata;

        c->conn = pg_make(c->conninfo, c->first, c->why, sizeof c->why);
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

int pg_connecting_new(PgConnecting **ret, const char *conninfo, const char *first)
{
        PgConnecting *c = calloc(1, sizeof *c);
        int r;

        if (!c)
                return -ENOMEM;
        c->first = first;
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
