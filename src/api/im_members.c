/* SPDX-License-Identifier: Apache-2.0 */
/* im/v1: who is in a chat. */
#include "api/im_v1.h"
#include "api/page.h"
#include "domain/chat.h"
#include "model/limits.h"

/* ---- members.get ---- */

typedef struct MembersQuery {
    const char *member_id_type;
    const char *page_size;
    const char *page_token;
} MembersQuery;

typedef struct MemberReply {
    const char *member_id_type;
    const char *member_id;
    const char *name;
    const char *tenant_key;
} MemberReply;

typedef struct MembersReply {
    ObjectArray items;
    const char *page_token;
    bool has_more;
    int64_t member_total;
} MembersReply;

/* clang-format off */
const Field members_get_query[] = {
    FIELD(MembersQuery, member_id_type, JSON_TEXT, 0, .about = "open_id (default), union_id or user_id"),
    FIELD(MembersQuery, page_size,      JSON_TEXT, 0, .about = "1 to 100; without it, 20"),
    FIELD(MembersQuery, page_token,     JSON_TEXT, 0, .about = "from the page before"),
    FIELDS_END,
};
static const Field member_fields[] = {
    FIELD(MemberReply, member_id_type, JSON_TEXT, FIELD_REQUIRED, .about = "as asked for"),
    FIELD(MemberReply, member_id,      JSON_TEXT, FIELD_REQUIRED, .about = "the user"),
    FIELD(MemberReply, name,           JSON_TEXT, FIELD_REQUIRED, .about = "their name"),
    FIELD(MemberReply, tenant_key,     JSON_TEXT, FIELD_REQUIRED, .about = "their tenant"),
    FIELDS_END,
};
const Field members_get_reply[] = {
    FIELD(MembersReply, items,        JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = member_fields, .item_bytes = sizeof(MemberReply), .about = "users; bots are left out"),
    FIELD(MembersReply, page_token,   JSON_TEXT,         0, .about = "only while has_more"),
    FIELD(MembersReply, has_more,     JSON_BOOLEAN,      FIELD_REQUIRED, .about = "whether another page follows"),
    FIELD(MembersReply, member_total, JSON_INTEGER,      FIELD_REQUIRED, .about = "users in the chat"),
    FIELDS_END,
};
/* clang-format on */

static ObjectArray member_replies(Call *call, const MemberView *members, size_t count,
                                  UserIdType type)
{
    MemberReply *items = arena_array(call->arena, MemberReply, count);

    for (size_t i = 0; i < count; i++)
        items[i] = (MemberReply){ user_id_type_text(type), user_id_of(&members[i].user, type),
                                  members[i].user.name, call->work.tenant->tenant_key };
    return (ObjectArray){ items, count, true };
}

int chat_members_get(Call *call)
{
    const char *chat_id = call_path(call, 0), *after = NULL;
    const char *list = NULL;
    int64_t page_size = MEMBER_PAGE_DEFAULT;
    MembersQuery query = { 0 };
    MembersReply reply = { 0 };
    UserIdType type = ID_OPEN;
    MemberView *members = NULL;
    size_t count = 0;
    int r;

    r = call_read_query(call, &query);
    if (r >= 0)
        r = im_read_id_type(call, "member_id_type", query.member_id_type, &type);
    if (r >= 0)
        r = im_read_page_size(call, query.page_size, MEMBER_PAGE_MOST, &page_size);
    if (r < 0)
        return r;
    list = arena_print(call->arena, "members %s %s", user_id_type_text(type), chat_id);
    r = page_token_parse(&call->work, list, query.page_token, &after);
    if (r >= 0)
        r = chat_members(&call->work, chat_id, page_place_parse(after), (size_t)page_size + 1,
                         &members, &count, &reply.member_total);
    if (r < 0)
        return r;
    reply.has_more = count > (size_t)page_size;
    if (reply.has_more) {
        count = (size_t)page_size;
        reply.page_token = page_token_print(
            &call->work, list, page_place_print(call->arena, members[count - 1].place));
    }
    reply.items = member_replies(call, members, count, type);
    return call_reply(call, members_get_reply, &reply);
}
