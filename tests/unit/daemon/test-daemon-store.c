/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/store-private.h"
#include "tests/unit/same-tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

typedef struct Fixture {
        char directory[64];
        char path[96];
        DaemonStore *store;
} Fixture;

static int set_up(void **state)
{
        Fixture *f = calloc(1, sizeof *f);

        assert_non_null(f);
        (void)snprintf(f->directory, sizeof f->directory, "%s/huddle-store-XXXXXX",
                       strlen(getenv("TMPDIR") ?: "/tmp") < 40 ? getenv("TMPDIR") ?: "/tmp"
                                                               : "/tmp");
        assert_non_null(mkdtemp(f->directory));
        (void)snprintf(f->path, sizeof f->path, "%s/store", f->directory);
        assert_int_equal(daemon_store_open(&f->store, f->path), 0);
        *state = f;
        return 0;
}

static void remove_files(const char *directory)
{
        DIR *d = opendir(directory);

        assert_non_null(d);
        for (struct dirent *e; (e = readdir(d));)
                (void)unlinkat(dirfd(d), e->d_name, 0);
        (void)closedir(d);
        assert_int_equal(rmdir(directory), 0);
}

static int tear_down(void **state)
{
        Fixture *f = *state;

        daemon_store_free(f->store);
        remove_files(f->directory);
        free(f);
        return 0;
}

static void reopen(Fixture *f)
{
        f->store = daemon_store_free(f->store);
        assert_int_equal(daemon_store_open(&f->store, f->path), 0);
}

/* Whether any file of the store holds these bytes. */
static bool on_disk(const Fixture *f, const void *bytes, size_t len)
{
        DIR *d = opendir(f->directory);
        bool found = false;

        assert_non_null(d);
        for (struct dirent *e; (e = readdir(d));) {
                static uint8_t buf[1 << 20];
                int fd = openat(dirfd(d), e->d_name, O_RDONLY);
                ssize_t n = read(fd, buf, sizeof buf);

                (void)close(fd);
                found = found || (n > 0 && memmem(buf, (size_t)n, bytes, len));
        }
        (void)closedir(d);
        return found;
}

static void mode_is_private(void **state)
{
        Fixture *f = *state;
        struct stat st;

        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
}

static void second_daemon_is_refused(void **state)
{
        Fixture *f = *state;
        DaemonStore *second = NULL;
        uint64_t number;

        assert_int_equal(daemon_store_exchange_number(f->store, &number), 0);
        assert_int_equal(daemon_store_open(&second, f->path), -EBUSY);
        assert_null(second);
}

static void strange_files_are_refused(void **state)
{
        Fixture *f = *state;
        DaemonStore *s = NULL;
        int fd;

        f->store = daemon_store_free(f->store);
        fd = open(f->path, O_WRONLY | O_TRUNC);
        assert_int_equal(write(fd, "this has never been a database of ours, not at all", 50), 50);
        (void)close(fd);
        assert_int_equal(daemon_store_open(&s, f->path), -EBADMSG);
        assert_int_equal(daemon_store_open(&s, "/nonexistent/store"), -ENOENT);
        assert_int_equal(unlink(f->path), 0);
        assert_int_equal(symlink("/dev/null", f->path), 0);
        assert_int_equal(daemon_store_open(&s, f->path), -ELOOP);
        assert_null(s);
}

static int note_account(void *userdata, uint32_t uid, const char *cloud)
{
        char *seen = userdata;

        (void)sprintf(seen + strlen(seen), "%u[%s] ", uid, cloud);
        return 0;
}

