/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory that a group takes does not depend on what the cloud and members claim. */
#include "daemon/exchange/group.h"

#include "tests/unit/test.h"

enum { GHOSTS = 900, PIECE = 1024 };

/* Ourselves, one honest member, and ghosts that exist on the roster alone. */
typedef struct Scene {
        MemberKeys own, peer;
        MemberOpening own_opening, peer_opening;
        RosterMember rows[2 + GHOSTS];
        uint8_t *parts[2]; /* of the peer */
        size_t n_parts[2];
        Key group_key;
        CloudPin cloud;
        uint8_t cloud_private[64];
        Roster *roster;
        Group *group;
} Scene;

static const char *const texts[2] = {
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Olha\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nVERSION:4.0\r\nEMAIL:olha@example.org\r\nEND:VCARD\r\n",
};

static void scene_make_people(Scene *s)
{
        Bytes32 hashes[2];

        member_keys_draw(&s->own);
        member_keys_draw(&s->peer);
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(card_seal(&s->parts[i], &s->n_parts[i], texts[i], strlen(texts[i]),
                                           &s->peer.card_keys[i], &s->peer.id, i + 1),
                                 0);
                card_part_hash(&hashes[i], s->parts[i], s->n_parts[i]);
        }
        opening_make(&s->own_opening, &s->own, hashes);
        opening_make(&s->peer_opening, &s->peer, hashes);
        randombytes_buf(s->rows, sizeof s->rows);
        s->rows[0].id = s->own.id;
        s->rows[1].id = s->peer.id;
        commitment_make(&s->rows[0].commitment, &s->own_opening);
        commitment_make(&s->rows[1].commitment, &s->peer_opening);
}

static void scene_begin(Scene *s)
{
        PbWatched w = PB_WATCHED_INIT;
        PbOpening openings[2], *list[2] = {&openings[0], &openings[1]};

        *s = (Scene){0};
        scene_make_people(s);
        key_random(&s->group_key);
        (void)crypto_sign_keypair(s->cloud.identity.sign_key.b, s->cloud_private);
        assert_int_equal(roster_sign(&s->roster, "00000000001", 1, &s->own.id, s->rows, 2 + GHOSTS,
                                     s->cloud_private),
                         0);
        assert_int_equal(group_new(&s->group, &s->own, &s->rows[0].commitment, &s->cloud,
                                   s->roster->bytes, s->roster->n_bytes, s->roster->signature),
                         0);
        pb_opening_init(&openings[0]);
        pb_opening_init(&openings[1]);
        wire_opening_fill(&openings[0], &s->own_opening);
        wire_opening_fill(&openings[1], &s->peer_opening);
        w.phase = PB_PHASE_EXCHANGING;
        w.n_openings = w.final_openings = 2;
        w.openings = list;
        assert_int_equal(group_watched(s->group, &w), 0);
        assert_true(group_offer_key(s->group, &s->group_key));
}

static void scene_end(Scene *s)
{
        group_free(s->group);
        roster_free(s->roster);
        free(s->parts[0]);
        free(s->parts[1]);
}

/* As much as a piece holds, of a part of which total bytes are told. */
static int take_piece(Scene *s, const Id *member, unsigned part, const uint8_t *bytes, size_t n,
                      size_t total)
{
        PbListPiece piece = PB_LIST_PIECE_INIT, *list = &piece;
        PbListPage page = PB_LIST_PAGE_INIT;

        piece.member_id = wire_bytes(member->b, sizeof *member);
        piece.part = part + 1;
        piece.total = (uint32_t)total;
        piece.bytes = wire_bytes(bytes, n);
        page.n_pieces = 1;
        page.pieces = &list;
        return group_page(s->group, &page);
}

