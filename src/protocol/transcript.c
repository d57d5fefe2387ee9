/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transcript.h"

#include "code.h"

#include <stdio.h>
#include <string.h>

static int transcript_compare(const void *a, const void *b)
{
        return id_compare(&((const MemberOpening *)a)->id, &((const MemberOpening *)b)->id);
}

int transcript_hash(Bytes32 *ret, const Roster *roster, const MemberOpening *openings, size_t n)
{
        _cleanup_free_ MemberOpening *sorted = calloc(MAX(n, (size_t)1), sizeof *sorted);
        Digest d;

        if (!sorted)
                return -ENOMEM;
        if (n > 0)
                memcpy(sorted, openings, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, transcript_compare);
        digest_begin(&d, "huddle v1 transcript");
        digest_field(&d, roster->bytes, roster->n_bytes);
        digest_field(&d, roster->signature, sizeof roster->signature);
        for (size_t i = 0; i < n; i++)
                opening_digest(&d, &sorted[i]);
        digest_end(&d, ret);
        return 0;
}

void transcript_phrase(const Bytes32 *transcript, char ret[static PHRASE_TEXT_MAX])
{
        const uint8_t *b = transcript->b;
        unsigned number = (unsigned)b[0] << 16 | (unsigned)b[1] << 8 | b[2];

        (void)snprintf(ret, PHRASE_TEXT_MAX, "%s %s %s / %04u %04u",
                       words_get(b[0] * PHRASE_WORD_STEP), words_get(b[1] * PHRASE_WORD_STEP),
                       words_get(b[2] * PHRASE_WORD_STEP), number / 10000, number % 10000);
}
