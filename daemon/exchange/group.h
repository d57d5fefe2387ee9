/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group.h - our view of the closed group: roster, openings, transcript, keys, cards
 *
 * Pure logic. It takes the cloud's data and checks it against the commitments in the signed
 * roster. GROUP_E_REFUSED: data that an honest cloud would never pass on, so the cloud lies. A
 * fault that one member can cause alone marks only that member as refused.
 */
#pragma once

#include "src/protocol/cardseal.h"
#include "src/protocol/groupkey.h"
#include "src/protocol/guests.h"
#include "src/protocol/proof.h"
#include "src/protocol/succession.h"
#include "src/protocol/wire.h"

enum {
        _GROUP_E_SUCCESS,
        GROUP_E_REFUSED,
        GROUP_E_LATE, /* the cloud does not count our opening */
};

/* Memory for parts without a key yet: so much, whatever the cloud and the members send.
 * Parts beyond it are left out until their keys come. */
enum { GROUP_HELD_MAX = 32 * 1024 * 1024 };

typedef struct GroupMember {
        Id id;
        Bytes32 commitment;
        uint32_t opened; /* 1, 2, … in order of opening; 0 = not yet */
        MemberOpening opening;
        GuestMark mark; /* of its opening */
        bool refused, left;
        bool disputes; /* says that its phrase is another */
        bool near;     /* the cloud says that our radios heard each other */
        bool unproven; /* wrong words, or another kind of code */
        bool failed;   /* wrong words: do not offer it another run */
        bool shows;    /* claims to hold the group key with this id: */
        uint8_t shown[GROUPKEY_ID_SIZE];
        bool announces; /* has sent a name key; the first one was under this group key: */
        uint8_t announced[GROUPKEY_ID_SIZE];
        bool has_given; /* it gave us a group key that we have not looked at yet */
        Key given;
        bool shares; /* holds our group key: what it wrapped opens under it */
        bool has_wrapped[2], has_card_key[2];
        uint8_t wrapped[2][WRAPPED_KEY_SIZE], wrapped_under[2][GROUPKEY_ID_SIZE];
        Key card_keys[2];
        uint8_t *part[2]; /* encrypted; n_part bytes received */
        size_t n_part[2], part_size[2];
        bool skipped[2]; /* the part came while there was no room for it */
        char *name_text; /* decrypted part 1 */
        size_t n_name_text;
        char *name;
        bool carded;
} GroupMember;

/* Takes a signed message of the proof; 0 or negative errno. Called only if words is set. */
typedef int (*GroupProofFunc)(void *userdata, GroupMember *m, const PbMemberMessage *w);

typedef struct Group {
        const MemberKeys *own; /* NULL: we are absent and read the record */
        const CloudPin *cloud; /* borrowed; may move while the group lives */
        Roster *roster;
        GroupMember *members; /* as in the roster, including ourselves */
        size_t n, self;       /* self is n if we are absent */
        uint32_t n_opened;    /* openings received */
        uint32_t n_awaited; /* parts that were skipped and may be taken now: read the list again */
        uint64_t next_message, next_card_key; /* cursors of the watch */
        bool fixed; /* openings are final; transcript and phrase are valid */
        uint32_t n_final;
        bool parted; /* guests take no part beside terminals (guests.h); as fixed */
        Bytes32 transcript;
        char phrase[PHRASE_TEXT_MAX];
        bool has_key;
        Key key;
        uint8_t key_id[GROUPKEY_ID_SIZE];
        unsigned key_run;  /* group keys we have used, including this one */
        const Code *words; /* NULL: a party; borrowed */
        bool any_near;
        bool burned;     /* an accepted BURN has come */
        bool proof_over; /* stop waiting for members without our key */
        GroupProofFunc proof;
        void *userdata;
        bool released; /* our card key is out: too late to refuse the whole group */
} Group;

