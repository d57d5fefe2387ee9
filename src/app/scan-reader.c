/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "src/protocol/huddle-link.h"
#include "scan-reader.h"
#include "code-hint.h"

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>
#include <string.h>

enum { TICK_MS = 66 /* 15 pictures a second */ };

/* Raw pictures alone: those of MJPEG lie in memory that the camera's program can change while they
 * are decoded, and libjpeg crashes then. For zbar a picture of brightness is enough. Of what comes
 * too fast only the newest is read. */
#define READING                                                                                    \
        "queue name=in leaky=downstream max-size-buffers=1 ! videoconvert ! videoscale ! "         \
        "video/x-raw,format=I420,width=[16,%1$d],height=[16,%1$d],pixel-aspect-ratio=1/1 ! "       \
        "zbar ! videoconvert ! video/x-raw,format=RGB ! "                                          \
        "appsink name=out sync=false max-buffers=1 drop=true"

struct ScanReader {
        GstElement *pipeline; /* NULL: it could not be built */
        GThreadPool
                *switcher; /* one thread: starts and stops the pipeline, each of which may wait */
        GstAppSink *out;
        const ScanFuncs *funcs;
        gpointer userdata;
        guint watch, tick, broken; /* sources, 0: none */
        gint64 last;               /* when a picture came, microseconds */
        gboolean silent;           /* that has been told */
};

/* ---- what is read ---------------------------------------------------------------------------- */

static gboolean scan_is_ours(const char *text)
{
        if (strnlen(text, HUDDLE_LINK_MAX + 1) > HUDDLE_LINK_MAX ||
            !g_utf8_validate(text, -1, NULL))
                return FALSE;
        return huddle_link_is(text) || code_hint_can_send(code_hint_read(text).state);
}

/* zbar reads bar codes of goods, too. */
static void scan_reader_take(ScanReader *r, const GstStructure *message)
{
        const char *type = gst_structure_get_string(message, "type");
        const char *text = gst_structure_get_string(message, "symbol");

        if (g_strcmp0(type, "QR-Code") == 0 && text)
                r->funcs->text(r->userdata, scan_is_ours(text) ? text : NULL);
}

static gboolean scan_reader_on_message(GstBus *bus, GstMessage *message, gpointer userdata)
{
        ScanReader *r = userdata;

        switch (GST_MESSAGE_TYPE(message)) {
        case GST_MESSAGE_ELEMENT:
                if (gst_message_has_name(message, "barcode"))
                        scan_reader_take(r, gst_message_get_structure(message));
                break;
        case GST_MESSAGE_ERROR:
        case GST_MESSAGE_EOS:
                r->funcs->trouble(r->userdata, SCAN_FAILED);
                break;
        default:
                break;
        }
        return G_SOURCE_CONTINUE;
}

/* ---- what is shown --------------------------------------------------------------------------- */

/* New; NULL: a picture that does not fit together. */
static GdkTexture *scan_picture(GstSample *sample)
{
        GstCaps *caps = gst_sample_get_caps(sample);
        GdkTexture *texture;
        GstVideoFrame frame;
        GstVideoInfo info;
        GBytes *bytes;

        if (!caps || !gst_video_info_from_caps(&info, caps) ||
            !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ))
                return NULL;
        bytes = g_bytes_new(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0), frame.map[0].size);
        texture = gdk_memory_texture_new(GST_VIDEO_FRAME_WIDTH(&frame),
                                         GST_VIDEO_FRAME_HEIGHT(&frame), GDK_MEMORY_R8G8B8, bytes,
                                         (gsize)GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0));
        g_bytes_unref(bytes);
        gst_video_frame_unmap(&frame);
        return texture;
}

static gboolean scan_reader_on_tick(gpointer userdata)
{
        ScanReader *r = userdata;
        g_autoptr(GstSample) sample = gst_app_sink_try_pull_sample(r->out, 0);
        g_autoptr(GdkTexture) picture = sample ? scan_picture(sample) : NULL;

        if (picture) {
                r->last = g_get_monotonic_time();
                r->silent = FALSE;
                r->funcs->picture(r->userdata, picture);
        } else if (!r->silent && g_get_monotonic_time() - r->last > 1000 * SCAN_SILENCE_MS) {
                r->silent = TRUE;
                r->funcs->trouble(r->userdata, SCAN_SILENT);
        }
        return G_SOURCE_CONTINUE;
}

