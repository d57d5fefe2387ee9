/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier-http.h"

#include "src/base/tcp.h"
#include "src/protocol/envelope.h"
#include "http-result.h"
#include "loop-curl.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

enum {
        URL_MAX = 512,
        CONNECT_TIMEOUT_MS = 10000,
        LOOKUP_TIMEOUT_MS = 40000, /* of a name, after its request has gone */
        /* A connection that is lost without notice is detected within about 10 s, also during a
         * long poll. */
        KEEPALIVE_IDLE_S = 4,
        KEEPALIVE_EVERY_S = 2,
        KEEPALIVE_TRIES = 3,
        STEADY = 8, /* times as long as its time may a transfer take that goes on */
        WARM = 2,   /* connections, beside that of the next request */
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
        struct curl_slist *headers;
        char *url, *proxy, *ca_file;
        const char *path;
} CarrierHttp;

struct CarriageHttp {
        Carriage carriage;
        LIST_ENTRY(CarriageHttp) list;
        CURL *easy;
        uint64_t sent_ms;
        bool poll, modest;
        bool plain; /* asks who has shown a certificate that is not accepted */
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

/* CURLOPT_WRITEFUNCTION: accepting less than was received ends the transfer. */
static size_t on_http_bytes(char *bytes, size_t size, size_t n, void *userdata)
{
        CarriageHttp *g = userdata;

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

/* A request of before that time, not modest, has been sent in full packets and waits in vain. */
static bool http_silent(const CarrierHttp *h, uint64_t before_ms)
{
        uint64_t now = loop_curl_now_ms(h->loop);
        const CarriageHttp *g;

        LIST_FOREACH (g, &h->under_way, list)
                if (!g->poll && !g->modest && g->answer_len == 0 && g->sent_ms < before_ms &&
                    now - g->sent_ms >= SILENT_MS)
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
        if (answered)
                http_note_size(h, g);
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

        tcp_prepare(fd, g->modest ? TCP_SEGMENT_SMALL : TCP_SEGMENT_USUAL);
        for (size_t i = 0; i < ARRAY_LEN(options);
             i++) /* without them detection only takes longer */
                (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                                 sizeof options[i].value);
        return CURL_SOCKOPT_OK;
}

/* Left alone, curl takes that of the environment. */
static CURLcode http_set_proxy(CURL *e, const char *proxy)
{
        if (!proxy)
                return CURLE_OK;
        return curl_easy_setopt(e, CURLOPT_PROXY, strcmp(proxy, "no") == 0 ? "" : proxy);
}

/* QUICK_EXIT: cancelling must not wait for a name that is still being resolved. The time is one
 * without a byte: over a slow way a large answer takes longer. */
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
        (void)curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)MAX(timeout_ms / 1000, 1U));
        (void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                               (long)MIN(timeout_ms, (uint32_t)CONNECT_TIMEOUT_MS));
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
                .poll = carrier_is_poll(timeout_ms),
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

static void http_cancel(Carriage *carriage)
{
        CarrierHttp *h = (CarrierHttp *)carriage->carrier;
        CarriageHttp *g = (CarriageHttp *)carriage;

        LIST_REMOVE(g, list);
        if (h->lookup || h->pinned || !h->named || !http_is_resolving(g->easy)) {
                http_end(g);
                return;
        }
        h->lookup = g;
        (void)curl_easy_setopt(g->easy, CURLOPT_TIMEOUT_MS, (long)LOOKUP_TIMEOUT_MS);
        (void)curl_easy_setopt(g->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)LOOKUP_TIMEOUT_MS);
}

static void on_http_warm(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        /* what counts is the connection that stays */
}

static void http_warm(Carrier *c)
{
        CarrierHttp *h = (CarrierHttp *)c;
        Carriage *g;

        if (!LIST_EMPTY(&h->under_way))
                return;
        for (unsigned i = 0; i < WARM; i++)
                (void)http_send(c, &g, NULL, 0, CONNECT_TIMEOUT_MS, on_http_warm, NULL);
}

static Carrier *http_free(Carrier *c)
{
        CarrierHttp *h = (CarrierHttp *)c;
        CarriageHttp *g;

        while ((g = LIST_FIRST(&h->under_way))) { /* those of http_warm */
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
        loop_curl_renew(h->loop);
}

static const CarrierOps http_ops = {.send = http_send,
                                    .cancel = http_cancel,
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
