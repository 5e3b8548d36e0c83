# SPDX-License-Identifier: Apache-2.0
"""Whether what a group and a read cost grows with what is stored (bar 4)."""
import pathlib
import shutil
import statistics
import tempfile

import generator
from contender import measure_in, prepare, say
from data import Invalid, count_chats, fill_chats, some_chats
from memory import measure_ready
from plot import line_plot
from report import markdown

BYTES_PER_CHAT = 1_500  # on the disk, on the safe side
CHATS_READ = 20_000
READ_S, READ_WARM_UP_S = 2, 0.5
FEW, MANY = 1_000, 1_000_000
# The reads that bar 4 names, each a figure of its own; the table has all.
BARRED = {"messages.list": "growth_messages_list", "my chats": "growth_my_chats",
          "user_task.query": "growth_user_task_query"}


def demand_room(work, sizes):
    """The largest database and a copy of the next must fit."""
    wanted = sum(sizes[-2:]) * BYTES_PER_CHAT
    free = shutil.disk_usage(work).free
    if free < wanted * 1.2:
        raise Invalid(f"{sizes[-1]:,} chats take up to {wanted / 1e9:.0f} GB in {work}, but {free / 1e9:.0f} GB are free")


class Stored:
    """A database that grows from size to size, and copies of it for what would change it."""

    def __init__(self, contender, work, largest):
        self.contender, self.work, self.largest = contender, work, largest
        self.folder = contender.fresh()
        self.size = 0

    def fill(self, size):
        fill_chats(self.folder / "data" / "taskroom.db", self.contender.app[0], size, self.contender.users)
        self.size = size

    def copy(self):
        copy = pathlib.Path(tempfile.mkdtemp(prefix="copy-", dir=self.work))
        shutil.copytree(self.folder / "data", copy / "data")
        return copy

    def measure_writes(self, options):
        """Groups per second with so many chats; the largest database is not copied but added to."""
        folder = self.folder if self.size == self.largest else self.copy()
        try:
            path = folder / "data" / "taskroom.db"
            before = count_chats(path)
            run = measure_in(self.contender, folder, options, check=False)
            if count_chats(path) - before < run["answers"]:
                raise Invalid(f"{run['answers']} answers, but fewer new chats")
            return run
        finally:
            if folder != self.folder:
                shutil.rmtree(folder, ignore_errors=True)


def measure_reads(contender, folder, options):
    """Each kind of read per second, on a server of its own."""
    server = contender.start(folder)
    try:
        token, cookies = contender.authorize(server), contender.sign_in(server, folder / "data")
        chats = some_chats(folder / "data" / "taskroom.db", CHATS_READ)
        found = {}
        for name in generator.READS:
            requests = generator.write_requests(
                folder / "requests", generator.reads(token, cookies, name, chats, contender.users))
            found[name] = generator.run(server, requests, options.connections, READ_WARM_UP_S, READ_S)["per_s"]
        return found
    finally:
        server.stop()


def measure_size(stored, base, options):
    """Rounds of: nothing stored, so much stored; and the reads of the smallest size, of this size."""
    rounds = []
    for number in range(1, options.rounds + 1):
        empty = stored.contender.fresh()
        try:
            one = {"empty": measure_in(stored.contender, empty, options, check=False)["groups_per_s"]}
        finally:
            shutil.rmtree(empty, ignore_errors=True)
        one["base_reads"] = measure_reads(stored.contender, base, options)
        one["reads"] = measure_reads(stored.contender, stored.folder, options)
        run = stored.measure_writes(options)
        one.update(stored=run["groups_per_s"], foreign_cpu=run["foreign_cpu"])
        rounds.append(one)
        say(f"  {stored.size:>12,} chats  round {number}  {one['stored']:>8,.0f} groups/s, empty {one['empty']:,.0f};  "
            + "  ".join(f"{name} {value:,.0f}/s" for name, value in one["reads"].items()))
    return rounds


def summary(chats, users, rounds):
    """Medians of one size, and how they compare."""
    median = statistics.median
    found = {"chats": chats, "users": users, "groups_per_s": median(one["stored"] for one in rounds),
             "empty_groups_per_s": median(one["empty"] for one in rounds),
             "ratio": round(median(one["stored"] / one["empty"] for one in rounds), 3), "reads": {}}
    for name in generator.READS:
        found["reads"][name] = {
            "per_s": median(one["reads"][name] for one in rounds),
            "speed": round(median(one["reads"][name] / one["base_reads"][name] for one in rounds), 3)}
    return found


def measure_series(users, work, options):
    """All sizes with people drawn out of so many; and how soon a server is ready with the most chats."""
    say(f"members drawn out of {users:,}")
    folder = work / f"users-{users}"
    folder.mkdir()
    contender = prepare(["a"], folder, users)[0]
    sizes, base, found = options.chats, None, []
    stored = Stored(contender, folder, sizes[-1])
    for size in sizes:
        stored.fill(size)
        base = base or stored.copy()
        rounds = measure_size(stored, base, options)
        found.append({**summary(size, users, rounds), "rounds": rounds})
    ready_ms = measure_ready(contender, stored.folder)
    say(f"  ready in {ready_ms} ms with these chats")
    shutil.rmtree(folder)
    return found, ready_ms


def make_table(found):
    heads = ["chats stored", "users", "groups/s", "÷ empty"] + [
        text for name in generator.READS for text in (f"{name} /s", "÷ fewest")]
    return markdown(heads, [
        [f"{one['chats']:,}", f"{one['users']:,}", f"{one['groups_per_s']:,.0f}", f"{one['ratio']:.2f}",
         *(cell for name in generator.READS
           for cell in (f"{one['reads'][name]['per_s']:,.0f}", f"{one['reads'][name]['speed']:.2f}"))]
        for one in found])


def make_plot(found):
    lines = {}
    for users in sorted({one["users"] for one in found}):
        lines[f"groups, {users:,} users"] = [(0, 1.0)] + [(one["chats"], one["ratio"]) for one in found
                                                         if one["users"] == users]
    most = max(one["users"] for one in found)
    for name in generator.READS:
        lines[name] = [(one["chats"], one["reads"][name]["speed"]) for one in found if one["users"] == most]
    return line_plot("Speed as a share of that of an empty database", "chats stored", lines, limit=0.5)


def run(options, work, skipped):
    if "a" in skipped:
        raise Invalid(skipped["a"])
    demand_room(work, options.chats)
    found, figures = [], {}
    for users in (FEW, MANY):
        series, ready_ms = measure_series(users, work, options)
        found += series
        figures["growth_few_users" if users == FEW else "growth_many_users"] = series[-1]["ratio"]
        figures["ready_ms"] = max(ready_ms, figures.get("ready_ms", 0))
    for name, figure in BARRED.items():  # the dearer of both
        figures[figure] = round(max(1 / one["reads"][name]["speed"] for one in found
                                    if one["chats"] == options.chats[-1]), 2)
    table = make_table(found)
    say()
    say(table)
    return {"figures": figures, "tables": {"growth": f"{table}\n\n![Speed by what is stored](growth.svg)"}, "invalid": False, "sizes": found,
            "plots": {"growth": make_plot(found)}}
