/* SPDX-License-Identifier: Apache-2.0 */
#include "server/installation.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
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

/* ---- making one ----
 * Any step may be the last one, and the next `taskroom init` goes on behind it: a file has its name
 * only when all of it is on the disk, and an installation is whole when it has a tenant. */

static int sync_directory(const char *path, Failure *failure)
{
    _cleanup_(closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) < 0)
        return fail(failure, E_FAULT, "%s: %s", path, strerror(errno));
    return 0;
}

/* ret_fd is new, and keeps every other `taskroom init` off the directory until it is closed. */
static int make_directory(Arena *arena, const char *path, int *ret_fd, Failure *failure)
{
    bool is_new = mkdir(path, 0700) == 0;
    int fd, r;

    if (!is_new && errno != EEXIST)
        return fail(failure, E_FAULT, "%s: %s", path, strerror(errno));
    if (is_new) {
        r = sync_directory(dirname(arena_print(arena, "%s", path)), failure);
        if (r < 0)
            return r;
    }
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(failure, E_FAULT, "%s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        close(fd);
        return fail(failure, E_UNAVAILABLE, "another init runs on %s", path);
    }
    *ret_fd = fd;
    return 0;
}

static int write_bytes(const char *path, const char *text, Failure *failure)
{
    _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t size = strlen(text);
    ssize_t written = fd < 0 ? -1 : write(fd, text, size);

    if (written >= 0 && written < (ssize_t)size)
        errno = ENOSPC;
    if (written != (ssize_t)size || fsync(fd) < 0)
        return fail(failure, E_FAULT, "%s: %s", path, strerror(errno));
    return 0;
}

/* A file that only its owner may read, unless there is one of that name. Takes away what a cut
 * short call of itself left. */
static int write_new_file(Arena *arena, const char *path, const char *text, Failure *failure)
{
    const char *part = arena_print(arena, "%s.tmp", path);
    struct stat status;
    int r;

    unlink(part);
    if (lstat(path, &status) == 0)
        return 0;
    r = write_bytes(part, text, failure);
    if (r >= 0 && link(part, path) < 0)
        r = fail(failure, E_FAULT, "%s: %s", path, strerror(errno));
    unlink(part);
    return r;
}

static int write_key(Arena *arena, const Config *config, Failure *failure)
{
    const char *path = arena_print(arena, "%s/master.key", config->data);
    uint8_t key[CRYPTO_KEY_BYTES];
    char text[KEY_TEXT_BYTES + 2];
    struct stat status;
    Rules rules;
    int r = 0;

    if (text_is_empty(config->master_key)) {
        if (lstat(path, &status) == 0 && status.st_size == 0)
            unlink(path);
        random_bytes(key, sizeof(key));
        hex_print(key, sizeof(key), text);
        memcpy(text + KEY_TEXT_BYTES, "\n", 2);
        r = write_new_file(arena, path, text, failure);
        crypto_forget(key, sizeof(key));
        crypto_forget(text, sizeof(text));
    }
    if (r >= 0) /* it may have been there */
        r = installation_read_rules(config, &rules, failure);
    crypto_forget(&rules, sizeof(rules));
    return r;
}

static int write_template(Arena *arena, const Config *config, Failure *failure)
{
    Buffer text;

    buffer_init(&text, arena, 4096);
    config_print_template(&text);
    return write_new_file(arena, arena_print(arena, "%s/taskroom.conf", config->data), text.text,
                          failure);
}

/* E_CONFLICT: there is a tenant. The database is made where there is none. */
static int find_no_tenant(const Config *config, Failure *failure)
{
    Directory *directory;
    Store *store = NULL;
    size_t count = 0;
    int r;

    r = store_open(config->database, STORE_WRITER, &store, failure);
    if (r < 0)
        return r;
    directory = directory_new();
    r = directory_refresh(directory, store, failure);
    if (r >= 0)
        directory_tenants(directory, &count);
    directory_free(directory);
    store_close(store);
    if (count > 0)
        return fail(failure, E_CONFLICT, "%s holds an installation already", config->data);
    return r < 0 ? r : 0;
}

static bool is_begun(Arena *arena, const Config *config)
{
    const char *key = arena_print(arena, "%s/master.key", config->data);

    return access(key, F_OK) == 0 || access(arena_print(arena, "%s.tmp", key), F_OK) == 0 ||
           store_exists(config->database);
}

int installation_create(Arena *arena, const Config *config, Failure *failure)
{
    _cleanup_(closep) int fd = -1;
    bool was_begun;
    int r;

    r = make_directory(arena, config->data, &fd, failure);
    if (r < 0)
        return r;
    was_begun = is_begun(arena, config);
    if (store_exists(config->database)) /* first: a key of a new installation is none of its */
        r = find_no_tenant(config, failure);
    if (r >= 0)
        r = write_key(arena, config, failure);
    if (r >= 0)
        r = write_template(arena, config, failure);
    if (r >= 0)
        r = sync_directory(config->data, failure);
    if (r >= 0)
        r = find_no_tenant(config, failure);
    return r < 0 ? r : was_begun;
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
    ret_rules->is_demo = config->is_demo;
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
        return fail(failure, errno == ENOENT ? E_NOT_FOUND : E_FAULT,
                    "%s: %s (`taskroom init` makes an installation)", path, strerror(errno));
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
