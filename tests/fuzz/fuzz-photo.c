/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture for huddle-photo, without the process around it: what comes out is a JPEG within the
 * bounds. */
#include "fuzz.h"

int huddle_photo_main(int argc, char **argv);
#define main huddle_photo_main /* the program is one file; its parts are called here */
#include "src/photo/main.c"
#undef main

#include <assert.h>

enum { EDGE = 64, BYTES = 4096 };

/* In place of RLIMIT_AS, which sanitizers do not bear. Without either bound a GIF of 44 bytes takes
 * 17 GB. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
        return "allocator_may_return_null=1:max_allocation_size_mb=512";
}

static GdkPixbuf *photo_decode(const uint8_t *data, size_t size, const PhotoWish *wish)
{
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
                if (size > kinds[i].len && memcmp(data, kinds[i].magic, kinds[i].len) == 0)
                        return photo_unpack(data, size, kinds[i].loader, wish);
        return NULL;
}

static void photo_make(const uint8_t *data, size_t size, const PhotoWish *wish)
{
        GdkPixbuf *decoded = photo_decode(data, size, wish);
        g_autoptr(GdkPixbuf) cut = decoded ? photo_cut(decoded, wish) : NULL;
        g_autoptr(GdkPixbuf) picture = cut ? photo_on_white(cut) : NULL;
        g_autofree gchar *bytes = NULL;
        gsize len = 0;

        if (picture && photo_pack(picture, BYTES, &bytes, &len))
                assert(len <= BYTES && memcmp(bytes, "\xff\xd8\xff", 3) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const PhotoWish whole = {.edge = EDGE, .max = BYTES},
                        square = {.edge = EDGE, .max = BYTES, .x = WHOLE / 2, .size = WHOLE / 2};

        if (!IS_SANITIZED)
                photo_bound(RLIMIT_AS, MEMORY_MAX);
        photo_make(data, size, &whole);
        photo_make(data, size, &square);
        return 0;
}