/* Borrows own and cloud. ROSTER_E_… as roster_verify says. */
int group_new(Group **ret, const MemberKeys *own, const Bytes32 *own_commitment,
              const CloudPin *cloud, const uint8_t *roster, size_t n_roster,
              const uint8_t signature[static 64]);
/* For an absent reader: we are not on the roster. */
int group_new_absent(Group **ret, const CloudPin *cloud, const PbSigned *roster);
Group *group_free(Group *g);
DEFINE_CLEANUP(Group *, group_free);
void group_wipe(Group *g); /* keys and ciphertexts; names stay */

/* ---- what comes from the cloud ---- */

bool group_roster_is(const Group *g, const uint8_t *roster, size_t n_roster,
                     const uint8_t signature[static 64]);
/* Takes everything in w, even after a refusal; returns the worst result. */
int group_watched(Group *g, const PbWatched *w);
int group_page(Group *g, const PbListPage *page);

/* ---- keys and cards ---- */

/* The key with the smallest id wins, so all members converge. True: this is our key now. */
bool group_offer_key(Group *g, const Key *key);
/* A group key counts if it is the first one that some member has announced to all. So there are at
 * most as many as members, everybody knows of the same ones, and nobody can give different keys to
 * different people. Honest members announce a key before they give it. */
bool group_key_counts(const Group *g, const uint8_t key_id[static GROUPKEY_ID_SIZE]);
/* Keeps a group key that m gave us, until group_use_keys finds that it counts. */
void group_take_key(GroupMember *m, const Key *key, const uint8_t key_id[static GROUPKEY_ID_SIZE]);
void group_use_keys(Group *g);
/* Opens wrapped keys and names as far as possible. */
int group_unwrap(Group *g);
/* The member's card can be opened and has not been taken yet. */
bool group_card_ready(const Group *g, const GroupMember *m);
bool group_any_card_ready(const Group *g);
/* Opens the card as vCard 3.0. GROUP_E_REFUSED: not a card; marks the member refused. Free *ret
 * with secret_free. */
int group_card(Group *g, GroupMember *m, char **ret);
/* copies the name; drops the ciphertext */
void group_mark_carded(GroupMember *m, const char *name);

/* ---- between the files of this module ---- */

void group_refuse_member(GroupMember *m);
int group_take_message(Group *g, const PbMemberMessage *w);
void group_unwrap_keys(Group *g, GroupMember *m); /* wrapped keys that came before the group key */

/* ---- order and counts ---- */

/* Number of opened members before us in the sponsor order (opener, final, guests, late; then by
 * id), among all or among holders of our key. Members that left or were refused do not count. */
size_t group_rank(const Group *g, bool among_holders);
/* Another member that has neither left nor been refused. */
bool group_is_present(const Group *g, const GroupMember *m);

typedef enum GroupWant { GROUP_PARTS, GROUP_NAMES, GROUP_CARDS } GroupWant;
/* Number of others without it. final_only skips members that opened late, not at all, or proved
 * nothing in time. Parts never count as missing before the opening. */
size_t group_missing(const Group *g, GroupWant want, bool final_only);
size_t group_names(const Group *g);
size_t group_cards(const Group *g);
bool group_has_others(const Group *g); /* another member may still exchange with us */
bool group_has_refused(const Group *g);
/* A member says that its phrase is another; with words, one that has proven them. */
bool group_has_disputes(const Group *g);
bool group_has_unproven(const Group *g);
bool group_has_holders(const Group *g); /* another member shows a group key */
bool group_has_sharers(const Group *g); /* another member holds our group key */

/* A guest beside a terminal, or the reverse, where guests take no part: they exchange nothing. */
static inline bool group_is_apart(const Group *g, const GroupMember *m)
{
        return g->parted && g->own && m->opened &&
               (m->mark == MARK_GUEST) != (g->members[g->self].mark == MARK_GUEST);
}
bool group_has_apart(const Group *g);

GroupMember *group_find(Group *g, const Id *id); /* NULL: not on the roster */
/* The cloud takes messages only from members that have opened. */
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