/* ---- the pipeline ---------------------------------------------------------------------------- */

/* Takes source. NULL: a part is missing. */
static GstElement *scan_build(GstElement *source)
{
        g_autofree char *text = g_strdup_printf(READING, SCAN_EDGE_MAX);
        g_autoptr(GstElement) kept = gst_object_ref_sink(source);
        g_autoptr(GError) error = NULL;
        g_autoptr(GstElement) reading = gst_parse_bin_from_description_full(
                text, FALSE, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
        g_autoptr(GstElement) in = NULL;
        g_autoptr(GstPad) pad = NULL;
        GstElement *pipeline;

        if (!reading)
                return NULL;
        gst_object_ref_sink(reading);
        in = gst_bin_get_by_name(GST_BIN(reading), "in");
        pad = gst_element_get_static_pad(in, "sink");
        gst_element_add_pad(reading, gst_ghost_pad_new("sink", pad));
        pipeline = gst_pipeline_new(NULL);
        gst_bin_add_many(GST_BIN(pipeline), kept, reading, NULL);
        if (gst_element_link(kept, reading))
                return gst_object_ref_sink(pipeline);
        gst_object_unref(gst_object_ref_sink(pipeline));
        return NULL;
}

static void scan_reader_on_missing(gpointer userdata)
{
        ScanReader *r = userdata;

        r->broken = 0;
        r->funcs->trouble(r->userdata, SCAN_MISSING);
}

/* For a camera that sends nothing we take, and a PipeWire that has died, pipewiresrc waits half a
 * minute when it is started, and longer when it is stopped. The last state is NULL. */
static void scan_switch(gpointer state, gpointer userdata)
{
        GstElement *pipeline = userdata;

        (void)gst_element_set_state(pipeline, (GstState)GPOINTER_TO_INT(state));
        if (GPOINTER_TO_INT(state) == GST_STATE_NULL)
                gst_object_unref(pipeline);
}

/* A source that cannot start says so on the bus, too. */
static void scan_reader_start(ScanReader *r)
{
        g_autoptr(GstBus) bus = gst_element_get_bus(r->pipeline);

        r->out = GST_APP_SINK(gst_bin_get_by_name(GST_BIN(r->pipeline), "out"));
        r->watch = gst_bus_add_watch(bus, scan_reader_on_message, r);
        r->tick = g_timeout_add(TICK_MS, scan_reader_on_tick, r);
        r->last = g_get_monotonic_time();
        r->switcher = g_thread_pool_new(scan_switch, r->pipeline, 1, FALSE, NULL);
        (void)g_thread_pool_push(r->switcher, GINT_TO_POINTER(GST_STATE_PLAYING), NULL);
}

ScanReader *scan_reader_new(GstElement *source, const ScanFuncs *funcs, gpointer userdata)
{
        ScanReader *r = g_new0(ScanReader, 1);

        *r = (ScanReader){.funcs = funcs, .userdata = userdata, .pipeline = scan_build(source)};
        if (r->pipeline)
                scan_reader_start(r);
        else
                r->broken = g_idle_add_once(scan_reader_on_missing, r);
        return r;
}

void scan_reader_free(ScanReader *r)
{
        if (!r)
                return;
        g_clear_handle_id(&r->watch, g_source_remove);
        g_clear_handle_id(&r->tick, g_source_remove);
        g_clear_handle_id(&r->broken, g_source_remove);
        g_clear_object(&r->out);
        if (r->switcher) {
                (void)g_thread_pool_push(r->switcher, GINT_TO_POINTER(GST_STATE_NULL), NULL);
                g_thread_pool_free(r->switcher, FALSE, FALSE); /* when it has done that */
        }
        g_free(r);
}
