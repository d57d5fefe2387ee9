/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of Avahi that has no bus, or waits for one that never answers: the loop goes on, and
 * knows. With real Avahi daemons it is tried in tests/lan. */
#include "daemon/radio/avahi-thread.h"
#include "daemon/radio/avahi.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
        PATIENCE_MS = 20 * 1000,
        STUCK_MS = 1000, /* the loop makes a turn within; a call of avahi-client waits for 25 s */
};

static char folder[] = "/tmp/test-avahi-thread.XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static const Token token = {{1, 2, 3, 4, 5, 6, 7, 8}};
static sd_event *event;

static uint64_t now_ms(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

typedef struct Told {
        unsigned n;
        AvahiNews last;
        AvahiThread **freed_within;
} Told;

static void on_news(void *userdata, const AvahiNews *news)
{
        Told *told = userdata;

        told->n++;
        told->last = *news;
        if (told->freed_within)
                *told->freed_within = avahi_thread_free(*told->freed_within);
}

/* A bus that takes connections and says nothing. */
static int silent_bus(void)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void)unlink(address.sun_path);
        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(listen(fd, 16), 0);
        return fd;
}

static AvahiThread *thread_of(Told *told)
{
        AvahiThread *t = NULL;
        uint64_t start = now_ms();

        assert_int_equal(avahi_thread_new(&t, event, &token, 0, on_news, told), 0);
        avahi_thread_ask(t, &(MdnsAddresses){0});
        assert_true(now_ms() - start < STUCK_MS);
        return t;
}

static void wait_for_news(const Told *told)
{
        uint64_t start = now_ms();

        while (told->n == 0) {
                uint64_t before = now_ms();

                assert_true(sd_event_run(event, 50 * 1000) >= 0);
                assert_true(now_ms() - before < STUCK_MS);
                assert_true(before - start < PATIENCE_MS);
        }
}

static void a_bus_that_is_not_there_is_told(void **state)
{
        Told told = {0};
        AvahiThread *t = thread_of(&told);

        wait_for_news(&told);
        assert_int_equal(told.last.told, AVAHI_THREAD_NO_WAY);
        assert_true(told.last.why[0] != 0);
        avahi_thread_ask(t, &(MdnsAddresses){0}); /* does nothing any more */
        assert_int_equal(sd_event_run(event, 0), 0);
        assert_int_equal(told.n, 1);
        avahi_thread_free(t);
}

static void it_may_be_freed_from_within(void **state)
{
        AvahiThread *t;
        Told told = {.freed_within = &t};

        t = thread_of(&told);
        wait_for_news(&told);
        assert_null(t);
}

/* Those that are left are few, and end when the call that they wait for does. */
static void what_never_answers_hangs(void **state)
{
        int bus = silent_bus();
        uint64_t start; /* of this turn of the loop, from which its timers count */
        AvahiThread *t[AVAHI_THREADS_LEFT_MAX], *next = NULL;
        Told told[AVAHI_THREADS_LEFT_MAX] = {0};
        int r;

        assert_true(sd_event_now(event, CLOCK_MONOTONIC, &start) >= 0);
        for (size_t i = 0; i < AVAHI_THREADS_LEFT_MAX; i++)
                t[i] = thread_of(&told[i]);
        for (size_t i = 0; i < AVAHI_THREADS_LEFT_MAX; i++) {
                wait_for_news(&told[i]);
                assert_int_equal(told[i].last.told, AVAHI_THREAD_HANGS);
        }
        assert_true(now_ms() - start / 1000 >= AVAHI_ANSWER_MS);
        for (size_t i = 0; i < AVAHI_THREADS_LEFT_MAX; i++)
                t[i] = avahi_thread_free(t[i]);
        told[0] = (Told){0};
        assert_int_equal(avahi_thread_new(&next, event, &token, 0, on_news, &told[0]), -EBUSY);

        (void)close(bus);
        start = now_ms();
        while ((r = avahi_thread_new(&next, event, &token, 0, on_news, &told[0])) == -EBUSY) {
                assert_true(now_ms() - start < PATIENCE_MS);
                (void)sd_event_run(event, 10 * 1000);
        }
        assert_int_equal(r, 0);
        wait_for_news(&told[0]);
        assert_int_equal(told[0].last.told, AVAHI_THREAD_NO_WAY);
        avahi_thread_free(next);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_bus_that_is_not_there_is_told),
                cmocka_unit_test(it_may_be_freed_from_within),
                cmocka_unit_test(what_never_answers_hangs),
        };
        char bus[128];
        int r;

        if (!mkdtemp(folder) || sd_event_new(&event) < 0)
                return 1;
        (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/bus", folder);
        (void)snprintf(bus, sizeof bus, "unix:path=%s", address.sun_path);
        (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", bus, 1);
        r = cmocka_run_group_tests(tests, NULL, NULL);
        (void)unlink(address.sun_path);
        (void)rmdir(folder);
        sd_event_unref(event);
        return r;
}
