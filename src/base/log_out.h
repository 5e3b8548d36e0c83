/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>

/* Where the lines of log.h leave the process: to standard error, by the log's thread while it runs
 * (log_start()), else by the calling thread. For log.c. */

enum { LOG_BUFFER_BYTES = 64 * 1024 }; /* of each thread; no line is longer */

/* lines: whole ones, at most LOG_BUFFER_BYTES, which are copied or written. Of none: what standard
 * error did not take before is tried again. */
void log_out_put(const char *lines, size_t size_bytes);
