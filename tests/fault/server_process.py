# SPDX-License-Identifier: Apache-2.0
"""A server of a test's own, clients for it and TAP: what the tests of faults, overload and clients share."""
import argparse
import collections
import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

READY_SECONDS = 60
ANSWER_SECONDS = 60
END_SECONDS = 60
SHOWN = 5                       # of the problems of one point
LOST = (http.client.HTTPException, OSError)
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EVENT_VIEW = ROOT / "tests" / "event_view.sql"


class Tap:
    def __init__(self):
        self.number, self.failed = 0, 0

    def point(self, name, problems):
        """problems: sentences, none when all is well."""
        problems = list(problems)
        self.number += 1
        self.failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {self.number} - {name}")
        for problem in problems[:SHOWN]:
            print(f"#   {problem}")
        if len(problems) > SHOWN:
            print(f"#   and {len(problems) - SHOWN} more")
        sys.stdout.flush()

    def skip(self, name, why):
        self.number += 1
        print(f"ok {self.number} - {name} # SKIP {why}")
        sys.stdout.flush()


def run_tests(doc, tests):
    """A program of tests (name -> function of a Tap and a binary): those that its arguments name, or all. Its exit code."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--binary", default=ROOT / "build" / "taskroom")
    parser.add_argument("names", nargs="*", choices=[*tests, []], metavar="NAME", help=", ".join(tests))
    options = parser.parse_args()
    tap = Tap()
    for name in options.names or tests:
        try:
            tests[name](tap, options.binary)
        except (RuntimeError, subprocess.SubprocessError, *LOST) as error:
            tap.point(f"{name} gets to its end", [repr(error)])
    print(f"1..{tap.number}")
    return int(tap.failed > 0)


def run_seeded(doc, purpose, numbers, run):
    """A program about one server, drawn from a seed: run(options, server, tap), whose options are the seed and these numbers
    (flag -> default). Its exit code."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--binary", default=ROOT / "build" / "taskroom")
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    print("# " + " ".join(f"--{name} {getattr(options, name)}" for name in ("seed", *numbers)))
    tap, server = Tap(), Server(options.binary, purpose)
    try:
        run(options, server, tap)
    except (RuntimeError, subprocess.SubprocessError, *LOST) as error:
        tap.point("the server starts again", [repr(error), server.tail()])
    finally:
        server.remove()
    print(f"1..{tap.number}")
    return int(tap.failed > 0)


class Server:
    """An installation in a temporary folder, and one process after the other that serves it."""

    def __init__(self, binary, purpose):
        self.binary = str(pathlib.Path(binary).resolve())
        self.home = tempfile.mkdtemp(prefix=f"taskroom-{purpose}-")
        self.data = os.path.join(self.home, "data")
        self.log = open(os.path.join(self.home, "server.log"), "ab")
        self.process = None
        self.ready = {}
        self.ready_seconds = []

    def start(self, command="serve", *flags, listen="127.0.0.1:0", rate_limits="off", before=(), environment=None,
              preexec=None):
        """Starts it; the ready line. before: words before the binary's name."""
        began = time.monotonic()
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [*before, self.binary, command, "--data", self.data, "--listen", listen,
             "--private-listen", "127.0.0.1:0", "--rate-limits", rate_limits, *flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, preexec_fn=preexec,
            env=os.environ | (environment or {}))
        timer = threading.Timer(READY_SECONDS, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        self.ready_seconds.append(time.monotonic() - began)
        if not line:
            self.process.wait()
            raise RuntimeError(f"did not start, exit {self.process.returncode}: {self.tail()}")
        self.ready = json.loads(line)
        return self.ready

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """Waits for the process to end by itself; its exit status."""
        status = self.process.wait(END_SECONDS)
        self.process.stdout.close()
        return status

    def end(self, number):
        """Sends the signal; the exit status."""
        self.signal(number)
        return self.wait()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def command(self, *words):
        subprocess.run([self.binary, *words, "--data", self.data], check=True,
                       stdout=subprocess.DEVNULL)

    def log_text(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def tail(self):
        return self.log_text()[-2000:]

    def database(self):
        return os.path.join(self.data, "taskroom.db")

    def remove(self):
        """Ends what still runs and removes the folder."""
        if self.is_running():
            self.end(signal.SIGKILL)
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)


# ---- clients ------------------------------------------------------------------------------------

def place_of(url):
    return urllib.parse.urlsplit(url).netloc


@dataclasses.dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)


