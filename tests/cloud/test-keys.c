/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key file, old and new, and which key does what while they follow each other. */
#include "tests/unit/test.h"

#include "cloud/keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum { DAY_MS = 24 * 3600 * 1000, HOUR_MS = 3600 * 1000 };
static const uint64_t NOW = UINT64_C(1767225600000);
static const KeyOverlap overlap = {30 * UINT64_C(86400000), 7 * UINT64_C(86400000)};

static char folder[64], path[128];

static int set_up(void **state)
{
        if (sodium_init() < 0)
                return -1;
        (void)snprintf(folder, sizeof folder, "/tmp/huddle-keys-test.XXXXXX");
        if (!mkdtemp(folder))
                return -1;
        (void)snprintf(path, sizeof path, "%s/keys", folder);
        return 0;
}

static int tear_down(void **state)
{
        (void)unlink(path);
        return rmdir(folder);
}

static void write_file(const void *bytes, size_t len, mode_t mode)
{
        int fd;

        (void)unlink(path);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes, len), len);
        (void)close(fd);
}

static size_t read_file(uint8_t *ret, size_t size)
{
        int fd = open(path, O_RDONLY);
        ssize_t n = read(fd, ret, size);

        assert_true(fd >= 0 && n >= 0);
        (void)close(fd);
        return (size_t)n;
}

static bool identity_equal(const CloudIdentity *a, const CloudIdentity *b)
{
        return memcmp(a, b, sizeof *a) == 0;
}

/* ---- the file ---- */

static void old_key_files_are_read(void **state)
{
        uint8_t bytes[112] = "huddle cloud 1\n";
        CloudIdentity expected;
        uint8_t private[64];
        CloudKeys k, again;

        for (size_t i = 16; i < sizeof bytes; i++)
                bytes[i] = (uint8_t)i;
        (void)crypto_scalarmult_base(expected.box_key.b, bytes + 16);
        (void)crypto_sign_seed_keypair(expected.sign_key.b, private, bytes + 48);
        write_file(bytes, sizeof bytes, 0600);
        assert_int_equal(cloud_keys_load(&k, path), 0);
        assert_true(identity_equal(&k.identity, &expected));
        assert_memory_equal(k.sign_private, private, sizeof private);
        assert_int_equal(k.n_tickets, 1);
        assert_memory_equal(cloud_keys_ticket(&k, NOW), bytes + 80, 32);
        assert_false(k.has_next);
        /* rotated, it keeps its identity, and has the new form */
        assert_int_equal(cloud_keys_rotate_ticket(&k, NOW), 0);
        assert_int_equal(cloud_keys_replace(&k, path), 0);
        assert_int_equal(cloud_keys_load(&again, path), 0);
        assert_memory_equal(&again, &k, sizeof k);
        assert_true(identity_equal(&again.identity, &expected));
}

