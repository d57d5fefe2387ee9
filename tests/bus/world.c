/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *built(const char *program)
{
        static char path[PATH_MAX];
        const char *dir = getenv("top_builddir");

        (void)snprintf(path, sizeof path, "%s/%s", dir ? dir : ".", program);
        return path;
}

static void write_file(const World *w, const char *name, const char *text)
{
        char path[PATH_MAX];
        FILE *f;

        (void)snprintf(path, sizeof path, "%s/%s", w->dir, name);
        f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

static void read_file(const World *w, const char *name, char *ret, size_t max)
{
        char path[PATH_MAX];
        FILE *f;

        (void)snprintf(path, sizeof path, "%s/%s", w->dir, name);
        f = fopen(path, "r");
        assert_non_null(f);
        assert_non_null(fgets(ret, (int)max, f));
        ret[strcspn(ret, "\n")] = '\0';
        fclose(f);
}

/* ---- programs ------------------------------------------------------------------------------- */

/* Its standard output goes to the file out, where not NULL. It ends with us. */
static pid_t start(const World *w, const char *const *argv, const char *out)
{
        char path[PATH_MAX];
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid > 0)
                return pid;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (out) {
                (void)snprintf(path, sizeof path, "%s/%s", w->dir, out);
                if (dup2(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
                         STDOUT_FILENO) < 0)
                        _exit(126);
        }
        execvp(argv[0], (char *const *)argv);
        _exit(127);
}

static int wait_for(pid_t pid)
{
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void stop(pid_t *pid)
{
        if (*pid <= 0)
                return;
        (void)kill(*pid, SIGTERM);
        (void)wait_for(*pid);
        *pid = 0;
}

static void listen_notify(World *w)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};

        (void)snprintf(a.sun_path, sizeof a.sun_path, "%s/notify", w->dir);
        w->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(w->notify >= 0);
        assert_int_equal(bind(w->notify, (struct sockaddr *)&a, sizeof a), 0);
        assert_int_equal(setenv("NOTIFY_SOCKET", a.sun_path, 1), 0);
}

static void wait_ready(World *w)
{
        struct pollfd p = {.fd = w->notify, .events = POLLIN};
        char text[512];

        do {
                ssize_t n;

                assert_int_equal(poll(&p, 1, ANSWER_MS), 1);
                n = recv(w->notify, text, sizeof text - 1, 0);
                assert_true(n > 0);
                text[n] = '\0';
        } while (!strstr(text, "READY=1"));
}

static void start_bus(World *w)
{
        static const char format[] =
                "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration "
                "1.0//EN\"\n"
                " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
                "<busconfig><type>test</type><listen>unix:path=%s/bus</listen>\n"
                "<policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/>\n"
                "<allow send_destination=\"*\"/><allow send_type=\"*\"/><allow "
                "receive_type=\"*\"/></policy>\n"
                "</busconfig>\n";
        char text[2048], config[PATH_MAX], option[PATH_MAX + 32];
        int fds[2];

        (void)snprintf(text, sizeof text, format, w->dir);
        write_file(w, "bus.conf", text);
        (void)snprintf(config, sizeof config, "--config-file=%s/bus.conf", w->dir);
        assert_int_equal(pipe(fds), 0);
        (void)snprintf(option, sizeof option, "--print-address=%d", fds[1]);
        w->bus = start(w,
                       (const char *const[]){"dbus-daemon", "--nofork", "--nopidfile", config,
                                             option, NULL},
                       NULL);
        close(fds[1]);
        assert_true(read(fds[0], text, sizeof text) > 0); /* it listens */
        close(fds[0]);
        (void)snprintf(w->bus_address, sizeof w->bus_address, "unix:path=%s/bus", w->dir);
        assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", w->bus_address, 1), 0);
}

static pid_t start_cloud(World *w, const char *command, const char *out)
{
        char config[PATH_MAX], state[PATH_MAX], port[PATH_MAX];

        (void)snprintf(config, sizeof config, "%s/cloud.conf", w->dir);
        (void)snprintf(state, sizeof state, "%s/cloud", w->dir);
        (void)snprintf(port, sizeof port, "%s/port", w->dir);
        return start(w,
                     (const char *const[]){built("huddle-cloud"), "--config", config, "--state",
                                           state, "--port-file", port, command, NULL},
                     out);
}

