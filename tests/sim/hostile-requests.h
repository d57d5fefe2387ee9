/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostile-requests.h - every request that a terminal can make, as a hostile one would fill it in
 *
 * A row has the sizes and the numbers; what it is about is filled in by the name of each field:
 * ids of members, tokens, numbers of records, handles. Everything else is random.
 */
#pragma once

#include "src/base/arena.h"
#include "src/protocol/wire.h"

typedef struct HostileRow {
        const char *name;
        const char *request; /* tests/unit/message-text.h */
} HostileRow;

typedef struct HostileTable {
        const HostileRow *rows;
        size_t n;
} HostileTable;

extern const HostileTable hostile_requests;

typedef struct HostileAim {
        Id member;          /* in whose name it is sent */
        Id other;           /* whom it is to, or about */
        Token own, heard;   /* tokens of a serial */
        const char *number; /* of a record */
        const char *handle;
} HostileAim;

/* The request lies in the arena. */
WireRequest *hostile_request(Arena *a, const HostileRow *row, const HostileAim *aim);
/* Fails the test if huddle.proto has a request, or a kind of message, without a row. */
void hostile_check_rows(void);
