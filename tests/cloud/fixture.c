/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

/* ---- the cloud ---- */

static int on_code(void *userdata, const char *handle, const char *code)
{
        Cloud *c = userdata;

        (void)snprintf(c->sent_handle, sizeof c->sent_handle, "%s", handle);
        (void)snprintf(c->sent_code, sizeof c->sent_code, "%s", code);
        c->n_sent++;
        return 0;
}

static void api_begin_over(Cloud *c)
{
        ApiDeps deps = {
                .settings = &c->settings,
                .keys = &c->keys,
                .consent_text = "We keep little.",
                .clock = c->clock,
                .store = c->store,
                .wall_ms = c->wall_ms,
                .send_code = c->verifies ? on_code : NULL,
                .userdata = c,
        };

        assert_int_equal(api_new(&c->api, &deps), 0);
}

void cloud_begin(Cloud *c, Store *store)
{
        bool verifies = c->verifies;

        memset(c, 0, sizeof *c);
        c->verifies = verifies;
        cloud_settings_default(&c->settings);
        c->settings.settle_ms = 0;
        c->settings.session_cache = 64;
        cloud_keys_draw(&c->keys);
        assert_int_equal(step_clock_new(&c->clock, WALL_START_MS), 0);
        if (store)
                c->store = store;
        else
                assert_int_equal(store_sqlite_open(&c->store, ":memory:"), 0);
        api_begin_over(c);
}

void cloud_end(Cloud *c)
{
        (void)api_free(c->api);
        (void)store_free(c->store);
        (void)step_clock_free(c->clock);
        cloud_keys_done(&c->keys);
}

void cloud_restart(Cloud *c)
{
        (void)api_free(c->api);
        api_begin_over(c);
}

/* ---- a terminal's line ---- */

void terminal_press(Terminal *t)
{
        member_keys_draw(&t->keys);
        randombytes_buf(&t->token, sizeof t->token);
        for (unsigned i = 0; i < 2; i++) {
                randombytes_buf(t->parts[i], sizeof t->parts[i]);
                card_part_hash(&t->hashes[i], t->parts[i], sizeof t->parts[i]);
        }
        t->press_ms = clock_now(t->cloud->clock);
}

void terminal_begin(Terminal *t, Cloud *c)
{
        memset(t, 0, sizeof *t);
        t->cloud = c;
        assert_int_equal(session_begin(&t->session, &c->keys.identity.box_key), 0);
        account_key_draw(&t->account);
        terminal_press(t);
}

void answer_done(Answer *a)
{
        (void)wire_response_free(a->response);
        *a = (Answer){0};
}

int answer_open(Answer *a, const uint8_t *sealed, size_t len)
{
        _cleanup_free_ uint8_t *plain = NULL;
        size_t n;
        int r = envelope_open_response(&plain, &n, a->nonce, a->session, sealed, len);

        return r != 0 ? r : wire_unpack_response(&a->response, plain, n);
}

static void on_answer(void *userdata, int result, uint8_t *sealed, size_t len)
{
        Answer *a = userdata;

        a->done = true;
        if (result == 0)
                assert_int_equal(answer_open(a, sealed, len), 0);
        free(sealed);
}

void terminal_seal(Terminal *t, WireRequest *request, Answer *answer, uint8_t **ret,
                   size_t *ret_len)
{
        _cleanup_free_ uint8_t *packed = NULL;
        size_t n_packed;
        Id id;

        id_random(&id);
        request->id = wire_bytes(id.b, sizeof id.b);
        request->ticket = wire_bytes(t->ticket, t->n_ticket);
        *answer = (Answer){.session = &t->session};
        assert_int_equal(wire_pack_request(&packed, &n_packed, request), 0);
        assert_int_equal(
                envelope_seal_request(ret, ret_len, answer->nonce, &t->session, packed, n_packed),
                0);
}

int terminal_send(Terminal *t, WireRequest *request, Answer *answer)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        size_t len;

        terminal_seal(t, request, answer, &sealed, &len);
        return api_handle_from(t->cloud->api, t->way, &t->origin, sealed, len, on_answer, answer);
}

static WireResponse *call_in_process(Terminal *t, WireRequest *request)
{
        Answer answer;

        assert_int_equal(terminal_send(t, request, &answer), 0);
        assert_false(answer.done); /* never from within */
        api_flush(t->cloud->api);
        assert_true(answer.done);
        assert_non_null(answer.response);
        return answer.response;
}

WireResponse *terminal_call(Terminal *t, WireRequest *request)
{
        return t->cloud->call ? t->cloud->call(t, request) : call_in_process(t, request);
}

int terminal_ask(Terminal *t, WireRequest *request)
{
        WireResponse *response = terminal_call(t, request);
        int status = response->status;

        (void)wire_response_free(response);
        return status;
}

int terminal_insist(Terminal *t, WireRequest *request)
{
        int status;

        do
                status = terminal_ask(t, request);
        while (status == PB_STATUS_UNAVAILABLE);
        return status;
}

