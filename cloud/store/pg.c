/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pg.h"

#include "pg-connect.h"
#include "src/base/log.h"

#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
        KEPT_MAX = 256, /* a power of two, larger than the number of statements */
        SQL_MAX = 4096, /* a statement's text */
        ARGUMENTS_MAX = 32,
        SENT_STEPS = 50,   /* of the store's work, for a statement */
        ROUND_STEPS = 500, /* and for a round trip: as long as so many in memory */
};

/* PostgreSQL's numbers of its types; they never change. */
enum {
        OID_BYTEA = 17,
        OID_INT8 = 20,
        OID_TEXT = 25,
        OID_BYTEA_ARRAY = 1001,
        OID_TEXT_ARRAY = 1009,
        OID_INT8_ARRAY = 1016,
};

typedef struct PgKept { /* a prepared statement */
        const char *sql;
        char name[16];
} PgKept;

struct Pg {
        char *conninfo;
        PGconn *conn; /* NULL: not connected */
        PgConnecting *connecting;
        uint64_t waited_ms; /* when a connection was last waited for */
        uint64_t failed_ms; /* when one could not be made; 0: the last could */
        uint64_t number;    /* of the connection */
        PgKept kept[KEPT_MAX];
        ARRAY(bool) sent; /* of this round: whether the rows are wanted */
        uint64_t long_until_ms;
        uint64_t steps;
};

