/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle host --foreground: huddle-cloud as a child, and the user's default cloud while it runs */
#include "bus.h"
#include "cloud.h"
#include "errors.h"
#include "host-state.h"
#include "host.h"
#include "out.h"
#include "src/base/program.h"
#include "src/protocol/cloud-announce.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

enum { NOTE_MAX = 1024 };

typedef struct Hosting {
        Cli *cli;
        const char *name;
        char program[PATH_MAX];
        char *folder, *config, *port_file, *notify;
        int lock, signals, notes; /* descriptors */
        pid_t child;              /* 0: none */
        CloudIdentity identity;
        char digest[CLOUD_DIGEST_TEXT_SIZE]; /* the cloud's name here; its address may move */
        char url[CLOUD_URL_SIZE];
} Hosting;

static void hosting_done(Hosting *h)
{
        free(h->folder);
        free(h->config);
        free(h->port_file);
        if (h->notify)
                (void)unlink(h->notify);
        free(h->notify);
        closep(&h->notes);
        closep(&h->signals);
        closep(&h->lock);
}

static Exit hosting_failed(const Hosting *h, const char *what, int r)
{
        return complain(h->cli, EXIT_FAILED, NULL, _("%s: %s"), what, strerror(-r));
}

/* ---- huddle-cloud ---- */

/* In the child: a host that is killed takes its cloud along, so that the next finds everything
 * free. */
static void hosting_become(const Hosting *h, char **argv, int output, bool notifies)
{
        sigset_t none;

        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(output, STDOUT_FILENO);
        if (notifies)
                (void)setenv("NOTIFY_SOCKET", h->notify, 1);
        else
                (void)unsetenv("NOTIFY_SOCKET");
        (void)execv(h->program, argv);
        _exit(127);
}

static int hosting_spawn(const Hosting *h, const char *command, const char *option, int output,
                         pid_t *ret)
{
        const char *argv[] = {h->program,    "--config",   h->config, "--state", h->folder,
                              "--port-file", h->port_file, command,   option,    NULL};
        pid_t child = fork();

        if (child == 0)
                hosting_become(h, (char **)argv, output, strcmp(command, "serve") == 0);
        if (child < 0)
                return -errno;
        *ret = child;
        return 0;
}

/* Runs a command of huddle-cloud to its end; what it prints is the answer, cut to size. */
static int hosting_ask(const Hosting *h, const char *command, const char *option, char *ret,
                       size_t size)
{
        _cleanup_close_ int output = -1, input = -1;
        int ends[2], status = -1, r;
        size_t len = 0;
        ssize_t n = 1;
        pid_t child;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        output = ends[0];
        input = ends[1];
        r = hosting_spawn(h, command, option, input, &child);
        if (r < 0)
                return r;
        closep(&input);
        input = -1;
        for (; n > 0 && len + 1 < size; len += (size_t)MAX(n, (ssize_t)0))
                n = read(output, ret + len, size - len - 1);
        ret[len] = '\0';
        ret[strcspn(ret, "\n")] = '\0';
        if (waitpid(child, &status, 0) < 0)
                return -errno;
        return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : -EIO;
}

static int hosting_configure(const Hosting *h)
{
        FILE *to = fopen(h->config, "we");

        if (!to)
                return -errno;
        (void)fprintf(to,
                      "# written by huddle host, at each start\n[Server]\nListen = %s:%u\n"
                      "AdminListen = no\nAnnounce = %s\n",
                      host_has_ipv6() ? "[::]" : "0.0.0.0", host_port(), h->name);
        return fclose(to) == 0 ? 0 : -errno;
}

static int hosting_listen_for_notes(Hosting *h)
{
        struct sockaddr_un here = {.sun_family = AF_UNIX};

        h->notify = host_path("notify");
        if (!h->notify || strlen(h->notify) >= sizeof here.sun_path)
                return h->notify ? -ENAMETOOLONG : -ENOENT;
        (void)strcpy(here.sun_path, h->notify);
        (void)unlink(h->notify);
        h->notes = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        return h->notes < 0 || bind(h->notes, (struct sockaddr *)&here, sizeof here) < 0 ? -errno
                                                                                         : 0;
}

/* ---- terminals that hear this machine by Bluetooth ---- */

/* huddled tells them, as long as we are on the bus. Where it cannot, or somebody else hosts on this
 * machine, they do not find the cloud; the local network does. */
static void hosting_tell_daemon(const Hosting *h)
{
        _cleanup_free_ char *error = NULL, *message = NULL;
        DBusMessage *call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "HostCloud");
        const char *cloud = h->digest;

        if (call && dbus_message_append_args(call, DBUS_TYPE_STRING, &cloud, DBUS_TYPE_STRING,
                                             &h->name, DBUS_TYPE_INVALID))
                (void)bus_try(h->cli, call, NULL, &error, &message);
        else if (call)
                dbus_message_unref(call);
}