/* ---- requests ---- */

int terminal_register(Terminal *t, const char *handle)
{
        WireRequest request = PB_REQUEST_INIT;
        PbRegister w = PB_REGISTER_INIT;
        uint8_t signature[64];

        account_sign_register(signature, &t->account, &t->session.cloud_key, &t->session.public_key,
                              handle, 1);
        w.account_key = wire_bytes(t->account.public_key.b, 32);
        w.signature = wire_bytes(signature, sizeof signature);
        w.handle = (char *)handle;
        w.consent_version = 1;
        request.body_case = PB_REQUEST_BODY_REGISTER;
        request.register_ = &w;
        return terminal_ask(t, &request);
}

int terminal_register_guest(Terminal *t)
{
        WireRequest request = PB_REQUEST_INIT;
        PbRegisterGuest w = PB_REGISTER_GUEST_INIT;
        uint8_t signature[64];

        account_sign_guest(signature, &t->account, &t->session.cloud_key, &t->session.public_key,
                           1);
        w.account_key = wire_bytes(t->account.public_key.b, 32);
        w.signature = wire_bytes(signature, sizeof signature);
        w.consent_version = 1;
        request.body_case = PB_REQUEST_BODY_REGISTER_GUEST;
        request.register_guest = &w;
        return terminal_ask(t, &request);
}

int terminal_open_session(Terminal *t)
{
        WireRequest request = PB_REQUEST_INIT;
        PbOpenSession w = PB_OPEN_SESSION_INIT;
        uint8_t signature[64];
        WireResponse *response;
        int status;

        account_sign_session(signature, &t->account, &t->session.cloud_key, &t->session.public_key);
        w.account_key = wire_bytes(t->account.public_key.b, 32);
        w.signature = wire_bytes(signature, sizeof signature);
        request.body_case = PB_REQUEST_BODY_OPEN_SESSION;
        request.open_session = &w;
        response = terminal_call(t, &request);
        status = response->status;
        if (status == OK) {
                t->n_ticket = response->session_opened->ticket.len;
                memcpy(t->ticket, response->session_opened->ticket.data, t->n_ticket);
        }
        (void)wire_response_free(response);
        return status;
}

void terminal_join_request(Terminal *t, JoinRequest *ret, const char *route)
{
        MemberOpening o;

        pb_request_init(&ret->request);
        pb_join_init(&ret->join);
        ret->serial = (Serial){
                .fix = {true, 470000000, 80000000, 20},
                .token = t->token,
                .press_age_ms = clock_now(t->cloud->clock) - t->press_ms,
        };
        (void)snprintf(ret->serial.route, sizeof ret->serial.route, "%s", route);
        wire_serial_fill(&ret->wire, &ret->serial);
        opening_make(&o, &t->keys, t->hashes);
        commitment_make(&ret->commitment, &o);
        ret->join.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        ret->join.serial = &ret->wire.serial;
        ret->join.words = true;
        ret->join.commitment = wire_bytes(ret->commitment.b, sizeof ret->commitment.b);
        ret->request.body_case = PB_REQUEST_BODY_JOIN;
        ret->request.join = &ret->join;
}

int terminal_join(Terminal *t, const char *route, PbJoinVerdict *ret)
{
        JoinRequest join;
        WireResponse *response;
        int status;

        terminal_join_request(t, &join, route);
        response = terminal_call(t, &join.request);
        status = response->status;
        if (status == OK)
                *ret = response->joined->verdict;
        (void)wire_response_free(response);
        return status;
}

int terminal_upload(Terminal *t, unsigned part)
{
        enum { STEP = 500 };
        int status = OK;

        for (uint32_t at = 0; status == OK && at < sizeof t->parts[0]; at += STEP) {
                WireRequest request = PB_REQUEST_INIT;
                PbUpload w = PB_UPLOAD_INIT;

                w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
                w.part = part;
                w.offset = at;
                w.total = sizeof t->parts[0];
                w.bytes = wire_bytes(t->parts[part - 1] + at,
                                     MIN((size_t)STEP, sizeof t->parts[0] - at));
                request.body_case = PB_REQUEST_BODY_UPLOAD;
                request.upload = &w;
                status = terminal_insist(t, &request);
        }
        return status;
}

int terminal_open(Terminal *t)
{
        WireRequest request = PB_REQUEST_INIT;
        PbOpening w = PB_OPENING_INIT;
        MemberOpening o;

        opening_make(&o, &t->keys, t->hashes);
        wire_opening_fill(&w, &o);
        request.body_case = PB_REQUEST_BODY_OPENING;
        request.opening = &w;
        return terminal_ask(t, &request);
}

