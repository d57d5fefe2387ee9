/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-disk.c - the disk of the store is full: what reads is served, what writes is refused, and
 * all goes on when there is room again */
#include "server.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

enum { TRIES = 200 }; /* of a tenth of a second each */

static char filling[128];

static void run(const char *command)
{
        assert_int_equal(system(command), 0);
}

/* Moves the state of a cloud that is halted to a disk of two megabytes. */
static void move_to_small_disk(const Server *s)
{
        char disk[96], state[96], command[256];

        (void)snprintf(state, sizeof state, "%s/state", s->folder);
        (void)snprintf(disk, sizeof disk, "%s/disk", s->folder);
        assert_int_equal(mkdir(disk, 0700), 0);
        assert_int_equal(mount("none", disk, "tmpfs", 0, "size=2m,mode=0700"), 0);
        (void)snprintf(command, sizeof command, "cp -p %s/* %s", state, disk);
        run(command);
        assert_int_equal(mount(disk, state, NULL, MS_MOVE, NULL), 0);
        (void)snprintf(filling, sizeof filling, "%s/filling", state);
}

static void fill_disk(void)
{
        static const char bytes[4096];
        int fd = open(filling, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        while (write(fd, bytes, sizeof bytes) > 0)
                ;
        assert_int_equal(errno, ENOSPC);
        (void)close(fd);
}

static int health(const Server *s)
{
        _cleanup_free_ uint8_t *body = NULL;
        int fd = http_connect_admin(s), status;
        size_t len;

        http_send(fd, "GET", "/healthz", "", 0);
        status = http_receive(fd, &body, &len);
        (void)close(fd);
        return status;
}

static bool becomes(const Server *s, int expected)
{
        const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};

        for (unsigned i = 0; i < TRIES; i++) {
                if (health(s) == expected)
                        return true;
                (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
        }
        return false;
}

static int get_profile(Terminal *t)
{
        WireRequest request = PB_REQUEST_INIT;
        PbGetProfile get = PB_GET_PROFILE_INIT;

        request.body_case = PB_REQUEST_BODY_GET_PROFILE;
        request.get_profile = &get;
        return terminal_ask(t, &request);
}

static int put_profile(Terminal *t, uint64_t revision)
{
        static uint8_t bytes[50000];
        WireRequest request = PB_REQUEST_INIT;
        PbPutProfile put = PB_PUT_PROFILE_INIT;

        put.revision = revision;
        put.ciphertext = wire_bytes(bytes, sizeof bytes);
        request.body_case = PB_REQUEST_BODY_PUT_PROFILE;
        request.put_profile = &put;
        return terminal_ask(t, &request);
}

static bool becomes_answer(Terminal *t, int expected)
{
        const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};

        for (unsigned i = 0; i < TRIES; i++) {
                if (get_profile(t) == expected)
                        return true;
                (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
        }
        return false;
}

/* It looks for room, and another file lies over the store: it cannot be opened again. */
static void lose_file_while_full(const Server *s, Terminal *t)
{
        char store[96], other[96], command[256];

        (void)snprintf(store, sizeof store, "%s/state/cloud.db", s->folder);
        (void)snprintf(other, sizeof other, "%s/other", s->folder);
        (void)snprintf(command, sizeof command, "yes 'no database' | head -c 8192 >%s", other);
        run(command);
        assert_int_equal(mount(other, store, NULL, MS_BIND, NULL), 0);
        assert_true(becomes_answer(t, PB_STATUS_UNAVAILABLE));
        assert_int_equal(health(s), 503);
        assert_int_equal(umount2(store, MNT_DETACH), 0);
        assert_true(becomes_answer(t, OK));
}

/* Full: reads are served, writes are refused; with room again both are served. */
static void serve_full_then_all(const Server *s, Terminal *t, uint64_t revision)
{
        PbJoinVerdict verdict;

        assert_int_equal(health(s), 503);
        assert_int_equal(get_profile(t), OK);
        assert_int_equal(terminal_join(t, "4821", &verdict), PB_STATUS_UNAVAILABLE);
        assert_int_equal(get_profile(t), OK);
        assert_int_equal(unlink(filling), 0);
        assert_true(becomes(s, 200));
        terminal_press(t);
        assert_int_equal(terminal_join(t, "4821", &verdict), OK);
        assert_int_equal(put_profile(t, revision), OK);
        assert_int_equal(get_profile(t), OK);
}

static void a_full_disk(void **state)
{
        Terminal t;
        Server s;

        server_begin(&s, "");
        terminal_ready_made(&t, &s.cloud, "ann");
        assert_int_equal(put_profile(&t, 1), OK);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        move_to_small_disk(&s);
        fill_disk();
        server_start(&s);
        lose_file_while_full(&s, &t);
        serve_full_then_all(&s, &t, 2);
        fill_disk(); /* while it serves */
        for (uint64_t i = 3; health(&s) == 200 && i < 100; i++)
                (void)put_profile(&t, i);
        serve_full_then_all(&s, &t, 1000);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_start(&s);
        assert_int_equal(health(&s), 200);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        *strrchr(filling, '/') = '\0';
        assert_int_equal(umount2(filling, MNT_DETACH), 0);
        server_end(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_full_disk),
        };

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
                puts("1..0 # SKIP needs to be root, for a disk of its own");
                return 77;
        }
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