static bool hosting_is_new_daemon(DBusMessage *m)
{
        const char *name, *old, *new;

        return dbus_message_is_signal(m, DBUS_INTERFACE_DBUS, "NameOwnerChanged") &&
               dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &old,
                                     DBUS_TYPE_STRING, &new, DBUS_TYPE_INVALID) &&
               strcmp(name, HUDDLE_NAME) == 0 && *new;
}

/* A daemon that has come back does not know of us. */
static void hosting_read_bus(const Hosting *h)
{
        DBusMessage *m;

        (void)dbus_connection_read_write(h->cli->bus, 0);
        while ((m = dbus_connection_pop_message(h->cli->bus))) {
                bool again = hosting_is_new_daemon(m);

                dbus_message_unref(m);
                if (again)
                        hosting_tell_daemon(h);
        }
}

/* -1: there is nothing to wait for. */
static int hosting_bus_fd(const Hosting *h)
{
        int fd;

        return dbus_connection_get_is_connected(h->cli->bus) &&
                               dbus_connection_get_unix_fd(h->cli->bus, &fd)
                       ? fd
                       : -1;
}

static void hosting_offer(const Hosting *h)
{
        dbus_bus_add_match(h->cli->bus,
                           "type='signal',sender='" DBUS_SERVICE_DBUS
                           "',member='NameOwnerChanged',arg0='" HUDDLE_NAME "'",
                           NULL);
        hosting_tell_daemon(h);
}

/* ---- events ---- */

static int hosting_take_signals(Hosting *h)
{
        sigset_t mask;

        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, SIGTERM);
        (void)sigaddset(&mask, SIGINT);
        (void)sigaddset(&mask, SIGHUP);
        (void)sigaddset(&mask, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        h->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
        return h->signals < 0 ? -errno : 0;
}

typedef enum HostingEvent { HOSTING_READY, HOSTING_TOLD, HOSTING_ENDED } HostingEvent;

/* Whether the child has ended; others of its kind have been waited for. */
static bool hosting_has_ended(Hosting *h)
{
        if (waitpid(h->child, NULL, WNOHANG) != h->child)
                return false;
        h->child = 0;
        return true;
}

/* Waits for the first of these: the cloud is ready (if ready), somebody tells us to stop, the cloud
 * has ended. */
static HostingEvent hosting_wait(Hosting *h, bool ready)
{
        struct pollfd sources[] = {{.fd = h->signals, .events = POLLIN},
                                   {.fd = ready ? h->notes : -1, .events = POLLIN},
                                   {.fd = -1, .events = POLLIN}};
        struct signalfd_siginfo info;
        char note[NOTE_MAX + 1];
        ssize_t n;

        for (;;) {
                if (!ready)
                        hosting_read_bus(h);
                sources[2].fd = ready ? -1 : hosting_bus_fd(h);
                (void)poll(sources, ARRAY_LEN(sources), -1);
                while (read(h->signals, &info, sizeof info) == sizeof info)
                        if (info.ssi_signo != SIGCHLD)
                                return HOSTING_TOLD;
                if (hosting_has_ended(h))
                        return HOSTING_ENDED;
                n = ready ? recv(h->notes, note, NOTE_MAX, 0) : -1;
                note[MAX(n, (ssize_t)0)] = '\0';
                if (n > 0 && strstr(note, "READY=1"))
                        return HOSTING_READY;
        }
}

static void hosting_end_child(Hosting *h)
{
        if (h->child <= 0)
                return;
        (void)kill(h->child, SIGTERM);
        (void)waitpid(h->child, NULL, 0);
        h->child = 0;
}

/* ---- this terminal ---- */

static bool hosting_is(const Hosting *h, const json_t *cloud)
{
        char identity[CLOUD_IDENTITY_TEXT_MAX];

        cloud_identity_format(identity, &h->identity);
        return strcmp(cloud_text(cloud, "Identity"), identity) == 0;
}

/* The default before the cloud, which a host that was killed has noted already. */
static int hosting_note_default(const Hosting *h, const json_t *clouds)
{
        const json_t *before = cloud_find(clouds, NULL);

        if (host_has("before") || (before && hosting_is(h, before)))
                return 0;
        return host_write("before", before ? cloud_text(before, "Url") : "");
}

/* Takes the cloud as the user's own and as the default. */
static Exit hosting_use(const Hosting *h)
{
        json_auto_t *clouds = NULL,
                    *found = json_pack("{s:s, s:s}", "Url", h->url, "Digest", h->digest);
        _cleanup_free_ char *error = NULL;
        Exit code = cloud_get_all(h->cli, &clouds);
        int r;

        if (code != EXIT_DONE)
                return code;
        r = hosting_note_default(h, clouds);
        if (r < 0)
                return hosting_failed(h, _("the default cloud cannot be noted"), r);
        code = cloud_add_found(h->cli, found, &error);
        if (error)
                return complain_error(h->cli, error, NULL);
        return code == EXIT_DONE ? cloud_use(h->cli, h->digest) : code;
}

