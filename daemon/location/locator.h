/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * locator.h - what finds the place of this terminal: GeoClue; in tests a script
 *
 * It costs power and shows the user a sign that the place is asked for, so it runs only while a
 * press wants to know. Once it has failed it rests until it is started again.
 */
#pragma once

#include "src/protocol/serial.h"

typedef enum LocatorTrouble {
        LOCATOR_NO_BUS,
        LOCATOR_ABSENT, /* not installed, or it cannot be started */
        LOCATOR_DENIED, /* it does not let us know the place */
        LOCATOR_SILENT, /* it does not answer: nobody is there whom it could ask for permission */
        LOCATOR_FAILED, /* it answers with other errors, or not as documented */
} LocatorTrouble;

typedef struct Locator Locator;

/* From within these the locator is neither stopped nor freed. */
typedef struct LocatorEvents {
        /* fix: known, not rounded; age_ms: since it was measured */
        void (*found)(void *userdata, const Fix *fix, uint64_t age_ms);
        void (*failed)(void *userdata, LocatorTrouble trouble);
} LocatorEvents;

typedef struct LocatorOps {
        /* of one that rests; neither found nor failed is called from within */
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
