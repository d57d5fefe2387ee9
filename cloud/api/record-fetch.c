/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record-fetch.c - the record for an absent person: the token is checked, then everything comes in
 * pages
 *
 * Without the right token nobody learns whether the record exists. A page holds openings,
 * then the keys that members posted to all, then pieces of their parts; a cursor is a position
 * in one of these, times STAGES, plus which of them.
 */
#include "handlers.h"
#include "record-tries.h"

#include <string.h>

enum {
        PAGE_MAX = 192 * 1024, /* bytes; roster and escrow come on top */
        PAGE_ITEMS = 256,      /* of each kind in one page */
        MESSAGES_READ = 1024,  /* for one page */
        /* of one item when packed, at most, without what is counted by itself */
        OPENING_BYTES = 200,
        MESSAGE_BYTES = 120,
        PIECE_BYTES = 48,
};

typedef enum Stage {
        STAGE_OPENINGS,
        STAGE_MESSAGES,
        STAGE_CARD_KEYS,
        STAGE_PIECES,
        STAGE_END,
} Stage;

enum { STAGES = 8 }; /* in a cursor */

typedef struct Page {
        PbRecordPage w;
        PbOpening openings[PAGE_ITEMS], *opening_list[PAGE_ITEMS];
        MemberOpening opening_rows[PAGE_ITEMS];
        PbMemberMessage messages[PAGE_ITEMS], *message_list[PAGE_ITEMS];
        MessageRow message_rows[PAGE_ITEMS];
        PbListPiece pieces[PAGE_ITEMS], *piece_list[PAGE_ITEMS];
        Id piece_ids[PAGE_ITEMS];
        uint8_t bytes[PAGE_MAX]; /* of all pieces, one after another */
        size_t used, left;       /* of bytes; of what the page may hold */
        size_t n_read;           /* messages */
        uint64_t position;       /* of what was taken last */
} Page;

/* Walks return this to say that the page is full. */
enum { FULL = 1 };

static bool page_take_room(Page *p, size_t n_items, size_t len)
{
        if (n_items == PAGE_ITEMS || len > p->left)
                return false;
        p->left -= len;
        return true;
}

static int fetch_add_opening(const MemberOpening *o, uint32_t order, void *userdata)
{
        Page *p = userdata;
        size_t i = p->w.n_openings;

        if (!page_take_room(p, i, OPENING_BYTES))
                return FULL;
        p->opening_rows[i] = *o;
        wire_opening_fill(&p->openings[i], &p->opening_rows[i]);
        p->opening_list[i] = &p->openings[i];
        p->w.n_openings++;
        p->position = order;
        return 0;
}

static bool is_card_key(const MessageRow *m)
{
        return m->kind == PB_MESSAGE_NAME_KEY || m->kind == PB_MESSAGE_CARD_KEY;
}

static int fetch_add_message(const MessageRow *m, void *userdata)
{
        Page *p = userdata;
        size_t i = p->w.n_messages;
        PbMemberMessage *w = &p->messages[i];
        MessageRow *row = &p->message_rows[i];

        p->n_read++;
        if (!is_card_key(m)) {
                p->position = (uint64_t)m->id;
                return 0;
        }
        if (!page_take_room(p, i, MESSAGE_BYTES + m->body_len))
                return FULL;
        *row = *m;
        pb_member_message_init(w);
        w->from = wire_bytes(row->from.b, sizeof row->from.b);
        w->kind = (PbMessageKind)row->kind;
        w->body = wire_bytes(row->body, row->body_len);
        w->run = row->run;
        w->key_id = wire_bytes(row->key_id, row->has_key_id ? sizeof row->key_id : 0);
        w->signature = wire_bytes(row->signature, sizeof row->signature);
        p->message_list[i] = w;
        p->w.n_messages++;
        p->position = (uint64_t)m->id;
        return 0;
}

static int fetch_add_piece(const PieceRow *piece, void *userdata)
{
        Page *p = userdata;
        size_t i = p->w.n_pieces;
        PbListPiece *w = &p->pieces[i];

        if (!page_take_room(p, i, PIECE_BYTES + piece->len))
                return FULL;
        pb_list_piece_init(w);
        p->piece_ids[i] = piece->member_id;
        w->member_id = wire_bytes(p->piece_ids[i].b, sizeof p->piece_ids[i].b);
        w->part = piece->part;
        w->offset = piece->offset;
        w->total = piece->total;
        w->bytes = wire_bytes(p->bytes + p->used, piece->len);
        memcpy(p->bytes + p->used, piece->bytes, piece->len);
        p->used += piece->len;
        p->piece_list[i] = w;
        p->w.n_pieces++;
        return 0;
}

/* A page reads a bounded number of messages, whether it takes them or not. */
static int fetch_more(const Page *p, int r)
{
        return r == 0 && p->n_read == MESSAGES_READ ? FULL : r;
}

/* FULL: there is more of this stage, after p->position. */
static int fetch_fill_stage(Store *s, int64_t group, Stage stage, Page *p)
{
        switch (stage) {
        case STAGE_OPENINGS:
                return store_openings_walk(s, group, (uint32_t)p->position, fetch_add_opening, p);
        case STAGE_MESSAGES:
                return fetch_more(p, store_messages_walk(s, group, NULL, (int64_t)p->position,
                                                         MESSAGES_READ, fetch_add_message, p));
        case STAGE_CARD_KEYS:
                return store_card_keys_walk(s, group, (int64_t)p->position, PAGE_ITEMS + 1,
                                            fetch_add_message, p);
        case STAGE_PIECES:
                return store_pieces_walk(s, group, 0, p->position, &p->position, fetch_add_piece,
                                         p);
        case STAGE_END:
                break;
        }
        return 0;
}

