/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/text.h"

#include "api/describe.h"
#include "api/limiter.h"
#include "api/route.h"
#include "check.h"

static void free_arena(Arena **arena)
{
    arena_free(*arena);
}

#define ARENA(name) _cleanup_(free_arena) Arena *name = arena_new()

typedef struct FieldSeen {
    const char *name;
    const char *kind;
    bool required;
    int64_t at_least;
    int64_t at_most;
    const char *about;
    ObjectArray fields;
} FieldSeen;

typedef struct RateSeen {
    int64_t calls;
    int64_t seconds;
} RateSeen;

typedef struct RouteSeen {
    const char *method, *path, *name, *about, *access, *token, *scopes;
    bool idempotency_key, flat;
    ObjectArray rate, query, body, reply;
} RouteSeen;

typedef struct Seen {
    ObjectArray routes;
} Seen;

/* clang-format off */
#define FIELDS_SEEN(below)                                                                        \
    { FIELD(FieldSeen, name, JSON_TEXT, FIELD_REQUIRED), FIELD(FieldSeen, kind, JSON_TEXT, FIELD_REQUIRED), \
      FIELD(FieldSeen, required, JSON_BOOLEAN, FIELD_REQUIRED), FIELD(FieldSeen, at_least, JSON_INTEGER, 0), \
      FIELD(FieldSeen, at_most, JSON_INTEGER, 0), FIELD(FieldSeen, about, JSON_TEXT, FIELD_REQUIRED), \
      FIELD(FieldSeen, fields, JSON_OBJECT_ARRAY, 0, .fields = below, .item_bytes = sizeof(FieldSeen)), FIELDS_END }
static const Field none[] = { FIELDS_END };
static const Field deepest[] = FIELDS_SEEN(none);
static const Field much_deeper[] = FIELDS_SEEN(deepest);
static const Field deeper[] = FIELDS_SEEN(much_deeper);
static const Field deep[] = FIELDS_SEEN(deeper);
static const Field rate_seen[] = {
    FIELD(RateSeen, calls, JSON_INTEGER, FIELD_REQUIRED), FIELD(RateSeen, seconds, JSON_INTEGER, FIELD_REQUIRED), FIELDS_END,
};
#define LIST_SEEN(member, flags) FIELD(RouteSeen, member, JSON_OBJECT_ARRAY, flags, .fields = deep, .item_bytes = sizeof(FieldSeen))
static const Field route_seen[] = {
    FIELD(RouteSeen, method, JSON_TEXT, FIELD_REQUIRED), FIELD(RouteSeen, path, JSON_TEXT, FIELD_REQUIRED),
    FIELD(RouteSeen, name, JSON_TEXT, FIELD_REQUIRED), FIELD(RouteSeen, about, JSON_TEXT, FIELD_REQUIRED),
    FIELD(RouteSeen, access, JSON_TEXT, FIELD_REQUIRED), FIELD(RouteSeen, token, JSON_TEXT, 0),
    FIELD(RouteSeen, scopes, JSON_TEXT, 0), FIELD(RouteSeen, idempotency_key, JSON_BOOLEAN, FIELD_REQUIRED),
    FIELD(RouteSeen, flat, JSON_BOOLEAN, FIELD_REQUIRED),
    FIELD(RouteSeen, rate, JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = rate_seen, .item_bytes = sizeof(RateSeen)),
    LIST_SEEN(query, 0), LIST_SEEN(body, 0), LIST_SEEN(reply, FIELD_REQUIRED),
    FIELDS_END,
};
static const Field all_seen[] = {
    FIELD(Seen, routes, JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = route_seen, .item_bytes = sizeof(RouteSeen)),
    FIELDS_END,
};
/* clang-format on */

static int read_description(Arena *arena, Seen *ret_seen, Failure *failure)
{
    Json *json = NULL;
    Buffer text;
    int r;

    buffer_init(&text, arena, 1024);
    describe_routes(&text);
    r = json_parse(text.text, text.size_bytes, arena, &json, failure);
    return r < 0 ? r : json_read(json, all_seen, ret_seen, arena, failure);
}

static bool fields_agree(const Field *fields, const ObjectArray *array)
{
    const FieldSeen *seen = array->items;
    size_t count = 0;

    if (!fields)
        return !array->is_present;
    for (; fields[count].name; count++) {
        const Field *field = &fields[count];
        const FieldSeen *shown = &seen[count];

        if (count >= array->count || !text_equal(field->name, shown->name) ||
            !text_equal(field->about, shown->about) ||
            shown->required != !!(field->flags & FIELD_REQUIRED) ||
            shown->at_least != (int64_t)field->at_least ||
            shown->at_most != (int64_t)field->at_most ||
            !fields_agree(field->fields, &shown->fields))
            return false;
    }
    return count == array->count;
}

/* The page's own rows, which come last, are told to nobody. */
static size_t told_count(void)
{
    size_t count = 0;

    while (count < route_count && routes[count].section != SECTION_WEB)
        count++;
    return count;
}

TEST(it_is_json_with_every_row)
{
    ARENA(arena);
    Seen seen = { 0 };
    Failure failure = { 0 };
    const RouteSeen *shown;

    CHECK_INT(read_description(arena, &seen, &failure), 0);
    CHECK_INT(seen.routes.count, told_count());
    shown = seen.routes.items;
    for (size_t i = 0; i < told_count(); i++, shown++) {
        CHECK_TEXT(shown->method, routes[i].method);
        CHECK_TEXT(shown->path, routes[i].path);
        CHECK_TEXT(shown->name, routes[i].name);
        CHECK_TEXT(shown->about, routes[i].about);
        CHECK_TEXT(shown->access, routes[i].access == WRITE ? "write" : "read");
        CHECK_TEXT(shown->token, routes[i].token == NO_TOKEN ? NULL : "tenant_access_token");
        CHECK_TEXT(shown->scopes, routes[i].scopes);
        CHECK_INT(shown->idempotency_key, routes[i].is_keyed);
        CHECK_INT(shown->flat, routes[i].is_flat);
    }
}

TEST(it_tells_every_field)
{
    ARENA(arena);
    Seen seen = { 0 };
    Failure failure = { 0 };
    const RouteSeen *shown;

    CHECK_INT(read_description(arena, &seen, &failure), 0);
    shown = seen.routes.items;
    for (size_t i = 0; i < told_count(); i++, shown++)
        if (!fields_agree(routes[i].query, &shown->query) ||
            !fields_agree(routes[i].body, &shown->body) ||
            !fields_agree(routes[i].reply, &shown->reply))
            CHECK_FAIL("%s", routes[i].path);
}

TEST(it_tells_the_limits)
{
    ARENA(arena);
    Seen seen = { 0 };
    Failure failure = { 0 };
    const RouteSeen *shown;

    CHECK_INT(read_description(arena, &seen, &failure), 0);
    shown = seen.routes.items;
    for (size_t i = 0; i < told_count(); i++, shown++) {
        const RateWindow *windows = rate_windows(routes[i].rate);
        const RateSeen *rates = shown->rate.items;
        size_t count = 0;

        for (; windows[count].calls > 0; count++) {
            CHECK(count < shown->rate.count);
            CHECK_INT(rates[count].calls, windows[count].calls);
            CHECK_INT(rates[count].seconds, windows[count].seconds);
        }
        CHECK_INT(count, shown->rate.count);
    }
}

CHECK_MAIN
