/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-exchange.c - org.huddle.Exchange1: decode, call, encode */
#include "bus-tables.h"
#include "daemon/record/records.h"
#include "src/card/card.h"
#include "src/base/log.h"

#include <string.h>

/* ---- methods ---- */

static void answer(BusCall *call, int result)
{
        static const Outcome outcomes[] = {
                [EXCHANGE_R_WRONG_STATE] = OUTCOME_WRONG_STATE,
                [EXCHANGE_R_NOT_OPENER] = OUTCOME_NOT_OPENER,
                [EXCHANGE_R_UNREACHABLE] = OUTCOME_CLOUD_UNREACHABLE,
        };

        if (result == 0)
                bus_return(call, DBUS_TYPE_INVALID);
        else if (result < 0)
                bus_fail_errno(call, result);
        else
                bus_fail(call, outcomes[result]);
}

static void on_closed(void *userdata, int result)
{
        answer(userdata, result);
}

static void handle_close(BusCall *call, void *data)
{
        ExchangeObject *o = data;

        if (o->exchange)
                exchange_close(o->exchange, on_closed, call);
        else
                bus_fail(call, OUTCOME_WRONG_STATE);
}

static void handle_leave(BusCall *call, void *data)
{
        ExchangeObject *o = data;

        answer(call, o->exchange ? exchange_leave(o->exchange) : EXCHANGE_R_WRONG_STATE);
}

static void handle_veto(BusCall *call, void *data)
{
        ExchangeObject *o = data;

        answer(call, o->exchange ? exchange_veto(o->exchange) : EXCHANGE_R_WRONG_STATE);
}

static void handle_confirm_phrase(BusCall *call, void *data)
{
        ExchangeObject *o = data;
        dbus_bool_t same;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_BOOLEAN, &same,
                                    DBUS_TYPE_INVALID);
        answer(call,
               o->exchange ? exchange_confirm_phrase(o->exchange, same) : EXCHANGE_R_WRONG_STATE);
}

/* One of the store's cards in the version that every address book takes. */
static int append_card(void *userdata, const Id *member, const char *vcard)
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

static bool build_contacts(DBusMessageIter *to, void *userdata)
{
        ExchangeObject *o = userdata;
        DBusMessageIter array;

        return dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "s", &array) &&
               bus_close(daemon_store_card_walk(o->store, o->summary.number, append_card, &array) >=
                                 0,
                         to, &array);
}

static void handle_get_contacts(BusCall *call, void *data)
{
        bus_return_built(call, build_contacts, data);
}

static void ask_record(BusCall *call, const ExchangeObject *o, RecordWish wish)
{
        if (o->exchange && exchange_state(o->exchange) != EXCHANGE_DELIVERED)
                bus_fail(call, OUTCOME_WRONG_STATE);
        else
                records_ask(o->records, call, o->summary.number, wish);
}

static void handle_get_record(BusCall *call, void *data)
{
        ask_record(call, data, RECORD_SHOW);
}

static void handle_get_fetches(BusCall *call, void *data)
{
        ask_record(call, data, RECORD_FETCHES);
}

static void handle_revoke_record(BusCall *call, void *data)
{
        ask_record(call, data, RECORD_REVOKE);
}

/* ---- properties ---- */

static bool append_string(DBusMessageIter *to, const char *text)
{
        return dbus_message_iter_append_basic(to, DBUS_TYPE_STRING, &text);
}

static bool get_state(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;

        return append_string(to, exchange_state_name(o->exchange ? exchange_state(o->exchange)
                                                                 : EXCHANGE_DELIVERED));
}

static bool get_code(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        char code[CODE_TEXT_MAX] = "";
        bool ok;

        if (o->exchange)
                exchange_code(o->exchange, code);
        ok = append_string(to, code);
        sodium_memzero(code, sizeof code);
        return ok;
}

static bool get_deadline(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_uint64_t deadline = o->exchange ? exchange_deadline(o->exchange) : 0;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT64, &deadline);
}

static bool get_member_count(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_uint32_t n = o->exchange ? exchange_member_count(o->exchange) : o->summary.members;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &n);
}

