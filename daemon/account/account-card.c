/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account-card.c - a sealed copy of the shared part of the own card, on the cloud (patent 0084) */
#include "account-private.h"
#include "src/protocol/cardseal.h"
#include "src/base/log.h"
#include "shares.h"

#include <assert.h>
#include <string.h>

/* The fields of the cloud's copy if the whole card does not fit into one request: all but pictures
 * and sound. */
#define WITHOUT_PICTURES                                                                           \
        "NICKNAME,TEL,EMAIL,ADR,ORG,TITLE,ROLE,URL,IMPP,BDAY,ANNIVERSARY,NOTE,LANG,GENDER,TZ,GEO," \
        "RELATED"

enum {
        ANSWER_MS = 10000,
        PROFILE_TEXT_MAX = 32 * 1024 - 1, /* sealed and padded it still fits into one envelope */
        PROFILE_PART = 0,                 /* sealed as a part that no exchange has */
};

/* ---- the cloud's copy ---- */

/* A field that is not shared never leaves the terminal, not even encrypted. */
static int card_write_shared(char **ret, size_t *ret_len, const Account *a, const char *vcard,
                             const char *only)
{
        _cleanup_(card_freep) Card *card = NULL;
        _cleanup_free_ char *fields = NULL;
        int r = shares_fields(a->deps->store, a->uid, NULL, &fields);

        if (r == 0)
                r = card_parse(&card, vcard, strlen(vcard), NULL, NULL);
        if (r == 0)
                r = card_share(card, fields);
        if (r == 0 && only)
                r = card_share(card, only);
        if (r == 0)
                r = card_write(ret, ret_len, card, CARD_V40);
        return r;
}

/* *ret NULL: the card is too large even without pictures, and there will be no copy. */
static int card_seal_profile(uint8_t **ret, size_t *ret_len, const Account *a, const char *vcard)
{
        _cleanup_(secret_freep) char *whole = NULL, *reduced = NULL;
        const char *text;
        size_t len;
        Id id;
        int r = card_write_shared(&whole, &len, a, vcard, NULL);

        text = whole;
        if (r == 0 && len > PROFILE_TEXT_MAX) {
                r = card_write_shared(&reduced, &len, a, vcard, WITHOUT_PICTURES);
                text = reduced;
        }
        if (r != 0)
                return r < 0 ? r : -EINVAL;
        if (len > PROFILE_TEXT_MAX) {
                *ret = NULL;
                return 0;
        }
        memcpy(id.b, a->record.key.public_key.b, sizeof id.b);
        return card_seal(ret, ret_len, text, len, &a->record.profile_key, &id, PROFILE_PART);
}

static void on_card_uploaded(void *userdata, CloudResult result, const WireResponse *response)
{
        Account *a = userdata;
        int r;

        a->upload = NULL;
        if (result != CLOUD_OK) {
                log_line(LOG_WARNING, NULL, "the cloud does not keep the copy of a card");
                return;
        }
        a->record.card_uploaded = a->uploading;
        r = daemon_store_account_put(a->deps->store, &a->record);
        if (r < 0)
                log_error("an account could not be stored: %s", strerror(-r));
}

static int account_send_profile(Account *a, const OwnCard *own)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        PbPutProfile body = PB_PUT_PROFILE_INIT;
        WireRequest request = PB_REQUEST_INIT;
        size_t len = 0;
        int r = card_seal_profile(&sealed, &len, a, own->vcard);

        if (r != 0 || !sealed)
                return r < 0 ? r : 0;
        assert(a->client);
        a->uploading = own->revision;
        body.revision = own->revision;
        body.ciphertext = wire_bytes(sealed, len);
        request.body_case = PB_REQUEST_BODY_PUT_PROFILE;
        request.put_profile = &body;
        return cloud_client_call(a->client, &a->upload, &request, UINT64_MAX, ANSWER_MS,
                                 on_card_uploaded, a);
}

/* Ends the upload of an older card. */
int account_upload(Account *a)
{
        _cleanup_(own_card_done) OwnCard own = {0};
        int r;

        a->upload = cloud_call_cancel(a->upload);
        if (!a->record.confirmed || !account_client(a))
                return 0;
        r = daemon_store_own_card_get(a->deps->store, a->uid, &own);
        if (r == DAEMON_STORE_E_NOT_FOUND || (r == 0 && own.revision == a->record.card_uploaded))
                return 0;
        return r == 0 ? account_send_profile(a, &own) : r;
}
