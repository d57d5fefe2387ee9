/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-files.h - the files of the guests' pages, read once: a request never reaches the disk */
#pragma once

#include "src/base/util.h"

typedef struct PageFile {
        char *url;        /* "/r/" of r/index.html, else "/" and the name */
        const char *type; /* MIME */
        bool lasts;       /* its name has its digest in it, so what it says never changes */
        uint8_t *bytes, *zipped;
        size_t n_bytes, n_zipped;
} PageFile;

typedef struct PageFiles {
        PageFile *list;
        size_t n;
} PageFiles;

void page_files_done(PageFiles *f);

/* The Content-Security-Policy, to which the clouds are added. */
#define PAGE_POLICY "/policy.txt"

/* Reads what cloud/pages/bundle has put into a folder and one level below: files of known kinds,
 * each with its copy for gzip. -ENOENT: it has no page or no
 * policy. */
int page_files_read(PageFiles *ret, const char *folder);
/* NULL: there is none. */
const PageFile *page_files_find(const PageFiles *f, const char *url);