static bool get_opener(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        dbus_bool_t opener = o->exchange && exchange_opener(o->exchange);

        return dbus_message_iter_append_basic(to, DBUS_TYPE_BOOLEAN, &opener);
}

static const char *progress_name(MemberProgress p)
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
        case MEMBER_REFUSED:
                return "refused";
        }
        return "";
}

static bool append_member(DBusMessageIter *array, const Id *id, const char *name,
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
             append_string(&member, name) && append_string(&member, progress_name(progress));
        return bus_close(ok, array, &member);
}

static int append_former_member(void *userdata, const Id *id, const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;
        int r = card_parse(&card, vcard, strlen(vcard), NULL, NULL);

        if (r < 0)
                return r;
        return append_member(userdata, id, card ? card_name(card) : "", MEMBER_CARDED) ? 0
                                                                                       : -ENOMEM;
}

static bool append_members(DBusMessageIter *array, const Exchange *x)
{
        const ExchangeMember *members;
        size_t n = exchange_members(x, &members);
        bool ok = true;

        for (size_t i = 0; ok && i < n; i++)
                ok = append_member(array, &members[i].id, members[i].name, members[i].progress);
        return ok;
}

static bool get_members(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;
        DBusMessageIter array;
        bool ok;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "(ayss)", &array))
                return false;
        if (o->exchange)
                ok = append_members(&array, o->exchange);
        else
                ok = daemon_store_card_walk(o->store, o->summary.number, append_former_member,
                                            &array) >= 0;
        return bus_close(ok, to, &array);
}

static bool get_phrase(DBusMessageIter *to, void *data, uint32_t uid)
{
        ExchangeObject *o = data;

        return append_string(to, o->exchange ? exchange_phrase(o->exchange) : "");
}

static const char *level_name(const ExchangeObject *o)
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

static bool get_level(DBusMessageIter *to, void *data, uint32_t uid)
{
        return append_string(to, level_name(data));
}

static Outcome error_of(const ExchangeObject *o)
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
        case EXCHANGE_E_STALLED:
                return OUTCOME_STALLED;
        case EXCHANGE_E_INTERNAL:
                return OUTCOME_FAILED;
        }
        return OUTCOME_FAILED;
}

static bool get_error(DBusMessageIter *to, void *data, uint32_t uid)
{
        return append_string(to, outcome_name(error_of(data)));
}

static bool get_error_message(DBusMessageIter *to, void *data, uint32_t uid)
{
        return append_string(to, outcome_message(error_of(data)));
}

static const BusMethod methods[] = {
        {"Close", "", "", handle_close},
        {"Leave", "", "", handle_leave},
        {"Veto", "", "", handle_veto},
        {"ConfirmPhrase", "b", "", handle_confirm_phrase},
        {"GetContacts", "", "as", handle_get_contacts},
        {"GetRecord", "", "ss", handle_get_record},
        {"GetFetches", "", "at", handle_get_fetches},
        {"RevokeRecord", "", "", handle_revoke_record},
        {0},
};

static const BusProperty properties[] = {
        {"State", "s", get_state, BUS_ANNOUNCED},
        {"Code", "s", get_code, BUS_ANNOUNCED},
        {"Deadline", "t", get_deadline, BUS_ANNOUNCED},
        {"MemberCount", "u", get_member_count, BUS_ANNOUNCED},
        {"Opener", "b", get_opener, BUS_ANNOUNCED},
        {"Members", "a(ayss)", get_members, BUS_ANNOUNCED},
        {"Phrase", "s", get_phrase, BUS_ANNOUNCED},
        {"Level", "s", get_level, BUS_ANNOUNCED},
        {"Error", "s", get_error, BUS_ANNOUNCED},
        {"ErrorMessage", "s", get_error_message, BUS_ANNOUNCED},
        {0},
};

const BusInterface bus_exchange_interface = {
        .name = "org.huddle.Exchange1",
        .xml = bus_xml_Exchange1,
        .methods = methods,
        .properties = properties,
};
