/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire-check.h"

#include "cardseal.h"
#include "code.h"
#include "record.h"
#include "serial.h"
#include "succession.h"
#include "src/base/text.h"

#include <string.h>

enum {
        WIRE_POST_MAX = 64,
        WIRE_PIECE_MAX = 8192,
        WIRE_SIGNED_MAX = 96 * 1024, /* a roster or a list head of ROSTER_MAX members */
        WIRE_TICKET_MAX = 128,
        WIRE_WAIT_MAX_MS = 55000,
        WIRE_GATHER_MAX_MS = 2000,
        WIRE_PAGE_MIN = 8192,
        WIRE_PAGE_MAX = 262144,
        RSSI_MIN_DBM = -128,
        RSSI_MAX_DBM = 20,
        HANDLE_MAX = 128,
        CONSENT_TEXT_MAX = 4000,
        CONFIRM_CODE_MIN = 4,
        CONFIRM_CODE_MAX = 12,
        FETCHES_MAX = 256,
        OTHERS_MAX = 8,
};

/* ---- values ---- */

static bool exactly(ProtobufCBinaryData b, size_t size)
{
        return b.len == size;
}

static bool at_most(ProtobufCBinaryData b, size_t max)
{
        return b.len <= max;
}

static bool check_id(ProtobufCBinaryData b)
{
        return exactly(b, sizeof(Id));
}

static bool within(int64_t value, int64_t min, int64_t max)
{
        return value >= min && value <= max;
}

static bool text_within(const char *text, size_t min, size_t max)
{
        size_t len = strnlen(text, max + 1);

        return within((int64_t)len, (int64_t)min, (int64_t)max) && text_is_utf8(text, len);
}

static bool digits_within(const char *text, size_t min, size_t max)
{
        return text_within(text, min, max) && text[strspn(text, "0123456789")] == '\0';
}

static bool each_exactly(const ProtobufCBinaryData *b, size_t n, size_t size)
{
        for (size_t i = 0; i < n; i++)
                if (!exactly(b[i], size))
                        return false;
        return true;
}

/* ---- the serial ---- */

static bool check_sighting(const PbSighting *s)
{
        if (!within(s->transport, PB_TRANSPORT_MDNS, PB_TRANSPORT_SCREEN))
                return false;
        return exactly(s->token, TOKEN_SIZE) && within(s->rssi_dbm, RSSI_MIN_DBM, RSSI_MAX_DBM) &&
               s->rssi_dbm % 4 == 0 && s->first_heard_ms <= s->last_heard_ms;
}

/* A token is there once for each transport at most: repetitions tell nothing, but would multiply
 * the cloud's work. */
static bool check_heard(PbSighting *const *heard, size_t n)
{
        if (n > SERIAL_HEARD_MAX)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (!check_sighting(heard[i]))
                        return false;
                for (size_t j = 0; j < i; j++)
                        if (heard[i]->transport == heard[j]->transport &&
                            memcmp(heard[i]->token.data, heard[j]->token.data, TOKEN_SIZE) == 0)
                                return false;
        }
        return true;
}

static bool check_fix(int32_t latitude_e7, int32_t longitude_e7, uint32_t accuracy_m)
{
        return within(latitude_e7, -FIX_LATITUDE_MAX_E7, FIX_LATITUDE_MAX_E7) &&
               within(longitude_e7, -FIX_LONGITUDE_MAX_E7, FIX_LONGITUDE_MAX_E7) &&
               accuracy_m <= FIX_ACCURACY_MAX_M;
}

static bool check_place(const PbPlace *p)
{
        return check_fix(p->latitude_e7, p->longitude_e7, p->accuracy_m) &&
               exactly(p->token, TOKEN_SIZE) && check_heard(p->heard, p->n_heard);
}

static bool check_serial(const PbSerial *s)
{
        return digits_within(s->route, CODE_ROUTE_MIN, CODE_ROUTE_MAX) && s->place &&
               check_place(s->place) && s->press_age_ms <= SERIAL_AGE_MAX_MS;
}

