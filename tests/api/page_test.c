/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/crypto.h"
#include "base/text.h"

#include "api/page.h"
#include "check.h"
#include "fixture.h"

static int parse(const Work *work, const char *query, const char *token, const char **ret_key)
{
    failure_clear(work->failure);
    return page_token_parse(work, query, token, ret_key);
}

TEST(a_token_brings_its_key_back)
{
    FIXTURE(house);
    const char *key = NULL, *token = page_token_print(&house.work, "members oc_1", "1800");

    CHECK(text_is_visible_ascii(token, 1, 255));
    CHECK_INT(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              strlen(token));
    CHECK_INT(parse(&house.work, "members oc_1", token, &key), 0);
    CHECK_TEXT(key, "1800");
    CHECK_TEXT(page_token_print(&house.work, "members oc_1", "1800"), token);
}

TEST(no_token_is_the_first_page)
{
    FIXTURE(house);
    const char *key = "x";

    CHECK_INT(parse(&house.work, "l", NULL, &key), 0);
    CHECK_TEXT(key, NULL);
    key = "x";
    CHECK_INT(parse(&house.work, "l", "", &key), 0);
    CHECK_TEXT(key, NULL);
}

TEST(a_token_is_good_for_its_list_alone)
{
    FIXTURE(house);
    const char *key = NULL, *token = page_token_print(&house.work, "members oc_1", "1");

    CHECK_INT(parse(&house.work, "members oc_2", token, &key), E_INVALID);
    CHECK_TEXT(house.work.failure->field, "page_token");
    CHECK_INT(parse(&house.work, "messages oc_1", token, &key), E_INVALID);
    CHECK_INT(parse(&house.work, "members oc_", token, &key), E_INVALID);
    CHECK_INT(parse(&house.stranger, "members oc_1", token, &key), E_INVALID);
    CHECK_INT(parse(&house.second, "members oc_1", token, &key), 0);
    house.rules.master_key[0] ^= 1;
    CHECK_INT(parse(&house.work, "members oc_1", token, &key), E_INVALID);
}

TEST(every_flipped_bit_is_noticed)
{
    FIXTURE(house);
    char *token = arena_text(house.kept.arena, page_token_print(&house.work, "l", "om_12345"));
    const char *key;

    for (size_t bit = 0; bit < strlen(token) * 8; bit++) {
        char kept = token[bit / 8];

        token[bit / 8] = (char)(kept ^ 1 << bit % 8);
        if (token[0] && parse(&house.work, "l", token, &key) != E_INVALID)
            CHECK_FAIL("bit %zu", bit);
        token[bit / 8] = kept;
    }
    CHECK_INT(parse(&house.work, "l", token, &key), 0);
}

TEST(what_is_no_token_is_refused)
{
    FIXTURE(house);
    static const char *const texts[] = {
        "x", "AAAA", "AAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAA", " ", "%", "===="
    };
    const char *key, *whole = page_token_print(&house.work, "l", "key");
    Buffer long_one;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        CHECK_INT(parse(&house.work, "l", texts[i], &key), E_INVALID);
    for (size_t size = 1; size < strlen(whole); size++)
        CHECK_INT(parse(&house.work, "l", arena_copy(house.kept.arena, whole, size), &key),
                  E_INVALID);
    buffer_init(&long_one, house.kept.arena, 512);
    for (int i = 0; i < 300; i++)
        buffer_add_char(&long_one, 'A');
    CHECK_INT(parse(&house.work, "l", long_one.text, &key), E_INVALID);
}

/* A NUL and what follows it are no part of a text, and must not be of a token. */
TEST(nothing_hides_behind_a_nul)
{
    FIXTURE(house);
    const char *key, *token = page_token_print(&house.work, "l", "key");
    uint8_t bytes[64] = { 0 };
    char text[BASE64_TEXT_BYTES(sizeof(bytes))];
    int size = base64_parse(token, bytes, sizeof(bytes));

    CHECK(size > 0);
    for (int more = 1; more < 8; more++) {
        base64_print(bytes, (size_t)(size + more), text);
        CHECK_INT(parse(&house.work, "l", text, &key), E_INVALID);
    }
}

CHECK_MAIN
