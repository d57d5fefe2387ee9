/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clouds.h"
#include "src/base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PIN_NAME_SIZE = CLOUD_URL_SIZE + 12 };

typedef struct UserCloud UserCloud;
struct UserCloud {
        UserCloud *next;
        Clouds *clouds;
        uint32_t uid;
        CloudLine *line;
        /* while it is asked for its identity */
        CloudMeeting *meeting;
        CloudAdded added;
        void *userdata;
};

struct Clouds {
        CloudsDeps deps;
        const CloudsSettings *settings;
        CloudLine *configured;
        UserCloud *first; /* in the order in which they were added */
        UserCloud *closed;
        Timer *sweep;
};

/* ---- what there is ---- */

CloudLine *clouds_configured(const Clouds *c)
{
        return c->configured;
}

bool clouds_fixed(const Clouds *c)
{
        return c->settings->fixed;
}

/* A cloud that is still asked for its identity is not there yet. */
static UserCloud *clouds_next_of(UserCloud *u, uint32_t uid)
{
        while (u && (u->uid != uid || u->meeting))
                u = u->next;
        return u;
}

CloudLine *clouds_named(const Clouds *c, uint32_t uid, const char *name)
{
        if (!*name)
                return c->configured;
        for (UserCloud *u = c->first; (u = clouds_next_of(u, uid)); u = u->next)
                if (strcmp(cloud_line_name(u->line), name) == 0)
                        return u->line;
        return NULL;
}

CloudLine *clouds_find(const Clouds *c, uint32_t uid, const char *url)
{
        char wanted[CLOUD_URL_SIZE], configured[CLOUD_URL_SIZE];
        const char *ours = cloud_line_url(c->configured);

        if (*url && strcmp(url, ours) == 0)
                return c->configured;
        if (!cloud_url_normalise(wanted, url))
                return NULL;
        if (cloud_url_normalise(configured, ours) && strcmp(wanted, configured) == 0)
                return c->configured;
        for (UserCloud *u = c->first; (u = clouds_next_of(u, uid)); u = u->next)
                if (strcmp(cloud_line_url(u->line), wanted) == 0)
                        return u->line;
        return clouds_named(c, uid, wanted);
}

CloudLine *clouds_with_digest(const Clouds *c, uint32_t uid, const Bytes32 *digest)
{
        if (cloud_line_has_digest(c->configured, digest))
                return c->configured;
        for (UserCloud *u = c->first; (u = clouds_next_of(u, uid)); u = u->next)
                if (cloud_line_has_digest(u->line, digest))
                        return u->line;
        return NULL;
}

CloudLine *clouds_default(const Clouds *c, uint32_t uid)
{
        char name[CLOUD_URL_SIZE] = "";
        CloudLine *chosen = NULL;
        UserCloud *first = clouds_next_of(c->first, uid);

        if (!first)
                return c->configured;
        if (daemon_store_default_get(c->deps.store, uid, name) == 0 && *name)
                chosen = clouds_named(c, uid, name);
        if (chosen)
                return chosen;
        return *cloud_line_url(c->configured) ? c->configured : first->line;
}

int clouds_choose(Clouds *c, uint32_t uid, const CloudLine *line)
{
        return daemon_store_default_put(c->deps.store, uid, cloud_line_name(line));
}

bool clouds_contradict(const CloudLine *line, const CloudIdentity *identity)
{
        const CloudPin *pin = cloud_line_pin(line);

        return pin && !cloud_pin_names(pin, identity);
}

int clouds_walk(const Clouds *c, uint32_t uid, int (*func)(void *userdata, CloudLine *line),
                void *userdata)
{
        int r = *cloud_line_url(c->configured) ? func(userdata, c->configured) : 0;

        for (UserCloud *u = c->first; r == 0 && (u = clouds_next_of(u, uid)); u = u->next)
                r = func(userdata, u->line);
        return r;
}

/* ---- lines of users ---- */

static void on_cloud_changed(void *userdata)
{
        UserCloud *u = userdata;

        u->clouds->deps.changed(u->clouds->deps.userdata, u->uid);
}

static void clouds_name_pin(char ret[static PIN_NAME_SIZE], uint32_t uid, const char *url)
{
        (void)snprintf(ret, PIN_NAME_SIZE, "%" PRIu32 " %s", uid, url);
}

