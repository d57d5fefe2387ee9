/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "daemon/account/shares.h"
#include "exchange-object.h"
#include "daemon/account/own-card.h"
#include "interfaces.h"
#include "manager-private.h"
#include "src/base/language.h"

#include <assert.h>
#include <string.h>

enum { WINDOW_MIN_S = 10, WINDOW_MAX_S = 600, SUGGESTIONS = 5 };

Account *manager_account(const ManagerObject *o, BusCall *call)
{
        return accounts_find(o->deps.accounts, bus_call_uid(call));
}

const char *manager_first_string(BusCall *call)
{
        DBusMessageIter args;
        const char *text;

        (void)dbus_message_iter_init(bus_call_message(call), &args);
        dbus_message_iter_get_basic(&args, &text);
        return text;
}

bool manager_read_arguments(BusCall *call, const char **ret, const BusOption *known, size_t n_known)
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

void on_manager_done(void *userdata, Outcome outcome, const char *detail)
{
        BusCall *call = userdata;

        if (outcome == OUTCOME_OK)
                bus_return(call, DBUS_TYPE_INVALID);
        else if (detail)
                bus_fail_with(call, outcome, "%s", detail);
        else
                bus_fail(call, outcome);
}

/* An empty account, where the user has none. False: the call has been answered. */
static bool manager_make_account(BusCall *call, ManagerObject *o, CloudLine *line, Account **ret)
{
        int r = 0;

        *ret = accounts_at(o->deps.accounts, bus_call_uid(call), line);
        if (!*ret)
                r = accounts_make_at(o->deps.accounts, bus_call_uid(call), line, ret);
        if (r != 0)
                bus_return_outcome(call, r);
        else
                o->deps.carry_for(o->deps.userdata, line);
        return r == 0;
}

static void on_manager_terms(void *userdata, Outcome outcome, const AccountTerms *terms)
{
        dbus_uint32_t version;
        dbus_bool_t confirms;

        if (outcome != OUTCOME_OK) {
                bus_fail(userdata, outcome);
                return;
        }
        version = terms->version;
        confirms = terms->confirms;
        bus_return(userdata, DBUS_TYPE_UINT32, &version, DBUS_TYPE_STRING, &terms->consent,
                   DBUS_TYPE_BOOLEAN, &confirms, DBUS_TYPE_INVALID);
}

/* NULL where an argument that names a cloud is empty: the default. */
static const char *manager_named_cloud(const char *cloud)
{
        return *cloud ? cloud : NULL;
}

static void manager_handle_get_consent(BusCall *call, void *data)
{
        const char *cloud = manager_first_string(call);
        CloudLine *line = manager_find_line(call, data, manager_named_cloud(cloud));
        Account *a;

        if (line && manager_make_account(call, data, line, &a))
                account_ask_terms(a, on_manager_terms, call);
}

static void manager_handle_register(BusCall *call, void *data)
{
        dbus_bool_t consent = FALSE;
        dbus_uint32_t version = 0;
        const char *handle, *cloud = NULL;
        const BusOption known[] = {{"consent", DBUS_TYPE_BOOLEAN, &consent},
                                   {"version", DBUS_TYPE_UINT32, &version},
                                   {"cloud", DBUS_TYPE_STRING, &cloud}};
        CloudLine *line;
        Account *a;

        if (!manager_read_arguments(call, &handle, known, ARRAY_LEN(known)))
                return;
        line = manager_find_line(call, data, cloud);
        if (line && manager_make_account(call, data, line, &a))
                account_register(a, handle, consent, version, on_manager_done, call);
}

static void manager_handle_confirm(BusCall *call, void *data)
{
        const ManagerObject *o = data;
        const char *code, *cloud;
        CloudLine *line;
        Account *a;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_STRING, &code,
                                    DBUS_TYPE_STRING, &cloud, DBUS_TYPE_INVALID);
        line = manager_find_line(call, o, manager_named_cloud(cloud));
        if (!line)
                return;
        a = accounts_at(o->deps.accounts, bus_call_uid(call), line);
        if (a)
                account_confirm(a, code, on_manager_done, call);
        else
                bus_fail(call, OUTCOME_NOT_REGISTERED);
}

