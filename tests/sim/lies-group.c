/* SPDX-License-Identifier: GPL-2.0-or-later */
/* roster, openings, phases */
#include "lies.h"

#include "src/protocol/roster.h"

#include <assert.h>

/* ---- the roster: altered, and signed again where it says so ---- */

static void bend_roster(Liar *l)
{
        if (watched(l) && watched(l)->roster)
                bend(l, watched(l)->roster->bytes);
}

static void bend_roster_signature(Liar *l)
{
        if (watched(l) && watched(l)->roster)
                bend(l, watched(l)->roster->signature);
}

static void drop_roster(Liar *l)
{
        if (watched(l) && watched(l)->roster) {
                watched(l)->roster = NULL;
                liar_told(l);
        }
}

typedef struct Draft { /* of a roster that will be signed with the cloud's own key */
        char record_number[RECORD_NUMBER_SIZE];
        uint64_t closed_at_ms;
        Id opener, told; /* told: the member that will see it */
        RosterMember members[LIAR_TERMINALS];
        size_t n;
} Draft;

static void draft_read(Draft *ret, const Liar *l, const PbSigned *roster)
{
        PbRoster *w = pb_roster_unpack(NULL, roster->bytes.len, roster->bytes.data);

        assert(w && w->n_entries < LIAR_TERMINALS);
        *ret = (Draft){.closed_at_ms = w->closed_at_ms, .n = w->n_entries};
        memcpy(ret->record_number, w->record_number, sizeof ret->record_number - 1);
        wire_id_read(&ret->opener, w->opener_id);
        wire_id_read(&ret->told, l->asked->watch->member_id);
        for (size_t i = 0; i < w->n_entries; i++) {
                wire_id_read(&ret->members[i].id, w->entries[i]->member_id);
                memcpy(ret->members[i].commitment.b, w->entries[i]->commitment.data,
                       sizeof(Bytes32));
        }
        pb_roster_free_unpacked(w, NULL);
}

static void draft_sign(Liar *l, const Draft *d, PbSigned *roster)
{
        Roster *lie = NULL;
        int r = roster_sign(&lie, d->record_number, d->closed_at_ms, &d->opener, d->members, d->n,
                            l->world->keys.sign_private);

        assert(r == 0);
        roster->bytes.data = liar_room(l, lie->n_bytes);
        roster->bytes.len = lie->n_bytes;
        memcpy(roster->bytes.data, lie->bytes, lie->n_bytes);
        memcpy(roster->signature.data, lie->signature, sizeof lie->signature);
        roster_free(lie);
        liar_told(l);
}

typedef void (*DraftFunc)(Draft *d);

static void sign_anew(Liar *l, DraftFunc alter)
{
        Draft d;

        if (!watched(l) || !watched(l)->roster)
                return;
        draft_read(&d, l, watched(l)->roster);
        alter(&d);
        draft_sign(l, &d, watched(l)->roster);
}

static RosterMember *entry(Draft *d, bool own)
{
        for (size_t i = 0; i < d->n; i++)
                if ((id_compare(&d->members[i].id, &d->told) == 0) == own)
                        return &d->members[i];
        return NULL;
}

static void other_own_commitment(Draft *d)
{
        entry(d, true)->commitment.b[0] ^= 1;
}
static void other_foreign_commitment(Draft *d)
{
        entry(d, false)->commitment.b[0] ^= 1;
}
static void ghost_for_oneself(Draft *d)
{
        randombytes_buf(entry(d, true), sizeof(RosterMember));
        d->opener = d->members[0].id;
}
static void ghost_for_another(Draft *d)
{
        randombytes_buf(entry(d, false), sizeof(RosterMember));
        d->opener = d->members[0].id;
}
static void ghost_beside(Draft *d)
{
        randombytes_buf(&d->members[d->n++], sizeof(RosterMember));
}
static void other_number(Draft *d)
{
        record_number_draw(d->record_number);
}
static void other_opener(Draft *d)
{
        d->opener = id_compare(&d->members[0].id, &d->opener) == 0 ? d->members[1].id
                                                                   : d->members[0].id;
}

#define SIGNED_ANEW(lie)                                                                           \
        static void sign_##lie(Liar *l)                                                            \
        {                                                                                          \
                sign_anew(l, lie);                                                                 \
        }