/* All that there is room for: the first ghosts tell the largest parts, the others small ones. */
static void take_ghosts(Scene *s)
{
        static const uint8_t bytes[PIECE];

        for (unsigned round = 0; round < 2; round++)
                for (size_t i = 2; i < 2 + GHOSTS; i++)
                        for (unsigned part = 0; part < 2; part++)
                                if (!group_find(s->group, &s->rows[i].id)->part[part])
                                        assert_int_equal(
                                                take_piece(s, &s->rows[i].id, part, bytes, PIECE,
                                                           round ? PIECE : CARD_SEALED_MAX),
                                                0);
}

static void take_peer(Scene *s)
{
        for (unsigned part = 0; part < 2; part++)
                assert_int_equal(take_piece(s, &s->peer.id, part, s->parts[part], s->n_parts[part],
                                            s->n_parts[part]),
                                 0);
}

static void take_peers_keys(Scene *s)
{
        uint8_t wrapped[WRAPPED_KEY_SIZE], signature[64] = {0};
        PbMemberMessage m = PB_MEMBER_MESSAGE_INIT, *list = &m;
        PbWatched w = PB_WATCHED_INIT;

        w.phase = PB_PHASE_EXCHANGING;
        w.final_openings = 2;
        w.n_messages = 1;
        w.messages = &list;
        m.from = wire_bytes(s->peer.id.b, sizeof s->peer.id);
        m.key_id = wire_bytes(s->group->key_id, sizeof s->group->key_id);
        m.body = wire_bytes(wrapped, sizeof wrapped);
        m.signature = wire_bytes(signature, sizeof signature);
        for (unsigned part = 0; part < 2; part++) {
                m.kind = part ? PB_MESSAGE_CARD_KEY : PB_MESSAGE_NAME_KEY;
                cardkey_wrap(wrapped, &s->peer.card_keys[part], &s->group_key,
                             &s->group->transcript, &s->peer.id, part + 1);
                assert_int_equal(group_watched(s->group, &w), 0);
        }
}

static size_t memory_of_parts(const Scene *s)
{
        size_t bytes = 0;

        for (size_t i = 0; i < s->group->n; i++)
                bytes += s->group->members[i].part_size[0] + s->group->members[i].part_size[1];
        return bytes;
}

static void ghosts_fill_no_memory(void **state)
{
        Scene s;

        scene_begin(&s);
        take_ghosts(&s);
        take_ghosts(&s);
        assert_in_range(memory_of_parts(&s), 1, GROUP_HELD_MAX);
        scene_end(&s);
}

/* A member whose parts came when there was no room is not lost: with its keys the list is read
 * again, and then there is room for what can be opened. */
static void ghosts_displace_nobody(void **state)
{
        char *card = NULL;
        GroupMember *m;
        Scene s;

        scene_begin(&s);
        take_ghosts(&s);
        take_peer(&s);
        m = group_find(s.group, &s.peer.id);
        assert_non_null(m);
        assert_false(group_part_whole(m, 0) || group_part_whole(m, 1));
        assert_int_equal(s.group->n_awaited, 0);
        take_peers_keys(&s);
        assert_int_equal(s.group->n_awaited, 2);
        take_ghosts(&s);
        take_peer(&s);
        assert_int_equal(group_unwrap(s.group), 0);
        assert_true(group_card_ready(s.group, m));
        assert_int_equal(group_card(s.group, m, &card), 0);
        assert_non_null(strstr(card, "olha@example.org"));
        secret_free(card);
        scene_end(&s);
}

/* Without ghosts nothing is skipped, and nothing read twice. */
static void small_groups_have_room(void **state)
{
        Scene s;

        scene_begin(&s);
        take_peer(&s);
        take_peers_keys(&s);
        assert_int_equal(s.group->n_awaited, 0);
        assert_int_equal(group_unwrap(s.group), 0);
        assert_true(group_any_card_ready(s.group));
        scene_end(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ghosts_fill_no_memory),
                cmocka_unit_test(ghosts_displace_nobody),
                cmocka_unit_test(small_groups_have_room),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
