/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vector-group.h"

#include "src/protocol/cardseal.h"
#include "tests/unit/fixed-random.h"
#include "src/proto/names.h"
#include "vector-out.h"

#include <stdio.h>
#include <string.h>

enum { RUN = 1 }; /* the first group key, and the first offer of it */

static const char *const card_texts[GROUP_MEMBERS][2] = {
        {"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:00000000-0000-4000-8000-000000000001\r\nFN:"
         "Anna One\r\n"
         "END:VCARD\r\n",
         "BEGIN:VCARD\r\nVERSION:4.0\r\nTEL:+1 555 "
         "0101\r\nEMAIL:anna@example.org\r\nEND:VCARD\r\n"},
        {"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:00000000-0000-4000-8000-000000000002\r\nFN:"
         "Ben Two\r\n"
         "END:VCARD\r\n",
         "BEGIN:VCARD\r\nVERSION:4.0\r\nTEL:+1 555 0102\r\nEND:VCARD\r\n"},
        {"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:00000000-0000-4000-8000-000000000003\r\nFN:"
         "Cleo "
         "Three\r\n"
         "END:VCARD\r\n",
         "BEGIN:VCARD\r\nVERSION:4.0\r\nORG:Example\r\nEND:VCARD\r\n"},
};

static int make_member(Group *g, size_t i)
{
        MemberKeys *k = &g->keys[i];
        Bytes32 hashes[2];

        member_keys_draw(k);
        for (unsigned part = 0; part < 2; part++) {
                SealedPart *p = &g->parts[i][part];
                const char *text = card_texts[i][part];
                _cleanup_(secret_freep) char *back = NULL;
                size_t len;

                if (card_seal(&p->bytes, &p->len, text, strlen(text), &k->card_keys[part], &k->id,
                              part + 1) != 0 ||
                    card_open(&back, &len, p->bytes, p->len, &k->card_keys[part], &k->id,
                              part + 1) != 0 ||
                    strcmp(back, text) != 0)
                        return -EBADMSG;
                card_part_hash(&hashes[part], p->bytes, p->len);
        }
        opening_make(&g->openings[i], k, hashes);
        return 0;
}

static int close_group(Group *g, const Bytes32 *cloud_sign_key,
                       const uint8_t cloud_sign_private[static 64])
{
        RosterMember members[GROUP_MEMBERS];

        for (size_t i = 0; i < GROUP_MEMBERS; i++) {
                members[i].id = g->keys[i].id;
                commitment_make(&members[i].commitment, &g->openings[i]);
                if (!opening_matches(&g->openings[i], &members[i].commitment))
                        return -EBADMSG;
        }
        if (roster_sign(&g->roster, "12345678903", 1767225600000, &g->keys[GROUP_SPONSOR].id,
                        members, GROUP_MEMBERS, cloud_sign_private) != 0)
                return -EBADMSG;
        for (size_t i = 0; i < GROUP_MEMBERS; i++) {
                _cleanup_(roster_freep) Roster *back = NULL;

                if (roster_verify(&back, g->roster->bytes, g->roster->n_bytes, g->roster->signature,
                                  cloud_sign_key, &members[i].id, &members[i].commitment) != 0)
                        return -EBADMSG;
        }
        return transcript_hash(&g->transcript, g->roster, g->openings, GROUP_MEMBERS);
}

static int sign_message(Group *g, GroupMessage *m, size_t from, unsigned kind, size_t body_len)
{
        m->fields.from = g->keys[from].id;
        m->fields.kind = kind;
        m->fields.run = RUN;
        m->fields.body = m->body;
        m->fields.body_len = body_len;
        message_sign(m->signature, &m->fields, &g->transcript, &g->keys[from]);
        return message_verify(m->signature, &m->fields, &g->transcript, &g->openings[from].sign_key)
                       ? 0
                       : -EBADMSG;
}

static int make_key_message(Group *g, size_t to)
{
        GroupMessage *m = &g->key_messages[to];
        Key back;

        if (groupkey_box(m->body, &g->gk, &g->transcript, &g->keys[GROUP_SPONSOR],
                         &g->openings[to].box_key) != 0 ||
            groupkey_unbox(&back, m->body, GROUPKEY_BOX_SIZE, &g->transcript, &g->keys[to],
                           &g->openings[GROUP_SPONSOR].box_key) != 0 ||
            !key_equal(&back, &g->gk))
                return -EBADMSG;
        m->to = g->keys[to].id;
        m->fields.to = &m->to;
        m->fields.key_id = g->key_id;
        return sign_message(g, m, GROUP_SPONSOR, PB_MESSAGE_GROUP_KEY, GROUPKEY_BOX_SIZE);
}

