/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-private.h - what the files of org.huddle.Manager1 share: manager-object.c has its tables,
 * the others handle some of its methods */
#pragma once

#include "manager-object.h"

/* Grows by one with the first addition after a release; the rule is in org.huddle.Manager1.xml. */
enum { MANAGER_API_LEVEL = 1 };

struct ManagerObject {
        ManagerObjectDeps deps;
        BusObject *object;
};

/* What belongs to one user. */
typedef struct Listing {
        DaemonStore *store;
        uint32_t uid;
        uint64_t before; /* exchanges of a page: older than this one, 0: any */
        uint32_t max;
        uint32_t n; /* walked over */
} Listing;

/* NULL: the caller has none. */
Account *manager_account(const ManagerObject *o, BusCall *call);
/* The first argument, of type s or o. Borrowed. */
const char *manager_first_string(BusCall *call);

/* ---- methods: manager-history.c ---- */
void manager_handle_history(BusCall *call, void *data);
void manager_handle_list_history(BusCall *call, void *data);
void manager_handle_delete_exchange(BusCall *call, void *data);
void manager_handle_delete_history(BusCall *call, void *data);

/* ---- methods: manager-code.c ---- */
void manager_handle_list_words(BusCall *call, void *data);
void manager_handle_read_code(BusCall *call, void *data);

/* ---- methods and properties: manager-preference.c ---- */
void manager_handle_set_preference(BusCall *call, void *data);
bool manager_get_preferences(DBusMessageIter *to, void *data, uint32_t uid);
void manager_handle_set_veto(BusCall *call, void *data);
bool manager_get_veto(DBusMessageIter *to, void *data, uint32_t uid);
/* The user's countdown in seconds, or the configured one. Negative errno. */
int manager_veto(uint32_t *ret, const ManagerObjectDeps *deps, uint32_t uid);
bool manager_get_unregister_text(DBusMessageIter *to, void *data, uint32_t uid);

/* ---- methods: manager-preview.c ---- */
void manager_handle_preview_share(BusCall *call, void *data);
/* Reads a first argument s and a second a{sv}. False: the call has been answered. */
bool manager_read_arguments(BusCall *call, const char **ret, const BusOption *known,
                            size_t n_known);
/* The caller's cloud at this address, or with this digest (cloud-words.h); NULL or "": the default.
 * NULL: the call has been answered. */
CloudLine *manager_find_line(BusCall *call, const ManagerObject *o, const char *name);
/* Answers the end of an operation on an account. */
void on_manager_done(void *userdata, Outcome outcome, const char *detail);

/* ---- methods: manager-clouds.c ---- */
void manager_handle_read_link(BusCall *call, void *data);
void manager_handle_get_clouds(BusCall *call, void *data);
void manager_handle_find_clouds(BusCall *call, void *data);
void manager_handle_add_cloud(BusCall *call, void *data);
void manager_handle_host_cloud(BusCall *call, void *data);
void manager_handle_use_cloud(BusCall *call, void *data);
void manager_handle_remove_cloud(BusCall *call, void *data);