int terminal_simple(Terminal *t, unsigned body)
{
        WireRequest request = PB_REQUEST_INIT;
        ProtobufCBinaryData id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        PbReady ready = PB_READY_INIT;
        PbClose close = PB_CLOSE_INIT;
        PbLeave leave = PB_LEAVE_INIT;
        PbAcknowledge acknowledge = PB_ACKNOWLEDGE_INIT;
        PbUnregister unregister = PB_UNREGISTER_INIT;
        PbDescribe describe = PB_DESCRIBE_INIT;

        request.body_case = (PbRequestBodyCase)body;
        ready.member_id = close.member_id = leave.member_id = acknowledge.member_id = id;
        if (body == PB_REQUEST_BODY_READY)
                request.ready = &ready;
        else if (body == PB_REQUEST_BODY_CLOSE)
                request.close = &close;
        else if (body == PB_REQUEST_BODY_LEAVE)
                request.leave = &leave;
        else if (body == PB_REQUEST_BODY_ACKNOWLEDGE)
                request.acknowledge = &acknowledge;
        else if (body == PB_REQUEST_BODY_UNREGISTER)
                request.unregister = &unregister;
        else
                request.describe = &describe;
        return terminal_ask(t, &request);
}

int terminal_post(Terminal *t, unsigned kind, const Id *to, const uint8_t *key_id, uint8_t filling)
{
        WireRequest request = PB_REQUEST_INIT;
        PbPost post = PB_POST_INIT;
        PbMemberMessage m = PB_MEMBER_MESSAGE_INIT, *list = &m;
        uint8_t body[100], signature[64] = {0};

        memset(body, filling, sizeof body);
        m.from = post.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        if (to)
                m.to = wire_bytes(to->b, sizeof to->b);
        m.kind = (PbMessageKind)kind;
        m.body = wire_bytes(body, sizeof body);
        m.signature = wire_bytes(signature, sizeof signature);
        if (key_id)
                m.key_id = wire_bytes(key_id, GROUPKEY_ID_SIZE);
        post.n_messages = 1;
        post.messages = &list;
        request.body_case = PB_REQUEST_BODY_POST;
        request.post = &post;
        return terminal_ask(t, &request);
}

WireResponse *terminal_watch(Terminal *t, uint64_t seen, uint64_t next_message,
                             uint32_t next_opening)
{
        WireRequest request = PB_REQUEST_INIT;
        PbWatch w = PB_WATCH_INIT;
        WireResponse *response;

        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        w.seen_revision = seen;
        w.next_message = next_message;
        w.next_opening = next_opening;
        request.body_case = PB_REQUEST_BODY_WATCH;
        request.watch = &w;
        response = terminal_call(t, &request);
        while (response->status == PB_STATUS_UNAVAILABLE) {
                (void)wire_response_free(response);
                response = terminal_call(t, &request);
        }
        return response;
}

/* ---- the list ---- */

static void check_head(Terminal *t, const PbSigned *head)
{
        WireResponse *watched = terminal_watch(t, 0, 0, 0);
        const PbSigned *signed_roster = watched->watched->roster;
        _cleanup_(roster_freep) Roster *roster = NULL;
        _cleanup_(contact_list_freep) ContactList *list = NULL;
        MemberOpening o;
        Bytes32 commitment;

        opening_make(&o, &t->keys, t->hashes);
        commitment_make(&commitment, &o);
        assert_int_equal(roster_verify(&roster, signed_roster->bytes.data, signed_roster->bytes.len,
                                       signed_roster->signature.data,
                                       &t->cloud->keys.identity.sign_key, &t->keys.id, &commitment),
                         0);
        assert_int_equal(contact_list_verify(&list, head->bytes.data, head->bytes.len,
                                             head->signature.data,
                                             &t->cloud->keys.identity.sign_key, roster),
                         0);
        (void)wire_response_free(watched);
}

int terminal_list(Terminal *t, uint32_t max_bytes, size_t *ret_pieces, size_t *ret_bytes)
{
        WireRequest request = PB_REQUEST_INIT;
        PbGetList w = PB_GET_LIST_INIT;
        int status = OK;

        *ret_pieces = *ret_bytes = 0;
        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        w.max_bytes = max_bytes;
        request.body_case = PB_REQUEST_BODY_GET_LIST;
        request.get_list = &w;
        do {
                WireResponse *response = terminal_call(t, &request);

                status = response->status;
                if (status == OK) {
                        PbListPage *page = response->list_page;

                        for (size_t i = 0; i < page->n_pieces; i++) {
                                assert_memory_not_equal(page->pieces[i]->member_id.data,
                                                        t->keys.id.b, sizeof(Id));
                                *ret_bytes += page->pieces[i]->bytes.len;
                        }
                        *ret_pieces += page->n_pieces;
                        w.cursor = page->next_cursor;
                        assert_true((page->next_cursor == 0) == (page->head != NULL));
                        if (page->head)
                                check_head(t, page->head);
                }
                (void)wire_response_free(response);
        } while (status == OK && w.cursor != 0);
        return status;
}

void terminal_ready_made(Terminal *t, Cloud *c, const char *handle)
{
        terminal_begin(t, c);
        assert_int_equal(terminal_register(t, handle), OK);
        assert_int_equal(terminal_open_session(t), OK);
}
