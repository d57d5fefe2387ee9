/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mhd.h - what our servers have in common of libmicrohttpd: TLS, and its place in our loop */
#pragma once

#include "src/base/secret.h"

#include <microhttpd.h>
#include <systemd/sd-event.h>

/* For MHD_start_daemon: flags are added to its own, options are its MHD_OPTION_ARRAY. */
typedef struct MhdTls {
        char *certificate, *key; /* PEM, as text */
        struct MHD_OptionItem options[3];
        unsigned flags;
} MhdTls;

/* Paths "": without TLS. -EINVAL: a file is empty. */
int mhd_tls_read(MhdTls *ret, const char *certificate, const char *key);
void mhd_tls_done(MhdTls *tls);
/* Whether a server can be made of these files. Paths "": it can. */
bool mhd_tls_works(const char *certificate, const char *key);

/* Calls on_io when there is something to do, and on_timer once, at once: it sets the next time. */
int mhd_watch(struct MHD_Daemon *daemon, sd_event *event, sd_event_source **ret_io,
              sd_event_source **ret_timer, sd_event_io_handler_t on_io,
              sd_event_time_handler_t on_timer, void *userdata);