static int fetch_fill_page(Store *s, int64_t group, uint64_t cursor, Page *p)
{
        Stage stage = (Stage)(cursor % STAGES);
        int r = 0;

        p->position = cursor / STAGES;
        while (stage != STAGE_END && (r = fetch_fill_stage(s, group, stage, p)) == 0) {
                stage++;
                p->position = 0;
        }
        if (r == FULL)
                p->w.next_cursor = p->position * STAGES + (uint64_t)stage;
        return MIN(r, 0);
}

static Page *record_page_new(uint32_t room)
{
        Page *p = malloc(sizeof *p);

        if (!p)
                return NULL;
        pb_record_page_init(&p->w);
        p->w.openings = p->opening_list;
        p->w.messages = p->message_list;
        p->w.pieces = p->piece_list;
        p->used = p->n_read = 0;
        p->left = MIN(room, (uint32_t)PAGE_MAX);
        return p;
}

static int fetch_send_page(Call *c, Page *p)
{
        WireResponse response = PB_RESPONSE_INIT;
        int r;

        response.body_case = PB_RESPONSE_BODY_RECORD_PAGE;
        response.record_page = &p->w;
        r = call_answer(c, PB_STATUS_OK, &response);
        return r < 0 ? r : CALL_TAKEN;
}

static int fetch_answer_first(Call *c, Page *p, const RecordRow *record, const EscrowRow *e)
{
        Store *s = c->node->store;
        PbSigned w = PB_SIGNED_INIT;
        _cleanup_(roster_freep) Roster *roster = NULL;
        GroupRow g;
        int r = store_group_get(s, record->group, &g);

        if (r == 0)
                r = store_roster_get(s, record->group, &roster);
        if (r != 0)
                return must(r);
        w.bytes = wire_bytes(roster->bytes, roster->n_bytes);
        w.signature = wire_bytes(roster->signature, sizeof roster->signature);
        p->w.roster = &w;
        p->w.escrow = wire_bytes(e->escrow, sizeof e->escrow);
        p->w.final_openings = g.n_final;
        return fetch_send_page(c, p);
}

/* ---- the right to read ---- */

typedef struct Reader {
        uint8_t id[32];
        size_t len;
} Reader;

/* An account by its row number, else the session. */
static Reader fetch_reader(const Call *c)
{
        Reader reader = {.len = sizeof reader.id};

        if (c->account.id) {
                reader.len = sizeof c->account.id;
                memcpy(reader.id, &c->account.id, reader.len);
        } else
                memcpy(reader.id, c->session.public_key.b, reader.len);
        return reader;
}

/* Status OK, WRONG_RECORD, or what stands in the way of trying. */
static int fetch_find_escrow(Call *c, EscrowRow *ret)
{
        const PbFetchRecord *w = c->request->fetch_record;
        Bytes32 hash;
        int r = record_tries_left(c, w->number);

        if (r != PB_STATUS_OK)
                return r;
        record_token_hash(&hash, w->number, w->token.data);
        r = store_escrow_find(c->node->store, w->number, &hash, ret);
        if (r != STORE_E_NOT_FOUND)
                return r;
        r = record_tries_count(c, w->number, w->token.data);
        return r < 0 ? r : PB_STATUS_WRONG_RECORD;
}

static int fetch_count_one(uint64_t at_ms, void *userdata)
{
        ++*(uint32_t *)userdata;
        return 0;
}

/* The same reader again, for the next page or after a lost answer, counts once. */
static int count_fetch(Call *c, const EscrowRow *e)
{
        Store *s = c->node->store;
        Reader reader = fetch_reader(c);
        uint32_t n = 0;
        int r = store_fetch_find(s, e, reader.id, reader.len);

        if (r != STORE_E_NOT_FOUND)
                return r;
        r = store_fetches_walk(s, e, fetch_count_one, &n);
        if (r < 0)
                return r;
        if (n >= c->node->settings->record_fetches)
                return PB_STATUS_RECORD_USED_UP;
        r = store_fetch_add(s, e, reader.id, reader.len, c->now_ms);
        return must(r);
}

int handle_fetch_record(Call *c)
{
        const PbFetchRecord *w = c->request->fetch_record;
        _cleanup_free_ Page *p = NULL;
        RecordRow record;
        EscrowRow e;
        int r = fetch_find_escrow(c, &e);

        if (r != PB_STATUS_OK)
                return r;
        if (e.revoked)
                return PB_STATUS_RECORD_REVOKED;
        if (!e.stands || e.expires_ms <= c->now_ms)
                return PB_STATUS_RECORD_EXPIRED;
        r = store_record_by_number(c->node->store, w->number, &record);
        if (r != 0)
                return must(r);
        r = count_fetch(c, &e);
        if (r != PB_STATUS_OK)
                return r;
        p = record_page_new(w->max_bytes);
        if (!p)
                return -ENOMEM;
        r = fetch_fill_page(c->node->store, record.group, w->cursor, p);
        if (r < 0)
                return r;
        return w->cursor == 0 ? fetch_answer_first(c, p, &record, &e) : fetch_send_page(c, p);
}
