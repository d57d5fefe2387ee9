/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qr.h"
#include "out.h"
#include "screen.h"

#include <assert.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <qrencode.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

enum {
        QUIET = 4, /* quiet zone in modules, ISO/IEC 18004 */
        QUIET_SMALL = 2,
        PNG_MODULE = 8, /* pixels per side */
        STORED_MAX = 65535,
};

struct Qr {
        QRcode *code;
        int quiet, size; /* with the quiet zone */
};

Qr *qr_free(Qr *qr)
{
        if (qr) {
                if (qr->code) {
                        sodium_memzero(qr->code->data,
                                       (size_t)qr->code->width * (size_t)qr->code->width);
                        QRcode_free(qr->code);
                }
                free(qr);
        }
        return NULL;
}

static Qr *qr_make(const char *text, QRecLevel level, int quiet)
{
        _cleanup_(qr_freep) Qr *qr = calloc(1, sizeof *qr);

        if (!qr)
                return NULL;
        qr->code = QRcode_encodeString8bit(text, 0, level);
        if (!qr->code)
                return NULL;
        qr->quiet = quiet;
        qr->size = qr->code->width + 2 * quiet;
        return TAKE_PTR(qr);
}

Qr *qr_new(const char *text)
{
        return qr_make(text, QR_ECLEVEL_M, QUIET);
}

static bool qr_is_dark(const Qr *qr, int x, int y)
{
        int width = qr->code->width;

        x -= qr->quiet;
        y -= qr->quiet;
        return x >= 0 && y >= 0 && x < width && y < width && (qr->code->data[y * width + x] & 1);
}

/* ---- the terminal ---- */

static const char *qr_half_blocks(bool upper_dark, bool lower_dark)
{
        if (upper_dark)
                return lower_dark ? " " : "▄";
        return lower_dark ? "▀" : "█";
}

static void qr_draw_line(FILE *to, const Qr *qr, int y, bool blocks)
{
        (void)fputs(blocks ? "\033[40;97m" : "", to);
        for (int x = 0; x < qr->size; x++)
                if (blocks)
                        (void)fputs(qr_half_blocks(qr_is_dark(qr, x, y),
                                                   y + 1 < qr->size && qr_is_dark(qr, x, y + 1)),
                                    to);
                else
                        (void)fputs(qr_is_dark(qr, x, y) ? "\033[40m  " : "\033[107m  ", to);
        (void)fputs("\033[0m\n", to);
}

static unsigned qr_columns(const Qr *qr, bool blocks)
{
        return (unsigned)qr->size * (blocks ? 1 : 2);
}

static unsigned qr_lines(const Qr *qr, bool blocks)
{
        return blocks ? ((unsigned)qr->size + 1) / 2 : (unsigned)qr->size;
}

/* From the one that is scanned best to the smallest, of which the size is wanted anyway. */
static Qr *qr_choose(const char *text, const QrSpace *space, bool *ret_fits)
{
        static const struct {
                QRecLevel level;
                int quiet;
        } sizes[] = {{QR_ECLEVEL_M, QUIET}, {QR_ECLEVEL_L, QUIET}, {QR_ECLEVEL_L, QUIET_SMALL}};
        Qr *qr = NULL;

        *ret_fits = false;
        for (size_t i = 0; i < ARRAY_LEN(sizes) && !*ret_fits; i++) {
                qr_free(qr);
                qr = qr_make(text, sizes[i].level, sizes[i].quiet);
                *ret_fits = qr && qr_columns(qr, space->blocks) <= space->columns &&
                            qr_lines(qr, space->blocks) <= space->lines;
        }
        return qr;
}

static void qr_draw_lines(FILE *to, const Qr *qr, bool blocks)
{
        for (int y = 0; y < qr->size; y += blocks ? 2 : 1)
                qr_draw_line(to, qr, y, blocks);
}

unsigned qr_draw(FILE *to, const char *text, const QrSpace *space, unsigned *ret_columns)
{
        bool fits;
        _cleanup_(qr_freep) Qr *qr = qr_choose(text, space, &fits);

        if (!fits)
                return 0;
        qr_draw_lines(to, qr, space->blocks);
        if (ret_columns)
                *ret_columns = qr_columns(qr, space->blocks);
        return qr_lines(qr, space->blocks);
}

bool qr_measure(const char *text, bool blocks, QrSpace *ret)
{
        _cleanup_(qr_freep) Qr *qr = qr_make(text, QR_ECLEVEL_L, QUIET_SMALL);

        if (qr)
                *ret = (QrSpace){qr_columns(qr, blocks), qr_lines(qr, blocks), blocks};
        return qr;
}

void qr_show(const char *text)
{
        QrSpace space = {.blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0};
        _cleanup_(qr_freep) Qr *qr = NULL;
        bool fits;

        if (screen_measure(&space.columns, &space.lines))
                space.lines--; /* for the cursor */
        else
                space.columns = space.lines = UINT_MAX;
        qr = qr_choose(text, &space, &fits);
        if (fits)
                qr_draw_lines(stdout, qr, space.blocks);
        else if (qr)
                note(_("the QR code does not fit here: it needs %u columns and %u lines; the link "
                       "says the same"),
                     qr_columns(qr, space.blocks), qr_lines(qr, space.blocks) + 1);
}

/* ---- files ---- */

