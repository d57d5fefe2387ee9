/* SPDX-License-Identifier: GPL-2.0-or-later */
/* similarity.h - how alike two serials are: three segments, weights, threshold (patent 0091, claims 3 and 8) */
#pragma once

#include "serial.h"
