/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostile-requests.h"

#include "tests/unit/message-text.h"
#include "tests/unit/test.h"

#include <sodium.h>
#include <string.h>

#define SERIAL "join.serial.route='4821' join.serial.place.token=#8 join.commitment=#32 "
#define HERE                                                                                       \
        "join.serial.place.has_fix=1 join.serial.place.accuracy_m=5 "                              \
        "join.serial.place.heard.token=#8 join.serial.place.heard.transport=1 "
#define MESSAGE(kind, len)                                                                         \
        "post.member_id=#16 post.messages.from=#16 post.messages.kind=" #kind                      \
        " post.messages.body=#" #len " post.messages.signature=#64 "
#define NAMED " post.messages.key_id=#8 "
#define TO_ONE " post.messages.to=#16 "
#define OPENING                                                                                    \
        "opening.member_id=#16 opening.box_key=#32 opening.sign_key=#32 opening.hash1=#32 "        \
        "opening.hash2=#32 opening.nonce=#32 "

static const HostileRow rows[] = {
        {"session of another account", "open_session.account_key=#32 open_session.signature=#64"},
        {"describe", "describe={}"},
        {"handle of another", "register.account_key=#32 register.signature=#64 register.handle='.' "
                              "register.consent_version=1"},
        {"guest with the key of another", "register_guest.account_key=#32 "
                                          "register_guest.signature=#64 "
                                          "register_guest.consent_version=1"},
        {"code of a handle", "confirm.code='123456'"},
        {"unregister", "unregister={}"},
        {"profile", "put_profile.revision=7 put_profile.ciphertext=#64"},
        {"profile of 56 KiB", "put_profile.revision=9 put_profile.ciphertext=#57344"},
        {"get the profile", "get_profile={}"},
        {"join without evidence", "join.member_id=#16 " SERIAL},
        {"join, with words", "join.member_id=#16 join.words=1 " SERIAL},
        {"join here", "join.member_id=#16 " SERIAL HERE},
        {"join here, with words", "join.member_id=#16 join.words=1 " SERIAL HERE},
        {"join here, refusing guests", "join.member_id=#16 join.guests=1 " SERIAL HERE},
        {"join with all that fits",
         "join.member_id=#16 join.window_s=4294967295 " SERIAL HERE
         "join.serial.place.heard!64 join.serial.press_age_ms=604800000"},
        {"draw a route", "draw_route={}"},
        {"amend", "amend.member_id=#16 amend.sequence=1 amend.heard.token=#8 "
                  "amend.heard.transport=2 amend.heard!64"},
        {"amend the place", "amend.member_id=#16 amend.sequence=4294967295 amend.has_fix=1 "
                            "amend.latitude_e7=900000000"},
        {"ready", "ready.member_id=#16"},
        {"close", "close.member_id=#16"},
        {"leave", "leave.member_id=#16"},
        {"admit", "admit.member_id=#16 admit.other=#16 admit.yes=1"},
        {"admit nobody", "admit.member_id=#16 admit.other=#16"},
        {"upload names", "upload.member_id=#16 upload.part=1 upload.total=1024 upload.bytes=#1024"},
        {"upload the largest piece",
         "upload.member_id=#16 upload.part=2 upload.total=131072 upload.bytes=#8192"},
        {"upload out of order", "upload.member_id=#16 upload.part=2 upload.offset=8192 "
                                "upload.total=16384 upload.bytes=#8192"},
        {"opening", OPENING},
        {"group key", MESSAGE(1, 104) NAMED TO_ONE},
        {"name key", MESSAGE(2, 104) NAMED},
        {"name key for one", MESSAGE(2, 104) NAMED TO_ONE},
        {"card key", MESSAGE(3, 104) NAMED},
        {"proof A", MESSAGE(4, 32) NAMED TO_ONE "post.messages.run=1"},
        {"proof A of the last run", MESSAGE(4, 32) NAMED TO_ONE "post.messages.run=15"},
        {"proof B", MESSAGE(5, 96) TO_ONE "post.messages.run=1"},
        {"unproven", MESSAGE(6, 48) NAMED},
        {"veto", MESSAGE(7, 0)},
        {"veto with a long body", MESSAGE(7, 512)},
        {"burn", MESSAGE(8, 32) NAMED},
        {"sixty-four long messages", MESSAGE(1, 512) NAMED TO_ONE "post.messages*64"},
        {"post nothing", "post.member_id=#16"},
        {"watch", "watch.member_id=#16"},
        {"watch for long", "watch.member_id=#16 watch.wait_ms=55000 "
                           "watch.seen_revision=18446744073709551615"},
        {"watch from far on", "watch.member_id=#16 watch.next_message=18446744073709551615 "
                              "watch.next_card_key=18446744073709551615 "
                              "watch.next_opening=4294967295"},
        {"get the list", "get_list.member_id=#16 get_list.max_bytes=262144"},
        {"get the list from far on",
         "get_list.member_id=#16 get_list.max_bytes=8192 get_list.cursor=18446744073709551615"},
        {"acknowledge", "acknowledge.member_id=#16"},
        {"get the record", "get_record.member_id=#16"},
        {"get a deposit", "get_record.member_id=#16 get_record.token_hash=#32"},
        {"put a record",
         "put_record.member_id=#16 put_record.token_hash=#32 put_record.escrow=#104"},
        {"revoke the record", "revoke_record.member_id=#16 revoke_record.token=#32"},
        {"fetch the record",
         "fetch_record.number='.' fetch_record.token=#32 fetch_record.max_bytes=262144"},
};
const HostileTable hostile_requests = {rows, ARRAY_LEN(rows)};

