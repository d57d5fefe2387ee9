/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lan-order.h"

#include <string.h>

static const uint8_t *lan_target_bytes(const struct sockaddr_storage *to)
{
        if (to->ss_family == AF_INET)
                return (const uint8_t *)&((const struct sockaddr_in *)to)->sin_addr;
        return (const uint8_t *)&((const struct sockaddr_in6 *)to)->sin6_addr;
}

static bool lan_begins_alike(const uint8_t *a, const uint8_t *b, uint32_t bits)
{
        uint32_t whole = bits / 8;
        uint8_t rest = (uint8_t)(0xff00U >> bits % 8);

        return memcmp(a, b, whole) == 0 &&
               (bits % 8 == 0 || (a[whole] & rest) == (b[whole] & rest));
}

static bool lan_is_link_local(const struct sockaddr_storage *to)
{
        return to->ss_family == AF_INET6 &&
               IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)to)->sin6_addr);
}

LanNearness lan_nearness(const struct sockaddr_storage *to, uint32_t interface,
                         const LanAddress *ours, size_t n)
{
        const uint8_t *bytes = lan_target_bytes(to);
        LanNearness ret = lan_is_link_local(to) ? LAN_LINK_LOCAL : LAN_FOREIGN;
        bool bridge = false, here = false, elsewhere = false;

        for (size_t i = 0; i < n; i++) {
                const LanAddress *a = &ours[i];

                bridge = bridge || (a->bridge && a->interface == interface);
                if (a->family != to->ss_family || !lan_begins_alike(a->bytes, bytes, a->prefix))
                        continue;
                if (memcmp(a->bytes, bytes, a->family == AF_INET ? 4 : 16) == 0)
                        return LAN_OURS;
                here = here || a->interface == interface;
                elsewhere = elsewhere || a->interface != interface;
        }
        if (bridge)
                return LAN_BRIDGE;
        if (ret == LAN_LINK_LOCAL)
                return ret;
        return here ? LAN_HERE : elsewhere ? LAN_ELSEWHERE : ret;
}

static bool lan_comes_last(const LanTarget *t)
{
        return t->nearness >= LAN_BRIDGE;
}

/* Whether a goes before b, after one of this family. */
static bool lan_goes_before(const LanTarget *a, const LanTarget *b, sa_family_t family)
{
        bool a_turn = a->to.ss_family != family, b_turn = b->to.ss_family != family;

        if (lan_comes_last(a) != lan_comes_last(b))
                return !lan_comes_last(a);
        if (family != AF_UNSPEC && a_turn != b_turn)
                return a_turn;
        if (a->nearness != b->nearness)
                return a->nearness < b->nearness;
        return a->to.ss_family == AF_INET6 && b->to.ss_family == AF_INET;
}

const LanTarget *lan_order_next(const LanTarget *const *left, size_t n, sa_family_t family)
{
        const LanTarget *best = NULL;

        for (size_t i = 0; i < n; i++)
                if (!best || lan_goes_before(left[i], best, family))
                        best = left[i];
        return best;
}
