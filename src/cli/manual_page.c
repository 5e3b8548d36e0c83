/* SPDX-License-Identifier: Apache-2.0 */

/* The manual page and docs/configuration.md, which a test holds against the repository's. */
#include <ctype.h>

#include "base/text.h"

#include "cli/manual.h"
#include "cli/manual_internal.h"

/* ---- roff ---- */

/* A text in roff: hyphens that can be copied, no backslash, no request at the line's beginning. */
static void add_roff(Buffer *page, const char *text)
{
    if (*text == '.' || *text == '\'')
        buffer_add(page, "\\&");
    for (; *text; text++) {
        if (*text == '-')
            buffer_add(page, "\\-");
        else if (*text == '\\')
            buffer_add(page, "\\e");
        else
            buffer_add_char(page, *text);
    }
}

static void add_term(Buffer *page, const char *name, const char *value, const char *about)
{
    buffer_add(page, ".TP\n.B \\-\\-");
    add_roff(page, name);
    if (value) {
        buffer_add(page, " \\fI");
        add_roff(page, value);
        buffer_add(page, "\\fR");
    }
    buffer_add_char(page, '\n');
    add_roff(page, about);
    buffer_add_char(page, '\n');
}

static void add_command(Buffer *page, const Command *command)
{
    buffer_add(page, ".SS \"taskroom ");
    add_roff(page, command->name);
    buffer_print(page, "%s%s\"\n", *command->arguments ? " " : "", command->arguments);
    add_roff(page, command->about);
    buffer_add(page, ".\n");
    if (command->details) {
        add_roff(page, command->details);
        buffer_add_char(page, '\n');
    }
    for (const CommandOption *option = command->options; option && option->name; option++)
        add_term(page, option->name, option->value, option->about);
}

static void add_page_setting(Buffer *page, const ConfigKey *key)
{
    const char *flag = manual_flag_of(page->arena, key->name);
    const char *about = key->about;

    if (*key->standard)
        about = arena_print(page->arena, "%s Default: %s.", about, key->standard);
    add_term(page, flag, manual_values_of(page->arena, key), about);
}

static const char page_head[] =
    ".\\\" SPDX-License-Identifier: Apache-2.0\n"
    ".\\\" Made by `taskroom help --man`: change the tables, not this file.\n"
    ".TH TASKROOM 1 \"\" \"taskroom\" \"User Commands\"\n"
    ".SH NAME\ntaskroom \\- a group chat around a human task\n"
    ".SH SYNOPSIS\n.B taskroom\n.I COMMAND\n[\\fIOPTION\\fR]...\n"
    ".SH DESCRIPTION\n"
    "A server that opens a group chat around a human task, in the wire format of Feishu's Open\n"
    "Platform, and the commands that keep its installation. Commands may be run beside a running\n"
    "server.\n"
    ".SH COMMANDS\n";

static const char page_settings[] =
    ".SH SETTINGS\n"
    "Each is a flag of \\fBserve\\fR and \\fBdemo\\fR, an environment variable (TASKROOM_ and the\n"
    "name in capitals with underscores) and a line \"key = value\" of the file of settings. A "
    "flag\n"
    "overrides a variable, a variable overrides the file. The other commands take the flags\n"
    "\\fB\\-\\-data\\fR, \\fB\\-\\-database\\fR and \\fB\\-\\-master\\-key\\fR. A secret can be "
    "given as\n"
    "the path of a file that holds it: \\fB\\-\\-master\\-key\\-file\\fR, "
    "TASKROOM_MASTER_KEY_FILE.\n";

static const char page_tail[] =
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nIt was done; of \\fBserve\\fR: everything in flight was answered.\n"
    ".TP\n.B 1\nIt couldn't be done; standard error says why. Of \\fBdoctor\\fR: a check is bad.\n"
    ".TP\n.B 2\nThe command line or the settings are wrong.\n"
    ".TP\n.B 3\nThe database is of a newer version of the program.\n"
    ".TP\n.B 4\nA sync to the disk failed: what it holds is unknown.\n"
    ".SH FILES\n"
    ".TP\n.I DATA/taskroom.conf\nThe settings.\n"
    ".TP\n.I DATA/master.key\n"
    "The key under which tokens and secrets are hashed. Keep a copy in a safe place.\n"
    ".TP\n.I DATA/taskroom.db\nThe database, with taskroom.db\\-wal and taskroom.db\\-shm beside "
    "it.\n";

