/* SPDX-License-Identifier: Apache-2.0 */
#include "server/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

/* clang-format off */
#define KEY(member, kind_, standard_, ...) \
    { .name = #member, .offset = offsetof(Config, member), .kind = (kind_), .standard = (standard_), __VA_ARGS__ }

const ConfigKey config_keys[] = {
    KEY(data, CONFIG_TEXT, "taskroom-data",
        .about = "Directory that holds the installation."),
    KEY(database, CONFIG_TEXT, "",
        .about = "URL of the database; empty: sqlite:DATA/taskroom.db."),
    KEY(master_key, CONFIG_SECRET, "",
        .about = "64 hex digits under which tokens and secrets are hashed; empty: read from DATA/master.key."),
    KEY(listen, CONFIG_TEXT, "127.0.0.1:7171",
        .about = "Address of the API. Port 0 takes a free one."),
    KEY(private_listen, CONFIG_TEXT, "127.0.0.1:7172",
        .about = "Address of /livez, /readyz and /metrics, for your own eyes; off: none."),
    KEY(rate_limits, CONFIG_CHOICE, "off", .choices = { "off", "feishu" },
        .about = "Whether calls are limited as on the platform."),
    KEY(apaas_codes, CONFIG_CHOICE, "documented", .choices = { "documented", "verbose" },
        .about = "documented: aPaaS errors are all 2320001; verbose: unknown users and missing rights get 2320004 and 2320005."),
    KEY(chat_group_operator, CONFIG_CHOICE, "anyone", .choices = { "anyone", "participant" },
        .about = "Who may open a chat from a task: any user, or only its initiator, assignees and cc'd."),
    KEY(idempotency_keep_hours, CONFIG_NUMBER, "72", .least = 24, .most = 8760,
        .about = "How long the answer to an idempotency key is kept."),
    KEY(readers, CONFIG_NUMBER, "2", .least = 1, .most = 16,
        .about = "Threads that read beside the one that writes."),
    KEY(batch_most, CONFIG_NUMBER, "128", .least = 1, .most = 1024,
        .about = "Most writes that are committed together."),
    KEY(busy_wait_us, CONFIG_NUMBER, "200", .least = 0, .most = 10000,
        .about = "How long threads look out for the next step of a lone request before they sleep; 0: not at all."),
    KEY(queue_most, CONFIG_NUMBER, "2048", .least = 1, .most = 65536,
        .about = "Most calls that wait for a writer, and for a reader; more get 503."),
    KEY(queue_wait_ms, CONFIG_NUMBER, "5000", .least = 100, .most = 60000,
        .about = "Longest that a call waits before it gets 503."),
    KEY(connections_most, CONFIG_NUMBER, "8192", .least = 1, .most = 16384,
        .about = "Most connections at a time; more get 503 and are closed."),
    KEY(header_bytes, CONFIG_NUMBER, "8192", .least = 1024, .most = 8192,
        .about = "Largest request line and headers; more get 431."),
    KEY(body_bytes, CONFIG_NUMBER, "65536", .least = 1024, .most = 1048576,
        .about = "Largest request body; more get 413."),
    KEY(header_ms, CONFIG_NUMBER, "10000", .least = 100, .most = 600000,
        .about = "Time for a request's headers to arrive, whole; then 408."),
    KEY(body_ms, CONFIG_NUMBER, "10000", .least = 100, .most = 600000,
        .about = "Time for a request's body to arrive, whole; then 408."),
    KEY(idle_ms, CONFIG_NUMBER, "75000", .least = 100, .most = 3600000,
        .about = "How long a connection may stay open between two requests."),
    KEY(send_ms, CONFIG_NUMBER, "30000", .least = 100, .most = 600000,
        .about = "Time for an answer to be taken by its reader."),
    KEY(drain_ms, CONFIG_NUMBER, "8000", .least = 100, .most = 9000,
        .about = "After SIGTERM: longest that requests in flight are waited for."),
    KEY(log_level, CONFIG_CHOICE, "info", .choices = { "debug", "info", "warning", "error", "nothing" },
        .about = "Least important line that is logged; a request's line is info."),
};
/* clang-format on */
const size_t config_key_count = COUNT_OF(config_keys);

static const char variable_prefix[] = "TASKROOM_";
static const char file_suffix[] = "_file";

static const ConfigKey *find_key(const char *name, size_t size)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (strlen(config_keys[i].name) == size && memcmp(config_keys[i].name, name, size) == 0)
            return &config_keys[i];
    return NULL;
}

/* The secret whose key_file this name is. */
static const ConfigKey *find_secret_of_file(const char *name)
{
    size_t size = strlen(name), suffix = sizeof(file_suffix) - 1;
    const ConfigKey *key;

    if (size <= suffix || !text_equal(name + size - suffix, file_suffix))
        return NULL;
    key = find_key(name, size - suffix);
    return key && key->kind == CONFIG_SECRET ? key : NULL;
}

bool config_knows(const char *name)
{
    return find_key(name, strlen(name)) || find_secret_of_file(name);
}