class Client:
    """A keep-alive connection; call() raises one of LOST when no whole answer came."""

    def __init__(self, url, token=""):
        self.token = token
        self.connection = http.client.HTTPConnection(place_of(url), timeout=ANSWER_SECONDS)

    def call(self, method, path, body=None, **headers):
        """headers: Idempotency_Key="…" and the like."""
        sent = {name.replace("_", "-"): value for name, value in headers.items() if value}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        try:
            self.connection.request(method, path, body and json.dumps(body), sent)
            answer = self.connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        except LOST:
            self.connection.close()
            raise

    def close(self):
        self.connection.close()


class Place:
    """Where the server is that others stop and start; waited for while it is down."""

    def __init__(self):
        self.changed = threading.Condition()
        self.url = None

    def move(self, url):
        """url: None while it is down."""
        with self.changed:
            self.url = url
            self.changed.notify_all()

    def where(self):
        with self.changed:
            while self.url is None:
                self.changed.wait()
            return self.url


class Link:
    """A Client of wherever the server is now."""

    def __init__(self, place, token=""):
        self.place, self.token = place, token
        self.url, self.client = None, None

    def call(self, method, path, body=None, **headers):
        url = self.place.where()
        if url != self.url:
            self.close()
            self.url, self.client = url, Client(url, self.token)
        return self.client.call(method, path, body, **self.headers(), **headers)

    def headers(self):
        """Those of each request."""
        return {}

    def close(self):
        if self.client:
            self.client.close()


def ask(url, method, path, body=None, token="", **headers):
    """One call on a connection of its own."""
    client = Client(url, token)
    try:
        return client.call(method, path, body, **headers)
    finally:
        client.close()


def take_token(ready):
    """A tenant_access_token of the demo's custom app."""
    answer = ask(ready["url"], "POST", "/open-apis/auth/v3/tenant_access_token/internal",
                 {"app_id": ready["app_id"], "app_secret": ready["app_secret"]})
    return answer.json()["tenant_access_token"]


def until(condition, seconds=END_SECONDS):
    """Waits until condition() is true; whether it became so."""
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


# ---- opening chats, and what became of them -----------------------------------------------------

def opening_body(ready, name):
    """The body that opens a chat of the demo's first and third user."""
    users = ready["users"]
    return {"operator_user_id": users[0]["kunlun_id"], "chat_name": name,
            "invite_user_ids": [users[2]["kunlun_id"]]}


def opening_path(ready):
    return f"/open-apis/apaas/v1/user_tasks/{ready['task_ids'][0]}/chat_group"


@dataclasses.dataclass
class Attempt:
    """One request to open a chat; the name is unique. status 0: its answer was lost."""
    name: str
    began: float
    status: int = 0
    answer: Answer = None
    is_over: bool = False

    def is_acknowledged(self):
        return 200 <= self.status < 300


class Opener(threading.Thread):
    """Opens one chat after the other until it is told to stop, or its answers are lost."""

    def __init__(self, demo, url, token, name, stays=True):
        super().__init__(daemon=True)
        self.demo, self.name = demo, name
        self.client = Client(url, token)
        self.stays = stays
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.is_over = False
        self.attempts = []

    def run(self):
        while self.goes_on.wait() and not self.is_over:
            attempt = Attempt(f"{self.name}-{len(self.attempts)}", time.monotonic())
            self.attempts.append(attempt)
            try:
                attempt.answer = self.client.call("POST", opening_path(self.demo),
                                                  opening_body(self.demo, attempt.name))
                attempt.status = attempt.answer.status
            except LOST:
                if not self.stays:
                    break
            attempt.is_over = True
            if attempt.status != 200:
                time.sleep(random.uniform(0.005, 0.02))
        self.client.close()


class Load:
    """Several openers at once."""

    def __init__(self, demo, url, token, count=6, stays=True, label="chat"):
        self.openers = [Opener(demo, url, token, f"{label}-{n}", stays) for n in range(count)]
        for opener in self.openers:
            opener.start()

    def attempts(self):
        return [attempt for opener in self.openers for attempt in list(opener.attempts)]

    def acknowledged(self):
        return [attempt for attempt in self.attempts() if attempt.is_acknowledged()]

    def pause(self):
        """No new attempts until resume(); waits until the last ones have ended."""
        for opener in self.openers:
            opener.goes_on.clear()
        until(lambda: all(not opener.is_alive() or not opener.attempts or opener.attempts[-1].is_over
                          for opener in self.openers))

    def resume(self):
        for opener in self.openers:
            opener.goes_on.set()

    def stop(self):
        """Ends the openers; sentences about those that would not."""
        for opener in self.openers:
            opener.is_over = True
            opener.goes_on.set()
        for opener in self.openers:
            opener.join(ANSWER_SECONDS + 10)
        return [f"{opener.name} hangs" for opener in self.openers if opener.is_alive()]


