/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outbox.h"

#include <assert.h>
#include <string.h>
#include <sys/queue.h>

enum {
        BATCH_MAX = 64, /* Post.messages in huddle.proto */
        ANSWER_MS = 10000,
        STEP_MS = 2, /* letters of one step come in a few turns of the loop */
};

typedef struct Letter {
        STAILQ_ENTRY(Letter) queue;
        PbMessageKind kind;
        bool to_all;
        Id to;
        uint8_t body[MEMBER_MESSAGE_BODY_MAX];
        size_t n_body;
        bool has_key_id;
        uint8_t key_id[GROUPKEY_ID_SIZE];
        unsigned run;
        uint8_t signature[64];
} Letter;

struct Outbox {
        Clock *clock;
        CloudClient *cloud;
        const MemberKeys *own;
        const Bytes32 *transcript;
        STAILQ_HEAD(, Letter) letters;
        size_t n_sent; /* letters at the head of the queue in the current request */
        CloudCall *call;
        Timer *posting; /* once the step is over that writes letters */
        OutboxFunc func;
        void *userdata;
};

static void outbox_fill_message(PbMemberMessage *w, Letter *l, const Id *from)
{
        pb_member_message_init(w);
        w->from = wire_bytes(from->b, sizeof from->b);
        if (!l->to_all)
                w->to = wire_bytes(l->to.b, sizeof l->to.b);
        w->kind = l->kind;
        w->run = l->run;
        w->body = wire_bytes(l->body, l->n_body);
        w->signature = wire_bytes(l->signature, sizeof l->signature);
        if (l->has_key_id)
                w->key_id = wire_bytes(l->key_id, sizeof l->key_id);
}

static void outbox_drop_sent(Outbox *o)
{
        for (; o->n_sent > 0; o->n_sent--) {
                Letter *l = STAILQ_FIRST(&o->letters);

                STAILQ_REMOVE_HEAD(&o->letters, queue);
                free(l);
        }
}

static int outbox_post(Outbox *o);

static void outbox_on_posted(void *userdata, CloudResult result, const WireResponse *response)
{
        Outbox *o = userdata;

        o->call = NULL;
        outbox_drop_sent(o);
        /* on -ENOMEM the rest goes out with the next letter or after a restart */
        (void)outbox_post(o);
        o->func(o->userdata);
}

/* Sends the next letters unless a request is pending: those of one step go together. Answers to a
 * run go one per request: after a restart the cloud may refuse one as a conflict, and with it the
 * rest of its batch. All others are the same after a restart. */
static int outbox_post(Outbox *o)
{
        WireRequest request = PB_REQUEST_INIT;
        PbPost body = PB_POST_INIT;
        PbMemberMessage messages[BATCH_MAX], *list[BATCH_MAX];
        Letter *first = STAILQ_FIRST(&o->letters), *l;
        size_t n = 0;
        int r;

        if (o->call || !first)
                return 0;
        STAILQ_FOREACH(l, &o->letters, queue)
        {
                bool alone = l->kind == PB_MESSAGE_PROOF_B || first->kind == PB_MESSAGE_PROOF_B;

                if (n == BATCH_MAX || (n > 0 && alone))
                        break;
                outbox_fill_message(&messages[n], l, &o->own->id);
                list[n] = &messages[n];
                n++;
        }
        body.member_id = wire_bytes(o->own->id.b, sizeof o->own->id.b);
        body.messages = list;
        body.n_messages = n;
        request.body_case = PB_REQUEST_BODY_POST;
        request.post = &body;
        r = cloud_client_call(o->cloud, &o->call, &request, UINT64_MAX, ANSWER_MS, outbox_on_posted,
                              o);
        if (r == 0)
                o->n_sent = n;
        return r;
}

static void outbox_on_step_over(void *userdata)
{
        Outbox *o = userdata;

        o->posting = timer_free(o->posting);
        /* on -ENOMEM as in outbox_on_posted */
        (void)outbox_post(o);
}

static Letter *letter_new(const Id *to, PbMessageKind kind, unsigned run, const uint8_t *body,
                          size_t len, const uint8_t *key_id)
{
        Letter *l = calloc(1, sizeof *l);

        if (!l)
                return NULL;
        assert(len <= sizeof l->body);
        l->kind = kind;
        l->run = run;
        l->to_all = !to;
        if (to)
                l->to = *to;
        if (len > 0) /* a veto has none */
                memcpy(l->body, body, len);
        l->n_body = len;
        l->has_key_id = key_id;
        if (key_id)
                memcpy(l->key_id, key_id, sizeof l->key_id);
        return l;
}

int outbox_put(Outbox *o, const Id *to, PbMessageKind kind, unsigned run, const uint8_t *body,
               size_t len, const uint8_t *key_id)
{
        Letter *l = letter_new(to, kind, run, body, len, key_id);
        MessageFields fields = {o->own->id, to, kind, body, len, key_id, run};

        if (!l)
                return -ENOMEM;
        message_sign(l->signature, &fields, o->transcript, o->own);
        STAILQ_INSERT_TAIL(&o->letters, l, queue);
        return o->posting ? 0
                          : clock_restart(o->clock, &o->posting, STEP_MS, outbox_on_step_over, o);
}

int outbox_group_key(Outbox *o, const MemberOpening *to, const Key *group_key, unsigned run)
{
        uint8_t box[GROUPKEY_BOX_SIZE], id[GROUPKEY_ID_SIZE];
        int r = groupkey_box(box, group_key, o->transcript, o->own, &to->box_key);

        if (r < 0)
                return r;
        groupkey_id(id, group_key);
        return outbox_put(o, &to->id, PB_MESSAGE_GROUP_KEY, run, box, sizeof box, id);
}

int outbox_card_key(Outbox *o, unsigned part, const Key *group_key, unsigned run)
{
        uint8_t wrapped[WRAPPED_KEY_SIZE], id[GROUPKEY_ID_SIZE];

        cardkey_wrap(wrapped, &o->own->card_keys[part - 1], group_key, o->transcript, &o->own->id,
                     part);
        groupkey_id(id, group_key);
        return outbox_put(o, NULL, part == 1 ? PB_MESSAGE_NAME_KEY : PB_MESSAGE_CARD_KEY, run,
                          wrapped, sizeof wrapped, id);
}

int outbox_dispute(Outbox *o)
{
        static const uint8_t body[] = {MESSAGE_VETO_DISPUTE};

        return outbox_put(o, NULL, PB_MESSAGE_VETO, 0, body, sizeof body, NULL);
}

bool outbox_empty(const Outbox *o)
{
        return STAILQ_EMPTY(&o->letters);
}

int outbox_new(Outbox **ret, Clock *clock, CloudClient *cloud, const MemberKeys *own,
               const Bytes32 *transcript, OutboxFunc func, void *userdata)
{
        Outbox *o = calloc(1, sizeof *o);

        if (!o)
                return -ENOMEM;
        *o = (Outbox){.clock = clock,
                      .cloud = cloud,
                      .own = own,
                      .transcript = transcript,
                      .func = func,
                      .userdata = userdata};
        STAILQ_INIT(&o->letters);
        *ret = o;
        return 0;
}

Outbox *outbox_free(Outbox *o)
{
        Letter *l;

        if (!o)
                return NULL;
        timer_free(o->posting);
        cloud_call_cancel(o->call);
        while ((l = STAILQ_FIRST(&o->letters))) {
                STAILQ_REMOVE_HEAD(&o->letters, queue);
                free(l);
        }
        free(o);
        return NULL;
}
