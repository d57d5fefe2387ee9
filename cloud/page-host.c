/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page-host.h"

#include "listen.h"
#include "mhd.h"
#include "page-files.h"
#include "page-origin.h"
#include "patience.h"
#include "port-file.h"

#include "src/base/log.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#define BLANK " \t"

enum {
        CONNECTION_MEMORY = 4096,
        POLICY_MAX = 1024, /* without the clouds */
        /* times ConnectionTimeout, for a whole connection: all files at 14 kbit/s */
        CONNECTION_PATIENCE = 2,
};

static const char *const headers[][2] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(self), geolocation=(self), microphone=()"},
        {"Vary", "Accept-Encoding"},
};

typedef struct PageHost {
        const PageHostContext *context;
        sd_event *event;
        PageFiles files;
        char policy[POLICY_MAX + 2 * SETTING_TEXT_SIZE];
        char list[2 * SETTING_TEXT_SIZE]; /* of the clouds, one a line */
        PageFile clouds;                  /* the same: the page looks there for that of a code */
        struct MHD_Daemon *daemon;
        sd_event_source *io, *timer;
        Patience *connections;
        bool again; /* a connection went, so another may be taken */
} PageHost;

static void page_host_done(PageHost *h)
{
        sd_event_source_disable_unref(h->io);
        sd_event_source_disable_unref(h->timer);
        if (h->daemon)
                MHD_stop_daemon(h->daemon);
        patience_free(h->connections);
        page_files_done(&h->files);
        sd_event_unref(h->event);
}

static int page_host_failed(const char *what, int r)
{
        log_error("%s: %s", what, strerror(-r));
        return r;
}

/* ---- answers ---- */

static bool page_host_takes_gzip(struct MHD_Connection *c)
{
        const char *text =
                MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);

        return text && strstr(text, "gzip") && !strstr(text, "gzip;q=0");
}

static bool page_host_add_headers(const PageHost *h, struct MHD_Response *response)
{
        for (size_t i = 0; i < ARRAY_LEN(headers); i++)
                if (MHD_add_response_header(response, headers[i][0], headers[i][1]) != MHD_YES)
                        return false;
        return MHD_add_response_header(response, "Content-Security-Policy", h->policy) == MHD_YES;
}

static bool page_host_add_file(struct MHD_Response *response, const PageFile *file, bool zipped)
{
        const char *cache = file->lasts ? "public, max-age=31536000, immutable" : "no-cache";

        return MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, file->type) ==
                       MHD_YES &&
               MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, cache) == MHD_YES &&
               (!zipped || MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING,
                                                   "gzip") == MHD_YES);
}

/* file NULL: there is nothing. */
static enum MHD_Result page_host_send(const PageHost *h, struct MHD_Connection *c, unsigned status,
                                      const PageFile *file)
{
        bool zipped = file && file->zipped && page_host_takes_gzip(c);
        const uint8_t *bytes = !file ? (const uint8_t *)"" : zipped ? file->zipped : file->bytes;
        size_t len = !file ? 0 : zipped ? file->n_zipped : file->n_bytes;
        struct MHD_Response *response =
                MHD_create_response_from_buffer(len, (void *)bytes, MHD_RESPMEM_PERSISTENT);
        enum MHD_Result result = MHD_NO;

        if (!response)
                return MHD_NO;
        if (page_host_add_headers(h, response) &&
            (!file || page_host_add_file(response, file, zipped)))
                result = MHD_queue_response(c, status, response);
        MHD_destroy_response(response);
        return result;
}

static enum MHD_Result page_host_on_request(void *userdata, struct MHD_Connection *c,
                                            const char *url, const char *method,
                                            const char *version, const char *upload,
                                            size_t *upload_size, void **state)
{
        PageHost *h = userdata;
        const PageFile *file =
                strcmp(url, h->clouds.url) == 0 ? &h->clouds : page_files_find(&h->files, url);

        if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
                return page_host_send(h, c, MHD_HTTP_METHOD_NOT_ALLOWED, NULL);
        return page_host_send(h, c, file ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, file);
}

static void page_host_on_connection(void *userdata, struct MHD_Connection *c, void **context,
                                    enum MHD_ConnectionNotificationCode code)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
        PageHost *h = userdata;
        Owing *o = *context;

        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                o = calloc(1, sizeof *o);
                if (!o)
                        return;
                o->fd = info ? info->connect_fd : -1;
                *context = o;
                patience_begin(h->connections, o);
                return;
        }
        h->again = true;
        if (o)
                patience_end(o);
        free(o);
        *context = NULL;
}

/* ---- the loop ---- */

static int page_host_run(PageHost *h)
{
        unsigned MHD_LONG_LONG ms = 0;

        h->again = false;
        if (MHD_run(h->daemon) != MHD_YES)
                return sd_event_exit(h->event, -EIO);
        if (!h->again && MHD_get_timeout(h->daemon, &ms) != MHD_YES)
                return sd_event_source_set_enabled(h->timer, SD_EVENT_OFF);
        (void)sd_event_source_set_time_relative(h->timer, ms * 1000);
        return sd_event_source_set_enabled(h->timer, SD_EVENT_ONESHOT);
}

