# SPDX-License-Identifier: Apache-2.0
"""What is kept of a measurement: tables in Markdown, and the part of docs/performance.md that one fills."""
import time
import unicodedata

from data import ROOT, Invalid

DOCUMENT = ROOT / "docs" / "performance.md"


def columns(text):
    """How wide a terminal shows it."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def markdown(heads, rows):
    """A table whose source can be read too: the first column to the left, the others to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(3, *(columns(row[n]) for row in [heads, *rows])) for n in range(len(heads))]

    def line(cells):
        padded = [" " * (width - columns(cell)) if n else "" for n, (cell, width) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(pad + cell if n else cell + " " * (widths[0] - columns(cell))
                                 for n, (cell, pad) in enumerate(zip(cells, padded))) + " |"

    rule = "|" + "|".join("-" * (width + 2) if n == 0 else "-" * (width + 1) + ":"
                          for n, width in enumerate(widths)) + "|"
    return "\n".join([line(heads), rule, *map(line, rows)])


def replace_between(text, name, inside):
    """The text with what stands between <!-- begin NAME --> and <!-- end NAME --> replaced."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise Invalid(f"docs/performance.md has no single place for {name}")
    head, tail = text.index(begin) + len(begin), text.index(end)
    return text[:head] + "\n\n" + inside.strip() + "\n\n" + text[tail:]


def write_document(tables, environment, options):
    """--write: puts the tables where they belong, each under the machine and the day that it is of."""
    text = DOCUMENT.read_text(encoding="utf-8")
    note = (f"{time.strftime('%Y-%m-%d')}, {environment['cores']} cores ({environment['cpu']}), Linux"
            f" {environment['kernel']}, {environment['file_system']},"
            f" {environment['fdatasync_per_s']:,} fdatasync/s; {options.rounds} rounds of {options.seconds} s.")
    for name, table in tables.items():
        text = replace_between(text, name, f"{table}\n\n{note}")
    DOCUMENT.write_text(text, encoding="utf-8")
