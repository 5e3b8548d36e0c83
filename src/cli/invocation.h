/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/arena.h"
#include "base/error.h"

#include "cli/commands.h"
#include "server/config.h"
#include "server/serve.h"

/* One command line, taken apart by its command's row, and what its command made of it. */

enum { ARGUMENTS_MOST = 2, OPTIONS_MOST = 16, FLAGS_MOST = 64 };

typedef struct OptionValue {
    const char *name;
    const char *value; /* "" of an option that takes none */
} OptionValue;

typedef struct Invocation {
    Arena *arena; /* borrowed; lives until the program ends */
    const Command *command;
    bool is_json;
    bool is_help; /* help is wanted, of command or, where that is NULL, of family */
    const char *family;
    const char *arguments[ARGUMENTS_MOST];
    size_t argument_count;
    OptionValue options[OPTIONS_MOST];
    size_t option_count;
    ConfigFlag flags[FLAGS_MOST]; /* settings */
    size_t flag_count;
    const char *config_path; /* NULL: not given */

    /* What came of it. */
    ExitCode exit_code; /* EXIT_GOOD: EXIT_FAILED when the command fails */
    const char *place;  /* "FILE:LINE" that the failure is to blame on, or NULL */
    int64_t line;       /* the same as a number, or 0 */
    Failure failure;
} Invocation;

/* Takes words (without the program's name) apart into the zeroed invocation, whose arena is set.
 * E_INVALID: there is no such command, option or setting, a value or an argument is missing, or one
 * too many. is_json and command are right even then, as far as they were given. */
int invocation_parse(Invocation *invocation, const char *const *words, size_t count);

/* The value of an option, or NULL when it was not given. */
const char *invocation_option(const Invocation *invocation, const char *name);

/* The same; E_INVALID, and the exit code of a wrong command line, when it was not given. */
int invocation_need_option(Invocation *invocation, const char *name, const char **ret_value);

/* Fails with E_INVALID and the exit code of a wrong command line. */
#define invocation_refuse(invocation, ...) \
    ((invocation)->exit_code = EXIT_USAGE, fail(&(invocation)->failure, E_INVALID, __VA_ARGS__))

/* Reads the settings; when they are wrong, the exit code says so. */
int invocation_load_config(Invocation *invocation, Config *ret_config);
