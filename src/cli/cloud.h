/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cloud.h - the clouds of the user: consent to a new one, an account at it */
#pragma once

#include "link.h"

/* Makes sure that the user has the cloud of the link, if it names one. Shows its address and words,
 * and asks once about a cloud that is not known; without a terminal it needs --yes. Complains. */
Exit cloud_accept(Cli *cli, const LinkText *link);
/* Registers at a cloud (NULL: the default), with --handle or a handle that is asked for, and with
 * the consent that is asked for. error, detail: of the call that found no account. Complains. */
Exit cloud_register(Cli *cli, const char *url, const char *error, const char *detail);
