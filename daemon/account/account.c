/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "account-private.h"
#include "src/base/log.h"

#include <assert.h>
#include <string.h>

enum {
        ANSWER_MS = 4000,    /* how long one try may take */
        OPERATION_MS = 8000, /* all of it: a person waits, and a D-Bus caller for 25 s by default */
};

/* ---- for the callers ---- */

static void stop_waiting(Account *a)
{
        a->meeting = cloud_meeting_cancel(a->meeting);
        a->call = cloud_call_cancel(a->call);
        a->stranger = cloud_client_free(a->stranger);
}

static void finish(Account *a, Outcome outcome, const char *detail)
{
        AccountDone done = a->done;
        void *userdata = a->userdata;

        stop_waiting(a);
        a->done = NULL;
        done(userdata, outcome, detail);
}

static void finish_errno(Account *a, int r)
{
        log_error("an account could not be changed: %s", strerror(-r));
        finish(a, OUTCOME_FAILED, NULL);
}

/* False: something is under way already, and done has been told so. */
static bool begin(Account *a, AccountDone done, void *userdata)
{
        if (a->done) {
                done(userdata, OUTCOME_BUSY, NULL);
                return false;
        }
        a->done = done;
        a->userdata = userdata;
        a->deadline_ms = clock_now(a->settings->clock) + OPERATION_MS;
        return true;
}

static void told(Account *a)
{
        a->settings->changed(a->settings->userdata, a->uid);
}

static int call(Account *a, CloudClient *client, WireRequest *request, CloudFunc func)
{
        return cloud_client_call(client, &a->call, request, a->deadline_ms, ANSWER_MS, func, a);
}

static bool holds(CloudResult result, const WireResponse *response, int body_case)
{
        return result == CLOUD_OK && (int)response->body_case == body_case;
}

/* What an answer means to a caller, where it is not the expected one. */
static Outcome refusal(CloudResult result, const WireResponse *response)
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

/* ---- the record and its client ---- */

static int forget(Account *a)
{
        int r = daemon_store_account_delete(a->settings->store, a->uid);

        if (r < 0)
                return r;
        a->upload = cloud_call_cancel(a->upload);
        a->client = cloud_client_free(a->client);
        account_record_done(&a->record);
        a->record = (AccountRecord){.uid = a->uid};
        a->stored = false;
        told(a);
        return 0;
}

static int store(Account *a)
{
        int r = daemon_store_account_put(a->settings->store, &a->record);

        if (r < 0)
                return r;
        a->stored = true;
        told(a);
        return 0;
}

CloudClient *account_client(Account *a)
{
        int r;

        if (a->client || !a->stored || !cloud_line_identity(a->settings->line))
                return a->client;
        r = cloud_line_client(a->settings->line, &a->client, &a->record.key);
        if (r < 0)
                log_error("no line to the cloud for an account: %s", strerror(-r));
        return a->client;
}

/* ---- register: meet the cloud, ask for its terms, register ---- */

static void on_registered(void *userdata, CloudResult result, const WireResponse *response)
{
        Account *a = userdata;
        Outcome outcome;
        int r;

        a->call = NULL;
        outcome = refusal(result, response);
        if (holds(result, response, PB_RESPONSE_BODY_REGISTERED)) {
                a->record.confirmed = response->registered->confirmed;
                r = store(a);
                outcome = OUTCOME_OK;
        } else
                r = result == CLOUD_STATUS ? forget(a) : 0; /* else the answer was lost */
        if (r < 0) {
                finish_errno(a, r);
                return;
        }
        finish(a, outcome, NULL);
}

/* The key is stored before the cloud hears of it, and used again where the same handle is tried
 * again. */
static int draw_key(Account *a)
{
        if (a->stored && strcmp(a->record.handle, a->wanted) == 0)
                return 0;
        a->client = cloud_client_free(a->client);
        account_record_done(&a->record);
        a->record = (AccountRecord){.uid = a->uid};
        account_key_draw(&a->record.key);
        key_random(&a->record.profile_key);
        memcpy(a->record.handle, a->wanted, sizeof a->wanted);
        return store(a);
}

static int send_registration(Account *a, uint32_t consent_version)
{
        const CloudIdentity *cloud = cloud_line_identity(a->settings->line);
        PbRegister body = PB_REGISTER_INIT;
        WireRequest request = PB_REQUEST_INIT;
        uint8_t signature[64];
        Bytes32 session_key;
        int r = draw_key(a);

        if (r < 0)
                return r;
        r = cloud_client_session_key(a->stranger, &session_key);
        if (r < 0)
                return r;
        account_sign_register(signature, &a->record.key, &cloud->box_key, &session_key,
                              a->record.handle, consent_version);
        body.account_key = wire_bytes(&a->record.key.public_key, sizeof a->record.key.public_key);
        body.signature = wire_bytes(signature, sizeof signature);
        body.handle = a->record.handle;
        body.consent_version = consent_version;
        request.body_case = PB_REQUEST_BODY_REGISTER;
        request.register_ = &body;
        return call(a, a->stranger, &request, on_registered);
}

static void on_description(void *userdata, CloudResult result, const WireResponse *response)
{
        Account *a = userdata;
        int r;

        a->call = NULL;
        if (!holds(result, response, PB_RESPONSE_BODY_DESCRIPTION)) {
                finish(a, refusal(result, response), NULL);
                return;
        }
        if (!a->consent) {
                finish(a, OUTCOME_CONSENT_REQUIRED, response->description->consent_text);
                return;
        }
        r = send_registration(a, response->description->consent_version);
        if (r < 0)
                finish_errno(a, r);
}

