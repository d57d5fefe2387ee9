/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cloud-outcome.h - what becomes of a request that the cloud did not answer */
#pragma once

#include "cloud-client.h"
#include "daemon/base/outcome.h"

Outcome cloud_outcome(CloudResult result);       /* OUTCOME_OK for CLOUD_OK and CLOUD_STATUS */
CloudResult cloud_failure(CarrierResult result); /* never CLOUD_OK or CLOUD_STATUS */
