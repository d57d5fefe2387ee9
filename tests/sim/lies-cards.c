/* SPDX-License-Identifier: GPL-2.0-or-later */
/* messages of members, and the list */
#include "lies.h"

#include "src/protocol/contact-list.h"

#include <assert.h>

typedef PbMemberMessage Message;

/* ---- messages of members ---- */

#define EACH_MESSAGE(name, change)                                                                 \
        static void name(Liar *l)                                                                  \
        {                                                                                          \
                Watched *w = watched(l);                                                           \
                                                                                                   \
                for (size_t i = 0; w && i < w->n_messages; i++) {                                  \
                        Message *m = w->messages[i];                                               \
                                                                                                   \
                        change;                                                                    \
                }                                                                                  \
        }
static void name_as_card(Liar *l, Message *m)
{
        if (m->kind != PB_MESSAGE_NAME_KEY)
                return;
        m->kind = PB_MESSAGE_CARD_KEY;
        liar_told(l);
}

EACH_MESSAGE(bend_body, if (m->body.len > 0) bend(l, m->body))
/* A wrapped key that opens under our group key needs no signature (group-messages.c). */
static bool is_wrapped(const Message *m)
{
        return m->kind == PB_MESSAGE_NAME_KEY || m->kind == PB_MESSAGE_CARD_KEY;
}

EACH_MESSAGE(bend_signature, if (!is_wrapped(m)) bend(l, m->signature))
EACH_MESSAGE(bend_key_signature, if (is_wrapped(m)) bend(l, m->signature))
EACH_MESSAGE(bend_sender, bend(l, m->from))
EACH_MESSAGE(bend_key_id, if (m->key_id.len > 0) bend(l, m->key_id))
EACH_MESSAGE(card_key_as_name_key, name_as_card(l, m))
EACH_MESSAGE(to_another, if (m->to.len > 0) bend(l, m->to))

/* The first of the others to be heard has said everything that others say. */
static void other_mouths(Liar *l)
{
        Watched *w = watched(l);
        ProtobufCBinaryData first = {.len = sizeof(Id), .data = l->kept[l->terminal]};

        for (size_t i = 0; w && i < w->n_messages; i++) {
                ProtobufCBinaryData *from = &w->messages[i]->from;

                if (same_bytes(*from, l->asked->watch->member_id))
                        continue;
                if (!first.data) {
                        l->kept[l->terminal] = first.data = malloc(first.len);
                        assert(first.data);
                        memcpy(first.data, from->data, first.len);
                } else if (!same_bytes(*from, first)) {
                        memcpy(from->data, first.data, first.len);
                        liar_told(l);
                }
        }
}

static void reverse(Liar *l, Message **list, size_t n)
{
        for (size_t i = 0; i < n / 2; i++) {
                Message *m = list[i];

                list[i] = list[n - 1 - i];
                list[n - 1 - i] = m;
                liar_told(l);
        }
}

static void reversed(Liar *l)
{
        Watched *w = watched(l);

        if (!w)
                return;
        reverse(l, w->messages, w->n_messages);
        reverse(l, w->card_keys, w->n_card_keys);
}

static void doubled(Liar *l)
{
        Watched *w = watched(l);
        Message **twice;

        if (!w || w->n_messages == 0)
                return;
        twice = liar_room(l, 2 * w->n_messages * sizeof(*twice));
        for (size_t i = 0; i < 2; i++)
                memcpy(twice + i * w->n_messages, w->messages, w->n_messages * sizeof(*twice));
        w->messages = twice;
        w->n_messages *= 2;
        liar_told(l);
}

static size_t without_kind(Liar *l, PbMessageKind kind, Message **list, size_t n)
{
        size_t kept = 0;

        for (size_t i = 0; i < n; i++) {
                if (list[i]->kind != kind)
                        list[kept++] = list[i];
                else
                        liar_told(l);
        }
        return kept;
}

static void drop_kind(Liar *l, PbMessageKind kind)
{
        Watched *w = watched(l);

        if (!w)
                return;
        w->n_messages = without_kind(l, kind, w->messages, w->n_messages);
        w->n_card_keys = without_kind(l, kind, w->card_keys, w->n_card_keys);
}

