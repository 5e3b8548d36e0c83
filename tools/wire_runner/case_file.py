# SPDX-License-Identifier: Apache-2.0
"""Reads a .case file into cases and their exchanges (format: tests/wire/README.md)."""
import dataclasses
import json
import pathlib
import re


class CaseError(Exception):
    """The case file itself is wrong."""


@dataclasses.dataclass
class Exchange:
    """One request and what its answer must be."""
    line: int
    before: list = dataclasses.field(default_factory=list)      # (directive, argument) in order
    request: list = dataclasses.field(default_factory=list)     # lines after "> "
    raw: list = dataclasses.field(default_factory=list)
    repeat: int = 1
    answer: list = dataclasses.field(default_factory=list)      # lines after "< "
    after: list = dataclasses.field(default_factory=list)       # (directive, argument) in order

    def target(self):
        """(method, target) of a request that is not raw."""
        words = self.request[0].split(" ")
        if len(words) != 2:
            raise CaseError(f"line {self.line}: a request begins with METHOD target")
        return words

    def headers_and_body(self):
        return split_at_blank(self.request[1:])

    def expected(self):
        """(statuses as a pattern, header lines, body lines)."""
        head, body = split_at_blank(self.answer[1:])
        return self.answer[0], head, body


@dataclasses.dataclass
class Case:
    name: str
    line: int
    exchanges: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class CaseFile:
    path: pathlib.Path
    settings: dict = dataclasses.field(default_factory=dict)    # of the server: name -> value
    headers: list = dataclasses.field(default_factory=list)     # sent with every request
    setup: list = dataclasses.field(default_factory=list)       # (directive, argument), once
    cases: list = dataclasses.field(default_factory=list)

    def names(self):
        return [f"{self.path.stem}: {case.name}" for case in self.cases]


BEFORE = ("run", "sql", "set", "restart", "room", "check")
AFTER = ("keep", "same", "text", "exact", "differs")


def split_at_blank(lines):
    """(lines before the first empty one, lines after it)."""
    if "" in lines:
        at = lines.index("")
        return lines[:at], lines[at + 1:]
    return lines, []


def read_case_file(path):
    """A CaseFile; CaseError names the line that is wrong."""
    found = CaseFile(pathlib.Path(path))
    for number, line in enumerate(found.path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            read_line(found, number, line.rstrip())
        except CaseError as error:
            raise CaseError(f"{path}:{number}: {error}") from None
    for case in found.cases:
        for exchange in case.exchanges:
            check_exchange(found, case, exchange)
    names = [case.name for case in found.cases]
    if not names or len(set(names)) != len(names):
        raise CaseError(f"{path}: no cases, or two of one name")
    return found


def read_line(found, number, line):
    if not line or line.startswith("#"):
        return
    if line.startswith("== "):
        found.cases.append(Case(line[3:].strip(), number))
        return
    if line[0] in "<>":
        if len(line) > 1 and line[1] != " ":
            raise CaseError("a space must follow < and >")
        add_wire_line(found, number, line[0], line[2:])
        return
    directive = re.match(r"(\w+)(?: ([\w.]+))?:(?: (.*))?$", line)
    if not directive:
        raise CaseError(f"not understood: {line}")
    word, label, argument = directive.groups()
    add_directive(found, number, word, (label, argument or ""))


def current(found, number, starts_new):
    """The exchange that a line belongs to; a new one when its answer is already there."""
    if not found.cases:
        raise CaseError("an exchange before the first == NAME")
    exchanges = found.cases[-1].exchanges
    if not exchanges or (starts_new and exchanges[-1].answer):
        exchanges.append(Exchange(number))
    return exchanges[-1]


def add_wire_line(found, number, kind, text):
    exchange = current(found, number, kind == ">")
    if kind == ">":
        exchange.request.append(text)
    else:
        exchange.answer.append(text)


def add_directive(found, number, word, argument):
    if not found.cases:
        if word == "server":
            name, _, value = argument[1].partition("=")
            found.settings[name.strip()] = value.strip()
        elif word == "header":
            found.headers.append(argument[1])
        elif word in BEFORE:
            found.setup.append((word, *argument))
        else:
            raise CaseError(f"{word}: has no meaning before the first case")
    elif word in AFTER:
        current(found, number, False).after.append((word, *argument))
    elif word in BEFORE:
        current(found, number, True).before.append((word, *argument))
    elif word == "raw":
        current(found, number, True).raw.append(argument[1])
    elif word == "repeat":
        current(found, number, True).repeat = int(argument[1])
    else:
        raise CaseError(f"{word}: no such directive")


def check_exchange(found, case, exchange):
    where = f"{found.path}:{exchange.line}: {case.name}"
    if exchange.before and not exchange.request + exchange.raw + exchange.answer:
        return                          # checks at the end of a case
    if bool(exchange.request) == bool(exchange.raw):
        raise CaseError(f"{where}: an exchange has either > lines or raw: lines")
    if not exchange.answer or not re.fullmatch(r"\d{3}([ |]\d{3})*", exchange.answer[0]):
        raise CaseError(f"{where}: the answer must begin with a status")
    if exchange.request:
        exchange.target()
    _, head, body = exchange.expected()
    for line in head:
        if ":" not in line and not line.startswith("!"):
            raise CaseError(f"{where}: not a header: {line}")
    if body:
        try:
            json.loads("\n".join(body))
        except ValueError as error:
            raise CaseError(f"{where}: the expected body is not JSON: {error}") from None
