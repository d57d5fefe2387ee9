/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "huddle card import" of a file of any program. The first line of the input is the name or address
 * to look for; empty: the first card. What would be sent to the daemon is a card in UTF-8. */
#include "fuzz.h"

#include "src/base/text.h"
#include "src/cli/charset.h"
#include "src/cli/out.h"
#include "src/cli/own-card.h"
#include "src/cli/picture.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* ---- in place of the rest of the program ---- */

const char *shown(const char *text)
{
        return text ? text : "";
}

Exit complain(const Cli *cli, Exit code, const char *name, const char *format, ...)
{
        return code;
}

void note(const char *format, ...)
{
}

Exit complain_card(const Cli *cli, int r, unsigned line)
{
        return EXIT_FAILED;
}

Exit own_card(Cli *cli, Card **ret, const char *name)
{
        return EXIT_FAILED;
}

Exit find_contact(Cli *cli, const char *query, json_t **ret)
{
        return EXIT_FAILED;
}

int pictures_fit(const Cli *cli, Card *c, bool of_eds, json_t **ret_told)
{
        *ret_told = json_array();
        return 0;
}

int picture_fit(const void *bytes, size_t len, unsigned char **ret, size_t *ret_len)
{
        return -EINVAL;
}

Exit send_card(Cli *cli, const Card *c, json_t *more)
{
        _cleanup_free_ char *text = NULL;
        size_t len = 0;
        int r = card_write(&text, &len, c, CARD_V40);

        assert(r == 0 && text_is_utf8(text, len));
        assert(json_is_array(json_object_get(more, "lost")));
        json_decref(more);
        return EXIT_DONE;
}

/* ---- the target ---- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_close_ int fd = memfd_create("card", MFD_CLOEXEC);
        const uint8_t *end = memchr(data, '\n', size);
        char path[64], query[64] = "";
        Cli cli = {.json = true};

        if (fd < 0 || !end || (size_t)(end - data) >= sizeof query)
                return 0;
        memcpy(query, data, (size_t)(end - data));
        size -= (size_t)(end + 1 - data);
        if (write(fd, end + 1, size) != (ssize_t)size)
                return 0;
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        (void)import_card(&cli, path, *query ? query : NULL);
        return 0;
}
