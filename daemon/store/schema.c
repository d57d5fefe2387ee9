/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schema.c - the tables of the daemon's store, as they are and as they came to be */
#include "store-private.h"

/* card.vcard of the same exchange and member never changes: the first one received stands. In
 * account, exchange_cloud and user_default a cloud is named "" where it is that of the
 * configuration. cloud.before and before_box are the signing and the box key that a cloud had
 * before they were replaced. user_cloud.address is where the cloud is now, empty: at its
 * url. address.number is the order in which they were put. preference.off has a bit for each
 * Preference that the user has switched off. The row of share without a name holds the name of the
 * chosen one. */
static const char schema_now[] =
        "CREATE TABLE account (uid INTEGER NOT NULL, cloud TEXT NOT NULL, public_key BLOB NOT"
        " NULL, private_key BLOB NOT NULL, profile_key BLOB NOT NULL, handle TEXT NOT NULL,"
        " confirmed INTEGER NOT NULL, card_uploaded INTEGER NOT NULL, PRIMARY KEY (uid,"
        " cloud)) WITHOUT ROWID;"
        "CREATE TABLE own_card (uid INTEGER PRIMARY KEY, revision INTEGER NOT NULL, vcard"
        " TEXT NOT NULL);"
        "CREATE TABLE share (uid INTEGER NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL,"
        " PRIMARY KEY (uid, name)) WITHOUT ROWID;"
        "CREATE TABLE preference (uid INTEGER PRIMARY KEY, off INTEGER NOT NULL);"
        "CREATE TABLE veto (uid INTEGER PRIMARY KEY, seconds INTEGER NOT NULL);"
        "CREATE TABLE cloud (url TEXT PRIMARY KEY, box_key BLOB NOT NULL, sign_key BLOB NOT"
        " NULL, since_ms INTEGER NOT NULL DEFAULT 0, before BLOB NOT NULL DEFAULT"
        " x'0000000000000000000000000000000000000000000000000000000000000000', before_until_ms"
        " INTEGER NOT NULL DEFAULT 0, configured TEXT NOT NULL DEFAULT '', before_box BLOB NOT"
        " NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000')"
        " WITHOUT ROWID;"
        "CREATE TABLE user_cloud (number INTEGER PRIMARY KEY, uid INTEGER NOT NULL, url TEXT"
        " NOT NULL, address TEXT NOT NULL DEFAULT '', UNIQUE (uid, url));"
        "CREATE TABLE user_default (uid INTEGER PRIMARY KEY, cloud TEXT NOT NULL);"
        "CREATE TABLE address (number INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, address"
        " TEXT NOT NULL);"
        "CREATE TABLE counter (last INTEGER NOT NULL);"
        "CREATE TABLE exchange (number INTEGER PRIMARY KEY, uid INTEGER NOT NULL, snapshot"
        " BLOB, finished_s INTEGER, members INTEGER, cards INTEGER, level TEXT, record_number"
        " TEXT, place TEXT NOT NULL DEFAULT '', phrase TEXT NOT NULL DEFAULT '');"
        "CREATE INDEX exchange_history ON exchange (uid, finished_s);"
        "CREATE TABLE exchange_cloud (number INTEGER PRIMARY KEY, cloud TEXT NOT NULL);"
        "CREATE TABLE card (number INTEGER NOT NULL, member BLOB NOT NULL, vcard TEXT NOT"
        " NULL, PRIMARY KEY (number, member)) WITHOUT ROWID;"
        "CREATE TABLE guest (number INTEGER NOT NULL, member BLOB NOT NULL, PRIMARY KEY"
        " (number, member)) WITHOUT ROWID;"
        "CREATE TABLE secret (number INTEGER PRIMARY KEY, uid INTEGER NOT NULL, member BLOB"
        " NOT NULL, group_key BLOB NOT NULL, transcript BLOB NOT NULL, record_number TEXT NOT"
        " NULL, deposits INTEGER NOT NULL, erase_s INTEGER NOT NULL);"
        "INSERT INTO counter VALUES (0);";

/* ---- what leads there from the files of earlier versions ---- */

/* card.vcard of the same exchange and member never changes: the first one received stands. */
static const char schema_1[] =
        "CREATE TABLE account (uid INTEGER PRIMARY KEY, public_key BLOB NOT NULL,"
        " private_key BLOB NOT NULL, profile_key BLOB NOT NULL, handle TEXT NOT NULL,"
        " confirmed INTEGER NOT NULL, card_revision INTEGER NOT NULL,"
        " card_uploaded INTEGER NOT NULL, card TEXT);"
        "CREATE TABLE cloud (url TEXT PRIMARY KEY, box_key BLOB NOT NULL,"
        " sign_key BLOB NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE counter (last INTEGER NOT NULL);"
        "INSERT INTO counter VALUES (0);"
        "CREATE TABLE exchange (number INTEGER PRIMARY KEY, uid INTEGER NOT NULL,"
        " snapshot BLOB, finished_s INTEGER, members INTEGER, cards INTEGER, level TEXT,"
        " record_number TEXT);"
        "CREATE INDEX exchange_history ON exchange (uid, finished_s);"
        "CREATE TABLE card (number INTEGER NOT NULL, member BLOB NOT NULL,"
        " vcard TEXT NOT NULL, PRIMARY KEY (number, member)) WITHOUT ROWID;";

