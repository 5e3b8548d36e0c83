/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "server/config.h"

/* Joins the floors and serves until SIGTERM or SIGINT has been drained. */

/* What a process ends with; documented in the man page. */
typedef enum ExitCode {
    EXIT_GOOD = 0,
    EXIT_FAILED = 1,       /* it couldn't be done; standard error says why */
    EXIT_USAGE = 2,        /* the command line or the settings are wrong */
    EXIT_NEWER_SCHEMA = 3, /* the database is of a newer version of the program */
    EXIT_DISK = 4,         /* a sync to the disk failed: what it holds is unknown */
} ExitCode;

typedef struct ServeAddresses {
    const char *url;
    const char *private_url; /* NULL: off */
} ServeAddresses;

/* Whether the settings are ones that serve() can use, as far as they tell by themselves: addresses,
 * the kind of database, a master key that is given. E_INVALID names the setting. */
int serve_check(const Config *config, Failure *failure);

/* ready is called once, when requests are answered. The installation must exist. */
ExitCode serve(const Config *config, void (*ready)(const ServeAddresses *addresses, void *state),
               void *state, Failure *failure);
