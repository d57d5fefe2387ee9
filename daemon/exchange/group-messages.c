/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group-messages.c - messages between members, and the choice of the group key */
#include "group.h"

#include <assert.h>
#include <string.h>

/* ---- keys ---- */

bool group_offer_key(Group *g, const Key *key)
{
        uint8_t id[GROUPKEY_ID_SIZE];

        groupkey_id(id, key);
        if (g->key_run == MESSAGE_RUN_MAX || (g->has_key && memcmp(id, g->key_id, sizeof id) >= 0))
                return false;
        g->key = *key;
        g->has_key = true;
        memcpy(g->key_id, id, sizeof id);
        for (size_t i = 0; i < g->n; i++)
                g->members[i].shares = false;
        return true;
}

bool group_key_counts(const Group *g, const uint8_t key_id[static GROUPKEY_ID_SIZE])
{
        for (size_t i = 0; i < g->n; i++) {
                const GroupMember *m = &g->members[i];

                if (m->announces && memcmp(m->announced, key_id, sizeof m->announced) == 0)
                        return true;
        }
        return false;
}

static void group_show_key(GroupMember *m, const uint8_t key_id[static GROUPKEY_ID_SIZE])
{
        m->shows = true;
        memcpy(m->shown, key_id, sizeof m->shown);
}

/* The first name key of a member announces the group key that it drew, or the first one it got. */
static void group_note_name_key(GroupMember *m, unsigned part,
                                const uint8_t key_id[static GROUPKEY_ID_SIZE])
{
        group_show_key(m, key_id);
        if (part == 0 && !m->announces) {
                memcpy(m->announced, key_id, sizeof m->announced);
                m->announces = true;
        }
}

static bool group_is_our_key(const Group *g, const uint8_t key_id[static GROUPKEY_ID_SIZE])
{
        return g->has_key && memcmp(key_id, g->key_id, sizeof g->key_id) == 0;
}

void group_take_key(GroupMember *m, const Key *key, const uint8_t key_id[static GROUPKEY_ID_SIZE])
{
        group_show_key(m, key_id);
        m->has_given = true;
        m->given = *key;
}

void group_use_keys(Group *g)
{
        uint8_t id[GROUPKEY_ID_SIZE];

        for (size_t i = 0; i < g->n; i++) {
                GroupMember *m = &g->members[i];

                if (!m->has_given)
                        continue;
                groupkey_id(id, &m->given);
                if (!group_key_counts(g, id))
                        continue;
                (void)group_offer_key(g, &m->given);
                m->has_given = false;
                key_done(&m->given);
                m->shares = m->shares || group_is_our_key(g, id);
        }
}

/* A key that does not match its id is the sender's fault. With words we take no boxed key: its
 * sender has a code without words. */
static void group_take_boxed_key(Group *g, GroupMember *m, const PbMemberMessage *w)
{
        _cleanup_key_ Key key = {};
        uint8_t id[GROUPKEY_ID_SIZE];

        if (g->words) {
                m->unproven = true;
                return;
        }
        if (groupkey_unbox(&key, w->body.data, w->body.len, &g->transcript, g->own,
                           &m->opening.box_key) != 0) {
                group_refuse_member(m);
                return;
        }
        groupkey_id(id, &key);
        if (memcmp(id, w->key_id.data, sizeof id) != 0) {
                group_refuse_member(m);
                return;
        }
        group_take_key(m, &key, id);
}

static bool group_open_wrapped(Group *g, GroupMember *m, unsigned i,
                               const uint8_t wrapped[static WRAPPED_KEY_SIZE])
{
        _cleanup_key_ Key key = {};

        if (cardkey_unwrap(&key, wrapped, WRAPPED_KEY_SIZE, &g->key, &g->transcript, &m->id,
                           i + 1) != 0)
                return false;
        if (!m->has_card_key[i])
                m->card_keys[i] = key;
        if (!m->has_card_key[i] && m->skipped[i])
                g->n_awaited++;
        m->has_card_key[i] = m->shares = true;
        return true;
}

/* A wrapped key that opens under our key needs no signature check: a key holder made it, and the
 * commitment fixes what the card key can open. This saves most of the work in a large group. */
static bool group_take_own_wrapped(Group *g, GroupMember *m, unsigned i, const PbMemberMessage *w)
{
        if (w->to.len > 0 || w->body.len != WRAPPED_KEY_SIZE ||
            !group_is_our_key(g, w->key_id.data) || !group_open_wrapped(g, m, i, w->body.data))
                return false;
        group_note_name_key(m, i, w->key_id.data);
        m->has_wrapped[i] = false;
        return true;
}

/* Keeps a key wrapped under another group key, which we may get later. */
static void group_take_wrapped(Group *g, GroupMember *m, unsigned i, const PbMemberMessage *w)
{
        if (w->to.len > 0 || w->body.len != WRAPPED_KEY_SIZE ||
            group_is_our_key(g, w->key_id.data)) {
                group_refuse_member(m);
                return;
        }
        memcpy(m->wrapped[i], w->body.data, WRAPPED_KEY_SIZE);
        memcpy(m->wrapped_under[i], w->key_id.data, GROUPKEY_ID_SIZE);
        m->has_wrapped[i] = true;
        m->shares = false;
        group_note_name_key(m, i, w->key_id.data);
}

/* ---- verdicts ---- */