SIGNED_ANEW(other_own_commitment)
SIGNED_ANEW(other_foreign_commitment)
SIGNED_ANEW(ghost_for_oneself)
SIGNED_ANEW(ghost_for_another)
SIGNED_ANEW(ghost_beside)

/* To everybody the same, it would be an honest roster: each terminal gets one of its own. */
SIGNED_ANEW(other_number)

/* To all but one it stays as it was. */
static void sign_other_opener(Liar *l)
{
        if (l->terminal == 1)
                sign_anew(l, other_opener);
}

/* Grinding: when all openings are known, a second roster with a ghost that fits them. */
static void second_roster(Liar *l)
{
        PbSigned *kept = l->kept[l->terminal], *roster;
        Draft d;

        if (!watched(l))
                return;
        if (watched(l)->roster && !kept) {
                kept = calloc(1, sizeof *kept + watched(l)->roster->bytes.len);
                assert(kept);
                *kept = *watched(l)->roster;
                kept->bytes.data = (uint8_t *)(kept + 1);
                memcpy(kept->bytes.data, watched(l)->roster->bytes.data, kept->bytes.len);
                l->kept[l->terminal] = kept;
                return;
        }
        if (!kept || watched(l)->phase != PB_PHASE_EXCHANGING)
                return;
        roster = liar_room(l, sizeof *roster);
        *roster = *kept;
        roster->signature.data = liar_room(l, kept->signature.len);
        draft_read(&d, l, kept);
        ghost_beside(&d);
        draft_sign(l, &d, roster);
        watched(l)->roster = roster;
}

/* ---- openings ---- */

static PbOpening *find_opening(const Liar *l, bool own)
{
        Watched *w = watched(l);

        for (size_t i = 0; w && i < w->n_openings; i++)
                if (same_bytes(w->openings[i]->member_id, l->asked->watch->member_id) == own)
                        return w->openings[i];
        return NULL;
}

#define BENT_OPENING(field, own)                                                                   \
        static void bend_##field(Liar *l)                                                          \
        {                                                                                          \
                PbOpening *o = find_opening(l, own);                                               \
                                                                                                   \
                if (o)                                                                             \
                        bend(l, o->field);                                                         \
        }
BENT_OPENING(box_key, false)
BENT_OPENING(sign_key, false)
BENT_OPENING(hash1, false)
BENT_OPENING(hash2, false)
BENT_OPENING(nonce, false)
BENT_OPENING(member_id, false)

static void bend_own_opening(Liar *l)
{
        PbOpening *o = find_opening(l, true);

        if (o)
                bend(l, o->box_key);
}

/* A key pair of the liar's own, with everything else as it was. */
static void swap_keys(Liar *l)
{
        PbOpening *o = find_opening(l, false);
        uint8_t private[32];

        if (!o)
                return;
        crypto_box_keypair(o->box_key.data, private);
        liar_told(l);
}

static void low_order_key(Liar *l)
{
        PbOpening *o = find_opening(l, false);

        if (!o)
                return;
        memset(o->box_key.data, 0, o->box_key.len);
        liar_told(l);
}

static void cross_openings(Liar *l)
{
        Watched *w = watched(l);

        if (!w || w->n_openings < 2)
                return;
        exchange_bytes(&w->openings[0]->member_id, &w->openings[1]->member_id);
        liar_told(l);
}

static void double_opening(Liar *l)
{
        Watched *w = watched(l);
        PbOpening **twice;

        if (!w || w->n_openings == 0)
                return;
        twice = liar_room(l, (w->n_openings + 1) * sizeof(*twice));
        memcpy(twice, w->openings, w->n_openings * sizeof(*twice));
        twice[w->n_openings++] = w->openings[0];
        w->openings = twice;
        liar_told(l);
}

static void drop_openings(Liar *l)
{
        if (watched(l) && watched(l)->n_openings > 0) {
                watched(l)->n_openings--;
                liar_told(l);
        }
}

static void fewer_final(Liar *l)
{
        if (l->terminal == 1 && watched(l) && watched(l)->final_openings > 0) {
                watched(l)->final_openings--;
                liar_told(l);
        }
}

static void more_final(Liar *l)
{
        if (watched(l) && watched(l)->final_openings > 0) {
                watched(l)->final_openings++;
                liar_told(l);
        }
}

/* ---- the phase, the count, members that left ---- */

