/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manager.h"

#include "around.h"
#include "helping.h"
#include "daemon/account/accounts.h"
#include "daemon/location/location-geoclue.h"
#include "daemon/objects/history.h"
#include "daemon/objects/manager-object.h"
#include "exchange-start.h"
#include "network.h"
#include "runs.h"
#include "src/base/events.h"
#include "src/base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

/* Of one user: the one that runs, and those that have just ended. */
enum { RUNS_UID_MAX = 32 };

/* An exchange that waits for the route of its code. */
typedef struct StartEntry StartEntry;
struct StartEntry {
        LIST_ENTRY(StartEntry) list;
        Manager *manager;
        uint32_t uid;
        CloudLine *line;
        ExchangeStart *start;
        ExchangeStarted done;
        void *userdata;
};

struct Manager {
        const ManagerSettings *settings;
        Clock *clock;
        DaemonStore *store;
        CloudsSettings clouds_settings;
        Clouds *clouds;
        Around *around;
        Network *network;
        Helping *helping;
        Bus *bus;
        ManagerObject *object;
        Accounts *accounts;
        Records *records;
        History *history;
        Location *location;
        ExchangeStartDeps start_deps;
        LIST_HEAD(, StartEntry) starts;
        ExchangeRunDeps run_deps;
        SpentTokens spent;
        Runs runs;
};

/* ---- exchanges ---- */

static void on_manager_run_over(void *userdata, ExchangeRun *run)
{
        Manager *m = userdata;
        RunEntry *e = LIST_FIRST(&m->runs);

        while (e && e->run != run)
                e = LIST_NEXT(e, list);
        assert(e);
        run_entry_free(e);
        around_review(m->around);
        helping_review(m->helping);
}

static void on_manager_radio_changed(void *userdata)
{
        Manager *m = userdata;

        helping_review(m->helping);
        if (m->object)
                manager_object_changed(m->object);
}

static void on_manager_located(void *userdata)
{
        Manager *m = userdata;
        RunEntry *e;
        Fix fix;

        location_fix(m->location, &fix);
        if (!fix.known)
                return;
        LIST_FOREACH (e, &m->runs, list)
                exchange_run_set_fix(e->run, &fix);
}

static bool manager_running(void *userdata, uint32_t uid)
{
        const Manager *m = userdata;
        const StartEntry *s;

        LIST_FOREACH (s, &m->starts, list)
                if (s->uid == uid)
                        return true;
        return runs_go_on_for(&m->runs, uid);
}

/* ---- starts ---- */

static void start_entry_free(StartEntry *e)
{
        LIST_REMOVE(e, list);
        exchange_start_free(e->start);
        free(e);
}

/* As account_access, with what the configuration adds for links. */
static int manager_account_access(const Manager *m, Account *a, CloudAccess *ret)
{
        int r = account_access(a, ret);

        if (r == 0)
                ret->guest_page = m->settings->configuration.guest_page;
        return r;
}

static int manager_run_start(Manager *m, uint32_t uid, CloudLine *line, const ExchangeStart *start,
                             const char **ret_path)
{
        Account *a = accounts_at(m->accounts, uid, line);
        CloudAccess access;
        ExchangeRun *run;
        int r;

        if (!a) /* unregistered while the route was asked for */
                return OUTCOME_NOT_REGISTERED;
        r = manager_account_access(m, a, &access);
        if (r == 0)
                r = exchange_run_new(&run, &m->run_deps, &access, uid, exchange_start_off(start),
                                     exchange_start_code(start), exchange_start_card(start),
                                     exchange_start_options(start));
        if (r == 0)
                r = runs_add(&m->runs, run);
        if (r == 0) {
                helping_begin(m->helping, line);
                around_rest(m->around); /* it has radios of its own */
                *ret_path = exchange_run_path(run);
        }
        return r;
}

static void on_manager_start_ready(void *userdata)
{
        StartEntry *e = userdata;
        ExchangeStarted done = e->done;
        void *done_userdata = e->userdata;
        const char *path = NULL;
        int r = manager_run_start(e->manager, e->uid, e->line, e->start, &path);

        start_entry_free(e);
        done(done_userdata, r, path);
}

