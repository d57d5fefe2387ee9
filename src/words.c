/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "code.h"
#include "wordlist.h"

#include <assert.h>
#include <string.h>

/* Index of the first word that is not below text when only the first n letters are compared. */
static unsigned lower_bound(const char *text, size_t n)
{
        unsigned low = 0, high = WORDS_COUNT;

        while (low < high) {
                unsigned middle = (low + high) / 2;

                if (strncmp(words[middle], text, n) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

const char *words_get(unsigned index)
{
        assert(index < WORDS_COUNT);
        return words[index];
}

int words_find(const char *word)
{
        unsigned i = lower_bound(word, WORDS_LENGTH_MAX + 1);

        return i < WORDS_COUNT && strcmp(words[i], word) == 0 ? (int)i : -1;
}

unsigned words_complete(const char *prefix, const char **ret, unsigned max)
{
        size_t n = strlen(prefix);
        unsigned first = lower_bound(prefix, n), count = 0;

        for (unsigned i = first; i < WORDS_COUNT && strncmp(words[i], prefix, n) == 0; i++, count++)
                if (count < max)
                        ret[count] = words[i];
        return count;
}
