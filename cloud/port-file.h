/* SPDX-License-Identifier: GPL-2.0-or-later */
/* port-file.h - tells the port that a server listens on, of use where it was 0 */
#pragma once

/* Written under another name first, so that the file always holds the whole number. */
int port_file_write(const char *path, unsigned port);