static void account_round_trip(void **state)
{
        Fixture *f = *state;
        AccountRecord a = {.uid = 1000, .handle = "ann@example.org"}, b;
        char seen[256] = "";

        memset(&a.key, 0x5a, sizeof a.key);
        memset(&a.profile_key, 0xa5, sizeof a.profile_key);
        assert_int_equal(daemon_store_account_get(f->store, 1000, "", &b),
                         DAEMON_STORE_E_NOT_FOUND);
        assert_int_equal(daemon_store_account_put(f->store, &a), 0);
        a.confirmed = true;
        a.card_uploaded = 7;
        assert_int_equal(daemon_store_account_put(f->store, &a), 0);
        reopen(f);
        assert_int_equal(daemon_store_account_get(f->store, 1000, "", &b), 0);
        assert_memory_equal(&b.key, &a.key, sizeof a.key);
        assert_memory_equal(&b.profile_key, &a.profile_key, sizeof a.profile_key);
        assert_string_equal(b.handle, a.handle);
        assert_true(b.confirmed);
        assert_int_equal(b.card_uploaded, 7);
        strcpy(a.cloud, "http://b");
        assert_int_equal(daemon_store_account_put(f->store, &a), 0);
        assert_int_equal(daemon_store_account_walk(f->store, note_account, seen), 0);
        assert_string_equal(seen, "1000[] 1000[http://b] ");
        assert_int_equal(daemon_store_account_delete(f->store, 1000, ""), 0);
        assert_int_equal(daemon_store_account_get(f->store, 1000, "", &b),
                         DAEMON_STORE_E_NOT_FOUND);
        assert_int_equal(daemon_store_account_get(f->store, 1000, "http://b", &b), 0);
        assert_int_equal(daemon_store_account_delete(f->store, 1000, "http://b"), 0);
        assert_false(on_disk(f, a.key.private_key, sizeof a.key.private_key));
}

static int note_cloud(void *userdata, uint32_t uid, const char *url, const char *address)
{
        int r = note_account(userdata, uid, url);

        return strcmp(url, address) == 0 ? r : note_account(userdata, uid, address);
}

static void own_cards(void **state)
{
        Fixture *f = *state;
        AccountRecord a = {.uid = 1000};
        OwnCard c = {0};

        assert_int_equal(daemon_store_own_card_get(f->store, 1000, &c), DAEMON_STORE_E_NOT_FOUND);
        assert_int_equal(daemon_store_own_card_touch(f->store, 1000), 0);
        assert_int_equal(daemon_store_own_card_put(f->store, 1000, "BEGIN:VCARD"), 0);
        assert_int_equal(daemon_store_own_card_put(f->store, 1000, "BEGIN:VCARD2"), 0);
        assert_int_equal(daemon_store_own_card_touch(f->store, 1000), 0);
        reopen(f);
        assert_int_equal(daemon_store_own_card_get(f->store, 1000, &c), 0);
        assert_string_equal(c.vcard, "BEGIN:VCARD2");
        assert_int_equal(c.revision, 3);
        own_card_done(&c);
        assert_int_equal(daemon_store_account_put(f->store, &a), 0);
        assert_int_equal(daemon_store_user_erase(f->store, 1000), 0); /* there is an account */
        assert_int_equal(daemon_store_own_card_get(f->store, 1000, &c), 0);
        own_card_done(&c);
        assert_int_equal(daemon_store_account_delete(f->store, 1000, ""), 0);
        assert_int_equal(daemon_store_user_erase(f->store, 1000), 0);
        assert_int_equal(daemon_store_own_card_get(f->store, 1000, &c), DAEMON_STORE_E_NOT_FOUND);
}

static void clouds_of_users(void **state)
{
        Fixture *f = *state;
        char seen[256] = "", cloud[CLOUD_URL_SIZE];

        assert_int_equal(daemon_store_user_cloud_put(f->store, 1000, "http://b"), 0);
        assert_int_equal(daemon_store_user_cloud_put(f->store, 1001, "http://b"), 0);
        assert_int_equal(daemon_store_user_cloud_put(f->store, 1000, "http://a"), 0);
        assert_int_equal(daemon_store_user_cloud_put(f->store, 1000, "http://b"), 0);
        assert_int_equal(daemon_store_default_get(f->store, 1000, cloud), 0);
        assert_string_equal(cloud, "");
        assert_int_equal(daemon_store_default_put(f->store, 1000, "http://b"), 0);
        reopen(f);
        assert_int_equal(daemon_store_user_cloud_walk(f->store, note_cloud, seen), 0);
        assert_string_equal(seen, "1000[http://b] 1001[http://b] 1000[http://a] ");
        assert_int_equal(daemon_store_default_get(f->store, 1000, cloud), 0);
        assert_string_equal(cloud, "http://b");
        assert_int_equal(daemon_store_user_cloud_delete(f->store, 1000, "http://b"), 0);
        *seen = '\0';
        assert_int_equal(daemon_store_user_cloud_move(f->store, 1000, "http://a", "http://c"), 0);
        assert_int_equal(daemon_store_user_cloud_walk(f->store, note_cloud, seen), 0);
        assert_string_equal(seen, "1001[http://b] 1000[http://a] 1000[http://c] ");
        assert_int_equal(daemon_store_default_get(f->store, 1000, cloud), 0);
        assert_string_equal(cloud, "");
}