static void rotated_keys_come_back(void **state)
{
        CloudKeys k, again;
        struct stat st;

        (void)unlink(path);
        cloud_keys_draw(&k);
        assert_int_equal(cloud_keys_create(&k, path), 0);
        assert_int_equal(cloud_keys_create(&k, path), -EEXIST);
        for (unsigned i = 1; i < CLOUD_TICKET_KEYS_MAX; i++)
                assert_int_equal(cloud_keys_rotate_ticket(&k, NOW + i), 0);
        assert_int_equal(cloud_keys_rotate_identity(&k, true, true, &overlap, NOW), 0);
        assert_int_equal(cloud_keys_replace(&k, path), 0);
        assert_int_equal(cloud_keys_load(&again, path), 0);
        assert_memory_equal(&again, &k, sizeof k);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_damaged_file_is_refused(void **state)
{
        uint8_t bytes[1024];
        CloudKeys k;
        size_t n;

        (void)unlink(path);
        cloud_keys_draw(&k);
        assert_int_equal(cloud_keys_rotate_identity(&k, true, false, &overlap, NOW), 0);
        assert_int_equal(cloud_keys_create(&k, path), 0);
        n = read_file(bytes, sizeof bytes);
        for (size_t at = 0; at < n; at++) {
                bytes[at] ^= 1;
                write_file(bytes, n, 0600);
                assert_int_equal(cloud_keys_load(&k, path), -EINVAL);
                bytes[at] ^= 1;
                write_file(bytes, at, 0600);
                assert_int_equal(cloud_keys_load(&k, path), -EINVAL);
        }
        write_file(bytes, n + 1, 0600);
        assert_int_equal(cloud_keys_load(&k, path), -EINVAL);
        write_file(bytes, n, 0640);
        assert_int_equal(cloud_keys_load(&k, path), -EPERM);
        write_file(bytes, n, 0600);
        assert_int_equal(cloud_keys_load(&k, path), 0);
}

/* ---- ticket keys ---- */

static void a_ticket_key_seals_after_its_time_and_opens_a_day_longer(void **state)
{
        const uint64_t seals = NOW + CLOUD_KEYS_SPREAD_MS;
        Key first, second;
        CloudKeys k;

        cloud_keys_draw(&k);
        first = *cloud_keys_ticket(&k, NOW);
        assert_int_equal(cloud_keys_rotate_ticket(&k, NOW), 0);
        second = k.tickets[1].key;
        assert_true(key_equal(cloud_keys_ticket(&k, seals - 1), &first));
        assert_true(key_equal(cloud_keys_ticket(&k, seals), &second));
        /* a ticket of the last moment, valid for a day, opens until it has expired */
        assert_false(cloud_keys_prune(&k, seals + DAY_MS));
        assert_true(cloud_keys_next_change(&k, NOW) >= seals + DAY_MS);
        assert_true(cloud_keys_prune(&k, cloud_keys_next_change(&k, NOW)));
        assert_int_equal(k.n_tickets, 1);
        assert_true(key_equal(&k.tickets[0].key, &second));
        assert_true(sodium_is_zero((uint8_t *)&k.tickets[1], sizeof k.tickets[1]));
        assert_true(cloud_keys_next_change(&k, NOW) == 0);
}

static void a_stolen_ticket_key_goes_at_once(void **state)
{
        CloudKeys k;
        Key stolen;

        cloud_keys_draw(&k);
        assert_int_equal(cloud_keys_rotate_ticket(&k, NOW), 0);
        stolen = k.tickets[1].key;
        cloud_keys_drop_tickets(&k);
        assert_int_equal(k.n_tickets, 1);
        assert_false(key_equal(cloud_keys_ticket(&k, NOW), &stolen));
        assert_true(sodium_is_zero((uint8_t *)&k.tickets[1], sizeof k.tickets[1]));
}

static void ticket_keys_are_bounded(void **state)
{
        CloudKeys k;

        cloud_keys_draw(&k);
        for (unsigned i = 1; i < CLOUD_TICKET_KEYS_MAX; i++)
                assert_int_equal(cloud_keys_rotate_ticket(&k, NOW), 0);
        assert_int_equal(cloud_keys_rotate_ticket(&k, NOW), CLOUD_KEYS_E_OVERLAP);
        assert_int_equal(cloud_keys_rotate_ticket(&k, NOW + 2 * (uint64_t)DAY_MS), 0);
        assert_int_equal(k.n_tickets, 2);
}

/* ---- the identity ---- */

static unsigned count_boxes(const CloudKeys *k, uint64_t now_ms, const Bytes32 *wanted, bool *ret)
{
        const Bytes32 *public;
        const Key *private;
        Bytes32 derived;
        unsigned n = 0;

        for (*ret = false; cloud_keys_box(k, n, now_ms, &public, &private); n++) {
                (void)crypto_scalarmult_base(derived.b, private->b);
                assert_true(bytes32_equal(&derived, public));
                *ret = *ret || bytes32_equal(public, wanted);
        }
        return n;
}

static void an_identity_follows_the_other_step_by_step(void **state)
{
        CloudIdentity old, next;
        Succession s;
        CloudKeys k;
        bool has;

        cloud_keys_draw(&k);
        old = k.identity;
        assert_int_equal(cloud_keys_rotate_identity(&k, true, true, &overlap, NOW), 0);
        next = k.next.identity;
        assert_int_equal(cloud_keys_rotate_identity(&k, true, true, &overlap, NOW),
                         CLOUD_KEYS_E_OVERLAP);
        /* both boxes from the first moment, until the end of the overlap */
        assert_int_equal(count_boxes(&k, NOW, &old.box_key, &has), 2);
        assert_true(has);
        assert_int_equal(count_boxes(&k, NOW, &next.box_key, &has), 2);
        assert_true(has);
        /* told once all nodes have the file */
        assert_null(cloud_keys_succession(&k, k.next.told_ms - 1));
        assert_int_equal(
                succession_read(&s, cloud_keys_succession(&k, k.next.told_ms), SUCCESSION_SIZE), 0);
        assert_true(identity_equal(&s.from, &old) && identity_equal(&s.to, &next));
        /* the cloud looks at its keys again when another one signs, and when one is over */
        assert_true(cloud_keys_next_change(&k, NOW) == k.next.signs_ms);
        assert_true(cloud_keys_next_change(&k, k.next.signs_ms) == s.until_ms);
        /* the old one signs until all that it signed is gone at the end */
        assert_true(identity_equal(cloud_keys_identity(&k, k.next.signs_ms - 1), &old));
        assert_ptr_equal(cloud_keys_sign_private(&k, k.next.signs_ms - 1), k.sign_private);
        assert_true(identity_equal(cloud_keys_identity(&k, k.next.signs_ms), &next));
        assert_ptr_equal(cloud_keys_sign_private(&k, k.next.signs_ms), k.next.sign_private);
        assert_true(k.next.signs_ms + overlap.stored_ms <= s.until_ms);
        assert_true(k.next.signs_ms > k.next.told_ms + DAY_MS);
        /* then it is over, also where nobody has pruned */
        assert_null(cloud_keys_succession(&k, s.until_ms));
        assert_int_equal(count_boxes(&k, s.until_ms, &old.box_key, &has), 1);
        assert_false(has);
        assert_false(cloud_keys_prune(&k, s.until_ms - 1));
        assert_true(cloud_keys_prune(&k, s.until_ms));
        assert_true(identity_equal(&k.identity, &next) && !k.has_next);
        assert_true(sodium_is_zero((uint8_t *)&k.next, sizeof k.next));
        assert_int_equal(count_boxes(&k, s.until_ms, &next.box_key, &has), 1);
        assert_true(has);
}

static void one_key_can_be_replaced_alone(void **state)
{
        for (unsigned box = 0; box < 2; box++) {
                CloudKeys k;
                bool has;

                cloud_keys_draw(&k);
                assert_int_equal(cloud_keys_rotate_identity(&k, box, !box, &overlap, NOW), 0);
                assert_int_equal(bytes32_equal(&k.identity.box_key, &k.next.identity.box_key),
                                 !box);
                assert_int_equal(bytes32_equal(&k.identity.sign_key, &k.next.identity.sign_key),
                                 box);
                assert_int_equal(count_boxes(&k, NOW, &k.next.identity.box_key, &has), 1 + box);
                assert_true(has);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(old_key_files_are_read),
                cmocka_unit_test(rotated_keys_come_back),
                cmocka_unit_test(a_damaged_file_is_refused),
                cmocka_unit_test(a_ticket_key_seals_after_its_time_and_opens_a_day_longer),
                cmocka_unit_test(a_stolen_ticket_key_goes_at_once),
                cmocka_unit_test(ticket_keys_are_bounded),
                cmocka_unit_test(an_identity_follows_the_other_step_by_step),
                cmocka_unit_test(one_key_can_be_replaced_alone),
        };

        return cmocka_run_group_tests_name("keys", tests, set_up, tear_down);
}
