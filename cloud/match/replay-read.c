/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replay-read.h"

#include "replay.h"

#include <jansson.h>
#include <math.h>
#include <sodium.h>
#include <string.h>

enum { MAX_LINE_S = 1 << 30 };
/* recorded times start anywhere; ours must stay positive */
#define EPOCH_MS UINT64_C(1000000000000)

int replay_grow(void **array, size_t n, size_t *room, size_t size)
{
        size_t wanted = *room ? 2 * *room : 256;
        void *more;

        if (n < *room)
                return 0;
        more = reallocarray(*array, wanted, size);
        if (!more)
                return -ENOMEM;
        *array = more;
        *room = wanted;
        return 0;
}

static Token replay_token_of(const char *id)
{
        uint8_t hash[crypto_generichash_BYTES_MIN];
        Token t;

        crypto_generichash(hash, sizeof hash, (const uint8_t *)id, strlen(id), NULL, 0);
        memcpy(t.b, hash, sizeof t.b);
        return t;
}

static bool read_time(const json_t *v, double least, uint64_t *ret)
{
        double s = json_number_value(v);

        if (!json_is_number(v) || !(s >= least && s <= MAX_LINE_S))
                return false;
        *ret = (uint64_t)llround(s * 1000);
        return true;
}

static bool read_fix(const json_t *line, Fix *ret)
{
        const json_t *lat = json_object_get(line, "lat"), *lon = json_object_get(line, "lon");
        const json_t *accuracy = json_object_get(line, "accuracy_m");
        double a = json_number_value(lat), b = json_number_value(lon),
               m = json_number_value(accuracy);

        *ret = (Fix){0};
        if (!lat || json_is_null(lat))
                return true;
        if (!json_is_number(lat) || !json_is_number(lon) || !json_is_number(accuracy))
                return false;
        if (!(fabs(a) <= 90 && fabs(b) <= 180 && m >= 0 && m <= 1e8))
                return false;
        *ret = (Fix){true, (int32_t)lround(a * 1e7), (int32_t)lround(b * 1e7), (uint32_t)lround(m)};
        return true;
}

/* How number i of heard was heard; without the field by Bluetooth. */
static bool read_transport(const json_t *line, size_t i, SightingTransport *ret)
{
        const json_t *all = json_object_get(line, "transports");
        const char *name = json_string_value(json_array_get(all, i));

        *ret = name && strcmp(name, "lan") == 0 ? SIGHTING_MDNS : SIGHTING_BLE;
        return !all || (name && (*ret == SIGHTING_MDNS || strcmp(name, "ble") == 0));
}

static bool read_sighting(const json_t *line, size_t i, Request *r)
{
        const json_t *id = json_array_get(json_object_get(line, "heard"), i);
        const json_t *rssi = json_array_get(json_object_get(line, "rssi"), i);
        double dbm = json_number_value(rssi);
        SightingTransport transport;
        uint64_t after;

        if (!read_transport(line, i, &transport) || !json_is_string(id) || !json_is_number(rssi) ||
            !(dbm >= INT8_MIN && dbm <= INT8_MAX) ||
            !read_time(json_array_get(json_object_get(line, "heard_at"), i), 0, &after))
                return false;
        r->heard_ms[i] = r->press_ms + after;
        r->heard[i] = (Sighting){
                .token = replay_token_of(json_string_value(id)),
                .transport = transport,
                .rssi_dbm = transport == SIGHTING_BLE ? sighting_bucket((int)dbm) : 0,
                .first_heard_ms = (uint32_t)MIN(after, UINT32_MAX),
                .last_heard_ms = (uint32_t)MIN(after, UINT32_MAX),
        };
        return true;
}

