/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio-probe.c - the mDNS radio alone, for test-radio: shows a token and prints what it hears
 *
 *   radio-probe TOKEN...     one radio for each token, as for several users of one machine
 *
 * Lines: "N ready", "N lost" (its medium), "N heard TOKEN", "N gone TOKEN" with N counted from 1. On
 * standard input, "stop N" and "start N TOKEN" do as they say. It ends with its standard input.
 */
#include "../../daemon/radio-mdns.h"
#include "../../src/log.h"

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

static const RadioEvents events = {on_heard, on_gone, on_changed};

static int start(int i, const char *hex)
{
        Token token;
        size_t len;

        if (sodium_hex2bin(token.b, sizeof token.b, hex, strlen(hex), NULL, &len, NULL) != 0 ||
            len != sizeof token.b)
                return -EINVAL;
        return radio_start(radios[i], &token);
}

static int obey(char *line)
{
        char hex[2 * TOKEN_SIZE + 1];
        int i;

        if (sscanf(line, "stop %d", &i) == 1 && i > 0 && i <= n_radios) {
                radio_stop(radios[i - 1]);
                return 0;
        }
        if (sscanf(line, "start %d %16s", &i, hex) == 2 && i > 0 && i <= n_radios)
                return start(i - 1, hex);
        return -EINVAL;
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
                r = start(i - 1, argv[i]);
        }
        if (r >= 0)
                r = sd_event_loop(event);
        for (int i = 0; i < n_radios; i++)
                radio_free(radios[i]);
        sd_event_unref(event);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
