# SPDX-License-Identifier: Apache-2.0
"""Carries out cases and prints TAP."""
import argparse
import contextlib
import json
import pathlib
import re
import sys
import time

from . import match, replay, socket_client
from .case_file import CaseError, read_case_file
from .match import Mismatch, fill
from .recorded import Recording, read_recording, title
from .server import Server, ServerError, wait_for_room

JSON_TYPE = "application/json; charset=utf-8"
LOG_ID = re.compile(r"\d{14}[0-9A-F]{20}")
FAILURES = (Mismatch, CaseError, ServerError, socket_client.NoAnswer, OSError, ValueError)


class Failed(Exception):
    """A case failed; the text says where, and shows the request and the answer."""


def house_rules(answer):
    """What every JSON answer must keep, so that no case needs to say it."""
    types = match.values_of(answer.headers, "Content-Type")
    if not types or not types[0].startswith("application/json"):
        return
    if types != [JSON_TYPE]:
        raise Mismatch(f"house rule: Content-Type is {types}, wanted {JSON_TYPE!r}")
    logid = [value for name, value in answer.headers if name == "X-Tt-Logid"]
    if len(logid) != 1 or not LOG_ID.fullmatch(logid[0]):
        raise Mismatch(f"house rule: X-Tt-Logid is {logid}")
    if match.values_of(answer.headers, "X-Request-Id") != logid:
        raise Mismatch("house rule: X-Request-Id differs from X-Tt-Logid")
    body = json.loads(answer.body)
    if not isinstance(body, dict) or type(body.get("code")) is not int \
            or not isinstance(body.get("msg"), str):
        raise Mismatch("house rule: no envelope with an integer code and a text msg")
    if not isinstance(body.get("data", {}), dict):
        raise Mismatch("house rule: data is not an object")
    replayed = match.values_of(answer.headers, "Idempotency-Replayed")
    inner = body.get("error", {}).get("log_id", logid[0])
    if inner != logid[0] and not replayed:
        raise Mismatch(f"house rule: error.log_id {inner} differs from X-Tt-Logid {logid[0]}")


def check_answer(exchange, answer, variables):
    """Mismatch unless the answer is what the exchange expects."""
    statuses, headers, body = exchange.expected()
    interim = answer.interim if " " in statuses else []
    got = " ".join(str(status) for status in [*interim, answer.status])
    if not re.fullmatch(statuses, got):
        raise Mismatch(f"status: wanted {statuses}, got {got}")
    house_rules(answer)
    if found := match.values_of(answer.headers, "X-Tt-Logid"):
        variables["log_id"] = found[0]
    for line in headers:
        match.match_header(line, answer.headers, variables)
    if body:
        match.match_json(json.loads("\n".join(body)), json.loads(answer.body), variables)
    text = answer.body.decode("utf-8")
    for word, _, argument in exchange.after:
        check_body_directive(word, argument, text, variables)


def check_body_directive(word, argument, text, variables):
    if word == "keep":
        variables[argument] = text
    elif word == "text":
        match.match_text(argument, text, variables, "body text")
    elif word == "exact":
        match.match_json(json.loads(argument), json.loads(text), variables, exact=True)
    elif word == "same" and text != variables[argument]:
        raise Mismatch(f"body: not the bytes of {argument}:\n{variables[argument]}")
    elif word == "differs" and text == variables[argument]:
        raise Mismatch(f"body: the very bytes of {argument}")


def carry_out(directive, variables, server, folder):
    """A directive that comes before a request, or at the head of the file."""
    word, label, argument = directive
    if word == "room":
        wait_for_room(int(argument))
    elif word == "restart":
        server.restart()
    elif word == "check":
        left, operator, right = re.split(r" (!?=) ", fill(argument, variables), maxsplit=1)
        if (left == right) != (operator == "="):
            raise Mismatch(f"check: {left} {operator} {right}")
    elif word == "set":
        variables[label] = fill(argument, variables)
    elif word == "sql":
        value = server.sql(fill(argument, variables))
        if label:
            variables[label] = value
    elif word == "run":
        printed = server.run(fill(argument, variables).split(), folder)
        if label:
            if not isinstance(printed, dict):
                raise CaseError(f"run {label}: printed no JSON object")
            variables.update({f"{label}.{key}": value for key, value in printed.items()})


def request_of(exchange, variables, defaults):
    if exchange.raw:
        return socket_client.raw_bytes([fill(line, variables) for line in exchange.raw])
    method, target = exchange.target()
    headers, body = exchange.headers_and_body()
    return socket_client.request_bytes(
        method, fill(target, variables), [fill(line, variables) for line in headers],
        fill("\n".join(body), variables).encode(), [fill(line, variables) for line in defaults],
        variables["authority"])


