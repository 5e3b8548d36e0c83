/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* The table of contents of the command line: a row and a function per command. What `--help`, the
 * parser and docs/man/taskroom.1 know of a command, they know from its row.
 *
 * Adding a command: its function in the file of its family, its row here. */

struct Invocation;

typedef struct CommandOption {
    const char *name;  /* "tenant-key" */
    const char *value; /* what stands for its value in a help text, "KEY"; NULL: it takes none */
    const char *about;
} CommandOption;

/* Which settings (server/config.h) a command takes as flags. */
typedef enum SettingsTaken {
    SETTINGS_NONE,
    SETTINGS_PLACE, /* those that say where an installation is */
    SETTINGS_ALL,
} SettingsTaken;

typedef struct Command {
    const char *name;      /* one or two words: "app rotate-secret" */
    const char *arguments; /* as help shows them, a word each; in brackets: may be left out */
    SettingsTaken settings;
    const CommandOption *options; /* ends with a row without a name; NULL: none of its own */
    int (*run)(struct Invocation *invocation);
    const char *about;   /* one line */
    const char *details; /* further sentences, or NULL */
} Command;

extern const Command commands[];
extern const size_t command_count;

/* What every command takes. */
extern const CommandOption common_options[];

/* The command that words begin with, and how many words its name has; NULL: none. */
const Command *command_find(const char *const *words, size_t count, size_t *ret_words);

/* Whether word is the first of a command of two words. */
bool command_is_family(const char *word);

/* Whether a command takes the setting of this key as a flag. */
bool command_takes_setting(const Command *command, const char *key);

int command_init(struct Invocation *invocation);
int command_tenant_add(struct Invocation *invocation);
int command_tenant_list(struct Invocation *invocation);
int command_app_add(struct Invocation *invocation);
int command_app_list(struct Invocation *invocation);
int command_app_rotate_secret(struct Invocation *invocation);
int command_app_scopes(struct Invocation *invocation);
int command_app_ticket(struct Invocation *invocation);
int command_user_import(struct Invocation *invocation);
int command_user_password(struct Invocation *invocation);
int command_user_link(struct Invocation *invocation);
int command_task_import(struct Invocation *invocation);
int command_task_list(struct Invocation *invocation);
int command_chat_list(struct Invocation *invocation);
int command_serve(struct Invocation *invocation);
int command_demo(struct Invocation *invocation);
int command_doctor(struct Invocation *invocation);
int command_routes(struct Invocation *invocation);
int command_help(struct Invocation *invocation);
int command_version(struct Invocation *invocation);
