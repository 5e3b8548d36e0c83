/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"

#include "check.h"
#include "cli/invocation.h"

static Arena *arena;

#define PARSE(...)                                                            \
    const char *words[] = { __VA_ARGS__ };                                    \
    Invocation invocation = { .arena = arena = arena ? arena : arena_new() }; \
    int r = invocation_parse(&invocation, words, COUNT_OF(words))

#define CHECK_REFUSED(sentence)                        \
    do {                                               \
        CHECK_INT(r, E_INVALID);                       \
        CHECK_INT(invocation.exit_code, EXIT_USAGE);   \
        CHECK_TEXT(invocation.failure.text, sentence); \
    } while (0)

TEST(a_command_of_one_word)
{
    PARSE("init");
    CHECK_INT(r, 0);
    CHECK_TEXT(invocation.command->name, "init");
    CHECK(!invocation.is_json && !invocation.is_help);
    CHECK_TEXT(invocation_option(&invocation, "tenant-name"), NULL);
}

TEST(a_command_of_two_words_with_its_argument)
{
    PARSE("app", "rotate-secret", "cli_1");
    CHECK_INT(r, 0);
    CHECK_TEXT(invocation.command->name, "app rotate-secret");
    CHECK_INT(invocation.argument_count, 1);
    CHECK_TEXT(invocation.arguments[0], "cli_1");
}

TEST(values_apart_and_attached)
{
    PARSE("init", "--tenant-name", "a b", "--tenant-key=k=v", "--data=", "--json");
    CHECK_INT(r, 0);
    CHECK_TEXT(invocation_option(&invocation, "tenant-name"), "a b");
    CHECK_TEXT(invocation_option(&invocation, "tenant-key"), "k=v");
    CHECK_INT(invocation.flag_count, 1);
    CHECK_TEXT(invocation.flags[0].name, "data");
    CHECK_TEXT(invocation.flags[0].value, "");
    CHECK(invocation.is_json);
}

TEST(a_value_may_look_like_an_option)
{
    PARSE("init", "--tenant-name", "--json");
    CHECK_INT(r, 0);
    CHECK_TEXT(invocation_option(&invocation, "tenant-name"), "--json");
}

TEST(settings_are_keys)
{
    PARSE("serve", "--private-listen", "off", "--config", "f", "--rate-limits=feishu");
    CHECK_INT(r, 0);
    CHECK_INT(invocation.flag_count, 2);
    CHECK_TEXT(invocation.flags[0].name, "private_listen");
    CHECK_TEXT(invocation.flags[1].value, "feishu");
    CHECK_TEXT(invocation.config_path, "f");
}

TEST(every_setting_is_a_flag_of_serve)
{
    for (size_t i = 0; i < config_key_count; i++) {
        char flag[64] = "--";
        size_t size = 2;

        for (const char *at = config_keys[i].name; *at && size < sizeof(flag) - 1; at++)
            flag[size++] = *at == '_' ? '-' : *at;
        PARSE("serve", flag, "1");
        CHECK_INT(r, 0);
        CHECK_TEXT(invocation.flags[0].name, config_keys[i].name);
    }
}

TEST(a_secret_may_come_from_a_file)
{
    PARSE("doctor", "--master-key-file", "f");
    CHECK_INT(r, 0);
    CHECK_TEXT(invocation.flags[0].name, "master_key_file");
}

TEST(other_commands_take_only_the_place)
{
    PARSE("doctor", "--listen", "127.0.0.1:0");
    CHECK_REFUSED("there is no option --listen");
}

TEST(underscores_are_no_flags)
{
    PARSE("serve", "--private_listen", "off");
    CHECK_REFUSED("there is no option --private_listen");
}

TEST(options_of_others_are_unknown)
{
    PARSE("tenant", "list", "--tenant-key", "k");
    CHECK_REFUSED("there is no option --tenant-key");
}

TEST(short_options_are_unknown)
{
    PARSE("init", "-d", "x");
    CHECK_REFUSED("there is no option -d");
}

TEST(a_missing_value)
{
    PARSE("init", "--data");
    CHECK_REFUSED("--data needs a value");
}

TEST(a_value_where_none_is_taken)
{
    PARSE("doctor", "--thorough=yes");
    CHECK_REFUSED("--thorough takes no value");
}

TEST(json_with_a_value)
{
    PARSE("doctor", "--json=yes");
    CHECK_REFUSED("--json takes no value");
}

TEST(an_option_twice)
{
    PARSE("init", "--tenant-name", "a", "--tenant-name", "b");
    CHECK_REFUSED("--tenant-name is given twice");
}

TEST(a_missing_argument)
{
    PARSE("user", "import", "--data", "d");
    CHECK_REFUSED("FILE is missing");
}

TEST(an_argument_too_many)
{
    PARSE("user", "import", "a", "b");
    CHECK_REFUSED("\"b\" is one argument too many");
}

TEST(an_argument_where_none_is_taken)
{
    PARSE("doctor", "now");
    CHECK_REFUSED("\"now\" is one argument too many");
}

TEST(standard_input_is_an_argument)
{
    PARSE("task", "import", "-", "--data", "d");
    CHECK_INT(r, 0);
    CHECK_TEXT(invocation.arguments[0], "-");
}

TEST(after_two_dashes_nothing_is_an_option)
{
    PARSE("user", "import", "--", "--json");
    CHECK_INT(r, 0);
    CHECK_TEXT(invocation.arguments[0], "--json");
    CHECK(!invocation.is_json);
}

TEST(no_command)
{
    Invocation invocation = { .arena = arena = arena ? arena : arena_new() };
    int r = invocation_parse(&invocation, NULL, 0);

    CHECK_REFUSED("which command?");
}

TEST(an_unknown_command_that_wanted_json)
{
    PARSE("nonsense", "--json");
    CHECK_REFUSED("there is no command \"nonsense\"");
    CHECK(invocation.is_json);
}

TEST(half_a_command)
{
    PARSE("app");
    CHECK_REFUSED("\"app\" needs a second word");
    CHECK_TEXT(invocation.family, "app");
}

TEST(a_wrong_second_word)
{
    PARSE("app", "remove");
    CHECK_REFUSED("there is no command \"app remove\"");
}

TEST(help_of_the_program_of_a_family_of_a_command)
{
    {
        PARSE("--help");
        CHECK_INT(r, 0);
        CHECK(invocation.is_help && !invocation.command);
    }
    {
        PARSE("app", "-h");
        CHECK_INT(r, 0);
        CHECK(invocation.is_help && !invocation.command);
        CHECK_TEXT(invocation.family, "app");
    }
    {
        PARSE("user", "import", "--help"); /* without its argument */
        CHECK_INT(r, 0);
        CHECK(invocation.is_help);
        CHECK_TEXT(invocation.command->name, "user import");
    }
}

TEST(version_is_an_option_too)
{
    PARSE("--version", "--json");
    CHECK_INT(r, 0);
    CHECK_TEXT(invocation.command->name, "version");
    CHECK(invocation.is_json);
}

TEST(json_before_the_command)
{
    PARSE("--json", "routes");
    CHECK_INT(r, 0);
    CHECK_TEXT(invocation.command->name, "routes");
    CHECK(invocation.is_json);
}

TEST(a_needed_option)
{
    const char *value = NULL;

    PARSE("tenant", "add");
    CHECK_INT(r, 0);
    r = invocation_need_option(&invocation, "name", &value);
    CHECK_REFUSED("--name is missing");
    CHECK_TEXT(value, NULL);
}

CHECK_MAIN
