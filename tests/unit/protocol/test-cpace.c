/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The published vectors of the suite, then whole runs between two members. */
#include "src/protocol/cpace.h"
#include "src/protocol/cpace-suite.h"
#include "tests/unit/test.h"

/* One line "name hex" of the vector file. */
typedef struct Vector {
        char name[16];
        uint8_t bytes[128];
        size_t n;
} Vector;

static Vector vectors[64];
static size_t n_vectors;

static int load_vectors(void **state)
{
        const char *top = getenv("top_srcdir");
        char path[4096], line[1024], hex[512];
        FILE *file;

        (void)snprintf(path, sizeof path, "%s/tests/vectors/cpace/ristretto255-sha512.txt",
                       top ? top : ".");
        file = fopen(path, "re");
        if (!file)
                return -1;
        while (n_vectors < ARRAY_LEN(vectors) && fgets(line, sizeof line, file)) {
                Vector *v = &vectors[n_vectors];

                if (line[0] == '#' || sscanf(line, "%15s %511s", v->name, hex) != 2)
                        continue;
                if (sodium_hex2bin(v->bytes, sizeof v->bytes, hex, strlen(hex), NULL, &v->n,
                                   NULL) == 0)
                        n_vectors++;
        }
        (void)fclose(file);
        return n_vectors > 0 ? 0 : -1;
}

/* The nth vector of this name. */
static const Vector *vector(const char *name, unsigned nth)
{
        for (size_t i = 0; i < n_vectors; i++)
                if (strcmp(vectors[i].name, name) == 0 && nth-- == 0)
                        return &vectors[i];
        fail_msg("no vector %s", name);
        return NULL;
}

static CpaceString vector_string(const char *name, unsigned nth)
{
        const Vector *v = vector(name, nth);

        return (CpaceString){v->bytes, v->n};
}

/* A vector of exactly 32 bytes as the type the functions want. */
#define VECTOR_AS(type, name, nth) ((const type *)vector_of_32(name, nth))

static const void *vector_of_32(const char *name, unsigned nth)
{
        const Vector *v = vector(name, nth);

        assert_int_equal(v->n, 32);
        return v->bytes;
}

/* Section A.1.2: the string bytes(range(length)), and what is put in front of it. */
static const struct {
        const char *name;
        size_t length;
        uint8_t prefix[3];
        size_t n_prefix;
} prepended[] = {
        {"empty", 0, {0x00}, 1},
        {"longest of one byte", 127, {0x7f}, 1},
        {"shortest of two bytes", 128, {0x80, 0x01}, 2},
        {"longest of two bytes", 16383, {0xff, 0x7f}, 2},
        {"shortest of three bytes", 16384, {0x80, 0x80, 0x01}, 3},
};

static void test_prepend_len(void **state)
{
        static uint8_t text[3 + 16384];

        for (size_t i = 0; i < ARRAY_LEN(prepended); i++) {
                size_t length = prepended[i].length, n = prepended[i].n_prefix;
                uint8_t expected[CPACE_HASH_SIZE], found[CPACE_HASH_SIZE];
                crypto_hash_sha512_state sum;

                memcpy(text, prepended[i].prefix, n);
                for (size_t j = 0; j < length; j++)
                        text[n + j] = (uint8_t)j;
                crypto_hash_sha512(expected, text, n + length);
                crypto_hash_sha512_init(&sum);
                cpace_prepend_len(&sum, (CpaceString){text + n, length});
                crypto_hash_sha512_final(&sum, found);
                assert_case(prepended[i].name, memcmp(found, expected, sizeof found) == 0);
        }
}

