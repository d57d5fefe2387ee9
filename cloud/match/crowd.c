/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crowd-pair.h"

#include "circles.h"
#include "linkage.h"
#include "silence.h"

#include <math.h>
#include <string.h>

static const double COMPATIBLE = 0.1; /* place similarity of those who may be of the same place */
static const double SLIP_DROP_DB = 8; /* who is weaker than the circle by this stands behind it */

/* What is known so far, and its numbering. */
typedef struct Work {
        const Crowd *c;
        CrowdPlace *at;
        uint32_t n_clusters, n_radio;
        uint32_t *list;    /* scratch: n of them */
        bool *contradicts; /* claims to have heard people of whom nobody heard it */
} Work;

/* ---- who is linked by radio ---- */

/* Radio was not waited for: the serials decide, as if it had confirmed them. */
static bool believed(const Crowd *c, size_t i, size_t j)
{
        return c->early && pair_unsettled(c, i, j) &&
               pair_composite(c, i, j) >= c->settings->threshold;
}

static bool linked(const Work *w, size_t i, size_t j, bool mutual)
{
        const Crowd *c = w->c;

        if (!pair_same_route(c, i, j) || !pair_in_window(c, i, j))
                return false;
        if (mutual)
                return pair_evidence(c, i, j) == EVIDENCE_MUTUAL || believed(c, i, j);
        return pair_evidence(c, i, j) != EVIDENCE_NONE && !w->contradicts[j] &&
               pair_fix_like(c, i, j) > 0;
}

/* Numbers everyone who can be reached from first by links; returns how many there are. */
static size_t flood(Work *w, size_t first, bool mutual)
{
        size_t n = 1;

        w->list[0] = (uint32_t)first;
        w->at[first].radio = w->n_radio;
        for (size_t done = 0; done < n; done++)
                for (size_t j = 0; j < w->c->n; j++)
                        if (w->at[j].radio == CROWD_NONE && linked(w, w->list[done], j, mutual)) {
                                w->at[j].radio = w->n_radio;
                                w->list[n++] = (uint32_t)j;
                        }
        return n;
}

static void link_all(Work *w, bool mutual)
{
        for (size_t i = 0; i < w->c->n; i++) {
                if (w->at[i].radio != CROWD_NONE || w->contradicts[i])
                        continue;
                if (flood(w, i, mutual) > 1)
                        w->n_radio++;
                else
                        w->at[i].radio = CROWD_NONE;
        }
}

/* At least half of those whom j heard i heard as well: that is known to nobody who was not among
 * them. */
static bool hears_the_same(const Crowd *c, size_t i, size_t j)
{
        size_t n = 0, same = 0;

        for (size_t k = 0; k < c->n; k++)
                if (pair_heard(c, j, k) != HEARD_NOT) {
                        n++;
                        same += pair_heard(c, i, k) != HEARD_NOT;
                }
        return n > 0 && 2 * same >= n;
}

/* How j heard i. Where j's list was full when i came, i's word stands for it, if they hear the same
 * people. */
static int8_t heard_by(const Crowd *c, size_t i, size_t j)
{
        if (pair_heard(c, j, i) != HEARD_NOT)
                return pair_heard(c, j, i);
        if (pair_heard(c, i, j) != HEARD_NOT && c->n_heard[j] >= SERIAL_HEARD_MAX &&
            hears_the_same(c, i, j))
                return pair_heard(c, i, j);
        return HEARD_NOT;
}

/* One whom linked people heard is vouched for, even if it did not hear them; it belongs to the
 * loudest. One who only claims to have heard them is not: anybody can claim. */
static void vouch(Work *w)
{
        const Crowd *c = w->c;
        int8_t best, s;

        for (size_t i = 0; i < c->n; i++) {
                w->list[i] = CROWD_NONE;
                best = INT8_MIN;
                for (size_t j = 0; w->at[i].radio == CROWD_NONE && j < c->n; j++) {
                        if (w->at[j].radio == CROWD_NONE || !pair_same_route(c, i, j) ||
                            !pair_in_window(c, i, j))
                                continue;
                        w->contradicts[i] |= pair_heard(c, i, j) != HEARD_NOT;
                        s = heard_by(c, i, j);
                        if (s != HEARD_NOT && s > best) {
                                best = s;
                                w->list[i] = w->at[j].radio;
                        }
                }
        }
        for (size_t i = 0; i < c->n; i++)
                if (w->list[i] != CROWD_NONE) {
                        w->at[i].radio = w->list[i];
                        w->contradicts[i] = false;
                }
}