void world_cloud_up(World *w)
{
        char text[128];

        (void)snprintf(text, sizeof text,
                       "[Server]\nListen=127.0.0.1:%u\nAdminListen=127.0.0.1:0\n", w->cloud_port);
        write_file(w, "cloud.conf", text);
        w->cloud = start_cloud(w, "serve", NULL);
        wait_ready(w);
        read_file(w, "port", text, sizeof text);
        w->cloud_port = (unsigned)atoi(text);
}

void world_cloud_down(World *w)
{
        stop(&w->cloud);
}

static pid_t start_huddled(World *w, const char *state)
{
        char config[PATH_MAX], dir[PATH_MAX];

        (void)snprintf(config, sizeof config, "%s/huddled.conf", w->dir);
        (void)snprintf(dir, sizeof dir, "%s/%s", w->dir, state);
        return start(
                w,
                (const char *const[]){built("huddled"), "--config", config, "--state", dir, NULL},
                NULL);
}

void world_huddled_up(World *w, const char *lines)
{
        char text[512];

        (void)snprintf(text, sizeof text,
                       "[Cloud]\nUrl=http://"
                       "127.0.0.1:%u\n%s\n"
                       /* without radios, one place links them */
                       "[Location]\nSource=manual\nLatitude=52.5\nLongitude=13.4\n"
                       "[Exchange]\nListenMs=0\nVetoSeconds=0\n[Radio]\nMdns=no\n",
                       w->cloud_port, lines);
        write_file(w, "huddled.conf", text);
        w->huddled = start_huddled(w, "state");
        wait_ready(w);
}

int world_huddled_down(World *w)
{
        pid_t pid = w->huddled;

        w->huddled = 0;
        assert_int_equal(kill(pid, SIGTERM), 0);
        return wait_for(pid);
}

void world_huddled_kill(World *w)
{
        assert_int_equal(kill(w->huddled, SIGKILL), 0);
        assert_int_equal(wait_for(w->huddled), 128 + SIGKILL);
        w->huddled = 0;
}

int world_second_huddled(World *w, const char *state)
{
        return wait_for(start_huddled(w, state));
}

void world_new(World *w)
{
        *w = (World){.notify = -1};
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        (void)snprintf(w->dir, sizeof w->dir, "/tmp/huddle-bus.XXXXXX");
        assert_non_null(mkdtemp(w->dir));
        assert_int_equal(chmod(w->dir, 0755), 0); /* other users reach the bus in it */
        start_bus(w);                             /* which would notify too */
        listen_notify(w);
        write_file(w, "cloud.conf", "");
        assert_int_equal(wait_for(start_cloud(w, "init", "identity")), 0);
        read_file(w, "identity", w->cloud_identity, sizeof w->cloud_identity);
        world_cloud_up(w); /* takes a port, which it keeps */
        world_cloud_down(w);
}

void world_free(World *w)
{
        stop(&w->huddled);
        stop(&w->cloud);
        stop(&w->bus);
        if (w->notify >= 0)
                close(w->notify);
        assert_int_equal(wait_for(start(w, (const char *const[]){"rm", "-rf", w->dir, NULL}, NULL)),
                         0);
}

/* ---- connections ---------------------------------------------------------------------------- */

DBusConnection *world_connect(World *w, uid_t uid)
{
        DBusError error = DBUS_ERROR_INIT;
        DBusConnection *c;

        if (uid != geteuid() && seteuid(uid) < 0)
                skip();
        c = dbus_connection_open_private(w->bus_address, &error);
        if (!c || !dbus_bus_register(c, &error))
                fail_msg("no connection as %u: %s", (unsigned)uid, error.message);
        assert_int_equal(seteuid(getuid()), 0);
        dbus_connection_set_exit_on_disconnect(c, FALSE);
        return c;
}

void world_disconnect(DBusConnection *c)
{
        dbus_connection_flush(c);
        dbus_connection_close(c);
        dbus_connection_unref(c);
}

/* ---- calls ---------------------------------------------------------------------------------- */