/* ---- with words ---- */

/* The scalar that the next run draws, which nobody else ever sees. */
static void peek_scalar(Key *ret, const char *whose, size_t with)
{
        char seed[64];

        (void)snprintf(seed, sizeof seed, "scalar of the %s, member %zu", whose, with);
        fixed_random(seed);
        crypto_core_ristretto255_scalar_random(ret->b);
        fixed_random(seed);
}

static int sign_to(Group *g, GroupMessage *m, size_t from, size_t to, unsigned kind,
                   size_t body_len)
{
        m->to = g->keys[to].id;
        m->fields.to = &m->to;
        return sign_message(g, m, from, kind, body_len);
}

static int make_proof(Group *g, size_t with)
{
        GroupProof *p = &g->proofs[with];
        GroupMessage *key = &g->key_messages[with];
        const MemberOpening *s = &g->openings[GROUP_SPONSOR], *j = &g->openings[with];
        ProofSelf sponsor = {&g->words, &g->transcript, s}, joiner = {&g->words, &g->transcript, j};
        ProofPair at_sponsor = {}, at_joiner = {};
        Key back;
        int r;

        peek_scalar(&p->sponsor_scalar, "sponsor", with);
        r = proof_offer(&at_sponsor, &sponsor, j, RUN, p->offer.body);
        p->offer.fields.key_id = key->fields.key_id = g->key_id;
        if (r == 0)
                r = sign_to(g, &p->offer, GROUP_SPONSOR, with, PB_MESSAGE_PROOF_A,
                            PROOF_SHARE_SIZE);
        peek_scalar(&p->joiner_scalar, "joiner", with);
        if (r == 0)
                r = proof_answer(&at_joiner, &joiner, s, RUN, p->offer.body, PROOF_SHARE_SIZE,
                                 p->answer.body);
        if (r == 0)
                r = sign_to(g, &p->answer, with, GROUP_SPONSOR, PB_MESSAGE_PROOF_B,
                            PROOF_ANSWER_SIZE);
        if (r == 0)
                r = proof_seal(&at_sponsor, &sponsor, j, RUN, p->answer.body, PROOF_ANSWER_SIZE,
                               &g->gk, key->body);
        if (r == 0)
                r = proof_open(&at_joiner, &joiner, s, RUN, key->body, PROOF_KEY_SIZE, &back);
        if (r != 0 || !key_equal(&back, &g->gk))
                return -EBADMSG;
        return sign_to(g, key, GROUP_SPONSOR, with, PB_MESSAGE_GROUP_KEY, PROOF_KEY_SIZE);
}

/* ---- for all ---- */

static int make_card_message(Group *g, size_t from, unsigned part)
{
        static const unsigned kinds[2] = {PB_MESSAGE_NAME_KEY, PB_MESSAGE_CARD_KEY};
        GroupMessage *m = &g->card_messages[from][part];
        const MemberKeys *k = &g->keys[from];
        Key back;

        cardkey_wrap(m->body, &k->card_keys[part], &g->gk, &g->transcript, &k->id, part + 1);
        if (cardkey_unwrap(&back, m->body, WRAPPED_KEY_SIZE, &g->gk, &g->transcript, &k->id,
                           part + 1) != 0 ||
            !key_equal(&back, &k->card_keys[part]))
                return -EBADMSG;
        m->fields.key_id = g->key_id;
        return sign_message(g, m, from, kinds[part], WRAPPED_KEY_SIZE);
}

int group_make(Group *ret, const Bytes32 *cloud_sign_key,
               const uint8_t cloud_sign_private[static 64], const char *words)
{
        memset(ret, 0, sizeof *ret);
        if (words && code_parse(&ret->words, words, NULL) != 0)
                return -EINVAL;
        for (size_t i = 0; i < GROUP_MEMBERS; i++)
                if (make_member(ret, i) != 0)
                        return -EBADMSG;
        if (close_group(ret, cloud_sign_key, cloud_sign_private) != 0)
                return -EBADMSG;
        key_random(&ret->gk);
        groupkey_id(ret->key_id, &ret->gk);
        for (size_t i = 0; i < GROUP_MEMBERS; i++)
                if ((i != GROUP_SPONSOR &&
                     (words ? make_proof(ret, i) : make_key_message(ret, i)) != 0) ||
                    make_card_message(ret, i, 0) != 0 || make_card_message(ret, i, 1) != 0)
                        return -EBADMSG;
        return 0;
}

