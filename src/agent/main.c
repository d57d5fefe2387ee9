/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle-agent - puts the cards that huddled received into the user's address book */
#include "config.h"
#include "agent.h"
#include "../log.h"
#include "../loop-dbus.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define AGENT_NAME "org.huddle.Agent"

typedef struct Settings {
        bool user; /* org.huddle is on the session bus */
        const char *folder;
} Settings;

typedef struct Buses {
        DBusConnection *system, *session; /* either may be NULL */
        LoopDBus *system_loop, *session_loop;
} Buses;

static const char help[] = "Usage: huddle-agent [--user] [--folder DIR]\n"
                           "Puts received cards into a folder of .vcf files.\n\n"
                           "  --user        follow the huddled of the session bus\n"
                           "  --folder DIR  instead of $XDG_DATA_HOME/huddle/contacts\n"
                           "  --help, --version\n";

/* Exit code, or -1 to go on. */
static int parse_arguments(Settings *s, int argc, char **argv)
{
        static const struct option options[] = {
                {"user", no_argument, NULL, 'u'},
                {"folder", required_argument, NULL, 'f'},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
                {NULL, 0, NULL, 0},
        };

        for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
                switch (c) {
                case 'u':
                        s->user = true;
                        break;
                case 'f':
                        s->folder = optarg;
                        break;
                case 'h':
                        (void)fputs(help, stdout);
                        return 0;
                case 'V':
                        (void)puts("huddle-agent " PACKAGE_VERSION);
                        return 0;
                default:
                        return 2;
                }
        if (optind == argc)
                return -1;
        (void)fputs(help, stderr);
        return 2;
}

/* A path below one of the XDG base directories, or below its default in the home directory. New, or NULL. */
static char *xdg_path(const char *variable, const char *fallback, const char *below)
{
        const char *base = getenv(variable), *home = getenv("HOME");
        char *path = NULL;
        int r;

        if (base && *base == '/')
                r = asprintf(&path, "%s/%s", base, below);
        else
                r = home && *home == '/' ? asprintf(&path, "%s/%s/%s", home, fallback, below) : -1;
        return r < 0 ? NULL : path;
}

static int open_folder(Folder **ret, const Settings *s)
{
        _cleanup_free_ char *folder =
                s->folder ? strdup(s->folder) : xdg_path("XDG_DATA_HOME", ".local/share", "huddle/contacts");
        _cleanup_free_ char *state = xdg_path("XDG_STATE_HOME", ".local/state", "huddle/agent");
        int r;

        if (!folder || !state) {
                log_error("no home directory");
                return -ENOENT;
        }
        r = folder_open(ret, folder, state);
        if (r == FOLDER_E_IN_USE)
                log_error("another huddle-agent of this user is running");
        else if (r < 0)
                log_error("%s or %s: %s", folder, state, strerror(-r));
        return r;
}

static int open_bus(DBusConnection **ret, LoopDBus **ret_loop, sd_event *event, DBusBusType type)
{
        DBusConnection *bus = dbus_bus_get_private(type, NULL);
        int r;

        if (!bus)
                return -ENOTCONN;
        dbus_connection_set_exit_on_disconnect(bus, FALSE);
        r = loop_dbus_new(ret_loop, bus, event);
        if (r < 0) {
                dbus_connection_close(bus);
                dbus_connection_unref(bus);
                return r;
        }
        *ret = bus;
        return 0;
}

static void close_bus(DBusConnection *bus, LoopDBus *loop)
{
        loop_dbus_free(loop);
        if (!bus)
                return;
        dbus_connection_close(bus);
        dbus_connection_unref(bus);
}

static void buses_done(Buses *b)
{
        close_bus(b->session, b->session_loop);
        close_bus(b->system, b->system_loop);
}

/* The bus of huddled, which there must be; and the session bus for our own name, where there is one. */
static int open_buses(Buses *b, sd_event *event, const Settings *s)
{
        int r;

        if (!s->user) {
                r = open_bus(&b->system, &b->system_loop, event, DBUS_BUS_SYSTEM);
                if (r < 0) {
                        log_error("no system bus");
                        return r;
                }
        }
        r = open_bus(&b->session, &b->session_loop, event, DBUS_BUS_SESSION);
        if (r < 0 && s->user) {
                log_error("no session bus");
                return r;
        }
        if (b->session && !s->user) /* the session is over, and nothing here is lost by it */
                dbus_connection_set_exit_on_disconnect(b->session, TRUE);
        if (b->session && dbus_bus_request_name(b->session, AGENT_NAME, DBUS_NAME_FLAG_DO_NOT_QUEUE, NULL) !=
                                  DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER) {
                log_error(AGENT_NAME " has an owner already");
                return -EEXIST;
        }
        return 0;
}

static int add_signals(sd_event *event)
{
        static const int signals[] = {SIGINT, SIGTERM};
        sigset_t set;
        int r = 0;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_LEN(signals); i++)
                (void)sigaddset(&set, signals[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_LEN(signals) && r >= 0; i++)
                r = sd_event_add_signal(event, NULL, signals[i], NULL, NULL); /* ends the loop */
        return r;
}

static int run(const Settings *s)
{
        _cleanup_(folder_freep) Folder *folder = NULL;
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(buses_done) Buses buses = {0};
        _cleanup_(agent_freep) Agent *agent = NULL;
        int r;

        r = open_folder(&folder, s);
        if (r)
                return r;
        r = sd_event_default(&event);
        if (r >= 0)
                r = add_signals(event);
        if (r >= 0)
                r = open_buses(&buses, event, s);
        if (r >= 0)
                r = agent_new(&agent, event, s->user ? buses.session : buses.system, folder);
        return r < 0 ? r : sd_event_loop(event);
}

int main(int argc, char **argv)
{
        Settings settings = {0};
        int r = parse_arguments(&settings, argc, argv);

        if (r >= 0)
                return r;
        log_open("huddle-agent");
        return run(&settings) ? EXIT_FAILURE : EXIT_SUCCESS;
}
