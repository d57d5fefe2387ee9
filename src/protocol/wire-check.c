/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire-check.h"

#include "cardseal.h"
#include "code.h"
#include "record.h"
#include "serial.h"
#include "src/base/text.h"

#include <string.h>

enum {
        WIRE_POST_MAX = 64,
        WIRE_PIECE_MAX = 8192,
        WIRE_SIGNED_MAX = 96 * 1024, /* a roster or a list head of ROSTER_MAX members */
        WIRE_TICKET_MAX = 128,
        WIRE_WAIT_MAX_MS = 55000,
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

static bool is_id(ProtobufCBinaryData b)
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

static bool sighting_valid(const PbSighting *s)
{
        if (s->transport != PB_TRANSPORT_MDNS && s->transport != PB_TRANSPORT_BLE)
                return false;
        return exactly(s->token, TOKEN_SIZE) && within(s->rssi_dbm, RSSI_MIN_DBM, RSSI_MAX_DBM) &&
               s->rssi_dbm % 4 == 0 && s->first_heard_ms <= s->last_heard_ms;
}

static bool heard_valid(PbSighting *const *heard, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!sighting_valid(heard[i]))
                        return false;
        return n <= SERIAL_HEARD_MAX;
}

static bool fix_valid(int32_t latitude_e7, int32_t longitude_e7, uint32_t accuracy_m)
{
        return within(latitude_e7, -FIX_LATITUDE_MAX_E7, FIX_LATITUDE_MAX_E7) &&
               within(longitude_e7, -FIX_LONGITUDE_MAX_E7, FIX_LONGITUDE_MAX_E7) &&
               accuracy_m <= FIX_ACCURACY_MAX_M;
}

static bool place_valid(const PbPlace *p)
{
        return fix_valid(p->latitude_e7, p->longitude_e7, p->accuracy_m) &&
               exactly(p->token, TOKEN_SIZE) && heard_valid(p->heard, p->n_heard);
}

static bool serial_valid(const PbSerial *s)
{
        return digits_within(s->route, CODE_ROUTE_MIN, CODE_ROUTE_MAX) && s->place &&
               place_valid(s->place) && s->press_age_ms <= SERIAL_AGE_MAX_MS;
}

/* ---- parts that requests and responses share ---- */

static bool opening_valid(const PbOpening *o)
{
        return is_id(o->member_id) && exactly(o->box_key, 32) && exactly(o->sign_key, 32) &&
               exactly(o->hash1, 32) && exactly(o->hash2, 32) && exactly(o->nonce, 32);
}

static bool message_valid(const PbMemberMessage *m)
{
        bool names_key = m->kind != PB_MESSAGE_PROOF_B && m->kind != PB_MESSAGE_VETO;
        bool proof = m->kind == PB_MESSAGE_PROOF_A || m->kind == PB_MESSAGE_PROOF_B;

        return is_id(m->from) && (m->to.len == 0 || is_id(m->to)) &&
               within(m->kind, PB_MESSAGE_GROUP_KEY, PB_MESSAGE_BURN) &&
               at_most(m->body, MEMBER_MESSAGE_BODY_MAX) && exactly(m->signature, 64) &&
               exactly(m->key_id, names_key ? GROUPKEY_ID_SIZE : 0) &&
               within(m->run, proof ? 1 : 0, MESSAGE_RUN_MAX);
}

static bool messages_valid(PbMemberMessage *const *m, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!message_valid(m[i]))
                        return false;
        return true;
}

static bool piece_valid(uint32_t part, uint32_t offset, uint32_t total, ProtobufCBinaryData bytes)
{
        return within(part, 1, 2) && within(total, 1, CARD_SEALED_MAX) &&
               within(bytes.len, 1, WIRE_PIECE_MAX) && offset < total &&
               bytes.len <= total - offset;
}

static bool signed_valid(const PbSigned *s)
{
        return within(s->bytes.len, 1, WIRE_SIGNED_MAX) && exactly(s->signature, 64);
}

/* ---- bodies of requests ---- */

static bool open_session_valid(const PbOpenSession *m)
{
        return exactly(m->account_key, 32) && exactly(m->signature, 64);
}

