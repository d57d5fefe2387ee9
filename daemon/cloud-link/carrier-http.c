/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier-http.h"

#include "src/protocol/envelope.h"
#include "loop-curl.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

enum {
        URL_MAX = 512,
        CONNECT_TIMEOUT_MS = 10000,
        /* A connection that is lost without notice is detected within about 10 s, also during a
         * long poll. */
        KEEPALIVE_IDLE_S = 4,
        KEEPALIVE_EVERY_S = 2,
        KEEPALIVE_TRIES = 3,
};

typedef struct CarrierHttp {
        Carrier carrier;
        LoopCurl *loop;
        bool curl_ready;
        struct curl_slist *headers;
        char *url, *proxy, *ca_file;
        const char *path;
} CarrierHttp;

typedef struct CarriageHttp {
        Carriage carriage;
        CURL *easy;
        CarrierFunc func;
        void *userdata;
        uint8_t *answer;
        size_t answer_len, answer_size;
} CarriageHttp;

static CarriageHttp *carriage_http_free(CarriageHttp *g)
{
        if (!g)
                return NULL;
        if (g->easy)
                curl_easy_cleanup(g->easy);
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

static CarrierResult http_connect_result(CURL *easy)
{
        long error = 0;

        (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
        switch (error) {
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case EADDRNOTAVAIL:
                return CARRIER_NO_NETWORK;
        default:
                return CARRIER_UNREACHABLE;
        }
}

static CarrierResult http_status_result(CURL *easy)
{
        long status = 0;

        (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        switch (status) {
        case 200:
                return CARRIER_ANSWERED;
        case 400:
        case 421:
                return CARRIER_REFUSED;
        case 429:
        case 503:
                return CARRIER_BUSY;
        default:
                return CARRIER_UNREACHABLE;
        }
}

static CarrierResult http_transfer_result(CURL *easy, CURLcode code)
{
        switch (code) {
        case CURLE_OK:
                return http_status_result(easy);
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
                return CARRIER_NO_NETWORK;
        case CURLE_COULDNT_CONNECT:
                return http_connect_result(easy);
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_ISSUER_ERROR:
                return CARRIER_TLS;
        default:
                return CARRIER_UNREACHABLE;
        }
}

static void on_http_done(void *userdata, CURL *easy, CURLcode code)
{
        _cleanup_(carriage_http_freep) CarriageHttp *g = userdata;
        CarrierResult result = http_transfer_result(easy, code);
        bool answered = result == CARRIER_ANSWERED;

        g->func(g->userdata, result, answered ? g->answer : NULL, answered ? g->answer_len : 0);
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

        for (size_t i = 0; i < ARRAY_LEN(options);
             i++) /* without them detection only takes longer */
                (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                                 sizeof options[i].value);
        return CURL_SOCKOPT_OK;
}

/* QUICK_EXIT: cancelling must not wait for a name that is still being resolved. */
static CURLcode http_set_options(CURL *e, const CarrierHttp *h, CarriageHttp *g, const char *url,
                                 uint32_t timeout_ms)
{
        CURLcode r = curl_easy_setopt(e, CURLOPT_URL, url);

        if (r == CURLE_OK)
                r = curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
        if (r == CURLE_OK)
                r = curl_easy_setopt(e, CURLOPT_PROXY, h->proxy ? h->proxy : "");
        if (r == CURLE_OK && h->ca_file)
                r = curl_easy_setopt(e, CURLOPT_CAINFO, h->ca_file);
        (void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
        (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, h->headers);
        (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
        (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
        (void)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
        (void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
        (void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                               (long)MIN(timeout_ms, (uint32_t)CONNECT_TIMEOUT_MS));
        (void)curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_http_socket);
        (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_http_bytes);
        (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, g);
        return r;
}

/* sealed NULL: GET. */
static int http_start(CarrierHttp *h, Carriage **ret, const char *path, const uint8_t *sealed,
                      size_t len, uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        _cleanup_(carriage_http_freep) CarriageHttp *g = calloc(1, sizeof *g);
        char url[URL_MAX + 16];
        int r;

        if (!g)
                return -ENOMEM;
        *g = (CarriageHttp){.carriage.carrier = &h->carrier, .func = func, .userdata = userdata};
        g->easy = curl_easy_init();
        if (!g->easy)
                return -ENOMEM;
        (void)snprintf(url, sizeof url, "%s%s", h->url, path);
        if (http_set_options(g->easy, h, g, url, timeout_ms) != CURLE_OK)
                return -ENOMEM;
        if (sealed) {
                (void)curl_easy_setopt(g->easy, CURLOPT_POSTFIELDSIZE, (long)len);
                if (curl_easy_setopt(g->easy, CURLOPT_COPYPOSTFIELDS, sealed) != CURLE_OK)
                        return -ENOMEM;
        }
        r = loop_curl_add(h->loop, g->easy, g);
        if (r < 0)
                return r;
        *ret = &TAKE_PTR(g)->carriage;
        return 0;
}

static int http_send(Carrier *c, Carriage **ret, const uint8_t *sealed, size_t len,
                     uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        return http_start((CarrierHttp *)c, ret, ((CarrierHttp *)c)->path, sealed, len, timeout_ms,
                          func, userdata);
}

int carrier_http_identity(Carrier *c, Carriage **ret, uint32_t timeout_ms, CarrierFunc func,
                          void *userdata)
{
        return http_start((CarrierHttp *)c, ret, "/v1/identity", NULL, 0, timeout_ms, func,
                          userdata);
}

static void http_cancel(Carriage *carriage)
{
        CarriageHttp *g = (CarriageHttp *)carriage;

        loop_curl_remove(((CarrierHttp *)carriage->carrier)->loop, g->easy);
        carriage_http_free(g);
}

static Carrier *http_free(Carrier *c)
{
        CarrierHttp *h = (CarrierHttp *)c;

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

static const CarrierOps http_ops = {.send = http_send, .cancel = http_cancel, .free = http_free};

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

static int http_init(CarrierHttp *h, sd_event *event, const CarrierHttpSettings *settings)
{
        int r;

        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return -ENOMEM;
        h->curl_ready = true;
        h->path = settings->for_neighbours ? "/v1/relayed" : "/v1/rpc";
        r = http_copy_text(&h->url, settings->url);
        if (r == 0)
                r = http_copy_text(&h->proxy, settings->proxy);
        if (r == 0)
                r = http_copy_text(&h->ca_file, settings->ca_file);
        if (r == 0)
                r = http_make_headers(&h->headers);
        return r < 0 ? r : loop_curl_new(&h->loop, event, on_http_done);
}

static bool http_takes_url(const char *url)
{
        return (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0) &&
               strlen(url) <= URL_MAX;
}

int carrier_http_move(Carrier *c, const char *url)
{
        CarrierHttp *h = (CarrierHttp *)c;
        char *copy = http_takes_url(url) ? strdup(url) : NULL;

        if (!copy)
                return http_takes_url(url) ? -ENOMEM : -EINVAL;
        free(h->url);
        h->url = copy;
        return 0;
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
        r = http_init(h, event, settings);
        if (r < 0) {
                carrier_free(&h->carrier);
                return r;
        }
        *ret = &h->carrier;
        return 0;
}