/* One who is not linked was heard by nobody whom it heard. Who claims to have heard several
 * contradicts them: their radios work. */
static void doubt_claims(Work *w)
{
        const Crowd *c = w->c;
        size_t n_claims;

        for (size_t i = 0; i < c->n; i++) {
                if (w->at[i].radio != CROWD_NONE || press_is_new(c, i))
                        continue;
                n_claims = 0;
                for (size_t j = 0; j < c->n; j++)
                        n_claims += pair_heard(c, i, j) != HEARD_NOT && pair_same_route(c, i, j) &&
                                    pair_in_window(c, i, j);
                w->contradicts[i] |= n_claims > 1;
        }
}

/* ---- circles among the linked ---- */

static size_t linked_by(const Work *w, uint32_t radio, uint32_t *ret)
{
        size_t n = 0;

        for (size_t i = 0; i < w->c->n; i++)
                if (w->at[i].radio == radio)
                        ret[n++] = (uint32_t)i;
        return n;
}

static void cut_circles(Work *w, uint32_t radio)
{
        float strengths[CIRCLES_MEMBERS_MAX * CIRCLES_MEMBERS_MAX];
        uint64_t press_ms[CIRCLES_MEMBERS_MAX];
        uint8_t circle[CIRCLES_MEMBERS_MAX] = {0};
        size_t n = linked_by(w, radio, w->list), k = 1;

        if (n <= CIRCLES_MEMBERS_MAX) {
                for (size_t i = 0; i < n; i++) {
                        press_ms[i] = w->c->press[w->list[i]].press_ms;
                        for (size_t j = 0; j < n; j++)
                                strengths[i * n + j] = pair_strength(w->c, w->list[i], w->list[j]);
                }
                k = circles_cut(w->c->settings, strengths, press_ms, n, circle);
        }
        for (size_t i = 0; i < n; i++)
                w->at[w->list[i]].cluster =
                        w->n_clusters + (n <= CIRCLES_MEMBERS_MAX ? circle[i] : 0);
        w->n_clusters += (uint32_t)k;
}

/* ---- the silent ---- */

/* Whether a silent one stands where this one stands, so that they should have heard each other. */
static bool beside(const Crowd *c, size_t silent, size_t j)
{
        double least = press_tells(c, silent) ? c->settings->unknown_place + 0.01 : COMPATIBLE;

        if (!pair_same_route(c, silent, j) || !pair_in_window(c, silent, j))
                return false;
        return pair_heard(c, silent, j) != HEARD_NOT || pair_fix_like(c, silent, j) > least;
}

/* Finds beside whom each silent one is; beside several it fits none, for the cloud never guesses.
 * One who has just pressed is not silent yet. */
static void find_shadows(Work *w, bool *ret_several)
{
        const Crowd *c = w->c;

        for (size_t i = 0; i < c->n; i++) {
                if (w->at[i].radio != CROWD_NONE || press_is_new(c, i))
                        continue;
                for (size_t j = 0; j < c->n; j++) {
                        if (w->at[j].radio == CROWD_NONE || w->at[j].radio == w->at[i].shadow ||
                            !beside(c, i, j))
                                continue;
                        ret_several[i] |= w->at[i].shadow != CROWD_NONE;
                        w->at[i].shadow = MIN(w->at[i].shadow, w->at[j].radio);
                }
        }
}

/* Whether a silent one may be of the same place, for all that its fix says or it claims. */
static bool could_belong(const Work *w, size_t silent, uint32_t radio)
{
        const Crowd *c = w->c;

        if (w->at[silent].radio != CROWD_NONE || w->at[silent].cluster != CROWD_NONE)
                return false;
        for (size_t j = 0; j < c->n; j++)
                if (w->at[j].radio == radio && pair_same_route(c, silent, j) &&
                    pair_in_window(c, silent, j) &&
                    (pair_heard(c, silent, j) != HEARD_NOT ||
                     pair_fix_like(c, silent, j) > COMPATIBLE))
                        return true;
        return false;
}

