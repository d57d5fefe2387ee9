/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "around.h"
#include "bus.h"
#include "cloud.h"
#include "errors.h"
#include "out.h"

#include <ctype.h>
#include <string.h>

enum { WORDS_SIZE = 64, ANSWER_SIZE = 16 };

static const char key_changed[] = "org.huddle.Error.CloudKeyChanged";

static Exit around_find(Cli *cli, json_t **ret)
{
        json_auto_t *reply = NULL;
        Exit code = bus_call(cli, bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "FindClouds"), &reply);

        if (code == EXIT_DONE)
                *ret = json_incref(json_array_get(reply, 0));
        return code;
}

static bool around_stands(const json_t *found, const char *standing)
{
        return strcmp(cloud_text(found, "Cloud"), standing) == 0;
}

/* ---- huddle cloud find ---- */

static void around_print(const json_t *found)
{
        const char *words = cloud_text(found, "Words");

        (void)printf("%s: %s\n    %s, ", shown(cloud_text(found, "Name")), shown(words),
                     shown(cloud_text(found, "Url")));
        if (json_is_true(json_object_get(found, "Bluetooth")))
                (void)fputs(_("heard by Bluetooth, "), stdout);
        if (around_stands(found, "known"))
                (void)puts(_("you have it"));
        else if (around_stands(found, "moved"))
                (void)printf(_("you have it at another address: huddle cloud add %s\n"),
                             shown(words));
        else if (around_stands(found, "other"))
                (void)puts(_("not the cloud that you have at this address"));
        else
                (void)printf(_("not yours yet: huddle cloud add %s\n"), shown(words));
}

Exit around_list(Cli *cli)
{
        json_auto_t *all = NULL;
        json_t *found;
        size_t i;
        Exit code = around_find(cli, &all);

        if (code != EXIT_DONE)
                return code;
        if (cli->json)
                print_json(json_incref(all));
        else if (json_array_size(all) == 0)
                (void)puts(_("No cloud is announced here: huddle host starts one."));
        else
                json_array_foreach(all, i, found) around_print(found);
        return EXIT_DONE;
}

/* ---- adding one ---- */

/* A host may announce the keys of another cloud. */
static Exit around_complain(const Cli *cli, const char *error)
{
        if (strcmp(error, key_changed) != 0)
                return complain_error(cli, error, NULL);
        return complain(cli, EXIT_REFUSED, key_changed,
                        _("the cloud there has other keys than it announces: it was not added; ask "
                          "whose it is"));
}

static bool around_read_words(char ret[static WORDS_SIZE], int n, char **words)
{
        size_t len = 0;

        for (int i = 0; i < n; i++) {
                int more = snprintf(ret + len, WORDS_SIZE - len, "%s%s", i ? " " : "", words[i]);

                if (more < 0 || (size_t)more >= WORDS_SIZE - len)
                        return false;
                len += (size_t)more;
        }
        for (char *c = ret; *c; c++)
                *c = (char)tolower((unsigned char)*c);
        return true;
}

/* The next cloud with these words; NULL: there are no more. */
static const json_t *around_next(const json_t *all, const char *words, size_t *at)
{
        while (*at < json_array_size(all)) {
                const json_t *found = json_array_get(all, (*at)++);

                if (strcmp(cloud_text(found, "Words"), words) == 0)
                        return found;
        }
        return NULL;
}

static bool around_is_ambiguous(const json_t *all, const char *words)
{
        size_t at = 0;
        const json_t *first = around_next(all, words, &at), *other;

        while ((other = around_next(all, words, &at)))
                if (strcmp(cloud_text(first, "Digest"), cloud_text(other, "Digest")) != 0)
                        return true;
        return false;
}

/* Anybody can announce the digest of another cloud, so each that does is tried. */
static Exit around_add_words(Cli *cli, const json_t *all, const char *words)
{
        _cleanup_free_ char *error = NULL;
        const json_t *found;
        size_t at = 0;

        if (around_is_ambiguous(all, words))
                return complain(cli, EXIT_REFUSED, NULL,
                                _("two clouds here show these words: ask for a link to yours"));
        while ((found = around_next(all, words, &at))) {
                free(TAKE_PTR(error));
                if (cloud_add_found(cli, found, &error) == EXIT_DONE)
                        return cloud_show(cli, cloud_text(found, "Url"));
        }
        return error ? around_complain(cli, error)
                     : complain(cli, EXIT_REFUSED, "org.huddle.Error.UnknownCloud",
                                _("no cloud with these words is announced here: see huddle cloud "
                                  "find"));
}

Exit around_add(Cli *cli, int n, char **words)
{
        json_auto_t *all = NULL;
        char joined[WORDS_SIZE];
        Exit code;

        if (!around_read_words(joined, n, words))
                return complain(cli, EXIT_USAGE, NULL, _("the words of a cloud are three"));
        code = around_find(cli, &all);
        return code == EXIT_DONE ? around_add_words(cli, all, joined) : code;
}

/* ---- before a press ---- */

