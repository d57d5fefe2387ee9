/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * locator.h - a source of this terminal's place: GeoClue; in tests a script
 *
 * It costs power, and the desktop shows that the place is in use. So it runs only during a press.
 * After a failure it rests until the next start.
 */
#pragma once

#include "src/protocol/serial.h"

typedef enum LocatorTrouble {
        LOCATOR_NO_BUS,
        LOCATOR_ABSENT, /* not installed, or it cannot be started */
        LOCATOR_DENIED, /* it refuses to tell us the place */
        LOCATOR_SILENT, /* it does not answer: no agent is there to grant the permission */
        LOCATOR_FAILED, /* it answers with other errors, or not as documented */
} LocatorTrouble;

typedef struct Locator Locator;

/* The locator is neither stopped nor freed from within these. */
typedef struct LocatorEvents {
        /* fix: known, not rounded; age_ms: since it was measured */
        void (*found)(void *userdata, const Fix *fix, uint64_t age_ms);
        void (*failed)(void *userdata, LocatorTrouble trouble);
} LocatorEvents;

typedef struct LocatorOps {
        /* Only while it rests. Calls neither found nor failed from within. */
        int (*start)(Locator *l);
        void (*stop)(Locator *l);
        Locator *(*free)(Locator *l);
} LocatorOps;

/* An implementation's state starts with this. */
struct Locator {
        const LocatorOps *ops;
        const LocatorEvents *events; /* set by location.c before start */
        void *userdata;
};

static inline Locator *locator_free(Locator *l)
{
        return l ? l->ops->free(l) : NULL;
}