/* The user's code needs no answer of the cloud, and a cloud that did not answer last time is not
 * waited for. */
static int manager_begin_start(StartEntry *e)
{
        Manager *m = e->manager;
        CloudAccess access;
        int r;

        if (exchange_start_draws(e->start) && cloud_line_trouble(e->line) == OUTCOME_OK) {
                r = account_access(accounts_at(m->accounts, e->uid, e->line), &access);
                return r == 0 ? exchange_start_draw_route(e->start, m->clock, access.client,
                                                          on_manager_start_ready, e)
                              : r;
        }
        on_manager_start_ready(e);
        return 0;
}

static int manager_check_start(Manager *m, uint32_t uid, const CloudLine *line,
                               const ExchangeWish *wish)
{
        Account *a = accounts_at(m->accounts, uid, line);
        CloudAccess access;

        if (wish->identity && clouds_contradict(line, wish->identity))
                return OUTCOME_CLOUD_KEY_CHANGED;

        if (!a || !account_registered(a))
                return OUTCOME_NOT_REGISTERED;
        if (manager_running(m, uid) || runs_count(&m->runs, uid) >= RUNS_UID_MAX)
                return OUTCOME_BUSY;
        return account_access(a, &access);
}

static int manager_start(void *userdata, uint32_t uid, const ExchangeWish *wish, unsigned *ret_word,
                         ExchangeStarted done, void *done_userdata)
{
        Manager *m = userdata;
        CloudLine *line = wish->cloud && *wish->cloud ? clouds_find(m->clouds, uid, wish->cloud)
                                                      : clouds_default(m->clouds, uid);
        StartEntry *e;
        int r;

        if (!line)
                return OUTCOME_UNKNOWN_CLOUD;
        e = calloc(1, sizeof *e);
        if (!e)
                return -ENOMEM;
        *e = (StartEntry){
                .manager = m, .uid = uid, .line = line, .done = done, .userdata = done_userdata};
        r = exchange_start_new(&e->start, &m->start_deps, accounts_at(m->accounts, uid, line), wish,
                               ret_word);
        if (r == 0)
                r = manager_check_start(m, uid, line, wish);
        LIST_INSERT_HEAD(&m->starts, e, list);
        if (r == 0)
                r = manager_begin_start(e);
        if (r != 0)
                start_entry_free(e);
        return r;
}

/* NULL: the cloud or the account is not there any more. */
static Account *manager_account_of(const Manager *m, uint64_t number, uint32_t uid)
{
        char name[CLOUD_URL_SIZE];
        CloudLine *line = NULL;

        if (daemon_store_exchange_cloud_get(m->store, number, name) == 0)
                line = clouds_named(m->clouds, uid, name);
        return line ? accounts_at(m->accounts, uid, line) : NULL;
}

static int manager_resume(void *userdata, uint64_t number, uint32_t uid)
{
        Manager *m = userdata;
        Account *a = manager_account_of(m, number, uid);
        CloudAccess access;
        ExchangeRun *run;
        unsigned off;
        int r;

        if (!a || manager_account_access(m, a, &access) != 0) {
                log_warning("exchange %" PRIu64
                            " cannot go on: its cloud or its account is not known",
                            number);
                return 0;
        }
        r = daemon_store_preferences_get(m->store, uid, &off);
        if (r < 0)
                return r;
        r = exchange_run_resume(&run, &m->run_deps, &access, number, off);
        if (r == 0)
                r = runs_add(&m->runs, run);
        if (r == 0)
                helping_begin(m->helping, account_line(a));
        if (r != 0 && r != -ENOMEM) {
                log_line(LOG_WARNING, EVENT_EXCHANGE_LOST,
                         "exchange %" PRIu64 " cannot go on: its snapshot cannot be used (%d)",
                         number, r);
                r = 0;
        }
        return r;
}

/* ---- the history ---- */

static void on_manager_history(void *userdata, uint32_t uid, uint64_t number, HistoryChange change)
{
        Manager *m = userdata;

        if (m->object)
                manager_object_history_changed(m->object, uid, number, change);
}