static const char schema_2[] =
        "CREATE TABLE secret (number INTEGER PRIMARY KEY, uid INTEGER NOT NULL, member BLOB NOT "
        "NULL,"
        " group_key BLOB NOT NULL, transcript BLOB NOT NULL, record_number TEXT NOT NULL,"
        " deposits INTEGER NOT NULL, erase_s INTEGER NOT NULL);";

/* Of a user: which fields a profile shares; the row without a name holds the name of the chosen
 * one. */
static const char schema_3[] =
        "CREATE TABLE share (uid INTEGER NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL,"
        " PRIMARY KEY (uid, name)) WITHOUT ROWID;";

static const char schema_4[] = "ALTER TABLE exchange ADD COLUMN place TEXT NOT NULL DEFAULT '';";

static const char schema_5[] = "ALTER TABLE exchange ADD COLUMN phrase TEXT NOT NULL DEFAULT '';";

/* off: a bit for each Preference that the user has switched off. */
static const char schema_6[] =
        "CREATE TABLE preference (uid INTEGER PRIMARY KEY, off INTEGER NOT NULL);";

/* The cloud's identity can move: when it did, and until when the signing key before it counts. */
static const char schema_7[] =
        "ALTER TABLE cloud ADD COLUMN since_ms INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE cloud ADD COLUMN before BLOB NOT NULL DEFAULT"
        " x'0000000000000000000000000000000000000000000000000000000000000000';"
        "ALTER TABLE cloud ADD COLUMN before_until_ms INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE cloud ADD COLUMN configured TEXT NOT NULL DEFAULT '';";

/* The name of a cloud is "" for that of the configuration, which every account had until now. */
static const char schema_8[] =
        "CREATE TABLE own_card (uid INTEGER PRIMARY KEY, revision INTEGER NOT NULL,"
        " vcard TEXT NOT NULL);"
        "INSERT INTO own_card SELECT uid, card_revision, card FROM account WHERE card IS NOT NULL;"
        "CREATE TABLE account_of_cloud (uid INTEGER NOT NULL, cloud TEXT NOT NULL,"
        " public_key BLOB NOT NULL, private_key BLOB NOT NULL, profile_key BLOB NOT NULL,"
        " handle TEXT NOT NULL, confirmed INTEGER NOT NULL, card_uploaded INTEGER NOT NULL,"
        " PRIMARY KEY (uid, cloud)) WITHOUT ROWID;"
        "INSERT INTO account_of_cloud SELECT uid, '', public_key, private_key, profile_key, handle,"
        " confirmed, card_uploaded FROM account;"
        "DROP TABLE account;"
        "ALTER TABLE account_of_cloud RENAME TO account;"
        "CREATE TABLE user_cloud (number INTEGER PRIMARY KEY, uid INTEGER NOT NULL,"
        " url TEXT NOT NULL, UNIQUE (uid, url));"
        "CREATE TABLE user_default (uid INTEGER PRIMARY KEY, cloud TEXT NOT NULL);"
        "CREATE TABLE exchange_cloud (number INTEGER PRIMARY KEY, cloud TEXT NOT NULL);";

/* Before: the signing key of the identity before; this is its other key. */
static const char schema_9[] =
        "ALTER TABLE cloud ADD COLUMN before_box BLOB NOT NULL DEFAULT"
        " x'0000000000000000000000000000000000000000000000000000000000000000';";

/* Where the cloud is now; empty: at its url, which stays its name. */
static const char schema_10[] =
        "ALTER TABLE user_cloud ADD COLUMN address TEXT NOT NULL DEFAULT '';";

/* The countdown that a user has chosen. */
static const char schema_11[] =
        "CREATE TABLE veto (uid INTEGER PRIMARY KEY, seconds INTEGER NOT NULL);";

/* Where the name in a cloud's URL has led to; number: the order in which they were put. */
static const char schema_12[] =
        "CREATE TABLE address (number INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE,"
        " address TEXT NOT NULL);";

/* Members of exchanges that were guests. */
static const char schema_13[] = "CREATE TABLE guest (number INTEGER NOT NULL, member BLOB NOT NULL,"
                                " PRIMARY KEY (number, member)) WITHOUT ROWID;";

static const char *const steps[] = {schema_1,  schema_2,  schema_3, schema_4, schema_5,
                                    schema_6,  schema_7,  schema_8, schema_9, schema_10,
                                    schema_11, schema_12, schema_13};

const SqlSchema daemon_store_schema = {schema_now, steps, ARRAY_LEN(steps)};
