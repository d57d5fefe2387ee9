/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "avahi.h"

int avahi_open(sd_bus **ret, sd_event *event, const char *description)
{
        sd_bus *bus = NULL;
        int r = sd_bus_open_system_with_description(&bus, description);

        if (r >= 0)
                r = sd_bus_set_method_call_timeout(bus, AVAHI_ANSWER_MS * UINT64_C(1000));
        if (r >= 0)
                r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0) {
                sd_bus_close_unref(bus);
                return r;
        }
        *ret = bus;
        return 0;
}

int avahi_watch(sd_bus *bus, const AvahiSignal *signals, size_t n, void *userdata)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sd_bus_match_signal_async(bus, NULL, AVAHI, NULL, signals[i].interface,
                                              signals[i].member, signals[i].handler, NULL,
                                              userdata);
        return MIN(r, 0);
}

int avahi_watch_owner(sd_bus *bus, sd_bus_message_handler_t handler, void *userdata)
{
        int r = sd_bus_add_match_async(bus, NULL,
                                       "type='signal',sender='org.freedesktop.DBus',"
                                       "member='NameOwnerChanged',arg0='" AVAHI "'",
                                       handler, NULL, userdata);

        return MIN(r, 0);
}
