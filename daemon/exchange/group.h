/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group.h - what this member knows of the closed group: roster, openings, transcript, keys, the
 * others' cards
 *
 * Pure logic: it is fed what the cloud passes on and checks all of it against the commitments in
 * the signed roster. GROUP_E_REFUSED means that somebody between the members lies (an honest
 * cloud lets none of it through); what can be one member's own fault marks that member refused
 * and concerns nobody else.
 */
#pragma once

#include "src/protocol/cardseal.h"
#include "src/protocol/groupkey.h"
#include "src/protocol/proof.h"
#include "src/protocol/wire.h"

enum { _GROUP_E_SUCCESS, GROUP_E_REFUSED };

typedef struct GroupMember {
        Id id;
        Bytes32 commitment;
        uint32_t opened; /* 1, 2, … in the order of the openings; 0 = not yet */
        MemberOpening opening;
        bool refused, left;
        bool near;     /* we have heard each other: the cloud says so */
        bool unproven; /* it answered with other words, or keeps to another kind of code */
        bool failed;   /* the former: no use in another run with it */
        bool shows;    /* that it has the key of this id: */
        uint8_t shown[GROUPKEY_ID_SIZE];
        bool shares;  /* it has our group key, because what it wraps opens under it */
        bool offered; /* by us: a run of the proof that it has not answered yet */
        bool served;  /* by us: the group key is on its way to it */
        ProofPair proof;
        unsigned asks_order; /* of the last run it has begun, among all that were begun with us */
        unsigned asks_run;   /* of a run that it has begun and we have not answered yet; 0 = none */
        uint8_t asks_share[PROOF_SHARE_SIZE], asks_key[GROUPKEY_ID_SIZE];
        bool has_wrapped[2], has_card_key[2];
        uint8_t wrapped[2][WRAPPED_KEY_SIZE], wrapped_under[2][GROUPKEY_ID_SIZE];
        Key card_keys[2];
        uint8_t *part[2]; /* encrypted, as far as it came */
        size_t n_part[2], part_size[2];
        char *name_text; /* decrypted part 1 */
        size_t n_name_text;
        char *name;
        bool carded;
} GroupMember;

/* A message of the proof has come, signed; 0 or negative errno. Called where words is set. */
typedef int (*GroupProofFunc)(void *userdata, GroupMember *m, const PbMemberMessage *w);

typedef struct Group {
        const MemberKeys *own; /* NULL: absent, a reader of the record */
        Bytes32 cloud_sign_key;
        Roster *roster;
        GroupMember *members; /* as in the roster, oneself included */
        size_t n, self;       /* self is n for who was absent */
        uint32_t n_opened;    /* openings that have come */
        uint64_t next_message;
        bool fixed; /* the openings are final: transcript and phrase stand */
        uint32_t n_final;
        Bytes32 transcript;
        char phrase[PHRASE_TEXT_MAX];
        bool has_key;
        Key key;
        uint8_t key_id[GROUPKEY_ID_SIZE];
        unsigned key_run;  /* how many keys there have been here, this one included */
        const Code *words; /* NULL: a party; borrowed */
        ProofBudget budget;
        bool any_near;
        unsigned n_asks;
        bool burned;     /* somebody who may say so says that the code is */
        bool proof_over; /* who shares no key by now is not waited for */
        GroupProofFunc proof;
        void *userdata;
        bool released; /* our own card key is out: the group can no longer be refused as a whole */
} Group;

/* Borrows own. ROSTER_E_… as roster_verify says. */
int group_new(Group **ret, const MemberKeys *own, const Bytes32 *own_commitment,
              const Bytes32 *cloud_sign_key, const uint8_t *roster, size_t n_roster,
              const uint8_t signature[static 64]);
/* For somebody who was absent: nobody in it is oneself. */
int group_new_absent(Group **ret, const Bytes32 *cloud_sign_key, const PbSigned *roster);
Group *group_free(Group *g);
DEFINE_CLEANUP(Group *, group_free);
void group_wipe(Group *g); /* keys and ciphertexts; names stay */

/* ---- what comes from the cloud ---- */

bool group_roster_is(const Group *g, const uint8_t *roster, size_t n_roster,
                     const uint8_t signature[static 64]);
/* What is new in a group that has closed; all of it is taken, however the first of it was
 * judged. */
int group_watched(Group *g, const PbWatched *w);
int group_page(Group *g, const PbListPage *page);

/* ---- keys and cards ---- */

/* Of several keys the one with the smallest id counts: so all come to have the same. True: it is
 * ours now. */
bool group_offer_key(Group *g, const Key *key);
/* Opens what can be opened by now: wrapped keys and names. */
int group_unwrap(Group *g);
/* Whether this member's card can be opened now and has not been taken. */
bool group_card_ready(const Group *g, const GroupMember *m);
bool group_any_card_ready(const Group *g);
/* Opens the card as vCard 3.0. GROUP_E_REFUSED: it is none, and the member is refused. *ret:
 * secret_free. */
int group_card(Group *g, GroupMember *m, char **ret);
/* copies the name; drops the ciphertext */
void group_mark_carded(GroupMember *m, const char *name);

/* ---- between the files of this module ---- */

void group_refuse_member(GroupMember *m);
int group_take_message(Group *g, const PbMemberMessage *w);
void group_unwrap_keys(Group *g, GroupMember *m); /* those that came before the group key */

/* ---- who is next ---- */

/* How many opened members come before us in the order of sponsors (opener, final, late; by id), of
 * all or of those who hold the key. Who left or was refused does not count. */
size_t group_rank(const Group *g, bool among_holders);
/* Somebody else, opened and there, without our key or a better one, to whom we have not given
 * it. */
bool group_needs_key(const Group *g, const GroupMember *m);

typedef enum GroupWant { GROUP_PARTS, GROUP_NAMES, GROUP_CARDS } GroupWant;
/* How many others this is still missing of; final_only leaves out who opened late or not at all (of
 * whom the parts are never missing), or without proof in time. */
size_t group_missing(const Group *g, GroupWant want, bool final_only);
size_t group_names(const Group *g);
size_t group_cards(const Group *g);
bool group_has_others(const Group *g); /* somebody else with whom there may be an exchange yet */
bool group_has_refused(const Group *g);
bool group_has_unproven(const Group *g);
bool group_has_holders(const Group *g); /* somebody else shows that they have a group key */
bool group_has_sharers(const Group *g); /* … and that it is ours */

GroupMember *group_find(Group *g, const Id *id); /* NULL: not on the roster */
/* The cloud takes nothing from a member whose opening it has not. */
static inline bool group_takes_messages(const Group *g)
{
        return g->fixed && g->members[g->self].opened > 0;
}
static inline bool group_is_self(const Group *g, const GroupMember *m)
{
        return m == &g->members[g->self];
}
static inline bool group_part_whole(const GroupMember *m, unsigned i)
{
        return m->part[i] && m->n_part[i] == m->part_size[i];
}
