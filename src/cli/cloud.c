/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle cloud: the clouds that a user has */
#include "cloud.h"
#include "around.h"
#include "bus.h"
#include "errors.h"
#include "out.h"
#include "qr.h"
#include "terms.h"
#include "src/protocol/handle.h"

#include <string.h>

enum { HANDLE_TYPED_MAX = 512 };

const char *cloud_text(const json_t *dict, const char *key)
{
        const char *text = json_string_value(json_object_get(dict, key));

        return text ? text : "";
}

static bool cloud_is(const json_t *cloud, const char *key)
{
        return json_is_true(json_object_get(cloud, key));
}

/* A call with a string and an a{sv} of at most one entry; value NULL: none. NULL: no memory. */
static DBusMessage *cloud_call_new(const char *method, const char *text, const char *option,
                                   int type, const void *value)
{
        DBusMessage *call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, method);
        DBusMessageIter at, options;

        if (!call)
                return NULL;
        dbus_message_iter_init_append(call, &at);
        if (dbus_message_iter_append_basic(&at, DBUS_TYPE_STRING, &text) &&
            dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &options) &&
            (!value || bus_add_option(&options, option, type, value)) &&
            dbus_message_iter_close_container(&at, &options))
                return call;
        dbus_message_unref(call);
        return NULL;
}

static DBusMessage *cloud_text_call_new(const char *method, const char *text)
{
        DBusMessage *call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, method);

        if (call && !dbus_message_append_args(call, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                return NULL;
        }
        return call;
}

/* ---- consent to a cloud ---- */

static Exit cloud_ask(Cli *cli, const json_t *parts)
{
        (void)fprintf(stderr, _("This link names a cloud that you do not have yet:\n  %s\n  %s\n"),
                      shown(cloud_text(parts, "Url")), shown(cloud_text(parts, "Words")));
        if (cli->yes)
                return EXIT_DONE;
        if (cli->json || !isatty(STDIN_FILENO))
                return complain(cli, EXIT_REFUSED, "org.huddle.Error.UnknownCloud",
                                _("nothing was sent; --yes adds the cloud of the link"));
        if (!ask_yes(_("Add it? Its operator will see with whom you meet, but no card. [y/N] ")))
                return complain(cli, EXIT_REFUSED, "org.huddle.Error.UnknownCloud",
                                _("nothing was sent"));
        return EXIT_DONE;
}

static Exit cloud_add(Cli *cli, const char *cloud, json_t **ret)
{
        return bus_call(cli, cloud_call_new("AddCloud", cloud, NULL, 0, NULL), ret);
}

Exit cloud_add_found(Cli *cli, const json_t *found, char **ret_error)
{
        _cleanup_free_ char *message = NULL;
        const char *digest = cloud_text(found, "Digest");

        return bus_try(cli,
                       cloud_call_new("AddCloud", cloud_text(found, "Url"), "digest",
                                      DBUS_TYPE_STRING, &digest),
                       NULL, ret_error, &message);
}

Exit cloud_accept(Cli *cli, const LinkText *link)
{
        json_auto_t *reply = NULL;
        const char *standing;
        Exit code;

        if (!link->link.has_cloud)
                return EXIT_DONE;
        code = bus_call(cli, cloud_text_call_new("ReadLink", link->text), &reply);
        if (code != EXIT_DONE)
                return code;
        standing = cloud_text(json_array_get(reply, 0), "Cloud");
        if (strcmp(standing, "known") == 0)
                return EXIT_DONE;
        if (strcmp(standing, "other") == 0)
                return complain(
                        cli, EXIT_REFUSED, "org.huddle.Error.CloudKeyChanged",
                        _("the link names %s with other keys than you know, and nothing was "
                          "sent: use the code or number without the link, or ask the "
                          "cloud's operator whether its keys are new"),
                        shown(link->link.url));
        code = cloud_ask(cli, json_array_get(reply, 0));
        return code == EXIT_DONE ? cloud_add(cli, link->text, NULL) : code;
}

/* ---- registering at the first press ---- */

