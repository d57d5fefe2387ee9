/* SPDX-License-Identifier: GPL-2.0-or-later */
/* handlers.h - what the cloud does for each request; the api has a table of them */
#pragma once

#include "call.h"

/* A handler answers with a Status (without a body), with CALL_TAKEN when it has sealed an answer
 * itself (call_answer) or keeps the call waiting, or with negative errno when the store failed. */
enum { CALL_TAKEN = 1000 };
typedef int (*CallHandler)(Call *c);

/* accounts.c */
int handle_describe(Call *c);
int handle_open_session(Call *c);
int handle_register(Call *c);
int handle_register_guest(Call *c);
int handle_confirm(Call *c);
int handle_unregister(Call *c);
int handle_put_profile(Call *c);
int handle_get_profile(Call *c);
/* gathering.c */
int handle_join(Call *c);
int handle_amend(Call *c);
int handle_ready(Call *c);
int handle_close(Call *c);
int handle_leave(Call *c);
/* others.c */
int handle_admit(Call *c);
int handle_draw_route(Call *c);
/* deposits.c */
int handle_upload(Call *c);
int handle_opening(Call *c);
int handle_post(Call *c);
int handle_acknowledge(Call *c);
/* watchers.c */
int handle_watch(Call *c);
/* lists.c */
int handle_get_list(Call *c);
/* records.c, record-fetch.c */
int handle_get_record(Call *c);
int handle_put_record(Call *c);
int handle_revoke_record(Call *c);
int handle_fetch_record(Call *c);