void manual_add_page(Buffer *text)
{
    buffer_add(text, page_head);
    for (size_t i = 0; i < command_count; i++)
        add_command(text, &commands[i]);
    buffer_add(text, ".SH \"OPTIONS OF EVERY COMMAND\"\n");
    for (const CommandOption *option = common_options; option->name; option++)
        add_term(text, option->name, option->value, option->about);
    buffer_add(text, page_settings);
    add_term(text, "config", "FILE",
             "The file of settings; also TASKROOM_CONFIG. Default: DATA/taskroom.conf.");
    for (size_t i = 0; i < config_key_count; i++)
        add_page_setting(text, &config_keys[i]);
    buffer_add(text, page_tail);
}

/* ---- Markdown ---- */

static const char configuration_head[] =
    "<!-- Made by `taskroom help --markdown`: change the table in src/server/config.c. -->\n"
    "# Configuration\n\n"
    "Every setting has one name and can be given in four ways; a later one overrides an earlier "
    "one:\n\n"
    "1. its default, in the table below;\n"
    "2. a line `key = value` of the file of settings: `--config FILE`, `TASKROOM_CONFIG`, or else\n"
    "   `taskroom.conf` in the data directory, which `taskroom init` writes with every setting "
    "commented out.\n"
    "   A line that begins with `#` is a comment;\n"
    "3. an environment variable: `TASKROOM_` and the name in capitals, `TASKROOM_RATE_LIMITS`;\n"
    "4. a flag: `--` and the name with dashes, `--rate-limits feishu` or "
    "`--rate-limits=feishu`.\n\n"
    "A setting that there is not, a value that it can't have and a key that a file sets twice are\n"
    "refused: the program says where, and ends with 2. That holds for variables too that begin "
    "with\n"
    "`TASKROOM_`, except for those of a container platform for a service of that name\n"
    "(`TASKROOM_PORT…`, `TASKROOM_SERVICE_…`).\n\n"
    "A secret can also be given as the path of a file that holds it, so that neither the process "
    "list\n"
    "nor the environment shows it: `master_key_file`, `TASKROOM_MASTER_KEY_FILE`, "
    "`--master-key-file`.\n\n"
    "`taskroom serve --check-config` reads all of it and ends with 0 or 2; `--print-config` prints "
    "what is in\n"
    "force, without secrets. `serve` and `demo` take every setting as a flag, the other commands "
    "those that\n"
    "say where the installation is: `--data`, `--database`, `--master-key`, "
    "`--master-key-file`.\n\n"
    "| key | default | values | meaning |\n|---|---|---|---|\n";

/* A text in a cell of a table. */
static void add_cell(Buffer *page, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            buffer_add_char(page, '\\');
        buffer_add_char(page, *text);
    }
}

static void add_row(Buffer *page, const ConfigKey *key)
{
    buffer_print(page, "| `%s` | ", key->name);
    if (*key->standard)
        buffer_print(page, "`%s`", key->standard);
    buffer_add(page, " | ");
    switch (key->kind) {
    case CONFIG_TEXT: buffer_add(page, "text"); break;
    case CONFIG_SECRET: buffer_add(page, "secret"); break;
    case CONFIG_NUMBER:
        buffer_print(page, "%lld to %lld", (long long)key->least, (long long)key->most);
        break;
    case CONFIG_CHOICE: add_cell(page, manual_values_of(page->arena, key)); break;
    }
    buffer_add(page, " | ");
    add_cell(page, key->about);
    buffer_add(page, " |\n");
}

void manual_add_configuration(Buffer *text)
{
    buffer_add(text, configuration_head);
    for (size_t i = 0; i < config_key_count; i++)
        add_row(text, &config_keys[i]);
}
