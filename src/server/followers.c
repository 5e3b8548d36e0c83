/* SPDX-License-Identifier: Apache-2.0 */
#include "server/followers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"

enum { LISTS = 4096 }; /* a power of two: a few in each with as many streams as may be */

/* Somebody, or with an empty id a tenant, whose people are counted. */
typedef struct Person {
    struct Person *next_in_list;
    size_t list;
    int64_t tenant_id;
    size_t follower_count;
    Follower *first; /* a tenant has none */
    size_t id_bytes;
    char id[];
} Person;

typedef struct PersonList {
    Person *first;
} PersonList;

typedef struct FollowerList {
    Follower *first;
} FollowerList;

struct Followers {
    size_t count;
    Follower *soonest, *latest;
    uint8_t key[CRYPTO_SHORT_KEY_BYTES]; /* so that nobody picks ids that share a list */
    FollowerList by_stream[LISTS];
    PersonList by_person[LISTS];
};

Followers *followers_new(void)
{
    Followers *followers = calloc(1, sizeof(*followers));

    if (!followers)
        abort();
    random_bytes(followers->key, sizeof(followers->key));
    return followers;
}

Followers *followers_free(Followers *followers)
{
    if (!followers)
        return NULL;
    while (followers->soonest)
        followers_remove(followers, followers->soonest->stream);
    free(followers);
    return NULL;
}

size_t followers_count(const Followers *followers)
{
    return followers->count;
}

/* ---- people ---- */

static size_t list_of(const Followers *followers, int64_t tenant_id, const char *id,
                      size_t id_bytes)
{
    return (crypto_short_hash(followers->key, id, id_bytes) ^ (uint64_t)tenant_id) % LISTS;
}

static Person *person_find(const Followers *followers, int64_t tenant_id, const char *id,
                           size_t id_bytes)
{
    size_t list = list_of(followers, tenant_id, id, id_bytes);
    Person *person = followers->by_person[list].first;

    while (person && (person->tenant_id != tenant_id || person->id_bytes != id_bytes ||
                      memcmp(person->id, id, id_bytes) != 0))
        person = person->next_in_list;
    return person;
}

/* One more follows. */
static Person *person_count(Followers *followers, int64_t tenant_id, const char *id,
                            size_t id_bytes)
{
    Person *person = person_find(followers, tenant_id, id, id_bytes);

    if (!person) {
        person = calloc(1, sizeof(*person) + id_bytes);
        if (!person)
            abort();
        person->tenant_id = tenant_id;
        person->id_bytes = id_bytes;
        memcpy(person->id, id, id_bytes);
        person->list = list_of(followers, tenant_id, id, id_bytes);
        person->next_in_list = followers->by_person[person->list].first;
        followers->by_person[person->list].first = person;
    }
    person->follower_count++;
    return person;
}

/* One fewer; who has none left is forgotten. */
static void person_uncount(Followers *followers, Person *person)
{
    Person **place;

    assert(person);
    if (--person->follower_count > 0)
        return;
    for (place = &followers->by_person[person->list].first; *place != person;
         place = &(*place)->next_in_list)
        assert(*place && "who is counted is in its list");
    *place = person->next_in_list;
    free(person);
}

bool followers_have_tenant(const Followers *followers, int64_t tenant_id)
{
    return person_find(followers, tenant_id, "", 0) != NULL;
}

Follower *followers_of(const Followers *followers, int64_t tenant_id, const char *kunlun_id,
                       size_t id_bytes)
{
    const Person *person = person_find(followers, tenant_id, kunlun_id, id_bytes);

    return person ? person->first : NULL;
}

bool follower_is(const Follower *follower, const char *kunlun_id)
{
    const Person *person = follower->person;

    return strlen(kunlun_id) == person->id_bytes &&
           memcmp(person->id, kunlun_id, person->id_bytes) == 0;
}

/* ---- in the order of being due ---- */

static void queue_up(Followers *followers, Follower *follower)
{
    follower->sooner = followers->latest;
    follower->later = NULL;
    if (followers->latest)
        followers->latest->later = follower;
    else
        followers->soonest = follower;
    followers->latest = follower;
}

static void step_out(Followers *followers, Follower *follower)
{
    if (follower->sooner)
        follower->sooner->later = follower->later;
    else
        followers->soonest = follower->later;
    if (follower->later)
        follower->later->sooner = follower->sooner;
    else
        followers->latest = follower->sooner;
}

Follower *followers_first(const Followers *followers)
{
    return followers->soonest;
}

Follower *followers_next(const Follower *follower)
{
    return follower->later;
}

void followers_put_off(Followers *followers, Follower *follower, int64_t due_ms)
{
    follower->due_ms = due_ms;
    step_out(followers, follower);
    queue_up(followers, follower);
}

/* ---- coming and going ---- */

static Follower **place_of(Followers *followers, HttpStream stream)
{
    Follower **place = &followers->by_stream[stream % LISTS].first;

    while (*place && (*place)->stream != stream)
        place = &(*place)->next_in_list;
    return place;
}

Follower *followers_find(const Followers *followers, HttpStream stream)
{
    Follower *follower = followers->by_stream[stream % LISTS].first;

    while (follower && follower->stream != stream)
        follower = follower->next_in_list;
    return follower;
}

Follower *followers_add(Followers *followers, HttpStream stream, int64_t tenant_id,
                        const char *kunlun_id)
{
    Follower *follower = calloc(1, sizeof(*follower));

    if (!follower)
        abort();
    assert(*kunlun_id != '\0');
    follower->stream = stream;
    follower->person = person_count(followers, tenant_id, kunlun_id, strlen(kunlun_id));
    follower->next_of_person = follower->person->first;
    follower->person->first = follower;
    person_count(followers, tenant_id, "", 0);
    *place_of(followers, stream) = follower;
    queue_up(followers, follower);
    followers->count++;
    return follower;
}

void followers_remove(Followers *followers, HttpStream stream)
{
    Follower **place = place_of(followers, stream);
    Follower *follower = *place;
    Follower **sibling;

    if (!follower)
        return;
    *place = follower->next_in_list;
    sibling = &follower->person->first;
    while (*sibling != follower)
        sibling = &(*sibling)->next_of_person;
    *sibling = follower->next_of_person;
    person_uncount(followers, person_find(followers, follower->person->tenant_id, "", 0));
    person_uncount(followers, follower->person);
    step_out(followers, follower);
    followers->count--;
    free(follower);
}