void group_done(Group *g)
{
        for (size_t i = 0; i < GROUP_MEMBERS; i++)
                for (size_t part = 0; part < 2; part++)
                        free(g->parts[i][part].bytes);
        (void)roster_free(g->roster);
}

/* ---- writing ---- */

static void write_member(const Group *g, size_t i)
{
        const MemberKeys *k = &g->keys[i];
        const MemberOpening *o = &g->openings[i];
        Bytes32 commitment;

        commitment_make(&commitment, o);
        out_begin(NULL);
        out_bytes("id", k->id);
        out_bytes("box_private", k->box_private);
        out_bytes("box_key", o->box_key);
        out_hex("sign_seed", k->sign_private, 32);
        out_bytes("sign_key", o->sign_key);
        out_bytes("card_key_1", k->card_keys[0]);
        out_bytes("card_key_2", k->card_keys[1]);
        out_text("part_1", card_texts[i][0]);
        out_text("part_2", card_texts[i][1]);
        out_hex("sealed_1", g->parts[i][0].bytes, g->parts[i][0].len);
        out_hex("sealed_2", g->parts[i][1].bytes, g->parts[i][1].len);
        out_bytes("hash1", o->part_hash[0]);
        out_bytes("hash2", o->part_hash[1]);
        out_bytes("nonce", o->nonce);
        out_bytes("commitment", commitment);
        out_end();
}

static void write_proof(const Group *g, size_t with)
{
        out_begin(NULL);
        out_bytes("sponsor", g->keys[GROUP_SPONSOR].id);
        out_bytes("joiner", g->keys[with].id);
        out_number("run", RUN);
        out_bytes("sponsor_scalar", g->proofs[with].sponsor_scalar);
        out_bytes("joiner_scalar", g->proofs[with].joiner_scalar);
        out_end();
}

static void write_proofs(const Group *g)
{
        char code[CODE_TEXT_MAX];

        code_format(&g->words, code);
        out_text("words", strchr(code, ' ') + 1);
        out_list_begin("proofs");
        for (size_t i = 0; i < GROUP_MEMBERS; i++)
                if (i != GROUP_SPONSOR)
                        write_proof(g, i);
        out_list_end();
}

static void write_message(const GroupMessage *m)
{
        out_begin(NULL);
        out_bytes("from", m->fields.from);
        out_hex("to", m->fields.to, m->fields.to ? sizeof *m->fields.to : 0);
        out_number("kind", m->fields.kind);
        out_hex("body", m->fields.body, m->fields.body_len);
        out_hex("key_id", m->fields.key_id, m->fields.key_id ? GROUPKEY_ID_SIZE : 0);
        out_number("run", m->fields.run);
        out_hex("signature", m->signature, sizeof m->signature);
        out_end();
}

void group_write(const Group *g)
{
        char phrase[PHRASE_TEXT_MAX];

        out_list_begin("members");
        for (size_t i = 0; i < GROUP_MEMBERS; i++)
                write_member(g, i);
        out_list_end();
        out_begin("roster");
        out_text("record_number", g->roster->record_number);
        out_number("closed_at_ms", g->roster->closed_at_ms);
        out_bytes("opener", g->roster->opener);
        out_hex("bytes", g->roster->bytes, g->roster->n_bytes);
        out_hex("signature", g->roster->signature, sizeof g->roster->signature);
        out_end();
        transcript_phrase(&g->transcript, phrase);
        out_begin("transcript");
        out_bytes("transcript", g->transcript);
        out_text("phrase", phrase);
        out_end();
        out_begin("group_key");
        out_bytes("key", g->gk);
        out_hex("key_id", g->key_id, sizeof g->key_id);
        out_end();
        if (g->words.n_words > 0)
                write_proofs(g);
        out_list_begin("messages");
        for (size_t i = 0; i < GROUP_MEMBERS; i++) {
                if (g->words.n_words > 0 && i != GROUP_SPONSOR) {
                        write_message(&g->proofs[i].offer);
                        write_message(&g->proofs[i].answer);
                }
                if (i != GROUP_SPONSOR)
                        write_message(&g->key_messages[i]);
                write_message(&g->card_messages[i][0]);
                write_message(&g->card_messages[i][1]);
        }
        out_list_end();
}
