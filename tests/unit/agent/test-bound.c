/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/agent/bound.h"
#include "src/agent/picture.h"
#include "tests/unit/test.h"

#include <sodium.h>

static Card *parsed(const char *text)
{
        Card *c = NULL;

        assert_int_equal(card_parse(&c, text, strlen(text), NULL, NULL), 0);
        return c;
}

static size_t count(const Card *c, const char *property)
{
        size_t n = 0;

        while (card_value(c, property, n))
                n++;
        return n;
}

static void test_bounds(void **state)
{
        _cleanup_(card_freep) Card *c = NULL, *bounded = NULL;
        _cleanup_free_ char *text = NULL;
        BoundLoss loss;
        size_t len;
        FILE *to = open_memstream(&text, &len);

        assert_non_null(to);
        (void)fputs("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:", to);
        for (int i = 0; i < 200; i++)
                (void)fputs("\xe7\x8e\x8b", to);
        (void)fputs("\r\nORG:a\xe2\x80\xae"
                    "b\r\nCATEGORIES:Family,starred\r\nX-EVOLUTION-LIST:TRUE\r\n"
                    "PHOTO;VALUE=uri:http://tracker.example/x.png\r\nLOGO;VALUE=uri:file:///etc/"
                    "passwd\r\n"
                    "X-ADDRESSBOOKSERVER-KIND:group\r\nURL:https://ok.example\r\nTITLE:",
                    to);
        for (int i = 0; i < 2000; i++)
                (void)fputc('t', to);
        (void)fputs("\r\n", to);
        for (int i = 0; i < 400; i++)
                (void)fprintf(to, "TEL:%07d\r\n", i);
        (void)fputs("END:VCARD\r\n", to);
        assert_int_equal(fclose(to), 0);
        c = parsed(text);
        assert_int_equal(card_bound(&bounded, &loss, c), 0);
        assert_int_equal(count(bounded, "TEL"), 20);
        assert_int_equal(count(bounded, "TITLE"), 0);
        assert_int_equal(count(bounded, "PHOTO") + count(bounded, "LOGO") +
                                 count(bounded, "CATEGORIES") + count(bounded, "X-EVOLUTION-LIST") +
                                 count(bounded, "KIND"),
                         0);
        assert_string_equal(card_value(bounded, "ORG", 0), "ab");
        assert_string_equal(card_value(bounded, "URL", 0), "https://ok.example");
        assert_int_equal(strlen(card_name(bounded)), BOUND_NAME_MAX - BOUND_NAME_MAX % 3);
        assert_string_equal(card_uid(bounded), "1");
        assert_true(loss.values >= 380 + 7);
}

/* ---- pictures ------------------------------------------------------------------------------- */

#define BYTES(text) text, sizeof(text) - 1
#define GIF(w, h) "GIF89a" w h "\0\0\0"
#define GIF_IMAGE(w, h) ",\0\0\0\0" w h "\0\2\0"
#define JPEG(h, w) "\xff\xd8\xff\xe0\0\4ab\xff\xc2\0\x0b\x08" h w "\1\1\x11\0\xff\xda\0\2"
#define PNG(w, h) "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" w h "\x08\2\0\0\0"
#define WEBP(chunk) "RIFF\0\0\0\0WEBP" chunk

