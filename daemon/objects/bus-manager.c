/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-manager.c - org.huddle.Manager1: decode, call, encode */
#include "bus-tables.h"
#include "config.h"
#include "daemon/location/location.h"
#include "daemon/manager.h"
#include "daemon/record/records.h"
#include "daemon/account/shares.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WINDOW_MIN_S = 10, WINDOW_MAX_S = 600, SUGGESTIONS = 5 };

/* Of what a user has. */
typedef struct Listing {
        Manager *manager;
        uint32_t uid;
} Listing;

static const char *first_string(BusCall *call)
{
        const char *text;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_STRING, &text,
                                    DBUS_TYPE_INVALID);
        return text;
}

/* Reads a first argument s and a second a{sv}. False: the call has been answered. */
static bool read_arguments(BusCall *call, const char **ret, const BusOption *known, size_t n_known)
{
        DBusMessageIter args;
        unsigned bad;

        (void)dbus_message_iter_init(bus_call_message(call), &args);
        dbus_message_iter_get_basic(&args, ret);
        (void)dbus_message_iter_next(&args);
        bad = bus_read_options(&args, known, n_known);
        if (bad > 0)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              "option %u is not known, not of its type or there twice", bad);
        return bad == 0;
}

/* ---- the account ---- */

static void on_done(void *userdata, Outcome outcome, const char *detail)
{
        BusCall *call = userdata;

        if (outcome == OUTCOME_OK)
                bus_return(call, DBUS_TYPE_INVALID);
        else if (detail)
                bus_fail_with(call, outcome, "%s", detail);
        else
                bus_fail(call, outcome);
}

static void handle_register(BusCall *call, void *data)
{
        uint32_t uid = bus_call_uid(call);
        Account *a = manager_account(data, uid);
        dbus_bool_t consent = FALSE;
        const BusOption known[] = {{"consent", DBUS_TYPE_BOOLEAN, &consent}};
        const char *handle;
        int r = 0;

        if (!read_arguments(call, &handle, known, ARRAY_LEN(known)))
                return;
        if (!a)
                r = manager_make_account(data, uid, &a);
        if (r < 0)
                bus_fail_errno(call, r);
        else if (r > 0)
                bus_fail(call, (Outcome)r);
        else
                account_register(a, handle, consent, on_done, call);
}

static void handle_confirm(BusCall *call, void *data)
{
        Account *a = manager_account(data, bus_call_uid(call));

        if (a)
                account_confirm(a, first_string(call), on_done, call);
        else
                bus_fail(call, OUTCOME_NOT_REGISTERED);
}

static void handle_unregister(BusCall *call, void *data)
{
        Account *a = manager_account(data, bus_call_uid(call));

        if (!a)
                bus_fail(call, OUTCOME_NOT_REGISTERED);
        else if (manager_running(data, bus_call_uid(call)) ||
                 records_busy(manager_records(data), bus_call_uid(call)))
                bus_fail(call, OUTCOME_BUSY);
        else
                account_unregister(a, on_done, call);
}

/* ---- the card ---- */

static void handle_set_card(BusCall *call, void *data)
{
        Account *a = manager_account(data, bus_call_uid(call));
        unsigned line = 0;
        int r = a ? account_set_card(a, first_string(call), &line) : OUTCOME_NOT_REGISTERED;

        if (r == 0)
                bus_return(call, DBUS_TYPE_INVALID);
        else if (r < 0)
                bus_fail_errno(call, r);
        else if (r == OUTCOME_CARD_INVALID && line > 0)
                bus_fail_with(call, OUTCOME_CARD_INVALID, "the vCard cannot be read: line %u",
                              line);
        else
                bus_fail(call, (Outcome)r);
}

static void handle_get_card(BusCall *call, void *data)
{
        Account *a = manager_account(data, bus_call_uid(call));
        const char *card = a ? account_card(a) : NULL;

        if (!a || !account_registered(a))
                bus_fail(call, OUTCOME_NOT_REGISTERED);
        else if (!card)
                bus_fail(call, OUTCOME_NO_CARD);
        else
                bus_return(call, DBUS_TYPE_STRING, &card, DBUS_TYPE_INVALID);
}

