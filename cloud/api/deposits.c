/* SPDX-License-Identifier: GPL-2.0-or-later */
/* deposits.c - what members leave for each other: encrypted cards, openings, messages, and the word
 * that they have everything */
#include "handlers.h"
#include "groups.h"
#include "watchers.h"

#include <string.h>

/* As call_group; a member that has left deposits nothing more. */
static int deposit_group(Call *c, ProtobufCBinaryData member_id, MemberRow *ret_member,
                         GroupRow *ret_group)
{
        int r = call_group(c, member_id, ret_member, ret_group);

        return r == PB_STATUS_OK && ret_member->left ? PB_STATUS_WRONG_PHASE : r;
}

enum {
        /* of all pieces of a part but the last: small pieces cost as much as large ones */
        PIECE_MIN = 256,
        /* What one member may post: a few messages for each other member, and a few to all. Honest
         * terminals post a group key, and in three tries at the words two proofs to each. */
        MESSAGES_TO_EACH = 16,
        MESSAGES_TO_ALL = 64,
};

/* Status OK, or BUSY: the account has as many bytes in groups as it may. */
static int deposit_check_room(Call *c, uint32_t total)
{
        const CloudSettings *settings = c->node->settings;
        uint32_t members;
        uint64_t bytes;
        int r = store_account_use(c->node->store, c->account.id, settings->memberships, &members,
                                  &bytes);

        if (r < 0)
                return r;
        return bytes + total > settings->account_bytes ? PB_STATUS_BUSY : PB_STATUS_OK;
}

/* Pieces may still come after the close, until the member opens: the commitment has fixed them. */
int handle_upload(Call *c)
{
        const PbUpload *w = c->request->upload;
        MemberRow m;
        GroupRow g;
        PieceRow p = {.part = w->part, .offset = w->offset, .total = w->total};
        int r;

        r = deposit_group(c, w->member_id, &m, &g);
        if (r != PB_STATUS_OK)
                return r;
        if (w->total > c->node->settings->max_card_bytes || w->offset > STORE_PIECE_OFFSET_MAX)
                return PB_STATUS_TOO_LARGE;
        if (w->bytes.len < PIECE_MIN && w->offset + w->bytes.len < w->total)
                return PB_STATUS_MALFORMED;
        if (g.phase == GROUP_ALONE || g.phase == GROUP_EXPIRED)
                return PB_STATUS_WRONG_PHASE;
        r = w->offset == 0 ? deposit_check_room(c, w->total) : PB_STATUS_OK;
        if (r != PB_STATUS_OK)
                return r;
        r = group_heard(c->node, &g, &m, c->now_ms);
        if (r < 0)
                return r;
        p.member_id = m.member_id;
        p.bytes = w->bytes.data;
        p.len = w->bytes.len;
        r = store_piece_put(c->node->store, m.id, &p);
        return r == STORE_E_NOT_FOUND ? PB_STATUS_WRONG_PHASE : r > 0 ? PB_STATUS_CONFLICT : r;
}

/* The same opening again is fine, another is not. */
static int deposit_compare_opening(Call *c, const MemberRow *m, const MemberOpening *o)
{
        MemberOpening stands;
        int r = store_opening_get(c->node->store, m->id, &stands);

        if (r != 0)
                return must(r);
        return memcmp(&stands, o, sizeof stands) == 0 ? PB_STATUS_OK : PB_STATUS_CONFLICT;
}

/* We check that the opening names the deposited parts: the other members would take a wrong hash
 * for a lie of the cloud. The others hear of openings when all are there (watch_has_news). */
static int deposit_opening(Call *c, MemberRow *m, GroupRow *g, const MemberOpening *o)
{
        Store *s = c->node->store;
        Bytes32 hash[2];
        int r;

        r = store_pieces_complete(s, m->id, hash);
        if (r != 0)
                return r < 0 ? r : PB_STATUS_WRONG_PHASE;
        if (!bytes32_equal(&hash[0], &o->part_hash[0]) ||
            !bytes32_equal(&hash[1], &o->part_hash[1]))
                return PB_STATUS_CONFLICT;
        g->n_opened++;
        r = store_opening_put(s, m->id, o, g->n_opened);
        if (r != 0)
                return must(r);
        if (g->phase != GROUP_OPENING)
                return group_changed(c->node, g);
        r = must(store_group_update(s, g));
        return r < 0 ? r : group_go_on_if_open(c->node, g, c->now_ms);
}

