/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run-corpus - gives a fuzz target each file of its corpus once, where libFuzzer is not built in
 *
 * fuzz-NAME [FILE...]; without files: all of $top_srcdir/tests/fuzz/corpus/NAME.
 */
#include "fuzz.h"
#include "src/base/util.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

enum { INPUT_MAX = 1024 * 1024 };

static int run_file(const char *path)
{
        _cleanup_free_ uint8_t *data = NULL;
        static uint8_t input[INPUT_MAX];
        FILE *f = fopen(path, "rb");
        size_t len;

        if (!f) {
                perror(path);
                return -1;
        }
        len = fread(input, 1, sizeof input, f);
        (void)fclose(f);
        /* of its exact size: reading past it is seen by sanitizers */
        data = malloc(MAX(len, (size_t)1));
        if (!data)
                return -1;
        memcpy(data, input, len);
        (void)LLVMFuzzerTestOneInput(data, len);
        return 0;
}

static int run_corpus(const char *program)
{
        const char *root = getenv("top_srcdir"), *name = strstr(program, "fuzz-");
        char pattern[4096];
        glob_t g;
        int r = 0;

        if (!name)
                return -1;
        (void)snprintf(pattern, sizeof pattern, "%s/tests/fuzz/corpus/%s/*", root ? root : ".",
                       name + strlen("fuzz-"));
        if (glob(pattern, 0, NULL, &g) != 0) {
                fprintf(stderr, "%s: no corpus\n", pattern);
                return -1;
        }
        for (size_t i = 0; r == 0 && i < g.gl_pathc; i++)
                r = run_file(g.gl_pathv[i]);
        printf("%zu inputs\n", g.gl_pathc);
        globfree(&g);
        return r;
}

int main(int argc, char **argv)
{
        if (argc < 2)
                return run_corpus(argv[0]) < 0;
        for (int i = 1; i < argc; i++)
                if (run_file(argv[i]) < 0)
                        return 1;
        return 0;
}
