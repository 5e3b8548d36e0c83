/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

/* The settings of an installation: one table (config.c), from which the file's reader, the flags,
 * the environment, --print-config, docs/configuration.md and the man page are all made.
 *
 * A later source overrides an earlier one: default, file, environment, flag. The file holds "key =
 * value" lines; "#" begins a comment line. The environment variable of a key is TASKROOM_ and its
 * name in capitals, its flag "--" and its name with dashes. A secret can also be given as the path
 * of a file that holds it: key_file, TASKROOM_KEY_FILE, --key-file. */

typedef enum RateLimits { RATE_LIMITS_OFF, RATE_LIMITS_FEISHU } RateLimits;
typedef enum ApaasCodes { APAAS_CODES_DOCUMENTED, APAAS_CODES_VERBOSE } ApaasCodes;
typedef enum GroupOperator { OPERATOR_ANYONE, OPERATOR_PARTICIPANT } GroupOperator;

typedef struct Config {
    const char *data;
    const char *database;
    const char *master_key;
    const char *listen;
    const char *private_listen;
    int64_t rate_limits;
    int64_t apaas_codes;
    int64_t chat_group_operator;
    int64_t idempotency_keep_hours;
    int64_t readers;
    int64_t batch_most;
    int64_t busy_wait_us;
    int64_t queue_most;
    int64_t queue_wait_ms;
    int64_t connections_most;
    int64_t header_bytes;
    int64_t body_bytes;
    int64_t header_ms;
    int64_t body_ms;
    int64_t idle_ms;
    int64_t send_ms;
    int64_t drain_ms;
    int64_t log_level;
    bool is_demo; /* no key: set by `taskroom demo` alone */
} Config;

typedef enum ConfigKind { CONFIG_TEXT, CONFIG_SECRET, CONFIG_NUMBER, CONFIG_CHOICE } ConfigKind;

enum { CONFIG_CHOICES_MOST = 5, CONFIG_FILE_BYTES_MOST = 64 * 1024 };

typedef struct ConfigKey {
    const char *name;
    size_t offset;
    ConfigKind kind;
    const char *standard; /* the default, as one would write it */
    int64_t least, most;  /* of a number */
    const char *choices[CONFIG_CHOICES_MOST];
    const char *about;
} ConfigKey;

extern const ConfigKey config_keys[];
extern const size_t config_key_count;

/* A flag from the command line: its name as a key ("private_listen"). */
typedef struct ConfigFlag {
    const char *name;
    const char *value;
} ConfigFlag;

/* Whether name is a key, or a secret's key_file. */
bool config_knows(const char *name);

/* Reads all sources. path: a file that must exist, or NULL: then data's taskroom.conf when there is
 * one. What is filled lives in the arena. E_INVALID names the source, the key and what is wrong
 * with it. */
int config_load(Arena *arena, const char *path, const ConfigFlag *flags, size_t flag_count,
                Config *ret_config, Failure *failure);

/* The settings as a file that config_load() reads; of a secret only whether it is set. */
void config_print(Buffer *buffer, const Config *config);

/* A file with every key, its meaning and its default, all commented out. */
void config_print_template(Buffer *buffer);
