/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "camera.h"

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <libportal-gtk4/portal-gtk4.h>

typedef struct Camera {
        XdpPortal *portal;
        XdpParent *parent;
        GCancellable *cancellable;
        CameraDone done;
        gpointer userdata;
} Camera;

static void camera_free(Camera *c)
{
        g_clear_object(&c->portal);
        g_clear_pointer(&c->parent, xdp_parent_free);
        g_object_unref(c->cancellable);
        g_free(c);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Camera, camera_free)

static void camera_end(Camera *c, CameraResult result, GstElement *source)
{
        if (!g_cancellable_is_cancelled(c->cancellable))
                c->done(c->userdata, result, source);
        else if (source)
                gst_object_unref(gst_object_ref_sink(source));
}

static void camera_close(gpointer fd, GObject *source)
{
        (void)g_close(GPOINTER_TO_INT(fd), NULL);
}

/* fd: taken; a connection to PipeWire that shows cameras alone. pipewiresrc tells its connections
 * apart by this number, so it stays open as long as the element lives. */
static void camera_use(Camera *c, int fd)
{
        GstElement *source = gst_element_factory_make("pipewiresrc", NULL);

        if (!source) {
                (void)g_close(fd, NULL);
                camera_end(c, CAMERA_MISSING, NULL);
                return;
        }
        g_object_set(source, "fd", fd, NULL);
        g_object_weak_ref(G_OBJECT(source), camera_close, GINT_TO_POINTER(fd));
        camera_end(c, CAMERA_OPEN, source);
}

/* libportal opens the remote by a call that waits; the portal has just answered, so it is there. */
static void camera_on_access(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(Camera) c = userdata;
        g_autoptr(GError) error = NULL;
        gboolean allowed = xdp_portal_access_camera_finish(c->portal, result, &error);
        int fd = allowed ? xdp_portal_open_pipewire_remote_for_camera(c->portal) : -1;

        if (fd >= 0)
                camera_use(c, fd);
        else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                camera_end(c, CAMERA_DENIED, NULL);
        else
                camera_end(c, CAMERA_NONE, NULL);
}

/* libportal 0.6 takes it for granted that there is a session bus. */
static gboolean camera_has_bus(void)
{
        return g_application_get_dbus_connection(g_application_get_default()) != NULL;
}

/* The first time GStreamer looks through its parts, so this comes after the page is drawn. */
static gboolean camera_begin(gpointer userdata)
{
        g_autoptr(Camera) c = userdata;

        if (!gst_init_check(NULL, NULL, NULL))
                camera_end(c, CAMERA_MISSING, NULL);
        else if (!camera_has_bus())
                camera_end(c, CAMERA_NONE, NULL);
        else {
                /* libportal 0.6 crashes on a cancellable that outlives the answer */
                c->portal = xdp_portal_new();
                xdp_portal_access_camera(c->portal, c->parent, XDP_CAMERA_FLAG_NONE, NULL,
                                         camera_on_access, c);
                g_steal_pointer(&c);
        }
        return G_SOURCE_REMOVE;
}

void camera_open(GtkWindow *window, GCancellable *cancellable, CameraDone done, gpointer userdata)
{
        Camera *c = g_new0(Camera, 1);

        *c = (Camera){.parent = xdp_parent_new_gtk(window),
                      .cancellable = g_object_ref(cancellable),
                      .done = done,
                      .userdata = userdata};
        g_idle_add_full(G_PRIORITY_LOW, camera_begin, c, NULL);
}
