/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-sqlite-schema.c - the tables of the embedded store, as they are and as they came to be
 */
#include "store-sqlite.h"

/* Groups and members are found in memory: their tables have no index. piece.key is member << 20 |
 * (part - 1) << 19 | offset, so that pieces lie in the order in which lists send them.
 * working_set.generation grows with each batch that changes groups, so that a process whose memory
 * is of before reads again; its other columns are the last numbers that were given. */
static const char schema_now[] =
        "CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL"
        " UNIQUE, handle TEXT NOT NULL UNIQUE, confirmed INTEGER NOT NULL, consent_version"
        " INTEGER NOT NULL, created_ms INTEGER NOT NULL, epoch INTEGER NOT NULL DEFAULT 0,"
        " guest_until_ms INTEGER NOT NULL DEFAULT 0) STRICT;"
        "CREATE INDEX account_unconfirmed ON account (created_ms) WHERE confirmed = 0;"
        "CREATE INDEX account_guest ON account (guest_until_ms) WHERE guest_until_ms > 0;"
        "CREATE TABLE code (account INTEGER PRIMARY KEY, hash BLOB NOT NULL, expires_ms"
        " INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT;"
        "CREATE INDEX code_expires ON code (expires_ms);"
        "CREATE TABLE profile (account INTEGER PRIMARY KEY, revision INTEGER NOT NULL, bytes"
        " BLOB NOT NULL) STRICT;"
        "CREATE TABLE leaving (account INTEGER PRIMARY KEY) STRICT;"
        "CREATE TABLE grp (id INTEGER PRIMARY KEY, route TEXT NOT NULL, phase INTEGER NOT"
        " NULL, opened_ms INTEGER NOT NULL, deadline_ms INTEGER NOT NULL, expires_ms INTEGER"
        " NOT NULL, revision INTEGER NOT NULL, closed_revision INTEGER NOT NULL, opener BLOB"
        " NOT NULL, n_members INTEGER NOT NULL, n_opened INTEGER NOT NULL, n_final INTEGER NOT"
        " NULL, look_ms INTEGER NOT NULL, others INTEGER NOT NULL, party INTEGER NOT NULL,"
        " passed INTEGER NOT NULL, n_guests INTEGER NOT NULL, n_refusing INTEGER NOT NULL,"
        " window_end_ms INTEGER NOT NULL DEFAULT 0) STRICT;"
        "CREATE TABLE member (id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, account INTEGER"
        " NOT NULL, member_id BLOB NOT NULL, commitment BLOB NOT NULL, route TEXT NOT NULL,"
        " latitude INTEGER, longitude INTEGER, accuracy INTEGER, token BLOB, press_ms INTEGER"
        " NOT NULL, arrival_ms INTEGER NOT NULL, revision INTEGER NOT NULL, evidence_sequence"
        " INTEGER NOT NULL, ready INTEGER NOT NULL, gone INTEGER NOT NULL, relayed INTEGER NOT"
        " NULL, acknowledged INTEGER NOT NULL, opening_order INTEGER NOT NULL, words INTEGER"
        " NOT NULL, mark INTEGER NOT NULL, gathering INTEGER NOT NULL, part1 INTEGER NOT NULL,"
        " part2 INTEGER NOT NULL) STRICT;"
        "CREATE TABLE plan (grp INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
        "CREATE TABLE evidence_left (grp INTEGER PRIMARY KEY) STRICT;"
        "CREATE TABLE opening (member INTEGER PRIMARY KEY, box_key BLOB NOT NULL, sign_key"
        " BLOB NOT NULL, hash1 BLOB NOT NULL, hash2 BLOB NOT NULL, nonce BLOB NOT NULL)"
        " STRICT;"
        "CREATE TABLE heard (member INTEGER NOT NULL, nr INTEGER NOT NULL, token BLOB NOT"
        " NULL, transport INTEGER NOT NULL, rssi INTEGER NOT NULL, first_ms INTEGER NOT NULL,"
        " last_ms INTEGER NOT NULL, PRIMARY KEY (member, nr)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE near (member INTEGER NOT NULL, other INTEGER NOT NULL, PRIMARY KEY"
        " (member, other)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE tie (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b))"
        " STRICT, WITHOUT ROWID;"
        "CREATE TABLE admission (grp INTEGER NOT NULL, other INTEGER NOT NULL, yes INTEGER"
        " NOT NULL, PRIMARY KEY (grp, other)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE past (member INTEGER PRIMARY KEY, token BLOB NOT NULL, until_ms INTEGER"
        " NOT NULL) STRICT;"
        "CREATE TABLE piece (key INTEGER PRIMARY KEY, total INTEGER NOT NULL, bytes BLOB NOT"
        " NULL) STRICT;"
        "CREATE TABLE message (id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, sender BLOB NOT"
        " NULL, receiver BLOB NOT NULL, kind INTEGER NOT NULL, run INTEGER NOT NULL, body BLOB"
        " NOT NULL, signature BLOB NOT NULL, key_id BLOB) STRICT;"
        "CREATE TABLE roster (grp INTEGER PRIMARY KEY, record_number TEXT NOT NULL UNIQUE,"
        " bytes BLOB NOT NULL, signature BLOB NOT NULL) STRICT;"
        "CREATE TABLE record (id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, grp"
        " INTEGER, half TEXT NOT NULL, expires_ms INTEGER NOT NULL) STRICT;"
        "CREATE INDEX record_grp ON record (grp) WHERE grp IS NOT NULL;"
        "CREATE INDEX record_over ON record (expires_ms) WHERE grp IS NULL;"
        "CREATE TABLE fetch (id INTEGER PRIMARY KEY, number TEXT NOT NULL, reader BLOB NOT"
        " NULL, at_ms INTEGER NOT NULL, token_hash BLOB) STRICT;"
        "CREATE INDEX fetch_reader ON fetch (reader);"
        "CREATE UNIQUE INDEX fetch_once ON fetch (number, token_hash, reader);"
        "CREATE TABLE escrow (id INTEGER PRIMARY KEY, number TEXT NOT NULL, member INTEGER"
        " NOT NULL, token_hash BLOB NOT NULL, expires_ms INTEGER NOT NULL, revoked INTEGER NOT"
        " NULL, escrow BLOB) STRICT;"
        "CREATE UNIQUE INDEX escrow_token ON escrow (number, token_hash, member);"
        "CREATE INDEX escrow_member ON escrow (number, member);"
        "CREATE INDEX escrow_stands ON escrow (expires_ms) WHERE escrow IS NOT NULL;"
        "CREATE TABLE revoking (number TEXT PRIMARY KEY) STRICT;"
        "CREATE TABLE tries (what TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, recent INTEGER"
        " NOT NULL, total INTEGER NOT NULL, last BLOB NOT NULL, forget_ms INTEGER NOT NULL)"
        " STRICT, WITHOUT ROWID;"
        "CREATE INDEX tries_forget ON tries (forget_ms);"
        "CREATE TABLE spent (id BLOB NOT NULL UNIQUE, expires_ms INTEGER NOT NULL) STRICT;"
        "CREATE INDEX spent_expires ON spent (expires_ms);"
        "CREATE TABLE working_set (id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER"
        " NOT NULL, grp INTEGER NOT NULL, member INTEGER NOT NULL, message INTEGER NOT NULL)"
        " STRICT;"
        "INSERT INTO working_set VALUES (1, 0, 0, 0, 0);";

