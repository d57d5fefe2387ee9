/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http.h"

#include "listen.h"
#include "mhd.h"
#include "page-origin.h"
#include "patience.h"

#include "src/protocol/envelope.h"
#include "src/base/log.h"

#include <assert.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
        /* headers of a request and what is being sent; bodies are kept apart */
        CONNECTION_MEMORY = 4096,
        ROUNDS = 4, /* of running and flushing before the loop sees to others */
        ADMIN_CONNECTIONS = 64,
        ANSWER_PATIENCE = 2,          /* times ConnectionTimeout: 256 KiB at 14 kbit/s */
        BODY_PATIENCE_MS = 10 * 1000, /* for a body, and a millisecond more for each byte of it */
};

struct Http {
        HttpContext context;
        struct MHD_Daemon *daemon;
        sd_event_source *io, *timer, *stop_timer;
        Patience *requests; /* a whole request, from the end of the one before */
        Patience *answers;  /* an answer is to be taken */
        size_t n_requests;  /* begun and not completed */
        size_t n_fresh;     /* connections whose first request has not begun */
        bool again;         /* an answer came, or a connection went: MHD is to run once more */
        void (*stopped)(void *userdata);
        void *userdata;
};

/* One request, from its headers until its answer is out, or is known where nobody takes it. */
typedef struct HttpRequest {
        Http *http;
        struct MHD_Connection *connection; /* NULL: it has ended */
        uint8_t *body;
        size_t n_body, room;
        uint64_t begun_us; /* CLOCK_MONOTONIC */
        ApiWay way;
        bool handed_over, suspended;
        unsigned status; /* 0: not known yet */
        uint8_t *answer;
        size_t n_answer;
} HttpRequest;

/* ---- answers ---- */

/* origin: whose scripts may read the answer; NULL: nobody's. */
static enum MHD_Result http_send_to(const char *origin, struct MHD_Connection *c, unsigned status,
                                    const char *type, const void *bytes, size_t len,
                                    enum MHD_ResponseMemoryMode mode)
{
        struct MHD_Response *response = MHD_create_response_from_buffer(len, (void *)bytes, mode);
        enum MHD_Result result = MHD_YES;

