/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings.h - the configuration of a cloud, huddle-cloud.conf */
#pragma once

#include "src/base/settings.h"
#include "cloud/match/matcher.h"

#define ADMIN_LISTEN_NONE "no"

typedef struct CloudSettings {
        /* [Server] */
        char listen[SETTING_TEXT_SIZE]; /* numeric address and port */
        /* the same, for health and metrics; "no" = neither is served */
        char admin_listen[SETTING_TEXT_SIZE];
        char announce[SETTING_TEXT_SIZE]; /* name on the local network; empty = not announced */
        uint32_t connections;
        /* 0 = no limit: what comes through a front has one address */
        uint32_t connections_per_address;
        uint64_t connection_timeout_ms;
        char tls_certificate[SETTING_TEXT_SIZE]; /* PEM; empty = no TLS of our own */
        char tls_key[SETTING_TEXT_SIZE];
        uint32_t session_cache;               /* session keys kept in memory */
        uint64_t key_overlap_ms;              /* of an identity with its successor */
        char page_origins[SETTING_TEXT_SIZE]; /* whose scripts may ask us, separated by blanks */
        /* [Store] */
        char postgresql[SETTING_TEXT_SIZE]; /* connection string; empty = the file */
        /* [Accounts] */
        char consent_file[SETTING_TEXT_SIZE]; /* empty = the built-in text */
        uint32_t consent_version;
        char verify_command[SETTING_TEXT_SIZE]; /* empty = handles are not verified */
        uint64_t code_lifetime_ms;
        uint64_t session_lifetime_ms;
        /* [Groups] */
        uint64_t window_ms, max_window_ms;
        uint64_t settle_ms; /* from the last press to a close that the opener asks for */
        uint64_t opening_timeout_ms;
        uint64_t expiry_ms;           /* of what was not fetched by everyone */
        uint64_t delivered_expiry_ms; /* after everyone acknowledged */
        uint32_t gathering_per_account;
        uint32_t max_card_bytes; /* of one encrypted part */
        /* [Limits]; 0 = none */
        uint32_t registrations_per_hour; /* from one address */
        uint32_t codes_per_hour;         /* to one handle */
        uint32_t joins_per_hour;         /* of one account */
        uint32_t memberships;            /* of one account at a time, in groups that still exist */
        uint32_t account_bytes;          /* of encrypted parts that it has in them */
        /* [Guests] */
        bool guests;              /* accounts without a handle, for browsers */
        uint32_t guests_per_hour; /* from one address; 0 = no limit */
        /* [Records] */
        uint64_t record_expiry_ms; /* after the press that opened the group */
        uint32_t record_fetches;
        bool record_readers; /* also those without an account */
        /* [Pages] */
        struct {
                char listen[SETTING_TEXT_SIZE];
                char clouds[SETTING_TEXT_SIZE]; /* that they may ask, separated by blanks */
                char tls_certificate[SETTING_TEXT_SIZE];
                char tls_key[SETTING_TEXT_SIZE];
        } pages;
        /* [Matching] */
        MatchingSettings matching;
} CloudSettings;

extern const Setting cloud_settings_table[];
extern const size_t cloud_settings_count;

void cloud_settings_default(CloudSettings *ret);
/* As settings_read, on top of the defaults. */
int cloud_settings_read(CloudSettings *ret, const char *path, SettingWarning warn, void *userdata);
/* 0, or -EINVAL and the reason why nothing may be served with these. */
int cloud_settings_check(const CloudSettings *s, char *ret_reason, size_t n);