static void a_countdown_of_ones_own(void **state)
{
        Fixture *f = *state;
        int seconds;

        assert_int_equal(daemon_store_veto_get(f->store, 1000, &seconds), 0);
        assert_int_equal(seconds, -1);
        assert_int_equal(daemon_store_veto_put(f->store, 1000, 20), 0);
        assert_int_equal(daemon_store_preferences_put(f->store, 1000, 1), 0);
        reopen(f);
        assert_int_equal(daemon_store_veto_get(f->store, 1000, &seconds), 0);
        assert_int_equal(seconds, 20);
        assert_int_equal(daemon_store_veto_put(f->store, 1000, -1), 0);
        assert_int_equal(daemon_store_veto_get(f->store, 1000, &seconds), 0);
        assert_int_equal(seconds, -1);
}

/* A removed cloud takes the secrets of its own records along, and no others. */
static void secrets_go_with_their_cloud(void **state)
{
        Fixture *f = *state;
        RecordSecret secret = {.number = 1, .uid = 1000, .erase_s = 1}, back;

        assert_int_equal(daemon_store_secret_put(f->store, &secret), 0);
        secret.number = 2;
        assert_int_equal(daemon_store_exchange_cloud_put(f->store, 2, "http://b"), 0);
        assert_int_equal(daemon_store_secret_put(f->store, &secret), 0);
        assert_int_equal(daemon_store_account_delete(f->store, 1000, "http://b"), 0);
        assert_int_equal(daemon_store_secret_get(f->store, 1, &back), 0);
        assert_int_equal(daemon_store_secret_get(f->store, 2, &back), DAEMON_STORE_E_NOT_FOUND);
        assert_int_equal(daemon_store_account_delete(f->store, 1000, ""), 0);
        assert_int_equal(daemon_store_secret_get(f->store, 1, &back), DAEMON_STORE_E_NOT_FOUND);
}

/* Makes the store anew by these statements, and opens it. */
static void open_as(Fixture *f, const char *statements)
{
        sqlite3 *db;

        f->store = daemon_store_free(f->store);
        assert_int_equal(unlink(f->path), 0);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, statements, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        assert_int_equal(daemon_store_open(&f->store, f->path), 0);
}

