/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - huddle-cloud: serve, pages, stats, keys and more; see huddle-cloud(8) */
#include "config.h"

#include "src/base/log.h"
#include "cloud/match/replay.h"
#include "command.h"
#include "listen.h"
#include "mhd.h"
#include "page-host.h"
#include "serve.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { CONSENT_MAX = 4000 };

static const char built_in_consent[] =
        "This service keeps your handle, the public key of your terminal "
        "and, encrypted so that it cannot read it, your "
        "card. During an exchange it learns the digits of the code, your "
        "rough position and which devices near you take "
        "part, in order to find who belongs together; it forgets position "
        "and devices when the group closes. Cards that "
        "were exchanged are kept encrypted until everyone has them, a week "
        "at most. Deleting your account deletes all "
        "of it.";

/* ---- where things are ---- */

void command_path(char ret[static PATH_MAX], const char *folder, const char *name)
{
        (void)snprintf(ret, PATH_MAX, "%.2048s/%s", folder, name);
}

static void default_paths(Options *o)
{
        const char *config = getenv("CONFIGURATION_DIRECTORY"), *state = getenv("STATE_DIRECTORY");

        command_path(o->config, config ? config : SYSCONFDIR "/huddle-cloud", "huddle-cloud.conf");
        (void)snprintf(o->state, sizeof o->state, "%s",
                       state ? state : LOCALSTATEDIR "/lib/huddle-cloud");
}

void command_keys_path(const Options *o, char ret[static PATH_MAX])
{
        const char *credentials = getenv("CREDENTIALS_DIRECTORY");

        if (credentials) {
                command_path(ret, credentials, "huddle-cloud.keys");
                if (access(ret, F_OK) == 0)
                        return;
        }
        command_path(ret, o->state, "keys");
}

int command_complain(const char *what, const char *path, int r)
{
        fprintf(stderr, "huddle-cloud: %s: %s: %s\n", path, what, strerror(-r));
        return EXIT_FAILURE;
}

/* ---- configuration ---- */

static void warn_setting(void *userdata, const char *file, unsigned line, const char *what)
{
        log_warning("%s:%u: %s", file, line, what);
}

int command_refuse(const char *path, const char *reason)
{
        fprintf(stderr, "huddle-cloud: %s: refused: %s\n", path, reason);
        return EXIT_FAILURE;
}

static int load_addresses(const Options *o, const CloudSettings *s)
{
        char reason[SETTING_TEXT_SIZE + 128];

        if (!listen_is_address(s->listen))
                (void)snprintf(reason, sizeof reason, "Listen=%s is not a numeric address and port",
                               s->listen);
        else if (strcmp(s->admin_listen, ADMIN_LISTEN_NONE) != 0 &&
                 !listen_is_address(s->admin_listen))
                (void)snprintf(reason, sizeof reason,
                               "AdminListen=%s is neither \"" ADMIN_LISTEN_NONE
                               "\" nor a numeric address and port",
                               s->admin_listen);
        else if (!listen_is_address(s->pages.listen))
                (void)snprintf(reason, sizeof reason,
                               "Listen=%s of [Pages] is not a numeric address and port",
                               s->pages.listen);
        else
                return 0;
        return command_refuse(o->config, reason);
}

static int load_tls(const Options *o, const char *section, const char *certificate, const char *key)
{
        char reason[2 * SETTING_TEXT_SIZE + 128];

        if (mhd_tls_works(certificate, key))
                return 0;
        (void)snprintf(reason, sizeof reason,
                       "TlsCertificate=%s and TlsKey=%s%s are no certificate and its key",
                       certificate, key, section);
        return command_refuse(o->config, reason);
}

/* 0, or the exit status after having told why. */
int command_settings(const Options *o, CloudSettings *ret)
{
        char reason[2 * SETTING_TEXT_SIZE + 128];
        int r;

        r = cloud_settings_read(ret, o->config, warn_setting, NULL);
        if (r < 0)
                return command_complain("cannot be read", o->config, r);
        if (cloud_settings_check(ret, reason, sizeof reason) < 0)
                return command_refuse(o->config, reason);
        r = load_addresses(o, ret);
        if (r == 0)
                r = load_tls(o, "", ret->tls_certificate, ret->tls_key);
        return r != 0 ? r
                      : load_tls(o, " of [Pages]", ret->pages.tls_certificate, ret->pages.tls_key);
}

