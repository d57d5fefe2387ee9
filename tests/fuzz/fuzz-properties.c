/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Properties that bluetoothd and GeoClue tell. Byte 0 chooses one of the two, the rest is the body
 * of the message, an a{sv}. */
#include "fuzz.h"

#include "daemon/location/geoclue-place.h"
#include "daemon/radio/beacon.h"
#include "daemon/radio/bluez-report.h"
#include "message.h"

#include <assert.h>

static void read_device(DBusMessage *m)
{
        DBusMessageIter at, properties;
        BluezReport report;
        Beacon beacon;

        (void)dbus_message_iter_init(m, &at);
        dbus_message_iter_recurse(&at, &properties);
        bluez_report_read(&report, &properties);
        assert(report.rssi_dbm >= -127 && report.rssi_dbm <= 20);
        assert(!report.data || report.n >= 0);
        if (report.data && beacon_read(&beacon, report.data, (size_t)report.n) == 0)
                assert(report.n == BEACON_SIZE);
}

static void read_place(DBusMessage *m)
{
        uint64_t measured_ms;
        Fix fix;

        if (!geoclue_place_read(&fix, &measured_ms, m))
                return;
        assert(fix.known && fix.accuracy_m <= FIX_ACCURACY_MAX_M);
        assert(abs(fix.latitude_e7) <= FIX_LATITUDE_MAX_E7);
        assert(abs(fix.longitude_e7) <= FIX_LONGITUDE_MAX_E7);
        fix_round(&fix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        DBusMessage *m = size > 0 ? fuzz_message("a{sv}", data + 1, size - 1) : NULL;

        if (!m)
                return 0;
        if (data[0] & 1)
                read_place(m);
        else
                read_device(m);
        dbus_message_unref(m);
        return 0;
}