static void manager_handle_unregister(BusCall *call, void *data)
{
        ManagerObject *o = data;
        Account *a = manager_account(o, call);
        uint32_t uid = bus_call_uid(call);

        if (!a)
                bus_fail(call, OUTCOME_NOT_REGISTERED);
        else if (o->deps.running(o->deps.userdata, uid) || records_busy(o->deps.records, uid))
                bus_fail(call, OUTCOME_BUSY);
        else {
                o->deps.drop_ended(o->deps.userdata, uid, account_line(a));
                account_unregister(a, on_manager_done, call);
        }
}

/* ---- the card ---- */

static void manager_handle_set_card(BusCall *call, void *data)
{
        ManagerObject *o = data;
        uint32_t uid = bus_call_uid(call);
        OwnCardFault fault = {0};
        int r = own_card_set(o->deps.store, uid, manager_first_string(call), &fault);

        if (r == 0)
                r = accounts_upload(o->deps.accounts, uid);
        if (r == OUTCOME_CARD_INVALID && fault.line > 0)
                bus_fail_with(call, OUTCOME_CARD_INVALID, "%s in line %u", fault.why, fault.line);
        else if (r == OUTCOME_CARD_INVALID && fault.why)
                bus_fail_with(call, OUTCOME_CARD_INVALID, "%s", fault.why);
        else
                bus_return_outcome(call, r);
}

static void manager_handle_get_card(BusCall *call, void *data)
{
        ManagerObject *o = data;
        _cleanup_(secret_freep) char *card = NULL;
        int r = own_card_get(o->deps.store, bus_call_uid(call), &card);

        if (r != 0)
                bus_return_outcome(call, r);
        else
                bus_return(call, DBUS_TYPE_STRING, &card, DBUS_TYPE_INVALID);
}

/* ---- what is shared of it ---- */

static void manager_answer_share(BusCall *call, ManagerObject *o, int r)
{
        if (r == 0)
                r = daemon_store_own_card_touch(o->deps.store, bus_call_uid(call));
        if (r == 0)
                r = accounts_upload(o->deps.accounts, bus_call_uid(call));
        if (r == 0)
                manager_object_changed_for(o, bus_call_uid(call));
        bus_return_outcome(call, r);
}

static void manager_handle_define_share(BusCall *call, void *data)
{
        ManagerObject *o = data;
        const char *name, *fields;
        int r;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_STRING, &name,
                                    DBUS_TYPE_STRING, &fields, DBUS_TYPE_INVALID);
        r = shares_define(o->deps.store, bus_call_uid(call), name, fields);
        if (r == OUTCOME_INVALID_ARGUMENT)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("a profile has a name of small letters, digits and dashes, and "
                                 "fields like TEL,EMAIL/work,URL/-home"));
        else if (r == OUTCOME_WRONG_STATE)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("this is the chosen profile: choose another one first"));
        else
                manager_answer_share(call, o, r);
}

static void manager_handle_choose_share(BusCall *call, void *data)
{
        ManagerObject *o = data;
        int r;

        r = shares_choose(o->deps.store, bus_call_uid(call), manager_first_string(call));
        if (r == OUTCOME_NOT_FOUND)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("there is no profile of this name"));
        else
                manager_answer_share(call, o, r);
}

static int manager_append_share(void *userdata, const char *name, const char *fields)
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

static bool manager_build_shares(DBusMessageIter *to, void *userdata)
{
        Listing *l = userdata;
        DBusMessageIter array;

        return dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{ss}", &array) &&
               bus_close(shares_walk(l->store, l->uid, manager_append_share, &array) == 0, to,
                         &array);
}