/* ---- what is shared of it ---- */

static void answer_share(BusCall *call, Manager *m, int r)
{
        uint32_t uid = bus_call_uid(call);

        if (r == 0)
                r = account_reshare(manager_account(m, uid));
        if (r == 0) {
                manager_changed_for(m, uid);
                bus_return(call, DBUS_TYPE_INVALID);
        } else if (r < 0)
                bus_fail_errno(call, r);
        else
                bus_fail(call, (Outcome)r);
}

static bool has_account(BusCall *call, Manager *m)
{
        const Account *a = manager_account(m, bus_call_uid(call));

        if (a && account_registered(a))
                return true;
        bus_fail(call, OUTCOME_NOT_REGISTERED);
        return false;
}

static void handle_define_share(BusCall *call, void *data)
{
        const char *name, *fields;
        int r;

        if (!has_account(call, data))
                return;
        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_STRING, &name,
                                    DBUS_TYPE_STRING, &fields, DBUS_TYPE_INVALID);
        r = shares_define(manager_store(data), bus_call_uid(call), name, fields);
        if (r == OUTCOME_INVALID_ARGUMENT)
                bus_fail_with(
                        call, OUTCOME_INVALID_ARGUMENT,
                        "a profile has a name of small letters, digits and dashes, and fields like "
                        "TEL,EMAIL/work,URL/-home");
        else if (r == OUTCOME_WRONG_STATE)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              "this is the chosen profile: choose another one first");
        else
                answer_share(call, data, r);
}

static void handle_choose_share(BusCall *call, void *data)
{
        int r;

        if (!has_account(call, data))
                return;
        r = shares_choose(manager_store(data), bus_call_uid(call), first_string(call));
        if (r == OUTCOME_NOT_FOUND)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT, "there is no profile of this name");
        else
                answer_share(call, data, r);
}

static int append_share(void *userdata, const char *name, const char *fields)
{
        DBusMessageIter *array = userdata, entry;

        if (!dbus_message_iter_open_container(array, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
                return -ENOMEM;
        return bus_close(dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name) &&
                                 dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &fields),
                         array, &entry)
                       ? 0
                       : -ENOMEM;
}

static bool build_shares(DBusMessageIter *to, void *userdata)
{
        Listing *l = userdata;
        DBusMessageIter array;

        return dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{ss}", &array) &&
               bus_close(shares_walk(manager_store(l->manager), l->uid, append_share, &array) == 0,
                         to, &array);
}

static void handle_get_shares(BusCall *call, void *data)
{
        Listing l = {.manager = data, .uid = bus_call_uid(call)};

        bus_return_built(call, build_shares, &l);
}

/* ---- exchanges ---- */

/* Says where the slip is and what the list has instead, never what was typed. */
static void fail_unknown_word(BusCall *call, const char *code, unsigned word)
{
        const char *meant = code_meant(code), *like[SUGGESTIONS];
        unsigned n = meant ? 0 : code_suggest(code, like, SUGGESTIONS);
        char text[SUGGESTIONS * (WORDS_LENGTH_MAX + 2) + 1] = "";

        for (unsigned i = 0; i < n; i++) {
                strcat(text, i > 0 ? ", " : "");
                strcat(text, like[i]);
        }
        if (meant)
                bus_fail_with(call, OUTCOME_UNKNOWN_WORD,
                              "word %u of the code is not in the word list; did you mean %s?", word,
                              meant);
        else
                bus_fail_with(call, OUTCOME_UNKNOWN_WORD,
                              "word %u of the code is not in the word list%s%s", word,
                              n > 0 ? "; there are: " : "", text);
}

static void answer_start(BusCall *call, int r, const char *path)
{
        if (r == 0)
                bus_return(call, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID);
        else if (r < 0)
                bus_fail_errno(call, r);
        else if (r == OUTCOME_INVALID_ARGUMENT)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              "share is a profile, or fields of the card like TEL,EMAIL/work");
        else
                bus_fail(call, (Outcome)r);
}

