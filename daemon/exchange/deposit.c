/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deposit.h"
#include "member.h"

#include <assert.h>

enum {
        PIECE_MAX = 8192, /* Upload.bytes in huddle.proto */
        ANSWER_MS = 10000,
};

struct Deposit {
        CloudClient *cloud;
        const DepositParts *parts;
        const MemberOpening *opening;
        unsigned part; /* 0 or 1 */
        size_t offset;
        CloudCall *piece, *open; /* under way */
        bool wants_open;         /* once the upload is complete */
        bool again;              /* the upload was repeated because the cloud missed parts */
        DepositFunc func;
        void *userdata;
};

void deposit_parts_done(DepositParts *p)
{
        free(p->bytes[0]);
        free(p->bytes[1]);
        *p = (DepositParts){};
}

/* ---- the opening ---- */

/* WRONG_PHASE: a restart interrupted the upload. */
static void deposit_on_opened(void *userdata, CloudResult result, const WireResponse *response)
{
        Deposit *d = userdata;
        int event = DEPOSIT_WENT_ON;

        d->open = NULL;
        if (result == CLOUD_STATUS && response->status == PB_STATUS_CONFLICT)
                event = DEPOSIT_CONFLICT;
        else if (result == CLOUD_STATUS && response->status == PB_STATUS_WRONG_PHASE && !d->again) {
                d->again = d->wants_open = true;
                event = MIN(deposit_upload(d), 0);
        }
        d->func(d->userdata, event);
}

int deposit_open(Deposit *d)
{
        MemberCall call = {d->cloud, &d->open, UINT64_MAX, deposit_on_opened, d};

        d->wants_open = d->piece;
        return d->wants_open ? 0 : member_open(&call, d->opening);
}

/* ---- the upload ---- */

static int deposit_send_piece(Deposit *d);

static int deposit_go_on(Deposit *d)
{
        d->offset += MIN(d->parts->len[d->part] - d->offset, (size_t)PIECE_MAX);
        if (d->offset == d->parts->len[d->part]) {
                d->part++;
                d->offset = 0;
        }
        if (d->part < ARRAY_LEN(d->parts->len))
                return deposit_send_piece(d);
        return d->wants_open ? deposit_open(d) : 0;
}

static void deposit_on_answer(void *userdata, CloudResult result, const WireResponse *response)
{
        Deposit *d = userdata;
        int r;

        d->piece = NULL;
        if (result != CLOUD_OK) {
                if (result == CLOUD_STATUS && response->status == PB_STATUS_TOO_LARGE)
                        d->func(d->userdata, DEPOSIT_REFUSED);
                return;
        }
        r = deposit_go_on(d);
        if (r < 0 || d->part == ARRAY_LEN(d->parts->len))
                d->func(d->userdata, r < 0 ? r : DEPOSIT_WENT_ON);
}

static int deposit_send_piece(Deposit *d)
{
        WireRequest request = PB_REQUEST_INIT;
        PbUpload upload = PB_UPLOAD_INIT;
        size_t total = d->parts->len[d->part];

        upload.member_id = wire_bytes(d->opening->id.b, sizeof d->opening->id.b);
        upload.part = d->part + 1;
        upload.offset = (uint32_t)d->offset;
        upload.total = (uint32_t)total;
        upload.bytes = wire_bytes(d->parts->bytes[d->part] + d->offset,
                                  MIN(total - d->offset, (size_t)PIECE_MAX));
        request.body_case = PB_REQUEST_BODY_UPLOAD;
        request.upload = &upload;
        return cloud_client_call(d->cloud, &d->piece, &request, UINT64_MAX, ANSWER_MS,
                                 deposit_on_answer, d);
}

int deposit_upload(Deposit *d)
{
        assert(!d->piece);
        d->part = 0;
        d->offset = 0;
        return deposit_send_piece(d);
}

/* ---- life ---- */

int deposit_new(Deposit **ret, CloudClient *cloud, const DepositParts *parts,
                const MemberOpening *opening, DepositFunc func, void *userdata)
{
        Deposit *d = calloc(1, sizeof *d);

        if (!d)
                return -ENOMEM;
        *d = (Deposit){.cloud = cloud,
                       .parts = parts,
                       .opening = opening,
                       .func = func,
                       .userdata = userdata};
        *ret = d;
        return 0;
}

Deposit *deposit_free(Deposit *d)
{
        if (!d)
                return NULL;
        cloud_call_cancel(d->piece);
        cloud_call_cancel(d->open);
        free(d);
        return NULL;
}
