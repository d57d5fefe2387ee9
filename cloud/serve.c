/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve.h"

#include "src/base/events.h"
#include "src/base/log.h"
#include "announce.h"
#include "backup.h"
#include "http.h"
#include "listen.h"
#include "port-file.h"
#include "spare-memory.h"
#include "store-choice.h"
#include "store-news.h"
#include "verify.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

enum { GRACE_MS = 5000, KEYS_LOOK_MS = 24 * 60 * 60 * 1000, SPARE_MEMORY_MS = 5 * 60 * 1000 };

typedef struct Server {
        sd_event *event;
        Clock *clock;
        Store *store;
        StoreNews *news; /* of other nodes; NULL: the store is a file */
        Verifier *verifier;
        SpareMemory *spare_memory;
        Api *api;
        int listen_fd;
        int state_fd; /* held: it is not restored meanwhile */
        Http *http;
        Http *admin; /* NULL: no admin port */
        unsigned port;
        bool local;           /* only this machine reaches the port */
        Announcer *announcer; /* NULL: not announced */
        const ServeContext *context;
        Timer *keys_change; /* when one of the keys is over, or the next identity signs */
        bool stopping;
} Server;

static void server_done(Server *s)
{
        (void)announcer_free(s->announcer);
        (void)http_free(s->admin);
        (void)http_free(s->http);
        closep(&s->listen_fd);
        closep(&s->state_fd);
        (void)store_news_free(s->news);
        (void)api_free(s->api);
        (void)verifier_free(s->verifier);
        (void)spare_memory_free(s->spare_memory);
        (void)store_free(s->store);
        (void)timer_free(s->keys_change);
        (void)clock_event_free(s->clock);
        sd_event_unref(s->event);
}

static int serve_failed(const char *what, int r)
{
        log_error("%s: %s", what, strerror(-r));
        return r;
}

static void serve_on_stopped(void *userdata)
{
        Server *s = userdata;

        (void)sd_event_exit(s->event, 0);
}

static int serve_on_signal(sd_event_source *source, const struct signalfd_siginfo *info,
                           void *userdata)
{
        Server *s = userdata;
        int r;

        if (s->stopping)
                return sd_event_exit(s->event, 0);
        s->stopping = true;
        s->announcer = announcer_free(s->announcer);
        s->admin = http_free(s->admin); /* a cloud that stops is not healthy */
        (void)sd_notify(false, "STOPPING=1");
        r = http_stop(s->http, GRACE_MS, serve_on_stopped, s);
        return r < 0 ? sd_event_exit(s->event, r) : 0;
}

/* ---- the announcement ---- */

/* Anew whenever the keys may be others. */
static void serve_announce(Server *s)
{
        const char *name = s->context->settings->announce;
        CloudAnnounce what = {};
        int r;

        s->announcer = announcer_free(s->announcer);
        if (!*name || s->stopping)
                return;
        if (s->local) {
                log_warning("This cloud is not announced: Listen is an address that neighbours do "
                            "not reach");
                return;
        }
        (void)snprintf(what.name, sizeof what.name, "%.63s", name);
        cloud_digest(&what.digest, cloud_keys_identity(s->context->keys, clock_wall(s->clock)));
        r = announcer_new(&s->announcer, s->event, &what, s->port);
        if (r < 0)
                log_warning("This cloud is not announced: %s", strerror(-r));
}

/* ---- keys ---- */

static void serve_await_change_of_keys(Server *s);

/* Wipes what is over, in the file as well, if it may be written: not one that the service manager
 * handed over. */
static void serve_prune_keys(Server *s)
{
        _cleanup_(cloud_keys_done) CloudKeys keys = {0};
        const char *path = s->context->keys_path;
        _cleanup_close_ int lock = cloud_keys_lock(path);
        uint64_t now_ms = clock_wall(s->clock);
        int r = lock < 0 ? lock : cloud_keys_load(&keys, path);

        if (r == 0 && cloud_keys_prune(&keys, now_ms))
                r = cloud_keys_replace(&keys, path);
        if (r < 0)
                log_notice("Keys that are over stay in the key file until rotate-keys: %s",
                           strerror(-r));
        if (cloud_keys_prune(s->context->keys, now_ms))
                log_line(LOG_NOTICE, "AUDIT=keys-over", "Keys whose time is over have been wiped");
        api_forget_sessions(s->api);
        serve_announce(s);
        serve_await_change_of_keys(s);
}

static void serve_on_keys_change(void *userdata)
{
        serve_prune_keys(userdata);
}

static void serve_await_change_of_keys(Server *s)
{
        uint64_t now_ms = clock_wall(s->clock);
        uint64_t next_ms = cloud_keys_next_change(s->context->keys, now_ms);
        uint64_t delay_ms = MIN(next_ms - MIN(next_ms, now_ms), (uint64_t)KEYS_LOOK_MS);
        int r = 0;

        s->keys_change = timer_free(s->keys_change);
        if (next_ms != 0) /* looked at every day: the wall clock may be set */
                r = clock_restart(s->clock, &s->keys_change, MAX(delay_ms, (uint64_t)1000),
                                  serve_on_keys_change, s);
        if (r < 0)
                log_error("Keys that are over stay in memory: %s", strerror(-r));
}

static int serve_on_reload(sd_event_source *source, const struct signalfd_siginfo *info,
                           void *userdata)
{
        _cleanup_(cloud_keys_done) CloudKeys keys = {0};
        Server *s = userdata;
        int r = cloud_keys_load(&keys, s->context->keys_path);

        if (r < 0) {
                log_line(LOG_ERR, EVENT_KEYS_UNREADABLE "\nAUDIT=reload-failed",
                         "The keys cannot be read, and stay as they were: %s", strerror(-r));
                return 0;
        }
        *s->context->keys = keys;
        api_forget_sessions(s->api);
        serve_announce(s);
        serve_await_change_of_keys(s);
        log_line(LOG_NOTICE, "AUDIT=reload", "The keys have been read again");
        return 0;
}

