/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fixed-random.h - the same "random" bytes each time, for vectors and repeatable tests */
#pragma once

/* From here on libsodium draws a stream that depends on the seed alone; calling it again starts
 * over. */
void fixed_random(const char *seed);
