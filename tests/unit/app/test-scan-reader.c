/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a camera would see goes through the app's own pipeline: codes that libqrencode draws, in
 * noise and at hostile sizes, and sources that break. */
#include "config.h"
/* before GLib, which has a MIN and a MAX of its own */
#include "src/protocol/huddle-link.h"
#include "src/app/scan-reader.h"

#include "tests/unit/test.h"

#include <gst/app/gstappsrc.h>
#include <qrencode.h>
#include <sodium.h>
#include <string.h>

enum { PATIENCE_S = 30, EDGE = 640, QUIET = 4 };

#define LINK "huddle:join?c=http%3A%2F%2F127.0.0.1&k=huddle1#4821-maple-tiger"

/* GLib keeps its first table of quarks when a larger one follows, for threads that may read it. The
 * dynamic linker's constructors made it; to see them in its stack takes the slow unwinder. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
        return "fast_unwind_on_malloc=0";
}

const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
        return "leak:ld-linux\n";
}

/* What the reader has said. */
typedef struct Seen {
        GMainLoop *loop;
        char *text;
        gboolean other, late;
        int trouble; /* -1: none */
        int width, height;
} Seen;

static void on_picture(gpointer userdata, GdkTexture *picture)
{
        Seen *seen = userdata;

        seen->width = gdk_texture_get_width(picture);
        seen->height = gdk_texture_get_height(picture);
}

static void on_text(gpointer userdata, const char *text)
{
        Seen *seen = userdata;

        if (!text)
                seen->other = TRUE;
        else if (!seen->text)
                seen->text = g_strdup(text);
        if (seen->width > 0)
                g_main_loop_quit(seen->loop);
}

static void on_trouble(gpointer userdata, ScanTrouble trouble)
{
        Seen *seen = userdata;

        seen->trouble = (int)trouble;
        g_main_loop_quit(seen->loop);
}

static void on_late(gpointer userdata)
{
        Seen *seen = userdata;

        seen->late = TRUE;
        g_main_loop_quit(seen->loop);
}

/* Until a code and a picture were seen, or trouble came. */
static void seen_run(Seen *seen, GstElement *source)
{
        static const ScanFuncs funcs = {on_picture, on_text, on_trouble};
        guint timer = g_timeout_add_once(1000 * PATIENCE_S, on_late, seen);
        ScanReader *r;

        *seen = (Seen){.loop = g_main_loop_new(NULL, FALSE), .trouble = -1};
        r = scan_reader_new(source, &funcs, seen);
        g_main_loop_run(seen->loop);
        scan_reader_free(r);
        if (!seen->late)
                g_source_remove(timer);
        g_main_loop_unref(seen->loop);
}

/* ---- sources --------------------------------------------------------------------------------- */

/* A code in the middle of a picture of noise. New: edge * edge bytes of brightness. */
static uint8_t *draw(const void *bytes, size_t n, unsigned edge)
{
        QRcode *code = QRcode_encodeData((int)n, bytes, 0, QR_ECLEVEL_M);
        uint8_t *picture = g_malloc((gsize)edge * edge);
        unsigned modules, module, from;

        assert_non_null(code);
        modules = (unsigned)code->width + 2 * QUIET;
        module = MIN(edge, (unsigned)EDGE) * 3 / 4 / modules;
        from = (edge - modules * module) / 2;
        assert_true(module > 0);
        randombytes_buf_deterministic(picture, (size_t)edge * edge, (const uint8_t[32]){1});
        for (unsigned y = 0; y < modules * module; y++)
                for (unsigned x = 0; x < modules * module; x++) {
                        unsigned column = x / module - QUIET, row = y / module - QUIET;
                        bool dark = column < (unsigned)code->width && row < (unsigned)code->width &&
                                    code->data[row * (unsigned)code->width + column] & 1;

                        picture[(from + y) * edge + from + x] = dark ? 16 : 235;
                }
        QRcode_free(code);
        return picture;
}

static void on_need(GstAppSrc *source, guint length, gpointer userdata)
{
        GBytes *picture = userdata;

        (void)gst_app_src_push_buffer(source, gst_buffer_new_wrapped_bytes(picture));
}

/* A camera that always sees this picture. */
static GstElement *camera_of(uint8_t *taken, unsigned edge)
{
        GstElement *source = gst_element_factory_make("appsrc", NULL);
        GstCaps *caps = gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "GRAY8",
                                            "width", G_TYPE_INT, (int)edge, "height", G_TYPE_INT,
                                            (int)edge, "framerate", GST_TYPE_FRACTION, 15, 1, NULL);
        GBytes *picture = g_bytes_new_take(taken, (gsize)edge * edge);

        g_object_set(source, "caps", caps, "format", GST_FORMAT_TIME, "do-timestamp", TRUE,
                     "is-live", TRUE, "max-buffers", (guint64)2, NULL);
        gst_caps_unref(caps);
        g_signal_connect_data(source, "need-data", G_CALLBACK(on_need), picture,
                              (GClosureNotify)(GCallback)g_bytes_unref, 0);
        return source;
}