/* ---- setting up ---- */

/* Signals come through the loop; a peer that hangs up must not kill us. */
static int serve_set_up_loop(Server *s)
{
        sigset_t mask;
        int r;

        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, SIGTERM);
        (void)sigaddset(&mask, SIGINT);
        (void)sigaddset(&mask, SIGCHLD);
        (void)sigaddset(&mask, SIGHUP);
        (void)sigprocmask(SIG_BLOCK, &mask, NULL);
        (void)signal(SIGPIPE, SIG_IGN);
        r = sd_event_new(&s->event);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGTERM, serve_on_signal, s);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGINT, serve_on_signal, s);
        if (r >= 0)
                r = sd_event_add_signal(s->event, NULL, SIGHUP, serve_on_reload, s);
        if (r >= 0)
                r = sd_event_set_watchdog(s->event, true);
        if (r >= 0)
                r = spare_memory_new(&s->spare_memory, s->event, SPARE_MEMORY_MS);
        return r < 0 ? r : clock_event_new(&s->clock, s->event);
}

/* Each waiting request holds a descriptor. */
static void serve_raise_file_limit(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

static int serve_send_code(void *userdata, const char *handle, const char *code)
{
        return verifier_send(userdata, handle, code);
}

/* What this node has saved itself is news to others. */
static void serve_on_news(uint64_t generation, void *userdata)
{
        Server *s = userdata;

        if (generation == 0 || store_postgres_is_behind(s->store, generation))
                api_look(s->api);
}

static int serve_set_up_api(Server *s, const ServeContext *context)
{
        const CloudSettings *settings = context->settings;
        bool verifies = settings->verify_command[0];
        uint64_t wall_ms = 0;
        int r;

        s->state_fd = backup_hold_state(context->state);
        if (s->state_fd < 0)
                return serve_failed("The state directory cannot be held", s->state_fd);
        r = store_choice_open(&s->store, settings, context->store_path, STORE_SERVE);
        if (r < 0) {
                log_line(LOG_ERR, EVENT_STORE_UNREADABLE, "The store cannot be opened: %s",
                         strerror(-r));
                return r;
        }
        r = verifier_new(&s->verifier, s->event, settings->verify_command);
        if (r == 0 && !store_choice_is_file(settings))
                r = store_postgres_time(s->store, &wall_ms);
        if (r == 0)
                r = api_new(&s->api, &(ApiDeps){
                                             .settings = settings,
                                             .keys = context->keys,
                                             .consent_text = context->consent_text,
                                             .clock = s->clock,
                                             .store = s->store,
                                             .wall_ms = wall_ms,
                                             .send_code = verifies ? serve_send_code : NULL,
                                             .userdata = s->verifier,
                                     });
        if (r == 0 && !store_choice_is_file(settings))
                r = store_news_new(&s->news, s->event, s->clock, settings->postgresql,
                                   serve_on_news, s);
        return r < 0 ? serve_failed("The service cannot be set up", r) : 0;
}

static int serve_set_up_admin(Server *s, const ServeContext *context)
{
        const char *address = context->settings->admin_listen;
        _cleanup_close_ int fd = -1;
        unsigned port = 0;
        int r;

        if (strcmp(address, ADMIN_LISTEN_NONE) == 0)
                return 0;
        r = listen_open(&fd, LISTEN_ADMIN, address);
        if (r < 0) {
                log_error("Cannot listen on the admin port, AdminListen=%s: %s", address,
                          strerror(-r));
                return r;
        }
        (void)listen_port(fd, &port);
        r = http_new(&s->admin,
                     &(HttpContext){s->event, context->settings, s->api, fd, HTTP_ADMIN});
        if (r < 0)
                return serve_failed("HTTP cannot be served on the admin port", r);
        fd = -1;
        if (context->admin_port_file) {
                r = port_file_write(context->admin_port_file, port);
                if (r < 0)
                        return serve_failed("The file of the admin port cannot be written", r);
        }
        log_info("Health and metrics on port %u", port);
        return 0;
}

static int serve_set_up_http(Server *s, const ServeContext *context)
{
        int r;

        r = listen_open(&s->listen_fd, LISTEN_PUBLIC, context->settings->listen);
        if (r < 0)
                return serve_failed("Cannot listen there", r);
        (void)listen_port(s->listen_fd, &s->port);
        s->local = listen_is_local(s->listen_fd);
        r = http_new(&s->http, &(HttpContext){s->event, context->settings, s->api, s->listen_fd,
                                              HTTP_PUBLIC});
        if (r < 0)
                return serve_failed("HTTP cannot be served", r);
        s->listen_fd = -1;
        if (context->port_file) {
                r = port_file_write(context->port_file, s->port);
                if (r < 0)
                        return serve_failed("The port file cannot be written", r);
        }
        log_info("Serving on port %u", s->port);
        return 0;
}

int serve(const ServeContext *context)
{
        _cleanup_(server_done) Server s = {.context = context, .listen_fd = -1, .state_fd = -1};
        int r;

        serve_raise_file_limit();
        r = serve_set_up_loop(&s);
        if (r < 0)
                return serve_failed("The loop cannot be set up", r);
        r = serve_set_up_api(&s, context);
        if (r < 0)
                return r;
        r = serve_set_up_admin(&s, context);
        if (r < 0)
                return r;
        r = serve_set_up_http(&s, context);
        if (r < 0)
                return r;
        serve_prune_keys(&s);
        (void)sd_notify(false, "READY=1");
        return sd_event_loop(s.event);
}
