/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manager.h"
#include "src/base/log.h"
#include "daemon/objects/bus-tables.h"
#include "daemon/objects/history.h"
#include "daemon/location/location-geoclue.h"
#include "daemon/location/location.h"
#include "press.h"
#include "daemon/record/records.h"
#include "daemon/account/shares.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
        ACCOUNTS_MAX = 256,
        PRESSES_UID_MAX = 32, /* of one user: the one that runs, and those that have just ended */
};

typedef struct AccountEntry AccountEntry;
struct AccountEntry {
        AccountEntry *next;
        Account *account;
};

typedef struct PressEntry PressEntry;
struct PressEntry {
        PressEntry *next;
        Press *press;
};

struct Manager {
        const ManagerSettings *settings;
        Clock *clock;
        DaemonStore *store;
        CloudLine *line;
        Bus *bus;
        BusObject *object;
        AccountSettings account_settings;
        AccountEntry *accounts;
        Relay *relay; /* NULL: neighbours are not helped */
        PressSettings press_settings;
        PressEntry *presses;
        Records *records;
        Location *location;
        History history;
};

/* ---- accounts ---- */

static void on_account_changed(void *userdata, uint32_t uid)
{
        Manager *m = userdata;

        if (m->object)
                bus_object_changed_for(m->object, uid);
}

Account *manager_account(Manager *m, uint32_t uid)
{
        for (AccountEntry *e = m->accounts; e; e = e->next)
                if (account_uid(e->account) == uid)
                        return e->account;
        return NULL;
}

/* Those of users who tried to register and did not. */
static void drop_idle_accounts(Manager *m)
{
        for (AccountEntry **i = &m->accounts; *i;) {
                AccountEntry *e = *i;

                if (!account_idle(e->account)) {
                        i = &e->next;
                        continue;
                }
                *i = e->next;
                account_free(e->account);
                free(e);
        }
}

int manager_make_account(Manager *m, uint32_t uid, Account **ret)
{
        AccountEntry *e;
        size_t n = 0;
        int r;

        drop_idle_accounts(m);
        for (e = m->accounts; e; e = e->next)
                n++;
        if (n >= ACCOUNTS_MAX)
                return OUTCOME_LIMIT;
        e = calloc(1, sizeof *e);
        if (!e)
                return -ENOMEM;
        r = account_new(&e->account, &m->account_settings, uid);
        if (r < 0) {
                free(e);
                return r;
        }
        e->next = m->accounts;
        m->accounts = e;
        *ret = e->account;
        return 0;
}

static int load_account(void *userdata, uint32_t uid)
{
        Account *account;

        return manager_make_account(userdata, uid, &account);
}

/* ---- exchanges ---- */

static int add_press(Manager *m, Press *taken)
{
        PressEntry *e = calloc(1, sizeof *e);

        if (!e) {
                press_free(taken);
                return -ENOMEM;
        }
        e->press = taken;
        e->next = m->presses;
        m->presses = e;
        return 0;
}

static void on_press_over(void *userdata, Press *p)
{
        Manager *m = userdata;
        PressEntry **i = &m->presses, *e;

        while ((*i)->press != p)
                i = &(*i)->next;
        e = *i;
        *i = e->next;
        press_free(e->press);
        free(e);
}

static bool has_radio(const Manager *m)
{
        for (const PressEntry *e = m->presses; e; e = e->next)
                if (press_radio(e->press, SIGHTING_MDNS) || press_radio(e->press, SIGHTING_BLE))
                        return true;
        return false;
}

static void on_radio_changed(void *userdata)
{
        Manager *m = userdata;

        if (m->relay && !has_radio(m))
                relay_stop(m->relay);
        if (m->object)
                bus_object_changed(m->object);
}

static void on_located(void *userdata)
{
        Manager *m = userdata;
        Fix fix;

        location_fix(m->location, &fix);
        for (PressEntry *e = m->presses; fix.known && e; e = e->next)
                press_set_fix(e->press, &fix);
}

static size_t count_presses(const Manager *m, uint32_t uid)
{
        size_t n = 0;

        for (const PressEntry *e = m->presses; e; e = e->next)
                n += press_uid(e->press) == uid;
        return n;
}

bool manager_running(const Manager *m, uint32_t uid)
{
        for (const PressEntry *e = m->presses; e; e = e->next)
                if (press_uid(e->press) == uid && press_running(e->press))
                        return true;
        return false;
}

static int read_code(Code *ret, const StartWish *wish, unsigned *ret_word)
{
        int r = code_parse(ret, wish->code, ret_word);

        if (r == CODE_E_EMPTY) {
                code_draw(ret, wish->n_words);
                return 0;
        }
        if (r <= 0)
                return r;
        return r == CODE_E_UNKNOWN_WORD ? OUTCOME_UNKNOWN_WORD : OUTCOME_INVALID_CODE;
}

/* A word that is no profile must at least be a field of the card: a slip shares neither too much
 * nor nothing. */