static int page_host_on_io(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        return page_host_run(userdata);
}

static int page_host_on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
        return page_host_run(userdata);
}

static int page_host_set_up_loop(PageHost *h)
{
        sigset_t mask;
        int r;

        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, SIGTERM);
        (void)sigaddset(&mask, SIGINT);
        (void)sigprocmask(SIG_BLOCK, &mask, NULL);
        (void)signal(SIGPIPE, SIG_IGN);
        r = sd_event_new(&h->event);
        if (r >= 0)
                r = sd_event_add_signal(h->event, NULL, SIGTERM, NULL, NULL);
        if (r >= 0)
                r = sd_event_add_signal(h->event, NULL, SIGINT, NULL, NULL);
        if (r >= 0)
                r = sd_event_set_watchdog(h->event, true);
        return MIN(r, 0);
}

static void page_host_ignore_message(void *userdata, const char *format, va_list ap)
{
}

static int page_host_start_daemon(PageHost *h, int fd)
{
        const CloudSettings *s = h->context->settings;
        _cleanup_(mhd_tls_done) MhdTls tls = {};
        int r = mhd_tls_read(&tls, s->pages.tls_certificate, s->pages.tls_key);

        if (r < 0)
                return r;
        h->daemon = MHD_start_daemon(
                MHD_USE_EPOLL | MHD_USE_ERROR_LOG | tls.flags, 0, NULL, NULL, page_host_on_request,
                h, MHD_OPTION_EXTERNAL_LOGGER, page_host_ignore_message, NULL,
                MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_CONNECTION, page_host_on_connection,
                h, MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->connections,
                MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                listen_is_local(fd) ? 0U : (unsigned)s->connections_per_address,
                MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_ARRAY,
                tls.options, MHD_OPTION_END);
        return h->daemon ? 0 : -EIO;
}

static int page_host_listen(PageHost *h)
{
        _cleanup_close_ int fd = -1;
        unsigned port = 0;
        int r = listen_open(&fd, LISTEN_PUBLIC, h->context->settings->pages.listen);

        if (r < 0)
                return page_host_failed("Cannot listen there", r);
        (void)listen_port(fd, &port);
        r = page_host_start_daemon(h, fd);
        if (r < 0)
                return page_host_failed("HTTP cannot be served", r);
        fd = -1; /* of the daemon */
        r = mhd_watch(h->daemon, h->event, &h->io, &h->timer, page_host_on_io, page_host_on_timer,
                      h);
        if (r < 0)
                return page_host_failed("HTTP cannot be served", r);
        r = h->context->port_file ? port_file_write(h->context->port_file, port) : 0;
        if (r < 0)
                return page_host_failed("The port file cannot be written", r);
        log_info("Serving pages on port %u", port);
        return 0;
}

/* The clouds that the scripts may ask; the settings were checked. */
static int page_host_write_policy(PageHost *h)
{
        const char *clouds = h->context->settings->pages.clouds;
        char origin[CLOUD_URL_SIZE];
        const PageFile *policy = page_files_find(&h->files, PAGE_POLICY);
        size_t at = policy->n_bytes;

        if (at >= POLICY_MAX)
                return -EFBIG;
        for (size_t i = 0; i < at; i++)
                if (policy->bytes[i] < 0x20 || policy->bytes[i] > 0x7e)
                        return -EINVAL;
        memcpy(h->policy, policy->bytes, at);
        while (page_origin_next(origin, &clouds) > 0)
                at += (size_t)snprintf(h->policy + at, sizeof h->policy - at, " %s", origin);
        return 0;
}

/* As they were written, for a cloud may have a path. */
static void page_host_list_clouds(PageHost *h)
{
        const char *clouds = h->context->settings->pages.clouds;
        size_t at = 0;

        while (*(clouds += strspn(clouds, BLANK)) != '\0') {
                size_t len = strcspn(clouds, BLANK);

                at += (size_t)snprintf(h->list + at, sizeof h->list - at, "%.*s\n", (int)len,
                                       clouds);
                clouds += len;
        }
        h->clouds = (PageFile){.url = (char *)"/clouds.txt",
                               .type = "text/plain; charset=utf-8",
                               .bytes = (uint8_t *)h->list,
                               .n_bytes = at};
}

int page_host(const PageHostContext *context)
{
        _cleanup_(page_host_done) PageHost h = {.context = context};
        int r;

        r = page_files_read(&h.files, context->folder);
        if (r == 0)
                r = page_host_write_policy(&h);
        page_host_list_clouds(&h);
        if (r < 0)
                return page_host_failed("The pages cannot be read", r);
        r = page_host_set_up_loop(&h);
        if (r == 0)
                r = patience_new(&h.connections, h.event, "page-connections",
                                 CONNECTION_PATIENCE * context->settings->connection_timeout_ms);
        if (r < 0)
                return page_host_failed("The loop cannot be set up", r);
        r = page_host_listen(&h);
        if (r < 0)
                return r;
        (void)sd_notify(false, "READY=1");
        return sd_event_loop(h.event);
}
