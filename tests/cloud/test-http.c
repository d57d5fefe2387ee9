/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-http.c - the real program over real sockets: statuses, many connections at once, stopping,
 * killing */
#include "cloud/http.h"
#include "cloud/listen.h"
#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <time.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

static void describe_request(WireRequest *ret, PbDescribe *describe)
{
        pb_request_init(ret);
        pb_describe_init(describe);
        ret->body_case = PB_REQUEST_BODY_DESCRIBE;
        ret->describe = describe;
}

static void statuses(void **state)
{
        static uint8_t long_body[ENVELOPE_REQUEST_MAX + 1] = {ENVELOPE_SUITE};
        static const struct {
                const char *name, *method, *path;
                size_t len;
                int status;
        } rows[] = {
                {"identity", "GET", "/v1/identity", 0, 200},
                {"not an envelope", "POST", "/v1/rpc", 3, 400},
                {"no body", "POST", "/v1/rpc", 0, 400},
                {"for another cloud", "POST", "/v1/rpc", ENVELOPE_REQUEST_HEAD + 512 + ENVELOPE_TAG,
                 421},
                {"one byte too long", "POST", "/v1/rpc", sizeof long_body, 413},
                {"wrong method", "GET", "/v1/rpc", 0, 405},
                {"relayed, not an envelope", "POST", "/v1/relayed", 3, 400},
                {"relayed, one byte too long", "POST", "/v1/relayed", sizeof long_body, 413},
                {"relayed, wrong method", "GET", "/v1/relayed", 0, 405},
                {"asked with a body", "GET", "/v1/identity", 3, 200},
                {"asked with a body one byte too long", "GET", "/v1/identity", sizeof long_body,
                 413},
                {"another method", "DELETE", "/v1/rpc", 0, 405},
                {"wrong path", "GET", "/", 0, 404},
                {"posted to a wrong path", "POST", "/healthz", 3, 404},
        };
        Server s;

        server_begin(&s, "");
        randombytes_buf(long_body + 1, 200);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                _cleanup_free_ uint8_t *body = NULL;
                int fd = http_connect(&s), status;
                size_t len;

                http_send(fd, rows[i].method, rows[i].path, long_body, rows[i].len);
                status = http_receive(fd, &body, &len);
                if (status != rows[i].status)
                        print_message("%s: %d\n", rows[i].name, status);
                assert_case(rows[i].name, status == rows[i].status);
                (void)close(fd);
        }
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

static int ask_status(int fd, const char *method, const char *path, size_t len)
{
        static const uint8_t sent[ENVELOPE_REQUEST_MAX + 1];
        _cleanup_free_ uint8_t *body = NULL;
        size_t n;
        int status;

        http_send(fd, method, path, sent, len);
        status = http_receive(fd, &body, &n);
        (void)close(fd);
        return status;
}

/* Each port serves its own paths and none of the other's. */
static void metrics_are_on_the_admin_port_alone(void **state)
{
        static const struct {
                const char *name, *method, *path;
                size_t len;
                int admin_status, public_status;
        } rows[] = {
                {"health", "GET", "/healthz", 0, 200, 404},
                {"metrics", "GET", "/metrics", 0, 200, 404},
                {"health, with a body", "GET", "/healthz", 3, 200, 404},
                {"metrics, with a body", "GET", "/metrics", 3, 200, 404},
                {"metrics, with a query", "GET", "/metrics?a=b", 0, 200, 404},
                {"metrics, escaped", "GET", "/%6detrics", 0, 200, 404},
                {"metrics, from the root twice", "GET", "//metrics", 0, 404, 404},
                {"metrics, a folder", "GET", "/metrics/", 0, 404, 404},
                {"metrics, through another path", "GET", "/v1/../metrics", 0, 404, 404},
                {"metrics, of a host", "GET", "http://127.0.0.1/metrics", 0, 404, 404},
                {"metrics, posted", "POST", "/metrics", 3, 404, 404},
                {"health, posted", "POST", "/healthz", 3, 404, 404},
                {"metrics, head", "HEAD", "/metrics", 0, 405, 405},
                {"metrics, put", "PUT", "/metrics", 3, 405, 405},
                {"health, one byte too long", "GET", "/healthz", ENVELOPE_REQUEST_MAX + 1, 413,
                 413},
                {"identity", "GET", "/v1/identity", 0, 404, 200},
                {"a sealed request asked for", "GET", "/v1/rpc", 0, 404, 405},
                {"a sealed request", "POST", "/v1/rpc", 3, 404, 400},
                {"a relayed request", "POST", "/v1/relayed", 3, 404, 400},
                {"root", "GET", "/", 0, 404, 404},
        };
        Server s;

        server_begin(&s, "");
        assert_int_not_equal(s.admin_port, s.port);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                int admin = ask_status(http_connect_admin(&s), rows[i].method, rows[i].path,
                                       rows[i].len);
                int public =
                        ask_status(http_connect(&s), rows[i].method, rows[i].path, rows[i].len);

                if (admin != rows[i].admin_status || public != rows[i].public_status)
                        print_message("%s: %d, public %d\n", rows[i].name, admin, public);
                assert_case(rows[i].name, admin == rows[i].admin_status);
                assert_case(rows[i].name, public == rows[i].public_status);
        }
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