static bool register_valid(const PbRegister *m)
{
        return exactly(m->account_key, 32) && exactly(m->signature, 64) &&
               text_within(m->handle, 1, HANDLE_MAX);
}

static bool join_valid(const PbJoin *m)
{
        return is_id(m->member_id) && m->serial && serial_valid(m->serial) &&
               exactly(m->commitment, 32);
}

static bool amend_valid(const PbAmend *m)
{
        return is_id(m->member_id) && heard_valid(m->heard, m->n_heard) &&
               fix_valid(m->latitude_e7, m->longitude_e7, m->accuracy_m);
}

static bool upload_valid(const PbUpload *m)
{
        return is_id(m->member_id) && piece_valid(m->part, m->offset, m->total, m->bytes);
}

static bool post_valid(const PbPost *m)
{
        if (!is_id(m->member_id) || m->n_messages > WIRE_POST_MAX ||
            !messages_valid(m->messages, m->n_messages))
                return false;
        for (size_t i = 0; i < m->n_messages; i++)
                if (memcmp(m->messages[i]->from.data, m->member_id.data, sizeof(Id)) != 0)
                        return false;
        return true;
}

static bool fetch_record_valid(const PbFetchRecord *m)
{
        return record_number_valid(m->number) && exactly(m->token, 32) &&
               within(m->max_bytes, WIRE_PAGE_MIN, WIRE_PAGE_MAX);
}

static bool request_body_valid(const PbRequest *r)
{
        switch (r->body_case) {
        case PB_REQUEST_BODY_OPEN_SESSION:
                return open_session_valid(r->open_session);
        case PB_REQUEST_BODY_REGISTER:
                return register_valid(r->register_);
        case PB_REQUEST_BODY_CONFIRM:
                return digits_within(r->confirm->code, CONFIRM_CODE_MIN, CONFIRM_CODE_MAX);
        case PB_REQUEST_BODY_PUT_PROFILE:
                return at_most(r->put_profile->ciphertext, CARD_SEALED_MAX);
        case PB_REQUEST_BODY_JOIN:
                return join_valid(r->join);
        case PB_REQUEST_BODY_AMEND:
                return amend_valid(r->amend);
        case PB_REQUEST_BODY_READY:
                return is_id(r->ready->member_id);
        case PB_REQUEST_BODY_CLOSE:
                return is_id(r->close->member_id);
        case PB_REQUEST_BODY_LEAVE:
                return is_id(r->leave->member_id);
        case PB_REQUEST_BODY_ADMIT:
                return is_id(r->admit->member_id) && is_id(r->admit->other);
        case PB_REQUEST_BODY_UPLOAD:
                return upload_valid(r->upload);
        case PB_REQUEST_BODY_OPENING:
                return opening_valid(r->opening);
        case PB_REQUEST_BODY_POST:
                return post_valid(r->post);
        case PB_REQUEST_BODY_WATCH:
                return is_id(r->watch->member_id) && r->watch->wait_ms <= WIRE_WAIT_MAX_MS;
        case PB_REQUEST_BODY_GET_LIST:
                return is_id(r->get_list->member_id) &&
                       within(r->get_list->max_bytes, WIRE_PAGE_MIN, WIRE_PAGE_MAX);
        case PB_REQUEST_BODY_ACKNOWLEDGE:
                return is_id(r->acknowledge->member_id);
        case PB_REQUEST_BODY_GET_RECORD:
                return is_id(r->get_record->member_id) && (r->get_record->token_hash.len == 0 ||
                                                           exactly(r->get_record->token_hash, 32));
        case PB_REQUEST_BODY_PUT_RECORD:
                return is_id(r->put_record->member_id) && exactly(r->put_record->token_hash, 32) &&
                       exactly(r->put_record->escrow, RECORD_ESCROW_SIZE);
        case PB_REQUEST_BODY_REVOKE_RECORD:
                return is_id(r->revoke_record->member_id) && exactly(r->revoke_record->token, 32);
        case PB_REQUEST_BODY_FETCH_RECORD:
                return fetch_record_valid(r->fetch_record);
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
        return is_id(r->id) && at_most(r->ticket, WIRE_TICKET_MAX) && request_body_valid(r);
}

/* ---- bodies of responses ---- */

static bool openings_valid(PbOpening *const *o, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!opening_valid(o[i]))
                        return false;
        return n <= ROSTER_MAX;
}