/* Beside the people of a cluster who are linked by radio. */
static Silence silence_of(const Work *w, size_t silent, uint32_t cluster)
{
        Silence s = {.least = 1, .after_ms = INT64_MIN, .nearest_ms = UINT64_MAX};
        const Crowd *c = w->c;
        size_t n_telling = 0;
        int64_t after;
        double like;

        for (size_t j = 0; j < c->n; j++) {
                if (w->at[j].cluster != cluster || w->at[j].radio == CROWD_NONE)
                        continue;
                like = pair_fix_like(c, silent, j);
                if (press_tells(c, j)) {
                        s.mean += like;
                        n_telling++;
                }
                s.least = fmin(s.least, like);
                after = (int64_t)(c->press[silent].press_ms - c->press[j].press_ms);
                s.after_ms = MAX(s.after_ms, after);
                s.nearest_ms = MIN(s.nearest_ms, (uint64_t)llabs(after));
                s.n_claims += pair_heard(c, silent, j) != HEARD_NOT;
                s.n++;
        }
        if (n_telling > 0)
                s.mean /= (double)n_telling;
        s.tells = press_tells(c, silent);
        return s;
}

/* The one circle of these people that a silent one belongs to; CROWD_NONE if there is none, or
 * several. */
static uint32_t circle_of_silent(const Work *w, size_t silent, const uint32_t *people, size_t n)
{
        const Crowd *c = w->c;
        uint32_t cluster, last = CROWD_NONE, belongs = CROWD_NONE;
        Silence s;

        for (size_t k = 0; k < n; k++) {
                cluster = w->at[people[k]].cluster;
                if (cluster == belongs || cluster == last)
                        continue;
                last = cluster;
                s = silence_of(w, silent, cluster);
                if (n < c->settings->radio_rich ? !silence_of_third(&s)
                                                : !silence_follows_at_once(c->settings, &s))
                        continue;
                if (belongs != CROWD_NONE)
                        return CROWD_NONE;
                belongs = cluster;
        }
        return belongs;
}

/* Of two silent people beside a pair, either may be a stranger; beside more, each one's moment
 * tells. */
static void admit_silent(Work *w, uint32_t radio, const bool *several)
{
        size_t n = linked_by(w, radio, w->list), n_silent = 0;
        uint32_t cluster;

        for (size_t i = 0; i < w->c->n; i++)
                n_silent += could_belong(w, i, radio);
        if (n_silent > 1 && n < w->c->settings->radio_rich)
                return;
        for (size_t i = 0; i < w->c->n; i++) {
                if (several[i] || !could_belong(w, i, radio))
                        continue;
                cluster = circle_of_silent(w, i, w->list, n);
                if (cluster != CROWD_NONE) {
                        w->at[i].shadow = CROWD_NONE;
                        w->at[i].cluster = cluster;
                }
        }
}

/* ---- those about whom radio says nothing ---- */

/* Belongs to nobody of whom radio says nothing: it keeps silent beside others, or contradicts
 * some. */
static bool is_set_apart(const Work *w, size_t i)
{
        return w->at[i].shadow != CROWD_NONE || (w->contradicts[i] && !press_is_new(w->c, i));
}

static int cluster_rest(Work *w)
{
        _cleanup_free_ float *like = NULL;
        _cleanup_free_ uint32_t *label = NULL;
        const Crowd *c = w->c;
        size_t n = 0;
        int r;

        for (size_t i = 0; i < c->n; i++)
                if (w->at[i].cluster == CROWD_NONE)
                        w->list[n++] = (uint32_t)i;
        if (n == 0)
                return 0;
        like = malloc(n * n * sizeof *like);
        label = malloc(n * sizeof *label);
        if (!like || !label)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++)
                        like[i * n + j] =
                                (float)(n == 2 ? pair_composite_alone(c, w->list[i], w->list[j])
                                               : pair_composite(c, w->list[i], w->list[j]));
        for (size_t i = 0; i < n; i++)
                if (is_set_apart(w, w->list[i]))
                        for (size_t j = 0; j < n; j++)
                                like[i * n + j] = like[j * n + i] = 0;
        r = linkage_average(like, n, (float)c->settings->threshold, label);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                w->at[w->list[i]].cluster = w->n_clusters + label[i];
        w->n_clusters += (uint32_t)n;
        return 0;
}

