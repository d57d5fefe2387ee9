/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"
#include "out.h"

#include <stdio.h>
#include <string.h>

void link_text_done(LinkText *l)
{
        sodium_memzero(l, sizeof *l);
}

/* Drops the white space around a pasted link. */
static char *link_trim(char *text)
{
        static const char space[] = " \t\r\n";
        size_t len;

        text += strspn(text, space);
        for (len = strlen(text); len > 0 && strchr(space, text[len - 1]); len--)
                text[len - 1] = '\0';
        return text;
}

/* wl-paste and xclip are the programs that people have for it. */
static bool link_read_clipboard(char *ret, size_t size)
{
        bool wayland = getenv("WAYLAND_DISPLAY");
        FILE *from =
                popen(wayland ? "wl-paste --no-newline" : "xclip -o -selection clipboard", "re");
        size_t len;

        if (!from)
                return false;
        len = fread(ret, 1, size - 1, from);
        ret[len] = '\0';
        return pclose(from) == 0 && len < size - 1 && strlen(ret) == len;
}

Exit link_take(const Cli *cli, LinkText *ret, const char *text)
{
        int r = huddle_link_parse(&ret->link, text);

        if (r != 0)
                return complain(cli, EXIT_USAGE, NULL, "%s",
                                r < 0 ? strerror(-r) : _(huddle_link_message(r)));
        huddle_link_format(ret->text, &ret->link);
        return EXIT_DONE;
}

Exit link_read(const Cli *cli, LinkText *ret, char *argument)
{
        char text[HUDDLE_LINK_MAX + 2], *link = argument;
        Exit code;

        if (!argument)
                link = link_read_clipboard(text, sizeof text) ? text : NULL;
        else if (strcmp(argument, "-") == 0)
                link = read_secret(text, sizeof text, _("Link: ")) ? text : NULL;
        if (!link)
                return complain(cli, EXIT_USAGE, NULL,
                                argument ? _("no link was given")
                                         : _("the clipboard has no link, or there is no program to "
                                             "read it (Debian: wl-clipboard, xclip)"));
        code = link_take(cli, ret, link_trim(link));
        sodium_memzero(link, strlen(link));
        return code;
}
