/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

#include "src/protocol/groupkey.h"
#include "src/protocol/wire.h"
#include "daemon/exchange/snapshot.pb-c.h"

#include <string.h>
#include <systemd/sd-id128.h>

typedef Huddle__Snapshot__Snapshot Message;

void snapshot_done(Snapshot *s)
{
        deposit_parts_done(&s->parts);
        free(s->roster);
        sodium_memzero(s, sizeof *s);
}

static void snapshot_fill_keys(Message *m, const MemberKeys *k)
{
        m->member_id = wire_bytes(k->id.b, sizeof k->id.b);
        m->box_private = wire_bytes(k->box_private.b, sizeof k->box_private.b);
        m->box_public = wire_bytes(k->box_public.b, sizeof k->box_public.b);
        m->sign_private = wire_bytes(k->sign_private, sizeof k->sign_private);
        m->sign_public = wire_bytes(k->sign_public.b, sizeof k->sign_public.b);
        m->card_key1 = wire_bytes(k->card_keys[0].b, sizeof k->card_keys[0].b);
        m->card_key2 = wire_bytes(k->card_keys[1].b, sizeof k->card_keys[1].b);
        m->nonce = wire_bytes(k->nonce.b, sizeof k->nonce.b);
}

static void snapshot_fill_press(Message *m, const Snapshot *s)
{
        m->press_ms = s->press_ms;
        m->press_wall_ms = s->press_wall_ms;
        m->window_s = s->options.window_s;
        m->veto_ms = s->options.veto_ms;
        m->has_fix = s->options.fix.known;
        m->latitude_e7 = s->options.fix.latitude_e7;
        m->longitude_e7 = s->options.fix.longitude_e7;
        m->accuracy_m = s->options.fix.accuracy_m;
        m->token = wire_bytes(s->token.b, sizeof s->token.b);
        if (s->options.has_screen)
                m->screen = wire_bytes(s->options.screen.b, sizeof s->options.screen.b);
        m->part1 = wire_bytes(s->parts.bytes[0], s->parts.len[0]);
        m->part2 = wire_bytes(s->parts.bytes[1], s->parts.len[1]);
}

enum { GUESSES = 5 };

/* Memory that a message borrows. */
typedef struct ProofFields {
        uint32_t guesses[GUESSES];
        Huddle__Snapshot__Other others[KEYING_OTHERS_MAX], *list[KEYING_OTHERS_MAX];
} ProofFields;

static void snapshot_fill_proofs(Message *m, const Snapshot *s, ProofFields *f)
{
        for (unsigned near = 0; near < 2; near++) {
                f->guesses[near] = s->keying.budget.failed[near];
                f->guesses[2 + near] = s->keying.budget.unfinished[near];
        }
        f->guesses[4] = s->keying.budget.restarts;
        for (size_t i = 0; i < s->keying.n_others; i++) {
                huddle__snapshot__other__init(&f->others[i]);
                f->others[i].member_id = wire_bytes(s->keying.others[i].member.b, sizeof(Id));
                f->others[i].failed = s->keying.others[i].failed;
                f->others[i].answered_run = s->keying.others[i].answered_run;
                f->list[i] = &f->others[i];
        }
        m->n_guesses = GUESSES;
        m->guesses = f->guesses;
        m->n_others = s->keying.n_others;
        m->others = f->list;
}

static void snapshot_fill_progress(Message *m, const Snapshot *s)
{
        m->reached = s->reached;
        m->opener = s->opener;
        m->guests_welcome = s->guests_welcome;
        if (s->roster) {
                m->roster = wire_bytes(s->roster, s->n_roster);
                m->roster_signature = wire_bytes(s->roster_signature, sizeof s->roster_signature);
        }
        if (s->fixed)
                m->transcript = wire_bytes(s->transcript.b, sizeof s->transcript.b);
        if (s->has_group_key)
                m->group_key = wire_bytes(s->group_key.b, sizeof s->group_key.b);
        m->key_run = s->key_run;
        m->offers = s->keying.offers;
        m->burned = s->keying.burned;
        m->released = s->released;
        m->compared = s->compared;
}

