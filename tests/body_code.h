/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "base/arena.h"

/* The "code" of an answer's body; -1: the body is no JSON object with an integer of that name. */
int64_t body_code(Arena *arena, const char *body);