        if (!response) {
                if (mode == MHD_RESPMEM_MUST_FREE)
                        free((void *)bytes);
                return MHD_NO;
        }
        if (type)
                result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
        if (result == MHD_YES && origin)
                result = MHD_add_response_header(
                        response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if (result == MHD_YES && origin)
                result = MHD_add_response_header(response, MHD_HTTP_HEADER_VARY,
                                                 MHD_HTTP_HEADER_ORIGIN);
        if (result == MHD_YES)
                result = MHD_queue_response(c, status, response);
        MHD_destroy_response(response);
        return result;
}

static enum MHD_Result http_send_bytes(struct MHD_Connection *c, unsigned status, const char *type,
                                       const void *bytes, size_t len,
                                       enum MHD_ResponseMemoryMode mode)
{
        return http_send_to(NULL, c, status, type, bytes, len, mode);
}

static enum MHD_Result http_send_status(struct MHD_Connection *c, unsigned status)
{
        return http_send_bytes(c, status, NULL, "", 0, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result http_send_identity(struct MHD_Connection *c, const Http *h)
{
        char text[CLOUD_IDENTITY_TEXT_MAX + 1];

        cloud_identity_format(text, api_identity(h->context.api));
        strcat(text, "\n");
        /* for everybody, so for every page, too: one of a guest with a code and no link asks */
        return http_send_to("*", c, MHD_HTTP_OK, "text/plain", text, strlen(text),
                            MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result http_send_metrics(struct MHD_Connection *c, const Http *h)
{
        char *text;
        size_t len;

        if (metrics_format(&text, &len, api_metrics(h->context.api)) < 0)
                return http_send_status(c, MHD_HTTP_SERVICE_UNAVAILABLE);
        return http_send_bytes(c, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text,
                               len, MHD_RESPMEM_MUST_FREE);
}

/* false: nothing is taken there. */
static bool http_read_way(ApiWay *ret, const char *url)
{
        *ret = strcmp(url, "/v1/relayed") == 0 ? API_RELAYED : API_DIRECT;
        return *ret == API_RELAYED || strcmp(url, "/v1/rpc") == 0;
}

static enum MHD_Result http_answer_get(struct MHD_Connection *c, const Http *h, const char *url)
{
        ApiWay way;

        if (strcmp(url, "/v1/identity") == 0)
                return http_send_identity(c, h);
        return http_send_status(c, http_read_way(&way, url) ? MHD_HTTP_METHOD_NOT_ALLOWED
                                                            : MHD_HTTP_NOT_FOUND);
}

static enum MHD_Result http_send_health(struct MHD_Connection *c, const Http *h)
{
        static const char ok[] = "ok\n",
                          full[] = "the store has no room: what would write is refused\n";
        bool is_full = api_is_full(h->context.api);
        const char *text = is_full ? full : ok;

        return http_send_bytes(c, is_full ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK,
                               "text/plain", text, strlen(text), MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result http_answer_admin(struct MHD_Connection *c, const Http *h, const char *url)
{
        assert(h->context.port == HTTP_ADMIN);
        if (strcmp(url, "/healthz") == 0)
                return http_send_health(c, h);
        if (strcmp(url, "/metrics") == 0)
                return http_send_metrics(c, h);
        return http_send_status(c, MHD_HTTP_NOT_FOUND);
}

/* ---- connections that owe something ---- */

/* NULL: there was no memory for it. */
static Owing *http_owing_of(struct MHD_Connection *c)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        return info ? info->socket_context : NULL;
}

static int http_fd_of(struct MHD_Connection *c)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

        return info ? info->connect_fd : -1;
}

/* patience NULL: it is our turn. */
static void http_owes(struct MHD_Connection *c, Patience *patience)
{
        Owing *o = http_owing_of(c);

        if (o && patience)
                patience_begin(patience, o);
        else if (o)
                patience_end(o);
}

/* A connection that was taken is answered, also by a cloud that stops. */
static void http_begins(Http *h, Owing *o)
{
        if (o && o->fresh)
                h->n_fresh--;
        if (o)
                o->fresh = false;
}

static void http_on_connection(void *userdata, struct MHD_Connection *c, void **context,
                               enum MHD_ConnectionNotificationCode code)
{
        Http *h = userdata;
        Owing *o = *context;

        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                o = calloc(1, sizeof *o);
                if (!o)
                        return;
                o->fd = http_fd_of(c);
                *context = o;
                o->fresh = true;
                h->n_fresh++;
                patience_begin(h->requests, o);
                return;
        }
        /* MHD takes connections again where there was no room, as it begins to run. */
        h->again = true;
        if (o) {
                http_begins(h, o);
                patience_end(o);
                free(o);
                *context = NULL;
        }
}

/* ---- sealed requests ---- */

static void http_request_free(HttpRequest *x)
{
        assert(x->http->n_requests > 0);
        x->http->n_requests--;
        free(x->body);
        free(x->answer);
        free(x);
}

static void http_on_answer(void *userdata, int result, uint8_t *sealed, size_t len)
{
        HttpRequest *x = userdata;
        Http *h = x->http;

        assert(x->handed_over && x->status == 0);
        x->status = result < 0 ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK;
        x->answer = sealed;
        x->n_answer = len;
        h->again = true;
        if (!x->connection)
                http_request_free(x);
        else if (x->suspended)
                MHD_resume_connection(x->connection);
        /* MHD only marks it; answers to a deadline come when nothing else makes MHD run. */
        (void)sd_event_source_set_time(h->timer, 0);
        (void)sd_event_source_set_enabled(h->timer, SD_EVENT_ONESHOT);
}

/* A limit counts for an IPv4 address, or for the 56 bits of an IPv6 one that a household has.
 * Nothing is known of an address of this machine: it is that of a front. */
static ApiOrigin http_origin(struct MHD_Connection *c)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        const struct sockaddr *a = info ? info->client_addr : NULL;
        const struct sockaddr_in *in = (const void *)a;
        const struct sockaddr_in6 *in6 = (const void *)a;
        ApiOrigin o = {.n_address = 0};

        if (a && a->sa_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 != 127) {
                o.n_address = 4;
                memcpy(o.address, &in->sin_addr, 4);
        } else if (a && a->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
                o.n_address = in6->sin6_addr.s6_addr[12] == 127 ? 0 : 4;
                memcpy(o.address, in6->sin6_addr.s6_addr + 12, 4);
        } else if (a && a->sa_family == AF_INET6 && !IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr)) {
                o.n_address = 7;
                memcpy(o.address, &in6->sin6_addr, 7);
        }
        return o;
}

static void http_hand_over(HttpRequest *x)
{
        ApiOrigin origin = http_origin(x->connection);
        int r;

        assert(x->http->context.port == HTTP_PUBLIC);
        r = api_handle_from(x->http->context.api, x->way, &origin, x->body, x->n_body,
                            http_on_answer, x);
        x->handed_over = true;
        free(x->body);
        x->body = NULL;
        if (r == API_E_MALFORMED)
                x->status = MHD_HTTP_BAD_REQUEST;
        else if (r == API_E_NOT_FOR_US)
                x->status = MHD_HTTP_MISDIRECTED_REQUEST;
        else if (r != 0)
                x->status = MHD_HTTP_SERVICE_UNAVAILABLE;
}

/* The request's own, where the configuration has it: a browser then lets that page's script read
 * the answer. Without it the request is the same, and answered. */
static const char *http_page_origin(const HttpRequest *x)
{
        const char *origin =
                MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN);

