/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier-http.h"

#include "src/base/tcp.h"
#include "src/protocol/envelope.h"
#include "http-result.h"
#include "loop-curl.h"
#include "tcp-watch.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <unistd.h>

enum {
        URL_MAX = 512,
        CONNECT_TIMEOUT_MS = 10000,
        CONNECT_SLOW_MS = 30000, /* on a way that is known to be slow */
        QUICK_MS = 400, /* no slow line is as quick as that with a request and its answer */
        QUICK_FOR_MS = 20000,
        QUEUE_MS = 20000, /* so much longer than its time may a request lie in queues there */
        LOOKUP_TIMEOUT_MS = 40000, /* of a name, after its request has gone */
        /* A connection that is lost without notice is detected within about 10 s, also during a
         * long poll. */
        KEEPALIVE_IDLE_S = 4,
        KEEPALIVE_EVERY_S = 2,
        KEEPALIVE_TRIES = 3,
        STEADY = 8,           /* times as long as its time may a transfer take that goes on */
        CONNECTIONS_SLOW = 2, /* at once on such a way: for the long poll, and for all else */
        WARM = 2,             /* connections, beside that of the next request */
        SILENT_MS = 1000,
        PLAIN_MS = 2000, /* for the answer of a portal */
};

typedef struct CarriageHttp CarriageHttp;

typedef struct CarrierHttp {
        Carrier carrier;
        LIST_HEAD(, CarriageHttp) under_way;
        CarriageHttp *lookup; /* whose request has gone, but not the question for its name */
        bool named;           /* the URL has a name, not an address */
        long port;
        bool pinned;
        char address[ADDRESS_TEXT_SIZE]; /* pinned: where to; else: that answered last, or "" */
        LoopCurl *loop;
        bool curl_ready;
        bool modest; /* only small packets get through */
        TcpWatch sockets;
        uint64_t quick_until_ms; /* until then the way is known to be quick */
        struct curl_slist *headers;
        char *url, *proxy, *ca_file;
        const char *path;
} CarrierHttp;

struct CarriageHttp {
        Carriage carriage;
        LIST_ENTRY(CarriageHttp) list;
        CURL *easy;
        uint64_t sent_ms;
        uint32_t timeout_ms;
        uint64_t n_bytes, moved_ms; /* that have gone and come, and since when it is as many */
        bool poll, modest;
        bool sealed; /* a request, not the question for the identity */
        bool plain;  /* asks the server that has shown a certificate that is not accepted */
        struct curl_slist *connect_to;
        CarrierFunc func;
        void *userdata;
        uint8_t *answer;
        size_t answer_len, answer_size;
};

static CarriageHttp *carriage_http_free(CarriageHttp *g)
{
        if (!g)
                return NULL;
        if (g->easy)
                curl_easy_cleanup(g->easy);
        curl_slist_free_all(g->connect_to);
        free(g->answer);
        free(g);
        return NULL;
}
DEFINE_CLEANUP(CarriageHttp *, carriage_http_free);

/* A request and its answer take their time on a slow line. Where one has been quick, what TCP
 * measures are packets that get lost. */
static void http_note_quick(CarrierHttp *h, const CarriageHttp *g)
{
        uint64_t now = loop_curl_now_ms(h->loop);

        if (g->sealed && !g->poll && now - g->sent_ms < QUICK_MS)
                h->quick_until_ms = now + QUICK_FOR_MS;
}

static bool http_is_quick(const CarrierHttp *h)
{
        return loop_curl_now_ms(h->loop) < h->quick_until_ms;
}

static bool http_is_slow(const CarrierHttp *h)
{
        return !http_is_quick(h) && tcp_watch_is_slow(&h->sockets);
}