/* Unless the user has chosen another one meanwhile. */
static void hosting_restore_default(const Hosting *h)
{
        json_auto_t *clouds = NULL;
        char before[CLOUD_URL_SIZE] = "";
        const json_t *now;

        if (host_read("before", before, sizeof before) < 0 || !*before)
                return;
        if (cloud_get_all(h->cli, &clouds) != EXIT_DONE)
                return;
        now = cloud_find(clouds, NULL);
        if (now && hosting_is(h, now) && cloud_find(clouds, before))
                (void)cloud_use(h->cli, before);
}

/* ---- the evening ---- */

static int hosting_read_identity(Hosting *h, const char *text)
{
        Bytes32 digest;
        int r = cloud_identity_parse(&h->identity, text);

        if (r < 0)
                return r;
        cloud_digest(&digest, &h->identity);
        cloud_digest_format(h->digest, &digest);
        return 0;
}

static Exit hosting_start_cloud(Hosting *h)
{
        char said[CLOUD_IDENTITY_TEXT_MAX] = "";
        int r = hosting_configure(h);

        if (r == 0)
                r = hosting_ask(h, "init", NULL, said, sizeof said);
        if (r == 0)
                r = hosting_read_identity(h, said);
        if (r == 0)
                r = hosting_listen_for_notes(h);
        if (r == 0)
                r = hosting_spawn(h, "serve", NULL, STDERR_FILENO, &h->child);
        if (r < 0)
                return hosting_failed(h, _("huddle-cloud cannot be started"), r);
        switch (hosting_wait(h, true)) {
        case HOSTING_READY:
                return EXIT_DONE;
        case HOSTING_TOLD:
                return complain(h->cli, EXIT_FAILED, NULL, _("stopped before the cloud was ready"));
        case HOSTING_ENDED:
                break;
        }
        return complain(h->cli, EXIT_FAILED, NULL, _("huddle-cloud ended: see what it said above"));
}

static int hosting_write_link(Hosting *h)
{
        HuddleLink link = {.kind = HUDDLE_LINK_CLOUD, .has_cloud = true, .identity = h->identity};
        char port[16], text[HUDDLE_LINK_SIZE];
        int r = host_read("port", port, sizeof port);

        if (r < 0)
                return r;
        host_url(h->url, (unsigned)strtoul(port, NULL, 10));
        (void)memcpy(link.url, h->url, sizeof link.url);
        huddle_link_format(text, &link);
        r = host_write("link", text);
        return r < 0 ? r : host_write("name", h->name);
}

/* What the evening leaves, unless it is kept: keys and accounts, by which people and terminals know
 * the cloud the next time. */
static void hosting_tidy(const Hosting *h)
{
        char said[64];

        host_remove("link");
        host_remove("before");
        if (!host_has("kept") && hosting_ask(h, "expire", "--all", said, sizeof said) < 0)
                (void)complain(h->cli, EXIT_FAILED, NULL,
                               _("the groups and records of this evening are still there"));
        host_remove("kept");
}

static Exit hosting_go_on(Hosting *h)
{
        (void)sd_notify(false, "READY=1");
        hosting_offer(h);
        if (hosting_wait(h, false) == HOSTING_ENDED)
                return complain(h->cli, EXIT_FAILED, NULL,
                                _("huddle-cloud ended: huddle host starts it again"));
        (void)sd_notify(false, "STOPPING=1");
        hosting_end_child(h);
        hosting_restore_default(h);
        hosting_tidy(h);
        return EXIT_DONE;
}

static Exit hosting_run(Hosting *h)
{
        Exit code = hosting_start_cloud(h);
        int r;

        if (code != EXIT_DONE)
                return code;
        r = hosting_write_link(h);
        if (r < 0)
                return hosting_failed(h, _("the link to the cloud cannot be written"), r);
        code = hosting_use(h);
        if (code == EXIT_DONE)
                code = host_show(h->cli);
        return code == EXIT_DONE ? hosting_go_on(h) : code;
}

static int hosting_open(Hosting *h)
{
        int r = host_make_folder();

        h->folder = host_path("");
        h->config = host_path("huddle-cloud.conf");
        h->port_file = host_path("port");
        if (r == 0 && (!h->folder || !h->config || !h->port_file))
                r = -ENOMEM;
        if (r == 0)
                r = host_lock(&h->lock);
        return r == 0 ? hosting_take_signals(h) : r;
}

Exit host_run(Cli *cli, const char *name)
{
        _cleanup_(hosting_done)
                Hosting h = {.cli = cli, .name = name, .lock = -1, .signals = -1, .notes = -1};
        Exit code;
        int r;

        program_find(h.program, "huddle-cloud", BINDIR);
        if (access(h.program, X_OK) < 0)
                return complain(cli, EXIT_FAILED, NULL,
                                _("huddle-cloud is not installed (Debian: huddle-cloud)"));
        r = hosting_open(&h);
        if (r == -EAGAIN)
                return complain(cli, EXIT_REFUSED, NULL,
                                _("you host a cloud already: see huddle host status"));
        if (r < 0)
                return hosting_failed(&h, _("there is no place for the cloud's state"), r);
        code = bus_connect(cli);
        if (code == EXIT_DONE)
                code = hosting_run(&h);
        hosting_end_child(&h);
        return code;
}
