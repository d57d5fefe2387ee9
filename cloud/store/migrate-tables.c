/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "migrate-tables.h"

/* The parts that are the same on both sides. */
#define MEMBER_START "id, grp, account, member_id, commitment, route, "
#define MEMBER_END                                                                                 \
        "press_ms, arrival_ms, revision, evidence_sequence, ready, gone, relayed, acknowledged, "  \
        "opening_order, words, mark, gathering, part1, part2"
#define MESSAGE_START "grp, id, sender, "
#define MESSAGE_MIDDLE "kind, run, body, signature, "

/* A sighting in PostgreSQL has 18 bytes: token, transport, strength, and two times of 32 bits. */
#define TIME_AT(at) "('x' || encode(substr(sightings, n + " at ", 4), 'hex'))::bit(32)::bigint"

/* No group has the number 0, and no token hash or escrow that is there is empty: these stand for
 * NULL on the way. */
const MigrateTable migrate_tables[MIGRATE_TABLES] = {
        {
                .name = "account",
                .row = "id, key, handle, confirmed, consent_version, created_ms, epoch,"
                       " guest_until_ms",
                .types = "ibtiiiii",
        },
        {.name = "code", .row = "account, hash, expires_ms, tries", .types = "ibii"},
        {.name = "profile", .row = "account, revision, bytes", .types = "iib"},
        {.name = "leaving", .row = "account", .types = "i"},
        {.name = "spent", .row = "id, expires_ms", .types = "bi"},
        {
                .name = "grp",
                .row = "id, route, phase, opened_ms, deadline_ms, expires_ms, revision,"
                       " closed_revision, opener, n_members, n_opened, n_final, look_ms, others,"
                       " party, passed, n_guests, n_refusing, window_end_ms",
                .types = "itiiiiiibiiiiiiiiii",
        },
        {
                .name = "member",
                .row = MEMBER_START "fix, latitude, longitude, accuracy, token, " MEMBER_END,
                .types = "iiibbtiiiibiiiiiiiiiiiiii",
                .sqlite_select = "SELECT " MEMBER_START "latitude IS NOT NULL,"
                                 " coalesce(latitude, 0), coalesce(longitude, 0),"
                                 " coalesce(accuracy, 0), coalesce(token, zeroblob(8)), " MEMBER_END
                                 " FROM member",
                .sqlite_columns = MEMBER_START "latitude, longitude, accuracy, token, " MEMBER_END,
                .sqlite_values = MEMBER_START "iif(fix, latitude, NULL), iif(fix, longitude, NULL),"
                                              " iif(fix, accuracy, NULL),"
                                              " iif(gathering, token, NULL), " MEMBER_END,
        },
        {
                .name = "heard",
                .way = MIGRATE_UP,
                .row = "member, sightings",
                .types = "it",
                .sqlite_select = "SELECT member, group_concat(hex(token) ||"
                                 " printf('%02x%02x%08x%08x', transport, rssi & 255, first_ms,"
                                 " last_ms), '')"
                                 " FROM (SELECT * FROM heard ORDER BY member, nr) GROUP BY member",
                .postgres_values = "member, decode(sightings, 'hex')",
        },
        {
                .name = "heard",
                .way = MIGRATE_DOWN,
                .row = "member, nr, token, transport, rssi, first_ms, last_ms",
                .types = "iibiiii",
                .postgres_select =
                        "SELECT member, n / 18, substr(sightings, n + 1, 8),"
                        " get_byte(sightings, n + 8),"
                        " (get_byte(sightings, n + 9) + 128) % 256 - 128,"
                        " " TIME_AT("11") ", " TIME_AT(
                                "15") " FROM heard,"
                                      " generate_series(0, length(sightings) - 1, 18) AS n"
                                      " ORDER BY 1, 2",
        },
        {
                .name = "near",
                .way = MIGRATE_UP,
                .row = "member, others",
                .types = "it",
                .sqlite_select = "SELECT member, group_concat(printf('%016x', other), '')"
                                 " FROM (SELECT * FROM near ORDER BY member, other)"
                                 " GROUP BY member",
                .postgres_values = "member, decode(others, 'hex')",
        },
        {
                .name = "near",
                .way = MIGRATE_DOWN,
                .row = "member, other",
                .types = "ii",
                .postgres_select = "SELECT member,"
                                   " ('x' || encode(substr(others, n + 1, 8), 'hex'))::bit(64)"
                                   "::bigint FROM near,"
                                   " generate_series(0, length(others) - 1, 8) AS n ORDER BY 1, 2",
        },
        {
                .name = "opening",
                .row = "member, box_key, sign_key, hash1, hash2, nonce",
                .types = "ibbbbb",
        },
        {
                .name = "message",
                .row = MESSAGE_START "to_all, receiver, " MESSAGE_MIDDLE "has_key_id, key_id",
                .types = "iibibiibbib",
                .sqlite_select = "SELECT " MESSAGE_START "length(receiver) = 0,"
                                 " iif(length(receiver) = 0, zeroblob(16), receiver),"
                                 " " MESSAGE_MIDDLE "key_id IS NOT NULL,"
                                 " coalesce(key_id, zeroblob(8)) FROM message",
                .sqlite_columns = MESSAGE_START "receiver, " MESSAGE_MIDDLE "key_id",
                .sqlite_values = MESSAGE_START "iif(to_all, x'', receiver), " MESSAGE_MIDDLE
                                               "iif(has_key_id, key_id, NULL)",
        },
        {.name = "admission", .row = "grp, other, yes", .types = "iii"},
        {.name = "tie", .row = "a, b", .types = "ii"},
        {.name = "evidence_left", .row = "grp", .types = "i"},
        {.name = "past", .row = "member, token, until_ms", .types = "ibi"},
        {.name = "piece", .row = "key, total, bytes", .types = "iib"},
        {.name = "plan", .row = "grp, bytes", .types = "ib"},
        {.name = "roster", .row = "grp, record_number, bytes, signature", .types = "itbb"},
        {
                .name = "record",
                .row = "id, number, grp, half, expires_ms",
                .types = "ititi",
                .sqlite_select = "SELECT id, number, coalesce(grp, 0), half, expires_ms FROM"
                                 " record",
                .sqlite_values = "id, number, nullif(grp, 0), half, expires_ms",
                .postgres_select = "SELECT id, number, coalesce(grp, 0), half, expires_ms"
                                   " FROM record ORDER BY 1",
                .postgres_values = "id, number, nullif(grp, 0), half, expires_ms",
        },
        {
                .name = "escrow",
                .row = "id, number, member, token_hash, expires_ms, revoked, escrow",
                .types = "itibiib",
                .sqlite_select = "SELECT id, number, member, token_hash, expires_ms, revoked,"
                                 " coalesce(escrow, x'') FROM escrow",
                .sqlite_values = "id, number, member, token_hash, expires_ms, revoked,"
                                 " nullif(escrow, x'')",
                .postgres_select = "SELECT id, number, member, token_hash, expires_ms, revoked,"
                                   " coalesce(escrow, '') FROM escrow ORDER BY 1",
                .postgres_values = "id, number, member, token_hash, expires_ms, revoked,"
                                   " nullif(escrow, '')",
        },
        {.name = "revoking", .row = "number", .types = "t"},
        {
                .name = "\"fetch\"",
                .row = "id, number, reader, at_ms, token_hash",
                .types = "itbib",
                .sqlite_select = "SELECT id, number, reader, at_ms, coalesce(token_hash, x'')"
                                 " FROM \"fetch\"",
                .sqlite_values = "id, number, reader, at_ms, nullif(token_hash, x'')",
                .postgres_select = "SELECT id, number, reader, at_ms, coalesce(token_hash, '')"
                                   " FROM \"fetch\" ORDER BY 1",
                .postgres_values = "id, number, reader, at_ms, nullif(token_hash, '')",
        },
        {
                .name = "tries",
                .row = "what, since_ms, recent, total, last, forget_ms",
                .types = "tiiibi",
        },
};
