/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "application.h"
#include "client.h"
#include "notifier.h"
#include "opened.h"
#include "window.h"

#include <glib/gi18n.h>

struct _HuddleApplication {
        AdwApplication parent;
        HuddleClient *client;
        HuddleNotifier *notifier;
};

G_DEFINE_FINAL_TYPE(HuddleApplication, huddle_application, ADW_TYPE_APPLICATION)

static const GOptionEntry options[] = {
        {"user", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Use huddled of the session bus"), NULL},
        {"system", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Use huddled of the system bus"), NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Print the version"), NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL, N_("[LINK or VCARD]")},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

/* Only the first call decides the bus. */
static void application_look(HuddleApplication *a, ClientBus bus)
{
        if (a->client)
                return;
        a->client = huddle_client_new(bus);
        a->notifier = huddle_notifier_new(GTK_APPLICATION(a), a->client);
}

static HuddleWindow *application_window(HuddleApplication *a)
{
        GtkWindow *window = gtk_application_get_active_window(GTK_APPLICATION(a));

        application_look(a, CLIENT_BUS_CHOOSE); /* started by D-Bus, without a command line */
        return window ? HUDDLE_WINDOW(window) : huddle_window_new(GTK_APPLICATION(a), a->client);
}

static void huddle_application_activate(GApplication *application)
{
        g_application_withdraw_notification(application, "exchange");
        gtk_window_present(GTK_WINDOW(application_window(HUDDLE_APPLICATION(application))));
}

static void application_open(HuddleApplication *a, GFile *file)
{
        g_autofree char *uri = g_file_get_uri(file);
        const char *route = opened_route(uri);
        HuddleWindow *window = application_window(a);

        gtk_window_present(GTK_WINDOW(window));
        huddle_window_go(window, route ? route : "home", route ? uri : NULL);
}

/* Of several only the first: a page shows one thing. */
static void huddle_application_open(GApplication *application, GFile **files, int n,
                                    const char *hint)
{
        application_open(HUDDLE_APPLICATION(application), files[0]);
}

static ClientBus application_choose_bus(GVariantDict *given)
{
        if (g_variant_dict_contains(given, "user"))
                return CLIENT_BUS_SESSION;
        return g_variant_dict_contains(given, "system") ? CLIENT_BUS_SYSTEM : CLIENT_BUS_CHOOSE;
}

/* The first instance looks for huddled; the bus of later ones is its, too. */
static int huddle_application_command_line(GApplication *application, GApplicationCommandLine *line)
{
        HuddleApplication *a = HUDDLE_APPLICATION(application);
        GVariantDict *given = g_application_command_line_get_options_dict(line);
        g_autofree const char **names = NULL;

        application_look(a, application_choose_bus(given));
        g_variant_dict_lookup(given, G_OPTION_REMAINING, "^a&ay", &names);
        if (names && names[0]) {
                g_autoptr(GFile) file =
                        g_application_command_line_create_file_for_arg(line, names[0]);

                application_open(a, file);
        } else
                g_application_activate(application);
        return 0;
}

static int huddle_application_handle_local_options(GApplication *application, GVariantDict *given)
{
        if (!g_variant_dict_contains(given, "version"))
                return -1;
        g_print("huddle-app %s\n", PACKAGE_VERSION);
        return 0;
}

static void application_on_about(GSimpleAction *action, GVariant *parameter, gpointer userdata)
{
        GtkWindow *window = gtk_application_get_active_window(userdata);

        adw_show_about_window(window, "application-name", _("Huddle"), "application-icon",
                              "org.huddle.App", "version", PACKAGE_VERSION, "license-type",
                              GTK_LICENSE_GPL_2_0, "developer-name", _("The Huddle developers"),
                              NULL);
}

static void application_on_quit(GSimpleAction *action, GVariant *parameter, gpointer userdata)
{
        g_application_quit(userdata);
}

/* "app.go" with ("route", "argument"); notifications and menus use it. */
static void application_on_go(GSimpleAction *action, GVariant *parameter, gpointer userdata)
{
        HuddleWindow *window = application_window(userdata);
        const char *route, *argument;

        g_variant_get(parameter, "(&s&s)", &route, &argument);
        gtk_window_present(GTK_WINDOW(window));
        huddle_window_go(window, route, argument);
}

static void huddle_application_startup(GApplication *application)
{
        static const GActionEntry actions[] = {
                {.name = "about", .activate = application_on_about},
                {.name = "quit", .activate = application_on_quit},
                {.name = "go", .activate = application_on_go, .parameter_type = "(ss)"},
        };
        static const char *const quit_keys[] = {"<Control>q", NULL};

        G_APPLICATION_CLASS(huddle_application_parent_class)->startup(application);
        gtk_window_set_default_icon_name("org.huddle.App");
        g_action_map_add_action_entries(G_ACTION_MAP(application), actions, G_N_ELEMENTS(actions),
                                        application);
        gtk_application_set_accels_for_action(GTK_APPLICATION(application), "app.quit", quit_keys);
}

static void huddle_application_dispose(GObject *object)
{
        g_clear_object(&HUDDLE_APPLICATION(object)->notifier);
        g_clear_object(&HUDDLE_APPLICATION(object)->client);
        G_OBJECT_CLASS(huddle_application_parent_class)->dispose(object);
}

static void huddle_application_class_init(HuddleApplicationClass *klass)
{
        GApplicationClass *application_class = G_APPLICATION_CLASS(klass);

        G_OBJECT_CLASS(klass)->dispose = huddle_application_dispose;
        application_class->startup = huddle_application_startup;
        application_class->activate = huddle_application_activate;
        application_class->open = huddle_application_open;
        application_class->command_line = huddle_application_command_line;
        application_class->handle_local_options = huddle_application_handle_local_options;
}

static void huddle_application_init(HuddleApplication *a)
{
        g_application_add_main_option_entries(G_APPLICATION(a), options);
}

HuddleApplication *huddle_application_new(void)
{
        return g_object_new(HUDDLE_TYPE_APPLICATION, "application-id", "org.huddle.App", "flags",
                            G_APPLICATION_HANDLES_COMMAND_LINE | G_APPLICATION_HANDLES_OPEN,
                            "resource-base-path", "/org/huddle/App", NULL);
}
