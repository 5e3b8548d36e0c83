/* SPDX-License-Identifier: Apache-2.0 */

/* What a list of chats costs by the index of chats, in a database that fill made: the newest of
 * users drawn at random, and those of the bot, which is in all of them.
 *
 * lists DATABASE APP_ID USERS    prints "who microseconds found" for both */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#include "store/chat_index.h"

enum { TENANT_ID = 1, LISTS = 5000, LIMIT = 20, ID_BYTES = 64 };

static uint64_t random_state = 88172645463325252;

static uint64_t draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void demand(int r, const Failure *failure)
{
    if (r >= 0)
        return;
    fprintf(stderr, "lists: %s\n", failure->text);
    exit(1);
}

/* One view of the data for each, as for a request that comes alone; how many chats it found. */
static size_t list(Store *store, ChatIndexKind kind, const char *id, Arena *arena)
{
    const ChatIndexRange range = { -1, INT64_MAX, true, LIMIT };
    Failure failure = { 0 };
    int64_t *numbers;
    size_t count;

    demand(store_begin(store, &failure), &failure);
    demand(chat_index_list(store, TENANT_ID, kind, id, &range, arena, &numbers, &count, &failure),
           &failure);
    demand(store_commit(store, &failure), &failure);
    arena_reset(arena);
    return count;
}

/* users 0: the bot's. */
static void measure(Store *store, const char *who, const char *app_id, uint64_t users)
{
    Arena *arena = arena_new();
    int64_t began_us = clock_monotonic_us();
    size_t found = 0;

    for (int i = 0; i < LISTS; i++) {
        char id[ID_BYTES];

        if (users > 0)
            snprintf(id, sizeof id, "180000%010llu", (unsigned long long)(draw() % users + 1));
        found += list(store, users > 0 ? CHAT_INDEX_USER : CHAT_INDEX_BOT, users > 0 ? id : app_id,
                      arena);
    }
    printf("%s %.1f %.1f\n", who, (double)(clock_monotonic_us() - began_us) / LISTS,
           (double)found / LISTS);
    arena_free(arena);
}

int main(int argument_count, char **arguments)
{
    char url[1024];
    Failure failure = { 0 };
    Store *store = NULL;

    if (argument_count != 4) {
        fprintf(stderr, "usage: lists DATABASE APP_ID USERS\n");
        return 2;
    }
    snprintf(url, sizeof url, "sqlite:%s", arguments[1]);
    demand(store_open(url, STORE_READER, &store, &failure), &failure);
    store_keep_chats(store);
    measure(store, "user", arguments[2], strtoull(arguments[3], NULL, 10));
    measure(store, "bot", arguments[2], 0);
    store_close(store);
}
