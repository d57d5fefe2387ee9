/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host.h - a cloud of the user's own, for an evening: what the commands of huddle host share */
#pragma once

#include "cli.h"

/* Hosts until it is told to stop, and tidies up. started: prints what runs. Complains. */
Exit host_run(Cli *cli, const char *name);
/* Prints the cloud that runs. Complains. */
Exit host_show(Cli *cli);
