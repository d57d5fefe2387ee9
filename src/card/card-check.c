/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-check.h"
#include "card-date.h"
#include "card-model.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool check_has_blank(const char *value)
{
        return value[strcspn(value, " \t\r\n")] != '\0';
}

static bool check_has_scheme(const char *value)
{
        size_t n = 0;

        while (isalnum((unsigned char)value[n]) || (value[n] && strchr("+.-", value[n])))
                n++;
        return n > 1 && value[n] == ':' && value[n + 1];
}

static bool check_email(const char *value)
{
        const char *at = strrchr(value, '@');

        return at && at > value && at[1] && !check_has_blank(value);
}

/* Digits of other scripts are digits, too. */
static bool check_phone(const char *value)
{
        for (; *value; value++)
                if (isdigit((unsigned char)*value) || (unsigned char)*value >= 0x80)
                        return true;
        return false;
}

static bool check_is_form(const char *value, const char *form)
{
        for (; *form; form++, value++)
                if (*form == '9' ? !isdigit((unsigned char)*value) : *value != *form)
                        return false;
        return *value == '\0';
}

static bool check_date(const char *value)
{
        char day[CARD_DATE_SIZE];

        return card_date_normal(day, value, NULL) || check_is_form(value, "9999") ||
               check_is_form(value, "9999-99");
}

static bool check_uri(const char *value)
{
        return check_has_scheme(value) && !check_has_blank(value);
}

/* People leave out https://. */
static bool check_url(const char *value)
{
        const char *dot = strchr(value, '.');

        return check_uri(value) || (dot && dot > value && dot[1] && !check_has_blank(value));
}

/* geo:48.2,16.4 or 48.2;16.4 */
static bool check_place(const char *value)
{
        char *end;
        double latitude, longitude;

        if (strncasecmp(value, "geo:", 4) == 0)
                value += 4;
        latitude = strtod(value, &end);
        if (end == value || !*end || !strchr(",;", *end))
                return false;
        value = end + 1;
        longitude = strtod(value, &end);
        return end > value && (!*end || strchr(",;", *end)) && latitude >= -90 && latitude <= 90 &&
               longitude >= -180 && longitude <= 180;
}

/* RFC 5646: de, zh-Hant-TW. */
static bool check_language(const char *value)
{
        size_t n = 0;

        if (!isalpha((unsigned char)*value))
                return false;
        for (; *value; value++) {
                n = *value == '-' ? 0 : n + 1;
                if ((!isalnum((unsigned char)*value) && *value != '-') || n > 8)
                        return false;
        }
        return n > 0;
}

static bool check_kind(const char *value)
{
        return card_is_listed("individual,org,location,application,device,thing", value);
}

static bool check_gender(const char *value)
{
        return value[0] == ';' ||
               (strchr("MFONUmfonu", value[0]) && (value[1] == '\0' || value[1] == ';'));
}

static const struct {
        const char *name;
        bool (*check)(const char *value);
        CardFault fault;
} checks[] = {
        {"ANNIVERSARY", check_date, CARD_FAULT_DATE},  {"BDAY", check_date, CARD_FAULT_DATE},
        {"CALADRURI", check_uri, CARD_FAULT_URI},      {"CALURI", check_uri, CARD_FAULT_URI},
        {"DEATHDATE", check_date, CARD_FAULT_DATE},    {"EMAIL", check_email, CARD_FAULT_EMAIL},
        {"FBURL", check_uri, CARD_FAULT_URI},          {"GENDER", check_gender, CARD_FAULT_GENDER},
        {"GEO", check_place, CARD_FAULT_PLACE},        {"IMPP", check_uri, CARD_FAULT_URI},
        {"KEY", check_uri, CARD_FAULT_MEDIA},          {"KIND", check_kind, CARD_FAULT_KIND},
        {"LANG", check_language, CARD_FAULT_LANGUAGE}, {"LOGO", check_uri, CARD_FAULT_MEDIA},
        {"PHOTO", check_uri, CARD_FAULT_MEDIA},        {"SOUND", check_uri, CARD_FAULT_MEDIA},
        {"TEL", check_phone, CARD_FAULT_PHONE},        {"URL", check_url, CARD_FAULT_URI},
};

CardFault card_check(const char *field, const char *value)
{
        const char *slash = strchr(field, '/');
        _cleanup_free_ char *name = strndup(field, slash ? (size_t)(slash - field) : strlen(field));
        const char *canonical;

        if (!name || !card_is_property(name))
                return CARD_FAULT_NAME;
        if (slash && (!card_is_name(slash + 1) || slash[1] == '-'))
                return CARD_FAULT_TYPE;
        canonical = *card_rule(name)->name ? card_rule(name)->name : name;
        for (size_t i = 0; *value && i < ARRAY_LEN(checks); i++)
                if (strcasecmp(checks[i].name, canonical) == 0 && !checks[i].check(value))
                        return checks[i].fault;
        return CARD_FAULT_NONE;
}
