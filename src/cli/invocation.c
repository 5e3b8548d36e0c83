/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/invocation.h"

#include <string.h>

#include "base/text.h"

/* The words that are left to read. */
typedef struct Words {
    const char *const *items;
    size_t count;
} Words;

static const char *take_word(Words *words)
{
    words->count--;
    return *words->items++;
}

/* Errors found on the way to --json are to be printed as JSON too. */
static bool holds_json(const Words *words)
{
    for (size_t i = 0; i < words->count && !text_equal(words->items[i], "--"); i++)
        if (text_equal(words->items[i], "--json"))
            return true;
    return false;
}

static const CommandOption *find_option(const CommandOption *options, const char *name)
{
    for (const CommandOption *option = options; option && option->name; option++)
        if (text_equal(option->name, name))
            return option;
    return NULL;
}

/* The value of --name=VALUE, or else the next word. */
static int take_value(Invocation *invocation, Words *words, const char *name, const char *attached,
                      const char **ret_value)
{
    if (!attached && words->count == 0)
        return invocation_refuse(invocation, "--%s needs a value", name);
    *ret_value = attached ? attached : take_word(words);
    return 0;
}

static int take_setting(Invocation *invocation, Words *words, const char *name, const char *key,
                        const char *attached)
{
    ConfigFlag flag = { .name = key };
    int r;

    r = take_value(invocation, words, name, attached, &flag.value);
    if (r < 0)
        return r;
    if (invocation->flag_count == FLAGS_MOST)
        return invocation_refuse(invocation, "more than %d settings", FLAGS_MOST);
    invocation->flags[invocation->flag_count++] = flag;
    return 0;
}

static int take_own_option(Invocation *invocation, Words *words, const CommandOption *option,
                           const char *attached)
{
    OptionValue value = { option->name, "" };
    int r = 0;

    if (option->value)
        r = take_value(invocation, words, option->name, attached, &value.value);
    else if (attached)
        r = invocation_refuse(invocation, "--%s takes no value", option->name);
    if (r < 0)
        return r;
    if (invocation_option(invocation, option->name))
        return invocation_refuse(invocation, "--%s is given twice", option->name);
    if (invocation->option_count == OPTIONS_MOST)
        return invocation_refuse(invocation, "more than %d options", OPTIONS_MOST);
    invocation->options[invocation->option_count++] = value;
    return 0;
}

static const char *key_of(Arena *arena, const char *name)
{
    char *key = arena_text(arena, name);

    for (char *at = key; *at; at++)
        if (*at == '-')
            *at = '_';
    return key;
}

static int take_option(Invocation *invocation, Words *words, const char *word)
{
    const char *equals = strchr(word, '=');
    const char *name = equals ? arena_copy(invocation->arena, word, (size_t)(equals - word)) : word;
    const char *attached = equals ? equals + 1 : NULL;
    const char *key = key_of(invocation->arena, name);
    const CommandOption *option = find_option(invocation->command->options, name);

    if (option)
        return take_own_option(invocation, words, option, attached);
    if (text_equal(name, "json") || text_equal(name, "help")) {
        if (attached)
            return invocation_refuse(invocation, "--%s takes no value", name);
        invocation->is_help = invocation->is_help || text_equal(name, "help");
        return 0;
    }
    if (invocation->command->settings != SETTINGS_NONE && text_equal(name, "config"))
        return take_value(invocation, words, name, attached, &invocation->config_path);
    if (command_takes_setting(invocation->command, key) && !strchr(name, '_'))
        return take_setting(invocation, words, name, key, attached);
    return invocation_refuse(invocation, "there is no option --%s", name);
}

static int take_argument(Invocation *invocation, const char *word)
{
    size_t most = text_is_empty(invocation->command->arguments) ? 0 : 1;

    /* `help` takes a command's name, which may be two words. */
    if (text_equal(invocation->command->name, "help"))
        most = ARGUMENTS_MOST;
    if (invocation->argument_count == most)
        return invocation_refuse(invocation, "\"%s\" is one argument too many", word);
    invocation->arguments[invocation->argument_count++] = word;
    return 0;
}

static int check_arguments(Invocation *invocation)
{
    const char *wanted = invocation->command->arguments;

    if (!invocation->is_help && !text_is_empty(wanted) && *wanted != '[' &&
        invocation->argument_count == 0)
        return invocation_refuse(invocation, "%s is missing", wanted);
    return 0;
}

static int take_words(Invocation *invocation, Words *words)
{
    bool is_over = false; /* after "--" no word is an option */
    int r = 0;

    while (r >= 0 && words->count > 0) {
        const char *word = take_word(words);

        if (!is_over && text_equal(word, "--"))
            is_over = true;
        else if (!is_over && text_equal(word, "-h"))
            invocation->is_help = true;
        else if (!is_over && text_starts_with(word, "--"))
            r = take_option(invocation, words, word + 2);
        else if (!is_over && word[0] == '-' && word[1])
            r = invocation_refuse(invocation, "there is no option %s", word);
        else
            r = take_argument(invocation, word);
    }
    return r < 0 ? r : check_arguments(invocation);
}

/* `taskroom app`, `taskroom app --help`, `taskroom nonsense`. */
static int take_family(Invocation *invocation, const Words *words)
{
    const char *first = words->items[0], *second = words->count > 1 ? words->items[1] : "";

    if (!command_is_family(first))
        return invocation_refuse(invocation, "there is no command \"%s\"", first);
    invocation->family = first;
    if (text_equal(second, "--help") || text_equal(second, "-h")) {
        invocation->is_help = true;
        return 0;
    }
    if (text_is_empty(second) || second[0] == '-')
        return invocation_refuse(invocation, "\"%s\" needs a second word", first);
    return invocation_refuse(invocation, "there is no command \"%s %s\"", first, second);
}

int invocation_parse(Invocation *invocation, const char *const *words, size_t count)
{
    static const char *const version[] = { "version" };
    Words left = { words, count };
    size_t name_words = 0;

    invocation->is_json = holds_json(&left);
    while (left.count > 0 && text_equal(left.items[0], "--json"))
        take_word(&left);
    if (left.count == 0)
        return invocation_refuse(invocation, "which command?");
    if (text_equal(left.items[0], "--help") || text_equal(left.items[0], "-h")) {
        invocation->is_help = true;
        return 0;
    }
    if (text_equal(left.items[0], "--version")) {
        invocation->command = command_find(version, 1, &name_words);
        take_word(&left);
        return take_words(invocation, &left);
    }
    invocation->command = command_find(left.items, left.count, &name_words);
    if (!invocation->command)
        return take_family(invocation, &left);
    left.items += name_words;
    left.count -= name_words;
    return take_words(invocation, &left);
}

const char *invocation_option(const Invocation *invocation, const char *name)
{
    for (size_t i = 0; i < invocation->option_count; i++)
        if (text_equal(invocation->options[i].name, name))
            return invocation->options[i].value;
    return NULL;
}

int invocation_need_option(Invocation *invocation, const char *name, const char **ret_value)
{
    const char *value = invocation_option(invocation, name);

    if (!value)
        return invocation_refuse(invocation, "--%s is missing", name);
    *ret_value = value;
    return 0;
}

int invocation_load_config(Invocation *invocation, Config *ret_config)
{
    int r = config_load(invocation->arena, invocation->config_path, invocation->flags,
                        invocation->flag_count, ret_config, &invocation->failure);

    if (r < 0)
        invocation->exit_code = EXIT_USAGE;
    return r;
}
