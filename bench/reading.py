# SPDX-License-Identifier: Apache-2.0
"""Reads per second, and what writing does to them (bar 6)."""
import shutil
import statistics

import generator
from contender import WARM_UP_S, prepare, say, stop
from data import Invalid, fill_chats, some_chats
from report import markdown
from server import cpu_marks, foreign_share

CHATS = 100_000
CHATS_READ = 20_000
BESIDE_PER_S = 2_000  # reads on a schedule, alone and beside the writing
BESIDE_CONNECTIONS = 8


def p99_of(server, reads, options):
    """p99 of reads that come at a steady rate, in milliseconds."""
    found = generator.run(server, reads, BESIDE_CONNECTIONS, WARM_UP_S, options.seconds, BESIDE_PER_S)
    return found["p99_us"] / 1000


def p99_beside_writes(server, reads, writing_server, writes, options):
    """The same while writing_server opens groups as fast as it answers them; (p99 ms, groups/s)."""
    writing = generator.start(writing_server, writes, options.connections, 0, WARM_UP_S + options.seconds)
    try:
        p99_ms = p99_of(server, reads, options)
    finally:
        done = generator.finish(writing, options.seconds + 60)
    return p99_ms, done["per_s"]


def measure_round(server, files, other, options):
    """Each read at full speed; then the first of them on a schedule: alone, beside writing, and of another server, which
    shares nothing with the one that writes but the processors."""
    before, found = cpu_marks(server, other), {}
    for name in generator.READS:
        found[name] = generator.run(server, files[name], options.connections, WARM_UP_S, options.seconds)
    reads, writes = files["chats.get"], files["writes"]
    found["alone_p99_ms"] = p99_of(server, reads, options)
    found["other_p99_ms"], found["other_groups_per_s"] = p99_beside_writes(other, reads, server, writes, options)
    found["beside_p99_ms"], found["beside_groups_per_s"] = p99_beside_writes(server, reads, server, writes, options)
    found["foreign_cpu"] = foreign_share(before, cpu_marks(server, other))
    return found


def write_files(contender, server, folder, users):
    token, cookies = contender.authorize(server), contender.sign_in(server, folder / "data")
    chats = some_chats(folder / "data" / "taskroom.db", CHATS_READ)
    files = {name: generator.write_requests(folder / name, generator.reads(token, cookies, name, chats, users))
             for name in generator.READS}
    files["writes"] = generator.write_requests(folder / "writes", generator.chat_groups(token, users))
    return files


def run(options, work, skipped):
    if "a" in skipped:
        raise Invalid(skipped["a"])
    contender = prepare(["a"], work, options.users)[0]
    fill_chats(contender.template / "taskroom.db", contender.app[0], CHATS, options.users)
    rounds = []
    say(f"{options.rounds} × {options.seconds} s each, {options.connections} connections, {CHATS:,} chats")
    for number in range(1, options.rounds + 1):
        folders = contender.fresh(), contender.fresh()
        servers = [contender.start(folder) for folder in folders]
        try:
            files = write_files(contender, servers[0], folders[0], options.users)
            rounds.append(measure_round(servers[0], files, servers[1], options))
            for server in servers:
                stop(server)
        finally:
            for server, folder in zip(servers, folders):
                if server.process.poll() is None:
                    server.stop()
                shutil.rmtree(folder, ignore_errors=True)
        one = rounds[-1]
        say(f"  round {number}  " + "  ".join(f"{name} {one[name]['per_s']:,.0f}/s" for name in generator.READS)
            + f"  p99 alone {one['alone_p99_ms']:.2f} ms, beside {one['beside_groups_per_s']:,.0f} groups/s"
              f" {one['beside_p99_ms']:.2f} ms, of another server {one['other_p99_ms']:.2f} ms")
    return tell(rounds)


def tell(rounds):
    def median(*path):
        def at(one):
            for name in path:
                one = one[name]
            return one
        return statistics.median(map(at, rounds))

    alone, beside = median("alone_p99_ms"), median("beside_p99_ms")
    table = markdown(["read", "per s", "p50 ms", "p99 ms"],
                     [[name, f"{median(name, 'per_s'):,.0f}", f"{median(name, 'p50_us') / 1000:.2f}",
                       f"{median(name, 'p99_us') / 1000:.2f}"] for name in generator.READS]
                     + [[f"chats.get at {BESIDE_PER_S:,}/s, alone", "", "", f"{alone:.2f}"],
                        [f"the same beside {median('beside_groups_per_s'):,.0f} groups/s", "", "", f"{beside:.2f}"],
                        [f"of another server, beside {median('other_groups_per_s'):,.0f} groups/s", "", "",
                         f"{median('other_p99_ms'):.2f}"]])
    say()
    say(table)
    return {"figures": {"chats_get_per_s": median("chats.get", "per_s"),
                        "messages_list_per_s": median("messages.list", "per_s"),
                        "read_p99_ratio": round(beside / alone, 2)},
            "tables": {"reads": table}, "invalid": False, "rounds": rounds}
