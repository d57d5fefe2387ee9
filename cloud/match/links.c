/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links.h"

#include "candidates-pair.h"

#include <assert.h>

bool links_by_fix(const MatchingSettings *m, const Fix *a, const Fix *b)
{
        return fix_is_sharp(m, a) && fix_is_sharp(m, b) &&
               similarity_fix(m, a, b) > m->unknown_place;
}

static bool links_by_radio(const Candidates *c, size_t i, size_t j)
{
        return pair_evidence(c, i, j) != EVIDENCE_NONE &&
               (pair_same_route(c, i, j) ||
                similarity_is_slip(c->press[i].route, c->press[j].route));
}

struct Links {
        const Candidates *c;
        const CandidatePlace *at;
        const bool *let_in;
        const int64_t *home;
        bool *radio; /* linked to somebody by radio */
        uint32_t *component, *list;
        size_t row, done, n_list; /* n_list: of the component that is being followed */
        bool radio_known;
};

static bool links_linked(const Links *l, size_t i, size_t j)
{
        const Candidates *c = l->c;

        if (l->at[i].cluster != l->at[j].cluster)
                return false;
        return links_by_radio(c, i, j) ||
               (!l->radio[i] && !l->radio[j] && !l->let_in[i] && !l->let_in[j] &&
                l->home[i] == l->home[j] && pair_same_route(c, i, j) &&
                links_by_fix(c->settings, &c->press[i].fix, &c->press[j].fix));
}

/* Looks at one member for links by radio. */
static void links_note_radio(Links *l)
{
        size_t i = l->row++;

        for (size_t j = 0; j < i; j++)
                if (links_by_radio(l->c, i, j))
                        l->radio[i] = l->radio[j] = true;
        if (l->row == l->c->n) {
                l->radio_known = true;
                l->row = 0;
        }
}

/* Follows the links of one member of the component. */
static void links_flood(Links *l)
{
        size_t of = l->list[l->done++];

        for (size_t j = l->row + 1; j < l->c->n; j++)
                if (l->component[j] == CANDIDATE_NONE && links_linked(l, of, j)) {
                        l->component[j] = (uint32_t)l->row;
                        l->list[l->n_list++] = (uint32_t)j;
                }
        if (l->done == l->n_list) {
                l->n_list = 0;
                l->row++;
        }
}

bool links_step(Links *l)
{
        size_t i = l->row;

        if (i == l->c->n)
                return false;
        if (!l->radio_known)
                links_note_radio(l);
        else if (l->n_list > 0)
                links_flood(l);
        else if (l->component[i] != CANDIDATE_NONE)
                l->row++;
        else {
                l->component[i] = l->list[0] = (uint32_t)i;
                l->n_list = 1;
                l->done = 0;
        }
        return l->row < l->c->n;
}

Links *links_free(Links *l)
{
        if (!l)
                return NULL;
        free(l->radio);
        free(l->list);
        free(l);
        return NULL;
}

int links_new(Links **ret, const Candidates *c, const CandidatePlace *at, const bool *let_in,
              const int64_t *home, uint32_t *component)
{
        _cleanup_(links_freep) Links *l = calloc(1, sizeof *l);

        if (!l)
                return -ENOMEM;
        *l = (Links){.c = c, .at = at, .let_in = let_in, .home = home, .component = component};
        l->radio = calloc(c->n + 1, sizeof *l->radio);
        l->list = calloc(c->n + 1, sizeof *l->list);
        if (!l->radio || !l->list)
                return -ENOMEM;
        for (size_t i = 0; i < c->n; i++)
                component[i] = CANDIDATE_NONE;
        *ret = TAKE_PTR(l);
        return 0;
}