        return origin && page_origin_listed(x->http->context.settings->page_origins, origin)
                       ? origin
                       : NULL;
}

static enum MHD_Result http_send_answer(HttpRequest *x)
{
        const char *origin = http_page_origin(x);

        if (x->status != MHD_HTTP_OK)
                return http_send_to(origin, x->connection, x->status, NULL, "", 0,
                                    MHD_RESPMEM_PERSISTENT);
        return http_send_to(origin, x->connection, MHD_HTTP_OK, "application/octet-stream",
                            TAKE_PTR(x->answer), x->n_answer, MHD_RESPMEM_MUST_FREE);
}

/* A body that comes slower than a kilobyte in a second, after some seconds for a bad line. */
static bool http_too_slow(const HttpRequest *x)
{
        uint64_t now_us;

        if (sd_event_now(x->http->context.event, CLOCK_MONOTONIC, &now_us) < 0)
                return false;
        return (now_us - x->begun_us) / 1000 > BODY_PATIENCE_MS + x->n_body;
}

static void http_take_body(HttpRequest *x, const char *bytes, size_t len)
{
        uint8_t *grown;
        size_t room;

        if (x->status != 0)
                return; /* refused: the rest is read and dropped */
        if (len > ENVELOPE_REQUEST_MAX - x->n_body) {
                x->status = MHD_HTTP_CONTENT_TOO_LARGE;
                return;
        }
        if (x->n_body + len > x->room) {
                room = MIN(MAX(x->n_body + len, 2 * x->room), (size_t)ENVELOPE_REQUEST_MAX);
                grown = realloc(x->body, room);
                if (!grown) {
                        x->status = MHD_HTTP_SERVICE_UNAVAILABLE;
                        return;
                }
                x->body = grown;
                x->room = room;
        }
        memcpy(x->body + x->n_body, bytes, len);
        x->n_body += len;
}

/* 0: none was told (or nonsense, of which libmicrohttpd has already disposed). */
static uint64_t http_told_length(struct MHD_Connection *c)
{
        const char *text =
                MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

        return text ? strtoull(text, NULL, 10) : 0;
}

/* ---- requests ---- */

/* What is answered here, before the rest of the request has come, costs it the connection:
 * libmicrohttpd reads no more from it. */
static enum MHD_Result http_begin_request(Http *h, struct MHD_Connection *c, const char *url,
                                          const char *method, void **state)
{
        bool get = strcmp(method, MHD_HTTP_METHOD_GET) == 0;
        uint64_t length = http_told_length(c);
        bool takes_posts;
        HttpRequest *x;
        ApiWay way;

        http_begins(h, http_owing_of(c));
        if (!get && strcmp(method, MHD_HTTP_METHOD_POST) != 0)
                return http_send_status(c, MHD_HTTP_METHOD_NOT_ALLOWED);
        takes_posts = http_read_way(&way, url) && h->context.port == HTTP_PUBLIC;
        if (!takes_posts && !get)
                return http_send_status(c, MHD_HTTP_NOT_FOUND);
        if (length > ENVELOPE_REQUEST_MAX)
                return http_send_status(c, MHD_HTTP_CONTENT_TOO_LARGE);
        x = calloc(1, sizeof *x);
        if (!x)
                return MHD_NO;
        *x = (HttpRequest){.http = h, .connection = c, .way = way};
        (void)sd_event_now(h->context.event, CLOCK_MONOTONIC, &x->begun_us);
        *state = x;
        http_owes(c, h->requests);
        h->n_requests++;
        return MHD_YES;
}

/* MHD asks again as it runs next. Most answers are there then: to suspend the others alone spares
 * three system calls a request. */
static void http_wait_for_answer(HttpRequest *x)
{
        if (!x->handed_over) {
                http_hand_over(x);
                return;
        }
        MHD_suspend_connection(x->connection);
        x->suspended = true;
}

static enum MHD_Result http_on_request(void *userdata, struct MHD_Connection *c, const char *url,
                                       const char *method, const char *version, const char *upload,
                                       size_t *upload_size, void **state)
{
        Http *h = userdata;
        HttpRequest *x = *state;

        if (!x)
                return http_begin_request(h, c, url, method, state);
        if (*upload_size > 0) {
                if (http_too_slow(x))
                        return MHD_NO; /* closes the connection */
                http_take_body(x, upload, *upload_size);
                *upload_size = 0;
                return MHD_YES;
        }
        if (x->status == 0 && strcmp(method, MHD_HTTP_METHOD_GET) == 0) {
                http_owes(c, h->answers);
                return h->context.port == HTTP_ADMIN ? http_answer_admin(c, h, url)
                                                     : http_answer_get(c, h, url);
        }
        if (x->status == 0)
                http_wait_for_answer(x);
        http_owes(c, x->status != 0 ? h->answers : NULL);
        return x->status != 0 ? http_send_answer(x) : MHD_YES;
}

static void http_on_completed(void *userdata, struct MHD_Connection *c, void **state,
                              enum MHD_RequestTerminationCode why)
{
        HttpRequest *x = *state;
        Http *h = userdata;

