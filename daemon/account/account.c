/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "account-private.h"
#include "src/base/log.h"

#include <assert.h>
#include <string.h>

enum {
        ANSWER_MS = 4000,    /* how long one try may take */
        OPERATION_MS = 8000, /* the whole: a person waits, and D-Bus callers give up after 25 s */
};

/* ---- operations ---- */

static void account_stop_waiting(Account *a)
{
        a->meeting = cloud_meeting_cancel(a->meeting);
        a->call = cloud_call_cancel(a->call);
        a->stranger = cloud_client_free(a->stranger);
}

/* description NULL: there is none. */
static void account_finish_terms(Account *a, Outcome outcome, const PbDescription *description)
{
        AccountTermsFunc asked = a->asked;
        void *userdata = a->userdata;
        AccountTerms terms = {0};

        if (description)
                terms = (AccountTerms){.consent = description->consent_text,
                                       .version = description->consent_version,
                                       .confirms = description->verifies_handles};
        account_stop_waiting(a);
        a->asked = NULL;
        asked(userdata, outcome, description ? &terms : NULL);
}

static void account_finish(Account *a, Outcome outcome, const char *detail)
{
        AccountDone done = a->done;
        void *userdata = a->userdata;

        if (a->asked) {
                account_finish_terms(a, outcome, NULL);
                return;
        }
        assert(done);
        account_stop_waiting(a);
        a->done = NULL;
        done(userdata, outcome, detail);
}

static void account_finish_errno(Account *a, int r)
{
        log_error("an account could not be changed: %s", strerror(-r));
        account_finish(a, OUTCOME_FAILED, NULL);
}

/* False: another operation is under way, and done has been called with OUTCOME_BUSY. */
static bool account_begin(Account *a, AccountDone done, void *userdata)
{
        if (a->done || a->asked) {
                done(userdata, OUTCOME_BUSY, NULL);
                return false;
        }
        a->done = done;
        a->userdata = userdata;
        a->deadline_ms = clock_now(a->deps->clock) + OPERATION_MS;
        return true;
}

static int account_call(Account *a, CloudClient *client, WireRequest *request, CloudFunc func)
{
        return cloud_client_call(client, &a->call, request, a->deadline_ms, ANSWER_MS, func, a);
}

static bool response_holds(CloudResult result, const WireResponse *response, int body_case)
{
        return result == CLOUD_OK && (int)response->body_case == body_case;
}

/* The outcome of an answer that is not the expected one. */
static Outcome account_refusal(CloudResult result, const WireResponse *response)
{
        if (result != CLOUD_STATUS && result != CLOUD_OK)
                return cloud_outcome(result);
        switch (response->status) {
        case PB_STATUS_NO_ACCOUNT:
                return OUTCOME_NOT_REGISTERED;
        case PB_STATUS_CONSENT:
                return OUTCOME_CONSENT_REQUIRED;
        case PB_STATUS_HANDLE_TAKEN:
                return OUTCOME_HANDLE_TAKEN;
        case PB_STATUS_WRONG_CODE:
                return OUTCOME_WRONG_CODE;
        case PB_STATUS_BUSY:
        case PB_STATUS_UNAVAILABLE:
                return OUTCOME_CLOUD_BUSY;
        default:
                return OUTCOME_CLOUD_REFUSED;
        }
}

/* ---- register: meet the cloud, ask for its terms, register ---- */

static void on_account_registered(void *userdata, CloudResult result, const WireResponse *response)
{
        Account *a = userdata;
        Outcome outcome;
        int r;

        a->call = NULL;
        outcome = account_refusal(result, response);
        if (response_holds(result, response, PB_RESPONSE_BODY_REGISTERED)) {
                a->record.confirmed = response->registered->confirmed;
                r = account_store(a);
                outcome = OUTCOME_OK;
        } else
                r = result == CLOUD_STATUS ? account_forget(a) : 0; /* else the answer was lost */
        if (r < 0) {
                account_finish_errno(a, r);
                return;
        }
        account_finish(a, outcome, NULL);
}

/* Stores the key before the cloud hears of it. Another try with the same handle uses the same
 * key. */