static void no_admin_port(void **state)
{
        Server s;

        server_begin(&s, "AdminListen=no\n");
        assert_int_equal(s.admin_port, 0);
        assert_int_equal(ask_status(http_connect(&s), "GET", "/metrics", 0), 404);
        assert_int_equal(ask_status(http_connect(&s), "GET", "/v1/identity", 0), 200);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

static void an_admin_port_that_is_taken_is_named(void **state)
{
        char config[64], said[2048];
        Server s;

        server_begin(&s, "");
        (void)snprintf(config, sizeof config, "AdminListen=127.0.0.1:%u\n", s.port);
        assert_int_equal(server_run(&s, config, "check-config", said, sizeof said), 0);
        assert_int_equal(server_run(&s, config, "serve", said, sizeof said), 1);
        config[strlen(config) - 1] = '\0';
        assert_non_null(strstr(said, config));
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

static void a_wrong_address_is_refused(void **state)
{
        static const struct {
                const char *config;
                int status;
        } rows[] = {
                {"AdminListen=127.0.0.1:8471\n", 0},
                {"AdminListen=[::1]:8471\n", 0},
                {"AdminListen=no\n", 0},
                {"AdminListen=yes\n", 1},
                {"AdminListen=8471\n", 1},
                {"AdminListen=localhost:8471\n", 1},
                {"AdminListen=127.0.0.1:65536\n", 1},
                {"Listen=localhost:8470\n", 1},
                {"Listen=8470\n", 1},
        };
        char said[2048], wanted[128];
        Server s;

        server_begin(&s, "");
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                assert_case(rows[i].config, server_run(&s, rows[i].config, "check-config", said,
                                                       sizeof said) == rows[i].status);
                (void)snprintf(wanted, sizeof wanted, "refused: %.*s ",
                               (int)strcspn(rows[i].config, "\n"), rows[i].config);
                assert_case(rows[i].config, !strstr(said, wanted) == !rows[i].status);
        }
        assert_int_equal(server_run(&s, "AdminListen=yes\n", "serve", said, sizeof said), 1);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

typedef struct KeptRow {
        const char *method, *path;
        size_t len;
        int status;
} KeptRow;

static void ask_on_one_connection(int fd, const KeptRow *rows, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ uint8_t *body = NULL;
                size_t len;

                http_send(fd, rows[i].method, rows[i].path, "abc", rows[i].len);
                assert_int_equal(http_receive(fd, &body, &len), rows[i].status);
        }
        (void)close(fd);
}

/* A monitor of the cloud, or a proxy before it, asks again and again on one connection. */
static void a_connection_is_kept(void **state)
{
        static const KeptRow rows[] = {
                {"GET", "/v1/identity", 0, 200}, {"GET", "/v1/identity", 3, 200},
                {"GET", "/metrics", 0, 404},     {"GET", "/v1/rpc", 0, 405},
                {"POST", "/v1/rpc", 3, 400},     {"POST", "/v1/relayed", 3, 400},
                {"GET", "/v1/identity", 0, 200},
        };
        static const KeptRow admin_rows[] = {
                {"GET", "/metrics", 0, 200}, {"GET", "/metrics", 3, 200},
                {"GET", "/healthz", 0, 200}, {"GET", "/", 0, 404},
                {"GET", "/metrics", 0, 200},
        };
        Server s;

        server_begin(&s, "");
        ask_on_one_connection(http_connect(&s), rows, ARRAY_LEN(rows));
        ask_on_one_connection(http_connect_admin(&s), admin_rows, ARRAY_LEN(admin_rows));
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

enum { PER_ADDRESS = 8 };

static int connect_from(const Server *s, const char *address)
{
        struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(inet_pton(AF_INET, address, &from.sin_addr), 1);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        to.sin_port = htons((uint16_t)s->port);
        assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
        return fd;
}

/* One address holds as many connections as it may get, each with a body that does not end. Returns
 * the statuses of one more from there, and of one from elsewhere. */
static void hold_slow_bodies(const char *listen, int *ret_same, int *ret_other)
{
        static const char head[] =
                "POST /v1/rpc HTTP/1.1\r\nHost: a\r\nContent-Length: 600\r\n\r\nx";
        int fds[PER_ADDRESS];
        char config[128];
        Server s;

        (void)snprintf(config, sizeof config, "Listen=%s\nConnectionsPerAddress=%d\n", listen,
                       (int)PER_ADDRESS);
        server_begin(&s, config);
        for (unsigned i = 0; i < PER_ADDRESS; i++) {
                fds[i] = connect_from(&s, "127.0.0.2");
                (void)send(fds[i], head, sizeof head - 1, MSG_NOSIGNAL);
        }
        *ret_same = ask_status(connect_from(&s, "127.0.0.2"), "GET", "/v1/identity", 0);
        *ret_other = ask_status(connect_from(&s, "127.0.0.3"), "GET", "/v1/identity", 0);
        for (unsigned i = 0; i < PER_ADDRESS; i++)
                (void)close(fds[i]);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

static void one_address_does_not_hold_all(void **state)
{
        int same, other;

        hold_slow_bodies("0.0.0.0:0", &same, &other);
        assert_int_equal(same, 0);
        assert_int_equal(other, 200);
        hold_slow_bodies("127.0.0.1:0", &same, &other); /* a front has one address */
        assert_int_equal(same, 200);
        assert_int_equal(other, 200);
}

/* ---- no room for more connections ---- */

enum { ROOM = 4, AT_ONCE = 7 };

/* The server may open that many files more than it has open now. */
static void leave_room_for_files(const Server *s, unsigned n)
{
        char path[64];
        struct rlimit limit = {.rlim_max = 4096};
        unsigned room = 0;

        while (room < n) {
                (void)snprintf(path, sizeof path, "/proc/%d/fd/%u", (int)s->pid,
                               (unsigned)limit.rlim_cur++);
                room += access(path, F_OK) < 0;
        }
        assert_int_equal(prlimit(s->pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

/* More come than there is room for: those for whom there is none are served when others go. The
 * server is halted meanwhile, so that it sees all of them go at once, and nothing else. */
static void come_and_go(const Server *s)
{
        _cleanup_free_ uint8_t *body = NULL;
        int fds[AT_ONCE];
        size_t len;

        for (unsigned i = 0; i < AT_ONCE; i++) {
                fds[i] = http_connect(s);
                http_send(fds[i], "GET", "/v1/identity", "", 0);
        }
        assert_int_equal(http_receive(fds[0], &body, &len), 200);
        assert_int_equal(kill(s->pid, SIGSTOP), 0);
        for (unsigned i = 0; i < ROOM; i++)
                (void)close(fds[i]);
        assert_int_equal(kill(s->pid, SIGCONT), 0);
        for (unsigned i = ROOM; i < AT_ONCE; i++) {
                _cleanup_free_ uint8_t *late = NULL;

                assert_int_equal(http_receive(fds[i], &late, &len), 200);
                (void)close(fds[i]);
        }
        assert_int_equal(ask_status(http_connect(s), "GET", "/v1/identity", 0), 200);
}

static void when_files_run_out_others_come_later(void **state)
{
        Server s;

        server_begin(&s, "");
        leave_room_for_files(&s, ROOM);
        come_and_go(&s);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

static void when_connections_run_out_others_come_later(void **state)
{
        Server s;

        server_begin(&s, "Connections=4\n");
        come_and_go(&s);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

/* ---- bodies of which little has come ---- */

static uint64_t resident_bytes(const Server *s)
{
        unsigned long size, resident;
        char path[64];
        FILE *f;

        (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)s->pid);
        f = fopen(path, "re");
        assert_non_null(f);
        assert_int_equal(fscanf(f, "%lu %lu", &size, &resident), 2);
        (void)fclose(f);
        return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* A connection costs what it has sent, not what it says that it will send. */
static void unfinished_bodies_cost_what_came(void **state)
{
        enum { BODIES = 400, EACH_MAX = 12000 };
        static const char head[] =
                "POST /v1/rpc HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"
                "the first bytes of many";
        uint64_t before;
        int fds[BODIES];
        Server s;

        server_begin(&s, "");
        (void)ask_status(http_connect(&s), "GET", "/v1/identity", 0);
        before = resident_bytes(&s);
        for (unsigned i = 0; i < BODIES; i++) {
                fds[i] = http_connect(&s);
                assert_true(send(fds[i], head, sizeof head - 1, MSG_NOSIGNAL) > 0);
        }
        /* answered after all of them have been read */
        assert_int_equal(ask_status(http_connect(&s), "GET", "/v1/identity", 0), 200);
        print_message("%lu bytes each\n", (unsigned long)(resident_bytes(&s) - before) / BODIES);
        assert_in_range((resident_bytes(&s) - before) / BODIES, 0, EACH_MAX);
        for (unsigned i = 0; i < BODIES; i++)
                (void)close(fds[i]);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

enum { DRIBBLES = 100 }; /* of a tenth of a second each */

static void wait_a_tenth(void)
{
        const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};

        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

/* One byte every tenth of a second: each is within the time-out, all of them are not. */
static void dribbled_requests_end(void **state)
{
        static const struct {
                const char *name, *begins_with;
        } rows[] = {
                {"headers", "GET / HTTP/1.1\r\n"},
                {"body", "POST /v1/rpc HTTP/1.1\r\nHost: a\r\nContent-Length: 600\r\n\r\n"},
                {"body in chunks", "POST /v1/rpc HTTP/1.1\r\nHost: a\r\n"
                                   "Transfer-Encoding: chunked\r\n\r\n200\r\n"},
        };
        Server s;

        server_begin(&s, "[Server]\nConnectionTimeout = 1s\n");
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                struct pollfd p = {.fd = http_connect(&s), .events = POLLIN};
                size_t len = strlen(rows[i].begins_with);
                unsigned n;

                assert_int_equal(send(p.fd, rows[i].begins_with, len, MSG_NOSIGNAL), len);
                for (n = 0; n < DRIBBLES && poll(&p, 1, 0) == 0; n++) {
                        (void)send(p.fd, "x", 1, MSG_NOSIGNAL);
                        wait_a_tenth();
                }
                assert_case(rows[i].name, n >= 1 && n < DRIBBLES / 2);
                (void)close(p.fd);
        }
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

static void put_large_profile(Terminal *t)
{
        static uint8_t bytes[60000];
        WireRequest request = PB_REQUEST_INIT;
        PbPutProfile put = PB_PUT_PROFILE_INIT;

        put.revision = 1;
        put.ciphertext = wire_bytes(bytes, sizeof bytes);
        request.body_case = PB_REQUEST_BODY_PUT_PROFILE;
        request.put_profile = &put;
        assert_int_equal(terminal_ask(t, &request), OK);
}

/* A connection over which next to nothing is on its way at a time, as of a very slow line. */
static int connect_slowly(const Server *s)
{
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port)};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), room = 2048, segment = 536;

        assert_true(fd >= 0);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
        assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment), 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
        return fd;
}

/* Answers that are taken a little at a time: the kernel keeps the first ones, and the connection
 * ends before the others are out. */
static void slowly_taken_answers_end(void **state)
{
        enum { LITTLE = 2000, ANSWERS = 8, ANSWER_SIZE = 65696 };
        WireRequest request = PB_REQUEST_INIT;
        PbGetProfile get = PB_GET_PROFILE_INIT;
        _cleanup_free_ uint8_t *sealed = NULL;
        char bytes[LITTLE];
        size_t len, taken = 0;
        Answer answer;
        Terminal t;
        Server s;
        ssize_t n;
        int fd;

        server_begin(&s, "[Server]\nConnectionTimeout = 1s\n");
        terminal_ready_made(&t, &s.cloud, "slow");
        put_large_profile(&t);
        request.body_case = PB_REQUEST_BODY_GET_PROFILE;
        request.get_profile = &get;
        terminal_seal(&t, &request, &answer, &sealed, &len);
        fd = connect_slowly(&s);
        for (unsigned i = 0; i < ANSWERS; i++)
                http_send(fd, "POST", "/v1/rpc", sealed, len);
        while (taken < ANSWERS * ANSWER_SIZE && (n = recv(fd, bytes, sizeof bytes, 0)) > 0) {
                taken += (size_t)n;
                wait_a_tenth();
        }
        print_message("%zu bytes taken\n", taken);
        assert_in_range(taken, LITTLE, (ANSWERS - 1) * ANSWER_SIZE);
        (void)close(fd);
        answer_done(&answer);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

/* libmicrohttpd's own epoll thread freezes when a multiple of 128 connections is ready at once: the
 * server is halted until all requests are there, so that it finds all of them ready. */
static void many_at_once(size_t n)
{
        WireRequest request;
        PbDescribe describe;
        Answer answers[256];
        int fds[256];
        Terminal t;
        Server s;

        server_begin(&s, "");
        terminal_begin(&t, &s.cloud);
        for (size_t i = 0; i < n; i++)
                fds[i] = http_connect(&s);
        for (unsigned round = 0; round < 5; round++) {
                assert_int_equal(kill(s.pid, SIGSTOP), 0);
                for (size_t i = 0; i < n; i++) {
                        _cleanup_free_ uint8_t *sealed = NULL;
                        size_t len;

                        describe_request(&request, &describe);
                        terminal_seal(&t, &request, &answers[i], &sealed, &len);
                        http_send(fds[i], "POST", "/v1/rpc", sealed, len);
                }
                assert_int_equal(kill(s.pid, SIGCONT), 0);
                for (size_t i = 0; i < n; i++) {
                        _cleanup_free_ uint8_t *body = NULL;
                        size_t len;

                        assert_int_equal(http_receive(fds[i], &body, &len), 200);
                        assert_int_equal(answer_open(&answers[i], body, len), 0);
                        answer_done(&answers[i]);
                }
        }
        for (size_t i = 0; i < n; i++)
                (void)close(fds[i]);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

static void ready_at_once_127(void **state)
{
        many_at_once(127);
}

static void ready_at_once_128(void **state)
{
        many_at_once(128);
}

static void ready_at_once_256(void **state)
{
        many_at_once(256);
}

/* On a connection of its own, which is returned: whatever is new after revision 1, for as long as
 * may be. */
static int send_watch(const Server *s, Terminal *t, Answer *answer)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        WireRequest request = PB_REQUEST_INIT;
        PbWatch w = PB_WATCH_INIT;
        int fd = http_connect(s);
        size_t len;

        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        w.seen_revision = 1;
        w.wait_ms = 55000;
        request.body_case = PB_REQUEST_BODY_WATCH;
        request.watch = &w;
        terminal_seal(t, &request, answer, &sealed, &len);
        http_send(fd, "POST", "/v1/rpc", sealed, len);
        return fd;
}

static void receive_answer(int fd, Answer *answer)
{
        _cleanup_free_ uint8_t *body = NULL;
        size_t len;

        assert_int_equal(http_receive(fd, &body, &len), 200);
        assert_int_equal(answer_open(answer, body, len), 0);
        (void)close(fd);
}

static void stopping_answers_who_waits(void **state)
{
        PbJoinVerdict verdict;
        Answer answer;
        Terminal t;
        Server s;
        int fd;

        server_begin(&s, "");
        terminal_ready_made(&t, &s.cloud, "somebody");
        assert_int_equal(terminal_join(&t, "4821", &verdict), OK);
        fd = send_watch(&s, &t, &answer);
        assert_int_equal(terminal_simple(&t, PB_REQUEST_BODY_DESCRIBE),
                         OK); /* answered later than the watch came in */
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        receive_answer(fd, &answer);
        assert_int_equal(answer.response->watched->member_count, 1);
        answer_done(&answer);
        server_end(&s);
}

/* Nothing else comes in that would make the server run. */
static void a_deadline_is_answered_at_once(void **state)
{
        PbJoinVerdict verdict;
        Answer answer;
        Terminal t;
        Server s;
        int fd;

        server_begin(&s, "[Groups]\nWindow=1s\n");
        terminal_ready_made(&t, &s.cloud, "somebody");
        assert_int_equal(terminal_join(&t, "4821", &verdict), OK);
        fd = send_watch(&s, &t, &answer);
        receive_answer(fd, &answer);
        assert_int_equal(answer.response->watched->phase, PB_PHASE_ALONE);
        answer_done(&answer);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

static void note_done(void *userdata)
{
        *(bool *)userdata = true;
}

static void run_what_is_there(sd_event *event)
{
        while (sd_event_run(event, 0) > 0)
                ;
}

/* A client resets its connection after its request was taken and before MHD runs again, so that the
 * connection has not been put aside yet. What waits is answered later all the same. */
static void who_leaves_while_it_waits_does_no_harm(void **state)
{
        struct linger reset = {.l_onoff = 1};
        Cloud c = {.verifies = false};
        const uint64_t *watches;
        PbJoinVerdict verdict;
        sd_event *event;
        bool done = false;
        Answer answer;
        Terminal t;
        Server s;
        Http *h;
        int fd, quiet;

        cloud_begin(&c, NULL);
        watches = &api_metrics(c.api)->requests[PB_REQUEST_BODY_WATCH];
        terminal_ready_made(&t, &c, "somebody");
        assert_int_equal(terminal_join(&t, "4821", &verdict), OK);
        assert_int_equal(listen_bind(&fd, "127.0.0.1:0"), 0);
        assert_int_equal(listen_port(fd, &s.port), 0);
        assert_int_equal(sd_event_new(&event), 0);
        assert_int_equal(http_new(&h, &(HttpContext){event, &c.settings, c.api, fd, HTTP_PUBLIC}),
                         0);
        quiet = http_connect(
                &s); /* MHD looks at the one that has been quiet longest before others */
        run_what_is_there(event);
        fd = send_watch(&s, &t, &answer);
        while (*watches == 0)
                assert_true(sd_event_run(event, UINT64_MAX) >= 0);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
        (void)close(fd);
        run_what_is_there(event);
        step_clock_advance(c.clock, c.settings.window_ms + 1000);
        (void)close(quiet);
        assert_int_equal(http_stop(h, 1000, note_done, &done), 0);
        run_what_is_there(event);
        assert_true(done);
        (void)http_free(h);
        (void)sd_event_unref(event);
        cloud_end(&c);
}

/* The operator's command gets handle and code on its standard input; here it hands them to us. */
static void the_verify_command_is_run(void **state)
{
        char fifo[] = "/tmp/huddle-verify-test.XXXXXX", name[64], config[256], handle[64], code[16];
        WireRequest request = PB_REQUEST_INIT;
        PbConfirm confirm = PB_CONFIRM_INIT;
        PbJoinVerdict verdict;
        Terminal t;
        Server s;
        FILE *f;

        assert_non_null(mkdtemp(fifo));
        (void)snprintf(name, sizeof name, "%s/fifo", fifo);
        assert_int_equal(mkfifo(name, 0600), 0);
        (void)snprintf(config, sizeof config, "[Accounts]\nVerifyCommand=cat >%s\n", name);
        server_begin(&s, config);
        terminal_ready_made(&t, &s.cloud, "somebody@example.org");
        assert_int_equal(terminal_join(&t, "4821", &verdict), PB_STATUS_NO_ACCOUNT);
        f = fopen(name, "re");
        assert_non_null(f);
        assert_int_equal(fscanf(f, "%63s %15s", handle, code), 2);
        (void)fclose(f);
        assert_string_equal(handle, "somebody@example.org");
        confirm.code = code;
        request.body_case = PB_REQUEST_BODY_CONFIRM;
        request.confirm = &confirm;
        assert_int_equal(terminal_ask(&t, &request), OK);
        assert_int_equal(terminal_join(&t, "4821", &verdict), OK);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
        (void)unlink(name);
        (void)rmdir(fifo);
}

/* ---- killed under load ---- */

enum { CROWD = 64 };

typedef struct Crowd {
        Terminal t[CROWD];
        Answer answers[CROWD];
        int fds[CROWD];
        bool answered[CROWD];
} Crowd;

static void crowd_send_joins(Server *s, Crowd *c)
{
        for (size_t i = 0; i < CROWD; i++) {
                _cleanup_free_ uint8_t *sealed = NULL;
                JoinRequest join;
                char route[8];
                size_t len;

                terminal_press(&c->t[i]);
                (void)snprintf(route, sizeof route, "%04zu", i / 4);
                terminal_join_request(&c->t[i], &join, route);
                terminal_seal(&c->t[i], &join.request, &c->answers[i], &sealed, &len);
                c->fds[i] = http_connect(s);
                http_send(c->fds[i], "POST", "/v1/rpc", sealed, len);
        }
}

static void crowd_receive(Crowd *c, size_t from, size_t to)
{
        for (size_t i = from; i < to; i++) {
                _cleanup_free_ uint8_t *body = NULL;
                size_t len;

                c->answered[i] = http_receive(c->fds[i], &body, &len) == 200;
                if (c->answered[i]) {
                        assert_int_equal(answer_open(&c->answers[i], body, len), 0);
                        c->answered[i] = c->answers[i].response->status == OK;
                        answer_done(&c->answers[i]);
                }
        }
}

static void crowd_check(Crowd *c)
{
        for (size_t i = 0; i < CROWD; i++) {
                WireResponse *response = terminal_watch(&c->t[i], 0, 0, 0);

                if (c->answered[i])
                        assert_int_equal(response->status, OK);
                if (response->status == OK)
                        assert_int_equal(terminal_simple(&c->t[i], PB_REQUEST_BODY_LEAVE), OK);
                (void)wire_response_free(response);
                (void)close(c->fds[i]);
        }
}

static void killed_under_load_forgets_nothing_answered(void **state)
{
        Crowd *c = calloc(1, sizeof *c);
        char handle[16];
        Server s;

        assert_non_null(c);
        server_begin(&s, "");
        for (size_t i = 0; i < CROWD; i++) {
                (void)snprintf(handle, sizeof handle, "person %zu", i);
                terminal_ready_made(&c->t[i], &s.cloud, handle);
        }
        for (size_t round = 0; round < 12;
             round++) { /* killed after 0, 6, 12 … answers, more being on the way */
                crowd_send_joins(&s, c);
                crowd_receive(c, 0, round * 6 % CROWD);
                assert_int_equal(server_stop(&s, SIGKILL), -SIGKILL);
                crowd_receive(c, round * 6 % CROWD, CROWD);
                server_start(&s);
                crowd_check(c);
        }
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
        free(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(statuses),
                cmocka_unit_test(metrics_are_on_the_admin_port_alone),
                cmocka_unit_test(no_admin_port),
                cmocka_unit_test(an_admin_port_that_is_taken_is_named),
                cmocka_unit_test(a_wrong_address_is_refused),
                cmocka_unit_test(a_connection_is_kept),
                cmocka_unit_test(one_address_does_not_hold_all),
                cmocka_unit_test(when_files_run_out_others_come_later),
                cmocka_unit_test(when_connections_run_out_others_come_later),
                cmocka_unit_test(unfinished_bodies_cost_what_came),
                cmocka_unit_test(dribbled_requests_end),
                cmocka_unit_test(slowly_taken_answers_end),
                cmocka_unit_test(ready_at_once_127),
                cmocka_unit_test(ready_at_once_128),
                cmocka_unit_test(ready_at_once_256),
                cmocka_unit_test(stopping_answers_who_waits),
                cmocka_unit_test(a_deadline_is_answered_at_once),
                cmocka_unit_test(who_leaves_while_it_waits_does_no_harm),
                cmocka_unit_test(the_verify_command_is_run),
                cmocka_unit_test(killed_under_load_forgets_nothing_answered),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
