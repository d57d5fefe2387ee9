/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "src/protocol/cardseal.h"
#include "src/protocol/groupkey.h"
#include "tests/unit/message-text.h"
#include "src/protocol/wire.h"

/* ---- messages within every bound; the tables below go beyond one at a time ---- */

#define JOIN                                                                                       \
        "id=#16 ticket=#88 join.member_id=#16 join.serial.route='4821' "                           \
        "join.serial.place.token=#8 "                                                              \
        "join.serial.place.heard.token=#8 join.serial.place.heard.transport=1 "                    \
        "join.commitment=#32 "
#define AMEND "id=#16 amend.member_id=#16 amend.heard.token=#8 amend.heard.transport=2 "
#define SESSION "id=#16 open_session.account_key=#32 open_session.signature=#64 "
#define REGISTER                                                                                   \
        "id=#16 register.account_key=#32 register.signature=#64 "                                  \
        "register.handle='anna@example.org' "
#define CONFIRM "id=#16 confirm.code='123456' "
#define PROFILE "id=#16 put_profile.revision=1 put_profile.ciphertext=#100 "
#define UPLOAD "id=#16 upload.member_id=#16 upload.part=1 upload.total=8192 upload.bytes=#8192 "
#define OPENING_OF(m)                                                                              \
        m ".member_id=#16 " m ".box_key=#32 " m ".sign_key=#32 " m ".hash1=#32 " m ".hash2=#32 " m \
          ".nonce=#32 "
#define OPENING "id=#16 " OPENING_OF("opening")
#define MESSAGE_OF(m)                                                                              \
        m ".from=#16 " m ".kind=2 " m ".body=#512 " m ".signature=#64 " m ".key_id=#8 "
#define POST "id=#16 post.member_id=#16 " MESSAGE_OF("post.messages")
#define WATCH "id=#16 watch.member_id=#16 watch.wait_ms=55000 watch.gather_ms=2000 "
#define ADMIT "id=#16 admit.member_id=#16 admit.other=#16 "
#define PUT_RECORD                                                                                 \
        "id=#16 put_record.member_id=#16 put_record.token_hash=#32 put_record.escrow=#104 "
#define FETCH_RECORD                                                                               \
        "id=#16 fetch_record.number='12345678903' fetch_record.token=#32 "                         \
        "fetch_record.max_bytes=8192 "
#define GET_LIST "id=#16 get_list.member_id=#16 get_list.max_bytes=8192 "

typedef struct Case {
        const char *name;
        const char *message;
        bool good;
} Case;

