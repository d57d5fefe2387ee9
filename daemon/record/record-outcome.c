/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record-outcome.h"

Outcome record_refusal(CloudResult result, const WireResponse *response)
{
        if (result != CLOUD_STATUS && result != CLOUD_OK)
                return cloud_outcome(result);
        switch (response->status) {
        case PB_STATUS_WRONG_RECORD:
                return OUTCOME_WRONG_PASSWORD;
        case PB_STATUS_RECORD_LOCKED:
                return OUTCOME_LOCKED;
        case PB_STATUS_NO_MEMBER: /* the group is gone, and with it the record */
        case PB_STATUS_RECORD_EXPIRED:
                return OUTCOME_EXPIRED;
        case PB_STATUS_RECORD_REVOKED:
                return OUTCOME_REVOKED;
        case PB_STATUS_RECORD_USED_UP:
                return OUTCOME_USED_UP;
        case PB_STATUS_CONFLICT:
                return OUTCOME_RECORD_REFUSED;
        case PB_STATUS_WRONG_PHASE:
                return OUTCOME_WRONG_STATE;
        case PB_STATUS_NO_SESSION: /* it wants readers with an account */
        case PB_STATUS_NO_ACCOUNT:
                return OUTCOME_NOT_REGISTERED;
        case PB_STATUS_BUSY:
        case PB_STATUS_UNAVAILABLE:
                return OUTCOME_CLOUD_BUSY;
        default:
                return OUTCOME_CLOUD_REFUSED;
        }
}
