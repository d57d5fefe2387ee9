/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * member.h - requests of a group member to the cloud, one function each
 *
 * Arguments are copied. ret, until_ms, func, userdata: as in cloud_client_call.
 */
#pragma once

#include "src/protocol/guests.h"
#include "daemon/cloud-link/cloud-client.h"

typedef struct MemberCall { /* arguments of cloud_client_call */
        CloudClient *cloud;
        CloudCall **ret;
        uint64_t until_ms;
        CloudFunc func;
        void *userdata;
} MemberCall;

enum {
        MEMBER_ANSWER_MS = CARRIER_ANSWER_MS,
        /* shorter than the idle timeout of middle boxes */
        MEMBER_WATCH_MS = 25 * 1000,
        /* while all wait for each other: so an answer that is lost is soon missed */
        MEMBER_WATCH_SOON_MS = 5 * 1000,
};

/* What we have of a closed group, so that an answer brings only what is new. */
typedef struct MemberCursors {
        uint64_t message, card_key; /* from the last answer */
        uint32_t opening;           /* how many have come */
} MemberCursors;

typedef struct MemberJoin {
        const Id *member;
        Serial serial;
        const Bytes32 *commitment;
        uint32_t window_s;
        bool words;
        GuestMark mark;
} MemberJoin;

int member_join(const MemberCall *c, const MemberJoin *join);
/* The next try of the same call: as of now. */
int member_join_again(CloudCall *call, const MemberJoin *join);
/* An unknown fix does not replace the one the cloud has. */
int member_amend(const MemberCall *c, const Id *member, const Fix *fix, const Sighting *heard,
                 size_t n, uint32_t sequence);
int member_admit(const MemberCall *c, const Id *member, const Id *other, bool yes);
int member_close(const MemberCall *c, const Id *member);
int member_open(const MemberCall *c, const MemberOpening *opening);
/* soon: others are waited for, and on a way that is not slow a member asks more often. */
int member_watch(const MemberCall *c, const Id *member, uint64_t seen_revision,
                 const MemberCursors *next, bool soon);

/* Best effort: retried for a minute, independent of the caller's lifetime. */
void member_leave(CloudClient *cloud, Clock *clock, const Id *member);
void member_acknowledge(CloudClient *cloud, Clock *clock, const Id *member);