static bool cloud_read_handle(const Cli *cli, char ret[static HANDLE_SIZE])
{
        char typed[HANDLE_TYPED_MAX];
        const char *handle = cli->handle ? cli->handle : typed;

        if (!cli->handle &&
            (!isatty(STDIN_FILENO) || cli->json ||
             !read_line(typed, sizeof typed,
                        _("You have no account here yet. Your phone number, e-mail address or "
                          "nickname: "))))
                return false;
        return handle_tidy(ret, handle) == 0;
}

static Exit cloud_ask_consent(Cli *cli, const char *name, const char *text)
{
        if (cli->json)
                return complain(cli, EXIT_REFUSED, name, "%s", text);
        print_lines(stderr, text);
        if (!isatty(STDIN_FILENO))
                return complain(cli, EXIT_REFUSED, name,
                                _("nothing was sent; --consent accepts the text above"));
        return ask_yes(_("\nDo you accept this? [y/N] ")) ? EXIT_DONE
                                                          : complain_error(cli, name, NULL);
}

Exit cloud_register(Cli *cli, const char *url, const char *error, const char *detail)
{
        _cleanup_free_ char *refusal = NULL, *message = NULL;
        char handle[HANDLE_SIZE] = "";
        Exit code;

        if (!cloud_read_handle(cli, handle))
                return complain_error(cli, error, detail);
        code = bus_try(cli, register_call_new(handle, url, cli->consent, 0), NULL, &refusal,
                       &message);
        if (refusal && strcmp(refusal, "org.huddle.Error.ConsentRequired") == 0) {
                code = cloud_ask_consent(cli, refusal, message);
                if (code == EXIT_DONE)
                        code = bus_call(cli, register_call_new(handle, url, true, 0), NULL);
        } else if (refusal)
                code = complain_error(cli, refusal, message);
        return code;
}

/* ---- huddle cloud ---- */

Exit cloud_get_all(Cli *cli, json_t **ret)
{
        json_auto_t *reply = NULL;
        Exit code = bus_call(cli, bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "GetClouds"), &reply);

        if (code == EXIT_DONE)
                *ret = json_incref(json_array_get(reply, 0));
        return code;
}

static void cloud_print(const json_t *cloud)
{
        const char *words = cloud_text(cloud, "Words"), *handle = cloud_text(cloud, "Handle");

        (void)printf(_("%c %s  %s\n    %s, %s%s\n"), cloud_is(cloud, "Default") ? '*' : ' ',
                     shown(cloud_text(cloud, "Url")), *words ? shown(words) : _("not met yet"),
                     term(cloud_text(cloud, "State")), *handle ? shown(handle) : _("no account"),
                     cloud_is(cloud, "Fixed")        ? _(", fixed by the administrator")
                     : cloud_is(cloud, "Configured") ? _(", set by the administrator")
                                                     : "");
}

static Exit cloud_list(Cli *cli)
{
        json_auto_t *clouds = NULL;
        Exit code = cloud_get_all(cli, &clouds);
        json_t *cloud;
        size_t i;

        if (code != EXIT_DONE)
                return code;
        if (cli->json)
                print_json(json_incref(clouds));
        else if (json_array_size(clouds) == 0)
                (void)puts(
                        _("You have no cloud yet: huddle cloud find, or huddle cloud add LINK."));
        else
                json_array_foreach(clouds, i, cloud) cloud_print(cloud);
        return EXIT_DONE;
}

/* The cloud with this address as the list has it, or the default. */
const json_t *cloud_find(const json_t *clouds, const char *url)
{
        char wanted[CLOUD_URL_SIZE];
        json_t *cloud;
        size_t i;

        if (url && !cloud_url_normalise(wanted, url))
                (void)snprintf(wanted, sizeof wanted, "%s", url);
        json_array_foreach(clouds, i,
                           cloud) if (url ? strcmp(cloud_text(cloud, "Url"), wanted) == 0 ||
                                                      strcmp(cloud_text(cloud, "Url"), url) == 0
                                          : cloud_is(cloud, "Default")) return cloud;
        return NULL;
}

static Exit cloud_print_link(Cli *cli, const json_t *cloud, const char *link)
{
        if (cli->json) {
                json_t *copy = json_copy((json_t *)cloud);

                (void)json_object_set_new(copy, "Link", json_string(link));
                print_json(copy);
                return EXIT_DONE;
        }
        cloud_print(cloud);
        (void)printf("    %s\n", link);
        if (cli->qr)
                qr_show(link);
        return EXIT_DONE;
}

