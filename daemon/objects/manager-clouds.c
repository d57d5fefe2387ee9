/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-clouds.c - methods of org.huddle.Manager1 about links and the clouds of a user */
#include "manager-private.h"
#include "src/base/language.h"
#include "src/protocol/cloud-words.h"
#include "src/protocol/huddle-link.h"

#include <string.h>

/* What is appended to an a{sv} by name. */
static bool clouds_append_text(DBusMessageIter *dict, const char *key, const char *text)
{
        return bus_append_entry(dict, key, "s", &text);
}

static bool clouds_append_bool(DBusMessageIter *dict, const char *key, bool value)
{
        dbus_bool_t b = value;

        return bus_append_entry(dict, key, "b", &b);
}

/* identity NULL: the cloud has not been met. */
static bool clouds_append_identity(DBusMessageIter *dict, const CloudIdentity *identity)
{
        char text[CLOUD_IDENTITY_TEXT_MAX] = "", words[CLOUD_WORDS_SIZE] = "";

        if (identity) {
                cloud_identity_format(text, identity);
                cloud_words(words, identity);
        }
        return clouds_append_text(dict, "Identity", text) &&
               clouds_append_text(dict, "Words", words);
}

/* ---- links ---- */

typedef struct LinkReply {
        const ManagerObject *object;
        uint32_t uid;
        HuddleLink link;
} LinkReply;

/* known, unknown, or other: this user knows the cloud at that address with other keys. */
static const char *link_standing(const LinkReply *reply)
{
        const CloudLine *line =
                clouds_find(reply->object->deps.clouds, reply->uid, reply->link.url);

        if (!line)
                return "unknown";
        return clouds_contradict(line, &reply->link.identity) ? "other" : "known";
}

static bool link_append_cloud(DBusMessageIter *dict, const LinkReply *reply)
{
        if (!reply->link.has_cloud)
                return true;
        return clouds_append_text(dict, "Url", reply->link.url) &&
               clouds_append_identity(dict, &reply->link.identity) &&
               clouds_append_text(dict, "Cloud", link_standing(reply));
}

static bool link_append_parts(DBusMessageIter *dict, const LinkReply *reply)
{
        static const char *const kinds[] = {
                [HUDDLE_LINK_JOIN] = "join",
                [HUDDLE_LINK_CLOUD] = "cloud",
                [HUDDLE_LINK_RECORD] = "record",
        };
        char code[CODE_TEXT_MAX] = "";
        bool ok = clouds_append_text(dict, "Kind", kinds[reply->link.kind]) &&
                  link_append_cloud(dict, reply);

        if (reply->link.kind == HUDDLE_LINK_JOIN) {
                code_format(&reply->link.code, code);
                ok = ok && clouds_append_text(dict, "Code", code);
                sodium_memzero(code, sizeof code);
        } else if (reply->link.kind == HUDDLE_LINK_RECORD)
                ok = ok && clouds_append_text(dict, "Number", reply->link.number);
        return ok;
}

static bool link_build(DBusMessageIter *to, void *userdata)
{
        DBusMessageIter dict;

        return dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}", &dict) &&
               bus_close(link_append_parts(&dict, userdata), to, &dict);
}

void manager_handle_read_link(BusCall *call, void *data)
{
        LinkReply reply = {.object = data, .uid = bus_call_uid(call)};
        int r = huddle_link_parse(&reply.link, manager_first_string(call));

        if (r == 0)
                bus_return_built(call, link_build, &reply);
        else if (r < 0)
                bus_fail_errno(call, r);
        else
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT, "%s", huddle_link_message(r));
        huddle_link_done(&reply.link);
}

/* ---- the clouds of the caller ---- */

typedef struct CloudsReply {
        const ManagerObject *object;
        uint32_t uid;
        DBusMessageIter array;
} CloudsReply;

static const char *clouds_state(const CloudLine *l)
{
        return cloud_line_relayed(l) ? "relayed" : cloud_line_online(l) ? "online" : "offline";
}

