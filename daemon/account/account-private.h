/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account-private.h - what the files of an account share. From below: account-store.c,
 * account-card.c, account.c */
#pragma once

#include "account.h"

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
        char wanted[HANDLE_LENGTH_MAX + 1];
        CloudMeeting *meeting;
        CloudClient *stranger; /* a client without an account, to register with */
        CloudCall *call;

        CloudCall *upload;
};

/* Stores the record and announces the change. */
int account_store(Account *a);
/* Deletes the record, and with it the client. */
int account_forget(Account *a);
/* Brings the cloud's copy of the card up to date, if the cloud has been met. */
int account_upload(Account *a);
