/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make-vectors - writes huddle-v1.json: each format with its inputs, private keys included
 *
 * Whatever is made is also read back, so that equal output means: our code still writes and
 * accepts these.
 */
#include "src/protocol/cardseal.h"
#include "src/protocol/cloud-words.h"
#include "src/protocol/envelope.h"
#include "tests/unit/fixed-random.h"
#include "src/protocol/groupkey.h"
#include "src/protocol/contact-list.h"
#include "src/protocol/guests.h"
#include "src/protocol/huddle-link.h"
#include "src/protocol/succession.h"
#include "cloud/api/ticket.h"
#include "vector-group.h"
#include "vector-out.h"
#include "vector-refused.h"

#include <string.h>

typedef struct Cloud {
        Bytes32 box_public;
        Key box_private;
        Bytes32 sign_public;
        uint8_t sign_private[64];
} Cloud;

static void make_digest(void)
{
        static const Key key = {"0123456789abcdef0123456789abcde"};
        Bytes32 plain, keyed;
        Digest d;

        digest_begin(&d, "huddle v1 example");
        digest_field(&d, "one", 3);
        digest_field(&d, "", 0);
        digest_u64(&d, 0x0102030405060708);
        digest_end(&d, &plain);
        digest_begin_keyed(&d, "huddle v1 example", &key);
        digest_field(&d, "one", 3);
        digest_end(&d, &keyed);

        out_begin("digest");
        out_text("label", "huddle v1 example");
        out_hex("field_1", "one", 3);
        out_hex("field_2", "", 0);
        out_number("field_3_as_u64", 0x0102030405060708);
        out_bytes("digest", plain);
        out_bytes("key", key);
        out_bytes("keyed_digest_of_label_and_field_1", keyed);
        out_end();
}

static void make_identity(const Cloud *c)
{
        CloudIdentity id = {c->box_public, c->sign_public}, back;
        char text[CLOUD_IDENTITY_TEXT_MAX], words[CLOUD_WORDS_SIZE];

        cloud_identity_format(text, &id);
        cloud_words(words, &id);
        vector_check(cloud_identity_parse(&back, text) == 0, "identity");
        out_begin("cloud_identity");
        out_bytes("box_private", c->box_private);
        out_bytes("box_key", c->box_public);
        out_hex("sign_seed", c->sign_private, 32);
        out_bytes("sign_key", c->sign_public);
        out_text("text", text);
        out_text("words", words);
        out_end();
}

static void make_session(Session *ret, const Cloud *c)
{
        Session other;
        Key private;

        fixed_random("session");
        vector_check(session_begin(ret, &c->box_public) == 0, "session");
        fixed_random("session");
        key_random(&private); /* as session_begin drew it */
        vector_check(session_accept(&other, &ret->public_key, &c->box_public, &c->box_private) ==
                                     0 &&
                             memcmp(&other, ret, sizeof other) == 0,
                     "session");
        out_begin("session");
        out_bytes("terminal_private", private);
        out_bytes("terminal_public", ret->public_key);
        out_bytes("to_cloud", ret->to_cloud);
        out_bytes("to_terminal", ret->to_terminal);
        out_end();
}

static void make_envelope(const Session *s)
{
        static const uint8_t request[] = "a request", response[] = "a response";
        uint8_t *sealed, *answer, *opened = NULL, nonce[ENVELOPE_NONCE], got[ENVELOPE_NONCE];
        size_t sealed_len, answer_len, len;

        vector_check(envelope_seal_request(&sealed, &sealed_len, nonce, s, request,
                                           sizeof request - 1) == 0 &&
                             envelope_open_request(&opened, &len, got, s, sealed, sealed_len) ==
                                     0 &&
                             len == sizeof request - 1,
                     "request");
        free(opened);
        vector_check(envelope_seal_response(&answer, &answer_len, nonce, s, response,
                                            sizeof response - 1) == 0 &&
                             envelope_open_response(&opened, &len, nonce, s, answer, answer_len) ==
                                     0 &&
                             len == sizeof response - 1,
                     "response");
        free(opened);
        out_begin("envelope");
        out_hex("request", request, sizeof request - 1);
        out_hex("sealed_request", sealed, sealed_len);
        out_hex("response", response, sizeof response - 1);
        out_hex("sealed_response", answer, answer_len);
        out_end();
        free(sealed);
        free(answer);
}

static void make_ticket(const Session *s)
{
        const uint64_t expires = 1767225600000;
        uint8_t ticket[TICKET_SIZE];
        Ticket got;
        Key key;

        key_random(&key);
        ticket_seal(ticket, &key, &(Ticket){4711, 3, expires}, &s->public_key);
        vector_check(ticket_open(&got, &key, ticket, sizeof ticket, &s->public_key, expires - 1) ==
                                     0 &&
                             got.account == 4711 && got.epoch == 3,
                     "ticket");
        out_begin("ticket");
        out_bytes("ticket_key", key);
        out_number("account", 4711);
        out_number("epoch", 3);
        out_bytes("session_key", s->public_key);
        out_number("expires_ms", expires);
        out_hex("ticket", ticket, sizeof ticket);
        out_end();
}

