/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confine.h - gives up every system call that decoding a picture does not need (seccomp) */
#pragma once

#include <stdbool.h>

/* From now on the process can use memory, read and write what it has open, wait for its own
 * threads, and exit. Any other system call kills it. False: the kernel or the processor has no
 * such filter. */
bool confine(void);