static const Case request_cases[] = {
        {"join", JOIN, true},
        {"join without heard", JOIN "join.serial.place.heard*0", true},
        {"join with all that fits",
         JOIN "join.serial.place.heard!64 join.serial.place.has_fix=1 "
              "join.serial.place.latitude_e7=900000000 "
              "join.serial.place.longitude_e7=-1800000000 join.serial.place.accuracy_m=100000000 "
              "join.serial.press_age_ms=604800000 join.serial.route='12345678'",
         true},
        {"amend", AMEND, true},
        {"open session", SESSION, true},
        {"describe", "id=#16 describe={}", true},
        {"register", REGISTER, true},
        {"confirm", CONFIRM, true},
        {"unregister", "id=#16 unregister={}", true},
        {"put profile", PROFILE, true},
        {"get profile", "id=#16 get_profile={}", true},
        {"ready", "id=#16 ready.member_id=#16", true},
        {"close", "id=#16 close.member_id=#16", true},
        {"leave", "id=#16 leave.member_id=#16", true},
        {"join with words", JOIN "join.words=1", true},
        {"join that welcomes guests", JOIN "join.guests=2", true},
        {"join: a wish of later", JOIN "join.guests=3", false},
        {"register guest", "id=#16 register_guest.account_key=#32 register_guest.signature=#64",
         true},
        {"register guest: key of 31",
         "id=#16 register_guest.account_key=#31 register_guest.signature=#64", false},
        {"register guest: signature of 65",
         "id=#16 register_guest.account_key=#32 register_guest.signature=#65", false},
        {"draw route", "id=#16 draw_route={}", true},
        {"admit", ADMIT, true},
        {"admit, yes", ADMIT "admit.yes=1", true},
        {"upload", UPLOAD, true},
        {"upload, second piece", UPLOAD "upload.offset=8192 upload.total=8193 upload.bytes=#1",
         true},
        {"opening", OPENING, true},
        {"post", POST, true},
        {"post of a group key",
         POST "post.messages.kind=1 post.messages.to=#16 post.messages.key_id=#8", true},
        {"post of 64", POST "post.messages*64", true},
        {"watch", WATCH, true},
        {"get list", GET_LIST, true},
        {"acknowledge", "id=#16 acknowledge.member_id=#16", true},
        {"get record", "id=#16 get_record.member_id=#16", true},
        {"put record", PUT_RECORD, true},
        {"get record, of a deposit", "id=#16 get_record.member_id=#16 get_record.token_hash=#32",
         true},
        {"revoke record", "id=#16 revoke_record.member_id=#16 revoke_record.token=#32", true},
        {"fetch record", FETCH_RECORD, true},

        {"nothing", "", false},
        {"no body", "id=#16", false},
        {"no id", "describe={}", false},
        {"id of 15 bytes", "id=#15 describe={}", false},
        {"id of 17 bytes", "id=#17 describe={}", false},
        {"ticket of 128 bytes", "id=#16 ticket=#128 describe={}", true},
        {"ticket of 129 bytes", "id=#16 ticket=#129 describe={}", false},

        {"join: member id of 15 bytes", JOIN "join.member_id=#15", false},
        {"join: no member id", JOIN "join.member_id=#0", false},
        {"join: commitment of 31 bytes", JOIN "join.commitment=#31", false},
        {"join: commitment of 33 bytes", JOIN "join.commitment=#33", false},
        {"join: no serial", "id=#16 join.member_id=#16 join.commitment=#32", false},
        {"join: no place", "id=#16 join.member_id=#16 join.commitment=#32 join.serial.route='4821'",
         false},
        {"serial: no route", JOIN "join.serial.route=''", false},
        {"serial: route of 3", JOIN "join.serial.route='123'", false},
        {"serial: route of 9", JOIN "join.serial.route='123456789'", false},
        {"serial: letter in the route", JOIN "join.serial.route='12a4'", false},
        {"serial: sign in the route", JOIN "join.serial.route='-1234'", false},
        {"serial: Arabic digits", JOIN "join.serial.route='\u0661\u0662'", false},
        {"serial: age of a week and 1 ms", JOIN "join.serial.press_age_ms=604800001", false},
        {"serial: age that wraps", JOIN "join.serial.press_age_ms=18446744073709551615", false},
        {"place: token of 7", JOIN "join.serial.place.token=#7", false},
        {"place: token of 9", JOIN "join.serial.place.token=#9", false},
        {"place: beyond the north pole", JOIN "join.serial.place.latitude_e7=900000001", false},
        {"place: beyond the south pole", JOIN "join.serial.place.latitude_e7=-900000001", false},
        {"place: east of the date line", JOIN "join.serial.place.longitude_e7=1800000001", false},
        {"place: west of the date line", JOIN "join.serial.place.longitude_e7=-1800000001", false},
        {"place: smallest number", JOIN "join.serial.place.longitude_e7=-2147483648", false},
        {"place: accuracy", JOIN "join.serial.place.accuracy_m=100000001", false},
        {"place: 65 heard", JOIN "join.serial.place.heard!65", false},
        {"sighting: token of 7", JOIN "join.serial.place.heard.token=#7", false},
        {"sighting: no transport", JOIN "join.serial.place.heard.transport=0", false},
        {"sighting: unknown transport", JOIN "join.serial.place.heard.transport=4", false},
        {"sighting: of a screen", JOIN "join.serial.place.heard.transport=3", true},
        {"sighting: rssi -128", JOIN "join.serial.place.heard.rssi_dbm=-128", true},
        {"sighting: rssi 20", JOIN "join.serial.place.heard.rssi_dbm=20", true},
        {"sighting: rssi not a multiple of 4", JOIN "join.serial.place.heard.rssi_dbm=-71", false},
        {"sighting: rssi -132", JOIN "join.serial.place.heard.rssi_dbm=-132", false},
        {"sighting: rssi 24", JOIN "join.serial.place.heard.rssi_dbm=24", false},
        {"sighting: last before first",
         JOIN "join.serial.place.heard.first_heard_ms=2 join.serial.place.heard.last_heard_ms=1",
         false},
        {"amend: 64 heard", AMEND "amend.heard!64", true},
        {"join: a token twice", JOIN "join.serial.place.heard*2", false},
        {"amend: a token twice", AMEND "amend.heard*2", false},
        {"amend: a token 64 times", AMEND "amend.heard*64", false},
        {"amend: 65 heard", AMEND "amend.heard!65", false},
        {"amend: bad sighting", AMEND "amend.heard.transport=7", false},
        {"amend: a fix",
         AMEND "amend.has_fix=1 amend.latitude_e7=-900000000 amend.accuracy_m=100000000", true},
        {"amend: beyond the pole", AMEND "amend.latitude_e7=900000001", false},
        {"amend: beyond the date line", AMEND "amend.longitude_e7=-1800000001", false},
        {"amend: as vague as nothing", AMEND "amend.accuracy_m=100000001", false},
        {"amend: no member", AMEND "amend.member_id=#0", false},

        {"open session: key of 31", SESSION "open_session.account_key=#31", false},
        {"open session: signature of 63", SESSION "open_session.signature=#63", false},
        {"register: key of 33", REGISTER "register.account_key=#33", false},
        {"register: no signature", REGISTER "register.signature=#0", false},
        {"register: no handle", REGISTER "register.handle=''", false},
        {"register: handle not UTF-8", REGISTER "register.handle='\xc3('", false},
        {"register: handle in Hangul", REGISTER "register.handle='\uc9c0\ubbfc'", true},
        {"confirm: 4 digits", CONFIRM "confirm.code='1234'", true},
        {"confirm: 3 digits", CONFIRM "confirm.code='123'", false},
        {"confirm: 13 digits", CONFIRM "confirm.code='1234567890123'", false},
        {"confirm: a letter", CONFIRM "confirm.code='1234o'", false},
        {"profile: too large", PROFILE "put_profile.ciphertext=#262185", false},

        {"ready: id of 17", "id=#16 ready.member_id=#17", false},
        {"close: id of 15", "id=#16 close.member_id=#15", false},
        {"leave: no id", "id=#16 leave={}", false},
        {"admit: no member", ADMIT "admit.member_id=#0", false},
        {"admit: no other group", ADMIT "admit.other=#0", false},
        {"admit: other group of 15", ADMIT "admit.other=#15", false},
        {"admit: other group of 32", ADMIT "admit.other=#32", false},
        {"acknowledge: no id", "id=#16 acknowledge={}", false},

        {"upload: no member", UPLOAD "upload.member_id=#0", false},
        {"upload: part 0", UPLOAD "upload.part=0", false},
        {"upload: part 3", UPLOAD "upload.part=3", false},
        {"upload: no bytes", UPLOAD "upload.bytes=#0", false},
        {"upload: piece too large", UPLOAD "upload.total=8193 upload.bytes=#8193", false},
        {"upload: past the end", UPLOAD "upload.offset=1", false},
        {"upload: offset that wraps", UPLOAD "upload.offset=4294967295", false},
        {"upload: nothing in all", UPLOAD "upload.total=0", false},
        {"upload: largest part", UPLOAD "upload.total=262184", true},
        {"upload: too large a part", UPLOAD "upload.total=262185", false},

        {"opening: no member", OPENING "opening.member_id=#0", false},
        {"opening: box key of 31", OPENING "opening.box_key=#31", false},
        {"opening: sign key of 33", OPENING "opening.sign_key=#33", false},
        {"opening: no first hash", OPENING "opening.hash1=#0", false},
        {"opening: second hash of 31", OPENING "opening.hash2=#31", false},
        {"opening: nonce of 16", OPENING "opening.nonce=#16", false},

        {"post: 65", POST "post.messages*65", false},
        {"post: for another member", POST "post.messages.from=#16@1", false},
        {"post: no member", POST "post.member_id=#0", false},
        {"message: no sender", POST "post.messages.from=#0", false},
        {"message: receiver of 15", POST "post.messages.to=#15", false},
        {"message: to one", POST "post.messages.to=#16", true},
        {"message: no kind", POST "post.messages.kind=0", false},
        {"message: burn, the last kind", POST "post.messages.kind=8", true},
        {"message: unknown kind", POST "post.messages.kind=9", false},
        {"message: first run of a proof", POST "post.messages.kind=4 post.messages.run=1", true},
        {"message: last run of a proof", POST "post.messages.kind=4 post.messages.run=15", true},
        {"message: proof without a run", POST "post.messages.kind=4", false},
        {"message: run of 16", POST "post.messages.kind=4 post.messages.run=16", false},
        {"message: answer without a key id",
         POST "post.messages.kind=5 post.messages.run=1 post.messages.key_id=#0", true},
        {"message: negative kind", POST "post.messages.kind=-1", false},
        {"message: body of 513", POST "post.messages.body=#513", false},
        {"message: empty body", POST "post.messages.body=#0", true},
        {"message: signature of 63", POST "post.messages.signature=#63", false},
        {"message: answer with a key id", POST "post.messages.kind=5 post.messages.run=1", false},
        {"message: veto with a key id", POST "post.messages.kind=7", false},
        {"message: group key without its id", POST "post.messages.kind=1 post.messages.key_id=#0",
         false},
        {"message: key id of 9", POST "post.messages.kind=1 post.messages.key_id=#9", false},

        {"watch: no member", WATCH "watch.member_id=#0", false},
        {"watch: too long", WATCH "watch.wait_ms=55001", false},
        {"watch: gathers too long", WATCH "watch.gather_ms=2001", false},
        {"get list: page too small", GET_LIST "get_list.max_bytes=8191", false},
        {"get list: largest page", GET_LIST "get_list.max_bytes=262144", true},
        {"get list: page too large", GET_LIST "get_list.max_bytes=262145", false},
        {"get list: no member", GET_LIST "get_list.member_id=#0", false},
        {"get record: no member", "id=#16 get_record={}", false},
        {"put record: no member", PUT_RECORD "put_record.member_id=#0", false},
        {"put record: hash of 31", PUT_RECORD "put_record.token_hash=#31", false},
        {"put record: escrow of 103", PUT_RECORD "put_record.escrow=#103", false},
        {"put record: escrow of 105", PUT_RECORD "put_record.escrow=#105", false},
        {"get record: hash of 31", "id=#16 get_record.member_id=#16 get_record.token_hash=#31",
         false},
        {"revoke record: id of 15", "id=#16 revoke_record.member_id=#15 revoke_record.token=#32",
         false},
        {"revoke record: no token", "id=#16 revoke_record.member_id=#16", false},
        {"revoke record: token of 33", "id=#16 revoke_record.member_id=#16 revoke_record.token=#33",
         false},
        {"fetch record: no number", FETCH_RECORD "fetch_record.number=''", false},
        {"fetch record: wrong check digit", FETCH_RECORD "fetch_record.number='12345678904'",
         false},
        {"fetch record: twelve digits", FETCH_RECORD "fetch_record.number='123456789030'", false},
        {"fetch record: token of 31", FETCH_RECORD "fetch_record.token=#31", false},
        {"fetch record: page too small", FETCH_RECORD "fetch_record.max_bytes=8191", false},
        {"fetch record: page too large", FETCH_RECORD "fetch_record.max_bytes=262145", false},
};

