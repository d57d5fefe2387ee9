/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pem.h - certificates and keys of a server, as text */
#pragma once

#include "src/base/secret.h"

/* Free *ret with secret_free. -EINVAL: the file is empty. */
int pem_read(const char *path, char **ret);
