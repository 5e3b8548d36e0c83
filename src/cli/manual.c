/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/manual.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

#include "cli/invocation.h"
#include "cli/manual_internal.h"
#include "cli/output.h"

const char *manual_flag_of(Arena *arena, const char *key)
{
    char *flag = arena_text(arena, key);

    for (char *at = flag; *at; at++)
        if (*at == '_')
            *at = '-';
    return flag;
}

const char *manual_values_of(Arena *arena, const ConfigKey *key)
{
    Buffer values;

    switch (key->kind) {
    case CONFIG_TEXT:
    case CONFIG_SECRET: return "TEXT";
    case CONFIG_NUMBER: return "N";
    case CONFIG_CHOICE: break;
    }
    buffer_init(&values, arena, 64);
    for (size_t i = 0; i < CONFIG_CHOICES_MOST && key->choices[i]; i++)
        buffer_print(&values, "%s%s", i > 0 ? "|" : "", key->choices[i]);
    return values.text;
}

/* ---- help ---- */

static void add_call(Buffer *text, const Command *command)
{
    buffer_print(text, "taskroom %s%s%s", command->name, *command->arguments ? " " : "",
                 command->arguments);
}

void manual_add_usage(Buffer *text, const Command *command)
{
    if (!command) {
        buffer_add(text, "usage: taskroom COMMAND [OPTION]...\n`taskroom --help` lists them.\n");
        return;
    }
    buffer_add(text, "usage: ");
    add_call(text, command);
    buffer_print(text, " [OPTION]...\n`taskroom %s --help` says more.\n", command->name);
}

static void add_options(Buffer *text, const CommandOption *options)
{
    for (const CommandOption *option = options; option && option->name; option++)
        buffer_print(text, "  --%s%s%s\n      %s\n", option->name, option->value ? " " : "",
                     option->value ? option->value : "", option->about);
}

static void add_setting(Buffer *text, const ConfigKey *key)
{
    const char *flag = manual_flag_of(text->arena, key->name);

    buffer_print(text, "  --%s %s", flag, manual_values_of(text->arena, key));
    if (key->kind == CONFIG_SECRET)
        buffer_print(text, ", --%s-file FILE", flag);
    buffer_print(text, "\n      %s", key->about);
    if (*key->standard)
        buffer_print(text, " [%s]", key->standard);
    buffer_add_char(text, '\n');
}

static void add_settings(Buffer *text, const Command *command)
{
    if (command->settings == SETTINGS_NONE)
        return;
    buffer_add(text, "\nSettings, with their defaults (docs/configuration.md):\n"
                     "  --config FILE\n      The file of settings. [DATA/taskroom.conf]\n");
    for (size_t i = 0; i < config_key_count; i++)
        if (command_takes_setting(command, config_keys[i].name))
            add_setting(text, &config_keys[i]);
}

static void add_command_help(Buffer *text, const Command *command)
{
    buffer_add(text, "usage: ");
    add_call(text, command);
    buffer_print(text, " [OPTION]...\n\n%s.\n", command->about);
    if (command->details)
        buffer_print(text, "%s\n", command->details);
    buffer_add(text, "\nOptions:\n");
    add_options(text, command->options);
    add_options(text, common_options);
    add_settings(text, command);
}

void manual_add_help(Buffer *text, const Command *command, const char *family)
{
    Buffer row;

    if (command) {
        add_command_help(text, command);
        return;
    }
    buffer_add(text, "usage: taskroom COMMAND [OPTION]...\n\n"
                     "A group chat around a human task, in the wire format of Feishu's Open "
                     "Platform.\n\nCommands:\n");
    for (size_t i = 0; i < command_count; i++) {
        size_t size = family ? strlen(family) : 0;

        if (family &&
            (!text_starts_with(commands[i].name, family) || commands[i].name[size] != ' '))
            continue;
        buffer_init(&row, text->arena, 128);
        output_cell(&row, commands[i].name, 18);
        buffer_print(text, "  %s%s\n", row.text, commands[i].about);
    }
    buffer_add(text, "\n`taskroom COMMAND --help` says more of each.\n");
}

void manual_print_help(Arena *arena, const Command *command, const char *family)
{
    Buffer text;

    buffer_init(&text, arena, 8192);
    manual_add_help(&text, command, family);
    output_text(&text);
}

/* ---- the commands ---- */

typedef struct VersionReply {
    const char *version;
} VersionReply;

static const Field version_fields[] = {
    FIELD(VersionReply, version, JSON_TEXT, FIELD_REQUIRED),
    FIELDS_END,
};

int command_version(Invocation *invocation)
{
    Buffer text;

    if (invocation->is_json) {
        output_json(invocation->arena, version_fields, &(VersionReply){ PROGRAM_VERSION });
        return 0;
    }
    buffer_init(&text, invocation->arena, 32);
    buffer_print(&text, "taskroom %s\n", PROGRAM_VERSION);
    output_text(&text);
    return 0;
}

static int help_on(Invocation *invocation)
{
    size_t words = 0, count = invocation->argument_count;
    const char *first = count > 0 ? invocation->arguments[0] : NULL;
    const Command *command = command_find(invocation->arguments, count, &words);

    if (command && words < count)
        command = NULL;
    if (!command && count > 0 && (count > 1 || !command_is_family(first)))
        return invocation_refuse(invocation, "there is no command \"%s%s%s\"", first,
                                 count > 1 ? " " : "", count > 1 ? invocation->arguments[1] : "");
    manual_print_help(invocation->arena, command, first);
    return 0;
}

int command_help(Invocation *invocation)
{
    Buffer text;

    if (!invocation_option(invocation, "man") && !invocation_option(invocation, "markdown"))
        return help_on(invocation);
    buffer_init(&text, invocation->arena, 32768);
    if (invocation_option(invocation, "man"))
        manual_add_page(&text);
    else
        manual_add_configuration(&text);
    output_text(&text);
    return 0;
}
