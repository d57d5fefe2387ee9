/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for keys: zeroed, locked and in no core dump where the limit allows, and usable where it
 * does not. */
#include "src/base/secret.h"

#include "tests/unit/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { SIZE = 1000, NOBODY = 65534 };

/* AddressSanitizer lets nobody lock memory: it takes terabytes of addresses. */
#if defined(__SANITIZE_ADDRESS__)
static const bool can_lock = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
static const bool can_lock = false;
#else
static const bool can_lock = true;
#endif
#else
static const bool can_lock = true;
#endif

/* What the kernel says of the mapping that holds p (proc(5): lo is locked, dd is left out of core
 * dumps). */
static bool has_flag(const void *p, const char *flag)
{
        FILE *f = fopen("/proc/self/smaps", "re");
        uintptr_t begin, end;
        bool inside = false, found = false;
        char line[512];

        if (!f)
                return false;
        while (fgets(line, sizeof line, f)) {
                if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2)
                        inside = (uintptr_t)p >= begin && (uintptr_t)p < end;
                else if (inside && strncmp(line, "VmFlags:", 8) == 0)
                        found = strstr(line, flag);
        }
        (void)fclose(f);
        return found;
}

static bool is_zero(const uint8_t *p)
{
        return sodium_is_zero(p, SIZE);
}

static void secrets_are_locked(void **state)
{
        uint8_t *p = secret_alloc(1, SIZE), *ordinary = malloc(SIZE);

        assert_non_null(p);
        assert_non_null(ordinary);
        assert_true(is_zero(p));
        memset(p, 1, SIZE);
        assert_true(has_flag(p, " dd"));
        assert_int_equal(has_flag(p, " lo"), can_lock);
        assert_false(has_flag(ordinary, " lo"));
        secret_release(p);
        secret_release(NULL);
        free(ordinary);
}

/* In a process without privilege, to which the limit applies. Its exit status says what did not
 * hold. */
static int try_without_limit(void)
{
        const struct rlimit none = {0, 0};
        uint8_t *p;

        if (setrlimit(RLIMIT_MEMLOCK, &none) < 0 || (geteuid() == 0 && setuid(NOBODY) < 0))
                return 1;
        p = secret_alloc(1, SIZE);
        if (!p || !is_zero(p))
                return 2;
        memset(p, 1, SIZE);
        if (has_flag(p, " lo"))
                return 3;
        secret_release(p);
        return 0;
}

static void without_the_limit_they_are_not(void **state)
{
        pid_t child = fork();
        int status;

        if (child == 0)
                _exit(try_without_limit());
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(secrets_are_locked),
                cmocka_unit_test(without_the_limit_they_are_not),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
