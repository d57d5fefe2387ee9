/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

enum { PATIENCE_S = 60 };

/* ---- HTTP ---- */

static int connect_port(unsigned port)
{
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        struct timeval patience = {.tv_sec = PATIENCE_S};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

        assert_true(fd >= 0);
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return fd;
}

int http_connect(const Server *s)
{
        return connect_port(s->port);
}

int http_connect_admin(const Server *s)
{
        return connect_port(s->admin_port);
}

void http_send(int fd, const char *method, const char *path, const void *body, size_t len)
{
        char head[256];
        int n = snprintf(head, sizeof head,
                         "%s %s HTTP/1.1\r\nHost: test\r\nContent-Length: %zu\r\n\r\n", method,
                         path, len);

        assert_true(send(fd, head, (size_t)n, MSG_NOSIGNAL | (len > 0 ? MSG_MORE : 0)) == n);
        while (len > 0) {
                ssize_t sent = send(fd, body, len, MSG_NOSIGNAL);

                if (sent < 0)
                        return; /* refused unread: the answer says so */
                body = (const uint8_t *)body + sent;
                len -= (size_t)sent;
        }
}

/* One answer at a time is under way: what is read with the head is the beginning of its body. */
int http_receive(int fd, uint8_t **ret_body, size_t *ret_len)
{
        char head[2048];
        size_t n = 0, len, have;
        const char *end = NULL, *length;
        uint8_t *body;

        while (!end) {
                ssize_t got = n < sizeof head - 1 ? recv(fd, head + n, sizeof head - 1 - n, 0) : 0;

                if (got <= 0)
                        return 0;
                n += (size_t)got;
                head[n] = '\0';
                end = memmem(head, n, "\r\n\r\n", 4);
        }
        end += 4;
        have = n - (size_t)(end - head);
        length = strcasestr(head, "\r\nContent-Length:");
        len = length ? strtoul(length + 17, NULL, 10) : 0;
        assert_true(have <= len);
        body = malloc(len + 1);
        assert_non_null(body);
        memcpy(body, end, have);
        if (have < len && recv(fd, body + have, len - have, MSG_WAITALL) != (ssize_t)(len - have)) {
                free(body);
                return 0;
        }
        body[len] = '\0';
        *ret_body = body;
        *ret_len = len;
        return atoi(head + 9);
}

static WireResponse *call_over_http(Terminal *t, WireRequest *request)
{
        _cleanup_free_ uint8_t *sealed = NULL, *body = NULL;
        Server *s = t->cloud->server;
        Answer answer;
        size_t len;

        if (s->fd < 0)
                s->fd = http_connect(s);
        terminal_seal(t, request, &answer, &sealed, &len);
        http_send(s->fd, "POST", t->way == API_RELAYED ? "/v1/relayed" : "/v1/rpc", sealed, len);
        assert_int_equal(http_receive(s->fd, &body, &len), 200);
        assert_int_equal(answer_open(&answer, body, len), 0);
        return answer.response;
}

/* ---- the process ---- */

/* It ends with this process, however that ends. */
static void become_cloud(char *const argv[], int out, int err)
{
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if ((out < 0 || dup2(out, STDOUT_FILENO) >= 0) &&
            (err < 0 || dup2(err, STDERR_FILENO) >= 0))
                (void)execv(argv[0], argv);
        _exit(127);
}

static pid_t spawn_cloud(const Server *s, const char *command, int out, int err)
{
        const char *program = getenv("top_builddir");
        char path[512], state[96], config[96], port[96], admin_port[96];
        char *argv[] = {path,       (char *)"--state",     state, (char *)"--config",
                        config,     (char *)"--port-file", port,  (char *)"--admin-port-file",
                        admin_port, (char *)command,       NULL};
        pid_t pid;

        (void)snprintf(path, sizeof path, "%s/huddle-cloud", program ? program : ".");
        (void)snprintf(state, sizeof state, "%s/state", s->folder);
        (void)snprintf(config, sizeof config, "%s/cloud.conf", s->folder);
        (void)snprintf(port, sizeof port, "%s/port", s->folder);
        (void)snprintf(admin_port, sizeof admin_port, "%s/admin-port", s->folder);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                become_cloud(argv, out, err);
        return pid;
}

