/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"

#include "check.h"
#include "server/followers.h"

enum { STREAMS = 20000, PEOPLE = 300, TENANTS = 3 };

static int count_of(const Followers *followers, int64_t tenant_id, const char *kunlun_id)
{
    int count = 0;

    for (const Follower *one = followers_of(followers, tenant_id, kunlun_id, strlen(kunlun_id));
         one; one = one->next_of_person)
        count++;
    return count;
}

TEST(followers_are_found_by_stream_and_by_person)
{
    Followers *followers = followers_new();
    Follower *one = followers_add(followers, 5, 1, "7");

    followers_add(followers, 6, 1, "7");
    followers_add(followers, 7, 2, "7");
    CHECK_INT(followers_count(followers), 3);
    CHECK(followers_find(followers, 5) == one);
    CHECK(!followers_find(followers, 8));
    CHECK_INT(count_of(followers, 1, "7"), 2);
    CHECK_INT(count_of(followers, 2, "7"), 1);
    CHECK_INT(count_of(followers, 1, "77"), 0);
    CHECK_INT(count_of(followers, 1, ""), 0);
    CHECK(followers_of(followers, 1, "7 8", 1));
    CHECK(followers_have_tenant(followers, 1));
    CHECK(!followers_have_tenant(followers, 3));
    followers_remove(followers, 5);
    followers_remove(followers, 5);
    followers_remove(followers, 7);
    CHECK_INT(followers_count(followers), 1);
    CHECK_INT(count_of(followers, 1, "7"), 1);
    CHECK(!followers_have_tenant(followers, 2));
    CHECK(!followers_free(followers));
    CHECK(!followers_free(NULL));
}

TEST(who_is_put_off_is_the_last)
{
    Followers *followers = followers_new();
    Follower *a = followers_add(followers, 1, 1, "a"), *b = followers_add(followers, 2, 1, "b"),
             *c = followers_add(followers, 3, 1, "c");

    CHECK(followers_first(followers) == a);
    followers_put_off(followers, a, 9);
    CHECK_INT(a->due_ms, 9);
    CHECK(followers_first(followers) == b);
    CHECK(followers_next(b) == c);
    CHECK(followers_next(c) == a);
    CHECK(!followers_next(a));
    followers_put_off(followers, c, 10);
    CHECK(followers_next(b) == a);
    CHECK(followers_next(a) == c);
    followers_remove(followers, 2);
    CHECK(followers_first(followers) == a);
    followers_put_off(followers, a, 11);
    CHECK(followers_first(followers) == c);
    followers_remove(followers, 1);
    CHECK(followers_first(followers) == c && !followers_next(c));
    followers_remove(followers, 3);
    CHECK(!followers_first(followers));
    followers_free(followers);
}

/* As many as there may be, in any order. */
TEST(many_come_and_go)
{
    Followers *followers = followers_new();
    static int64_t people[STREAMS + 1]; /* tenant and person of each stream; 0 = not there */
    static int counts[TENANTS + 1][PEOPLE];
    size_t count = 0;
    char id[16];

    for (int i = 0; i < 4 * STREAMS; i++) {
        uint32_t random[2];
        HttpStream stream;
        int tenant, person;

        random_bytes(random, sizeof(random));
        stream = 1 + random[0] % STREAMS;
        tenant = people[stream] ? (int)(people[stream] / PEOPLE) : 1 + (int)(random[1] % TENANTS);
        person =
            people[stream] ? (int)(people[stream] % PEOPLE) : (int)(random[1] / TENANTS % PEOPLE);
        snprintf(id, sizeof(id), "%d", person);
        if (people[stream])
            followers_remove(followers, stream);
        else
            followers_add(followers, stream, tenant, id);
        count += people[stream] ? (size_t)-1 : 1;
        counts[tenant][person] += people[stream] ? -1 : 1;
        people[stream] = people[stream] ? 0 : tenant * PEOPLE + person;
        CHECK_INT(followers_count(followers), count);
        CHECK_INT(count_of(followers, tenant, id), counts[tenant][person]);
        CHECK(!followers_find(followers, stream) == !people[stream]);
    }
    followers_free(followers);
}

CHECK_MAIN
