/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-primary.c - three nodes, whose PostgreSQL stands still, is replaced by its standby and comes
 * back, or has no room on its disk */
#include "hall.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

enum { NODES = 3, PATIENCE_S = 300, DISK_MB = 160 };

typedef struct Pair {
        Postgres primary, standby;
} Pair;

static void pair_begin(Pair *pair)
{
        postgres_begin(&pair->primary);
        postgres_begin_standby(&pair->standby, &pair->primary);
}

static void pair_end(Pair *pair)
{
        postgres_end(&pair->standby);
        postgres_end(&pair->primary);
}

/* Everybody is answered meanwhile, if only with "unavailable". */
static Hall *hall_over(const Postgres *one, const Postgres *other, uint64_t seed)
{
        char config[POSTGRES_CONNINFO];
        Hall *h;

        postgres_config(one, other, config);
        h = hall_new(NODES, config, seed);
        h->harmed_steps = 1u << HALL_JOIN | 1u << 2;
        h->all_answer = true;
        return h;
}

/* ---- it stands still ---- */

static void freeze(Hall *h)
{
        postgres_freeze(h->userdata);
}

static void thaw(Hall *h)
{
        postgres_thaw(h->userdata);
}

static void the_primary_stands_still(void **state)
{
        Pair pair;
        Hall *h;

        pair_begin(&pair);
        h = hall_over(&pair.primary, &pair.standby, 1);
        h->userdata = &pair.primary;
        hall_live_through(h, freeze, thaw, 1, &pair.primary);
        pair_end(&pair);
}

/* Nothing is confirmed meanwhile, for it would be on one machine only. */
static void the_standby_stands_still(void **state)
{
        Pair pair;
        Hall *h;

        pair_begin(&pair);
        h = hall_over(&pair.primary, &pair.standby, 2);
        h->userdata = &pair.standby;
        h->harmed_steps = 1u << HALL_JOIN;
        hall_live_through(h, freeze, thaw, 1, &pair.primary);
        pair_end(&pair);
}

/* ---- it comes back when another has its place ---- */

/* First it stands still; then it goes on, and nodes come to it that have lost the other. */
static void freeze_then_thaw(Hall *h)
{
        Pair *pair = h->userdata;

        if (h->n_harmed == 0) {
                postgres_freeze(&pair->primary);
                return;
        }
        postgres_thaw(&pair->primary);
        (void)postgres_run(&pair->standby,
                           "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                           " WHERE application_name = 'huddle-cloud'");
}

static void promote_then_kill(Hall *h)
{
        Pair *pair = h->userdata;

        if (h->n_harmed == 1)
                postgres_promote(&pair->standby);
        else
                postgres_stop(&pair->primary, SIGKILL);
}

static void the_replaced_one_comes_back(void **state)
{
        Pair pair;
        Hall *h;

        pair_begin(&pair);
        h = hall_over(&pair.primary, &pair.standby, 3);
        h->userdata = &pair;
        hall_live_through(h, freeze_then_thaw, promote_then_kill, 1, &pair.standby);
        pair_end(&pair);
}

/* ---- no room ---- */

static void name_filling(const Postgres *p, char ret[static 96])
{
        (void)snprintf(ret, 96, "%s/filling", p->folder);
}

static void fill_disk(const Postgres *p)
{
        static const char bytes[4096];
        char path[96];
        int fd;

        name_filling(p, path);
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        while (write(fd, bytes, sizeof bytes) > 0)
                ;
        assert_int_equal(errno, ENOSPC);
        (void)close(fd);
}

static void free_disk(const Postgres *p)
{
        char path[96];

        name_filling(p, path);
        assert_int_equal(unlink(path), 0);
}

/* First the tables have none, then the log: that ends the server. */
static void leave_no_room(Hall *h)
{
        Postgres *p = h->userdata;

        fill_disk(p);
        if (h->n_harmed == 0)
                return;
        while (postgres_try(p, "SELECT txid_current(), pg_switch_wal()"))
                ;
        assert_int_equal(waitpid(p->pid, NULL, 0), p->pid);
        p->pid = 0;
}

static void make_room(Hall *h)
{
        Postgres *p = h->userdata;

        free_disk(p);
        if (p->pid == 0)
                postgres_start(p);
}

static void the_disk_is_full(void **state)
{
        Postgres p;
        Hall *h;

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
                print_message("needs root, for a disk of its own\n");
                skip();
        }
        postgres_begin_on_disk(&p, DISK_MB);
        h = hall_over(&p, NULL, 4);
        h->userdata = &p;
        hall_live_through(h, leave_no_room, make_room, 1, &p);
        postgres_end(&p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_primary_stands_still),
                cmocka_unit_test(the_standby_stands_still),
                cmocka_unit_test(the_replaced_one_comes_back),
                cmocka_unit_test(the_disk_is_full),
        };

        if (!postgres_is_there())
                return postgres_skip();
        (void)alarm(PATIENCE_S);
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
