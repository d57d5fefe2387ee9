/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cloud and hostile members send after the close. Byte 0: with words or a party. Then
 * operations, each a byte for what it is, two for its members and options, and one for the length
 * of what follows:
 *
 *   openings, honest messages, messages with any body (signed, or not), pieces of the list, which
 *   member is near or has left, our own group key, and all else as a response of the cloud
 */
#include "fuzz.h"

#include "daemon/exchange/group.h"
#include "src/base/text.h"
#include "src/card/card.h"
#include "tests/unit/fixed-random.h"

#include <assert.h>
#include <string.h>

enum { MEMBERS = 4, OP_HEAD = 4 };

typedef enum Op {
        OP_OPEN,
        OP_HONEST,
        OP_MESSAGE,
        OP_PIECE,
        OP_MOVE,
        OP_OWN_KEY,
        OP_RESPONSE,
        OPS
} Op;

typedef struct Person {
        MemberKeys keys;
        MemberOpening opening;
        Bytes32 commitment;
        uint8_t *parts[2];
        size_t n_parts[2];
} Person;

/* The group, the same for each input. The first person is oneself. */
static struct {
        Person people[MEMBERS];
        CloudPin cloud;
        uint8_t cloud_private[64];
        Roster *roster;
        Key keys[2];
        Code code;
} world;

static void world_make(void)
{
        static const char *const texts[2] = {
                "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zoe\r\nEND:VCARD\r\n",
                "BEGIN:VCARD\r\nVERSION:4.0\r\nEMAIL:zoe@example.org\r\nEND:VCARD\r\n",
        };
        RosterMember rows[MEMBERS];
        int r = sodium_init();

        fixed_random("fuzz-group");
        (void)crypto_sign_keypair(world.cloud.identity.sign_key.b, world.cloud_private);
        key_random(&world.keys[0]);
        key_random(&world.keys[1]);
        r = code_parse(&world.code, "4821 maple tiger", NULL);
        assert(r == 0);
        for (size_t i = 0; i < MEMBERS; i++) {
                Person *p = &world.people[i];
                Bytes32 hashes[2];

                member_keys_draw(&p->keys);
                for (unsigned k = 0; k < 2; k++) {
                        r = card_seal(&p->parts[k], &p->n_parts[k], texts[k], strlen(texts[k]),
                                      &p->keys.card_keys[k], &p->keys.id, k + 1);
                        assert(r == 0);
                        card_part_hash(&hashes[k], p->parts[k], p->n_parts[k]);
                }
                opening_make(&p->opening, &p->keys, hashes);
                commitment_make(&p->commitment, &p->opening);
                rows[i] = (RosterMember){p->keys.id, p->commitment};
        }
        r = roster_sign(&world.roster, "00000000001", 1, &rows[0].id, rows, MEMBERS,
                        world.cloud_private);
        assert(r == 0);
}

static int on_proof(void *userdata, GroupMember *m, const PbMemberMessage *w)
{
        return 0;
}

/* ---- operations; a, b: two bytes that choose ---- */

static void open_some(Group *g, uint8_t members, uint8_t final)
{
        PbWatched w = PB_WATCHED_INIT;
        PbOpening openings[MEMBERS], *list[MEMBERS];

        w.phase = final & 0x80 ? PB_PHASE_EXCHANGING : PB_PHASE_OPENING;
        w.final_openings = final & 7;
        w.openings = list;
        for (size_t i = 0; i < MEMBERS; i++)
                if (members & 1 << i) {
                        pb_opening_init(&openings[w.n_openings]);
                        wire_opening_fill(&openings[w.n_openings], &world.people[i].opening);
                        list[w.n_openings] = &openings[w.n_openings];
                        w.n_openings++;
                }
        (void)group_watched(g, &w);
}

/* signs: by the sender's key, else the signature is of zeros. */
static void send_message(Group *g, PbMemberMessage *m, const Person *from, const Person *to,
                         bool signs)
{
        PbWatched w = PB_WATCHED_INIT;
        uint8_t signature[64] = {0};
        MessageFields fields = {
                .from = from->keys.id,
                .to = to ? &to->keys.id : NULL,
                .kind = m->kind,
                .body = m->body.data,
                .body_len = m->body.len,
                .key_id = m->key_id.len > 0 ? m->key_id.data : NULL,
                .run = m->run,
        };

        if (signs)
                message_sign(signature, &fields, &g->transcript, &from->keys);
        m->from = wire_bytes(from->keys.id.b, sizeof from->keys.id);
        if (to)
                m->to = wire_bytes(to->keys.id.b, sizeof to->keys.id);
        m->signature = wire_bytes(signature, sizeof signature);
        w.phase = PB_PHASE_EXCHANGING;
        w.final_openings = g->n_final;
        w.n_messages = 1;
        w.messages = &m;
        (void)group_watched(g, &w);
}

/* What an honest member would say at this moment, under either of two group keys. */
static void send_honest(Group *g, uint8_t a, uint8_t b)
{
        const Person *from = &world.people[a % MEMBERS], *self = &world.people[0];
        const Key *key = &world.keys[b & 1];
        uint8_t body[MEMBER_MESSAGE_BODY_MAX], id[GROUPKEY_ID_SIZE];
        PbMemberMessage m = PB_MEMBER_MESSAGE_INIT;
        unsigned part = b >> 1 & 1;
        int r = 0;

        groupkey_id(id, key);
        m.key_id = wire_bytes(id, sizeof id);
        if (b & 4) {
                m.kind = PB_MESSAGE_GROUP_KEY;
                r = groupkey_box(body, key, &g->transcript, &from->keys, &self->opening.box_key);
                m.body = wire_bytes(body, GROUPKEY_BOX_SIZE);
        } else {
                m.kind = part ? PB_MESSAGE_CARD_KEY : PB_MESSAGE_NAME_KEY;
                cardkey_wrap(body, &from->keys.card_keys[part], key, &g->transcript, &from->keys.id,
                             part + 1);
                m.body = wire_bytes(body, WRAPPED_KEY_SIZE);
        }
        if (r == 0)
                send_message(g, &m, from, b & 4 ? self : NULL, true);
}

