/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/words.h"

#include "check.h"

TEST(a_word_is_held_whole)
{
    CHECK(words_hold("im:chat", "im:chat"));
    CHECK(words_hold("im:chat im:chat:read", "im:chat"));
    CHECK(words_hold("im:chat:read im:chat", "im:chat"));
    CHECK(words_hold("a im:chat:read b", "im:chat:read"));
    CHECK(!words_hold("", "im:chat"));
    CHECK(!words_hold("im:chat:read", "im:chat"));
    CHECK(!words_hold("xim:chat", "im:chat"));
    CHECK(!words_hold("im:cha", "im:chat"));
    CHECK(!words_hold("im:chat:read", "chat:read"));
    CHECK(!words_hold("im:chatim:chat", "im:chat"));
    CHECK(words_hold("im:chatim:chat im:chat", "im:chat"));
}

TEST(the_empty_word_is_held_by_none)
{
    CHECK(!words_hold("", ""));
    CHECK(!words_hold("a b", ""));
}

TEST(words_are_counted)
{
    CHECK_INT(words_count(""), 0);
    CHECK_INT(words_count("a"), 1);
    CHECK_INT(words_count("a bb ccc"), 3);
}

TEST(words_are_taken_in_their_order)
{
    const char *words = "a bb ccc";
    size_t size = 0;

    CHECK(text_starts_with(words_next(&words, &size), "a "));
    CHECK_INT(size, 1);
    CHECK(text_starts_with(words_next(&words, &size), "bb "));
    CHECK_INT(size, 2);
    CHECK_TEXT(words_next(&words, &size), "ccc");
    CHECK_INT(size, 3);
    CHECK(!words_next(&words, &size));
    CHECK(!words_next(&words, &size));
}

TEST(words_are_added_with_one_space_between)
{
    Arena *arena = arena_new();
    Buffer words;

    buffer_init(&words, arena, 8);
    words_add(&words, "a");
    CHECK_TEXT(words.text, "a");
    words_add(&words, "bb");
    words_add(&words, "c");
    CHECK_TEXT(words.text, "a bb c");
    CHECK_TEXT(words_list(arena, (const char *const[]){ "a", "bb", "c" }, 3), "a bb c");
    CHECK_TEXT(words_list(arena, NULL, 0), "");
    arena_free(arena);
}

CHECK_MAIN
