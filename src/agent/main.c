/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle-agent - puts the cards that huddled received into the user's address book */
#include "config.h"
#include "bus.h"
#include "src/base/paths.h"
#include "sink-eds.h"
#include "src/base/language.h"
#include "src/base/log.h"
#include "src/base/loop-dbus.h"

#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct Arguments {
        bool user; /* org.huddle is on the session bus */
        const char *folder;
} Arguments;

typedef struct Buses {
        DBusConnection *system, *session; /* either may be NULL */
        LoopDBus *system_loop, *session_loop;
} Buses;

static const char help[] = N_("Usage: huddle-agent [--user] [--folder DIR]\n"
                              "Puts received cards into the user's address books.\n\n"
                              "  --user        follow the huddled of the session bus\n"
                              "  --folder DIR  into this folder of .vcf files alone\n"
                              "  --help, --version\n");

/* Returns an exit code, or -1 to go on. */
static int agent_parse_arguments(Arguments *s, int argc, char **argv)
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
                        (void)fputs(_(help), stdout);
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

static int open_journal(Journal **ret)
{
        _cleanup_free_ char *folder = xdg_path("XDG_STATE_HOME", ".local/state", "huddle"),
                            *path = NULL;
        int r;

        if (!folder || asprintf(&path, "%s/agent.db", folder) < 0) {
                path = NULL;
                log_error("no home directory");
                return -ENOENT;
        }
        r = make_folder(folder);
        if (r == 0)
                r = journal_open(ret, path);
        if (r == JOURNAL_E_IN_USE)
                log_error("another huddle-agent of this user is running");
        else if (r == JOURNAL_E_UNKNOWN)
                log_error("%s is of a later version of Huddle", path);
        else if (r < 0)
                log_error("%s: %s", path, strerror(-r));
        return r;
}

static int buses_open_one(DBusConnection **ret, LoopDBus **ret_loop, sd_event *event,
                          DBusBusType type)
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

static void buses_close_one(DBusConnection *bus, LoopDBus *loop)
{
        loop_dbus_free(loop);
        if (!bus)
                return;
        dbus_connection_close(bus);
        dbus_connection_unref(bus);
}

static void buses_done(Buses *b)
{
        buses_close_one(b->session, b->session_loop);
        buses_close_one(b->system, b->system_loop);
}

/* huddled's bus is required. The session bus, where we own a name, is optional. */
static int buses_open(Buses *b, sd_event *event, const Arguments *s)
{
        int r;

        if (!s->user) {
                r = buses_open_one(&b->system, &b->system_loop, event, DBUS_BUS_SYSTEM);
                if (r < 0) {
                        log_error("no system bus");
                        return r;
                }
        }
        r = buses_open_one(&b->session, &b->session_loop, event, DBUS_BUS_SESSION);
        if (r < 0 && s->user) {
                log_error("no session bus");
                return r;
        }
        /* the bus ends with the session, and we lose nothing by exiting */
        if (b->session && !s->user)
                dbus_connection_set_exit_on_disconnect(b->session, TRUE);
        return 0;
}

static int agent_own_name(DBusConnection *session)
{
        if (dbus_bus_request_name(session, AGENT_NAME, DBUS_NAME_FLAG_DO_NOT_QUEUE, NULL) ==
            DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER)
                return 0;
        log_error(AGENT_NAME " has an owner already");
        return -EEXIST;
}

/* Whether the bus can start Evolution Data Server. Blocks, as the loop does not run yet. */
static bool has_eds(DBusConnection *session)
{
        DBusMessage *m = dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS,
                                                      DBUS_INTERFACE_DBUS, "ListActivatableNames");
        DBusMessage *reply =
                m ? dbus_connection_send_with_reply_and_block(session, m, -1, NULL) : NULL;
        char **names = NULL;
        bool has = false;
        int n = 0;

        if (reply && dbus_message_get_args(reply, NULL, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &names,
                                           &n, DBUS_TYPE_INVALID))
                has = eds_version(EDS_NAME, names, n) > 0;
        dbus_free_string_array(names);
        if (reply)
                dbus_message_unref(reply);
        if (m)
                dbus_message_unref(m);
        return has;
}

static int agent_add_signals(sd_event *event)
{
        static const int signals[] = {SIGINT, SIGTERM};
        sigset_t set;
        int r = 0;

        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGCHLD); /* the loop reaps hooks */
        for (size_t i = 0; i < ARRAY_LEN(signals); i++)
                (void)sigaddset(&set, signals[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_LEN(signals) && r >= 0; i++)
                r = sd_event_add_signal(event, NULL, signals[i], NULL, NULL); /* ends the loop */
        return r;
}

/* The whole program. program_done frees the members, last first. */
typedef struct Program {
        sd_event *event;
        Clock *clock;
        Journal *journal;
        Buses buses;
        AgentBus *bus; /* NULL without a session bus */
        Books *books;
        Agent *agent;
} Program;

static void program_done(Program *p)
{
        agent_free(p->agent);
        agent_bus_free(p->bus);
        books_free(p->books);
        buses_done(&p->buses);
        journal_free(p->journal);
        clock_event_free(p->clock);
        sd_event_unref(p->event);
}

static void program_on_rests(void *userdata, Writer *w)
{
        Program *p = userdata;

        if (p->bus)
                agent_bus_rests(p->bus);
}

static int program_start(Program *p, const Arguments *s)
{
        DBusConnection *session = p->buses.session;
        BooksDeps deps = {
                .event = p->event,
                .clock = p->clock,
                .journal = p->journal,
                .session = session,
                .has_eds = session && has_eds(session),
                .folder = s->folder,
                .events = {.rests = program_on_rests, .userdata = p},
        };
        int r = session ? agent_bus_new(&p->bus, p->event, session, p->journal) : 0;

        if (r >= 0)
                r = books_new(&p->books, &deps);
        if (r >= 0)
                r = agent_new(&p->agent, p->event, s->user ? session : p->buses.system, p->journal,
                              p->books);
        if (r >= 0 && p->bus)
                agent_bus_set(p->bus, p->books, p->agent);
        if (r >= 0 && session)
                r = agent_own_name(session);
        return r;
}

static int program_run(const Arguments *s)
{
        _cleanup_(program_done) Program p = {0};
        int r = open_journal(&p.journal);

        if (r)
                return r;
        r = sd_event_default(&p.event);
        if (r >= 0)
                r = agent_add_signals(p.event);
        if (r >= 0)
                r = clock_event_new(&p.clock, p.event);
        if (r >= 0)
                r = buses_open(&p.buses, p.event, s);
        if (r >= 0)
                r = program_start(&p, s);
        return r < 0 ? r : sd_event_loop(p.event);
}

int main(int argc, char **argv)
{
        Arguments arguments = {0};
        int r;

        language_set(LC_MESSAGES, LOCALEDIR);
        r = agent_parse_arguments(&arguments, argc, argv);
        if (r >= 0)
                return r;
        log_open("huddle-agent");
        return program_run(&arguments) ? EXIT_FAILURE : EXIT_SUCCESS;
}
