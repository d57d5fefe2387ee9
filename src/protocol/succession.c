/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "succession.h"

#include "src/base/endian-bytes.h"

#include <string.h>

enum {
        FROM = 1,
        TO = FROM + 64,
        MADE = TO + 64,
        UNTIL = MADE + 8,
        SIGNED = UNTIL + 8,
        BY_FROM = SIGNED,
        BY_TO = BY_FROM + 64,
};
_Static_assert(BY_TO + 64 == SUCCESSION_SIZE, "the layout in the header");

static const char label_from[] = "huddle v1 succession", label_to[] = "huddle v1 successor";

static void succession_write_identity(uint8_t ret[static 64], const CloudIdentity *id)
{
        memcpy(ret, id->box_key.b, 32);
        memcpy(ret + 32, id->sign_key.b, 32);
}

static void succession_read_identity(CloudIdentity *ret, const uint8_t bytes[static 64])
{
        memcpy(ret->box_key.b, bytes, 32);
        memcpy(ret->sign_key.b, bytes + 32, 32);
}

static bool identity_equal(const CloudIdentity *a, const CloudIdentity *b)
{
        return bytes32_equal(&a->box_key, &b->box_key) && bytes32_equal(&a->sign_key, &b->sign_key);
}

void succession_sign(uint8_t ret[static SUCCESSION_SIZE], const Succession *s,
                     const uint8_t from_private[static 64], const uint8_t to_private[static 64])
{
        Bytes32 digest;

        ret[0] = SUCCESSION_SUITE;
        succession_write_identity(ret + FROM, &s->from);
        succession_write_identity(ret + TO, &s->to);
        le_write(ret + MADE, s->made_ms, 8);
        le_write(ret + UNTIL, s->until_ms, 8);
        digest_one(&digest, label_from, ret, SIGNED);
        (void)crypto_sign_detached(ret + BY_FROM, NULL, digest.b, sizeof digest, from_private);
        digest_one(&digest, label_to, ret, SIGNED);
        (void)crypto_sign_detached(ret + BY_TO, NULL, digest.b, sizeof digest, to_private);
}

static bool succession_signed_by(const uint8_t *bytes, size_t at, const char *label,
                                 const Bytes32 *key)
{
        Bytes32 digest;

        digest_one(&digest, label, bytes, SIGNED);
        return crypto_sign_verify_detached(bytes + at, digest.b, sizeof digest, key->b) == 0;
}

int succession_read(Succession *ret, const uint8_t *bytes, size_t len)
{
        Succession s;

        if (len != SUCCESSION_SIZE || bytes[0] != SUCCESSION_SUITE)
                return -EINVAL;
        succession_read_identity(&s.from, bytes + FROM);
        succession_read_identity(&s.to, bytes + TO);
        s.made_ms = le_read(bytes + MADE, 8);
        s.until_ms = le_read(bytes + UNTIL, 8);
        if (s.made_ms == 0 || s.until_ms <= s.made_ms ||
            s.until_ms - s.made_ms > SUCCESSION_MS_MAX || identity_equal(&s.from, &s.to))
                return -EINVAL;
        if (!succession_signed_by(bytes, BY_FROM, label_from, &s.from.sign_key) ||
            !succession_signed_by(bytes, BY_TO, label_to, &s.to.sign_key))
                return -EINVAL;
        *ret = s;
        return 0;
}

SuccessionStep cloud_pin_step(CloudPin *pin, const Succession *s, bool follows, uint64_t now_ms)
{
        bool begins = identity_equal(&s->from, &pin->identity);
        bool ends = identity_equal(&s->to, &pin->identity);

        if (!begins && !ends)
                return SUCCESSION_FOREIGN;
        if (now_ms >= s->until_ms)
                return SUCCESSION_EXPIRED;
        if (begins ? s->made_ms <= pin->since_ms : s->made_ms < pin->since_ms)
                return SUCCESSION_OLDER;
        if (begins && !follows)
                return SUCCESSION_MOVED;
        *pin = (CloudPin){
                .identity = s->to,
                .since_ms = s->made_ms,
                .before = s->from,
                .before_until_ms = s->until_ms,
        };
        return begins ? SUCCESSION_MOVED : SUCCESSION_KNOWN;
}

bool cloud_pin_tidy(CloudPin *pin, uint64_t now_ms)
{
        if (pin->before_until_ms == 0 || now_ms < pin->before_until_ms)
                return false;
        pin->before_until_ms = 0;
        return true;
}

bool cloud_pin_names(const CloudPin *pin, const CloudIdentity *id)
{
        return identity_equal(&pin->identity, id) ||
               (pin->since_ms != 0 && identity_equal(&pin->before, id));
}

const Bytes32 *cloud_pin_signer(const CloudPin *pin, unsigned i)
{
        if (i == 0)
                return &pin->identity.sign_key;
        return i == 1 && pin->before_until_ms != 0 ? &pin->before.sign_key : NULL;
}
