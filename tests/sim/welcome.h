/* SPDX-License-Identifier: GPL-2.0-or-later */
/* welcome.h - a cloud that believes that everybody welcomes guests */
#pragma once

#include "world.h"

/* From the first press on. gathering: false once all have joined. */
void believe_in_welcome(World *w, bool gathering);
