/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fails the first allocation, the second, … until a card gets through all that is done to one: each
 * shortage is told, nothing leaks. */
#include "src/card/card.h"
#include "tests/unit/test.h"

/* The linker puts these in the place of the library's. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);

static int until_failure; /* the allocation that fails; 0 = none */

static bool fails_now(void)
{
        return until_failure > 0 && --until_failure == 0;
}

void *__wrap_malloc(size_t size)
{
        return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
        return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
        return fails_now() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *s)
{
        return fails_now() ? NULL : __real_strdup(s);
}

static const char text[] =
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=ISO-8859-1:M\xfcller;Ann\r\n"
        "item1.TEL;HOME;PREF:1\r\nADR;WORK:;;Road\r\nLABEL;WORK:Road\r\nLABEL;HOME:Street\r\n"
        "PHOTO;GIF;BASE64:QUJD\r\nLOGO;JPEG;VALUE=URL:http://x.org/\r\nX-A;BASE64:QUJD\r\n"
        "GEO:1;2\r\nBDAY:1999-01-01\r\nURL:x\r\nSORT-STRING:m\r\nEND:VCARD\r\n";

static int everything(void)
{
        _cleanup_(card_freep) Card *c = NULL, *joined = NULL, *new = NULL;
        _cleanup_free_ char *v30 = NULL, *v40 = NULL, *name = NULL, *rest = NULL;
        size_t len;
        int r;

        r = card_parse(&c, text, sizeof text - 1, NULL, NULL);
        if (r == 0)
                r = card_write(&v30, &len, c, CARD_V30);
        if (r == 0)
                r = card_write(&v40, &len, c, CARD_V40);
        if (r == 0)
                r = card_split(&name, &rest, c);
        if (r == 0)
                r = card_join(&joined, name, strlen(name), rest, strlen(rest));
        if (r == 0)
                r = card_new(&new, "Ann");
        if (r == 0)
                r = card_set_uid(new, "u");
        return r ? r : card_append(new, "TEL", "1");
}

static void every_shortage_is_told(void **state)
{
        int n = 0, r;

        do {
                until_failure = ++n;
                r = everything();
                if (r != 0 && r != -ENOMEM)
                        fail_msg("allocation %d: %d", n, r);
        } while (r != 0);
        assert_true(until_failure > 0); /* none was overlooked */
        assert_true(n > 100);
        until_failure = 0; /* what runs at exit gets its memory */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_shortage_is_told),
        };

        return cmocka_run_group_tests_name("card-shortage", tests, NULL, NULL);
}
