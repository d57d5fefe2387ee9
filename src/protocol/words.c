/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "code.h"
#include "wordlist.h"

#include <assert.h>
#include <string.h>

/* Index of the first word that is not below text, comparing only n letters. */
static unsigned words_lower_bound(const char *text, size_t n)
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
        unsigned i = words_lower_bound(word, WORDS_LENGTH_MAX + 1);

        return i < WORDS_COUNT && strcmp(words[i], word) == 0 ? (int)i : -1;
}

/* Whether one letter changed, added, left out or swapped with its neighbour makes a into b. */
static bool words_one_slip_apart(const char *a, const char *b)
{
        size_t la = strlen(a), lb = strlen(b), i = 0;

        if (la > lb)
                return words_one_slip_apart(b, a);
        while (a[i] != '\0' && a[i] == b[i])
                i++;
        if (la < lb)
                return strcmp(a + i, b + i + 1) == 0;
        if (i == la)
                return false;
        return strcmp(a + i + 1, b + i + 1) == 0 ||
               (a[i] == b[i + 1] && a[i + 1] == b[i] && strcmp(a + i + 2, b + i + 2) == 0);
}

int words_nearest(const char *word)
{
        for (unsigned i = 0; i < WORDS_COUNT; i++)
                if (words_one_slip_apart(word, words[i]))
                        return (int)i;
        return -1;
}

unsigned words_complete(const char *prefix, const char **ret, unsigned max)
{
        size_t n = strlen(prefix);
        unsigned first = words_lower_bound(prefix, n), count = 0;

        for (unsigned i = first; i < WORDS_COUNT && strncmp(words[i], prefix, n) == 0; i++, count++)
                if (count < max)
                        ret[count] = words[i];
        return count;
}