/* ---- what leads there from the files of earlier versions ---- */

/* Gathering members are what the matcher looks among: their indexes hold nothing else. piece.key is
 * member << 20 | (part - 1) << 19 | offset, so that pieces lie in the order in which lists send
 * them. */
static const char schema_1[] =
        "CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL UNIQUE,"
        " handle TEXT NOT NULL UNIQUE, confirmed INTEGER NOT NULL, consent_version INTEGER NOT "
        "NULL,"
        " created_ms INTEGER NOT NULL) STRICT;"
        "CREATE INDEX account_unconfirmed ON account (created_ms) WHERE confirmed = 0;"
        "CREATE TABLE code (account INTEGER PRIMARY KEY, hash BLOB NOT NULL, expires_ms INTEGER "
        "NOT NULL,"
        " tries INTEGER NOT NULL) STRICT;"
        "CREATE TABLE profile (account INTEGER PRIMARY KEY, revision INTEGER NOT NULL, bytes BLOB "
        "NOT NULL) "
        "STRICT;"
        "CREATE TABLE grp (id INTEGER PRIMARY KEY AUTOINCREMENT, route TEXT NOT NULL, phase "
        "INTEGER NOT "
        "NULL,"
        " opened_ms INTEGER NOT NULL, deadline_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,"
        " revision INTEGER NOT NULL, closed_revision INTEGER NOT NULL, opener BLOB NOT NULL,"
        " n_members INTEGER NOT NULL, n_opened INTEGER NOT NULL, n_final INTEGER NOT NULL) STRICT;"
        "CREATE INDEX grp_deadline ON grp (deadline_ms) WHERE deadline_ms > 0;"
        "CREATE INDEX grp_expires ON grp (expires_ms);"
        "CREATE TABLE member (id INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL,"
        " account INTEGER NOT NULL, member_id BLOB NOT NULL, commitment BLOB NOT NULL, route TEXT "
        "NOT NULL,"
        " latitude INTEGER, longitude INTEGER, accuracy INTEGER, token BLOB, press_ms INTEGER NOT "
        "NULL,"
        " arrival_ms INTEGER NOT NULL, revision INTEGER NOT NULL, evidence_sequence INTEGER NOT "
        "NULL,"
        " ready INTEGER NOT NULL, gone INTEGER NOT NULL, relayed INTEGER NOT NULL, acknowledged "
        "INTEGER NOT "
        "NULL,"
        " opening_order INTEGER NOT NULL, gathering INTEGER NOT NULL) STRICT;"
        "CREATE UNIQUE INDEX member_member_id ON member (member_id);"
        "CREATE INDEX member_grp ON member (grp);"
        "CREATE INDEX member_account ON member (account, gathering);"
        "CREATE INDEX member_near ON member (route, latitude, longitude) WHERE gathering;"
        "CREATE INDEX member_vague ON member (route, latitude, longitude) WHERE gathering AND "
        "accuracy >= " SQL_VAGUE_M ";"
        "CREATE INDEX member_recent ON member (route) WHERE gathering;"
        "CREATE INDEX member_token ON member (token) WHERE gathering;"
        "CREATE INDEX member_opened ON member (grp, opening_order) WHERE opening_order > 0;"
        "CREATE TABLE spent (id BLOB NOT NULL UNIQUE, expires_ms INTEGER NOT NULL) STRICT;"
        "CREATE INDEX spent_expires ON spent (expires_ms);"
        "CREATE TABLE heard (member INTEGER NOT NULL, nr INTEGER NOT NULL, token BLOB NOT NULL,"
        " transport INTEGER NOT NULL, rssi INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms "
        "INTEGER NOT "
        "NULL,"
        " PRIMARY KEY (member, nr)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX heard_token ON heard (token);"
        "CREATE TABLE near (member INTEGER NOT NULL, other INTEGER NOT NULL, PRIMARY KEY (member, "
        "other))"
        " STRICT, WITHOUT ROWID;"
        "CREATE TABLE piece (key INTEGER PRIMARY KEY, total INTEGER NOT NULL, bytes BLOB NOT NULL) "
        "STRICT;"
        "CREATE TABLE opening (member INTEGER PRIMARY KEY, box_key BLOB NOT NULL, sign_key BLOB "
        "NOT NULL,"
        " hash1 BLOB NOT NULL, hash2 BLOB NOT NULL, nonce BLOB NOT NULL) STRICT;"
        "CREATE TABLE roster (grp INTEGER PRIMARY KEY, record_number TEXT NOT NULL UNIQUE, bytes "
        "BLOB NOT "
        "NULL,"
        " signature BLOB NOT NULL) STRICT;"
        "CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL,"
        " sender BLOB NOT NULL, receiver BLOB NOT NULL, kind INTEGER NOT NULL, run INTEGER NOT "
        "NULL,"
        " body BLOB NOT NULL, signature BLOB NOT NULL, key_id BLOB) STRICT;"
        "CREATE UNIQUE INDEX message_said ON message (grp, sender, receiver, kind, run);"
        "CREATE INDEX message_to ON message (grp, receiver);";