/* CURLOPT_WRITEFUNCTION: accepting less than was received ends the transfer. */
static size_t on_http_bytes(char *bytes, size_t size, size_t n, void *userdata)
{
        CarriageHttp *g = userdata;
        CarrierHttp *h = (CarrierHttp *)g->carriage.carrier;

        assert(size == 1); /* libcurl promises it */
        if (n > ENVELOPE_RESPONSE_MAX - g->answer_len)
                return 0;
        if (n > g->answer_size - g->answer_len) {
                size_t wanted = MIN(MAX(2 * g->answer_size, g->answer_len + n),
                                    (size_t)ENVELOPE_RESPONSE_MAX);
                uint8_t *grown = realloc(g->answer, wanted);

                if (!grown)
                        return 0;
                g->answer = grown;
                g->answer_size = wanted;
        }
        memcpy(g->answer + g->answer_len, bytes, n);
        g->answer_len += n;
        tcp_watch_adapt(&h->sockets, http_is_slow(h), g->answer_len);
        return n;
}

static bool http_is_resolving(CURL *easy)
{
        curl_off_t took_us = 0;

        (void)curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &took_us);
        return took_us == 0;
}

/* The name is known now: those that wait for an answer of their own to it begin anew. */
static void http_looked_up(CarrierHttp *h)
{
        CarriageHttp *g;

        h->lookup = carriage_http_free(h->lookup);
        LIST_FOREACH (g, &h->under_way, list)
                if (http_is_resolving(g->easy)) {
                        loop_curl_remove(h->loop, g->easy);
                        /* or its caller's time ends it */
                        (void)loop_curl_add(h->loop, g->easy, g, false);
                }
}

/* Not that of a proxy, which has another port. */
static void http_note_address(CarrierHttp *h, CURL *easy)
{
        const char *address = NULL;
        long port = 0;

        (void)curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
        (void)curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
        if (address && port == h->port && strlen(address) < sizeof h->address)
                (void)strcpy(h->address, address);
}

/* While a long poll waits for news, nothing need move. */
static bool http_moves(const Carriage *carriage)
{
        const CarriageHttp *g = (const CarriageHttp *)carriage;
        const CarrierHttp *h = (const CarrierHttp *)carriage->carrier;
        uint64_t age = loop_curl_now_ms(h->loop) - MAX(g->sent_ms, g->moved_ms);
        uint64_t wait = g->poll ? g->timeout_ms - CARRIER_ANSWER_MS : 0;
        TcpWay way = tcp_watch_look(&h->sockets);

        return !http_is_quick(h) && tcp_way_moves(&way, age - MIN(age, wait));
}

/* A request of before that time, not modest, has been sent in full packets and waits
 * in vain; on a slow way it only waits. */
static bool http_silent(const CarrierHttp *h, uint64_t before_ms)
{
        uint64_t now = loop_curl_now_ms(h->loop);
        const CarriageHttp *g;

        LIST_FOREACH (g, &h->under_way, list)
                if (!g->poll && !g->modest && g->answer_len == 0 && g->sent_ms < before_ms &&
                    now - g->sent_ms >= SILENT_MS && !http_moves(&g->carriage))
                        return true;
        return false;
}

/* A modest request is answered and an earlier one is not: maybe something swallows large packets.
 * From here on all are modest, over new connections. */
static void http_note_size(CarrierHttp *h, const CarriageHttp *g)
{
        if (h->modest || !g->modest || !http_silent(h, g->sent_ms))
                return;
        h->modest = true;
        loop_curl_renew(h->loop);
}

/* ---- a certificate that is not accepted ---- */

static bool http_get_host(CURLU *u, const char *url, char **ret)
{
        return url && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
               curl_url_get(u, CURLUPART_HOST, ret, 0) == CURLUE_OK;
}

/* A portal that takes https has another certificate. Asked at the port of http it says what it is;
 * the front of a cloud sends to itself. */
static bool http_ask_plainly(CarrierHttp *h, CarriageHttp *g)
{
        CURLU *u = curl_url();
        char *host = NULL, url[URL_MAX + 16];
        bool asked = false;

        if (u && http_get_host(u, h->url, &host)) {
                (void)snprintf(url, sizeof url, "http://%s/", host);
                g->plain = true;
                g->answer_len = 0;
                asked = curl_easy_setopt(g->easy, CURLOPT_HTTPGET, 1L) == CURLE_OK &&
                        curl_easy_setopt(g->easy, CURLOPT_URL, url) == CURLE_OK &&
                        curl_easy_setopt(g->easy, CURLOPT_TIMEOUT_MS, (long)PLAIN_MS) == CURLE_OK &&
                        loop_curl_add(h->loop, g->easy, g, false) >= 0;
        }
        curl_free(host);
        curl_url_cleanup(u);
        return asked;
}

