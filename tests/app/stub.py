# SPDX-License-Identifier: GPL-2.0-or-later
"""In the place of huddled, by the project's own XML: for what a real one does not do on a test's bus."""

import desk
from gi.repository import Gio, GLib

EMPTY = {"s": "", "b": False, "as": [], "u": 1, "x": 0, "a{sb}": {}}
OBJECTS = ('<node><interface name="org.freedesktop.DBus.ObjectManager"><method name="GetManagedObjects">'
           '<arg type="a{oa{sa{sv}}}" direction="out"/></method></interface></node>')


class Stub:
    """Owns the name org.huddle on the bus of this environment, until quit()."""

    def __init__(self, environment, api_level):
        self.api_level = api_level
        self.bus = desk.screen.connect(environment["DBUS_SESSION_BUS_ADDRESS"])
        xml = open(f"{desk.rig.SRC}/daemon/objects/org.huddle.Manager1.xml", encoding="utf-8").read()
        manager = Gio.DBusNodeInfo.new_for_xml(xml).lookup_interface("org.huddle.Manager1")
        self.types = {p.name: p.signature for p in manager.properties}
        self.bus.register_object("/org/huddle", manager, self.on_call, self.on_get, None)
        self.bus.register_object("/org/huddle", Gio.DBusNodeInfo.new_for_xml(OBJECTS).interfaces[0],
                                 lambda *call: call[-1].return_value(GLib.Variant("(a{oa{sa{sv}}})", ({},))), None, None)
        Gio.bus_own_name_on_connection(self.bus, "org.huddle", Gio.BusNameOwnerFlags.NONE, None, None)

    def quit(self):
        self.bus.close_sync(None)

    def on_get(self, bus, sender, path, interface, name):
        return GLib.Variant(self.types[name], self.api_level if name == "ApiLevel" else EMPTY[self.types[name]])

    def answer(self, method, arguments):
        """What a method returns, a tuple; None: it fails."""
        return None

    def on_call(self, bus, sender, path, interface, method, arguments, call):
        answer = self.answer(method, arguments)
        if answer:
            call.return_value(answer)
        else:
            call.return_dbus_error("org.huddle.Error.Failed", method)
