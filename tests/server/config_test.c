/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

#include "check.h"
#include "db/scratch.h"
#include "server/config.h"

/* Every test has an environment without settings and an arena of its own; files lie in one
 * directory. */
static Arena *arena;
static Failure failure;
static Scratch scratch;
static const char *const folder = scratch.folder;

static void end(void)
{
    scratch_done(&scratch);
    arena_free(arena);
}

static void begin(void)
{
    if (!arena) {
        scratch = scratch_make();
        atexit(end);
    }
    arena_free(arena);
    arena = arena_new();
    failure_clear(&failure);
    clearenv();
}

static const char *path_of(const char *name)
{
    return arena_print(arena, "%s/%s", folder, name);
}

static const char *write_file(const char *name, const char *text)
{
    const char *path = path_of(name);
    FILE *file = fopen(path, "w");

    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
    return path;
}

/* The setting as --print-config shows it. */
static const char *shown(const Config *config, const char *name)
{
    const char *start = arena_print(arena, "\n%s = ", name), *at;
    Buffer text;

    buffer_init(&text, arena, 4096);
    buffer_add_char(&text, '\n');
    config_print(&text, config);
    at = strstr(text.text, start);
    return at ? arena_copy(arena, at + strlen(start), strcspn(at + strlen(start), "\n")) : NULL;
}

/* Another right value than the default, and no other source's: n tells them apart. */
static const char *value_of(const ConfigKey *key, int n)
{
    size_t count = 0;

    switch (key->kind) {
    case CONFIG_TEXT:
    case CONFIG_SECRET: return arena_print(arena, "%s/value%d", folder, n);
    case CONFIG_NUMBER: return arena_print(arena, "%lld", (long long)key->least + n);
    case CONFIG_CHOICE: break;
    }
    while (count < CONFIG_CHOICES_MOST && key->choices[count])
        count++;
    return key->choices[(size_t)n % count];
}

static const char *variable_of(const char *name)
{
    char *text = arena_print(arena, "TASKROOM_%s", name);

    for (char *at = text; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    return text;
}

/* What stands in the struct. */
static const char *held(const Config *config, const ConfigKey *key)
{
    const char *text;

    if (key->kind != CONFIG_SECRET)
        return shown(config, key->name);
    memcpy(&text, (const char *)config + key->offset, sizeof(text));
    return text;
}

static int load(const char *path, const ConfigFlag *flags, size_t count, Config *ret_config)
{
    failure_clear(&failure);
    return config_load(arena, path, flags, count, ret_config, &failure);
}

TEST(defaults)
{
    Config config;

    begin();
    CHECK_INT(load(NULL, NULL, 0, &config), 0);
    for (size_t i = 0; i < config_key_count; i++)
        if (!text_equal(config_keys[i].name, "database"))
            CHECK_TEXT(held(&config, &config_keys[i]), config_keys[i].standard);
    CHECK_TEXT(config.database, "sqlite:taskroom-data/taskroom.db");
    CHECK_TEXT(config.listen, "127.0.0.1:7171");
    CHECK_INT(config.readers, 2);
    CHECK_INT(config.rate_limits, RATE_LIMITS_OFF);
    CHECK_INT(config.chat_group_operator, OPERATOR_ANYONE);
}

TEST(choices_are_their_enums)
{
    const ConfigFlag flags[] = { { "rate_limits", "feishu" },
                                 { "apaas_codes", "verbose" },
                                 { "chat_group_operator", "participant" } };
    Config config;

    begin();
    CHECK_INT(load(NULL, flags, COUNT_OF(flags), &config), 0);
    CHECK_INT(config.rate_limits, RATE_LIMITS_FEISHU);
    CHECK_INT(config.apaas_codes, APAAS_CODES_VERBOSE);
    CHECK_INT(config.chat_group_operator, OPERATOR_PARTICIPANT);
}

TEST(every_key_from_every_source)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const ConfigKey *key = &config_keys[i];
        const char *path, *inside, *variable, *flag;
        Config config;

        begin();
        inside = value_of(key, 1);
        variable = value_of(key, 2);
        flag = value_of(key, 3);
        path = write_file("settings", arena_print(arena, "%s = %s\n", key->name, inside));
        CHECK_INT(load(path, NULL, 0, &config), 0);
        CHECK_TEXT(held(&config, key), inside);

        setenv(variable_of(key->name), variable, 1);
        CHECK_INT(load(path, NULL, 0, &config), 0);
        CHECK_TEXT(held(&config, key), variable);

        CHECK_INT(load(path, &(ConfigFlag){ key->name, flag }, 1, &config), 0);
        CHECK_TEXT(held(&config, key), flag);
    }
}

