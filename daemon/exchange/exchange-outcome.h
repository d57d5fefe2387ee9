/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-outcome.h - what people are told of the error that ended an exchange */
#pragma once

#include "daemon/base/outcome.h"
#include "exchange.h"

Outcome exchange_outcome(ExchangeError error); /* OUTCOME_OK for EXCHANGE_E_NONE */