        http_owes(c, h->requests);
        if (!x)
                return;
        *state = NULL;
        x->connection = NULL;
        if (!x->handed_over || x->status != 0)
                http_request_free(x);
}

/* ---- the loop ---- */

static void http_stop_if_idle(Http *h)
{
        if (h->stopped && h->n_requests == 0 && h->n_fresh == 0)
                TAKE_PTR(h->stopped)(h->userdata);
}

static int http_set_timer(Http *h)
{
        unsigned MHD_LONG_LONG ms;

        if (h->again)
                ms = 0;
        else if (MHD_get_timeout(h->daemon, &ms) != MHD_YES)
                return sd_event_source_set_enabled(h->timer, SD_EVENT_OFF);
        (void)sd_event_source_set_time_relative(h->timer, ms * 1000);
        return sd_event_source_set_enabled(h->timer, SD_EVENT_ONESHOT);
}

/* Runs what is ready. The requests are one batch, which closes here when it is full. */
static int http_run(Http *h)
{
        for (unsigned i = 0; i < ROUNDS; i++) {
                h->again = false;
                if (MHD_run(h->daemon) != MHD_YES)
                        return -EIO;
                api_flush_if_full(h->context.api);
                if (!h->again)
                        break;
        }
        http_stop_if_idle(h);
        return http_set_timer(h);
}

static int http_run_or_exit(Http *h)
{
        int r = http_run(h);

        if (r < 0) {
                log_error("HTTP cannot go on: %s", strerror(-r));
                (void)sd_event_exit(h->context.event, r);
        }
        return 0;
}

static int http_on_io(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        return http_run_or_exit(userdata);
}

static int http_on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
        return http_run_or_exit(userdata);
}