static int account_draw_key(Account *a)
{
        if (a->stored && strcmp(a->record.handle, a->wanted) == 0)
                return 0;
        a->client = cloud_client_free(a->client);
        account_begin_record(a);
        account_key_draw(&a->record.key);
        key_random(&a->record.profile_key);
        memcpy(a->record.handle, a->wanted, sizeof a->wanted);
        return account_store(a);
}

static int account_send_registration(Account *a, uint32_t consent_version)
{
        PbRegister body = PB_REGISTER_INIT;
        WireRequest request = PB_REQUEST_INIT;
        uint8_t signature[64];
        Bytes32 session_key, cloud_key;
        int r = account_draw_key(a);

        if (r < 0)
                return r;
        r = cloud_client_session_key(a->stranger, &session_key, &cloud_key);
        if (r < 0)
                return r;
        account_sign_register(signature, &a->record.key, &cloud_key, &session_key, a->record.handle,
                              consent_version);
        body.account_key = wire_bytes(&a->record.key.public_key, sizeof a->record.key.public_key);
        body.signature = wire_bytes(signature, sizeof signature);
        body.handle = a->record.handle;
        body.consent_version = consent_version;
        request.body_case = PB_REQUEST_BODY_REGISTER;
        request.register_ = &body;
        return account_call(a, a->stranger, &request, on_account_registered);
}

static void on_account_description(void *userdata, CloudResult result, const WireResponse *response)
{
        Account *a = userdata;
        int r;

        a->call = NULL;
        if (!response_holds(result, response, PB_RESPONSE_BODY_DESCRIPTION)) {
                account_finish(a, account_refusal(result, response), NULL);
                return;
        }
        if (a->asked) {
                account_finish_terms(a, OUTCOME_OK, response->description);
                return;
        }
        if (!a->consent || (a->consent_version != 0 &&
                            a->consent_version != response->description->consent_version)) {
                account_finish(a, OUTCOME_CONSENT_REQUIRED, response->description->consent_text);
                return;
        }
        r = account_send_registration(a, response->description->consent_version);
        if (r < 0)
                account_finish_errno(a, r);
}

static void on_account_met(void *userdata, Outcome outcome)
{
        Account *a = userdata;
        PbDescribe body = PB_DESCRIBE_INIT;
        WireRequest request = PB_REQUEST_INIT;
        int r;

        a->meeting = NULL;
        if (outcome != OUTCOME_OK) {
                account_finish(a, outcome, NULL);
                return;
        }
        request.body_case = PB_REQUEST_BODY_DESCRIBE;
        request.describe = &body;
        r = cloud_line_client(a->deps->line, &a->stranger, NULL);
        if (r >= 0)
                r = account_call(a, a->stranger, &request, on_account_description);
        if (r < 0)
                account_finish_errno(a, r);
}

/* Without waiting if the cloud has been met. */
static void account_meet(Account *a)
{
        int r;

        if (cloud_line_pin(a->deps->line)) {
                on_account_met(a, OUTCOME_OK);
                return;
        }
        r = cloud_line_meet(a->deps->line, &a->meeting, on_account_met, a);
        if (r < 0)
                account_finish_errno(a, r);
}

void account_ask_terms(Account *a, AccountTermsFunc func, void *userdata)
{
        if (a->done || a->asked) {
                func(userdata, OUTCOME_BUSY, NULL);
                return;
        }
        a->asked = func;
        a->userdata = userdata;
        a->deadline_ms = clock_now(a->deps->clock) + OPERATION_MS;
        account_meet(a);
}

void account_register(Account *a, const char *handle, bool consent, uint32_t version,
                      AccountDone done, void *userdata)
{
        char tidy[HANDLE_SIZE];
        int r;

        if (!account_begin(a, done, userdata))
                return;
        r = handle_tidy(tidy, handle);
        if (r < 0) {
                account_finish_errno(a, r);
                return;
        }
        if (r > 0) {
                account_finish(a, OUTCOME_INVALID_ARGUMENT,
                               "a handle is one line of 1 to 128 bytes, with letters or digits");
                return;
        }
        if (a->record.confirmed) {
                account_finish(a, OUTCOME_ALREADY_REGISTERED, NULL);
                return;
        }
        a->consent = consent;
        a->consent_version = version;
        memset(a->wanted, 0, sizeof a->wanted);
        memcpy(a->wanted, tidy, strlen(tidy));
        account_meet(a);
}

/* ---- confirm and unregister ---- */

