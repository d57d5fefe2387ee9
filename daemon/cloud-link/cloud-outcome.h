/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cloud-outcome.h - the outcome of a request that the cloud did not answer */
#pragma once

#include "cloud-client.h"
#include "daemon/base/outcome.h"

Outcome cloud_outcome(CloudResult result); /* OUTCOME_OK for CLOUD_OK and CLOUD_STATUS */