int snapshot_save(DaemonStore *store, uint64_t number, uint32_t uid, const Snapshot *s)
{
        Message m = HUDDLE__SNAPSHOT__SNAPSHOT__INIT;
        char code[CODE_TEXT_MAX];
        ProofFields proofs;
        sd_id128_t boot;
        uint8_t *bytes;
        size_t len;
        int r = sd_id128_get_boot(&boot);

        if (r < 0)
                return r;
        m.boot_id = wire_bytes(boot.bytes, sizeof boot.bytes);
        code_format(&s->code, code);
        m.code = code;
        snapshot_fill_press(&m, s);
        snapshot_fill_keys(&m, &s->keys);
        snapshot_fill_progress(&m, s);
        snapshot_fill_proofs(&m, s, &proofs);
        len = huddle__snapshot__snapshot__get_packed_size(&m);
        bytes = malloc(len);
        if (bytes) {
                (void)huddle__snapshot__snapshot__pack(&m, bytes);
                r = daemon_store_exchange_save(store, number, uid, bytes, len);
                sodium_memzero(bytes, len);
                free(bytes);
        }
        sodium_memzero(code, sizeof code);
        return bytes ? r : -ENOMEM;
}

/* Copies exactly len bytes; sets *damaged if b has another length. */
static void snapshot_read_exact(void *ret, size_t len, ProtobufCBinaryData b, bool *damaged)
{
        if (b.len == len)
                memcpy(ret, b.data, len);
        else
                *damaged = true;
}

static int snapshot_copy_bytes(uint8_t **ret, size_t *ret_len, ProtobufCBinaryData b)
{
        if (b.len == 0)
                return 0;
        *ret = malloc(b.len);
        if (!*ret)
                return -ENOMEM;
        memcpy(*ret, b.data, b.len);
        *ret_len = b.len;
        return 0;
}

static void snapshot_read_keys(MemberKeys *ret, const Message *m, bool *damaged)
{
        snapshot_read_exact(ret->id.b, sizeof ret->id.b, m->member_id, damaged);
        snapshot_read_exact(ret->box_private.b, sizeof ret->box_private.b, m->box_private, damaged);
        snapshot_read_exact(ret->box_public.b, sizeof ret->box_public.b, m->box_public, damaged);
        snapshot_read_exact(ret->sign_private, sizeof ret->sign_private, m->sign_private, damaged);
        snapshot_read_exact(ret->sign_public.b, sizeof ret->sign_public.b, m->sign_public, damaged);
        snapshot_read_exact(ret->card_keys[0].b, sizeof ret->card_keys[0].b, m->card_key1, damaged);
        snapshot_read_exact(ret->card_keys[1].b, sizeof ret->card_keys[1].b, m->card_key2, damaged);
        snapshot_read_exact(ret->nonce.b, sizeof ret->nonce.b, m->nonce, damaged);
}

static void snapshot_read_proofs(Snapshot *ret, const Message *m, bool *damaged)
{
        if (m->n_guesses != GUESSES || m->n_others > ARRAY_LEN(ret->keying.others)) {
                *damaged = true;
                return;
        }
        for (unsigned near = 0; near < 2; near++) {
                ret->keying.budget.failed[near] = m->guesses[near];
                ret->keying.budget.unfinished[near] = m->guesses[2 + near];
        }
        ret->keying.budget.restarts = m->guesses[4];
        for (; ret->keying.n_others < m->n_others; ret->keying.n_others++) {
                const Huddle__Snapshot__Other *other = m->others[ret->keying.n_others];
                KeyingOther *p = &ret->keying.others[ret->keying.n_others];

                snapshot_read_exact(p->member.b, sizeof p->member, other->member_id, damaged);
                p->failed = other->failed;
                p->answered_run = other->answered_run;
        }
}

static void snapshot_read_progress(Snapshot *ret, const Message *m, bool *damaged)
{
        if (m->reached > EXCHANGE_DELIVERED || m->key_run > MESSAGE_RUN_MAX ||
            m->offers > MESSAGE_RUN_MAX || (m->key_run > 0) != (m->group_key.len > 0))
                *damaged = true;
        ret->reached = m->reached;
        ret->opener = m->opener;
        ret->guests_welcome = m->guests_welcome;
        if (ret->roster)
                snapshot_read_exact(ret->roster_signature, sizeof ret->roster_signature,
                                    m->roster_signature, damaged);
        ret->fixed = m->transcript.len > 0;
        if (ret->fixed)
                snapshot_read_exact(ret->transcript.b, sizeof ret->transcript.b, m->transcript,
                                    damaged);
        ret->has_group_key = m->group_key.len > 0;
        if (ret->has_group_key)
                snapshot_read_exact(ret->group_key.b, sizeof ret->group_key.b, m->group_key,
                                    damaged);
        ret->proven = ret->has_group_key && ret->code.n_words > 0;
        ret->key_run = m->key_run;
        ret->keying.offers = m->offers;
        ret->keying.burned = m->burned;
        ret->released = m->released;
        ret->compared = m->compared;
}

