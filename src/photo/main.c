/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * huddle-photo - scales a picture from standard input to fit a card, as JPEG on standard output
 *
 *   huddle-photo EDGE BYTES [X Y SIZE]    at most EDGE points wide and high, at most BYTES long
 *   huddle-photo EDGE raw [X Y SIZE]      the same as points
 *
 * X Y SIZE cut a square out, in ten-thousandths of the picture as people see it: X of its width, Y
 * of its height, SIZE of its shorter side. Points are width and height (4 bytes each, little
 * endian), then rows of red, green, blue and opacity.
 *
 * This is a separate program because large libraries decode pictures. What goes wrong in them ends
 * here, within limits of memory, time and system calls, and neither huddle nor huddled loads them.
 * We drop what the camera wrote beside the picture (place, time, model), but apply its orientation.
 *
 * Exit status: 0; 1 unreadable picture; 2 wrong usage.
 */
#include "confine.h"

#include <errno.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
        INPUT_MAX = 32 * 1024 * 1024,
        MEMORY_MAX = 512 * 1024 * 1024,
        SECONDS_MAX = 10,
        QUALITY_BEST = 85,
        QUALITY_LEAST = 25,
        QUALITY_STEP = 10,
        EDGE_LEAST = 16,
        EDGE_MOST = 4096,
        BYTES_LEAST = 1024,
        WHOLE = 10000,
};

#ifndef __has_feature
#define __has_feature(x) 0
#endif
/* A sanitizer's shadow memory exceeds any limit, and it makes calls of its own. */
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

/* We choose the decoder by the first bytes, and allow only these three. Decoders for pages and
 * drawings execute too much of their input. */
static const struct {
        const char *loader;
        const char *magic;
        size_t len;
} kinds[] = {
        {"jpeg", "\xff\xd8\xff", 3},
        {"png", "\x89PNG\r\n\x1a\n", 8},
        {"gif", "GIF8", 4},
};

static guchar *photo_read_input(size_t *ret_len)
{
        guchar *bytes = malloc(INPUT_MAX + 1);
        size_t len = 0;
        ssize_t n;

        while (bytes && len <= INPUT_MAX &&
               (n = read(STDIN_FILENO, bytes + len, INPUT_MAX + 1 - len)) > 0)
                len += (size_t)n;
        *ret_len = len;
        return bytes;
}

typedef struct PhotoWish {
        int edge;
        gsize max;      /* bytes; 0: points */
        int x, y, size; /* of the square to cut out; size 0: none */
} PhotoWish;

/* Called before decoding. The JPEG decoder can then decode at a fraction of the size. */
static void photo_on_size(GdkPixbufLoader *loader, int width, int height, gpointer userdata)
{
        const PhotoWish *wish = userdata;
        double square = (double)MIN(width, height) * wish->size / WHOLE;
        double scale = wish->edge / (wish->size ? MAX(square, 1) : MAX(width, height));

        if (scale < 1)
                gdk_pixbuf_loader_set_size(loader, MAX((int)(width * scale + 0.5), 1),
                                           MAX((int)(height * scale + 0.5), 1));
}

