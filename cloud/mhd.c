/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mhd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

enum { PEM_MAX = 256 * 1024 };

static int mhd_read_pem(const char *path, char **ret)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        _cleanup_free_ char *text = malloc(PEM_MAX + 1);
        ssize_t n;

        if (fd < 0)
                return -errno;
        if (!text)
                return -ENOMEM;
        n = read(fd, text, PEM_MAX);
        if (n <= 0)
                return n < 0 ? -errno : -EINVAL;
        text[n] = '\0';
        *ret = TAKE_PTR(text);
        return 0;
}

int mhd_tls_read(MhdTls *ret, const char *certificate, const char *key)
{
        int r;

        *ret = (MhdTls){.options = {{MHD_OPTION_END, 0, NULL}}};
        if (!*certificate)
                return 0;
        r = mhd_read_pem(certificate, &ret->certificate);
        if (r == 0)
                r = mhd_read_pem(key, &ret->key);
        if (r < 0)
                return r;
        ret->options[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, ret->certificate};
        ret->options[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, ret->key};
        ret->options[2] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
        ret->flags = MHD_USE_TLS;
        return 0;
}

void mhd_tls_done(MhdTls *tls)
{
        secret_free(tls->certificate);
        secret_free(tls->key);
}

static enum MHD_Result mhd_answer_nothing(void *userdata, struct MHD_Connection *c, const char *url,
                                          const char *method, const char *version, const char *body,
                                          size_t *n_body, void **request)
{
        return MHD_NO;
}

/* The library that is to use them is the one to ask: a server without a port. */
bool mhd_tls_works(const char *certificate, const char *key)
{
        _cleanup_(mhd_tls_done) MhdTls tls = {};
        struct MHD_Daemon *daemon;

        if (mhd_tls_read(&tls, certificate, key) < 0)
                return false;
        daemon = MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET | tls.flags, 0, NULL, NULL,
                                  mhd_answer_nothing, NULL, MHD_OPTION_ARRAY, tls.options,
                                  MHD_OPTION_END);
        if (daemon)
                MHD_stop_daemon(daemon);
        return daemon != NULL;
}

int mhd_watch(struct MHD_Daemon *daemon, sd_event *event, sd_event_source **ret_io,
              sd_event_source **ret_timer, sd_event_io_handler_t on_io,
              sd_event_time_handler_t on_timer, void *userdata)
{
        const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
        int r;

        if (!info)
                return -EIO;
        r = sd_event_add_io(event, ret_io, info->epoll_fd, EPOLLIN, on_io, userdata);
        if (r >= 0)
                r = sd_event_add_time_relative(event, ret_timer, CLOCK_MONOTONIC, 0, 1, on_timer,
                                               userdata);
        return MIN(r, 0);
}
