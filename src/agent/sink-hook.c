/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sink-hook.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { PATIENCE_S = 60 };

typedef struct HookSink {
        Sink sink;
        sd_event *event;
        sd_event_source *child, *patience;
        pid_t pid;
} HookSink;

extern char **environ;

static void hook_forget(HookSink *h)
{
        h->child = sd_event_source_disable_unref(h->child);
        h->patience = sd_event_source_disable_unref(h->patience);
        h->pid = 0;
}

static int hook_on_exit(sd_event_source *source, const siginfo_t *si, void *userdata)
{
        HookSink *h = userdata;
        bool well = si->si_code == CLD_EXITED && si->si_status == 0;

        hook_forget(h);
        if (well)
                sink_end(&h->sink, 0, NULL);
        else
                sink_fail(&h->sink, -EIO,
                          si->si_code == CLD_EXITED ? "%s ended with exit status %d"
                                                    : "%s ended with signal %d",
                          h->sink.place, si->si_status);
        return 0;
}

static int hook_on_timeout(sd_event_source *source, uint64_t now, void *userdata)
{
        HookSink *h = userdata;

        (void)kill(h->pid, SIGKILL); /* hook_on_exit reports it */
        return 0;
}

/* The text as an open file without a name, rewound. */
static int hook_text_file(const char *text)
{
        _cleanup_close_ int fd = memfd_create("huddle-card", MFD_CLOEXEC);
        size_t len = strlen(text);

        if (fd < 0 || write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int hook_spawn(HookSink *h, const char *verb, const char *id, int input)
{
        char *const argv[] = {h->sink.place, (char *)(uintptr_t)verb, (char *)(uintptr_t)id, NULL};
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        int r = posix_spawn_file_actions_init(&actions);

        if (r != 0)
                return -r;
        r = posix_spawnattr_init(&attributes);
        if (r == 0) {
                (void)sigemptyset(&none);
                r = posix_spawnattr_setsigmask(&attributes, &none);
                if (r == 0)
                        r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
                if (r == 0)
                        r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
                if (r == 0)
                        r = posix_spawn(&h->pid, h->sink.place, &actions, &attributes, argv,
                                        environ);
                (void)posix_spawnattr_destroy(&attributes);
        }
        (void)posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static void hook_run(HookSink *h, const char *verb, const char *id, const char *text)
{
        _cleanup_close_ int input = hook_text_file(text);
        int r;

        assert(h->pid == 0);
        r = input < 0 ? input : hook_spawn(h, verb, id, input);
        if (r == 0)
                r = sd_event_add_child(h->event, &h->child, h->pid, WEXITED, hook_on_exit, h);
        if (r >= 0)
                r = sd_event_add_time_relative(h->event, &h->patience, CLOCK_MONOTONIC,
                                               PATIENCE_S * 1000000ULL, 0, hook_on_timeout, h);
        if (r < 0) {
                hook_forget(h);
                sink_fail(&h->sink, r, "%s: %s", h->sink.place, strerror(-r));
        }
}

static char *hook_name(const Sink *s, const char *person)
{
        char uid[SINK_UID_SIZE];

        sink_uid(uid, person);
        return strdup(uid);
}

static void hook_create(Sink *s, const char *id, const char *text)
{
        hook_run((HookSink *)s, "add", id, text);
}

static void hook_remove(Sink *s, const char *id, const char *old)
{
        hook_run((HookSink *)s, "remove", id, "");
}

static void hook_free(Sink *s)
{
        HookSink *h = (HookSink *)s;

        if (h->pid > 0)
                (void)kill(h->pid, SIGTERM);
        hook_forget(h);
        sd_event_unref(h->event);
        free(h);
}

static const SinkOps hook_ops = {
        .kind = "hook",
        .write_only = true,
        .name = hook_name,
        .create = hook_create,
        .remove = hook_remove,
        .free = hook_free,
};

int sink_hook_new(Sink **ret, sd_event *event, const char *command)
{
        HookSink *h = calloc(1, sizeof *h);

        if (h)
                h->sink.place = strdup(command);
        if (!h || !h->sink.place) {
                free(h);
                return -ENOMEM;
        }
        h->sink.ops = &hook_ops;
        h->event = sd_event_ref(event);
        *ret = &h->sink;
        return 0;
}