int handle_opening(Call *c)
{
        MemberOpening o;
        MemberRow m;
        GroupRow g;
        int r;

        r = deposit_group(c, c->request->opening->member_id, &m, &g);
        if (r != PB_STATUS_OK)
                return r;
        if (g.phase != GROUP_OPENING && g.phase != GROUP_EXCHANGING)
                return PB_STATUS_WRONG_PHASE;
        memset(&o, 0, sizeof o); /* compared as a whole */
        wire_opening_read(&o, c->request->opening);
        if (m.opening_order > 0)
                return deposit_compare_opening(c, &m, &o);
        if (opening_mark(&o) != m.mark) /* a guest that would pass for another, or the reverse */
                return PB_STATUS_CONFLICT;
        if (!opening_matches(&o, &m.commitment))
                return PB_STATUS_CONFLICT;
        return deposit_opening(c, &m, &g, &o);
}

/* ---- messages ---- */

/* The row of the member a message is for, 0 for all. Status OK, NO_MEMBER, or negative errno. */
static int deposit_find_receiver(Call *c, const MessageRow *m, const GroupRow *g, int64_t *ret)
{
        MemberRow receiver;
        int r;

        *ret = 0;
        if (m->to_all)
                return PB_STATUS_OK;
        r = store_member_get(c->node->store, &m->to, &receiver);
        if (r < 0)
                return r;
        if (r > 0 || receiver.group != g->id)
                return PB_STATUS_NO_MEMBER;
        *ret = receiver.id;
        return PB_STATUS_OK;
}

static void deposit_read_message(MessageRow *ret, const PbMemberMessage *w)
{
        *ret = (MessageRow){
                .to_all = w->to.len == 0,
                .kind = w->kind,
                .run = w->run,
                .body_len = w->body.len,
                .has_key_id = w->key_id.len > 0,
        };
        wire_id_read(&ret->from, w->from);
        if (!ret->to_all)
                wire_id_read(&ret->to, w->to);
        memcpy(ret->body, w->body.data ? w->body.data : (const uint8_t *)"", w->body.len);
        memcpy(ret->signature, w->signature.data, sizeof ret->signature);
        if (ret->has_key_id)
                memcpy(ret->key_id, w->key_id.data, sizeof ret->key_id);
}

/* What a member has posted, and may. */
typedef struct Posted {
        uint32_t all, to_all, most;
} Posted;

static bool deposit_has_room(const Posted *p, const MessageRow *m)
{
        return p->all < p->most && (!m->to_all || p->to_all < MESSAGES_TO_ALL);
}

static int deposit_message(Call *c, const GroupRow *g, const PbMemberMessage *w, Posted *posted)
{
        int64_t receiver;
        MessageRow m;
        int r;

        deposit_read_message(&m, w);
        r = deposit_find_receiver(c, &m, g, &receiver);
        if (r != PB_STATUS_OK)
                return r;
        r = store_message_add(c->node->store, g->id, &m, deposit_has_room(posted, &m));
        if (r == STORE_E_FULL)
                return PB_STATUS_BUSY;
        if (r != 0)
                return r < 0 ? r : PB_STATUS_CONFLICT;
        if (m.id == 0)
                return PB_STATUS_OK;
        posted->all++;
        posted->to_all += m.to_all;
        watchers_touch(c->node->watchers, g->id, receiver);
        return PB_STATUS_OK;
}

/* Posts in order up to the first that cannot be; what was posted before it stands. One message of a
 * kind and run for each receiver is the bound of what a member may post; a repetition takes no
 * room. */
int handle_post(Call *c)
{
        const PbPost *w = c->request->post;
        Posted posted;
        MemberRow m;
        GroupRow g;
        int r;

        r = deposit_group(c, w->member_id, &m, &g);
        if (r != PB_STATUS_OK)
                return r;
        if (g.phase != GROUP_EXCHANGING || m.opening_order == 0)
                return PB_STATUS_WRONG_PHASE;
        posted.most = MESSAGES_TO_ALL + MESSAGES_TO_EACH * g.n_members;
        r = store_count_messages(c->node->store, g.id, &m.member_id, posted.most, &posted.all,
                                 &posted.to_all);
        for (size_t i = 0; r == PB_STATUS_OK && i < w->n_messages; i++)
                r = deposit_message(c, &g, w->messages[i], &posted);
        return r;
}

int handle_acknowledge(Call *c)
{
        MemberRow m;
        GroupRow g;
        int r;

        r = call_group(c, c->request->acknowledge->member_id, &m, &g);
        if (r != PB_STATUS_OK || m.acknowledged)
                return r;
        if (g.phase != GROUP_EXCHANGING)
                return PB_STATUS_WRONG_PHASE;
        m.acknowledged = true;
        r = store_member_update(c->node->store, &m);
        if (r != 0)
                return must(r);
        return group_finish_if_delivered(c->node, &g, c->now_ms);
}