static void make_account(const Cloud *c, const Session *s)
{
        uint8_t session[64], registration[64];
        AccountKey k;

        account_key_draw(&k);
        account_sign_session(session, &k, &c->box_public, &s->public_key);
        account_sign_register(registration, &k, &c->box_public, &s->public_key, "anna@example.org",
                              3);
        vector_check(
                account_verify_session(session, &k.public_key, &c->box_public, &s->public_key) &&
                        account_verify_register(registration, &k.public_key, &c->box_public,
                                                &s->public_key, "anna@example.org", 3),
                "account");
        out_begin("account");
        out_hex("sign_seed", k.private_key, 32);
        out_bytes("account_key", k.public_key);
        out_bytes("cloud_key", c->box_public);
        out_bytes("session_key", s->public_key);
        out_hex("session_signature", session, sizeof session);
        out_text("handle", "anna@example.org");
        out_number("consent_version", 3);
        out_hex("register_signature", registration, sizeof registration);
        out_end();
}

static void make_list(const Group *g, const Cloud *c)
{
        ContactList *head, *back = NULL;
        ContactListEntry entries[GROUP_MEMBERS];

        for (size_t i = 0; i < GROUP_MEMBERS; i++)
                contact_list_entry_make(&entries[i], &g->keys[i].id, g->openings[i].part_hash);
        vector_check(contact_list_sign(&head, g->roster->record_number, 1, entries, GROUP_MEMBERS,
                                       c->sign_private) == 0 &&
                             contact_list_verify(&back, head->bytes, head->n_bytes, head->signature,
                                                 &c->sign_public, g->roster) == 0,
                     "list");
        out_begin("list_head");
        out_hex("bytes", head->bytes, head->n_bytes);
        out_hex("signature", head->signature, sizeof head->signature);
        out_end();
        (void)contact_list_free(head);
        (void)contact_list_free(back);
}

static void make_record_numbers(void)
{
        out_list_begin("record_numbers");
        for (size_t i = 0; i < 4; i++) {
                char number[RECORD_NUMBER_SIZE];

                record_number_draw(number);
                vector_check(record_number_valid(number), "record number");
                out_begin(NULL);
                out_text("number", number);
                out_end();
        }
        out_list_end();
}

/* number and password: of HUDDLE_LINK_RECORD, else NULL. page: "" for none. */
static void make_link(char ret[static HUDDLE_LINK_SIZE], const Cloud *c, HuddleLinkKind kind,
                      const char *number, const RecordPassword *password, const char *page)
{
        HuddleLink l = {.kind = kind,
                        .has_cloud = true,
                        .url = "https://cloud.example:8470",
                        .identity = {c->box_public, c->sign_public}},
                   back;

        vector_check(code_parse(&l.code, "4821 maple tiger", NULL) == 0, "code");
        if (number)
                (void)stpcpy(l.number, number);
        if (password)
                l.password = *password;
        vector_check(huddle_link_set_page(&l, page), "page");
        huddle_link_format(ret, &l);
        vector_check(huddle_link_parse(&back, ret) == 0 && back.kind == kind, "link");
}

static void make_links(const Cloud *c)
{
        char link[HUDDLE_LINK_SIZE];

        out_begin("links");
        make_link(link, c, HUDDLE_LINK_JOIN, NULL, NULL, "");
        out_text("join", link);
        make_link(link, c, HUDDLE_LINK_CLOUD, NULL, NULL, "");
        out_text("cloud", link);
        out_end();
}

/* The password of the group's record, what is derived from it, and what it opens. */
static void make_record(const Group *g, const Cloud *c)
{
        const char *number = g->roster->record_number;
        uint8_t escrow[RECORD_ESCROW_SIZE];
        char text[RECORD_PASSWORD_TEXT], link[HUDDLE_LINK_SIZE], page_link[HUDDLE_LINK_SIZE];
        RecordPassword password;
        Bytes32 hash, transcript;
        RecordKeys keys;
        Key half, gk;

        groupkey_record(&half, &g->gk);
        record_password_make(&password, "7K3F", &g->gk);
        record_password_format(text, &password);
        vector_check(record_keys_derive(&keys, number, &password) == 0, "record keys");
        record_token_hash(&hash, number, keys.token.b);
        record_escrow_seal(escrow, &keys, number, &g->gk, &g->transcript);
        vector_check(record_escrow_open(&gk, &transcript, escrow, sizeof escrow, &keys, number) ==
                                     0 &&
                             key_equal(&gk, &g->gk) && bytes32_equal(&transcript, &g->transcript),
                     "escrow");
        make_link(link, c, HUDDLE_LINK_RECORD, number, &password, "");
        make_link(page_link, c, HUDDLE_LINK_RECORD, number, &password, "https://cards.example");
        out_begin("record");
        out_text("number", number);
        out_text("half", "7K3F");
        out_bytes("subkey_3", half);
        out_text("password", text);
        out_text("link", link);
        out_text("page_link", page_link);
        out_bytes("token", keys.token);
        out_bytes("escrow_key", keys.escrow);
        out_bytes("token_hash", hash);
        out_hex("escrow", escrow, sizeof escrow);
        out_end();
}