/* The store of 0.1.0 before users had several clouds: version 5, one account a uid. */
static void one_account_becomes_that_of_the_configuration(void **state)
{
        static const char version_5[] =
                "CREATE TABLE account (uid INTEGER PRIMARY KEY, public_key BLOB NOT NULL,"
                " private_key BLOB NOT NULL, profile_key BLOB NOT NULL, handle TEXT NOT NULL,"
                " confirmed INTEGER NOT NULL, card_revision INTEGER NOT NULL,"
                " card_uploaded INTEGER NOT NULL, card TEXT);"
                "INSERT INTO account VALUES (1000, zeroblob(32), zeroblob(64), zeroblob(32), 'ann',"
                " 1, 7, 6, 'BEGIN:VCARD'), (1001, zeroblob(32), zeroblob(64), zeroblob(32), 'bob',"
                " 0, 0, 0, NULL);"
                "CREATE TABLE cloud (url TEXT PRIMARY KEY, box_key BLOB NOT NULL,"
                " sign_key BLOB NOT NULL) WITHOUT ROWID;"
                "INSERT INTO cloud VALUES ('http://a', zeroblob(32), zeroblob(32));"
                "CREATE TABLE counter (last INTEGER NOT NULL);"
                "INSERT INTO counter VALUES (3);"
                "CREATE TABLE exchange (number INTEGER PRIMARY KEY, uid INTEGER NOT NULL,"
                " snapshot BLOB, finished_s INTEGER, members INTEGER, cards INTEGER, level TEXT,"
                " record_number TEXT, place TEXT NOT NULL DEFAULT '',"
                " phrase TEXT NOT NULL DEFAULT '');"
                "CREATE TABLE card (number INTEGER NOT NULL, member BLOB NOT NULL,"
                " vcard TEXT NOT NULL, PRIMARY KEY (number, member)) WITHOUT ROWID;"
                "CREATE TABLE secret (number INTEGER PRIMARY KEY, uid INTEGER NOT NULL,"
                " member BLOB NOT NULL, group_key BLOB NOT NULL, transcript BLOB NOT NULL,"
                " record_number TEXT NOT NULL, deposits INTEGER NOT NULL, erase_s INTEGER NOT "
                "NULL);"
                "CREATE TABLE share (uid INTEGER NOT NULL, name TEXT NOT NULL, fields TEXT NOT "
                "NULL, PRIMARY KEY (uid, name)) WITHOUT ROWID;"
                "PRAGMA user_version = 5;";
        Fixture *f = *state;
        AccountRecord a;
        CloudPinRecord pin, zero = {0};
        OwnCard card = {0};
        char cloud[CLOUD_URL_SIZE];

        open_as(f, version_5);
        assert_int_equal(daemon_store_cloud_get(f->store, "http://a", &pin), 0);
        assert_memory_equal(&pin, &zero, sizeof pin);
        assert_int_equal(daemon_store_exchange_cloud_get(f->store, 3, cloud), 0);
        assert_string_equal(cloud, "");
        assert_int_equal(daemon_store_account_get(f->store, 1000, "", &a), 0);
        assert_string_equal(a.handle, "ann");
        assert_true(a.confirmed);
        assert_int_equal(a.card_uploaded, 6);
        assert_int_equal(daemon_store_own_card_get(f->store, 1000, &card), 0);
        assert_string_equal(card.vcard, "BEGIN:VCARD");
        assert_int_equal(card.revision, 7);
        own_card_done(&card);
        assert_int_equal(daemon_store_account_get(f->store, 1001, "", &a), 0);
        assert_false(a.confirmed);
        assert_int_equal(daemon_store_own_card_get(f->store, 1001, &card),
                         DAEMON_STORE_E_NOT_FOUND);
}

/* Version 8 remembered the signing key of the identity before alone. */
static void a_pin_that_has_moved_keeps_its_place(void **state)
{
        static const char version_8[] =
                "CREATE TABLE cloud (url TEXT PRIMARY KEY, box_key BLOB NOT NULL,"
                " sign_key BLOB NOT NULL, since_ms INTEGER NOT NULL DEFAULT 0,"
                " before BLOB NOT NULL, before_until_ms INTEGER NOT NULL DEFAULT 0,"
                " configured TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
                "INSERT INTO cloud VALUES ('http://a', zeroblob(32), zeroblob(32), 7,"
                " x'0400000000000000000000000000000000000000000000000000000000000000', 8, 'c');"
                "CREATE TABLE user_cloud (number INTEGER PRIMARY KEY, uid INTEGER NOT NULL,"
                " url TEXT NOT NULL, UNIQUE (uid, url));"
                "PRAGMA user_version = 8;";
        static const CloudPinRecord wanted = {
                .pin = {.since_ms = 7, .before.sign_key = {{4}}, .before_until_ms = 8},
                .configured = "c",
        };
        Fixture *f = *state;
        CloudPinRecord got;

        open_as(f, version_8);
        assert_int_equal(daemon_store_cloud_get(f->store, "http://a", &got), 0);
        assert_memory_equal(&got, &wanted, sizeof got);
}

