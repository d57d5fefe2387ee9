/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloud-url.h - the address of a cloud, in one spelling (protocol.md, "Links")
 *
 *   http://host[:port][/path]   https://host[:port][/path]
 *
 * A host is a DNS name in ASCII, an IPv4 address, or an IPv6 address in brackets. There is no user,
 * query or fragment. Two spellings of one address become the same text, so texts can be compared.
 */
#pragma once

#include "src/base/util.h"

enum { CLOUD_URL_SIZE = 201 }; /* with its NUL */

/* Writes scheme and host in lower case, without the scheme's own port and without a slash at the
 * end. False: not the address of a cloud, or too long. text may be ret. */
bool cloud_url_normalise(char ret[static CLOUD_URL_SIZE], const char *text);
/* Whether both, as cloud_url_normalise writes them, are at one host, whatever scheme and port: who
 * serves the one may serve the other. */
bool cloud_url_same_host(const char *a, const char *b);