static void test_published_runs(void **state)
{
        for (unsigned i = 0; i < 2; i++) {
                CpaceMessage a = {VECTOR_AS(Bytes32, "Ya", i), vector_string("ADa", i)};
                CpaceMessage b = {VECTOR_AS(Bytes32, "Yb", i), vector_string("ADb", i)};
                const Key *ya = VECTOR_AS(Key, "ya", i), *yb = VECTOR_AS(Key, "yb", i);
                CpaceString sid = vector_string("sid", i);
                uint8_t tag[CPACE_HASH_SIZE];
                CpaceHash isk, mac_key;
                Key g, found;

                cpace_generator(&g, vector_string("PRS", i), vector_string("CI", i), sid);
                assert_memory_equal(g.b, vector("g", i)->bytes, 32);
                assert_int_equal(cpace_scalar_mult(&found, ya, g.b), 0);
                assert_memory_equal(found.b, a.share->b, 32);
                assert_int_equal(cpace_scalar_mult(&found, yb, g.b), 0);
                assert_memory_equal(found.b, b.share->b, 32);
                assert_int_equal(cpace_scalar_mult(&found, yb, a.share->b), 0);
                assert_memory_equal(found.b, vector("K", i)->bytes, 32);
                assert_int_equal(cpace_scalar_mult(&found, ya, b.share->b), 0);
                assert_memory_equal(found.b, vector("K", i)->bytes, 32);
                cpace_isk(&isk, sid, &found, &a, &b);
                assert_memory_equal(isk.b, vector("ISK", i)->bytes, sizeof isk);
                cpace_mac_key(&mac_key, sid, &isk);
                cpace_mac(tag, &mac_key, &a);
                assert_memory_equal(tag, vector("Ta", i)->bytes, sizeof tag);
                cpace_mac(tag, &mac_key, &b);
                assert_memory_equal(tag, vector("Tb", i)->bytes, sizeof tag);
        }
}

static void test_published_points(void **state)
{
        const Key *s = VECTOR_AS(Key, "s", 0);
        Key found;

        assert_int_equal(cpace_scalar_mult(&found, s, vector("X", 0)->bytes), 0);
        assert_memory_equal(found.b, vector("sX", 0)->bytes, 32);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(cpace_scalar_mult(&found, s, vector("invalid", i)->bytes), -1);
}

/* A password longer than a block of the hash leaves no room for padding; the lengths still tell
 * strings apart. */
static void test_generator_of_long_password(void **state)
{
        uint8_t text[200] = {0};
        CpaceString none = {text, 0};
        Key long_password, shorter;

        cpace_generator(&long_password, (CpaceString){text, 200}, none, none);
        cpace_generator(&shorter, (CpaceString){text, 199}, none, none);
        assert_false(key_equal(&long_password, &shorter));
}

/* What the two sides of a run start from. */
typedef struct Pair {
        Code code[2];
        Bytes32 transcript[2];
        MemberOpening self[2], peer[2]; /* as each side sees them */
} Pair;

static Pair honest_pair(void)
{
        Pair p = {0};
        unsigned bad_word;

        for (int i = 0; i < 2; i++) {
                assert_int_equal(code_parse(&p.code[i], "4821 maple tiger", &bad_word), 0);
                p.transcript[i].b[0] = 7;
                p.self[i].id.b[0] = p.self[i].box_key.b[0] = p.self[i].sign_key.b[0] =
                        (uint8_t)(i + 1);
        }
        p.peer[0] = p.self[1];
        p.peer[1] = p.self[0];
        return p;
}

/* Side 0 is the initiator. */
static void start(Cpace *ret[static 2], const Pair *p)
{
        for (int i = 0; i < 2; i++)
                assert_int_equal(cpace_new(&ret[i], i == 0 ? CPACE_INITIATOR : CPACE_RESPONDER,
                                           &p->code[i], &p->transcript[i], &p->self[i],
                                           &p->peer[i]),
                                 0);
}

static void swap_shares(Cpace *c[static 2], CpaceTag ret_tags[static 2])
{
        Bytes32 share[2];

        cpace_share(c[0], &share[0]);
        cpace_share(c[1], &share[1]);
        assert_int_equal(cpace_receive_share(c[0], &share[1], &ret_tags[0]), 0);
        assert_int_equal(cpace_receive_share(c[1], &share[0], &ret_tags[1]), 0);
}

static void end(Cpace *c[static 2])
{
        cpace_free(c[0]);
        cpace_free(c[1]);
}

