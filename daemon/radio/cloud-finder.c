/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cloud-finder.h"

#include "src/base/log.h"
#include "avahi.h"

#include <string.h>
#include <sys/socket.h>

enum {
        ROWS_MAX = 64, /* a network with IPv4 and IPv6 has two for each cloud */
        INSTANCE_SIZE = 64,
        AGAIN_MS = 2000, /* between two looks at where the clouds are */
};

/* One way to a cloud. */
typedef struct FinderRow {
        CloudFinder *finder;
        int32_t interface, protocol;
        char instance[INSTANCE_SIZE];
        sd_bus_slot *resolving;
        bool ready; /* found is known */
        FoundCloud found;
} FinderRow;

struct CloudFinder {
        CloudFinderDeps deps;
        sd_bus *bus; /* NULL: not started */
        sd_bus_slot *browsing;
        sd_event_source *timer; /* when it settles at the latest; then when it looks again */
        bool all;               /* Avahi has told all that it knew */
        bool settled;
        FinderRow *rows[ROWS_MAX];
        size_t n_rows;
};

/* ---- settling ---- */

static int finder_arm(CloudFinder *f, uint64_t ms)
{
        int r = sd_event_source_set_time_relative(f->timer, ms * 1000);

        return r < 0 ? r : sd_event_source_set_enabled(f->timer, SD_EVENT_ONESHOT);
}

static void finder_settle(CloudFinder *f, bool looked)
{
        if (f->settled)
                return;
        f->settled = true;
        (void)sd_event_source_set_enabled(f->timer, SD_EVENT_OFF);
        if (looked)
                (void)finder_arm(f, AGAIN_MS);
        f->deps.settled(f->deps.userdata, looked);
}

static void finder_settle_if_all(CloudFinder *f)
{
        if (!f->all)
                return;
        for (size_t i = 0; i < f->n_rows; i++)
                if (f->rows[i]->resolving)
                        return;
        finder_settle(f, true);
}

/* ---- rows ---- */

static FinderRow *finder_row_free(FinderRow *row)
{
        sd_bus_slot_unref(row->resolving);
        free(row);
        return NULL;
}

static void finder_forget_rows(CloudFinder *f)
{
        while (f->n_rows > 0)
                finder_row_free(f->rows[--f->n_rows]);
        f->all = false;
}

typedef struct FinderItem {
        int32_t interface, protocol;
        const char *instance, *type, *domain;
        uint32_t flags;
} FinderItem;

static bool finder_read_item(FinderItem *ret, sd_bus_message *m)
{
        return sd_bus_message_read(m, "iisssu", &ret->interface, &ret->protocol, &ret->instance,
                                   &ret->type, &ret->domain, &ret->flags) > 0 &&
               strcmp(ret->type, CLOUD_SERVICE) == 0 && strlen(ret->instance) < INSTANCE_SIZE;
}

static size_t finder_find_row(const CloudFinder *f, const FinderItem *item)
{
        size_t i = 0;

        while (i < f->n_rows && (f->rows[i]->interface != item->interface ||
                                 f->rows[i]->protocol != item->protocol ||
                                 strcmp(f->rows[i]->instance, item->instance) != 0))
                i++;
        return i;
}

/* ---- one cloud: where it is and what it says ---- */

/* Joins the strings to a record as cloud_announce_read takes it. */
static bool finder_read_txt(CloudAnnounce *ret, sd_bus_message *m)
{
        uint8_t txt[CLOUD_ANNOUNCE_MAX];
        const void *text;
        size_t len = 0, n;

        if (sd_bus_message_enter_container(m, 'a', "ay") < 0)
                return false;
        while (sd_bus_message_at_end(m, false) == 0) {
                if (sd_bus_message_read_array(m, 'y', &text, &n) < 0 || n > UINT8_MAX ||
                    n + 1 > sizeof txt - len)
                        return false;
                txt[len++] = (uint8_t)n;
                if (n > 0)
                        memcpy(txt + len, text, n);
                len += n;
        }
        return sd_bus_message_exit_container(m) >= 0 && cloud_announce_read(ret, txt, len);
}

