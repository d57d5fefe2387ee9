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
        /* of JPEG and HEIC, of PNG, of WebP; XMP of all of them */
        static const char *const marks[] = {
                "Exif", "eXIf", "EXIF", "XMP ", "http://ns.adobe.com/xap", "rdf+xml"};

        if (len > CARD_PICTURE_BYTES_MAX)
                return false;
        for (size_t i = 0; i < ARRAY_LEN(marks); i++)
                if (memmem(bytes, len, marks[i], strlen(marks[i])))
                        return false;
        return true;
}