static const char schema_2[] =
        "CREATE TABLE record (id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, grp INTEGER,"
        " half TEXT NOT NULL, expires_ms INTEGER NOT NULL, token_hash BLOB, revoked INTEGER NOT "
        "NULL,"
        " escrow BLOB) STRICT;"
        "CREATE INDEX record_grp ON record (grp) WHERE grp IS NOT NULL;"
        "CREATE INDEX record_expires ON record (expires_ms);"
        "CREATE INDEX record_escrow ON record (expires_ms) WHERE escrow IS NOT NULL;"
        "CREATE TABLE fetch (id INTEGER PRIMARY KEY, number TEXT NOT NULL, reader BLOB NOT NULL,"
        " at_ms INTEGER NOT NULL) STRICT;"
        "CREATE UNIQUE INDEX fetch_once ON fetch (number, reader);"
        "CREATE INDEX fetch_reader ON fetch (reader);"
        "CREATE TABLE tries (what TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, recent INTEGER NOT "
        "NULL,"
        " total INTEGER NOT NULL, last BLOB NOT NULL, forget_ms INTEGER NOT NULL) STRICT, WITHOUT "
        "ROWID;"
        "CREATE INDEX tries_forget ON tries (forget_ms);";

/* One escrow per record becomes one per member and token. Older ones have no member. */
static const char schema_3[] =
        "CREATE INDEX member_gone ON member (grp) WHERE gone;"
        "CREATE TABLE escrow (id INTEGER PRIMARY KEY, number TEXT NOT NULL, member INTEGER NOT "
        "NULL,"
        " token_hash BLOB NOT NULL, expires_ms INTEGER NOT NULL, revoked INTEGER NOT NULL, escrow "
        "BLOB)"
        " STRICT;"
        "INSERT INTO escrow (number, member, token_hash, expires_ms, revoked, escrow)"
        " SELECT number, 0, token_hash, expires_ms, revoked, escrow FROM record WHERE token_hash "
        "IS NOT NULL;"
        "CREATE UNIQUE INDEX escrow_token ON escrow (number, token_hash, member);"
        "CREATE INDEX escrow_member ON escrow (number, member);"
        "CREATE INDEX escrow_stands ON escrow (expires_ms) WHERE escrow IS NOT NULL;"
        "ALTER TABLE fetch ADD COLUMN token_hash BLOB;"
        "UPDATE fetch SET token_hash = (SELECT r.token_hash FROM record r WHERE r.number = "
        "fetch.number);"
        "DROP INDEX fetch_once;"
        "CREATE UNIQUE INDEX fetch_once ON fetch (number, token_hash, reader);"
        "DROP INDEX record_escrow;"
        "ALTER TABLE record DROP COLUMN escrow;"
        "ALTER TABLE record DROP COLUMN token_hash;"
        "ALTER TABLE record DROP COLUMN revoked;";