static int load_consent(const CloudSettings *s, char ret[static CONSENT_MAX + 1])
{
        _cleanup_close_ int fd = -1;
        ssize_t n;

        if (!s->consent_file[0]) {
                strcpy(ret, built_in_consent);
                return 0;
        }
        fd = open(s->consent_file, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, ret, CONSENT_MAX + 1);
        if (n < 0)
                return command_complain("cannot be read", s->consent_file, -errno);
        if (n == 0 || n > CONSENT_MAX)
                return command_complain("the consent text must have 1 to 4000 bytes",
                                        s->consent_file, -EMSGSIZE);
        ret[n] = '\0';
        return 0;
}

/* Each setting with its default, commented out. */
static int write_settings(const char *path)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        const char *section = "";
        const Setting *s;

        if (fd < 0)
                return errno == EEXIST ? 0 : -errno;
        dprintf(fd, "# huddle-cloud.conf, see huddle-cloud(8)\n");
        for (size_t i = 0; i < cloud_settings_count; i++) {
                s = &cloud_settings_table[i];
                if (strcmp(section, s->section) != 0)
                        dprintf(fd, "\n[%s]\n", section = s->section);
                dprintf(fd, "#%s=%s\n", s->key, s->fallback);
        }
        return fsync(fd) < 0 ? -errno : 0;
}

/* ---- commands ---- */

static int make_folder(const char *path, mode_t mode)
{
        return mkdir(path, mode) < 0 && errno != EEXIST ? -errno : 0;
}

static int make_config(const Options *o)
{
        char folder[PATH_MAX];
        char *slash;
        int r = 0;

        (void)snprintf(folder, sizeof folder, "%s", o->config);
        slash = strrchr(folder, '/');
        if (slash && slash != folder) {
                *slash = '\0';
                r = make_folder(folder, 0755);
        }
        return r < 0 ? r : write_settings(o->config);
}

/* Gives a file that root made to the owner of the state directory: the service. */
static int give_to_service(const Options *o, const char *path)
{
        struct stat st;

        if (geteuid() != 0)
                return 0;
        return stat(o->state, &st) < 0 || lchown(path, st.st_uid, st.st_gid) < 0 ? -errno : 0;
}

uint64_t command_now_ms(void)
{
        return (uint64_t)time(NULL) * 1000;
}

static int command_init(const Options *o)
{
        _cleanup_(cloud_keys_done) CloudKeys keys;
        char path[PATH_MAX], identity[CLOUD_IDENTITY_TEXT_MAX];
        bool drawn;
        int r;

        r = make_folder(o->state, 0700);
        if (r < 0)
                return command_complain("cannot be made", o->state, r);
        command_keys_path(o, path);
        cloud_keys_draw(&keys);
        r = cloud_keys_create(&keys, path);
        drawn = r == 0;
        if (r == -EEXIST)
                r = cloud_keys_load(&keys, path);
        if (r == 0)
                r = give_to_service(o, path);
        if (r < 0)
                return command_complain("the keys cannot be made or read", path, r);
        r = make_config(o);
        if (r < 0)
                return command_complain("cannot be written", o->config, r);
        cloud_identity_format(identity, cloud_keys_identity(&keys, command_now_ms()));
        puts(identity);
        log_for_the_record(LOG_NOTICE, "AUDIT=init", "%s",
                           drawn ? "New keys have been made" : "Keys were there already");
        return EXIT_SUCCESS;
}

static int command_check_config(const Options *o)
{
        char consent[CONSENT_MAX + 1];
        CloudSettings settings;
        int r = command_settings(o, &settings);

        return r != 0 ? r : load_consent(&settings, consent);
}