static bool clouds_append_cloud(DBusMessageIter *dict, const CloudsReply *reply, CloudLine *l)
{
        const ManagerObjectDeps *d = &reply->object->deps;
        const Account *a = accounts_at(d->accounts, reply->uid, l);
        bool configured = l == clouds_configured(d->clouds);

        return clouds_append_text(dict, "Url", cloud_line_url(l)) &&
               clouds_append_identity(dict, cloud_line_identity(l)) &&
               clouds_append_text(dict, "State", clouds_state(l)) &&
               clouds_append_bool(dict, "Default", l == clouds_default(d->clouds, reply->uid)) &&
               clouds_append_bool(dict, "Registered", a && account_registered(a)) &&
               clouds_append_text(dict, "Handle", a ? account_handle(a) : "") &&
               clouds_append_bool(dict, "Configured", configured) &&
               clouds_append_bool(dict, "Fixed", configured && clouds_fixed(d->clouds));
}

static int clouds_append_line(void *userdata, CloudLine *l)
{
        CloudsReply *reply = userdata;
        DBusMessageIter dict;

        if (!dbus_message_iter_open_container(&reply->array, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return -ENOMEM;
        return bus_close(clouds_append_cloud(&dict, reply, l), &reply->array, &dict) ? 0 : -ENOMEM;
}

static bool clouds_build(DBusMessageIter *to, void *userdata)
{
        CloudsReply *reply = userdata;

        return dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "a{sv}", &reply->array) &&
               bus_close(clouds_walk(reply->object->deps.clouds, reply->uid, clouds_append_line,
                                     reply) == 0,
                         to, &reply->array);
}

void manager_handle_get_clouds(BusCall *call, void *data)
{
        CloudsReply reply = {.object = data, .uid = bus_call_uid(call)};

        bus_return_built(call, clouds_build, &reply);
}

/* By the digest of its keys, or by its address, which may be another one in the next moment. */
static CloudLine *clouds_find_named(const Clouds *c, uint32_t uid, const char *name)
{
        Bytes32 digest;

        return cloud_digest_parse(&digest, name, strlen(name)) ? clouds_with_digest(c, uid, &digest)
                                                               : clouds_find(c, uid, name);
}

CloudLine *manager_find_line(BusCall *call, const ManagerObject *o, const char *name)
{
        CloudLine *l = name && *name ? clouds_find_named(o->deps.clouds, bus_call_uid(call), name)
                                     : clouds_default(o->deps.clouds, bus_call_uid(call));

        if (!l)
                bus_fail(call, OUTCOME_UNKNOWN_CLOUD);
        return l;
}

/* ---- the clouds around ---- */

typedef struct FoundReply {
        const ManagerObject *object;
        uint32_t uid;
        const FoundCloud *found;
        size_t n;
} FoundReply;

/* What this user has already: the cloud at that address, at another one (moved), or at that address
 * a cloud with other keys. */
static const char *found_standing(const FoundReply *reply, const FoundCloud *f)
{
        const Clouds *clouds = reply->object->deps.clouds;
        const CloudLine *line = clouds_find(clouds, reply->uid, f->url);

        if (line && cloud_line_has_digest(line, &f->announce.digest))
                return "known";
        if (line && cloud_line_identity(line))
                return "other";
        return clouds_with_digest(clouds, reply->uid, &f->announce.digest) ? "moved" : "unknown";
}

static bool found_append_cloud(DBusMessageIter *dict, const FoundReply *reply, const FoundCloud *f)
{
        char digest[CLOUD_DIGEST_TEXT_SIZE], words[CLOUD_WORDS_SIZE];

        cloud_digest_format(digest, &f->announce.digest);
        cloud_digest_words(words, &f->announce.digest);
        return clouds_append_text(dict, "Name", f->announce.name) &&
               clouds_append_text(dict, "Url", f->url) &&
               clouds_append_text(dict, "Words", words) &&
               clouds_append_text(dict, "Digest", digest) &&
               clouds_append_bool(dict, "Bluetooth", f->by_bluetooth) &&
               clouds_append_text(dict, "Cloud", found_standing(reply, f));
}

static bool found_build(DBusMessageIter *to, void *userdata)
{
        const FoundReply *reply = userdata;
        DBusMessageIter array, dict;
        bool ok = dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "a{sv}", &array);

        for (size_t i = 0; ok && i < reply->n; i++)
                ok = dbus_message_iter_open_container(&array, DBUS_TYPE_ARRAY, "{sv}", &dict) &&
                     bus_close(found_append_cloud(&dict, reply, &reply->found[i]), &array, &dict);
        return bus_close(ok, to, &array);
}

