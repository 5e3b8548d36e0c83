/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "base/error.h"
#include "base/queue.h"

#include "check.h"

static int items[10];

TEST(items_come_out_in_their_order)
{
    Queue *queue = queue_new(3);
    void *taken[5];

    for (int round = 0; round < 5; round++) {
        CHECK_INT(queue_put(queue, &items[0]), 0);
        CHECK_INT(queue_put(queue, &items[1]), 0);
        CHECK_INT(queue_length(queue), 2);
        CHECK_INT(queue_take(queue, taken, 5, -1), 2);
        CHECK(taken[0] == &items[0] && taken[1] == &items[1]);
        CHECK_INT(queue_length(queue), 0);
    }
    queue_free(queue);
}

TEST(what_does_not_fit_is_refused)
{
    Queue *queue = queue_new(2);
    void *taken[1];

    CHECK_INT(queue_put(queue, &items[0]), 0);
    CHECK_INT(queue_put(queue, &items[1]), 0);
    CHECK_INT(queue_put(queue, &items[2]), E_UNAVAILABLE);
    CHECK_INT(queue_take(queue, taken, 1, 0), 1);
    CHECK(taken[0] == &items[0]);
    CHECK_INT(queue_put(queue, &items[3]), 0);
    CHECK_INT(queue_length(queue), 2);
    queue_free(queue);
}

TEST(a_timeout_ends_without_an_item)
{
    Queue *queue = queue_new(1);
    void *taken[1];

    CHECK_INT(queue_take(queue, taken, 1, 0), 0);
    CHECK_INT(queue_take(queue, taken, 1, 1), 0);
    CHECK_INT(queue_take(queue, taken, 1, 999 + 3), 0);
    queue_free(queue);
}

TEST(a_closed_queue_gives_what_is_left)
{
    Queue *queue = queue_new(2);
    void *taken[2];

    queue_put(queue, &items[0]);
    queue_close(queue);
    CHECK_INT(queue_put(queue, &items[1]), E_UNAVAILABLE);
    CHECK_INT(queue_take(queue, taken, 2, -1), 1);
    CHECK_INT(queue_take(queue, taken, 2, -1), 0);
    queue_close(queue);
    CHECK_INT(queue_take(queue, taken, 2, 1000), 0);
    CHECK(queue_free(queue) == NULL);
    CHECK(queue_free(NULL) == NULL);
}

/* Closed is not over: what was put in time is still to be taken. */
TEST(a_queue_is_over_when_it_is_closed_and_empty)
{
    Queue *queue = queue_new(2);
    void *taken[1];

    CHECK(!queue_is_over(queue));
    queue_put(queue, &items[0]);
    queue_close(queue);
    CHECK(!queue_is_over(queue));
    CHECK_INT(queue_take(queue, taken, 1, 0), 1);
    CHECK(queue_is_over(queue));
    queue_free(queue);
}

TEST(who_is_nudged_gets_nothing_once)
{
    Queue *queue = queue_new(1);
    void *taken[1];

    queue_nudge(queue);
    queue_nudge(queue);
    queue_put(queue, &items[0]);
    CHECK_INT(queue_take(queue, taken, 1, -1), 1);
    CHECK_INT(queue_take(queue, taken, 1, -1), 0); /* would sleep forever */
    queue_put(queue, &items[1]);
    CHECK_INT(queue_take(queue, taken, 1, -1), 1);
    queue_free(queue);
}

static void *take_nothing(void *queue)
{
    void *taken;

    return queue_take(queue, &taken, 1, -1) == 0 ? queue : NULL;
}

TEST(a_nudge_wakes_who_sleeps)
{
    for (int i = 0; i < 20; i++) {
        Queue *queue = queue_new(1);
        pthread_t thread;
        void *result = NULL;

        CHECK_INT(pthread_create(&thread, NULL, take_nothing, queue), 0);
        usleep(i % 4 * 500);
        queue_nudge(queue);
        pthread_join(thread, &result);
        CHECK(result == queue);
        queue_free(queue);
    }
}

static void *take_one(void *queue)
{
    void *taken;

    return queue_take(queue, &taken, 1, -1) == 1 ? taken : NULL;
}

enum { EVER_US = 1000000000 };

