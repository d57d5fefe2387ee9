/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange-private.h"
#include "exchange-link.h"
#include "daemon/exchange/exchange-outcome.h"
#include "interfaces.h"
#include "src/card/card.h"
#include "src/base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- methods ---- */

static void exchange_answer(BusCall *call, int result)
{
        static const Outcome outcomes[] = {
                [EXCHANGE_R_WRONG_STATE] = OUTCOME_WRONG_STATE,
                [EXCHANGE_R_NOT_OPENER] = OUTCOME_NOT_OPENER,
                [EXCHANGE_R_UNREACHABLE] = OUTCOME_CLOUD_UNREACHABLE,
                [EXCHANGE_R_NO_OTHER] = OUTCOME_NO_OTHER_GROUP,
                [EXCHANGE_R_SAME_WORD] = OUTCOME_SAME_WORD,
        };

        assert(result < (int)ARRAY_LEN(outcomes));
        bus_return_outcome(call, result > 0 ? (int)outcomes[result] : result);
}

static void on_exchange_answered(void *userdata, int result)
{
        exchange_answer(userdata, result);
}

static void exchange_handle_close(BusCall *call, void *data)
{
        ExchangeObject *o = data;

        if (o->exchange)
                exchange_close(o->exchange, on_exchange_answered, call);
        else
                bus_fail(call, OUTCOME_WRONG_STATE);
}

static void exchange_handle_admit(BusCall *call, void *data)
{
        ExchangeObject *o = data;
        const char *word;
        dbus_bool_t yes;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_STRING, &word,
                                    DBUS_TYPE_BOOLEAN, &yes, DBUS_TYPE_INVALID);
        if (o->exchange)
                exchange_admit(o->exchange, word, yes, on_exchange_answered, call);
        else
                bus_fail(call, OUTCOME_WRONG_STATE);
}

static void exchange_handle_leave(BusCall *call, void *data)
{
        ExchangeObject *o = data;

        exchange_answer(call, o->exchange ? exchange_leave(o->exchange) : EXCHANGE_R_WRONG_STATE);
}

static void exchange_handle_veto(BusCall *call, void *data)
{
        ExchangeObject *o = data;

        exchange_answer(call, o->exchange ? exchange_veto(o->exchange) : EXCHANGE_R_WRONG_STATE);
}

static void exchange_handle_hold(BusCall *call, void *data)
{
        ExchangeObject *o = data;
        dbus_bool_t hold;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_BOOLEAN, &hold,
                                    DBUS_TYPE_INVALID);
        exchange_answer(call,
                        o->exchange ? exchange_hold(o->exchange, hold) : EXCHANGE_R_WRONG_STATE);
}

/* People may still compare when the daemon has put the exchange away. */
static int exchange_compare_past(ExchangeObject *o, bool same)
{
        if (!o->summary.phrase[0])
                return EXCHANGE_R_WRONG_STATE;
        (void)snprintf(o->summary.level, sizeof o->summary.level, "%s",
                       same ? "compared" : "unchecked");
        return daemon_store_exchange_deliver(o->deps.store, &o->summary);
}

static void exchange_handle_confirm_phrase(BusCall *call, void *data)
{
        ExchangeObject *o = data;
        dbus_bool_t same;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_BOOLEAN, &same,
                                    DBUS_TYPE_INVALID);
        exchange_answer(call, o->exchange ? exchange_confirm_phrase(o->exchange, same)
                                          : exchange_compare_past(o, same));
}

/* ---- properties ---- */

static bool exchange_get_state(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;

        return bus_append_string(to, exchange_state_name(o->exchange ? exchange_state(o->exchange)
                                                                     : EXCHANGE_DELIVERED));
}

static bool exchange_get_code(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        char code[CODE_TEXT_MAX] = "";
        bool ok;

        if (o->exchange)
                exchange_code(o->exchange, code);
        ok = bus_append_string(to, code);
        sodium_memzero(code, sizeof code);
        return ok;
}