/* ---- what it is about ---- */

typedef struct Name {
        const char *field;
        const void *bytes;
        size_t len;
} Name;

static void aim_bytes(ProtobufCBinaryData *b, const char *field, const HostileAim *aim)
{
        const Name names[] = {
                {"member_id", &aim->member, sizeof(Id)},
                {"from", &aim->member, sizeof(Id)},
                {"to", &aim->other, sizeof(Id)},
                {"other", &aim->other, sizeof(Id)},
        };

        if (b->len == 0)
                return;
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (strcmp(field, names[i].field) == 0) {
                        assert_int_equal(b->len, names[i].len);
                        memcpy(b->data, names[i].bytes, names[i].len);
                        return;
                }
        randombytes_buf(b->data, b->len);
}

static void aim_text(char **text, const char *field, const HostileAim *aim)
{
        if (strcmp(field, "handle") == 0)
                *text = (char *)aim->handle;
        else if (strcmp(field, "number") == 0)
                *text = (char *)aim->number;
}

static void aim_message(ProtobufCMessage *m, const HostileAim *aim);

static void aim_field(void *at, const ProtobufCFieldDescriptor *f, const HostileAim *aim)
{
        switch (f->type) {
        case PROTOBUF_C_TYPE_BYTES:
                aim_bytes(at, f->name, aim);
                break;
        case PROTOBUF_C_TYPE_STRING:
                aim_text(at, f->name, aim);
                break;
        case PROTOBUF_C_TYPE_MESSAGE:
                if (*(ProtobufCMessage **)at)
                        aim_message(*(ProtobufCMessage **)at, aim);
                break;
        default:
                break;
        }
}

static void aim_message(ProtobufCMessage *m, const HostileAim *aim)
{
        for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
                const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
                uint8_t *at = (uint8_t *)m + f->offset;
                bool in_oneof = f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;

                if (in_oneof && *(uint32_t *)(void *)((uint8_t *)m + f->quantifier_offset) != f->id)
                        continue;
                if (f->label != PROTOBUF_C_LABEL_REPEATED) {
                        aim_field(at, f, aim);
                        continue;
                }
                for (size_t k = *(size_t *)(void *)((uint8_t *)m + f->quantifier_offset); k-- > 0;)
                        aim_field(&(*(ProtobufCMessage ***)(void *)at)[k], f, aim);
        }
}

/* The first neighbour it claims to have heard is the one it aims at. */
static void aim_tokens(PbJoin *join, const HostileAim *aim)
{
        PbPlace *place = join->serial->place;

        memcpy(place->token.data, aim->own.b, sizeof aim->own);
        if (place->n_heard > 0)
                memcpy(place->heard[0]->token.data, aim->heard.b, sizeof aim->heard);
}

WireRequest *hostile_request(Arena *a, const HostileRow *row, const HostileAim *aim)
{
        ProtobufCMessage *m = message_from_text(a, &pb_request_descriptor, row->request);
        WireRequest *request = (WireRequest *)m;

        aim_message(m, aim);
        if (request->body_case == PB_REQUEST_BODY_JOIN)
                aim_tokens(request->join, aim);
        return request;
}

/* ---- nothing is missing ---- */

static bool row_is_of(const HostileRow *row, unsigned body, unsigned kind)
{
        Arena a = arena_bounded(WIRE_ARENA_MAX);
        const WireRequest *request =
                (const WireRequest *)message_from_text(&a, &pb_request_descriptor, row->request);
        bool is = request->body_case == body &&
                  (kind == 0 ||
                   (request->post->n_messages > 0 && request->post->messages[0]->kind == kind));

        arena_done(&a);
        return is;
}

static void check_row(const char *name, unsigned body, unsigned kind)
{
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (row_is_of(&rows[i], body, kind))
                        return;
        fail_msg("no hostile terminal sends %s", name);
}

void hostile_check_rows(void)
{
        for (unsigned i = 0; i < pb_request_descriptor.n_fields; i++) {
                const ProtobufCFieldDescriptor *f = &pb_request_descriptor.fields[i];

                if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
                        check_row(f->name, f->id, 0);
        }
        for (unsigned i = 0; i < pb_message_kind_descriptor.n_values; i++) {
                const ProtobufCEnumValue *v = &pb_message_kind_descriptor.values[i];

                if (v->value != PB_MESSAGE_UNSPECIFIED)
                        check_row(v->name, PB_REQUEST_BODY_POST, (unsigned)v->value);
        }
}
