/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cloud-outcome.h"

Outcome cloud_outcome(CloudResult result)
{
        switch (result) {
        case CLOUD_OK:
        case CLOUD_STATUS:
                return OUTCOME_OK;
        case CLOUD_NO_NETWORK:
                return OUTCOME_NO_NETWORK;
        case CLOUD_UNREACHABLE:
                return OUTCOME_CLOUD_UNREACHABLE;
        case CLOUD_TLS:
                return OUTCOME_CLOUD_TLS;
        case CLOUD_PORTAL:
                return OUTCOME_NETWORK_LOGIN;
        case CLOUD_OTHER_KEY:
                return OUTCOME_CLOUD_KEY_CHANGED;
        case CLOUD_BUSY:
                return OUTCOME_CLOUD_BUSY;
        }
        return OUTCOME_FAILED;
}

CloudResult cloud_failure(CarrierResult result)
{
        switch (result) {
        case CARRIER_NO_NETWORK:
                return CLOUD_NO_NETWORK;
        case CARRIER_ANSWERED:
        case CARRIER_UNREACHABLE:
                return CLOUD_UNREACHABLE;
        case CARRIER_TLS:
                return CLOUD_TLS;
        case CARRIER_PORTAL:
                return CLOUD_PORTAL;
        case CARRIER_REFUSED:
                return CLOUD_OTHER_KEY;
        case CARRIER_BUSY:
                return CLOUD_BUSY;
        }
        return CLOUD_UNREACHABLE;
}
