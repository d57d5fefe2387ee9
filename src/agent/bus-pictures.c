/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bus-pictures.c - methods about pictures: they are decoded by huddle-photo alone
 *
 * Calls wait in a queue; one helper runs at a time.
 */
#include "bus-private.h"
#include "picture.h"
#include "src/base/log.h"
#include "src/card/card-picture.h"
#include "src/card/card.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void bus_next_picture(AgentBus *b);

/* Takes the reply to the call at the head of the queue. */
static void bus_end_picture(AgentBus *b, int answered)
{
        PictureCall *c = &b->pictures[0];

        if (answered < 0)
                log_error("a picture stays without an answer: no memory");
        dbus_message_unref(c->call);
        card_free(c->card);
        if (c->wish.input >= 0)
                (void)close(c->wish.input);
        b->photo = photo_free(b->photo);
        memmove(&b->pictures[0], &b->pictures[1], --b->n_pictures * sizeof b->pictures[0]);
        bus_next_picture(b);
}

static void bus_fail_picture(AgentBus *b, int r)
{
        DBusMessage *call = b->pictures[0].call;

        bus_end_picture(b, r == -EINVAL ? bus_refuse(b, call, AGENT_E_INVALID_ARGUMENT,
                                                     "that is no JPEG, PNG or GIF that can be read")
                                        : bus_refuse_errno(b, call, r));
}

/* ---- ShrinkPicture, DrawPicture ---- */

static bool reply_append_bytes(DBusMessageIter *at, const uint8_t *bytes, size_t len)
{
        DBusMessageIter array;

        return dbus_message_iter_open_container(at, DBUS_TYPE_ARRAY, "y", &array) &&
               values_close(dbus_message_iter_append_fixed_array(&array, DBUS_TYPE_BYTE, &bytes,
                                                                 (int)len),
                            at, &array);
}

static dbus_uint32_t picture_number(const uint8_t *b)
{
        return b[0] | (dbus_uint32_t)b[1] << 8 | (dbus_uint32_t)b[2] << 16 |
               (dbus_uint32_t)b[3] << 24;
}

/* Width, height and points, which the helper has written behind them. */
static bool reply_append_points(DBusMessageIter *at, const uint8_t *bytes, size_t len)
{
        dbus_uint32_t width = picture_number(bytes), height = picture_number(bytes + 4);

        return dbus_message_iter_append_basic(at, DBUS_TYPE_UINT32, &width) &&
               dbus_message_iter_append_basic(at, DBUS_TYPE_UINT32, &height) &&
               reply_append_bytes(at, bytes + 8, len - 8);
}

static bool picture_points_fit(const PhotoWish *w, const uint8_t *bytes, size_t len)
{
        uint64_t width, height;

        if (len < 8)
                return false;
        width = picture_number(bytes);
        height = picture_number(bytes + 4);
        return width >= 1 && height >= 1 && width <= w->edge && height <= w->edge &&
               len == 8 + 4 * width * height;
}

static DBusMessage *picture_reply(const PictureCall *c, const uint8_t *bytes, size_t len)
{
        DBusMessage *reply = dbus_message_new_method_return(c->call);
        DBusMessageIter at;

        if (!reply)
                return NULL;
        dbus_message_iter_init_append(reply, &at);
        if (c->wish.max > 0 ? reply_append_bytes(&at, bytes, len)
                            : reply_append_points(&at, bytes, len))
                return reply;
        dbus_message_unref(reply);
        return NULL;
}

static void bus_on_photo(void *userdata, int r, const uint8_t *bytes, size_t len)
{
        AgentBus *b = userdata;
        const PictureCall *c = &b->pictures[0];

        if (r == 0 && c->wish.max == 0 && !picture_points_fit(&c->wish, bytes, len))
                r = -EINVAL;
        if (r < 0)
                bus_fail_picture(b, r);
        else
                bus_end_picture(b, bus_answer(b, picture_reply(c, bytes, len)));
}

/* ---- PrepareCard: makes the pictures of a card fit, one after the other ---- */

static const char *const prepared[] = {"PHOTO", "LOGO"};