static bool exchange_get_link(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        char link[HUDDLE_LINK_SIZE] = "";
        bool ok;

        if (o->exchange)
                exchange_link_write(link, o->exchange, o->cloud);
        ok = bus_append_string(to, link);
        sodium_memzero(link, sizeof link);
        return ok;
}

static bool exchange_get_cloud(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        char name[CLOUD_URL_SIZE] = "";

        (void)daemon_store_exchange_cloud_get(o->deps.store, o->summary.number, name);
        return bus_append_string(to, *name ? name : o->deps.configured_url);
}

static bool exchange_get_deadline(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_uint64_t deadline = o->exchange ? exchange_deadline(o->exchange) : 0;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT64, &deadline);
}

static bool exchange_get_time_left(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        uint64_t end = o->exchange ? exchange_deadline(o->exchange) : 0,
                 now = clock_now(o->deps.clock);
        dbus_uint32_t left = end > now ? (dbus_uint32_t)MIN(end - now, (uint64_t)UINT32_MAX) : 0;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &left);
}

static bool exchange_get_near(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_uint32_t near = 0;

        if (o->exchange && !exchange_ended(o->exchange)) {
                const Neighbourhood *n = exchange_neighbourhood(o->exchange);

                for (size_t i = 0; i < neighbourhood_count(n); i++)
                        near += neighbourhood_get(n, i)->present;
        }
        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &near);
}

static bool exchange_get_member_count(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_uint32_t n = o->exchange ? exchange_member_count(o->exchange) : o->summary.members;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &n);
}

/* The history keeps which members with a card were guests: see Members. */
static bool exchange_get_guest_count(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_uint32_t n = o->exchange ? exchange_guest_count(o->exchange) : 0;

        if (!o->exchange && daemon_store_count_guests(o->deps.store, o->summary.number, &n) < 0)
                return false;
        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &n);
}

static bool exchange_get_opener(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_bool_t opener = o->exchange && exchange_opener(o->exchange);

        return dbus_message_iter_append_basic(to, DBUS_TYPE_BOOLEAN, &opener);
}

static size_t exchange_list_others(const ExchangeObject *o, const ExchangeOther **ret)
{
        return o->exchange ? exchange_others(o->exchange, ret) : 0;
}

static bool exchange_get_waiting(DBusMessageIter *to, void *data, uint32_t uid)
{
        const ExchangeOther *others;
        size_t n = exchange_list_others(data, &others);
        dbus_uint32_t people = 0;

        for (size_t i = 0; i < n; i++)
                people += others[i].members;
        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &people);
}

static bool exchange_append_other(DBusMessageIter *array, const ExchangeOther *other)
{
        DBusMessageIter fields;
        dbus_uint32_t members = other->members;
        const dbus_bool_t flags[] = {other->admitted, other->admits, other->same_word};
        bool ok;

        if (!dbus_message_iter_open_container(array, DBUS_TYPE_STRUCT, NULL, &fields))
                return false;
        ok = bus_append_string(&fields, other->word) &&
             dbus_message_iter_append_basic(&fields, DBUS_TYPE_UINT32, &members);
        for (size_t i = 0; ok && i < ARRAY_LEN(flags); i++)
                ok = dbus_message_iter_append_basic(&fields, DBUS_TYPE_BOOLEAN, &flags[i]);
        return bus_close(ok, array, &fields);
}

static bool exchange_get_others(DBusMessageIter *to, void *data, uint32_t uid)
{
        const ExchangeOther *others;
        size_t n = exchange_list_others(data, &others);
        DBusMessageIter array;
        bool ok = true;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "(subbb)", &array))
                return false;
        for (size_t i = 0; ok && i < n; i++)
                ok = exchange_append_other(&array, &others[i]);
        return bus_close(ok, to, &array);
}

static bool exchange_get_own_word(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;

        return bus_append_string(to, o->exchange ? exchange_own_word(o->exchange) : "");
}

