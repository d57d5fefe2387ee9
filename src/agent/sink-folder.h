/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink-folder.h - a folder of .vcf files, one entry a file: a vdir (khard, vdirsyncer), KDE's
 * kpeoplevcard, our own
 *
 * An entry is known by the name of its file. Other programs see a whole file or none: it is
 * written under a temporary name that they skip, synced and renamed. A file is replaced or
 * removed only while it still is what was read.
 */
#pragma once

#include "sink.h"

/* kind is "folder" or "kde". Makes the folder when it is first needed, for the user alone. */
int sink_folder_new(Sink **ret, const char *kind, const char *path);
