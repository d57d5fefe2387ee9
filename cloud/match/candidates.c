/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "candidates-pair.h"

#include "subgroups.h"
#include "linkage.h"
#include "meetings.h"
#include "rounds.h"
#include "silent-people.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The mean strength within a cluster, once somebody asked for it. */
typedef struct Level {
        double sum;
        uint32_t n;
        bool known;
} Level;

typedef struct Bond {
        double dbm; /* mean */
        size_t n;
} Bond;

/* What is known so far, and its numbering. */
struct Clustering {
        const Candidates *c;
        CandidatePlace *at;
        uint32_t n_clusters, n_radio, n_parts;
        Rounds *rounds;
        uint32_t *list;    /* scratch: n of them */
        uint32_t *part;    /* of a component, for those linked; others have none */
        bool *contradicts; /* it claims to have heard people, and none of them heard it */
        bool *several;     /* silent beside several components */
        unsigned pass;     /* the step that is next: of this pass, … */
        size_t row;        /* … for this member, … */
        size_t inner;      /* … at this place of its own work, … */
        size_t n_list;     /* … on so many in the list; 0: the row begins */
        size_t n_rest;     /* members that are clustered by serial alone, the first in the list */
        float *like;
        uint32_t *label;
        Linkage *linkage;
        float *strength;
        uint64_t *press_ms;
        Meetings *meetings;
        Subgroups *cut;
        SilentPeople *silent;
        Level *levels; /* of each cluster */
        uint32_t slips_to;
        Bond bond;
        uint64_t looks;
};

/* What a step of a row says. */
enum { ROW_DONE, ROW_GOES_ON };

enum { CUT_LOOKS = 5 }; /* of a step of subgroups.h, for each three people */

/* ---- links by radio ---- */

static bool candidates_hear(const void *userdata, size_t i, size_t j)
{
        const Candidates *c = userdata;

        return pair_same_route(c, i, j) && pair_in_window(c, i, j) &&
               pair_heard(c, i, j) != HEARD_NOT;
}

/* People are linked where each is heard, over any number of others, by each. */
static int candidates_link_round(Clustering *w, size_t i)
{
        int r = 0;

        if (i > 0 || w->c->n == 0)
                return ROW_DONE;
        if (!w->rounds)
                r = rounds_new(&w->rounds, w->c->n, candidates_hear, w->c, w->list);
        if (r < 0)
                return r;
        w->looks += w->c->n;
        if (rounds_step(w->rounds))
                return ROW_GOES_ON;
        w->n_radio = rounds_count(w->rounds);
        for (size_t j = 0; j < w->c->n; j++)
                w->at[j].radio = w->list[j];
        return ROW_DONE;
}

/* One of the two heard the other, and no claim contradicts it. */
static bool candidates_heard(const Clustering *w, size_t i, size_t j)
{
        const Candidates *c = w->c;

        return pair_same_route(c, i, j) && pair_in_window(c, i, j) &&
               pair_evidence(c, i, j) != EVIDENCE_NONE && !w->contradicts[j] &&
               pair_fix_like(c, i, j) > 0;
}

/* Numbers the component of those linked to nobody yet that contains i: a step looks at one of its
 * members. */
static int candidates_link_one_sided(Clustering *w, size_t i)
{
        if (w->n_list == 0) {
                if (w->at[i].radio != CANDIDATE_NONE || w->contradicts[i])
                        return ROW_DONE;
                w->list[w->n_list++] = (uint32_t)i;
                w->at[i].radio = w->n_radio;
        }
        for (size_t j = 0; j < w->c->n; j++)
                if (w->at[j].radio == CANDIDATE_NONE && candidates_heard(w, w->list[w->inner], j)) {
                        w->at[j].radio = w->n_radio;
                        w->list[w->n_list++] = (uint32_t)j;
                }
        w->looks += w->c->n;
        if (++w->inner < w->n_list)
                return ROW_GOES_ON;
        if (w->n_list > 1)
                w->n_radio++;
        else
                w->at[i].radio = CANDIDATE_NONE;
        return ROW_DONE;
}