static bool exchange_get_elsewhere(DBusMessageIter *to, void *data, uint32_t uid)
{
        static const char *const names[] = {
                [ELSEWHERE_NOTHING] = "",
                [ELSEWHERE_CLOSED] = "closed",
                [ELSEWHERE_MISSED] = "missed",
                [ELSEWHERE_CODE] = "code",
        };
        const ExchangeObject *o = data;

        return bus_append_string(
                to, names[o->exchange ? exchange_elsewhere(o->exchange) : ELSEWHERE_NOTHING]);
}

static const char *member_progress_name(MemberProgress p)
{
        switch (p) {
        case MEMBER_WAITING:
                return "waiting";
        case MEMBER_PROVEN:
                return "proven";
        case MEMBER_NAMED:
                return "named";
        case MEMBER_CARDED:
                return "carded";
        case MEMBER_LEFT:
                return "left";
        case MEMBER_UNPROVEN:
                return "unproven";
        case MEMBER_APART:
                return "apart";
        case MEMBER_DISPUTES:
                return "differs";
        case MEMBER_REFUSED:
                return "refused";
        }
        return "";
}

static bool exchange_append_member(DBusMessageIter *array, const Id *id, const char *name,
                                   MemberProgress progress, bool guest)
{
        dbus_bool_t is_guest = guest;
        DBusMessageIter member;
        bool ok;

        if (!dbus_message_iter_open_container(array, DBUS_TYPE_STRUCT, NULL, &member))
                return false;
        ok = exchange_append_id(&member, id) && bus_append_string(&member, name) &&
             bus_append_string(&member, member_progress_name(progress)) &&
             dbus_message_iter_append_basic(&member, DBUS_TYPE_BOOLEAN, &is_guest);
        return bus_close(ok, array, &member);
}

typedef struct FormerMembers {
        DBusMessageIter *array;
        DaemonStore *store;
        uint64_t number;
} FormerMembers;

static int exchange_append_former_member(void *userdata, const Id *id, const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;
        const FormerMembers *f = userdata;
        int guest = daemon_store_is_guest(f->store, f->number, id);
        int r = card_parse(&card, vcard, strlen(vcard), NULL, NULL);

        if (r < 0 || guest < 0)
                return MIN(r, guest);
        return exchange_append_member(f->array, id, card ? card_name(card) : "", MEMBER_CARDED,
                                      guest == 0)
                       ? 0
                       : -ENOMEM;
}

static bool exchange_append_members(DBusMessageIter *array, const Exchange *x)
{
        const ExchangeMember *members;
        size_t n = exchange_members(x, &members);
        bool ok = true;

        for (size_t i = 0; ok && i < n; i++)
                ok = exchange_append_member(array, &members[i].id, members[i].name,
                                            members[i].progress, members[i].guest);
        return ok;
}

static bool exchange_get_members(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        DBusMessageIter array;
        FormerMembers former = {&array, o->deps.store, o->summary.number};
        bool ok;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "(ayssb)", &array))
                return false;
        if (o->exchange)
                ok = exchange_append_members(&array, o->exchange);
        else
                ok = daemon_store_card_walk(o->deps.store, o->summary.number,
                                            exchange_append_former_member, &former) >= 0;
        return bus_close(ok, to, &array);
}

static bool exchange_get_phrase(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;

        return bus_append_string(to,
                                 o->exchange ? exchange_phrase(o->exchange) : o->summary.phrase);
}

static bool exchange_get_phrase_status(DBusMessageIter *to, void *data, uint32_t uid)
{
        static const char *const names[] = {"early", "complete", "incomplete"};
        ExchangeObject *o = data;
        PhraseStatus status = o->summary.phrase[0] ? PHRASE_COMPLETE : PHRASE_INCOMPLETE;

        if (o->exchange)
                status = exchange_phrase_status(o->exchange);
        assert(status < ARRAY_LEN(names));
        return bus_append_string(to, names[status]);
}

/* A record that was fetched took no card of ours. */
static bool exchange_get_card_released(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_bool_t released = o->exchange ? exchange_card_released(o->exchange)
                                           : strcmp(o->summary.level, "vouched") != 0;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_BOOLEAN, &released);
}

