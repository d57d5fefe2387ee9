# SPDX-License-Identifier: GPL-2.0-or-later
"""In the place of xdg-desktop-portal, whose question about the camera needs a desktop that shows it: says yes with a connection to a
PipeWire, or no."""

import socket

import desk
from gi.repository import Gio, GLib

NAME, PATH, REQUEST = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Request"
XML = """<node><interface name="org.freedesktop.portal.Camera">
<method name="AccessCamera"><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
<method name="OpenPipeWireRemote"><arg type="a{sv}" direction="in"/><arg type="h" direction="out"/></method>
<property name="IsCameraPresent" type="b" access="read"/><property name="version" type="u" access="read"/>
</interface></node>"""
ALLOWED, DENIED, NO_CAMERA = 0, 1, None


class Portal:
    """Owns its name on the session bus of this person. answer: what the user says; pipewire: the socket that is handed on, None: one
    whose PipeWire has died."""

    def __init__(self, person):
        self.answer, self.pipewire, self.asked = NO_CAMERA, None, 0
        self.bus = desk.screen.connect(person.environment["DBUS_SESSION_BUS_ADDRESS"])
        camera = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
        self.bus.register_object(PATH, camera, self.on_call, lambda *get: GLib.Variant("b", True), None)
        owned = []
        Gio.bus_own_name_on_connection(self.bus, NAME, Gio.BusNameOwnerFlags.NONE, lambda *_: owned.append(True), None)
        desk.rig.until(lambda: owned)

    def access(self, sender, options):
        """The request's path is known to the caller before; its answer comes after that of the call."""
        self.asked += 1
        path = f"/org/freedesktop/portal/desktop/request/{sender[1:].replace('.', '_')}/{options['handle_token']}"
        GLib.idle_add(lambda: bool(self.bus.emit_signal(sender, path, REQUEST, "Response", GLib.Variant("(ua{sv})", (self.answer, {})))) and False)
        return GLib.Variant("(o)", (path,))

    def remote(self, call):
        ours, theirs = socket.socketpair()
        theirs.close()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) if self.pipewire else ours as s:
            if self.pipewire:
                s.connect(self.pipewire)
            files = Gio.UnixFDList.new()
            call.return_value_with_unix_fd_list(GLib.Variant("(h)", (files.append(s.fileno()),)), files)

    def quit(self):
        self.bus.close_sync(None)

    def on_call(self, bus, sender, path, interface, method, arguments, call):
        if self.answer is NO_CAMERA:
            call.return_dbus_error("org.freedesktop.DBus.Error.UnknownMethod", "no such interface")
        elif method == "AccessCamera":
            call.return_value(self.access(sender, arguments.unpack()[0]))
        else:
            self.remote(call)