/* A member heard by linked people is vouched for, even if it heard nobody. It belongs to the
 * loudest. A claim to have heard them is no proof: anybody can claim. */
static int candidates_find_vouching(Clustering *w, size_t i)
{
        const Candidates *c = w->c;
        int8_t best = INT8_MIN, s;

        w->list[i] = CANDIDATE_NONE;
        w->looks += c->n;
        for (size_t j = 0; w->at[i].radio == CANDIDATE_NONE && j < c->n; j++) {
                if (w->at[j].radio == CANDIDATE_NONE || !pair_same_route(c, i, j) ||
                    !pair_in_window(c, i, j))
                        continue;
                w->contradicts[i] |= pair_heard(c, i, j) != HEARD_NOT;
                s = pair_heard(c, j, i);
                if (s != HEARD_NOT && s > best) {
                        best = s;
                        w->list[i] = w->at[j].radio;
                }
        }
        return ROW_DONE;
}

/* An early close did not wait for radio: a new member belongs by its serial to the linked
 * people who are most alike. Nobody is linked to others over it. */
static int candidates_believe_new(Clustering *w, size_t i)
{
        const Candidates *c = w->c;
        double best = c->settings->threshold, like;

        if (!c->early || w->at[i].radio != CANDIDATE_NONE || w->list[i] != CANDIDATE_NONE ||
            !press_is_new(c, i))
                return ROW_DONE;
        w->looks += 8 * c->n;
        for (size_t j = 0; j < c->n; j++) {
                if (w->at[j].radio == CANDIDATE_NONE || !pair_same_route(c, i, j) ||
                    !pair_in_window(c, i, j))
                        continue;
                like = pair_composite(c, i, j);
                if (like >= best) {
                        best = like;
                        w->list[i] = w->at[j].radio;
                }
        }
        return ROW_DONE;
}

static int candidates_vouch(Clustering *w, size_t i)
{
        if (w->list[i] != CANDIDATE_NONE) {
                w->at[i].radio = w->list[i];
                w->contradicts[i] = false;
        }
        return ROW_DONE;
}

/* An unlinked member was heard by none of the people it names. If it names several, it contradicts
 * them: their radios work. */
static int candidates_doubt_claims(Clustering *w, size_t i)
{
        const Candidates *c = w->c;
        size_t n_claims = 0;

        if (w->at[i].radio != CANDIDATE_NONE || press_is_new(c, i))
                return ROW_DONE;
        w->looks += c->n;
        for (size_t j = 0; j < c->n; j++)
                n_claims += pair_heard(c, i, j) != HEARD_NOT && pair_same_route(c, i, j) &&
                            pair_in_window(c, i, j) && !press_is_new(c, j);
        w->contradicts[i] |= n_claims > 1;
        return ROW_DONE;
}

/* ---- meetings of linked members, and subgroups of these ---- */

static size_t candidates_linked_by(const Clustering *w, uint32_t radio, uint32_t *ret)
{
        size_t n = 0;

        for (size_t i = 0; i < w->c->n; i++)
                if (w->at[i].radio == radio)
                        ret[n++] = (uint32_t)i;
        return n;
}

static size_t candidates_of_part(const Clustering *w, uint32_t part, uint32_t *ret)
{
        size_t n = 0;

        for (size_t i = 0; i < w->c->n; i++)
                if (w->part[i] == part)
                        ret[n++] = (uint32_t)i;
        return n;
}

static int candidates_begin_meetings(Clustering *w)
{
        size_t n = w->n_list;

        w->strength = malloc(n * n * sizeof *w->strength);
        w->press_ms = malloc(n * sizeof *w->press_ms);
        if (!w->strength || !w->press_ms)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                w->press_ms[i] = w->c->press[w->list[i]].press_ms;
        return meetings_new(&w->meetings, w->c->settings, w->c->window_ms, w->strength, w->press_ms,
                            n);
}

