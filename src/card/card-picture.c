/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-picture.h"

#include <string.h>

const char *card_picture_media(const unsigned char *bytes, size_t len)
{
        static const struct {
                const char *begins, *media;
        } kinds[] = {
                {"\xff\xd8\xff", "image/jpeg"}, {"\x89PNG", "image/png"}, {"GIF8", "image/gif"}};

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if (len > strlen(kinds[i].begins) &&
                    memcmp(bytes, kinds[i].begins, strlen(kinds[i].begins)) == 0)
                        return kinds[i].media;
        return NULL;
}

bool card_picture_may_stay(const unsigned char *bytes, size_t len)
{
        return len <= CARD_PICTURE_BYTES_MAX && !memmem(bytes, len, "Exif", 4) &&
               !memmem(bytes, len, "eXIf", 4) && !memmem(bytes, len, "http://ns.adobe.com/xap", 23);
}
