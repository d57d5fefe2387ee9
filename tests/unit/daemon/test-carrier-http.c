/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The HTTP carrier against a server on this loop that answers with given bytes. */
#include "daemon/cloud-link/carrier-http.h"
#include "src/base/tcp.h"
#include "src/protocol/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { GUARD_MS = 20000 };

typedef struct Server {
        sd_event *event;
        int fd;
        sd_event_source *source, *client_source;
        int client;
        uint16_t port;
        const char *answer; /* NULL: never answers */
        size_t answer_len;
        char request[4096];
        size_t n_request;
        unsigned requests, connections;
        bool keep_open;
} Server;

typedef struct Outcome {
        sd_event *event;
        unsigned calls;
        CarrierResult result;
        char answer[64];
        size_t answer_len;
} Outcome;

static bool request_complete(const Server *s)
{
        const char *end = memmem(s->request, s->n_request, "\r\n\r\n", 4);
        const char *length = memmem(s->request, s->n_request, "Content-Length: ", 16);

        return end && (!length || (size_t)(s->request + s->n_request - end - 4) >=
                                          strtoul(length + 16, NULL, 10));
}

static void hang_up(Server *s)
{
        s->client_source = sd_event_source_disable_unref(s->client_source);
        (void)close(s->client);
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Server *s = userdata;
        ssize_t n = recv(fd, s->request + s->n_request, sizeof s->request - s->n_request - 1, 0);

        if (n <= 0) {
                hang_up(s);
                return 0;
        }
        s->n_request += (size_t)n;
        s->request[s->n_request] = 0;
        if (!request_complete(s) || !s->answer)
                return 0;
        s->requests++;
        s->n_request = 0;
        for (size_t sent = 0; sent < s->answer_len;) {
                n = send(fd, s->answer + sent, s->answer_len - sent, MSG_NOSIGNAL);
                if (n < 0)
                        break; /* the carrier had enough */
                sent += (size_t)n;
        }
        if (!s->keep_open)
                hang_up(s);
        return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Server *s = userdata;

        if (s->client_source)
                hang_up(s);
        s->client = accept(fd, NULL, NULL);
        assert_true(s->client >= 0);
        s->n_request = 0;
        s->connections++;
        assert_return_code(
                sd_event_add_io(s->event, &s->client_source, s->client, EPOLLIN, on_client, s), 0);
        return 0;
}