static void test_same_words_share_a_key(void **state)
{
        Pair p = honest_pair();
        CpaceTag tags[2];
        Cpace *c[2];
        Key key[3], zero = {0};

        start(c, &p);
        swap_shares(c, tags);
        assert_int_equal(cpace_receive_tag(c[0], &tags[1], &key[0]), 0);
        assert_int_equal(cpace_receive_tag(c[1], &tags[0], &key[1]), 0);
        assert_true(key_equal(&key[0], &key[1]));
        assert_false(key_equal(&key[0], &zero));
        end(c);

        start(c, &p);
        swap_shares(c, tags);
        assert_int_equal(cpace_receive_tag(c[0], &tags[1], &key[2]), 0);
        assert_false(key_equal(&key[0], &key[2])); /* a fresh scalar each run */
        end(c);
}

static void other_words(Pair *p)
{
        p->code[1].words[1]++;
}

static void swapped_words(Pair *p)
{
        p->code[1].words[0] = p->code[0].words[1];
        p->code[1].words[1] = p->code[0].words[0];
}

static void fewer_words(Pair *p)
{
        p->code[1].n_words--;
}

static void other_transcript(Pair *p)
{
        p->transcript[1].b[31]++;
}

static void other_own_id(Pair *p)
{
        p->self[1].id.b[15]++;
}

static void other_id_of_peer(Pair *p)
{
        p->peer[1].id.b[15]++;
}

static void other_own_box_key(Pair *p)
{
        p->self[1].box_key.b[31]++;
}

static void other_sign_key_of_peer(Pair *p)
{
        p->peer[1].sign_key.b[31]++;
}

static void keys_in_each_others_place(Pair *p)
{
        Bytes32 box_key = p->peer[1].box_key;

        p->peer[1].box_key.b[0] = 9;
        p->peer[1].sign_key = box_key;
}

static const struct {
        const char *name;
        void (*change)(Pair *);
} disagreements[] = {
        {"other words", other_words},
        {"words in the other order", swapped_words},
        {"a word less", fewer_words},
        {"another transcript", other_transcript},
        {"another id of one's own", other_own_id},
        {"another id of the peer", other_id_of_peer},
        {"another X of one's own", other_own_box_key},
        {"another E of the peer", other_sign_key_of_peer},
        {"other keys of the peer", keys_in_each_others_place},
};

static void test_disagreement_is_not_confirmed(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(disagreements); i++) {
                const Key before = {{1}};
                Pair p = honest_pair();
                Key key = before;
                CpaceTag tags[2];
                Cpace *c[2];

                disagreements[i].change(&p);
                start(c, &p);
                swap_shares(c, tags);
                for (int side = 0; side < 2; side++)
                        assert_case(disagreements[i].name,
                                    cpace_receive_tag(c[side], &tags[!side], &key) ==
                                            CPACE_E_NOT_CONFIRMED);
                assert_case(disagreements[i].name, key_equal(&key, &before));
                end(c);
        }
}

/* The route narrows the crowd; it is known to the cloud and no part of the proof. */
static void test_route_is_no_secret(void **state)
{
        Pair p = honest_pair();
        CpaceTag tags[2];
        Cpace *c[2];
        Key key;

        (void)snprintf(p.code[1].route, sizeof p.code[1].route, "99999999");
        start(c, &p);
        swap_shares(c, tags);
        assert_int_equal(cpace_receive_tag(c[0], &tags[1], &key), 0);
        end(c);
}

static void test_two_initiators_do_not_agree(void **state)
{
        Pair p = honest_pair();
        CpaceTag tags[2];
        Cpace *c[2];
        Key key;

        for (int i = 0; i < 2; i++)
                assert_int_equal(cpace_new(&c[i], CPACE_INITIATOR, &p.code[i], &p.transcript[i],
                                           &p.self[i], &p.peer[i]),
                                 0);
        swap_shares(c, tags);
        assert_int_equal(cpace_receive_tag(c[0], &tags[1], &key), CPACE_E_NOT_CONFIRMED);
        end(c);
}

