/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/text.h"

#include "check.h"

TEST(a_failure_says_what_and_where)
{
    Failure failure = { 0 };
    int line = __LINE__ + 1;
    int r = fail(&failure, E_NOT_FOUND, "no %s number %d", "thing", 7);

    CHECK_INT(r, E_NOT_FOUND);
    CHECK_INT(failure.code, E_NOT_FOUND);
    CHECK_TEXT(failure.text, "no thing number 7");
    CHECK_TEXT(failure.field, "");
    CHECK_TEXT(failure.value, "");
    CHECK_TEXT(failure.file, __FILE__);
    CHECK_INT(failure.line, line);
}

TEST(a_failure_names_the_field)
{
    Failure failure = { 0 };

    CHECK_INT(fail_field(&failure, E_INVALID, "a.b[0]", "4", "the max len is %d", 3), E_INVALID);
    CHECK_TEXT(failure.field, "a.b[0]");
    CHECK_TEXT(failure.value, "4");
    CHECK_TEXT(failure.text, "the max len is 3");
    failure_clear(&failure);
    CHECK_INT(failure.code, 0);
    CHECK_TEXT(failure.text, "");
    CHECK_INT(fail_field(&failure, E_INVALID, "c", NULL, "c is required"), E_INVALID);
    CHECK_TEXT(failure.value, "");
}

TEST(the_first_failure_stays)
{
    Failure failure = { 0 };

    fail_field(&failure, E_CONFLICT, "a", "1", "first");
    CHECK_INT(fail(&failure, E_FAULT, "second"), E_FAULT);
    CHECK_INT(failure.code, E_CONFLICT);
    CHECK_TEXT(failure.text, "first");
    CHECK_TEXT(failure.field, "a");
    failure_clear(&failure);
    fail(&failure, E_FAULT, "third");
    CHECK_TEXT(failure.text, "third");
}

/* With every shift of a text of three-byte characters, the end of the slot is in another place. */
TEST(long_texts_are_cut_between_characters)
{
    char text[1001];

    for (size_t shift = 0; shift < 4; shift++) {
        Failure failure = { 0 };
        size_t i = 0;

        while (i < shift)
            text[i++] = 'x';
        for (; i + 3 < sizeof(text); i += 3)
            memcpy(text + i, "张", 3);
        text[i] = '\0';
        fail_field(&failure, E_INVALID, text, text, "%s", text);
        CHECK(text_is_utf8(failure.text, strlen(failure.text)));
        CHECK(text_is_utf8(failure.field, strlen(failure.field)));
        CHECK(text_is_utf8(failure.value, strlen(failure.value)));
        CHECK(strlen(failure.text) > FAILURE_TEXT_BYTES - 4);
        CHECK(strlen(failure.field) > FAILURE_FIELD_BYTES - 4);
        CHECK(strlen(failure.value) > FAILURE_VALUE_BYTES - 4);
        CHECK(text_starts_with(text, failure.text));
        CHECK(text_starts_with(text, failure.value));
    }
}

TEST(a_text_that_just_fits_is_kept)
{
    Failure failure = { 0 };
    char text[FAILURE_TEXT_BYTES + 1];

    memset(text, 'a', sizeof(text));
    text[FAILURE_TEXT_BYTES - 1] = '\0';
    fail(&failure, E_INVALID, "%s", text);
    CHECK_TEXT(failure.text, text);
    failure_clear(&failure);
    text[FAILURE_TEXT_BYTES - 1] = 'a';
    text[FAILURE_TEXT_BYTES] = '\0';
    fail(&failure, E_INVALID, "%s", text);
    CHECK_INT(strlen(failure.text), FAILURE_TEXT_BYTES - 1);
}

TEST(what_is_not_utf8_is_replaced)
{
    Failure failure = { 0 };

    fail_field(&failure, E_INVALID, "\xff", "a\xC3", "\xE5\xBC!%s", "\xED\xA0\x80");
    CHECK_TEXT(failure.field, "\xEF\xBF\xBD");
    CHECK_TEXT(failure.value, "a\xEF\xBF\xBD");
    CHECK_TEXT(failure.text, "\xEF\xBF\xBD\xEF\xBF\xBD!\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(codes_have_names)
{
    CHECK_TEXT(error_name(0), "OK");
    CHECK_TEXT(error_name(E_INVALID), "INVALID");
    CHECK_TEXT(error_name(E_FAULT), "FAULT");
    CHECK_TEXT(error_name(E_FULL), "FULL");
    CHECK_TEXT(error_name(-1), "UNKNOWN");
    CHECK_INT(E_NOT_FOUND, -404);
}

CHECK_MAIN