static int user_cloud_open(UserCloud *u, const char *name, const char *url)
{
        const CloudsDeps *d = &u->clouds->deps;
        CloudLineSettings settings = u->clouds->settings->configured;
        char pin[PIN_NAME_SIZE];

        clouds_name_pin(pin, u->uid, name);
        settings.url = url;
        settings.n_more = 0;
        settings.name = name;
        settings.identity = "";
        settings.pin = pin;
        return cloud_line_new(&u->line,
                              &(CloudLineDeps){.event = d->event,
                                               .clock = d->clock,
                                               .store = d->store,
                                               .changed = on_cloud_changed,
                                               .userdata = u},
                              &settings);
}

static UserCloud *user_cloud_free(UserCloud *u)
{
        if (!u)
                return NULL;
        cloud_meeting_cancel(u->meeting);
        cloud_line_free(u->line);
        free(u);
        return NULL;
}
DEFINE_CLEANUP(UserCloud *, user_cloud_free);

static int clouds_open(Clouds *c, uint32_t uid, const char *name, const char *url, UserCloud **ret)
{
        _cleanup_(user_cloud_freep) UserCloud *u = calloc(1, sizeof *u);
        UserCloud **last = &c->first;
        int r;

        if (!u)
                return -ENOMEM;
        u->clouds = c;
        u->uid = uid;
        r = user_cloud_open(u, name, url);
        if (r != 0)
                return r;
        while (*last)
                last = &(*last)->next;
        *ret = *last = TAKE_PTR(u);
        return 0;
}

static void clouds_free_list(UserCloud **list)
{
        for (UserCloud *u; (u = *list);) {
                *list = u->next;
                user_cloud_free(u);
        }
}

static void on_clouds_sweep(void *userdata)
{
        Clouds *c = userdata;

        c->sweep = timer_free(c->sweep);
        clouds_free_list(&c->closed);
}

/* Frees the line in the next turn of the loop, because an answer that came over it may have called
 * us. Without memory for the timer it stays until the end. */
static void clouds_close(UserCloud *u)
{
        Clouds *c = u->clouds;
        UserCloud **p = &c->first;

        while (*p != u)
                p = &(*p)->next;
        *p = u->next;
        u->next = c->closed;
        c->closed = u;
        (void)clock_restart(c->deps.clock, &c->sweep, 0, on_clouds_sweep, c);
}

/* ---- adding and removing ---- */

static int clouds_put(Clouds *c, uint32_t uid, const char *url, const CloudIdentity *identity)
{
        char pin[PIN_NAME_SIZE];
        int r = daemon_store_begin(c->deps.store);

        if (r < 0)
                return r;
        clouds_name_pin(pin, uid, url);
        if (identity)
                r = daemon_store_cloud_put(c->deps.store, pin,
                                           &(CloudPinRecord){.pin.identity = *identity});
        if (r == 0)
                r = daemon_store_user_cloud_put(c->deps.store, uid, url);
        return daemon_store_end(c->deps.store, r);
}

static void clouds_tell(Clouds *c, uint32_t uid)
{
        c->deps.changed(c->deps.userdata, uid);
}

static void on_cloud_met(void *userdata, Outcome outcome)
{
        UserCloud *u = userdata;
        Clouds *c = u->clouds;
        CloudAdded added = u->added;
        void *added_userdata = u->userdata;
        uint32_t uid = u->uid;
        int r = (int)outcome;

        u->meeting = NULL;
        if (outcome == OUTCOME_OK)
                r = clouds_put(c, uid, cloud_line_name(u->line), NULL);
        if (r == 0) {
                clouds_tell(c, uid);
                added(added_userdata, 0, u->line);
                return;
        }
        clouds_close(u);
        added(added_userdata, r, NULL);
}

bool clouds_may_move(const Clouds *c, const CloudLine *line)
{
        return line != c->configured;
}

int clouds_move(Clouds *c, CloudLine *line, const char *url)
{
        UserCloud *u = c->first;
        int r;

        assert(clouds_may_move(c, line));
        while (u->line != line)
                u = u->next;
        r = daemon_store_user_cloud_move(c->deps.store, u->uid, cloud_line_name(line), url);
        if (r == 0)
                r = cloud_line_move(line, url);
        if (r != 0)
                return r;
        c->deps.moved(c->deps.userdata, line);
        clouds_tell(c, u->uid);
        return 0;
}

static size_t clouds_count(const Clouds *c, uint32_t uid)
{
        size_t n = 0;

        for (const UserCloud *u = c->first; u; u = u->next)
                n += u->uid == uid;
        return n;
}

static bool clouds_disprove(const CloudLine *line, const CloudProof *proof)
{
        if (proof->digest && cloud_line_identity(line))
                return !cloud_line_has_digest(line, proof->digest);
        return proof->identity && clouds_contradict(line, proof->identity);
}

