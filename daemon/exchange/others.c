/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "others.h"
#include "member.h"

#include "src/protocol/nearby.h"

#include <assert.h>
#include <string.h>

struct Others {
        Clock *clock;
        CloudClient *cloud;
        const Id *member;
        ExchangeOther list[OTHERS_MAX];
        size_t n;
        const char *word; /* ours */
        ExchangeElsewhere elsewhere;
        CloudCall *call;
        ExchangeDone done; /* NULL: no answer is pending */
        void *userdata;
};

/* ---- what the cloud says ---- */

static bool others_same_word(const Others *o, size_t i)
{
        if (strcmp(o->list[i].word, o->word) == 0)
                return true;
        for (size_t j = 0; j < o->n; j++)
                if (j != i && strcmp(o->list[i].word, o->list[j].word) == 0)
                        return true;
        return false;
}

/* What was true stays worth telling until somebody comes: the others may have gone since. */
static void others_take_elsewhere(Others *o, const PbWatched *w)
{
        if (w->missed)
                o->elsewhere = ELSEWHERE_MISSED;
        else if (w->passed)
                o->elsewhere = ELSEWHERE_CLOSED;
        else if (w->member_count > 1)
                o->elsewhere = ELSEWHERE_NOTHING;
        else if (w->other_code && o->elsewhere == ELSEWHERE_NOTHING)
                o->elsewhere = ELSEWHERE_CODE;
}

ExchangeError others_alone(Others *o, const PbWatched *w)
{
        static const ExchangeError errors[] = {
                [ELSEWHERE_NOTHING] = EXCHANGE_E_ALONE,
                [ELSEWHERE_CLOSED] = EXCHANGE_E_NOT_HEARD,
                [ELSEWHERE_MISSED] = EXCHANGE_E_MISSED,
                [ELSEWHERE_CODE] = EXCHANGE_E_OTHER_CODE,
        };

        others_take_elsewhere(o, w);
        return errors[o->elsewhere];
}

ExchangeElsewhere others_elsewhere(const Others *o)
{
        return o->elsewhere;
}

void others_take(Others *o, const PbWatched *w)
{
        others_take_elsewhere(o, w);
        o->n = MIN(w->n_others, (size_t)OTHERS_MAX);
        o->word = o->n > 0 ? nearby_word(w->opener_commitment.data) : "";
        for (size_t i = 0; i < o->n; i++) {
                const PbOtherGroup *g = w->others[i];

                o->list[i] = (ExchangeOther){
                        .word = nearby_word(g->commitment.data),
                        .members = g->member_count,
                        .admitted = g->confirmed,
                        .admits = g->confirms_us,
                };
                memcpy(o->list[i].opener.b, g->opener_id.data, sizeof o->list[i].opener.b);
        }
        for (size_t i = 0; i < o->n; i++)
                o->list[i].same_word = others_same_word(o, i);
}

size_t others_list(const Others *o, const ExchangeOther **ret)
{
        *ret = o->list;
        return o->n;
}

const char *others_own_word(const Others *o)
{
        return o->word;
}

/* ---- what the user says ---- */

static void others_answer(Others *o, int result)
{
        ExchangeDone done = o->done;

        o->done = NULL;
        if (done)
                done(o->userdata, result);
}

static void others_on_answer(void *userdata, CloudResult result, const WireResponse *response)
{
        Others *o = userdata;
        int r = 0;

        o->call = NULL;
        if (result == CLOUD_STATUS)
                r = response->status == PB_STATUS_CONFLICT ? EXCHANGE_R_NO_OTHER
                                                           : EXCHANGE_R_WRONG_STATE;
        else if (result != CLOUD_OK)
                r = EXCHANGE_R_UNREACHABLE;
        others_answer(o, r);
}

static const ExchangeOther *others_find(const Others *o, const char *word)
{
        for (size_t i = 0; i < o->n; i++)
                if (strcmp(o->list[i].word, word) == 0)
                        return &o->list[i];
        return NULL;
}

static int others_check(const Others *o, const ExchangeOther *other, bool yes)
{
        if (o->done)
                return EXCHANGE_R_WRONG_STATE;
        if (!other)
                return EXCHANGE_R_NO_OTHER;
        return yes && other->same_word ? EXCHANGE_R_SAME_WORD : 0;
}

void others_admit(Others *o, const char *word, bool yes, ExchangeDone done, void *userdata)
{
        const ExchangeOther *other = others_find(o, word);
        MemberCall call = {
                .cloud = o->cloud,
                .ret = &o->call,
                .until_ms = clock_now(o->clock) + MEMBER_ANSWER_MS,
                .func = others_on_answer,
                .userdata = o,
        };
        int r = others_check(o, other, yes);

        assert(done);
        if (r == 0 && member_admit(&call, o->member, &other->opener, yes) < 0)
                r = EXCHANGE_R_UNREACHABLE;
        if (r != 0) {
                done(userdata, r);
                return;
        }
        o->done = done;
        o->userdata = userdata;
}

/* ---- life ---- */

void others_end(Others *o)
{
        o->call = cloud_call_cancel(o->call);
        o->n = 0;
        o->word = "";
        others_answer(o, EXCHANGE_R_WRONG_STATE);
}

int others_new(Others **ret, Clock *clock, CloudClient *cloud, const Id *member)
{
        Others *o = calloc(1, sizeof *o);

        if (!o)
                return -ENOMEM;
        *o = (Others){.clock = clock, .cloud = cloud, .member = member, .word = ""};
        *ret = o;
        return 0;
}

Others *others_free(Others *o)
{
        if (!o)
                return NULL;
        others_end(o);
        free(o);
        return NULL;
}