static void candidates_end_meetings(Clustering *w)
{
        const uint32_t *meeting = meetings_result(w->meetings);

        w->looks += meetings_looks(w->meetings);
        for (size_t i = 0; i < w->n_list; i++)
                w->part[w->list[i]] = meeting[i] == i ? w->n_parts++ : w->part[w->list[meeting[i]]];
        w->meetings = meetings_free(w->meetings);
        free(w->strength);
        free(w->press_ms);
        w->strength = NULL;
        w->press_ms = NULL;
}

/* Looks for several meetings in a component that is too large for a search of subgroups. */
static int candidates_part_crowd(Clustering *w, size_t radio)
{
        size_t n = w->n_list;
        int r = 0;

        if (radio >= w->n_radio)
                return ROW_DONE;
        if (n == 0) {
                w->n_list = candidates_linked_by(w, (uint32_t)radio, w->list);
                w->looks += w->c->n;
                if (w->n_list > SUBGROUPS_MEMBERS_MAX)
                        r = candidates_begin_meetings(w);
                return r < 0 ? r : ROW_GOES_ON;
        }
        if (!w->meetings) {
                for (size_t i = 0; i < n; i++)
                        w->part[w->list[i]] = w->n_parts;
                w->n_parts++;
                return ROW_DONE;
        }
        if (w->inner < n) {
                for (size_t j = 0; j < n; j++)
                        w->strength[w->inner * n + j] =
                                pair_strength(w->c, w->list[w->inner], w->list[j]);
                w->looks += 2 * n;
                w->inner++;
                return ROW_GOES_ON;
        }
        if (meetings_step(w->meetings))
                return ROW_GOES_ON;
        candidates_end_meetings(w);
        return ROW_DONE;
}

static int candidates_begin_cut(Clustering *w)
{
        float strengths[SUBGROUPS_MEMBERS_MAX * SUBGROUPS_MEMBERS_MAX];
        uint64_t press_ms[SUBGROUPS_MEMBERS_MAX];
        size_t n = w->n_list;

        for (size_t i = 0; i < n; i++) {
                press_ms[i] = w->c->press[w->list[i]].press_ms;
                for (size_t j = 0; j < n; j++)
                        strengths[i * n + j] = pair_strength(w->c, w->list[i], w->list[j]);
        }
        return subgroups_new(&w->cut, w->c->settings, w->c->window_ms, strengths, press_ms, n);
}

/* Larger meetings than subgroups_new takes stay whole. */
static int candidates_cut_subgroups(Clustering *w, size_t part)
{
        uint8_t circle[SUBGROUPS_MEMBERS_MAX] = {0};
        bool cuts;
        size_t k = 1;
        int r = 0;

        if (part >= w->n_parts)
                return ROW_DONE;
        if (w->n_list == 0) {
                w->n_list = candidates_of_part(w, (uint32_t)part, w->list);
                w->looks += w->c->n;
        }
        cuts = w->n_list <= SUBGROUPS_MEMBERS_MAX;
        if (cuts && !w->cut)
                r = candidates_begin_cut(w);
        if (r < 0)
                return r;
        if (cuts) {
                w->looks += CUT_LOOKS * w->n_list * w->n_list * w->n_list;
                if (subgroups_step(w->cut))
                        return ROW_GOES_ON;
                k = subgroups_result(w->cut, circle);
                w->cut = subgroups_free(w->cut);
        }
        for (size_t i = 0; i < w->n_list; i++)
                w->at[w->list[i]].cluster = w->n_clusters + (cuts ? circle[i] : 0);
        w->n_clusters += (uint32_t)k;
        return ROW_DONE;
}

/* ---- members without radio evidence ---- */