static bool check_wish(BusCall *call, const StartWish *wish)
{
        if (wish->window_s != 0 && (wish->window_s < WINDOW_MIN_S || wish->window_s > WINDOW_MAX_S))
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT, "window is %d to %d seconds",
                              WINDOW_MIN_S, WINDOW_MAX_S);
        else if (wish->n_words != 0 &&
                 (wish->n_words < CODE_WORDS_DRAWN || wish->n_words > CODE_WORDS_MAX))
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT, "words is %d or %d", CODE_WORDS_DRAWN,
                              CODE_WORDS_MAX);
        else
                return true;
        return false;
}

static void handle_start_exchange(BusCall *call, void *data)
{
        dbus_uint32_t window = 0, words = CODE_WORDS_DRAWN;
        dbus_bool_t automatic = FALSE, party = FALSE;
        StartWish wish = {0};
        const BusOption known[] = {
                {"window", DBUS_TYPE_UINT32, &window},    {"words", DBUS_TYPE_UINT32, &words},
                {"auto", DBUS_TYPE_BOOLEAN, &automatic},  {"party", DBUS_TYPE_BOOLEAN, &party},
                {"share", DBUS_TYPE_STRING, &wish.share},
        };
        const char *path = NULL;
        unsigned word = 0;
        int r;

        if (!read_arguments(call, &wish.code, known, ARRAY_LEN(known)))
                return;
        wish.window_s = window;
        wish.n_words = party ? 0 : words;
        wish.automatic = automatic;
        if (!check_wish(call, &wish))
                return;
        r = manager_start_exchange(data, bus_call_uid(call), &wish, &path, &word);
        if (r == OUTCOME_UNKNOWN_WORD)
                fail_unknown_word(call, wish.code, word);
        else
                answer_start(call, r, path);
}

static void handle_fetch(BusCall *call, void *data)
{
        const char *number, *password;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_STRING, &number,
                                    DBUS_TYPE_STRING, &password, DBUS_TYPE_INVALID);
        records_fetch(manager_records(data), call, number, password);
}

static int append_summary(void *userdata, const ExchangeSummary *e)
{
        DBusMessageIter *array = userdata, dict;
        const char *level = e->level, *number = e->record_number, *place = e->place;
        char path[sizeof BUS_ROOT "/exchange/" + 20], *p = path;
        dbus_uint64_t time = e->finished_s;
        dbus_uint32_t members = e->members, cards = e->cards;
        bool ok;

        (void)snprintf(path, sizeof path, BUS_ROOT "/exchange/%" PRIu64, e->number);
        if (!dbus_message_iter_open_container(array, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return -ENOMEM;
        ok = bus_append_entry(&dict, "Exchange", "o", &p) &&
             bus_append_entry(&dict, "Time", "t", &time) &&
             bus_append_entry(&dict, "Members", "u", &members) &&
             bus_append_entry(&dict, "Cards", "u", &cards) &&
             bus_append_entry(&dict, "Level", "s", &level) &&
             bus_append_entry(&dict, "RecordNumber", "s", &number) &&
             bus_append_entry(&dict, "Place", "s", &place);
        return bus_close(ok, array, &dict) ? 0 : -ENOMEM;
}

static bool build_history(DBusMessageIter *to, void *userdata)
{
        Listing *l = userdata;
        DBusMessageIter array;

        return dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "a{sv}", &array) &&
               bus_close(daemon_store_history(manager_store(l->manager), l->uid, append_summary,
                                              &array) >= 0,
                         to, &array);
}

static void handle_history(BusCall *call, void *data)
{
        Listing l = {.manager = data, .uid = bus_call_uid(call)};

        bus_return_built(call, build_history, &l);
}

/* ---- properties ---- */

static bool append_string(DBusMessageIter *to, const char *text)
{
        return dbus_message_iter_append_basic(to, DBUS_TYPE_STRING, &text);
}

static bool get_version(DBusMessageIter *to, void *data, uint32_t uid)
{
        return append_string(to, PACKAGE_VERSION);
}

static bool get_cloud_state(DBusMessageIter *to, void *data, uint32_t uid)
{
        const CloudLine *l = manager_line(data);

        if (cloud_line_relayed(l))
                return append_string(to, "relayed");
        return append_string(to, cloud_line_online(l) ? "online" : "offline");
}

static bool get_cloud_error(DBusMessageIter *to, void *data, uint32_t uid)
{
        const CloudLine *l = manager_line(data);
        Outcome trouble = cloud_line_trouble(l);

        if (cloud_line_online(l))
                return append_string(to, "");
        return append_string(to, trouble == OUTCOME_OK ? "nothing has been asked of it yet"
                                                       : outcome_message(trouble));
}

static bool get_cloud_url(DBusMessageIter *to, void *data, uint32_t uid)
{
        return append_string(to, manager_cloud_url(data));
}

static bool get_clock_skew(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_int64_t skew = cloud_line_skew_ms(manager_line(data)) / 1000;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_INT64, &skew);
}

