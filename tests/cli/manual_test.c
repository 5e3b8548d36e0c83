/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "cli/manual.h"
#include "server/config.h"

TEST(help_names_every_option)
{
    Arena *arena = arena_new();

    for (size_t i = 0; i < command_count; i++) {
        Buffer text;

        buffer_init(&text, arena, 4096);
        manual_add_help(&text, &commands[i], NULL);
        CHECK(strstr(text.text, commands[i].name));
        CHECK(strstr(text.text, commands[i].about));
        CHECK(strstr(text.text, "--json") && strstr(text.text, "--help"));
        for (const CommandOption *option = commands[i].options; option && option->name; option++)
            CHECK(strstr(text.text, option->name));
        CHECK((commands[i].settings != SETTINGS_NONE) == (strstr(text.text, "--data ") != NULL));
    }
    arena_free(arena);
}

TEST(a_familys_help_is_of_its_commands)
{
    Arena *arena = arena_new();
    Buffer text;

    buffer_init(&text, arena, 4096);
    manual_add_help(&text, NULL, "tenant");
    CHECK(strstr(text.text, "tenant add") && strstr(text.text, "tenant list"));
    CHECK(!strstr(text.text, "app add"));
    arena_free(arena);
}

TEST(the_page_and_the_table_name_all)
{
    Arena *arena = arena_new();
    Buffer page, table;

    buffer_init(&page, arena, 32768);
    buffer_init(&table, arena, 32768);
    manual_add_page(&page);
    manual_add_configuration(&table);
    for (size_t i = 0; i < command_count; i++)
        CHECK(strstr(page.text, commands[i].arguments));
    for (size_t i = 0; i < config_key_count; i++)
        CHECK(strstr(table.text, config_keys[i].name));
    CHECK(strstr(page.text, "\\-\\-private\\-listen"));
    CHECK(strstr(table.text, "off\\|feishu"));
    arena_free(arena);
}

CHECK_MAIN
