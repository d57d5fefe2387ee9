/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account-private.h - what account.c and account-card.c share */
#pragma once

#include "account.h"

struct Account {
        const AccountSettings *settings;
        uint32_t uid;
        bool stored; /* the record below is in the store */
        AccountRecord record;
        CloudClient *client; /* NULL until the cloud has been met */

        /* what is under way for a caller */
        AccountDone done;
        void *userdata;
        uint64_t deadline_ms;
        bool consent;
        char wanted[HANDLE_LENGTH_MAX + 1];
        CloudMeeting *meeting;
        CloudClient *stranger; /* a client without an account, to register with */
        CloudCall *call;

        CloudCall *upload;
};

/* Brings the cloud's copy of the card up to date, if it is not and the cloud has been met. */
int account_upload(Account *a);
