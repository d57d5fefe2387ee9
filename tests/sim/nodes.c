/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nodes.h"

#include "cloud/store-news.h"
#include "tests/cloud/postgres.h"
#include "tests/cloud/store-life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <assert.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

enum { PATIENCE_MS = 30 * 1000 };

/* A notification on its way to a node. */
typedef struct News {
        LIST_ENTRY(News) list;
        SimNode *to;
        uint64_t generation;
        Timer *timer;
} News;

typedef struct Looks {
        SimNode *node;
        Timer *timer;
} Looks;

typedef struct Nodes {
        World *world;
        char conninfo[POSTGRES_CONNINFO];
        PGconn *conn;        /* listens */
        uint64_t generation; /* that was heard of last */
        NodesWeather weather;
        Looks looks[NET_NODES];
        LIST_HEAD(, News) news;
} Nodes;

/* ---- news ---- */

static void news_free(News *news)
{
        LIST_REMOVE(news, list);
        timer_free(news->timer);
        free(news);
}

/* As its service does: what this node has saved itself is no news. */
static void arrive(void *userdata)
{
        News *news = userdata;
        const SimNode *n = news->to;

        if (n->api && store_postgres_is_behind(n->store, news->generation))
                api_look(n->api);
        news_free(news);
}

static void send_news(Nodes *ns, SimNode *to, uint64_t generation)
{
        World *w = ns->world;
        News *news = calloc(1, sizeof *news);
        int r;

        assert(news);
        *news = (News){.to = to, .generation = generation};
        LIST_INSERT_HEAD(&ns->news, news, list);
        r = clock_restart(
                w->clock, &news->timer,
                chance_between(&w->chance, ns->weather.news_min_ms, ns->weather.news_max_ms),
                arrive, news);
        assert(r == 0);
}

static void send_to_all(Nodes *ns, uint64_t generation)
{
        World *w = ns->world;

        for (size_t i = 0; i < w->n_nodes; i++)
                if (!chance_permille(&w->chance, ns->weather.news_loss_permille))
                        send_news(ns, &w->nodes[i], generation);
}

/* The server sends them after the commit. */
static PGnotify *await_notification(Nodes *ns)
{
        struct pollfd socket = {.fd = PQsocket(ns->conn), .events = POLLIN};
        PGnotify *told;

        while (!(told = PQnotifies(ns->conn))) {
                int n = poll(&socket, 1, PATIENCE_MS);

                assert(n == 1); /* it was told of what was saved before */
                n = PQconsumeInput(ns->conn);
                assert(n == 1);
        }
        return told;
}

/* Whatever has grown the generation is told, once for each. */
static void on_committed(SimNode *node)
{
        Nodes *ns = node->world->sharing;

        while (!store_postgres_is_behind(node->store, ns->generation + 1)) {
                PGnotify *told = await_notification(ns);

                ns->generation = strtoull(told->extra, NULL, 10);
                PQfreemem(told);
                send_to_all(ns, ns->generation);
        }
}

static CommitFate draw_fate(SimNode *node)
{
        const Nodes *ns = node->world->sharing;
        Chance *c = &node->world->chance;

        if (node->death || !chance_permille(c, ns->weather.death_permille))
                return COMMIT_KEPT;
        return chance_permille(c, 500) ? COMMIT_UNDONE : COMMIT_UNHEARD;
}

/* ---- looks ---- */

static void on_look(void *userdata)
{
        Looks *l = userdata;
        World *w = l->node->world;
        uint32_t pause_ms = ((Nodes *)w->sharing)->weather.look_ms;
        int r = clock_restart(w->clock, &l->timer, pause_ms, on_look, l);

        assert(r == 0);
        if (l->node->api)
                api_look(l->node->api);
}

/* Each at its own time. */
static void begin_looks(Nodes *ns)
{
        World *w = ns->world;

        for (size_t i = 0; i < w->n_nodes; i++) {
                Looks *l = &ns->looks[i];
                int r;

                l->node = &w->nodes[i];
                r = clock_restart(w->clock, &l->timer, chance_below(&w->chance, STORE_NEWS_MS),
                                  on_look, l);
                assert(r == 0);
        }
}

/* ---- what all know ---- */

