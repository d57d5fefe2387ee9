/* SPDX-License-Identifier: GPL-2.0-or-later */
/* said.h - what huddled and huddle-agent say for people, in the user's language */
#pragma once

/* They speak English, for they serve several users and write logs. A text that the catalogue has is
 * translated, also with values in it or after "NAME: "; any other is shown as it is. The result is
 * harmless on a terminal and as long valid as shown(). text may be NULL. */
const char *said(const char *text);
