/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#include "server/config.h"

#define OPTIONS_END      \
    {                    \
        NULL, NULL, NULL \
    }

/* clang-format off */
const CommandOption common_options[] = {
    { "json", NULL, "Print JSON; an error becomes {\"error\":…} on standard error." },
    { "help", NULL, "Print this help." },
    OPTIONS_END,
};

#define TENANT_OPTION { "tenant", "KEY", "The tenant, by its tenant_key; needed only where there are several." }

static const CommandOption init_options[] = {
    { "tenant-name", "NAME", "Name of the first tenant; \"default\" unless given." },
    { "tenant-key",  "KEY",  "Its tenant_key, 16 hex digits; made unless given." },
    OPTIONS_END,
};
static const CommandOption tenant_add_options[] = {
    { "name",       "NAME", "Name of the tenant." },
    { "tenant-key", "KEY",  "Its tenant_key, 16 hex digits; made unless given." },
    OPTIONS_END,
};
static const CommandOption tenant_options[] = {
    TENANT_OPTION,
    OPTIONS_END,
};
static const CommandOption user_link_options[] = {
    { "page", "URL", "Where people reach the page, such as https://tasks.example.org; else only what stands behind that is printed." },
    TENANT_OPTION,
    OPTIONS_END,
};
static const CommandOption app_add_options[] = {
    { "name",   "NAME",       "Name of the app, and of its bot." },
    { "type",   "custom|isv", "custom: a tenant's own app, also unless given; isv: a store app, which acts in every tenant." },
    { "scopes", "LIST",       "Its scopes, with commas; all, also unless given: every scope that some route names." },
    { "app-id", "APP_ID",     "Its app_id, cli_ and 16 hex digits; made unless given." },
    TENANT_OPTION,
    OPTIONS_END,
};
static const CommandOption app_scopes_options[] = {
    { "set", "LIST", "Replace them by these, with commas; all: every scope that some route names." },
    OPTIONS_END,
};
static const CommandOption serve_options[] = {
    { "check-config", NULL, "Read all settings, say whether they are right, and end." },
    { "print-config", NULL, "Print the settings in force, as a file of settings, and end." },
    OPTIONS_END,
};
static const CommandOption doctor_options[] = {
    { "thorough", NULL, "Check every page and every index of the database too." },
    OPTIONS_END,
};
static const CommandOption help_options[] = {
    { "man",      NULL, "Print the manual page." },
    { "markdown", NULL, "Print docs/configuration.md." },
    OPTIONS_END,
};

#define ONCE "The secret is shown only now: what is kept is its hash. "
#define ATOMIC "The whole FILE is one transaction: of a file with a bad line nothing is imported. Importing again " \
    "updates. \"-\" reads standard input. The format is docs/import.md's. "
#define BESIDE "A running server sees it within a second."

const Command commands[] = {
    { "serve", "", SETTINGS_ALL, serve_options, command_serve,
      "Serve the API until SIGTERM",
      "When it is ready it prints one line of JSON, {\"url\":…,\"private_url\":…}. Its log goes to standard error, "
      "a line of JSON each. SIGTERM and SIGINT let the calls in flight finish." },
    { "demo", "", SETTINGS_ALL, NULL, command_demo,
      "Make a demo installation, unless it is there, and serve it",
      "It lies in taskroom-demo unless --data says otherwise, and has a tenant, a custom app, a store app, eight users, "
      "six tasks and a chat, all with fixed ids. When it is ready it prints them as one line of JSON. Its secrets are "
      "public: keep it on addresses of your own." },
    { "init", "", SETTINGS_PLACE, init_options, command_init,
      "Make a new installation",
      "Makes the directory, its master key, its database and a first tenant. One that was cut short goes on with what "
      "is there." },
    { "tenant add", "", SETTINGS_PLACE, tenant_add_options, command_tenant_add,
      "Add a tenant", "Store apps may act in it from then on. " BESIDE },
    { "tenant list", "", SETTINGS_PLACE, NULL, command_tenant_list,
      "List the tenants", NULL },
    { "app add", "", SETTINGS_PLACE, app_add_options, command_app_add,
      "Add an app and print its secret", ONCE BESIDE },
    { "app list", "", SETTINGS_PLACE, tenant_options, command_app_list,
      "List the apps", "Those of one tenant with --tenant." },
    { "app rotate-secret", "APP_ID", SETTINGS_PLACE, NULL, command_app_rotate_secret,
      "Give an app a new secret and print it", ONCE "Tokens that were handed out live on to their end. " BESIDE },
    { "app scopes", "APP_ID", SETTINGS_PLACE, app_scopes_options, command_app_scopes,
      "Show or replace an app's scopes", BESIDE },
    { "app ticket", "APP_ID", SETTINGS_PLACE, NULL, command_app_ticket,
      "Print a store app's current app_ticket", NULL },
    { "user import", "FILE", SETTINGS_PLACE, tenant_options, command_user_import,
      "Add or update users from JSON Lines", ATOMIC BESIDE },
    { "user password", "USER_ID", SETTINGS_PLACE, tenant_options, command_user_password,
      "Set a person's password for the page", "It is one line of standard input. USER_ID is a kunlun id." },
    { "user link", "USER_ID", SETTINGS_PLACE, user_link_options, command_user_link,
      "Print a link that signs a person in once", "It is good for an hour." },
    { "task import", "FILE", SETTINGS_PLACE, tenant_options, command_task_import,
      "Add or update tasks from JSON Lines", ATOMIC BESIDE },
    { "task list", "", SETTINGS_PLACE, tenant_options, command_task_list,
      "List a tenant's tasks", "With --json in the form that `task import` reads." },
    { "chat list", "", SETTINGS_PLACE, tenant_options, command_chat_list,
      "List a tenant's chats, the newest first", NULL },
    { "doctor", "", SETTINGS_PLACE, doctor_options, command_doctor,
      "Check an installation",
      "Clock, disk, permissions, key, schema, and the database's settings and integrity: a line each, \"ok\" or \"bad\". "
      "It changes nothing." },
    { "routes", "", SETTINGS_NONE, NULL, command_routes,
      "List the routes of the API", "With --json also their fields, scopes and limits." },
    { "help", "[COMMAND]", SETTINGS_NONE, help_options, command_help,
      "Print help", NULL },
    { "version", "", SETTINGS_NONE, NULL, command_version,
      "Print the version", NULL },
};
/* clang-format on */
const size_t command_count = COUNT_OF(commands);

const Command *command_find(const char *const *words, size_t count, size_t *ret_words)
{
    for (size_t i = 0; i < command_count; i++) {
        const char *name = commands[i].name, *space = strchr(name, ' ');
        size_t first = space ? (size_t)(space - name) : strlen(name);

        if (count < 1 + (space != NULL) || strlen(words[0]) != first ||
            memcmp(words[0], name, first) != 0 || (space && !text_equal(words[1], space + 1)))
            continue;
        *ret_words = 1 + (space != NULL);
        return &commands[i];
    }
    return NULL;
}

bool command_is_family(const char *word)
{
    size_t size = strlen(word);

    for (size_t i = 0; i < command_count; i++)
        if (text_starts_with(commands[i].name, word) && commands[i].name[size] == ' ')
            return true;
    return false;
}

bool command_takes_setting(const Command *command, const char *key)
{
    static const char *const place[] = { "data", "database", "master_key", "master_key_file" };

    if (command->settings != SETTINGS_PLACE)
        return command->settings == SETTINGS_ALL && config_knows(key);
    for (size_t i = 0; i < COUNT_OF(place); i++)
        if (text_equal(place[i], key))
            return true;
    return false;
}
