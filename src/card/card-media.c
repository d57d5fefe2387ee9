/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-media.h"
#include "card-decode.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
        const char *type;  /* in 2.1 and 3.0 */
        const char *media; /* in 4.0 */
} types[] = {
        {"JPEG", "image/jpeg"},
        {"JPG", "image/jpeg"},
        {"PNG", "image/png"},
        {"GIF", "image/gif"},
        {"BMP", "image/bmp"},
        {"TIFF", "image/tiff"},
        {"WEBP", "image/webp"},
        {"HEIC", "image/heic"},
        {"HEIF", "image/heif"},
        {"AVIF", "image/avif"},
        {"SVG+XML", "image/svg+xml"},
        {"WAVE", "audio/wav"},
        {"BASIC", "audio/basic"},
        {"OGG", "audio/ogg"},
        {"PGP", "application/pgp-keys"},
        {"X509", "application/pkix-cert"},
};

enum { WORD_MAX = 32 }; /* bytes; a shorter text that could be base64 is a word */

static const char no_media[] = "application/octet-stream";
static const char marker[] = ";base64,";

/* The media type for "JPEG" or "image/jpeg", or NULL. */
static const char *media_of_type(const char *type)
{
        const char *slash = strchr(type, '/');

        for (size_t i = 0; i < ARRAY_LEN(types); i++)
                if (strcasecmp(types[i].type, slash ? slash + 1 : type) == 0)
                        return types[i].media;
        return NULL;
}

/* How files of each type begin; "?" is any byte. */
static const struct {
        const char *begins;
        size_t len;
        const char *media;
} magics[] = {
        {"\xff\xd8\xff", 3, "image/jpeg"},
        {"\x89PNG\r\n\x1a\n", 8, "image/png"},
        {"GIF8", 4, "image/gif"},
        {"RIFF????WEBP", 12, "image/webp"},
        {"????ftypheic", 12, "image/heic"},
        {"????ftypheix", 12, "image/heic"},
        {"????ftyphevc", 12, "image/heic"},
        {"????ftypmif1", 12, "image/heif"},
        {"????ftypmsf1", 12, "image/heif"},
        {"????ftypavif", 12, "image/avif"},
        {"II*\0", 4, "image/tiff"},
        {"MM\0*", 4, "image/tiff"},
        {"BM????\0\0\0\0", 10, "image/bmp"},
};

static bool media_begins(const char *bytes, const char *form, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (form[i] != '?' && form[i] != bytes[i])
                        return false;
        return true;
}

static const char *media_by_magic(const char *bytes, size_t len)
{
        for (size_t i = 0; i < ARRAY_LEN(magics); i++)
                if (len > magics[i].len && media_begins(bytes, magics[i].begins, magics[i].len))
                        return magics[i].media;
        return NULL;
}

static const char *media_take_type(CardProperty *p)
{
        for (size_t i = 0; i < p->params.n; i++) {
                const char *media = strcmp(p->params.list[i].name, "TYPE") == 0
                                            ? media_of_type(p->params.list[i].value)
                                            : NULL;

                if (media) {
                        card_param_remove_at(p, i);
                        return media;
                }
        }
        return NULL;
}

static char *media_data_uri(const char *media, const char *bytes, size_t len)
{
        size_t head = strlen("data:") + strlen(media) + strlen(marker);
        size_t size = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
        char *uri = malloc(head + size);

        if (!uri)
                return NULL;
        (void)snprintf(uri, head + 1, "data:%s%s", media, marker);
        (void)sodium_bin2base64(uri + head, size, (const unsigned char *)bytes, len,
                                sodium_base64_VARIANT_ORIGINAL);
        return uri;
}

static int media_from_binary(char **ret, CardProperty *p, const CardRaw *raw)
{
        const char *declared = media_take_type(p), *magic = media_by_magic(raw->value, raw->len);
        const char *media = magic ? magic : declared ? declared : no_media;

        if (raw->len == 0)
                return 0;
        if (card_rule(p->name)->kind == CARD_OTHER) {
                int r;

                card_param_remove(p, "VALUE", NULL);
                r = card_param_add(p, "VALUE", "uri");
                if (r)
                        return r;
        }
        *ret = media_data_uri(media, raw->value, raw->len);
        return *ret ? 0 : -ENOMEM;
}

/* Keeps only what a media type may consist of; its parameters go. */
static void clean_media(char *media)
{
        size_t len = 0;

        while (isalnum((unsigned char)media[len]) || (media[len] && strchr("/.+-", media[len])))
                len++;
        media[len] = '\0';
}