/* The silent member claims the place of j, so the two should have heard each other. */
static bool candidate_is_beside(const Candidates *c, size_t silent, size_t j)
{
        if (!pair_same_route(c, silent, j) || !pair_in_window(c, silent, j))
                return false;
        if (pair_heard(c, silent, j) != HEARD_NOT)
                return true;
        return press_tells(c, silent) ? pair_fix_like(c, silent, j) > c->settings->unknown_place
                                      : pair_compatible(c, silent, j);
}

/* Finds the component beside each silent member. If there are several it fits none: the cloud never
 * guesses. A member that has just pressed is not silent yet. */
static int candidates_find_rejected(Clustering *w, size_t i)
{
        const Candidates *c = w->c;

        if (w->at[i].radio != CANDIDATE_NONE || press_is_new(c, i))
                return ROW_DONE;
        w->looks += 4 * c->n;
        for (size_t j = 0; j < c->n; j++) {
                if (w->at[j].radio == CANDIDATE_NONE || !c->sounds[j] ||
                    w->at[j].radio == w->at[i].rejected_by || !candidate_is_beside(c, i, j))
                        continue;
                w->several[i] |= w->at[i].rejected_by != CANDIDATE_NONE;
                w->at[i].rejected_by = MIN(w->at[i].rejected_by, w->at[j].radio);
        }
        return ROW_DONE;
}

static int candidates_admit_silent(Clustering *w, size_t radio)
{
        int r = 0;

        if (radio >= w->n_radio)
                return ROW_DONE;
        if (!w->silent)
                r = silent_people_new(&w->silent, w->c, w->at, w->several, (uint32_t)radio);
        if (r == 0)
                r = silent_people_step(w->silent);
        if (r != 0)
                return r < 0 ? r : ROW_GOES_ON;
        w->looks += silent_people_looks(w->silent);
        w->silent = silent_people_free(w->silent);
        return ROW_DONE;
}

/* ---- the rest: clustered by serial alone ---- */

/* Silent beside linked people, or in contradiction to them: it joins nobody. */
static bool candidate_is_set_apart(const Clustering *w, size_t i)
{
        return w->at[i].rejected_by != CANDIDATE_NONE ||
               (w->contradicts[i] && !press_is_new(w->c, i));
}

static int candidates_find_rest(Clustering *w, size_t i)
{
        if (w->at[i].cluster == CANDIDATE_NONE)
                w->list[w->n_rest++] = (uint32_t)i;
        w->looks++;
        return ROW_DONE;
}

static int candidates_compare_rest(Clustering *w, size_t i)
{
        const Candidates *c = w->c;
        size_t n = w->n_rest;

        if (i >= n)
                return ROW_DONE;
        if (!w->like) {
                w->like = malloc(n * n * sizeof *w->like);
                w->label = malloc(n * sizeof *w->label);
                if (!w->like || !w->label)
                        return -ENOMEM;
        }
        for (size_t j = 0; j < n; j++)
                w->like[i * n + j] =
                        (float)(n == 2 ? pair_composite_alone(c, w->list[i], w->list[j])
                                       : pair_composite(c, w->list[i], w->list[j]));
        w->looks += 8 * n;
        return ROW_DONE;
}

static int candidates_set_apart(Clustering *w, size_t i)
{
        size_t n = w->n_rest;

        if (i >= n || !candidate_is_set_apart(w, w->list[i]))
                return ROW_DONE;
        w->looks += n;
        for (size_t j = 0; j < n; j++)
                w->like[i * n + j] = w->like[j * n + i] = 0;
        return ROW_DONE;
}

static int candidates_join_rest(Clustering *w, size_t i)
{
        int r = 0;

        if (i > 0 || w->n_rest == 0)
                return ROW_DONE;
        if (!w->linkage)
                r = linkage_new(&w->linkage, w->like, w->n_rest, (float)w->c->settings->threshold,
                                w->label);
        w->looks += 2 * w->n_rest;
        return r < 0 ? r : linkage_step(w->linkage) ? ROW_GOES_ON : ROW_DONE;
}

