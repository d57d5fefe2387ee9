/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
/* before GLib, which has a MIN and a MAX of its own */
#include "src/card/card.h"
#include "page-picture.h"
#include "portraits.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <string.h>

struct _HuddlePagePicture {
        HuddlePage parent;
        AdwAvatar *avatar;
        GtkAdjustment *zoom, *across, *down;
        GtkWidget *use;
        Portraits *portraits;
        GBytes *jpeg;         /* as it is shown; NULL: not here yet */
        double width, height; /* of the whole picture, as parts of the longer side; 0: not known */
        gboolean asking, again, saving;
};

G_DEFINE_FINAL_TYPE(HuddlePagePicture, huddle_page_picture, HUDDLE_TYPE_PAGE)

static GCancellable *page_picture_cancellable(HuddlePagePicture *page)
{
        return huddle_page_get_cancellable(HUDDLE_PAGE(page));
}

/* ---- cutting out: huddle-photo does it, the app never decodes -------------------------------- */

static void page_picture_ask(HuddlePagePicture *page);

/* A card with this picture alone, which DrawPicture takes. New; NULL: it is too large for one. */
static char *page_picture_card(HuddlePagePicture *page)
{
        _cleanup_(card_freep) Card *card = NULL;
        char *vcard = NULL;
        gsize len;
        const void *bytes = g_bytes_get_data(page->jpeg, &len);

        if (card_new(&card, "?") != 0 ||
            card_set_inline(card, "PHOTO", 0, "image/jpeg", bytes, len) != 0 ||
            card_write(&vcard, &len, card, CARD_V40) != 0)
                return NULL;
        return vcard;
}

static void page_picture_show(HuddlePagePicture *page)
{
        g_autofree char *vcard = page_picture_card(page);

        gtk_widget_set_sensitive(page->use, page->width > 0 && !page->saving);
        if (vcard)
                portraits_show(page->portraits, page->avatar, vcard);
}

static void page_picture_on_shrunk(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) bytes = NULL, reply = g_dbus_proxy_call_with_unix_fd_list_finish(
                                                  G_DBUS_PROXY(agent), NULL, result, &error);
        HuddlePagePicture *page = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        page->asking = FALSE;
        if (!reply || !g_variant_is_of_type(reply, G_VARIANT_TYPE("(ay)"))) {
                if (error)
                        huddle_page_report_agent(HUDDLE_PAGE(page), error);
                return;
        }
        bytes = g_variant_get_child_value(reply, 0);
        g_clear_pointer(&page->jpeg, g_bytes_unref);
        page->jpeg = g_variant_get_data_as_bytes(bytes);
        page_picture_show(page);
        if (page->again)
                page_picture_ask(page);
}

/* Of the square that the sliders say. The first time the whole picture, to learn its shape. */
static GVariant *page_picture_square(HuddlePagePicture *page)
{
        double size = page->width > 0 ? 1 / gtk_adjustment_get_value(page->zoom) : 0;
        double side = size * MIN(page->width, page->height);
        double left = page->width - side, top = page->height - side;

        if (size <= 0)
                return g_variant_new("(hddd)", 0, 0.0, 0.0, 0.0);
        return g_variant_new("(hddd)", 0,
                             left * gtk_adjustment_get_value(page->across) / page->width,
                             top * gtk_adjustment_get_value(page->down) / page->height, size);
}

/* The file, open for the agent, which reads from where it stands. NULL: it cannot be read. */
static GUnixFDList *page_picture_open(HuddlePagePicture *page)
{
        g_autoptr(GFile) file = g_file_new_for_uri(huddle_page_get_argument(HUDDLE_PAGE(page)));
        g_autofree char *path = g_file_get_path(file);
        int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;

        return fd >= 0 ? g_unix_fd_list_new_from_array(&fd, 1) : NULL;
}

static void page_picture_ask(HuddlePagePicture *page)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(HUDDLE_PAGE(page)));
        g_autoptr(GUnixFDList) files = NULL;

        page->again = page->asking;
        if (page->asking || !agent)
                return;
        files = page_picture_open(page);
        if (!files) {
                huddle_page_toast(HUDDLE_PAGE(page), _("This file cannot be read"));
                return;
        }
        page->asking = TRUE;
        huddle_page_clear_report(HUDDLE_PAGE(page));
        /* the generated call would end the picture at the first zero */
        g_dbus_proxy_call_with_unix_fd_list(G_DBUS_PROXY(agent), "ShrinkPicture",
                                            page_picture_square(page), G_DBUS_CALL_FLAGS_NONE, -1,
                                            files, page_picture_cancellable(page),
                                            page_picture_on_shrunk, page);
}

static void page_picture_on_moved(HuddlePagePicture *page)
{
        if (page->width > 0)
                page_picture_ask(page);
}

