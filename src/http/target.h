/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* A request's target, taken apart but not decoded. */

typedef struct Target {
    const char *path;  /* NULL when the target was not understood */
    const char *query; /* NULL when there is no "?" */
    size_t size_bytes; /* as sent */
} Target;

/* text as sent: "/a/b?c=d", "http://host/a/b?c=d" or "*". The result's texts are in the arena. */
Target target_parse(Arena *arena, const char *text);

/* Whether every parameter's name and value can be decoded. */
bool target_query_is_sound(Arena *arena, const Target *target);

/* The first parameter of that name, decoded; NULL when there is none or it can't be decoded. */
const char *target_parameter(Arena *arena, const Target *target, const char *name);

/* The first one from *place on, which moves behind it; *place is 0 at first. */
const char *target_parameter_next(Arena *arena, const Target *target, const char *name,
                                  size_t *place);