static void manager_handle_get_shares(BusCall *call, void *data)
{
        const ManagerObject *o = data;
        Listing l = {.store = o->deps.store, .uid = bus_call_uid(call)};

        bus_return_built(call, manager_build_shares, &l);
}

/* ---- exchanges ---- */

/* Names the position of the wrong word and words of the list, never what was typed. */
static void manager_fail_unknown_word(BusCall *call, const char *code, unsigned word)
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
        else if (n > 0)
                bus_fail_with(call, OUTCOME_UNKNOWN_WORD,
                              "word %u of the code is not in the word list; there are: %s", word,
                              text);
        else
                bus_fail_with(call, OUTCOME_UNKNOWN_WORD,
                              "word %u of the code is not in the word list", word);
}

static void on_manager_started(void *userdata, int result, const char *path)
{
        if (result == 0)
                bus_return(userdata, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID);
        else if (result == OUTCOME_INVALID_ARGUMENT)
                bus_fail_with(userdata, OUTCOME_INVALID_ARGUMENT,
                              N_("share is a profile, or fields of the card like TEL,EMAIL/work"));
        else
                bus_return_outcome(userdata, result);
}

static bool manager_check_wish(BusCall *call, const ExchangeWish *wish)
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

/* If the code is a link, takes the parts of the wish from it. False: the call has been answered. */
static bool manager_read_join(BusCall *call, ExchangeWish *wish, HuddleLink *link,
                              char code[static CODE_TEXT_MAX])
{
        int r = huddle_link_is(wish->code) ? huddle_link_parse(link, wish->code) : 0;

        if (!huddle_link_is(wish->code))
                return true;
        if (r == 0 && link->kind == HUDDLE_LINK_JOIN) {
                code_format(&link->code, code);
                wish->code = code;
                wish->cloud = link->url;
                wish->identity = &link->identity;
                return true;
        }
        bus_fail_with(call, OUTCOME_INVALID_ARGUMENT, "%s",
                      r == 0 ? N_("this is no link to an exchange") : huddle_link_message(r));
        return false;
}

enum { UNSAID = 2 }; /* a boolean that nobody has given */

static void manager_handle_start_exchange(BusCall *call, void *data)
{
        dbus_uint32_t window = 0, words = CODE_WORDS_DRAWN;
        dbus_bool_t automatic = FALSE, party = FALSE, receive = FALSE, guests = UNSAID;
        ExchangeWish wish = {0};
        const BusOption known[] = {
                {"window", DBUS_TYPE_UINT32, &window},    {"words", DBUS_TYPE_UINT32, &words},
                {"auto", DBUS_TYPE_BOOLEAN, &automatic},  {"party", DBUS_TYPE_BOOLEAN, &party},
                {"share", DBUS_TYPE_STRING, &wish.share}, {"cloud", DBUS_TYPE_STRING, &wish.cloud},
                {"guests", DBUS_TYPE_BOOLEAN, &guests},   {"receive", DBUS_TYPE_BOOLEAN, &receive},
        };
        _cleanup_huddle_link_ HuddleLink link = {};
        char code[CODE_TEXT_MAX];
        const ManagerObjectDeps *deps = &((ManagerObject *)data)->deps;
        unsigned word = 0;
        int r;

        if (!manager_read_arguments(call, &wish.code, known, ARRAY_LEN(known)))
                return;
        wish.window_s = window;
        wish.n_words = party ? 0 : words;
        wish.automatic = automatic;
        wish.receive = receive;
        if (guests != UNSAID)
                wish.guests = guests ? WISH_YES : WISH_NO;
        if (!manager_check_wish(call, &wish) || !manager_read_join(call, &wish, &link, code))
                return;
        r = daemon_store_preferences_get(deps->store, bus_call_uid(call), &wish.off);
        if (r == 0)
                r = manager_veto(&wish.veto_s, deps, bus_call_uid(call));
        if (r < 0) {
                bus_fail_errno(call, r);
                return;
        }
        r = deps->start(deps->userdata, bus_call_uid(call), &wish, &word, on_manager_started, call);
        if (r == OUTCOME_UNKNOWN_WORD)
                manager_fail_unknown_word(call, wish.code, word);
        else if (r != 0)
                on_manager_started(call, r, NULL);
        sodium_memzero(code, sizeof code);
}

