/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events.h - what an administrator acts on: the first field of such a log line, its MESSAGE_ID
 *
 * systemd/catalog says of each what has happened and what to do; tests/check-catalog compares the
 * two. An id is never used for anything else, and never changes.
 */
#pragma once

/* huddled */
#define EVENT_OTHER_KEY "MESSAGE_ID=5a61a4f2191b49ddbc013172420bc5c2"
#define EVENT_KEYS_REPLACED "MESSAGE_ID=165d5a22f3b044389c59eecac0cb47bb"
#define EVENT_IDENTITY_WRONG "MESSAGE_ID=9db9bf6121df49289e95cade5e686d46"
#define EVENT_NO_NETWORK "MESSAGE_ID=ae8d99d91a404e9bb8f3fb0be9716928"
#define EVENT_CLOUD_AWAY "MESSAGE_ID=b0209ae6f7c24159bfedb39937e92ff7"
#define EVENT_NO_AVAHI "MESSAGE_ID=dbbddd367e6e4df79892b3aa2150220c"
#define EVENT_STATE_DAMAGED "MESSAGE_ID=a33ce17dfbf341db8c70a42ed41b6375"
#define EVENT_STATE_LATER "MESSAGE_ID=fb47d75bf94d44e89ebcc882b7cd5b92"
#define EVENT_EXCHANGE_LOST "MESSAGE_ID=cd16fccca72d4d7a97765efe2ece5454"
#define EVENT_CONTRADICTION "MESSAGE_ID=5c36f542e47e47708100fa134b1d5f49"

/* huddle-agent */
#define EVENT_BOOK_REFUSES "MESSAGE_ID=63359091b079433798a51600188db2ed"

/* huddle-cloud */
#define EVENT_STORE_FULL "MESSAGE_ID=584c952c12f8492aa863d590d736cc77"
#define EVENT_STORE_FAILED "MESSAGE_ID=bc50fde6df55469aabd0b27956098701"
#define EVENT_STORE_UNREADABLE "MESSAGE_ID=0a20566281404130b02ad507fff4332b"
#define EVENT_GROUP_DAMAGED "MESSAGE_ID=7b553eda18174930b4ae123e5ce2def8"
#define EVENT_KEYS_UNREADABLE "MESSAGE_ID=823ed787b9e84fb8a5cdc425d926137b"
#define EVENT_CODES_NOT_SENT "MESSAGE_ID=8edd46193147427696d2f95cc0aeb4df"
