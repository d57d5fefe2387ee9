/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group.h - what this member knows of the closed group: roster, openings, transcript, keys, the others'
 * cards
 *
 * Pure logic: it is fed what the cloud passes on and checks all of it against the commitments in the signed
 * roster. GROUP_E_REFUSED means that somebody between the members lies (an honest cloud lets none of it
 * through); what can be one member's own fault marks that member refused and concerns nobody else.
 */
#pragma once

#include "../src/cardseal.h"
#include "../src/groupkey.h"
#include "../src/wire.h"

enum { _GROUP_E_SUCCESS, GROUP_E_REFUSED };

typedef struct GroupMember {
        Id id;
        Bytes32 commitment;
        uint32_t opened; /* 1, 2, … in the order of the openings; 0 = not yet */
        MemberOpening opening;
        bool refused, left;
        bool holds_key; /* as a message of its own says */
        bool served;    /* we have sealed the group key to it */
        bool has_wrapped[2], has_card_key[2];
        uint8_t wrapped[2][WRAPPED_KEY_SIZE];
        Key card_keys[2];
        uint8_t *part[2]; /* encrypted, as far as it came */
        size_t n_part[2], part_size[2];
        char *name_text; /* decrypted part 1 */
        size_t n_name_text;
        char *name;
        bool carded;
} GroupMember;

typedef struct Group {
        const MemberKeys *own;
        Bytes32 cloud_sign_key;
        Roster *roster;
        GroupMember *members; /* as in the roster, oneself included */
        size_t n, self;
        uint32_t n_opened; /* openings that have come */
        uint64_t next_message;
        bool fixed; /* the openings are final: transcript and phrase stand */
        uint32_t n_final;
        Bytes32 transcript;
        char phrase[PHRASE_TEXT_MAX];
        bool has_key;
        Key key;
        bool released; /* our own card key is out: the group can no longer be refused as a whole */
} Group;

/* Borrows own. ROSTER_E_… as roster_verify says. */
int group_new(Group **ret, const MemberKeys *own, const Bytes32 *own_commitment,
              const Bytes32 *cloud_sign_key, const uint8_t *roster, size_t n_roster,
              const uint8_t signature[static 64]);
Group *group_free(Group *g);
DEFINE_CLEANUP(Group *, group_free);
void group_wipe(Group *g); /* keys and ciphertexts; names stay */

/* ---- what comes from the cloud ---- */

bool group_roster_is(const Group *g, const uint8_t *roster, size_t n_roster,
                     const uint8_t signature[static 64]);
/* What is new in a group that has closed; all of it is taken, however the first of it was judged. */
int group_watched(Group *g, const Huddle__V1__Watched *w);
int group_page(Group *g, const Huddle__V1__ListPage *page);

/* ---- keys and cards ---- */

void group_set_key(Group *g, const Key *key);
/* Opens what can be opened by now: wrapped keys and names. */
int group_unwrap(Group *g);
/* Whether this member's card can be opened now and has not been taken. */
bool group_card_ready(const Group *g, const GroupMember *m);
bool group_any_card_ready(const Group *g);
/* Opens the card as vCard 3.0. GROUP_E_REFUSED: it is none, and the member is refused. *ret: secret_free. */
int group_card(Group *g, GroupMember *m, char **ret);
void group_mark_carded(GroupMember *m, const char *name); /* copies the name; drops the ciphertext */

/* ---- who is next ---- */

/* How many opened members come before us in the order of sponsors (opener, final, late; by id), of all or of
 * those who hold the key. Who left or was refused does not count. */
size_t group_rank(const Group *g, bool among_holders);
bool group_may_have_key(const Group *g, const GroupMember *m); /* opened and there, somebody else */
bool group_needs_key(const Group *g, const GroupMember *m); /* and without the key, and not served by us */

typedef enum GroupWant { GROUP_PARTS, GROUP_NAMES, GROUP_CARDS } GroupWant;
/* How many others this is still missing of; final_only leaves out who opened late or not at all (of whom the
 * parts are never missing). */
size_t group_missing(const Group *g, GroupWant want, bool final_only);
size_t group_names(const Group *g);
size_t group_cards(const Group *g);
bool group_has_others(const Group *g); /* somebody else who has neither left nor was refused */
bool group_has_refused(const Group *g);
bool group_has_holders(const Group *g); /* somebody else shows that they have the group key */

GroupMember *group_find(Group *g, const Id *id); /* NULL: not on the roster */
static inline bool group_is_self(const Group *g, const GroupMember *m)
{
        return m == &g->members[g->self];
}
static inline bool group_part_whole(const GroupMember *m, unsigned i)
{
        return m->part[i] && m->n_part[i] == m->part_size[i];
}
