/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-media.h - pictures, sounds and keys: base64 with TYPE=JPEG in 2.1 and 3.0, data: URIs in 4.0
 * and in a Card */
#pragma once

#include "card-normal.h"

/* *ret is a new URI, or NULL where the value is neither a URI nor valid base64. Removes TYPE=JPEG
 * and the like from the parameters. */
int card_media_normal(char **ret, CardProperty *p, const CardRaw *raw);

/* Why such a value gave NULL. */
int card_media_loss(const char *text, CardLoss *ret);

/* The name of a media type in 3.0: "JPEG" for "image/jpeg". NULL: it has none. */
const char *card_media_type(const char *media);

/* Returns the base64 of a data: URI, borrowed, and sets *ret_type to the type's name in 3.0. NULL:
 * another kind of URI. */
const char *card_media_base64(const char **ret_type, const char *uri);
