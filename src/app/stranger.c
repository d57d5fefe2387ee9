/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/text.h"
#include "stranger.h"

#define FIRST_STRONG_ISOLATE "\xe2\x81\xa8"
#define POP_ISOLATE "\xe2\x81\xa9"

char *stranger_text(const char *text)
{
        char safe[STRANGER_TEXT_MAX];

        if (!text || !*text)
                return g_strdup("");
        text_for_terminal(safe, sizeof safe, text);
        return g_strconcat(FIRST_STRONG_ISOLATE, safe, POP_ISOLATE, NULL);
}
