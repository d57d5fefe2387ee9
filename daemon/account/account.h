/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * account.h - one user's account: its key and handle, its card, its line to the cloud
 *
 * At most one of register, confirm and unregister is under way for a user (else OUTCOME_BUSY).
 * A failed operation leaves no trace, with one exception: if the cloud's answer to a registration
 * was lost, we keep the key drawn for it, so that another try finds the account instead of a
 * handle that is taken.
 */
#pragma once

#include "src/card/card.h"
#include "cloud-line.h"

typedef struct Account Account;

typedef struct AccountDeps { /* borrowed; outlive the account */
        Clock *clock;
        DaemonStore *store;
        CloudLine *line;
        void (*changed)(void *userdata, uint32_t uid); /* registered or handle */
        void *userdata;
} AccountDeps;

/* With what the store has of this user at the cloud of deps->line, if anything. */
int account_new(Account **ret, const AccountDeps *deps, uint32_t uid);
Account *account_free(Account *a); /* a waiting caller is not called any more */
DEFINE_CLEANUP(Account *, account_free);

uint32_t account_uid(const Account *a);
CloudLine *account_line(const Account *a);
bool account_registered(const Account *a);
const char *account_handle(const Account *a); /* "" without an account */
/* Whether it may be dropped: nothing stored, nothing under way. */
bool account_idle(const Account *a);
/* Its client, NULL until the cloud has been met. */
CloudClient *account_client(Account *a);
/* The way to its cloud. A positive Outcome: why there is none yet. */
int account_access(Account *a, CloudAccess *ret);
void account_renew(Account *a); /* as accounts_renew */

/* What the cloud asks of its users. */
typedef struct AccountTerms {
        const char *consent; /* the text; borrowed */
        uint32_t version;    /* of the text */
        bool confirms;       /* registration goes on with account_confirm */
} AccountTerms;
/* Called once, possibly from within. terms: NULL unless the outcome is OK. */
typedef void (*AccountTermsFunc)(void *userdata, Outcome outcome, const AccountTerms *terms);
/* Asks the cloud. Counts as an operation; the user may have no account. */
void account_ask_terms(Account *a, AccountTermsFunc func, void *userdata);

/* Called once, possibly from within. detail: a message instead of the usual one, borrowed, or
 * NULL. */
typedef void (*AccountDone)(void *userdata, Outcome outcome, const char *detail);
/* consent: the user has accepted the consent text. version: of the text that the user has read; if
 * the cloud has another one by now, the outcome is OUTCOME_CONSENT_REQUIRED. 0: any. */
void account_register(Account *a, const char *handle, bool consent, uint32_t version,
                      AccountDone done, void *userdata);
void account_confirm(Account *a, const char *code, AccountDone done, void *userdata);
void account_unregister(Account *a, AccountDone done, void *userdata);
/* Deletes the account here alone, for a cloud that is gone. -EBUSY: an operation is under way. */
int account_drop(Account *a);

/* The own card or its shared fields may have changed: the cloud gets a copy that it cannot read, as
 * soon as it is reachable. */
int account_upload(Account *a);
