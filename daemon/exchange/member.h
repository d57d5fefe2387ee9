/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * member.h - what a member of a group says to the cloud, each a request of huddle.proto
 *
 * Arguments are copied into the request at once. ret, until_ms, func, userdata: as in
 * cloud_client_call.
 */
#pragma once

#include "src/protocol/commit.h"
#include "src/protocol/serial.h"
#include "daemon/cloud-link/cloud-client.h"

typedef struct MemberCall { /* how an answer is waited for */
        CloudClient *cloud;
        CloudCall **ret;
        uint64_t until_ms;
        CloudFunc func;
        void *userdata;
} MemberCall;

enum {
        MEMBER_ANSWER_MS = CARRIER_ANSWER_MS,
        /* less than what forgetful middle boxes keep a silent connection for */
        MEMBER_WATCH_MS = 25 * 1000,
};

int member_join(const MemberCall *c, const Id *member, const Serial *serial,
                const Bytes32 *commitment, uint32_t window_s);
/* An unknown fix leaves what the cloud has. */
int member_amend(const MemberCall *c, const Id *member, const Fix *fix, const Sighting *heard,
                 size_t n, uint32_t sequence);
int member_close(const MemberCall *c, const Id *member);
int member_open(const MemberCall *c, const MemberOpening *opening);
int member_watch(const MemberCall *c, const Id *member, uint64_t seen_revision,
                 uint64_t next_message, uint32_t next_opening);

/* Said for the others' sake: tried for a minute, whatever becomes of the caller. */
void member_leave(CloudClient *cloud, Clock *clock, const Id *member);
void member_acknowledge(CloudClient *cloud, Clock *clock, const Id *member);
