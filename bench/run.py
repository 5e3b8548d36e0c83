#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures taskroom beside a floor and what others would use, and alone (docs/benchmark.md).

Started by scripts/bench, which builds what is measured. Every run has a fresh database and a server of its
own; runs that are compared are interleaved, so that what else the machine does hits all alike.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import growth
import latency
import memory
import reading
import throughput
from bars import judge, say_bars
from contender import BUILD, FAILURES, NAMES, USUAL, say
from data import ROOT, Invalid
from environment import environment, say_environment
from report import write_document

# What can be measured: name → (what runs, what --help says).
MEASURES = {
    "throughput": (throughput.run, None),
    "latency": (latency.run_alone, "one request at a time against a bare fdatasync"),
    "open": (latency.run_open, "latency at half of the peak rate, on a fixed schedule"),
    "growth": (growth.run, "what costs with 10^3 to 10^7 chats stored; takes long and much disk"),
    "memory": (memory.run, "memory, size of the binary, ready time"),
    "reads": (reading.run, "reads per second, alone and beside writing"),
}


def sizes(text):
    """1e3,1e4 as numbers, smallest first."""
    found = sorted({int(float(one)) for one in text.split(",")})
    if not found or found[0] < 1:
        raise argparse.ArgumentTypeError("sizes begin at 1")
    return found


def parse_options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, metavar="N", help="runs of each (3)")
    parser.add_argument("--seconds", type=int, metavar="N", help="length of a run (5)")
    parser.add_argument("--connections", type=int, default=64, metavar="N", help="of the load (64)")
    parser.add_argument("--users", type=int, default=1000, metavar="N",
                        help="how many users there are to draw from (1000)")
    parser.add_argument("--only", default=None, metavar="a,b",
                        help="which: " + "; ".join(f"{letter} {name}" for letter, name in NAMES.items()))
    parser.add_argument("--peers", action="store_true", help="ejabberd too")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 2 s, no repeats; prints test points too")
    which = parser.add_mutually_exclusive_group()
    for name, (_, text) in MEASURES.items():
        if text:
            which.add_argument(f"--{name}", dest="measure", action="store_const", const=name, help=text)
    parser.add_argument("--chats", type=sizes, default=sizes("1e3,1e4,1e5,1e6,1e7"), metavar="1e3,1e4",
                        help="with --growth: how many are stored (1e3,1e4,1e5,1e6,1e7)")
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR",
                        help="with --memory: also the ready time with this data directory")
    parser.add_argument("--idle-connections", type=int, default=memory.IDLE_CONNECTIONS, metavar="N",
                        help=f"with --memory: how many ({memory.IDLE_CONNECTIONS})")
    parser.add_argument("--work", type=pathlib.Path, default=BUILD / "bench", metavar="DIR",
                        help="where the databases stand for the time (build/bench)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--skip", action="append", default=[], metavar="LETTER=REASON", help=argparse.SUPPRESS)
    return check_options(parser, parser.parse_args())


def check_options(parser, options):
    options.measure = options.measure or "throughput"
    usual = USUAL + (["e"] if options.peers else [])
    options.only = options.only.replace(" ", "").split(",") if options.only else usual
    if set(options.only) - set(NAMES):
        parser.error("--only takes letters out of " + ",".join(NAMES))
    options.rounds = options.rounds or (2 if options.quick else 3)
    options.seconds = options.seconds or (2 if options.quick else 5)
    options.tries = 1 if options.quick else 3
    if min(options.rounds, options.seconds, options.connections, options.idle_connections) < 1:
        parser.error("rounds, seconds and connections begin at 1")
    if options.users < 4:
        parser.error("users begin at 4")
    return options


def write_report(options, found, skipped, judged, place):
    name = "bench" if options.measure == "throughput" else f"bench-{options.measure}"
    report = {"environment": place, "measure": options.measure, "rounds": options.rounds,
              "seconds": options.seconds, "connections": options.connections, "users": options.users,
              "skipped": skipped, "bars": judged, **found}
    for plot, svg in report.pop("plots", {}).items():
        (ROOT / "docs" / f"{plot}.svg" if options.write else BUILD / f"{plot}.svg").write_text(svg, encoding="utf-8")
    (BUILD / f"{name}.json").write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def main():
    options = parse_options()
    skipped = {letter: reason for letter, _, reason in (one.partition("=") for one in options.skip)
               if letter in options.only or letter == "a"}
    for letter, reason in skipped.items():
        say(f"({letter}) {NAMES[letter]}: skipped: {reason}")
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="work-", dir=options.work) as folder:
        work = pathlib.Path(folder)
        place = environment(work)
        say_environment(place)
        try:
            found = MEASURES[options.measure][0](options, work, skipped)
        except FAILURES as error:
            say(f"not ok - {options.measure}: INVALID: {error or type(error).__name__}")
            return 1
    judged = list(judge(found["figures"]))
    say_environment(place)
    say_bars(judged)
    write_report(options, found, skipped, judged, place)
    if options.write and not found["invalid"]:
        write_document(found["tables"], place, options)
    return 1 if found["invalid"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Invalid as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
