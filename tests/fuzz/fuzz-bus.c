/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a call to the daemon, an a{sv}, and their first fault. */
#include "fuzz.h"

#include "daemon/bus/bus.h"
#include "message.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        dbus_bool_t flag = FALSE;
        dbus_uint32_t number = 0;
        double real = 0;
        const char *text = "";
        const BusOption known[] = {
                {"Flag", DBUS_TYPE_BOOLEAN, &flag},
                {"Number", DBUS_TYPE_UINT32, &number},
                {"Real", DBUS_TYPE_DOUBLE, &real},
                {"Text", DBUS_TYPE_STRING, &text},
        };
        DBusMessage *m = fuzz_message("a{sv}", data, size);
        DBusMessageIter from;

        if (!m)
                return 0;
        (void)dbus_message_iter_init(m, &from);
        if (bus_read_options(&from, known, ARRAY_LEN(known)) == 0)
                assert((flag == TRUE || flag == FALSE) && dbus_validate_utf8(text, NULL));
        dbus_message_unref(m);
        return 0;
}