static int find_fields(const Manager *m, const Account *a, const Card *card, const char *share,
                       char **ret)
{
        int r = shares_fields(m->store, account_uid(a), share, ret);

        if (r != OUTCOME_NOT_FOUND)
                return r;
        if (!share || !card_is_field_list(share) ||
            (!strpbrk(share, ",/*") && !card_value(card, share, 0)))
                return OUTCOME_INVALID_ARGUMENT;
        *ret = strdup(share);
        return *ret ? 0 : -ENOMEM;
}

static int shared_card(Card **ret, const Manager *m, const Account *a, const char *share)
{
        _cleanup_(card_freep) Card *card = NULL;
        _cleanup_free_ char *fields = NULL;
        const char *text = account_card(a);
        int r;

        if (!text)
                return OUTCOME_NO_CARD;
        r = card_parse(&card, text, strlen(text), NULL, NULL);
        if (r != 0)
                return r < 0 ? r : -EBADMSG; /* it was read when it was set */
        r = find_fields(m, a, card, share, &fields);
        if (r == 0)
                r = card_share(card, fields);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(card);
        return 0;
}

static int find_line(Manager *m, Account *a, PressLine *ret)
{
        Outcome trouble = cloud_line_trouble(m->line);

        ret->client = account_client(a);
        ret->identity = cloud_line_identity(m->line);
        if (ret->client)
                return 0;
        return trouble == OUTCOME_OK ? OUTCOME_CLOUD_UNREACHABLE : trouble;
}

int manager_start_exchange(Manager *m, uint32_t uid, const StartWish *wish, const char **ret_path,
                           unsigned *ret_word)
{
        const DaemonSettings *c = &m->settings->configuration;
        _cleanup_code_ Code code = {0};
        _cleanup_(card_freep) Card *card = NULL;
        ExchangeOptions options = {.veto_ms = wish->automatic ? 0 : c->veto_s * 1000};
        Account *a = manager_account(m, uid);
        PressLine line;
        Press *press;
        int r = read_code(&code, wish, ret_word);

        if (r != 0)
                return r;
        if (!a || !account_registered(a))
                return OUTCOME_NOT_REGISTERED;
        r = shared_card(&card, m, a, wish->share);
        if (r != 0)
                return r;
        if (manager_running(m, uid) || count_presses(m, uid) >= PRESSES_UID_MAX)
                return OUTCOME_BUSY;
        r = find_line(m, a, &line);
        if (r != 0)
                return r;
        options.window_s = wish->window_s ? wish->window_s : (uint32_t)(c->window_ms / 1000);
        location_fix(m->location, &options.fix);
        r = press_new(&press, &m->press_settings, &line, uid, &code, card, &options);
        if (r == 0)
                r = add_press(m, press);
        if (r == 0)
                *ret_path = press_path(press);
        return r;
}

static int resume(void *userdata, uint64_t number, uint32_t uid)
{
        Manager *m = userdata;
        Account *a = manager_account(m, uid);
        PressLine line;
        Press *press;
        int r;

        if (!a || find_line(m, a, &line) != 0) {
                log_warning("exchange %" PRIu64
                            " cannot go on: its cloud or its account is not known",
                            number);
                return 0;
        }
        r = press_resume(&press, &m->press_settings, &line, number);
        if (r == 0)
                r = add_press(m, press);
        if (r != 0 && r != -ENOMEM) {
                log_warning("exchange %" PRIu64 " cannot go on: its snapshot is of no use (%d)",
                            number, r);
                r = 0;
        }
        return r;
}

/* ---- what D-Bus shows ---- */

static void on_line_changed(void *userdata)
{
        Manager *m = userdata;

        for (PressEntry *e = m->presses; e; e = e->next)
                press_route_changed(e->press);
        on_radio_changed(m);
}

const CloudLine *manager_line(const Manager *m)
{
        return m->line;
}

Records *manager_records(Manager *m)
{
        return m->records;
}

const char *manager_cloud_url(const Manager *m)
{
        return m->settings->configuration.url;
}

void manager_changed_for(Manager *m, uint32_t uid)
{
        on_account_changed(m, uid);
}

Location *manager_location(Manager *m)
{
        return m->location;
}

DaemonStore *manager_store(Manager *m)
{
        return m->store;
}

/* At rest nobody looks whether a medium is there: that would cost wake-ups. What is configured is
 * shown then. */
static bool is_shown(const Manager *m, SightingTransport transport)
{
        bool on = false;

        for (const PressEntry *e = m->presses; e; e = e->next) {
                const Radio *r = press_radio(e->press, transport);

                if (r && radio_ready(r))
                        return true;
                on = on || r;
        }
        return !on;
}

size_t manager_radios(const Manager *m, const char *ret[static MANAGER_RADIOS_MAX])
{
        const DaemonSettings *c = &m->settings->configuration;
        size_t n = 0;

        if (c->mdns && is_shown(m, SIGHTING_MDNS))
                ret[n++] = "mdns";
        if (c->bluetooth && is_shown(m, SIGHTING_BLE))
                ret[n++] = "ble";
        return n;
}

/* ---- life ---- */

static int open_store(Manager *m)
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
                log_error("huddled.db in the state directory is damaged or not ours");
        else if (r == -EPROTONOSUPPORT)
                log_error("huddled.db in the state directory was written by a newer version");
        return r;
}