static bool exchange_get_held(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_bool_t held = o->exchange && exchange_held(o->exchange);

        return dbus_message_iter_append_basic(to, DBUS_TYPE_BOOLEAN, &held);
}

static const char *exchange_level_name(const ExchangeObject *o)
{
        if (!o->exchange)
                return o->summary.level;
        switch (exchange_level(o->exchange)) {
        case LEVEL_UNCHECKED:
                return "unchecked";
        case LEVEL_PROVEN:
                return "proven";
        case LEVEL_COMPARED:
                return "compared";
        }
        return "";
}

static bool exchange_get_level(DBusMessageIter *to, void *data, uint32_t uid)
{
        return bus_append_string(to, exchange_level_name(data));
}

static Outcome exchange_object_outcome(const ExchangeObject *o)
{
        return exchange_outcome(o->exchange ? exchange_error(o->exchange) : EXCHANGE_E_NONE);
}

static bool exchange_get_error(DBusMessageIter *to, void *data, uint32_t uid)
{
        return bus_append_string(to, outcome_name(exchange_object_outcome(data)));
}

static bool exchange_get_error_message(DBusMessageIter *to, void *data, uint32_t uid)
{
        return bus_append_string(to, outcome_message(exchange_object_outcome(data)));
}

static const BusMethod exchange_methods[] = {
        {"Close", "", "", exchange_handle_close},
        {"Admit", "sb", "", exchange_handle_admit},
        {"Leave", "", "", exchange_handle_leave},
        {"Veto", "", "", exchange_handle_veto},
        {"Hold", "b", "", exchange_handle_hold},
        {"ConfirmPhrase", "b", "", exchange_handle_confirm_phrase},
        {"GetContacts", "", "as", exchange_handle_get_contacts},
        {"GetCards", "", "a(ays)", exchange_handle_get_cards},
        {"GetRecord", "", "ss", exchange_handle_get_record},
        {"GetRecordLink", "", "s", exchange_handle_get_record_link},
        {"ReadRecord", "", "ssstuat", exchange_handle_read_record},
        {"GetFetches", "", "at", exchange_handle_get_fetches},
        {"RevokeRecord", "", "", exchange_handle_revoke_record},
        {0},
};

static const BusProperty exchange_properties[] = {
        {"State", "s", exchange_get_state, BUS_ANNOUNCED},
        {"Code", "s", exchange_get_code, BUS_ANNOUNCED},
        {"Link", "s", exchange_get_link, BUS_ANNOUNCED},
        {"Cloud", "s", exchange_get_cloud, BUS_SILENT},
        {"Deadline", "t", exchange_get_deadline, BUS_ANNOUNCED},
        {"TimeLeft", "u", exchange_get_time_left, BUS_SILENT},
        {"Near", "u", exchange_get_near, BUS_ANNOUNCED},
        {"MemberCount", "u", exchange_get_member_count, BUS_ANNOUNCED},
        {"GuestCount", "u", exchange_get_guest_count, BUS_ANNOUNCED},
        {"Opener", "b", exchange_get_opener, BUS_ANNOUNCED},
        {"Waiting", "u", exchange_get_waiting, BUS_ANNOUNCED},
        {"Others", "a(subbb)", exchange_get_others, BUS_ANNOUNCED},
        {"Elsewhere", "s", exchange_get_elsewhere, BUS_ANNOUNCED},
        {"OwnWord", "s", exchange_get_own_word, BUS_ANNOUNCED},
        {"Members", "a(ayssb)", exchange_get_members, BUS_ANNOUNCED},
        {"Phrase", "s", exchange_get_phrase, BUS_ANNOUNCED},
        {"PhraseStatus", "s", exchange_get_phrase_status, BUS_ANNOUNCED},
        {"CardReleased", "b", exchange_get_card_released, BUS_ANNOUNCED},
        {"Held", "b", exchange_get_held, BUS_ANNOUNCED},
        {"Level", "s", exchange_get_level, BUS_ANNOUNCED},
        {"Error", "s", exchange_get_error, BUS_ANNOUNCED},
        {"ErrorMessage", "s", exchange_get_error_message, BUS_ANNOUNCED},
        {0},
};

