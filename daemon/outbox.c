/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outbox.h"

#include <assert.h>
#include <string.h>
#include <sys/queue.h>

enum {
        BATCH_MAX = 64, /* Post.messages in huddle.proto */
        ANSWER_MS = 10000,
};

typedef struct Letter {
        STAILQ_ENTRY(Letter) queue;
        Huddle__V1__MessageKind kind;
        bool to_all;
        Id to;
        uint8_t body[MEMBER_MESSAGE_BODY_MAX];
        size_t n_body;
        bool has_key_id;
        uint8_t key_id[GROUPKEY_ID_SIZE];
        uint8_t signature[64];
} Letter;

struct Outbox {
        CloudClient *cloud;
        const MemberKeys *own;
        const Bytes32 *transcript;
        STAILQ_HEAD(, Letter) letters;
        size_t n_sent; /* letters at the head that are on their way */
        CloudCall *call;
        OutboxFunc func;
        void *userdata;
};

static void fill_message(Huddle__V1__MemberMessage *w, Letter *l, const Id *from)
{
        huddle__v1__member_message__init(w);
        w->from = wire_bytes(from->b, sizeof from->b);
        if (!l->to_all)
                w->to = wire_bytes(l->to.b, sizeof l->to.b);
        w->kind = l->kind;
        w->body = wire_bytes(l->body, l->n_body);
        w->signature = wire_bytes(l->signature, sizeof l->signature);
        if (l->has_key_id)
                w->key_id = wire_bytes(l->key_id, sizeof l->key_id);
}

static void drop_sent(Outbox *o)
{
        for (; o->n_sent > 0; o->n_sent--) {
                Letter *l = STAILQ_FIRST(&o->letters);

                STAILQ_REMOVE_HEAD(&o->letters, queue);
                free(l);
        }
}

static int post(Outbox *o);

static void on_posted(void *userdata, CloudResult result, const WireResponse *response)
{
        Outbox *o = userdata;
        Huddle__V1__MessageKind kind = STAILQ_FIRST(&o->letters)->kind;

        o->call = NULL;
        drop_sent(o);
        (void)post(o); /* what is left without memory now goes with the next letter, or after a restart */
        o->func(o->userdata, kind, result, response);
}

/* Sends the next letters of one kind, if none are on their way. */
static int post(Outbox *o)
{
        WireRequest request = HUDDLE__V1__REQUEST__INIT;
        Huddle__V1__Post body = HUDDLE__V1__POST__INIT;
        Huddle__V1__MemberMessage messages[BATCH_MAX], *list[BATCH_MAX];
        Letter *first = STAILQ_FIRST(&o->letters), *l;
        size_t n = 0;
        int r;

        if (o->call || !first)
                return 0;
        STAILQ_FOREACH(l, &o->letters, queue)
        {
                if (n == BATCH_MAX || l->kind != first->kind)
                        break;
                fill_message(&messages[n], l, &o->own->id);
                list[n] = &messages[n];
                n++;
        }
        body.member_id = wire_bytes(o->own->id.b, sizeof o->own->id.b);
        body.messages = list;
        body.n_messages = n;
        request.body_case = HUDDLE__V1__REQUEST__BODY_POST;
        request.post = &body;
        r = cloud_client_call(o->cloud, &o->call, &request, UINT64_MAX, ANSWER_MS, on_posted, o);
        if (r == 0)
                o->n_sent = n;
        return r;
}

/* to NULL: to all; key_id only in a group key message. */
static int put(Outbox *o, Huddle__V1__MessageKind kind, const Id *to, const uint8_t *body, size_t len,
               const uint8_t *key_id)
{
        Letter *l = calloc(1, sizeof *l);
        MessageFields fields;

        if (!l)
                return -ENOMEM;
        assert(len <= sizeof l->body);
        l->kind = kind;
        l->to_all = !to;
        if (to)
                l->to = *to;
        memcpy(l->body, body, len);
        l->n_body = len;
        l->has_key_id = key_id;
        if (key_id)
                memcpy(l->key_id, key_id, sizeof l->key_id);
        fields = (MessageFields){.from = o->own->id, .to = to, .kind = kind, .body = body, .body_len = len};
        fields.key_id = key_id;
        message_sign(l->signature, &fields, o->transcript, o->own);
        STAILQ_INSERT_TAIL(&o->letters, l, queue);
        return post(o);
}

int outbox_group_key(Outbox *o, const MemberOpening *to, const Key *group_key)
{
        uint8_t box[GROUPKEY_BOX_SIZE], id[GROUPKEY_ID_SIZE];
        int r = groupkey_box(box, group_key, o->transcript, o->own, &to->box_key);

        if (r < 0)
                return r;
        groupkey_id(id, group_key);
        return put(o, HUDDLE__V1__MESSAGE_KIND__MESSAGE_GROUP_KEY, &to->id, box, sizeof box, id);
}

int outbox_card_key(Outbox *o, unsigned part, const Key *group_key)
{
        uint8_t wrapped[WRAPPED_KEY_SIZE];

        cardkey_wrap(wrapped, &o->own->card_keys[part - 1], group_key, o->transcript, &o->own->id, part);
        return put(o,
                   part == 1 ? HUDDLE__V1__MESSAGE_KIND__MESSAGE_NAME_KEY
                             : HUDDLE__V1__MESSAGE_KIND__MESSAGE_CARD_KEY,
                   NULL, wrapped, sizeof wrapped, NULL);
}

void outbox_drop(Outbox *o, Huddle__V1__MessageKind kind)
{
        size_t i = 0;
        Letter *next;

        for (Letter *l = STAILQ_FIRST(&o->letters); l; l = next, i++) {
                next = STAILQ_NEXT(l, queue);
                if (i < o->n_sent || l->kind != kind)
                        continue;
                STAILQ_REMOVE(&o->letters, l, Letter, queue);
                free(l);
        }
}

bool outbox_empty(const Outbox *o)
{
        return STAILQ_EMPTY(&o->letters);
}

int outbox_new(Outbox **ret, CloudClient *cloud, const MemberKeys *own, const Bytes32 *transcript,
               OutboxFunc func, void *userdata)
{
        Outbox *o = calloc(1, sizeof *o);

        if (!o)
                return -ENOMEM;
        *o = (Outbox){
                .cloud = cloud, .own = own, .transcript = transcript, .func = func, .userdata = userdata};
        STAILQ_INIT(&o->letters);
        *ret = o;
        return 0;
}

Outbox *outbox_free(Outbox *o)
{
        Letter *l;

        if (!o)
                return NULL;
        cloud_call_cancel(o->call);
        while ((l = STAILQ_FIRST(&o->letters))) {
                STAILQ_REMOVE_HEAD(&o->letters, queue);
                free(l);
        }
        free(o);
        return NULL;
}
