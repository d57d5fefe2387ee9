/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-http.c - requests a second of a server that does nothing, as the ceiling of bench-join
 *
 * A process with one epoll answers each request with the same bytes, one recv and one send for it.
 * The client is that of bench-join, and requests and answers are as large as its joins.
 * bench-http [CONNECTIONS]
 */
#include "joins.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { REQUEST_BYTES = 500, ANSWER_BYTES = 200, READ_BYTES = 4096, FDS_MAX = 1024 };

static char answer[ANSWER_BYTES + 128];
static size_t n_answer;

/* The length of a whole request at the beginning of what has come; 0: not all of it. */
static size_t whole_request(const char *got, size_t n)
{
        const char *end = memmem(got, n, "\r\n\r\n", 4);
        size_t whole = end ? (size_t)(end + 4 - got) + REQUEST_BYTES : 0;

        return whole <= n ? whole : 0;
}

/* false: the client has gone. */
static bool serve_one(int fd)
{
        static char got[FDS_MAX][READ_BYTES];
        static size_t n_got[FDS_MAX];
        ssize_t n = recv(fd, got[fd] + n_got[fd], READ_BYTES - n_got[fd], 0);

        if (n <= 0)
                return false;
        n_got[fd] += (size_t)n;
        if (whole_request(got[fd], n_got[fd]) == 0)
                return true;
        n_got[fd] = 0;
        return send(fd, answer, n_answer, MSG_NOSIGNAL) == (ssize_t)n_answer;
}

static void watch(int epoll, int fd)
{
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

        assert_true(fd >= 0 && fd < FDS_MAX);
        assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e), 0);
}

static _Noreturn void serve(int listening)
{
        struct epoll_event events[64];
        int epoll = epoll_create1(EPOLL_CLOEXEC);

        watch(epoll, listening);
        for (;;) {
                int n = epoll_wait(epoll, events, ARRAY_LEN(events), -1);

                for (int i = 0; i < n; i++) {
                        int fd = events[i].data.fd;

                        if (fd == listening)
                                watch(epoll, accept4(fd, NULL, NULL, SOCK_CLOEXEC));
                        else if (!serve_one(fd))
                                (void)close(fd);
                }
        }
}

static pid_t begin_serving(Server *ret)
{
        struct sockaddr_in a = {.sin_family = AF_INET};
        socklen_t len = sizeof a;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        pid_t pid;

        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
        assert_int_equal(listen(fd, JOINS_CONNECTIONS), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
        ret->port = ntohs(a.sin_port);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                serve(fd);
        }
        (void)close(fd);
        return pid;
}

static void measure(size_t connections)
{
        static uint8_t bytes[REQUEST_BYTES];
        static SealedJoin requests[JOINS_MAX];
        Server s = {.pid = 0};
        JoinsRun run;

        for (size_t i = 0; i < JOINS_MAX; i++)
                requests[i] = (SealedJoin){bytes, sizeof bytes};
        s.pid = begin_serving(&s);
        run = joins_run(&s, 1, connections, requests, JOINS_MAX);
        printf("%3zu connections: bare HTTP: %6.0f requests/s, p50 %5.1f ms, p99 %5.1f ms, %4.0f "
               "us of processor a request\n",
               connections, run.rate, run.p50_ms, run.p99_ms, server_cpu_s(&s) * 1e6 / JOINS_MAX);
        (void)kill(s.pid, SIGKILL);
        assert_int_equal(waitpid(s.pid, NULL, 0), s.pid);
}

int main(int argc, char **argv)
{
        static const size_t crowds[] = {1, 16, 64, JOINS_CONNECTIONS};
        size_t only = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

        n_answer = (size_t)snprintf(answer, sizeof answer,
                                    "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n"
                                    "Content-Type: application/octet-stream\r\n\r\n",
                                    ANSWER_BYTES) +
                   ANSWER_BYTES;
        for (size_t i = 0; i < ARRAY_LEN(crowds); i++)
                if (only == 0 || only == crowds[i])
                        measure(crowds[i]);
        return only > JOINS_CONNECTIONS;
}
