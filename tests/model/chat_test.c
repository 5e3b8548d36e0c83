/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "model/chat.h"

TEST(members_have_types)
{
    CHECK_TEXT(member_type_text(MEMBER_USER), "user");
    CHECK_TEXT(member_type_text(MEMBER_BOT), "bot");
}

TEST(only_a_normal_chat_is_alive)
{
    CHECK(chat_is_alive(&(Chat){ .chat_status = "normal" }));
    CHECK(!chat_is_alive(&(Chat){ .chat_status = "dissolved" }));
    CHECK(!chat_is_alive(&(Chat){ .chat_status = "dissolved_save" }));
    CHECK(!chat_is_alive(&(Chat){ .chat_status = NULL }));
}

TEST(an_id_with_its_prefix_fits)
{
    CHECK_INT(ID_TEXT_BYTES, sizeof("oc_0123456789abcdef0123456789abcdef"));
}

CHECK_MAIN
