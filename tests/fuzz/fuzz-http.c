/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What strangers send to the cloud's HTTP port: one connection, the bytes of
 * the input, and its end. A byte 0 splits them into two sends. The cloud closes
 * the connection. */
#include "fuzz.h"

#include "cloud/http.h"
#include "cloud/listen.h"
#include "cloud/store/store-sqlite.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { TURN_US = 200, IDLE_MAX = 8 };

static sd_event *event;
static unsigned port;

static void cloud_make(void)
{
        static CloudSettings settings;
        static CloudKeys keys;
        Clock *clock = NULL;
        Store *store = NULL;
        Http *http = NULL;
        Api *api = NULL;
        int fd = -1, r = sodium_init();

        cloud_settings_default(&settings);
        settings.connections_per_address = 0;
        cloud_keys_draw(&keys);
        r = r < 0 ? r : sd_event_new(&event);
        r = r < 0 ? r : clock_event_new(&clock, event);
        r = r < 0 ? r : store_sqlite_open(&store, ":memory:");
        r = r < 0 ? r
                  : api_new(&api, &(ApiDeps){.settings = &settings,
                                             .keys = &keys,
                                             .consent_text = "",
                                             .clock = clock,
                                             .store = store});
        r = r < 0 ? r : listen_open(&fd, LISTEN_PUBLIC, "127.0.0.1:0");
        r = r < 0 ? r : listen_port(fd, &port);
        r = r < 0 ? r
                  : http_new(&http, &(HttpContext){.event = event,
                                                   .settings = &settings,
                                                   .api = api,
                                                   .listen_fd = fd});
        assert(r >= 0);
}

static void turn(void)
{
        int r = sd_event_run(event, TURN_US);

        assert(r >= 0 && sd_event_get_state(event) != SD_EVENT_FINISHED);
}

static int call_cloud(void)
{
        struct sockaddr_in to = {AF_INET, htons((uint16_t)port), {htonl(INADDR_LOOPBACK)}, {0}};
        struct linger reset = {1, 0}; /* leaves no port in TIME_WAIT */
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) < 0 ||
            connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
                closep(&fd);
                return -1;
        }
        return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_close_ int fd = -1;
        const uint8_t *cut = memchr(data, 0, size);
        size_t first = cut ? (size_t)(cut - data) : size;
        char answer[4096];
        unsigned idle = 0;
        ssize_t n;

        if (!event)
                cloud_make();
        fd = call_cloud();
        if (fd < 0)
                return 0;
        (void)send(fd, data, first, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (cut) {
                turn();
                (void)send(fd, cut + 1, size - first - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        (void)shutdown(fd, SHUT_WR);
        /* until the cloud ends the connection, or is at rest: a batch is over after a
   * millisecond */
        while ((n = recv(fd, answer, sizeof answer, MSG_DONTWAIT)) != 0 && idle < IDLE_MAX) {
                idle = n > 0 ? 0 : idle + 1;
                turn();
        }
        return 0;
}
