/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle peers: lists the terminals heard during an exchange */
#include "bus.h"
#include "out.h"

#include <string.h>
#include <time.h>

static unsigned seconds_ago(const json_t *boottime_ms)
{
        struct timespec now;
        int64_t ms;

        (void)clock_gettime(CLOCK_BOOTTIME, &now);
        ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - json_integer_value(boottime_ms);
        return ms > 0 ? (unsigned)(ms / 1000) : 0;
}

static void print_peer(const char *path, const json_t *peer)
{
        json_int_t rssi = json_integer_value(json_object_get(peer, "Rssi"));
        const char *token = strrchr(path, '/');
        size_t i;
        json_t *transport;

        (void)printf("%s ", shown(token ? token + 1 : path));
        json_array_foreach(json_object_get(peer, "Transports"), i, transport)(void)
                printf(" %s", shown(json_string_value(transport)));
        if (rssi)
                (void)printf("  %d dBm", (int)rssi);
        (void)printf(_("  for %u s, last %u s ago%s\n"),
                     seconds_ago(json_object_get(peer, "FirstSeen")),
                     seconds_ago(json_object_get(peer, "LastSeen")),
                     json_is_true(json_object_get(peer, "Mutual")) ? _(", hears us") : "");
}

Exit command_peers(Cli *cli, int n, char **argv)
{
        json_auto_t *objects = NULL, *peers = json_object();
        const char *path;
        json_t *interfaces, *peer;
        Exit code = bus_connect(cli);

        if (code == EXIT_DONE)
                code = bus_objects(cli, &objects);
        if (code != EXIT_DONE)
                return code;
        json_object_foreach(objects, path, interfaces)
        {
                peer = json_object_get(interfaces, HUDDLE_PEER);
                if (peer)
                        (void)json_object_set(peers, path, peer);
        }
        if (cli->json) {
                print_json(json_incref(peers));
                return EXIT_DONE;
        }
        if (json_object_size(peers) == 0)
                (void)puts(
                        _("Nobody is heard; terminals show themselves only during an exchange."));
        json_object_foreach(peers, path, peer) print_peer(path, peer);
        return EXIT_DONE;
}
