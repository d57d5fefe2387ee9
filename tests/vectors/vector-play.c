/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vector-play.h"

#include "src/protocol/contact-list.h"
#include "vector-out.h"
#include "src/protocol/wire.h"

#include <stdio.h>
#include <string.h>

/* ---- one step ---- */

static void write_request(const WireRequest *q)
{
        _cleanup_(wire_request_freep) WireRequest *back = NULL;
        _cleanup_free_ uint8_t *packed = NULL;
        size_t len;

        vector_check(wire_pack_request(&packed, &len, q) == 0 &&
                             wire_unpack_request(&back, packed, len) == 0,
                     "request");
        out_hex("request", packed, len);
}

static void write_response(const WireResponse *a)
{
        _cleanup_(wire_response_freep) WireResponse *back = NULL;
        _cleanup_free_ uint8_t *packed = NULL;
        size_t len;

        vector_check(wire_pack_response(&packed, &len, a) == 0 &&
                             wire_unpack_response(&back, packed, len) == 0,
                     "response");
        out_hex("response", packed, len);
}

/* q and a hold their bodies; what all have in common is filled in here. */
static void step(Play *p, size_t who, const char *what, WireRequest *q, WireResponse *a)
{
        Id id;

        id_random(&id);
        q->id = a->id = wire_bytes(id.b, sizeof id);
        if (q->body_case >= PB_REQUEST_BODY_PUT_PROFILE)
                q->ticket = wire_bytes(p->terminals[who].ticket, TICKET_SIZE);
        a->cloud_time_ms = p->now += 100;
        out_begin(NULL);
        out_number("terminal", who);
        out_text("what", what);
        write_request(q);
        write_response(a);
        out_end();
}

#define REQUEST(kind, member)                                                                      \
        {                                                                                          \
                PROTOBUF_C_MESSAGE_INIT(&pb_request_descriptor),                                   \
                        .body_case = PB_REQUEST_BODY_##kind, .member                               \
        }
#define RESPONSE(kind, member)                                                                     \
        {                                                                                          \
                PROTOBUF_C_MESSAGE_INIT(&pb_response_descriptor),                                  \
                        .body_case = PB_RESPONSE_BODY_##kind, .member                              \
        }

/* ---- accounts ---- */

void play_register(Play *p, size_t who)
{
        static const char *const handles[GROUP_MEMBERS] = {"anna@example.org", "ben@example.org",
                                                           "cleo"};
        Terminal *t = &p->terminals[who];
        PbDescribe describe = PB_DESCRIBE_INIT;
        PbDescription description = PB_DESCRIPTION_INIT;
        PbRegister reg = PB_REGISTER_INIT;
        PbRegistered registered = PB_REGISTERED_INIT;
        WireRequest q1 = REQUEST(DESCRIBE, describe = &describe),
                    q2 = REQUEST(REGISTER, register_ = &reg);
        WireResponse a1 = RESPONSE(DESCRIPTION, description = &description);
        WireResponse a2 = RESPONSE(REGISTERED, registered = &registered);
        uint8_t signature[64];

        description.consent_text =
                (char *)"The cloud keeps your handle and your card, which it cannot read.";
        description.consent_version = 1;
        description.window_s = 60;
        description.max_window_s = 600;
        description.max_card_bytes = 262184;
        step(p, who, "describe", &q1, &a1);
        account_sign_register(signature, &t->account, &p->box_public, &t->session.public_key,
                              handles[who], 1);
        reg.account_key = wire_bytes(t->account.public_key.b, 32);
        reg.signature = wire_bytes(signature, sizeof signature);
        reg.handle = (char *)handles[who];
        reg.consent_version = 1;
        registered.confirmed = true;
        step(p, who, "register", &q2, &a2);
}