static void closep(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* A whole small file. E_NOT_FOUND: there is none. */
static int read_file(Arena *arena, const char *path, char **ret_text, Failure *failure)
{
    _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    char piece[4096];
    ssize_t got = 0;
    Buffer text;

    if (fd < 0)
        return fail(failure, errno == ENOENT ? E_NOT_FOUND : E_INVALID, "%s: %s", path,
                    strerror(errno));
    buffer_init(&text, arena, sizeof(piece));
    while (text.size_bytes <= CONFIG_FILE_BYTES_MOST && (got = read(fd, piece, sizeof(piece))) > 0)
        buffer_add_bytes(&text, piece, (size_t)got);
    if (got < 0)
        return fail(failure, E_INVALID, "%s: %s", path, strerror(errno));
    if (text.size_bytes > CONFIG_FILE_BYTES_MOST || strlen(text.text) != text.size_bytes)
        return fail(failure, E_INVALID, "%s: not a text of at most %d bytes", path,
                    CONFIG_FILE_BYTES_MOST);
    *ret_text = text.text;
    return 0;
}

static char *trim(char *text)
{
    size_t size;

    text += strspn(text, " \t\r\n");
    size = strlen(text);
    while (size > 0 && isspace((unsigned char)text[size - 1]))
        text[--size] = '\0';
    return text;
}

/* ---- one value ---- */

static int parse_choice(const ConfigKey *key, const char *value, int64_t *ret_number)
{
    for (size_t i = 0; i < CONFIG_CHOICES_MOST && key->choices[i]; i++)
        if (text_equal(key->choices[i], value)) {
            *ret_number = (int64_t)i;
            return 0;
        }
    return E_INVALID;
}

static int set(Config *config, const ConfigKey *key, const char *source, const char *value,
               Failure *failure)
{
    char *member = (char *)config + key->offset;
    int64_t number = 0;

    if (key->kind == CONFIG_TEXT || key->kind == CONFIG_SECRET) {
        memcpy(member, &value, sizeof(value));
        return 0;
    }
    if (key->kind == CONFIG_CHOICE && parse_choice(key, value, &number) < 0)
        return fail(failure, E_INVALID, "%s: %s can't be \"%s\"", source, key->name, value);
    if (key->kind == CONFIG_NUMBER &&
        (text_parse_number(value, &number) < 0 || number < key->least || number > key->most))
        return fail(failure, E_INVALID, "%s: %s is a number from %lld to %lld, not \"%s\"", source,
                    key->name, (long long)key->least, (long long)key->most, value);
    memcpy(member, &number, sizeof(number));
    return 0;
}

static int set_by_name(Arena *arena, Config *config, const char *source, const char *name,
                       const char *value, Failure *failure)
{
    const ConfigKey *key = find_key(name, strlen(name));
    Failure unreadable = { 0 };
    char nothing[] = "", *text = nothing;

    if (key)
        return set(config, key, source, value, failure);
    key = find_secret_of_file(name);
    if (!key)
        return fail(failure, E_INVALID, "%s: there is no setting \"%s\"", source, name);
    if (read_file(arena, value, &text, &unreadable) < 0)
        return fail(failure, E_INVALID, "%s: %s: %s", source, name, unreadable.text);
    return set(config, key, source, trim(text), failure);
}

/* ---- the sources ---- */

static int apply_line(Arena *arena, Config *config, const char *source, char *line, bool *is_seen,
                      Failure *failure)
{
    char *equals, *name;
    const ConfigKey *key;

    line = trim(line);
    if (*line == '\0' || *line == '#')
        return 0;
    equals = strchr(line, '=');
    if (!equals)
        return fail(failure, E_INVALID, "%s: not of the form key = value", source);
    *equals = '\0';
    name = trim(line);
    key = find_key(name, strlen(name));
    if (!key)
        key = find_secret_of_file(name);
    if (key && is_seen[key - config_keys])
        return fail(failure, E_INVALID, "%s: %s is set twice", source, name);
    if (key)
        is_seen[key - config_keys] = true;
    return set_by_name(arena, config, source, name, trim(equals + 1), failure);
}

static int apply_file(Arena *arena, const char *path, bool must_exist, Config *config,
                      Failure *failure)
{
    bool is_seen[COUNT_OF(config_keys)] = { false };
    char *text, *next;
    int r, number = 0;

    r = read_file(arena, path, &text, failure);
    if (r == E_NOT_FOUND && !must_exist) {
        failure_clear(failure);
        return 0;
    }
    for (; r >= 0 && text; text = next) {
        next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        r = apply_line(arena, config, arena_print(arena, "%s:%d", path, ++number), text, is_seen,
                       failure);
    }
    return r;
}

static const char *variable_of(Arena *arena, const char *name, const char *suffix)
{
    char *text = arena_print(arena, "%s%s%s", variable_prefix, name, suffix);

    for (char *at = text; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    return text;
}

static int apply_variable(Arena *arena, Config *config, const ConfigKey *key, const char *suffix,
                          Failure *failure)
{
    const char *variable = variable_of(arena, key->name, suffix), *value = getenv(variable);

    if (!value)
        return 0;
    return set_by_name(arena, config, variable, arena_print(arena, "%s%s", key->name, suffix),
                       value, failure);
}

static bool is_variable(Arena *arena, const char *name)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const ConfigKey *key = &config_keys[i];

        if (text_equal(name, variable_of(arena, key->name, "")) ||
            (key->kind == CONFIG_SECRET &&
             text_equal(name, variable_of(arena, key->name, file_suffix))))
            return true;
    }
    return text_equal(name, "TASKROOM_CONFIG");
}

