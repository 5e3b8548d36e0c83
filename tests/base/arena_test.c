/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

#include "check.h"

static bool is_zero(const char *bytes, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

TEST(memory_is_aligned_zeroed_and_apart)
{
    Arena *arena = arena_new();
    char *last = NULL;

    for (size_t size = 0; size < 600; size++) {
        char *bytes = arena_alloc(arena, size);

        CHECK(bytes != NULL && bytes != last);
        CHECK_INT((uintptr_t)bytes % 16, 0);
        CHECK(is_zero(bytes, size));
        memset(bytes, 0xAA, size);
        last = bytes;
    }
    arena_free(arena);
}

TEST(memory_is_zeroed_again_after_a_reset)
{
    Arena *arena = arena_new();
    char *first = arena_alloc(arena, 1000);
    char *again;

    memset(first, 0xFF, 1000);
    arena_reset(arena);
    again = arena_alloc(arena, 1000);
    CHECK(again == first);
    CHECK(is_zero(again, 1000));
    arena_free(arena);
}

TEST(blocks_come_and_go)
{
    Arena *arena = arena_new();
    char *first = arena_alloc(arena, 1);

    for (int round = 0; round < 3; round++) {
        char *large = arena_alloc(arena, 3 * 1024 * 1024);

        CHECK(is_zero(large, 3 * 1024 * 1024));
        memset(large, 1, 3 * 1024 * 1024);
        for (int i = 0; i < 1000; i++)
            memset(arena_alloc(arena, 500), 2, 500);
        arena_reset(arena);
        CHECK(arena_alloc(arena, 1) == (void *)first);
    }
    arena_free(arena);
}

TEST(a_block_may_be_the_whole_rest_of_the_cap)
{
    Arena *arena = arena_new();
    char *rest = arena_alloc(arena, ARENA_CAP_BYTES - ARENA_FIRST_BLOCK_BYTES);

    CHECK_INT(rest[ARENA_CAP_BYTES - ARENA_FIRST_BLOCK_BYTES - 1], 0);
    arena_free(arena);
}

/* How a child process that asks for count times size_bytes ends. */
static int end_of_greedy_child(size_t size_bytes, int count)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        Arena *arena = arena_new();

        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        for (int i = 0; i < count; i++)
            arena_alloc(arena, size_bytes);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return status;
}

TEST(past_the_cap_the_process_aborts)
{
    int sizes[] = { ARENA_CAP_BYTES, ARENA_CAP_BYTES + 1 };
    int status = end_of_greedy_child(1024 * 1024, 33);

    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), SIGABRT);
    for (int i = 0; i < 2; i++) {
        status = end_of_greedy_child((size_t)sizes[i], 1);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
    status = end_of_greedy_child(SIZE_MAX, 1);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK_INT(end_of_greedy_child(1024 * 1024, 16), 0);
}

TEST(texts_are_copied)
{
    Arena *arena = arena_new();
    char source[] = "source";
    char *copy = arena_copy(arena, source, 3), *text = arena_text(arena, source);

    memset(source, 'x', sizeof(source) - 1);
    CHECK_TEXT(copy, "sou");
    CHECK_TEXT(text, "source");
    CHECK_TEXT(arena_copy(arena, NULL, 0), "");
    CHECK_TEXT(arena_text(arena, NULL), NULL);
    CHECK_TEXT(arena_text(arena, ""), "");
    arena_free(arena);
}

TEST(printing_takes_any_length)
{
    Arena *arena = arena_new();
    int lengths[] = { 0, 1, 254, 255, 256, 257, 20000 };

    for (size_t i = 0; i < 7; i++) {
        char *text = arena_print(arena, "%0*d", lengths[i], 0);

        CHECK_INT(strlen(text), lengths[i] > 0 ? lengths[i] : 1);
    }
    CHECK_TEXT(arena_print(arena, "%s-%d", "a", 7), "a-7");
    arena_free(arena);
}

TEST(arrays_are_typed)
{
    Arena *arena = arena_new();
    int64_t *numbers = arena_array(arena, int64_t, 5);

    for (int i = 0; i < 5; i++)
        CHECK_INT(numbers[i], 0);
    CHECK(arena_free(arena) == NULL);
    CHECK(arena_free(NULL) == NULL);
}

CHECK_MAIN