static int open_line(Manager *m, sd_event *event)
{
        const DaemonSettings *c = &m->settings->configuration;

        return cloud_line_new(&m->line, &(CloudLineSettings){.event = event,
                                                             .clock = m->clock,
                                                             .store = m->store,
                                                             .url = c->url,
                                                             .identity = c->identity,
                                                             .proxy = c->proxy,
                                                             .ca_file = c->ca_file,
                                                             .changed = on_line_changed,
                                                             .userdata = m});
}

/* Who has not asked yet may try. */
static bool may_have_route(void *userdata)
{
        return !cloud_line_relayed(((Manager *)userdata)->line);
}

static bool has_route(void *userdata)
{
        return cloud_line_online(((Manager *)userdata)->line) && may_have_route(userdata);
}

static int open_relay(Manager *m)
{
        Carrier *cloud = cloud_line_for_neighbours(m->line);

        if (!cloud || !m->settings->configuration.help)
                return 0;
        return relay_new(&m->relay, &(RelayDeps){.clock = m->clock,
                                                     .cloud = cloud,
                                                     .has_route = may_have_route,
                                                     .userdata = m});
}

static int open_bus(Manager *m, sd_event *event)
{
        int r = bus_new(&m->bus, event, m->settings->bus);

        if (r != 0)
                return r;
        bus_set_finder(m->bus, history_find, &m->history);
        return bus_object_new(&m->object, m->bus, BUS_ROOT, &bus_manager_interface, BUS_EVERYONE,
                              m);
}

static int line_of(void *userdata, uint32_t uid, PressLine *ret)
{
        Manager *m = userdata;
        Account *a = manager_account(m, uid);

        return a && account_registered(a) ? find_line(m, a, ret) : (int)OUTCOME_NOT_REGISTERED;
}

static int open_records(Manager *m)
{
        int r = records_new(&m->records, &(RecordsSettings){.clock = m->clock,
                                                            .bus = m->bus,
                                                            .store = m->store,
                                                            .line = line_of,
                                                            .userdata = m});

        m->history = (History){.store = m->store, .records = m->records};
        return r;
}

/* A user's huddled is asked for by the agent of the desktop; the system's has none. */
static int open_location(Manager *m, sd_event *event)
{
        const DaemonSettings *c = &m->settings->configuration;
        LocationDeps settings = {.clock = m->clock, .found = on_located, .userdata = m};
        int r = 0;

        daemon_settings_fix(c, &settings.by_hand);
        if (c->location == LOCATION_AUTO && !settings.by_hand.known)
                r = location_geoclue_new(&settings.locator, event, m->clock,
                                         m->settings->bus == DBUS_BUS_SYSTEM);
        return r < 0 ? r : location_new(&m->location, &settings);
}

static void prepare_settings(Manager *m, sd_event *event)
{
        m->account_settings = (AccountSettings){
                .clock = m->clock,
                .store = m->store,
                .line = m->line,
                .changed = on_account_changed,
                .userdata = m,
        };
        m->press_settings = (PressSettings){
                .event = event,
                .clock = m->clock,
                .bus = m->bus,
                .store = m->store,
                .records = m->records,
                .location = m->location,
                .listen_ms = m->settings->configuration.listen_ms,
                .mdns = m->settings->configuration.mdns,
                .bluetooth = m->settings->configuration.bluetooth,
                .bluez = {.adapter = m->settings->configuration.adapter,
                          .connections = m->settings->configuration.connections},
                .through_neighbours = cloud_line_through_neighbours(m->line),
                .relay = m->relay,
                .has_route = has_route,
                .radio_changed = on_radio_changed,
                .over = on_press_over,
                .userdata = m,
        };
}

int manager_new(Manager **ret, sd_event *event, const ManagerSettings *settings)
{
        _cleanup_(manager_freep) Manager *m = calloc(1, sizeof *m);
        int r;

        if (!m)
                return -ENOMEM;
        m->settings = settings;
        r = clock_event_new(&m->clock, event);
        if (r == 0)
                r = open_store(m);
        if (r == 0)
                r = open_line(m, event);
        if (r == 0)
                r = open_relay(m);
        if (r == 0)
                r = open_bus(m, event);
        if (r != 0)
                return r;
        r = open_records(m);
        if (r == 0)
                r = open_location(m, event);
        if (r < 0)
                return r;
        prepare_settings(m, event);
        r = daemon_store_account_walk(m->store, load_account, m);
        if (r == 0)
                r = daemon_store_exchange_walk_unfinished(m->store, resume, m);
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
        while (m->presses)
                on_press_over(m, m->presses->press);
        location_free(m->location);
        records_free(m->records);
        while (m->accounts) {
                AccountEntry *e = m->accounts;

                m->accounts = e->next;
                account_free(e->account);
                free(e);
        }
        m->object = bus_object_free(m->object);
        bus_free(m->bus);
        relay_free(m->relay);
        cloud_line_free(m->line);
        daemon_store_free(m->store);
        clock_event_free(m->clock);
        free(m);
        return NULL;
}
