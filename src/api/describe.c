/* SPDX-License-Identifier: Apache-2.0 */
#include "api/describe.h"

#include "api/limiter.h"
#include "api/route.h"

static const char *const kinds[] = {
    [JSON_TEXT] = "string",     [JSON_TEXT_ARRAY] = "string[]", [JSON_INTEGER] = "integer",
    [JSON_BOOLEAN] = "boolean", [JSON_OBJECT] = "object",       [JSON_OBJECT_ARRAY] = "object[]",
    [JSON_RAW] = "any",
};

/* As errors.c has them, without SECTION_. */
static const char *const sections[] = {
    [SECTION_AUTH] = "AUTH",
    [SECTION_APAAS] = "APAAS",
    [SECTION_IM_CHAT] = "IM_CHAT",
    [SECTION_IM_MESSAGE] = "IM_MESSAGE",
    [SECTION_CONTACT] = "CONTACT",
    [SECTION_IM_CHAT_CREATE] = "IM_CHAT_CREATE",
    [SECTION_IM_CHAT_UPDATE] = "IM_CHAT_UPDATE",
    [SECTION_IM_CHAT_DELETE] = "IM_CHAT_DELETE",
    [SECTION_IM_MEMBERS_CREATE] = "IM_MEMBERS_CREATE",
    [SECTION_IM_MEMBERS_DELETE] = "IM_MEMBERS_DELETE",
    [SECTION_IM_ME_JOIN] = "IM_ME_JOIN",
};

static void add_text(Buffer *buffer, const char *name, const char *value)
{
    buffer_print(buffer, ",\"%s\":", name);
    buffer_add_quoted(buffer, value);
}

static void add_fields(Buffer *buffer, const char *name, const Field *fields);

static void add_field(Buffer *buffer, const Field *field)
{
    buffer_add(buffer, "{\"name\":");
    buffer_add_quoted(buffer, field->name);
    add_text(buffer, "kind", kinds[field->kind]);
    buffer_print(buffer, ",\"required\":%s", field->flags & FIELD_REQUIRED ? "true" : "false");
    if (field->at_least > 0)
        buffer_print(buffer, ",\"at_least\":%zu", field->at_least);
    if (field->at_most > 0)
        buffer_print(buffer, ",\"at_most\":%zu", field->at_most);
    add_text(buffer, "about", field->about);
    add_fields(buffer, "fields", field->fields);
    buffer_add_char(buffer, '}');
}

/* As deep as the tables are nested, which is fixed when the program is built. */
static void add_fields(Buffer *buffer, const char *name, const Field *fields)
{
    if (!fields)
        return;
    buffer_print(buffer, ",\"%s\":[", name);
    for (const Field *field = fields; field->name; field++) {
        if (field != fields)
            buffer_add_char(buffer, ',');
        add_field(buffer, field);
    }
    buffer_add_char(buffer, ']');
}

static void add_rates(Buffer *buffer, RateLevel level)
{
    const RateWindow *windows = rate_windows(level);

    buffer_add(buffer, ",\"rate\":[");
    for (size_t i = 0; windows[i].calls > 0; i++)
        buffer_print(buffer, "%s{\"calls\":%lld,\"seconds\":%lld}", i > 0 ? "," : "",
                     (long long)windows[i].calls, (long long)windows[i].seconds);
    buffer_add_char(buffer, ']');
}

static void add_route(Buffer *buffer, const Route *route)
{
    buffer_add(buffer, "{\"method\":");
    buffer_add_quoted(buffer, route->method);
    add_text(buffer, "path", route->path);
    add_text(buffer, "name", route->name);
    add_text(buffer, "about", route->about);
    add_text(buffer, "section", sections[route->section]);
    add_text(buffer, "access", route->access == WRITE ? "write" : "read");
    add_text(buffer, "token", route->token == NO_TOKEN ? NULL : "tenant_access_token");
    add_text(buffer, "scopes", route->scopes);
    buffer_print(buffer, ",\"idempotency_key\":%s,\"flat\":%s", route->is_keyed ? "true" : "false",
                 route->is_flat ? "true" : "false");
    add_rates(buffer, route->rate);
    add_fields(buffer, "query", route->query);
    add_fields(buffer, "body", route->body);
    add_fields(buffer, "reply", route->reply);
    buffer_add_char(buffer, '}');
}

void describe_routes(Buffer *buffer)
{
    buffer_add(buffer, "{\"routes\":[");
    for (size_t i = 0; i < route_count; i++) {
        if (routes[i].section == SECTION_WEB) /* the page's own are nobody's to call */
            continue;
        if (i > 0)
            buffer_add_char(buffer, ',');
        add_route(buffer, &routes[i]);
    }
    buffer_add(buffer, "]}");
}