/* Clouds of an evening have numeric addresses, or none where a neighbour offers them. They go. */
static bool around_is_of_evening(const json_t *cloud)
{
        static const char nowhere[] = ".invalid";
        const char *url = cloud_text(cloud, "Url");
        size_t len = strlen(url), n = sizeof nowhere - 1;

        return !json_is_true(json_object_get(cloud, "Configured")) &&
               strncmp(url, "http://", 7) == 0 &&
               (isdigit((unsigned char)url[7]) || url[7] == '[' ||
                (len > n && strcmp(url + len - n, nowhere) == 0));
}

/* What may be offered: not one that pretends to be another. */
static json_t *around_choices(const json_t *all)
{
        json_t *choices = json_array(), *found;
        size_t i;

        json_array_foreach(all, i, found) if (!around_stands(found, "other"))(void)
                json_array_append(choices, found);
        return choices;
}

static Exit around_say_how(Cli *cli, const json_t *choices)
{
        _cleanup_free_ char *text = NULL;
        size_t size, i;
        json_t *found;
        FILE *to = open_memstream(&text, &size);

        if (!to)
                return complain(cli, EXIT_FAILED, NULL, _("out of memory"));
        json_array_foreach(choices, i, found)(void)
                fprintf(to, "%shuddle cloud add %s (%s)", i ? ", " : "",
                        shown(cloud_text(found, "Words")), shown(cloud_text(found, "Name")));
        (void)fclose(to);
        return complain(cli, EXIT_REFUSED, "org.huddle.Error.NoCloud",
                        _("nothing was sent: you have no cloud yet; take one that is here: %s"),
                        text);
}

static bool around_ask_one(const json_t *found)
{
        char question[256];

        (void)snprintf(question, sizeof question,
                       _("Its operator will see with whom you meet, but no card.\n"
                         "The cloud on %s — %s: use it? [y/N] "),
                       shown(cloud_text(found, "Name")), shown(cloud_text(found, "Words")));
        return ask_yes(question);
}

/* The number that is typed, from 1 on; 0: none of them. */
static size_t around_ask_number(const json_t *choices)
{
        char answer[ANSWER_SIZE];
        unsigned long n;
        json_t *found;
        size_t i;

        (void)fputs(
                _("Clouds here; the operator of one will see with whom you meet, but no card:\n"),
                stderr);
        json_array_foreach(choices, i, found)(void)
                fprintf(stderr, _("  %zu  the cloud on %s — %s\n"), i + 1,
                        shown(cloud_text(found, "Name")), shown(cloud_text(found, "Words")));
        if (!read_line(answer, sizeof answer, _("Which one? Its number, or nothing for none: ")))
                return 0;
        n = strtoul(answer, NULL, 10);
        return n <= json_array_size(choices) ? n : 0;
}

/* A user that refuses all of them goes on with the own cloud, where there is one. */
static Exit around_ask(Cli *cli, const json_t *choices, bool has_cloud)
{
        size_t n = json_array_size(choices) > 1 ? around_ask_number(choices)
                                                : around_ask_one(json_array_get(choices, 0));
        const json_t *found = n > 0 ? json_array_get(choices, n - 1) : NULL;
        _cleanup_free_ char *error = NULL;
        Exit code;

        if (!found)
                return has_cloud ? EXIT_DONE
                                 : complain(cli, EXIT_REFUSED, "org.huddle.Error.NoCloud",
                                            _("nothing was sent"));
        code = cloud_add_found(cli, found, &error);
        if (error)
                return around_complain(cli, error);
        return code == EXIT_DONE ? cloud_use(cli, cloud_text(found, "Digest")) : code;
}

/* The default, where it is announced: the daemon follows it by itself. */
static bool around_has_default(const json_t *all, const json_t *cloud)
{
        json_t *found;
        size_t i;

        json_array_foreach(all, i, found) if (strcmp(cloud_text(found, "Words"),
                                                     cloud_text(cloud, "Words")) == 0 &&
                                              !around_stands(found, "other")) return true;
        return false;
}

static Exit around_offer_instead_of(Cli *cli, const json_t *cloud)
{
        _cleanup_free_ char *error = NULL, *message = NULL;
        json_auto_t *reply = NULL, *choices = NULL;
        const json_t *all;
        Exit code = bus_try(cli, bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "FindClouds"), &reply,
                            &error, &message);

        if (code != EXIT_DONE && !error)
                return code;
        all = json_array_get(reply, 0); /* NULL: nobody can look */
        if (cloud && around_has_default(all, cloud))
                return EXIT_DONE;
        choices = around_choices(all);
        if (json_array_size(choices) == 0)
                return cloud ? EXIT_DONE : complain_error(cli, "org.huddle.Error.NoCloud", NULL);
        if (cli->json || !isatty(STDIN_FILENO))
                return cloud ? EXIT_DONE : around_say_how(cli, choices);
        return around_ask(cli, choices, cloud);
}

Exit around_offer(Cli *cli)
{
        json_auto_t *clouds = NULL;
        const json_t *cloud;
        Exit code = cloud_get_all(cli, &clouds);

        if (code != EXIT_DONE)
                return code;
        cloud = cloud_find(clouds, NULL);
        if (cloud &&
            (!around_is_of_evening(cloud) || strcmp(cloud_text(cloud, "State"), "offline") != 0))
                return EXIT_DONE;
        return around_offer_instead_of(cli, cloud);
}
