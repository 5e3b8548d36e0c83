/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/session.h"
#include "json/json.h"

/* JSON Lines into an installation: docs/import.md. Every line is read into memory of its own, so
 * that a file of any length takes as much as its longest line. */

/* ---- lines ---- */

typedef struct LineReader {
    int fd;       /* borrowed */
    char *bytes;  /* borrowed; of LINE_READER_BYTES */
    size_t begin; /* what was read and not yet taken is bytes[begin..end) */
    size_t end;
    bool is_at_end;
    int64_t number; /* of the line taken last, from 1 */
} LineReader;

void line_reader_init(LineReader *reader, int fd, Arena *arena);

/* 1 and the next line without its line feed, borrowed until the next call; 0 at the end. The last
 * line needs no line feed. E_INVALID: the line is longer than IMPORT_LINE_BYTES, there are more
 * than IMPORT_LINES_MOST, or the file can't be read. */
int line_take(LineReader *reader, const char **ret_line, size_t *ret_size, Failure *failure);

/* ---- import ---- */

/* Takes one line's object into the domain. work->arena lives as long as the line. */
typedef int (*ImportTake)(const Work *work, const Json *json);

int import_user(const Work *work, const Json *json);
int import_task(const Work *work, const Json *json);

/* One line of bytes; blank ones are passed over. 1 = it was taken, 0 = it was blank. */
int import_line(const Work *work, ImportTake take, const char *line, size_t size);

/* `taskroom … import FILE`: the whole file in one transaction, and what came of it printed. The
 * file is copied before, so that nothing waits for who writes it. A line that is to blame is named
 * in the invocation. */
int import_run(Invocation *invocation, ImportTake take, const char *noun);