static void append_options(DBusMessageIter *to, const Ask *ask)
{
        DBusMessageIter dict, entry, variant;
        char type[2] = {(char)ask->option_type, '\0'};

        assert_true(dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}", &dict));
        if (ask->option) {
                assert_true(dbus_message_iter_open_container(&dict, DBUS_TYPE_DICT_ENTRY, NULL,
                                                             &entry));
                assert_true(dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &ask->option));
                assert_true(dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, type,
                                                             &variant));
                assert_true(dbus_message_iter_append_basic(&variant, ask->option_type,
                                                           ask->option_value));
                assert_true(dbus_message_iter_close_container(&entry, &variant));
                assert_true(dbus_message_iter_close_container(&dict, &entry));
        }
        assert_true(dbus_message_iter_close_container(to, &dict));
}

static DBusMessage *compose(const Ask *ask)
{
        DBusMessage *m = dbus_message_new_method_call(
                "org.huddle", ask->path ? ask->path : "/org/huddle",
                ask->interface ? ask->interface : MANAGER, ask->member);
        dbus_bool_t flag = ask->flag == 2;
        DBusMessageIter to;

        assert_non_null(m);
        dbus_message_iter_init_append(m, &to);
        for (size_t i = 0; i < 2 && ask->strings[i]; i++)
                assert_true(
                        dbus_message_iter_append_basic(&to, DBUS_TYPE_STRING, &ask->strings[i]));
        if (ask->with_options || ask->option)
                append_options(&to, ask);
        if (ask->flag)
                assert_true(dbus_message_iter_append_basic(&to, DBUS_TYPE_BOOLEAN, &flag));
        return m;
}

DBusPendingCall *world_send(DBusConnection *c, const Ask *ask)
{
        DBusPendingCall *p = NULL;
        DBusMessage *m = compose(ask);

        assert_true(dbus_connection_send_with_reply(c, m, &p, ANSWER_MS));
        assert_non_null(p);
        dbus_message_unref(m);
        return p;
}

DBusMessage *world_answer(DBusPendingCall *p)
{
        DBusMessage *m;

        dbus_pending_call_block(p);
        m = dbus_pending_call_steal_reply(p);
        assert_non_null(m);
        dbus_pending_call_unref(p);
        return m;
}

DBusMessage *world_ask(DBusConnection *c, const Ask *ask)
{
        return world_answer(world_send(c, ask));
}

bool is_error(DBusMessage *m, const char *error)
{
        char name[128];

        if (*error == '\0')
                return dbus_message_get_type(m) == DBUS_MESSAGE_TYPE_METHOD_RETURN;
        (void)snprintf(name, sizeof name, "%s%s", strchr(error, '.') ? "" : "org.huddle.Error.",
                       error);
        return dbus_message_is_error(m, name);
}

void expect(DBusConnection *c, const char *name, const Ask *ask, const char *error,
            const char *says)
{
        DBusMessage *m = world_ask(c, ask);
        const char *text = "";

        if (dbus_message_get_type(m) == DBUS_MESSAGE_TYPE_ERROR)
                (void)dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
        if (!is_error(m, error))
                fail_msg("%s: \"%s\" expected, not \"%s\": %s", name, error,
                         dbus_message_get_error_name(m) ? dbus_message_get_error_name(m) : "",
                         text);
        if (says && !strstr(text, says))
                fail_msg("%s: the message does not say \"%s\": %s", name, says, text);
        dbus_message_unref(m);
}

static const char *value_text(DBusMessageIter *value)
{
        static char text[1024];
        dbus_bool_t flag;
        dbus_uint32_t number;
        const char *string;

        switch (dbus_message_iter_get_arg_type(value)) {
        case DBUS_TYPE_STRING:
                dbus_message_iter_get_basic(value, &string);
                (void)snprintf(text, sizeof text, "%s", string);
                break;
        case DBUS_TYPE_BOOLEAN:
                dbus_message_iter_get_basic(value, &flag);
                (void)snprintf(text, sizeof text, "%s", flag ? "true" : "false");
                break;
        case DBUS_TYPE_UINT32:
                dbus_message_iter_get_basic(value, &number);
                (void)snprintf(text, sizeof text, "%u", number);
                break;
        default:
                fail_msg("a property of a type that nobody expects here");
        }
        return text;
}