static bool group_verdict_holds(const Group *g, const GroupMember *m, const PbMemberMessage *w,
                                const Id *about, const uint8_t tag[static sizeof(Bytes32)])
{
        Bytes32 expected;

        if (!group_is_our_key(g, w->key_id.data))
                return false;
        groupkey_verdict(&expected, &g->key, &g->transcript, w->kind, &m->id, about);
        return sodium_memcmp(expected.b, tag, sizeof expected) == 0;
}

/* About ourselves we cannot check the tag without the key. Then it only means that this sponsor
 * rejects us. A party knows no verdicts: everybody in it has the key. */
static void group_take_unproven(Group *g, GroupMember *m, const PbMemberMessage *w)
{
        GroupMember *about;
        Id id;

        if (!g->words || w->body.len != sizeof id + sizeof(Bytes32))
                return;
        memcpy(id.b, w->body.data, sizeof id);
        about = group_find(g, &id);
        if (about && group_is_self(g, about) && !g->has_key)
                m->unproven = m->failed = true;
        else if (about && !about->shares &&
                 group_verdict_holds(g, m, w, &id, w->body.data + sizeof id))
                about->unproven = about->failed = true;
}

/* Only a holder of our group key may burn the code: it has proven the words. Without the key we
 * cannot tell, and believe nobody. A party has no words to burn. */
static void group_take_burn(Group *g, const GroupMember *m, const PbMemberMessage *w)
{
        if (g->words && w->body.len == sizeof(Bytes32) &&
            group_verdict_holds(g, m, w, &m->id, w->body.data))
                g->burned = true;
}

/* In a party there is nothing to prove: the sender uses a code with words. */
static int group_take_proof(Group *g, GroupMember *m, const PbMemberMessage *w)
{
        if (g->words)
                return g->proof(g->userdata, m, w);
        m->unproven = true;
        return 0;
}

/* ---- messages ---- */

static bool message_signed_by(const Group *g, const GroupMember *m, const PbMemberMessage *w)
{
        Id to;
        MessageFields fields = {
                .from = m->id,
                .kind = w->kind,
                .body = w->body.data,
                .body_len = w->body.len,
                .key_id = w->key_id.len > 0 ? w->key_id.data : NULL,
                .run = w->run,
        };

        if (w->to.len > 0) {
                wire_id_read(&to, w->to);
                fields.to = &to;
        }
        return message_verify(w->signature.data, &fields, &g->transcript, &m->opening.sign_key);
}

static bool message_is_wrapped(const PbMemberMessage *w)
{
        return w->kind == PB_MESSAGE_NAME_KEY || w->kind == PB_MESSAGE_CARD_KEY;
}

static unsigned message_part(const PbMemberMessage *w)
{
        return w->kind == PB_MESSAGE_CARD_KEY;
}

static int group_take_signed(Group *g, GroupMember *m, const PbMemberMessage *w)
{
        switch (w->kind) {
        case PB_MESSAGE_NAME_KEY:
        case PB_MESSAGE_CARD_KEY:
                group_take_wrapped(g, m, message_part(w), w);
                break;
        case PB_MESSAGE_GROUP_KEY:
                if (w->body.len == PROOF_KEY_SIZE)
                        return group_take_proof(g, m, w);
                group_take_boxed_key(g, m, w);
                break;
        case PB_MESSAGE_PROOF_A:
        case PB_MESSAGE_PROOF_B:
                return group_take_proof(g, m, w);
        case PB_MESSAGE_UNPROVEN:
                group_take_unproven(g, m, w);
                break;
        case PB_MESSAGE_BURN:
                group_take_burn(g, m, w);
                break;
        case PB_MESSAGE_VETO:
                m->left = true;
                m->disputes = w->body.len == 1 && w->body.data[0] == MESSAGE_VETO_DISPUTE;
                break;
        default: /* from a newer terminal; we do not need it */
                break;
        }
        return 0;
}

/* An absent reader needs only the wrapped card keys sent to all. */
static bool message_is_for_us(const Group *g, const PbMemberMessage *w)
{
        if (!g->own)
                return w->to.len == 0 && message_is_wrapped(w);
        return w->to.len == 0 || memcmp(w->to.data, g->own->id.b, sizeof g->own->id.b) == 0;
}

/* A signature covers the transcript, so it also fails if the sender saw another group. */
int group_take_message(Group *g, const PbMemberMessage *w)
{
        GroupMember *m;
        Id from;

        assert(g->fixed);
        wire_id_read(&from, w->from);
        m = group_find(g, &from);
        if (!m || !m->opened)
                return GROUP_E_REFUSED;
        if (group_is_self(g, m) || m->refused || group_is_apart(g, m) || !message_is_for_us(g, w))
                return 0;
        if (message_is_wrapped(w) && group_take_own_wrapped(g, m, message_part(w), w))
                return 0;
        if (!message_signed_by(g, m, w)) {
                group_refuse_member(m);
                return 0;
        }
        return group_take_signed(g, m, w);
}

void group_unwrap_keys(Group *g, GroupMember *m)
{
        for (unsigned i = 0; i < 2; i++) {
                if (!m->has_wrapped[i] || !group_is_our_key(g, m->wrapped_under[i]))
                        continue;
                if (!group_open_wrapped(g, m, i, m->wrapped[i])) {
                        group_refuse_member(m);
                        return;
                }
                m->has_wrapped[i] = false;
        }
}
