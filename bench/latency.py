# SPDX-License-Identifier: Apache-2.0
"""How long one group takes: alone against the bare disk (bar 2), and at half of the peak (bar 3)."""
import json
import shutil
import statistics
import subprocess

from contender import WARM_UP_S, open_group, prepare, say, stop
from data import ROOT, Invalid, check_rows
from generator import chat_groups, run as run_generator, write_requests
from report import markdown

SYNC = ROOT / "build" / "bench" / "sync"
PROBE_GROUPS = 50
LOG_BYTES_MOST = 4000 * 4120  # as the product's log: so many pages, then from its beginning again
PEAK_S = 3


def product_and_floor(options, work, skipped):
    """The floor is None when it was left out."""
    if "a" in skipped:
        raise Invalid(skipped["a"])
    found = prepare(["a"] if "b" in skipped else ["a", "b"], work, options.users)
    return found[0], found[1] if len(found) > 1 else None


def log_bytes_per_group(contender):
    """What one group alone adds to the write-ahead log."""
    folder = contender.fresh()
    server = contender.start(folder)
    log = folder / "data" / "taskroom.db-wal"
    try:
        token = contender.authorize(server)

        def open_groups():
            for n in range(PROBE_GROUPS):
                people = [f"180000{(n * 4 + i) % contender.users + 1:010d}" for i in range(4)]
                open_group(server, token, people)
            return log.stat().st_size

        before = open_groups()
        return round((open_groups() - before) / PROBE_GROUPS)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def sync_once(folder, log_bytes, seconds):
    file = folder / "synced"
    done = subprocess.run([SYNC, file, str(log_bytes), str(LOG_BYTES_MOST), str(seconds)], check=True,
                          capture_output=True, text=True, timeout=seconds + 30)
    file.unlink()
    return json.loads(done.stdout)


def on_fresh_server(contender, measure):
    """measure(server, token) on a server with fresh data; every answered group must be stored."""
    folder = contender.fresh()
    server = contender.start(folder)
    try:
        found, answers = measure(server, contender.authorize(server), folder)
        stop(server)
        check_rows(folder / "data" / "taskroom.db", answers)
        return found
    finally:
        if server.process.poll() is None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run_alone(options, work, skipped):
    """One connection, one request at a time, in turn with the bare disk."""
    contender, floor = product_and_floor(options, work, skipped)
    log_bytes = log_bytes_per_group(contender)
    say(f"one group alone adds {log_bytes:,} bytes to the log; {options.rounds} × {options.seconds} s of each, in turn")
    everybody = {"taskroom": contender, **({"floor": floor} if floor else {})}
    rounds = []

    def measure(server, token, folder):
        requests = write_requests(folder / "requests", chat_groups(token, options.users, 5000))
        found = run_generator(server, requests, 1, WARM_UP_S, options.seconds)
        return found, found["sent"]

    for number in range(1, options.rounds + 1):
        found = {"disk": sync_once(work, log_bytes, options.seconds),
                 **{name: on_fresh_server(one, measure) for name, one in everybody.items()}}
        rounds.append(found)
        say(f"  round {number}  " + ";  ".join(f"{name} p50 {one['p50_us']:.0f} µs, p99 {one['p99_us']:.0f} µs"
                                              for name, one in found.items()))
    texts = {"disk": f"pwrite and fdatasync of {log_bytes:,} bytes", "taskroom": "taskroom, chat_group",
             "floor": "the floor: epoll + SQLite, no checks"}
    median = {who: {name: statistics.median(one[who][name] for one in rounds) for name in ("p50_us", "p99_us")}
              for who in rounds[0]}
    ratios = {who: statistics.median(one[who]["p50_us"] / one["disk"]["p50_us"] for one in rounds) for who in rounds[0]}
    table = markdown(["one at a time", "p50 µs", "p99 µs", "p50 ÷ disk's"],
                     [[texts[who], f"{found['p50_us']:.0f}", f"{found['p99_us']:.0f}", f"{ratios[who]:.2f}"]
                      for who, found in median.items()])
    say()
    say(table)
    return {"figures": {"sync_ratio": round(ratios["taskroom"], 2)}, "tables": {"latency": table}, "invalid": False,
            "log_bytes_per_group": log_bytes, "rounds": rounds}


def run_open(options, work, skipped):
    """Half of the peak rate that was measured just before, on a schedule that doesn't wait for the server; and the
    floor at the same rate."""
    contender, floor = product_and_floor(options, work, skipped)
    rounds = []

    def on_schedule(server, requests, rate):
        found = run_generator(server, requests, options.connections, WARM_UP_S, options.seconds, rate)
        if found["unsent"]:
            raise Invalid(f"{found['unsent']} requests were due but never sent: half of the peak was too much")
        return found

    def measure(server, token, folder):
        requests = write_requests(folder / "requests", chat_groups(token, options.users))
        peak = run_generator(server, requests, options.connections, WARM_UP_S, PEAK_S)
        half = on_schedule(server, requests, peak["per_s"] / 2)
        return {"peak": peak, "half": half}, peak["sent"] + half["sent"]

    def measure_floor(server, token, folder):
        requests = write_requests(folder / "requests", chat_groups(token, options.users))
        found = on_schedule(server, requests, rounds[-1]["peak"]["per_s"] / 2)
        return found, found["sent"]

    say(f"{options.rounds} × ({PEAK_S} s at the peak, {options.seconds} s at half of it), {options.connections}"
        " connections")
    for number in range(1, options.rounds + 1):
        found = on_fresh_server(contender, measure)
        rounds.append(found)
        if floor:
            found["floor"] = on_fresh_server(floor, measure_floor)
        say(f"  round {number}  peak {found['peak']['per_s']:,.0f}/s;  " + ";  ".join(
            f"{name} p50 {one['p50_us'] / 1000:.2f} ms, p99 {one['p99_us'] / 1000:.2f} ms, p99.9"
            f" {one['p999_us'] / 1000:.2f} ms, others {one['foreign_cpu']:.0%}"
            for name, one in found.items() if name != "peak"))

    def median(which, name):
        return statistics.median(one[which][name] for one in rounds)

    columns = ("per_s", "p50_us", "p90_us", "p99_us", "p999_us", "max_us")
    texts = {"peak": "as fast as it answers", "half": "half of that, on a schedule", "floor": "the floor at that rate"}
    rows = [[texts[which], f"{median(which, 'per_s'):,.0f}", *(f"{median(which, name) / 1000:.2f}" for name in columns[1:])]
            for which in rounds[0]]
    table = markdown(["load", "groups/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms"], rows)
    say()
    say(table)
    return {"figures": {"open_p99_ms": round(median("half", "p99_us") / 1000, 2),
                        "open_p999_ms": round(median("half", "p999_us") / 1000, 2)},
            "tables": {"open": table}, "invalid": False, "rounds": rounds}
