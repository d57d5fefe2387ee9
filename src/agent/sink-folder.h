/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink-folder.h - a folder of .vcf files, one entry a file: a vdir (khard, vdirsyncer), KDE's
 * kpeoplevcard, our own
 *
 * The id of an entry is the name of its file. Other programs see a whole file or none: we write
 * under a temporary name that they skip, sync and rename. We replace or remove a file only while it
 * still is what we read.
 */
#pragma once

#include "sink.h"

/* kind is "folder" or "kde". The first request makes a missing folder, for the user alone. */
int sink_folder_new(Sink **ret, const char *kind, const char *path);