static bool get_radios(DBusMessageIter *to, void *data, uint32_t uid)
{
        const char *radios[MANAGER_RADIOS_MAX];

        return bus_append_strings(to, radios, manager_radios(data, radios));
}

static bool get_place(DBusMessageIter *to, void *data, uint32_t uid)
{
        char text[LOCATION_TEXT_MAX];

        location_explain(manager_location(data), text);
        return append_string(to, text);
}

static bool get_place_state(DBusMessageIter *to, void *data, uint32_t uid)
{
        return append_string(to, location_state_name(location_state(manager_location(data))));
}

static bool get_registered(DBusMessageIter *to, void *data, uint32_t uid)
{
        const Account *a = manager_account(data, uid);
        dbus_bool_t registered = a && account_registered(a);

        return dbus_message_iter_append_basic(to, DBUS_TYPE_BOOLEAN, &registered);
}

static bool get_handle(DBusMessageIter *to, void *data, uint32_t uid)
{
        const Account *a = manager_account(data, uid);

        return append_string(to, a ? account_handle(a) : "");
}

/* Empty where the store fails: then nothing is shared either. */
static bool get_share(DBusMessageIter *to, void *data, uint32_t uid)
{
        _cleanup_free_ char *name = NULL;

        return append_string(to, shares_chosen(manager_store(data), uid, &name) == 0 ? name : "");
}

static const BusMethod methods[] = {
        {"Register", "sa{sv}", "", handle_register},
        {"Confirm", "s", "", handle_confirm},
        {"Unregister", "", "", handle_unregister},
        {"SetCard", "s", "", handle_set_card},
        {"GetCard", "", "s", handle_get_card},
        {"DefineShare", "ss", "", handle_define_share},
        {"ChooseShare", "s", "", handle_choose_share},
        {"GetShares", "", "a{ss}", handle_get_shares},
        {"StartExchange", "sa{sv}", "o", handle_start_exchange},
        {"Fetch", "ss", "o", handle_fetch},
        {"History", "", "aa{sv}", handle_history},
        {0},
};

static const BusProperty properties[] = {
        {"Version", "s", get_version, BUS_SILENT},
        {"CloudState", "s", get_cloud_state, BUS_ANNOUNCED},
        {"CloudError", "s", get_cloud_error, BUS_ANNOUNCED},
        {"CloudUrl", "s", get_cloud_url, BUS_SILENT},
        {"ClockSkew", "x", get_clock_skew, BUS_ANNOUNCED},
        {"Radios", "as", get_radios, BUS_ANNOUNCED},
        {"Place", "s", get_place, BUS_SILENT},
        {"PlaceState", "s", get_place_state, BUS_SILENT},
        {"Registered", "b", get_registered, BUS_PER_CALLER},
        {"Handle", "s", get_handle, BUS_PER_CALLER},
        {"Share", "s", get_share, BUS_PER_CALLER},
        {0},
};

const BusInterface bus_manager_interface = {
        .name = "org.huddle.Manager1",
        .xml = bus_xml_Manager1,
        .methods = methods,
        .properties = properties,
};
