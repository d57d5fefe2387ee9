/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "picture.h"

#include <string.h>

/* What is left to read. Reading past the end gives zeros and sets failed. */
typedef struct Header {
        const uint8_t *at;
        size_t left;
        bool failed;
} Header;

static const uint8_t *picture_take(Header *h, size_t n)
{
        static const uint8_t none[16]; /* more than any reader below looks at */
        const uint8_t *at = h->at;

        if (n > h->left) {
                h->failed = true;
                h->left = 0;
                return none;
        }
        h->at += n;
        h->left -= n;
        return at;
}

static unsigned picture_u8(Header *h)
{
        return *picture_take(h, 1);
}

static unsigned picture_be16(Header *h)
{
        const uint8_t *b = picture_take(h, 2);

        return (unsigned)b[0] << 8 | b[1];
}

static unsigned picture_le16(Header *h)
{
        const uint8_t *b = picture_take(h, 2);

        return (unsigned)b[1] << 8 | b[0];
}

/* Adds the points of a frame. False: too many, or none. */
static bool picture_add(uint64_t *points, uint64_t width, uint64_t height)
{
        if (width == 0 || height == 0 || width > PICTURE_EDGE_MAX || height > PICTURE_EDGE_MAX)
                return false;
        *points += width * height;
        return *points <= PICTURE_POINTS_MAX;
}

/* ITU-T T.81 annex B: markers up to the first scan. Every frame header counts. */
static bool picture_check_jpeg(Header *h)
{
        uint64_t points = 0;

        (void)picture_take(h, 2);
        while (!h->failed) {
                unsigned marker, len;

                if (picture_u8(h) != 0xff)
                        return false;
                do
                        marker = picture_u8(h);
                while (marker == 0xff && !h->failed);
                if (marker == 0xda) /* start of scan */
                        return points > 0;
                len = picture_be16(h);
                if (len < 2)
                        return false;
                if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
                    marker != 0xcc) {
                        Header frame = *h;
                        unsigned height, width;

                        (void)picture_u8(&frame); /* bits of a sample */
                        height = picture_be16(&frame);
                        width = picture_be16(&frame);
                        if (frame.failed || !picture_add(&points, width, height))
                                return false;
                }
                (void)picture_take(h, len - 2);
        }
        return false;
}

/* PNG section 11.2.2: IHDR comes first. */
static bool picture_check_png(Header *h)
{
        uint64_t width, height, points = 0;
        const uint8_t *type;

        (void)picture_take(h, 8 + 4);
        type = picture_take(h, 4);
        if (h->failed || memcmp(type, "IHDR", 4) != 0)
                return false;
        width = (uint64_t)picture_be16(h) << 16;
        width |= picture_be16(h);
        height = (uint64_t)picture_be16(h) << 16;
        height |= picture_be16(h);
        return !h->failed && picture_add(&points, width, height);
}

static void picture_skip_gif_blocks(Header *h)
{
        unsigned len;

        do {
                len = picture_u8(h);
                (void)picture_take(h, len);
        } while (len > 0 && !h->failed);
}

static void picture_skip_gif_colours(Header *h, unsigned flags)
{
        if (flags & 0x80)
                (void)picture_take(h, (size_t)3 << ((flags & 7) + 1));
}

/* GIF89a: the screen, and each image, which may be larger than it. */
static bool picture_check_gif(Header *h)
{
        uint64_t points = 0;
        unsigned width, height, flags;

        (void)picture_take(h, 6);
        width = picture_le16(h);
        height = picture_le16(h);
        flags = picture_u8(h);
        (void)picture_take(h, 2);
        picture_skip_gif_colours(h, flags);
        if (h->failed || !picture_add(&points, width, height))
                return false;
        for (;;)
                switch (picture_u8(h)) {
                case 0x21: /* an extension */
                        (void)picture_u8(h);
                        picture_skip_gif_blocks(h);
                        break;
                case 0x2c: /* an image */
                        (void)picture_take(h, 4);
                        width = picture_le16(h);
                        height = picture_le16(h);
                        flags = picture_u8(h);
                        if (!h->failed && !picture_add(&points, width, height))
                                return false;
                        picture_skip_gif_colours(h, flags);
                        (void)picture_u8(h);
                        picture_skip_gif_blocks(h);
                        break;
                default: /* the end, or cut short: what came before counts */
                        return true;
                }
}

/* RFC 9649 section 2.5 to 2.7: the first chunk has the dimensions. */
static bool picture_check_webp(Header *h)
{
        uint64_t points = 0;
        const uint8_t *type, *b;

        (void)picture_take(h, 12);
        type = picture_take(h, 4);
        (void)picture_take(h, 4);
        b = picture_take(h, 10);
        if (h->failed)
                return false;
        if (memcmp(type, "VP8 ", 4) == 0)
                return picture_add(&points, (b[6] | (unsigned)b[7] << 8) & 0x3fff,
                                   (b[8] | (unsigned)b[9] << 8) & 0x3fff);
        if (memcmp(type, "VP8L", 4) == 0)
                return b[0] == 0x2f &&
                       picture_add(&points, 1 + (b[1] | (unsigned)(b[2] & 0x3f) << 8),
                                   1 + (b[2] >> 6 | (unsigned)b[3] << 2 |
                                        (unsigned)(b[4] & 0x0f) << 10));
        if (memcmp(type, "VP8X", 4) == 0)
                return (b[0] & 0x02) == 0 && /* not animated */
                       picture_add(&points, 1 + (b[4] | (unsigned)b[5] << 8 | (unsigned)b[6] << 16),
                                   1 + (b[7] | (unsigned)b[8] << 8 | (unsigned)b[9] << 16));
        return false;
}

bool picture_is_bounded(const uint8_t *bytes, size_t len)
{
        Header h = {.at = bytes, .left = len};

        if (len < 12)
                return false;
        if (memcmp(bytes, "\xff\xd8\xff", 3) == 0)
                return picture_check_jpeg(&h);
        if (memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
                return picture_check_png(&h);
        if (memcmp(bytes, "GIF87a", 6) == 0 || memcmp(bytes, "GIF89a", 6) == 0)
                return picture_check_gif(&h);
        return memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0 &&
               picture_check_webp(&h);
}
