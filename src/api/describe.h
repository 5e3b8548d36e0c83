/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buffer.h"

/* The routes and field tables as one JSON document, for `taskroom routes --json`, from which
 * docs/api.md and docs/openapi.json are made (tools/generate-docs). */
void describe_routes(Buffer *buffer);
