/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "candidates-pair.h"

#include "subgroups.h"
#include "linkage.h"
#include "radio-silent.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double COMPATIBLE = 0.1; /* least place similarity of people in one place */
/* a signal weaker than the subgroup by this comes from outside */
static const double SLIP_DROP_DB = 8;

/* What is known so far, and its numbering. */
typedef struct Work {
        const Candidates *c;
        CandidatePlace *at;
        uint32_t n_clusters, n_radio;
        uint32_t *list;    /* scratch: n of them */
        bool *contradicts; /* it claims to have heard people, and none of them heard it */
} Work;

/* ---- links by radio ---- */

/* An early close did not wait for radio: similar serials count as linked. */
static bool candidates_believed(const Candidates *c, size_t i, size_t j)
{
        return c->early && pair_unsettled(c, i, j) &&
               pair_composite(c, i, j) >= c->settings->threshold;
}

static bool candidates_linked(const Work *w, size_t i, size_t j, bool mutual)
{
        const Candidates *c = w->c;

        if (!pair_same_route(c, i, j) || !pair_in_window(c, i, j))
                return false;
        if (mutual)
                return pair_evidence(c, i, j) == EVIDENCE_MUTUAL || candidates_believed(c, i, j);
        return pair_evidence(c, i, j) != EVIDENCE_NONE && !w->contradicts[j] &&
               pair_fix_like(c, i, j) > 0;
}

/* Numbers the component of links that contains first. Returns its size. */
static size_t candidates_flood(Work *w, size_t first, bool mutual)
{
        size_t n = 1;

        assert(w->at[first].radio == CANDIDATE_NONE);
        w->list[0] = (uint32_t)first;
        w->at[first].radio = w->n_radio;
        for (size_t done = 0; done < n; done++)
                for (size_t j = 0; j < w->c->n; j++)
                        if (w->at[j].radio == CANDIDATE_NONE &&
                            candidates_linked(w, w->list[done], j, mutual)) {
                                w->at[j].radio = w->n_radio;
                                w->list[n++] = (uint32_t)j;
                        }
        return n;
}

static void candidates_link_all(Work *w, bool mutual)
{
        for (size_t i = 0; i < w->c->n; i++) {
                if (w->at[i].radio != CANDIDATE_NONE || w->contradicts[i])
                        continue;
                if (candidates_flood(w, i, mutual) > 1)
                        w->n_radio++;
                else
                        w->at[i].radio = CANDIDATE_NONE;
        }
}

/* i heard at least half of what j heard. Nobody outside the group can know those tokens. */
static bool candidate_hears_the_same(const Candidates *c, size_t i, size_t j)
{
        size_t n = 0, same = 0;

        for (size_t k = 0; k < c->n; k++)
                if (pair_heard(c, j, k) != HEARD_NOT) {
                        n++;
                        same += pair_heard(c, i, k) != HEARD_NOT;
                }
        return n > 0 && 2 * same >= n;
}

/* How j heard i. If j's list was full when i came, we take i's word, provided they hear the same
 * people. */
static int8_t candidate_heard_by(const Candidates *c, size_t i, size_t j)
{
        if (pair_heard(c, j, i) != HEARD_NOT)
                return pair_heard(c, j, i);
        if (pair_heard(c, i, j) != HEARD_NOT && c->n_heard[j] >= SERIAL_HEARD_MAX &&
            candidate_hears_the_same(c, i, j))
                return pair_heard(c, i, j);
        return HEARD_NOT;
}

/* A member heard by linked people is vouched for, even if it heard nobody. It belongs to the
 * loudest. A claim to have heard them is no proof: anybody can claim. */
