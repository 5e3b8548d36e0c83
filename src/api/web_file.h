/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"

/* The page's files, which are in the program: src/web. tools/embed-web makes the table. */

typedef struct WebFile {
    const char *path; /* "/", "/web/app.js" */
    const char *content_type;
    const char *etag; /* of the content, with its quotes */
    const char *bytes;
    size_t size_bytes;
} WebFile;

extern const WebFile web_files[];
extern const size_t web_file_count;

/* Answers a GET or HEAD of one of them; false: it is none. On the loop's thread. */
bool web_file_answer(Call *call);