/* An exchange that has delivered may still wait for late cards, which nobody wants now. */
static int manager_forget(void *userdata, uint32_t uid, uint64_t number)
{
        Manager *m = userdata;
        RunEntry *e;

        LIST_FOREACH (e, &m->runs, list)
                if (exchange_run_uid(e->run) == uid && exchange_run_number(e->run) == number)
                        break;
        if (e && !exchange_run_ended(e->run))
                return OUTCOME_WRONG_STATE;
        if (e)
                run_entry_free(e);
        history_forget(m->history, number);
        return 0;
}

/* ---- the state of the machine ---- */

static void on_manager_account_changed(void *userdata, uint32_t uid)
{
        Manager *m = userdata;

        if (m->object)
                manager_object_changed_for(m->object, uid);
}

static void on_manager_line_changed(void *userdata, uint32_t uid)
{
        Manager *m = userdata;
        RunEntry *e;

        LIST_FOREACH (e, &m->runs, list)
                exchange_run_route_changed(e->run);
        on_manager_radio_changed(m);
        around_review(m->around);
        if (m->object)
                manager_object_changed_for(m->object, uid);
}

static CloudLine *manager_missed(void *userdata, size_t i)
{
        const Manager *m = userdata;
        const RunEntry *e;
        CloudLine *line;

        LIST_FOREACH (e, &m->runs, list) {
                line = clouds_named(m->clouds, exchange_run_uid(e->run),
                                    exchange_run_cloud(e->run));
                if (line && !exchange_run_ended(e->run) &&
                    (cloud_line_trouble(line) != OUTCOME_OK || cloud_line_relayed(line)) &&
                    clouds_may_move(m->clouds, line) && i-- == 0)
                        return line;
        }
        return NULL;
}

static void on_manager_moved(void *userdata, const CloudLine *line)
{
        accounts_renew(((Manager *)userdata)->accounts, line);
}

static int manager_find(void *userdata, uint32_t uid, CloudsFound done, void *done_userdata)
{
        return around_find(((Manager *)userdata)->around, uid, done, done_userdata);
}

static const CloudIdentity *manager_offered(void *userdata, const Bytes32 *digest)
{
        return around_identity(((Manager *)userdata)->around, digest);
}

static void manager_carry_for(void *userdata, CloudLine *line)
{
        around_carry_for(((Manager *)userdata)->around, line);
}

static int manager_host(void *userdata, BusCall *call, CloudLine *line, const char *name)
{
        return helping_host(((Manager *)userdata)->helping, call, line, name);
}

static size_t manager_radios(void *userdata, const char *ret[static MANAGER_RADIOS_MAX])
{
        const Manager *m = userdata;
        const DaemonSettings *c = &m->settings->configuration;
        size_t n = 0;

        if (c->mdns && runs_show_radio(&m->runs, SIGHTING_MDNS))
                ret[n++] = "mdns";
        if (c->bluetooth && runs_show_radio(&m->runs, SIGHTING_BLE))
                ret[n++] = "ble";
        return n;
}

/* ---- life ---- */

static int manager_open_store(Manager *m)
{
        char path[4096];
        int r;

        if (snprintf(path, sizeof path, "%s/huddled.db", m->settings->state_dir) >=
            (int)sizeof path)
                return -ENAMETOOLONG;
        r = daemon_store_open(&m->store, path);
        if (r == -EBUSY)
                log_error("another huddled uses the same state directory");
        else if (r == -EBADMSG)
                log_line(LOG_ERR, EVENT_STATE_DAMAGED, "huddled.db is damaged or not ours");
        else if (r == -EPROTONOSUPPORT)
                log_line(LOG_ERR, EVENT_STATE_LATER, "huddled.db was written by a newer version");
        return r;
}