/* Rewrites a data: URI in base64; *ret is NULL where the base64 is broken. */
static int media_from_data_uri(char **ret, char *uri, char *base64)
{
        size_t len = strlen(base64 + strlen(marker));
        char *bytes = base64 + strlen(marker), *media = uri + strlen("data:");

        *base64 = '\0';
        clean_media(media);
        if (!card_decode_base64(bytes, &len) || len == 0)
                return 0;
        *ret = media_data_uri(*media ? media : no_media, bytes, len);
        return *ret ? 0 : -ENOMEM;
}

/* Undeclared base64 that decodes to a picture. */
static int media_from_unmarked(char **ret, CardProperty *p, char *text)
{
        CardRaw raw = {.value = text, .len = strlen(text)};

        if (!card_decode_base64(text, &raw.len) || !media_by_magic(text, raw.len))
                return 0;
        return media_from_binary(ret, p, &raw);
}

static bool media_has_scheme(const char *uri)
{
        size_t n = 0;

        while (isalnum((unsigned char)uri[n]) || (uri[n] && strchr("+.-", uri[n])))
                n++;
        return n > 1 && uri[n] == ':';
}

int card_media_normal(char **ret, CardProperty *p, const CardRaw *raw)
{
        _cleanup_free_ char *uri = NULL;
        const char *media;
        char *base64;

        if (raw->binary)
                return media_from_binary(ret, p, raw);
        uri = card_uri(raw);
        if (!uri)
                return -ENOMEM;
        base64 = strncasecmp(uri, "data:", 5) == 0 ? strstr(uri, marker) : NULL;
        if (base64)
                return media_from_data_uri(ret, uri, base64);
        if (!media_has_scheme(uri))
                return media_from_unmarked(ret, p, uri);
        media = media_take_type(p);
        if (media && !card_param(p, "MEDIATYPE")) {
                int r = card_param_add(p, "MEDIATYPE", media);

                if (r)
                        return r;
        }
        *ret = TAKE_PTR(uri);
        return 0;
}

int card_media_loss(const char *text, CardLoss *ret)
{
        _cleanup_free_ char *copy = strdup(text);
        size_t len = strlen(text);

        if (!copy)
                return -ENOMEM;
        *ret = len >= WORD_MAX && card_decode_base64(copy, &len) ? CARD_LOSS_KIND : CARD_LOSS_MEDIA;
        return 0;
}

const char *card_media_type(const char *media)
{
        size_t len = strcspn(media, ";,");

        for (size_t i = 0; i < ARRAY_LEN(types); i++)
                if (strlen(types[i].media) == len && strncasecmp(types[i].media, media, len) == 0)
                        return types[i].type;
        return NULL;
}

const char *card_media_base64(const char **ret_type, const char *uri)
{
        const char *base64 = strncasecmp(uri, "data:", 5) == 0 ? strstr(uri, marker) : NULL;

        if (!base64)
                return NULL;
        *ret_type = card_media_type(uri + strlen("data:"));
        return base64 + strlen(marker);
}

/* ---- access ---- */

static CardProperty *card_nth(const Card *c, const char *property, size_t n)
{
        for (size_t i = 0; i < c->properties.n; i++)
                if (strcasecmp(c->properties.list[i].name, property) == 0 && n-- == 0)
                        return &c->properties.list[i];
        return NULL;
}

int card_inline(const Card *c, const char *property, size_t n, unsigned char **ret, size_t *ret_len)
{
        const CardProperty *p = card_nth(c, property, n);
        const char *type, *base64 = p ? card_media_base64(&type, p->value) : NULL;
        _cleanup_free_ char *bytes = NULL;
        size_t len;

        if (!base64)
                return -ENOENT;
        len = strlen(base64);
        bytes = strdup(base64);
        if (!bytes)
                return -ENOMEM;
        if (!card_decode_base64(bytes, &len))
                return -ENOENT;
        *ret = (unsigned char *)TAKE_PTR(bytes);
        *ret_len = len;
        return 0;
}

int card_set_inline(Card *c, const char *property, size_t n, const char *media, const void *bytes,
                    size_t len)
{
        CardProperty *p = card_nth(c, property, n);
        _cleanup_free_ char *uri = bytes ? media_data_uri(media, bytes, len) : NULL;

        if (bytes && !uri)
                return -ENOMEM;
        if (!p)
                return bytes ? card_append(c, property, uri) : -ENOENT;
        if (!bytes) {
                card_remove(c, p);
                return 0;
        }
        return card_property_change(p, TAKE_PTR(uri));
}
