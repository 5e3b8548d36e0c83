/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/arena.h"

#include "server/config.h"

/* What the texts of manual.c and manual_page.c share. */

/* "private_listen" as a flag: "private-listen". */
const char *manual_flag_of(Arena *arena, const char *key);

/* What stands for the value of a setting: "N", "off|feishu" … */
const char *manual_values_of(Arena *arena, const ConfigKey *key);
