/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* One JSON object per line on standard error, whole lines only. Lower rooms never log: server/ and
 * cli/ do. Secrets and tokens are never given to it.
 *
 * log_open() starts a line {"time":…,"level":…,"event":…; log_text()/log_integer() add members;
 * log_close() ends it. Lines gather in a buffer of the calling thread and are written by
 * log_flush(), or when the buffer is full: into a queue from log_start() to log_stop(), so that
 * nobody waits for a slow disk or reader but the log's own thread, while the queue has room. Where
 * standard error takes nothing for LOG_WAIT_MS, lines are dropped, and the next line that gets
 * through says how many: {…"event":"log_dropped","lines":3}. Levels below the set one cost only a
 * comparison. */

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_NOTHING } LogLevel;

void log_set_level(LogLevel level); /* before any thread starts */

/* Before any other thread logs, and after the last has ended: the log's thread, which writes what
 * was flushed within a few milliseconds. Where it can't be had, each thread goes on writing. */
void log_start(void);
void log_stop(void); /* when all of it is written or dropped; flushes */
bool log_wants(LogLevel level);

void log_open(LogLevel level, const char *event);
void log_text(const char *name,
              const char *value); /* any bytes; what is not UTF-8 prints as U+FFFD */
void log_integer(const char *name, int64_t value);
void log_close(void);
void log_flush(void);