void play_open_session(Play *p, size_t who)
{
        Terminal *t = &p->terminals[who];
        PbOpenSession open = PB_OPEN_SESSION_INIT;
        PbSessionOpened opened = PB_SESSION_OPENED_INIT;
        WireRequest q = REQUEST(OPEN_SESSION, open_session = &open);
        WireResponse a = RESPONSE(SESSION_OPENED, session_opened = &opened);
        uint8_t signature[64];

        account_sign_session(signature, &t->account, &p->box_public, &t->session.public_key);
        open.account_key = wire_bytes(t->account.public_key.b, 32);
        open.signature = wire_bytes(signature, sizeof signature);
        ticket_seal(t->ticket, &p->ticket_key, &(Ticket){(int64_t)who + 1, 0, p->now + 86400000},
                    &t->session.public_key);
        opened.ticket = wire_bytes(t->ticket, TICKET_SIZE);
        opened.lifetime_s = 86400;
        step(p, who, "open session", &q, &a);
}

/* ---- gathering ---- */

static void make_serial(Play *p, size_t who)
{
        Serial *s = &p->terminals[who].serial;

        *s = (Serial){
                .route = "4821", .press_age_ms = 1500 + 100 * who, .n_heard = GROUP_MEMBERS - 1};
        if (who == 0)
                s->fix = (Fix){true, 525200080, 134049540, 30};
        s->token = (Token){{'t', 'o', 'k', 'e', 'n', 0, 0, (uint8_t)who}};
        for (size_t i = 0; i < s->n_heard; i++)
                s->heard[i] = (Sighting){
                        .token = {{'t', 'o', 'k', 'e', 'n', 0, 0, (uint8_t)(i + (i >= who))}},
                        .transport = SIGHTING_MDNS,
                        .first_heard_ms = 300,
                        .last_heard_ms = 1400};
}

void play_join(Play *p, size_t who)
{
        const MemberKeys *k = &p->group.keys[who];
        PbJoin join = PB_JOIN_INIT;
        PbJoined joined = PB_JOINED_INIT;
        WireRequest q = REQUEST(JOIN, join = &join);
        WireResponse a = RESPONSE(JOINED, joined = &joined);
        Bytes32 commitment;
        WireSerial w;

        make_serial(p, who);
        commitment_make(&commitment, &p->group.openings[who]);
        wire_serial_fill(&w, &p->terminals[who].serial);
        join.member_id = wire_bytes(k->id.b, sizeof k->id);
        join.serial = &w.serial;
        join.commitment = wire_bytes(commitment.b, sizeof commitment);
        joined.verdict = who == 0 ? PB_JOIN_OPENED : PB_JOIN_JOINED;
        joined.deadline_in_ms = 58000;
        joined.member_count = (uint32_t)who + 1;
        step(p, who, "join", &q, &a);
}

void play_upload(Play *p, size_t who, unsigned part)
{
        const SealedPart *s = &p->group.parts[who][part];
        PbUpload upload = PB_UPLOAD_INIT;
        WireRequest q = REQUEST(UPLOAD, upload = &upload);
        WireResponse a = PB_RESPONSE_INIT;

        upload.member_id = wire_bytes(p->group.keys[who].id.b, sizeof(Id));
        upload.part = part + 1;
        upload.total = (uint32_t)s->len;
        upload.bytes = wire_bytes(s->bytes, s->len);
        step(p, who, "upload", &q, &a);
}

void play_close(Play *p, size_t who)
{
        PbClose close_ = PB_CLOSE_INIT;
        WireRequest q = REQUEST(CLOSE, close = &close_);
        WireResponse a = PB_RESPONSE_INIT;

        close_.member_id = wire_bytes(p->group.keys[who].id.b, sizeof(Id));
        step(p, who, "close", &q, &a);
}

/* ---- watching: each call is one phase ---- */