/* What a container platform sets by itself for a service that is called taskroom. */
static bool is_of_platform(const char *name)
{
    return text_equal(name, "TASKROOM_PORT") || text_starts_with(name, "TASKROOM_PORT_") ||
           text_starts_with(name, "TASKROOM_SERVICE_");
}

/* A variable with a slip in its name would be a setting that is silently not in force. */
static int check_variable(Arena *arena, const char *variable, Failure *failure)
{
    const char *name;

    if (!text_starts_with(variable, variable_prefix))
        return 0;
    name = arena_copy(arena, variable, strcspn(variable, "="));
    if (is_variable(arena, name) || is_of_platform(name))
        return 0;
    return fail(failure, E_INVALID, "%s: no setting has this name", name);
}

static int apply_environment(Arena *arena, Config *config, Failure *failure)
{
    int r = 0;

    for (char **variable = environ; r >= 0 && variable && *variable; variable++)
        r = check_variable(arena, *variable, failure);
    for (size_t i = 0; r >= 0 && i < config_key_count; i++) {
        r = apply_variable(arena, config, &config_keys[i], "", failure);
        if (r >= 0 && config_keys[i].kind == CONFIG_SECRET)
            r = apply_variable(arena, config, &config_keys[i], file_suffix, failure);
    }
    return r;
}

static int apply_flags(Arena *arena, Config *config, const ConfigFlag *flags, size_t count,
                       Failure *failure)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < count; i++)
        r = set_by_name(arena, config, "command line", flags[i].name, flags[i].value, failure);
    return r;
}

static int apply_defaults(Config *config, Failure *failure)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < config_key_count; i++)
        r = set(config, &config_keys[i], "default", config_keys[i].standard, failure);
    return r;
}

int config_load(Arena *arena, const char *path, const ConfigFlag *flags, size_t flag_count,
                Config *ret_config, Failure *failure)
{
    Config config = { 0 };
    bool is_given = path || getenv("TASKROOM_CONFIG");
    int r;

    /* Where the file lies can itself be said by environment and flags, which are read again after
     * it. */
    r = apply_defaults(&config, failure);
    if (r >= 0)
        r = apply_environment(arena, &config, failure);
    if (r >= 0)
        r = apply_flags(arena, &config, flags, flag_count, failure);
    if (r < 0)
        return r;
    if (!path)
        path = is_given ? getenv("TASKROOM_CONFIG")
                        : arena_print(arena, "%s/taskroom.conf", config.data);
    r = apply_file(arena, path, is_given, &config, failure);
    if (r >= 0)
        r = apply_environment(arena, &config, failure);
    if (r >= 0)
        r = apply_flags(arena, &config, flags, flag_count, failure);
    if (r < 0)
        return r;
    if (text_is_empty(config.database))
        config.database = arena_print(arena, "sqlite:%s/taskroom.db", config.data);
    *ret_config = config;
    return 0;
}

/* ---- printing ---- */

static void print_value(Buffer *buffer, const Config *config, const ConfigKey *key)
{
    const char *member = (const char *)config + key->offset;
    const char *text;
    int64_t number;

    memcpy(&text, member, sizeof(text));
    memcpy(&number, member, sizeof(number));
    switch (key->kind) {
    case CONFIG_TEXT: buffer_add(buffer, text); break;
    case CONFIG_SECRET: buffer_add(buffer, text_is_empty(text) ? "" : "(set)"); break;
    case CONFIG_NUMBER: buffer_add_integer(buffer, number); break;
    case CONFIG_CHOICE: buffer_add(buffer, key->choices[number]); break;
    }
}

void config_print(Buffer *buffer, const Config *config)
{
    for (size_t i = 0; i < config_key_count; i++) {
        /* A secret's line must not set it to what stands there instead. */
        if (config_keys[i].kind == CONFIG_SECRET)
            buffer_add(buffer, "# ");
        buffer_print(buffer, "%s = ", config_keys[i].name);
        print_value(buffer, config, &config_keys[i]);
        buffer_add_char(buffer, '\n');
    }
}

void config_print_template(Buffer *buffer)
{
    buffer_add(buffer,
               "# Settings of taskroom (docs/configuration.md): key = value, one a line.\n");
    for (size_t i = 0; i < config_key_count; i++)
        if (!text_equal(config_keys[i].name, "data"))
            buffer_print(buffer, "\n# %s\n# %s = %s\n", config_keys[i].about, config_keys[i].name,
                         config_keys[i].standard);
}