/* Until nobody has anything to say any more. */
static void catch_up(const Nodes *ns)
{
        uint64_t generation;

        do {
                generation = ns->generation;
                for (size_t i = 0; i < ns->world->n_nodes; i++)
                        if (ns->world->nodes[i].api) {
                                api_look(ns->world->nodes[i].api);
                                api_flush(ns->world->nodes[i].api);
                        }
        } while (ns->generation != generation);
}

static long ask(Nodes *ns, const char *sql)
{
        PGresult *result = PQexec(ns->conn, sql);
        long value;

        assert(PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1);
        value = strtol(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
        return value;
}

static bool knows_all_accepted(const World *w, Store *s)
{
        MemberRow m;

        for (size_t i = 0; i < w->n_presses; i++) {
                const SimPress *p = w->presses[i];

                if (p->gathered && !p->has_left && p->ended < EXCHANGE_DELIVERED &&
                    store_member_get(s, &p->member, &m) != 0)
                        return false;
        }
        return true;
}

static bool is_same(const char *name, char *known, const char *expected)
{
        bool same = strcmp(known, expected) == 0;

        if (!same)
                print_error("%s:\n%s\nexpected:\n%s\n", name, known, expected);
        free(known);
        return same;
}

/* The first that lives says what all should know. */
static const char *compare(const Nodes *ns, const Life *l, char **expected)
{
        for (size_t i = 0; i < ns->world->n_nodes; i++) {
                const SimNode *n = &ns->world->nodes[i];

                if (!n->api)
                        continue;
                if (!knows_all_accepted(ns->world, n->store))
                        return "a node does not know a member that was accepted";
                if (!*expected)
                        *expected = life_describe(l, n->store);
                else if (!is_same("a node", life_describe(l, n->store), *expected))
                        return "nodes know different things";
        }
        return NULL;
}

static const char *compare_with_server(const Nodes *ns, const Life *l, const char *expected)
{
        Store *fresh;
        bool same;
        int r = store_postgres_open(&fresh, ns->conninfo);

        assert(r == 0);
        same = is_same("who reads anew", life_describe(l, fresh), expected);
        (void)store_free(fresh);
        return same ? NULL : "the server knows something else";
}

const char *nodes_differ(World *w, bool reads_anew)
{
        _cleanup_free_ char *expected = NULL;
        Nodes *ns = w->sharing;
        Life l = {.last_group = 0};
        const char *wrong;

        catch_up(ns);
        l.last_group = ask(ns, "SELECT grp FROM working_set");
        l.last_member = ask(ns, "SELECT member FROM working_set");
        wrong = compare(ns, &l, &expected);
        return wrong || !expected || !reads_anew ? wrong : compare_with_server(ns, &l, expected);
}

/* ---- the whole ---- */

void nodes_set_weather(World *w, const NodesWeather *weather)
{
        ((Nodes *)w->sharing)->weather = *weather;
}

static void begin_listening(Nodes *ns)
{
        PGresult *result;

        ns->conn = PQconnectdb(ns->conninfo);
        result = PQexec(ns->conn, "LISTEN huddle");
        assert(PQresultStatus(result) == PGRES_COMMAND_OK);
        PQclear(result);
        ns->generation = (uint64_t)ask(ns, "SELECT generation FROM working_set");
}

static void nodes_free(World *w)
{
        Nodes *ns = w->sharing;
        News *news;

        while ((news = LIST_FIRST(&ns->news)))
                news_free(news);
        for (size_t i = 0; i < w->n_nodes; i++)
                timer_free(ns->looks[i].timer);
        PQfinish(ns->conn);
        free(ns);
}

int nodes_world_new(World **ret, uint64_t seed, size_t n_terminals, size_t n_nodes)
{
        static const SharingOps ops = {draw_fate, on_committed, nodes_free};
        Nodes *ns = calloc(1, sizeof *ns);
        int r;

        assert(ns);
        postgres_clear(&postgres);
        postgres_conninfo(&postgres, NULL, ns->conninfo);
        r = world_new_shared(&ns->world, seed, n_terminals, ns->conninfo, n_nodes);
        if (r != 0) {
                free(ns);
                return r;
        }
        ns->weather = (NodesWeather){STORE_NEWS_SOON_MS, STORE_NEWS_SOON_MS, 0, STORE_NEWS_MS, 0};
        LIST_INIT(&ns->news);
        begin_listening(ns);
        begin_looks(ns);
        ns->world->sharing = ns;
        ns->world->sharing_ops = &ops;
        *ret = ns->world;
        return 0;
}