static GdkPixbuf *photo_unpack(const guchar *bytes, size_t len, const char *kind,
                               const PhotoWish *wish)
{
        g_autoptr(GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type(kind, NULL);
        GdkPixbuf *picture = NULL;

        if (!loader)
                return NULL;
        (void)g_signal_connect(loader, "size-prepared", G_CALLBACK(photo_on_size), (gpointer)wish);
        if (gdk_pixbuf_loader_write(loader, bytes, len, NULL) &&
            gdk_pixbuf_loader_close(loader, NULL))
                picture = gdk_pixbuf_loader_get_pixbuf(loader);
        return picture ? gdk_pixbuf_apply_embedded_orientation(picture) : NULL;
}

/* Loads from files what decoding and encoding need. After that the process can open nothing. */
static gboolean photo_confine(const char *kind)
{
        g_autoptr(GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type(kind, NULL);
        g_autoptr(GdkPixbuf) point = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, 1, 1);
        g_autofree gchar *bytes = NULL;
        gsize len;

        if (loader)
                (void)gdk_pixbuf_loader_close(loader, NULL); /* fails, as it got nothing */
        if (!loader || !point)
                return FALSE;
        gdk_pixbuf_fill(point, 0);
        if (!gdk_pixbuf_save_to_buffer(point, &bytes, &len, "jpeg", NULL, "quality", "50", NULL))
                return FALSE;
        if (!IS_SANITIZED)
                (void)confine(); /* on failure the limits of memory and time remain */
        return TRUE;
}

static GdkPixbuf *photo_read(const PhotoWish *wish)
{
        size_t len;
        g_autofree guchar *bytes = photo_read_input(&len);

        for (size_t i = 0; bytes && i < G_N_ELEMENTS(kinds); i++)
                if (len <= INPUT_MAX && len > kinds[i].len &&
                    memcmp(bytes, kinds[i].magic, kinds[i].len) == 0)
                        return photo_confine(kinds[i].loader)
                                       ? photo_unpack(bytes, len, kinds[i].loader, wish)
                                       : NULL;
        return NULL;
}

/* Cuts the square out, no further than the picture goes. Takes the picture. */
static GdkPixbuf *photo_cut(GdkPixbuf *picture, const PhotoWish *wish)
{
        int width = gdk_pixbuf_get_width(picture), height = gdk_pixbuf_get_height(picture),
            side = CLAMP((int)((gint64)MIN(width, height) * wish->size / WHOLE), 1,
                         MIN(width, height)),
            x = (int)((gint64)width * wish->x / WHOLE), y = (int)((gint64)height * wish->y / WHOLE);
        GdkPixbuf *square, *small;

        if (wish->size == 0)
                return picture;
        square = gdk_pixbuf_new_subpixbuf(picture, CLAMP(x, 0, width - side),
                                          CLAMP(y, 0, height - side), side, side);
        g_object_unref(picture);
        if (!square || side <= wish->edge)
                return square;
        small = gdk_pixbuf_scale_simple(square, wish->edge, wish->edge, GDK_INTERP_BILINEAR);
        g_object_unref(square);
        return small;
}

/* JPEG has no transparency, so we paint the picture on white. */
static GdkPixbuf *photo_on_white(const GdkPixbuf *picture)
{
        int width = gdk_pixbuf_get_width(picture), height = gdk_pixbuf_get_height(picture);

        return gdk_pixbuf_composite_color_simple(picture, width, height, GDK_INTERP_NEAREST, 255,
                                                 16, 0xffffff, 0xffffff);
}

/* Finds the best quality that fits into max bytes. Fails if even QUALITY_LEAST does not fit. */
static gboolean photo_pack(GdkPixbuf *picture, gsize max, gchar **ret, gsize *ret_len)
{
        for (int quality = QUALITY_BEST; quality >= QUALITY_LEAST; quality -= QUALITY_STEP) {
                g_autofree gchar *bytes = NULL;
                char text[8];

                (void)g_snprintf(text, sizeof text, "%d", quality);
                if (!gdk_pixbuf_save_to_buffer(picture, &bytes, ret_len, "jpeg", NULL, "quality",
                                               text, NULL))
                        return FALSE;
                if (*ret_len <= max) {
                        *ret = g_steal_pointer(&bytes);
                        return TRUE;
                }
        }
        return FALSE;
}

/* Without stdio, which would ask what kind of file it writes to. */
static gboolean photo_write(const gchar *bytes, gsize len)
{
        for (ssize_t n; len > 0; bytes += n, len -= (gsize)n) {
                n = write(STDOUT_FILENO, bytes, len);
                if (n <= 0)
                        return FALSE;
        }
        return TRUE;
}

static int photo_write_jpeg(const GdkPixbuf *read, gsize max)
{
        g_autoptr(GdkPixbuf) picture = photo_on_white(read);
        g_autofree gchar *bytes = NULL;
        gsize len;

        while (picture && !photo_pack(picture, max, &bytes, &len)) {
                int width = gdk_pixbuf_get_width(picture) * 3 / 4,
                    height = gdk_pixbuf_get_height(picture) * 3 / 4;
                GdkPixbuf *smaller = width < 1 || height < 1
                                             ? NULL
                                             : gdk_pixbuf_scale_simple(picture, width, height,
                                                                       GDK_INTERP_BILINEAR);

                g_object_unref(picture);
                picture = smaller;
        }
        if (!picture)
                return EXIT_FAILURE;
        return photo_write(bytes, len) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static gboolean photo_write_number(unsigned n)
{
        const guchar bytes[] = {n & 0xff, n >> 8 & 0xff, n >> 16 & 0xff, n >> 24 & 0xff};

        return photo_write((const gchar *)bytes, sizeof bytes);
}

static int photo_write_points(const GdkPixbuf *read)
{
        g_autoptr(GdkPixbuf) picture = gdk_pixbuf_add_alpha(read, FALSE, 0, 0, 0);
        int width, height;
        gboolean ok;

        if (!picture)
                return EXIT_FAILURE;
        width = gdk_pixbuf_get_width(picture);
        height = gdk_pixbuf_get_height(picture);
        ok = photo_write_number((unsigned)width) && photo_write_number((unsigned)height);
        for (int y = 0; ok && y < height; y++)
                ok = photo_write((const gchar *)gdk_pixbuf_read_pixels(picture) +
                                         (gsize)y * (gsize)gdk_pixbuf_get_rowstride(picture),
                                 (gsize)width * 4);
        return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int photo_scale(const PhotoWish *wish)
{
        g_autoptr(GdkPixbuf) read = photo_read(wish);

        if (read)
                read = photo_cut(g_steal_pointer(&read), wish);
        if (!read)
                return EXIT_FAILURE;
        return wish->max > 0 ? photo_write_jpeg(read, wish->max) : photo_write_points(read);
}

static gboolean photo_read_wish(PhotoWish *ret, int argc, char **argv)
{
        gboolean raw = argc > 2 && strcmp(argv[2], "raw") == 0;
        int max = argc > 2 ? atoi(argv[2]) : 0;

        if ((argc != 3 && argc != 6) || (!raw && max < BYTES_LEAST))
                return FALSE;
        *ret = (PhotoWish){.edge = atoi(argv[1]), .max = raw ? 0 : (gsize)max};
        if (argc == 6) {
                ret->x = atoi(argv[3]);
                ret->y = atoi(argv[4]);
                ret->size = atoi(argv[5]);
                if (ret->x < 0 || ret->x > WHOLE || ret->y < 0 || ret->y > WHOLE || ret->size < 1 ||
                    ret->size > WHOLE)
                        return FALSE;
        }
        return ret->edge >= EDGE_LEAST && ret->edge <= EDGE_MOST;
}

static void photo_bound(int resource, rlim_t max)
{
        const struct rlimit limit = {max, max};

        (void)setrlimit((__rlimit_resource_t)resource,
                        &limit); /* on failure the kernel's own limits remain */
}

int main(int argc, char **argv)
{
        PhotoWish wish;

        if (!photo_read_wish(&wish, argc, argv)) {
                (void)fputs("usage: huddle-photo EDGE BYTES|raw [X Y SIZE] <picture\n", stderr);
                return 2;
        }
        if (!IS_SANITIZED)
                photo_bound(RLIMIT_AS, MEMORY_MAX);
        photo_bound(RLIMIT_CPU, SECONDS_MAX);
        photo_bound(RLIMIT_CORE, 0);
        return photo_scale(&wish);
}