/* ---- parts that requests and responses share ---- */

static bool check_opening(const PbOpening *o)
{
        return check_id(o->member_id) && exactly(o->box_key, 32) && exactly(o->sign_key, 32) &&
               exactly(o->hash1, 32) && exactly(o->hash2, 32) && exactly(o->nonce, 32);
}

static bool check_message(const PbMemberMessage *m)
{
        bool names_key = m->kind != PB_MESSAGE_PROOF_B && m->kind != PB_MESSAGE_VETO;
        bool proof = m->kind == PB_MESSAGE_PROOF_A || m->kind == PB_MESSAGE_PROOF_B;

        return check_id(m->from) && (m->to.len == 0 || check_id(m->to)) &&
               within(m->kind, PB_MESSAGE_GROUP_KEY, PB_MESSAGE_BURN) &&
               at_most(m->body, MEMBER_MESSAGE_BODY_MAX) && exactly(m->signature, 64) &&
               exactly(m->key_id, names_key ? GROUPKEY_ID_SIZE : 0) &&
               within(m->run, proof ? 1 : 0, MESSAGE_RUN_MAX);
}

static bool check_messages(PbMemberMessage *const *m, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!check_message(m[i]))
                        return false;
        return true;
}

static bool check_piece(uint32_t part, uint32_t offset, uint32_t total, ProtobufCBinaryData bytes)
{
        return within(part, 1, 2) && within(total, 1, CARD_SEALED_MAX) &&
               within(bytes.len, 1, WIRE_PIECE_MAX) && offset < total &&
               bytes.len <= total - offset;
}

static bool check_signed(const PbSigned *s)
{
        return within(s->bytes.len, 1, WIRE_SIGNED_MAX) && exactly(s->signature, 64);
}

/* ---- bodies of requests ---- */

static bool check_open_session(const PbOpenSession *m)
{
        return exactly(m->account_key, 32) && exactly(m->signature, 64);
}

static bool check_register(const PbRegister *m)
{
        return exactly(m->account_key, 32) && exactly(m->signature, 64) &&
               text_within(m->handle, 1, HANDLE_MAX);
}

static bool check_register_guest(const PbRegisterGuest *m)
{
        return exactly(m->account_key, 32) && exactly(m->signature, 64);
}

static bool check_join(const PbJoin *m)
{
        return check_id(m->member_id) && m->serial && check_serial(m->serial) &&
               exactly(m->commitment, 32) && within(m->guests, PB_GUESTS_UNSAID, PB_GUESTS_WELCOME);
}

static bool check_amend(const PbAmend *m)
{
        return check_id(m->member_id) && check_heard(m->heard, m->n_heard) &&
               check_fix(m->latitude_e7, m->longitude_e7, m->accuracy_m);
}

static bool check_upload(const PbUpload *m)
{
        return check_id(m->member_id) && check_piece(m->part, m->offset, m->total, m->bytes);
}

static bool check_post(const PbPost *m)
{
        if (!check_id(m->member_id) || m->n_messages > WIRE_POST_MAX ||
            !check_messages(m->messages, m->n_messages))
                return false;
        for (size_t i = 0; i < m->n_messages; i++)
                if (memcmp(m->messages[i]->from.data, m->member_id.data, sizeof(Id)) != 0)
                        return false;
        return true;
}

static bool check_fetch_record(const PbFetchRecord *m)
{
        return record_number_valid(m->number) && exactly(m->token, 32) &&
               within(m->max_bytes, WIRE_PAGE_MIN, WIRE_PAGE_MAX);
}