static int manager_open_clouds(Manager *m, sd_event *event)
{
        const DaemonSettings *c = &m->settings->configuration;

        m->clouds_settings =
                (CloudsSettings){.configured = {.url = c->urls.of[0],
                                                .more = c->urls.of + 1,
                                                .n_more = MAX(c->urls.n, (size_t)1) - 1,
                                                .name = "",
                                                .pin = c->urls.of[0],
                                                .identity = c->identity,
                                                .follow_succession = c->follow_succession,
                                                .proxy = c->proxy,
                                                .ca_file = c->ca_file},
                                 .fixed = c->fixed && c->urls.n > 0};
        return clouds_new(&m->clouds,
                          &(CloudsDeps){.event = event,
                                        .clock = m->clock,
                                        .store = m->store,
                                        .changed = on_manager_line_changed,
                                        .moved = on_manager_moved,
                                        .userdata = m},
                          &m->clouds_settings);
}

static bool manager_has_route(void *userdata, uint32_t uid, const char *cloud)
{
        const Manager *m = userdata;
        const CloudLine *line = clouds_named(m->clouds, uid, cloud);

        return line && cloud_line_online(line) && !cloud_line_relayed(line);
}

static void manager_drop_ended(void *userdata, uint32_t uid, const CloudLine *line)
{
        Manager *m = userdata;

        for (RunEntry *e = LIST_FIRST(&m->runs), *next; e; e = next) {
                next = LIST_NEXT(e, list);
                if (exchange_run_uid(e->run) == uid && exchange_run_ended(e->run) &&
                    strcmp(exchange_run_cloud(e->run), cloud_line_name(line)) == 0)
                        run_entry_free(e);
        }
        helping_drop(m->helping, line);
        around_drop(m->around, line);
}

static int manager_open_helping(Manager *m, sd_event *event)
{
        return helping_new(&m->helping, &(HelpingDeps){.event = event,
                                                       .clock = m->clock,
                                                       .store = m->store,
                                                       .settings = &m->settings->configuration,
                                                       .runs = &m->runs});
}

static int manager_open_around(Manager *m, sd_event *event)
{
        return around_new(&m->around, &(AroundDeps){.event = event,
                                                    .clock = m->clock,
                                                    .store = m->store,
                                                    .settings = &m->settings->configuration,
                                                    .clouds = m->clouds,
                                                    .missed = manager_missed,
                                                    .userdata = m});
}

static int manager_open_accounts(Manager *m)
{
        return accounts_new(&m->accounts,
                            &(AccountDeps){.clock = m->clock,
                                           .store = m->store,
                                           .changed = on_manager_account_changed,
                                           .userdata = m},
                            m->clouds);
}

static int manager_access(void *userdata, uint32_t uid, const char *cloud, CloudAccess *ret)
{
        Manager *m = userdata;
        CloudLine *line =
                cloud ? clouds_named(m->clouds, uid, cloud) : clouds_default(m->clouds, uid);
        Account *a = line ? accounts_at(m->accounts, uid, line) : NULL;

        return a && account_registered(a) ? manager_account_access(m, a, ret)
                                          : OUTCOME_NOT_REGISTERED;
}

static void on_manager_fetched(void *userdata, const ExchangeSummary *exchange)
{
        Manager *m = userdata;

        history_fetched(m->history, exchange);
}

static void on_manager_record_opened(void *userdata, uint32_t uid, uint64_t exchange,
                                     uint64_t time_s)
{
        Manager *m = userdata;

        if (m->object)
                manager_object_record_fetched(m->object, uid, exchange, time_s);
}

static int manager_open_records(Manager *m)
{
        int r = records_new(&m->records, &(RecordsDeps){.clock = m->clock,
                                                        .store = m->store,
                                                        .access = manager_access,
                                                        .fetched = on_manager_fetched,
                                                        .opened = on_manager_record_opened,
                                                        .userdata = m});

        m->run_deps.objects =
                (ExchangeObjectDeps){.bus = m->bus,
                                     .clock = m->clock,
                                     .store = m->store,
                                     .records = m->records,
                                     .configured_url = m->settings->configuration.urls.of[0]};
        return r == 0 ? history_new(&m->history, &m->run_deps.objects, m->clock) : r;
}

/* GeoClue asks the desktop's agent about a user's huddled. The system's huddled has no agent and
 * brings its own. */
