/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "group.h"

#include "src/card/card.h"
#include "src/protocol/contact-list.h"

#include <assert.h>
#include <string.h>

/* ---- members ---- */

static void group_drop_part(GroupMember *m, unsigned i)
{
        free(m->part[i]);
        m->part[i] = NULL;
        m->n_part[i] = m->part_size[i] = 0;
}

static void group_wipe_member(GroupMember *m)
{
        for (unsigned i = 0; i < 2; i++) {
                key_done(&m->card_keys[i]);
                m->has_card_key[i] = m->has_wrapped[i] = false;
                group_drop_part(m, i);
        }
        key_done(&m->given);
        m->has_given = false;
        m->name_text = secret_free(m->name_text);
}

void group_refuse_member(GroupMember *m)
{
        m->refused = true;
        group_wipe_member(m);
}

GroupMember *group_find(Group *g, const Id *id)
{
        ssize_t i = roster_find(g->roster, id);

        return i < 0 ? NULL : &g->members[i];
}

/* ---- life ---- */

/* Takes the roster. */
static int group_make(Group **ret, Roster *taken, const CloudPin *cloud)
{
        _cleanup_(group_freep) Group *g = secret_alloc(1, sizeof *g);

        if (!g) {
                roster_free(taken);
                return -ENOMEM;
        }
        g->roster = taken;
        g->members = secret_alloc(taken->n, sizeof *g->members);
        if (!g->members)
                return -ENOMEM;
        g->cloud = cloud;
        g->n = g->self = taken->n;
        for (size_t i = 0; i < g->n; i++) {
                g->members[i].id = taken->members[i].id;
                g->members[i].commitment = taken->members[i].commitment;
        }
        *ret = TAKE_PTR(g);
        return 0;
}

int group_new(Group **ret, const MemberKeys *own, const Bytes32 *own_commitment,
              const CloudPin *cloud, const uint8_t *roster, size_t n_roster,
              const uint8_t signature[static 64])
{
        const Bytes32 *signer;
        Roster *checked;
        int r = ROSTER_E_SIGNATURE;

        for (unsigned i = 0; r == ROSTER_E_SIGNATURE && (signer = cloud_pin_signer(cloud, i)); i++)
                r = roster_verify(&checked, roster, n_roster, signature, signer, &own->id,
                                  own_commitment);
        if (r == 0)
                r = group_make(ret, checked, cloud);
        if (r != 0)
                return r;
        (*ret)->own = own;
        (*ret)->self = (size_t)roster_find((*ret)->roster, &own->id);
        return 0;
}

int group_new_absent(Group **ret, const CloudPin *cloud, const PbSigned *roster)
{
        const Bytes32 *signer;
        Roster *checked;
        int r = ROSTER_E_SIGNATURE;

        for (unsigned i = 0; r == ROSTER_E_SIGNATURE && (signer = cloud_pin_signer(cloud, i)); i++)
                r = roster_verify_absent(&checked, roster->bytes.data, roster->bytes.len,
                                         roster->signature.data, signer);
        return r == 0 ? group_make(ret, checked, cloud) : r;
}

void group_wipe(Group *g)
{
        for (size_t i = 0; i < g->n; i++)
                group_wipe_member(&g->members[i]);
        key_done(&g->key);
        g->has_key = false;
}

Group *group_free(Group *g)
{
        if (!g)
                return NULL;
        group_wipe(g);
        for (size_t i = 0; i < g->n; i++)
                free(g->members[i].name);
        secret_release(g->members);
        roster_free(g->roster);
        secret_release(g);
        return NULL;
}

/* ---- openings and transcript ---- */

bool group_roster_is(const Group *g, const uint8_t *roster, size_t n_roster,
                     const uint8_t signature[static 64])
{
        return n_roster == g->roster->n_bytes && memcmp(roster, g->roster->bytes, n_roster) == 0 &&
               memcmp(signature, g->roster->signature, sizeof g->roster->signature) == 0;
}

/* An honest cloud accepts an opening only with matching parts, so a mismatch is the cloud's fault.
 * Once our card key is out, we can only refuse this member. */
