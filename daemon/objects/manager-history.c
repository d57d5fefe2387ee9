/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-history.c - methods of Manager1 that list and delete exchanges that brought cards */
#include "exchange-object.h"
#include "manager-private.h"
#include "src/base/language.h"
#include "src/base/array.h"

#include <string.h>

enum { PAGE_MAX = 100 };

/* ---- listing ---- */

static int history_append_summary(DBusMessageIter *array, const ExchangeSummary *e, uint32_t n)
{
        DBusMessageIter dict;
        dbus_uint32_t guests = n;
        const char *level = e->level, *number = e->record_number, *place = e->place;
        char path[EXCHANGE_PATH_MAX], *p = path;
        dbus_uint64_t time = e->finished_s;
        dbus_uint32_t members = e->members, cards = e->cards;
        bool ok;

        exchange_object_write_path(path, e->number);
        if (!dbus_message_iter_open_container(array, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return -ENOMEM;
        ok = bus_append_entry(&dict, "Exchange", "o", &p) &&
             bus_append_entry(&dict, "Time", "t", &time) &&
             bus_append_entry(&dict, "Members", "u", &members) &&
             bus_append_entry(&dict, "Cards", "u", &cards) &&
             bus_append_entry(&dict, "Guests", "u", &guests) &&
             bus_append_entry(&dict, "Level", "s", &level) &&
             bus_append_entry(&dict, "RecordNumber", "s", &number) &&
             bus_append_entry(&dict, "Place", "s", &place);
        return bus_close(ok, array, &dict) ? 0 : -ENOMEM;
}

/* A listing that is being written. */
typedef struct HistoryPage {
        Listing *listing;
        DaemonStore *store;
        DBusMessageIter *array;
        bool more; /* than the listing may have */
} HistoryPage;

static int history_append(void *userdata, const ExchangeSummary *e)
{
        HistoryPage *p = userdata;
        uint32_t guests;
        int r;

        if (p->listing->n == p->listing->max) {
                p->more = true;
                return 0;
        }
        p->listing->n++;
        r = daemon_store_count_guests(p->store, e->number, &guests);
        return r < 0 ? r : history_append_summary(p->array, e, guests);
}

/* Asks for one more than the page has, to know whether there are more. */
static bool history_build_list(DBusMessageIter *to, Listing *l, bool *ret_more)
{
        DBusMessageIter array;
        HistoryPage page = {.listing = l, .store = l->store, .array = &array};

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "a{sv}", &array) ||
            !bus_close(daemon_store_history_page(l->store, l->uid, l->before, l->max + 1,
                                                 history_append, &page) >= 0,
                       to, &array))
                return false;
        *ret_more = page.more;
        return true;
}

static bool history_build(DBusMessageIter *to, void *userdata)
{
        bool more;

        return history_build_list(to, userdata, &more);
}

static bool history_build_page(DBusMessageIter *to, void *userdata)
{
        dbus_bool_t answer;
        bool more;

        if (!history_build_list(to, userdata, &more))
                return false;
        answer = more;
        return dbus_message_iter_append_basic(to, DBUS_TYPE_BOOLEAN, &answer);
}

void manager_handle_history(BusCall *call, void *data)
{
        const ManagerObject *o = data;
        Listing l = {.store = o->deps.store, .uid = bus_call_uid(call), .max = HISTORY_MAX};

        bus_return_built(call, history_build, &l);
}

/* "/" stands for no exchange. */
static bool history_read_before(const char *path, uint64_t *ret)
{
        if (strcmp(path, "/") != 0)
                return exchange_object_read_path(path, ret) && *ret > 0;
        *ret = 0;
        return true;
}