static bool finder_read_found(FoundCloud *ret, sd_bus_message *m)
{
        const char *instance, *type, *domain, *host, *address;
        int32_t interface, protocol, address_protocol;
        uint16_t port;

        return sd_bus_message_read(m, "iissssisq", &interface, &protocol, &instance, &type, &domain,
                                   &host, &address_protocol, &address, &port) > 0 &&
               finder_read_txt(&ret->announce, m) && cloud_announce_url(ret->url, address, port);
}

static int on_finder_resolved(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        FinderRow *row = userdata;
        CloudFinder *f = row->finder;
        FoundCloud found = {};

        row->resolving = sd_bus_slot_unref(row->resolving);
        row->ready = !sd_bus_message_is_method_error(m, NULL) && finder_read_found(&found, m);
        row->found = found;
        if (row->ready)
                f->deps.found(f->deps.userdata);
        if (f->bus) /* not stopped from within */
                finder_settle_if_all(f);
        return 0;
}

static int finder_resolve(FinderRow *row)
{
        return sd_bus_call_method_async(row->finder->bus, &row->resolving, AVAHI, "/", AVAHI_SERVER,
                                        "ResolveService", on_finder_resolved, row, "iisssiu",
                                        row->interface, row->protocol, row->instance, CLOUD_SERVICE,
                                        "local", row->protocol, 0U);
}

/* A cloud that has started again at another port within a second has never gone for Avahi, which
 * tells of names alone: it is asked where they are. It knows without asking the network. */
static void finder_look_again(CloudFinder *f)
{
        for (size_t i = 0; i < f->n_rows; i++)
                if (!f->rows[i]->resolving)
                        (void)finder_resolve(f->rows[i]);
        (void)finder_arm(f, AGAIN_MS);
}

static int on_finder_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
        CloudFinder *f = userdata;

        if (f->settled)
                finder_look_again(f);
        else
                finder_settle(f, !f->browsing); /* Avahi hangs where it has not answered */
        return 0;
}

static int on_finder_new(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        CloudFinder *f = userdata;
        FinderItem item;
        FinderRow *row;

        if (!finder_read_item(&item, m) || f->n_rows == ROWS_MAX ||
            finder_find_row(f, &item) < f->n_rows)
                return 0;
        row = calloc(1, sizeof *row);
        if (!row)
                return 0;
        *row = (FinderRow){.finder = f, .interface = item.interface, .protocol = item.protocol};
        (void)strcpy(row->instance, item.instance);
        f->rows[f->n_rows++] = row;
        (void)finder_resolve(row);
        return 0;
}

static int on_finder_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        CloudFinder *f = userdata;
        FinderItem item;
        size_t i;

        if (!finder_read_item(&item, m))
                return 0;
        i = finder_find_row(f, &item);
        if (i == f->n_rows)
                return 0;
        finder_row_free(f->rows[i]);
        f->rows[i] = f->rows[--f->n_rows];
        finder_settle_if_all(f);
        return 0;
}

/* ---- Avahi ---- */

static int on_finder_all(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        CloudFinder *f = userdata;

        f->all = true;
        finder_settle_if_all(f);
        return 0;
}

static int on_finder_browsing(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        CloudFinder *f = userdata;

        f->browsing = sd_bus_slot_unref(f->browsing);
        if (sd_bus_message_is_method_error(m, NULL))
                finder_settle(f, false);
        return 0;
}

static int finder_browse(CloudFinder *f)
{
        f->browsing = sd_bus_slot_unref(f->browsing);
        return sd_bus_call_method_async(f->bus, &f->browsing, AVAHI, "/", AVAHI_SERVER,
                                        "ServiceBrowserNew", on_finder_browsing, f, "iissu",
                                        AVAHI_ANY, AVAHI_ANY, CLOUD_SERVICE, "local", 0U);
}