# ---- many requests at once, from one thread -----------------------------------------------------

class Sent:
    """A request on a connection of its own, sent now and answered some time."""

    def __init__(self, ready, token, method, path, body=None, key="", connection=None):
        host, port = place_of(ready["url"]).rsplit(":", 1)
        self.socket = connection or socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS)
        self.body = json.dumps(body).encode() if body else b""
        self.name = body.get("chat_name") if body else path
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        head += f"Idempotency-Key: {key}\r\n" if key else ""
        head += f"Content-Length: {len(self.body)}\r\n\r\n"
        self.socket.sendall(head.encode() + self.body)
        self.answer = None

    def receive(self):
        """The answer, or None when the connection was lost before it was whole."""
        if self.answer:
            return self.answer
        try:
            reply = http.client.HTTPResponse(self.socket)
            reply.begin()
            self.answer = Answer(reply.status, reply.headers, reply.read())
        except LOST:
            return None
        return self.answer

    def is_ended(self):
        """Whether the server closed the connection, in order, after its answer."""
        try:
            return self.socket.recv(1) == b""
        except OSError:
            return False

    def close(self):
        self.socket.close()


def opening(ready, token, name, key="", connection=None):
    return Sent(ready, token, "POST", opening_path(ready), opening_body(ready, name), key, connection)


@contextlib.contextmanager
def held_lock(server):
    """Another process's transaction that keeps the writer waiting."""
    link = sqlite3.connect(server.database(), isolation_level=None)
    link.execute("BEGIN IMMEDIATE")
    try:
        yield link
    finally:
        link.close()


def outcomes(sent):
    """status -> how many; 0: lost."""
    answers = [one.receive() for one in sent]
    return collections.Counter(answer.status if answer else 0 for answer in answers)


# ---- what the database says ---------------------------------------------------------------------

def chat_ids(path):
    """name -> chat ids, of all chats in a database."""
    found = {}
    link = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for chat_id, name in link.execute("SELECT printf('oc_%016x%016x', chat_number, tail), name FROM chat"):
        found.setdefault(name, []).append(chat_id)
    link.close()
    return found


def open_database(path):
    """For reading, with event: all events, wherever they are kept."""
    link = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    link.executescript(EVENT_VIEW.read_text(encoding="utf-8"))
    return link


def unsound(path):
    """What is wrong with a database: its own checks, and chats that were made by half."""
    link = open_database(path)
    problems = [row for row in link.execute("PRAGMA integrity_check") if row != ("ok",)]
    problems += list(link.execute("PRAGMA foreign_key_check"))
    for lacking, where in (("message", "opening_number = 0 AND chat_number NOT IN (SELECT chat_number FROM message)"),
                           ("event of who came", "first_event NOT IN (SELECT event_number FROM event)")):
        problems += [f"{name}: no {lacking}" for (name,) in link.execute(f"SELECT name FROM chat WHERE {where}")]
    link.close()
    return problems


def misplaced(path, attempts):
    """Attempts whose outcome the database does not show: lost ones, and those that happened twice."""
    found = chat_ids(path)
    for attempt in attempts:
        ids = found.get(attempt.name, [])
        if attempt.is_acknowledged() and attempt.answer.json()["data"]["chat_id"] not in ids:
            yield f"{attempt.name}: acknowledged and lost"
        if len(ids) > 1:
            yield f"{attempt.name}: there {len(ids)} times"


def unlike_refusal(answer):
    """What an answer lacks of a 503 that SDKs can read and clients can act upon."""
    if answer.status != 503:
        yield f"status {answer.status}: {answer.body[:200]}"
        return
    if not answer.headers.get("Retry-After", "").isdigit():
        yield f"Retry-After: {answer.headers.get('Retry-After')}"
    yield from unlike_error(answer, 2200)


def unlike_error(answer, code):
    """What an error's answer lacks: JSON with code, msg and the log id of its header."""
    if not answer.headers.get("Content-Type", "").startswith("application/json"):
        yield f"{answer.status}: Content-Type {answer.headers.get('Content-Type')}"
    try:
        reply = answer.json()
    except ValueError:
        yield f"{answer.status}: no JSON: {answer.body[:200]}"
        return
    if reply.get("code") != code or not reply.get("msg"):
        yield f"{answer.status}: {reply}"
    log_id = answer.headers.get("X-Tt-Logid")
    if not log_id or reply.get("error", {}).get("log_id") != log_id:
        yield f"{answer.status}: X-Tt-Logid {log_id}, but {reply}"
