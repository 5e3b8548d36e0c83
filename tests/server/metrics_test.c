/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"

#include "check.h"
#include "server/metrics.h"

static void free_arena(Arena **arena)
{
    arena_free(*arena);
}

#define ARENA(name) _cleanup_(free_arena) Arena *name = arena_new()

static const char *print(const Metrics *metrics, Arena *arena)
{
    Gauges gauges = { .write_queue = 3,
                      .read_queue = 4,
                      .http = { .connections_accepted = 5,
                                .connections_refused = 6,
                                .connections_open = 7,
                                .timeouts = 8,
                                .requests_broken = 9,
                                .streams_open = 10,
                                .streams_cut = 11,
                                .streams_unsent_bytes = 12 },
                      .is_ready = true };
    Buffer text;

    buffer_init(&text, arena, 1024);
    metrics_print(metrics, &gauges, &text);
    return text.text;
}

TEST(requests_are_counted_by_route_status_and_code)
{
    ARENA(arena);
    Metrics *metrics = metrics_new();
    const char *text;

    metrics_count_request(metrics, &routes[0], 200, 0, 300);
    metrics_count_request(metrics, &routes[0], 200, 0, 250);
    metrics_count_request(metrics, &routes[0], 200, 10003, 6000000);
    metrics_count_request(metrics, NULL, 404, 0, 1);
    text = print(metrics, arena);
    CHECK(strstr(text, "taskroom_requests_total{route=\"auth.tenantAccessToken.internal\","
                       "status=\"200\",code=\"0\"} 2\n"));
    CHECK(strstr(text, "taskroom_requests_total{route=\"auth.tenantAccessToken.internal\","
                       "status=\"200\",code=\"10003\"} 1\n"));
    CHECK(strstr(text, "taskroom_requests_total{route=\"none\",status=\"404\",code=\"0\"} 1\n"));
    CHECK(strstr(text, "route=\"auth.tenantAccessToken.internal\",le=\"0.00025\"} 1\n"));
    CHECK(strstr(text, "route=\"auth.tenantAccessToken.internal\",le=\"0.0005\"} 2\n"));
    CHECK(strstr(text, "route=\"auth.tenantAccessToken.internal\",le=\"5\"} 2\n"));
    CHECK(strstr(text, "route=\"auth.tenantAccessToken.internal\",le=\"+Inf\"} 3\n"));
    CHECK(strstr(text, "taskroom_request_duration_seconds_sum"
                       "{route=\"auth.tenantAccessToken.internal\"} 6.000550\n"));
    CHECK(strstr(text, "taskroom_request_duration_seconds_count"
                       "{route=\"auth.tenantAccessToken.internal\"} 3\n"));
    CHECK(!strstr(text, "im.chat.get"));
    metrics_free(metrics);
}

/* However many codes there are, a route has a bounded number of series: the rest is "0", "0". */
TEST(codes_without_a_place_are_counted_together)
{
    ARENA(arena);
    Metrics *metrics = metrics_new();
    const char *text;

    for (int code = 1; code <= 100; code++)
        metrics_count_request(metrics, &routes[0], 400, code, 1);
    text = print(metrics, arena);
    CHECK(strstr(text, "status=\"400\",code=\"31\"} 1\n"));
    CHECK(!strstr(text, "code=\"32\"}"));
    CHECK(!strstr(text, "code=\"100\"}"));
    CHECK(strstr(text, "status=\"0\",code=\"0\"} 69\n"));
    metrics_free(metrics);
}

TEST(commits_and_gauges_are_told)
{
    ARENA(arena);
    Metrics *metrics = metrics_new();
    const char *text;

    metrics_count_commit(metrics, 1, 100, true);
    metrics_count_commit(metrics, 33, 2000, false);
    metrics_set_database_bytes(metrics, 8192);
    text = print(metrics, arena);
    CHECK(strstr(text, "taskroom_batch_size_bucket{le=\"1\"} 1\n"));
    CHECK(strstr(text, "taskroom_batch_size_bucket{le=\"48\"} 2\n"));
    CHECK(strstr(text, "taskroom_batch_size_sum 34\n"));
    CHECK(strstr(text, "taskroom_commit_duration_seconds_count 2\n"));
    CHECK(strstr(text, "taskroom_failed_commits_total 1\n"));
    CHECK(strstr(text, "taskroom_database_bytes 8192\n"));
    CHECK(strstr(text, "taskroom_queue_length{queue=\"write\"} 3\n"));
    CHECK(strstr(text, "taskroom_queue_length{queue=\"read\"} 4\n"));
    CHECK(strstr(text, "taskroom_connections_accepted_total 5\n"));
    CHECK(strstr(text, "taskroom_connections_refused_total 6\n"));
    CHECK(strstr(text, "taskroom_connections_open 7\n"));
    CHECK(strstr(text, "taskroom_timeouts_total 8\n"));
    CHECK(strstr(text, "taskroom_requests_broken_total 9\n"));
    CHECK(strstr(text, "taskroom_streams_open 10\n"));
    CHECK(strstr(text, "taskroom_streams_cut_total 11\n"));
    CHECK(strstr(text, "taskroom_streams_unsent_bytes 12\n"));
    CHECK(strstr(text, "taskroom_ready 1\n"));
    metrics_free(metrics);
    CHECK(!metrics_free(NULL));
}

/* A rate over a sum needs every digit of it, however long the server has been running. */
TEST(sums_keep_growing)
{
    ARENA(arena);
    Metrics *metrics = metrics_new();
    const char *text;

    metrics_count_request(metrics, &routes[0], 200, 0, 12345678901234567);
    metrics_count_request(metrics, &routes[0], 200, 0, 1);
    metrics_count_commit(metrics, 123456789, 1000000, true);
    metrics_count_commit(metrics, 1, 1, true);
    text = print(metrics, arena);
    CHECK(strstr(text, "taskroom_request_duration_seconds_sum"
                       "{route=\"auth.tenantAccessToken.internal\"} 12345678901.234568\n"));
    CHECK(strstr(text, "taskroom_batch_size_sum 123456790\n"));
    CHECK(strstr(text, "taskroom_commit_duration_seconds_sum 1.000001\n"));
    metrics_free(metrics);
}

static int count_lines(const char *text, const char *beginning)
{
    int count = 0;

    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        count += strncmp(line, beginning, strlen(beginning)) == 0;
    return count;
}

/* Whatever codes there are, the series have an end, and nothing is lost from the sum. */
TEST(the_number_of_series_is_bounded)
{
    ARENA(arena);
    Metrics *metrics = metrics_new();
    const char *text;
    int64_t sum = 0;

    for (int code = 0; code < 500; code++)
        metrics_count_request(metrics, &routes[0], 400, code, 1);
    text = print(metrics, arena);
    CHECK(count_lines(text, "taskroom_requests_total{") <= 32);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        if (strncmp(line, "taskroom_requests_total{", 24) == 0)
            sum += strtoll(strstr(line, "} ") + 2, NULL, 10);
    CHECK_INT(sum, 500);
    metrics_free(metrics);
}

/* Every sample has its family's head before it. */
TEST(every_family_has_its_head)
{
    ARENA(arena);
    Metrics *metrics = metrics_new();
    const char *text = print(metrics, arena);

    CHECK_INT(count_lines(text, "# HELP "), count_lines(text, "# TYPE "));
    CHECK(count_lines(text, "# TYPE ") > 8);
    metrics_free(metrics);
}

CHECK_MAIN
