#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The parts of bench/ that can be wrong without anybody noticing. Prints TAP; exit status 1 when a point fails.
scripts/bench must have built its programs before."""
import collections
import pathlib
import subprocess
import sys
import tempfile
import xml.dom.minidom

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import bars  # noqa: E402
import callgrind  # noqa: E402
import data  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402

PROFILE = """\
version: 1
positions: line
events: Ir
ob=(1) /somewhere/taskroom
fl=(1) ../src/api/run.c
fn=(1) call_run
10 7
+2 3
fi=(2) /usr/include/bits/string.h
5 2
fe=(1)
cob=(2) /usr/lib/libsqlite3.so.0.8.6
cfi=(3) sqlite3.c
cfn=(2) sqlite3_step
calls=4 0
* 1000
14 1
ob=(2)
fl=(3)
fn=(2)
0 900
cob=(3) /usr/lib/libc.so.6
cfi=(4) memcpy.S
cfn=(3) memcpy
calls=9 0
0 100
ob=(3)
fl=(4)
fn=(3)
-3 100

totals: 1013
"""

HISTOGRAM = r"""
#include <stdio.h>
#include "histogram.h"
int main(void)
{
    static Histogram all;
    for (uint64_t ns = 0; ns < 2000000000; ns += 1 + ns / 300) {
        uint64_t top = histogram_top_ns(histogram_bucket(ns));
        if (top < ns || (double)(top - ns) > 0.01 * (double)ns)
            return printf("%llu falls into the bucket up to %llu\n", (unsigned long long)ns, (unsigned long long)top), 1;
    }
    for (uint64_t n = 1; n <= 100000; n++)
        histogram_add(&all, n * 1000);
    printf("%llu %llu %llu\n", (unsigned long long)histogram_quantile_ns(&all, 0.5),
           (unsigned long long)histogram_quantile_ns(&all, 0.99), (unsigned long long)histogram_quantile_ns(&all, 1.0));
    return 0;
}
"""


def test_counts_each_room_for_itself():
    counts = callgrind.count_rooms(PROFILE.splitlines(), "taskroom")
    assert counts == collections.Counter({"src/api": 13, "SQLite": 900, "libc": 100}), counts


def test_bars_are_judged_by_their_sense():
    judged = {row["name"]: row["met"] for row in bars.judge({"ratio_c": 11.99, "ratio_b": 0.6, "open_p99_ms": 5.1,
                                                            "idle_mb": 12, "ratio_e": None})}
    assert judged == {"ratio_c": False, "ratio_b": True, "open_p99_ms": False, "idle_mb": True, "ratio_e": None}, judged


def test_every_bar_has_a_name_of_its_own():
    names = [bar[1] for bar in bars.BARS]
    assert len(names) == len(set(names)), names


def test_a_table_is_replaced_and_nothing_else():
    text = "a\n<!-- begin x -->\n\nold\n\n<!-- end x -->\nb\n"
    assert report.replace_between(text, "x", "new") == "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb\n"
    for wrong in ("", text + text):
        try:
            report.replace_between(wrong, "x", "new")
        except data.Invalid:
            continue
        raise AssertionError("a missing or doubled place was taken")


def test_every_table_has_its_place():
    text = report.DOCUMENT.read_text(encoding="utf-8")
    for name in ("throughput", "latency", "open", "growth", "memory", "reads", "instructions"):
        report.replace_between(text, name, "")


def test_a_plot_is_well_formed():
    svg = plot.line_plot("a < b", "x", {"one & two": [(0, 1.0), (1000, 0.5)], "three": [(1000, 0.7)]}, limit=0.5)
    found = xml.dom.minidom.parseString(svg)
    assert len(found.getElementsByTagName("circle")) == 3
    assert "10³" in svg and "bar: 0.5" in svg


def test_the_histogram_is_within_a_percent():
    with tempfile.TemporaryDirectory() as name:
        program = pathlib.Path(name) / "histogram"
        subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "bench", "-x", "c", "-o", program,
                        "-"], input=HISTOGRAM, text=True, check=True)
        done = subprocess.run([program], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
        for got, wanted in zip(map(int, done.stdout.split()), (50_000_000, 99_000_000, 100_000_000)):
            assert wanted <= got <= wanted * 1.01, done.stdout


def test_a_filled_database_holds_whole_groups():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        app_id, _ = data.make_taskroom_template(folder / "data", 50)
        path = folder / "data" / "taskroom.db"
        for first, last in ((0, 300), (300, 1000)):
            assert data.count_chats(path) == first
            data.fill_chats(path, app_id, last, 50)
        chats, _ = data.check_rows(path, 1000)
        assert chats == 1000
        assert len(data.some_chats(path, 100)) == 100
        db = data.sqlite3.connect(path)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()


def main():
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
            print(f"ok - {name[5:].replace('_', ' ')}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok - {name[5:].replace('_', ' ')}\n#   {type(error).__name__}: {error}", flush=True)
    return failed > 0


sys.exit(main())
