/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "identity.h"
#include "names.h"
#include "normal.h"
#include "src/phone/phone.h"
#include "src/protocol/digest.h"

#include <stdio.h>
#include <string.h>

enum { VALUES_MAX = 64 /* of one kind compared for one entry */ };

/* ---- the rules ------------------------------------------------------------------------------ */

#define ANY_VALUE (EVIDENCE_UID | EVIDENCE_EMAIL | EVIDENCE_NUMBER)
#define ANY_NAME (EVIDENCE_NAME | EVIDENCE_PART)

/* The first line decides whose masks all have a bit of the evidence; 0 asks for nothing. The sender
 * chooses what a card says, so a value alone joins nothing: the name that people saw must agree. */
static const struct {
        unsigned one_of, and_one_of, and_of;
        Verdict verdict;
} rules[] = {
        {EVIDENCE_USER, 0, 0, VERDICT_SAME},
        {EVIDENCE_HISTORY, 0, 0, VERDICT_SAME},
        {ANY_VALUE, ANY_NAME, EVIDENCE_TAKEN, VERDICT_TAKEN},
        {ANY_VALUE, ANY_NAME, 0, VERDICT_SAME},
        {ANY_VALUE, 0, 0, VERDICT_CLAIMS},
        {EVIDENCE_NAME, 0, 0, VERDICT_NAME},
};

static bool has_of(unsigned evidence, unsigned mask)
{
        return !mask || (evidence & mask);
}

Verdict identity_judge(unsigned evidence)
{
        for (size_t i = 0; i < ARRAY_LEN(rules); i++)
                if (has_of(evidence, rules[i].one_of) && has_of(evidence, rules[i].and_one_of) &&
                    has_of(evidence, rules[i].and_of))
                        return rules[i].verdict;
        return VERDICT_NOBODY;
}

bool evidence_is_better(unsigned a, unsigned b)
{
        a &= ANY_VALUE | EVIDENCE_NAME;
        b &= ANY_VALUE | EVIDENCE_NAME;
        return a != b && ((a & b) == b || (a & EVIDENCE_UID && !(b & EVIDENCE_UID)));
}

void evidence_text(char ret[EVIDENCE_TEXT_MAX], unsigned evidence)
{
        static const char *const words[] = {"uid",  "email", "number",  "name",
                                            "part", "taken", "history", "user"};
        size_t used = 0;

        ret[0] = '\0';
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (evidence & (1U << i))
                        used += (size_t)snprintf(ret + used, EVIDENCE_TEXT_MAX - used, "%s%s",
                                                 used > 0 ? "," : "", words[i]);
}

/* ---- what identifies ------------------------------------------------------------------------ */

static void values_done(Values *v)
{
        for (size_t i = 0; i < v->n; i++)
                free(v->list[i]);
        array_done(v);
}

void known_done(Known *k)
{
        free(k->uid);
        free(k->shown);
        free(k->all);
        free(k->words);
        values_done(&k->emails);
        values_done(&k->numbers);
        *k = (Known){0};
}

static int known_read_values(Values *to, const Card *c, const char *property,
                             char *(*normal)(const char *text))
{
        const char *value;

        for (size_t i = 0; i < VALUES_MAX && (value = card_value(c, property, i)); i++) {
                char *copy = normal(value);

                if (!copy || array_add(to, copy) < 0) {
                        free(copy);
                        return -ENOMEM;
                }
        }
        return 0;
}

char *identity_names(const Card *c)
{
        const char *n = card_value(c, "N", 0), *nickname;
        char *all = NULL;

        if (asprintf(&all, "%s %s", card_name(c), n ? n : "") < 0)
                return NULL;
        for (size_t i = 0; all && (nickname = card_value(c, "NICKNAME", i)); i++) {
                _cleanup_free_ char *before = all;

                if (asprintf(&all, "%s %s", before, nickname) < 0)
                        return NULL;
        }
        return all;
}

