/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outcome.h - every failure that a caller or a user is told of, with its D-Bus name and its
 * message */
#pragma once

typedef enum Outcome {
        OUTCOME_OK,
        /* the arguments */
        OUTCOME_INVALID_ARGUMENT,
        OUTCOME_INVALID_CODE,
        OUTCOME_UNKNOWN_WORD,
        OUTCOME_CARD_INVALID,
        OUTCOME_CARD_TOO_LARGE,
        OUTCOME_CONSENT_REQUIRED,
        OUTCOME_WRONG_CODE,
        OUTCOME_WRONG_PASSWORD,
        /* obstacles */
        OUTCOME_ALREADY_REGISTERED,
        OUTCOME_NOT_REGISTERED,
        OUTCOME_HANDLE_TAKEN,
        OUTCOME_NO_CARD,
        OUTCOME_BUSY,
        OUTCOME_NOT_FOUND,
        OUTCOME_NOT_OPENER,
        OUTCOME_NO_OTHER_GROUP,
        OUTCOME_SAME_WORD,
        OUTCOME_WRONG_STATE,
        OUTCOME_LIMIT,
        /* records */
        OUTCOME_LOCKED,
        OUTCOME_EXPIRED,
        OUTCOME_REVOKED,
        OUTCOME_USED_UP,
        OUTCOME_RECORD_REFUSED,
        /* the way to the cloud */
        OUTCOME_NO_CLOUD,
        OUTCOME_CLOUD_UNUSABLE, /* what the configuration says of it */
        OUTCOME_UNKNOWN_CLOUD,
        OUTCOME_CLOUD_FIXED,
        OUTCOME_SEARCH_FAILED, /* for clouds of the local network */
        OUTCOME_NO_NETWORK,
        OUTCOME_NETWORK_LOGIN,
        OUTCOME_CLOUD_UNREACHABLE,
        OUTCOME_CLOUD_TLS,
        OUTCOME_CLOUD_BUSY,
        OUTCOME_CLOUD_KEY_CHANGED,
        OUTCOME_CLOUD_REFUSED,
        /* how an exchange ended */
        OUTCOME_ALONE,
        OUTCOME_NOT_HEARD,
        OUTCOME_MISSED,
        OUTCOME_OTHER_CODE,
        OUTCOME_AMBIGUOUS,
        OUTCOME_TOO_LATE,
        OUTCOME_GROUP_REFUSED,
        OUTCOME_NO_GUESTS,
        OUTCOME_GUESTS_OFF,
        OUTCOME_NOT_PROVEN,
        OUTCOME_CODE_BURNED,
        OUTCOME_PHRASE_DIFFERS,
        OUTCOME_STALLED,
        OUTCOME_NOT_SAVED,
        OUTCOME_FAILED,
        _OUTCOME_COUNT,
} Outcome;

/* "org.huddle.Error.…", "" for OUTCOME_OK. */
const char *outcome_name(Outcome o);
/* One sentence for a person, without a full stop; "" for OUTCOME_OK. */
const char *outcome_message(Outcome o);
