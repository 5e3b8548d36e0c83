/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/text.h"
#include "base/words.h"

#include "api/route.h"
#include "check.h"
#include "model/app.h"

static void free_arena(Arena **arena)
{
    arena_free(*arena);
}

#define ARENA(name) _cleanup_(free_arena) Arena *name = arena_new()

static const char *name_of(Arena *arena, const char *method, const char *path)
{
    const char *values[PATH_VALUES_MOST] = { NULL };
    const Route *route = route_find(method, path, arena, values);

    return route ? route->name : NULL;
}

#define GROUP(task_id) "/open-apis/apaas/v1/user_tasks/" task_id "/chat_group"

TEST(each_path_has_its_route)
{
    static const struct {
        const char *method, *path, *name;
    } rows[] = {
        { "POST", "/open-apis/auth/v3/tenant_access_token/internal",
          "auth.tenantAccessToken.internal" },
        { "POST", "/open-apis/auth/v3/app_access_token/internal", "auth.appAccessToken.internal" },
        { "POST", "/open-apis/auth/v3/app_access_token", "auth.appAccessToken.create" },
        { "POST", "/open-apis/auth/v3/tenant_access_token", "auth.tenantAccessToken.create" },
        { "POST", "/open-apis/auth/v3/app_ticket/resend", "auth.appTicket.resend" },
        { "POST", "/open-apis/apaas/v1/user_task/query", "apaas.userTask.query" },
        { "POST", GROUP("1790000000000001"), "apaas.userTask.chatGroup" },
        { "GET", "/open-apis/im/v1/chats/oc_1", "im.chat.get" },
        { "GET", "/open-apis/im/v1/chats", "im.chat.list" },
        { "POST", "/open-apis/im/v1/chats", "im.chat.create" },
        { "PUT", "/open-apis/im/v1/chats/oc_1", "im.chat.update" },
        { "DELETE", "/open-apis/im/v1/chats/oc_1", "im.chat.delete" },
        { "GET", "/open-apis/im/v1/chats/oc_1/members", "im.chatMembers.get" },
        { "POST", "/open-apis/im/v1/chats/oc_1/members", "im.chatMembers.create" },
        { "DELETE", "/open-apis/im/v1/chats/oc_1/members", "im.chatMembers.delete" },
        { "GET", "/open-apis/im/v1/chats/oc_1/members/is_in_chat", "im.chatMembers.isInChat" },
        { "PATCH", "/open-apis/im/v1/chats/oc_1/members/me_join", "im.chatMembers.meJoin" },
        { "GET", "/open-apis/im/v1/messages", "im.message.list" },
        /* another method, another case, one part more or less, an empty part */
        { "GET", "/open-apis/auth/v3/tenant_access_token/internal", NULL },
        { "post", "/open-apis/apaas/v1/user_task/query", NULL },
        { "POST", "/open-apis/im/v1/chats/oc_1", NULL },
        { "POST", "/open-apis/apaas/v1/user_tasks/query", NULL },
        { "POST", "/Open-Apis/apaas/v1/user_task/query", NULL },
        { "POST", "/open-apis/apaas/v1/user_task/query/", NULL },
        { "POST", "/open-apis/apaas/v1/user_task/quer", NULL },
        { "POST", "/open-apis/apaas/v1/user_task", NULL },
        { "POST", "/open-apis/apaas/v1//user_task/query", NULL },
        { "POST", "open-apis/apaas/v1/user_task/query", NULL },
        { "POST", GROUP(""), NULL },
        { "POST", GROUP("a/b"), NULL },
        { "POST", "/open-apis/apaas/v1/user_tasks/chat_group", NULL },
        { "GET", "/open-apis/im/v1/chats/", NULL },
        { "GET", "/open-apis/im/v1/chats//members", NULL },
        { "GET", "/", NULL },
        { "GET", "", NULL },
        { "GET", "*", NULL },
        { "GET", NULL, NULL },
        { NULL, "/open-apis/im/v1/messages", NULL },
        { NULL, NULL, NULL },
    };
    ARENA(arena);

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (!text_equal(name_of(arena, rows[i].method, rows[i].path), rows[i].name))
            CHECK_FAIL("%s %s", rows[i].method ? rows[i].method : "", rows[i].path);
}

