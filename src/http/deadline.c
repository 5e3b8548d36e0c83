/* SPDX-License-Identifier: Apache-2.0 */
#include "http/exchange.h"

/* Deadlines are absolute: a byte that arrives does not prolong them. The library's own time-outs
 * start again with every byte, so they are not used. Connections are visited a few times per limit,
 * at most once a second unless a limit is shorter than that. */

static void deadline_expired(Connection *connection)
{
    HttpServer *server = connection->listener->server;

    switch ((int)connection->phase) {
    case PHASE_HEADER:
        atomic_fetch_add(&server->timeouts, 1);
        connection_refuse(connection, 408, "the request's header did not arrive in time");
        break;
    case PHASE_BODY:
        atomic_fetch_add(&server->timeouts, 1);
        connection_refuse(connection, 408, "the request's body did not arrive in time");
        break;
    case PHASE_SENDING:
        atomic_fetch_add(&server->timeouts, 1);
        connection_cut(connection, true);
        break;
    default: connection_cut(connection, false); break;
    }
}

/* The library tells of a request only with its whole first line. */
static bool deadline_finds_beginning(Connection *connection)
{
    HttpServer *server = connection->listener->server;

    if (connection->phase != PHASE_IDLE ||
        server->now_ms - connection->since_ms < server->sweep_every_ms ||
        !connection_has_begun(connection))
        return false;
    connection->phase = PHASE_HEADER;
    connection->deadline_ms = server->now_ms + server->limits.header_ms;
    return true;
}

void deadline_sweep(Listener *listener)
{
    for (Connection *connection = listener->first; connection; connection = connection->next) {
        if (connection->phase == PHASE_WHOLE || connection->phase == PHASE_TAKEN ||
            connection->phase == PHASE_CUT || deadline_finds_beginning(connection))
            continue;
        if (listener->server->now_ms >= connection->deadline_ms)
            deadline_expired(connection);
    }
}
