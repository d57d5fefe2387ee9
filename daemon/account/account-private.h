/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account-private.h - what the files of an account share. From below: account-store.c,
 * account-card.c, account.c */
#pragma once

#include "account.h"
#include "src/protocol/handle.h"

struct Account {
        const AccountDeps *deps;
        uint32_t uid;
        bool stored; /* the record below is in the store */
        AccountRecord record;
        CloudClient *client; /* NULL until the cloud has been met */

        /* the operation under way */
        AccountDone done;
        AccountTermsFunc asked; /* instead of done, if the terms alone are asked for */
        void *userdata;
        uint64_t deadline_ms;
        bool consent;
        uint32_t consent_version; /* 0: any */
        char wanted[HANDLE_SIZE];
        CloudMeeting *meeting;
        CloudClient *stranger; /* a client without an account, to register with */
        CloudCall *call;

        CloudCall *upload;
        uint64_t uploading; /* the revision of the card under way */
};

/* An empty record of this user and cloud. */
void account_begin_record(Account *a);
/* Stores the record and announces the change. */
int account_store(Account *a);
/* Deletes the record, and with it the client. */
int account_forget(Account *a);
