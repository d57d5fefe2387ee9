/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cloud.h - the clouds of the user: consent to a new one, an account at it */
#pragma once

#include "link.h"

/* A text of a dictionary of the daemon, such as one of GetClouds; "" where there is none. */
const char *cloud_text(const json_t *dict, const char *key);
/* The clouds of the user. Complains. */
Exit cloud_get_all(Cli *cli, json_t **ret);
/* That with this address, or the default (url NULL). NULL: there is none. Borrows. */
const json_t *cloud_find(const json_t *clouds, const char *url);
/* Adds a cloud that was found (FindClouds). error: NULL, or the D-Bus error instead of a
 * complaint, to free. */
Exit cloud_add_found(Cli *cli, const json_t *found, char **ret_error);
/* The default from now on. cloud: its URL, or its digest (FindClouds). */
Exit cloud_use(Cli *cli, const char *cloud);
/* Prints a cloud, its link, and with --qr the code to scan. Complains. */
Exit cloud_show(Cli *cli, const char *url);

/* Makes sure that the user has the cloud of the link, if it names one. Shows its address and words,
 * and asks once about a cloud that is not known; without a terminal it needs --yes. Complains. */
Exit cloud_accept(Cli *cli, const LinkText *link);
/* Registers at a cloud (NULL: the default), with --handle or a handle that is asked for, and with
 * the consent that is asked for. error, detail: of the call that found no account. Complains. */
Exit cloud_register(Cli *cli, const char *url, const char *error, const char *detail);
