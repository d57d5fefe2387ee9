/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links.h"

#include "candidates-pair.h"

#include <assert.h>

enum { SHARP_M = 100 };           /* accuracy of a fix that can link */
static const double AGREES = 0.5; /* place similarity of fixes that agree */

bool links_by_fix(const MatchingSettings *m, const Fix *a, const Fix *b)
{
        return a->known && b->known && a->accuracy_m <= SHARP_M && b->accuracy_m <= SHARP_M &&
               similarity_fix(m, a, b) >= AGREES;
}

static bool links_by_radio(const Candidates *c, size_t i, size_t j)
{
        return pair_evidence(c, i, j) != EVIDENCE_NONE &&
               (pair_same_route(c, i, j) ||
                similarity_is_slip(c->press[i].route, c->press[j].route));
}

typedef struct Links {
        const Candidates *c;
        const CandidatePlace *at;
        bool *radio; /* linked to somebody by radio */
        uint32_t *component, *list;
} Links;

static bool links_linked(const Links *l, size_t i, size_t j)
{
        const Candidates *c = l->c;

        if (l->at[i].cluster != l->at[j].cluster)
                return false;
        return links_by_radio(c, i, j) ||
               (!l->radio[i] && !l->radio[j] && pair_same_route(c, i, j) &&
                links_by_fix(c->settings, &c->press[i].fix, &c->press[j].fix));
}

static void links_flood(Links *l, size_t first)
{
        size_t n = 1;

        assert(l->component[first] == CANDIDATE_NONE);
        l->component[first] = (uint32_t)first;
        l->list[0] = (uint32_t)first;
        for (size_t done = 0; done < n; done++)
                for (size_t j = first + 1; j < l->c->n; j++)
                        if (l->component[j] == CANDIDATE_NONE &&
                            links_linked(l, l->list[done], j)) {
                                l->component[j] = (uint32_t)first;
                                l->list[n++] = (uint32_t)j;
                        }
}

int links_components(const Candidates *c, const CandidatePlace *at, uint32_t *ret)
{
        _cleanup_free_ bool *radio = calloc(c->n + 1, sizeof *radio);
        _cleanup_free_ uint32_t *list = calloc(c->n + 1, sizeof *list);
        Links l = {c, at, radio, ret, list};

        if (!radio || !list)
                return -ENOMEM;
        for (size_t i = 0; i < c->n; i++) {
                ret[i] = CANDIDATE_NONE;
                for (size_t j = 0; j < i; j++)
                        if (links_by_radio(c, i, j))
                                radio[i] = radio[j] = true;
        }
        for (size_t i = 0; i < c->n; i++)
                if (ret[i] == CANDIDATE_NONE)
                        links_flood(&l, i);
        return 0;
}