static int read_heard(const json_t *line, Request *r)
{
        r->n_heard = MIN(json_array_size(json_object_get(line, "heard")), (size_t)SERIAL_HEARD_MAX);
        r->heard = calloc(r->n_heard + 1, sizeof *r->heard);
        r->heard_ms = calloc(r->n_heard + 1, sizeof *r->heard_ms);
        if (!r->heard || !r->heard_ms)
                return -ENOMEM;
        for (size_t i = 0; i < r->n_heard; i++)
                if (!read_sighting(line, i, r))
                        return REPLAY_E_MALFORMED;
        return 0;
}

static bool replay_is_route(const char *s)
{
        size_t n = s ? strlen(s) : 0;

        return n >= CODE_ROUTE_MIN && n <= CODE_ROUTE_MAX && strspn(s, "0123456789") == n;
}

/* A field that may be missing. */
static bool read_flag(const json_t *line, const char *name, bool *ret_said, bool *ret)
{
        const json_t *v = json_object_get(line, name);

        *ret_said = v != NULL;
        *ret = json_is_true(v);
        return !v || json_is_boolean(v);
}

static bool read_age(const json_t *line, Request *r)
{
        const json_t *v = json_object_get(line, "age");
        uint64_t age = 0;

        if (v && (!read_time(v, 0, &age) || age > SERIAL_AGE_MAX_MS))
                return false;
        r->press_ms = r->at_ms - age;
        return true;
}

static bool read_meeting(const json_t *line, Request *r)
{
        const json_t *v = json_object_get(line, "true_group");
        const char *name = json_string_value(v);

        if (name) {
                Token hash = replay_token_of(name);

                memcpy(&r->meeting, hash.b, sizeof r->meeting);
        }
        return !v || name;
}

/* What production knows of a press beside place and radio. */
static bool read_press(const json_t *line, Request *r)
{
        bool said, words, ignored;

        if (!read_flag(line, "words", &said, &words) ||
            !read_flag(line, "relayed", &ignored, &r->relayed))
                return false;
        r->words = !said ? WORDS_UNSAID : words ? WORDS_SECRET : WORDS_NONE;
        return read_age(line, r) && read_meeting(line, r);
}

static int read_request(const json_t *line, Request *r)
{
        const char *id = json_string_value(json_object_get(line, "id"));
        const char *route = json_string_value(json_object_get(line, "code"));
        uint64_t at;

        if (!id || strlen(id) >= sizeof r->id || !replay_is_route(route) ||
            !read_time(json_object_get(line, "t_server"), -MAX_LINE_S, &at) ||
            !read_fix(line, &r->fix))
                return REPLAY_E_MALFORMED;
        r->at_ms = EPOCH_MS + at;
        r->token = replay_token_of(id);
        if (!read_press(line, r))
                return REPLAY_E_MALFORMED;
        strcpy(r->id, id);
        strcpy(r->route, route);
        return read_heard(line, r);
}

static int read_line(Requests *x, const char *text, size_t len)
{
        json_t *line = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
        int r = line ? replay_grow((void **)&x->list, x->n, &x->room, sizeof *x->list)
                     : REPLAY_E_MALFORMED;

        if (r == 0) {
                x->list[x->n] = (Request){0};
                r = read_request(line, &x->list[x->n++]);
        }
        json_decref(line);
        return r;
}

void requests_done(Requests *r)
{
        for (size_t i = 0; i < r->n; i++) {
                free(r->list[i].heard);
                free(r->list[i].heard_ms);
        }
        free(r->list);
        *r = (Requests){0};
}

int requests_read(Requests *ret, FILE *in, size_t *ret_line)
{
        _cleanup_(requests_done) Requests all = {0};
        _cleanup_free_ char *text = NULL;
        size_t size = 0, line = 0;
        ssize_t len;
        int r = 0;

        while (r == 0 && (len = getline(&text, &size, in)) >= 0) {
                line++;
                if (strspn(text, " \t\r\n") < (size_t)len)
                        r = read_line(&all, text, (size_t)len);
        }
        if (r == 0 && ferror(in))
                r = -EIO;
        if (r > 0)
                *ret_line = line;
        if (r == 0) {
                *ret = all;
                all = (Requests){0};
        }
        return r;
}