/* Card keys are read apart from other messages; deleting goes in small steps. */
static const char schema_4[] =
        "DROP INDEX message_to;"
        "CREATE INDEX message_told ON message (grp, receiver) WHERE kind <> " SQL_CARD_KEY ";"
        "CREATE INDEX message_card_key ON message (grp) WHERE kind = " SQL_CARD_KEY ";"
        "CREATE INDEX code_expires ON code (expires_ms);"
        "CREATE TABLE leaving (account INTEGER PRIMARY KEY) STRICT;";

/* Words and looks: which groups a party is asked about. heard_token has the listener too, so that
 * "did this one hear that one" is one look-up, whatever others claim to have heard. */
static const char schema_5[] =
        "ALTER TABLE member ADD COLUMN words INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE grp ADD COLUMN look_ms INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE grp ADD COLUMN others INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX grp_look ON grp (look_ms) WHERE look_ms > 0;"
        "CREATE INDEX grp_route ON grp (length(route), route) WHERE phase = " SQL_GATHERING ";"
        "DROP INDEX heard_token;"
        "CREATE INDEX heard_token ON heard (token, member);"
        "CREATE TABLE admission (grp INTEGER NOT NULL, other INTEGER NOT NULL, yes INTEGER NOT "
        "NULL,"
        " PRIMARY KEY (grp, other)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX admission_other ON admission (other);"
        "CREATE TRIGGER member_came AFTER INSERT ON member BEGIN"
        " DELETE FROM admission WHERE grp = NEW.grp; DELETE FROM admission WHERE other = NEW.grp;"
        " END;"
        "CREATE TRIGGER member_went AFTER DELETE ON member BEGIN"
        " DELETE FROM admission WHERE grp = OLD.grp; DELETE FROM admission WHERE other = OLD.grp;"
        " DELETE FROM tie WHERE a = OLD.id; DELETE FROM tie WHERE b = OLD.id; END;"
        "CREATE TRIGGER member_moved AFTER UPDATE OF grp ON member WHEN OLD.grp <> NEW.grp BEGIN"
        " DELETE FROM admission WHERE grp IN (OLD.grp, NEW.grp);"
        " DELETE FROM admission WHERE other IN (OLD.grp, NEW.grp); END;"
        "CREATE TABLE tie (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b))"
        " STRICT, WITHOUT ROWID;"
        "CREATE INDEX tie_b ON tie (b);";

