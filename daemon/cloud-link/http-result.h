/* SPDX-License-Identifier: GPL-2.0-or-later */
/* http-result.h - what the end of an HTTP transfer says: an answer, a portal, a busy cloud, no
 * network */
#pragma once

#include "carrier.h"

#include <curl/curl.h>

CarrierResult http_result_of(CURL *easy, CURLcode code);