static void watches(Play *p, size_t who, const char *what, PbWatch *watch, PbWatched *watched)
{
        WireRequest q = REQUEST(WATCH, watch = watch);
        WireResponse a = RESPONSE(WATCHED, watched = watched);

        watch->member_id = wire_bytes(p->group.keys[who].id.b, sizeof(Id));
        watch->wait_ms = 25000;
        watched->member_count = GROUP_MEMBERS;
        watched->opener = who == GROUP_SPONSOR;
        step(p, who, what, &q, &a);
}

void play_watch_gathering(Play *p, size_t who)
{
        PbWatch watch = PB_WATCH_INIT;
        PbWatched watched = PB_WATCHED_INIT;
        ProtobufCBinaryData mutual[GROUP_MEMBERS];
        const Serial *s = &p->terminals[who].serial;

        for (size_t i = 0; i < s->n_heard; i++)
                mutual[i] = wire_bytes(s->heard[i].token.b, TOKEN_SIZE);
        watched.revision = 3;
        watched.phase = PB_PHASE_GATHERING;
        watched.deadline_in_ms = 50000;
        watched.n_mutual = s->n_heard;
        watched.mutual = mutual;
        watches(p, who, "watch: who is there", &watch, &watched);
}

void play_watch_close(Play *p, size_t who)
{
        PbWatch watch = PB_WATCH_INIT;
        PbWatched watched = PB_WATCHED_INIT;
        PbSigned roster = PB_SIGNED_INIT;
        const Roster *r = p->group.roster;

        roster.bytes = wire_bytes(r->bytes, r->n_bytes);
        roster.signature = wire_bytes(r->signature, sizeof r->signature);
        watch.seen_revision = 3;
        watched.revision = 4;
        watched.phase = PB_PHASE_OPENING;
        watched.deadline_in_ms = 10000;
        watched.roster = &roster;
        watches(p, who, "watch: the roster", &watch, &watched);
}

void play_open(Play *p, size_t who)
{
        PbOpening opening;
        WireRequest q = REQUEST(OPENING, opening = &opening);
        WireResponse a = PB_RESPONSE_INIT;

        wire_opening_fill(&opening, &p->group.openings[who]);
        step(p, who, "opening", &q, &a);
}

void play_watch_openings(Play *p, size_t who)
{
        PbWatch watch = PB_WATCH_INIT;
        PbWatched watched = PB_WATCHED_INIT;
        PbOpening openings[GROUP_MEMBERS], *list[GROUP_MEMBERS];

        for (size_t i = 0; i < GROUP_MEMBERS; i++) {
                wire_opening_fill(&openings[i], &p->group.openings[i]);
                list[i] = &openings[i];
        }
        watch.seen_revision = 4;
        watched.revision = 7;
        watched.phase = PB_PHASE_EXCHANGING;
        watched.openings = list;
        watched.n_openings = watched.final_openings = GROUP_MEMBERS;
        watches(p, who, "watch: the openings", &watch, &watched);
}

/* ---- messages ---- */

static void fill_message(PbMemberMessage *w, const GroupMessage *m)
{
        pb_member_message_init(w);
        w->from = wire_bytes(m->fields.from.b, sizeof(Id));
        w->to = wire_bytes(m->fields.to, m->fields.to ? sizeof(Id) : 0);
        w->kind = m->fields.kind;
        w->run = m->fields.run;
        w->body = wire_bytes(m->body, m->fields.body_len);
        w->signature = wire_bytes(m->signature, sizeof m->signature);
        w->key_id = wire_bytes(m->fields.key_id, m->fields.key_id ? GROUPKEY_ID_SIZE : 0);
}

void play_post(Play *p, size_t who, const char *what, const GroupMessage *const *m, size_t n)
{
        PbMemberMessage messages[PLAY_MESSAGES], *list[PLAY_MESSAGES];
        PbPost post = PB_POST_INIT;
        WireRequest q = REQUEST(POST, post = &post);
        WireResponse a = PB_RESPONSE_INIT;

        for (size_t i = 0; i < n; i++) {
                fill_message(&messages[i], m[i]);
                list[i] = &messages[i];
        }
        post.member_id = wire_bytes(p->group.keys[who].id.b, sizeof(Id));
        post.messages = list;
        post.n_messages = n;
        step(p, who, what, &q, &a);
}

