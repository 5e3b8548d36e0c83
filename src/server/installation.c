/* SPDX-License-Identifier: Apache-2.0 */
#include "server/installation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#include "domain/master_key.h"

enum { KEY_TEXT_BYTES = 2 * CRYPTO_KEY_BYTES, PATH_BYTES = 4096 };

static void closep(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* A new file that only its owner may read, on the disk when this returns. */
static int write_new_file(const char *path, const char *text, Failure *failure)
{
    _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t size = strlen(text);

    if (fd < 0)
        return fail(failure, errno == EEXIST ? E_CONFLICT : E_FAULT, "%s: %s", path,
                    strerror(errno));
    if (write(fd, text, size) != (ssize_t)size || fsync(fd) < 0)
        return fail(failure, E_FAULT, "%s: %s", path, strerror(errno));
    return 0;
}

static int make_directory(const char *path, Failure *failure)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return fail(failure, E_FAULT, "%s: %s", path, strerror(errno));
    return 0;
}

static int write_key(Arena *arena, const Config *config, Failure *failure)
{
    uint8_t key[CRYPTO_KEY_BYTES];
    char text[KEY_TEXT_BYTES + 1];
    const char *path = arena_print(arena, "%s/master.key", config->data);
    int r;

    if (!text_is_empty(config->master_key))
        return 0;
    random_bytes(key, sizeof(key));
    hex_print(key, sizeof(key), text);
    r = write_new_file(path, arena_print(arena, "%s\n", text), failure);
    crypto_forget(key, sizeof(key));
    crypto_forget(text, sizeof(text));
    return r;
}

static int write_template(Arena *arena, const Config *config, Failure *failure)
{
    const char *path = arena_print(arena, "%s/taskroom.conf", config->data);
    Buffer text;

    if (access(path, F_OK) == 0)
        return 0;
    buffer_init(&text, arena, 4096);
    config_print_template(&text);
    return write_new_file(path, text.text, failure);
}

int installation_create(Arena *arena, const Config *config, Failure *failure)
{
    Store *store = NULL;
    int r;

    r = make_directory(config->data, failure);
    if (r >= 0)
        r = write_key(arena, config, failure);
    if (r == E_CONFLICT) {
        failure_clear(failure);
        return fail(failure, r, "%s holds an installation already", config->data);
    }
    if (r >= 0)
        r = write_template(arena, config, failure);
    if (r >= 0)
        r = store_open(config->database, STORE_WRITER, &store, failure);
    if (r < 0)
        return r;
    store_close(store);
    return 0;
}

/* ---- opening ---- */

static int read_key_file(const Config *config, char ret_text[KEY_TEXT_BYTES + 2], Failure *failure)
{
    char path[PATH_BYTES];
    struct stat status;
    ssize_t size;

    if (snprintf(path, sizeof(path), "%s/master.key", config->data) >= (int)sizeof(path))
        return fail(failure, E_INVALID, "the path of the data directory is too long");
    _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail(failure, errno == ENOENT ? E_NOT_FOUND : E_INVALID,
                    "%s: %s (`taskroom init` makes an installation)", path, strerror(errno));
    if (fstat(fd, &status) < 0 || (status.st_mode & 077) != 0)
        return fail(failure, E_INVALID, "%s: others may read it; its mode must be 0600", path);
    size = read(fd, ret_text, KEY_TEXT_BYTES + 1);
    ret_text[size < 0 ? 0 : size] = '\0';
    ret_text[strcspn(ret_text, "\n")] = '\0';
    return 0;
}

int installation_read_rules(const Config *config, Rules *ret_rules, Failure *failure)
{
    char text[KEY_TEXT_BYTES + 2] = "";
    bool is_key;
    int r = 0;

    if (text_is_empty(config->master_key))
        r = read_key_file(config, text, failure);
    else
        snprintf(text, sizeof(text), "%s", config->master_key);
    if (r < 0)
        return r;
    is_key = hex_parse(text, ret_rules->master_key, CRYPTO_KEY_BYTES);
    crypto_forget(text, sizeof(text));
    if (!is_key)
        return fail(failure, E_INVALID, "the master key is not %d hex digits", KEY_TEXT_BYTES);
    ret_rules->only_participants = config->chat_group_operator == OPERATOR_PARTICIPANT;
    ret_rules->idempotency_keep_ms = config->idempotency_keep_hours * 3600 * 1000;
    return 0;
}

int installation_find_database(const Config *config, Failure *failure)
{
    if (!store_exists(config->database))
        return fail(failure, E_NOT_FOUND, "there is no database at %s (`taskroom init` makes one)",
                    config->database);
    return 0;
}

int installation_lock(const Config *config, int *ret_fd, Failure *failure)
{
    char path[PATH_BYTES];
    int fd;

    if (snprintf(path, sizeof(path), "%s/serve.lock", config->data) >= (int)sizeof(path))
        return fail(failure, E_INVALID, "the path of the data directory is too long");
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(failure, E_FAULT, "%s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        close(fd);
        return fail(failure, E_UNAVAILABLE, "another server runs on %s", config->data);
    }
    *ret_fd = fd;
    return 0;
}

static int fill(Installation *installation, const Config *config, Failure *failure)
{
    int r;

    r = installation_read_rules(config, &installation->rules, failure);
    if (r < 0)
        return r;
    r = installation_find_database(config, failure);
    if (r >= 0)
        r = store_open(config->database, STORE_WRITER, &installation->store, failure);
    if (r >= 0)
        r = master_key_check(installation->store, &installation->rules, failure);
    if (r < 0)
        return r;
    installation->directory = directory_new();
    r = directory_refresh(installation->directory, installation->store, failure);
    return r < 0 ? r : 0;
}

int installation_open(const Config *config, Installation **ret_installation, Failure *failure)
{
    Installation *installation = calloc(1, sizeof(*installation));
    int r;

    if (!installation)
        abort();
    r = fill(installation, config, failure);
    if (r < 0) {
        installation_close(installation);
        return r;
    }
    *ret_installation = installation;
    return 0;
}

Installation *installation_close(Installation *installation)
{
    if (!installation)
        return NULL;
    directory_free(installation->directory);
    if (installation->store)
        store_close(installation->store);
    crypto_forget(&installation->rules, sizeof(installation->rules));
    free(installation);
    return NULL;
}
