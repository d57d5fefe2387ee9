/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links over sockets, of streams and of packets: frames come whole and in order, whatever the
 * pieces; rubbish, a reader that stops and an end are told once. */
#include "daemon/link/link-lan.h"

#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
        REQUEST_SMALL = ENVELOPE_REQUEST_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG,
        PATIENCE_US = 20 * 1000 * 1000
};

typedef struct Side {
        Link *link;
        unsigned frames, closed;
        uint16_t last;
        size_t bytes;
        bool ends; /* frees its link with the first frame */
} Side;

static uint8_t sealed[ENVELOPE_RESPONSE_MAX] = {ENVELOPE_SUITE};
static const uint8_t peer[LINK_PEER];
static sd_event *event;

static void on_frame(void *userdata, Link *l, const Frame *frame)
{
        Side *s = userdata;

        assert_int_equal(s->closed, 0);
        s->frames++;
        s->last = frame->number;
        s->bytes += frame->len;
        assert_true(frame->len == 0 || memcmp(frame->body, sealed, frame->len) == 0);
        if (s->ends)
                s->link = link_free(s->link);
}

static void on_closed(void *userdata, Link *l)
{
        ((Side *)userdata)->closed++;
}

static const LinkEvents events = {on_frame, on_closed};

static void take(Side *s, Link *l)
{
        *s = (Side){.link = l};
        l->events = &events;
        l->userdata = s;
}

static void side_begin(Side *s, int fd, bool helper, size_t piece_max)
{
        Link *l;

        assert_int_equal(link_socket_new(&l, event, fd, helper, piece_max, peer), 0);
        take(s, l);
}

static void pair(Side *asking, Side *helping, int type, size_t piece_max)
{
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
        side_begin(asking, fds[0], false, piece_max);
        side_begin(helping, fds[1], true, piece_max);
}

/* Runs the loop until *what is at least n. */
static void wait_for(const unsigned *what, unsigned n)
{
        while (*what < n)
                assert_true(sd_event_run(event, PATIENCE_US) > 0);
}

/* Whatever the loop has to do now. */
static void run_dry(void)
{
        while (sd_event_run(event, 0) > 0)
                ;
}

static int say(Side *s, FrameKind kind, uint16_t number, size_t len)
{
        return link_send(s->link,
                         &(Frame){.kind = kind, .number = number, .body = sealed, .len = len});
}

static const struct {
        const char *name;
        int type;
        size_t piece_max;
} kinds[] = {
        {"stream", SOCK_STREAM, 0},
        {"packets", SOCK_SEQPACKET, 4096},
        {"small packets", SOCK_SEQPACKET, 23}, /* the least L2CAP has */
};

static void frames_come_whole_and_in_order(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
                Side asking, helping;

                pair(&asking, &helping, kinds[i].type, kinds[i].piece_max);
                for (uint16_t n = 1; n <= 3; n++)
                        assert_int_equal(say(&asking, FRAME_REQUEST, n,
                                             n == 2 ? ENVELOPE_REQUEST_MAX : REQUEST_SMALL),
                                         0);
                wait_for(&helping.frames, 3);
                assert_int_equal(helping.last, 3);
                assert_int_equal(helping.bytes, ENVELOPE_REQUEST_MAX + 2 * REQUEST_SMALL);
                assert_int_equal(say(&helping, FRAME_ANSWER, 3, ENVELOPE_RESPONSE_MAX), 0);
                wait_for(&asking.frames, 1);
                assert_int_equal(asking.bytes, ENVELOPE_RESPONSE_MAX);
                assert_int_equal(link_unsent(helping.link), 0);
                link_free(asking.link);
                wait_for(&helping.closed, 1);
                link_free(helping.link);
        }
}

static void rubbish_ends_a_link(void **state)
{
        static const char rubbish[][20] = {"GET / HTTP/1.1\r\n\r\n", "\2", "\7\0\0\0",
                                           "\3\1\0\0\0\0\0\0"};

        for (size_t i = 0; i < ARRAY_LEN(rubbish); i++) {
                Side helping;
                int fds[2];

                assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
                side_begin(&helping, fds[0], true, 0);
                assert_int_equal(write(fds[1], rubbish[i], 8), 8);
                wait_for(&helping.closed, 1);
                assert_int_equal(helping.frames, 0);
                run_dry();
                assert_int_equal(helping.closed, 1);
                (void)close(fds[1]);
                link_free(helping.link);
        }
}

static void a_link_may_end_within_its_frame(void **state)
{
        Side asking, helping;

        pair(&asking, &helping, SOCK_STREAM, 0);
        helping.ends = true;
        for (uint16_t n = 0; n < 3; n++)
                assert_int_equal(say(&asking, FRAME_CANCEL, n, 0), 0);
        wait_for(&asking.closed, 1);
        assert_int_equal(helping.frames, 1);
        assert_int_equal(helping.closed, 0);
        link_free(asking.link);
}

