/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "server/metrics.h"
#include "server/workers.h"

/* The private listener: /livez says that the process runs, /readyz that it takes and keeps what it
 * is sent (503 while it drains, or when the disk takes no write), /metrics what it has counted.
 * Answered on the loop's thread, so that they answer under load too. */

typedef struct Private {
    HttpServer *server;
    Workers *workers;
    Metrics *metrics;
} Private;

/* handler is filled; it borrows private. */
void private_init(Private *private, HttpServer *server, Workers *workers, Metrics *counted,
                  HttpHandler *ret_handler);
