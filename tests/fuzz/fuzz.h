/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz.h - what libFuzzer, or run-corpus.c in its place, calls */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