static CarrierResult http_plain_result(const CarrierHttp *h, CURL *easy)
{
        CURLU *ours = curl_url(), *theirs = curl_url();
        char *host = NULL, *other = NULL, *to = NULL;
        bool elsewhere;
        long status = 0;

        (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        (void)curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &to);
        elsewhere = ours && theirs && http_get_host(ours, h->url, &host) &&
                    http_get_host(theirs, to, &other) && strcasecmp(host, other) != 0;
        curl_free(host);
        curl_free(other);
        curl_url_cleanup(ours);
        curl_url_cleanup(theirs);
        return status == 511 || elsewhere ? CARRIER_PORTAL : CARRIER_TLS;
}

static CarrierResult http_result(const CarrierHttp *h, const CarriageHttp *g, CURLcode code)
{
        return g->plain ? http_plain_result(h, g->easy) : http_result_of(g->easy, code);
}

static void on_http_done(void *userdata, CURL *easy, CURLcode code)
{
        CarrierHttp *h = (CarrierHttp *)((CarriageHttp *)userdata)->carriage.carrier;
        _cleanup_(carriage_http_freep) CarriageHttp *g = userdata;
        CarrierResult result = http_result(h, g, code);
        bool answered = result == CARRIER_ANSWERED;

        if (g == h->lookup) {
                http_looked_up(h);
                g = NULL;
                return;
        }
        if (code == CURLE_PEER_FAILED_VERIFICATION && !g->plain && http_ask_plainly(h, g)) {
                g = NULL;
                return;
        }
        LIST_REMOVE(g, list);
        if (answered) {
                http_note_size(h, g);
                http_note_quick(h, g);
        }
        if (answered && h->named && !h->pinned)
                http_note_address(h, easy);
        g->func(g->userdata, result, answered ? g->answer : NULL, answered ? g->answer_len : 0);
}

/* CURLOPT_PREREQFUNCTION: nobody waits any more for the answer, only for the name. */
static int on_http_connected(void *userdata, char *remote, char *local, int remote_port,
                             int local_port)
{
        CarriageHttp *g = userdata;

        return g == ((CarrierHttp *)g->carriage.carrier)->lookup ? CURL_PREREQFUNC_ABORT
                                                                 : CURL_PREREQFUNC_OK;
}

/* CURLOPT_SOCKOPTFUNCTION */
static int on_http_socket(void *userdata, curl_socket_t fd, curlsocktype purpose)
{
        static const struct {
                int level, name, value;
        } options[] = {
                {SOL_SOCKET, SO_KEEPALIVE, 1},
                {IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S},
                {IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S},
                {IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_TRIES},
                {IPPROTO_TCP, TCP_USER_TIMEOUT,
                 1000 * (KEEPALIVE_IDLE_S + KEEPALIVE_EVERY_S * KEEPALIVE_TRIES)},
        };
        const CarriageHttp *g = userdata;
        CarrierHttp *h = (CarrierHttp *)g->carriage.carrier;

        tcp_prepare(fd, g->modest ? TCP_SEGMENT_SMALL : TCP_SEGMENT_USUAL);
        tcp_take_at_once(fd, TCP_AT_ONCE_FEW);
        for (size_t i = 0; i < ARRAY_LEN(options);
             i++) /* without them detection only takes longer */
                (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                                 sizeof options[i].value);
        if (http_is_slow(h))
                tcp_be_patient(fd);
        tcp_watch_add(&h->sockets, fd);
        return CURL_SOCKOPT_OK;
}

/* CURLOPT_CLOSESOCKETFUNCTION */
static int on_http_socket_closed(void *userdata, curl_socket_t fd)
{
        CarrierHttp *h = userdata;

        tcp_watch_drop(&h->sockets, fd);
        return close(fd);
}

