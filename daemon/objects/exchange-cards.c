/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-cards.c - methods of Exchange1 about the cards received and the record */
#include "exchange-private.h"
#include "src/base/log.h"
#include "src/card/card.h"

#include <string.h>

/* One of the store's cards in the version that every address book takes; new. *ret NULL: it cannot
 * be read. */
static int exchange_write_card(char **ret, const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;
        size_t len;
        int r = card_parse(&card, vcard, strlen(vcard), NULL, NULL);

        *ret = NULL;
        if (r == 0)
                r = card_write(ret, &len, card, CARD_V30);
        if (r > 0)
                log_error("a card in the store cannot be read");
        return MIN(r, 0);
}

static int exchange_append_card(void *userdata, const Id *member, const char *vcard)
{
        _cleanup_free_ char *text = NULL;
        int r = exchange_write_card(&text, vcard);

        if (r < 0 || !text)
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

void exchange_handle_get_contacts(BusCall *call, void *data)
{
        bus_return_built(call, exchange_build_contacts, data);
}

bool exchange_append_id(DBusMessageIter *to, const Id *id)
{
        const uint8_t *bytes = id->b;
        DBusMessageIter array;

        return dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "y", &array) &&
               bus_close(dbus_message_iter_append_fixed_array(&array, DBUS_TYPE_BYTE, &bytes,
                                                              sizeof id->b),
                         to, &array);
}

static int exchange_append_whose_card(void *userdata, const Id *member, const char *vcard)
{
        DBusMessageIter *array = userdata, entry;
        _cleanup_free_ char *text = NULL;
        int r = exchange_write_card(&text, vcard);

        if (r < 0 || !text)
                return r;
        if (!dbus_message_iter_open_container(array, DBUS_TYPE_STRUCT, NULL, &entry))
                return -ENOMEM;
        return bus_close(exchange_append_id(&entry, member) && bus_append_string(&entry, text),
                         array, &entry)
                       ? 0
                       : -ENOMEM;
}

static bool exchange_build_cards(DBusMessageIter *to, void *userdata)
{
        ExchangeObject *o = userdata;
        DBusMessageIter array;

        return dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "(ays)", &array) &&
               bus_close(daemon_store_card_walk(o->deps.store, o->summary.number,
                                                exchange_append_whose_card, &array) >= 0,
                         to, &array);
}

void exchange_handle_get_cards(BusCall *call, void *data)
{
        bus_return_built(call, exchange_build_cards, data);
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

static bool exchange_build_record(DBusMessageIter *to, void *userdata)
{
        const RecordShown *shown = userdata;
        dbus_uint64_t expires = shown->expires_s;
        dbus_uint32_t max = shown->max_fetches;

        return bus_append_string(to, shown->number) && bus_append_string(to, shown->password) &&
               bus_append_string(to, shown->link) &&
               dbus_message_iter_append_basic(to, DBUS_TYPE_UINT64, &expires) &&
               dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &max) &&
               exchange_build_fetches(to, userdata);
}

static void on_exchange_record(void *userdata, Outcome outcome, const RecordShown *shown)
{
        if (outcome == OUTCOME_OK)
                bus_return_built(userdata, exchange_build_record, (void *)shown);
        else
                bus_fail(userdata, outcome);
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

void exchange_handle_get_record(BusCall *call, void *data)
{
        exchange_ask_record(call, data, RECORD_SHOW, on_exchange_record_shown);
}

void exchange_handle_get_record_link(BusCall *call, void *data)
{
        exchange_ask_record(call, data, RECORD_SHOW, on_exchange_record_link);
}

void exchange_handle_read_record(BusCall *call, void *data)
{
        exchange_ask_record(call, data, RECORD_READ, on_exchange_record);
}

void exchange_handle_get_fetches(BusCall *call, void *data)
{
        exchange_ask_record(call, data, RECORD_FETCHES, on_exchange_fetches);
}

void exchange_handle_revoke_record(BusCall *call, void *data)
{
        exchange_ask_record(call, data, RECORD_REVOKE, on_exchange_revoked);
}
