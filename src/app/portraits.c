/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "src/card/card.h"
#include "portraits.h"

#include <string.h>

enum {
        PORTRAIT_EDGE_MIN = 16, /* of DrawPicture */
        PORTRAIT_EDGE_MAX = 512,
        PORTRAITS_WAITING_MAX = 256,
        PORTRAITS_DRAWN_MAX = 256,
};

typedef struct Portrait {
        AdwAvatar *avatar;
        char *vcard;
} Portrait;

struct Portraits {
        HuddlePage *page;
        GQueue waiting;    /* of Portrait */
        Portrait *asked;   /* DrawPicture is under way; NULL: it is not */
        GHashTable *drawn; /* GdkTexture by vCard */
};

static void portrait_free(Portrait *portrait)
{
        if (!portrait)
                return;
        g_object_unref(portrait->avatar);
        g_free(portrait->vcard);
        g_free(portrait);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Portrait, portrait_free)

static gboolean portrait_has_picture(const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;

        return card_parse(&card, vcard, strlen(vcard), NULL, NULL) == 0 &&
               card_value(card, "PHOTO", 0) != NULL;
}

/* NULL: the points do not fit the size. */
static GdkTexture *portrait_texture(guint width, guint height, GVariant *points)
{
        gsize len = 0;
        const void *bytes = g_variant_get_fixed_array(points, &len, 1);
        g_autoptr(GBytes) copy = NULL;

        if (width < 1 || height < 1 || width > PORTRAIT_EDGE_MAX || height > PORTRAIT_EDGE_MAX ||
            len != (gsize)4 * width * height)
                return NULL;
        copy = g_bytes_new(bytes, len);
        return gdk_memory_texture_new((int)width, (int)height, GDK_MEMORY_R8G8B8A8, copy,
                                      (gsize)4 * width);
}

static guint portrait_edge(AdwAvatar *avatar)
{
        int edge = adw_avatar_get_size(avatar) * gtk_widget_get_scale_factor(GTK_WIDGET(avatar));

        return (guint)CLAMP(edge, PORTRAIT_EDGE_MIN, PORTRAIT_EDGE_MAX);
}

static void portraits_next(Portraits *p);

static void portraits_keep(Portraits *p, const Portrait *portrait, GdkTexture *texture)
{
        if (g_hash_table_size(p->drawn) >= PORTRAITS_DRAWN_MAX)
                g_hash_table_remove_all(p->drawn);
        g_hash_table_insert(p->drawn, g_strdup(portrait->vcard), g_object_ref(texture));
        adw_avatar_set_custom_image(portrait->avatar, GDK_PAINTABLE(texture));
}

/* A picture that cannot be drawn is no trouble to tell of: the first letters stay. */
static void portraits_on_drawn(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) reply = NULL, points = NULL;
        g_autoptr(GdkTexture) texture = NULL;
        g_autoptr(Portrait) portrait = NULL;
        Portraits *p = userdata;
        guint width = 0, height = 0;

        reply = g_dbus_proxy_call_finish(G_DBUS_PROXY(agent), result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return; /* the page is gone, and p */
        portrait = g_steal_pointer(&p->asked);
        if (reply && g_variant_is_of_type(reply, G_VARIANT_TYPE("(uuay)"))) {
                g_variant_get(reply, "(uu@ay)", &width, &height, &points);
                texture = portrait_texture(width, height, points);
        }
        if (texture)
                portraits_keep(p, portrait, texture);
        portraits_next(p);
}

static void portraits_next(Portraits *p)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(p->page));

        if (p->asked || !agent)
                return;
        p->asked = g_queue_pop_head(&p->waiting);
        if (p->asked)
                /* the generated call would end the points at the first zero */
                g_dbus_proxy_call(
                        G_DBUS_PROXY(agent), "DrawPicture",
                        g_variant_new("(su)", p->asked->vcard, portrait_edge(p->asked->avatar)),
                        G_DBUS_CALL_FLAGS_NONE, -1, huddle_page_get_cancellable(p->page),
                        portraits_on_drawn, p);
}

Portraits *portraits_new(HuddlePage *page)
{
        Portraits *p = g_new0(Portraits, 1);

        p->page = page;
        g_queue_init(&p->waiting);
        p->drawn = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
        return p;
}

void portraits_free(Portraits *p)
{
        if (!p)
                return;
        portraits_drop_waiting(p);
        portrait_free(p->asked);
        g_hash_table_unref(p->drawn);
        g_free(p);
}

void portraits_show(Portraits *p, AdwAvatar *avatar, const char *vcard)
{
        GdkTexture *drawn = g_hash_table_lookup(p->drawn, vcard);
        Portrait *portrait;

        if (drawn) {
                adw_avatar_set_custom_image(avatar, GDK_PAINTABLE(drawn));
                return;
        }
        if (p->waiting.length >= PORTRAITS_WAITING_MAX || !portrait_has_picture(vcard))
                return;
        portrait = g_new0(Portrait, 1);
        portrait->avatar = g_object_ref_sink(avatar);
        portrait->vcard = g_strdup(vcard);
        g_queue_push_tail(&p->waiting, portrait);
        portraits_next(p);
}

void portraits_drop_waiting(Portraits *p)
{
        g_queue_clear_full(&p->waiting, (GDestroyNotify)portrait_free);
}