/* Sessions of an account can be ended. */
static const char schema_6[] = "ALTER TABLE account ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;";

/* Groups that gather no more, of whose members evidence is left; groups that are being closed;
 * records of which more tokens are to be revoked. */
static const char schema_7[] =
        "CREATE TABLE evidence_left (grp INTEGER PRIMARY KEY) STRICT;"
        "CREATE TABLE revoking (number TEXT PRIMARY KEY) STRICT;"
        "CREATE TABLE plan (grp INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
        "CREATE TRIGGER plan_ends AFTER DELETE ON grp BEGIN"
        " DELETE FROM plan WHERE grp = OLD.id; DELETE FROM evidence_left WHERE grp = OLD.id; END;";

/* By place: strips of latitude, and in each by longitude. */
static const char schema_8[] =
        "DROP INDEX member_near; DROP INDEX member_vague;"
        "CREATE INDEX member_near ON member (route, latitude / " SQL_STRIP_E7
        ", longitude) WHERE gathering;"
        "CREATE INDEX member_vague ON member (route, latitude / " SQL_STRIP_E7
        ", longitude) WHERE gathering AND accuracy >= " SQL_VAGUE_M ";"
        "CREATE INDEX member_nowhere ON member (route) WHERE gathering AND latitude IS NULL;";

/* Records without a group, in the order in which they are forgotten. */
static const char schema_9[] = "DROP INDEX record_expires;"
                               "CREATE INDEX record_over ON record (expires_ms) WHERE grp IS NULL;";

/* Groups that are no party look around, too. */
static const char schema_10[] = "ALTER TABLE grp ADD COLUMN party INTEGER NOT NULL DEFAULT 0;"
                                "ALTER TABLE grp ADD COLUMN passed INTEGER NOT NULL DEFAULT 0;"
                                "UPDATE grp SET party = 1 WHERE look_ms > 0;";

