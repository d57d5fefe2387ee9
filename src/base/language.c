/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language.h"
#include "program.h"

#include <locale.h>

#define DOMAIN "huddle"

void language_set(int category, const char *localedir)
{
        char path[PATH_MAX];

        (void)setlocale(category, "");
        (void)bindtextdomain(DOMAIN, program_beside(path, "src/po/locale") ? path : localedir);
        (void)bind_textdomain_codeset(DOMAIN, "UTF-8");
        (void)textdomain(DOMAIN);
}
