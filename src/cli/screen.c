/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen.h"
#include "bus.h"

#include <string.h>
#include <sys/ioctl.h>

enum { COLUMNS_USUAL = 80, LINES_USUAL = 24, READER_TIMEOUT_MS = 300 };

bool screen_measure(unsigned *ret_columns, unsigned *ret_lines)
{
        struct winsize size = {0};

        (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
        *ret_columns = size.ws_col > 0 ? size.ws_col : COLUMNS_USUAL;
        *ret_lines = size.ws_row > 0 ? size.ws_row : LINES_USUAL;
        return size.ws_col > 0 && size.ws_row > 0;
}

/* AT-SPI's property for it, which desktops set. It must not start a bus that nobody uses. */
static DBusMessage *screen_reader_call_new(void)
{
        static const char *const interface = "org.a11y.Status", *const name = "ScreenReaderEnabled";
        DBusMessage *call = dbus_message_new_method_call("org.a11y.Bus", "/org/a11y/bus",
                                                         DBUS_INTERFACE_PROPERTIES, "Get");

        if (!call)
                return NULL;
        dbus_message_set_auto_start(call, FALSE);
        if (dbus_message_append_args(call, DBUS_TYPE_STRING, &interface, DBUS_TYPE_STRING, &name,
                                     DBUS_TYPE_INVALID))
                return call;
        dbus_message_unref(call);
        return NULL;
}

static bool screen_reader_is_said(DBusMessage *reply)
{
        json_auto_t *values = bus_values(reply);

        return json_is_true(json_array_get(values, 0));
}

static bool screen_reader_is_used(void)
{
        DBusConnection *bus =
                getenv("DBUS_SESSION_BUS_ADDRESS") ? bus_open(DBUS_BUS_SESSION) : NULL;
        DBusMessage *call = bus ? screen_reader_call_new() : NULL, *reply = NULL;
        bool used = false;

        if (call) {
                reply = dbus_connection_send_with_reply_and_block(bus, call, READER_TIMEOUT_MS,
                                                                  NULL);
                dbus_message_unref(call);
        }
        if (reply) {
                used = screen_reader_is_said(reply);
                dbus_message_unref(reply);
        }
        bus_close(bus);
        return used;
}

bool screen_is_plain(void)
{
        const char *term = getenv("TERM"), *wanted = getenv("HUDDLE_PLAIN");

        return !term || !*term || strcmp(term, "dumb") == 0 || (wanted && *wanted) ||
               screen_reader_is_used();
}