static void test_invalid_shares_end_the_run(void **state)
{
        for (unsigned i = 0; i < 3; i++) {
                Pair p = honest_pair();
                const CpaceTag before = {{1}};
                CpaceTag tag = before;
                Bytes32 bad, good;
                Cpace *c[2];

                start(c, &p);
                cpace_share(c[1], &good);
                if (i < 2)
                        bad = *VECTOR_AS(Bytes32, "invalid", i);
                else
                        cpace_share(c[0], &bad); /* mirrored */
                assert_int_equal(cpace_receive_share(c[0], &bad, &tag), CPACE_E_INVALID_SHARE);
                assert_memory_equal(&tag, &before, sizeof tag);
                assert_int_equal(cpace_receive_share(c[0], &good, &tag), CPACE_E_OUT_OF_TURN);
                end(c);
        }
}

static void test_own_tag_is_no_proof(void **state)
{
        Pair p = honest_pair();
        CpaceTag tags[2];
        Cpace *c[2];
        Key key;

        start(c, &p);
        swap_shares(c, tags);
        assert_int_equal(cpace_receive_tag(c[0], &tags[0], &key), CPACE_E_NOT_CONFIRMED);
        end(c);
}

static void test_every_bit_of_the_tag_counts(void **state)
{
        for (size_t bit = 0; bit < 8 * sizeof(CpaceTag); bit += 37) {
                Pair p = honest_pair();
                CpaceTag tags[2];
                Cpace *c[2];
                Key key;

                start(c, &p);
                swap_shares(c, tags);
                tags[1].b[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(cpace_receive_tag(c[0], &tags[1], &key), CPACE_E_NOT_CONFIRMED);
                tags[1].b[bit / 8] ^= (uint8_t)(1 << bit % 8);
                /* one guess a run: the right tag comes too late */
                assert_int_equal(cpace_receive_tag(c[0], &tags[1], &key), CPACE_E_OUT_OF_TURN);
                end(c);
        }
}

static void test_turns(void **state)
{
        Pair p = honest_pair();
        CpaceTag tags[2] = {0};
        Bytes32 share;
        Cpace *c[2];
        Key key;

        start(c, &p);
        assert_int_equal(cpace_receive_tag(c[0], &tags[1], &key), CPACE_E_OUT_OF_TURN);
        swap_shares(c, tags);
        cpace_share(c[1], &share);
        assert_int_equal(cpace_receive_share(c[0], &share, &tags[0]), CPACE_E_OUT_OF_TURN);
        assert_int_equal(cpace_receive_tag(c[0], &tags[1], &key), 0);
        assert_int_equal(cpace_receive_tag(c[0], &tags[1], &key), CPACE_E_OUT_OF_TURN);
        end(c);
}

/* The linker puts this in the place of libsodium's. */
void *__real_sodium_allocarray(size_t n, size_t size);
void *__wrap_sodium_allocarray(size_t n, size_t size);
static bool out_of_memory;

void *__wrap_sodium_allocarray(size_t n, size_t size)
{
        return out_of_memory ? NULL : __real_sodium_allocarray(n, size);
}

static void test_shortage_of_memory_is_told(void **state)
{
        Pair p = honest_pair();
        Cpace *c = NULL;
        int error;

        out_of_memory = true;
        error = cpace_new(&c, CPACE_INITIATOR, &p.code[0], &p.transcript[0], &p.self[0],
                          &p.peer[0]);
        out_of_memory = false;
        assert_int_equal(error, -ENOMEM);
        assert_null(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_prepend_len),
                cmocka_unit_test(test_published_runs),
                cmocka_unit_test(test_published_points),
                cmocka_unit_test(test_generator_of_long_password),
                cmocka_unit_test(test_same_words_share_a_key),
                cmocka_unit_test(test_disagreement_is_not_confirmed),
                cmocka_unit_test(test_route_is_no_secret),
                cmocka_unit_test(test_two_initiators_do_not_agree),
                cmocka_unit_test(test_invalid_shares_end_the_run),
                cmocka_unit_test(test_own_tag_is_no_proof),
                cmocka_unit_test(test_every_bit_of_the_tag_counts),
                cmocka_unit_test(test_turns),
                cmocka_unit_test(test_shortage_of_memory_is_told),
        };

        if (sodium_init() < 0)
                return 99;
        return cmocka_run_group_tests_name("cpace", tests, load_vectors, NULL);
}
