/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/text.h"

#include "check.h"
#include "cli/commands.h"
#include "server/config.h"

TEST(every_row_is_whole)
{
    for (size_t i = 0; i < command_count; i++) {
        CHECK(commands[i].run);
        CHECK(!text_is_empty(commands[i].name) && !text_is_empty(commands[i].about));
        CHECK(commands[i].arguments);
        CHECK(commands[i].about[strlen(commands[i].about) - 1] != '.');
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(commands[i].name, commands[j].name) != 0);
    }
}

TEST(no_option_hides_another)
{
    for (size_t i = 0; i < command_count; i++)
        for (const CommandOption *option = commands[i].options; option && option->name; option++) {
            CHECK(!text_is_empty(option->about));
            CHECK(!config_knows(option->name) && strcmp(option->name, "config") != 0);
            CHECK(strcmp(option->name, "json") != 0 && strcmp(option->name, "help") != 0);
            for (const CommandOption *before = commands[i].options; before != option; before++)
                CHECK(strcmp(before->name, option->name) != 0);
        }
}

TEST(a_name_is_found_whole)
{
    const char *words[] = { "app", "list", "more" }, *half[] = { "app", "lis" };
    size_t count = 0;

    CHECK_TEXT(command_find(words, COUNT_OF(words), &count)->name, "app list");
    CHECK_INT(count, 2);
    CHECK(!command_find(half, COUNT_OF(half), &count));
    CHECK(!command_find(words, 1, &count));
    CHECK(!command_find(words, 0, &count));
}

TEST(families)
{
    CHECK(command_is_family("app"));
    CHECK(!command_is_family("ap"));
    CHECK(!command_is_family("serve"));
    CHECK(!command_is_family("app add"));
}

CHECK_MAIN
