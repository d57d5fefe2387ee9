/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "letters.h"
#include "out.h"
#include "src/base/text.h"

#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

enum { LETTER_MAX = 32, CHARACTER_MAX = 4 };

#define NO_ICONV ((iconv_t)-1)

static struct {
        bool known, utf8;
        iconv_t exact, similar;
        locale_t tables[2]; /* the first knows accents, the second some other scripts */
} set = {.exact = NO_ICONV, .similar = NO_ICONV};

static void letters_open(void)
{
        const char *charset = nl_langinfo(CODESET);
        char similar[64];

        if (set.known)
                return;
        set.known = true;
        set.utf8 = strcmp(charset, "UTF-8") == 0;
        (void)snprintf(similar, sizeof similar, "%s//TRANSLIT", charset);
        set.exact = iconv_open(charset, "UTF-8");
        set.similar = iconv_open(similar, "UTF-8");
        set.tables[0] = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
        set.tables[1] = newlocale(LC_CTYPE_MASK, "C", NULL);
}

/* Converts one character; returns the bytes written, or -1. */
static ssize_t letters_convert(iconv_t to, char ret[static LETTER_MAX], const char *text, size_t n)
{
        char *in = (char *)text, *out = ret;
        size_t left = LETTER_MAX - 1;

        if (to == NO_ICONV)
                return -1;
        (void)iconv(to, NULL, NULL, NULL, NULL);
        if (iconv(to, &in, &n, &out, &left) == (size_t)-1)
                return -1;
        *out = '\0';
        return out - ret;
}

static bool letters_is_ascii(const char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text >= 0x80)
                        return false;
        return true;
}

/* "?" is what the C library has for a letter that it does not know. */
static bool letters_transliterate(char ret[static LETTER_MAX], const char *text, size_t n)
{
        for (size_t i = 0; i < ARRAY_LEN(set.tables); i++) {
                locale_t before = uselocale(set.tables[i]);
                ssize_t len = letters_convert(set.similar, ret, text, n);

                (void)uselocale(before);
                if (set.tables[i] && len >= 0 && strcmp(ret, "?") != 0 && letters_is_ascii(ret))
                        return true;
        }
        return false;
}

/* The character as the terminal can show it; ret is UTF-8. */
static void letters_one(char ret[static LETTER_MAX], const char *text, size_t n, uint32_t c)
{
        bool has = c < 0x80 || letters_convert(set.exact, ret, text, n) >= 0;

        if (has)
                (void)snprintf(ret, LETTER_MAX, "%.*s", (int)n, text);
        else if (!letters_transliterate(ret, text, n))
                (void)snprintf(ret, LETTER_MAX, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
}

const char *letters(const char *text)
{
        char *buffer, one[LETTER_MAX];
        size_t len = strlen(text), used = 0;
        uint32_t c = 0;

        letters_open();
        if (set.utf8)
                return text;
        buffer = out_buffer();
        for (size_t at = 0, n; at < len; at += n) {
                n = text_char(&c, text + at, len - at);
                if (n == 0)
                        break;
                letters_one(one, text + at, n, c);
                if (used + strlen(one) + 1 > SHOWN_MAX)
                        break;
                used += (size_t)sprintf(buffer + used, "%s", one);
        }
        buffer[used] = '\0';
        return buffer;
}

/* ---- the streams ---------------------------------------------------------------------------- */

/* A character may be cut between two writes of the stream. */
typedef struct Converter {
        FILE *to;
        char cut[CHARACTER_MAX];
        size_t n_cut;
} Converter;

static Converter converters[2];

static void letters_write_one(const Converter *v, const char *text, size_t n, uint32_t c)
{
        char shown[LETTER_MAX], bytes[LETTER_MAX];
        ssize_t len;

        letters_one(shown, text, n, c);
        len = letters_convert(set.exact, bytes, shown, strlen(shown));
        (void)fwrite(len >= 0 ? bytes : shown, 1, len >= 0 ? (size_t)len : strlen(shown), v->to);
}

/* What is not UTF-8 is a text of the C library, which has the right character set already. */
static void letters_write_at(Converter *v, const char *text, size_t len, size_t *at)
{
        uint32_t c = 0;
        size_t n = text_char(&c, text + *at, len - *at);

        if (n > 0)
                letters_write_one(v, text + *at, n, c);
        else
                (void)fputc(text[*at], v->to);
        *at += MAX(n, (size_t)1);
}

/* Whether these last bytes are the beginning of a longer character. */
static bool letters_is_cut(const char *text, size_t len)
{
        unsigned char first = (unsigned char)text[0];
        size_t whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;

        return len < whole;
}

static ssize_t letters_on_write(void *userdata, const char *text, size_t len)
{
        Converter *v = userdata;
        _cleanup_free_ char *all = malloc(v->n_cut + len + 1);
        size_t n = v->n_cut + len, at = 0;

        if (!all)
                return 0;
        memcpy(all, v->cut, v->n_cut);
        memcpy(all + v->n_cut, text, len);
        while (at < n && !letters_is_cut(all + at, n - at))
                letters_write_at(v, all, n, &at);
        v->n_cut = n - at;
        memcpy(v->cut, all + at, v->n_cut);
        return fflush(v->to) == 0 ? (ssize_t)len : 0;
}

static int letters_wrap(FILE **stream, Converter *v, int mode)
{
        FILE *f = fopencookie(v, "w", (cookie_io_functions_t){.write = letters_on_write});

        if (!f)
                return -errno;
        (void)setvbuf(f, NULL, mode, BUFSIZ);
        v->to = *stream;
        *stream = f; /* glibc's streams are variables, "Standard Streams" of its manual */
        return 0;
}

int letters_install(void)
{
        int r;

        letters_open();
        if (set.utf8)
                return 0;
        r = letters_wrap(&stdout, &converters[0], isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
        return r == 0 ? letters_wrap(&stderr, &converters[1], _IONBF) : r;
}