/* To two new keys; draws last, so that all other values stay. */
static void make_succession(const Cloud *c)
{
        Succession s = {.from = {c->box_public, c->sign_public},
                        .made_ms = 1767225600000,
                        .until_ms = 1769817600000},
                   back;
        uint8_t bytes[SUCCESSION_SIZE], private[64];
        Key box;

        (void)crypto_box_keypair(s.to.box_key.b, box.b);
        (void)crypto_sign_keypair(s.to.sign_key.b, private);
        succession_sign(bytes, &s, c->sign_private, private);
        vector_check(succession_read(&back, bytes, sizeof bytes) == 0 &&
                             memcmp(&back, &s, sizeof s) == 0,
                     "succession");
        out_begin("succession");
        out_bytes("next_box_key", s.to.box_key);
        out_hex("next_sign_seed", private, 32);
        out_bytes("next_sign_key", s.to.sign_key);
        out_number("made_ms", s.made_ms);
        out_number("until_ms", s.until_ms);
        out_hex("succession", bytes, sizeof bytes);
        out_end();
}

static void make_guest_link(char ret[static HUDDLE_LINK_SIZE], const Cloud *c, const Token *screen)
{
        HuddleLink l = {.kind = HUDDLE_LINK_JOIN,
                        .has_cloud = true,
                        .url = "https://cloud.example:8470",
                        .identity = {c->box_public, c->sign_public},
                        .has_screen = true,
                        .screen = *screen},
                   back;

        vector_check(code_parse(&l.code, "4821", NULL) == 0, "code");
        vector_check(huddle_link_set_page(&l, "https://cards.example"), "page");
        huddle_link_format(ret, &l);
        vector_check(huddle_link_parse(&back, ret) == 0 && back.has_screen &&
                             memcmp(&back.screen, screen, sizeof *screen) == 0,
                     "link of a guest");
}

/* An account, a screen, and the opening of a guest; draws last as well. */
static void make_guests(const Cloud *c, const Session *s)
{
        static const char *const names[] = {
                [MARK_GUEST] = "guest", [MARK_WELCOME] = "welcome", [MARK_REFUSED] = "refused"};
        char link[HUDDLE_LINK_SIZE];
        Token token, screen;
        MemberOpening opening;
        Bytes32 commitment;
        uint8_t signature[64];
        MemberKeys member;
        AccountKey k;

        account_key_draw(&k);
        account_sign_guest(signature, &k, &c->box_public, &s->public_key, 3);
        vector_check(
                account_verify_guest(signature, &k.public_key, &c->box_public, &s->public_key, 3),
                "account of a guest");
        randombytes_buf(token.b, sizeof token.b);
        screen_token(&screen, &token);
        make_guest_link(link, c, &screen);
        member_keys_draw(&member);
        out_begin("guests");
        out_hex("sign_seed", k.private_key, 32);
        out_bytes("account_key", k.public_key);
        out_number("consent_version", 3);
        out_hex("guest_signature", signature, sizeof signature);
        out_bytes("press_token", token);
        out_bytes("screen", screen);
        out_text("link", link);
        for (GuestMark mark = MARK_GUEST; mark <= _MARK_MAX; mark++) {
                member_keys_mark(&member, mark);
                out_hex(names[mark], member.nonce.b, 16);
        }
        member_keys_mark(&member, MARK_GUEST);
        opening_make(&opening, &member, (Bytes32[2]){{{1}}, {{2}}});
        commitment_make(&commitment, &opening);
        vector_check(opening_mark(&opening) == MARK_GUEST && opening_matches(&opening, &commitment),
                     "opening of a guest");
        out_bytes("id", opening.id);
        out_bytes("box_key", opening.box_key);
        out_bytes("sign_key", opening.sign_key);
        out_bytes("hash1", opening.part_hash[0]);
        out_bytes("hash2", opening.part_hash[1]);
        out_bytes("nonce", opening.nonce);
        out_bytes("commitment", commitment);
        out_end();
        member_keys_done(&member);
}

int main(void)
{
        Session s;
        Cloud c;
        Group g;

        if (sodium_init() < 0)
                return 1;
        fixed_random("cloud");
        (void)crypto_box_keypair(c.box_public.b, c.box_private.b);
        (void)crypto_sign_keypair(c.sign_public.b, c.sign_private);
        out_begin(NULL);
        make_digest();
        make_identity(&c);
        make_links(&c);
        make_session(&s, &c);
        make_envelope(&s);
        make_ticket(&s);
        make_account(&c, &s);
        make_record_numbers();
        vector_check(group_make(&g, &c.sign_public, c.sign_private, NULL) == 0, "group");
        group_write(&g);
        make_list(&g, &c);
        make_record(&g, &c);
        vector_check(refused_write(&s, &g, &c.sign_public, c.sign_private) == 0,
                     "something was taken");
        make_succession(&c);
        make_guests(&c, &s);
        out_end();
        group_done(&g);
        return 0;
}