static void pinned_cloud_round_trip(void **state)
{
        Fixture *f = *state;
        CloudPinRecord id = {.pin = {.identity = {{{1}}, {{2}}},
                                     .since_ms = 3,
                                     .before = {{{6}}, {{4}}},
                                     .before_until_ms = 5},
                             .configured = "huddle1:as configured"},
                       got;

        assert_int_equal(daemon_store_cloud_get(f->store, "http://a", &got),
                         DAEMON_STORE_E_NOT_FOUND);
        assert_int_equal(daemon_store_cloud_put(f->store, "http://a", &id), 0);
        assert_int_equal(daemon_store_cloud_get(f->store, "http://a", &got), 0);
        assert_memory_equal(&got, &id, sizeof id);
        assert_int_equal(daemon_store_cloud_get(f->store, "http://b", &got),
                         DAEMON_STORE_E_NOT_FOUND);
}

static void addresses_of_names_are_bounded(void **state)
{
        char url[32], address[ADDRESS_SIZE];
        Fixture *f = *state;

        assert_int_equal(daemon_store_address_get(f->store, "http://a", address),
                         DAEMON_STORE_E_NOT_FOUND);
        assert_int_equal(daemon_store_address_put(f->store, "http://a", "10.0.0.1"), 0);
        assert_int_equal(daemon_store_address_put(f->store, "http://a", "fe80::1"), 0);
        reopen(f);
        assert_int_equal(daemon_store_address_get(f->store, "http://a", address), 0);
        assert_string_equal(address, "fe80::1");
        for (unsigned i = 0; i < ADDRESSES_MAX; i++) {
                (void)snprintf(url, sizeof url, "http://%u", i);
                assert_int_equal(daemon_store_address_put(f->store, url, "10.0.0.2"), 0);
        }
        assert_int_equal(daemon_store_address_get(f->store, "http://a", address),
                         DAEMON_STORE_E_NOT_FOUND); /* the one that was put first */
        assert_int_equal(daemon_store_address_get(f->store, "http://0", address), 0);
}

static void numbers_are_never_reused(void **state)
{
        Fixture *f = *state;
        uint64_t first, second;

        assert_int_equal(daemon_store_exchange_number(f->store, &first), 0);
        assert_int_equal(daemon_store_exchange_save(f->store, first, 1, (const uint8_t *)"x", 1),
                         0);
        assert_int_equal(daemon_store_exchange_finish(f->store, first, NULL), 0);
        reopen(f);
        assert_int_equal(daemon_store_exchange_number(f->store, &second), 0);
        assert_true(second > first);
}

/* A group has one key in the end: the password is made of the last one, and that is deposited,
 * too. */
static void record_secret_follows_the_group_key(void **state)
{
        Fixture *f = *state;
        RecordSecret first = {.number = 7,
                              .uid = 1,
                              .group_key = {{1}},
                              .record_number = "12345678903",
                              .deposits = true,
                              .erase_s = 100},
                     got;

        assert_int_equal(daemon_store_secret_put(f->store, &first), 0);
        assert_int_equal(daemon_store_secret_deposited(f->store, 7, 200), 0);
        assert_int_equal(daemon_store_secret_put(f->store, &first), 0);
        assert_int_equal(daemon_store_secret_get(f->store, 7, &got), 0);
        assert_true(!got.deposits && got.erase_s == 200);
        first.group_key.b[0] = 2;
        assert_int_equal(daemon_store_secret_put(f->store, &first), 0);
        assert_int_equal(daemon_store_secret_get(f->store, 7, &got), 0);
        assert_true(got.deposits && got.group_key.b[0] == 2);
}

static int list_number(void *userdata, uint64_t number, uint32_t uid)
{
        uint64_t *sum = userdata;

        *sum = *sum * 100 + number * 10 + uid;
        return 0;
}