/* CURLOPT_XFERINFOFUNCTION, every second: another result than 0 ends the transfer. Its time is one
 * without a byte, for over a slow way a large answer takes longer; and bytes that wait in a queue
 * on the way still come. */
static int on_http_progress(void *userdata, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                            curl_off_t up)
{
        CarriageHttp *g = userdata;
        CarrierHttp *h = (CarrierHttp *)g->carriage.carrier;
        uint64_t now = loop_curl_now_ms(h->loop), n = (uint64_t)down + (uint64_t)up;

        if (n != g->n_bytes || g->moved_ms == 0) {
                g->n_bytes = n;
                g->moved_ms = now;
        }
        return now - g->moved_ms >= g->timeout_ms + (http_is_slow(h) ? QUEUE_MS : 0);
}

/* Left alone, curl takes that of the environment. */
static CURLcode http_set_proxy(CURL *e, const char *proxy)
{
        if (!proxy)
                return CURLE_OK;
        return curl_easy_setopt(e, CURLOPT_PROXY, strcmp(proxy, "no") == 0 ? "" : proxy);
}

/* What is one too many on a slow way waits for a connection that is open: a new one costs more than
 * the request. Where nothing moves they may all be dead. */
static void http_set_limit(CarrierHttp *h)
{
        loop_curl_limit(h->loop, http_is_slow(h) ? CONNECTIONS_SLOW : 0);
}

/* QUICK_EXIT: cancelling must not wait for a name that is still being resolved. LOW_SPEED makes
 * curl look every second; on_http_progress decides. */
static CURLcode http_set_options(CURL *e, const CarrierHttp *h, CarriageHttp *g, const char *url,
                                 uint32_t timeout_ms)
{
        CURLcode r = curl_easy_setopt(e, CURLOPT_URL, url);

        if (r == CURLE_OK)
                r = curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
        if (r == CURLE_OK)
                r = http_set_proxy(e, h->proxy);
        if (r == CURLE_OK && h->ca_file)
                r = curl_easy_setopt(e, CURLOPT_CAINFO, h->ca_file);
        (void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
        (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, h->headers);
        (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
        (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
        (void)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
        (void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout_ms * STEADY);
        (void)curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
        (void)curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)timeout_ms * STEADY / 1000);
        (void)curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
        (void)curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_http_progress);
        (void)curl_easy_setopt(e, CURLOPT_XFERINFODATA, g);
        (void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                               http_is_slow(h)
                                       ? (long)CONNECT_SLOW_MS
                                       : (long)MIN(timeout_ms, (uint32_t)CONNECT_TIMEOUT_MS));
        (void)curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_http_socket_closed);
        (void)curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, h);
        (void)curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_http_socket);
        (void)curl_easy_setopt(e, CURLOPT_SOCKOPTDATA, g);
        (void)curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_http_connected);
        (void)curl_easy_setopt(e, CURLOPT_PREREQDATA, g);
        (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_http_bytes);
        (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, g);
        return r;
}

/* "::ADDRESS:": whatever host and port, keeping the port. */
static CURLcode http_connect_to_pinned(CarriageHttp *g, const char *address)
{
        char text[ADDRESS_TEXT_SIZE + 8];

        (void)snprintf(text, sizeof text, strchr(address, ':') ? "::[%s]:" : "::%s:", address);
        g->connect_to = curl_slist_append(NULL, text);
        if (!g->connect_to)
                return CURLE_OUT_OF_MEMORY;
        return curl_easy_setopt(g->easy, CURLOPT_CONNECT_TO, g->connect_to);
}