/* Sends a request of a registered account. It fails if the configuration names another cloud than
 * the one met. */
static void account_send(Account *a, WireRequest *request, CloudFunc func)
{
        CloudClient *client = account_client(a);
        int r;

        if (!client) {
                account_finish(a,
                               cloud_line_trouble(a->deps->line) == OUTCOME_OK
                                       ? OUTCOME_CLOUD_UNREACHABLE
                                       : cloud_line_trouble(a->deps->line),
                               NULL);
                return;
        }
        r = account_call(a, client, request, func);
        if (r < 0)
                account_finish_errno(a, r);
}

static void on_account_confirmed(void *userdata, CloudResult result, const WireResponse *response)
{
        Account *a = userdata;
        int r;

        a->call = NULL;
        if (result != CLOUD_OK) {
                account_finish(a, account_refusal(result, response), NULL);
                return;
        }
        a->record.confirmed = true;
        r = account_store(a);
        if (r < 0) {
                a->record.confirmed = false;
                account_finish_errno(a, r);
                return;
        }
        account_finish(a, OUTCOME_OK, NULL);
}

static bool account_code_valid(const char *code)
{
        size_t len = strlen(code);

        return len >= 4 && len <= 12 && strspn(code, "0123456789") == len;
}

void account_confirm(Account *a, const char *code, AccountDone done, void *userdata)
{
        PbConfirm body = PB_CONFIRM_INIT;
        WireRequest request = PB_REQUEST_INIT;

        if (!account_begin(a, done, userdata))
                return;
        if (!account_code_valid(code)) {
                account_finish(a, OUTCOME_INVALID_ARGUMENT,
                               "the code sent to a handle is 4 to 12 digits");
                return;
        }
        if (!a->stored || a->record.confirmed) {
                account_finish(a, a->stored ? OUTCOME_ALREADY_REGISTERED : OUTCOME_NOT_REGISTERED,
                               NULL);
                return;
        }
        body.code = (char *)code;
        request.body_case = PB_REQUEST_BODY_CONFIRM;
        request.confirm = &body;
        account_send(a, &request, on_account_confirmed);
}

static void on_account_unregistered(void *userdata, CloudResult result,
                                    const WireResponse *response)
{
        Account *a = userdata;
        bool gone = result == CLOUD_OK ||
                    (result == CLOUD_STATUS && response->status == PB_STATUS_NO_ACCOUNT);
        int r;

        a->call = NULL;
        if (!gone) {
                account_finish(a, account_refusal(result, response), NULL);
                return;
        }
        r = account_forget(a);
        if (r == 0)
                r = daemon_store_user_erase(a->deps->store, a->uid);
        if (r < 0) {
                account_finish_errno(a, r);
                return;
        }
        account_finish(a, OUTCOME_OK, NULL);
}

void account_unregister(Account *a, AccountDone done, void *userdata)
{
        PbUnregister body = PB_UNREGISTER_INIT;
        WireRequest request = PB_REQUEST_INIT;

        if (!account_begin(a, done, userdata))
                return;
        if (!a->stored) {
                account_finish(a, OUTCOME_NOT_REGISTERED, NULL);
                return;
        }
        request.body_case = PB_REQUEST_BODY_UNREGISTER;
        request.unregister = &body;
        account_send(a, &request, on_account_unregistered);
}

int account_drop(Account *a)
{
        if (a->done || a->asked)
                return -EBUSY;
        return a->stored ? account_forget(a) : 0;
}

/* ---- what it is ---- */

bool account_idle(const Account *a)
{
        return !a->stored && !a->done && !a->asked;
}

int account_new(Account **ret, const AccountDeps *deps, uint32_t uid)
{
        _cleanup_(account_freep) Account *a = secret_alloc(1, sizeof *a);
        int r;

        if (!a)
                return -ENOMEM;
        a->deps = deps;
        a->uid = uid;
        account_begin_record(a);
        r = daemon_store_account_get(deps->store, uid, a->record.cloud, &a->record);
        if (r < 0)
                return r;
        a->stored = r == 0;
        r = account_upload(a);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}

Account *account_free(Account *a)
{
        if (!a)
                return NULL;
        account_stop_waiting(a);
        cloud_call_cancel(a->upload);
        cloud_client_free(a->client);
        account_record_done(&a->record);
        secret_release(a);
        return NULL;
}