/* The whole picture has been drawn: its shape is known, and a square is cut out of its middle. */
static void page_picture_on_drawn(HuddlePagePicture *page)
{
        GdkPaintable *drawn = adw_avatar_get_custom_image(page->avatar);
        double width, height;

        if (!drawn || page->width > 0)
                return;
        width = gdk_paintable_get_intrinsic_width(drawn);
        height = gdk_paintable_get_intrinsic_height(drawn);
        if (width <= 0 || height <= 0)
                return;
        page->width = width / MAX(width, height);
        page->height = height / MAX(width, height);
        page_picture_ask(page);
}

/* ---- into the card --------------------------------------------------------------------------- */

static void page_picture_on_saved(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_manager1_call_set_card_finish(BUS_MANAGER1(source), result, &error);
        HuddlePagePicture *page = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        page->saving = FALSE;
        gtk_widget_set_sensitive(page->use, TRUE);
        if (done)
                huddle_page_back(HUDDLE_PAGE(page));
        else
                huddle_page_report(HUDDLE_PAGE(page), error);
}

/* The card with the picture in it. New; NULL: the daemon's card cannot be read. */
static char *page_picture_put(HuddlePagePicture *page, const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;
        char *text = NULL;
        gsize len;
        const void *bytes = g_bytes_get_data(page->jpeg, &len);

        if (card_parse(&card, vcard, strlen(vcard), NULL, NULL) != 0 ||
            card_set_inline(card, "PHOTO", 0, "image/jpeg", bytes, len) != 0 ||
            card_write(&text, &len, card, CARD_V40) != 0)
                return NULL;
        return text;
}

static void page_picture_on_card(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *vcard = NULL, *with = NULL;
        HuddlePagePicture *page = userdata;

        (void)bus_manager1_call_get_card_finish(BUS_MANAGER1(source), &vcard, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        with = vcard ? page_picture_put(page, vcard) : NULL;
        if (with) {
                bus_manager1_call_set_card(BUS_MANAGER1(source), with,
                                           page_picture_cancellable(page), page_picture_on_saved,
                                           page);
                return;
        }
        page->saving = FALSE;
        gtk_widget_set_sensitive(page->use, TRUE);
        if (error)
                huddle_page_report(HUDDLE_PAGE(page), error);
        else
                huddle_page_toast(HUDDLE_PAGE(page), _("This picture cannot be put into the card"));
}

static void page_picture_on_use(HuddlePagePicture *page)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));

        if (!manager || !page->jpeg || page->saving)
                return;
        page->saving = TRUE;
        gtk_widget_set_sensitive(page->use, FALSE);
        bus_manager1_call_get_card(manager, page_picture_cancellable(page), page_picture_on_card,
                                   page);
}

/* ---- the page -------------------------------------------------------------------------------- */

static void huddle_page_picture_retry(HuddlePage *base)
{
        page_picture_ask(HUDDLE_PAGE_PICTURE(base));
}

static void huddle_page_picture_constructed(GObject *object)
{
        HuddlePagePicture *page = HUDDLE_PAGE_PICTURE(object);

        G_OBJECT_CLASS(huddle_page_picture_parent_class)->constructed(object);
        g_signal_connect_swapped(page->avatar, "notify::custom-image",
                                 G_CALLBACK(page_picture_on_drawn), page);
        page_picture_ask(page);
}

static void huddle_page_picture_finalize(GObject *object)
{
        HuddlePagePicture *page = HUDDLE_PAGE_PICTURE(object);

        portraits_free(page->portraits);
        g_clear_pointer(&page->jpeg, g_bytes_unref);
        G_OBJECT_CLASS(huddle_page_picture_parent_class)->finalize(object);
}

static void huddle_page_picture_class_init(HuddlePagePictureClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->constructed = huddle_page_picture_constructed;
        G_OBJECT_CLASS(klass)->finalize = huddle_page_picture_finalize;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_picture_retry;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-picture");
        gtk_widget_class_bind_template_child(widget_class, HuddlePagePicture, avatar);
        gtk_widget_class_bind_template_child(widget_class, HuddlePagePicture, zoom);
        gtk_widget_class_bind_template_child(widget_class, HuddlePagePicture, across);
        gtk_widget_class_bind_template_child(widget_class, HuddlePagePicture, down);
        gtk_widget_class_bind_template_child(widget_class, HuddlePagePicture, use);
        gtk_widget_class_bind_template_callback(widget_class, page_picture_on_moved);
        gtk_widget_class_bind_template_callback(widget_class, page_picture_on_use);
}

static void huddle_page_picture_init(HuddlePagePicture *page)
{
        page->portraits = portraits_new(HUDDLE_PAGE(page));
        gtk_widget_init_template(GTK_WIDGET(page));
}
