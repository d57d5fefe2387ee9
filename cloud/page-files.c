/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page-files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 64, BYTES_MAX = 4 << 20 };

#define INDEX "index.html"

static const struct {
        const char *ending, *type;
} kinds[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".wasm", "application/wasm"},
        {".txt", "text/plain; charset=utf-8"},
        {".svg", "image/svg+xml"},
};

void page_files_done(PageFiles *f)
{
        for (size_t i = 0; i < f->n; i++) {
                free(f->list[i].url);
                free(f->list[i].bytes);
                free(f->list[i].zipped);
        }
        free(f->list);
        *f = (PageFiles){0};
}

static const char *page_type(const char *name)
{
        const char *ending = strrchr(name, '.');

        for (size_t i = 0; ending && i < ARRAY_LEN(kinds); i++)
                if (strcmp(ending, kinds[i].ending) == 0)
                        return kinds[i].type;
        return NULL;
}

static int page_read(const char *path, uint8_t **ret, size_t *ret_len)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        _cleanup_free_ uint8_t *bytes = NULL;
        struct stat st;
        size_t len = 0;
        ssize_t n;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size > BYTES_MAX)
                return -EFBIG;
        bytes = malloc((size_t)st.st_size + 1);
        if (!bytes)
                return -ENOMEM;
        while ((n = read(fd, bytes + len, (size_t)st.st_size - len)) > 0)
                len += (size_t)n;
        if (n < 0 || len != (size_t)st.st_size)
                return n < 0 ? -errno : -EIO;
        *ret = TAKE_PTR(bytes);
        *ret_len = len;
        return 0;
}

/* below: "" or "name/". */
static int page_add(PageFiles *f, const char *folder, const char *below, const char *name)
{
        char path[PATH_MAX], zipped[PATH_MAX];
        PageFile *file = &f->list[f->n];
        bool index = strcmp(name, INDEX) == 0;
        int r;

        if (!page_type(name))
                return 0;
        if (f->n == FILES_MAX)
                return -EFBIG;
        if (snprintf(path, sizeof path, "%s/%s%s", folder, below, name) >= (int)sizeof path ||
            snprintf(zipped, sizeof zipped, "%s.gz", path) >= (int)sizeof zipped)
                return -ENAMETOOLONG;
        *file = (PageFile){.type = page_type(name), .lasts = strchr(name, '-')};
        f->n++;
        if (asprintf(&file->url, "/%s%s", below, index ? "" : name) < 0) {
                file->url = NULL;
                return -ENOMEM;
        }
        r = page_read(path, &file->bytes, &file->n_bytes);
        return r < 0 ? r : page_read(zipped, &file->zipped, &file->n_zipped);
}

static int page_walk(PageFiles *f, const char *folder, const char *below)
{
        char path[PATH_MAX], deeper[NAME_MAX + 2];
        struct dirent *entry;
        DIR *dir;
        int r = 0;

        (void)snprintf(path, sizeof path, "%s/%s", folder, below);
        dir = opendir(path);
        if (!dir)
                return errno == ENOTDIR ? 0 : -errno;
        while (r == 0 && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                if (strchr(entry->d_name, '.'))
                        r = page_add(f, folder, below, entry->d_name);
                else if (!*below) {
                        (void)snprintf(deeper, sizeof deeper, "%s/", entry->d_name);
                        r = page_walk(f, folder, deeper);
                }
        }
        (void)closedir(dir);
        return r;
}

int page_files_read(PageFiles *ret, const char *folder)
{
        _cleanup_(page_files_done) PageFiles f = {.list = calloc(FILES_MAX, sizeof *f.list)};
        int r;

        if (!f.list)
                return -ENOMEM;
        r = page_walk(&f, folder, "");
        if (r == 0 && (!page_files_find(&f, "/") || !page_files_find(&f, PAGE_POLICY)))
                r = -ENOENT;
        if (r < 0)
                return r;
        *ret = f;
        f = (PageFiles){0};
        return 0;
}

const PageFile *page_files_find(const PageFiles *f, const char *url)
{
        for (size_t i = 0; i < f->n; i++)
                if (strcmp(f->list[i].url, url) == 0)
                        return &f->list[i];
        return NULL;
}