static void candidates_vouch(Work *w)
{
        const Candidates *c = w->c;
        int8_t best, s;

        for (size_t i = 0; i < c->n; i++) {
                w->list[i] = CANDIDATE_NONE;
                best = INT8_MIN;
                for (size_t j = 0; w->at[i].radio == CANDIDATE_NONE && j < c->n; j++) {
                        if (w->at[j].radio == CANDIDATE_NONE || !pair_same_route(c, i, j) ||
                            !pair_in_window(c, i, j))
                                continue;
                        w->contradicts[i] |= pair_heard(c, i, j) != HEARD_NOT;
                        s = candidate_heard_by(c, i, j);
                        if (s != HEARD_NOT && s > best) {
                                best = s;
                                w->list[i] = w->at[j].radio;
                        }
                }
        }
        for (size_t i = 0; i < c->n; i++)
                if (w->list[i] != CANDIDATE_NONE) {
                        w->at[i].radio = w->list[i];
                        w->contradicts[i] = false;
                }
}

/* An unlinked member was heard by none of the people it names. If it names several, it contradicts
 * them: their radios work. */
static void candidates_doubt_claims(Work *w)
{
        const Candidates *c = w->c;
        size_t n_claims;

        for (size_t i = 0; i < c->n; i++) {
                if (w->at[i].radio != CANDIDATE_NONE || press_is_new(c, i))
                        continue;
                n_claims = 0;
                for (size_t j = 0; j < c->n; j++)
                        n_claims += pair_heard(c, i, j) != HEARD_NOT && pair_same_route(c, i, j) &&
                                    pair_in_window(c, i, j);
                w->contradicts[i] |= n_claims > 1;
        }
}

/* ---- subgroups of linked members ---- */

static size_t candidates_linked_by(const Work *w, uint32_t radio, uint32_t *ret)
{
        size_t n = 0;

        for (size_t i = 0; i < w->c->n; i++)
                if (w->at[i].radio == radio)
                        ret[n++] = (uint32_t)i;
        return n;
}

static void candidates_cut_subgroups(Work *w, uint32_t radio)
{
        float strengths[SUBGROUPS_MEMBERS_MAX * SUBGROUPS_MEMBERS_MAX];
        uint64_t press_ms[SUBGROUPS_MEMBERS_MAX];
        uint8_t circle[SUBGROUPS_MEMBERS_MAX] = {0};
        size_t n = candidates_linked_by(w, radio, w->list), k = 1;

        if (n <= SUBGROUPS_MEMBERS_MAX) {
                for (size_t i = 0; i < n; i++) {
                        press_ms[i] = w->c->press[w->list[i]].press_ms;
                        for (size_t j = 0; j < n; j++)
                                strengths[i * n + j] = pair_strength(w->c, w->list[i], w->list[j]);
                }
                k = subgroups_cut(w->c->settings, strengths, press_ms, n, circle);
        }
        for (size_t i = 0; i < n; i++)
                w->at[w->list[i]].cluster =
                        w->n_clusters + (n <= SUBGROUPS_MEMBERS_MAX ? circle[i] : 0);
        w->n_clusters += (uint32_t)k;
}

/* ---- members without radio evidence ---- */

/* The silent member claims the place of j, so the two should have heard each other. */
static bool candidate_is_beside(const Candidates *c, size_t silent, size_t j)
{
        double least = press_tells(c, silent) ? c->settings->unknown_place + 0.01 : COMPATIBLE;

        if (!pair_same_route(c, silent, j) || !pair_in_window(c, silent, j))
                return false;
        return pair_heard(c, silent, j) != HEARD_NOT || pair_fix_like(c, silent, j) > least;
}

/* Finds the component beside each silent member. If there are several it fits none: the cloud never
 * guesses. A member that has just pressed is not silent yet. */
static void candidates_find_rejected(Work *w, bool *ret_several)
{
        const Candidates *c = w->c;

        for (size_t i = 0; i < c->n; i++) {
                if (w->at[i].radio != CANDIDATE_NONE || press_is_new(c, i))
                        continue;
                for (size_t j = 0; j < c->n; j++) {
                        if (w->at[j].radio == CANDIDATE_NONE ||
                            w->at[j].radio == w->at[i].rejected_by || !candidate_is_beside(c, i, j))
                                continue;
                        ret_several[i] |= w->at[i].rejected_by != CANDIDATE_NONE;
                        w->at[i].rejected_by = MIN(w->at[i].rejected_by, w->at[j].radio);
                }
        }
}