static void on_manager_fetched(void *userdata, Outcome outcome, const ExchangeSummary *exchange)
{
        char path[EXCHANGE_PATH_MAX];
        const char *p = path;

        if (outcome != OUTCOME_OK) {
                bus_fail(userdata, outcome);
                return;
        }
        exchange_object_write_path(path, exchange->number);
        bus_return(userdata, DBUS_TYPE_OBJECT_PATH, &p, DBUS_TYPE_INVALID);
}

/* False: the call has been answered. */
static bool manager_read_record(BusCall *call, char ret_number[static RECORD_NUMBER_SIZE],
                                RecordPassword *ret_password)
{
        const char *number, *password;
        unsigned at = 0;
        int r;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_STRING, &number,
                                    DBUS_TYPE_STRING, &password, DBUS_TYPE_INVALID);
        r = record_password_parse(ret_password, password, &at);
        if (!record_number_parse(ret_number, number))
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("a record number has 11 digits, of which the last follows from "
                                 "the others"));
        else if (r == RECORD_E_SYMBOL)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              "character %u is in no record password: they have 2-9 and letters "
                              "but I and O",
                              at);
        else if (r == RECORD_E_LENGTH)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("a record password has 16 letters and digits"));
        else
                return true;
        return false;
}

/* cloud: its name in the store; NULL: the default. */
static void manager_fetch(BusCall *call, const ManagerObject *o, const char *cloud,
                          const char *number, const RecordPassword *password)
{
        int r = records_fetch(o->deps.records, bus_call_uid(call), cloud, number, password,
                              on_manager_fetched, call);

        if (r != 0)
                bus_return_outcome(call, r);
}

static void manager_handle_fetch(BusCall *call, void *data)
{
        _cleanup_record_password_ RecordPassword password = {};
        char number[RECORD_NUMBER_SIZE];

        if (manager_read_record(call, number, &password))
                manager_fetch(call, data, NULL, number, &password);
}

static void manager_fetch_link(BusCall *call, const ManagerObject *o, const HuddleLink *link)
{
        const CloudLine *line = manager_find_line(call, o, link->has_cloud ? link->url : NULL);

        if (!line)
                return;
        if (link->has_cloud && clouds_contradict(line, &link->identity))
                bus_fail(call, OUTCOME_CLOUD_KEY_CHANGED);
        else
                manager_fetch(call, o, cloud_line_name(line), link->number, &link->password);
}

static void manager_handle_fetch_link(BusCall *call, void *data)
{
        _cleanup_huddle_link_ HuddleLink link = {};
        int r = huddle_link_parse(&link, manager_first_string(call));

        if (r == 0 && link.kind == HUDDLE_LINK_RECORD)
                manager_fetch_link(call, data, &link);
        else if (r < 0)
                bus_fail_errno(call, r);
        else
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT, "%s",
                              r == 0 ? N_("this is no link to a record") : huddle_link_message(r));
}

/* ---- properties ---- */

static bool manager_get_version(DBusMessageIter *to, void *data, uint32_t uid)
{
        return bus_append_string(to, PACKAGE_VERSION);
}

static bool manager_get_api_level(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_uint32_t level = MANAGER_API_LEVEL;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &level);
}

static bool manager_get_cloud_state(DBusMessageIter *to, void *data, uint32_t uid)
{
        const CloudLine *l = clouds_default(((ManagerObject *)data)->deps.clouds, uid);

        if (cloud_line_relayed(l))
                return bus_append_string(to, "relayed");
        return bus_append_string(to, cloud_line_online(l) ? "online" : "offline");
}

