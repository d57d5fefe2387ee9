/* SPDX-License-Identifier: GPL-2.0-or-later */
/* picture.h - makes the pictures of a card small, through huddle-photo */
#pragma once

#include "src/card/card-picture.h"
#include "src/card/card.h"
#include "cli.h"

/* Makes every picture in the card (PHOTO, LOGO) small and reports the result. A reference to a
 * local file is resolved only if the card comes from Evolution Data Server (of_eds) and the file is
 * in its store; else it is removed. *ret_told is the report for programs; owned by the caller. */
int pictures_fit(const Cli *cli, Card *c, bool of_eds, json_t **ret_told);
/* Reads a picture that Evolution Data Server keeps, by its URI; new. -EINVAL: no such file, or not
 * in its store; -errno. */
int picture_kept(const char *uri, unsigned char **ret, size_t *ret_len);
/* The picture as a JPEG within the limits; new. -EINVAL: not a readable picture. */
int picture_fit(const void *bytes, size_t len, unsigned char **ret, size_t *ret_len);
