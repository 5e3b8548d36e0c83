# SPDX-License-Identifier: Apache-2.0
"""Who is measured: how each gets its data, is started, and is measured once."""
import json
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile

from data import (APP_ID, PEER_ROWS_PER_GROUP, PEER_TEXTS, PRODUCT, ROOT, Invalid, check_rows, make_floor_template,
                  make_peer_template, make_taskroom_template, taskroom)
from generator import chat_groups, rooms, run as run_generator, write_requests
from peer_ejabberd import EjabberdServer
from server import STOP_LIMIT_S, Server, http, http_whole

BENCH = ROOT / "bench"
BUILD = ROOT / "build"

WARM_UP_S = 1
NOISE_LIMIT = 0.06  # of one core
PAGE_USERS = ["1800000000000001"]  # who looks at the page: fill.c gives them chats for one

NAMES = {
    "a": "taskroom",
    "b": "floor: epoll + SQLite, no checks",
    "c": "Fastify, fsync per request",
    "d": "Fastify, group commit",
    "e": "ejabberd, Mnesia, not durable",
}
TEMPLATES = {"a": "template-product", "b": "template-floor"}
USUAL = ["a", "b", "c", "d"]
FAILURES = (Invalid, OSError, subprocess.SubprocessError, ValueError, sqlite3.Error)


def say(text=""):
    print(text, flush=True)


def open_group(server, token, people):
    """One chat of the product, with these people in it."""
    status, body = http(server.url, "POST", "/open-apis/apaas/v1/user_tasks/1790000000000001/chat_group",
                        {"operator_user_id": people[0], "invite_user_ids": people[1:]}, token)
    if status != 200:
        raise Invalid(f"chat_group: {status} {body[:200]!r}")


class Contender:
    """One of those above: how it gets its data and how it is started."""

    def __init__(self, letter, work, users):
        self.letter, self.work, self.users = letter, work, users
        self.name = NAMES[letter]
        self.template = work / TEMPLATES.get(letter, "template-peer")
        self.runs = []
        self.token = None
        self.app = None

    def fresh(self):
        """A new copy of the data."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"run-{self.letter}-", dir=self.work))
        if self.letter == "e":
            (folder / "data").mkdir()
        else:
            shutil.copytree(self.template, folder / "data")
        return folder

    def start(self, folder, data=None):
        """On the folder's data, or on other data."""
        data = data or folder / "data"
        if self.letter == "e":
            return EjabberdServer(data, folder / "log")
        command = {
            "a": [PRODUCT, "serve", "--data", data, "--listen", "127.0.0.1:0",
                  "--private-listen", "127.0.0.1:0", "--rate-limits", "off"],
            "b": [BUILD / "bench" / "floor", data / "taskroom.db", APP_ID],
            "c": ["node", BENCH / "peer" / "server.js", data / "taskroom.db", "each"],
            "d": ["node", BENCH / "peer" / "server.js", data / "taskroom.db", "batch"],
        }[self.letter]
        return Server(command, folder / "log")

    def authorize(self, server):
        """The token for the load: asked for where there is an endpoint, else the template's."""
        if self.letter != "a":
            return self.token or "none"
        status, body = http(server.url, "POST", "/open-apis/auth/v3/tenant_access_token/internal",
                            {"app_id": self.app[0], "app_secret": self.app[1]})
        answer = json.loads(body)
        if answer.get("code") != 0:
            raise Invalid(f"no token: {status} {body[:200]!r}")
        return answer["tenant_access_token"]

    def sign_in(self, server, data, users=PAGE_USERS):
        """The cookie of a new session of the product's page for each of these people."""
        cookies = []
        for user in users:
            link = taskroom(PRODUCT, "user", "link", user, "--data", data).rsplit("/", 1)[1].strip()
            answer = http_whole(server.url, "POST", "/web/v1/sign_in", {"link": link})
            found = re.search(rb"(?i)set-cookie: ([^;]+);", answer)
            if not found:
                raise Invalid(f"no session: {answer[:400]!r}")
            cookies.append(found[1].decode())
        return cookies

    def load(self, server, folder, options):
        """A warm-up and a run of groups; what the generator found."""
        token = self.authorize(server)
        groups = rooms(self.users) if self.letter == "e" else chat_groups(token, self.users)
        requests = write_requests(folder / "requests", groups)
        try:
            return run_generator(server, requests, options.connections, WARM_UP_S, options.seconds)
        finally:
            requests.unlink()


def prepare(letters, work, users):
    """Templates and the list of who takes part."""
    contenders = [Contender(letter, work, users) for letter in letters]
    if set(letters) & set("bcd"):
        token = make_floor_template(work / "template-floor", users)
        make_peer_template(work / "template-peer", work / "template-floor")
        for one in contenders:
            one.token = token
    for one in contenders:
        if one.letter == "a":
            one.app = make_taskroom_template(one.template, users)
    return contenders


def stop(server):
    """Ends a server after its run; what it said when it did not end well."""
    status = server.stop()
    if status is None:
        raise Invalid(f"did not end within {STOP_LIMIT_S} s of SIGTERM")
    if status not in (0, -signal.SIGTERM):
        raise Invalid(f"ended with status {status}: {server.log_tail()}")


def count_groups(contender, server, folder, answers):
    """(groups that are stored, bytes of text per group), after its end; every answered group must be whole."""
    if contender.letter == "e":
        found = server.check_rooms(answers), 0
        stop(server)
        return found
    stop(server)
    path = folder / "data" / "taskroom.db"
    if contender.letter in "cd":
        return check_rows(path, answers, PEER_ROWS_PER_GROUP, PEER_TEXTS)
    return check_rows(path, answers)


def measure_in(contender, folder, options, check=True):
    """A start, a warm-up, a run on the data in that folder; returns its figures."""
    server = contender.start(folder)
    try:
        start_s = server.first_answer_s()
        result = contender.load(server, folder, options)
        rss_mb = server.rss_mb()
        stored, told_bytes = (count_groups(contender, server, folder, result["sent"]) if check else (None, None))
    finally:
        if server.process.poll() is None:
            server.stop()
    return {"groups_per_s": result["per_s"],
            "p50_ms": result["p50_us"] / 1000, "p99_ms": result["p99_us"] / 1000,
            "max_ms": result["max_us"] / 1000, "rss_mb": round(rss_mb, 1),
            "start_ms": round(start_s * 1000, 1), "foreign_cpu": result["foreign_cpu"],
            "server_cpu_us_per_group": result["server_cpu_us"], "answers": result["sent"], "chats": stored,
            "told_bytes_per_group": told_bytes, "noisy": result["foreign_cpu"] > NOISE_LIMIT}


def measure_once(contender, options):
    """The same on a fresh copy of the data."""
    folder = contender.fresh()
    try:
        return measure_in(contender, folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(contender, options):
    """The quietest of some tries; the first quiet one ends it."""
    best = None
    for _ in range(options.tries):
        try:
            run = measure_once(contender, options)
        except FAILURES as error:
            return {"invalid": str(error) or type(error).__name__}
        if best is None or run["foreign_cpu"] < best["foreign_cpu"]:
            best = run
        if not best["noisy"]:
            break
    return best
