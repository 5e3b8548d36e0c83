/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How anything fails: a negative code in the return value, one sentence in the Failure slot.
 *
 * All codes but E_FAULT are outcomes: something the caller of a function did, documented there and
 * answered. E_FAULT is ours: answered without detail, logged with its origin, never matched on.
 * The values are HTTP statuses negated, so that a debugger shows something readable; which status
 * and wire code a failure really gets is known to api/errors.c alone. */

/* clang-format off */
#define ERRORS(X)                                                            \
    X(INVALID,         400, "the request is not well formed")                \
    X(UNAUTHENTICATED, 401, "no valid token")                                \
    X(DENIED,          403, "the token's owner may not do this")             \
    X(NOT_FOUND,       404, "no such object, or not visible to you")         \
    X(CONFLICT,        409, "not in a state that allows it")                 \
    X(LIMITED,         429, "too many, try later")                           \
    X(FAULT,           500, "internal error")                                \
    X(UNAVAILABLE,     503, "cannot be done now, try again")                 \
    X(FULL,            507, "no space is left to store it")
/* clang-format on */

enum {
#define X(name, status, text) E_##name = -(status),
    ERRORS(X)
#undef X
};

enum { FAILURE_TEXT_BYTES = 256, FAILURE_FIELD_BYTES = 64, FAILURE_VALUE_BYTES = 128 };

/* The one slot for what went wrong. The first failure stays: a later fail() on a filled slot
 * changes nothing, because what follows a failure is only its echo. Zero-initialised means "none".
 */
typedef struct Failure {
    int code;                        /* E_…, 0 = none */
    char text[FAILURE_TEXT_BYTES];   /* a sentence for a person, cut at a UTF-8 boundary */
    char field[FAILURE_FIELD_BYTES]; /* the request's field that is to blame, "" = none in
                                        particular */
    char value[FAILURE_VALUE_BYTES]; /* what that field held, shortened */
    const char *file;                /* where it was noticed; static text */
    int line;
} Failure;

/* Fills the slot and returns code, so that one writes: return fail(failure, E_NOT_FOUND, "…", …);
 */
#define fail(failure, code, ...) \
    failure_fill((failure), (code), __FILE__, __LINE__, NULL, NULL, __VA_ARGS__)

/* The same, and names the field and the value that are to blame (value may be NULL). */
#define fail_field(failure, code, field, value, ...) \
    failure_fill((failure), (code), __FILE__, __LINE__, (field), (value), __VA_ARGS__)

int failure_fill(Failure *failure, int code, const char *file, int line, const char *field,
                 const char *value, const char *format, ...) __attribute__((format(printf, 7, 8)));

/* Empties the slot, for a caller that handled the failure and goes on. */
void failure_clear(Failure *failure);

/* "INVALID", "FAULT" …; "OK" for 0. Static. */
const char *error_name(int code);