static void see(Seen *seen, const void *bytes, size_t n, unsigned edge)
{
        seen_run(seen, camera_of(draw(bytes, n, edge), edge));
        assert_false(seen->late);
        assert_int_equal(seen->trouble, -1);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_scan_ours(void **state)
{
        static const char *const texts[] = {LINK, "huddle:cloud?c=x&k=y", "4821 maple tiger"};
        Seen seen;

        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                see(&seen, texts[i], strlen(texts[i]), EDGE);
                assert_false(seen.other);
                assert_string_equal(seen.text, texts[i]);
                assert_int_equal(seen.width, EDGE);
                g_free(seen.text);
        }
}

/* None of these gets as far as a page. */
static void test_scan_others(void **state)
{
        char longer[HUDDLE_LINK_MAX + 2];
        const struct {
                const char *bytes;
                size_t n;
        } rows[] = {
                {"https://example.org/huddle:join", 31}, /* of something else */
                {"WIFI:S:net;P:secret;;", 21},
                {"\xff\xfe\x80", 3}, /* zbar makes UTF-8 of anything */
                {longer, sizeof longer - 1},
        };
        Seen seen;

        memset(longer, 'a', sizeof longer);
        memcpy(longer, LINK, strlen(LINK));
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                see(&seen, rows[i].bytes, rows[i].n, EDGE);
                assert_true(seen.other);
                assert_null(seen.text);
        }
}

/* Larger than any screen: made smaller before anything keeps it. */
static void test_scan_large(void **state)
{
        Seen seen;

        see(&seen, LINK, strlen(LINK), SCAN_EDGE_MAX + 320);
        assert_in_range(seen.width, 16, SCAN_EDGE_MAX);
        assert_in_range(seen.height, 16, SCAN_EDGE_MAX);
        g_free(seen.text);
}

static void test_scan_broken(void **state)
{
        GstElement *source = gst_element_factory_make("filesrc", NULL);
        Seen seen;

        g_object_set(source, "location", "/nonexistent", NULL);
        seen_run(&seen, source);
        assert_int_equal(seen.trouble, SCAN_FAILED);
        source = gst_element_factory_make("videotestsrc", NULL); /* it ends */
        g_object_set(source, "num-buffers", 2, NULL);
        seen_run(&seen, source);
        assert_int_equal(seen.trouble, SCAN_FAILED);
        source = gst_element_factory_make("fakesink", NULL); /* it has no picture at all */
        seen_run(&seen, source);
        assert_int_equal(seen.trouble, SCAN_MISSING);
}

/* One that never sends anything is told, and may still come. */
static void test_scan_silent(void **state)
{
        GstElement *source = gst_element_factory_make("appsrc", NULL);
        Seen seen;

        seen_run(&seen, source);
        assert_int_equal(seen.trouble, SCAN_SILENT);
        scan_reader_free(NULL);
}

/* Freed before anything was seen. */
static void test_scan_freed(void **state)
{
        static const ScanFuncs funcs = {on_picture, on_text, on_trouble};
        Seen seen = {.trouble = -1};

        scan_reader_free(
                scan_reader_new(gst_element_factory_make("fakesink", NULL), &funcs, &seen));
        scan_reader_free(scan_reader_new(camera_of(draw("4821", 4, EDGE), EDGE), &funcs, &seen));
        while (g_main_context_iteration(NULL, FALSE))
                ;
        assert_int_equal(seen.trouble, -1);
        assert_int_equal(seen.width, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_scan_ours),   cmocka_unit_test(test_scan_others),
                cmocka_unit_test(test_scan_large),  cmocka_unit_test(test_scan_broken),
                cmocka_unit_test(test_scan_silent), cmocka_unit_test(test_scan_freed),
        };
        static const char *const parts[] = {"appsrc", "videoconvert", "videotestsrc", "zbar"};

        gst_init(NULL, NULL);
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
                g_autoptr(GstElementFactory) part = gst_element_factory_find(parts[i]);

                if (!part) {
                        g_print("SKIP: GStreamer has no %s (Debian: gstreamer1.0-plugins-base, "
                                "gstreamer1.0-plugins-bad)\n",
                                parts[i]);
                        return 77;
                }
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