static bool check_request_body(const PbRequest *r)
{
        switch (r->body_case) {
        case PB_REQUEST_BODY_OPEN_SESSION:
                return check_open_session(r->open_session);
        case PB_REQUEST_BODY_REGISTER:
                return check_register(r->register_);
        case PB_REQUEST_BODY_REGISTER_GUEST:
                return check_register_guest(r->register_guest);
        case PB_REQUEST_BODY_CONFIRM:
                return digits_within(r->confirm->code, CONFIRM_CODE_MIN, CONFIRM_CODE_MAX);
        case PB_REQUEST_BODY_PUT_PROFILE:
                return at_most(r->put_profile->ciphertext, CARD_SEALED_MAX);
        case PB_REQUEST_BODY_JOIN:
                return check_join(r->join);
        case PB_REQUEST_BODY_AMEND:
                return check_amend(r->amend);
        case PB_REQUEST_BODY_READY:
                return check_id(r->ready->member_id);
        case PB_REQUEST_BODY_CLOSE:
                return check_id(r->close->member_id);
        case PB_REQUEST_BODY_LEAVE:
                return check_id(r->leave->member_id);
        case PB_REQUEST_BODY_ADMIT:
                return check_id(r->admit->member_id) && check_id(r->admit->other);
        case PB_REQUEST_BODY_UPLOAD:
                return check_upload(r->upload);
        case PB_REQUEST_BODY_OPENING:
                return check_opening(r->opening);
        case PB_REQUEST_BODY_POST:
                return check_post(r->post);
        case PB_REQUEST_BODY_WATCH:
                return check_id(r->watch->member_id) && r->watch->wait_ms <= WIRE_WAIT_MAX_MS &&
                       r->watch->gather_ms <= WIRE_GATHER_MAX_MS;
        case PB_REQUEST_BODY_GET_LIST:
                return check_id(r->get_list->member_id) &&
                       within(r->get_list->max_bytes, WIRE_PAGE_MIN, WIRE_PAGE_MAX);
        case PB_REQUEST_BODY_ACKNOWLEDGE:
                return check_id(r->acknowledge->member_id);
        case PB_REQUEST_BODY_GET_RECORD:
                return check_id(r->get_record->member_id) &&
                       (r->get_record->token_hash.len == 0 ||
                        exactly(r->get_record->token_hash, 32));
        case PB_REQUEST_BODY_PUT_RECORD:
                return check_id(r->put_record->member_id) &&
                       exactly(r->put_record->token_hash, 32) &&
                       exactly(r->put_record->escrow, RECORD_ESCROW_SIZE);
        case PB_REQUEST_BODY_REVOKE_RECORD:
                return check_id(r->revoke_record->member_id) &&
                       exactly(r->revoke_record->token, 32);
        case PB_REQUEST_BODY_FETCH_RECORD:
                return check_fetch_record(r->fetch_record);
        case PB_REQUEST_BODY_DESCRIBE:
        case PB_REQUEST_BODY_DRAW_ROUTE:
        case PB_REQUEST_BODY_UNREGISTER:
        case PB_REQUEST_BODY_GET_PROFILE:
                return true;
        default: /* none, or one that a newer terminal knows */
                return false;
        }
}

bool wire_request_valid(const PbRequest *r)
{
        return check_id(r->id) && at_most(r->ticket, WIRE_TICKET_MAX) && check_request_body(r);
}

/* ---- bodies of responses ---- */

static bool check_openings(PbOpening *const *o, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!check_opening(o[i]))
                        return false;
        return n <= ROSTER_MAX;
}

static bool check_others(PbOtherGroup *const *o, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!check_id(o[i]->opener_id) || !exactly(o[i]->commitment, 32) ||
                    !within(o[i]->member_count, 1, ROSTER_MAX))
                        return false;
        return n <= OTHERS_MAX;
}

static bool check_card_keys(PbMemberMessage *const *m, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (m[i]->kind != PB_MESSAGE_CARD_KEY)
                        return false;
        return check_messages(m, n);
}