static int group_check_part(Group *g, GroupMember *m, unsigned i)
{
        Bytes32 hash;

        if (!m->opened || !m->part[i] || m->n_part[i] < m->part_size[i])
                return 0;
        card_part_hash(&hash, m->part[i], m->n_part[i]);
        if (bytes32_equal(&hash, &m->opening.part_hash[i]))
                return 0;
        if (!g->released)
                return GROUP_E_REFUSED;
        group_refuse_member(m);
        return 0;
}

/* As one whose code is of another kind. */
static void group_set_apart(Group *g, GroupMember *m)
{
        if (group_is_apart(g, m))
                m->unproven = m->failed = true;
}

/* By the openings that count, once and for all: the key may be given to guests from now on, or not.
 * A cloud that leaves out the opening of one who refuses guests leaves it without a transcript. */
static void group_part(Group *g, uint32_t n_final)
{
        GuestCount count = {0};
        const GuestMark *opener = NULL;

        for (size_t i = 0; i < g->n; i++) {
                const GroupMember *m = &g->members[i];

                if (m->opened == 0 || m->opened > n_final)
                        continue;
                guests_count(&count, m->mark);
                if (id_compare(&m->id, &g->roster->opener) == 0)
                        opener = &m->mark;
        }
        g->parted = !guests_take_part(&count, opener);
        for (size_t i = 0; i < g->n; i++)
                group_set_apart(g, &g->members[i]);
}

static int group_take_opening(Group *g, const MemberOpening *o)
{
        GroupMember *m = group_find(g, &o->id);
        int r;

        g->n_opened++;
        if (!m || m->opened || !opening_matches(o, &m->commitment))
                return GROUP_E_REFUSED;
        m->opening = *o;
        m->mark = opening_mark(o);
        m->opened = g->n_opened;
        group_set_apart(g, m);
        r = group_check_part(g, m, 0);
        return r == 0 ? group_check_part(g, m, 1) : r;
}

/* Our own opening is the only value in the transcript that the cloud cannot choose or know before
 * it has signed the roster. Without it two transcripts could be made to agree. */
static bool group_covers_us(const Group *g, uint32_t n_final)
{
        uint32_t own = g->own ? g->members[g->self].opened : n_final;

        return own > 0 && own <= n_final;
}

/* The transcript covers the first n_final openings. */
static int group_fix_transcript(Group *g, uint32_t n_final)
{
        _cleanup_free_ MemberOpening *openings = NULL;
        size_t n = 0;
        int r;

        if (g->fixed)
                return n_final == g->n_final ? 0 : GROUP_E_REFUSED;
        if (n_final == 0 || n_final > g->n_opened)
                return GROUP_E_REFUSED;
        if (!group_covers_us(g, n_final))
                return GROUP_E_LATE;
        openings = calloc(n_final + 1, sizeof *openings);
        if (!openings)
                return -ENOMEM;
        for (size_t i = 0; i < g->n; i++)
                if (g->members[i].opened > 0 && g->members[i].opened <= n_final)
                        openings[n++] = g->members[i].opening;
        r = transcript_hash(&g->transcript, g->roster, openings, n);
        if (r < 0)
                return r;
        if (n_final == g->n) /* else it would prove nothing */
                transcript_phrase(&g->transcript, g->phrase);
        g->n_final = n_final;
        g->fixed = true;
        group_part(g, n_final);
        return 0;
}

/* ---- what the cloud passes on ---- */

static void group_take_left(Group *g, const Id *member)
{
        GroupMember *m = group_find(g, member);

        if (m && !m->carded)
                m->left = true;
}

static void group_take_near(Group *g, const Id *member)
{
        GroupMember *m = group_find(g, member);

        if (m && !group_is_self(g, m))
                m->near = g->any_near = true;
}

/* Returns the worse result: error before refusal before success. */
static int worse_result(int a, int b)
{
        return a < 0 || (a > 0 && b >= 0) ? a : b;
}

static bool group_announces_given(Group *g, const PbMemberMessage *w)
{
        const GroupMember *m;
        Id from;

        wire_id_read(&from, w->from);
        m = group_find(g, &from);
        return w->kind == PB_MESSAGE_NAME_KEY && m && m->has_given;
}

