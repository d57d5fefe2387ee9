/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"
#include "page-origin.h"
#include "src/protocol/cloud-announce.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECOND 1000.0
#define MINUTE (60 * SECOND)
#define DAY (24 * 60 * MINUTE)
#define AT(field) offsetof(CloudSettings, field)

/* docs/huddle-cloud.8 lists the same; a test compares the two. */
const Setting cloud_settings_table[] = {
        {"Server", "Listen", setting_text, AT(listen), "127.0.0.1:8470", 0, 0},
        {"Server", "AdminListen", setting_text, AT(admin_listen), "127.0.0.1:8471", 0, 0},
        {"Server", "Announce", setting_text, AT(announce), "", 0, 0},
        {"Server", "Connections", setting_u32, AT(connections), "20000", 1, 1000000},
        {"Server", "ConnectionsPerAddress", setting_u32, AT(connections_per_address), "2000", 0,
         1000000},
        {"Server", "ConnectionTimeout", setting_time, AT(connection_timeout_ms), "75s", SECOND,
         60 * MINUTE},
        {"Server", "TlsCertificate", setting_text, AT(tls_certificate), "", 0, 0},
        {"Server", "TlsKey", setting_text, AT(tls_key), "", 0, 0},
        {"Server", "SessionCache", setting_u32, AT(session_cache), "65536", 1, 16777216},
        {"Server", "KeyOverlap", setting_time, AT(key_overlap_ms), "30d", 3 * DAY, 120 * DAY},
        {"Server", "PageOrigins", setting_text, AT(page_origins), "", 0, 0},
        {"Store", "PostgreSQL", setting_text, AT(postgresql), "", 0, 0},
        {"Accounts", "ConsentFile", setting_text, AT(consent_file), "", 0, 0},
        {"Accounts", "ConsentVersion", setting_u32, AT(consent_version), "1", 1, UINT32_MAX},
        {"Accounts", "VerifyCommand", setting_text, AT(verify_command), "", 0, 0},
        {"Accounts", "CodeLifetime", setting_time, AT(code_lifetime_ms), "10min", MINUTE, DAY},
        {"Accounts", "SessionLifetime", setting_time, AT(session_lifetime_ms), "1d", MINUTE, DAY},
        {"Groups", "Window", setting_time, AT(window_ms), "60s", SECOND, 60 * MINUTE},
        {"Groups", "MaxWindow", setting_time, AT(max_window_ms), "5min", SECOND, 60 * MINUTE},
        {"Groups", "SettleTime", setting_time, AT(settle_ms), "1500ms", 0, 10 * SECOND},
        {"Groups", "OpeningTimeout", setting_time, AT(opening_timeout_ms), "30s", SECOND,
         10 * MINUTE},
        {"Groups", "Expiry", setting_time, AT(expiry_ms), "7d", MINUTE, 90 * DAY},
        {"Groups", "ExpiryAfterDelivery", setting_time, AT(delivered_expiry_ms), "1h", 0, 90 * DAY},
        {"Groups", "MaxMembers", setting_u32, AT(matching.max_members), "1000", 2, ROSTER_MAX},
        {"Groups", "GatheringPerAccount", setting_u32, AT(gathering_per_account), "4", 1, 1000},
        /* 128 KiB of padded text and the seal around it */
        {"Groups", "MaxCardBytes", setting_u32, AT(max_card_bytes), "131112", 1024,
         STORE_PIECE_OFFSET_MAX},
        {"Limits", "RegistrationsPerHour", setting_u32, AT(registrations_per_hour), "60", 0,
         1000000},
        {"Limits", "CodesPerHour", setting_u32, AT(codes_per_hour), "10", 0, 1000000},
        {"Limits", "JoinsPerHour", setting_u32, AT(joins_per_hour), "240", 0, 1000000},
        {"Limits", "Memberships", setting_u32, AT(memberships), "200", 1, 10000},
        {"Limits", "AccountBytes", setting_u32, AT(account_bytes), "33554432", 1048576, UINT32_MAX},
        {"Guests", "Guests", setting_bool, AT(guests), "no", 0, 0},
        {"Guests", "GuestsPerHour", setting_u32, AT(guests_per_hour), "60", 0, 1000000},
        {"Guests", "GuestsPerGroup", setting_u32, AT(matching.guests_per_group), "24", 1,
         ROSTER_MAX},
        {"Records", "RecordExpiry", setting_time, AT(record_expiry_ms), "7d", MINUTE, 90 * DAY},
        {"Records", "Fetches", setting_u32, AT(record_fetches), "100", 1, 10000},
        {"Records", "UnregisteredReaders", setting_bool, AT(record_readers), "no", 0, 0},
        {"Pages", "Listen", setting_text, AT(pages.listen), "127.0.0.1:8480", 0, 0},
        {"Pages", "Clouds", setting_text, AT(pages.clouds), "", 0, 0},
        {"Pages", "TlsCertificate", setting_text, AT(pages.tls_certificate), "", 0, 0},
        {"Pages", "TlsKey", setting_text, AT(pages.tls_key), "", 0, 0},
        {"Matching", "WeightRoute", setting_real, AT(matching.weight_route), "0.35", 0, 1},
        {"Matching", "WeightPlace", setting_real, AT(matching.weight_place), "0.35", 0, 1},
        {"Matching", "WeightTime", setting_real, AT(matching.weight_time), "0.30", 0, 1},
        {"Matching", "Threshold", setting_real, AT(matching.threshold), "0.71", 0, 1},
        {"Matching", "SlipSimilarity", setting_real, AT(matching.slip), "0.5", 0, 1},
        {"Matching", "UnknownPlace", setting_real, AT(matching.unknown_place), "0.45", 0, 1},
        {"Matching", "PlaceLimit", setting_real, AT(matching.place_limit_m), "100", 1, 100000},
        {"Matching", "Ambiguity", setting_real, AT(matching.ambiguity), "0.05", 0, 1},
        {"Matching", "NearLevel", setting_real, AT(matching.near_dbm), "-63", -120, 20},
        {"Matching", "CircleLevel", setting_real, AT(matching.circle_dbm), "-70", -120, 20},
        {"Matching", "PressDelay", setting_time, AT(matching.press_delay_ms), "3s", 1, 10 * MINUTE},
        {"Matching", "Latecomers", setting_real, AT(matching.latecomers), "0.1", 0.0001, 0.9},
        {"Matching", "Neighbours", setting_real, AT(matching.neighbours), "0.02", 0.0001, 0.9},
        {"Matching", "MeetingSizes", setting_real, AT(matching.meeting_sizes), "4", 0, 20},
        {"Matching", "SilentPhones", setting_real, AT(matching.silent_phones), "0.04", 0.0001, 0.9},
        {"Matching", "SilentPlaces", setting_real, AT(matching.silent_places), "0.26", 0.0001, 0.9},
        {"Matching", "Overheard", setting_real, AT(matching.overheard), "0.1", 0.0001, 0.9},
        {"Matching", "Flood", setting_real, AT(matching.flood), "0.003", 0.0001, 0.9},
        {"Matching", "Aimed", setting_real, AT(matching.aimed), "0.75", 0, 1},
        {"Matching", "Belief", setting_real, AT(matching.belief), "0.935", 0, 1},
        {"Matching", "RadioRich", setting_u32, AT(matching.radio_rich), "3", 2, 1000},
        {"Matching", "BeliefOfThird", setting_real, AT(matching.belief_of_third), "0.5", 0, 1},
        {"Matching", "AnswerTime", setting_time, AT(matching.answer_ms), "10s", 0, MINUTE},
};
const size_t cloud_settings_count = ARRAY_LEN(cloud_settings_table);

