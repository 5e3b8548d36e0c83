/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_posting.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/words.h"

#include "db/db.h"
#include "model/chat.h"
#include "model/limits.h"

/* Fixed, since the hashes are kept. Who makes ids collide on purpose gets candidates that are not
 * his, and each is checked. */
static const uint8_t hash_key[CRYPTO_SHORT_KEY_BYTES] = "index of chats 1";

static void write_number(uint64_t number, uint8_t ret_bytes[8])
{
    for (size_t i = 0; i < 8; i++)
        ret_bytes[i] = (uint8_t)(number >> (8 * i));
}

/* In this form compilers see that it is a single load. */
static uint64_t read_number(const uint8_t *bytes)
{
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
           (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
           (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

int64_t posting_hash(ChatIndexKind kind, int64_t tenant_id, const char *id, size_t size_bytes)
{
    uint8_t whole[1 + 8 + EXTERNAL_ID_BYTES_MOST];
    size_t used = size_bytes < EXTERNAL_ID_BYTES_MOST ? size_bytes : EXTERNAL_ID_BYTES_MOST;

    whole[0] = (uint8_t)kind;
    write_number((uint64_t)tenant_id, whole + 1);
    memcpy(whole + 9, id, used);
    return (int64_t)crypto_short_hash(hash_key, whole, 9 + used);
}

int posting_compare(const Posting *a, const Posting *b)
{
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->chat_number > b->chat_number) - (a->chat_number < b->chat_number);
}

static int compare_any(const void *a, const void *b)
{
    return posting_compare(a, b);
}

size_t postings_sort(Posting *postings, size_t count)
{
    size_t kept = 0;

    qsort(postings, count, sizeof(*postings), compare_any);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || posting_compare(&postings[kept - 1], &postings[i]) != 0)
            postings[kept++] = postings[i];
    return kept;
}

void posting_encode(Posting posting, uint8_t *ret_bytes)
{
    write_number((uint64_t)posting.hash, ret_bytes);
    write_number((uint64_t)posting.chat_number, ret_bytes + 8);
}

Posting posting_decode(const uint8_t *bytes, size_t i)
{
    return (Posting){ (int64_t)read_number(bytes + i * POSTING_BYTES),
                      (int64_t)read_number(bytes + i * POSTING_BYTES + 8) };
}

/* ---- the feed ---- */

/* The events without a join are read too: who comes again must not read them a second time. */
int feed_open(Store *store, int64_t after, int64_t limit, Query **ret_query, Failure *failure)
{
    int r = db_query(store->db,
                     "SELECT e.event_number, j.tenant_id, j.chat_number, j.task_id, j.user_ids, "
                     "j.bot_ids FROM event e LEFT JOIN chat_join j "
                     "ON j.chat_number = e.subject_number AND j.event_number = e.event_number "
                     "WHERE e.event_number > $1 ORDER BY e.event_number LIMIT $2",
                     ret_query, failure);

    if (r < 0)
        return r;
    query_bind_integer(*ret_query, 1, after);
    query_bind_integer(*ret_query, 2, limit);
    return 0;
}

int feed_step(Query *query, FeedEvent *ret_event, Failure *failure)
{
    int r = query_step(query, failure);

    if (r <= 0)
        return r;
    *ret_event = (FeedEvent){ .event_number = query_integer(query, 0),
                              .tenant_id = query_integer(query, 1),
                              .chat_number = query_integer(query, 2),
                              .task_id = query_text(query, 3),
                              .user_ids = query_text(query, 4),
                              .bot_ids = query_text(query, 5) };
    ret_event->is_join = ret_event->user_ids != NULL;
    return 1;
}

static bool is_gone(const char *word, size_t size_bytes)
{
    return size_bytes == sizeof(MEMBER_GONE) - 1 && memcmp(word, MEMBER_GONE, size_bytes) == 0;
}

static size_t list_postings(const FeedEvent *event, ChatIndexKind kind, const char *words,
                            Posting *ret_postings, size_t most)
{
    size_t size_bytes, count = 0;
    const char *word;

    while ((word = words_next(&words, &size_bytes))) {
        if (is_gone(word, size_bytes))
            continue;
        if (count < most)
            ret_postings[count] = (Posting){ posting_hash(kind, event->tenant_id, word, size_bytes),
                                             event->chat_number };
        count++;
    }
    return count;
}

size_t feed_postings(const FeedEvent *event, Posting *ret_postings, size_t most)
{
    const struct {
        ChatIndexKind kind;
        const char *words;
    } lists[] = { { CHAT_INDEX_USER, event->user_ids },
                  { CHAT_INDEX_BOT, event->bot_ids },
                  { CHAT_INDEX_TASK, event->task_id } };
    size_t count = 0;

    for (size_t i = 0; event->is_join && i < COUNT_OF(lists); i++) {
        size_t room = count < most ? most - count : 0;

        count +=
            list_postings(event, lists[i].kind, lists[i].words, ret_postings + most - room, room);
    }
    return count;
}
