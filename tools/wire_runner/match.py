# SPDX-License-Identifier: Apache-2.0
"""Compares an answer with what a case expects, and fills {{variables}} in and out.

In a request {{name}} is replaced by the variable, {{x*5}} by xxxxx. In an expected text {{name}}
must equal the variable, {{name:regex}} captures what matches, {{:regex}} only matches. A whole
expected value may be "{{any}}", "{{absent}}", "{{int}}" or "{{name:int}}" (a JSON integer),
"{{object}}"; an array that begins with "{{unordered}}" is compared in any order.
"""
import re

PLACEHOLDER = re.compile(r"\{\{(.+?)\}\}(?!\})", re.S)


class Mismatch(Exception):
    """The answer is not what the case expects."""


class Variables(dict):
    """Variables of a case; those in lazy are made on first use, {{token(app)}} for any app."""

    def __init__(self, values, make=None):
        super().__init__(values)
        self.make = make

    def __missing__(self, name):
        value = self.make(name, self) if self.make else None
        if value is None:
            raise Mismatch(f"no variable {{{{{name}}}}}")
        self[name] = value
        return value


def fill(text, variables):
    """text with its placeholders replaced."""
    def one(match):
        name = match[1]
        many = re.fullmatch(r"(.+)\*(\d+)", name, re.S)
        return many[1] * int(many[2]) if many else str(variables[name])
    return PLACEHOLDER.sub(one, text)


def match_text(expected, got, variables, where):
    """Compares a text that may hold placeholders; captures are kept when all of it matches."""
    pattern, captures, at = "", [], 0
    for match in PLACEHOLDER.finditer(expected):
        pattern += re.escape(expected[at:match.start()])
        name, colon, regex = match[1].partition(":")
        if colon:
            captures.append(name)
            pattern += f"(?P<c{len(captures)}>{regex})"
        elif name == "any":
            pattern += ".*"
        else:
            pattern += re.escape(str(variables[name]))
        at = match.end()
    pattern += re.escape(expected[at:])
    found = re.fullmatch(pattern, got, re.S)
    if not found:
        raise Mismatch(f"{where}: wanted {expected!r}, got {got!r}")
    for n, name in enumerate(captures, 1):
        if name:
            variables[name] = found[f"c{n}"]


def match_header(line, headers, variables):
    """One expected header line: "!Name", "Name: *", "Name: /regex/" or "Name: text"."""
    if line.startswith("!"):
        name = line[1:].strip()
        if found := values_of(headers, name):
            raise Mismatch(f"header {name}: wanted none, got {found}")
        return
    name, _, wanted = (part.strip() for part in line.partition(":"))
    found = values_of(headers, name)
    if not found:
        raise Mismatch(f"header {name}: missing")
    if len(found) > 1:
        raise Mismatch(f"header {name}: sent {len(found)} times")
    if wanted == "*":
        return
    if len(wanted) > 1 and wanted[0] == wanted[-1] == "/":
        wanted = "{{:" + wanted[1:-1] + "}}"
    match_text(wanted, found[0], variables, f"header {name}")


def values_of(headers, name):
    return [value for key, value in headers if key.lower() == name.lower()]


def match_json(expected, got, variables, exact=False, where="body"):
    """Objects: every expected member (exact: and no other). Arrays: same length, in order."""
    if isinstance(expected, str):
        match_string(expected, got, variables, where)
    elif isinstance(expected, dict):
        if not isinstance(got, dict):
            raise Mismatch(f"{where}: wanted an object, got {got!r}")
        match_members(expected, got, variables, exact, where)
    elif isinstance(expected, list) and expected[:1] == ["{{unordered}}"]:
        match_unordered(expected[1:], got, variables, exact, where)
    elif isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            raise Mismatch(f"{where}: wanted {len(expected)} elements, got {got!r}")
        for n, (one, other) in enumerate(zip(expected, got)):
            match_json(one, other, variables, exact, f"{where}[{n}]")
    elif type(expected) is not type(got) or expected != got:
        raise Mismatch(f"{where}: wanted {expected!r}, got {got!r}")


def match_unordered(expected, got, variables, exact, where):
    """Each expected element takes the first of the rest that it matches."""
    if not isinstance(got, list) or len(got) != len(expected):
        raise Mismatch(f"{where}: wanted {len(expected)} elements, got {got!r}")
    rest = list(got)
    for one in expected:
        for other in rest:
            try:
                match_json(one, other, variables, exact, where)
            except Mismatch:
                continue
            rest.remove(other)
            break
        else:
            raise Mismatch(f"{where}: nothing in {rest!r} is {one!r}")


def match_members(expected, got, variables, exact, where):
    for key, value in expected.items():
        if value == "{{absent}}":
            if key in got:
                raise Mismatch(f"{where}.{key}: wanted none, got {got[key]!r}")
        elif key not in got:
            raise Mismatch(f"{where}.{key}: missing in {got!r}")
        else:
            match_json(value, got[key], variables, exact, f"{where}.{key}")
    extra = set(got) - set(expected)
    if exact and extra:
        raise Mismatch(f"{where}: not expected: {sorted(extra)}")


def match_string(expected, got, variables, where):
    integer = re.fullmatch(r"\{\{(?:(\w+):)?int\}\}", expected)
    if expected == "{{any}}":
        return
    if integer:
        if type(got) is not int:
            raise Mismatch(f"{where}: wanted an integer, got {got!r}")
        if integer[1]:
            variables[integer[1]] = got
    elif expected == "{{object}}":
        if not isinstance(got, dict):
            raise Mismatch(f"{where}: wanted an object, got {got!r}")
    elif not isinstance(got, str):
        raise Mismatch(f"{where}: wanted the string {expected!r}, got {got!r}")
    else:
        match_text(expected, got, variables, where)
