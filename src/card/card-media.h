/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-media.h - pictures, sounds and keys: base64 and TYPE=JPEG in 2.1 and 3.0, data: URIs in 4.0
 * and here */
#pragma once

#include "card-normal.h"

/* *ret is a new URI, or NULL where the value is neither a URI nor sound base64. Takes TYPE=JPEG and
 * the like out of the parameters. */
int card_media_normal(char **ret, CardProperty *p, const CardRaw *raw);

/* What 3.0 calls a media type: "image/jpeg" is "JPEG". NULL where it has no name for it. */
const char *card_media_type(const char *media);

/* The same for a data: URI in base64 into *ret_type, and its base64, borrowed; NULL where it is
 * another URI. */
const char *card_media_base64(const char **ret_type, const char *uri);
