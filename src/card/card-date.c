/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-date.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct Day {
        unsigned year, month, day; /* year 0: unknown */
} Day;

/* Reads a number of least to most digits. */
static bool date_number(const char **s, unsigned least, unsigned most, unsigned *ret)
{
        unsigned n = 0, value = 0;

        for (; n < most && isdigit((unsigned char)**s); n++, (*s)++)
                value = value * 10 + (unsigned)(**s - '0');
        *ret = value;
        return n >= least;
}

static bool date_skip(const char **s, char c)
{
        if (**s != c)
                return false;
        (*s)++;
        return true;
}

/* 19850312 */
static bool date_read_basic(const char **s, Day *d)
{
        return date_number(s, 4, 4, &d->year) && date_number(s, 2, 2, &d->month) &&
               date_number(s, 2, 2, &d->day);
}

/* 1985-03-12, 1985/3/12, 1985.03.12 */
static bool date_read_separated(const char **s, Day *d)
{
        char separator;

        if (!date_number(s, 4, 4, &d->year) || !**s || !strchr("-/.", **s))
                return false;
        separator = **s;
        return date_skip(s, separator) && date_number(s, 1, 2, &d->month) &&
               date_skip(s, separator) && date_number(s, 1, 2, &d->day);
}

/* --0312, --03-12 */
static bool date_read_yearless(const char **s, Day *d)
{
        d->year = 0;
        if (!date_skip(s, '-') || !date_skip(s, '-') || !date_number(s, 1, 2, &d->month))
                return false;
        (void)date_skip(s, '-');
        return date_number(s, 1, 2, &d->day);
}

/* 12.03.1985: with dots nobody writes the month first. */
static bool date_read_dotted(const char **s, Day *d)
{
        return date_number(s, 1, 2, &d->day) && date_skip(s, '.') &&
               date_number(s, 1, 2, &d->month) && date_skip(s, '.') &&
               date_number(s, 4, 4, &d->year);
}

static bool date_is_real(const Day *d)
{
        static const unsigned days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

        return d->month >= 1 && d->month <= 12 && d->day >= 1 && d->day <= days[d->month - 1];
}

/* Whether the rest is a time, or nothing: "19850312T" has lost it. */
static bool date_is_time(const char *s)
{
        if (!*s || strcasecmp(s, "T") == 0)
                return true;
        return strchr("Tt ", *s) && isdigit((unsigned char)s[1]) &&
               s[1 + strspn(s + 1, "0123456789:.,+-Zz")] == '\0';
}

static bool date_is_midnight(const char *time)
{
        for (time++; isdigit((unsigned char)*time) || strchr(":.,", *time); time++)
                if (!*time || (isdigit((unsigned char)*time) && *time != '0'))
                        return !*time;
        return true; /* the zone may follow */
}

/* "T" and the time without colons. */
static void date_put_time(char *to, size_t size, const char *time)
{
        size_t n = 0;

        to[n++] = 'T';
        for (time++; *time && n + 1 < size; time++)
                if (*time != ':')
                        to[n++] = *time;
        to[n] = '\0';
}

static bool date_is_unknown_year(unsigned year, const char *omitted)
{
        return year <= 1 || year == CARD_YEAR_UNKNOWN ||
               (omitted && strlen(omitted) == 4 && year == strtoul(omitted, NULL, 10));
}

bool card_date_normal(char ret[CARD_DATE_SIZE], const char *value, const char *omitted)
{
        static bool (*const readers[])(const char **s, Day *d) = {
                date_read_basic, date_read_separated, date_read_yearless, date_read_dotted};

        for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
                const char *rest = value;
                Day d = {0};

                if (!readers[i](&rest, &d) || !date_is_real(&d) || !date_is_time(rest))
                        continue;
                if (date_is_unknown_year(d.year, omitted)) {
                        (void)snprintf(ret, CARD_DATE_SIZE, "--%02u%02u", d.month, d.day);
                        return true;
                }
                (void)snprintf(ret, CARD_DATE_SIZE, "%04u%02u%02u", d.year, d.month, d.day);
                if (*rest && !date_is_midnight(rest))
                        date_put_time(ret + 8, CARD_DATE_SIZE - 8, rest);
                return true;
        }
        return false;
}

bool card_date_is_empty(const char *value)
{
        return strchr(value, '0') && value[strspn(value, "0-/.:TZ ")] == '\0';
}
