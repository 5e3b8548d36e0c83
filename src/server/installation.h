/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/cleanup.h"

#include "domain/directory.h"
#include "server/config.h"

/* A directory with its master key and its database. */

typedef struct Installation {
    Rules rules;
    Store *store;         /* owned; the writer's */
    Directory *directory; /* owned */
} Installation;

/* Makes the directory (0700), the key (0600), the settings' template and the database, those that
 * aren't there: what was cut short is gone on with, until there is a tenant. 1 = a key or a
 * database was there · E_CONFLICT: there is an installation already, with a tenant, or the database
 * is of a newer version · E_INVALID: the key that is there is none · E_UNAVAILABLE: another init
 * runs. */
int installation_create(Arena *arena, const Config *config, Failure *failure);

/* ret_installation is new: yours to close. E_NOT_FOUND: there is none · E_INVALID: its key is not
 * one, or others may read it · E_CONFLICT: its database is of a newer version. */
int installation_open(const Config *config, Installation **ret_installation, Failure *failure);
Installation *installation_close(Installation *installation); /* takes NULL, returns NULL */
DEFINE_CLEANUP(Installation *, installation_close)

/* E_NOT_FOUND: there is no database at the URL. Nothing but installation_create() makes one: a
 * mistyped path or a volume that isn't mounted must not look like an empty installation. */
int installation_find_database(const Config *config, Failure *failure);

/* Takes the place of the one server of this directory, until the process ends or ret_fd is closed.
 * Two would each count the rate limits for themselves. E_UNAVAILABLE: another holds it. */
int installation_lock(const Config *config, int *ret_fd, Failure *failure);

/* Only the rules, with the key; for who opens the store himself. */
int installation_read_rules(const Config *config, Rules *ret_rules, Failure *failure);
