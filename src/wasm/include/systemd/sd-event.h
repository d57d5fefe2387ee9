/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sd-event.h - for clock.h alone: the engine's loop is the browser's */
#pragma once

typedef struct sd_event sd_event;
