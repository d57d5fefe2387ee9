/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file: whatever is in it, each value stays within its bounds. */
#include "fuzz.h"

#include "src/base/settings.h"
#include "src/base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

typedef struct Values {
        uint32_t number;
        uint64_t time_ms;
        double real;
        bool flag;
        char text[SETTING_TEXT_SIZE];
} Values;

static const Setting table[] = {
        {"A", "Number", setting_u32, offsetof(Values, number), "3", 2, 1000},
        {"A", "Time", setting_time, offsetof(Values, time_ms), "90s", 1000, 86400000},
        {"B", "Real", setting_real, offsetof(Values, real), "0.5", -90, 90},
        {"B", "Flag", setting_bool, offsetof(Values, flag), "yes", 0, 0},
        {"B", "Text", setting_text, offsetof(Values, text), "", 0, 0},
};

static void on_warning(void *userdata, const char *file, unsigned line, const char *what)
{
        assert(file && what && text_is_utf8(what, strlen(what)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_close_ int fd = memfd_create("settings", MFD_CLOEXEC);
        char path[64];
        Values v;
        int r;

        if (fd < 0 || write(fd, data, size) != (ssize_t)size)
                return 0;
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        settings_default(table, ARRAY_LEN(table), &v);
        r = settings_read(table, ARRAY_LEN(table), &v, path, on_warning, NULL);
        assert(r >= 0);
        assert(v.number >= 2 && v.number <= 1000);
        assert(v.time_ms >= 1000 && v.time_ms <= 86400000);
        assert(v.real >= -90 && v.real <= 90);
        assert(memchr(v.text, '\0', sizeof v.text) && text_is_utf8(v.text, strlen(v.text)));
        return 0;
}
