# SPDX-License-Identifier: Apache-2.0
"""Groups opened per second, of all contenders in turn (bar 1)."""
import statistics

from contender import NAMES, measure, prepare, say
from data import TASKS
from report import markdown

TOLD_TOLERANCE = 0.15
FIGURES = ("groups_per_s", "p50_ms", "p99_ms", "max_ms", "rss_mb", "start_ms", "foreign_cpu",
           "server_cpu_us_per_group", "told_bytes_per_group")


def say_run(contender, number, run):
    if "invalid" in run:
        say(f"  round {number}  {contender.letter}  INVALID: {run['invalid']}")
        return
    noisy = f"  noisy: others used {run['foreign_cpu']:.0%} of a core" if run["noisy"] else ""
    say(f"  round {number}  {contender.letter}  {run['groups_per_s']:>9,.0f} groups/s  p50"
        f" {run['p50_ms']:6.2f} ms  p99 {run['p99_ms']:6.2f} ms  {run['rss_mb']:6.1f} MB{noisy}")


def medians(contender):
    good = [run for run in contender.runs if "invalid" not in run]
    if not good:
        return None
    found = {name: round(statistics.median(run[name] for run in good), 3) for name in FIGURES}
    found["noisy_runs"] = sum(run["noisy"] for run in good)
    found["invalid_runs"] = len(contender.runs) - len(good)
    return found


def ratios(results):
    """taskroom's groups/s in those of each other one; None where one of the two has none."""
    own = results.get("a")
    return {f"ratio_{letter}": round(own["groups_per_s"] / found["groups_per_s"], 2) if own and found else None
            for letter, found in results.items() if letter != "a"}


def say_table(contenders, results):
    own = results.get("a")
    rows = []
    for one in contenders:
        found = results[one.letter]
        if found is None:
            rows.append([f"({one.letter}) {one.name}", "every run was invalid"] + [""] * 7)
            continue
        ratio = f"{own['groups_per_s'] / found['groups_per_s']:.2f}" if own else "–"
        rows.append([f"({one.letter}) {one.name}", f"{found['groups_per_s']:,.0f}", ratio,
                     f"{found['p50_ms']:.2f}", f"{found['p99_ms']:.2f}", f"{found['rss_mb']:.1f}",
                     f"{found['start_ms']:.0f}", f"{found['server_cpu_us_per_group']:.1f}",
                     f"{found['foreign_cpu']:.0%}" + (" noisy" if found["noisy_runs"] else "")])
    table = markdown(["", "groups/s", "taskroom÷", "p50 ms", "p99 ms", "MB", "start ms", "CPU µs", "others"], rows)
    say()
    say(table)
    for one in contenders:
        found = results[one.letter]
        if own and found and one.letter != "e" and abs(
                found["told_bytes_per_group"] / own["told_bytes_per_group"] - 1) > TOLD_TOLERANCE:
            say(f"beware: the event and message texts of ({one.letter}) are {found['told_bytes_per_group']:.0f}"
                f" bytes per group, the product's {own['told_bytes_per_group']:.0f}: the rows are not the same")
    return table


def say_points(contenders, skipped, figures):
    """For a test stage: one point for each contender, and the ratios beside them. No time is asserted."""
    for one in contenders:
        bad = [run["invalid"] for run in one.runs if "invalid" in run]
        say(f"{'not ok' if bad else 'ok'} - ({one.letter}) {one.name}: every answered group is stored, whole")
        for reason in bad:
            say(f"#   {reason}")
    for letter, reason in skipped.items():
        say(f"ok - ({letter}) {NAMES[letter]} # SKIP {reason}")
    for name, value in sorted(figures.items()):
        say(f"# taskroom ÷ ({name[-1]}): {value}")


def run(options, work, skipped):
    contenders = prepare([letter for letter in options.only if letter not in skipped], work, options.users)
    say(f"{options.rounds} × {options.seconds} s each, {options.connections} connections, {TASKS:,} tasks,"
        f" {options.users:,} users, one operator and three invitees")
    for number in range(1, options.rounds + 1):
        for one in contenders:
            found = measure(one, options)
            one.runs.append(found)
            say_run(one, number, found)
    results = {one.letter: medians(one) for one in contenders}
    table = say_table(contenders, results)
    figures = ratios(results)
    if options.quick:
        say_points(contenders, skipped, figures)
    return {"figures": figures, "tables": {"throughput": table},
            "invalid": any("invalid" in found for one in contenders for found in one.runs),
            "contenders": {one.letter: {"name": one.name, "median": results[one.letter], "runs": one.runs}
                           for one in contenders}}