typedef struct FoundCall {
        const ManagerObject *object;
        BusCall *call;
} FoundCall;

static void on_clouds_found(void *userdata, bool looked, const FoundCloud *found, size_t n)
{
        FoundCall f = *(FoundCall *)userdata;
        FoundReply reply = {f.object, bus_call_uid(f.call), found, n};

        free(userdata);
        if (looked)
                bus_return_built(f.call, found_build, &reply);
        else
                bus_fail(f.call, OUTCOME_SEARCH_FAILED);
}

void manager_handle_find_clouds(BusCall *call, void *data)
{
        const ManagerObject *o = data;
        FoundCall *f = malloc(sizeof *f);
        int r = f ? 0 : -ENOMEM;

        if (f) {
                *f = (FoundCall){o, call};
                r = o->deps.find(o->deps.userdata, bus_call_uid(call), on_clouds_found, f);
        }
        if (r == 0)
                return;
        free(f);
        bus_return_outcome(call, r);
}

/* ---- adding and choosing ---- */

static void on_cloud_added(void *userdata, int outcome, CloudLine *line)
{
        const char *url;

        if (outcome == OUTCOME_INVALID_ARGUMENT)
                bus_fail_with(userdata, OUTCOME_INVALID_ARGUMENT,
                              N_("a cloud is a link to it, or its address: https://cloud.example"));
        else if (outcome == OUTCOME_CLOUD_KEY_CHANGED)
                bus_fail_with(userdata, OUTCOME_CLOUD_KEY_CHANGED,
                              "the cloud there has other keys than those announced, or known here: "
                              "if its operator confirms them, remove it and add it again");
        else if (outcome != 0)
                bus_return_outcome(userdata, outcome);
        else {
                url = cloud_line_url(line);
                bus_return(userdata, DBUS_TYPE_STRING, &url, DBUS_TYPE_INVALID);
        }
}

/* From a link to whatever is at the cloud. False: the call has been answered. */
static bool clouds_read_link(BusCall *call, HuddleLink *ret, const char *text)
{
        int r = huddle_link_parse(ret, text);

        if (r == 0 && ret->has_cloud)
                return true;
        bus_fail_with(call, OUTCOME_INVALID_ARGUMENT, "%s",
                      r == 0 ? N_("this link names no cloud") : huddle_link_message(r));
        return false;
}

void manager_handle_add_cloud(BusCall *call, void *data)
{
        ManagerObject *o = data;
        _cleanup_huddle_link_ HuddleLink link = {};
        const char *cloud, *identity = NULL, *digest = NULL;
        const BusOption known[] = {{"identity", DBUS_TYPE_STRING, &identity},
                                   {"digest", DBUS_TYPE_STRING, &digest}};
        CloudIdentity given;
        Bytes32 announced;
        CloudProof proof = {};

        if (!manager_read_arguments(call, &cloud, known, ARRAY_LEN(known)))
                return;
        if (digest && (identity || huddle_link_is(cloud) ||
                       !cloud_digest_parse(&announced, digest, strlen(digest)))) {
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              "digest is not that of FindClouds, with the URL and nothing else");
                return;
        }
        if (digest)
                proof = (CloudProof){.identity = o->deps.offered(o->deps.userdata, &announced),
                                     .digest = &announced};
        if (identity && cloud_identity_parse(&given, identity) < 0) {
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("identity is not the identity of a cloud"));
                return;
        }
        if (identity)
                proof.identity = &given;
        if (huddle_link_is(cloud)) {
                if (!clouds_read_link(call, &link, cloud))
                        return;
                cloud = link.url;
                proof.identity = &link.identity;
        }
        clouds_add(o->deps.clouds, bus_call_uid(call), cloud, &proof, on_cloud_added, call);
}