static int command_serve(const Options *o)
{
        _cleanup_(cloud_keys_done) CloudKeys keys;
        char consent[CONSENT_MAX + 1], path[PATH_MAX], store[PATH_MAX];
        CloudSettings settings;
        int r;

        r = command_settings(o, &settings);
        if (r == 0)
                r = load_consent(&settings, consent);
        if (r != 0)
                return r;
        command_keys_path(o, path);
        (void)sodium_mlock(&keys, sizeof keys); /* as far as the limit allows: out of the swap */
        r = cloud_keys_load(&keys, path);
        if (r < 0)
                return command_complain(
                        "the keys cannot be read (has \"huddle-cloud init\" been run?)", path, r);
        command_path(store, o->state, "cloud.db");
        r = serve(&(ServeContext){&settings, &keys, path, o->state, store, consent, o->port_file,
                                  o->admin_port_file});
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int command_pages(const Options *o)
{
        CloudSettings settings;
        int r = command_settings(o, &settings);

        if (r != 0)
                return r;
        r = page_host(&(PageHostContext){&settings, o->pages, o->port_file});
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- rotation ---- */

static const struct {
        const char *name;
        bool ticket, now, box, signing;
} rotations[] = {
        {"ticket", true, false, false, false}, {"ticket-now", true, true, false, false},
        {"box", false, false, true, false},    {"signing", false, false, false, true},
        {"all", true, false, true, true},
};

/* What the old key has signed must be gone by the end of the overlap, and before that terminals
 * must have a day to hear of the new one. */
static KeyOverlap rotation_overlap(const CloudSettings *s)
{
        uint64_t stored_ms = MAX(s->expiry_ms, s->record_expiry_ms);

        return (KeyOverlap){
                .overlap_ms = MAX(s->key_overlap_ms, stored_ms + 2 * CLOUD_SESSION_DAY_MS),
                .stored_ms = stored_ms,
        };
}

/* 0, CLOUD_KEYS_E_OVERLAP or negative errno. */
static int rotation_apply(CloudKeys *ret, const char *path, size_t which, const CloudSettings *s)
{
        _cleanup_close_ int lock = cloud_keys_lock(path);
        KeyOverlap overlap = rotation_overlap(s);
        uint64_t now_ms = command_now_ms();
        int r = lock < 0 ? lock : cloud_keys_load(ret, path);

        if (r == 0 && rotations[which].now)
                cloud_keys_drop_tickets(ret);
        else if (r == 0 && rotations[which].ticket)
                r = cloud_keys_rotate_ticket(ret, now_ms);
        if (r == 0 && (rotations[which].box || rotations[which].signing))
                r = cloud_keys_rotate_identity(ret, rotations[which].box, rotations[which].signing,
                                               &overlap, now_ms);
        return r == 0 ? cloud_keys_replace(ret, path) : r;
}

static void rotation_print_day(const char *what, uint64_t at_ms)
{
        time_t at = (time_t)(at_ms / 1000);
        struct tm tm;
        char day[64];

        (void)strftime(day, sizeof day, "%Y-%m-%d %H:%M UTC", gmtime_r(&at, &tm));
        printf("%s %s\n", what, day);
}

static void rotation_print(const CloudKeys *k)
{
        char identity[CLOUD_IDENTITY_TEXT_MAX];

        if (!k->has_next)
                return;
        cloud_identity_format(identity, &k->next.identity);
        puts(identity);
        rotation_print_day("terminals are told from", k->next.told_ms);
        rotation_print_day("the new key signs from", k->next.signs_ms);
        rotation_print_day("the old identity ends", k->next.until_ms);
}

static int rotation_refuse(const CloudKeys *k)
{
        fputs("huddle-cloud: refused: ", stderr);
        fputs(k->has_next ? "the identity has a successor already, until its overlap ends\n"
                          : "too many ticket keys whose tickets are still valid: tomorrow\n",
              stderr);
        return EXIT_FAILURE;
}

static int command_rotate_keys(const Options *o)
{
        _cleanup_(cloud_keys_done) CloudKeys keys = {0};
        CloudSettings settings;
        char path[PATH_MAX], fields[64];
        size_t which = 0;
        int r;

        while (which < ARRAY_LEN(rotations) && strcmp(rotations[which].name, o->argument) != 0)
                which++;
        if (which == ARRAY_LEN(rotations)) {
                fputs("huddle-cloud: rotate-keys takes ticket, ticket-now, box, signing or all\n",
                      stderr);
                return EXIT_USAGE;
        }
        r = command_settings(o, &settings);
        if (r != 0)
                return r;
        command_keys_path(o, path);
        r = rotation_apply(&keys, path, which, &settings);
        if (r == CLOUD_KEYS_E_OVERLAP)
                return rotation_refuse(&keys);
        if (r < 0)
                return command_complain("the keys cannot be replaced", path, r);
        (void)snprintf(fields, sizeof fields, "AUDIT=rotate-keys\nAUDIT_KEYS=%s",
                       rotations[which].name);
        log_for_the_record(LOG_NOTICE, fields, "Keys have been rotated: %s", rotations[which].name);
        rotation_print(&keys);
        return EXIT_SUCCESS;
}

/* ---- matching ---- */

static int command_replay(const Options *o)
{
        CloudSettings settings;
        ReplayOptions options = {
                .matching = &settings.matching, .explain = o->explain, .asks = o->asks};
        ReplayCounts counts = {0};
        size_t line = 0;
        FILE *in;
        int r;

        r = command_settings(o, &settings);
        if (r != 0)
                return r;
        options.window_ms = settings.window_ms;
        in = strcmp(o->argument, "-") == 0 ? stdin : fopen(o->argument, "re");
        if (!in)
                return command_complain("cannot be read", o->argument, -errno);
        r = replay_run(&options, in, stdout, &counts, &line);
        if (in != stdin)
                (void)fclose(in);
        if (r > 0)
                fprintf(stderr, "huddle-cloud: %s:%zu: not a request\n", o->argument, line);
        else if (r < 0)
                return command_complain("cannot be replayed", o->argument, r);
        else if (o->asks != REPLAY_ASKS_NONE)
                fprintf(stderr, "asks: %" PRIu64 ", of these yes: %" PRIu64 "\n", counts.asks,
                        counts.yes);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static const struct {
        const char *name;
        int (*run)(const Options *o);
        const char *help;
        bool takes_argument;
} commands[] = {
        {"init", command_init, "make keys and configuration, print the identity", false},
        {"serve", command_serve, "serve until SIGTERM", false},
        {"pages", command_pages, "serve the guests' pages until SIGTERM", false},
        {"check-config", command_check_config, "tell what is wrong with the configuration", false},
        {"stats", command_stats, "count what is stored", false},
        {"backup", command_backup, "copy the store to a new FILE, also while serving", true},
        {"restore", command_restore, "put the store of a FILE in place", true},
        {"migrate", command_migrate, "move the store to postgresql, or back to sqlite", true},
        {"expire", command_expire, "delete what has expired, print how many groups", false},
        {"rotate-keys", command_rotate_keys, "replace keys: ticket, box, signing or all", true},
        {"revoke", command_revoke, "end the sessions of a HANDLE (- for standard input)", true},
        {"replay", command_replay, "group the requests of a FILE (- for standard input)", true},
};

static void main_print_help(FILE *f)
{
        fputs("huddle-cloud [--config FILE] [--state DIRECTORY] [--port-file FILE] "
              "[--admin-port-file FILE] [--pages DIRECTORY] [--explain] [--asks ANSWERS] [--all] "
              "[--keys] [--replace] COMMAND\n\n",
              f);
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                fprintf(f, "  %-14s%s\n", commands[i].name, commands[i].help);
}

/* -1: go on; else the exit status. */
static int main_read_options(int argc, char **argv, Options *o)
{
        static const struct option options[] = {
                {"config", required_argument, NULL, 'c'},
                {"state", required_argument, NULL, 's'},
                {"port-file", required_argument, NULL, 'p'},
                {"admin-port-file", required_argument, NULL, 'a'},
                {"pages", required_argument, NULL, 'P'},
                {"explain", no_argument, NULL, 'e'},
                {"asks", required_argument, NULL, 'q'},
                {"all", no_argument, NULL, 'A'},
                {"keys", no_argument, NULL, 'k'},
                {"replace", no_argument, NULL, 'r'},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
                {0},
        };
        int c;

        while ((c = getopt_long(argc, argv, "c:s:p:a:ehV", options, NULL)) != -1)
                switch (c) {
                case 'c':
                        (void)snprintf(o->config, sizeof o->config, "%s", optarg);
                        break;
                case 's':
                        (void)snprintf(o->state, sizeof o->state, "%s", optarg);
                        break;
                case 'p':
                        o->port_file = optarg;
                        break;
                case 'a':
                        o->admin_port_file = optarg;
                        break;
                case 'P':
                        o->pages = optarg;
                        break;
                case 'e':
                        o->explain = true;
                        break;
                case 'q':
                        if (!replay_asks_read(optarg, &o->asks)) {
                                fprintf(stderr, "huddle-cloud: --asks: none, truth or all\n");
                                return EXIT_USAGE;
                        }
                        break;
                case 'A':
                        o->all = true;
                        break;
                case 'k':
                        o->with_keys = true;
                        break;
                case 'r':
                        o->replace = true;
                        break;
                case 'h':
                        main_print_help(stdout);
                        return EXIT_SUCCESS;
                case 'V':
                        puts("huddle-cloud " PACKAGE_VERSION);
                        return EXIT_SUCCESS;
                default:
                        return EXIT_USAGE;
                }
        return -1;
}

int main(int argc, char **argv)
{
        Options o = {.pages = PKGDATADIR "/pages"};
        int r;

        log_open("huddle-cloud");
        default_paths(&o);
        r = main_read_options(argc, argv, &o);
        if (r >= 0)
                return r;
        if (sodium_init() < 0)
                return EXIT_FAILURE;
        for (size_t i = 0; optind < argc && i < ARRAY_LEN(commands); i++)
                if (strcmp(commands[i].name, argv[optind]) == 0 &&
                    optind + 1 + commands[i].takes_argument == argc) {
                        o.argument = argv[argc - 1];
                        return commands[i].run(&o);
                }
        main_print_help(stderr);
        return EXIT_USAGE;
}
