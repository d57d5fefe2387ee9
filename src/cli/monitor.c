/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle monitor: prints every signal that huddled sends to this user */
#include "bus.h"
#include "out.h"
#include "watch.h"

#include <string.h>
#include <time.h>

typedef struct Monitor {
        Cli *cli;
        Watch *watch;
} Monitor;

static void monitor_print_event(const Monitor *m, const char *event, const char *path,
                                const char *interface, json_t *properties)
{
        _cleanup_free_ char *values = NULL;
        char now[32] = "";
        time_t t = time(NULL);
        struct tm tm;

        if (m->cli->json) {
                print_json(json_pack("{s:s, s:I, s:s*, s:s*, s:O*}", "event", event, "time",
                                     (json_int_t)t, "path", path, "interface", interface,
                                     "properties", properties));
                return;
        }
        if (localtime_r(&t, &tm))
                (void)strftime(now, sizeof now, "%H:%M:%S", &tm);
        values = properties ? json_dumps(properties, JSON_COMPACT) : NULL;
        (void)printf("%s %s %s %s\n", now, event, shown(path), shown(values));
        (void)fflush(stdout);
}

static void monitor_on_added(void *userdata, const char *path, json_t *interfaces)
{
        const char *interface;
        json_t *properties;

        json_object_foreach(
                interfaces, interface,
                properties) if (strncmp(interface, "org.huddle.", strlen("org.huddle.")) == 0)
                monitor_print_event(userdata, "added", path, interface, properties);
}

static void monitor_on_removed(void *userdata, const char *path)
{
        monitor_print_event(userdata, "removed", path, NULL, NULL);
}

static void monitor_on_changed(void *userdata, const char *path, const char *interface,
                               json_t *properties)
{
        monitor_print_event(userdata, "changed", path, interface, properties);
}

/* Prints the present objects. This call also subscribes our connection to its user's signals. */
static Exit monitor_print_objects(Monitor *m)
{
        json_auto_t *objects = NULL;
        Exit code = bus_objects(m->cli, &objects);
        const char *path;
        json_t *interfaces;

        json_object_foreach(objects, path, interfaces) monitor_on_added(m, path, interfaces);
        return code;
}

static void monitor_on_daemon(void *userdata, bool here)
{
        Monitor *m = userdata;

        monitor_print_event(m, here ? "daemon-came" : "daemon-went", NULL, NULL, NULL);
        if (here)
                (void)monitor_print_objects(m);
}

static const WatchHandlers handlers = {.added = monitor_on_added,
                                       .removed = monitor_on_removed,
                                       .changed = monitor_on_changed,
                                       .daemon = monitor_on_daemon};

Exit command_monitor(Cli *cli, int n, char **argv)
{
        _cleanup_(watch_freep) Watch *watch = NULL;
        Monitor m = {.cli = cli};
        Exit code = bus_connect(cli);
        int r;

        if (code != EXIT_DONE)
                return code;
        r = watch_new(&watch, cli, &handlers, &m);
        if (r)
                return complain(cli, EXIT_FAILED, NULL, "%s", strerror(-r));
        code = monitor_print_objects(&m);
        return code == EXIT_DONE ? watch_run(watch) : code;
}