#define DROPPED(name, kind)                                                                        \
        static void name(Liar *l)                                                                  \
        {                                                                                          \
                drop_kind(l, PB_MESSAGE_##kind);                                                   \
        }
DROPPED(no_group_keys, GROUP_KEY)
DROPPED(no_names, NAME_KEY)
DROPPED(no_card_keys, CARD_KEY)

/* ---- the list ---- */

static void bend_pieces(Liar *l)
{
        for (size_t i = 0; page(l) && i < page(l)->n_pieces; i++)
                bend(l, page(l)->pieces[i]->bytes);
}

static void cross_owners(Liar *l)
{
        PbListPage *p = page(l);

        if (!p || p->n_pieces < 2)
                return;
        exchange_bytes(&p->pieces[0]->member_id, &p->pieces[p->n_pieces - 1]->member_id);
        liar_told(l);
}

static void cross_parts(Liar *l)
{
        for (size_t i = 0; page(l) && i < page(l)->n_pieces; i++) {
                page(l)->pieces[i]->part ^= 3;
                liar_told(l);
        }
}

static void list_of_nobody(Liar *l)
{
        if (page(l)) {
                page(l)->n_pieces = 0;
                liar_told(l);
        }
}

static void list_without_one(Liar *l)
{
        PbListPage *p = page(l);
        size_t n = 0;

        for (size_t i = 0; p && i < p->n_pieces; i++)
                if (!same_bytes(p->pieces[i]->member_id, p->pieces[0]->member_id))
                        p->pieces[n++] = p->pieces[i];
        if (p && n > 0) {
                p->n_pieces = n;
                liar_told(l);
        }
}

static void bend_head(Liar *l)
{
        if (page(l) && page(l)->head)
                bend(l, page(l)->head->bytes);
}

static void bend_head_signature(Liar *l)
{
        if (page(l) && page(l)->head)
                bend(l, page(l)->head->signature);
}

static void sign_head(Liar *l, bool other_record)
{
        PbSigned *head = page(l) ? page(l)->head : NULL;
        PbListHead *w = head ? pb_list_head_unpack(NULL, head->bytes.len, head->bytes.data) : NULL;
        ContactListEntry entries[LIAR_TERMINALS];
        char number[RECORD_NUMBER_SIZE];
        ContactList *lie = NULL;
        int r;

        if (!w)
                return;
        memcpy(number, w->record_number, sizeof number);
        if (other_record)
                record_number_draw(number);
        for (size_t i = 0; i < w->n_entries; i++) {
                wire_id_read(&entries[i].id, w->entries[i]->member_id);
                memcpy(entries[i].digest.b, w->entries[i]->digest.data, sizeof(Bytes32));
                entries[i].digest.b[0] ^= !other_record;
        }
        r = contact_list_sign(&lie, number, w->revision, entries, w->n_entries,
                              l->world->keys.sign_private);
        assert(r == 0);
        head->bytes.data = liar_room(l, lie->n_bytes);
        head->bytes.len = lie->n_bytes;
        memcpy(head->bytes.data, lie->bytes, lie->n_bytes);
        memcpy(head->signature.data, lie->signature, sizeof lie->signature);
        contact_list_free(lie);
        pb_list_head_free_unpacked(w, NULL);
        liar_told(l);
}

static void sign_other_cards(Liar *l)
{
        sign_head(l, false);
}

static void sign_other_record(Liar *l)
{
        sign_head(l, true);
}

static const LieRow rows[] = {
        {"message altered", bend_body, LIE_REFUSED},
        {"message with another signature", bend_signature, LIE_REFUSED},
        {"wrapped key with another signature", bend_key_signature, LIE_SILENCE},
        {"message of nobody", bend_sender, LIE_REFUSED},
        {"group key of another name", bend_key_id, LIE_REFUSED},
        {"name key as card key", card_key_as_name_key, LIE_REFUSED},
        {"message to somebody else", to_another, LIE_SILENCE},
        {"messages out of other mouths", other_mouths, LIE_BLAMED},
        {"messages in reverse", reversed, LIE_USELESS},
        {"messages twice", doubled, LIE_USELESS},
        {"no group key", no_group_keys, LIE_SILENCE},
        {"no names", no_names, LIE_SILENCE},
        {"no card keys", no_card_keys, LIE_SILENCE},
        {"cards altered", bend_pieces, LIE_REFUSED},
        {"cards under each other's names", cross_owners, LIE_REFUSED},
        {"parts of cards exchanged", cross_parts, LIE_REFUSED},
        {"list of nobody", list_of_nobody, LIE_SILENCE},
        {"list without one", list_without_one, LIE_SILENCE},
        {"head of the list altered", bend_head, LIE_REFUSED},
        {"head of the list with another signature", bend_head_signature, LIE_REFUSED},
        {"head of the list for other cards", sign_other_cards, LIE_REFUSED},
        {"head of the list for another record", sign_other_record, LIE_REFUSED},
};
const LieTable card_lies = {rows, ARRAY_LEN(rows)};