const BusInterface exchange_interface = {
        .name = "org.huddle.Exchange1",
        .xml = bus_xml_Exchange1,
        .methods = exchange_methods,
        .properties = exchange_properties,
};

/* ---- life ---- */

static int exchange_object_make(ExchangeObject **ret, const ExchangeObjectDeps *deps)
{
        ExchangeObject *o = calloc(1, sizeof *o);

        if (!o)
                return -ENOMEM;
        o->deps = *deps;
        *ret = o;
        return 0;
}

/* Takes o. */
static int exchange_object_register(ExchangeObject **ret, ExchangeObject *taken, uint32_t uid)
{
        _cleanup_(exchange_object_freep) ExchangeObject *o = taken;
        char path[EXCHANGE_PATH_MAX];
        int r;

        exchange_object_write_path(path, o->summary.number);
        r = bus_object_new(&o->object, o->deps.bus, path, &exchange_interface, uid, o);
        if (r == 0)
                *ret = TAKE_PTR(o);
        return r;
}

int exchange_object_new(ExchangeObject **ret, const ExchangeObjectDeps *deps, Exchange *exchange,
                        const CloudAccess *cloud)
{
        ExchangeObject *o;
        int r = exchange_object_make(&o, deps);

        if (r < 0)
                return r;
        o->exchange = exchange;
        o->cloud = cloud;
        o->summary.number = exchange_number(exchange);
        return exchange_object_register(ret, o, exchange_uid(exchange));
}

int exchange_object_new_past(ExchangeObject **ret, const ExchangeObjectDeps *deps,
                             const ExchangeSummary *exchange)
{
        ExchangeObject *o;
        int r = exchange_object_make(&o, deps);

        if (r < 0)
                return r;
        o->summary = *exchange;
        return exchange_object_register(ret, o, exchange->uid);
}

static void exchange_transient_free(void *data)
{
        exchange_object_free(data);
}

int exchange_object_transient(BusTransient *ret, const ExchangeObjectDeps *deps,
                              const ExchangeSummary *exchange)
{
        ExchangeObject *o;
        int r = exchange_object_make(&o, deps);

        if (r < 0)
                return r;
        o->summary = *exchange;
        *ret = (BusTransient){
                .interface = &exchange_interface, .data = o, .free = exchange_transient_free};
        return 0;
}

ExchangeObject *exchange_object_free(ExchangeObject *o)
{
        if (!o)
                return NULL;
        peer_objects_clear(&o->peers);
        bus_object_free(o->object);
        free(o);
        return NULL;
}

void exchange_object_changed(ExchangeObject *o)
{
        int r;

        assert(o->exchange && o->object);
        bus_object_changed(o->object);
        r = peer_objects_update(&o->peers, o->deps.bus, o->exchange);
        if (r < 0)
                log_warning("a neighbour is not shown: %s", strerror(-r));
}

uint64_t exchange_object_number(const ExchangeObject *o)
{
        return o->summary.number;
}

const char *exchange_object_path(const ExchangeObject *o)
{
        return bus_object_path(o->object);
}

void exchange_object_write_path(char ret[static EXCHANGE_PATH_MAX], uint64_t number)
{
        (void)snprintf(ret, EXCHANGE_PATH_MAX, EXCHANGE_PARENT "%" PRIu64, number);
}

bool exchange_object_read_path(const char *path, uint64_t *ret)
{
        char again[EXCHANGE_PATH_MAX];

        if (strncmp(path, EXCHANGE_PARENT, strlen(EXCHANGE_PARENT)) != 0)
                return false;
        *ret = strtoull(path + strlen(EXCHANGE_PARENT), NULL, 10);
        exchange_object_write_path(again, *ret);
        return strcmp(again, path) == 0; /* one number has one path */
}
