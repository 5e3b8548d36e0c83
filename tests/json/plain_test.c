/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/random.h>

#include "check.h"
#include "json/document.h"

/* What is read without jansson, and that jansson would have read it alike. */

#define ELEMENTS_16 "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"
#define MEMBERS_16                                                     \
    "\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1," \
    "\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1"

/* clang-format off */
static const char *const plain_texts[] = {
    "{}", "[]", "null", "true", "false", "0", "-0", "7", "-12", "\"\"", "\"a\"",
    " [ 1 ,\t2 ]\r\n", "{ \"a\" : [ ] , \"b\" : { } }",
    "{\"operator_user_id\":\"1700000001\",\"invite_user_ids\":[\"1\",\"2\"],\"chat_name\":\"\xE9\x87\x87\"}",
    "[\"\xF0\x9F\x98\x80\x7F\"]", "{\"\":1}", "{\"a\":{\"a\":1}}",
    "999999999999999999", "-999999999999999999",
    "[[[[[[[[1]]]]]]]]", "[" ELEMENTS_16 "," ELEMENTS_16 "]", "{" MEMBERS_16 "}",
};

/* Not all of these are wrong. */
static const char *const other_texts[] = {
    "", " ", "{", "[", "\"", "\"a", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
    "{a:1}", "{\"a\" 1}", "[1}", "{\"a\":1]", "1 2", "{}{}", "[]]", "nul", "nulL", "truee", "-", "+1", "01", "-01",
    "{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":2,\"a\":3}", "\"a\nb\"", "\"\x1F\"", "[\"\xFF\"]", "[\"\xC3\"]",
    "[\"\xED\xA0\x80\"]", "{\"\xC0\x80\":1}", "\xEF\xBB\xBF{}",
    "1.5", "1e3", "1E3", "-0.0", "1.", "\"\\n\"", "{\"\\u0061\":1}", "\"\\\"\"",
    "1000000000000000000", "-1000000000000000000", "9223372036854775807",
    "[[[[[[[[[1]]]]]]]]]", "{\"\xC3\xA9\":[{\"q\":1.0}]}", "{" MEMBERS_16 ",\"q\":1}",
};
/* clang-format on */

static bool is_plain(const char *text, size_t size_bytes, Arena *arena)
{
    return json_read_plain(text, size_bytes, arena) != NULL;
}

TEST(the_usual_is_plain_and_nothing_else)
{
    Arena *arena = arena_new();

    for (size_t i = 0; i < COUNT_OF(plain_texts); i++)
        if (!is_plain(plain_texts[i], strlen(plain_texts[i]), arena))
            CHECK_FAIL("is plain: %s", plain_texts[i]);
    for (size_t i = 0; i < COUNT_OF(other_texts); i++)
        if (is_plain(other_texts[i], strlen(other_texts[i]), arena))
            CHECK_FAIL("is not plain: %s", other_texts[i]);
    arena_free(arena);
}

TEST(what_is_long_is_not_plain)
{
    char text[4097];
    Arena *arena = arena_new();

    memset(text, ' ', sizeof(text));
    text[0] = '1';
    CHECK(is_plain(text, sizeof(text) - 1, arena));
    CHECK(!is_plain(text, sizeof(text), arena));
    arena_free(arena);
}

TEST(a_plain_document_outlives_its_bytes)
{
    char text[] = "{\"a\":[\"b\",-5,null],\"c\":false}";
    Arena *arena = arena_new();
    Json *json = json_read_plain(text, strlen(text), arena);
    const Json *array;

    memset(text, 'x', sizeof(text));
    CHECK_INT(json->kind, VALUE_OBJECT);
    CHECK_INT(json->count, 2);
    CHECK(json_member(json, "b") == NULL);
    CHECK_INT(json_member(json, "c")->kind, VALUE_FALSE);
    array = json_member(json, "a");
    CHECK_INT(array->kind, VALUE_ARRAY);
    CHECK_INT(array->count, 3);
    CHECK_TEXT(array->first->text, "b");
    CHECK_INT(array->first->count, 1);
    CHECK_INT(array->first->next->integer, -5);
    CHECK_INT(array->first->next->next->kind, VALUE_NULL);
    CHECK(array->first->next->next->next == NULL);
    arena_free(arena);
}

/* ---- beside jansson ---- */