void cloud_settings_default(CloudSettings *ret)
{
        settings_default(cloud_settings_table, cloud_settings_count, ret);
}

int cloud_settings_read(CloudSettings *ret, const char *path, SettingWarning warn, void *userdata)
{
        cloud_settings_default(ret);
        return settings_read(cloud_settings_table, cloud_settings_count, ret, path, warn, userdata);
}

/* A time that must not be longer than another. */
static bool settings_longer(const char *key, uint64_t ms, const char *limit_key, uint64_t limit_ms,
                            char *ret_reason, size_t n)
{
        if (ms <= limit_ms)
                return false;
        (void)snprintf(ret_reason, n, "%s=%gs is longer than %s=%gs", key, (double)ms / SECOND,
                       limit_key, (double)limit_ms / SECOND);
        return true;
}

static bool settings_bad_name(const CloudSettings *s, char *ret_reason, size_t n)
{
        if (!s->announce[0])
                return false;
        if (!cloud_name_valid(s->announce, strlen(s->announce)))
                (void)snprintf(ret_reason, n, "Announce is not a name of 1 to 63 bytes");
        else if (s->tls_certificate[0])
                (void)snprintf(ret_reason, n, "Announce is for a cloud without TlsCertificate=%s",
                               s->tls_certificate);
        else
                return false;
        return true;
}