/* Takes group keys first, and what announces them. Wrapped keys that open under ours then need no
 * signature check. */
static int group_take_messages(Group *g, const PbWatched *w)
{
        int r = 0;

        for (size_t i = 0; i < w->n_messages; i++)
                if (w->messages[i]->kind == PB_MESSAGE_GROUP_KEY)
                        r = worse_result(r, group_take_message(g, w->messages[i]));
        for (size_t i = 0; i < w->n_messages; i++)
                if (group_announces_given(g, w->messages[i]))
                        r = worse_result(r, group_take_message(g, w->messages[i]));
        group_use_keys(g);
        for (size_t i = 0; i < w->n_messages; i++)
                if (w->messages[i]->kind != PB_MESSAGE_GROUP_KEY)
                        r = worse_result(r, group_take_message(g, w->messages[i]));
        for (size_t i = 0; i < w->n_card_keys; i++)
                r = worse_result(r, group_take_message(g, w->card_keys[i]));
        group_use_keys(g);
        return r;
}

/* Message signatures cover the transcript. Until it is fixed, we leave messages for the next
 * answer. */
int group_watched(Group *g, const PbWatched *w)
{
        MemberOpening o;
        int r = 0;
        Id id;

        for (size_t i = 0; i < w->n_near; i++) {
                wire_id_read(&id, w->near[i]);
                group_take_near(g, &id);
        }
        for (size_t i = 0; i < w->n_openings; i++) {
                wire_opening_read(&o, w->openings[i]);
                r = worse_result(r, group_take_opening(g, &o));
        }
        if (w->phase == PB_PHASE_EXCHANGING && g->n_opened >= w->final_openings)
                r = worse_result(r, group_fix_transcript(g, w->final_openings));
        if (g->fixed) {
                r = worse_result(r, group_take_messages(g, w));
                g->next_message = w->next_message;
                g->next_card_key = w->next_card_key;
        }
        for (size_t i = 0; i < w->n_left; i++) {
                wire_id_read(&id, w->left[i]);
                group_take_left(g, &id);
        }
        return r;
}

/* ---- the list ---- */

/* Counts what members claim: memory for a part is taken when its first piece comes. */
static size_t group_held(const Group *g)
{
        size_t held = 0;

        for (size_t i = 0; i < g->n; i++)
                for (unsigned k = 0; k < 2; k++)
                        held += g->members[i].has_card_key[k] ? 0 : g->members[i].part_size[k];
        return held;
}

/* Whether to leave out this piece: it is of a part that has no key, and there is no room. */
static bool group_must_skip(const Group *g, GroupMember *m, unsigned i, const PbListPiece *p)
{
        if (m->part[i])
                return false;
        if (p->offset == 0)
                m->skipped[i] = !m->has_card_key[i] && group_held(g) + p->total > GROUP_HELD_MAX;
        return m->skipped[i];
}

/* Pieces come in order. Repeated pieces are ignored. */
static int group_add_piece(GroupMember *m, unsigned i, const PbListPiece *p)
{
        if (!m->part[i]) {
                m->part[i] = malloc(p->total);
                if (!m->part[i])
                        return -ENOMEM;
                m->part_size[i] = p->total;
        }
        if (p->total != m->part_size[i] || p->offset > m->n_part[i])
                return GROUP_E_REFUSED;
        if (p->offset < m->n_part[i])
                return 0;
        /* the decoder has checked that it fits into total */
        memcpy(m->part[i] + p->offset, p->bytes.data, p->bytes.len);
        m->n_part[i] += p->bytes.len;
        return 0;
}

static int group_take_piece(Group *g, const PbListPiece *p)
{
        unsigned i = p->part - 1;
        GroupMember *m;
        Id id;
        int r;

        wire_id_read(&id, p->member_id);
        m = group_find(g, &id);
        if (!m)
                return GROUP_E_REFUSED;
        if (group_is_self(g, m) || m->refused || m->carded || (i == 0 && m->name_text))
                return 0;
        if (group_must_skip(g, m, i, p))
                return 0;
        r = group_add_piece(m, i, p);
        if (r == GROUP_E_REFUSED && g->released) {
                group_refuse_member(m);
                return 0;
        }
        return r != 0 ? r : group_check_part(g, m, i);
}