/* Decision 29. */
TEST(a_value_is_decoded_once)
{
    static const struct {
        const char *path, *value;
    } rows[] = {
        { GROUP("17"), "17" },
        { GROUP("%31%37"), "17" },
        { GROUP("%2531"), "%31" },
        { GROUP("%E5%BC%A0"), "张" },
        { GROUP("a%20b+c"), "a b+c" },
        { GROUP("..%2e"), "..." },
        { GROUP("chat_group"), "chat_group" },
        { GROUP("%2F"), NULL },
        { GROUP("a%2fb"), NULL },
        { GROUP("%00"), NULL },
        { GROUP("1%00"), NULL },
        { GROUP("%"), NULL },
        { GROUP("%3"), NULL },
        { GROUP("%zz"), NULL },
        { GROUP("%FF"), NULL },
        { GROUP("%C0%AF"), NULL },
        { GROUP("%ED%A0%80"), NULL },
    };
    ARENA(arena);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *values[PATH_VALUES_MOST] = { NULL };
        const Route *route = route_find("POST", rows[i].path, arena, values);

        if (!!route != !!rows[i].value || (route && !text_equal(values[0], rows[i].value)))
            CHECK_FAIL("%s: %s", rows[i].path, values[0] ? values[0] : "none");
    }
}

TEST(a_literal_part_is_not_decoded)
{
    ARENA(arena);

    CHECK(!name_of(arena, "GET", "/open-apis/im/v1/message%73"));
}

TEST(every_row_is_whole)
{
    for (size_t i = 0; i < route_count; i++) {
        const Route *route = &routes[i];

        if (!route->method || !route->name || !route->handle || text_is_empty(route->about) ||
            !route->reply ||
            !text_starts_with(route->path,
                              route->section == SECTION_WEB ? "/web/v1/" : "/open-apis/"))
            CHECK_FAIL("%s is not whole", route->path);
        if ((route->token == TENANT_TOKEN) == text_is_empty(route->scopes))
            CHECK_FAIL("%s: scopes with a token, none without", route->path);
        if ((route->token == TENANT_TOKEN) == (route->rate == UNLIMITED))
            CHECK_FAIL("%s: limits with a token, none without", route->path);
        if ((route->token == SESSION) && route->section != SECTION_WEB)
            CHECK_FAIL("%s: a person's session is the page's alone", route->path);
        if (route->prepare && route->access != WRITE)
            CHECK_FAIL("%s: what is prepared is a write", route->path);
        if (route->is_flat != (route->section == SECTION_AUTH))
            CHECK_FAIL("%s: only tokens are told flat", route->path);
        if (route->is_keyed && route->access != WRITE)
            CHECK_FAIL("%s: a key without a write", route->path);
        if (text_equal(route->method, "GET") && (route->body || route->access != READ))
            CHECK_FAIL("%s: what is got has no body, and stays as it is", route->path);
        CHECK_INT(route_index(route), i);
    }
}

static bool fields_are_whole(const Field *fields)
{
    for (; fields->name; fields++) {
        bool has_object = fields->kind == JSON_OBJECT || fields->kind == JSON_OBJECT_ARRAY;

        if (text_is_empty(fields->about) || has_object != !!fields->fields)
            return false;
        if (has_object && (fields->item_bytes == 0 || !fields_are_whole(fields->fields)))
            return false;
    }
    return true;
}

TEST(every_field_is_told_of)
{
    for (size_t i = 0; i < route_count; i++) {
        const Field *tables[] = { routes[i].query, routes[i].body, routes[i].reply };

        for (size_t j = 0; j < COUNT_OF(tables); j++)
            if (tables[j] && !fields_are_whole(tables[j]))
                CHECK_FAIL("%s, table %zu", routes[i].path, j);
    }
}

TEST(no_row_stands_twice)
{
    for (size_t i = 0; i < route_count; i++)
        for (size_t j = 0; j < i; j++) {
            CHECK(!text_equal(routes[i].name, routes[j].name));
            CHECK(!text_equal(routes[i].path, routes[j].path) ||
                  !text_equal(routes[i].method, routes[j].method));
        }
}

TEST(all_scopes_are_those_of_the_rows)
{
    ARENA(arena);
    const char *all = route_scopes(arena);

    CHECK(all);
    CHECK(words_hold(all, "im:message.group_msg"));
    CHECK(words_hold(all, "im:chat:operate_as_owner"));
    for (size_t i = 0; i < route_count; i++) {
        const char *list = routes[i].scopes ? routes[i].scopes : "";

        while (*list) {
            size_t size = strcspn(list, ",");

            CHECK(words_hold(all, arena_copy(arena, list, size)));
            list += size + (list[size] == ',');
        }
    }
    CHECK_TEXT(scopes_normalise(arena, all), all);
}

CHECK_MAIN
