/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange-object.h"
#include "interfaces.h"
#include "peer-object.h"
#include "src/card/card.h"
#include "src/base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct ExchangeObject {
        ExchangeObjectDeps deps;
        Exchange *exchange;      /* NULL: one of the history */
        ExchangeSummary summary; /* of one of the history; the number always */
        BusObject *object;       /* NULL: exists only during a call */
        PeerObject *peers;
};

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

/* One of the store's cards in the version that every address book takes. */
static int exchange_append_card(void *userdata, const Id *member, const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;
        _cleanup_free_ char *text = NULL;
        size_t len;
        int r = card_parse(&card, vcard, strlen(vcard), NULL, NULL);

        if (r == 0)
                r = card_write(&text, &len, card, CARD_V30);
        if (r > 0) {
                log_error("a card in the store cannot be read");
                return 0;
        }
        if (r < 0)
                return r;
        return dbus_message_iter_append_basic(userdata, DBUS_TYPE_STRING, &text) ? 0 : -ENOMEM;
}

static bool exchange_build_contacts(DBusMessageIter *to, void *userdata)
{
        ExchangeObject *o = userdata;
        DBusMessageIter array;

        return dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "s", &array) &&
               bus_close(daemon_store_card_walk(o->deps.store, o->summary.number,
                                                exchange_append_card, &array) >= 0,
                         to, &array);
}

static void exchange_handle_get_contacts(BusCall *call, void *data)
{
        bus_return_built(call, exchange_build_contacts, data);
}

static bool exchange_build_fetches(DBusMessageIter *to, void *userdata)
{
        const RecordShown *shown = userdata;
        DBusMessageIter array;
        bool ok = true;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "t", &array))
                return false;
        for (size_t i = 0; ok && i < shown->n_fetched; i++) {
                dbus_uint64_t seconds = shown->fetched_ms[i] / 1000;

                ok = dbus_message_iter_append_basic(&array, DBUS_TYPE_UINT64, &seconds);
        }
        return bus_close(ok, to, &array);
}

static void on_exchange_record_shown(void *userdata, Outcome outcome, const RecordShown *shown)
{
        const char *number, *password;

        if (outcome != OUTCOME_OK) {
                bus_fail(userdata, outcome);
                return;
        }
        number = shown->number;
        password = shown->password;
        bus_return(userdata, DBUS_TYPE_STRING, &number, DBUS_TYPE_STRING, &password,
                   DBUS_TYPE_INVALID);
}

static void on_exchange_record_link(void *userdata, Outcome outcome, const RecordShown *shown)
{
        const char *link;

        if (outcome != OUTCOME_OK) {
                bus_fail(userdata, outcome);
                return;
        }
        link = shown->link;
        bus_return(userdata, DBUS_TYPE_STRING, &link, DBUS_TYPE_INVALID);
}

static void on_exchange_fetches(void *userdata, Outcome outcome, const RecordShown *shown)
{
        if (outcome == OUTCOME_OK)
                bus_return_built(userdata, exchange_build_fetches, (void *)shown);
        else
                bus_fail(userdata, outcome);
}

static void on_exchange_revoked(void *userdata, Outcome outcome, const RecordShown *shown)
{
        bus_return_outcome(userdata, outcome);
}

static void exchange_ask_record(BusCall *call, const ExchangeObject *o, RecordWish wish,
                                RecordFunc func)
{
        int r = OUTCOME_WRONG_STATE;

        if (!o->exchange || exchange_state(o->exchange) == EXCHANGE_DELIVERED)
                r = records_ask(o->deps.records, bus_call_uid(call), o->summary.number, wish, func,
                                call);
        if (r != 0)
                bus_return_outcome(call, r);
}

static void exchange_handle_get_record(BusCall *call, void *data)
{
        exchange_ask_record(call, data, RECORD_SHOW, on_exchange_record_shown);
}

static void exchange_handle_get_record_link(BusCall *call, void *data)
{
        exchange_ask_record(call, data, RECORD_SHOW, on_exchange_record_link);
}

static void exchange_handle_get_fetches(BusCall *call, void *data)
{
        exchange_ask_record(call, data, RECORD_FETCHES, on_exchange_fetches);
}

static void exchange_handle_revoke_record(BusCall *call, void *data)
{
        exchange_ask_record(call, data, RECORD_REVOKE, on_exchange_revoked);
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

static bool exchange_get_deadline(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_uint64_t deadline = o->exchange ? exchange_deadline(o->exchange) : 0;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT64, &deadline);
}

static bool exchange_get_member_count(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_uint32_t n = o->exchange ? exchange_member_count(o->exchange) : o->summary.members;

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
        case MEMBER_DISPUTES:
                return "differs";
        case MEMBER_REFUSED:
                return "refused";
        }
        return "";
}

