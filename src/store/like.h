/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/arena.h"

/* LIKE's pattern for a text that stands anywhere, to be used with ESCAPE '\'; "" gives "", which
 * statements take for no search at all. */
const char *like_pattern(Arena *arena, const char *text);
