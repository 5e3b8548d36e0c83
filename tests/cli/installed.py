# SPDX-License-Identifier: Apache-2.0
"""The binary as the tests of its commands use it, and their main.

Nothing here fails because something was slow: what is waited for is polled, within a bound.
"""
import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

BINARY = str(pathlib.Path(sys.argv[1]).resolve())
ROOT = pathlib.Path(sys.argv[2])
WANTED = sys.argv[3:]
WAIT_SECONDS = 30
TENANT = "7ad0c5a3b1e24f68"
COMMANDS = ["serve", "demo", "init", "tenant add", "tenant list", "app add", "app list",
            "app rotate-secret", "app scopes", "app ticket", "user import", "user password", "user link",
            "task import", "task list", "chat list", "doctor", "routes", "help", "version"]
ANYWHERE = ["--listen", "127.0.0.1:0", "--private-listen", "127.0.0.1:0"]
USER = {"kunlun_id": "1800000000000001", "name": "张伟"}
TASK = {"task_id": "1790000000000001", "type": "pending", "task_start_time": "1795000000000",
        "workflow_instance": {"id": "1780000000000001", "api_id": "purchase_flow", "label": []},
        "initiator": {"user_id": "1800000000000001"}}


def environment(**settings):
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("TASKROOM_")}
    return {**clean, **settings}


def run(*words, status=0, stdin="", cwd=None, **settings):
    """Runs a command and holds it to its exit code; returns (stdout, stderr)."""
    done = subprocess.run([BINARY, *map(str, words)], input=stdin, capture_output=True, text=True,
                          timeout=120, env=environment(**settings), cwd=cwd, check=False)
    same(done.returncode, status, f"exit code of {' '.join(map(str, words))}: {done.stderr}")
    return done.stdout, done.stderr


def rows(*words, **more):
    """What a command prints with --json, a dict per line."""
    return [json.loads(line) for line in run(*words, "--json", **more)[0].splitlines()]


def error(*words, status=1, **more):
    """The one sentence of a failing command, with --json."""
    out, err = run(*words, "--json", status=status, **more)
    same(out, "", "standard output")
    return json.loads(err)


def same(got, wanted, what=""):
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


def holds(text, part):
    assert part in text, f"{part!r} is not in {text!r}"


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="taskroom-cli-") as path:
        yield pathlib.Path(path)


@contextlib.contextmanager
def installation():
    """A new one with a fixed tenant_key."""
    with folder() as path:
        run("init", "--data", path / "data", "--tenant-key", TENANT)
        yield path / "data"


@contextlib.contextmanager
def server(*words, status=0):
    """Its ready line as a dict; ended with SIGTERM, and held to its exit code."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen([BINARY, *map(str, words), *ANYWHERE], text=True,
                                   stdout=subprocess.PIPE, stderr=log, env=environment())
        try:
            line = process.stdout.readline()
            log.seek(0)
            assert line, f"it ended: {log.read()}"
            yield json.loads(line)
            process.send_signal(signal.SIGTERM)
            same(process.wait(WAIT_SECONDS), status, "exit code after SIGTERM")
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def call(url, body=None, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def until(ask, wanted):
    """Asks again and again until the answer is as wanted."""
    end = time.monotonic() + WAIT_SECONDS
    while (got := ask()) != wanted:
        assert time.monotonic() < end, f"got {got!r}, wanted {wanted!r}"
        time.sleep(0.05)


def lines(*objects):
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects)


def user(**changes):
    return {**USER, **changes}


def task(**changes):
    return {**TASK, **changes}


def sql(data, statement):
    link = sqlite3.connect(data / "taskroom.db", timeout=20)
    try:
        with link:
            return link.execute(statement).fetchall()
    finally:
        link.close()


def run_tests(names):
    """Those of a module's names that begin with test_, or those that the arguments name. Its exit code."""
    tests = [(name.removeprefix("test_"), function) for name, function in names.items()
             if name.startswith("test_") and (not WANTED or name.removeprefix("test_") in WANTED)]
    failed = 0
    print(f"1..{len(tests)}", flush=True)
    for number, (name, function) in enumerate(tests, 1):
        try:
            function()
            print(f"ok {number} - {name}", flush=True)
        except Exception as problem:  # pylint: disable=broad-except
            failed += 1
            trace = problem.__traceback__
            while trace.tb_next and not trace.tb_frame.f_code.co_name.startswith("test_"):
                trace = trace.tb_next
            text = f"line {trace.tb_lineno}: {type(problem).__name__}: {problem}"
            print("\n".join("# " + line for line in text.splitlines()))
            print(f"not ok {number} - {name}", flush=True)
    return int(failed > 0)