static FILE *qr_create_file(const char *path)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        FILE *f = NULL;

        if (fd >= 0 && fchmod(fd, 0600) == 0)
                f = fdopen(fd, "w");
        if (fd >= 0 && !f)
                (void)close(fd);
        return f;
}

static int qr_finish_file(FILE *f)
{
        bool failed = ferror(f);

        if (fclose(f) != 0)
                return -errno;
        return failed ? -EIO : 0;
}

int qr_write_svg(const Qr *qr, const char *path)
{
        FILE *f = qr_create_file(path);

        if (!f)
                return -errno;
        (void)fprintf(f,
                      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                      "shape-rendering=\"crispEdges\">"
                      "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
                      qr->size, qr->size, qr->size, qr->size);
        for (int y = 0; y < qr->size; y++)
                for (int x = 0; x < qr->size; x++)
                        if (qr_is_dark(qr, x, y))
                                (void)fprintf(f, "M%d %dh1v1h-1z", x, y);
        (void)fputs("\"/></svg>\n", f);
        return qr_finish_file(f);
}

/* ---- PNG (RFC 2083): one bit per pixel, zlib (RFC 1950) with stored blocks ---- */

static uint32_t crc32(const uint8_t *bytes, size_t n)
{
        uint32_t crc = UINT32_MAX;

        for (size_t i = 0; i < n; i++) {
                crc ^= bytes[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = crc & 1 ? crc >> 1 ^ UINT32_C(0xedb88320) : crc >> 1;
        }
        return ~crc;
}

static uint32_t adler32(const uint8_t *bytes, size_t n)
{
        uint32_t a = 1, b = 0;

        for (size_t i = 0; i < n; i++) {
                a = (a + bytes[i]) % 65521;
                b = (b + a) % 65521;
        }
        return b << 16 | a;
}

static void png_put32(uint8_t *to, uint32_t value)
{
        for (int i = 0; i < 4; i++)
                to[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* chunk: four bytes of type, then n bytes of data. We add length and checksum. */
static void png_write_chunk(FILE *f, const uint8_t *chunk, size_t n)
{
        uint8_t length[4], crc[4];

        assert(n <= UINT32_MAX - 4);
        png_put32(length, (uint32_t)n);
        png_put32(crc, crc32(chunk, n + 4));
        (void)fwrite(length, 1, sizeof length, f);
        (void)fwrite(chunk, 1, n + 4, f);
        (void)fwrite(crc, 1, sizeof crc, f);
}

/* Each row starts with filter byte 0. A set bit is white. */
static void png_fill_rows(uint8_t *to, const Qr *qr, size_t row_bytes)
{
        for (int y = 0; y < qr->size * PNG_MODULE; y++)
                for (int x = 0; x < qr->size; x++) /* one module is one byte wide */
                        to[(size_t)y * row_bytes + 1 + (size_t)x] =
                                qr_is_dark(qr, x, y / PNG_MODULE) ? 0x00 : 0xff;
}

/* "IDAT" and the zlib stream of the rows; *ret is new. */
static int png_make_data(uint8_t **ret, size_t *ret_len, const Qr *qr)
{
        size_t row_bytes = (size_t)qr->size + 1, n = row_bytes * (size_t)qr->size * PNG_MODULE;
        size_t blocks = (n + STORED_MAX - 1) / STORED_MAX, used = 4;
        _cleanup_free_ uint8_t *rows = calloc(1, n);
        uint8_t *data = malloc(4 + 2 + n + blocks * 5 + 4);

        if (!rows || !data) {
                free(data);
                return -ENOMEM;
        }
        png_fill_rows(rows, qr, row_bytes);
        memcpy(data, "IDAT\x78\x01", 6);
        used += 2;
        for (size_t at = 0; at < n; at += STORED_MAX) {
                size_t len = MIN(n - at, (size_t)STORED_MAX);

                data[used] = at + len == n;
                data[used + 1] = (uint8_t)len;
                data[used + 2] = (uint8_t)(len >> 8);
                data[used + 3] = (uint8_t)~len;
                data[used + 4] = (uint8_t)(~len >> 8);
                memcpy(data + used + 5, rows + at, len);
                used += 5 + len;
        }
        png_put32(data + used, adler32(rows, n));
        assert(used + 4 == 4 + 2 + n + blocks * 5 + 4);
        *ret = data;
        *ret_len = used + 4;
        return 0;
}

int qr_write_png(const Qr *qr, const char *path)
{
        uint8_t header[4 + 13] = "IHDR";
        _cleanup_free_ uint8_t *data = NULL;
        size_t len;
        FILE *f;
        int r = png_make_data(&data, &len, qr);

        if (r < 0)
                return r;
        png_put32(header + 4, (uint32_t)(qr->size * PNG_MODULE));
        png_put32(header + 8, (uint32_t)(qr->size * PNG_MODULE));
        header[12] = 1; /* one bit per pixel; grey, deflate, no filter, not interlaced: all 0 */
        f = qr_create_file(path);
        if (!f)
                return -errno;
        (void)fwrite("\x89PNG\r\n\x1a\n", 1, 8, f);
        png_write_chunk(f, header, sizeof header - 4);
        png_write_chunk(f, data, len - 4);
        png_write_chunk(f, (const uint8_t *)"IEND", 0);
        return qr_finish_file(f);
}