static void bus_answer_prepared(AgentBus *b)
{
        PictureCall *c = &b->pictures[0];
        _cleanup_free_ char *vcard = NULL;
        const char *left_out = c->left_out, *text;
        DBusMessage *reply;
        size_t len;
        int r = card_write(&vcard, &len, c->card, CARD_V40);

        if (r != 0) {
                bus_end_picture(b, bus_refuse_errno(b, c->call, MIN(r, -EBADMSG)));
                return;
        }
        text = vcard;
        reply = dbus_message_new_method_return(c->call);
        if (reply && !dbus_message_append_args(reply, DBUS_TYPE_STRING, &text, DBUS_TYPE_STRING,
                                               &left_out, DBUS_TYPE_INVALID)) {
                dbus_message_unref(reply);
                reply = NULL;
        }
        bus_end_picture(b, bus_answer(b, reply));
}

/* Names a property that the card does not have any more. */
static void prepare_note_loss(void *userdata, unsigned line, const char *property, CardLoss why)
{
        PictureCall *c = userdata;
        size_t len = strlen(c->left_out);

        (void)snprintf(c->left_out + len, sizeof c->left_out - len, "%s%.40s", len > 0 ? "," : "",
                       *property ? property : "?");
}

static void bus_on_prepared(void *userdata, int r, const uint8_t *bytes, size_t len)
{
        AgentBus *b = userdata;
        PictureCall *c = &b->pictures[0];
        const char *property = prepared[c->property];

        if (r < 0) {
                prepare_note_loss(c, 0, property, CARD_LOSS_MEDIA);
                r = card_set_inline(c->card, property, c->nth, NULL, NULL, 0);
        } else
                r = card_set_inline(c->card, property, c->nth++, "image/jpeg", bytes, len);
        b->photo = photo_free(b->photo);
        if (r < 0)
                bus_end_picture(b, bus_refuse_errno(b, c->call, r));
        else
                bus_next_picture(b);
}

/* 1: nothing is to be done with this picture. */
static int prepare_one(AgentBus *b, PictureCall *c)
{
        _cleanup_free_ unsigned char *bytes = NULL;
        _cleanup_close_ int file = -1;
        PhotoWish wish = {.edge = CARD_PICTURE_EDGE, .max = CARD_PICTURE_BYTES_MAX};
        const char *property = prepared[c->property],
                   *value = card_value(c->card, property, c->nth);
        size_t len;
        int r = card_inline(c->card, property, c->nth, &bytes, &len);

        assert(value);
        if (r == -ENOENT && strncasecmp(value, "file:", 5) == 0) {
                prepare_note_loss(c, 0, property, CARD_LOSS_MEDIA);
                r = card_set_inline(c->card, property, c->nth, NULL, NULL, 0);
                return MIN(r, 0);
        }
        if (r == -ENOENT || (r == 0 && card_picture_may_stay(bytes, len))) {
                c->nth++;
                return 0;
        }
        if (r == 0)
                file = photo_file(bytes, len);
        if (r < 0 || file < 0)
                return r < 0 ? r : file;
        wish.input = file;
        r = photo_new(&b->photo, b->event, &wish, bus_on_prepared, b);
        return r < 0 ? r : 1;
}

/* Until a picture is with the helper, or all are done. */
static void bus_prepare(AgentBus *b)
{
        PictureCall *c = &b->pictures[0];
        int r = 0;

        while (r == 0 && c->property < ARRAY_LEN(prepared))
                if (card_value(c->card, prepared[c->property], c->nth))
                        r = prepare_one(b, c);
                else {
                        c->property++;
                        c->nth = 0;
                }
        if (r == 0)
                bus_answer_prepared(b);
        else if (r < 0)
                bus_end_picture(b, bus_refuse_errno(b, c->call, r));
}

/* ---- the queue ---- */

static void bus_next_picture(AgentBus *b)
{
        int r;

        if (b->photo || b->n_pictures == 0)
                return;
        if (b->pictures[0].card) {
                bus_prepare(b);
                return;
        }
        r = photo_new(&b->photo, b->event, &b->pictures[0].wish, bus_on_photo, b);
        if (r < 0)
                bus_end_picture(b, bus_refuse_errno(b, b->pictures[0].call, r));
}

/* Takes what the call has, also on failure. */
static int bus_queue_picture(AgentBus *b, DBusMessage *m, const PictureCall *taken)
{
        if (b->n_pictures == PICTURES_MAX) {
                card_free(taken->card);
                if (taken->wish.input >= 0)
                        (void)close(taken->wish.input);
                return bus_refuse(b, m, AGENT_E_BUSY, NULL);
        }
        b->pictures[b->n_pictures] = *taken;
        b->pictures[b->n_pictures++].call = dbus_message_ref(m);
        bus_next_picture(b);
        return 0;
}