void manager_handle_list_history(BusCall *call, void *data)
{
        const ManagerObject *o = data;
        Listing l = {.store = o->deps.store, .uid = bus_call_uid(call)};
        dbus_uint32_t max;
        const char *before;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_OBJECT_PATH, &before,
                                    DBUS_TYPE_UINT32, &max, DBUS_TYPE_INVALID);
        l.max = max;
        if (!history_read_before(before, &l.before))
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("before is the path of an exchange, or /"));
        else if (max == 0 || max > PAGE_MAX)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT, "max is 1 to %d", PAGE_MAX);
        else
                bus_return_built(call, history_build_page, &l);
}

/* ---- deleting ---- */

static int history_delete(ManagerObject *o, uint32_t uid, uint64_t number)
{
        int r = o->deps.forget(o->deps.userdata, uid, number);

        if (r == 0)
                r = daemon_store_history_delete(o->deps.store, uid, number);
        return r == DAEMON_STORE_E_NOT_FOUND ? (int)OUTCOME_NOT_FOUND : r;
}

void manager_handle_delete_exchange(BusCall *call, void *data)
{
        uint64_t number;
        int r = OUTCOME_NOT_FOUND;

        if (exchange_object_read_path(manager_first_string(call), &number))
                r = history_delete(data, bus_call_uid(call), number);
        if (r == OUTCOME_NOT_FOUND)
                bus_fail_with(call, OUTCOME_NOT_FOUND, "there is no such exchange in the history");
        else
                bus_return_outcome(call, r);
}

typedef ARRAY(uint64_t) Numbers;

static void numbers_done(Numbers *n)
{
        array_done(n);
}

static int history_note_number(void *userdata, const ExchangeSummary *e)
{
        return array_add((Numbers *)userdata, e->number);
}

/* Until nothing is left but exchanges that still go on: the walk has a bound. */
static int history_delete_all(ManagerObject *o, uint32_t uid, dbus_uint32_t *ret_deleted,
                              dbus_uint32_t *ret_kept)
{
        dbus_uint32_t deleted = 0, kept = 0, before;
        int r = 0;

        do {
                _cleanup_(numbers_done) Numbers numbers = {0};

                before = deleted;
                kept = 0;
                r = daemon_store_history(o->deps.store, uid, history_note_number, &numbers);
                for (size_t i = 0; r >= 0 && i < numbers.n; i++) {
                        r = history_delete(o, uid, numbers.list[i]);
                        deleted += r == 0;
                        kept += r > 0;
                }
        } while (r >= 0 && deleted > before);
        *ret_deleted = deleted;
        *ret_kept = kept;
        return MIN(r, 0);
}

void manager_handle_delete_history(BusCall *call, void *data)
{
        dbus_uint32_t deleted, kept;
        int r = history_delete_all(data, bus_call_uid(call), &deleted, &kept);

        if (r == 0)
                bus_return(call, DBUS_TYPE_UINT32, &deleted, DBUS_TYPE_UINT32, &kept,
                           DBUS_TYPE_INVALID);
        else
                bus_fail_errno(call, r);
}

/* ---- changes ---- */

void manager_object_history_changed(ManagerObject *o, uint32_t uid, uint64_t number,
                                    HistoryChange change)
{
        static const char *const names[] = {
                [HISTORY_ADDED] = "added",
                [HISTORY_CHANGED] = "changed",
                [HISTORY_DELETED] = "deleted",
        };
        char path[EXCHANGE_PATH_MAX];
        const char *p = path;

        exchange_object_write_path(path, number);
        bus_object_emit(o->object, uid, "HistoryChanged", DBUS_TYPE_OBJECT_PATH, &p,
                        DBUS_TYPE_STRING, &names[change], DBUS_TYPE_INVALID);
}

void manager_object_record_fetched(ManagerObject *o, uint32_t uid, uint64_t number, uint64_t time_s)
{
        char path[EXCHANGE_PATH_MAX];
        const char *p = path;
        dbus_uint64_t time = time_s;

        exchange_object_write_path(path, number);
        bus_object_emit(o->object, uid, "RecordFetched", DBUS_TYPE_OBJECT_PATH, &p,
                        DBUS_TYPE_UINT64, &time, DBUS_TYPE_INVALID);
}