static int candidates_number_rest(Clustering *w, size_t i)
{
        if (i < w->n_rest)
                w->at[w->list[i]].cluster = w->n_clusters + w->label[i];
        w->looks++;
        return ROW_DONE;
}

/* ---- mistyped digits ---- */

/* The mutual signals between i and a cluster whose route differs in one digit. */
static Bond candidate_bond_to(const Clustering *w, size_t i, uint32_t cluster)
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

/* Adds the pairs of i with earlier members of the cluster. */
static void candidates_add_to_level(Clustering *w, Level *l, uint32_t cluster, size_t i, size_t end)
{
        float s;

        w->looks += end;
        for (size_t j = 0; j < end; j++)
                if (j != i && w->at[j].cluster == cluster && (s = pair_strength(w->c, i, j)) < 0) {
                        l->sum += s;
                        l->n++;
                }
}

/* One pair may scatter widely, so the usual level counts as one more. */
static double candidates_level(const Clustering *w, const Level *l)
{
        return (l->sum + w->c->settings->near_dbm) / (l->n + 1);
}

/* A member that hears people of its own code and was cut off from them is not alone with its
 * code. */
static bool candidate_is_alone(const Clustering *w, size_t i)
{
        if (w->at[i].radio != CANDIDATE_NONE)
                return false;
        for (size_t j = 0; j < w->c->n; j++)
                if (j != i && w->at[j].cluster == w->at[i].cluster)
                        return false;
        return true;
}

/* The cluster with a route one digit off that i hears best; CANDIDATE_NONE: none. */
static uint32_t candidate_find_slip(Clustering *w, size_t i, Bond *ret)
{
        const Candidates *c = w->c;
        uint32_t to = CANDIDATE_NONE;
        Bond b;

        *ret = (Bond){0};
        w->looks += c->n;
        for (size_t j = 0; j < c->n; j++) {
                if (pair_heard(c, i, j) == HEARD_NOT ||
                    !similarity_is_slip(c->press[i].route, c->press[j].route))
                        continue;
                w->looks += c->n / 2;
                b = candidate_bond_to(w, i, w->at[j].cluster);
                if (b.n > 0 && (to == CANDIDATE_NONE || b.dbm > ret->dbm)) {
                        *ret = b;
                        to = w->at[j].cluster;
                }
        }
        return to;
}

/* A member alone on its route that stands among people with a route one digit off has mistyped it.
 * The steps after the first find out how loud those people are, once for each cluster. */
static int candidates_take_slip(Clustering *w, size_t i)
{
        Level *l;

        if (w->n_list == 0) {
                w->looks += w->c->n;
                if (!candidate_is_alone(w, i))
                        return ROW_DONE;
                w->slips_to = candidate_find_slip(w, i, &w->bond);
                if (w->slips_to == CANDIDATE_NONE)
                        return ROW_DONE;
                w->n_list = 1;
        }
        l = &w->levels[w->slips_to];
        if (!l->known) {
                if (w->at[w->inner].cluster == w->slips_to)
                        candidates_add_to_level(w, l, w->slips_to, w->inner, w->inner);
                w->looks++;
                l->known = ++w->inner == w->c->n;
                return ROW_GOES_ON;
        }
        if (subgroups_may_be_within(w->c->settings, candidates_level(w, l), w->bond.dbm,
                                    w->bond.n)) {
                candidates_add_to_level(w, l, w->slips_to, i, w->c->n);
                w->at[i].cluster = w->slips_to;
                w->at[i].rejected_by = CANDIDATE_NONE;
        }
        return ROW_DONE;
}

