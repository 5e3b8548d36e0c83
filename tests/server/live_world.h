/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "fixture.h"
#include "server/live.h"

/* A fixture's house whose events are followed, with a sink in place of sockets.
 *
 *     WORLD(world);
 *     world_start(&world);
 *     stream = follow(&world, "1");
 */

enum { STREAMS = 256, WAIT_MS = 20000 };

typedef struct World {
    Fixture house;
    Live *live;
    LiveLimits limits;
    HttpStream next_stream;
} World;

/* In place; nothing is followed yet. Its transaction was committed. */
void world_open(World *world);
void world_close(World *world);
void world_start(World *world); /* again after live_stop(); with a connection that can fail */

#define WORLD(name)                                       \
    _cleanup_(world_close) World name = { .live = NULL }; \
    world_open(&name)

/* ---- what streams are told ---- */

/* The one that each of the people has from the beginning. */
PageSession session_of(const Work *work, const char *kunlun_id);

/* A stream that was greeted. */
HttpStream follow(World *world, const char *kunlun_id);
HttpStream follow_from(World *world, const Work *work, const char *kunlun_id,
                       const char *last_event_id);

const char *told(const Fixture *house, HttpStream stream); /* a copy of all */
bool has_told(HttpStream stream, const char *what);
bool wait_for(HttpStream stream, const char *what);
bool wait_for_either(HttpStream stream, const char *one, const char *other);
bool has_ended(HttpStream stream);
bool wait_for_end(HttpStream stream);
int push_count(void);
int count_of(const char *text, const char *what);

const char *id_of(const World *world, int64_t number);
const char *id_line(const World *world, int64_t number); /* "id: …\n" */

/* ---- what happens: each gives the number of its event, or of the chat ---- */

void must(int r, const Failure *failure); /* or the test ends */
void begin(World *world);
void commit(World *world);
int64_t put_event(World *world, const Work *work, int64_t chat_number, const char *event_type,
                  const char *body);
int64_t open_chat(World *world, const Work *work); /* without an event */
int64_t join(World *world, const Work *work, int64_t chat_number, const char *kunlun_id);
int64_t leave(World *world, const Work *work, int64_t chat_number, const char *kunlun_id);
int64_t rename_chat(World *world, const Work *work, int64_t chat_number, const char *name);
int64_t say(World *world, const Work *work, int64_t chat_number, const char *text);
