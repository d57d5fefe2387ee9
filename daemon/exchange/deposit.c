/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deposit.h"

enum {
        PIECE_MAX = 8192, /* Upload.bytes in huddle.proto */
        ANSWER_MS = 10000,
};

struct Deposit {
        CloudClient *cloud;
        Id member;
        const DepositParts *parts;
        unsigned part; /* 0 or 1 */
        size_t offset;
        CloudCall *call;
        DepositFunc func;
        void *userdata;
};

void deposit_parts_done(DepositParts *p)
{
        free(p->bytes[0]);
        free(p->bytes[1]);
        *p = (DepositParts){};
}

static int deposit_send_piece(Deposit *d);

static void deposit_on_answer(void *userdata, CloudResult result, const WireResponse *response)
{
        Deposit *d = userdata;

        d->call = NULL;
        if (result != CLOUD_OK) {
                d->func(d->userdata, result, response ? response->status : PB_STATUS_UNAVAILABLE);
                return;
        }
        d->offset += MIN(d->parts->len[d->part] - d->offset, (size_t)PIECE_MAX);
        if (d->offset == d->parts->len[d->part]) {
                d->part++;
                d->offset = 0;
        }
        if (d->part == ARRAY_LEN(d->parts->len))
                d->func(d->userdata, CLOUD_OK, PB_STATUS_OK);
        else if (deposit_send_piece(d) < 0)
                d->func(d->userdata, CLOUD_STATUS, PB_STATUS_UNAVAILABLE);
}

static int deposit_send_piece(Deposit *d)
{
        WireRequest request = PB_REQUEST_INIT;
        PbUpload upload = PB_UPLOAD_INIT;
        size_t total = d->parts->len[d->part];

        upload.member_id = wire_bytes(d->member.b, sizeof d->member.b);
        upload.part = d->part + 1;
        upload.offset = (uint32_t)d->offset;
        upload.total = (uint32_t)total;
        upload.bytes = wire_bytes(d->parts->bytes[d->part] + d->offset,
                                  MIN(total - d->offset, (size_t)PIECE_MAX));
        request.body_case = PB_REQUEST_BODY_UPLOAD;
        request.upload = &upload;
        return cloud_client_call(d->cloud, &d->call, &request, UINT64_MAX, ANSWER_MS,
                                 deposit_on_answer, d);
}

int deposit_new(Deposit **ret, CloudClient *cloud, const Id *member, const DepositParts *parts,
                DepositFunc func, void *userdata)
{
        _cleanup_(deposit_freep) Deposit *d = calloc(1, sizeof *d);
        int r;

        if (!d)
                return -ENOMEM;
        *d = (Deposit){.cloud = cloud,
                       .member = *member,
                       .parts = parts,
                       .func = func,
                       .userdata = userdata};
        r = deposit_send_piece(d);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(d);
        return 0;
}

Deposit *deposit_free(Deposit *d)
{
        if (d)
                cloud_call_cancel(d->call);
        free(d);
        return NULL;
}