/* All clusters have their number: how many there are. */
static int candidates_begin_slips(Clustering *w, size_t i)
{
        if (i == 0)
                w->n_clusters += (uint32_t)w->n_rest;
        assert(w->n_clusters <= 2 * w->c->n);
        return ROW_DONE;
}

/* Gives each cluster the number of its first member. */
static int candidates_renumber(Clustering *w, size_t i)
{
        uint32_t cluster = w->at[i].cluster;

        if (i == 0)
                for (uint32_t k = 0; k < w->n_clusters; k++)
                        w->levels[k].n = CANDIDATE_NONE;
        if (w->levels[cluster].n == CANDIDATE_NONE)
                w->levels[cluster].n = (uint32_t)i;
        w->at[i].cluster = w->levels[cluster].n;
        w->looks += 4;
        return ROW_DONE;
}

/* ---- the steps ---- */

static int (*const passes[])(Clustering *w, size_t row) = {
        candidates_link_round,   candidates_find_vouching, candidates_believe_new,
        candidates_vouch,        candidates_doubt_claims,  candidates_link_one_sided,
        candidates_part_crowd,   candidates_cut_subgroups, candidates_find_rejected,
        candidates_admit_silent, candidates_find_rest,     candidates_compare_rest,
        candidates_set_apart,    candidates_join_rest,     candidates_number_rest,
        candidates_begin_slips,  candidates_take_slip,     candidates_renumber,
};

int clustering_step(Clustering *w)
{
        int r;

        while (w->pass < ARRAY_LEN(passes)) {
                if (w->row == w->c->n) {
                        w->pass++;
                        w->row = 0;
                        continue;
                }
                r = passes[w->pass](w, w->row);
                if (r != ROW_DONE)
                        return r < 0 ? r : 1;
                w->row++;
                w->inner = w->n_list = 0;
                return 1;
        }
        return 0;
}

uint64_t clustering_looks(const Clustering *w)
{
        return w->looks + (w->silent ? silent_people_looks(w->silent) : 0) +
               (w->meetings ? meetings_looks(w->meetings) : 0);
}

Clustering *clustering_free(Clustering *w)
{
        if (!w)
                return NULL;
        (void)linkage_free(w->linkage);
        (void)meetings_free(w->meetings);
        (void)subgroups_free(w->cut);
        free(w->strength);
        free(w->press_ms);
        free(w->part);
        free(w->list);
        (void)rounds_free(w->rounds);
        free(w->contradicts);
        free(w->several);
        (void)silent_people_free(w->silent);
        free(w->like);
        free(w->label);
        free(w->levels);
        free(w);
        return NULL;
}

int clustering_new(Clustering **ret, const Candidates *c, CandidatePlace *at)
{
        _cleanup_(clustering_freep) Clustering *w = calloc(1, sizeof *w);

        assert(c->n <= CANDIDATES_MAX);
        if (!w)
                return -ENOMEM;
        w->c = c;
        w->at = at;
        w->list = calloc(c->n + 1, sizeof *w->list);
        w->part = malloc((c->n + 1) * sizeof *w->part);
        w->contradicts = calloc(c->n + 1, sizeof *w->contradicts);
        w->several = calloc(c->n + 1, sizeof *w->several);
        w->levels = calloc(2 * c->n + 1, sizeof *w->levels);
        if (!w->list || !w->part || !w->contradicts || !w->several || !w->levels)
                return -ENOMEM;
        for (size_t i = 0; i < c->n; i++) {
                at[i] = (CandidatePlace){CANDIDATE_NONE, CANDIDATE_NONE, CANDIDATE_NONE};
                w->part[i] = CANDIDATE_NONE;
        }
        *ret = TAKE_PTR(w);
        return 0;
}

int candidates_cluster(const Candidates *c, CandidatePlace *ret)
{
        _cleanup_(clustering_freep) Clustering *w = NULL;
        int r = clustering_new(&w, c, ret);

        while (r == 0 && (r = clustering_step(w)) > 0)
                r = 0;
        return r;
}