TEST(what_a_number_can_not_be)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const ConfigKey *key = &config_keys[i];

        if (key->kind != CONFIG_NUMBER)
            continue;
        begin();
        {
            const char *bad[] = { "",
                                  "x",
                                  "-1",
                                  "1x",
                                  "1 ",
                                  "0x10",
                                  "1.5",
                                  arena_print(arena, "%lld", (long long)key->least - 1),
                                  arena_print(arena, "%lld", (long long)key->most + 1) };
            Config config;

            for (size_t n = 0; n < COUNT_OF(bad); n++) {
                CHECK_INT(load(NULL, &(ConfigFlag){ key->name, bad[n] }, 1, &config), E_INVALID);
                CHECK(strstr(failure.text, key->name) && strstr(failure.text, "command line"));
            }
            CHECK_INT(
                load(NULL,
                     &(ConfigFlag){ key->name, arena_print(arena, "%lld", (long long)key->most) },
                     1, &config),
                0);
        }
    }
}

TEST(what_a_choice_can_not_be)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const char *bad[] = { "", "Off", "nonsense", "1" };
        Config config;

        begin();
        for (size_t n = 0; n < COUNT_OF(bad) && config_keys[i].kind == CONFIG_CHOICE; n++) {
            CHECK_INT(load(NULL, &(ConfigFlag){ config_keys[i].name, bad[n] }, 1, &config),
                      E_INVALID);
            CHECK(strstr(failure.text, config_keys[i].name));
        }
    }
}

TEST(the_template_changes_nothing_and_names_all)
{
    Config config;
    Buffer text;
    const char *path;

    begin();
    buffer_init(&text, arena, 8192);
    config_print_template(&text);
    path = write_file("template", text.text);
    CHECK_INT(load(path, NULL, 0, &config), 0);
    for (size_t i = 0; i < config_key_count; i++) {
        const ConfigKey *key = &config_keys[i];

        if (!text_equal(key->name, "database"))
            CHECK_TEXT(held(&config, key), key->standard);
        if (!text_equal(key->name, "data"))
            CHECK(strstr(text.text, arena_print(arena, "\n# %s = %s\n", key->name, key->standard)));
    }
}

TEST(what_is_printed_can_be_read)
{
    const ConfigFlag flags[] = { { "readers", "7" },
                                 { "master_key", "5ec4e7" },
                                 { "log_level", "warning" },
                                 { "listen", "[::1]:0" } };
    Config config, again;
    Buffer text;

    begin();
    CHECK_INT(load(NULL, flags, COUNT_OF(flags), &config), 0);
    buffer_init(&text, arena, 8192);
    config_print(&text, &config);
    CHECK(!strstr(text.text, "5ec4e7"));
    CHECK(strstr(text.text, "\n# master_key = (set)\n"));
    CHECK_INT(load(write_file("printed", text.text), NULL, 0, &again), 0);
    CHECK_TEXT(again.master_key, "");
    for (size_t i = 0; i < config_key_count; i++)
        if (config_keys[i].kind != CONFIG_SECRET)
            CHECK_TEXT(held(&again, &config_keys[i]), held(&config, &config_keys[i]));
}

TEST(lines_of_a_file)
{
    Config config;

    begin();
    CHECK_INT(load(write_file("lines", "# readers = 9\n\n  readers=3\r\n\tlisten  =  a b \n"
                                       "   # more\nbatch_most = 5"),
                   NULL, 0, &config),
              0);
    CHECK_INT(config.readers, 3);
    CHECK_TEXT(config.listen, "a b");
    CHECK_INT(config.batch_most, 5);
}

TEST(wrong_files_name_their_line)
{
    static const struct {
        const char *text, *wanted;
    } bad[] = {
        { "readers = 2\nwriters = 2\n", ":2: there is no setting \"writers\"" },
        { "\n\nreaders\n", ":3: not of the form key = value" },
        { "readers = two", ":1: readers is a number from 1 to 16, not \"two\"" },
        { "readers = 1\nreaders = 1\n", ":2: readers is set twice" },
        { "master_key = a\nmaster_key_file = b\n", ":2: master_key_file is set twice" },
        { "readers_file = a\n", ":1: there is no setting \"readers_file\"" },
        { "Readers = 1\n", ":1: there is no setting \"Readers\"" },
        { "= 1\n", ":1: there is no setting \"\"" },
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const char *path;
        Config config;

        begin();
        path = write_file("bad", bad[i].text);
        CHECK_INT(load(path, NULL, 0, &config), E_INVALID);
        CHECK_TEXT(failure.text, arena_print(arena, "%s%s", path, bad[i].wanted));
    }
}

