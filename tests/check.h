/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Unit tests: TEST(name) { … } registers itself, CHECK…() end the test at its first failure, and
 * CHECK_MAIN runs them all and prints TAP. */

typedef struct CheckTest {
    const char *name;
    void (*function)(void);
    struct CheckTest *next;
} CheckTest;

static CheckTest *check_first, **check_end = &check_first;
static int check_failed; /* of the running test */

#define TEST(name)                                                 \
    static void test_##name(void);                                 \
    __attribute__((constructor)) static void register_##name(void) \
    {                                                              \
        static CheckTest test = { #name, test_##name, NULL };      \
        *check_end = &test;                                        \
        check_end = &test.next;                                    \
    }                                                              \
    static void test_##name(void)

#define CHECK_FAIL(...)                          \
    do {                                         \
        printf("# %s:%d: ", __FILE__, __LINE__); \
        printf(__VA_ARGS__);                     \
        printf("\n");                            \
        check_failed = 1;                        \
        return;                                  \
    } while (0)

#define CHECK(claim)                  \
    do {                              \
        if (!(claim))                 \
            CHECK_FAIL("%s", #claim); \
    } while (0)

#define CHECK_INT(got, wanted)                                                                 \
    do {                                                                                       \
        int64_t check_got = (int64_t)(got), check_wanted = (int64_t)(wanted);                  \
        if (check_got != check_wanted)                                                         \
            CHECK_FAIL("%s: got %" PRId64 ", wanted %" PRId64, #got, check_got, check_wanted); \
    } while (0)

/* NULL equals only NULL. */
#define CHECK_TEXT(got, wanted)                                                                 \
    do {                                                                                        \
        const char *check_got = (got), *check_wanted = (wanted);                                \
        if (check_got != check_wanted &&                                                        \
            (!check_got || !check_wanted || strcmp(check_got, check_wanted) != 0))              \
            CHECK_FAIL("%s: got \"%s\", wanted \"%s\"", #got, check_got ? check_got : "(null)", \
                       check_wanted ? check_wanted : "(null)");                                 \
    } while (0)

static int check_main(void)
{
    int number = 0, failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (CheckTest *test = check_first; test; test = test->next) {
        check_failed = 0;
        test->function();
        printf("%s %d - %s\n", check_failed ? "not ok" : "ok", ++number, test->name);
        failed += check_failed;
    }
    printf("1..%d\n", number);
    return failed > 0;
}

#define CHECK_MAIN           \
    int main(void)           \
    {                        \
        return check_main(); \
    }
