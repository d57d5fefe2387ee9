/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each line to Node is "guest now wall verb arguments", a guest called by its terminal; it answers
 * with lines "verb arguments", of which "done" is the last. Timers and requests are called by the
 * numbers that the engine gives them; texts and bytes are hexadecimal, "-" where there are none.
 */
#include "engine-guest.h"

#include "src/protocol/huddle-link.h"
#include "daemon/base/outcome.h"
#include "daemon/exchange/exchange-outcome.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE "https://page.example" /* of no cloud: words may be typed into it */
#define CLOUD "http://cloud"

/* A timer or a request of the engine. */
typedef struct EngineWait {
        LIST_ENTRY(EngineWait) list;
        EngineGuest *guest;
        unsigned id;
        Timer *timer;
        Carriage *carriage;
} EngineWait;

struct EngineGuest {
        EngineNode *node;
        World *world;
        Clock *clock;
        Carrier *carrier;
        SimPress *press;
        LIST_HEAD(, EngineWait) timers, requests;
        Seen seen; /* as it was last asked for */
};

/* ---- the process ---- */

void engine_node_start(EngineNode *ret, const char *script, const char *module)
{
        char *argv[] = {(char *)"node", (char *)script, (char *)module, NULL};
        posix_spawn_file_actions_t actions;
        int to[2], from[2], r;

        r = pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0;
        assert(r == 0);
        (void)posix_spawn_file_actions_init(&actions);
        (void)posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
        (void)posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
        r = posix_spawnp(&ret->pid, "node", &actions, NULL, argv, environ);
        assert(r == 0);
        (void)posix_spawn_file_actions_destroy(&actions);
        (void)close(to[0]);
        (void)close(from[1]);
        ret->to = fdopen(to[1], "w");
        ret->from = fdopen(from[0], "r");
        assert(ret->to && ret->from);
}

void engine_node_end(EngineNode *n)
{
        (void)fclose(n->to);
        (void)waitpid(n->pid, NULL, 0);
        (void)fclose(n->from);
}

/* ---- what is said ---- */

static void say_hex(const EngineGuest *g, const void *bytes, size_t len)
{
        char *hex = malloc(2 * len + 1);

        assert(hex);
        (void)fprintf(g->node->to, " %s",
                      len > 0 ? sodium_bin2hex(hex, 2 * len + 1, bytes, len) : "-");
        free(hex);
}

static void say_text(const EngineGuest *g, const char *text)
{
        say_hex(g, text, strlen(text));
}

static void begin_line(const EngineGuest *g, const char *verb)
{
        (void)fprintf(g->node->to, "%u %" PRIu64 " %" PRIu64 " %s", g->press->terminal->number,
                      clock_now(g->clock), clock_wall(g->clock), verb);
}

/* Of a word of hexadecimal digits; malloc, with a NUL after it. */
static uint8_t *read_hex(const char *hex, size_t *ret_len)
{
        size_t max = strlen(hex) / 2;
        uint8_t *bytes = calloc(1, max + 1);
        int r;

        assert(bytes);
        *ret_len = 0;
        r = strcmp(hex, "-") == 0
                    ? 0
                    : sodium_hex2bin(bytes, max, hex, strlen(hex), NULL, ret_len, NULL);
        assert(r == 0);
        return bytes;
}

/* ---- timers and requests of the engine ---- */

static void obey(EngineGuest *g);

static void wait_free(EngineWait *w)
{
        LIST_REMOVE(w, list);
        timer_free(w->timer);
        carriage_cancel(w->carriage);
        free(w);
}

static EngineWait *wait_new(EngineGuest *g, unsigned id)
{
        EngineWait *w = calloc(1, sizeof *w);

        assert(w);
        w->guest = g;
        w->id = id;
        return w;
}

static void on_timer(void *userdata)
{
        EngineWait *w = userdata;
        EngineGuest *g = w->guest;

        begin_line(g, "timer");
        (void)fprintf(g->node->to, " %u", w->id);
        wait_free(w);
        obey(g);
}

static unsigned http_status(CarrierResult result)
{
        switch (result) {
        case CARRIER_ANSWERED:
                return 200;
        case CARRIER_REFUSED:
                return 421;
        case CARRIER_BUSY:
                return 503;
        default:
                return 0;
        }
}

static void on_answer(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        EngineWait *w = userdata;
        EngineGuest *g = w->guest;

        w->carriage = NULL;
        begin_line(g, "answer");
        (void)fprintf(g->node->to, " %u %u", w->id, http_status(result));
        say_hex(g, answer, answer ? len : 0);
        wait_free(w);
        obey(g);
}

static void do_timer(EngineGuest *g, char *arguments)
{
        EngineWait *w;
        unsigned id, delay_ms;
        int n = sscanf(arguments, "%u %u", &id, &delay_ms), r;

        assert(n == 2);
        w = wait_new(g, id);
        LIST_INSERT_HEAD(&g->timers, w, list);
        r = clock_restart(g->clock, &w->timer, delay_ms, on_timer, w);
        assert(r == 0);
}

static void do_send(EngineGuest *g, char *arguments)
{
        _cleanup_free_ uint8_t *bytes = NULL;
        EngineWait *w;
        unsigned id, timeout_ms;
        int at = 0, n = sscanf(arguments, "%u %u %n", &id, &timeout_ms, &at), r;
        size_t len;

        assert(n == 2 && at > 0);
        bytes = read_hex(arguments + at, &len);
        w = wait_new(g, id);
        LIST_INSERT_HEAD(&g->requests, w, list);
        r = carrier_send(g->carrier, &w->carriage, bytes, len, timeout_ms, on_answer, w);
        assert(r == 0);
}

