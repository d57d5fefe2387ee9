/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../src/log.h"
#include "../src/secret.h"
#include "config.h"
#include "manager.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

enum { EXIT_USAGE = 2 };

typedef struct Arguments {
        bool user;
        const char *config;
        const char *state;
} Arguments;

static void usage(FILE *f)
{
        fputs("Usage: huddled [--user] [--config FILE] [--state DIR]\n"
              "Brings together the contact cards of people nearby; see huddled(8).\n\n"
              "  --user         on the session bus, for one user\n"
              "  --config FILE  instead of huddled.conf in the usual places\n"
              "  --state DIR    where accounts and received cards are kept\n"
              "  --help, --version\n",
              f);
}

/* 0: go on; else what to exit with, minus 1. */
static int parse_arguments(Arguments *a, int argc, char **argv)
{
        static const struct option options[] = {
                {"user", no_argument, NULL, 'u'},        {"config", required_argument, NULL, 'c'},
                {"state", required_argument, NULL, 's'}, {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},     {0},
        };
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
                switch (c) {
                case 'u':
                        a->user = true;
                        break;
                case 'c':
                        a->config = optarg;
                        break;
                case 's':
                        a->state = optarg;
                        break;
                case 'h':
                        usage(stdout);
                        return EXIT_SUCCESS + 1;
                case 'V':
                        puts("huddled " PACKAGE_VERSION);
                        return EXIT_SUCCESS + 1;
                default:
                        usage(stderr);
                        return EXIT_USAGE + 1;
                }
        }
        if (optind == argc)
                return 0;
        usage(stderr);
        return EXIT_USAGE + 1;
}

/* systemd's directory, else XDG's (--user), else the system's. *ret is owned by the caller. */
static int state_dir(char **ret, const Arguments *a)
{
        const char *given = a->state ? a->state : getenv("STATE_DIRECTORY");
        const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
        int n;

        if (given)
                n = asprintf(ret, "%s", given);
        else if (!a->user)
                n = asprintf(ret, "/var/lib/huddle");
        else if (xdg && *xdg == '/')
                n = asprintf(ret, "%s/huddle", xdg);
        else if (home)
                n = asprintf(ret, "%s/.local/state/huddle", home);
        else
                return -ENOENT;
        return n < 0 ? -ENOMEM : 0;
}

static int make_dirs(const char *path)
{
        _cleanup_free_ char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;
        for (char *p = copy + 1; (p = strchr(p, '/')); p++) {
                *p = '\0';
                if (mkdir(copy, 0700) < 0 && errno != EEXIST)
                        return -errno;
                *p = '/';
        }
        return mkdir(copy, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int stop_on_signals(sd_event *event)
{
        static const int signals[] = {SIGTERM, SIGINT};
        sigset_t set;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_LEN(signals); i++)
                (void)sigaddset(&set, signals[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
                int r = sd_event_add_signal(event, NULL, signals[i], NULL, NULL); /* ends the loop with 0 */

                if (r < 0)
                        return r;
        }
        return 0;
}

static void event_unref(sd_event **e)
{
        sd_event_unref(*e);
}

static int run(const Arguments *a)
{
        _cleanup_(event_unref) sd_event *event = NULL;
        _cleanup_(manager_freep) Manager *manager = NULL;
        _cleanup_free_ char *state = NULL;
        int r = sd_event_default(&event);

        if (r < 0)
                return r;
        r = stop_on_signals(event);
        if (r < 0)
                return r;
        r = state_dir(&state, a);
        if (r < 0)
                return r;
        r = make_dirs(state);
        if (r < 0)
                return r;
        r = manager_new(
                &manager, event,
                &(ManagerSettings){.bus = a->user ? DBUS_BUS_SESSION : DBUS_BUS_SYSTEM, .state_dir = state});
        if (r != 0)
                return r;
        (void)sd_notify(0, "READY=1");
        r = sd_event_loop(event);
        (void)sd_notify(0, "STOPPING=1");
        return r;
}

int main(int argc, char **argv)
{
        Arguments arguments = {0};
        int r = parse_arguments(&arguments, argc, argv);

        if (r > 0)
                return r - 1;
        (void)umask(0077);
        log_open("huddled");
        if (sodium_init() < 0)
                return EXIT_FAILURE;
        r = run(&arguments);
        if (r < 0)
                log_error("huddled gives up: %s", strerror(-r));
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