static bool manager_get_cloud_error(DBusMessageIter *to, void *data, uint32_t uid)
{
        const CloudLine *l = clouds_default(((ManagerObject *)data)->deps.clouds, uid);
        Outcome trouble = cloud_line_trouble(l);

        if (cloud_line_online(l))
                return bus_append_string(to, "");
        return bus_append_string(to, trouble == OUTCOME_OK ? N_("nothing has been asked of it yet")
                                                           : outcome_message(trouble));
}

static bool manager_get_cloud_url(DBusMessageIter *to, void *data, uint32_t uid)
{
        return bus_append_string(
                to, cloud_line_url(clouds_default(((ManagerObject *)data)->deps.clouds, uid)));
}

static bool manager_get_cloud_address(DBusMessageIter *to, void *data, uint32_t uid)
{
        const char *address =
                cloud_line_address(clouds_default(((ManagerObject *)data)->deps.clouds, uid));

        return bus_append_string(to, address ? address : "");
}

static bool manager_get_clock_skew(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_int64_t skew =
                cloud_line_skew_ms(clouds_default(((ManagerObject *)data)->deps.clouds, uid)) /
                1000;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_INT64, &skew);
}

static bool manager_get_radios(DBusMessageIter *to, void *data, uint32_t uid)
{
        const ManagerObjectDeps *deps = &((ManagerObject *)data)->deps;
        const char *radios[MANAGER_RADIOS_MAX];

        return bus_append_strings(to, radios, deps->radios(deps->userdata, radios));
}

static bool manager_get_place(DBusMessageIter *to, void *data, uint32_t uid)
{
        char text[LOCATION_TEXT_MAX];

        location_explain(((ManagerObject *)data)->deps.location, text);
        return bus_append_string(to, text);
}

static bool manager_get_place_state(DBusMessageIter *to, void *data, uint32_t uid)
{
        return bus_append_string(
                to, location_state_name(location_state(((ManagerObject *)data)->deps.location)));
}

static bool manager_get_registered(DBusMessageIter *to, void *data, uint32_t uid)
{
        const Account *a = accounts_find(((ManagerObject *)data)->deps.accounts, uid);
        dbus_bool_t registered = a && account_registered(a);

        return dbus_message_iter_append_basic(to, DBUS_TYPE_BOOLEAN, &registered);
}

static bool manager_get_handle(DBusMessageIter *to, void *data, uint32_t uid)
{
        const Account *a = accounts_find(((ManagerObject *)data)->deps.accounts, uid);

        return bus_append_string(to, a ? account_handle(a) : "");
}

/* Empty if the store fails: then nothing is shared either. */
static bool manager_get_share(DBusMessageIter *to, void *data, uint32_t uid)
{
        _cleanup_free_ char *name = NULL;

        return bus_append_string(
                to,
                shares_chosen(((ManagerObject *)data)->deps.store, uid, &name) == 0 ? name : "");
}

static const BusMethod manager_methods[] = {
        {"GetConsent", "s", "usb", manager_handle_get_consent},
        {"Register", "sa{sv}", "", manager_handle_register},
        {"Confirm", "ss", "", manager_handle_confirm},
        {"Unregister", "", "", manager_handle_unregister},
        {"SetCard", "s", "", manager_handle_set_card},
        {"GetCard", "", "s", manager_handle_get_card},
        {"DefineShare", "ss", "", manager_handle_define_share},
        {"ChooseShare", "s", "", manager_handle_choose_share},
        {"GetShares", "", "a{ss}", manager_handle_get_shares},
        {"PreviewShare", "s", "sas", manager_handle_preview_share},
        {"SetPreference", "sb", "", manager_handle_set_preference},
        {"SetVetoSeconds", "i", "", manager_handle_set_veto},
        {"ReadLink", "s", "a{sv}", manager_handle_read_link},
        {"GetClouds", "", "aa{sv}", manager_handle_get_clouds},
        {"FindClouds", "", "aa{sv}", manager_handle_find_clouds},
        {"AddCloud", "sa{sv}", "s", manager_handle_add_cloud},
        {"HostCloud", "ss", "", manager_handle_host_cloud},
        {"UseCloud", "s", "", manager_handle_use_cloud},
        {"RemoveCloud", "sa{sv}", "", manager_handle_remove_cloud},
        {"StartExchange", "sa{sv}", "o", manager_handle_start_exchange},
        {"Fetch", "ss", "o", manager_handle_fetch},
        {"FetchLink", "s", "o", manager_handle_fetch_link},
        {"History", "", "aa{sv}", manager_handle_history},
        {"ListHistory", "ou", "aa{sv}b", manager_handle_list_history},
        {"DeleteExchange", "o", "", manager_handle_delete_exchange},
        {"DeleteHistory", "", "uu", manager_handle_delete_history},
        {"ListWords", "", "as", manager_handle_list_words},
        {"ReadCode", "s", "ssuas", manager_handle_read_code},
        {0},
};