/* 0: it can be added; url is in our spelling. *ret: the user has it already, perhaps at another
 * address. */
static int clouds_check_new(const Clouds *c, uint32_t uid, char url[static CLOUD_URL_SIZE],
                            const char *text, const CloudProof *proof, CloudLine **ret)
{
        *ret = clouds_find(c, uid, text);
        if (*ret && clouds_disprove(*ret, proof))
                return OUTCOME_CLOUD_KEY_CHANGED;
        if (!cloud_url_normalise(url, text))
                return *ret ? 0 : OUTCOME_INVALID_ARGUMENT;
        if (!*ret && proof->digest)
                *ret = clouds_with_digest(c, uid, proof->digest);
        if (*ret)
                return 0;
        if (clouds_fixed(c))
                return OUTCOME_CLOUD_FIXED;
        return clouds_count(c, uid) >= CLOUDS_USER_MAX ? OUTCOME_LIMIT : 0;
}

static int clouds_begin(Clouds *c, uint32_t uid, const char *url, const CloudProof *proof,
                        UserCloud **ret)
{
        int r = proof->identity ? clouds_put(c, uid, url, proof->identity) : 0;

        if (r == 0)
                r = clouds_open(c, uid, url, url, ret);
        if (r == 0 && proof->digest)
                cloud_line_expect((*ret)->line, proof->digest);
        return r;
}

/* A cloud that its digest has found goes to where it was found. */
static int clouds_move_known(Clouds *c, CloudLine *line, const CloudProof *proof, const char *url)
{
        if (!proof->digest || !clouds_may_move(c, line) || strcmp(cloud_line_url(line), url) == 0)
                return 0;
        return clouds_move(c, line, url);
}

void clouds_add(Clouds *c, uint32_t uid, const char *url, const CloudProof *proof, CloudAdded done,
                void *userdata)
{
        char ours[CLOUD_URL_SIZE] = "";
        CloudLine *known;
        UserCloud *u = NULL;
        int r = clouds_check_new(c, uid, ours, url, proof, &known);

        if (r == 0 && known)
                r = clouds_move_known(c, known, proof, ours);
        else if (r == 0)
                r = clouds_begin(c, uid, ours, proof, &u);
        if (r == 0 && u && !proof->identity) {
                u->added = done;
                u->userdata = userdata;
                r = cloud_line_meet(u->line, &u->meeting, on_cloud_met, u);
                if (r == 0)
                        return;
                clouds_close(u);
        }
        if (r == 0 && u)
                clouds_tell(c, uid);
        done(userdata, r, r != 0 ? NULL : known ? known : u->line);
}

int clouds_remove(Clouds *c, uint32_t uid, CloudLine *line)
{
        UserCloud *u = c->first;
        int r = daemon_store_begin(c->deps.store);

        assert(line != c->configured);
        if (r == 0)
                r = daemon_store_end(
                        c->deps.store,
                        daemon_store_user_cloud_delete(c->deps.store, uid, cloud_line_name(line)));
        if (r < 0)
                return r;
        while (u->line != line)
                u = u->next;
        clouds_close(u);
        clouds_tell(c, uid);
        return 0;
}

void clouds_renew(const Clouds *c)
{
        cloud_line_renew(c->configured);
        for (const UserCloud *u = c->first; u; u = u->next)
                cloud_line_renew(u->line);
}

/* ---- life ---- */

static void on_configured_changed(void *userdata)
{
        clouds_tell(userdata, CLOUDS_EVERYONE);
}

static int clouds_load(void *userdata, uint32_t uid, const char *url, const char *address)
{
        UserCloud *u;

        return clouds_open(userdata, uid, url, address, &u);
}

int clouds_new(Clouds **ret, const CloudsDeps *deps, const CloudsSettings *settings)
{
        _cleanup_(clouds_freep) Clouds *c = calloc(1, sizeof *c);
        int r;

        if (!c)
                return -ENOMEM;
        c->deps = *deps;
        c->settings = settings;
        r = cloud_line_new(&c->configured,
                           &(CloudLineDeps){.event = deps->event,
                                            .clock = deps->clock,
                                            .store = deps->store,
                                            .changed = on_configured_changed,
                                            .userdata = c},
                           &settings->configured);
        if (r == 0 && !settings->fixed)
                r = daemon_store_user_cloud_walk(deps->store, clouds_load, c);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

Clouds *clouds_free(Clouds *c)
{
        if (!c)
                return NULL;
        timer_free(c->sweep);
        clouds_free_list(&c->first);
        clouds_free_list(&c->closed);
        cloud_line_free(c->configured);
        free(c);
        return NULL;
}