TEST(which_file)
{
    const ConfigFlag data = { "data", folder };
    const char *named;
    Config config;

    begin();
    CHECK(load(path_of("none"), NULL, 0, &config) < 0);
    CHECK_INT(load(NULL, &data, 1, &config), 0);
    CHECK_INT(config.readers, 2);

    write_file("taskroom.conf", "readers = 3\n");
    CHECK_INT(load(NULL, &data, 1, &config), 0);
    CHECK_INT(config.readers, 3);
    CHECK_TEXT(config.database, arena_print(arena, "sqlite:%s/taskroom.db", folder));

    setenv("TASKROOM_DATA", folder, 1);
    CHECK_INT(load(NULL, NULL, 0, &config), 0);
    CHECK_INT(config.readers, 3);

    named = write_file("named", "readers = 4\n");
    setenv("TASKROOM_CONFIG", named, 1);
    CHECK_INT(load(NULL, &data, 1, &config), 0);
    CHECK_INT(config.readers, 4);

    CHECK_INT(load(write_file("given", "readers = 5\n"), &data, 1, &config), 0);
    CHECK_INT(config.readers, 5);

    setenv("TASKROOM_CONFIG", path_of("none"), 1);
    CHECK(load(NULL, &data, 1, &config) < 0);
    unlink(path_of("taskroom.conf"));
}

TEST(a_file_too_long_or_not_a_text)
{
    enum { MORE = CONFIG_FILE_BYTES_MOST + 1 };
    const char *path;
    Config config;
    FILE *file;
    char *text;

    begin();
    text = arena_alloc(arena, MORE + 1);
    memset(text, '#', MORE);
    CHECK_INT(load(write_file("long", text), NULL, 0, &config), E_INVALID);
    text[CONFIG_FILE_BYTES_MOST] = '\0';
    CHECK_INT(load(write_file("long", text), NULL, 0, &config), 0);

    path = path_of("binary");
    file = fopen(path, "w");
    fwrite("readers = 3\n\0x\n", 1, 15, file);
    fclose(file);
    CHECK_INT(load(path, NULL, 0, &config), E_INVALID);
}

TEST(a_secret_from_a_file)
{
    const char *path;
    Config config;

    begin();
    path = write_file("secret", "  5ec4e7\n");
    CHECK_INT(load(NULL, &(ConfigFlag){ "master_key_file", path }, 1, &config), 0);
    CHECK_TEXT(config.master_key, "5ec4e7");

    setenv("TASKROOM_MASTER_KEY_FILE", path, 1);
    CHECK_INT(load(NULL, NULL, 0, &config), 0);
    CHECK_TEXT(config.master_key, "5ec4e7");
    unsetenv("TASKROOM_MASTER_KEY_FILE");

    CHECK_INT(load(write_file("with", arena_print(arena, "master_key_file = %s\n", path)), NULL, 0,
                   &config),
              0);
    CHECK_TEXT(config.master_key, "5ec4e7");

    CHECK_INT(load(NULL, &(ConfigFlag){ "master_key_file", path_of("none") }, 1, &config),
              E_INVALID);
    CHECK_TEXT(failure.text, arena_print(arena,
                                         "command line: master_key_file: %s: No such file or "
                                         "directory",
                                         path_of("none")));
}

TEST(variables_that_are_no_setting)
{
    static const char *const bad[] = { "TASKROOM_READER", "TASKROOM_", "TASKROOM_readers",
                                       "TASKROOM_READERS_FILE", "TASKROOM_PORTS" };
    static const char *const fine[] = { "TASKROOM", "TASKROOM_PORT", "TASKROOM_PORT_7171_TCP",
                                        "TASKROOM_SERVICE_HOST", "OTHER_READERS" };
    Config config;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        begin();
        setenv(bad[i], "3", 1);
        CHECK_INT(load(NULL, NULL, 0, &config), E_INVALID);
        CHECK(text_starts_with(failure.text, arena_print(arena, "%s: ", bad[i])));
    }
    begin();
    for (size_t i = 0; i < COUNT_OF(fine); i++)
        setenv(fine[i], "3", 1);
    CHECK_INT(load(NULL, NULL, 0, &config), 0);
    CHECK_INT(config.readers, 2);
}

TEST(unknown_flags)
{
    Config config;

    begin();
    CHECK_INT(load(NULL, &(ConfigFlag){ "reader", "3" }, 1, &config), E_INVALID);
    CHECK_TEXT(failure.text, "command line: there is no setting \"reader\"");
    CHECK(config_knows("readers") && config_knows("master_key_file"));
    CHECK(!config_knows("readers_file") && !config_knows("") && !config_knows("_file"));
}

CHECK_MAIN
