/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Scope-bound release of handles of the outside (queries, transactions, files, documents).
 *
 *     _cleanup_(query_finishp) Query *query = NULL;
 *
 * Memory needs none of this: what a request allocates lives in its Arena. */

#define _cleanup_(function) __attribute__((cleanup(function)))

/* Makes function##p(), the form that _cleanup_ calls, from a release function that takes NULL. */
#define DEFINE_CLEANUP(type, function)                                                   \
    static inline void function##p(type *thing) /* NOLINT(bugprone-macro-parentheses) */ \
    {                                                                                    \
        function(*thing);                                                                \
    }

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
