/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
/* before GLib, which has a MIN and a MAX of its own */
#include "src/base/program.h"
#include "host-command.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

typedef struct HostCall {
        HuddlePage *page; /* borrowed: our calls are cancelled before it goes */
        HostDone done;
        gboolean look; /* what the command says is not the whole state */
} HostCall;

gboolean host_command_is_possible(void)
{
        char path[PATH_MAX];

        program_find(path, "huddle-cloud", BINDIR);
        return access(path, X_OK) == 0;
}

/* ---- what it says ---------------------------------------------------------------------------- */

static const char *host_text(const json_t *said, const char *key)
{
        const char *text = json_string_value(json_object_get(said, key));

        return text ? text : "";
}

static void host_tell(HostCall *call, const json_t *said)
{
        const HostState state = {
                .running = json_is_true(json_object_get(said, "Running")),
                .kept = json_is_true(json_object_get(said, "Kept")),
                .name = (char *)host_text(said, "Name"),
                .words = (char *)host_text(said, "Words"),
                .url = (char *)host_text(said, "Url"),
                .link = (char *)host_text(said, "Link"),
        };

        call->done(call->page, &state, NULL);
}

static void host_fail(HostCall *call, const char *message)
{
        g_autoptr(GError) error = g_error_new_literal(G_IO_ERROR, G_IO_ERROR_FAILED, message);

        call->done(call->page, NULL, error);
}

/* One object, also where it complains. */
static void host_read(HostCall *call, gboolean well, const char *out)
{
        json_t *said = json_loads(out, 0, NULL);

        if (well && said && call->look)
                host_command_run(call->page, "status", NULL, call->done);
        else if (well && said)
                host_tell(call, said);
        else
                host_fail(call, host_text(said, "message"));
        json_decref(said);
}

static void host_on_said(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *out = NULL;
        g_autofree HostCall *call = userdata;
        GSubprocess *command = G_SUBPROCESS(source);

        (void)g_subprocess_communicate_utf8_finish(command, result, &out, NULL, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return; /* the page is gone; the command goes on */
        if (error)
                call->done(call->page, NULL, error);
        else
                host_read(call, g_subprocess_get_successful(command), out);
}

/* ---- the command ----------------------------------------------------------------------------- */

static const char *host_bus_option(HuddlePage *page)
{
        static const char *const options[] = {[CLIENT_BUS_CHOOSE] = NULL,
                                              [CLIENT_BUS_SYSTEM] = "--system",
                                              [CLIENT_BUS_SESSION] = "--user"};

        return options[huddle_client_get_bus(huddle_page_get_client(page))];
}

void host_command_run(HuddlePage *page, const char *verb, const char *name, HostDone done)
{
        g_autoptr(GPtrArray) argv = g_ptr_array_new();
        g_autoptr(GSubprocess) command = NULL;
        g_autoptr(GError) error = NULL;
        char path[PATH_MAX];
        HostCall *call;

        program_find(path, "huddle", BINDIR);
        g_ptr_array_add(argv, path);
        g_ptr_array_add(argv, (char *)"--json");
        if (host_bus_option(page))
                g_ptr_array_add(argv, (char *)host_bus_option(page));
        g_ptr_array_add(argv, (char *)"host");
        g_ptr_array_add(argv, (char *)verb);
        if (name && *name) {
                g_ptr_array_add(argv, (char *)"--name");
                g_ptr_array_add(argv, (char *)name);
        }
        g_ptr_array_add(argv, NULL);
        command = g_subprocess_newv((const char *const *)argv->pdata,
                                    G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
        if (!command) {
                done(page, NULL, error);
                return;
        }
        call = g_new0(HostCall, 1);
        *call = (HostCall){page, done, g_str_equal(verb, "keep")};
        g_subprocess_communicate_utf8_async(command, NULL, huddle_page_get_cancellable(page),
                                            host_on_said, call);
}
