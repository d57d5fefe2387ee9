/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "member.h"

enum {
        TELL_MS = 10 * 60 * 1000, /* longer than most groups gather: they would wait in vain */
        /* an answer that is lost is noticed after it, for this is no long poll to the client */
        LOSSY_WATCH_MS = 1500,
};

static ProtobufCBinaryData member_id_bytes(const Id *id)
{
        return wire_bytes(id->b, sizeof id->b);
}

static int member_call(const MemberCall *c, WireRequest *request, uint32_t answer_ms)
{
        return cloud_client_call(c->cloud, c->ret, request, c->until_ms, answer_ms, c->func,
                                 c->userdata);
}

/* What a Join is made of; its parts are borrowed. */
typedef struct JoinRequest {
        WireRequest request;
        PbJoin body;
        WireSerial serial;
} JoinRequest;

static void member_fill_join(JoinRequest *ret, const MemberJoin *join)
{
        *ret = (JoinRequest){.request = PB_REQUEST_INIT, .body = PB_JOIN_INIT};
        wire_serial_fill(&ret->serial, &join->serial);
        ret->body.member_id = member_id_bytes(join->member);
        ret->body.serial = &ret->serial.serial;
        ret->body.commitment = wire_bytes(join->commitment->b, sizeof join->commitment->b);
        ret->body.window_s = join->window_s;
        ret->body.words = join->words;
        if (join->mark == MARK_WELCOME)
                ret->body.guests = PB_GUESTS_WELCOME;
        else if (join->mark == MARK_REFUSED)
                ret->body.guests = PB_GUESTS_REFUSED;
        ret->request.body_case = PB_REQUEST_BODY_JOIN;
        ret->request.join = &ret->body;
}

int member_join(const MemberCall *c, const MemberJoin *join)
{
        JoinRequest w;

        member_fill_join(&w, join);
        return member_call(c, &w.request, MEMBER_ANSWER_MS);
}

int member_join_again(CloudCall *call, const MemberJoin *join)
{
        JoinRequest w;

        member_fill_join(&w, join);
        return cloud_call_pack(call, &w.request);
}

int member_amend(const MemberCall *c, const Id *member, const Fix *fix, const Sighting *heard,
                 size_t n, uint32_t sequence)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAmend body = PB_AMEND_INIT;
        PbSighting w[SERIAL_HEARD_MAX], *list[SERIAL_HEARD_MAX];

        body.member_id = member_id_bytes(member);
        body.n_heard = wire_heard_fill(w, list, heard, n);
        body.heard = list;
        body.sequence = sequence;
        if (fix->known) {
                body.has_fix = true;
                body.latitude_e7 = fix->latitude_e7;
                body.longitude_e7 = fix->longitude_e7;
                body.accuracy_m = fix->accuracy_m;
        }
        request.body_case = PB_REQUEST_BODY_AMEND;
        request.amend = &body;
        return member_call(c, &request, MEMBER_ANSWER_MS);
}

int member_admit(const MemberCall *c, const Id *member, const Id *other, bool yes)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAdmit body = PB_ADMIT_INIT;

        body.member_id = member_id_bytes(member);
        body.other = member_id_bytes(other);
        body.yes = yes;
        request.body_case = PB_REQUEST_BODY_ADMIT;
        request.admit = &body;
        return member_call(c, &request, MEMBER_ANSWER_MS);
}

int member_close(const MemberCall *c, const Id *member)
{
        WireRequest request = PB_REQUEST_INIT;
        PbClose body = PB_CLOSE_INIT;

        body.member_id = member_id_bytes(member);
        request.body_case = PB_REQUEST_BODY_CLOSE;
        request.close = &body;
        return member_call(c, &request, MEMBER_ANSWER_MS);
}

int member_open(const MemberCall *c, const MemberOpening *opening)
{
        WireRequest request = PB_REQUEST_INIT;
        PbOpening body = PB_OPENING_INIT;

        wire_opening_fill(&body, opening);
        request.body_case = PB_REQUEST_BODY_OPENING;
        request.opening = &body;
        return member_call(c, &request, MEMBER_ANSWER_MS);
}

static uint32_t member_wait_ms(CloudClient *cloud, bool soon)
{
        bool often = soon && !cloud_client_slow(cloud);
        uint64_t usual = often ? cloud_client_allow_ms(cloud, MEMBER_WATCH_SOON_MS) : UINT64_MAX;
        uint32_t most = MIN((uint32_t)MEMBER_WATCH_MS, cloud_client_patience(cloud));

        return (uint32_t)MIN(usual, (uint64_t)most);
}

int member_watch(const MemberCall *c, const Id *member, uint64_t seen_revision,
                 const MemberCursors *next, bool soon)
{
        WireRequest request = PB_REQUEST_INIT;
        PbWatch body = PB_WATCH_INIT;

        body.member_id = member_id_bytes(member);
        body.seen_revision = seen_revision;
        body.next_message = next->message;
        body.next_card_key = next->card_key;
        body.next_opening = next->opening;
        body.wait_ms = member_wait_ms(c->cloud, soon);
        body.gather_ms = cloud_client_gather_ms(c->cloud);
        request.body_case = PB_REQUEST_BODY_WATCH;
        request.watch = &body;
        if (!cloud_client_lossy(c->cloud))
                return member_call(c, &request, body.wait_ms + MEMBER_ANSWER_MS);
        body.wait_ms = MIN(body.wait_ms, (uint32_t)LOSSY_WATCH_MS);
        return member_call(c, &request, MEMBER_ANSWER_MS);
}

static void member_on_told(void *userdata, CloudResult result, const WireResponse *response)
{
        /* best effort: the result does not matter */
}

static void member_tell(CloudClient *cloud, Clock *clock, WireRequest *request)
{
        uint64_t until = clock_now(clock) + TELL_MS;

        (void)cloud_client_call(cloud, NULL, request, until, MEMBER_ANSWER_MS, member_on_told,
                                NULL);
}

void member_leave(CloudClient *cloud, Clock *clock, const Id *member)
{
        WireRequest request = PB_REQUEST_INIT;
        PbLeave body = PB_LEAVE_INIT;

        body.member_id = member_id_bytes(member);
        request.body_case = PB_REQUEST_BODY_LEAVE;
        request.leave = &body;
        member_tell(cloud, clock, &request);
}

void member_acknowledge(CloudClient *cloud, Clock *clock, const Id *member)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAcknowledge body = PB_ACKNOWLEDGE_INIT;

        body.member_id = member_id_bytes(member);
        request.body_case = PB_REQUEST_BODY_ACKNOWLEDGE;
        request.acknowledge = &body;
        member_tell(cloud, clock, &request);
}
