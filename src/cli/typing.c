/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "typing.h"
#include "out.h"

#include <string.h>

enum { BACKSPACE = 0x08, KILL_LINE = 0x15, ESCAPE = 0x1b, DELETE = 0x7f };

void typing_begin(Typing *t, bool echo)
{
        struct termios keys;

        t->echo = echo;
        if (!t->keys && tcgetattr(STDIN_FILENO, &t->before) < 0)
                return;
        keys = t->before;
        keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        keys.c_cc[VMIN] = 1;
        keys.c_cc[VTIME] = 0;
        t->keys = tcsetattr(STDIN_FILENO, TCSADRAIN, &keys) == 0;
}

void typing_end(Typing *t)
{
        if (t->keys)
                (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
        t->keys = false;
}

static void typing_show(const Typing *t, const char *text, size_t n)
{
        if (t->keys && t->echo) {
                (void)fwrite(text, 1, n, stdout);
                (void)fflush(stdout);
        }
}

/* Takes back the last character, which may have several bytes. */
static void typing_erase(Typing *t)
{
        if (t->len == 0)
                return;
        do
                t->len--;
        while (t->len > 0 && ((unsigned char)t->text[t->len] & 0xc0) == 0x80);
        typing_show(t, "\b \b", 3);
}

static void typing_add(Typing *t, char c)
{
        if (t->len < TYPING_MAX) {
                t->text[t->len++] = c;
                typing_show(t, &c, 1);
        }
}

/* ESC, then one byte, or [ or O and bytes up to one from @ on (ECMA-48). */
static bool typing_is_escape(Typing *t, char c)
{
        char before = t->escape;

        if (c == ESCAPE || (before == ESCAPE && (c == '[' || c == 'O')))
                t->escape = c;
        else if (before == ESCAPE || c >= '@')
                t->escape = '\0';
        return before || t->escape;
}

static void typing_key(Typing *t, char c)
{
        if (typing_is_escape(t, c))
                return;
        if (c == BACKSPACE || c == DELETE)
                typing_erase(t);
        else if (c == KILL_LINE)
                while (t->len > 0)
                        typing_erase(t);
        else if ((unsigned char)c >= ' ')
                typing_add(t, c);
}

bool typing_take(Typing *t, const char *bytes, size_t n, size_t *used)
{
        for (size_t i = 0; i < n; i++) {
                bool end = bytes[i] == '\n' || bytes[i] == '\r';

                if (!end)
                        typing_key(t, bytes[i]);
                t->text[t->len] = '\0';
                *used = i + 1;
                if (!end)
                        continue;
                typing_show(t, "\n", 1);
                return true;
        }
        return false;
}

void typing_next(Typing *t)
{
        t->len = 0;
        t->text[0] = '\0';
        t->escape = '\0';
}
