#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests tools/embed-sql, whose path is the one argument. Prints TAP."""
import pathlib
import subprocess
import sys
import tempfile

TOOL = sys.argv[1]
# What the folder holds, and whether the tool may take it.
CASES = [
    ("one step", ["0001_start.sql"], True),
    ("steps in order", ["0001_start.sql", "0002_more_of_it.sql", "README.md"], True),
    ("no step", [], False),
    ("a gap", ["0001_start.sql", "0003_more.sql"], False),
    ("a number twice", ["0001_start.sql", "0002_a.sql", "0002_b.sql"], False),
    ("not from 1", ["0002_start.sql"], False),
    ("a short number", ["001_start.sql"], False),
    ("no name", ["0001.sql"], False),
    ("another name", ["0001_start.sql", "draft.sql"], False),
]


def embed(folder, names, text="SELECT 'x\\n';\n"):
    """Runs the tool and gives its success and what it wrote."""
    for name in names:
        (folder / name).write_text(text)
    output, depfile = folder / "out.c", folder / "out.d"
    done = subprocess.run([sys.executable, TOOL, "--depfile", depfile, output, folder],
                          capture_output=True, text=True)
    return done.returncode == 0, output.read_text() if output.exists() else done.stderr, depfile


def check(number, name, claim):
    print(f"{'ok' if claim else 'not ok'} {number} - {name}")
    return not claim


def main():
    failed, number = 0, 0
    for number, (name, names, wanted) in enumerate(CASES, 1):
        with tempfile.TemporaryDirectory() as folder:
            taken, text, depfile = embed(pathlib.Path(folder), names)
            good = taken == wanted and text.strip() != "" and "Traceback" not in text
            if good and taken:
                wanted_files = [name for name in names if name.endswith(".sql")]
                good = all(name in depfile.read_text() for name in wanted_files)
            failed += check(number, name, good)
    with tempfile.TemporaryDirectory() as folder:
        _, text, _ = embed(pathlib.Path(folder), ["0001_start.sql"], "'\\\n\té")
        good = "'\\'', '\\\\', '\\n', '\\t', '\\xc3', '\\xa9', 0," in text
        failed += check(number + 1, "every byte as a constant", good)
    print(f"1..{number + 1}")
    return failed > 0


sys.exit(main())