void bus_pictures_done(AgentBus *b)
{
        b->photo = photo_free(b->photo);
        for (size_t i = 0; i < b->n_pictures; i++) {
                dbus_message_unref(b->pictures[i].call);
                card_free(b->pictures[i].card);
                if (b->pictures[i].wish.input >= 0)
                        (void)close(b->pictures[i].wish.input);
        }
        b->n_pictures = 0;
}

/* ---- methods ---- */

/* A part of a side. False also for what is no number. */
static bool picture_part(double d, unsigned *ret)
{
        if (!isfinite(d) || d < 0 || d > 1)
                return false;
        *ret = (unsigned)(d * PHOTO_WHOLE + 0.5);
        return true;
}

int bus_shrink_picture(AgentBus *b, DBusMessage *m)
{
        PictureCall c = {.wish = {.edge = CARD_PICTURE_EDGE, .max = CARD_PICTURE_BYTES_MAX}};
        double x, y, size;

        if (!dbus_message_get_args(m, NULL, DBUS_TYPE_UNIX_FD, &c.wish.input, DBUS_TYPE_DOUBLE, &x,
                                   DBUS_TYPE_DOUBLE, &y, DBUS_TYPE_DOUBLE, &size,
                                   DBUS_TYPE_INVALID))
                return -ENOMEM;
        if (picture_part(x, &c.wish.x) && picture_part(y, &c.wish.y) &&
            picture_part(size, &c.wish.size))
                return bus_queue_picture(b, m, &c);
        (void)close(c.wish.input);
        return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT, "x, y and size are from 0 to 1");
}

/* The first picture of the card as an open file. -EINVAL: it is not a picture within bounds.
 * -ENOENT: there is none. */
static int picture_of_card(const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;
        _cleanup_free_ unsigned char *bytes = NULL;
        size_t len;
        int r = card_parse(&card, vcard, strlen(vcard), NULL, NULL);

        if (r == 0)
                r = card_inline(card, "PHOTO", 0, &bytes, &len);
        if (r == 0 && !picture_is_bounded(bytes, len))
                r = -EINVAL;
        if (r != 0)
                return r < 0 ? r : -EINVAL;
        return photo_file(bytes, len);
}

int bus_draw_picture(AgentBus *b, DBusMessage *m)
{
        PictureCall c = {0};
        const char *vcard;
        dbus_uint32_t edge;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &vcard, DBUS_TYPE_UINT32, &edge,
                                    DBUS_TYPE_INVALID);
        if (edge < 16 || edge > PHOTO_EDGE_MAX)
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT, "edge is 16 to 512 points");
        c.wish.edge = edge;
        c.wish.input = picture_of_card(vcard);
        if (c.wish.input == -ENOENT)
                return bus_refuse(b, m, AGENT_E_NOT_FOUND, "the card has no picture in it");
        if (c.wish.input == -EINVAL)
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT,
                                  "that is no card, or its picture cannot be drawn");
        return c.wish.input < 0 ? bus_refuse_errno(b, m, c.wish.input)
                                : bus_queue_picture(b, m, &c);
}

int bus_prepare_card(AgentBus *b, DBusMessage *m)
{
        PictureCall c = {.wish = {.input = -1}};
        CardReading how = {
                .max = PREPARE_MAX, .forgiving = true, .lost = prepare_note_loss, .userdata = &c};
        DBusMessageIter args, array;
        const uint8_t *bytes;
        const char *charset;
        size_t from = 0;
        int len, r;

        (void)dbus_message_iter_init(m, &args);
        dbus_message_iter_recurse(&args, &array);
        dbus_message_iter_get_fixed_array(&array, &bytes, &len);
        (void)dbus_message_iter_next(&args);
        dbus_message_iter_get_basic(&args, &charset);
        how.charset = *charset ? charset : NULL;
        r = len == 0 ? (int)CARD_E_NO_CARD
                     : card_skip_groups(&from, (const char *)bytes, (size_t)len, &how, NULL, NULL);
        if (r == 0)
                r = card_parse_as(&c.card, bytes + from, (size_t)len - from, &how, NULL, NULL);
        if (r == -EINVAL)
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT, "that is no character set");
        if (r > 0)
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT, card_complaint(r));
        return r < 0 ? bus_refuse_errno(b, m, r) : bus_queue_picture(b, m, &c);
}