def run_exchange(exchange, case_file, variables, server):
    sent, answer = b"", None
    try:
        for directive in exchange.before:
            carry_out(directive, variables, server, case_file.path.parent)
        if not exchange.answer:
            return
        server.wait_until_seen()
        variables.update({"now_s": int(time.time()), "now_ms": time.time_ns() // 1000000})
        for _ in range(exchange.repeat):
            answer = None
            variables["authority"] = server.ready["url"].removeprefix("http://")
            sent = request_of(exchange, variables, case_file.headers)
            answer = socket_client.exchange(server.ready["url"], sent)
            check_answer(exchange, answer, variables)
    except FAILURES as error:
        raise Failed(explain(error, exchange, sent, answer, server)) from error


def explain(error, exchange, sent, answer, server):
    return shown(f"line {exchange.line}: {error}", sent, answer, server)


def shown(text, sent, answer, server):
    """The text, then what was sent, answered and logged."""
    if sent:
        text += f"\n-- sent\n{sent[:3000].decode('utf-8', 'replace')}"
    if answer:
        text += f"\n-- answered\n{answer}"
        logid = match.values_of(answer.headers, "X-Tt-Logid")
        if logid and (log := server.log_tail(logid[0])):
            text += f"\n-- logged\n{log}"
    return text


class Tap:
    """Counts and prints points."""

    def __init__(self, out=sys.stdout):
        self.out, self.number, self.failed = out, 0, 0

    def point(self, name, problem=None):
        self.number += 1
        self.failed += problem is not None
        print(f"{'not ok' if problem is not None else 'ok'} {self.number} - {name}",
              file=self.out)
        for line in (problem or "").splitlines():
            print(f"#   {line}".replace("\r", ""), file=self.out)
        self.out.flush()

    def plan(self):
        print(f"1..{self.number}", file=self.out, flush=True)


def set_up(file, variables, server, tap):
    """Carries out the directives at the head of a file; whether that went well."""
    try:
        for directive in file.setup:
            carry_out(directive, variables, server, file.path.parent)
    except FAILURES as error:
        tap.point(f"{file.path.stem}: setup", str(error))
        return False
    return True


def run_file(case_file, server, tap, only):
    """Runs the cases of a file in order; variables live as long as the file."""
    area = case_file.path.stem
    variables = server.variables()
    if not set_up(case_file, variables, server, tap):
        return
    for case in case_file.cases:
        name = f"{area}: {case.name}"
        if not only.search(name):
            continue
        try:
            for exchange in case.exchanges:
                run_exchange(exchange, case_file, variables, server)
            tap.point(name)
        except Failed as failed:
            tap.point(name, str(failed))


def run_recording(recording, server, tap, only):
    """Replays a recording from its first request to its last: later ones need what earlier ones made."""
    area = recording.path.stem
    if not only.search(area):
        return
    variables = server.variables()
    if not set_up(recording, variables, server, tap):
        return
    server.wait_until_seen()
    again = replay.Replay(server, variables)
    with contextlib.closing(again):
        for step in recording.steps:
            if step == "restart":
                again.restart()
            else:
                run_recorded(step, again, tap, area)


def run_recorded(request, again, tap, area):
    name, sent, answer = f"recorded {area}: {request.number} {title(request)}", b"", None
    try:
        sent, answer = again.send(request)
        house_rules(answer)
        replay.check(request, answer)
        tap.point(name)
    except FAILURES as error:
        tap.point(name, shown(str(error) or repr(error), sent, answer, again.server))


def run_group(settings, files, options, tap):
    """Runs the files that need the same settings against one server."""
    title = " ".join(f"{name}={value}" for name, value in settings.items())
    server = Server(options.binary, settings, options.keep)
    with contextlib.ExitStack() as stack:
        stack.callback(server.clean)
        try:
            server.start()
        except (ServerError, OSError) as error:
            tap.point(f"server with {title}", f"did not start: {error}")
            return
        try:
            for file in files:
                run = run_recording if isinstance(file, Recording) else run_file
                run(file, server, tap, options.only)
        finally:
            status = server.stop()
        tap.point(f"server with {title}: ends with 0",
                  None if status == 0 else f"ended with {status}\n{server.log_tail()}")


def groups_of(files):
    """Files by the settings they need; rate limits are off unless a file asks for them. A recording has a server alone."""
    groups = {}
    for file in files:
        settings = {"rate_limits": "off"} | file.settings
        alone = file.path.name if isinstance(file, Recording) else ""
        groups.setdefault((alone, tuple(sorted(settings.items()))), []).append(file)
    return [(settings, members) for (_, settings), members in sorted(groups.items(), key=lambda item: item[0])]


def wire_files(folder):
    return [*sorted(folder.glob("*.case")), *sorted(folder.glob("recorded/*.http"))]


def main(arguments=None):
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    parser = argparse.ArgumentParser(prog="tools/wire", description="Runs wire cases; prints TAP.")
    parser.add_argument("--binary", default=root / "build" / "taskroom")
    parser.add_argument("--only", default="", type=re.compile,
                        help="run only the cases whose name matches this regular expression")
    parser.add_argument("--keep", action="store_true", help="keep the servers' directories")
    parser.add_argument("--list", action="store_true", help="print the names of all cases")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args(arguments)
    try:
        files = [read_recording(path) if path.suffix == ".http" else read_case_file(path)
                 for path in options.files or wire_files(root / "tests" / "wire")]
    except (CaseError, OSError) as error:
        print(f"Bail out! {error}")
        return 2
    if options.list:
        print("\n".join(name for file in files for name in file.names()))
        return 0
    tap = Tap()
    for settings, members in groups_of(files):
        if any(options.only.search(name) for file in members for name in file.names()):
            run_group(dict(settings), members, options, tap)
    tap.plan()
    return 1 if tap.failed or not tap.number else 0