static const BusProperty manager_properties[] = {
        {"Version", "s", manager_get_version, BUS_SILENT},
        {"ApiLevel", "u", manager_get_api_level, BUS_SILENT},
        {"CloudState", "s", manager_get_cloud_state, BUS_PER_CALLER},
        {"CloudError", "s", manager_get_cloud_error, BUS_PER_CALLER},
        {"CloudUrl", "s", manager_get_cloud_url, BUS_PER_CALLER},
        {"CloudAddress", "s", manager_get_cloud_address, BUS_PER_CALLER},
        {"ClockSkew", "x", manager_get_clock_skew, BUS_PER_CALLER},
        {"Radios", "as", manager_get_radios, BUS_ANNOUNCED},
        {"Place", "s", manager_get_place, BUS_SILENT},
        {"PlaceState", "s", manager_get_place_state, BUS_SILENT},
        {"Registered", "b", manager_get_registered, BUS_PER_CALLER},
        {"Handle", "s", manager_get_handle, BUS_PER_CALLER},
        {"Share", "s", manager_get_share, BUS_PER_CALLER},
        {"Preferences", "a{sb}", manager_get_preferences, BUS_PER_CALLER},
        {"VetoSeconds", "u", manager_get_veto, BUS_PER_CALLER},
        {"UnregisterText", "s", manager_get_unregister_text, BUS_SILENT},
        {0},
};

static const BusSignal manager_signals[] = {
        {"HistoryChanged", "os"},
        {"RecordFetched", "ot"},
        {0},
};

const BusInterface manager_interface = {
        .name = "org.huddle.Manager1",
        .xml = bus_xml_Manager1,
        .methods = manager_methods,
        .properties = manager_properties,
        .signals = manager_signals,
        .large_method = "SetCard",
};

/* ---- life ---- */

int manager_object_new(ManagerObject **ret, const ManagerObjectDeps *deps)
{
        _cleanup_(manager_object_freep) ManagerObject *o = calloc(1, sizeof *o);
        int r;

        assert(deps->start && deps->running && deps->forget && deps->find && deps->radios);
        assert(deps->offered && deps->carry_for && deps->host);
        if (!o)
                return -ENOMEM;
        o->deps = *deps;
        r = bus_object_new(&o->object, deps->bus, BUS_ROOT, &manager_interface, BUS_EVERYONE, o);
        if (r == 0)
                *ret = TAKE_PTR(o);
        return r;
}

ManagerObject *manager_object_free(ManagerObject *o)
{
        if (!o)
                return NULL;
        bus_object_free(o->object);
        free(o);
        return NULL;
}

void manager_object_changed(ManagerObject *o)
{
        bus_object_changed(o->object);
}

void manager_object_changed_for(ManagerObject *o, uint32_t uid)
{
        if (uid == CLOUDS_EVERYONE)
                bus_object_changed_for_all(o->object);
        else
                bus_object_changed_for(o->object, uid);
}
