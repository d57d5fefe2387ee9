/* SPDX-License-Identifier: GPL-2.0-or-later */
/* picture.h - pictures of a card, made small by huddle-photo */
#pragma once

#include "src/card/card.h"
#include "cli.h"

enum {
        /* points: the width of a telephone's screen, a third of it */
        PICTURE_EDGE = 480,
        /* with it a card fits into one envelope, also for the cloud's copy */
        PICTURE_BYTES_MAX = 20 * 1024,
};

/* Makes every picture in the card (PHOTO, LOGO) small, and says what became of it. One in a file of
 * this machine comes along where the card is of Evolution Data Server (of_eds) and the file one of
 * its own; else it is left out. *ret_told: the same for programs; owned by the caller. */
int pictures_fit(const Cli *cli, Card *c, bool of_eds, json_t **ret_told);
/* A picture that Evolution Data Server keeps, by its URI; new. -EINVAL: no such file, or none that
 * is its own; -errno. */
int picture_kept(const char *uri, unsigned char **ret, size_t *ret_len);
/* A picture as JPEG that fits; new. -EINVAL: none that can be read. */
int picture_fit(const void *bytes, size_t len, unsigned char **ret, size_t *ret_len);
