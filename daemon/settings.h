/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings.h - the configuration of a terminal, huddled.conf */
#pragma once

#include "src/protocol/huddle-link.h"
#include "src/protocol/serial.h"
#include "src/base/settings.h"

typedef struct Degrees {
        bool known;
        int32_t e7; /* degrees * 10^7 */
} Degrees;

typedef enum LocationChoice {
        LOCATION_AUTO,   /* the place by hand if there is one, else GeoClue */
        LOCATION_MANUAL, /* the place by hand or none */
        LOCATION_OFF,    /* none */
} LocationChoice;

enum { URLS_MAX = 4 };
typedef struct Urls {
        char of[URLS_MAX][SETTING_TEXT_SIZE]; /* the first is "" where there is none */
        size_t n;
} Urls;

typedef struct DaemonSettings {
        /* [Cloud] */
        Urls urls;                        /* of one cloud */
        char identity[SETTING_TEXT_SIZE]; /* empty: pinned on first use */
        bool follow_succession;           /* of an identity that is configured */
        bool fixed;                       /* users cannot add others */
        char proxy[SETTING_TEXT_SIZE];
        char ca_file[SETTING_TEXT_SIZE];
        char guest_page[HUDDLE_PAGE_SIZE]; /* where browsers read records; empty: nowhere */
        /* [Location] */
        LocationChoice location;
        Degrees latitude, longitude;
        uint32_t accuracy_m;
        /* [Exchange] */
        uint32_t listen_ms;
        uint64_t window_ms; /* 0: the cloud's */
        uint32_t veto_s;
        bool guests; /* may come to parties; else never beside this terminal */
        /* [Radio] */
        bool mdns;
        bool help;
        bool bluetooth;
        char adapter[SETTING_TEXT_SIZE]; /* "hci0"; empty: any */
        bool connections;
        bool offer; /* tell neighbours which cloud they are helped to; be found while hosting */
} DaemonSettings;

extern const Setting daemon_settings_table[];
extern const size_t daemon_settings_count;

void daemon_settings_default(DaemonSettings *ret);
/* As settings_read, on top of the defaults. */
int daemon_settings_read(DaemonSettings *ret, const char *path, SettingWarning warn,
                         void *userdata);
/* The place by hand: known if both coordinates are given and the source is not "off". */
void daemon_settings_fix(const DaemonSettings *s, Fix *ret);
