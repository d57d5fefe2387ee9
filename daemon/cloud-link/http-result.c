/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http-result.h"

#include <strings.h>

static CarrierResult http_result_of_connect(CURL *easy)
{
        long error = 0;

        (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
        switch (error) {
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case EADDRNOTAVAIL:
                return CARRIER_NO_NETWORK;
        default:
                return CARRIER_UNREACHABLE;
        }
}

static bool http_result_came_by_tls(CURL *easy)
{
        const char *scheme = NULL;

        (void)curl_easy_getinfo(easy, CURLINFO_SCHEME, &scheme);
        return scheme && strcasecmp(scheme, "https") == 0;
}

static bool http_result_is_page(CURL *easy)
{
        const char *type = NULL;

        (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
        return type && (strncasecmp(type, "text/html", 9) == 0 ||
                        strncasecmp(type, "application/xhtml", 17) == 0);
}

/* A certificate that was accepted is not that of a portal. The page of an error may be that of a
 * cloud's front, so it says nothing (RFC 6585, section 6, for 511). */
static CarrierResult http_result_of_status(CURL *easy)
{
        CarrierResult portal = http_result_came_by_tls(easy) ? CARRIER_UNREACHABLE : CARRIER_PORTAL;
        long status = 0;

        (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        switch (status) {
        case 200:
                return http_result_is_page(easy) ? portal : CARRIER_ANSWERED;
        case 421:
                return CARRIER_REFUSED;
        case 429:
        case 503:
                return CARRIER_BUSY;
        case 511:
                return portal;
        default:
                return status / 100 == 3 ? portal : CARRIER_UNREACHABLE;
        }
}

CarrierResult http_result_of(CURL *easy, CURLcode code)
{
        CarrierResult result;

        switch (code) {
        case CURLE_OK:
                return http_result_of_status(easy);
        case CURLE_WRITE_ERROR: /* too large for an answer: a page, maybe */
                result = http_result_of_status(easy);
                return result == CARRIER_ANSWERED ? CARRIER_UNREACHABLE : result;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
                return CARRIER_NO_NETWORK;
        case CURLE_COULDNT_CONNECT:
                return http_result_of_connect(easy);
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_ISSUER_ERROR:
                return CARRIER_TLS;
        default:
                return CARRIER_UNREACHABLE;
        }
}
