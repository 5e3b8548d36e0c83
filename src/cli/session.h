/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/cleanup.h"

#include "cli/invocation.h"
#include "domain/work.h"
#include "server/installation.h"

/* An installation opened for one command, inside one transaction. What waits for somebody else, for
 * its input or for a reader of its output, does so in a session_pause(). */

typedef enum SessionMode {
    SESSION_WRITES, /* holds the write lock until its end */
    SESSION_READS,  /* beside all others */
} SessionMode;

typedef struct Session {
    Invocation *invocation; /* borrowed */
    Config config;
    Installation *installation; /* owned */
    Store *reader;              /* owned; NULL in a session that was opened to write */
    IdSource ids;
    Work work; /* without a tenant until session_choose_tenant() */
} Session;

/* Reads the settings, opens the installation, begins. Says in the exit code when the settings are
 * wrong or the database is too new. */
int session_open(Invocation *invocation, SessionMode mode, Session *ret_session);

/* The same for settings that were read already. */
int session_open_with(Invocation *invocation, const Config *config, SessionMode mode,
                      Session *ret_session);

/* The tenant of --tenant, or the only one there is. E_NOT_FOUND: there is none of that key ·
 * E_INVALID: there are several, which are told. */
int session_choose_tenant(Session *session);

/* Ends the transaction, and keeps nothing of it. */
int session_pause(Session *session);

/* Begins another one; to read only in a session that was opened so. The directory and the tenant
 * stay as they were read. */
int session_resume(Session *session, SessionMode mode);

/* Keeps what was done. 0 only when it is on the disk. */
int session_commit(Session *session);

/* Undoes what was not kept, and closes. Takes a zeroed session too. */
void session_done(Session *session);