static void send_any(Group *g, uint8_t a, uint8_t b, const uint8_t *body, size_t n)
{
        PbMemberMessage m = PB_MEMBER_MESSAGE_INIT;
        uint8_t id[GROUPKEY_ID_SIZE];

        groupkey_id(id, &world.keys[b & 1]);
        m.kind = b >> 4;
        m.run = a >> 4;
        m.body = wire_bytes(body, n);
        if (b & 2)
                m.key_id = wire_bytes(id, sizeof id);
        send_message(g, &m, &world.people[a % MEMBERS], b & 4 ? &world.people[0] : NULL, b & 8);
}

/* A piece of a real part, or of bytes from the input. */
static void send_piece(Group *g, uint8_t a, uint8_t b, const uint8_t *bytes, size_t n)
{
        const Person *p = &world.people[a % MEMBERS];
        unsigned i = b & 1;
        size_t total = p->n_parts[i], at = b & 2 ? total / 2 : 0;
        PbListPiece piece = PB_LIST_PIECE_INIT, *list = &piece;
        PbListPage page = PB_LIST_PAGE_INIT;

        piece.member_id = wire_bytes(p->keys.id.b, sizeof p->keys.id);
        piece.part = i + 1;
        piece.offset = (uint32_t)at;
        piece.total = (uint32_t)total;
        piece.bytes = wire_bytes(p->parts[i] + at, b & 4 ? total - at : total / 2);
        if (b & 8 && n > 0) {
                piece.total = (uint32_t)(n + (a >> 4));
                piece.offset = a >> 4;
                piece.bytes = wire_bytes(bytes, n);
        }
        page.n_pieces = 1;
        page.pieces = &list;
        (void)group_page(g, &page);
}

static void move_member(Group *g, uint8_t a, uint8_t b)
{
        PbWatched w = PB_WATCHED_INIT;
        ProtobufCBinaryData id = wire_bytes(world.people[a % MEMBERS].keys.id.b, sizeof(Id));

        w.phase = PB_PHASE_OPENING;
        w.near = w.left = &id;
        w.n_near = b & 1;
        w.n_left = b >> 1 & 1;
        (void)group_watched(g, &w);
}

static void take_response(Group *g, const uint8_t *data, size_t n)
{
        _cleanup_(wire_response_freep) WireResponse *r = NULL;

        if (wire_unpack_response(&r, data, n) != 0)
                return;
        if (r->body_case == PB_RESPONSE_BODY_WATCHED)
                (void)group_watched(g, r->watched);
        else if (r->body_case == PB_RESPONSE_BODY_LIST_PAGE)
                (void)group_page(g, r->list_page);
}

static void do_one(Group *g, const uint8_t *head, const uint8_t *rest, size_t n)
{
        switch ((Op)(head[0] % OPS)) {
        case OP_OPEN:
                open_some(g, head[1], head[2]);
                break;
        case OP_HONEST:
                if (g->fixed)
                        send_honest(g, head[1], head[2]);
                break;
        case OP_MESSAGE:
                if (g->fixed)
                        send_any(g, head[1], head[2], rest, n);
                break;
        case OP_PIECE:
                send_piece(g, head[1], head[2], rest, n);
                break;
        case OP_MOVE:
                move_member(g, head[1], head[2]);
                break;
        case OP_OWN_KEY:
                if (g->fixed)
                        (void)group_offer_key(g, &world.keys[head[1] & 1]);
                break;
        case OP_RESPONSE:
                take_response(g, rest, n);
                break;
        case OPS:
                break;
        }
}

static void check_group(Group *g)
{
        if (g->has_key && group_unwrap(g) != 0)
                return;
        for (size_t i = 0; i < g->n; i++) {
                GroupMember *m = &g->members[i];
                char *card = NULL;

                assert(!m->refused || (!m->part[0] && !m->part[1] && !m->name_text));
                assert(!m->name || text_is_utf8(m->name, strlen(m->name)));
                if (group_card_ready(g, m) && group_card(g, m, &card) == 0) {
                        assert(m->opened && text_is_utf8(card, strlen(card)));
                        group_mark_carded(m, "Zoe");
                }
                secret_free(card);
        }
        assert(group_cards(g) <= group_names(g) && group_names(g) < MEMBERS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(group_freep) Group *g = NULL;
        const Person *self = &world.people[0];
        size_t at = 1;

        if (!world.roster)
                world_make();
        if (size == 0 ||
            group_new(&g, &self->keys, &self->commitment, &world.cloud, world.roster->bytes,
                      world.roster->n_bytes, world.roster->signature) != 0)
                return 0;
        g->words = data[0] & 1 ? &world.code : NULL;
        g->proof = on_proof;
        while (size - at >= OP_HEAD) {
                size_t n = MIN((size_t)data[at + 3], size - at - OP_HEAD);

                do_one(g, data + at, data + at + OP_HEAD, n);
                at += OP_HEAD + n;
                check_group(g);
        }
        return 0;
}