/* It may have come to its end already. */
static void do_timer_stop(EngineGuest *g, char *arguments)
{
        EngineWait *w;

        LIST_FOREACH (w, &g->timers, list)
                if (w->id == strtoul(arguments, NULL, 10))
                        break;
        if (w)
                wait_free(w);
}

static void do_send_stop(EngineGuest *g, char *arguments)
{
        EngineWait *w;

        LIST_FOREACH (w, &g->requests, list)
                if (w->id == strtoul(arguments, NULL, 10))
                        break;
        if (w)
                wait_free(w);
}

/* ---- what is seen of it ---- */

static ExchangeState read_state(const char *name)
{
        ExchangeState s = EXCHANGE_LISTENING;

        while (strcmp(exchange_state_name(s), name) != 0)
                assert(s++ < EXCHANGE_LEFT);
        return s < EXCHANGE_DELIVERED ? EXCHANGE_LISTENING : s;
}

static ExchangeError read_error(const char *name)
{
        ExchangeError e = EXCHANGE_E_NONE;

        while (strcmp(outcome_name(exchange_outcome(e)), name) != 0)
                assert(e++ < EXCHANGE_E_INTERNAL);
        return e;
}

static void do_seen(EngineGuest *g, char *arguments)
{
        char state[32], error[64];
        unsigned refused;
        int n = sscanf(arguments, "%31s %63s %u", state, error, &refused);

        assert(n == 3);
        g->seen = (Seen){.ended = read_state(state),
                         .error = read_error(strcmp(error, "-") == 0 ? "" : error),
                         .blames = refused > 0};
}

/* A page does not say whose member's a card is: it is known by its name. */
static const SimPress *owner_of(const World *w, const char *vcard)
{
        char name[64];

        for (size_t i = 0; i < w->n_presses; i++) {
                (void)snprintf(name, sizeof name, "FN:%s\r\n", w->presses[i]->name);
                if (strstr(vcard, name))
                        return w->presses[i];
        }
        return NULL;
}

static void do_card(EngineGuest *g, char *arguments)
{
        size_t len;
        _cleanup_free_ char *vcard = (char *)read_hex(arguments, &len);

        g->seen.cards++;
        g->seen.false_cards += judge_card_is_false(g->press, owner_of(g->world, vcard), vcard);
}

/* ---- one step of it ---- */

typedef struct EngineVerb {
        const char *name;
        void (*func)(EngineGuest *g, char *arguments);
} EngineVerb;

static const EngineVerb verbs[] = {
        {"timer", do_timer}, {"timer_stop", do_timer_stop},
        {"send", do_send},   {"send_stop", do_send_stop},
        {"seen", do_seen},   {"card", do_card},
};

static void do_line(EngineGuest *g, char *line)
{
        size_t verb = strcspn(line, " "), i = 0;

        assert(line[verb] == ' ');
        line[verb] = '\0';
        while (i < ARRAY_LEN(verbs) && strcmp(verbs[i].name, line) != 0)
                i++;
        assert(i < ARRAY_LEN(verbs));
        verbs[i].func(g, line + verb + 1);
}

/* Ends the line that was begun, and does what the engine wants until it is done. */
static void obey(EngineGuest *g)
{
        char *line = NULL;
        size_t size = 0;
        ssize_t n;

        (void)fputc('\n', g->node->to);
        (void)fflush(g->node->to);
        while ((n = getline(&line, &size, g->node->from)) > 0) {
                line[n - 1] = '\0';
                if (strcmp(line, "done") == 0)
                        break;
                do_line(g, line);
        }
        assert(n > 0); /* else Node has died; it has said why */
        free(line);
}

/* As huddle shows it in a QR code, or as it would be without a screen. */
static void make_link(char ret[static HUDDLE_LINK_SIZE], World *w, const SimPress *screen,
                      const char *code)
{
        _cleanup_huddle_link_ HuddleLink link = {.kind = HUDDLE_LINK_JOIN, .has_cloud = true};
        bool ok = cloud_url_normalise(link.url, CLOUD) && huddle_link_set_page(&link, PAGE);
        int r = code_parse(&link.code, code, NULL);

        link.identity = *cloud_keys_identity(&w->keys, clock_wall(w->clock));
        link.has_screen = screen && exchange_screen(screen->exchange, &link.screen);
        assert(ok && r == 0 && link.has_screen == (screen != NULL));
        huddle_link_format(ret, &link);
}

EngineGuest *engine_guest_new(EngineNode *n, World *w, unsigned terminal, const SimPress *screen,
                              const char *code, const char *seed)
{
        char link[HUDDLE_LINK_SIZE], card[WORLD_CARD_MAX];
        EngineGuest *g = calloc(1, sizeof *g);
        int r;

        assert(g);
        g->node = n;
        g->world = w;
        g->clock = &w->terminals[terminal].clock.clock;
        r = net_carrier(w->net, &g->carrier, (int)terminal, NET_OWN);
        assert(r == 0);
        g->press = world_note_press(w, terminal, 0);
        make_link(link, w, screen, code);
        world_card_text(card, g->press);
        begin_line(g, "press");
        say_text(g, seed);
        say_text(g, link);
        say_text(g, PAGE);
        say_text(g, card);
        obey(g);
        return g;
}

SimPress *engine_guest_press(EngineGuest *g)
{
        return g->press;
}

Seen engine_guest_look(EngineGuest *g)
{
        begin_line(g, "look");
        obey(g);
        return g->seen;
}

void engine_guest_free(EngineGuest *g)
{
        if (!g)
                return;
        while (!LIST_EMPTY(&g->timers))
                wait_free(LIST_FIRST(&g->timers));
        while (!LIST_EMPTY(&g->requests))
                wait_free(LIST_FIRST(&g->requests));
        carrier_free(g->carrier);
        free(g);
}