void manager_handle_host_cloud(BusCall *call, void *data)
{
        const ManagerObject *o = data;
        DBusMessageIter args;
        const char *name;
        CloudLine *l = manager_find_line(call, o, manager_first_string(call));

        if (!l)
                return;
        (void)dbus_message_iter_init(bus_call_message(call), &args);
        (void)dbus_message_iter_next(&args);
        dbus_message_iter_get_basic(&args, &name);
        bus_return_outcome(call, o->deps.host(o->deps.userdata, call, l, name));
}

void manager_handle_use_cloud(BusCall *call, void *data)
{
        ManagerObject *o = data;
        uint32_t uid = bus_call_uid(call);
        CloudLine *l = manager_find_line(call, o, manager_first_string(call));
        int r;

        if (!l)
                return;
        r = clouds_choose(o->deps.clouds, uid, l);
        if (r == 0)
                manager_object_changed_for(o, uid);
        bus_return_outcome(call, r);
}

/* ---- removing ---- */

typedef struct CloudRemoval {
        ManagerObject *object;
        BusCall *call;
        CloudLine *line;
} CloudRemoval;

static void clouds_finish_removal(BusCall *call, ManagerObject *o, CloudLine *l)
{
        uint32_t uid = bus_call_uid(call);
        int r;

        o->deps.drop_ended(o->deps.userdata, uid, l);
        r = accounts_drop(o->deps.accounts, uid, l);
        if (r == 0)
                r = clouds_remove(o->deps.clouds, uid, l);
        if (r == 0)
                manager_object_changed_for(o, uid);
        bus_return_outcome(call, r == -EBUSY ? (int)OUTCOME_BUSY : r);
}

static void on_cloud_unregistered(void *userdata, Outcome outcome, const char *detail)
{
        CloudRemoval removal = *(CloudRemoval *)userdata;

        free(userdata);
        if (outcome == OUTCOME_OK || outcome == OUTCOME_NOT_REGISTERED)
                clouds_finish_removal(removal.call, removal.object, removal.line);
        else
                bus_fail(removal.call, outcome);
}

static void clouds_unregister(BusCall *call, ManagerObject *o, CloudLine *l, Account *a)
{
        CloudRemoval *removal = malloc(sizeof *removal);

        if (!removal) {
                bus_fail_errno(call, -ENOMEM);
                return;
        }
        *removal = (CloudRemoval){.object = o, .call = call, .line = l};
        account_unregister(a, on_cloud_unregistered, removal);
}

void manager_handle_remove_cloud(BusCall *call, void *data)
{
        ManagerObject *o = data;
        uint32_t uid = bus_call_uid(call);
        dbus_bool_t force = FALSE;
        const BusOption known[] = {{"force", DBUS_TYPE_BOOLEAN, &force}};
        const char *url;
        CloudLine *l;
        Account *a;

        if (!manager_read_arguments(call, &url, known, ARRAY_LEN(known)))
                return;
        l = manager_find_line(call, o, url);
        if (!l)
                return;
        a = accounts_at(o->deps.accounts, uid, l);
        if (l == clouds_configured(o->deps.clouds))
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("this cloud is in the configuration of the machine"));
        else if (o->deps.running(o->deps.userdata, uid) || records_busy(o->deps.records, uid))
                bus_fail(call, OUTCOME_BUSY);
        else if (a && !force)
                clouds_unregister(call, o, l, a);
        else
                clouds_finish_removal(call, o, l);
}
