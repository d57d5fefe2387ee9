/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-preview.c - the method of Manager1 that shows what a share gives away */
#include "daemon/account/own-card.h"
#include "daemon/account/shares.h"
#include "manager-private.h"
#include "src/base/language.h"
#include "src/base/array.h"

#include <string.h>

/* What the others would see, and what they would not. */
typedef struct Preview {
        char *vcard;
        ARRAY(char *) left_out; /* fields, each once */
} Preview;

static void preview_done(Preview *p)
{
        secret_free(p->vcard);
        for (size_t i = 0; i < p->left_out.n; i++)
                free(p->left_out.list[i]);
        array_done(&p->left_out);
}

static int preview_leave_out(void *userdata, const char *field)
{
        Preview *p = userdata;
        char *copy;
        int r;

        for (size_t i = 0; i < p->left_out.n; i++)
                if (strcmp(p->left_out.list[i], field) == 0)
                        return 0;
        copy = strdup(field);
        r = copy ? array_add(&p->left_out, copy) : -ENOMEM;
        if (r < 0)
                free(copy);
        return r;
}

static int preview_make(Preview *p, DaemonStore *store, uint32_t uid, const char *share)
{
        _cleanup_(card_freep) Card *card = NULL;
        _cleanup_free_ char *fields = NULL;
        _cleanup_(secret_freep) char *text = NULL;
        size_t len;
        int r = own_card_get(store, uid, &text);

        if (r != 0)
                return r;
        if (card_parse(&card, text, strlen(text), NULL, NULL) != 0)
                return -EBADMSG; /* it was read when it was set */
        r = shares_find(store, uid, card, *share ? share : NULL, &fields);
        if (r == 0)
                r = card_walk_unshared(card, fields, preview_leave_out, p);
        if (r == 0)
                r = card_share(card, fields);
        if (r == 0)
                r = card_write(&p->vcard, &len, card, CARD_V40);
        return r;
}

static bool preview_build(DBusMessageIter *to, void *userdata)
{
        const Preview *p = userdata;

        return bus_append_string(to, p->vcard) &&
               bus_append_strings(to, (const char *const *)p->left_out.list, p->left_out.n);
}

void manager_handle_preview_share(BusCall *call, void *data)
{
        const ManagerObject *o = data;
        _cleanup_(preview_done) Preview p = {0};
        int r = preview_make(&p, o->deps.store, bus_call_uid(call), manager_first_string(call));

        if (r == 0)
                bus_return_built(call, preview_build, &p);
        else if (r == OUTCOME_INVALID_ARGUMENT)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("share is a profile, or fields of the card like TEL,EMAIL/work"));
        else
                bus_return_outcome(call, r);
}
