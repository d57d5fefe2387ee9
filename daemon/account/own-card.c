/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own-card.h"
#include "src/protocol/cardseal.h"

#include <stdio.h>
#include <string.h>

enum { UID_SIZE = sizeof "urn:uuid:01234567-89ab-cdef-0123-456789abcdef" };

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

int own_card_set(DaemonStore *s, uint32_t uid, const char *vcard, OwnCardFault *ret_fault)
{
        _cleanup_(own_card_done) OwnCard former = {0};
        _cleanup_(secret_freep) char *text = NULL;
        _cleanup_(card_freep) Card *card = NULL;
        unsigned line = 0;
        size_t len;
        int r = card_parse(&card, vcard, strlen(vcard), NULL, &line);

        if (r == 0 && card_is_group(card))
                r = CARD_E_GROUPS;
        if (r != 0) {
                if (r > 0)
                        *ret_fault = (OwnCardFault){card_complaint(r), line};
                return card_parse_outcome(r);
        }
        r = daemon_store_own_card_get(s, uid, &former);
        if (r >= 0)
                r = card_keep_uid(card, former.vcard);
        if (r == 0)
                r = card_check_size(card);
        if (r == 0)
                r = card_write(&text, &len, card, CARD_V40);
        return r == 0 ? daemon_store_own_card_put(s, uid, text) : r;
}

int own_card_get(DaemonStore *s, uint32_t uid, char **ret)
{
        OwnCard own;
        int r = daemon_store_own_card_get(s, uid, &own);

        if (r == 0)
                *ret = own.vcard;
        return r == DAEMON_STORE_E_NOT_FOUND ? OUTCOME_NO_CARD : r;
}