/* The bytes kept for a neighbour that does not read are bounded, in size and time. */
static void who_does_not_read_is_given_up(void **state)
{
        Side helping;
        int fds[2], r = 0;
        uint64_t start, now;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
        side_begin(&helping, fds[0], true, 0);
        run_dry();
        for (uint16_t n = 0; r == 0 && n < 10; n++)
                r = say(&helping, FRAME_ANSWER, n, ENVELOPE_RESPONSE_MAX);
        assert_int_equal(r, -ENOBUFS);
        assert_in_range(link_unsent(helping.link), FRAME_ANSWER_MAX, LINK_UNSENT_MAX);
        assert_true(sd_event_now(event, CLOCK_MONOTONIC, &start) >= 0);
        wait_for(&helping.closed, 1);
        assert_true(sd_event_now(event, CLOCK_MONOTONIC, &now) >= 0);
        assert_true(now - start >= (uint64_t)(LINK_STALL_MS - 1000) * 1000);
        (void)close(fds[1]);
        link_free(helping.link);
}

/* ---- TCP ---- */

static struct sockaddr_storage loopback(uint16_t port)
{
        struct sockaddr_storage where = {0};
        struct sockaddr_in *four = (struct sockaddr_in *)&where;

        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return where;
}

static uint64_t now_us(void)
{
        uint64_t now;

        assert_true(sd_event_now(event, CLOCK_MONOTONIC, &now) >= 0);
        return now;
}

static int on_caller(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Side *s = userdata;
        Link *l;

        if (lan_accept(&l, event, fd) == 0)
                take(s, l);
        return 0;
}

static void over_tcp(void **state)
{
        Side asking, helping = {0};
        struct sockaddr_storage where;
        sd_event_source *source = NULL;
        uint64_t start_of_patience;
        uint16_t port;
        Link *l;
        int fd, to;

        assert_int_equal(lan_listen(&fd, &port), 0);
        assert_true(sd_event_add_io(event, &source, fd, EPOLLIN, on_caller, &helping) >= 0);
        where = loopback(port);
        assert_int_equal(lan_connect(&to, &where, 0), 0);
        assert_int_equal(lan_link(&l, event, to, &where), 0);
        take(&asking, l);
        /* kept until it is connected */
        assert_int_equal(say(&asking, FRAME_REQUEST, 7, REQUEST_SMALL), 0);
        while (!helping.link || helping.frames == 0)
                assert_true(sd_event_run(event, PATIENCE_US) > 0);
        assert_int_equal(helping.last, 7);
        assert_memory_equal(helping.link->peer, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1",
                            LINK_PEER);
        link_free(helping.link);
        wait_for(&asking.closed, 1);
        link_free(asking.link);
        sd_event_source_disable_unref(source);
        (void)close(fd);
        start_of_patience = now_us();
        assert_int_equal(lan_connect(&to, &where, 0), 0); /* nobody listens any more */
        assert_int_equal(lan_link(&l, event, to, &where), 0);
        take(&asking, l);
        wait_for(&asking.closed, 1);
        link_free(asking.link);
        assert_true(now_us() - start_of_patience < (uint64_t)LINK_STALL_MS * 1000 / 2);
}

/* Packets that had to be handed on on their way count as from elsewhere: here, those that say
 * so. */
static void from_elsewhere_nobody_comes(void **state)
{
        struct sockaddr_storage where;
        struct timeval patience = {.tv_usec = 300 * 1000};
        uint16_t port;
        int fd, caller, hops = 254;

        assert_int_equal(lan_listen(&fd, &port), 0);
        where = loopback(port);
        caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(setsockopt(caller, IPPROTO_IP, IP_TTL, &hops, sizeof hops), 0);
        assert_int_equal(setsockopt(caller, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience),
                         0);
        assert_int_equal(connect(caller, (struct sockaddr *)&where, sizeof(struct sockaddr_in)),
                         -1);
        assert_int_equal(errno, EINPROGRESS); /* timed out */
        (void)close(caller);
        (void)close(fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(frames_come_whole_and_in_order),
                cmocka_unit_test(rubbish_ends_a_link),
                cmocka_unit_test(a_link_may_end_within_its_frame),
                cmocka_unit_test(who_does_not_read_is_given_up),
                cmocka_unit_test(over_tcp),
                cmocka_unit_test(from_elsewhere_nobody_comes),
        };
        int r;

        if (sd_event_new(&event) < 0)
                return 1;
        r = cmocka_run_group_tests(tests, NULL, NULL);
        sd_event_unref(event);
        return r;
}