static void *put_soon(void *pointer)
{
    usleep(2000);
    queue_put(pointer, &items[0]);
    return NULL;
}

/* Where it did not, the test would not end. */
TEST(who_looks_out_goes_on_when_there_is_cause)
{
    Queue *queue = queue_new(2);
    pthread_t other;
    void *taken[2];

    queue_look_out(queue, 0);
    queue_look_out(queue, 1000); /* in vain, but not for ever */
    CHECK_INT(pthread_create(&other, NULL, put_soon, queue), 0);
    queue_look_out(queue, EVER_US);
    pthread_join(other, NULL);
    CHECK_INT(queue_length(queue), 1); /* nothing was taken */
    queue_look_out(queue, EVER_US);
    CHECK_INT(queue_take(queue, taken, 2, 0), 1);
    queue_nudge(queue);
    queue_look_out(queue, EVER_US);
    CHECK_INT(queue_take(queue, taken, 2, -1), 0);
    queue_close(queue);
    queue_look_out(queue, EVER_US);
    queue_free(queue);
}

/* One is woken for all that was put; the others get to know of what is left by him. */
TEST(who_leaves_something_wakes_the_next)
{
    enum { TAKERS = 4 };
    pthread_t takers[TAKERS];
    Queue *queue = queue_new(TAKERS);

    for (int i = 0; i < TAKERS; i++)
        CHECK_INT(pthread_create(&takers[i], NULL, take_one, queue), 0);
    usleep(100 * 1000); /* most likely they sleep by then */
    for (int i = 0; i < TAKERS; i++)
        CHECK_INT(queue_put(queue, &items[i]), 0);
    queue_wake(queue);
    for (int i = 0; i < TAKERS; i++) {
        void *taken;

        pthread_join(takers[i], &taken);
        CHECK(taken);
    }
    queue_free(queue);
}

enum { PRODUCERS = 3, CONSUMERS = 3, ITEMS_EACH = 5000 };

static char seen[PRODUCERS * ITEMS_EACH];

typedef struct Side {
    Queue *queue;
    pthread_t thread;
    int first;  /* of a producer's items */
    int taken;  /* by a consumer */
    int broken; /* a producer's order that a consumer saw broken */
} Side;

static void *produce(void *data)
{
    Side *side = data;

    for (int i = side->first; i < side->first + ITEMS_EACH; i++) {
        while (queue_put(side->queue, &seen[i]) < 0)
            sched_yield();
        if (i % 3 == 0 || i + 1 == side->first + ITEMS_EACH)
            queue_wake(side->queue); /* some time later, for several */
    }
    return NULL;
}

static void *consume(void *data)
{
    Side *side = data;
    char *last[PRODUCERS] = { NULL };
    void *taken[7];
    size_t count;

    while ((count = queue_take(side->queue, taken, 7, -1)) > 0) {
        for (size_t i = 0; i < count; i++) {
            char *mark = taken[i];
            ptrdiff_t producer = (mark - seen) / ITEMS_EACH;

            side->broken += last[producer] && last[producer] >= mark;
            last[producer] = mark;
            (*mark)++;
            side->taken++;
        }
    }
    return NULL;
}

TEST(threads_lose_nothing_and_get_nothing_twice)
{
    Queue *queue = queue_new(16);
    Side producers[PRODUCERS] = { 0 }, consumers[CONSUMERS] = { 0 };
    int taken = 0;

    for (int i = 0; i < CONSUMERS; i++) {
        consumers[i].queue = queue;
        pthread_create(&consumers[i].thread, NULL, consume, &consumers[i]);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i].queue = queue;
        producers[i].first = i * ITEMS_EACH;
        pthread_create(&producers[i].thread, NULL, produce, &producers[i]);
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i].thread, NULL);
    queue_close(queue);
    for (int i = 0; i < CONSUMERS; i++) {
        pthread_join(consumers[i].thread, NULL);
        taken += consumers[i].taken;
        CHECK_INT(consumers[i].broken, 0);
    }
    CHECK_INT(taken, PRODUCERS * ITEMS_EACH);
    for (size_t i = 0; i < sizeof(seen); i++)
        CHECK_INT(seen[i], 1);
    queue_free(queue);
}

CHECK_MAIN
