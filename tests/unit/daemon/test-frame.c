/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes over links: every frame there is comes through whole or byte by byte, and nothing else
 * does. */
#include "daemon/link/frame.h"

#include "tests/unit/test.h"

#define LARGE_URL "https://cloud.example/" /* and a path */

enum {
        SMALLEST_REQUEST = ENVELOPE_REQUEST_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG,
        SMALLEST_ANSWER = ENVELOPE_RESPONSE_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG
};

static uint8_t sealed[ENVELOPE_RESPONSE_MAX] = {ENVELOPE_SUITE};
static uint8_t bytes[FRAME_ANSWER_MAX + FRAME_WAIT];

/* Of the smallest and the largest cloud. */
static uint8_t small_offer[CLOUD_OFFER_MAX], large_offer[CLOUD_OFFER_MAX];

static size_t put(const Frame *frame)
{
        size_t head = frame_write_head(bytes, frame);

        if (frame->len > 0)
                memcpy(bytes + head, frame->body, frame->len);
        return head + frame->len;
}

static const struct {
        const char *name;
        Frame frame;
        bool to_helper;
} good[] = {
        {"smallest request", {FRAME_REQUEST, 0, 1, 10000, sealed, SMALLEST_REQUEST}, true},
        {"largest request",
         {FRAME_REQUEST, 0, 65535, UINT32_MAX, sealed, ENVELOPE_REQUEST_MAX},
         true},
        {"cancel", {FRAME_CANCEL, 0, 258, 0, NULL, 0}, true},
        {"smallest answer", {FRAME_ANSWER, 0, 1, 0, sealed, SMALLEST_ANSWER}, false},
        {"largest answer", {FRAME_ANSWER, 0, 1, 0, sealed, ENVELOPE_RESPONSE_MAX}, false},
        {"a question for a cloud", {FRAME_ASK, 0, 65535, 0, NULL, 0}, true},
        {"smallest offer", {FRAME_OFFER, 0, 1, 0, small_offer, CLOUD_OFFER_MIN}, false},
        {"largest offer", {FRAME_OFFER, 0, 1, 0, large_offer, sizeof large_offer}, false},
        {"no route", {FRAME_REFUSED, FRAME_NO_ROUTE, 7, 0, NULL, 0}, false},
        {"not taken", {FRAME_REFUSED, FRAME_NOT_TAKEN, 7, 0, NULL, 0}, false},
};

static void what_is_written_is_read(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                size_t n = put(&good[i].frame), used;
                Frame f;

                for (size_t have = 0; have < n; have += have < 16 || n - have < 16 ? 1 : 499)
                        assert_case(good[i].name, frame_read(&f, &used, bytes, MIN(have, n - 1),
                                                             good[i].to_helper) == 0);
                assert_case(good[i].name, frame_read(&f, &used, bytes, n, good[i].to_helper) == 1);
                assert_case(good[i].name, used == n && f.kind == good[i].frame.kind);
                assert_case(good[i].name,
                            f.refusal == good[i].frame.refusal && f.number == good[i].frame.number);
                assert_case(good[i].name,
                            f.wait_ms == good[i].frame.wait_ms && f.len == good[i].frame.len);
                assert_case(good[i].name,
                            f.len == 0 || memcmp(f.body, good[i].frame.body, f.len) == 0);
                assert_case(good[i].name,
                            frame_read(&f, &used, bytes, n, !good[i].to_helper) == -EBADMSG);
        }
}

/* The layout of frame.h, byte by byte. */
static void the_bytes_are_these(void **state)
{
        static const uint8_t request[] = {1, 0,    2,    1, 0x4d, 0x02,          0,
                                          0, 0x10, 0x27, 0, 0,    ENVELOPE_SUITE};
        static const uint8_t refused[] = {3, 2, 0xff, 0xff, 0, 0, 0, 0};

        assert_int_equal(put(&(Frame){FRAME_REQUEST, 0, 258, 10000, sealed, SMALLEST_REQUEST}),
                         FRAME_HEAD + FRAME_WAIT + SMALLEST_REQUEST);
        assert_memory_equal(bytes, request, sizeof request);
        assert_int_equal(put(&(Frame){FRAME_REFUSED, FRAME_BUSY, 65535, 0, NULL, 0}),
                         sizeof refused);
        assert_memory_equal(bytes, refused, sizeof refused);
}

