/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio-probe.c - the mDNS radio alone, for test-radio: shows a token and prints what it hears
 *
 *   radio-probe TOKEN...     one radio for each token, as for several users of one machine
 *
 * Lines: "N ready", "N lost" (its medium), "N heard TOKEN", "N gone TOKEN" with N counted from
 * 1. On standard input, "stop N", "start N TOKEN" and "help N TOKEN" (start, and take links) do
 * as they say; "reach N TOKEN" sends the largest possible request over a link to that neighbour,
 * which answers with the largest answer: "N answered TOKEN", else "N unreached TOKEN" or "N
 * closed". It ends with its standard input.
 */
#include "daemon/radio/radio-mdns.h"
#include "src/base/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum { RADIOS_MAX = 8 };

static Radio *radios[RADIOS_MAX];
static int n_radios;

static int number(const Radio *r)
{
        for (int i = 0; i < n_radios; i++)
                if (radios[i] == r)
                        return i + 1;
        return 0;
}

static void print_token(const Radio *r, const char *what, const Token *token)
{
        char hex[2 * TOKEN_SIZE + 1];

        (void)sodium_bin2hex(hex, sizeof hex, token->b, sizeof token->b);
        printf("%d %s %s\n", number(r), what, hex);
}

static void on_heard(void *userdata, Radio *r, const Token *token, int rssi_dbm)
{
        print_token(r, "heard", token);
}

static void on_gone(void *userdata, Radio *r, const Token *token)
{
        print_token(r, "gone", token);
}

static void on_changed(void *userdata, Radio *r)
{
        printf("%d %s\n", number(r), radio_ready(r) ? "ready" : "lost");
}

/* ---- links ---- */

static uint8_t filling[FRAME_ANSWER_MAX] = {ENVELOPE_SUITE};

static void on_frame(void *userdata, Link *l, const Frame *frame)
{
        Frame answer = {
                .kind = FRAME_ANSWER,
                .number = frame->number,
                .body = filling,
                .len = ENVELOPE_RESPONSE_MAX,
        };
        Radio *r = userdata;

        if (frame->kind == FRAME_REQUEST && link_send(l, &answer) < 0)
                printf("%d cannot answer\n", number(r));
        else if (frame->kind == FRAME_ANSWER && frame->len == ENVELOPE_RESPONSE_MAX &&
                 frame->number == 258)
                printf("%d answered\n", number(r));
        if (frame->kind == FRAME_ANSWER)
                link_free(l);
}

static void on_closed(void *userdata, Link *l)
{
        printf("%d closed\n", number(userdata));
        link_free(l);
}

static void on_linked(void *userdata, Radio *r, const Token *token, Link *taken)
{
        static const LinkEvents link_events = {on_frame, on_closed};
        Frame request = {
                .kind = FRAME_REQUEST,
                .number = 258,
                .wait_ms = 1000,
                .body = filling,
                .len = ENVELOPE_REQUEST_MAX,
        };

        if (!taken) {
                print_token(r, "unreached", token);
                return;
        }
        taken->events = &link_events;
        taken->userdata = r;
        if (!token)
                printf("%d called\n", number(r));
        else if (link_send(taken, &request) < 0)
                printf("%d cannot ask\n", number(r));
}

static const RadioEvents events = {on_heard, on_gone, on_changed, on_linked};

static int read_token(Token *ret, const char *hex)
{
        size_t len;

        return sodium_hex2bin(ret->b, sizeof ret->b, hex, strlen(hex), NULL, &len, NULL) == 0 &&
                               len == sizeof ret->b
                       ? 0
                       : -EINVAL;
}

static int start(int i, const char *hex, bool helps)
{
        Token token;
        int r = read_token(&token, hex);

        radios[i]->helps = helps;
        return r == 0 ? radio_start(radios[i], &token) : r;
}

static int reach(int i, const char *hex)
{
        Token token;
        int r = read_token(&token, hex);

        if (r < 0)
                return r;
        if (radio_reach(radios[i], &token) == -ENOENT)
                print_token(radios[i], "unreached", &token);
        return 0;
}

static int obey(char *line)
{
        char word[8], hex[2 * TOKEN_SIZE + 1];
        int i;

        if (sscanf(line, "stop %d", &i) == 1 && i > 0 && i <= n_radios) {
                radio_stop(radios[i - 1]);
                return 0;
        }
        if (sscanf(line, "%7s %d %16s", word, &i, hex) != 3 || i <= 0 || i > n_radios)
                return -EINVAL;
        if (strcmp(word, "reach") == 0)
                return reach(i - 1, hex);
        return start(i - 1, hex, strcmp(word, "help") == 0);
}

static int on_input(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        char text[256];
        ssize_t n = read(fd, text, sizeof text - 1);

        if (n <= 0)
                return sd_event_exit(sd_event_source_get_event(s), 0);
        text[n] = '\0';
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
                if (obey(line) < 0)
                        return sd_event_exit(sd_event_source_get_event(s), 2);
        return 0;
}

int main(int argc, char **argv)
{
        sd_event *event = NULL;
        int r = -EINVAL;

        setlinebuf(stdout);
        log_open("radio-probe");
        if (argc > 1 && argc <= RADIOS_MAX + 1 && sodium_init() >= 0)
                r = sd_event_new(&event);
        if (r >= 0)
                r = sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_input, NULL);
        for (int i = 1; r >= 0 && i < argc; i++) {
                r = radio_mdns_new(&radios[n_radios], event);
                if (r < 0)
                        break;
                radios[n_radios++]->events = &events;
                r = start(i - 1, argv[i], false);
        }
        if (r >= 0)
                r = sd_event_loop(event);
        for (int i = 0; i < n_radios; i++)
                radio_free(radios[i]);
        sd_event_unref(event);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
