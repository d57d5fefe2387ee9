/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The snapshot of an exchange as a damaged store may give it back. What loads, saves, and loads the
 * same again. */
#include "fuzz.h"

#include "daemon/exchange/snapshot.h"
#include "tests/sim/step-clock.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static DaemonStore *store;
        static Clock *clock;
        _cleanup_(snapshot_done) Snapshot first = {}, second = {};
        uint32_t uid = 0;
        int r = 0;

        if (!store)
                r = daemon_store_open(&store, ":memory:") ||
                    step_clock_new(&clock, UINT64_C(1767225600000));
        assert(r == 0);
        if (daemon_store_exchange_save(store, 1, 1000, data, size) != 0 ||
            snapshot_load(store, 1, clock, &uid, &first) != 0)
                return 0;
        assert(uid == 1000);
        r = snapshot_save(store, 1, uid, &first);
        assert(r == 0);
        r = snapshot_load(store, 1, clock, &uid, &second);
        assert(r == 0 && memcmp(&first.keys, &second.keys, sizeof first.keys) == 0);
        assert(first.reached == second.reached && first.n_roster == second.n_roster);
        assert(first.guests_welcome == second.guests_welcome);
        assert(first.options.has_screen == second.options.has_screen &&
               memcmp(&first.options.screen, &second.options.screen, TOKEN_SIZE) == 0);
        return 0;
}