static bool exchange_append_member(DBusMessageIter *array, const Id *id, const char *name,
                                   MemberProgress progress)
{
        const uint8_t *bytes = id->b;
        DBusMessageIter member, id_bytes;
        bool ok;

        if (!dbus_message_iter_open_container(array, DBUS_TYPE_STRUCT, NULL, &member))
                return false;
        ok = dbus_message_iter_open_container(&member, DBUS_TYPE_ARRAY, "y", &id_bytes) &&
             bus_close(dbus_message_iter_append_fixed_array(&id_bytes, DBUS_TYPE_BYTE, &bytes,
                                                            sizeof id->b),
                       &member, &id_bytes) &&
             bus_append_string(&member, name) &&
             bus_append_string(&member, member_progress_name(progress));
        return bus_close(ok, array, &member);
}

static int exchange_append_former_member(void *userdata, const Id *id, const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;
        int r = card_parse(&card, vcard, strlen(vcard), NULL, NULL);

        if (r < 0)
                return r;
        return exchange_append_member(userdata, id, card ? card_name(card) : "", MEMBER_CARDED)
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
                                            members[i].progress);
        return ok;
}

static bool exchange_get_members(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        DBusMessageIter array;
        bool ok;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "(ayss)", &array))
                return false;
        if (o->exchange)
                ok = exchange_append_members(&array, o->exchange);
        else
                ok = daemon_store_card_walk(o->deps.store, o->summary.number,
                                            exchange_append_former_member, &array) >= 0;
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

static Outcome exchange_outcome(const ExchangeObject *o)
{
        switch (o->exchange ? exchange_error(o->exchange) : EXCHANGE_E_NONE) {
        case EXCHANGE_E_NONE:
                return OUTCOME_OK;
        case EXCHANGE_E_ALONE:
                return OUTCOME_ALONE;
        case EXCHANGE_E_AMBIGUOUS:
                return OUTCOME_AMBIGUOUS;
        case EXCHANGE_E_TOO_LATE:
                return OUTCOME_TOO_LATE;
        case EXCHANGE_E_NO_NETWORK:
                return OUTCOME_NO_NETWORK;
        case EXCHANGE_E_UNREACHABLE:
                return OUTCOME_CLOUD_UNREACHABLE;
        case EXCHANGE_E_TLS:
                return OUTCOME_CLOUD_TLS;
        case EXCHANGE_E_OTHER_KEY:
                return OUTCOME_CLOUD_KEY_CHANGED;
        case EXCHANGE_E_CLOUD_REFUSED:
                return OUTCOME_CLOUD_REFUSED;
        case EXCHANGE_E_GROUP_REFUSED:
                return OUTCOME_GROUP_REFUSED;
        case EXCHANGE_E_NOT_PROVEN:
                return OUTCOME_NOT_PROVEN;
        case EXCHANGE_E_CODE_BURNED:
                return OUTCOME_CODE_BURNED;
        case EXCHANGE_E_PHRASE_DIFFERS:
                return OUTCOME_PHRASE_DIFFERS;
        case EXCHANGE_E_STALLED:
                return OUTCOME_STALLED;
        case EXCHANGE_E_INTERNAL:
                return OUTCOME_FAILED;
        }
        return OUTCOME_FAILED;
}

static bool exchange_get_error(DBusMessageIter *to, void *data, uint32_t uid)
{
        return bus_append_string(to, outcome_name(exchange_outcome(data)));
}

static bool exchange_get_error_message(DBusMessageIter *to, void *data, uint32_t uid)
{
        return bus_append_string(to, outcome_message(exchange_outcome(data)));
}

static const BusMethod exchange_methods[] = {
        {"Close", "", "", exchange_handle_close},
        {"Admit", "sb", "", exchange_handle_admit},
        {"Leave", "", "", exchange_handle_leave},
        {"Veto", "", "", exchange_handle_veto},
        {"Hold", "b", "", exchange_handle_hold},
        {"ConfirmPhrase", "b", "", exchange_handle_confirm_phrase},
        {"GetContacts", "", "as", exchange_handle_get_contacts},
        {"GetRecord", "", "ss", exchange_handle_get_record},
        {"GetRecordLink", "", "s", exchange_handle_get_record_link},
        {"GetFetches", "", "at", exchange_handle_get_fetches},
        {"RevokeRecord", "", "", exchange_handle_revoke_record},
        {0},
};

static const BusProperty exchange_properties[] = {
        {"State", "s", exchange_get_state, BUS_ANNOUNCED},
        {"Code", "s", exchange_get_code, BUS_ANNOUNCED},
        {"Deadline", "t", exchange_get_deadline, BUS_ANNOUNCED},
        {"MemberCount", "u", exchange_get_member_count, BUS_ANNOUNCED},
        {"Opener", "b", exchange_get_opener, BUS_ANNOUNCED},
        {"Waiting", "u", exchange_get_waiting, BUS_ANNOUNCED},
        {"Others", "a(subbb)", exchange_get_others, BUS_ANNOUNCED},
        {"OwnWord", "s", exchange_get_own_word, BUS_ANNOUNCED},
        {"Members", "a(ayss)", exchange_get_members, BUS_ANNOUNCED},
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

int exchange_object_new(ExchangeObject **ret, const ExchangeObjectDeps *deps, Exchange *exchange)
{
        ExchangeObject *o;
        int r = exchange_object_make(&o, deps);

        if (r < 0)
                return r;
        o->exchange = exchange;
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