static const struct {
        const char *name;
        uint8_t start[13];
        size_t n;
        bool to_helper;
} bad[] = {
        {"kind 0", {0}, 1, true},
        {"kind 7", {7}, 1, true},
        {"kind 7 from a helper", {7}, 1, false},
        {"an offer to a helper", {FRAME_OFFER}, 1, true},
        {"a question from a helper", {FRAME_ASK}, 1, false},
        {"a question with a body", {FRAME_ASK, 0, 0, 0, 1, 0, 0, 0}, 8, true},
        {"a question with a detail", {FRAME_ASK, 1, 0, 0, 0, 0, 0, 0}, 8, true},
        {"an offer with a detail", {FRAME_OFFER, 1, 0, 0, 0x4a, 0, 0, 0}, 8, false},
        {"an offer one byte too short", {FRAME_OFFER, 0, 0, 0, 0x49, 0, 0, 0}, 8, false},
        {"an offer one byte too long", {FRAME_OFFER, 0, 0, 0, 0x49, 1, 0, 0}, 8, false},
        {"an answer to a helper", {FRAME_ANSWER}, 1, true},
        {"a request from a helper", {FRAME_REQUEST}, 1, false},
        {"detail of a request", {FRAME_REQUEST, 1, 0, 0, 0x4d, 2, 0, 0}, 8, true},
        {"refused for no reason", {FRAME_REFUSED, 0, 0, 0, 0, 0, 0, 0}, 8, false},
        {"refused for an unknown reason", {FRAME_REFUSED, 4, 0, 0, 0, 0, 0, 0}, 8, false},
        {"refused with a body", {FRAME_REFUSED, 1, 0, 0, 1, 0, 0, 0}, 8, false},
        {"cancel with a body", {FRAME_CANCEL, 0, 0, 0, 1, 0, 0, 0}, 8, true},
        {"a request too short to be sealed", {FRAME_REQUEST, 0, 0, 0, 0x4c, 2, 0, 0}, 8, true},
        {"a request one byte too long", {FRAME_REQUEST, 0, 0, 0, 0x4e, 0, 1, 0}, 8, true},
        {"an answer one byte too long", {FRAME_ANSWER, 0, 0, 0, 0x2a, 0, 8, 0}, 8, false},
        {"a length of 4 GiB", {FRAME_ANSWER, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, 8, false},
        {"HTTP", "GET / HTTP/1", 12, true},
};

static void what_is_no_frame_is_refused(void **state)
{
        Frame f;
        size_t used;

        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_case(bad[i].name, frame_read(&f, &used, bad[i].start, bad[i].n,
                                                    bad[i].to_helper) == -EBADMSG);
}

/* Sealed parts have a suite, and lengths that padding gives. */
static void what_cannot_be_sealed_is_refused(void **state)
{
        size_t n = put(&(Frame){FRAME_REQUEST, 0, 1, 0, sealed, SMALLEST_REQUEST}), used;
        Frame f;

        bytes[FRAME_HEAD + FRAME_WAIT] = 2;
        assert_int_equal(frame_read(&f, &used, bytes, n, true), -EBADMSG);
        n = put(&(Frame){FRAME_ANSWER, 0, 1, 0, sealed, SMALLEST_ANSWER + 1});
        assert_int_equal(frame_read(&f, &used, bytes, n, false), -EBADMSG);
}

static void what_cannot_be_offered_is_refused(void **state)
{
        size_t n = put(&(Frame){FRAME_OFFER, 0, 1, 0, small_offer, CLOUD_OFFER_MIN}), used;
        Frame f;

        assert_int_equal(frame_read(&f, &used, bytes, n, false), 1);
        bytes[FRAME_HEAD + CLOUD_OFFER_HEAD] = '\n'; /* the name */
        assert_int_equal(frame_read(&f, &used, bytes, n, false), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_written_is_read),
                cmocka_unit_test(the_bytes_are_these),
                cmocka_unit_test(what_is_no_frame_is_refused),
                cmocka_unit_test(what_cannot_be_sealed_is_refused),
                cmocka_unit_test(what_cannot_be_offered_is_refused),
        };
        CloudOffer small = {.name = "z", .url = "http://a"}, large = {0};

        memset(large.name, 'z', sizeof large.name - 1);
        memset(large.url, 'a', sizeof large.url - 1);
        memcpy(large.url, LARGE_URL, sizeof LARGE_URL - 1);
        if (cloud_offer_write(small_offer, &small) != CLOUD_OFFER_MIN ||
            cloud_offer_write(large_offer, &large) != sizeof large_offer)
                return 1;

        return cmocka_run_group_tests(tests, NULL, NULL);
}