/* Tokens of members whose group has just closed, for latecomers. */
static const char schema_11[] =
        "CREATE TABLE past (member INTEGER PRIMARY KEY, token BLOB NOT NULL,"
        " until_ms INTEGER NOT NULL) STRICT;"
        "CREATE INDEX past_token ON past (token);"
        "CREATE INDEX past_until ON past (until_ms);"
        "CREATE TRIGGER past_ends AFTER DELETE ON member BEGIN"
        " DELETE FROM past WHERE member = OLD.id; END;";

/* Guests. Groups count those, and members that refuse them, so that others need no second look. */
static const char schema_12[] =
        "ALTER TABLE account ADD COLUMN guest_until_ms INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX account_guest ON account (guest_until_ms) WHERE guest_until_ms > 0;"
        "ALTER TABLE member ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE member ADD COLUMN screen BLOB;"
        "CREATE INDEX member_screen ON member (screen) WHERE gathering AND screen IS NOT NULL;"
        "ALTER TABLE grp ADD COLUMN n_guests INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE grp ADD COLUMN n_refusing INTEGER NOT NULL DEFAULT 0;"
        "CREATE TRIGGER marked_came AFTER INSERT ON member WHEN NEW.mark IN (" SQL_GUEST
        ", " SQL_REFUSED ") BEGIN UPDATE grp SET n_guests = n_guests + (NEW.mark = " SQL_GUEST
        "), n_refusing = n_refusing + (NEW.mark = " SQL_REFUSED ") WHERE id = NEW.grp; END;"
        "CREATE TRIGGER marked_went AFTER DELETE ON member WHEN OLD.mark IN (" SQL_GUEST
        ", " SQL_REFUSED ") BEGIN UPDATE grp SET n_guests = n_guests - (OLD.mark = " SQL_GUEST
        "), n_refusing = n_refusing - (OLD.mark = " SQL_REFUSED ") WHERE id = OLD.grp;"
        " UPDATE account SET guest_until_ms = min(guest_until_ms, OLD.arrival_ms + " SQL_GUEST_MS
        ") WHERE id = OLD.account AND guest_until_ms > 0"
        " AND NOT EXISTS (SELECT 1 FROM member WHERE account = OLD.account); END;"
        "CREATE TRIGGER marked_moved AFTER UPDATE OF grp ON member WHEN OLD.grp <> NEW.grp AND"
        " NEW.mark IN (" SQL_GUEST ", " SQL_REFUSED ") BEGIN"
        " UPDATE grp SET n_guests = n_guests - (NEW.mark = " SQL_GUEST
        "), n_refusing = n_refusing - (NEW.mark = " SQL_REFUSED ") WHERE id = OLD.grp;"
        " UPDATE grp SET n_guests = n_guests + (NEW.mark = " SQL_GUEST
        "), n_refusing = n_refusing + (NEW.mark = " SQL_REFUSED ") WHERE id = NEW.grp; END;";

/* Groups and members are found in memory: their tables lose all indexes, and AUTOINCREMENT, which
 * writes a row for each. Triggers become the set's work. generation grows with each batch that
 * changes them, so that a process whose memory is of before reads again. */
