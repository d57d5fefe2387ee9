/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle host: start, stop and status of a cloud of the user's own */
#include "host.h"
#include "cloud.h"
#include "host-state.h"
#include "out.h"
#include "qr.h"
#include "src/protocol/cloud-announce.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define UNIT "huddle-host"

/* ---- status ---- */

static Exit host_print(Cli *cli, const HuddleLink *link, const char *text, const char *name)
{
        char words[CLOUD_WORDS_SIZE];

        cloud_words(words, &link->identity);
        if (cli->json) {
                print_json(json_pack("{s:b, s:s, s:s, s:s, s:s, s:b}", "Running", true, "Name",
                                     name, "Words", words, "Url", link->url, "Link", text, "Kept",
                                     host_has("kept")));
                return EXIT_DONE;
        }
        (void)printf(_("The cloud on %s: %s\n    %s\n    %s\n"), shown(name), words, link->url,
                     text);
        (void)puts(_(
                "Others find it when they press, or with huddle cloud find. It is this one if they "
                "see\nthese three words."));
        (void)puts(host_has("kept")
                           ? _("Its records can be fetched while it runs, and stay for the next "
                               "time.")
                           : _("Its records can be fetched while it runs; huddle host stop deletes "
                               "them, after\nhuddle host keep they stay for the next time."));
        if (cli->qr)
                qr_show(text);
        (void)fflush(stdout);
        return EXIT_DONE;
}

Exit host_show(Cli *cli)
{
        _cleanup_huddle_link_ HuddleLink link = {};
        char text[HUDDLE_LINK_SIZE], name[CLOUD_NAME_SIZE];

        if (host_read("link", text, sizeof text) < 0 || huddle_link_parse(&link, text) != 0 ||
            host_read("name", name, sizeof name) < 0)
                return complain(cli, EXIT_FAILED, NULL,
                                _("the cloud is about to start: try again in a moment"));
        return host_print(cli, &link, text, name);
}

static Exit host_say_none(Cli *cli)
{
        return done(cli, json_pack("{s:b}", "Running", false),
                    _("You host no cloud: huddle host starts one."));
}

static Exit host_status(Cli *cli, pid_t running)
{
        return running > 0 ? host_show(cli) : host_say_none(cli);
}

/* ---- start ---- */

/* The machine's name, which mDNS tells anyway. */
static bool host_choose_name(char ret[static CLOUD_NAME_SIZE], const char *wanted)
{
        char machine[HOST_NAME_MAX + 1] = "";

        if (!wanted) {
                (void)gethostname(machine, sizeof machine - 1);
                machine[strcspn(machine, ".")] = '\0';
                wanted = *machine ? machine : "huddle";
        }
        if (!cloud_name_valid(wanted, strlen(wanted)) || strpbrk(wanted, ";#"))
                return false;
        (void)strcpy(ret, wanted);
        return true;
}

/* Whether systemd runs the user's services. */
static bool host_has_manager(void)
{
        const char *folder = getenv("XDG_RUNTIME_DIR");
        char path[PATH_MAX];

        return folder && snprintf(path, sizeof path, "%s/systemd/private", folder) < PATH_MAX &&
               access(path, F_OK) == 0;
}

/* In the child: a unit that runs this program with --foreground. */
static void host_become_unit(const Cli *cli, const char *name)
{
        static const char *const buses[] = {
                [BUS_CHOOSE] = NULL, [BUS_SYSTEM] = "--system", [BUS_SESSION] = "--user"};
        char self[PATH_MAX], description[160];
        const char *argv[24] = {"systemd-run",
                                "--user",
                                "--quiet",
                                "--collect",
                                "--unit=" UNIT,
                                description,
                                "--service-type=notify",
                                "--property=Restart=on-failure",
                                "--property=RestartSec=1"};
        ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
        size_t n = 9;

        (void)snprintf(description, sizeof description, "--description=%s",
                       _("A Huddle cloud for this evening"));
        self[MAX(len, (ssize_t)0)] = '\0';
        if (getenv("XDG_STATE_HOME"))
                argv[n++] = "--setenv=XDG_STATE_HOME";
        argv[n++] = self;
        argv[n++] = "host";
        argv[n++] = "start";
        argv[n++] = "--foreground";
        argv[n++] = "--name";
        argv[n++] = name;
        argv[n++] = buses[cli->choice];
        (void)execvp(argv[0], (char **)argv);
        _exit(127);
}

/* Returns when it is ready. */
static int host_run_unit(const Cli *cli, const char *name)
{
        int status = 0;
        pid_t child = fork();

        if (child == 0)
                host_become_unit(cli, name);
        if (child < 0)
                return -errno;
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

static Exit host_start(Cli *cli, pid_t running)
{
        char name[CLOUD_NAME_SIZE];

        if (!host_choose_name(name, cli->name))
                return complain(cli, EXIT_USAGE, NULL,
                                _("a name of a cloud has 1 to 63 bytes, without ; and #"));
        if (cli->foreground)
                return host_run(cli, name);
        if (running > 0)
                return host_show(cli);
        if (!host_has_manager())
                return complain(
                        cli, EXIT_FAILED, NULL,
                        _("there is no systemd here that runs services of yours: huddle host "
                          "--foreground hosts until you press Ctrl-C"));
        if (host_run_unit(cli, name) < 0)
                return complain(cli, EXIT_FAILED, NULL,
                                _("the cloud could not be started: journalctl --user -u %s"), UNIT);
        return host_show(cli);
}

/* ---- stop and keep ---- */

static Exit host_stop(Cli *cli, pid_t running)
{
        int r = 0;

        if (running == 0)
                return host_say_none(cli);
        if (kill(running, SIGTERM) < 0)
                r = -errno;
        if (r == 0)
                r = host_wait();
        if (r < 0)
                return complain(cli, EXIT_FAILED, NULL, _("the cloud cannot be stopped: %s"),
                                strerror(-r));
        return done(cli, json_pack("{s:b}", "Running", false), _("Your cloud has ended."));
}

static Exit host_keep(Cli *cli, pid_t running)
{
        int r;

        if (running == 0)
                return host_say_none(cli);
        r = host_write("kept", "");
        if (r < 0)
                return complain(cli, EXIT_FAILED, NULL, _("that cannot be noted: %s"),
                                strerror(-r));
        return done(cli, json_pack("{s:b}", "Kept", true),
                    _("What this evening stores stays when the cloud stops."));
}

Exit command_host(Cli *cli, int n, char **argv)
{
        static const struct {
                const char *name;
                Exit (*run)(Cli *cli, pid_t running);
        } verbs[] = {
                {"start", host_start},
                {"stop", host_stop},
                {"status", host_status},
                {"keep", host_keep},
        };
        const char *verb = n > 0 ? argv[0] : "start";
        pid_t running;
        int r = host_running(&running);

        if (r < 0)
                return complain(cli, EXIT_FAILED, NULL,
                                _("the state of the cloud is not there: %s"), strerror(-r));
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
                if (strcmp(verb, verbs[i].name) == 0)
                        return verbs[i].run(cli, running);
        return complain_usage(cli, "host");
}