static int http_on_stop_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
        Http *h = userdata;

        api_drain(h->context.api); /* watches that came since */
        (void)MHD_run(h->daemon);
        if (h->stopped)
                TAKE_PTR(h->stopped)(h->userdata);
        return 0;
}

int http_stop(Http *h, uint64_t grace_ms, void (*done)(void *userdata), void *userdata)
{
        int fd, r;

        r = sd_event_add_time_relative(h->context.event, &h->stop_timer, CLOCK_MONOTONIC,
                                       grace_ms * 1000, 0, http_on_stop_timer, h);
        if (r < 0)
                return r;
        fd = MHD_quiesce_daemon(h->daemon);
        if (fd >= 0)
                (void)close(fd);
        h->stopped = done;
        h->userdata = userdata;
        api_drain(h->context.api);
        return http_run(h);
}

/* ---- starting ---- */

/* The messages of libmicrohttpd contain addresses, which we do not log. */
static void http_ignore_message(void *userdata, const char *format, va_list ap)
{
}

/* 0: no limit. Behind a front on this machine all connections have its address. */
static unsigned http_limit_per_address(const Http *h)
{
        if (h->context.port == HTTP_ADMIN || listen_is_local(h->context.listen_fd))
                return 0;
        return (unsigned)h->context.settings->connections_per_address;
}

static int http_start_daemon(Http *h)
{
        const CloudSettings *s = h->context.settings;
        _cleanup_(mhd_tls_done) MhdTls tls = {};
        unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
        bool admin = h->context.port == HTTP_ADMIN;
        int r = mhd_tls_read(&tls, admin ? "" : s->tls_certificate, s->tls_key);

        if (r < 0)
                return r;
        h->daemon = MHD_start_daemon(
                flags | tls.flags, 0, NULL, NULL, http_on_request, h, MHD_OPTION_EXTERNAL_LOGGER,
                http_ignore_message, NULL, MHD_OPTION_LISTEN_SOCKET, h->context.listen_fd,
                MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, h, MHD_OPTION_NOTIFY_CONNECTION,
                http_on_connection, h, MHD_OPTION_CONNECTION_LIMIT,
                admin ? (unsigned)ADMIN_CONNECTIONS : (unsigned)s->connections,
                MHD_OPTION_PER_IP_CONNECTION_LIMIT, http_limit_per_address(h),
                MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_ARRAY,
                tls.options, MHD_OPTION_END);
        return h->daemon ? 0 : -EIO;
}

static int http_watch_daemon(Http *h)
{
        int r = mhd_watch(h->daemon, h->context.event, &h->io, &h->timer, http_on_io, http_on_timer,
                          h);

        if (r < 0)
                return r;
        (void)sd_event_source_set_description(h->io, "http");
        (void)sd_event_source_set_description(h->timer, "http-timeout");
        return 0;
}

int http_new(Http **ret, const HttpContext *context)
{
        _cleanup_(http_freep) Http *h = calloc(1, sizeof *h);
        uint64_t timeout_ms;
        int r;

        if (!h)
                return -ENOMEM;
        h->context = *context;
        timeout_ms = context->settings->connection_timeout_ms;
        r = patience_new(&h->requests, context->event, "http-requests", timeout_ms);
        if (r == 0)
                r = patience_new(&h->answers, context->event, "http-answers",
                                 ANSWER_PATIENCE * timeout_ms);
        if (r == 0)
                r = http_start_daemon(h);
        if (r < 0)
                return r;
        r = http_watch_daemon(h);
        if (r < 0) {
                (void)MHD_quiesce_daemon(h->daemon); /* else it would close the socket */
                return r;
        }
        *ret = TAKE_PTR(h);
        return 0;
}

Http *http_free(Http *h)
{
        if (!h)
                return NULL;
        sd_event_source_disable_unref(h->io);
        sd_event_source_disable_unref(h->timer);
        sd_event_source_disable_unref(h->stop_timer);
        if (h->daemon)
                MHD_stop_daemon(h->daemon);
        patience_free(h->requests);
        patience_free(h->answers);
        free(h);
        return NULL;
}