Exit cloud_show(Cli *cli, const char *url)
{
        json_auto_t *clouds = NULL;
        HuddleLink link = {.kind = HUDDLE_LINK_CLOUD, .has_cloud = true};
        char text[HUDDLE_LINK_SIZE] = "";
        const json_t *cloud;
        Exit code = cloud_get_all(cli, &clouds);

        if (code != EXIT_DONE)
                return code;
        cloud = cloud_find(clouds, url);
        if (!cloud)
                return complain_error(
                        cli, url ? "org.huddle.Error.UnknownCloud" : "org.huddle.Error.NoCloud",
                        NULL);
        if (!cloud_url_normalise(link.url, cloud_text(cloud, "Url")) ||
            cloud_identity_parse(&link.identity, cloud_text(cloud, "Identity")) < 0)
                return complain(cli, EXIT_FAILED, NULL,
                                _("there is no link to this cloud: it has not been met yet"));
        huddle_link_format(text, &link);
        return cloud_print_link(cli, cloud, text);
}

/* A link has the keys; a mere address is asked for them, once. */
static Exit cloud_add_by(Cli *cli, char *argument)
{
        _cleanup_link_text_ LinkText link = {};
        json_auto_t *reply = NULL;
        bool is_link = !argument || strcmp(argument, "-") == 0 || huddle_link_is(argument);
        const char *url = argument;
        Exit code = is_link ? link_read(cli, &link, argument) : EXIT_DONE;

        if (code == EXIT_DONE)
                code = bus_connect(cli);
        if (code == EXIT_DONE)
                code = cloud_add(cli, is_link ? link.text : argument, &reply);
        if (code != EXIT_DONE)
                return code;
        url = json_string_value(json_array_get(reply, 0));
        return cloud_show(cli, url);
}

Exit cloud_use(Cli *cli, const char *cloud)
{
        return bus_call(cli, cloud_text_call_new("UseCloud", cloud), NULL);
}

static Exit cloud_choose(Cli *cli, const char *url)
{
        Exit code = cloud_use(cli, url);

        return code == EXIT_DONE ? done(cli, json_pack("{s:s}", "Default", url),
                                        _("Your default cloud is %s now."), shown(url))
                                 : code;
}

static Exit cloud_remove(Cli *cli, const char *url)
{
        dbus_bool_t force = cli->force;
        Exit code;

        cli->patient = true;
        code = bus_call(cli, cloud_call_new("RemoveCloud", url, "force", DBUS_TYPE_BOOLEAN, &force),
                        NULL);
        return code == EXIT_DONE ? done(cli, json_pack("{s:s}", "removed", url),
                                        _("%s is removed, and your account there. The cards you "
                                          "received stay."),
                                        shown(url))
                                 : code;
}

Exit command_cloud(Cli *cli, int n, char **argv)
{
        const char *what = n > 0 ? argv[0] : "list";
        char *which = n > 1 ? argv[1] : NULL;
        Exit code = EXIT_DONE;

        if (which && !dbus_validate_utf8(which, NULL))
                return complain(cli, EXIT_USAGE, NULL, _("that is not UTF-8"));
        if (strcmp(what, "add") == 0 && n <= 2 && (which != NULL) != cli->clipboard &&
            !(which && strchr(which, ' ')))
                return cloud_add_by(cli, which);
        code = bus_connect(cli);
        if (code != EXIT_DONE)
                return code;
        if (strcmp(what, "add") == 0 && which)
                return around_add(cli, n - 1, argv + 1);
        if (strcmp(what, "list") == 0 && !which)
                return cloud_list(cli);
        if (strcmp(what, "find") == 0 && !which)
                return around_list(cli);
        if (strcmp(what, "show") == 0)
                return cloud_show(cli, which);
        if (strcmp(what, "use") == 0 && which)
                return cloud_choose(cli, which);
        if (strcmp(what, "remove") == 0 && which)
                return cloud_remove(cli, which);
        return complain_usage(cli, "cloud");
}