/* Avahi came back: it does not know our browser any more. */
static int on_finder_owner(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        const char *name, *old, *new;
        CloudFinder *f = userdata;

        if (sd_bus_message_read(m, "sss", &name, &old, &new) < 0 || !*old == !*new)
                return 0;
        finder_forget_rows(f);
        if (*new)
                (void)finder_browse(f);
        return 0;
}

static int finder_watch(CloudFinder *f)
{
        static const AvahiSignal signals[] = {
                {AVAHI_BROWSER, "ItemNew", on_finder_new},
                {AVAHI_BROWSER, "ItemRemove", on_finder_removed},
                {AVAHI_BROWSER, "AllForNow", on_finder_all},
        };
        int r = avahi_watch_owner(f->bus, on_finder_owner, f);

        return r < 0 ? r : avahi_watch(f->bus, signals, ARRAY_LEN(signals), f);
}

/* ---- life ---- */

int cloud_finder_start(CloudFinder *f)
{
        int r;

        cloud_finder_stop(f);
        r = avahi_open(&f->bus, f->deps.event, "cloud-finder");
        if (r >= 0)
                r = finder_watch(f);
        if (r >= 0)
                r = finder_browse(f);
        if (r >= 0)
                r = finder_arm(f, CLOUD_FINDER_MS);
        if (r < 0)
                cloud_finder_stop(f);
        return MIN(r, 0);
}

void cloud_finder_stop(CloudFinder *f)
{
        finder_forget_rows(f);
        f->browsing = sd_bus_slot_unref(f->browsing);
        f->bus = sd_bus_close_unref(f->bus);
        f->settled = false;
        (void)sd_event_source_set_enabled(f->timer, SD_EVENT_OFF);
}

bool cloud_finder_looks(const CloudFinder *f)
{
        return f->bus != NULL;
}

/* Whether another way to the same cloud goes before this one: IPv4, else the one that came
 * first. */
static bool finder_is_second(const CloudFinder *f, size_t i)
{
        const FinderRow *row = f->rows[i];

        for (size_t n = 0; n < f->n_rows; n++) {
                const FinderRow *other = f->rows[n];
                bool first =
                        other->protocol == row->protocol ? n < i : other->protocol == AVAHI_IPV4;

                if (n != i && other->ready && first && strcmp(other->instance, row->instance) == 0)
                        return true;
        }
        return false;
}

size_t cloud_finder_get(const CloudFinder *f, FoundCloud ret[static CLOUD_FINDER_MAX])
{
        size_t n = 0;

        for (size_t i = 0; i < f->n_rows && n < CLOUD_FINDER_MAX; i++)
                if (f->rows[i]->ready && !finder_is_second(f, i))
                        ret[n++] = f->rows[i]->found;
        return n;
}

int cloud_finder_new(CloudFinder **ret, const CloudFinderDeps *deps)
{
        CloudFinder *f = calloc(1, sizeof *f);
        int r;

        if (!f)
                return -ENOMEM;
        f->deps = *deps;
        r = sd_event_add_time_relative(deps->event, &f->timer, CLOCK_MONOTONIC, 0, 0,
                                       on_finder_timer, f);
        if (r >= 0)
                r = sd_event_source_set_enabled(f->timer, SD_EVENT_OFF);
        if (r < 0) {
                cloud_finder_free(f);
                return r;
        }
        (void)sd_event_source_set_description(f->timer, "cloud-finder");
        *ret = f;
        return 0;
}

CloudFinder *cloud_finder_free(CloudFinder *f)
{
        if (!f)
                return NULL;
        cloud_finder_stop(f);
        sd_event_source_disable_unref(f->timer);
        free(f);
        return NULL;
}
