/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host.h - the engine in a browser: what it takes from the page's script, and gives it
 *
 * The engine is the terminal's own C, compiled to WebAssembly. It sees no kernel; time, chance,
 * requests and the Unicode database are the browser's. cloud/pages/engine.js is the other side.
 * Pointers are numbers there, texts end with NUL.
 */
#pragma once

#include "src/base/clock.h"
#include "daemon/cloud-link/carrier.h"

#ifdef __wasm__
#define HOST_IMPORT(symbol) __attribute__((import_module("host"), import_name(#symbol)))
#define HOST_EXPORT(symbol) __attribute__((export_name(#symbol)))
#else /* for programs that look at the source */
#define HOST_IMPORT(symbol)
#define HOST_EXPORT(symbol)
#endif

/* ---- what the script does for us ---- */

HOST_IMPORT(now) double host_now(void);   /* ms, never back */
HOST_IMPORT(wall) double host_wall(void); /* ms since 1970 */
HOST_IMPORT(random) void host_random(void *ret, size_t len);
/* Calls engine_timer(timer) after so long, unless it is stopped. */
HOST_IMPORT(timer) void host_timer(Timer *timer, double delay_ms);
HOST_IMPORT(timer_stop) void host_timer_stop(Timer *timer);
/* Sends a copy by POST and calls engine_answer(carriage, …), unless it is stopped. */
HOST_IMPORT(send)
void host_send(Carriage *carriage, const char *url, const uint8_t *bytes, size_t len,
               uint32_t timeout_ms);
HOST_IMPORT(send_stop) void host_send_stop(Carriage *carriage);
/* To the console. */
HOST_IMPORT(log) void host_log(const char *text);
/* Keeps a copy under this name, or forgets it where bytes is NULL; nothing is sent before that is
 * done. "" forgets everything. */
HOST_IMPORT(keep) void host_keep(const char *name, const void *bytes, size_t len);

typedef enum HostProperty {
        HOST_ALPHABETIC,
        HOST_WHITE_SPACE,
        HOST_DASH,
        HOST_PUNCTUATION,
        HOST_IGNORABLE,
        HOST_DIGIT,
        HOST_HIRAGANA,
        HOST_KATAKANA,
        HOST_HAN,
        HOST_HANGUL,
        HOST_COMMON,
} HostProperty;
HOST_IMPORT(is) int host_is(uint32_t property, uint32_t character);
/* NFKC and small letters of one character; returns how many there are, at most max. */
HOST_IMPORT(fold) size_t host_fold(uint32_t character, uint32_t *ret, size_t max);

/* ---- what stands on it ---- */

extern Clock *const host_clock;
/* To a cloud at this address. Borrows it. */
Carrier *host_carrier(const char *url);
