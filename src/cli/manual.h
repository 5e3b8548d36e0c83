/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buffer.h"

#include "cli/commands.h"

/* Texts for people, made from the table of commands and the table of settings. */

/* How the command is called, in two lines; NULL: the program. */
void manual_add_usage(Buffer *text, const Command *command);

/* The help of a command; of the family (the commands of that first word) when that is NULL; of the
 * program when both are. */
void manual_add_help(Buffer *text, const Command *command, const char *family);
void manual_print_help(Arena *arena, const Command *command, const char *family);

/* docs/man/taskroom.1, in roff. */
void manual_add_page(Buffer *text);

/* docs/configuration.md. */
void manual_add_configuration(Buffer *text);