static const struct {
        const char *name, *bytes;
        size_t len;
        bool good;
} pictures[] = {
        {"GIF", BYTES(GIF("\1\0", "\1\0") GIF_IMAGE("\1\0", "\1\0") ";"), true},
        {"GIF, a large screen", BYTES(GIF("\xff\xff", "\xff\xff") ";"), false},
        {"GIF, a large image", BYTES(GIF("\1\0", "\1\0") GIF_IMAGE("\xff\xff", "\xff\xff") ";"),
         false},
        {"GIF, a wide image of few points",
         BYTES(GIF("\1\0", "\1\0") GIF_IMAGE("\xff\xff", "\1\0") ";"), false},
        {"GIF, a high image of few points",
         BYTES(GIF("\1\0", "\1\0") GIF_IMAGE("\1\0", "\xff\xff") ";"), false},
        {"GIF, many images",
         BYTES(GIF("\0\x10", "\0\x09") GIF_IMAGE("\0\x10", "\0\x09")
                       GIF_IMAGE("\0\x10", "\0\x09") ";"),
         false},
        {"GIF, behind an extension",
         BYTES(GIF("\1\0", "\1\0") "!\xf9\1a\0" GIF_IMAGE("\xff\xff", "\xff\xff")), false},
        {"JPEG", BYTES(JPEG("\0\x10", "\0\x10")), true},
        {"JPEG, large", BYTES(JPEG("\xff\xff", "\xff\xff")), false},
        {"JPEG, no height yet", BYTES(JPEG("\0\0", "\0\x10")), false},
        {"JPEG without a frame", BYTES("\xff\xd8\xff\xe0\0\4ab\xff\xda\0\2"), false},
        {"JPEG, cut short",
         BYTES("\xff\xd8\xff\xe0\xff\xff"
               "abcdefgh"),
         false},
        {"PNG", BYTES(PNG("\0\0\0\x10", "\0\0\0\x10")), true},
        {"PNG, large", BYTES(PNG("\0\0\xff\xff", "\0\0\xff\xff")), false},
        {"PNG, wider than can be", BYTES(PNG("\xff\0\0\1", "\0\0\0\1")), false},
        {"WebP", BYTES(WEBP("VP8 \0\0\0\0\0\0\0\x9d\1\x2a\x10\0\x10\0")), true},
        {"WebP, large", BYTES(WEBP("VP8 \0\0\0\0\0\0\0\x9d\1\x2a\xff\x3f\xff\x3f")), false},
        {"WebP without loss", BYTES(WEBP("VP8L\0\0\0\0\x2f\x0f\xc0\x03\0\0\0\0\0\0")), true},
        {"WebP without loss, large", BYTES(WEBP("VP8L\0\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0")),
         false},
        {"WebP, extended", BYTES(WEBP("VP8X\0\0\0\0\0\0\0\0\x0f\0\0\x0f\0\0")), true},
        {"WebP, extended and large", BYTES(WEBP("VP8X\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff")),
         false},
        {"WebP, animated", BYTES(WEBP("VP8X\0\0\0\0\2\0\0\0\x0f\0\0\x0f\0\0")), false},
        {"a drawing", BYTES("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), false},
        {"nothing", BYTES(""), false},
};

static void test_pictures(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(pictures); i++) {
                const uint8_t *bytes = (const uint8_t *)pictures[i].bytes;
                char base64[256], vcard[512];
                _cleanup_(card_freep) Card *c = NULL, *bounded = NULL;
                BoundLoss loss;

                assert_case(pictures[i].name,
                            picture_is_bounded(bytes, pictures[i].len) == pictures[i].good);
                for (size_t len = 0; len < pictures[i].len; len++) {
                        _cleanup_free_ uint8_t *part =
                                malloc(len + 1); /* nothing behind its end is read */

                        assert_non_null(part);
                        memcpy(part, bytes, len);
                        (void)picture_is_bounded(part, len);
                }
                (void)sodium_bin2base64(base64, sizeof base64, bytes, pictures[i].len,
                                        sodium_base64_VARIANT_ORIGINAL);
                (void)snprintf(
                        vcard, sizeof vcard,
                        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\r\nPHOTO:data:image/png;base64,%s\r\n"
                        "LOGO:data:image/svg+xml,%%3Csvg%%3E\r\nEND:VCARD\r\n",
                        base64);
                c = parsed(vcard);
                assert_int_equal(card_bound(&bounded, &loss, c), 0);
                assert_case(pictures[i].name, (count(bounded, "PHOTO") == 1) == pictures[i].good);
                assert_int_equal(count(bounded, "LOGO"), 0);
                assert_case(pictures[i].name,
                            pictures[i].len == 0 || loss.pictures == 1u + !pictures[i].good);
        }
}

/* ---- links ---------------------------------------------------------------------------------- */

static const struct {
        const char *line;
        bool good;
} links[] = {
        {"URL:https://a.example/x:y", true},
        {"URL:HTTP://a.example", true},
        {"URL:a.example:8080/x", true},
        {"URL:www.a.example", true},
        {"URL:javascript:alert(1)", false},
        {"URL:JavaScript:alert(1)", false},
        {"URL: java script:alert(1)", false},
        {"URL:javascript\\:alert(1)", false},
        {"URL:file:///etc/passwd", false},
        {"URL:data:text/html,x", false},
        {"URL:vbscript:x", false},
        {"URL:ms-msdt:/id", false},
        {"URL:smb://a.example/x", false},
        {"URL:anything-else:x", false},
        {"IMPP:xmpp:a@b.example", true},
        {"IMPP:javascript:alert(1)", false},
        {"CALURI:file:///x", false},
        {"FBURL:https://a.example/fb", true},
        {"X-SOCIALPROFILE;TYPE=x:javascript:alert(1)", false},
        {"X-SOCIALPROFILE;TYPE=x:https://a.example/me", true},
        {"X-HOMEPAGE:file:///x", false},
        {"TEL;VALUE=uri:tel:+4412345678", true},
        {"TEL;VALUE=uri:javascript:alert(1)", false},
        {"TITLE:data: the new oil", true},
        {"NOTE:file: see below", true},
        {"KEY:data:application/pgp-keys;base64,AAAA", true},
};

static void test_links(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(links); i++) {
                _cleanup_(card_freep) Card *c = NULL, *bounded = NULL;
                char vcard[256], name[32];
                BoundLoss loss;

                (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(links[i].line, ";:"),
                               links[i].line);
                (void)snprintf(vcard, sizeof vcard,
                               "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\r\n%s\r\nEND:VCARD\r\n",
                               links[i].line);
                c = parsed(vcard);
                assert_case(links[i].line, count(c, name) == 1);
                assert_int_equal(card_bound(&bounded, &loss, c), 0);
                assert_case(links[i].line, count(bounded, name) == (links[i].good ? 1u : 0u));
                assert_case(links[i].line, loss.links == (links[i].good ? 0u : 1u));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bounds),
                cmocka_unit_test(test_pictures),
                cmocka_unit_test(test_links),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