static void on_met(void *userdata, Outcome outcome)
{
        Account *a = userdata;
        PbDescribe body = PB_DESCRIBE_INIT;
        WireRequest request = PB_REQUEST_INIT;
        int r;

        a->meeting = NULL;
        if (outcome != OUTCOME_OK) {
                finish(a, outcome, NULL);
                return;
        }
        request.body_case = PB_REQUEST_BODY_DESCRIBE;
        request.describe = &body;
        r = cloud_line_client(a->settings->line, &a->stranger, NULL);
        if (r >= 0)
                r = call(a, a->stranger, &request, on_description);
        if (r < 0)
                finish_errno(a, r);
}

/* Any text in one line: a phone number, an e-mail address, a nickname. */
static bool handle_valid(const char *handle)
{
        size_t len = strlen(handle);

        for (const char *p = handle; *p; p++)
                if ((unsigned char)*p < 0x20 || *p == 0x7f)
                        return false;
        return len > 0 && len <= HANDLE_LENGTH_MAX && text_is_utf8(handle, len);
}

void account_register(Account *a, const char *handle, bool consent, AccountDone done,
                      void *userdata)
{
        int r;

        if (!begin(a, done, userdata))
                return;
        if (!handle_valid(handle)) {
                finish(a, OUTCOME_INVALID_ARGUMENT, "a handle is one line of 1 to 128 bytes");
                return;
        }
        if (a->record.confirmed) {
                finish(a, OUTCOME_ALREADY_REGISTERED, NULL);
                return;
        }
        a->consent = consent;
        memset(a->wanted, 0, sizeof a->wanted);
        memcpy(a->wanted, handle, strlen(handle));
        if (cloud_line_identity(a->settings->line)) {
                on_met(a, OUTCOME_OK);
                return;
        }
        r = cloud_line_meet(a->settings->line, &a->meeting, on_met, a);
        if (r < 0)
                finish_errno(a, r);
}

/* ---- confirm and unregister ---- */

/* Sends a request of the account itself, after meeting a cloud that is not known any more (another
 * URL). */
static void send_own(Account *a, WireRequest *request, CloudFunc func)
{
        CloudClient *client = account_client(a);
        int r;

        if (!client) {
                finish(a,
                       cloud_line_trouble(a->settings->line) == OUTCOME_OK
                               ? OUTCOME_CLOUD_UNREACHABLE
                               : cloud_line_trouble(a->settings->line),
                       NULL);
                return;
        }
        r = call(a, client, request, func);
        if (r < 0)
                finish_errno(a, r);
}

static void on_confirmed(void *userdata, CloudResult result, const WireResponse *response)
{
        Account *a = userdata;
        int r;

        a->call = NULL;
        if (result != CLOUD_OK) {
                finish(a, refusal(result, response), NULL);
                return;
        }
        a->record.confirmed = true;
        r = store(a);
        if (r < 0) {
                a->record.confirmed = false;
                finish_errno(a, r);
                return;
        }
        finish(a, OUTCOME_OK, NULL);
}

static bool code_valid(const char *code)
{
        size_t len = strlen(code);

        return len >= 4 && len <= 12 && strspn(code, "0123456789") == len;
}

void account_confirm(Account *a, const char *code, AccountDone done, void *userdata)
{
        PbConfirm body = PB_CONFIRM_INIT;
        WireRequest request = PB_REQUEST_INIT;

        if (!begin(a, done, userdata))
                return;
        if (!code_valid(code)) {
                finish(a, OUTCOME_INVALID_ARGUMENT, "the code sent to a handle is 4 to 12 digits");
                return;
        }
        if (!a->stored || a->record.confirmed) {
                finish(a, a->stored ? OUTCOME_ALREADY_REGISTERED : OUTCOME_NOT_REGISTERED, NULL);
                return;
        }
        body.code = (char *)code;
        request.body_case = PB_REQUEST_BODY_CONFIRM;
        request.confirm = &body;
        send_own(a, &request, on_confirmed);
}

static void on_unregistered(void *userdata, CloudResult result, const WireResponse *response)
{
        Account *a = userdata;
        bool gone = result == CLOUD_OK ||
                    (result == CLOUD_STATUS && response->status == PB_STATUS_NO_ACCOUNT);
        int r;

        a->call = NULL;
        if (!gone) {
                finish(a, refusal(result, response), NULL);
                return;
        }
        r = forget(a);
        if (r < 0) {
                finish_errno(a, r);
                return;
        }
        finish(a, OUTCOME_OK, NULL);
}

void account_unregister(Account *a, AccountDone done, void *userdata)
{
        PbUnregister body = PB_UNREGISTER_INIT;
        WireRequest request = PB_REQUEST_INIT;

        if (!begin(a, done, userdata))
                return;
        if (!a->stored) {
                finish(a, OUTCOME_NOT_REGISTERED, NULL);
                return;
        }
        request.body_case = PB_REQUEST_BODY_UNREGISTER;
        request.unregister = &body;
        send_own(a, &request, on_unregistered);
}

/* ---- what it is ---- */

uint32_t account_uid(const Account *a)
{
        return a->uid;
}

bool account_registered(const Account *a)
{
        return a->record.confirmed;
}

const char *account_handle(const Account *a)
{
        return a->record.handle;
}

bool account_idle(const Account *a)
{
        return !a->stored && !a->done;
}

int account_new(Account **ret, const AccountSettings *settings, uint32_t uid)
{
        _cleanup_(account_freep) Account *a = secret_alloc(1, sizeof *a);
        int r;

        if (!a)
                return -ENOMEM;
        a->settings = settings;
        a->uid = uid;
        a->record.uid = uid;
        r = daemon_store_account_get(settings->store, uid, &a->record);
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
        stop_waiting(a);
        cloud_call_cancel(a->upload);
        cloud_client_free(a->client);
        account_record_done(&a->record);
        secret_release(a);
        return NULL;
}