static void back_to_gathering(Liar *l)
{
        if (watched(l) && watched(l)->phase == PB_PHASE_EXCHANGING) {
                watched(l)->phase = PB_PHASE_GATHERING;
                liar_told(l);
        }
}

static void you_are_alone(Liar *l)
{
        if (watched(l) && watched(l)->phase == PB_PHASE_EXCHANGING) {
                watched(l)->phase = PB_PHASE_ALONE;
                liar_told(l);
        }
}

static void everybody_left(Liar *l)
{
        Watched *w = watched(l);

        if (!w || w->phase != PB_PHASE_EXCHANGING || w->n_openings == 0)
                return;
        w->left = liar_room(l, w->n_openings * sizeof *w->left);
        for (size_t i = 0; i < w->n_openings; i++)
                w->left[w->n_left++] = w->openings[i]->member_id;
        liar_told(l);
}

static void count_of_a_crowd(Liar *l)
{
        if (watched(l)) {
                watched(l)->member_count = 9;
                liar_told(l);
        }
}

/* What was said first after the close, again and again. */
static void old_news(Liar *l)
{
        Watched *w = watched(l), *kept = l->kept[l->terminal];

        if (!w || w->phase < PB_PHASE_OPENING)
                return;
        if (!kept) {
                kept = calloc(1, sizeof *kept);
                assert(kept);
                kept->revision = w->revision;
                kept->phase = w->phase;
                kept->member_count = w->member_count;
                l->kept[l->terminal] = kept;
                return;
        }
        w->revision = kept->revision;
        w->phase = kept->phase;
        w->n_messages = w->n_openings = 0;
        w->next_message = w->final_openings = 0;
        liar_told(l);
}

/* ---- statuses ---- */

static void opening_in_conflict(Liar *l)
{
        if (l->asked->body_case == PB_REQUEST_BODY_OPENING) {
                l->answer->status = PB_STATUS_CONFLICT;
                liar_told(l);
        }
}

static const LieRow rows[] = {
        {"roster altered", bend_roster, LIE_REFUSED},
        {"roster with another signature", bend_roster_signature, LIE_REFUSED},
        {"no roster at the close", drop_roster, LIE_REFUSED},
        {"roster with another commitment of one's own", sign_other_own_commitment, LIE_REFUSED},
        {"roster with another commitment of somebody", sign_other_foreign_commitment, LIE_REFUSED},
        {"roster with a ghost for oneself", sign_ghost_for_oneself, LIE_REFUSED},
        {"roster with a ghost for somebody", sign_ghost_for_another, LIE_REFUSED},
        {"roster with a ghost beside, for each another", sign_ghost_beside, LIE_REFUSED},
        {"roster of another number for each", sign_other_number, LIE_REFUSED},
        {"roster of another opener for one", sign_other_opener, LIE_REFUSED},
        {"second roster when openings are known", second_roster, LIE_REFUSED},
        {"opening with a key of the liar", swap_keys, LIE_REFUSED},
        {"opening with another box key", bend_box_key, LIE_REFUSED},
        {"opening with a key of low order", low_order_key, LIE_REFUSED},
        {"opening with another signing key", bend_sign_key, LIE_REFUSED},
        {"opening with another hash 1", bend_hash1, LIE_REFUSED},
        {"opening with another hash 2", bend_hash2, LIE_REFUSED},
        {"commitment ground: opening with another nonce", bend_nonce, LIE_REFUSED},
        {"opening of nobody", bend_member_id, LIE_REFUSED},
        {"one's own opening altered", bend_own_opening, LIE_REFUSED},
        {"openings under each other's names", cross_openings, LIE_REFUSED},
        {"opening twice", double_opening, LIE_REFUSED},
        {"opening held back", drop_openings, LIE_SILENCE},
        {"fewer openings count, for one", fewer_final, LIE_REFUSED},
        {"more openings count than there are", more_final, LIE_SILENCE},
        {"back to gathering", back_to_gathering, LIE_REFUSED},
        {"nobody else was there", you_are_alone, LIE_SILENCE},
        {"everybody has left", everybody_left, LIE_SILENCE},
        {"count of a crowd", count_of_a_crowd, LIE_USELESS},
        {"old news again", old_news, LIE_SILENCE},
        {"opening in conflict", opening_in_conflict, LIE_REFUSED},
};
const LieTable group_lies = {rows, ARRAY_LEN(rows)};
