/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lists.c - the contact list, in pages: everyone's encrypted parts but the receiver's own, and the
 * signed head */
#include "handlers.h"

#include "src/protocol/contact-list.h"

#include <assert.h>
#include <string.h>

enum {
        PAGE_MAX = 192 *
                   /* bytes of pieces: with the head they stay below half of
                    * ENVELOPE_RESPONSE_MAX */
                   1024,
        PIECES_MAX = 1024, /* in one page: small pieces have a cost of their own */
};

typedef struct Page {
        PbListPage w;
        PbListPiece pieces[PIECES_MAX], *list[PIECES_MAX];
        Id ids[PIECES_MAX];
        uint8_t *bytes; /* of all pieces, one after another */
        size_t used, room;
} Page;

static int list_add_piece(const PieceRow *p, void *userdata)
{
        Page *page = userdata;
        size_t i = page->w.n_pieces;
        PbListPiece *w = &page->pieces[i];

        assert(page->used <= page->room);
        if (i == PIECES_MAX || p->len > page->room - page->used)
                return 1;
        pb_list_piece_init(w);
        page->ids[i] = p->member_id;
        w->member_id = wire_bytes(page->ids[i].b, sizeof page->ids[i].b);
        w->part = p->part;
        w->offset = p->offset;
        w->total = p->total;
        w->bytes = wire_bytes(page->bytes + page->used, p->len);
        memcpy(page->bytes + page->used, p->bytes, p->len);
        page->used += p->len;
        page->list[i] = w;
        page->w.n_pieces++;
        return 0;
}

/* ---- the head ---- */

typedef struct Entries {
        ContactListEntry *list;
        size_t n, room;
} Entries;

static int list_add_entry(const MemberOpening *o, uint32_t order, void *userdata)
{
        Entries *e = userdata;

        if (e->n == e->room)
                return -EIO;
        contact_list_entry_make(&e->list[e->n++], &o->id, o->part_hash);
        return 0;
}

static int list_count_left(const MemberRow *m, void *userdata)
{
        ++*(uint32_t *)userdata;
        return 0;
}

/* Grows as members open, release and leave. */
static int list_revision(Store *s, const GroupRow *g, uint32_t *ret)
{
        int r = store_span_to_all(s, g->id, ret);

        if (r < 0)
                return r;
        *ret += g->n_opened;
        return store_members_left(s, g->id, list_count_left, ret);
}

static int list_make_head(Call *c, const GroupRow *g, ContactList **ret)
{
        Store *s = c->node->store;
        _cleanup_free_ ContactListEntry *list = calloc(MAX(g->n_opened, 1U), sizeof *list);
        _cleanup_(roster_freep) Roster *roster = NULL;
        Entries e = {list, 0, g->n_opened};
        uint32_t revision;
        int r;

        if (!list)
                return -ENOMEM;
        r = store_roster_get(s, g->id, &roster);
        if (r == 0)
                r = list_revision(s, g, &revision);
        if (r == 0)
                r = store_openings_walk(s, g->id, 0, list_add_entry, &e);
        if (r == 0)
                r = contact_list_sign(ret, roster->record_number, revision, list, e.n,
                                      cloud_keys_sign_private(c->node->keys, c->wall_ms));
        return must(r);
}

/* ---- the page ---- */

static int list_answer_page(Call *c, Page *page, const ContactList *head)
{
        PbSigned s = PB_SIGNED_INIT;
        WireResponse response = PB_RESPONSE_INIT;
        int r;

        if (head) {
                s.bytes = wire_bytes(head->bytes, head->n_bytes);
                s.signature = wire_bytes(head->signature, sizeof head->signature);
                page->w.head = &s;
        }
        response.body_case = PB_RESPONSE_BODY_LIST_PAGE;
        response.list_page = &page->w;
        r = call_answer(c, PB_STATUS_OK, &response);
        return r < 0 ? r : CALL_TAKEN;
}

static Page *list_page_free(Page *p)
{
        if (p)
                free(p->bytes);
        free(p);
        return NULL;
}
DEFINE_CLEANUP(Page *, list_page_free);

static Page *list_page_new(uint32_t room)
{
        Page *p = malloc(sizeof *p);

        if (!p)
                return NULL;
        pb_list_page_init(&p->w);
        p->w.pieces = p->list;
        p->used = 0;
        p->room = MIN(room, (uint32_t)PAGE_MAX);
        p->bytes = malloc(p->room);
        return p->bytes ? p : list_page_free(p);
}

int handle_get_list(Call *c)
{
        const PbGetList *w = c->request->get_list;
        _cleanup_(list_page_freep) Page *page = NULL;
        _cleanup_(contact_list_freep) ContactList *head = NULL;
        uint64_t cursor = w->cursor;
        MemberRow m;
        GroupRow g;
        int r;

        r = call_group(c, w->member_id, &m, &g);
        if (r != PB_STATUS_OK)
                return r;
        if (g.phase != GROUP_EXCHANGING || m.left)
                return PB_STATUS_WRONG_PHASE;
        page = list_page_new(w->max_bytes);
        if (!page)
                return -ENOMEM;
        r = store_pieces_walk(c->node->store, g.id, m.id, cursor, &cursor, list_add_piece, page);
        if (r > 0) /* more to come */
                page->w.next_cursor = cursor;
        else if (r == 0)
                r = list_make_head(c, &g, &head);
        return r < 0 ? r : list_answer_page(c, page, head);
}
