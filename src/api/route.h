/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "json/json.h"

/* An endpoint is a row (routes.c) and a function. The row is the head of the platform's page:
 * method, URL, token, scopes, limit; its field tables are that page's tables. Dispatch, `taskroom
 * routes`, docs/api.md and docs/openapi.json all read the same rows. */

struct Call;

typedef enum Access { READ, WRITE } Access;

/* SESSION: the cookie of a person who is signed in on the page. */
typedef enum TokenNeed { NO_TOKEN, TENANT_TOKEN, SESSION } TokenNeed;

/* Whose error codes answer (errors.c). */
typedef enum Section {
    SECTION_AUTH,
    SECTION_APAAS,
    SECTION_IM_CHAT,
    SECTION_IM_CHAT_CREATE, /* these have codes of their own beside those of SECTION_IM_CHAT */
    SECTION_IM_CHAT_UPDATE,
    SECTION_IM_CHAT_DELETE,
    SECTION_IM_MEMBERS_CREATE,
    SECTION_IM_MEMBERS_DELETE,
    SECTION_IM_ME_JOIN,
    SECTION_IM_MESSAGE,
    SECTION_CONTACT,
    SECTION_WEB, /* the page's own calls: no page of the platform's, so not in docs/api.md */
} Section;

/* The platform's levels that are in use (contract §4.3). */
typedef enum RateLevel { UNLIMITED, LEVEL_3, LEVEL_4 } RateLevel;

enum { PATH_VALUES_MOST = 2 };

typedef struct Route {
    const char *method;
    const char *path; /* ":name" stands for one part of any text */
    const char *name; /* as official clients call it */
    Access access;
    TokenNeed token;
    const char *scopes; /* any one of these will do; commas; NULL with NO_TOKEN */
    RateLevel rate;
    Section section;
    bool is_keyed;      /* takes an idempotency key */
    bool is_flat;       /* answers without "data" */
    const Field *query; /* each NULL when there is none */
    const Field *body;
    const Field *reply;
    /* Of a WRITE: what takes long and writes nothing, done by a reader before handle() runs on the
     * writer. NULL: nothing. */
    int (*prepare)(struct Call *call);
    int (*handle)(struct Call *call);
    const char *about;
} Route;

extern const Route routes[];
extern const size_t route_count;

/* The row for a method and a raw path; ret_values are the path's values in the order of their
 * names, decoded, in the arena. NULL: there is none, or a value doesn't decode to UTF-8 without '/'
 * and NUL (decision 29). */
const Route *route_find(const char *method, const char *path, Arena *arena,
                        const char *ret_values[PATH_VALUES_MOST]);

size_t route_index(const Route *route);

/* Every scope that some route names, with commas. */
const char *route_scopes(Arena *arena);
