# SPDX-License-Identifier: Apache-2.0
"""The bars that issue 4 sets, each one row, and how they are told. No bar decides an exit status."""
import operator

AT_LEAST, AT_MOST = "≥", "≤"
HOLDS = {AT_LEAST: operator.ge, AT_MOST: operator.le}

# (number in the issue, the figure's name, what it says, at least or at most, limit, how it is printed)
BARS = [
    (1, "ratio_c", "groups/s ÷ Fastify with one fsync each", AT_LEAST, 12, "{:.2f}"),
    (1, "ratio_d", "groups/s ÷ Fastify with group commit", AT_LEAST, 5, "{:.2f}"),
    (1, "ratio_e", "rooms/s ÷ ejabberd on Mnesia", AT_LEAST, 8, "{:.2f}"),
    (1, "ratio_b", "groups/s ÷ the floor", AT_LEAST, 0.6, "{:.2f}"),
    (2, "sync_ratio", "p50 of one at a time ÷ bare fdatasync", AT_MOST, 1.5, "{:.2f}"),
    (3, "open_p99_ms", "p99 at half of the peak, open loop, ms", AT_MOST, 5, "{:.2f}"),
    (3, "open_p999_ms", "p99.9 at half of the peak, open loop, ms", AT_MOST, 20, "{:.2f}"),
    (4, "growth_few_users", "groups/s, most chats stored ÷ none, 1,000 users", AT_LEAST, 0.8, "{:.2f}"),
    (4, "growth_many_users", "groups/s, most chats stored ÷ none, 1,000,000 users", AT_LEAST, 0.5, "{:.2f}"),
    (4, "growth_messages_list", "a page of messages' cost, most chats ÷ fewest", AT_MOST, 2, "{:.2f}"),
    (4, "growth_my_chats", "my chats' cost, most chats ÷ fewest", AT_MOST, 2, "{:.2f}"),
    (4, "growth_user_task_query", "user_task.query's cost, most chats ÷ fewest", AT_MOST, 2, "{:.2f}"),
    (5, "idle_mb", "MB idle", AT_MOST, 12, "{:.1f}"),
    (5, "full_mb", "MB after 100,000 chats", AT_MOST, 20, "{:.1f}"),
    (5, "connection_kb", "KB per idle connection", AT_MOST, 10, "{:.1f}"),
    (5, "stream_kb", "KB per idle stream, of 5,000", AT_MOST, 10, "{:.1f}"),
    (5, "binary_mb", "MB of stripped binary", AT_MOST, 1, "{:.2f}"),
    (5, "ready_ms", "ms from start to ready, with the most chats", AT_MOST, 20, "{:.1f}"),
    (6, "chats_get_per_s", "chats.get per second", AT_LEAST, 60_000, "{:,.0f}"),
    (6, "messages_list_per_s", "messages.list per second", AT_LEAST, 60_000, "{:,.0f}"),
    (6, "read_p99_ratio", "reads' p99 under full write load ÷ alone", AT_MOST, 3, "{:.2f}"),
]


def judge(figures):
    """One dict for each bar whose figure is there (None: wanted, but not found)."""
    for number, name, text, sense, limit, form in BARS:
        if name not in figures:
            continue
        value = figures[name]
        yield {"bar": number, "name": name, "text": text, "asked": f"{sense} {limit:,}",
               "found": None if value is None else form.format(value),
               "met": None if value is None else HOLDS[sense](value, limit)}


def say_bars(judged):
    judged = list(judged)
    if not judged:
        return
    print()
    for row in judged:
        word = {True: "met", False: "missed", None: "not measured"}[row["met"]]
        print(f"bar {row['bar']}  {row['text']:<52} {row['asked']:>9}  {row['found'] or '–':>9}  {word}",
              flush=True)