#define RECORD "id=#16 record.number='12345678903' record.half='7K3F' "
#define RECORD_PAGE                                                                                \
        "id=#16 record_page.escrow=#104 record_page.roster.bytes=#100 "                            \
        "record_page.roster.signature=#64 "                                                        \
        "record_page.pieces.member_id=#16 record_page.pieces.part=2 record_page.pieces.total=10 "  \
        "record_page.pieces.bytes=#10 "
#define WATCHED "id=#16 watched.phase=3 "
#define PIECE                                                                                      \
        "id=#16 list_page.pieces.member_id=#16 list_page.pieces.part=2 list_page.pieces.total=10 " \
        "list_page.pieces.bytes=#10 "

#define OTHERS                                                                                     \
        WATCHED "watched.others.opener_id=#16 watched.others.commitment=#32 "                      \
                "watched.others.member_count=1 watched.opener_commitment=#32 "
#define CARD_KEYS WATCHED MESSAGE_OF("watched.card_keys") "watched.card_keys.kind=3 "

static const Case response_cases[] = {
        {"bare", "id=#16", true},
        {"cloud's time in the year 9999", "id=#16 cloud_time_ms=253402300799999", true},
        {"last status", "id=#16 status=18", true},
        {"session opened", "id=#16 session_opened.ticket=#96", true},
        {"session opened, with a succession",
         "id=#16 session_opened.ticket=#96 session_opened.succession=#273", true},
        {"description", "id=#16 description.consent_text='Agreed'", true},
        {"registered", "id=#16 registered={}", true},
        {"profile", "id=#16 profile={}", true},
        {"joined", "id=#16 joined.verdict=1", true},
        {"watched", WATCHED, true},
        {"watched, with everything",
         WATCHED
         "watched.roster.bytes=#100 watched.roster.signature=#64 watched.mutual=#8 "
         "watched.mutual*64 "
         "watched.left=#16 watched.left*1000 watched.near=#16 watched.near*64 " OPENING_OF(
                 "watched.openings") "watched.openings*1000 "
                                     "watched.final_openings=1000 "
                                     "watched.member_count=1000 " MESSAGE_OF("watched.messages"),
         true},
        {"4000 messages",
         WATCHED MESSAGE_OF("watched.messages") "watched.messages.body=#0 watched.messages*4000",
         true},
        {"list page", PIECE "list_page.head.bytes=#98304 list_page.head.signature=#64", true},
        {"list page, empty", "id=#16 list_page={}", true},
        {"watched, another group", OTHERS, true},
        {"watched, 8 other groups", OTHERS "watched.others*8", true},
        {"watched, a card key", CARD_KEYS, true},
        {"watched, 1000 card keys", CARD_KEYS "watched.card_keys*1000", true},
        {"route drawn", "id=#16 route_drawn.route='4821'", true},
        {"route drawn, of 8 digits", "id=#16 route_drawn.route='48214821'", true},
        {"record", RECORD, true},
        {"record, fetched in the year 9999", RECORD "record.fetched_ms=253402300799999", true},
        {"record, fetched 256 times", RECORD "record.fetched_ms=1 record.fetched_ms*256", true},
        {"record page, empty", "id=#16 record_page={}", true},
        {"record page, with everything",
         RECORD_PAGE OPENING_OF("record_page.openings") MESSAGE_OF("record_page.messages"), true},

        {"nothing", "", false},
        {"id of 15 bytes", "id=#15", false},
        {"unknown status", "id=#16 status=19", false},
        {"negative status", "id=#16 status=-1", false},
        {"session opened without a ticket", "id=#16 session_opened={}", false},
        {"succession of 272 bytes",
         "id=#16 session_opened.ticket=#96 session_opened.succession=#272", false},
        {"succession of 274 bytes",
         "id=#16 session_opened.ticket=#96 session_opened.succession=#274", false},
        {"ticket of 129 bytes", "id=#16 session_opened.ticket=#129", false},
        {"consent text not UTF-8", "id=#16 description.consent_text='\xff'", false},
        {"cloud's time beyond the year 9999", "id=#16 cloud_time_ms=253402300800000", false},
        {"profile too large", "id=#16 profile.ciphertext=#262185", false},
        {"no verdict", "id=#16 joined={}", false},
        {"unknown verdict", "id=#16 joined.verdict=5", false},
        {"no phase", "id=#16 watched={}", false},
        {"unknown phase", WATCHED "watched.phase=6", false},
        {"1001 members", WATCHED "watched.member_count=1001", false},
        {"1001 openings", WATCHED OPENING_OF("watched.openings") "watched.openings*1001", false},
        {"1001 final openings", WATCHED "watched.final_openings=1001", false},
        {"bad opening", WATCHED OPENING_OF("watched.openings") "watched.openings.nonce=#31", false},
        {"bad message", WATCHED MESSAGE_OF("watched.messages") "watched.messages.signature=#0",
         false},
        {"20000 messages, more memory than a message may take",
         WATCHED MESSAGE_OF("watched.messages") "watched.messages.body=#0 watched.messages*20000",
         false},
        {"roster without bytes", WATCHED "watched.roster.signature=#64", false},
        {"roster not signed", WATCHED "watched.roster.bytes=#100", false},
        {"roster too large", WATCHED "watched.roster.bytes=#98305 watched.roster.signature=#64",
         false},
        {"mutual token of 9", WATCHED "watched.mutual=#9", false},
        {"65 mutual", WATCHED "watched.mutual=#8 watched.mutual*65", false},
        {"who left, of 15", WATCHED "watched.left=#15", false},
        {"1001 left", WATCHED "watched.left=#16 watched.left*1001", false},
        {"9 other groups", OTHERS "watched.others*9", false},
        {"other group without an opener", OTHERS "watched.others.opener_id=#0", false},
        {"other group: commitment of 31", OTHERS "watched.others.commitment=#31", false},
        {"other group of nobody", OTHERS "watched.others.member_count=0", false},
        {"other group of 1001", OTHERS "watched.others.member_count=1001", false},
        {"other group, no commitment of ours", OTHERS "watched.opener_commitment=#0", false},
        {"other group, ours of 33", OTHERS "watched.opener_commitment=#33", false},
        {"commitment of ours beside nothing", WATCHED "watched.opener_commitment=#32", false},
        {"name key among the card keys", CARD_KEYS "watched.card_keys.kind=2", false},
        {"card key not signed", CARD_KEYS "watched.card_keys.signature=#0", false},
        {"card key of nobody", CARD_KEYS "watched.card_keys.from=#0", false},
        {"no route drawn", "id=#16 route_drawn={}", false},
        {"route drawn of 3", "id=#16 route_drawn.route='482'", false},
        {"route drawn of 9", "id=#16 route_drawn.route='482148214'", false},
        {"route drawn with a letter", "id=#16 route_drawn.route='48a1'", false},
        {"piece of nobody", PIECE "list_page.pieces.member_id=#0", false},
        {"piece of part 0", PIECE "list_page.pieces.part=0", false},
        {"piece past the end", PIECE "list_page.pieces.offset=1", false},
        {"piece of nothing", PIECE "list_page.pieces.bytes=#0", false},
        {"head not signed", PIECE "list_page.head.bytes=#10", false},
        {"record: wrong check digit", RECORD "record.number='12345678904'", false},
        {"record: half of 3", RECORD "record.half='7K3'", false},
        {"record: half with the letter O", RECORD "record.half='7KO3'", false},
        {"record: fetched beyond the year 9999", RECORD "record.fetched_ms=253402300800000", false},
        {"record: fetched 257 times", RECORD "record.fetched_ms=1 record.fetched_ms*257", false},
        {"record page: escrow of 103", RECORD_PAGE "record_page.escrow=#103", false},
        {"record page: roster not signed", RECORD_PAGE "record_page.roster.signature=#0", false},
        {"record page: 1001 final openings", RECORD_PAGE "record_page.final_openings=1001", false},
        {"record page: bad opening",
         RECORD_PAGE OPENING_OF("record_page.openings") "record_page.openings.nonce=#31", false},
        {"record page: bad message",
         RECORD_PAGE MESSAGE_OF("record_page.messages") "record_page.messages.signature=#0", false},
        {"record page: piece past the end", RECORD_PAGE "record_page.pieces.offset=1", false},
};

