/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "liar.h"

#include "src/protocol/cardseal.h"
#include "src/protocol/wire.h"

#include <assert.h>
#include <string.h>

void *liar_room(Liar *l, size_t size)
{
        void *room = calloc(1, size);

        assert(room && l->n_scratch < ARRAY_LEN(l->scratch));
        return l->scratch[l->n_scratch++] = room;
}

/* ---- what it learns ---- */

static void remember(Liar *l, const uint8_t *plain, size_t len)
{
        uint8_t *grown = realloc(l->heard, l->n_heard + len);

        assert(grown);
        l->heard = grown;
        memcpy(grown + l->n_heard, plain, len);
        l->n_heard += len;
}

/* The cards of the simulation are so small that a part is one piece. */
static void remember_part(Liar *l, const PbUpload *u)
{
        Id member;

        wire_id_read(&member, u->member_id);
        assert(u->offset == 0 && u->bytes.len == u->total);
        for (size_t i = 0; i < l->n_parts; i++)
                if (id_compare(&l->parts[i].member, &member) == 0 && l->parts[i].part == u->part)
                        return;
        assert(l->n_parts < LIAR_PARTS);
        l->parts[l->n_parts].member = member;
        l->parts[l->n_parts].part = u->part;
        l->parts[l->n_parts].len = u->bytes.len;
        l->parts[l->n_parts].bytes = malloc(u->bytes.len);
        assert(l->parts[l->n_parts].bytes);
        memcpy(l->parts[l->n_parts++].bytes, u->bytes.data, u->bytes.len);
}

static void count(Liar *l, const PbMemberMessage *m)
{
        SimPress *to;
        Id id;

        l->card_keys[l->terminal] += m->kind == PB_MESSAGE_CARD_KEY;
        if (m->kind != PB_MESSAGE_PROOF_B)
                return;
        wire_id_read(&id, m->to);
        to = world_find_press(l->world, &id);
        assert(to);
        l->answers_to[l->terminal][to->terminal->number]++;
}

static void listen(Liar *l, const WireRequest *asked, const uint8_t *plain, size_t len)
{
        if (asked->body_case == PB_REQUEST_BODY_UPLOAD) {
                remember_part(l, asked->upload);
                return;
        }
        /* ids and cursors, again and again */
        if (asked->body_case == PB_REQUEST_BODY_WATCH)
                return;
        remember(l, plain, len);
        if (asked->body_case != PB_REQUEST_BODY_POST)
                return;
        for (size_t i = 0; i < asked->post->n_messages; i++)
                count(l, asked->post->messages[i]);
}

static bool opens(const Liar *l, size_t part, const uint8_t *key)
{
        _cleanup_(secret_freep) char *text = NULL;
        Key k;
        size_t n;

        memcpy(k.b, key, sizeof k.b);
        return card_open(&text, &n, l->parts[part].bytes, l->parts[part].len, &k,
                         &l->parts[part].member, l->parts[part].part) == 0;
}

static bool reads_part(const Liar *l, size_t part, const Key *extra)
{
        const CloudKeys *own = &l->world->keys;

        if ((extra && opens(l, part, extra->b)) || opens(l, part, own->box_private.b) ||
            opens(l, part, own->sign_private) || opens(l, part, own->tickets[0].key.b))
                return true;
        for (size_t at = 0; at + sizeof(Key) <= l->n_heard; at++)
                if (opens(l, part, l->heard + at))
                        return true;
        return false;
}

size_t liar_reads(const Liar *l, const Key *extra)
{
        size_t n = 0;

        for (size_t i = 0; i < l->n_parts; i++)
                n += reads_part(l, i, extra);
        return n;
}

/* ---- what it says ---- */

/* Alters the answer, and packs it again. */
static void tell(Liar *l, uint8_t **plain, size_t *len)
{
        _cleanup_(wire_response_freep) WireResponse *answer = NULL;
        int r = wire_unpack_response(&answer, *plain, *len);

        assert(r == 0);
        if (l->lie) {
                free(*plain);
                l->answer = answer;
                l->lie(l);
                r = wire_pack_response(plain, len, answer);
                assert(r == 0);
        }
        if (l->bend)
                l->bend(l, *plain, *len);
        l->answers++;
        while (l->n_scratch > 0)
                free(l->scratch[--l->n_scratch]);
}

static void liar_meddle(void *userdata, Tapped *t)
{
        Liar *l = userdata;

        l->terminal = t->terminal;
        l->asked = t->asked;
        listen(l, t->asked, t->question, t->n_question);
        tell(l, &t->plain, &t->n_plain);
}

void liar_begin(Liar *ret, World *w, LieFunc lie, BendFunc bend)
{
        *ret = (Liar){.world = w, .lie = lie, .bend = bend};
        tap_begin(&ret->tap, w, liar_meddle, ret);
}

void liar_end(Liar *l)
{
        tap_end(&l->tap);
        for (size_t i = 0; i < l->n_parts; i++)
                free(l->parts[i].bytes);
        for (size_t i = 0; i < LIAR_TERMINALS; i++)
                free(l->kept[i]);
        free(l->heard);
}
