/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "store/like.h"

TEST(a_pattern_takes_every_character_for_itself)
{
    Arena *arena = arena_new();

    CHECK_TEXT(like_pattern(arena, "采购"), "%采购%");
    CHECK_TEXT(like_pattern(arena, "100%_\\"), "%100\\%\\_\\\\%");
    arena_free(arena);
}

TEST(no_text_is_no_search)
{
    Arena *arena = arena_new();

    CHECK_TEXT(like_pattern(arena, ""), "");
    CHECK_TEXT(like_pattern(arena, NULL), "");
    arena_free(arena);
}

CHECK_MAIN
