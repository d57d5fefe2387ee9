/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TXT record of a cloud that somebody announces: byte 0 the length of an address as text, 1-2
 * the port, then the address and the record. What was taken reads the same again. */
#include "fuzz.h"

#include "src/protocol/cloud-announce.h"

#include <assert.h>
#include <string.h>

enum { HEAD = 3 };

static void read_announce(const uint8_t *txt, size_t len)
{
        uint8_t written[CLOUD_ANNOUNCE_SIZE];
        CloudAnnounce a, again;
        char words[CLOUD_WORDS_SIZE];

        if (!cloud_announce_read(&a, txt, len))
                return;
        assert(cloud_name_valid(a.name, strlen(a.name)));
        cloud_digest_words(words, &a.digest);
        assert(cloud_announce_read(&again, written, cloud_announce_write(written, &a)));
        assert(memcmp(&a, &again, sizeof a) == 0);
}

static void read_address(const uint8_t *text, size_t len, unsigned port)
{
        char address[256], url[CLOUD_URL_SIZE], again[CLOUD_URL_SIZE];

        memcpy(address, text, len);
        address[len] = '\0';
        if (cloud_announce_url(url, address, port))
                assert(cloud_url_normalise(again, url) && strcmp(url, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size < HEAD || size - HEAD < data[0])
                return 0;
        read_address(data + HEAD, data[0], (unsigned)data[1] << 8 | data[2]);
        read_announce(data + HEAD + data[0], size - HEAD - data[0]);
        return 0;
}
