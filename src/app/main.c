/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle-app - Huddle for people, on a phone, a tablet or a desktop; speaks D-Bus only */
#include "config.h"
#include "application.h"
#include "src/base/language.h"

#include <locale.h>

int main(int argc, char **argv)
{
        g_autoptr(HuddleApplication) application = NULL;

        language_set(LC_ALL, LOCALEDIR);
        (void)bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8"); /* what GTK draws */
        application = huddle_application_new();
        return g_application_run(G_APPLICATION(application), argc, argv);
}
