/* SPDX-License-Identifier: GPL-2.0-or-later */
/* amending.h - tells the cloud what we heard, or where we are, after the serial was sent */
#pragma once

#include "daemon/cloud-link/cloud-client.h"
#include "neighbourhood.h"

typedef struct Amending Amending;

typedef struct AmendingDeps { /* all borrowed */
        Clock *clock;
        CloudClient *cloud;
        const Id *member;
        const Neighbourhood *neighbourhood;
        const Fix *fix;
        const uint64_t *press_ms;
} AmendingDeps;

int amending_new(Amending **ret, const AmendingDeps *deps);
Amending *amending_free(Amending *a);
DEFINE_CLEANUP(Amending *, amending_free);

/* A serial has been made from what is known now. */
void amending_told(Amending *a);
/* A neighbour or a fix is new: amends the serial as soon as the cloud has it. */
void amending_changed(Amending *a);
/* The cloud has the serial and the group is open. */
void amending_begin(Amending *a);
/* No more amendments. */
void amending_end(Amending *a);