/* By its fix and its claims, the silent member may be in the same place. */
static bool candidate_could_belong(const Work *w, size_t silent, uint32_t radio)
{
        const Candidates *c = w->c;

        if (w->at[silent].radio != CANDIDATE_NONE || w->at[silent].cluster != CANDIDATE_NONE)
                return false;
        for (size_t j = 0; j < c->n; j++)
                if (w->at[j].radio == radio && pair_same_route(c, silent, j) &&
                    pair_in_window(c, silent, j) &&
                    (pair_heard(c, silent, j) != HEARD_NOT ||
                     pair_fix_like(c, silent, j) > COMPATIBLE))
                        return true;
        return false;
}

/* Compares the silent member with the radio-linked members of a cluster. */
static RadioSilent candidate_silence(const Work *w, size_t silent, uint32_t cluster)
{
        RadioSilent s = {.least = 1, .after_ms = INT64_MIN, .nearest_ms = UINT64_MAX};
        const Candidates *c = w->c;
        size_t n_telling = 0;
        int64_t after;
        double like;

        for (size_t j = 0; j < c->n; j++) {
                if (w->at[j].cluster != cluster || w->at[j].radio == CANDIDATE_NONE)
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

/* The subgroup of these people that the silent member fits; CANDIDATE_NONE if it fits none, or
 * several. */
static uint32_t candidate_subgroup(const Work *w, size_t silent, const uint32_t *people, size_t n)
{
        const Candidates *c = w->c;
        uint32_t cluster, last = CANDIDATE_NONE, belongs = CANDIDATE_NONE;
        RadioSilent s;

        for (size_t k = 0; k < n; k++) {
                cluster = w->at[people[k]].cluster;
                if (cluster == belongs || cluster == last)
                        continue;
                last = cluster;
                s = candidate_silence(w, silent, cluster);
                if (n < c->settings->radio_rich ? !radio_silent_is_third(&s)
                                                : !radio_silent_follows_at_once(c->settings, &s))
                        continue;
                if (belongs != CANDIDATE_NONE)
                        return CANDIDATE_NONE;
                belongs = cluster;
        }
        return belongs;
}

/* Beside a pair we believe at most one silent member: of two, either may be a stranger. Beside
 * larger groups the moment of each press decides. */
static void candidates_admit_silent(Work *w, uint32_t radio, const bool *several)
{
        size_t n = candidates_linked_by(w, radio, w->list), n_silent = 0;
        uint32_t cluster;

        for (size_t i = 0; i < w->c->n; i++)
                n_silent += candidate_could_belong(w, i, radio);
        if (n_silent > 1 && n < w->c->settings->radio_rich)
                return;
        for (size_t i = 0; i < w->c->n; i++) {
                if (several[i] || !candidate_could_belong(w, i, radio))
                        continue;
                cluster = candidate_subgroup(w, i, w->list, n);
                if (cluster != CANDIDATE_NONE) {
                        w->at[i].rejected_by = CANDIDATE_NONE;
                        w->at[i].cluster = cluster;
                }
        }
}

/* ---- the rest: clustered by serial alone ---- */

/* Silent beside linked people, or in contradiction to them: it joins nobody. */
static bool candidate_is_set_apart(const Work *w, size_t i)
{
        return w->at[i].rejected_by != CANDIDATE_NONE ||
               (w->contradicts[i] && !press_is_new(w->c, i));
}

static int candidates_cluster_rest(Work *w)
{
        _cleanup_free_ float *like = NULL;
        _cleanup_free_ uint32_t *label = NULL;
        const Candidates *c = w->c;
        size_t n = 0;
        int r;

        for (size_t i = 0; i < c->n; i++)
                if (w->at[i].cluster == CANDIDATE_NONE)
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
                if (candidate_is_set_apart(w, w->list[i]))
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

/* ---- mistyped digits ---- */

typedef struct Bond {
        double dbm; /* mean */
        size_t n;
} Bond;

/* The mutual signals between i and a cluster whose route differs in one digit. */
static Bond candidate_bond_to(const Work *w, size_t i, uint32_t cluster)
{
        const Candidates *c = w->c;
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

static double candidates_level_within(const Work *w, uint32_t cluster)
{
        const Candidates *c = w->c;
        double sum = c->settings->near_dbm, n = 1; /* one pair may scatter widely */
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

static bool candidate_is_alone(const Work *w, size_t i)
{
        for (size_t j = 0; j < w->c->n; j++)
                if (j != i && w->at[j].cluster == w->at[i].cluster)
                        return false;
        return true;
}

/* A member alone on its route that stands among people with a route one digit off has mistyped
 * it. */
static void candidates_take_slips(Work *w)
{
        const Candidates *c = w->c;
        uint32_t to;
        Bond best, b;

        for (size_t i = 0; i < c->n; i++) {
                if (!candidate_is_alone(w, i))
                        continue;
                best = (Bond){0};
                to = CANDIDATE_NONE;
                for (size_t j = 0; j < c->n; j++) {
                        if (pair_heard(c, i, j) == HEARD_NOT ||
                            !similarity_is_slip(c->press[i].route, c->press[j].route))
                                continue;
                        b = candidate_bond_to(w, i, w->at[j].cluster);
                        if (b.n > 0 && (to == CANDIDATE_NONE || b.dbm > best.dbm)) {
                                best = b;
                                to = w->at[j].cluster;
                        }
                }
                if (to != CANDIDATE_NONE &&
                    best.dbm > candidates_level_within(w, to) - SLIP_DROP_DB) {
                        w->at[i].cluster = to;
                        w->at[i].rejected_by = CANDIDATE_NONE;
                }
        }
}

/* Gives each cluster the number of its first member. */
static void candidates_renumber(Work *w)
{
        for (size_t i = 0; i < w->c->n; i++)
                w->list[i] = w->at[i].cluster;
        for (size_t i = w->c->n; i-- > 0;)
                for (size_t j = i; j < w->c->n; j++)
                        if (w->list[j] == w->list[i])
                                w->at[j].cluster = (uint32_t)i;
}

int candidates_cluster(const Candidates *c, CandidatePlace *ret)
{
        _cleanup_free_ uint32_t *list = calloc(c->n + 1, sizeof *list);
        _cleanup_free_ bool *contradicts = calloc(c->n + 1, sizeof *contradicts);
        _cleanup_free_ bool *several = calloc(c->n + 1, sizeof *several);
        Work w = {.c = c, .at = ret, .list = list, .contradicts = contradicts};
        int r;

        assert(c->n <= CANDIDATES_MAX);
        if (!list || !contradicts || !several)
                return -ENOMEM;
        for (size_t i = 0; i < c->n; i++)
                ret[i] = (CandidatePlace){CANDIDATE_NONE, CANDIDATE_NONE, CANDIDATE_NONE};
        candidates_link_all(&w, true);
        candidates_vouch(&w);
        candidates_doubt_claims(&w);
        candidates_link_all(&w, false);
        for (uint32_t radio = 0; radio < w.n_radio; radio++)
                candidates_cut_subgroups(&w, radio);
        candidates_find_rejected(&w, several);
        for (uint32_t radio = 0; radio < w.n_radio; radio++)
                candidates_admit_silent(&w, radio, several);
        r = candidates_cluster_rest(&w);
        if (r < 0)
                return r;
        candidates_take_slips(&w);
        candidates_renumber(&w);
        return 0;
}
