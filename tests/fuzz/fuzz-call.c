/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls to org.huddle.Manager1, to Exchange1 of the history, and the arguments of Agent1: the name
 * of a method and a NUL byte, a byte of flags, the body. Flags: 1 the signature of the next method,
 * 2 a user without an account. Types that do not fit never reach a handler; each call that does is
 * answered once.
 */
#include "fuzz.h"

#include "daemon/account/accounts.h"
#include "daemon/bus/bus-private.h"
#include "daemon/objects/exchange-object.h"
#include "daemon/objects/interfaces.h"
#include "daemon/objects/manager-object.h"
#include "message.h"
#include "src/agent/choice.h"
#include "src/agent/journal.h"
#include "src/protocol/code.h"
#include "tests/sim/step-clock.h"

#include <assert.h>
#include <string.h>

enum { UID = 1000, STRANGER, OTHER_SIGNATURE = 1, NO_ACCOUNT = 2, TURNS_MAX = 100 };
static const uint64_t WALL_MS = UINT64_C(1767225600000);

typedef struct Desk {
        Bus bus;
        Clock *clock;
        DaemonStore *store;
        CloudsSettings settings;
        Clouds *clouds;
        Accounts *accounts;
        Records *records;
        ManagerObject *manager;
        BusTransient exchange; /* of the history, with a card and a record */
        Journal *journal;
} Desk;

static void on_changed(void *userdata, uint32_t uid)
{
}

static void on_account_changed(void *userdata, uint32_t uid)
{
}

static int no_access(void *userdata, uint32_t uid, const char *cloud, CloudAccess *ret)
{
        return OUTCOME_NO_CLOUD;
}

static void on_fetched(void *userdata, const ExchangeSummary *exchange)
{
}

/* As far as the code; no exchange begins. */
static int start(void *userdata, uint32_t uid, const ExchangeWish *wish, unsigned *ret_word,
                 ExchangeStarted done, void *done_userdata)
{
        _cleanup_code_ Code code = {};
        int r = *wish->code ? code_parse(&code, wish->code, ret_word) : 0;

        assert(wish->n_words <= CODE_WORDS_MAX && wish->window_s <= 600);
        if (r != 0)
                return r < 0                      ? r
                       : r == CODE_E_UNKNOWN_WORD ? OUTCOME_UNKNOWN_WORD
                                                  : OUTCOME_INVALID_CODE;
        return OUTCOME_NO_CARD;
}

static bool running(void *userdata, uint32_t uid)
{
        return false;
}

static int forget(void *userdata, uint32_t uid, uint64_t number)
{
        return 0;
}

static void on_opened(void *userdata, uint32_t uid, uint64_t exchange, uint64_t time_s)
{
}

static void drop_ended(void *userdata, uint32_t uid, const CloudLine *line)
{
}

static int find(void *userdata, uint32_t uid, CloudsFound done, void *done_userdata)
{
        static const FoundCloud found = {.announce.name = "zoe-laptop", .url = "http://10.0.0.1:1"};

        done(done_userdata, true, &found, 1);
        return 0;
}

static const CloudIdentity *offered(void *userdata, const Bytes32 *digest)
{
        static const CloudIdentity identity = {.box_key.b = {9}};

        return digest->b[0] & 1 ? &identity : NULL;
}

static void carry_for(void *userdata, CloudLine *line)
{
        assert(line);
}

static int host(void *userdata, BusCall *call, CloudLine *line, const char *name)
{
        assert(line);
        return cloud_name_valid(name, strlen(name)) ? 0 : OUTCOME_INVALID_ARGUMENT;
}

static size_t radios(void *userdata, const char *ret[static MANAGER_RADIOS_MAX])
{
        return 0;
}

static void put_account(DaemonStore *s)
{
        AccountRecord a = {.uid = UID, .handle = "ann", .confirmed = true};

        account_key_draw(&a.key);
        assert(daemon_store_account_put(s, &a) == 0);
}

static void put_exchange(Desk *d)
{
        static const Id member = {.b = {1}};
        ExchangeSummary e = {.number = 1,
                             .uid = UID,
                             .finished_s = 1,
                             .members = 2,
                             .cards = 1,
                             .level = "proven"};
        ExchangeObjectDeps deps = {.bus = &d->bus,
                                   .clock = d->clock,
                                   .store = d->store,
                                   .records = d->records,
                                   .configured_url = ""};
        RecordSecret secret = {.number = 1, .uid = UID, .erase_s = UINT32_MAX};
        int r = daemon_store_exchange_save(d->store, e.number, UID, (const uint8_t *)"", 1);

        if (r == 0)
                r = daemon_store_card_put(d->store, e.number, &member,
                                          "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Bob\r\nEND:VCARD\r\n");
        if (r == 0)
                r = daemon_store_exchange_finish(d->store, e.number, &e);
        if (r == 0)
                r = daemon_store_secret_put(d->store, &secret);
        assert(r == 0 && exchange_object_transient(&d->exchange, &deps, &e) == 0);
}