static void init_cloud(Server *s)
{
        char text[CLOUD_IDENTITY_TEXT_MAX + 1];
        int fds[2], status;
        ssize_t n;
        pid_t pid;

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        pid = spawn_cloud(s, "init", fds[1], -1);
        (void)close(fds[1]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        n = read(fds[0], text, sizeof text - 1);
        assert_true(n > 0 && text[n - 1] == '\n');
        text[n - 1] = '\0';
        (void)close(fds[0]);
        assert_int_equal(cloud_identity_parse(&s->cloud.keys.identity, text), 0);
}

static void write_config(const Server *s, const char *config)
{
        char path[96];
        FILE *f;

        (void)snprintf(path, sizeof path, "%s/cloud.conf", s->folder);
        f = fopen(path, "we");
        assert_non_null(f);
        fprintf(f, "[Server]\nListen=127.0.0.1:0\nAdminListen=127.0.0.1:0\n%s", config);
        assert_int_equal(fclose(f), 0);
}

/* Where the service manager would listen for READY=1. */
static void listen_for_notice(Server *s)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        struct timeval patience = {.tv_sec = PATIENCE_S};

        (void)snprintf(a.sun_path, sizeof a.sun_path, "%s/notify", s->folder);
        s->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(s->notify_fd >= 0);
        assert_int_equal(bind(s->notify_fd, (struct sockaddr *)&a, sizeof a), 0);
        (void)setsockopt(s->notify_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

static unsigned read_port(const Server *s, const char *name)
{
        char path[96];
        unsigned port;
        FILE *f;

        (void)snprintf(path, sizeof path, "%s/%s", s->folder, name);
        f = fopen(path, "re");
        if (!f)
                return 0; /* there is no such port */
        assert_int_equal(fscanf(f, "%u", &port), 1);
        (void)fclose(f);
        return port;
}

void server_start(Server *s)
{
        char text[256], notify[96];
        ssize_t n;

        (void)snprintf(notify, sizeof notify, "%s/notify", s->folder);
        (void)setenv("NOTIFY_SOCKET", notify, true);
        s->pid = spawn_cloud(s, "serve", -1, -1);
        do {
                n = recv(s->notify_fd, text, sizeof text - 1, 0);
                assert_true(n > 0);
                text[n] = '\0';
        } while (!strstr(text, "READY=1"));
        s->port = read_port(s, "port");
        s->admin_port = read_port(s, "admin-port");
}

int server_run(const Server *s, const char *config, const char *command, char *ret_said, size_t n)
{
        size_t len = 0;
        int fds[2], status;
        ssize_t got;
        pid_t pid;

        write_config(s, config);
        (void)unsetenv("JOURNAL_STREAM"); /* what it logs is to be read here */
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        pid = spawn_cloud(s, command, fds[1], fds[1]);
        (void)close(fds[1]);
        while (len < n - 1 && (got = read(fds[0], ret_said + len, n - 1 - len)) > 0)
                len += (size_t)got;
        ret_said[len] = '\0';
        (void)close(fds[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static void copy_file(const Server *from, const Server *to, const char *name)
{
        char path[96], other[96];
        uint8_t bytes[4096];
        size_t n;
        FILE *f;
        int fd;

        (void)snprintf(path, sizeof path, "%s/%s", from->folder, name);
        f = fopen(path, "re");
        assert_non_null(f);
        n = fread(bytes, 1, sizeof bytes, f);
        (void)fclose(f);
        (void)snprintf(other, sizeof other, "%s/%s", to->folder, name);
        fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0 && n < sizeof bytes);
        assert_int_equal(write(fd, bytes, n), n);
        (void)close(fd);
}

/* first: whose keys it has; NULL: keys of its own. */
static void begin(Server *s, const Server *first, const char *config)
{
        memset(s, 0, sizeof *s);
        s->fd = -1;
        strcpy(s->folder, "/tmp/huddle-cloud-test.XXXXXX");
        assert_non_null(mkdtemp(s->folder));
        init_cloud(s);
        if (first) {
                copy_file(first, s, "state/keys");
                s->cloud.keys.identity = first->cloud.keys.identity;
        }
        write_config(s, config);
        listen_for_notice(s);
        assert_int_equal(step_clock_new(&s->cloud.clock, WALL_START_MS), 0);
        s->cloud.call = call_over_http;
        s->cloud.server = s;
        server_start(s);
}

void server_begin(Server *s, const char *config)
{
        begin(s, NULL, config);
}

void server_begin_beside(Server *s, const Server *first, const char *config)
{
        begin(s, first, config);
}

double server_cpu_s(const Server *s)
{
        struct timespec used;
        clockid_t clock;

        assert_int_equal(clock_getcpuclockid(s->pid, &clock), 0);
        assert_int_equal(clock_gettime(clock, &used), 0);
        return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

int server_stop(Server *s, int signal)
{
        int status;

        assert_int_equal(kill(s->pid, signal), 0);
        assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
        s->pid = 0;
        closep(&s->fd);
        s->fd = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
        return remove(path);
}

void server_end(Server *s)
{
        if (s->pid > 0)
                (void)server_stop(s, SIGKILL);
        (void)close(s->notify_fd);
        (void)step_clock_free(s->cloud.clock);
        (void)nftw(s->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
