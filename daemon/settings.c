/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include "daemon/exchange/exchange.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define MINUTE 60e3
#define AT(field) offsetof(DaemonSettings, field)
#define QUOTED(text) #text
#define TEXT_OF(number) QUOTED(number)

/* Degrees with a sign; empty: unknown. */
static int setting_degrees(const Setting *s, const char *text, void *ret)
{
        bool south = *text == '-';
        double value = 0;
        int r;

        if (*text == '\0') {
                *(Degrees *)ret = (Degrees){0};
                return 0;
        }
        r = setting_real(s, text + south, &value);
        if (r < 0)
                return r;
        *(Degrees *)ret =
                (Degrees){.known = true, .e7 = (int32_t)lround((south ? -value : value) * 1e7)};
        return 0;
}

static int setting_location(const Setting *s, const char *text, void *ret)
{
        static const char *const names[] = {
                [LOCATION_AUTO] = "auto", [LOCATION_MANUAL] = "manual", [LOCATION_OFF] = "off"};

        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (strcasecmp(text, names[i]) == 0) {
                        *(LocationChoice *)ret = (LocationChoice)i;
                        return 0;
                }
        return -EINVAL;
}

/* Separated by blanks. */
static int setting_urls(const Setting *s, const char *text, void *ret)
{
        Urls urls = {0};

        for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
                char one[SETTING_TEXT_SIZE];
                size_t len = strcspn(text, " \t");
                int r;

                if (urls.n == URLS_MAX || len >= sizeof one)
                        return -EINVAL;
                memcpy(one, text, len);
                one[len] = '\0';
                r = setting_text(s, one, urls.of[urls.n]);
                if (r < 0)
                        return r;
                urls.n++;
                text += len;
        }
        *(Urls *)ret = urls;
        return 0;
}

static int setting_page(const Setting *s, const char *text, void *ret)
{
        HuddleLink link = {};

        if (!huddle_link_set_page(&link, text))
                return -EINVAL;
        memcpy(ret, link.page, sizeof link.page);
        return 0;
}

/* docs/huddled.conf.5 lists the same; a test compares the two. */
const Setting daemon_settings_table[] = {
        {"Cloud", "Url", setting_urls, AT(urls), "", 0, 0},
        {"Cloud", "Identity", setting_text, AT(identity), "", 0, 0},
        {"Cloud", "FollowSuccession", setting_bool, AT(follow_succession), "no", 0, 0},
        {"Cloud", "Fixed", setting_bool, AT(fixed), "no", 0, 0},
        {"Cloud", "Proxy", setting_text, AT(proxy), "", 0, 0},
        {"Cloud", "CaFile", setting_text, AT(ca_file), "", 0, 0},
        {"Cloud", "GuestPage", setting_page, AT(guest_page), "", 0, 0},
        {"Location", "Source", setting_location, AT(location), "auto", 0, 0},
        {"Location", "Latitude", setting_degrees, AT(latitude), "", 0, 90},
        {"Location", "Longitude", setting_degrees, AT(longitude), "", 0, 180},
        {"Location", "Accuracy", setting_u32, AT(accuracy_m), "50", 0, 100000000},
        {"Exchange", "ListenMs", setting_u32, AT(listen_ms), TEXT_OF(EXCHANGE_LISTEN_MS), 0, 10000},
        {"Exchange", "Window", setting_time, AT(window_ms), "0", 0, 10 * MINUTE},
        {"Exchange", "VetoSeconds", setting_u32, AT(veto_s), "5", 0, 60},
        {"Exchange", "Guests", setting_bool, AT(guests), "yes", 0, 0},
        {"Radio", "Mdns", setting_bool, AT(mdns), "yes", 0, 0},
        {"Radio", "Help", setting_bool, AT(help), "yes", 0, 0},
        {"Radio", "Bluetooth", setting_bool, AT(bluetooth), "yes", 0, 0},
        {"Radio", "Adapter", setting_text, AT(adapter), "", 0, 0},
        {"Radio", "Connections", setting_bool, AT(connections), "no", 0, 0},
        {"Radio", "Offer", setting_bool, AT(offer), "yes", 0, 0},
};
const size_t daemon_settings_count = ARRAY_LEN(daemon_settings_table);

void daemon_settings_default(DaemonSettings *ret)
{
        settings_default(daemon_settings_table, daemon_settings_count, ret);
}

int daemon_settings_read(DaemonSettings *ret, const char *path, SettingWarning warn, void *userdata)
{
        daemon_settings_default(ret);
        return settings_read(daemon_settings_table, daemon_settings_count, ret, path, warn,
                             userdata);
}

void daemon_settings_fix(const DaemonSettings *s, Fix *ret)
{
        *ret = (Fix){0};
        if (s->location != LOCATION_OFF && s->latitude.known && s->longitude.known)
                *ret = (Fix){
                        .known = true,
                        .latitude_e7 = s->latitude.e7,
                        .longitude_e7 = s->longitude.e7,
                        .accuracy_m = s->accuracy_m,
                };
}