void play_watch_messages(Play *p, size_t who, const char *what, const GroupMessage *const *m,
                         size_t n, uint64_t cursor, uint64_t next_cursor)
{
        PbWatch watch = PB_WATCH_INIT;
        PbWatched watched = PB_WATCHED_INIT;
        PbMemberMessage messages[PLAY_MESSAGES], *list[PLAY_MESSAGES];

        for (size_t i = 0; i < n; i++) {
                fill_message(&messages[i], m[i]);
                list[i] = &messages[i];
        }
        watch.seen_revision = 7;
        watch.next_opening = GROUP_MEMBERS;
        watch.next_message = cursor;
        watched.revision = 7;
        watched.phase = PB_PHASE_EXCHANGING;
        watched.final_openings = GROUP_MEMBERS;
        watched.messages = list;
        watched.n_messages = n;
        watched.next_message = next_cursor;
        watches(p, who, what, &watch, &watched);
}

/* ---- the list ---- */

static ContactList *make_head(const Play *p)
{
        ContactListEntry entries[GROUP_MEMBERS];
        ContactList *head = NULL;

        for (size_t i = 0; i < GROUP_MEMBERS; i++)
                contact_list_entry_make(&entries[i], &p->group.keys[i].id,
                                        p->group.openings[i].part_hash);
        vector_check(contact_list_sign(&head, p->group.roster->record_number, 1, entries,
                                       GROUP_MEMBERS, p->sign_private) == 0,
                     "head");
        return head;
}

static size_t fill_pieces(const Play *p, size_t who, PbListPiece *pieces, PbListPiece **list)
{
        size_t n = 0;

        for (size_t i = 0; i < GROUP_MEMBERS; i++)
                for (unsigned part = 0; i != who && part < 2; part++) {
                        const SealedPart *s = &p->group.parts[i][part];
                        PbListPiece *w = &pieces[n];

                        pb_list_piece_init(w);
                        w->member_id = wire_bytes(p->group.keys[i].id.b, sizeof(Id));
                        w->part = part + 1;
                        w->total = (uint32_t)s->len;
                        w->bytes = wire_bytes(s->bytes, s->len);
                        list[n++] = w;
                }
        return n;
}

void play_get_list(Play *p, size_t who)
{
        _cleanup_(contact_list_freep) ContactList *h = make_head(p);
        PbListPiece pieces[2 * GROUP_MEMBERS], *list[2 * GROUP_MEMBERS];
        PbGetList get = PB_GET_LIST_INIT;
        PbListPage page = PB_LIST_PAGE_INIT;
        PbSigned head = PB_SIGNED_INIT;
        WireRequest q = REQUEST(GET_LIST, get_list = &get);
        WireResponse a = RESPONSE(LIST_PAGE, list_page = &page);

        get.member_id = wire_bytes(p->group.keys[who].id.b, sizeof(Id));
        get.max_bytes = 262144;
        head.bytes = wire_bytes(h->bytes, h->n_bytes);
        head.signature = wire_bytes(h->signature, sizeof h->signature);
        page.head = &head;
        page.pieces = list;
        page.n_pieces = fill_pieces(p, who, pieces, list);
        step(p, who, "get list", &q, &a);
}

void play_acknowledge(Play *p, size_t who)
{
        PbAcknowledge acknowledge = PB_ACKNOWLEDGE_INIT;
        WireRequest q = REQUEST(ACKNOWLEDGE, acknowledge = &acknowledge);
        WireResponse a = PB_RESPONSE_INIT;

        acknowledge.member_id = wire_bytes(p->group.keys[who].id.b, sizeof(Id));
        step(p, who, "acknowledge", &q, &a);
}