static void snapshot_lives_until_the_end(void **state)
{
        static const char secret[] = "the quick brown fox keeps a secret key";
        Fixture *f = *state;
        ExchangeSummary e = {
                .number = 1, .uid = 5, .finished_s = 99, .members = 2, .level = "unchecked"};
        uint8_t *bytes = NULL;
        uint32_t uid;
        uint64_t seen = 0;
        size_t len;

        assert_int_equal(daemon_store_exchange_save(f->store, 1, 5, (const uint8_t *)"old", 3), 0);
        assert_int_equal(
                daemon_store_exchange_save(f->store, 1, 5, (const uint8_t *)secret, sizeof secret),
                0);
        assert_int_equal(daemon_store_exchange_save(f->store, 2, 6, (const uint8_t *)"b", 1), 0);
        assert_int_equal(daemon_store_exchange_deliver(f->store, &e), 0);
        reopen(f);
        assert_int_equal(daemon_store_exchange_load(f->store, 1, &uid, &bytes, &len), 0);
        assert_int_equal(uid, 5);
        assert_int_equal(len, sizeof secret);
        assert_memory_equal(bytes, secret, len);
        free(bytes);
        assert_int_equal(daemon_store_exchange_walk_unfinished(f->store, list_number, &seen), 0);
        assert_int_equal(seen, 15 * 100 + 26);
        assert_true(on_disk(f, secret, sizeof secret));
        assert_int_equal(daemon_store_exchange_finish(f->store, 1, &e), 0);
        assert_int_equal(daemon_store_exchange_load(f->store, 1, &uid, &bytes, &len),
                         DAEMON_STORE_E_NOT_FOUND);
        assert_false(on_disk(f, secret, sizeof secret));
}

static int add_summary(void *userdata, const ExchangeSummary *e)
{
        char *text = userdata;

        (void)snprintf(text + strlen(text), 200 - strlen(text), "%d:%d/%d %s %s@%d %s;",
                       (int)e->number, (int)e->cards, (int)e->members, e->level, e->record_number,
                       (int)e->finished_s, e->place);
        return 0;
}

static void history_is_newest_first_and_per_user(void **state)
{
        Fixture *f = *state;
        char text[200] = "";

        for (uint64_t n = 1; n <= 4; n++) {
                ExchangeSummary e = {n,        n == 3 ? 8 : 7, 100 + n,    3, 2,
                                     "proven", "01234567890",  "1.0, 2.0", ""};

                assert_int_equal(
                        daemon_store_exchange_save(f->store, n, e.uid, (const uint8_t *)"s", 1), 0);
                assert_int_equal(daemon_store_exchange_finish(f->store, n, n == 2 ? NULL : &e), 0);
                e.finished_s = 999; /* the first delivery counts */
                assert_int_equal(daemon_store_exchange_deliver(f->store, &e), 0);
        }
        assert_int_equal(daemon_store_history(f->store, 7, add_summary, text), 0);
        assert_string_equal(
                text,
                "4:2/3 proven 01234567890@104 1.0, 2.0;1:2/3 proven 01234567890@101 1.0, 2.0;");
}

static int add_card(void *userdata, const Id *member, const char *vcard)
{
        char *text = userdata;

        (void)snprintf(text + strlen(text), 100 - strlen(text), "%d=%s;", member->b[0], vcard);
        return 0;
}

static void card_stands_once(void **state)
{
        Fixture *f = *state;
        char text[100] = "";

        assert_int_equal(daemon_store_card_put(f->store, 1, &(Id){{2}}, "second"), 0);
        assert_int_equal(daemon_store_card_put(f->store, 1, &(Id){{1}}, "first"), 0);
        assert_int_equal(daemon_store_card_put(f->store, 1, &(Id){{1}}, "changed"), 0);
        assert_int_equal(daemon_store_card_put(f->store, 2, &(Id){{1}}, "other"), 0);
        assert_int_equal(daemon_store_card_walk(f->store, 1, add_card, text), 0);
        assert_string_equal(text, "1=first;2=second;");
}

