/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "http/http.h"
#include "model/page_session.h"

/* Who follows what happens: the streams of people, found by the stream and by the person. Belongs
 * to one thread. */

typedef struct Followers Followers;

typedef struct Follower {
    HttpStream stream;
    int64_t position; /* the number of an event: up to it, all that concerns it was told */
    int64_t told;     /* the one that its client heard of last */
    bool is_behind;   /* it is catching up; the others are where the record of events ends */
    int64_t read;     /* events that were read for it while it was behind */
    int64_t marked;   /* by who looks for those that an event concerns: found already */
    int64_t due_ms;   /* when it is to hear something again */
    int64_t ends_ms;  /* when it has lived long enough */
    char session_id[SESSION_ID_DIGITS + 1]; /* with which its person has opened it */
    struct Follower *next_of_person;

    struct Person *person; /* the rest is followers.c's */
    struct Follower *next_in_list;
    struct Follower *sooner, *later;
} Follower;

Followers *followers_new(void);
Followers *followers_free(Followers *followers); /* takes NULL, returns NULL */

/* Borrowed until it is removed. It is the one that is due last. */
Follower *followers_add(Followers *followers, HttpStream stream, int64_t tenant_id,
                        const char *kunlun_id);
void followers_remove(Followers *followers, HttpStream stream); /* one that is not there, too */
Follower *followers_find(const Followers *followers, HttpStream stream); /* NULL: not there */
size_t followers_count(const Followers *followers);

/* Whether anybody of the tenant follows; and the first follower of a person, NULL = none. The id
 * needs no NUL behind it. */
bool followers_have_tenant(const Followers *followers, int64_t tenant_id);
Follower *followers_of(const Followers *followers, int64_t tenant_id, const char *kunlun_id,
                       size_t id_bytes);

bool follower_is(const Follower *follower, const char *kunlun_id); /* in whatever tenant */

/* The one that is due first; the one that is due after this one; NULL = none. Putting it off makes
 * it the last. */
Follower *followers_first(const Followers *followers);
Follower *followers_next(const Follower *follower);
void followers_put_off(Followers *followers, Follower *follower, int64_t due_ms);
