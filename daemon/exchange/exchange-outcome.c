/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange-outcome.h"

Outcome exchange_outcome(ExchangeError error)
{
        switch (error) {
        case EXCHANGE_E_NONE:
                return OUTCOME_OK;
        case EXCHANGE_E_ALONE:
                return OUTCOME_ALONE;
        case EXCHANGE_E_NOT_HEARD:
                return OUTCOME_NOT_HEARD;
        case EXCHANGE_E_MISSED:
                return OUTCOME_MISSED;
        case EXCHANGE_E_OTHER_CODE:
                return OUTCOME_OTHER_CODE;
        case EXCHANGE_E_AMBIGUOUS:
                return OUTCOME_AMBIGUOUS;
        case EXCHANGE_E_TOO_LATE:
                return OUTCOME_TOO_LATE;
        case EXCHANGE_E_NO_NETWORK:
                return OUTCOME_NO_NETWORK;
        case EXCHANGE_E_NETWORK_LOGIN:
                return OUTCOME_NETWORK_LOGIN;
        case EXCHANGE_E_UNREACHABLE:
                return OUTCOME_CLOUD_UNREACHABLE;
        case EXCHANGE_E_TLS:
                return OUTCOME_CLOUD_TLS;
        case EXCHANGE_E_OTHER_KEY:
                return OUTCOME_CLOUD_KEY_CHANGED;
        case EXCHANGE_E_CLOUD_REFUSED:
                return OUTCOME_CLOUD_REFUSED;
        case EXCHANGE_E_GROUP_REFUSED:
                return OUTCOME_GROUP_REFUSED;
        case EXCHANGE_E_NO_GUESTS:
                return OUTCOME_NO_GUESTS;
        case EXCHANGE_E_NOT_PROVEN:
                return OUTCOME_NOT_PROVEN;
        case EXCHANGE_E_CODE_BURNED:
                return OUTCOME_CODE_BURNED;
        case EXCHANGE_E_PHRASE_DIFFERS:
                return OUTCOME_PHRASE_DIFFERS;
        case EXCHANGE_E_STALLED:
                return OUTCOME_STALLED;
        case EXCHANGE_E_NOT_SAVED:
                return OUTCOME_NOT_SAVED;
        case EXCHANGE_E_INTERNAL:
                return OUTCOME_FAILED;
        }
        return OUTCOME_FAILED;
}