static bool check_watched(const PbWatched *m)
{
        if (!within(m->phase, PB_PHASE_GATHERING, PB_PHASE_ALONE) ||
            (m->roster && !check_signed(m->roster)) || m->member_count > ROSTER_MAX ||
            m->final_openings > ROSTER_MAX || !check_openings(m->openings, m->n_openings) ||
            !check_messages(m->messages, m->n_messages) ||
            !check_card_keys(m->card_keys, m->n_card_keys))
                return false;
        if (!check_others(m->others, m->n_others) ||
            !exactly(m->opener_commitment, m->n_others > 0 ? 32 : 0))
                return false;
        return m->guest_count <= ROSTER_MAX && m->n_mutual <= SERIAL_HEARD_MAX &&
               each_exactly(m->mutual, m->n_mutual, TOKEN_SIZE) && m->n_left <= ROSTER_MAX &&
               each_exactly(m->left, m->n_left, sizeof(Id)) && m->n_near <= SERIAL_HEARD_MAX &&
               each_exactly(m->near, m->n_near, sizeof(Id));
}

static bool check_pieces(PbListPiece *const *p, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!check_id(p[i]->member_id) ||
                    !check_piece(p[i]->part, p[i]->offset, p[i]->total, p[i]->bytes))
                        return false;
        return true;
}

static bool check_list_page(const PbListPage *m)
{
        return check_pieces(m->pieces, m->n_pieces) && (!m->head || check_signed(m->head));
}

static bool check_times(const uint64_t *ms, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (ms[i] > WIRE_TIME_MAX_MS)
                        return false;
        return true;
}

static bool check_record(const PbRecord *m)
{
        return record_number_valid(m->number) && record_half_valid(m->half) &&
               m->n_fetched_ms <= FETCHES_MAX && check_times(m->fetched_ms, m->n_fetched_ms);
}

static bool check_record_page(const PbRecordPage *m)
{
        return (m->escrow.len == 0 || exactly(m->escrow, RECORD_ESCROW_SIZE)) &&
               (!m->roster || check_signed(m->roster)) && m->final_openings <= ROSTER_MAX &&
               check_openings(m->openings, m->n_openings) &&
               check_messages(m->messages, m->n_messages) && check_pieces(m->pieces, m->n_pieces);
}

static bool check_session_opened(const PbSessionOpened *m)
{
        return within(m->ticket.len, 1, WIRE_TICKET_MAX) &&
               (m->succession.len == 0 || exactly(m->succession, SUCCESSION_SIZE));
}

static bool check_response_body(const PbResponse *r)
{
        switch (r->body_case) {
        case PB_RESPONSE_BODY_SESSION_OPENED:
                return check_session_opened(r->session_opened);
        case PB_RESPONSE_BODY_DESCRIPTION:
                return text_within(r->description->consent_text, 0, CONSENT_TEXT_MAX);
        case PB_RESPONSE_BODY_PROFILE:
                return at_most(r->profile->ciphertext, CARD_SEALED_MAX);
        case PB_RESPONSE_BODY_JOINED:
                return within(r->joined->verdict, PB_JOIN_OPENED, PB_JOIN_REFUSED);
        case PB_RESPONSE_BODY_WATCHED:
                return check_watched(r->watched);
        case PB_RESPONSE_BODY_LIST_PAGE:
                return check_list_page(r->list_page);
        case PB_RESPONSE_BODY_ROUTE_DRAWN:
                return digits_within(r->route_drawn->route, CODE_ROUTE_MIN, CODE_ROUTE_MAX);
        case PB_RESPONSE_BODY_RECORD:
                return check_record(r->record);
        case PB_RESPONSE_BODY_RECORD_PAGE:
                return check_record_page(r->record_page);
        default: /* registered has no bounds; else none, or one that a newer cloud knows */
                return true;
        }
}

bool wire_response_valid(const PbResponse *r)
{
        return check_id(r->id) && within(r->status, PB_STATUS_OK, PB_STATUS_NO_GUESTS) &&
               r->cloud_time_ms <= WIRE_TIME_MAX_MS && check_response_body(r);
}
