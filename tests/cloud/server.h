/* SPDX-License-Identifier: GPL-2.0-or-later */
/* server.h - the real huddle-cloud as a process of its own, and HTTP over real sockets to it */
#pragma once

#include "fixture.h"

#include <sys/types.h>

typedef struct Server {
        char folder[64]; /* state, configuration, sockets */
        pid_t pid;
        unsigned port, admin_port;
        int notify_fd;
        Cloud cloud; /* for terminals: speaks over one kept connection */
        int fd;
} Server;

/* Makes keys and a configuration with these lines in it (may be ""), starts, waits until it is
 * ready. */
void server_begin(Server *s, const char *config);
/* The same with the keys of another: a further node of its cloud. */
void server_begin_beside(Server *s, const Server *first, const char *config);
void server_start(Server *s);
/* Runs a command with these lines in the configuration until it ends; returns its exit status and
 * what it said on both outputs. */
int server_run(const Server *s, const char *config, const char *command, char *ret_said, size_t n);
/* Seconds of processor that the process has used. */
double server_cpu_s(const Server *s);
/* Sends the signal and waits for the end; returns the exit status, or minus the signal. */
int server_stop(Server *s, int signal);
void server_end(Server *s); /* kills what runs and removes the folder */

int http_connect(const Server *s);
int http_connect_admin(const Server *s);
/* Sends a request without waiting. */
void http_send(int fd, const char *method, const char *path, const void *body, size_t len);
/* Reads one answer; returns the status, or 0 when the connection ended first. *ret_body is owned by
 * the caller. */
int http_receive(int fd, uint8_t **ret_body, size_t *ret_len);