static uint8_t *pack(size_t *ret_len, const ProtobufCMessageDescriptor *type, const char *text)
{
        _cleanup_(arena_done) Arena a = arena_bounded(SIZE_MAX);
        ProtobufCMessage *m = message_from_text(&a, type, text);
        uint8_t *bytes = malloc(protobuf_c_message_get_packed_size(m) + 1);

        assert_non_null(bytes);
        *ret_len = protobuf_c_message_pack(m, bytes);
        return bytes;
}

static int try_request(const uint8_t *bytes, size_t len)
{
        _cleanup_(wire_request_freep) WireRequest *r = NULL;

        return wire_unpack_request(&r, bytes, len);
}

static int try_response(const uint8_t *bytes, size_t len)
{
        _cleanup_(wire_response_freep) WireResponse *r = NULL;

        return wire_unpack_response(&r, bytes, len);
}

static void requests_are_held_to_their_bounds(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(request_cases); i++) {
                const Case *c = &request_cases[i];
                size_t len;
                _cleanup_free_ uint8_t *bytes = pack(&len, &pb_request_descriptor, c->message);

                assert_case(c->name, try_request(bytes, len) == (c->good ? 0 : WIRE_E_MALFORMED));
        }
}

static void responses_are_held_to_their_bounds(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(response_cases); i++) {
                const Case *c = &response_cases[i];
                size_t len;
                _cleanup_free_ uint8_t *bytes = pack(&len, &pb_response_descriptor, c->message);

                assert_case(c->name, try_response(bytes, len) == (c->good ? 0 : WIRE_E_MALFORMED));
        }
}

