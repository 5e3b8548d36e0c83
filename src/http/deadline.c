/* SPDX-License-Identifier: Apache-2.0 */
#include "http/exchange.h"

/* Deadlines are absolute: a byte that arrives does not prolong them. Connections are visited a few
 * times per limit, and every rest_ms at the latest. */

static void deadline_expired(Connection *connection)
{
    HttpServer *server = connection->listener->server;

    switch ((int)connection->phase) {
    case PHASE_HEADER:
        atomic_fetch_add(&server->timeouts, 1);
        answer_refusal(connection, (Verdict){ 408, "the request's header did not arrive in time" });
        break;
    case PHASE_BODY:
        atomic_fetch_add(&server->timeouts, 1);
        answer_refusal(connection, (Verdict){ 408, "the request's body did not arrive in time" });
        break;
    case PHASE_SENDING:
    case PHASE_STREAM:
        atomic_fetch_add(&server->timeouts, 1);
        connection_close(connection, true);
        break;
    default: connection_close(connection, false); break;
    }
}

void deadline_sweep(Listener *listener)
{
    Connection *next;

    for (Connection *connection = listener->first; connection; connection = next) {
        next = connection->next;
        if (connection->phase != PHASE_TAKEN && listener->server->now_ms >= connection->deadline_ms)
            deadline_expired(connection);
    }
}