const char *property(DBusConnection *c, const char *path, const char *interface, const char *name)
{
        DBusMessage *m = world_ask(c, &(Ask){.path = path,
                                             .interface = DBUS_INTERFACE_PROPERTIES,
                                             .member = "Get",
                                             .strings = {interface, name}});
        DBusMessageIter top, value;
        const char *text;

        if (!is_error(m, ""))
                fail_msg("no property %s: %s", name, dbus_message_get_error_name(m));
        assert_true(dbus_message_iter_init(m, &top));
        dbus_message_iter_recurse(&top, &value);
        text = value_text(&value);
        dbus_message_unref(m);
        return text;
}

/* ---- signals -------------------------------------------------------------------------------- */

static uint64_t now_ms(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

DBusMessage *wait_signal(DBusConnection *c, const char *path, const char *interface,
                         const char *member)
{
        uint64_t until = now_ms() + ANSWER_MS;
        DBusMessage *m;

        while (now_ms() < until) {
                while ((m = dbus_connection_pop_message(c))) {
                        if (dbus_message_is_signal(m, interface, member) &&
                            (!path || dbus_message_has_path(m, path)))
                                return m;
                        dbus_message_unref(m);
                }
                if (!dbus_connection_read_write(c, 1000))
                        fail_msg("disconnected while waiting for %s", member);
        }
        fail_msg("%s does not come", member);
        return NULL;
}

void drain(DBusConnection *c, void (*func)(void *userdata, DBusMessage *m), void *userdata)
{
        DBusMessage *m;

        while ((m = dbus_connection_pop_message(c))) {
                if (dbus_message_get_type(m) == DBUS_MESSAGE_TYPE_SIGNAL &&
                    !dbus_message_has_interface(m, DBUS_INTERFACE_DBUS))
                        func(userdata, m);
                dbus_message_unref(m);
        }
}

/* ---- what most tests begin with ------------------------------------------------------------- */

const char test_vcard[] = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Liddell;Alice;;;\r\nFN:Alice Liddell\r\n"
                          "TEL:+44 1865 1865\r\nEMAIL:alice@example.org\r\nEND:VCARD\r\n";

static const dbus_bool_t yes = TRUE;

void expect_all(DBusConnection *c, const Case *cases, size_t n)
{
        for (size_t i = 0; i < n; i++)
                expect(c, cases[i].name, &cases[i].ask, cases[i].error, cases[i].says);
}

Ask register_as(const char *handle)
{
        return (Ask){.member = "Register",
                     .strings = {handle},
                     .option = "consent",
                     .option_type = DBUS_TYPE_BOOLEAN,
                     .option_value = &yes};
}

int world_set_up(void **state)
{
        static World w;

        world_new(&w);
        *state = &w;
        return 0;
}

int world_tear_down(void **state)
{
        world_free(*state);
        return 0;
}

void world_all_up(World *w)
{
        world_cloud_up(w);
        world_huddled_up(w, "");
}

DBusConnection *world_person(World *w, uid_t uid, const char *handle)
{
        DBusConnection *c = world_connect(w, uid);
        Ask ask = register_as(handle);

        expect(c, "register", &ask, "", NULL);
        expect(c, "card", &(Ask){.member = "SetCard", .strings = {test_vcard}}, "", NULL);
        return c;
}

char *start_exchange(DBusConnection *c, const char *code)
{
        DBusMessage *m = world_ask(
                c, &(Ask){.member = "StartExchange", .strings = {code}, .with_options = true});
        const char *path;
        char *copy;

        assert_true(is_error(m, ""));
        assert_true(
                dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID));
        copy = strdup(path);
        assert_non_null(copy);
        dbus_message_unref(m);
        return copy;
}

void wait_property(DBusConnection *c, const char *path, const char *interface, const char *name,
                   const char *value)
{
        while (strcmp(property(c, path, interface, name), value) != 0)
                dbus_message_unref(wait_signal(c, path, PROPERTIES, "PropertiesChanged"));
}

void wait_state(DBusConnection *c, const char *path, const char *state)
{
        wait_property(c, path, EXCHANGE, "State", state);
}
