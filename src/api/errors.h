/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/error.h"

#include "api/route.h"

/* Every code of the wire, in two tables (contract §2, §4.2, §5.5, §10). Nothing else in the program
 * knows one. */

typedef struct WireError {
    int status; /* of HTTP */
    int code;
    const char *msg;
} WireError;

/* What a failure is called on a section's pages. has_verbose_codes: apaas tells its undocumented
 * causes apart. */
WireError wire_error(Section section, const Failure *failure, bool has_verbose_codes);

typedef enum GatewayError {
    TOKEN_MISSING,
    TOKEN_INVALID,
    TOKEN_OF_USER,
    TOKEN_MALFORMED,
    SCOPE_MISSING,
    RATE_LIMITED,
} GatewayError;

WireError gateway_error(GatewayError error);

/* What http/ refuses, by its status. */
WireError transport_error(int status);