/* The body of a request is its last field: whatever is cut off, something needed is missing. */
static void truncated_requests_are_malformed(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(request_cases); i++) {
                const Case *c = &request_cases[i];
                size_t len;
                _cleanup_free_ uint8_t *bytes = pack(&len, &pb_request_descriptor, c->message);

                for (size_t cut = 0; c->good && cut<len; cut += len> 1000 && cut > 300 ? 97 : 1)
                        assert_case(c->name, try_request(bytes, cut) == WIRE_E_MALFORMED);
        }
}

static void text_of(char ret[static 8192], const char *start, const char *field, char fill,
                    size_t len)
{
        int used = snprintf(ret, 4096, "%s %s='", start, field);

        memset(ret + used, fill, len);
        memcpy(ret + used + len, "'", 2);
}

static void long_texts_end_where_the_bound_is(void **state)
{
        static const struct {
                const char *start;
                const char *field;
                size_t max;
                int (*try)(const uint8_t *bytes, size_t len);
        } cases[] = {
                {REGISTER, "register.handle", 128, try_request},
                {"id=#16", "description.consent_text", 4000, try_response},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                for (size_t over = 0; over <= 1; over++) {
                        const ProtobufCMessageDescriptor *type = cases[i].try == try_request
                                                                         ? &pb_request_descriptor
                                                                         : &pb_response_descriptor;
                        _cleanup_free_ uint8_t *bytes = NULL;
                        char text[8192];
                        size_t len;

                        text_of(text, cases[i].start, cases[i].field, 'x', cases[i].max + over);
                        bytes = pack(&len, type, text);
                        assert_case(cases[i].field,
                                    cases[i].try(bytes, len) == (over ? WIRE_E_MALFORMED : 0));
                }
}

static void unknown_fields_are_left_alone(void **state)
{
        size_t len;
        _cleanup_free_ uint8_t *bytes = pack(&len, &pb_request_descriptor, "id=#16 describe={}");
        uint8_t longer[64];

        memcpy(longer, bytes, len);
        memcpy(longer + len, "\xf8\x07\x05", 3); /* field 127 = 5: of a newer terminal */
        assert_int_equal(try_request(longer, len + 3), 0);
}

/* ---- between messages and our own types ---- */

static const Serial example_serial = {
        .route = "4821",
        .fix = {true, 520000000, -130000000, 25},
        .token = {{1, 2, 3, 4, 5, 6, 7, 8}},
        .heard = {{{{9}}, SIGHTING_MDNS, 0, 5, 900}, {{{10}}, SIGHTING_BLE, -72, 0, 0}},
        .n_heard = 2,
        .press_age_ms = 1234,
};

/* By their fields: what a compiler leaves between them says nothing. */
static void assert_sighting(const Sighting *got, const Sighting *want)
{
        assert_memory_equal(&got->token, &want->token, sizeof want->token);
        assert_int_equal(got->transport, want->transport);
        assert_int_equal(got->rssi_dbm, want->rssi_dbm);
        assert_int_equal(got->first_heard_ms, want->first_heard_ms);
        assert_int_equal(got->last_heard_ms, want->last_heard_ms);
}

static void assert_serial(const Serial *got, const Serial *want)
{
        assert_string_equal(got->route, want->route);
        assert_int_equal(got->fix.known, want->fix.known);
        assert_int_equal(got->fix.latitude_e7, want->fix.latitude_e7);
        assert_int_equal(got->fix.longitude_e7, want->fix.longitude_e7);
        assert_int_equal(got->fix.accuracy_m, want->fix.accuracy_m);
        assert_memory_equal(&got->token, &want->token, sizeof want->token);
        assert_int_equal(got->n_heard, want->n_heard);
        for (size_t i = 0; i < want->n_heard; i++)
                assert_sighting(&got->heard[i], &want->heard[i]);
        assert_int_equal(got->press_age_ms, want->press_age_ms);
}

static void a_serial_comes_back(void **state)
{
        static const uint8_t bytes[32];
        _cleanup_(wire_request_freep) WireRequest *got = NULL;
        _cleanup_free_ uint8_t *packed = NULL;
        WireRequest r = PB_REQUEST_INIT;
        PbJoin join = PB_JOIN_INIT;
        WireSerial w;
        Serial back;
        size_t len;

        wire_serial_fill(&w, &example_serial);
        join.member_id = wire_bytes(bytes, 16);
        join.commitment = wire_bytes(bytes, 32);
        join.serial = &w.serial;
        r.id = wire_bytes(bytes, 16);
        r.body_case = PB_REQUEST_BODY_JOIN;
        r.join = &join;
        assert_int_equal(wire_pack_request(&packed, &len, &r), 0);
        assert_int_equal(wire_unpack_request(&got, packed, len), 0);
        wire_serial_read(&back, got->join->serial);
        assert_serial(&back, &example_serial);
}

static void an_opening_comes_back(void **state)
{
        PbOpening w;
        MemberOpening o, back;

        memset(&o, 0, sizeof o);
        memset(&back, 0xff, sizeof back);
        o.id.b[0] = 1;
        o.box_key.b[1] = 2;
        o.sign_key.b[2] = 3;
        o.part_hash[0].b[3] = 4;
        o.part_hash[1].b[4] = 5;
        o.nonce.b[5] = 6;
        wire_opening_fill(&w, &o);
        wire_opening_read(&back, &w);
        assert_memory_equal(&back, &o, sizeof o);
}

/* The bounds are written as numbers in the .proto; the code has names for them. */
static void the_numbers_above_are_those_of_the_code(void **state)
{
        assert_int_equal(CARD_SEALED_MAX, 262184);
        assert_int_equal(SERIAL_AGE_MAX_MS, 604800000);
        assert_int_equal(SERIAL_HEARD_MAX, 64);
        assert_int_equal(MEMBER_MESSAGE_BODY_MAX, 512);
        assert_int_equal(GROUPKEY_ID_SIZE, 8);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(requests_are_held_to_their_bounds),
                cmocka_unit_test(responses_are_held_to_their_bounds),
                cmocka_unit_test(truncated_requests_are_malformed),
                cmocka_unit_test(long_texts_end_where_the_bound_is),
                cmocka_unit_test(unknown_fields_are_left_alone),
                cmocka_unit_test(a_serial_comes_back),
                cmocka_unit_test(an_opening_comes_back),
                cmocka_unit_test(the_numbers_above_are_those_of_the_code),
        };

        return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