/* Who was a guest is kept with the cards, and goes with them. */
static void guests_are_kept(void **state)
{
        Fixture *f = *state;
        ExchangeSummary e = {.number = 1, .uid = 5, .members = 3, .cards = 2, .level = "unchecked"};
        uint32_t n = 0;

        assert_int_equal(daemon_store_exchange_save(f->store, 1, 5, (const uint8_t *)"s", 1), 0);
        assert_int_equal(daemon_store_card_put(f->store, 1, &(Id){{1}}, "terminal"), 0);
        assert_int_equal(daemon_store_card_put(f->store, 1, &(Id){{2}}, "guest"), 0);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(daemon_store_guest_put(f->store, 1, &(Id){{2}}), 0);
        assert_int_equal(daemon_store_exchange_finish(f->store, 1, &e), 0);
        assert_int_equal(daemon_store_is_guest(f->store, 1, &(Id){{2}}), 0);
        assert_int_equal(daemon_store_is_guest(f->store, 1, &(Id){{1}}), DAEMON_STORE_E_NOT_FOUND);
        assert_int_equal(daemon_store_is_guest(f->store, 2, &(Id){{2}}), DAEMON_STORE_E_NOT_FOUND);
        assert_int_equal(daemon_store_count_guests(f->store, 1, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(daemon_store_history_delete(f->store, 5, 1), 0);
        assert_int_equal(daemon_store_count_guests(f->store, 1, &n), 0);
        assert_int_equal(n, 0);
}

static void failed_exchange_leaves_no_row(void **state)
{
        Fixture *f = *state;
        char text[100] = "";
        uint64_t seen = 0;

        assert_int_equal(daemon_store_exchange_save(f->store, 1, 5, (const uint8_t *)"s", 1), 0);
        assert_int_equal(daemon_store_card_put(f->store, 1, &(Id){{2}}, "card"), 0);
        assert_int_equal(daemon_store_exchange_finish(f->store, 1, NULL), 0);
        assert_int_equal(daemon_store_card_walk(f->store, 1, add_card, text), 0);
        assert_int_equal(daemon_store_exchange_walk_unfinished(f->store, list_number, &seen), 0);
        assert_string_equal(text, "");
        assert_int_equal(seen, 0);
}

/* A full disk: the write fails, what was durable before stays. */
static void full_disk_fails_the_write_alone(void **state)
{
        Fixture *f = *state;
        struct rlimit old, tight = {64 * 1024, 64 * 1024};
        uint8_t *bytes = calloc(1, 1 << 20);
        uint32_t uid;
        size_t len;

        assert_int_equal(daemon_store_exchange_save(f->store, 1, 5, (const uint8_t *)"kept", 4), 0);
        (void)signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
        tight.rlim_max = old.rlim_max;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
        assert_true(daemon_store_exchange_save(f->store, 1, 5, bytes, 1 << 20) < 0);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        free(bytes);
        reopen(f);
        assert_int_equal(daemon_store_exchange_load(f->store, 1, &uid, &bytes, &len), 0);
        assert_int_equal(len, 4);
        assert_memory_equal(bytes, "kept", 4);
        free(bytes);
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static void a_new_file_has_the_tables_of_an_old_one(void **state)
{
        expect_same_tables(&daemon_store_schema);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                STORE_TEST(mode_is_private),
                STORE_TEST(second_daemon_is_refused),
                STORE_TEST(strange_files_are_refused),
                cmocka_unit_test(a_new_file_has_the_tables_of_an_old_one),
                STORE_TEST(account_round_trip),
                STORE_TEST(own_cards),
                STORE_TEST(clouds_of_users),
                STORE_TEST(a_countdown_of_ones_own),
                STORE_TEST(secrets_go_with_their_cloud),
                STORE_TEST(one_account_becomes_that_of_the_configuration),
                STORE_TEST(a_pin_that_has_moved_keeps_its_place),
                STORE_TEST(pinned_cloud_round_trip),
                STORE_TEST(addresses_of_names_are_bounded),
                STORE_TEST(numbers_are_never_reused),
                STORE_TEST(record_secret_follows_the_group_key),
                STORE_TEST(snapshot_lives_until_the_end),
                STORE_TEST(history_is_newest_first_and_per_user),
                STORE_TEST(card_stands_once),
                STORE_TEST(guests_are_kept),
                STORE_TEST(failed_exchange_leaves_no_row),
                STORE_TEST(full_disk_fails_the_write_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