static bool is_alike(const Json *one, const Json *other)
{
    bool has_children = one->kind == VALUE_OBJECT || one->kind == VALUE_ARRAY;

    if (one->kind != other->kind || one->count != other->count || !one->name != !other->name)
        return false;
    if (one->name && strcmp(one->name, other->name) != 0)
        return false;
    if (one->kind == VALUE_INTEGER)
        return one->integer == other->integer;
    if (one->kind == VALUE_TEXT)
        return memcmp(one->text, other->text, one->count + 1) == 0;
    one = has_children ? one->first : NULL;
    other = has_children ? other->first : NULL;
    for (; one && other; one = one->next, other = other->next)
        if (!is_alike(one, other))
            return false;
    return one == other; /* both at their end */
}

/* In memory of exactly its size. Counts it if it is plain. */
static void check_alike(const char *text, size_t size_bytes, Arena *arena, int *plain_count)
{
    char *bytes = malloc(size_bytes > 0 ? size_bytes : 1);
    Failure failure = { 0 };
    Json *plain, *any = NULL;

    memcpy(bytes, text, size_bytes);
    plain = json_read_plain(bytes, size_bytes, arena);
    if (plain)
        json_read_any(bytes, size_bytes, arena, &any, &failure);
    free(bytes);
    *plain_count += plain != NULL;
    if (plain && !any)
        CHECK_FAIL("jansson refuses %.*s: %s", (int)size_bytes, text, failure.text);
    if (plain && !is_alike(plain, any))
        CHECK_FAIL("jansson reads otherwise: %.*s", (int)size_bytes, text);
}

TEST(jansson_reads_them_alike)
{
    Arena *arena = arena_new();
    int plain_count = 0;

    for (size_t i = 0; i < COUNT_OF(plain_texts); i++)
        check_alike(plain_texts[i], strlen(plain_texts[i]), arena, &plain_count);
    CHECK_INT(plain_count, COUNT_OF(plain_texts));
    arena_free(arena);
}

static const char *one_of(const char *const *texts, size_t count)
{
    return texts[(size_t)rand() % count];
}

/* A document at random, of what may stand in one and of what may not quite. */
static void add_random(Buffer *buffer, int depth)
{
    static const char *const scalars[] = { "0",    "-1",      "12345",        "true",
                                           "null", "\"\"",    "\"a\"",        "1.5",
                                           "01",   "\"\\t\"", "\"\xC3\xA9\"", "\"\xC3\"" };
    static const char *const names[] = { "\"a\"",        "\"b\"", "\"c\"",
                                         "\"\xC3\xA9\"", "\"\"",  "\"\\u0061\"" };
    static const char *const blanks[] = { "", "", "", " ", "\n\t" };
    bool is_object = rand() % 2 == 0;
    int count = rand() % 4;

    buffer_add(buffer, one_of(blanks, COUNT_OF(blanks)));
    if (depth == 0 || rand() % 3 == 0) {
        buffer_add(buffer, one_of(scalars, rand() % 8 == 0 ? COUNT_OF(scalars) : 7));
        return;
    }
    buffer_add_char(buffer, is_object ? '{' : '[');
    for (int i = 0; i < count; i++) {
        buffer_add(buffer, i > 0 ? "," : "");
        buffer_add(buffer, one_of(blanks, COUNT_OF(blanks)));
        if (is_object)
            buffer_add(buffer, one_of(names, COUNT_OF(names)));
        buffer_add(buffer, is_object ? ":" : "");
        add_random(buffer, depth - 1);
    }
    buffer_add(buffer, one_of(blanks, COUNT_OF(blanks)));
    buffer_add_char(buffer, is_object ? '}' : ']');
}

TEST(random_documents)
{
    static const char alphabet[] = "{}[],:\"\\0123456789.eE+-ntfu \n\x01\x80\xC3\xA9\xFF/a";
    enum { ROUNDS = 40000 };
    Arena *arena = arena_new();
    int plain_count = 0;
    uint32_t seed = 0;

    CHECK_INT(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
    printf("# seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        Buffer text;

        arena_reset(arena);
        buffer_init(&text, arena, 0);
        add_random(&text, 4);
        for (int i = rand() % 4; i > 1; i--) /* half of them change, in one or two places */
            text.text[(size_t)rand() % text.size_bytes] =
                alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
        check_alike(text.text, text.size_bytes, arena, &plain_count);
    }
    printf("# %d of %d were plain\n", plain_count, ROUNDS);
    CHECK(plain_count > ROUNDS / 10 && plain_count < ROUNDS * 9 / 10);
    arena_free(arena);
}

CHECK_MAIN