/* After a reboot we take the age of the press from the wall clock. */
static int snapshot_read_press(Snapshot *ret, const Message *m, Clock *clock, bool *damaged)
{
        sd_id128_t boot, then;
        int r = sd_id128_get_boot(&boot);

        if (r < 0)
                return r;
        snapshot_read_exact(then.bytes, sizeof then.bytes, m->boot_id, damaged);
        ret->press_wall_ms = m->press_wall_ms;
        ret->press_ms = m->press_ms;
        if (!*damaged && !sd_id128_equal(boot, then))
                ret->press_ms = clock_now(clock) - (clock_wall(clock) - m->press_wall_ms);
        ret->options = (ExchangeOptions){
                .window_s = m->window_s,
                .veto_ms = m->veto_ms,
                .fix = {m->has_fix, m->latitude_e7, m->longitude_e7, m->accuracy_m},
                .has_screen = m->screen.len > 0,
        };
        if (ret->options.has_screen)
                snapshot_read_exact(ret->options.screen.b, sizeof ret->options.screen.b, m->screen,
                                    damaged);
        snapshot_read_exact(ret->token.b, sizeof ret->token.b, m->token, damaged);
        if (code_parse(&ret->code, m->code, NULL) != 0)
                *damaged = true;
        return 0;
}

static int snapshot_read_message(Snapshot *ret, const Message *m, Clock *clock)
{
        bool damaged = false;
        int r = snapshot_read_press(ret, m, clock, &damaged);

        if (r == 0)
                r = snapshot_copy_bytes(&ret->parts.bytes[0], &ret->parts.len[0], m->part1);
        if (r == 0)
                r = snapshot_copy_bytes(&ret->parts.bytes[1], &ret->parts.len[1], m->part2);
        if (r == 0)
                r = snapshot_copy_bytes(&ret->roster, &ret->n_roster, m->roster);
        if (r < 0)
                return r;
        snapshot_read_keys(&ret->keys, m, &damaged);
        snapshot_read_progress(ret, m, &damaged);
        snapshot_read_proofs(ret, m, &damaged);
        return damaged || !ret->parts.bytes[0] || !ret->parts.bytes[1] ? -EBADMSG : 0;
}

/* The decoder's memory holds secrets. Each block stores its size and is wiped when freed. */
static void *wiping_alloc(void *data, size_t size)
{
        max_align_t *p = malloc(sizeof *p + size);

        if (!p)
                return NULL;
        memcpy(p, &size, sizeof size);
        return p + 1;
}

static void wiping_free(void *data, void *memory)
{
        max_align_t *p = memory;
        size_t size;

        if (!p)
                return;
        p--;
        memcpy(&size, p, sizeof size);
        sodium_memzero(p, sizeof *p + size);
        free(p);
}

static ProtobufCAllocator wiping = {wiping_alloc, wiping_free, NULL};

int snapshot_load(DaemonStore *store, uint64_t number, Clock *clock, uint32_t *ret_uid,
                  Snapshot *ret)
{
        _cleanup_(snapshot_done) Snapshot s = {};
        Message *m;
        uint8_t *bytes;
        uint32_t uid;
        size_t len;
        int r = daemon_store_exchange_load(store, number, &uid, &bytes, &len);

        if (r != 0)
                return r;
        m = huddle__snapshot__snapshot__unpack(&wiping, len, bytes);
        sodium_memzero(bytes, len);
        free(bytes);
        if (!m)
                return -EBADMSG;
        r = snapshot_read_message(&s, m, clock);
        huddle__snapshot__snapshot__free_unpacked(m, &wiping);
        if (r < 0)
                return r;
        *ret = s;
        s = (Snapshot){};
        *ret_uid = uid;
        return 0;
}