int known_read(Known *k, const Card *c)
{
        int r;

        k->uid = strdup(card_uid(c));
        k->shown = strdup(card_name(c));
        k->all = identity_names(c);
        k->words = name_words(card_name(c));
        if (!k->uid || !k->shown || !k->all || !k->words)
                return -ENOMEM;
        r = known_read_values(&k->emails, c, "EMAIL", normal_email);
        return r == 0 ? known_read_values(&k->numbers, c, "TEL", normal_phone) : r;
}

/* ---- persons ------------------------------------------------------------------------------ */

void person_name(char ret[PERSON_HEX + 1], const char *uid, const char *name, unsigned nth)
{
        Bytes32 hash;
        Digest d;

        digest_begin(&d, "agent person");
        digest_field(&d, uid, strlen(uid));
        digest_field(&d, name, strlen(name));
        digest_u64(&d, nth);
        digest_end(&d, &hash);
        hash.b[6] = (hash.b[6] & 0x0f) | 0x80;
        hash.b[8] = (hash.b[8] & 0x3f) | 0x80;
        (void)sodium_bin2hex(ret, PERSON_HEX + 1, hash.b, PERSON_HEX / 2);
}

/* ---- comparing ------------------------------------------------------------------------------ */

static bool same_text(const char *a, const char *b)
{
        return *a && strcmp(a, b) == 0;
}

static bool have_email_in_common(const Values *a, const Values *b)
{
        for (size_t i = 0; i < a->n; i++)
                for (size_t k = 0; k < b->n; k++)
                        if (same_text(a->list[i], b->list[k]))
                                return true;
        return false;
}

/* However a number is written, the subscriber's last digits are the same. This is asked for every
 * number of a book; phone_same takes longer. */
static bool end_alike(const char *a, const char *b)
{
        enum { LAST = 4 };
        size_t len_a = strcspn(a, ";"), len_b = strcspn(b, ";");

        return len_a >= LAST && len_b >= LAST &&
               memcmp(a + len_a - LAST, b + len_b - LAST, LAST) == 0;
}

static bool have_number_in_common(const Values *a, const Values *b)
{
        PhoneSet of_a = {.numbers = (const char *const *)a->list, .n = a->n},
                 of_b = {.numbers = (const char *const *)b->list, .n = b->n};

        for (size_t i = 0; i < a->n; i++)
                for (size_t k = 0; k < b->n; k++)
                        if (end_alike(a->list[i], b->list[k]) &&
                            phone_same(a->list[i], &of_a, b->list[k], &of_b))
                                return true;
        return false;
}

static unsigned identity_compare_values(const Known *card, const Known *entry)
{
        unsigned evidence = 0;

        if (same_text(card->uid, entry->uid))
                evidence |= EVIDENCE_UID;
        if (have_email_in_common(&card->emails, &entry->emails))
                evidence |= EVIDENCE_EMAIL;
        if (have_number_in_common(&card->numbers, &entry->numbers))
                evidence |= EVIDENCE_NUMBER;
        return evidence;
}

/* Of the card only FN counts: people saw it at the exchange. Of the entry any name counts, as the
 * user may have put it anywhere. Without a common value nothing but the same words is looked for,
 * as this is asked for every entry of a book. */
int identity_compare(unsigned *ret, const Known *card, const Known *entry)
{
        unsigned evidence = identity_compare_values(card, entry);
        NameLikeness like = NAME_OTHER;
        int r = 0;

        if (evidence)
                r = name_compare(&like, card->shown, entry->shown, entry->all);
        else if (same_text(card->words, entry->words) || strcmp(card->shown, entry->shown) == 0)
                like = NAME_SAME;
        if (r < 0)
                return r;
        if (like != NAME_OTHER)
                evidence |= like == NAME_SAME ? EVIDENCE_NAME : EVIDENCE_PART;
        *ret = evidence;
        return 0;
}
