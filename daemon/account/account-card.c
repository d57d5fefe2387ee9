/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account-card.c - the user's own card: stored here, and a sealed copy of its shared part on the
 * cloud (patent 0084) */
#include "account-private.h"
#include "src/protocol/cardseal.h"
#include "src/base/log.h"
#include "shares.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The fields of the cloud's copy if the whole card does not fit into one request: all but pictures
 * and sound. */
#define WITHOUT_PICTURES                                                                           \
        "NICKNAME,TEL,EMAIL,ADR,ORG,TITLE,ROLE,URL,IMPP,BDAY,ANNIVERSARY,NOTE,LANG,GENDER,TZ,GEO," \
        "CATEGORIES,RELATED"

enum {
        ANSWER_MS = 10000,
        PROFILE_TEXT_MAX = 32 * 1024 - 1, /* sealed and padded it still fits into one envelope */
        PROFILE_PART = 0,                 /* sealed as a part that no exchange has */
        UID_SIZE = sizeof "urn:uuid:01234567-89ab-cdef-0123-456789abcdef",
};

/* ---- the cloud's copy ---- */

/* A field that is not shared never leaves the terminal, not even encrypted. */
static int card_write_shared(char **ret, size_t *ret_len, const Account *a, const char *only)
{
        _cleanup_(card_freep) Card *card = NULL;
        _cleanup_free_ char *fields = NULL;
        const char *vcard = a->record.card;
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
static int card_seal_profile(uint8_t **ret, size_t *ret_len, const Account *a)
{
        _cleanup_(secret_freep) char *whole = NULL, *reduced = NULL;
        const char *text;
        size_t len;
        Id id;
        int r = card_write_shared(&whole, &len, a, NULL);

        text = whole;
        if (r == 0 && len > PROFILE_TEXT_MAX) {
                r = card_write_shared(&reduced, &len, a, WITHOUT_PICTURES);
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
        a->record.card_uploaded = a->record.card_revision;
        r = daemon_store_account_put(a->deps->store, &a->record);
        if (r < 0)
                log_error("an account could not be stored: %s", strerror(-r));
}

/* Ends the upload of an older card. */
int account_upload(Account *a)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        PbPutProfile body = PB_PUT_PROFILE_INIT;
        WireRequest request = PB_REQUEST_INIT;
        size_t len = 0;
        int r;

        a->upload = cloud_call_cancel(a->upload);
        if (!a->record.confirmed || !a->record.card ||
            a->record.card_uploaded == a->record.card_revision || !account_client(a))
                return 0;
        r = card_seal_profile(&sealed, &len, a);
        if (r != 0 || !sealed)
                return r < 0 ? r : 0;
        assert(a->client);
        body.revision = a->record.card_revision;
        body.ciphertext = wire_bytes(sealed, len);
        request.body_case = PB_REQUEST_BODY_PUT_PROFILE;
        request.put_profile = &body;
        return cloud_client_call(a->client, &a->upload, &request, UINT64_MAX, ANSWER_MS,
                                 on_card_uploaded, a);
}

/* ---- the card here ---- */

static void card_draw_uid(char ret[static UID_SIZE])
{
        uint8_t b[16];

        randombytes_buf(b, sizeof b);
        b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* RFC 4122, 4.4: version 4, variant 1 */
        b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
        (void)snprintf(
                ret, UID_SIZE,
                "urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                b[13], b[14], b[15]);
}

/* Keeps the UID once there is one: by it an address book recognises a card that it gets twice. */
static int card_keep_uid(Card *card, const char *former)
{
        _cleanup_(card_freep) Card *old = NULL;
        char uid[UID_SIZE];

        if (card_uid(card))
                return 0;
        if (former && card_parse(&old, former, strlen(former), NULL, NULL) == 0 && card_uid(old))
                return card_set_uid(card, card_uid(old));
        card_draw_uid(uid);
        return card_set_uid(card, uid);
}

static int card_parse_outcome(int r)
{
        if (r <= 0)
                return r;
        return r == CARD_E_TOO_LARGE ? OUTCOME_CARD_TOO_LARGE : OUTCOME_CARD_INVALID;
}

/* Both parts must fit into what an exchange carries. */
static int card_check_size(const Card *card)
{
        _cleanup_free_ char *name = NULL, *rest = NULL;
        int r = card_split(&name, &rest, card);

        if (r < 0)
                return r;
        return strlen(name) > CARD_PART_MAX || strlen(rest) > CARD_PART_MAX ? OUTCOME_CARD_TOO_LARGE
                                                                            : 0;
}

static int account_put_card(Account *a, char *vcard)
{
        char *former = a->record.card;
        int r;

        assert(vcard);
        a->record.card = vcard;
        a->record.card_revision++;
        r = daemon_store_account_put(a->deps->store, &a->record);
        if (r < 0) {
                a->record.card = former;
                a->record.card_revision--;
                free(vcard);
                return r;
        }
        secret_free(former);
        return 0;
}

int account_set_card(Account *a, const char *vcard, unsigned *ret_line)
{
        _cleanup_(card_freep) Card *card = NULL;
        char *text;
        unsigned line = 0;
        size_t len;
        int r;

        if (!a->record.confirmed)
                return OUTCOME_NOT_REGISTERED;
        r = card_parse(&card, vcard, strlen(vcard), NULL, &line);
        if (r != 0) {
                *ret_line = r == CARD_E_SYNTAX || r == CARD_E_CHARSET ? line : 0;
                return card_parse_outcome(r);
        }
        r = card_keep_uid(card, a->record.card);
        if (r == 0)
                r = card_check_size(card);
        if (r == 0)
                r = card_write(&text, &len, card, CARD_V40);
        if (r == 0)
                r = account_put_card(a, text);
        return r == 0 ? account_upload(a) : r;
}

int account_reshare(Account *a)
{
        int r;

        if (!a->record.card)
                return 0;
        a->record.card_revision++;
        r = daemon_store_account_put(a->deps->store, &a->record);
        return r == 0 ? account_upload(a) : r;
}

const char *account_card(const Account *a)
{
        return a->record.card;
}
