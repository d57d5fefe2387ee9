/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "db.h"

#include <string.h>

/* ---- questions ---- */

void found_done(Found *a)
{
        if (a->db)
                a->db->ops->done(a);
        *a = (Found){0};
}

static int db_ask_for(Found *ret, Db *db, const char *sql, const char *types, va_list *ap)
{
        *ret = (Found){.db = db};
        return db->ops->ask(db, ret, sql, types, ap);
}

int db_ask(Found *ret, Db *db, const char *sql, const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = db_ask_for(ret, db, sql, types, &ap);
        va_end(ap);
        return r;
}

int found_step(Found *a)
{
        return a->db->ops->step(a);
}

int db_first(Found *ret, Db *db, const char *sql, const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = db_ask_for(ret, db, sql, types, &ap);
        va_end(ap);
        if (r < 0)
                return r;
        r = found_step(ret);
        return r < 0 ? r : r > 0 ? 0 : DB_E_NO_ROW;
}

int db_run(Db *db, const char *sql, const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = db->ops->run(db, NULL, sql, types, &ap);
        va_end(ap);
        return r;
}

int db_change(Db *db, int64_t *ret_n, const char *sql, const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = db->ops->run(db, ret_n, sql, types, &ap);
        va_end(ap);
        return r;
}

uint64_t db_steps(const Db *db)
{
        return db->ops->steps(db);
}

/* ---- columns ---- */

static DbValue found_value(const Found *a, int column)
{
        return a->db->ops->value(a, column);
}

int64_t found_int(const Found *a, int column)
{
        return found_value(a, column).number;
}

bool found_null(const Found *a, int column)
{
        return found_value(a, column).null;
}

size_t found_size(const Found *a, int column)
{
        return found_value(a, column).size;
}

const uint8_t *found_bytes(const Found *a, int column)
{
        return found_value(a, column).bytes;
}

int found_blob(const Found *a, int column, void *ret, size_t size)
{
        DbValue v = found_value(a, column);

        if (!v.bytes || v.size != size)
                return -EBADMSG;
        memcpy(ret, v.bytes, size);
        return 0;
}

int found_copy_blob(const Found *a, int column, uint8_t **ret, size_t *ret_size)
{
        DbValue v = found_value(a, column);
        uint8_t *copy = malloc(v.size + 1);

        if (!copy)
                return -ENOMEM;
        if (v.size > 0)
                memcpy(copy, v.bytes, v.size);
        *ret = copy;
        *ret_size = v.size;
        return 0;
}

void found_text(const Found *a, int column, char *ret, size_t size)
{
        DbValue v = found_value(a, column);
        size_t n = MIN(v.size, size - 1);

        if (n > 0)
                memcpy(ret, v.bytes, n);
        ret[n] = '\0';
}
