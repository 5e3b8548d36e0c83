/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"

#include "check.h"
#include "model/limits.h"
#include "model/message.h"

TEST(an_app_sends_ten_kinds)
{
    static const char *const kinds[] = {
        "text",  "post",  "interactive", "image",      "file",
        "audio", "media", "sticker",     "share_chat", "share_user"
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const MessageKind *kind = message_kind_find(kinds[i]);

        CHECK(kind);
        CHECK_INT(kind->content_bytes_most, i == 0 ? 150 * 1024 : 30 * 1024);
    }
    CHECK(!message_kind_find("system"));
    CHECK(!message_kind_find("Text"));
    CHECK(!message_kind_find(""));
    CHECK(!message_kind_find(NULL));
}

TEST(a_tag_is_found_in_a_text)
{
    static const char text[] = "早 <at user_id=\"ou_1\">张伟</at>, hello";
    MentionTag tag;

    CHECK(mention_tag_find(text, &tag));
    CHECK_INT(tag.begin - text, 4);
    CHECK_INT(tag.size_bytes, strlen("<at user_id=\"ou_1\">张伟</at>"));
    CHECK_INT(tag.id_bytes, 4);
    CHECK(memcmp(tag.id, "ou_1", 4) == 0);
    CHECK(mention_tag_find("<at user_id='all'></at>", &tag));
    CHECK_INT(tag.id_bytes, 3);
    CHECK(mention_tag_find("1 < 2 <at user_id=\"x\"><at user_id=\"y\"></at>", &tag));
    CHECK_INT(*tag.id, 'y');
}

TEST(what_is_no_whole_tag_is_text)
{
    static const char *const texts[] = {
        "",
        "<",
        "<at",
        "<at user_id=",
        "<at user_id=\"",
        "<at user_id=\"ou_1",
        "<at user_id=\"ou_1\"",
        "<at user_id=\"ou_1\">",
        "<at user_id=\"ou_1\">x</a>",
        "<at user_id=\"ou_1\">x<",
        "<at user_id=\"\">x</at>",
        "<at user_id=ou_1>x</at>",
        "<at user_id=\"ou_1' >x</at>",
        "<at id=\"ou_1\"></at>",
        "<AT user_id=\"ou_1\"></AT>",
    };
    MentionTag tag;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (mention_tag_find(texts[i], &tag))
            CHECK_FAIL("%s", texts[i]);
}

CHECK_MAIN
