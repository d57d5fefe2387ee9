/* SPDX-License-Identifier: GPL-2.0-or-later */
/* syslog.h - the levels of log.h, which wasi-libc does not have */
#pragma once

enum {
        LOG_ERR = 3,
        LOG_WARNING,
        LOG_NOTICE,
        LOG_INFO,
        LOG_DEBUG,
};
