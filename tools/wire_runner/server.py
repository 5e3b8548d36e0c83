# SPDX-License-Identifier: Apache-2.0
"""The server under test: `taskroom demo` in a temporary directory, and what cases do to it."""
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.request

from .case_file import CaseError
from .match import Variables

EVENT_VIEW = pathlib.Path(__file__).resolve().parent.parent.parent / "tests" / "event_view.sql"

READY_SECONDS = 60
STOP_SECONDS = 30
SEEN_SECONDS = 1.5              # a running server sees within a second what a command changed


class ServerError(Exception):
    """The server, or a command beside it, did not do its part."""


class Server:
    """A demo server of its own for a group of case files with the same settings."""

    def __init__(self, binary, settings, keep=False):
        self.binary = str(pathlib.Path(binary).resolve())
        self.settings = settings
        self.keep = keep
        self.home = tempfile.mkdtemp(prefix="taskroom-wire-")
        self.data = os.path.join(self.home, "data")
        self.log = os.path.join(self.home, "server.log")
        self.process = None
        self.ready = {}
        self.seen_at = 0.0

    def start(self):
        command = [self.binary, "demo", "--data", self.data,
                   "--listen", "127.0.0.1:0", "--private-listen", "127.0.0.1:0"]
        for name, value in self.settings.items():
            command += ["--" + name.replace("_", "-"), value]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log)
        timer = threading.Timer(READY_SECONDS, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        try:
            self.ready = json.loads(line)
        except ValueError:
            self.process.kill()
            self.process.wait()
            raise ServerError(f"{' '.join(command)} said {line!r}\n{self.log_tail()}") from None

    def stop(self):
        """Ends it with SIGTERM; its exit status, or None when it had to be killed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = None
        self.process.stdout.close()
        return status

    def restart(self):
        status = self.stop()
        if status != 0:
            raise ServerError(f"ended with {status}\n{self.log_tail()}")
        self.start()

    def clean(self):
        if not self.keep:
            shutil.rmtree(self.home, ignore_errors=True)

    def log_tail(self, only=None, lines=20):
        text = pathlib.Path(self.log).read_text(encoding="utf-8", errors="replace").splitlines()
        if only:
            text = [line for line in text if only in line]
        return "\n".join(text[-lines:])

    def run(self, words, folder):
        """Runs a command of the binary on the data directory; what it printed, if JSON."""
        done = subprocess.run([self.binary, *words, "--data", self.data], cwd=folder, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
        if words[0] in ("app", "tenant"):
            self.seen_at = time.monotonic() + SEEN_SECONDS
        if done.returncode != 0:
            raise ServerError(f"taskroom {' '.join(words)}: exit {done.returncode}: "
                              f"{done.stdout}{done.stderr}")
        try:
            return json.loads(done.stdout)
        except ValueError:
            return None

    def wait_until_seen(self):
        """Waits until the server has seen what the last command changed."""
        time.sleep(max(0.0, self.seen_at - time.monotonic()))

    def sql(self, statement):
        """Runs a statement on the database; the first column of its first row, or None. number('oc_…') is the
        number that stands for an id in the rows; event has all events, wherever they are kept."""
        link = sqlite3.connect(os.path.join(self.data, "taskroom.db"), timeout=20)
        link.executescript(EVENT_VIEW.read_text(encoding="utf-8"))
        link.create_function("number", 1, lambda one: int(one[3:19], 16), deterministic=True)
        try:
            with link:
                cursor = link.execute(statement)
                row = cursor.fetchone()
                if statement.split()[0].upper() in ("UPDATE", "DELETE") and cursor.rowcount < 1:
                    raise CaseError(f"sql: changed no row: {statement}")
                return row[0] if row else None
        except sqlite3.Error as error:
            raise CaseError(f"sql: {error}: {statement}") from None
        finally:
            link.close()

    def variables(self):
        """What every case may use."""
        ready = self.ready
        values = {
            "custom_app_id": ready["app_id"], "custom_app_secret": ready["app_secret"],
            "store_app_id": ready["store_app_id"], "store_app_secret": ready["store_app_secret"],
            "custom.app_id": ready["app_id"], "custom.app_secret": ready["app_secret"],
            "tenant_key": ready["tenant_key"], "demo_chat": ready["chat_id"], "data": self.data,
        }
        for n, task_id in enumerate(ready["task_ids"], 1):
            values[f"task_{n}"] = task_id
        for n, user in enumerate(ready["users"], 1):
            values[f"user_{n}"] = user["kunlun_id"]
            values[f"open_{n}"] = user["open_id"]
            values[f"name_{n}"] = user["name"]
        return Variables(values, self.make_variable)

    def make_variable(self, name, variables):
        """tenant_token, and token(APP) for an app whose APP.app_id is known."""
        if name == "tenant_token":
            return variables["token(custom)"]
        if match := re.fullmatch(r"token\((\w+)\)", name):
            app = match[1]
            return self.token(variables[f"{app}.app_id"], variables[f"{app}.app_secret"])
        return None

    def token(self, app_id, app_secret):
        body = json.dumps({"app_id": app_id, "app_secret": app_secret}).encode()
        url = self.ready["url"] + "/open-apis/auth/v3/tenant_access_token/internal"
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=30) as answer:
            reply = json.load(answer)
        if reply.get("code") != 0:
            raise ServerError(f"no token for {app_id}: {reply}")
        return reply["tenant_access_token"]


def wait_for_room(seconds):
    """Waits until at least so many seconds of the wall clock's minute are left."""
    left = 60 - time.time() % 60
    if left < seconds:
        time.sleep(left + 0.1)