/* No cloud is configured, so whoever asks it is told so at once. */
static void desk_open(Desk *d)
{
        CloudsDeps clouds = {.changed = on_changed};
        AccountDeps accounts = {.changed = on_account_changed};
        RecordsDeps records = {.access = no_access, .fetched = on_fetched, .opened = on_opened};
        ManagerObjectDeps manager = {.bus = &d->bus};
        int r = step_clock_new(&d->clock, WALL_MS);

        if (r == 0) /* nobody has called, so signals go to nobody */
                r = callers_new(&d->bus.callers, NULL, NULL, NULL);
        assert(r == 0 && daemon_store_open(&d->store, ":memory:") == 0);
        put_account(d->store);
        clouds.clock = accounts.clock = records.clock = d->clock;
        clouds.store = accounts.store = records.store = manager.store = d->store;
        /* fixed: no cloud that a call names is asked for its keys */
        d->settings = (CloudsSettings){
                .configured = {.url = "", .name = "", .pin = "", .identity = ""}, .fixed = true};
        r = clouds_new(&d->clouds, &clouds, &d->settings);
        assert(r == 0 && accounts_new(&d->accounts, &accounts, d->clouds) == 0);
        assert(records_new(&d->records, &records) == 0);
        manager.accounts = d->accounts;
        manager.records = d->records;
        manager.clouds = d->clouds;
        manager.start = start;
        manager.running = running;
        manager.forget = forget;
        manager.drop_ended = drop_ended;
        manager.find = find;
        manager.offered = offered;
        manager.carry_for = carry_for;
        manager.host = host;
        manager.radios = radios;
        assert(manager_object_new(&d->manager, &manager) == 0);
        put_exchange(d);
        assert(journal_open(&d->journal, ":memory:") == 0);
}

static void desk_close(Desk *d)
{
        journal_free(d->journal);
        d->exchange.free(d->exchange.data);
        manager_object_free(d->manager);
        callers_free(d->bus.callers);
        records_free(d->records);
        accounts_free(d->accounts);
        clouds_free(d->clouds);
        daemon_store_free(d->store);
        step_clock_free(d->clock);
}

static void call_object(Desk *d, const BusMethod *method, void *object, DBusMessage *m,
                        uint32_t uid)
{
        BusCall *call = bus_call_new(&d->bus, m, uid);

        assert(call);
        method->handle(call, object);
        for (unsigned i = 0; d->bus.calls && i < TURNS_MAX; i++)
                step_clock_advance(d->clock, 1000);
        assert(!d->bus.calls);
}

static void read_agent(Desk *d, const char *signature, DBusMessage *m)
{
        const char *first, *second = "";
        uint64_t key;

        if (strcmp(signature, "ss") == 0 &&
            dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &first, DBUS_TYPE_STRING, &second,
                                  DBUS_TYPE_INVALID)) {
                BookKind kind = book_kind(first);

                assert(kind <= BOOK_KINDS);
                if (kind != BOOK_KINDS)
                        (void)choice_check(kind, second);
        } else if (strcmp(signature, "o") == 0 &&
                   dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &first, DBUS_TYPE_INVALID))
                assert(journal_undo(d->journal, first, &key) == JOURNAL_E_NONE);
}

/* ---- the input ---- */

static const BusMethod agent_calls[] = {{"SetBook", "ss", "", NULL}, {"Undo", "o", "", NULL}, {0}};

static const BusMethod *find_method(const BusMethod *list, const char *name)
{
        while (list->name && strcmp(list->name, name) != 0)
                list++;
        return list->name ? list : NULL;
}

/* of_exchange: only its own user finds an exchange. */
static void try_call(const BusMethod *method, const char *signature, bool of_exchange,
                     bool stranger, DBusMessage *m)
{
        Desk d = {};

        dbus_message_set_no_reply(m, TRUE);
        desk_open(&d);
        if (!method->handle)
                read_agent(&d, signature, m);
        else if (dbus_message_has_signature(m, method->in))
                call_object(&d, method, of_exchange ? d.exchange.data : d.manager, m,
                            stranger && !of_exchange ? STRANGER : UID);
        desk_close(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *end = memchr(data, '\0', size);
        const BusMethod *method;
        const char *signature;
        bool of_exchange = false;
        DBusMessage *m;
        size_t head;

        if (!end || end + 1 == data + size || sodium_init() < 0)
                return 0;
        method = find_method(manager_interface.methods, (const char *)data);
        if (!method) {
                method = find_method(exchange_interface.methods, (const char *)data);
                of_exchange = method != NULL;
        }
        if (!method)
                method = find_method(agent_calls, (const char *)data);
        if (!method)
                return 0;
        head = (size_t)(end - data) + 2;
        signature = method->in;
        if ((end[1] & OTHER_SIGNATURE) && method[1].name)
                signature = method[1].in;
        m = fuzz_message(signature, data + head, size - head);
        if (!m)
                return 0;
        try_call(method, signature, of_exchange, end[1] & NO_ACCOUNT, m);
        dbus_message_unref(m);
        return 0;
}