/* ---- slips of a digit ---- */

typedef struct Bond {
        double dbm; /* mean */
        size_t n;
} Bond;

/* How one hears, mutually, the people of a cluster whose route differs in one digit. */
static Bond bond_to(const Work *w, size_t i, uint32_t cluster)
{
        const Crowd *c = w->c;
        Bond b = {0};
        float s;

        for (size_t j = 0; j < c->n; j++) {
                if (w->at[j].cluster != cluster || pair_evidence(c, i, j) != EVIDENCE_MUTUAL ||
                    pair_composite(c, i, j) < c->settings->threshold)
                        continue;
                s = pair_strength(c, i, j);
                b.dbm += s < 0 ? s : c->settings->near_dbm;
                b.n++;
        }
        if (b.n > 0)
                b.dbm /= (double)b.n;
        return b;
}

static double level_within(const Work *w, uint32_t cluster)
{
        const Crowd *c = w->c;
        double sum = c->settings->near_dbm, n = 1; /* a pair's own strengths may be far off */
        float s;

        for (size_t i = 0; i < c->n; i++)
                for (size_t j = 0; j < i; j++)
                        if (w->at[i].cluster == cluster && w->at[j].cluster == cluster &&
                            (s = pair_strength(c, i, j)) < 0) {
                                sum += s;
                                n++;
                        }
        return sum / n;
}

static bool alone(const Work *w, size_t i)
{
        for (size_t j = 0; j < w->c->n; j++)
                if (j != i && w->at[j].cluster == w->at[i].cluster)
                        return false;
        return true;
}

/* Someone who is alone on its route, but stands among people with a route one digit off,
 * mistyped. */
static void take_slips(Work *w)
{
        const Crowd *c = w->c;
        uint32_t to;
        Bond best, b;

        for (size_t i = 0; i < c->n; i++) {
                if (!alone(w, i))
                        continue;
                best = (Bond){0};
                to = CROWD_NONE;
                for (size_t j = 0; j < c->n; j++) {
                        if (pair_heard(c, i, j) == HEARD_NOT ||
                            !similarity_is_slip(c->press[i].route, c->press[j].route))
                                continue;
                        b = bond_to(w, i, w->at[j].cluster);
                        if (b.n > 0 && (to == CROWD_NONE || b.dbm > best.dbm)) {
                                best = b;
                                to = w->at[j].cluster;
                        }
                }
                if (to != CROWD_NONE && best.dbm > level_within(w, to) - SLIP_DROP_DB) {
                        w->at[i].cluster = to;
                        w->at[i].shadow = CROWD_NONE;
                }
        }
}

/* Each cluster gets the number of its first member. */
static void renumber(Work *w)
{
        for (size_t i = 0; i < w->c->n; i++)
                w->list[i] = w->at[i].cluster;
        for (size_t i = w->c->n; i-- > 0;)
                for (size_t j = i; j < w->c->n; j++)
                        if (w->list[j] == w->list[i])
                                w->at[j].cluster = (uint32_t)i;
}

int crowd_cluster(const Crowd *c, CrowdPlace *ret)
{
        _cleanup_free_ uint32_t *list = calloc(c->n + 1, sizeof *list);
        _cleanup_free_ bool *contradicts = calloc(c->n + 1, sizeof *contradicts);
        _cleanup_free_ bool *several = calloc(c->n + 1, sizeof *several);
        Work w = {.c = c, .at = ret, .list = list, .contradicts = contradicts};
        int r;

        if (!list || !contradicts || !several)
                return -ENOMEM;
        for (size_t i = 0; i < c->n; i++)
                ret[i] = (CrowdPlace){CROWD_NONE, CROWD_NONE, CROWD_NONE};
        link_all(&w, true);
        vouch(&w);
        doubt_claims(&w);
        link_all(&w, false);
        for (uint32_t radio = 0; radio < w.n_radio; radio++)
                cut_circles(&w, radio);
        find_shadows(&w, several);
        for (uint32_t radio = 0; radio < w.n_radio; radio++)
                admit_silent(&w, radio, several);
        r = cluster_rest(&w);
        if (r < 0)
                return r;
        take_slips(&w);
        renumber(&w);
        return 0;
}
