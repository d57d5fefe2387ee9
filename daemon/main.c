/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/log.h"
#include "src/base/secret.h"
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

static void main_usage(FILE *f)
{
        fputs("Usage: huddled [--user] [--config FILE] [--state DIR]\n"
              "Brings together the contact cards of people nearby; see huddled(8).\n\n"
              "  --user         on the session bus, for one user\n"
              "  --config FILE  instead of huddled.conf in the usual places\n"
              "  --state DIR    where accounts and received cards are kept\n"
              "  --help, --version\n",
              f);
}

/* 0: go on; else the exit status plus 1. */
static int main_parse_arguments(Arguments *a, int argc, char **argv)
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
                        main_usage(stdout);
                        return EXIT_SUCCESS + 1;
                case 'V':
                        puts("huddled " PACKAGE_VERSION);
                        return EXIT_SUCCESS + 1;
                default:
                        main_usage(stderr);
                        return EXIT_USAGE + 1;
                }
        }
        if (optind == argc)
                return 0;
        main_usage(stderr);
        return EXIT_USAGE + 1;
}

/* Where something is kept: the folder that systemd names, else the system's, or XDG's for one
 * user. */
typedef struct Place {
        const char *systemd; /* environment variables */
        const char *xdg;
        const char *home; /* below the home directory, where xdg is not set */
        const char *system;
} Place;

static const Place state_place = {"STATE_DIRECTORY", "XDG_STATE_HOME", ".local/state",
                                  "/var/lib/huddle"};
static const Place configuration_place = {"CONFIGURATION_DIRECTORY", "XDG_CONFIG_HOME", ".config",
                                          "/etc/huddle"};

static int main_find_place(char **ret, const Place *place, bool user)
{
        const char *systemd = getenv(place->systemd), *xdg = getenv(place->xdg),
                   *home = getenv("HOME");
        int n;

        if (systemd)
                n = asprintf(ret, "%s", systemd);
        else if (!user)
                n = asprintf(ret, "%s", place->system);
        /* the XDG Base Directory Specification says to ignore relative ones */
        else if (xdg && *xdg == '/')
                n = asprintf(ret, "%s/huddle", xdg);
        else if (home)
                n = asprintf(ret, "%s/%s/huddle", home, place->home);
        else
                return -ENOENT;
        return n < 0 ? -ENOMEM : 0;
}

static int main_state_dir(char **ret, const Arguments *a)
{
        if (!a->state)
                return main_find_place(ret, &state_place, a->user);
        *ret = strdup(a->state);
        return *ret ? 0 : -ENOMEM;
}

static void on_main_warning(void *userdata, const char *file, unsigned line, const char *what)
{
        log_warning("%s:%u: %s", file, line, what);
}

static int main_read_configuration(DaemonSettings *ret, const Arguments *a)
{
        _cleanup_free_ char *dir = NULL, *path = NULL;
        int r;

        if (a->config)
                return daemon_settings_read(ret, a->config, on_main_warning, NULL);
        r = main_find_place(&dir, &configuration_place, a->user);
        if (r < 0)
                return r;
        if (asprintf(&path, "%s/huddled.conf", dir) < 0)
                return -ENOMEM;
        return daemon_settings_read(ret, path, on_main_warning, NULL);
}

static int main_make_dirs(const char *path)
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

static int main_stop_on_signals(sd_event *event)
{
        static const int signals[] = {SIGTERM, SIGINT};
        sigset_t set;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_LEN(signals); i++)
                (void)sigaddset(&set, signals[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
                /* ends the loop with 0 */
                int r = sd_event_add_signal(event, NULL, signals[i], NULL, NULL);

                if (r < 0)
                        return r;
        }
        return 0;
}

static void event_unref(sd_event **e)
{
        sd_event_unref(*e);
}

static int main_run(const Arguments *a)
{
        _cleanup_(event_unref) sd_event *event = NULL;
        _cleanup_free_ char *state = NULL;
        _cleanup_(manager_freep) Manager *manager = NULL; /* freed first */
        ManagerSettings settings = {.bus = a->user ? DBUS_BUS_SESSION : DBUS_BUS_SYSTEM};
        int r = sd_event_default(&event);

        if (r < 0)
                return r;
        r = main_stop_on_signals(event);
        if (r < 0)
                return r;
        r = main_state_dir(&state, a);
        if (r < 0)
                return r;
        r = main_make_dirs(state);
        if (r < 0)
                return r;
        settings.state_dir = state;
        r = main_read_configuration(&settings.configuration, a);
        if (r < 0)
                return r;
        r = manager_new(&manager, event, &settings);
        if (r != 0)
                return r;
        (void)sd_notify(0, "READY=1");
        r = sd_event_loop(event);
        (void)sd_notify(0, "STOPPING=1");
        return r;
}

/* Warns once if keys cannot be locked into memory; they work all the same. */
static void main_check_locking(void)
{
        uint8_t probe[32];

        if (sodium_mlock(probe, sizeof probe) == 0)
                (void)sodium_munlock(probe, sizeof probe);
        else
                log_notice("keys may be swapped out: %s (LimitMEMLOCK= says how much memory may be "
                           "locked)",
                           strerror(errno));
}

int main(int argc, char **argv)
{
        Arguments arguments = {0};
        int r = main_parse_arguments(&arguments, argc, argv);

        if (r > 0)
                return r - 1;
        (void)umask(0077);
        log_open("huddled");
        if (sodium_init() < 0)
                return EXIT_FAILURE;
        main_check_locking();
        r = main_run(&arguments);
        if (r < 0)
                log_error("huddled gives up: %s", strerror(-r));
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
