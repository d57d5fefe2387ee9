/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "same-tables.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

/* SQLite keeps the text of what made a table, with quotes where it was renamed. */
static void tell(FILE *out, const char *text)
{
        for (; text && *text; text++)
                if (!strchr(" \"", *text))
                        (void)fputc(*text, out);
        (void)fputc('\n', out);
}

static void tell_rows(FILE *out, Sql *sql, const char *select)
{
        _cleanup_query_ Query q = {0};

        assert_int_equal(query_begin(&q, sql, select, ""), 0);
        while (query_step(&q) == 1)
                for (int i = 0; i < sqlite3_column_count(q.stmt); i++)
                        tell(out, query_borrow_text(&q, i));
}

static void tell_tables(FILE *out, Sql *sql)
{
        static char selects[64][80]; /* statements are kept by their address */
        _cleanup_query_ Query q = {0};
        size_t n = 0;

        tell_rows(out, sql, "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name");
        assert_int_equal(query_begin(&q, sql,
                                     "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                     " ORDER BY name",
                                     ""),
                         0);
        while (query_step(&q) == 1) {
                assert_true(n < ARRAY_LEN(selects));
                (void)snprintf(selects[n], sizeof selects[n], "SELECT * FROM %s",
                               query_borrow_text(&q, 0));
                tell_rows(out, sql, selects[n++]);
        }
        assert_true(n > 0);
}

static char *tables_of(const SqlSchema *schema)
{
        char *text;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        Sql *sql;

        assert_int_equal(sql_open(&sql, ":memory:", SQL_ALONE, schema), 0);
        tell_tables(out, sql);
        (void)sql_close(sql);
        assert_int_equal(fclose(out), 0);
        return text;
}

void expect_same_tables(const SqlSchema *schema)
{
        SqlSchema steps = *schema;
        _cleanup_free_ char *now = NULL, *then = NULL;

        steps.now = NULL;
        assert_non_null(schema->now);
        now = tables_of(schema);
        then = tables_of(&steps);
        assert_string_equal(now, then);
}