static void server_start(Server *s, sd_event *event)
{
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t len = sizeof a;

        *s = (Server){.event = event, .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        assert_return_code(bind(s->fd, (struct sockaddr *)&a, len), errno);
        assert_return_code(listen(s->fd, 4), errno);
        assert_return_code(getsockname(s->fd, (struct sockaddr *)&a, &len), errno);
        s->port = ntohs(a.sin_port);
        assert_return_code(sd_event_add_io(event, &s->source, s->fd, EPOLLIN, on_connection, s), 0);
}

static void server_stop(Server *s)
{
        if (s->client_source)
                hang_up(s);
        sd_event_source_disable_unref(s->source);
        (void)close(s->fd);
}

static void on_result(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        Outcome *o = userdata;

        o->calls++;
        o->result = result;
        o->answer_len = len;
        if (answer)
                memcpy(o->answer, answer, MIN(len, sizeof o->answer));
        (void)sd_event_exit(o->event, 0);
}

static int on_guard(sd_event_source *s, uint64_t usec, void *userdata)
{
        fail_msg("nothing happened");
        return 0;
}

static void run(sd_event *event)
{
        sd_event_source *guard = NULL;

        assert_return_code(sd_event_add_time_relative(event, &guard, CLOCK_MONOTONIC,
                                                      GUARD_MS * 1000ULL, 0, on_guard, NULL),
                           0);
        assert_return_code(sd_event_loop(event), 0);
        sd_event_source_disable_unref(guard);
}

static const char *proxy; /* as in the settings */

/* One request over a fresh loop; what the server read stays in it. */
static Outcome ask(Server *s, const char *url, const char *answer, size_t answer_len,
                   uint32_t timeout_ms)
{
        Outcome o = {0};
        Carrier *c = NULL;
        Carriage *g = NULL;
        sd_event *event = NULL;
        char own[64];

        assert_return_code(sd_event_new(&event), 0);
        o.event = event;
        server_start(s, event);
        s->answer = answer;
        s->answer_len = answer_len;
        (void)snprintf(own, sizeof own, "http://127.0.0.1:%u", s->port);
        assert_int_equal(
                carrier_http_new(&c, event,
                                 &(CarrierHttpSettings){.url = url ? url : own, .proxy = proxy}),
                0);
        assert_int_equal(
                carrier_send(c, &g, (const uint8_t *)"sealed", 6, timeout_ms, on_result, &o), 0);
        assert_int_equal(o.calls, 0);
        run(event);
        carrier_free(c);
        server_stop(s);
        sd_event_unref(event);
        assert_int_equal(o.calls, 1);
        return o;
}

static const struct {
        const char *name;
        const char *answer;
        CarrierResult result;
} answers[] = {
        {"answered", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell", CARRIER_ANSWERED},
        {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwell\r\n0\r\n\r\n",
         CARRIER_ANSWERED},
        {"other key", "HTTP/1.1 421 Misdirected\r\nContent-Length: 0\r\n\r\n", CARRIER_REFUSED},
        {"no envelope", "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", CARRIER_UNREACHABLE},
        {"too many", "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", CARRIER_BUSY},
        {"draining", "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n", CARRIER_BUSY},
        {"other server", "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nwell", CARRIER_UNREACHABLE},
        {"redirect is not followed",
         "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
         CARRIER_PORTAL},
        {"log-in page", "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML\r\nContent-Length: 1\r\n\r\n<",
         CARRIER_PORTAL},
        {"log-in wanted", "HTTP/1.1 511 Log in\r\nContent-Length: 0\r\n\r\n", CARRIER_PORTAL},
        {"page of a front whose cloud is away",
         "HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\n<",
         CARRIER_UNREACHABLE},
        {"cut off", "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nwell", CARRIER_UNREACHABLE},
        {"not HTTP", "220 mail ready\r\n", CARRIER_UNREACHABLE},
        {"hung up", "", CARRIER_UNREACHABLE},
};

static void answers_are_told_apart(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
                Server s;
                Outcome o = ask(&s, NULL, answers[i].answer, strlen(answers[i].answer), 5000);

                if (o.result != answers[i].result)
                        fail_msg("%s: %d", answers[i].name, (int)o.result);
                assert_int_equal(o.answer_len, o.result == CARRIER_ANSWERED ? 4 : 0);
                if (o.result == CARRIER_ANSWERED)
                        assert_memory_equal(o.answer, "well", 4);
        }
}

static void request_is_posted_as_it_is(void **state)
{
        Server s;

        (void)ask(&s, NULL, answers[0].answer, strlen(answers[0].answer), 5000);
        assert_int_equal(s.requests, 1);
        assert_ptr_equal(strstr(s.request, "POST /v1/rpc HTTP/1.1\r\n"), s.request);
        assert_non_null(strstr(s.request, "Content-Type: application/octet-stream\r\n"));
        assert_null(strstr(s.request, "Expect:"));
        assert_string_equal(strstr(s.request, "\r\n\r\n") + 4, "sealed");
}

static void answer_has_a_limit(void **state)
{
        static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
        size_t n = strlen(head) + ENVELOPE_RESPONSE_MAX + 1;
        char *bytes = malloc(n);
        Server s;

        assert_non_null(bytes);
        memset(bytes, 'x', n);
        memcpy(bytes, head, strlen(head));
        assert_int_equal(ask(&s, NULL, bytes, n - 1, 5000).result, CARRIER_ANSWERED);
        assert_int_equal(ask(&s, NULL, bytes, n, 5000).result, CARRIER_UNREACHABLE);
        free(bytes);
}

static void silence_times_out(void **state)
{
        Server s;

        assert_int_equal(ask(&s, NULL, NULL, 0, 50).result, CARRIER_UNREACHABLE);
}

static void nobody_there(void **state)
{
        Server s;

        assert_int_equal(ask(&s, "http://127.0.0.1:1", NULL, 0, 5000).result, CARRIER_UNREACHABLE);
        assert_int_equal(ask(&s, "http://huddle.invalid", NULL, 0, 5000).result,
                         CARRIER_NO_NETWORK);
}

/* A log-in page may be larger than any answer. */
static void a_large_page_is_a_page(void **state)
{
        static const char head[] =
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n";
        size_t n = strlen(head) + ENVELOPE_RESPONSE_MAX + 1;
        char *bytes = malloc(n);
        Server s;

        assert_non_null(bytes);
        memset(bytes, '<', n);
        memcpy(bytes, head, strlen(head));
        assert_int_equal(ask(&s, NULL, bytes, n, 5000).result, CARRIER_PORTAL);
        free(bytes);
}

static CarrierResult ask_by(const char *setting)
{
        CarrierResult result;
        Server s;

        proxy = setting;
        result = ask(&s, NULL, answers[0].answer, strlen(answers[0].answer), 5000).result;
        proxy = NULL;
        return result;
}

/* Nobody listens at the proxy. */
static void the_environment_names_a_proxy(void **state)
{
        assert_return_code(setenv("http_proxy", "http://127.0.0.1:1", 1), errno);
        assert_int_equal(ask_by(NULL), CARRIER_UNREACHABLE);
        assert_int_equal(ask_by("no"), CARRIER_ANSWERED);
        assert_return_code(setenv("no_proxy", "127.0.0.1", 1), errno);
        assert_int_equal(ask_by(NULL), CARRIER_ANSWERED);
        assert_return_code(unsetenv("no_proxy"), errno);
        assert_return_code(unsetenv("http_proxy"), errno);
        assert_int_equal(ask_by("http://127.0.0.1:1"), CARRIER_UNREACHABLE);
}

static void other_schemes_are_refused(void **state)
{
        Carrier *c = NULL;

        assert_int_equal(
                carrier_http_new(&c, NULL, &(CarrierHttpSettings){.url = "file:///etc/passwd"}),
                -EINVAL);
        assert_int_equal(carrier_http_new(&c, NULL, &(CarrierHttpSettings){.url = "ftp://host"}),
                         -EINVAL);
        assert_null(c);
}

/* The name is nobody's, and the request names it all the same. */
static void an_address_is_tried_beside_the_name(void **state)
{
        static const uint8_t byte[1];
        Outcome o = {0};
        Carrier *c = NULL;
        Carriage *g = NULL;
        char url[64], host[64];
        Server s;

        assert_return_code(sd_event_new(&o.event), 0);
        server_start(&s, o.event);
        s.answer = answers[0].answer;
        s.answer_len = strlen(s.answer);
        (void)snprintf(url, sizeof url, "http://huddle.invalid:%u", s.port);
        (void)snprintf(host, sizeof host, "Host: huddle.invalid:%u\r\n", s.port);
        assert_int_equal(
                carrier_http_new(&c, o.event, &(CarrierHttpSettings){.url = url, .pinned = true}),
                0);
        assert_int_equal(carrier_send(c, &g, byte, 1, 5000, on_result, &o), -EHOSTUNREACH);
        carrier_http_pin(c, "127.0.0.1");
        assert_int_equal(carrier_send(c, &g, byte, 1, 5000, on_result, &o), 0);
        run(o.event);
        assert_int_equal(o.result, CARRIER_ANSWERED);
        assert_non_null(strstr(s.request, host));
        carrier_free(c);
        server_stop(&s);
        sd_event_unref(o.event);
}

static const struct {
        const char *host, *address;
} learned[] = {
        {"127.0.0.1", ""}, /* no name: nothing to keep */
        {"localhost", "127.0.0.1"},
};

static void the_address_of_a_name_is_learned(void **state)
{
        static const uint8_t byte[1];

        for (size_t i = 0; i < ARRAY_LEN(learned); i++) {
                Outcome o = {0};
                Carrier *c = NULL;
                Carriage *g = NULL;
                char url[64];
                Server s;

                assert_return_code(sd_event_new(&o.event), 0);
                server_start(&s, o.event);
                s.answer = answers[0].answer;
                s.answer_len = strlen(s.answer);
                (void)snprintf(url, sizeof url, "http://%s:%u", learned[i].host, s.port);
                assert_int_equal(carrier_http_new(&c, o.event, &(CarrierHttpSettings){.url = url}),
                                 0);
                assert_string_equal(carrier_http_address(c), "");
                assert_int_equal(carrier_send(c, &g, byte, 1, 5000, on_result, &o), 0);
                run(o.event);
                assert_string_equal(carrier_http_address(c), learned[i].address);
                carrier_free(c);
                server_stop(&s);
                sd_event_unref(o.event);
        }
}

static void on_counted(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        assert_int_equal(result, CARRIER_ANSWERED);
        (*(unsigned *)userdata)++;
}

/* What is open belongs to the network before. */
static void another_network_has_connections_of_its_own(void **state)
{
        static const uint8_t byte[1];
        sd_event *event = NULL;
        Carrier *c = NULL;
        Carriage *g = NULL;
        unsigned answered = 0;
        char url[64];
        Server s;

        assert_return_code(sd_event_new(&event), 0);
        server_start(&s, event);
        s.answer = answers[0].answer;
        s.answer_len = strlen(s.answer);
        s.keep_open = true;
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", s.port);
        assert_int_equal(carrier_http_new(&c, event, &(CarrierHttpSettings){.url = url}), 0);
        for (unsigned i = 1; i <= 3; i++) {
                assert_int_equal(carrier_send(c, &g, byte, 1, 5000, on_counted, &answered), 0);
                while (answered < i)
                        assert_true(sd_event_run(event, GUARD_MS * UINT64_C(1000)) > 0);
                assert_int_equal(s.connections, i < 3 ? 1 : 2);
                if (i == 2)
                        carrier_renew(c);
        }
        carrier_free(c);
        server_stop(&s);
        sd_event_unref(event);
}

/* ---- a network that swallows large packets ---- */

/* Is silent on its first connection, as is one whose packets get lost; notes the segments of
 * each. */
typedef struct Narrow {
        sd_event *event;
        int fd;
        sd_event_source *source, *clients[4];
        int segments[4];
        unsigned n;
} Narrow;

static int on_narrow_request(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        char request[4096];
        ssize_t n = recv(fd, request, sizeof request, 0);

        if (n > 0)
                (void)send(fd, answers[0].answer, strlen(answers[0].answer), MSG_NOSIGNAL);
        else
                (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
        return 0;
}

static int on_narrow_connection(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Narrow *s = userdata;
        int client = accept(fd, NULL, NULL), *segment = &s->segments[s->n];
        sd_event_source **ret = &s->clients[s->n];
        socklen_t len = sizeof *segment;

        assert_true(client >= 0 && s->n < ARRAY_LEN(s->clients));
        assert_return_code(getsockopt(client, IPPROTO_TCP, TCP_MAXSEG, segment, &len), errno);
        assert_return_code(sd_event_add_io(s->event, ret, client, s->n == 0 ? 0 : EPOLLIN,
                                           on_narrow_request, s),
                           0);
        assert_return_code(sd_event_source_set_io_fd_own(*ret, true), 0);
        s->n++;
        return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
        *(bool *)userdata = true;
        return 0;
}

static void run_for_ms(sd_event *event, unsigned ms)
{
        sd_event_source *timer = NULL;
        bool over = false;

        assert_return_code(sd_event_add_time_relative(event, &timer, CLOCK_MONOTONIC,
                                                      ms * UINT64_C(1000), 0, on_time, &over),
                           0);
        while (!over)
                assert_true(sd_event_run(event, GUARD_MS * UINT64_C(1000)) > 0);
        sd_event_source_disable_unref(timer);
}

/* A request that has waited for a second is beside one in small segments. Where that is answered
 * and the first is not, all that follow are small, until the network is another one. */
static void what_is_swallowed_goes_in_small_segments(void **state)
{
        static const uint8_t byte[1];
        Carriage *first = NULL, *g = NULL;
        unsigned answered = 0;
        Carrier *c = NULL;
        char url[64];
        Narrow s = {0};
        Server port;

        assert_return_code(sd_event_new(&s.event), 0);
        server_start(&port, s.event); /* for its listening socket */
        s.fd = port.fd;
        port.source = sd_event_source_disable_unref(port.source);
        assert_return_code(
                sd_event_add_io(s.event, &s.source, s.fd, EPOLLIN, on_narrow_connection, &s), 0);
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", port.port);
        assert_int_equal(carrier_http_new(&c, s.event, &(CarrierHttpSettings){.url = url}), 0);
        assert_int_equal(carrier_send(c, &first, byte, 1, 9000, on_counted, &answered), 0);
        run_for_ms(s.event, 1100);
        for (unsigned i = 1; i <= 3; i++) {
                assert_int_equal(carrier_send(c, &g, byte, 1, 9000, on_counted, &answered), 0);
                while (answered < i)
                        assert_true(sd_event_run(s.event, GUARD_MS * UINT64_C(1000)) > 0);
                if (i == 2) {
                        carriage_cancel(first);
                        carrier_renew(c);
                }
        }
        assert_int_equal(s.n, 4);
        assert_in_range(s.segments[0], TCP_SEGMENT_SMALL + 1, TCP_SEGMENT_USUAL);
        assert_in_range(s.segments[1], 1, TCP_SEGMENT_SMALL);
        assert_in_range(s.segments[2], 1, TCP_SEGMENT_SMALL);
        assert_in_range(s.segments[3], TCP_SEGMENT_SMALL + 1, TCP_SEGMENT_USUAL);
        carrier_free(c);
        for (unsigned i = 0; i < s.n; i++)
                sd_event_source_disable_unref(s.clients[i]);
        sd_event_source_disable_unref(s.source);
        server_stop(&port);
        sd_event_unref(s.event);
}

typedef struct Pair {
        Carrier *carrier;
        Carriage *second;
        Outcome outcome;
        unsigned first;
} Pair;

static void on_first(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        Pair *p = userdata;

        p->first++;
        assert_int_equal(result, CARRIER_ANSWERED);
        assert_int_equal(
                carrier_send(p->carrier, &p->second, NULL, 0, 5000, on_result, &p->outcome), 0);
}

/* The connection is used again; a cancelled carriage is silent. */
static void connection_is_reused(void **state)
{
        Pair p = {0};
        Carriage *first = NULL, *cancelled = NULL;
        sd_event *event = NULL;
        char url[64];
        Server s;

        assert_return_code(sd_event_new(&event), 0);
        p.outcome.event = event;
        server_start(&s, event);
        s.answer = answers[0].answer;
        s.answer_len = strlen(s.answer);
        s.keep_open = true;
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", s.port);
        assert_int_equal(carrier_http_new(&p.carrier, event, &(CarrierHttpSettings){.url = url}),
                         0);
        assert_int_equal(
                carrier_send(p.carrier, &cancelled, (const uint8_t *)"x", 1, 5000, on_first, &p),
                0);
        carriage_cancel(cancelled);
        assert_int_equal(
                carrier_send(p.carrier, &first, (const uint8_t *)"x", 1, 5000, on_first, &p), 0);
        run(event);
        assert_int_equal(p.first, 1);
        assert_int_equal(p.outcome.calls, 1);
        assert_int_equal(s.connections, 1);
        assert_int_equal(s.requests, 2);
        assert_ptr_equal(strstr(s.request, "GET /v1/identity HTTP/1.1\r\n"), s.request);
        carrier_free(p.carrier);
        server_stop(&s);
        sd_event_unref(event);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(answers_are_told_apart),
                cmocka_unit_test(request_is_posted_as_it_is),
                cmocka_unit_test(answer_has_a_limit),
                cmocka_unit_test(silence_times_out),
                cmocka_unit_test(nobody_there),
                cmocka_unit_test(a_large_page_is_a_page),
                cmocka_unit_test(the_environment_names_a_proxy),
                cmocka_unit_test(other_schemes_are_refused),
                cmocka_unit_test(an_address_is_tried_beside_the_name),
                cmocka_unit_test(the_address_of_a_name_is_learned),
                cmocka_unit_test(another_network_has_connections_of_its_own),
                cmocka_unit_test(connection_is_reused),
                cmocka_unit_test(what_is_swallowed_goes_in_small_segments),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