static bool others_valid(PbOtherGroup *const *o, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!is_id(o[i]->opener_id) || !exactly(o[i]->commitment, 32) ||
                    !within(o[i]->member_count, 1, ROSTER_MAX))
                        return false;
        return n <= OTHERS_MAX;
}

static bool card_keys_valid(PbMemberMessage *const *m, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (m[i]->kind != PB_MESSAGE_CARD_KEY)
                        return false;
        return messages_valid(m, n);
}

static bool watched_valid(const PbWatched *m)
{
        if (!within(m->phase, PB_PHASE_GATHERING, PB_PHASE_ALONE) ||
            (m->roster && !signed_valid(m->roster)) || m->member_count > ROSTER_MAX ||
            m->final_openings > ROSTER_MAX || !openings_valid(m->openings, m->n_openings) ||
            !messages_valid(m->messages, m->n_messages) ||
            !card_keys_valid(m->card_keys, m->n_card_keys))
                return false;
        if (!others_valid(m->others, m->n_others) ||
            !exactly(m->opener_commitment, m->n_others > 0 ? 32 : 0))
                return false;
        return m->n_mutual <= SERIAL_HEARD_MAX &&
               each_exactly(m->mutual, m->n_mutual, TOKEN_SIZE) && m->n_left <= ROSTER_MAX &&
               each_exactly(m->left, m->n_left, sizeof(Id)) && m->n_near <= SERIAL_HEARD_MAX &&
               each_exactly(m->near, m->n_near, sizeof(Id));
}

static bool pieces_valid(PbListPiece *const *p, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!is_id(p[i]->member_id) ||
                    !piece_valid(p[i]->part, p[i]->offset, p[i]->total, p[i]->bytes))
                        return false;
        return true;
}

static bool list_page_valid(const PbListPage *m)
{
        return pieces_valid(m->pieces, m->n_pieces) && (!m->head || signed_valid(m->head));
}

static bool record_valid(const PbRecord *m)
{
        return record_number_valid(m->number) && record_half_valid(m->half) &&
               m->n_fetched_ms <= FETCHES_MAX;
}

static bool record_page_valid(const PbRecordPage *m)
{
        return (m->escrow.len == 0 || exactly(m->escrow, RECORD_ESCROW_SIZE)) &&
               (!m->roster || signed_valid(m->roster)) && m->final_openings <= ROSTER_MAX &&
               openings_valid(m->openings, m->n_openings) &&
               messages_valid(m->messages, m->n_messages) && pieces_valid(m->pieces, m->n_pieces);
}

static bool response_body_valid(const PbResponse *r)
{
        switch (r->body_case) {
        case PB_RESPONSE_BODY_SESSION_OPENED:
                return within(r->session_opened->ticket.len, 1, WIRE_TICKET_MAX);
        case PB_RESPONSE_BODY_DESCRIPTION:
                return text_within(r->description->consent_text, 0, CONSENT_TEXT_MAX);
        case PB_RESPONSE_BODY_PROFILE:
                return at_most(r->profile->ciphertext, CARD_SEALED_MAX);
        case PB_RESPONSE_BODY_JOINED:
                return within(r->joined->verdict, PB_JOIN_OPENED, PB_JOIN_REFUSED);
        case PB_RESPONSE_BODY_WATCHED:
                return watched_valid(r->watched);
        case PB_RESPONSE_BODY_LIST_PAGE:
                return list_page_valid(r->list_page);
        case PB_RESPONSE_BODY_ROUTE_DRAWN:
                return digits_within(r->route_drawn->route, CODE_ROUTE_MIN, CODE_ROUTE_MAX);
        case PB_RESPONSE_BODY_RECORD:
                return record_valid(r->record);
        case PB_RESPONSE_BODY_RECORD_PAGE:
                return record_page_valid(r->record_page);
        default: /* registered has no bounds; else none, or one that a newer cloud knows */
                return true;
        }
}

bool wire_response_valid(const PbResponse *r)
{
        return is_id(r->id) && within(r->status, PB_STATUS_OK, PB_STATUS_RECORD_USED_UP) &&
               response_body_valid(r);
}