/* The list head must match this group and the hashes in the openings. */
static int group_check_head(Group *g, const PbSigned *head)
{
        _cleanup_(contact_list_freep) ContactList *h = NULL;
        const Bytes32 *signer;
        int r = CONTACT_LIST_E_SIGNATURE;

        for (unsigned i = 0;
             r == CONTACT_LIST_E_SIGNATURE && (signer = cloud_pin_signer(g->cloud, i)); i++)
                r = contact_list_verify(&h, head->bytes.data, head->bytes.len, head->signature.data,
                                        signer, g->roster);

        if (r != 0)
                return r < 0 ? r : GROUP_E_REFUSED;
        for (size_t i = 0; i < h->n; i++) {
                const GroupMember *m = group_find(g, &h->entries[i].id);
                ContactListEntry entry;

                if (!m || !m->opened)
                        continue;
                contact_list_entry_make(&entry, &m->id, m->opening.part_hash);
                if (!bytes32_equal(&entry.digest, &h->entries[i].digest))
                        return GROUP_E_REFUSED;
        }
        return 0;
}

int group_page(Group *g, const PbListPage *page)
{
        int r = 0;

        for (size_t i = 0; i < page->n_pieces; i++)
                r = worse_result(r, group_take_piece(g, page->pieces[i]));
        return page->head ? worse_result(r, group_check_head(g, page->head)) : r;
}

/* ---- keys and cards ---- */

static bool group_part_ready(const GroupMember *m, unsigned i)
{
        return m->has_card_key[i] && group_part_whole(m, i);
}

/* Decrypts part i. GROUP_E_REFUSED: it does not open with the key from its owner. */
static int group_open_part(char **ret, size_t *ret_len, const GroupMember *m, unsigned i)
{
        int r = card_open(ret, ret_len, m->part[i], m->n_part[i], &m->card_keys[i], &m->id, i + 1);

        return r > 0 ? GROUP_E_REFUSED : r;
}

static int group_open_name(GroupMember *m)
{
        _cleanup_(card_freep) Card *card = NULL;
        int r = group_open_part(&m->name_text, &m->n_name_text, m, 0);

        if (r == 0)
                r = card_join(&card, m->name_text, m->n_name_text, NULL, 0);
        if (r > 0) {
                group_refuse_member(m);
                return 0;
        }
        if (r < 0)
                return r;
        group_drop_part(m, 0);
        free(m->name);
        m->name = strdup(card_name(card));
        return m->name ? 0 : -ENOMEM;
}

int group_unwrap(Group *g)
{
        assert(g->has_key);
        for (size_t i = 0; i < g->n; i++) {
                GroupMember *m = &g->members[i];
                int r = 0;

                if (group_is_self(g, m) || m->refused || m->carded)
                        continue;
                group_unwrap_keys(g, m);
                if (!m->name_text && group_part_ready(m, 0))
                        r = group_open_name(m);
                if (r < 0)
                        return r;
        }
        return 0;
}

bool group_card_ready(const Group *g, const GroupMember *m)
{
        return !group_is_self(g, m) && !m->refused && !m->carded && m->name_text &&
               group_part_ready(m, 1);
}

bool group_any_card_ready(const Group *g)
{
        for (size_t i = 0; i < g->n; i++)
                if (group_card_ready(g, &g->members[i]))
                        return true;
        return false;
}

int group_card(Group *g, GroupMember *m, char **ret)
{
        _cleanup_(secret_freep) char *rest = NULL;
        _cleanup_(card_freep) Card *card = NULL;
        size_t n_rest, len;
        int r = group_open_part(&rest, &n_rest, m, 1);

        if (r == 0)
                r = card_join(&card, m->name_text, m->n_name_text, rest, n_rest);
        if (r == 0)
                r = card_write(ret, &len, card, CARD_V30);
        if (r <= 0)
                return r;
        group_refuse_member(m);
        return GROUP_E_REFUSED;
}

void group_mark_carded(GroupMember *m, const char *name)
{
        group_wipe_member(m);
        m->carded = true;
        if (name && !m->name)
                /* out of memory: we show no name, but keep the card */
                m->name = strdup(name);
}
