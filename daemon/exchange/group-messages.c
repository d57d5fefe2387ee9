/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group-messages.c - what members say to each other, and which group key comes to be ours */
#include "group.h"

#include <assert.h>
#include <string.h>

/* ---- keys that come ---- */

bool group_offer_key(Group *g, const Key *key)
{
        uint8_t id[GROUPKEY_ID_SIZE];

        groupkey_id(id, key);
        if (g->key_run == MESSAGE_RUN_MAX || (g->has_key && memcmp(id, g->key_id, sizeof id) >= 0))
                return false;
        g->key = *key;
        g->has_key = true;
        g->key_run++;
        memcpy(g->key_id, id, sizeof id);
        for (size_t i = 0; i < g->n; i++)
                g->members[i].shares = g->members[i].served = g->members[i].offered = false;
        return true;
}

static void group_show_key(GroupMember *m, const uint8_t key_id[static GROUPKEY_ID_SIZE])
{
        m->shows = true;
        memcpy(m->shown, key_id, sizeof m->shown);
}

static bool group_is_our_key(const Group *g, const uint8_t key_id[static GROUPKEY_ID_SIZE])
{
        return g->has_key && memcmp(key_id, g->key_id, sizeof g->key_id) == 0;
}

/* With a key that is not what it is called the sender is at fault. Who has agreed on words takes
 * none in this way, and who gives it so has no words. */
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
        group_show_key(m, id);
        (void)group_offer_key(g, &key);
        m->shares = group_is_our_key(g, id);
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
        m->has_card_key[i] = m->shares = true;
        return true;
}

/* What opens under our key needs no signature: a holder of the key wrapped it, and what the card
 * key in it opens is bound to the commitment. In a large group this saves nearly all of the
 * work. */
static bool group_take_own_wrapped(Group *g, GroupMember *m, unsigned i, const PbMemberMessage *w)
{
        if (w->to.len > 0 || w->body.len != WRAPPED_KEY_SIZE ||
            !group_is_our_key(g, w->key_id.data) || !group_open_wrapped(g, m, i, w->body.data))
                return false;
        group_show_key(m, w->key_id.data);
        m->has_wrapped[i] = false;
        return true;
}

/* Under a key that we may come to have. */
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
        group_show_key(m, w->key_id.data);
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

/* Of ourselves, who cannot check the tag, it says only that this sponsor will not have us. */
static void group_take_unproven(Group *g, GroupMember *m, const PbMemberMessage *w)
{
        GroupMember *about;
        Id id;

        if (w->body.len != sizeof id + sizeof(Bytes32))
                return;
        memcpy(id.b, w->body.data, sizeof id);
        about = group_find(g, &id);
        if (about && group_is_self(g, about) && !g->has_key)
                m->unproven = m->failed = true;
        else if (about && !about->shares &&
                 group_verdict_holds(g, m, w, &id, w->body.data + sizeof id))
                about->unproven = about->failed = true;
}

/* Whoever has the key may say so; without it we believe those who could burn the code by wrong
 * answers. */
static void group_take_burn(Group *g, const GroupMember *m, const PbMemberMessage *w)
{
        if (w->body.len != sizeof(Bytes32))
                return;
        if (g->has_key ? group_verdict_holds(g, m, w, &m->id, w->body.data)
                       : proof_counts(m->near, g->any_near))
                g->burned = true;
}

/* A party knows no words: who proves some is of another exchange. */
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
                break;
        default: /* of a newer terminal: nothing that this one waits for */
                break;
        }
        return 0;
}

/* Who was absent reads what members told all, and has no use for anything but the keys of their
 * cards. */
static bool message_is_for_us(const Group *g, const PbMemberMessage *w)
{
        if (!g->own)
                return w->to.len == 0 && message_is_wrapped(w);
        return w->to.len == 0 || memcmp(w->to.data, g->own->id.b, sizeof g->own->id.b) == 0;
}

/* A signature covers the transcript: it fails, too, where the sender was shown another group. */
int group_take_message(Group *g, const PbMemberMessage *w)
{
        GroupMember *m;
        Id from;

        assert(g->fixed);
        wire_id_read(&from, w->from);
        m = group_find(g, &from);
        if (!m || !m->opened)
                return GROUP_E_REFUSED;
        if (group_is_self(g, m) || m->refused || !message_is_for_us(g, w))
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