/* section: "" or " of [Pages]". */
static bool settings_bad_tls(const char *section, const char *certificate, const char *key,
                             char *ret_reason, size_t n)
{
        const char *const files[][2] = {{"TlsCertificate", certificate}, {"TlsKey", key}};

        if (!certificate[0] != !key[0]) {
                (void)snprintf(ret_reason, n,
                               "TlsCertificate=%s and TlsKey=%s%s belong together: one is empty",
                               certificate, key, section);
                return true;
        }
        for (size_t i = 0; key[0] && i < ARRAY_LEN(files); i++)
                if (access(files[i][1], R_OK) < 0) {
                        (void)snprintf(ret_reason, n, "%s=%s%s: %s", files[i][0], files[i][1],
                                       section, strerror(errno));
                        return true;
                }
        return false;
}

/* Addresses, which go into headers; whole: only those that are an origin. */
static bool settings_bad_addresses(const char *key, const char *list, bool whole, char *ret_reason,
                                   size_t n)
{
        const char *at = list;
        char origin[CLOUD_URL_SIZE];
        int r;

        while ((r = page_origin_next(origin, &at)) > 0)
                if (whole && !page_origin_listed(list, origin)) {
                        (void)snprintf(ret_reason, n, "%s: an origin is written %s", key, origin);
                        return true;
                }
        if (r == 0)
                return false;
        (void)snprintf(ret_reason, n, "%s=%s has something that is no address", key, list);
        return true;
}

static bool settings_bad_store(const CloudSettings *s, char *ret_reason, size_t n)
{
        char reason[128];

        if (!s->postgresql[0] || store_postgres_check(s->postgresql, reason, sizeof reason) == 0)
                return false;
        (void)snprintf(ret_reason, n, "PostgreSQL is no connection string: %s", reason);
        return true;
}

int cloud_settings_check(const CloudSettings *s, char *ret_reason, size_t n)
{
        if (settings_longer("Window", s->window_ms, "MaxWindow", s->max_window_ms, ret_reason, n) ||
            settings_longer("ExpiryAfterDelivery", s->delivered_expiry_ms, "Expiry", s->expiry_ms,
                            ret_reason, n) ||
            settings_bad_tls("", s->tls_certificate, s->tls_key, ret_reason, n) ||
            settings_bad_tls(" of [Pages]", s->pages.tls_certificate, s->pages.tls_key, ret_reason,
                             n) ||
            settings_bad_addresses("PageOrigins", s->page_origins, true, ret_reason, n) ||
            settings_bad_addresses("Clouds", s->pages.clouds, false, ret_reason, n) ||
            settings_bad_name(s, ret_reason, n) || settings_bad_store(s, ret_reason, n))
                return -EINVAL;
        return matching_check(&s->matching, ret_reason, n);
}