static uint64_t pg_now_ms(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- arrays ---- */

static uint32_t pg_type(char type)
{
        switch (type) {
        case 'i':
                return OID_INT8;
        case 't':
                return OID_TEXT;
        case 'b':
                return OID_BYTEA;
        case 'I':
                return OID_INT8_ARRAY;
        case 'T':
                return OID_TEXT_ARRAY;
        default:
                return OID_BYTEA_ARRAY;
        }
}

static void pg_array_append(PgArray *a, const void *bytes, size_t size)
{
        a->failed |= array_append(&a->bytes, (const uint8_t *)bytes, size) < 0;
}

static void pg_array_number(PgArray *a, uint32_t value)
{
        uint32_t n = htobe32(value);

        pg_array_append(a, &n, sizeof n);
}

/* The head: one dimension, no NULLs, the type; how many and from where on are set at the end. */
void pg_array_begin(PgArray *a, char type)
{
        a->type = type;
        a->n = a->bytes.n = 0;
        a->failed = false;
        pg_array_number(a, 1);
        pg_array_number(a, 0);
        pg_array_number(a, pg_type((char)(type - 'A' + 'a')));
        pg_array_number(a, 0);
        pg_array_number(a, 1);
}

static void pg_array_end(const PgArray *a)
{
        uint32_t n = htobe32((uint32_t)a->n);

        memcpy(a->bytes.list + 3 * sizeof n, &n, sizeof n);
}

void pg_array_done(PgArray *a)
{
        if (a->bytes.n > 0)
                explicit_bzero(a->bytes.list, a->bytes.n);
        array_done(&a->bytes);
}

void pg_array_bytes(PgArray *a, const void *bytes, size_t size)
{
        pg_array_number(a, (uint32_t)size);
        pg_array_append(a, bytes, size);
        a->n++;
}

void pg_array_int(PgArray *a, int64_t value)
{
        uint64_t n = htobe64((uint64_t)value);

        pg_array_bytes(a, &n, sizeof n);
}

/* ---- rows ---- */

void pg_rows_done(PgRows *rows)
{
        PQclear(rows->result);
        *rows = (PgRows){NULL, 0, 0};
}

bool pg_null(const PgRows *rows, int column)
{
        return PQgetisnull(rows->result, rows->row, column);
}

size_t pg_size(const PgRows *rows, int column)
{
        return (size_t)PQgetlength(rows->result, rows->row, column);
}

const uint8_t *pg_bytes(const PgRows *rows, int column)
{
        return (const uint8_t *)PQgetvalue(rows->result, rows->row, column);
}

/* Of one, two, four or eight bytes, with a sign: truth, and the numbers that PostgreSQL has. */
int64_t pg_int(const PgRows *rows, int column)
{
        const uint8_t *bytes = pg_bytes(rows, column);
        size_t size = pg_size(rows, column);
        uint64_t n = size > 0 && bytes[0] >= 0x80 ? UINT64_MAX : 0;

        for (size_t i = 0; i < MIN(size, sizeof n); i++)
                n = n << 8 | bytes[i];
        return (int64_t)n;
}

int64_t pg_changed(const PgRows *rows)
{
        return strtoll(PQcmdTuples(rows->result), NULL, 10);
}

/* ---- the connection ---- */

/* libpq quotes what it does not understand, which may be a part of a password. */
static bool pg_may_have_password(const char *conninfo)
{
        return strcasestr(conninfo, "pass") || strchr(conninfo, '@') || strchr(conninfo, '%');
}

static bool pg_is_password(const PQconninfoOption *o)
{
        return (strcmp(o->keyword, "password") == 0 || strcmp(o->keyword, "sslpassword") == 0) &&
               o->val && o->val[0];
}

int pg_check(const char *conninfo, char *ret_reason, size_t n)
{
        char *why = NULL;
        PQconninfoOption *options = PQconninfoParse(conninfo, &why);
        int r = options ? 0 : -EINVAL;

        if (!options && why && !pg_may_have_password(conninfo))
                (void)snprintf(ret_reason, n, "%.*s", (int)strcspn(why, "\n"), why);
        else if (!options)
                (void)snprintf(ret_reason, n, "it is no connection string as libpq has them");
        for (const PQconninfoOption *o = options; o && o->keyword; o++)
                if (pg_is_password(o)) {
                        (void)snprintf(ret_reason, n,
                                       "a password belongs into a file of mode 0600 (passfile=)");
                        r = -EPERM;
                }
        PQfreemem(why);
        PQconninfoFree(options);
        return r;
}

bool pg_connected(const Pg *p)
{
        return p->conn;
}

void pg_drop(Pg *p)
{
        if (p->conn)
                PQfinish(p->conn);
        p->conn = NULL;
        memset(p->kept, 0, sizeof p->kept);
        p->sent.n = 0;
        p->long_until_ms = 0;
}

/* Of many in a row the first is told. */
static void pg_note_failed(Pg *p)
{
        if (p->failed_ms == 0)
                log_warning("No connection to PostgreSQL: %s", pg_connecting_why(p->connecting));
        p->failed_ms = pg_now_ms();
}

static void pg_try(Pg *p, unsigned wait_ms)
{
        int r = p->connecting ? 0 : pg_connecting_new(&p->connecting, p->conninfo, NULL);

        if (r == 0)
                r = pg_connecting_wait(p->connecting, wait_ms, &p->conn);
        if (r < 0)
                return;
        if (p->conn) {
                if (p->failed_ms > 0)
                        log_notice("Connected to PostgreSQL again");
                p->failed_ms = 0;
                p->number++;
        } else
                pg_note_failed(p);
        p->connecting = pg_connecting_free(p->connecting);
}

int pg_connect(Pg *p, unsigned wait_ms, uint64_t *ret_number)
{
        uint64_t now_ms = pg_now_ms();

        if (!p->conn && wait_ms == 0 && now_ms - p->waited_ms >= PG_PAUSE_MS) {
                wait_ms = PG_PATIENCE_MS;
                p->waited_ms = now_ms + wait_ms;
        }
        if (!p->conn && (p->connecting || now_ms - p->failed_ms >= PG_AGAIN_MS))
                pg_try(p, wait_ms);
        *ret_number = p->number;
        return p->conn ? 0 : -ENOTCONN;
}

int pg_open(Pg **ret, const char *conninfo)
{
        Pg *p = calloc(1, sizeof *p);

        if (!p)
                return -ENOMEM;
        p->conninfo = strdup(conninfo);
        if (!p->conninfo) {
                free(p);
                return -ENOMEM;
        }
        *ret = p;
        return 0;
}

Pg *pg_close(Pg *p)
{
        if (!p)
                return NULL;
        (void)pg_connecting_free(p->connecting);
        pg_drop(p);
        array_done(&p->sent);
        free(p->conninfo);
        free(p);
        return NULL;
}

uint64_t pg_steps(const Pg *p)
{
        return p->steps;
}

/* ---- sending ---- */

/* ? and ?1 become $1. */
static int pg_translate(char ret[static SQL_MAX], const char *sql)
{
        unsigned n = 0;
        size_t at = 0;

        for (; *sql && at < SQL_MAX - 12; sql++) {
                if (*sql != '?')
                        ret[at++] = *sql;
                else if (sql[1] >= '0' && sql[1] <= '9')
                        ret[at++] = '$';
                else
                        at += (size_t)snprintf(ret + at, 12, "$%u", ++n);
        }
        ret[at] = '\0';
        return *sql ? -E2BIG : 0;
}

static int pg_sent(Pg *p, bool sent, bool wanted)
{
        if (!sent)
                return -EIO;
        p->steps += SENT_STEPS;
        return array_add(&p->sent, wanted);
}

static int pg_prepare(Pg *p, PgKept *kept, const char *sql, const char *types)
{
        Oid oids[ARGUMENTS_MAX];
        char text[SQL_MAX];
        size_t n = strlen(types);
        int r = n <= ARGUMENTS_MAX ? pg_translate(text, sql) : -E2BIG;

        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                oids[i] = pg_type(types[i]);
        (void)snprintf(kept->name, sizeof kept->name, "s%zu", (size_t)(kept - p->kept));
        r = pg_sent(p, PQsendPrepare(p->conn, kept->name, text, (int)n, oids), false);
        if (r == 0)
                kept->sql = sql;
        return r;
}

static int pg_find(Pg *p, const char *sql, const char *types, const char **ret_name)
{
        size_t i = ((uintptr_t)sql >> 3) % KEPT_MAX;
        int r = 0;

        while (p->kept[i].sql && p->kept[i].sql != sql)
                i = (i + 1) % KEPT_MAX;
        if (!p->kept[i].sql)
                r = pg_prepare(p, &p->kept[i], sql, types);
        *ret_name = p->kept[i].name;
        return r;
}

typedef struct PgArguments {
        const char *values[ARGUMENTS_MAX];
        int lengths[ARGUMENTS_MAX], formats[ARGUMENTS_MAX];
        uint64_t numbers[ARGUMENTS_MAX];
        bool failed;
} PgArguments;

static void pg_argument_array(PgArguments *a, size_t i, const PgArray *array)
{
        a->failed |= array->failed || array->bytes.n > INT32_MAX;
        if (array->failed)
                return;
        pg_array_end(array);
        a->values[i] = (const char *)array->bytes.list;
        a->lengths[i] = (int)array->bytes.n;
}

static void pg_argument(PgArguments *a, size_t i, char type, va_list *ap)
{
        a->formats[i] = 1; /* binary */
        switch (type) {
        case 'i':
                a->numbers[i] = htobe64((uint64_t)va_arg(*ap, int64_t));
                a->values[i] = (const char *)&a->numbers[i];
                a->lengths[i] = sizeof a->numbers[i];
                break;
        case 't':
                a->values[i] = va_arg(*ap, const char *);
                a->lengths[i] = (int)strlen(a->values[i]);
                break;
        case 'b':
                a->values[i] = va_arg(*ap, const char *);
                a->lengths[i] = (int)va_arg(*ap, size_t);
                a->values[i] = a->values[i] ? a->values[i] : "";
                break;
        default:
                pg_argument_array(a, i, va_arg(*ap, const PgArray *));
        }
}

static int pg_send_arguments(Pg *p, bool wanted, const char *sql, const char *types,
                             const PgArguments *a)
{
        const char *name;
        int r = !p->conn ? -ENOTCONN : a->failed ? -ENOMEM : pg_find(p, sql, types, &name);

        return r < 0 ? r
                     : pg_sent(p,
                               PQsendQueryPrepared(p->conn, name, (int)strlen(types), a->values,
                                                   a->lengths, a->formats, 1),
                               wanted);
}

int pg_send_with(Pg *p, bool wanted, const char *sql, const char *types, va_list *ap)
{
        PgArguments a = {.failed = false};

        assert(strlen(types) <= ARGUMENTS_MAX);
        for (size_t i = 0; types[i]; i++)
                pg_argument(&a, i, types[i], ap);
        return pg_send_arguments(p, wanted, sql, types, &a);
}

int pg_send_arrays(Pg *p, bool wanted, const char *sql, const char *types, const PgArray *arrays)
{
        PgArguments a = {.failed = false};

        assert(strlen(types) <= ARGUMENTS_MAX);
        for (size_t i = 0; types[i]; i++) {
                a.formats[i] = 1;
                pg_argument_array(&a, i, &arrays[i]);
        }
        return pg_send_arguments(p, wanted, sql, types, &a);
}

int pg_send(Pg *p, bool wanted, const char *sql, const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = pg_send_with(p, wanted, sql, types, &ap);
        va_end(ap);
        return r;
}

/* ---- a round ---- */

/* 0, -ETIMEDOUT, or -ECONNRESET. */
static int pg_await(Pg *p, short events, uint64_t until_ms)
{
        struct pollfd socket = {.fd = PQsocket(p->conn), .events = events};
        uint64_t now_ms = pg_now_ms();
        int n = now_ms >= until_ms ? 0 : poll(&socket, 1, (int)(until_ms - now_ms));

        if (n == 0)
                return -ETIMEDOUT;
        if (n < 0)
                return errno == EINTR ? 0 : -errno;
        return PQconsumeInput(p->conn) ? 0 : -ECONNRESET;
}

static int pg_flush(Pg *p, uint64_t until_ms)
{
        int left = PQflush(p->conn), r = 0;

        while (left > 0 && r == 0) {
                r = pg_await(p, POLLIN | POLLOUT, until_ms);
                left = PQflush(p->conn);
        }
        return left < 0 ? -ECONNRESET : r;
}

/* What a caller may want to know of the reasons that PostgreSQL gives (its appendix A). */
static int pg_errno(const char *state)
{
        static const struct {
                const char *state;
                int error;
        } reasons[] = {
                {"53100", -ENOSPC}, {"53", -ENOBUFS},   {"55P03", -EBUSY}, {"57014", -ETIMEDOUT},
                {"25006", -EROFS},  {"57P", -ENOTCONN}, {"08", -ENOTCONN}, {"25P03", -ENOTCONN},
        };

        for (size_t i = 0; state && i < ARRAY_LEN(reasons); i++)
                if (strncmp(state, reasons[i].state, strlen(reasons[i].state)) == 0)
                        return reasons[i].error;
        return -EIO;
}

static int pg_tell_failed(const PGresult *result)
{
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const char *what = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

        log_warning("PostgreSQL: %s (%s)", what ? what : "no connection", state ? state : "-");
        return state ? pg_errno(state) : -ECONNRESET;
}

/* The next result; *ret is NULL between two statements. */
static int pg_take(Pg *p, uint64_t until_ms, PGresult **ret)
{
        int r = 0;

        while (r == 0 && PQisBusy(p->conn))
                r = pg_await(p, POLLIN, until_ms);
        if (r == 0)
                *ret = PQgetResult(p->conn);
        return r;
}

/* Of one statement of the round. ret: NULL where the rows are not wanted. */
static int pg_take_statement(Pg *p, uint64_t until_ms, PgRows *ret)
{
        PGresult *result = NULL, *end = NULL;
        ExecStatusType status;
        int r = pg_take(p, until_ms, &result);

        if (r < 0)
                return r;
        status = PQresultStatus(result);
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
                r = pg_tell_failed(result);
        if (r == 0)
                r = pg_take(p, until_ms, &end);
        if (r == 0 && ret)
                *ret = (PgRows){result, PQntuples(result), -1};
        else
                PQclear(result);
        PQclear(end);
        return r;
}

static int pg_take_sync(Pg *p, uint64_t until_ms)
{
        PGresult *result = NULL;
        int r = pg_take(p, until_ms, &result);

        if (r == 0 && PQresultStatus(result) != PGRES_PIPELINE_SYNC)
                r = -EIO;
        PQclear(result);
        return r;
}

static int pg_take_all(Pg *p, uint64_t until_ms, PgRows *ret, size_t n)
{
        size_t given = 0;
        int r = 0;

        for (size_t i = 0; r == 0 && i < p->sent.n; i++) {
                bool wanted = p->sent.list[i];

                assert(!wanted || given < n);
                r = pg_take_statement(p, until_ms, wanted ? &ret[given] : NULL);
                given += wanted && r == 0;
        }
        if (r == 0)
                r = pg_take_sync(p, until_ms);
        for (size_t i = 0; r < 0 && i < given; i++)
                pg_rows_done(&ret[i]);
        return r;
}

/* The server's times for a transaction that stops, and for a statement, as in pg_session. */
int pg_allow_long(Pg *p, bool long_rounds)
{
        int r = pg_send(p, false,
                        long_rounds ? "SET LOCAL idle_in_transaction_session_timeout = " PG_LOAD
                                    : "SET LOCAL idle_in_transaction_session_timeout = " PG_IDLE,
                        "");

        p->long_until_ms = long_rounds ? pg_now_ms() + PG_LOAD_MS : 0;
        return r < 0 ? r
                     : pg_send(p, false,
                               long_rounds ? "SET LOCAL statement_timeout = " PG_LOAD
                                           : "SET LOCAL statement_timeout = " PG_STATEMENT,
                               "");
}

int pg_round(Pg *p, PgRows *ret, size_t n)
{
        uint64_t until_ms = MAX(pg_now_ms() + PG_ROUND_MS, p->long_until_ms);
        int r = !p->conn ? -ENOTCONN : PQpipelineSync(p->conn) ? 0 : -ECONNRESET;

        p->steps += ROUND_STEPS;
        if (r == 0)
                r = pg_flush(p, until_ms);
        if (r == 0)
                r = pg_take_all(p, until_ms, ret, n);
        p->sent.n = 0;
        if (r < 0)
                pg_drop(p);
        return r;
}

int pg_run_script(Pg *p, const char *sql)
{
        PGresult *result;
        int r = 0;

        if (!p->conn || !PQexitPipelineMode(p->conn))
                return -ENOTCONN;
        result = PQexec(p->conn, sql);
        if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
                r = pg_tell_failed(result);
        PQclear(result);
        if (r == 0 && !PQenterPipelineMode(p->conn))
                r = -EIO;
        if (r < 0)
                pg_drop(p);
        return r;
}
