# SPDX-License-Identifier: Apache-2.0
"""Reads what valgrind's callgrind wrote: how many instructions each room and library took by itself."""
import collections
import re

ROOM = re.compile(r"(?:^|/)src/(\w+)/")
LIBRARIES = {"libsqlite3": "SQLite", "libjansson": "jansson",
             "libsodium": "libsodium", "libc": "libc", "ld-linux-x86-64": "libc"}
NAMED = re.compile(r"(c?(?:ob|fl|fi|fe|fn))=\((\d+)\)(?: (.*))?$")
COST = re.compile(r"(?:\+\d+|-\d+|\*|\d+) (\d+)$")


def room_of(binary, obj, inlined, file):
    """Of the binary: the room of the source file, that of the function where a header was inlined."""
    name = obj.rsplit("/", 1)[-1]
    if name == binary:
        match = ROOM.search(inlined) or ROOM.search(file)
        return f"src/{match[1]}" if match else "other"
    return LIBRARIES.get(name.split(".so")[0].split("-0")[0], "other")


def count_rooms(lines, binary):
    """room → instructions; what a function's callees took counts for these alone."""
    names = {"ob": {}, "fl": {}, "fn": {}}
    here = {"ob": "", "fl": "", "inlined": ""}
    counts = collections.Counter()
    skips = False
    for line in lines:
        match = NAMED.match(line)
        if match:
            field, number, name = match[1], match[2], match[3]
            table = names[{"ob": "ob", "fn": "fn"}.get(field.removeprefix("c"), "fl")]
            if name is not None:
                table[number] = name
            if field == "ob":
                here["ob"] = table[number]
            elif field == "fl":
                here["fl"] = here["inlined"] = table[number]
            elif field in ("fi", "fe"):
                here["inlined"] = table[number]
            continue
        if line.startswith("calls="):
            skips = True
            continue
        match = COST.match(line)
        if match and skips:
            skips = False
        elif match:
            counts[room_of(binary, here["ob"], here["inlined"], here["fl"])] += int(match[1])
    return counts
