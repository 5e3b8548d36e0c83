/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#    define ARENA_POISONS 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define ARENA_POISONS 1
#    endif
#endif

#ifdef ARENA_POISONS
#    include <sanitizer/asan_interface.h>
#else
#    define ASAN_POISON_MEMORY_REGION(address, size_bytes)   ((void)(address))
#    define ASAN_UNPOISON_MEMORY_REGION(address, size_bytes) ((void)(address))
#endif

enum { ARENA_ALIGNMENT = 16 };

typedef struct ArenaBlock {
    struct ArenaBlock *previous; /* owned; NULL in the first */
    size_t size_bytes;           /* of bytes[] */
    _Alignas(ARENA_ALIGNMENT) char bytes[];
} ArenaBlock;

struct Arena {
    char *next; /* the first byte of newest that nobody has yet */
    char *end;
    ArenaBlock *newest; /* owned, with those before it */
    size_t total_bytes; /* of all blocks */
};

static _Noreturn void arena_die(const char *why, size_t size_bytes)
{
    fprintf(stderr, "arena: %s, %zu bytes were asked for\n", why, size_bytes);
    abort();
}

static void arena_use(Arena *arena, ArenaBlock *block)
{
    ASAN_POISON_MEMORY_REGION(block->bytes, block->size_bytes);
    arena->newest = block;
    arena->next = block->bytes;
    arena->end = block->bytes + block->size_bytes;
}

static void arena_add_block(Arena *arena, size_t size_bytes)
{
    ArenaBlock *block = malloc(sizeof(ArenaBlock) + size_bytes);

    if (!block)
        arena_die("out of memory", size_bytes);
    block->previous = arena->newest;
    block->size_bytes = size_bytes;
    arena->total_bytes += size_bytes;
    arena_use(arena, block);
}

static void arena_drop_newest(Arena *arena)
{
    ArenaBlock *block = arena->newest;

    arena->newest = block->previous;
    arena->total_bytes -= block->size_bytes;
    ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size_bytes);
    free(block);
}

Arena *arena_new(void)
{
    Arena *arena = calloc(1, sizeof(Arena));

    if (!arena)
        arena_die("out of memory", sizeof(Arena));
    arena_add_block(arena, ARENA_FIRST_BLOCK_BYTES);
    return arena;
}

Arena *arena_free(Arena *arena)
{
    if (!arena)
        return NULL;
    while (arena->newest)
        arena_drop_newest(arena);
    free(arena);
    return NULL;
}

void arena_reset(Arena *arena)
{
    while (arena->newest->previous)
        arena_drop_newest(arena);
    arena_use(arena, arena->newest);
}

/* Each block is twice the one before, so that a large request asks malloc() a few times only. What
 * is left of the block before stays unused. */
static __attribute__((noinline)) void arena_grow(Arena *arena, size_t need_bytes)
{
    size_t left_bytes = ARENA_CAP_BYTES - arena->total_bytes;
    size_t size_bytes = arena->newest->size_bytes * 2;

    if (need_bytes > left_bytes)
        arena_die("the cap of a request is reached", need_bytes);
    if (size_bytes < need_bytes)
        size_bytes = need_bytes;
    if (size_bytes > left_bytes)
        size_bytes = left_bytes;
    arena_add_block(arena, size_bytes);
}

void *arena_alloc(Arena *arena, size_t size_bytes)
{
    size_t need_bytes;
    void *thing;

    if (size_bytes > ARENA_CAP_BYTES)
        arena_die("the cap of a request is reached", size_bytes);
    need_bytes = (size_bytes + !size_bytes + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    if (need_bytes > (size_t)(arena->end - arena->next))
        arena_grow(arena, need_bytes);
    thing = arena->next;
    arena->next += need_bytes;
    /* Under AddressSanitizer the padding stays poisoned: one byte too far is noticed. */
    ASAN_UNPOISON_MEMORY_REGION(thing, size_bytes);
    return memset(thing, 0, size_bytes);
}

char *arena_copy(Arena *arena, const char *text, size_t size_bytes)
{
    char *copy;

    if (size_bytes >= ARENA_CAP_BYTES)
        arena_die("the cap of a request is reached", size_bytes);
    copy = arena_alloc(arena, size_bytes + 1);
    if (size_bytes > 0)
        memcpy(copy, text, size_bytes);
    return copy;
}

char *arena_text(Arena *arena, const char *text)
{
    return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

char *arena_print(Arena *arena, const char *format, ...)
{
    char start[256];
    char *text;
    int size_bytes;
    va_list arguments;

    va_start(arguments, format);
    size_bytes = vsnprintf(start, sizeof(start), format, arguments);
    va_end(arguments);
    assert(size_bytes >= 0);
    if ((size_t)size_bytes < sizeof(start))
        return arena_copy(arena, start, (size_t)size_bytes);

    text = arena_alloc(arena, (size_t)size_bytes + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)size_bytes + 1, format, arguments);
    va_end(arguments);
    return text;
}
