/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message.h - a D-Bus message with a valid header, so that a fuzzer only has to find the body */
#pragma once

#include <dbus/dbus.h>
#include <stddef.h>
#include <stdint.h>

/* A method call, little endian, with the first n bytes of data as its body. NULL: libdbus refuses
 * it, as the bus would. */
DBusMessage *fuzz_message(const char *signature, const uint8_t *data, size_t n);
