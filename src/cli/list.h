/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/session.h"

/* `taskroom … list` of what can be many: page by page. Each is read in a transaction of its own and
 * printed after it, so that a reader of the output who takes his time holds up nothing. Rows that
 * come or go meanwhile may be in the list or not; all others are in it once. */

typedef struct ListPage {
    void *rows; /* an array of what ListKind.print takes; it lives as long as the page */
    size_t count;
    const char *last; /* the id that the next page begins behind; unused when there is no row */
} ListPage;

typedef struct ListKind {
    size_t row_bytes;

    /* The rows behind an id, "" the first, with all that is printed of them. work->arena lives as
     * long as the page. No row: that was all. */
    int (*read)(const Work *work, const char *after, ListPage *ret_page);

    /* Prints a row. work->arena lives as long as the row; the store is not to be asked any more. */
    int (*print)(const Work *work, const void *row, bool is_json);
} ListKind;

int list_run(Invocation *invocation, const ListKind *kind);