static int http_send(Carrier *c, Carriage **ret, const uint8_t *sealed, size_t len,
                     uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        CarrierHttp *h = (CarrierHttp *)c;
        _cleanup_(carriage_http_freep) CarriageHttp *g = NULL;
        char url[URL_MAX + 16];
        int r;

        if (h->pinned && !*h->address)
                return -EHOSTUNREACH;
        g = calloc(1, sizeof *g);
        if (!g)
                return -ENOMEM;
        *g = (CarriageHttp){
                .carriage.carrier = &h->carrier,
                .sent_ms = loop_curl_now_ms(h->loop),
                .timeout_ms = timeout_ms,
                .poll = carrier_is_poll(timeout_ms),
                .sealed = len > 0,
                .modest = h->modest || http_silent(h, UINT64_MAX),
                .func = func,
                .userdata = userdata,
        };
        g->easy = curl_easy_init();
        if (!g->easy)
                return -ENOMEM;
        (void)snprintf(url, sizeof url, "%s%s", h->url, len > 0 ? h->path : "/v1/identity");
        if (http_set_options(g->easy, h, g, url, timeout_ms) != CURLE_OK)
                return -ENOMEM;
        if (h->pinned && http_connect_to_pinned(g, h->address) != CURLE_OK)
                return -ENOMEM;
        if (len > 0) {
                (void)curl_easy_setopt(g->easy, CURLOPT_POSTFIELDSIZE, (long)len);
                if (curl_easy_setopt(g->easy, CURLOPT_COPYPOSTFIELDS, sealed) != CURLE_OK)
                        return -ENOMEM;
        }
        tcp_watch_adapt(&h->sockets, http_is_slow(h), 0);
        http_set_limit(h);
        r = loop_curl_add(h->loop, g->easy, g, g->modest && !h->modest);
        if (r < 0)
                return r;
        LIST_INSERT_HEAD(&h->under_way, g, list);
        *ret = &TAKE_PTR(g)->carriage;
        return 0;
}

static void http_end(CarriageHttp *g)
{
        loop_curl_remove(((CarrierHttp *)g->carriage.carrier)->loop, g->easy);
        carriage_http_free(g);
}

static void on_http_unwanted(void *userdata, CarrierResult result, const uint8_t *answer,
                             size_t len)
{
        /* what counts is the connection that stays */
}

/* To end a transfer is to end its connection. On a slow way a new one costs more than an answer
 * that nobody wants. */
static bool http_let_end(CarriageHttp *g)
{
        CarrierHttp *h = (CarrierHttp *)g->carriage.carrier;

        if (g->poll || !http_is_slow(h) || !http_moves(&g->carriage))
                return false;
        g->func = on_http_unwanted;
        return true;
}

static void http_cancel(Carriage *carriage)
{
        CarrierHttp *h = (CarrierHttp *)carriage->carrier;
        CarriageHttp *g = (CarriageHttp *)carriage;

        if (http_let_end(g))
                return;
        LIST_REMOVE(g, list);
        if (h->lookup || h->pinned || !h->named || h->sockets.n > 0 ||
            !http_is_resolving(g->easy)) {
                http_end(g);
                return;
        }
        h->lookup = g;
        (void)curl_easy_setopt(g->easy, CURLOPT_TIMEOUT_MS, (long)LOOKUP_TIMEOUT_MS);
        (void)curl_easy_setopt(g->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)LOOKUP_TIMEOUT_MS);
}

static void http_warm(Carrier *c)
{
        CarrierHttp *h = (CarrierHttp *)c;
        Carriage *g;

        if (!LIST_EMPTY(&h->under_way))
                return;
        for (unsigned i = 0; i < WARM; i++)
                (void)http_send(c, &g, NULL, 0, CONNECT_TIMEOUT_MS, on_http_unwanted, NULL);
}

static Carrier *http_free(Carrier *c)
{
        CarrierHttp *h = (CarrierHttp *)c;
        CarriageHttp *g;

        while ((g = LIST_FIRST(&h->under_way))) { /* those that nobody waits for */
                LIST_REMOVE(g, list);
                http_end(g);
        }

        if (h->lookup)
                http_end(h->lookup);
        loop_curl_free(h->loop);
        curl_slist_free_all(h->headers);
        if (h->curl_ready)
                curl_global_cleanup();
        free(h->url);
        free(h->proxy);
        free(h->ca_file);
        free(h);
        return NULL;
}

