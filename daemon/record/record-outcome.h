/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record-outcome.h - what a cloud's answer about a record means */
#pragma once

#include "daemon/cloud-link/cloud-outcome.h"

/* The outcome of an answer that is not the expected one. */
Outcome record_refusal(CloudResult result, const WireResponse *response);
