/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify.h"

#include "src/base/events.h"
#include "src/base/log.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { MAX_RUNNING = 16, MAX_WAITING = 1024, PATIENCE_S = 60 };

/* A code that waits for a place. */
typedef struct Waiting {
        char handle[192], code[16];
} Waiting;

typedef struct Running {
        Verifier *verifier;
        pid_t pid; /* 0: this place is free */
        sd_event_source *child, *timer;
} Running;

struct Verifier {
        sd_event *event;
        const char *command;
        Running running[MAX_RUNNING];
        Waiting *waiting; /* a ring of MAX_WAITING */
        size_t first, n_waiting;
};

static void running_done(Running *r)
{
        sd_event_source_disable_unref(r->child);
        sd_event_source_disable_unref(r->timer);
        *r = (Running){.verifier = r->verifier};
}

static void verify_send_waiting(Verifier *v);

static int verify_on_exit(sd_event_source *s, const siginfo_t *info, void *userdata)
{
        if (info->si_code != CLD_EXITED || info->si_status != 0)
                log_line(LOG_WARNING, EVENT_CODES_NOT_SENT, "The verify command failed (%s %d)",
                         info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);
        running_done(userdata);
        verify_send_waiting(((Running *)userdata)->verifier);
        return 0;
}

static int verify_on_patience(sd_event_source *s, uint64_t usec, void *userdata)
{
        const Running *r = userdata;

        (void)kill(r->pid, SIGKILL); /* on_exit_of_child tells */
        return 0;
}

/* A pipe holds the two lines, so writing never blocks. */
static int verify_write_lines(int fd, const char *handle, const char *code)
{
        char text[256];
        int n = snprintf(text, sizeof text, "%s\n%s\n", handle, code), r;

        r = write(fd, text, (size_t)n) == n ? 0 : -EIO;
        explicit_bzero(text, sizeof text);
        return r;
}

static int verify_spawn(const char *command, int in, pid_t *ret)
{
        char *argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        int error;

        (void)sigemptyset(&none);
        (void)posix_spawn_file_actions_init(&actions);
        (void)posix_spawnattr_init(&attributes);
        (void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
        (void)posix_spawnattr_setsigmask(&attributes, &none);
        (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        error = posix_spawn(ret, "/bin/sh", &actions, &attributes, argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
        (void)posix_spawn_file_actions_destroy(&actions);
        return -error;
}

static int verify_watch_child(Verifier *v, Running *place, pid_t pid)
{
        int r;

        assert(place->pid == 0);
        place->pid = pid;
        r = sd_event_add_child(v->event, &place->child, pid, WEXITED, verify_on_exit, place);
        if (r >= 0)
                r = sd_event_add_time_relative(v->event, &place->timer, CLOCK_MONOTONIC,
                                               (uint64_t)PATIENCE_S * 1000000, 0,
                                               verify_on_patience, place);
        return MIN(r, 0);
}

static Running *verify_free_place(Verifier *v)
{
        for (size_t i = 0; i < MAX_RUNNING; i++)
                if (v->running[i].pid == 0)
                        return &v->running[i];
        return NULL;
}

static int verify_start(Verifier *v, Running *place, const char *handle, const char *code)
{
        _cleanup_close_ int in = -1, out = -1;
        int fds[2], r;
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        in = fds[0];
        out = fds[1];
        r = verify_write_lines(out, handle, code);
        if (r == 0)
                r = verify_spawn(v->command, in, &pid);
        return r < 0 ? r : verify_watch_child(v, place, pid);
}

static void verify_send_waiting(Verifier *v)
{
        Running *place;
        Waiting *w;
        int r;

        while (v->n_waiting > 0 && (place = verify_free_place(v))) {
                w = &v->waiting[v->first];
                v->first = (v->first + 1) % MAX_WAITING;
                v->n_waiting--;
                r = verify_start(v, place, w->handle, w->code);
                explicit_bzero(w, sizeof *w);
                if (r < 0)
                        log_error("A confirmation code could not be sent: %s", strerror(-r));
        }
}

/* In the order they came, so that a flood delays others but loses none of theirs. */
static int verify_queue(Verifier *v, const char *handle, const char *code)
{
        Waiting *w;

        if (v->n_waiting == MAX_WAITING)
                return -EBUSY;
        w = &v->waiting[(v->first + v->n_waiting++) % MAX_WAITING];
        (void)snprintf(w->handle, sizeof w->handle, "%s", handle);
        (void)snprintf(w->code, sizeof w->code, "%s", code);
        return 0;
}

int verifier_send(Verifier *v, const char *handle, const char *code)
{
        Running *place = v->n_waiting == 0 ? verify_free_place(v) : NULL;

        return place ? verify_start(v, place, handle, code) : verify_queue(v, handle, code);
}

int verifier_new(Verifier **ret, sd_event *event, const char *command)
{
        Verifier *v = calloc(1, sizeof *v);

        if (!v)
                return -ENOMEM;
        v->waiting = calloc(MAX_WAITING, sizeof *v->waiting);
        if (!v->waiting) {
                free(v);
                return -ENOMEM;
        }
        for (size_t i = 0; i < MAX_RUNNING; i++)
                v->running[i].verifier = v;
        v->event = event;
        v->command = command;
        *ret = v;
        return 0;
}

Verifier *verifier_free(Verifier *v)
{
        for (size_t i = 0; v && i < MAX_RUNNING; i++) {
                if (v->running[i].pid > 0)
                        (void)kill(v->running[i].pid, SIGKILL);
                running_done(&v->running[i]);
        }
        if (v) {
                explicit_bzero(v->waiting, MAX_WAITING * sizeof *v->waiting);
                free(v->waiting);
        }
        free(v);
        return NULL;
}