/* The name may lead elsewhere, too. */
static void http_renew(Carrier *c)
{
        CarrierHttp *h = (CarrierHttp *)c;

        if (h->lookup) {
                http_end(h->lookup);
                h->lookup = NULL;
        }
        h->modest = false;
        h->quick_until_ms = 0;
        h->sockets = (TcpWatch){}; /* what was measured there says nothing any more */
        loop_curl_renew(h->loop);
}

static const CarrierOps http_ops = {.send = http_send,
                                    .cancel = http_cancel,
                                    .moves = http_moves,
                                    .renew = http_renew,
                                    .warm = http_warm,
                                    .free = http_free};

/* Copies text where there is one. */
static int http_copy_text(char **ret, const char *text)
{
        *ret = text ? strdup(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

/* No "Expect: 100-continue", which would cost a round trip before larger uploads. */
static int http_make_headers(struct curl_slist **ret)
{
        struct curl_slist *first =
                curl_slist_append(NULL, "Content-Type: application/octet-stream");

        if (!first)
                return -ENOMEM;
        if (!curl_slist_append(first, "Expect:")) {
                curl_slist_free_all(first);
                return -ENOMEM;
        }
        *ret = first;
        return 0;
}

static bool http_takes_url(const char *url)
{
        return (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0) &&
               strlen(url) <= URL_MAX;
}

/* 0; -EINVAL: it is none of ours. */
static int http_set_url(CarrierHttp *h, const char *text)
{
        char *host = NULL, *port = NULL, *copy = http_takes_url(text) ? strdup(text) : NULL;
        CURLU *url = curl_url();
        uint8_t literal[4];
        int r = http_takes_url(text) ? -ENOMEM : -EINVAL;

        if (copy && url) {
                (void)curl_url_set(url, CURLUPART_URL, text, 0);
                (void)curl_url_get(url, CURLUPART_HOST, &host, 0);
                (void)curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
                h->named = host && *host != '[' && inet_pton(AF_INET, host, literal) != 1;
                h->port = port ? strtol(port, NULL, 10) : 0;
                free(h->url);
                h->url = TAKE_PTR(copy);
                r = 0;
        }
        curl_free(host);
        curl_free(port);
        curl_url_cleanup(url);
        free(copy);
        return r;
}

static int http_init(CarrierHttp *h, sd_event *event, const CarrierHttpSettings *settings)
{
        int r;

        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return -ENOMEM;
        h->curl_ready = true;
        h->path = settings->for_neighbours ? "/v1/relayed" : "/v1/rpc";
        r = http_set_url(h, settings->url);
        if (r == 0)
                r = http_copy_text(&h->proxy, settings->proxy);
        if (r == 0)
                r = http_copy_text(&h->ca_file, settings->ca_file);
        if (r == 0)
                r = http_make_headers(&h->headers);
        return r < 0 ? r : loop_curl_new(&h->loop, event, on_http_done);
}

int carrier_http_move(Carrier *c, const char *url)
{
        CarrierHttp *h = (CarrierHttp *)c;
        int r = http_set_url(h, url);

        if (r == 0)
                *h->address = '\0';
        return r;
}

void carrier_http_pin(Carrier *c, const char *address)
{
        CarrierHttp *h = (CarrierHttp *)c;

        assert(h->pinned && strlen(address) < sizeof h->address);
        (void)strcpy(h->address, address);
}

const char *carrier_http_address(const Carrier *c)
{
        return ((const CarrierHttp *)c)->address;
}

int carrier_http_new(Carrier **ret, sd_event *event, const CarrierHttpSettings *settings)
{
        CarrierHttp *h;
        int r;

        if (!http_takes_url(settings->url))
                return -EINVAL;
        h = calloc(1, sizeof *h);
        if (!h)
                return -ENOMEM;
        h->carrier.ops = &http_ops;
        h->pinned = settings->pinned;
        LIST_INIT(&h->under_way);
        r = http_init(h, event, settings);
        if (r < 0) {
                carrier_free(&h->carrier);
                return r;
        }
        *ret = &h->carrier;
        return 0;
}