static int manager_open_location(Manager *m, sd_event *event)
{
        const DaemonSettings *c = &m->settings->configuration;
        LocationDeps settings = {.clock = m->clock, .found = on_manager_located, .userdata = m};
        int r = 0;

        daemon_settings_fix(c, &settings.by_hand);
        if (c->location == LOCATION_AUTO && !settings.by_hand.known)
                r = location_geoclue_new(&settings.locator, event, m->clock,
                                         m->settings->bus == DBUS_BUS_SYSTEM);
        return r < 0 ? r : location_new(&m->location, &settings);
}

static int manager_open_object(Manager *m)
{
        return manager_object_new(&m->object,
                                  &(ManagerObjectDeps){.bus = m->bus,
                                                       .store = m->store,
                                                       .accounts = m->accounts,
                                                       .records = m->records,
                                                       .clouds = m->clouds,
                                                       .location = m->location,
                                                       .veto_s = m->settings->configuration.veto_s,
                                                       .start = manager_start,
                                                       .running = manager_running,
                                                       .forget = manager_forget,
                                                       .drop_ended = manager_drop_ended,
                                                       .find = manager_find,
                                                       .offered = manager_offered,
                                                       .carry_for = manager_carry_for,
                                                       .host = manager_host,
                                                       .radios = manager_radios,
                                                       .userdata = m});
}

static void manager_prepare_runs(Manager *m, sd_event *event)
{
        ExchangeRunDeps *d = &m->run_deps;

        assert(d->objects.bus); /* since the records */
        m->start_deps = (ExchangeStartDeps){m->store, m->location, &m->settings->configuration};
        d->event = event;
        d->clock = m->clock;
        d->location = m->location;
        d->settings = &m->settings->configuration;
        d->relay = helping_relay(m->helping);
        d->spent = &m->spent;
        d->has_route = manager_has_route;
        d->radio_changed = on_manager_radio_changed;
        d->over = on_manager_run_over;
        d->userdata = m;
}

/* From below: each part borrows those before it. */
static int manager_open(Manager *m, sd_event *event)
{
        int r = clock_event_new(&m->clock, event);

        if (r == 0)
                r = manager_open_store(m);
        if (r == 0)
                r = manager_open_clouds(m, event);
        if (r == 0)
                r = manager_open_around(m, event);
        if (r == 0)
                r = manager_open_helping(m, event);
        if (r == 0)
                r = bus_new(&m->bus, event, m->settings->bus);
        if (r == 0)
                r = manager_open_accounts(m);
        if (r == 0)
                r = network_new(&m->network, &(NetworkDeps){.event = event,
                                                            .clouds = m->clouds,
                                                            .accounts = m->accounts,
                                                            .relay = helping_relay(m->helping)});
        if (r == 0)
                r = manager_open_records(m);
        if (r == 0)
                r = manager_open_location(m, event);
        if (r == 0)
                r = manager_open_object(m);
        return r;
}

int manager_new(Manager **ret, sd_event *event, const ManagerSettings *settings)
{
        _cleanup_(manager_freep) Manager *m = calloc(1, sizeof *m);
        int r;

        if (!m)
                return -ENOMEM;
        m->settings = settings;
        LIST_INIT(&m->runs);
        LIST_INIT(&m->starts);
        r = manager_open(m, event);
        if (r != 0)
                return r;
        manager_prepare_runs(m, event);
        daemon_store_watch_history(m->store, on_manager_history, m);
        r = daemon_store_exchange_walk_unfinished(m->store, manager_resume, m);
        if (r == 0)
                r = bus_own_name(m->bus);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(m);
        return 0;
}

Manager *manager_free(Manager *m)
{
        if (!m)
                return NULL;
        if (m->bus)
                bus_end_announcing(m->bus);
        while (!LIST_EMPTY(&m->starts))
                start_entry_free(LIST_FIRST(&m->starts));
        while (!LIST_EMPTY(&m->runs))
                run_entry_free(LIST_FIRST(&m->runs));
        m->around = around_free(m->around);
        m->object = manager_object_free(m->object);
        location_free(m->location);
        history_free(m->history);
        records_free(m->records);
        network_free(m->network);
        accounts_free(m->accounts);
        helping_free(m->helping);
        bus_free(m->bus);
        clouds_free(m->clouds);
        daemon_store_free(m->store);
        clock_event_free(m->clock);
        free(m);
        return NULL;
}
