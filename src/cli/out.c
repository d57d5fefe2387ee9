/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "out.h"
#include "letters.h"
#include "src/base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>
#include <termios.h>
#include <uniwidth.h>
#include <unistd.h>

enum { SHOWN_AT_ONCE = 16, LABEL_COLUMNS = 10 };

char *out_buffer(void)
{
        static char buffers[SHOWN_AT_ONCE][SHOWN_MAX];
        static unsigned next;

        return buffers[next++ % SHOWN_AT_ONCE];
}

const char *shown(const char *text)
{
        char *buffer = out_buffer();

        text_for_terminal(buffer, SHOWN_MAX, text ? text : "");
        return buffer;
}

const char *padded(const char *text, unsigned columns)
{
        const char *in = letters(text);
        int width = u8_strwidth((const uint8_t *)in, locale_charset());
        char *buffer = out_buffer();

        (void)snprintf(buffer, SHOWN_MAX, "%s%*s", in, MAX((int)columns - width, 0), "");
        return buffer;
}

const char *label(const char *text)
{
        return padded(text, LABEL_COLUMNS);
}

void print_field(const char *name, const char *format, ...)
{
        va_list ap;

        (void)fputs(label(name), stdout);
        va_start(ap, format);
        (void)vprintf(format, ap);
        va_end(ap);
        (void)putchar('\n');
}

void note(const char *format, ...)
{
        va_list ap;

        (void)fputs("huddle: ", stderr);
        va_start(ap, format);
        (void)vfprintf(stderr, format, ap);
        va_end(ap);
        (void)fputc('\n', stderr);
}

void print_lines(FILE *to, const char *text)
{
        while (*text) {
                size_t len = strcspn(text, "\r\n");
                char line[SHOWN_MAX];

                (void)snprintf(line, sizeof line, "%.*s", (int)MIN(len, sizeof line - 1), text);
                (void)fprintf(to, "%s\n", shown(line));
                text += len;
                text += text[0] == '\r' && text[1] == '\n' ? 2 : *text != '\0';
        }
}

void print_json(json_t *value)
{
        _cleanup_free_ char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        _cleanup_free_ char *text = json ? text_for_json(json) : NULL;

        if (text)
                (void)puts(text);
        (void)fflush(stdout);
        json_decref(value);
}

Exit complain(const Cli *cli, Exit code, const char *name, const char *format, ...)
{
        _cleanup_free_ char *message = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&message, format, ap);
        va_end(ap);
        if (r < 0)
                message = NULL;
        if (cli->json)
                print_json(json_pack("{s:s*, s:s, s:i}", "error", name, "message",
                                     message ? message : "", "exit", (int)code));
        else
                (void)fprintf(stderr, "huddle: %s\n", message ? message : _("out of memory"));
        return code;
}

Exit done(const Cli *cli, json_t *object, const char *format, ...)
{
        va_list ap;

        if (cli->json) {
                print_json(object);
                return EXIT_DONE;
        }
        json_decref(object);
        va_start(ap, format);
        (void)vprintf(format, ap);
        va_end(ap);
        (void)putchar('\n');
        return EXIT_DONE;
}

bool read_line(char *ret, size_t size, const char *prompt)
{
        size_t len;

        assert(size > 1);
        if (isatty(STDIN_FILENO))
                (void)fputs(prompt, stderr);
        if (!fgets(ret, (int)size, stdin))
                return false;
        len = strlen(ret);
        if (len + 1 == size && ret[len - 1] != '\n')
                return false;
        ret[strcspn(ret, "\r\n")] = '\0';
        return true;
}

bool read_secret(char *ret, size_t size, const char *prompt)
{
        struct termios shows, hides;
        bool hidden = tcgetattr(STDIN_FILENO, &shows) == 0, ok;

        if (hidden) {
                hides = shows;
                hides.c_lflag &= ~(tcflag_t)ECHO;
                hidden = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hides) == 0;
        }
        ok = read_line(ret, size, prompt);
        if (hidden) {
                (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shows);
                (void)fputc('\n', stderr);
        }
        return ok;
}

bool ask_yes(const char *question)
{
        char answer[16];

        return read_line(answer, sizeof answer, question) && (answer[0] == 'y' || answer[0] == 'Y');
}