static const char schema_13[] =
        "DROP TRIGGER member_came; DROP TRIGGER member_went; DROP TRIGGER member_moved;"
        "DROP TRIGGER plan_ends; DROP TRIGGER past_ends; DROP TRIGGER marked_came;"
        "DROP TRIGGER marked_went; DROP TRIGGER marked_moved;"
        "CREATE TABLE working_set (id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER NOT "
        "NULL, grp INTEGER NOT NULL, member INTEGER NOT NULL, message INTEGER NOT NULL) STRICT;"
        "INSERT INTO working_set SELECT 1, 0,"
        " coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'grp'), 0),"
        " coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'member'), 0),"
        " coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0);"
        "CREATE TABLE grp_13 (id INTEGER PRIMARY KEY, route TEXT NOT NULL, phase INTEGER NOT NULL,"
        " opened_ms INTEGER NOT NULL, deadline_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,"
        " revision INTEGER NOT NULL, closed_revision INTEGER NOT NULL, opener BLOB NOT NULL,"
        " n_members INTEGER NOT NULL, n_opened INTEGER NOT NULL, n_final INTEGER NOT NULL,"
        " look_ms INTEGER NOT NULL, others INTEGER NOT NULL, party INTEGER NOT NULL,"
        " passed INTEGER NOT NULL, n_guests INTEGER NOT NULL, n_refusing INTEGER NOT NULL) STRICT;"
        "INSERT INTO grp_13 SELECT id, route, phase, opened_ms, deadline_ms, expires_ms, revision,"
        " closed_revision, opener, n_members, n_opened, n_final, look_ms, others, party, passed,"
        " n_guests, n_refusing FROM grp;"
        "DROP TABLE grp; ALTER TABLE grp_13 RENAME TO grp;"
        "CREATE TABLE member_13 (id INTEGER PRIMARY KEY, grp INTEGER NOT NULL,"
        " account INTEGER NOT NULL, member_id BLOB NOT NULL, commitment BLOB NOT NULL, route TEXT "
        "NOT NULL,"
        " latitude INTEGER, longitude INTEGER, accuracy INTEGER, token BLOB, press_ms INTEGER NOT "
        "NULL,"
        " arrival_ms INTEGER NOT NULL, revision INTEGER NOT NULL, evidence_sequence INTEGER NOT "
        "NULL,"
        " ready INTEGER NOT NULL, gone INTEGER NOT NULL, relayed INTEGER NOT NULL, acknowledged "
        "INTEGER NOT NULL, opening_order INTEGER NOT NULL, words INTEGER NOT NULL, mark INTEGER "
        "NOT NULL, gathering INTEGER NOT NULL, part1 INTEGER NOT NULL, part2 INTEGER NOT NULL) "
        "STRICT;"
        "INSERT INTO member_13 SELECT id, grp, account, member_id, commitment, route, latitude,"
        " longitude, accuracy, token, press_ms, arrival_ms, revision, evidence_sequence, ready,"
        " gone, relayed, acknowledged, opening_order, words, mark, gathering,"
        " coalesce((SELECT total FROM piece WHERE key = member.id << 20), 0),"
        " coalesce((SELECT total FROM piece WHERE key = (member.id << 20) | (1 << 19)), 0)"
        " FROM member;"
        "DROP TABLE member; ALTER TABLE member_13 RENAME TO member;"
        "CREATE TABLE message_13 (id INTEGER PRIMARY KEY, grp INTEGER NOT NULL,"
        " sender BLOB NOT NULL, receiver BLOB NOT NULL, kind INTEGER NOT NULL, run INTEGER NOT "
        "NULL, body BLOB NOT NULL, signature BLOB NOT NULL, key_id BLOB) STRICT;"
        "INSERT INTO message_13 SELECT id, grp, sender, receiver, kind, run, body, signature,"
        " key_id FROM message;"
        "DROP TABLE message; ALTER TABLE message_13 RENAME TO message;"
        "DROP INDEX heard_token; DROP INDEX admission_other; DROP INDEX tie_b;"
        "DROP INDEX past_token; DROP INDEX past_until;";

/* The end of the window of a closing group; else 0. */
static const char schema_14[] =
        "ALTER TABLE grp ADD COLUMN window_end_ms INTEGER NOT NULL DEFAULT 0;";

static const char *const steps[] = {schema_1,  schema_2,  schema_3,  schema_4, schema_5,
                                    schema_6,  schema_7,  schema_8,  schema_9, schema_10,
                                    schema_11, schema_12, schema_13, schema_14};

const SqlSchema store_sqlite_schema = {schema_now, steps, ARRAY_LEN(steps)};
