#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command of the binary as it is used: what it prints, leaves behind and ends with.

commands_test.py TASKROOM SOURCE_ROOT [NAME...]      prints TAP

Nothing here fails because something was slow: what is waited for is polled, within a bound.
"""
import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
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


# ---- help ----

def test_help_of_every_command():
    out, _ = run("--help")
    for name in COMMANDS:
        holds(out, f"\n  {name} ")
        own, _ = run(*name.split(), "--help")
        assert own.startswith(f"usage: taskroom {name}"), own
        holds(own, "--json")
        same(run("help", *name.split())[0], own, f"help {name}")
    listed = re.findall(r"^  (\S+(?: \S+)?)  ", out, re.M)
    same(sorted(listed), sorted(COMMANDS), "the commands")
    same(run("help")[0], out)
    holds(run("app", "--help")[0], "app rotate-secret")


def test_generated_docs_are_fresh():
    same(run("help", "--man")[0], (ROOT / "docs/man/taskroom.1").read_text(encoding="utf-8"),
         "docs/man/taskroom.1 (taskroom help --man)")
    same(run("help", "--markdown")[0], (ROOT / "docs/configuration.md").read_text(encoding="utf-8"),
         "docs/configuration.md (taskroom help --markdown)")


def test_version():
    out, _ = run("--version")
    assert re.fullmatch(r"taskroom \d+\.\d+\.\d+\n", out), out
    same(rows("version"), [{"version": out.split()[1]}])


def test_usage():
    for words, wanted in [([], "which command?"), (["nonsense"], 'there is no command "nonsense"'),
                          (["app"], '"app" needs a second word'),
                          (["serve", "--nonsense"], "there is no option --nonsense"),
                          (["serve", "--readers"], "--readers needs a value"),
                          (["user", "import"], "FILE is missing"),
                          (["tenant", "add"], "--name is missing"),
                          (["help", "nonsense"], 'there is no command "nonsense"')]:
        out, err = run(*words, status=2)
        same(out, "")
        same(err.splitlines()[0], f"taskroom: {wanted}")
        holds(err, "usage: taskroom ")
        if words:
            same(error(*words, status=2) if words[-1] != "--readers" else {"error": wanted},
                 {"error": wanted})


def test_standard_output_that_is_full():
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([BINARY, "routes"], stdout=full, stderr=subprocess.PIPE, text=True,
                              check=False)
    same(done.returncode, 1)
    holds(done.stderr, "standard output: No space left on device")


# ---- init, tenants, apps ----

def test_init():
    with folder() as path:
        made = rows("init", "--data", path / "data", "--tenant-name", "一", "--tenant-key", TENANT)
        same(made, [{"data": str(path / "data"), "tenant_key": TENANT, "is_resumed": False}])
        same(mode(path / "data"), 0o700)
        for name in os.listdir(path / "data"):
            same(mode(path / "data" / name), 0o600, name)
        for name in ("master.key", "taskroom.db", "taskroom.conf"):
            assert (path / "data" / name).exists(), name
        assert re.fullmatch(r"[0-9a-f]{64}\n", (path / "data/master.key").read_text())
        [tenant] = rows("tenant", "list", "--data", path / "data")
        same((tenant["tenant_key"], tenant["name"]), (TENANT, "一"))


def test_init_again_is_refused():
    with installation() as data:
        before = sorted((path.name, path.read_bytes()) for path in data.glob("[mt]*[yf]"))
        holds(error("init", "--data", data)["error"], "holds an installation already")
        same(sorted((path.name, path.read_bytes()) for path in data.glob("[mt]*[yf]")), before)
        key = (data / "master.key").read_text().strip()
        (data / "master.key").unlink()
        holds(error("init", "--data", data, TASKROOM_MASTER_KEY=key)["error"],
              "holds an installation already")


def test_init_without_the_key_of_a_database():
    with installation() as data:
        (data / "master.key").unlink()
        holds(error("init", "--data", data)["error"], "holds an installation already")
        assert not (data / "master.key").exists(), "a key that is not the database's"


def cut_short(data, *left):
    """Takes away of a new installation all but what is left; returns its key."""
    sql(data, "DELETE FROM tenant")
    key = (data / "master.key").read_text()
    for path in data.iterdir():
        if path.name not in left:
            path.unlink()
    return key


def test_init_that_was_cut_short():
    for left, more, is_resumed in [
            ((), {}, False),
            ((), {"taskroom.conf": "# mine\n"}, False),
            ((), {"master.key.tmp": "00ff"}, True),
            ((), {"master.key": ""}, True),
            ((), {"master.key": "", "master.key.tmp": "00ff", "taskroom.db": ""}, True),
            (("master.key",), {}, True),
            (("master.key",), {"master.key.tmp": "00ff"}, True),
            (("master.key",), {"taskroom.db": ""}, True),
            (("master.key", "taskroom.conf"), {"taskroom.conf.tmp": "#", "taskroom.db": ""}, True),
            (("master.key", "taskroom.conf", "taskroom.db"), {}, True)]:
        with installation() as data:
            key = cut_short(data, *left)
            for name, text in more.items():
                (data / name).write_text(text, encoding="utf-8")
                (data / name).chmod(0o600)
            same(rows("init", "--data", data, "--tenant-key", TENANT),
                 [{"data": str(data), "tenant_key": TENANT, "is_resumed": is_resumed}],
                 f"{left} {more}")
            if "master.key" in left:
                same((data / "master.key").read_text(), key, "the key")
            same(mode(data / "master.key"), 0o600)
            if "taskroom.conf" in more:
                same((data / "taskroom.conf").read_text(), "# mine\n")
            same([name for name in os.listdir(data) if name.endswith(".tmp")], [])
            run("app", "add", "--data", data, "--name", "a")
            holds(run("doctor", "--data", data)[0], "ok  key")
            holds(error("init", "--data", data)["error"], "holds an installation already")
    with installation() as data:
        cut_short(data, "master.key")
        holds(run("init", "--data", data)[0], "what was there of it was kept")


def test_init_with_a_key_that_is_none():
    with folder() as path:
        (path / "master.key").write_text("00ff\n", encoding="utf-8")
        (path / "master.key").chmod(0o600)
        same(error("init", "--data", path)["error"], "the master key is not 64 hex digits")
        same((path / "master.key").read_text(), "00ff\n")


def test_init_that_can_not_be():
    with folder() as path:
        same(error("init", "--data", path / "data", "--tenant-key", "short", status=2),
             {"error": "a tenant_key is 16 hex digits"})
        error("init", "--data", path / "data", "--tenant-name", "", status=2)
        error("init", "--data", path / "data", "--tenant-name", "x" * 201, status=2)
        assert not (path / "data").exists(), "a refused init leaves a directory"
        holds(error("init", "--data", path / "none/data")["error"], "No such file or directory")


def test_no_installation():
    with folder() as path:
        for words in (["app", "list"], ["task", "list"], ["tenant", "add", "--name", "x"],
                      ["serve", *ANYWHERE]):
            holds(error(*words, "--data", path / "none")["error"], "taskroom init")
        assert not (path / "none").exists()


def test_tenants():
    with installation() as data:
        [made] = rows("tenant", "add", "--data", data, "--name", "二")
        assert re.fullmatch(r"[0-9a-f]{16}", made["tenant_key"])
        same([one["name"] for one in rows("tenant", "list", "--data", data)], ["default", "二"])
        same(run("tenant", "list", "--data", data)[0],
             f"{TENANT}  default\n{made['tenant_key']}  二\n")
        error("tenant", "add", "--data", data, "--name", "三", "--tenant-key", TENANT)
        error("tenant", "add", "--data", data, "--name", "三", "--tenant-key", "x")
        same(len(rows("tenant", "list", "--data", data)), 2)


def test_which_tenant():
    with installation() as data:
        [other] = rows("tenant", "add", "--data", data, "--name", "other")
        keys = f"{TENANT}, {other['tenant_key']}"
        for words in (["task", "list"], ["chat", "list"], ["app", "add", "--name", "x"],
                      ["user", "import", "-"], ["task", "import", "-"]):
            same(error(*words, "--data", data, status=2)["error"],
                 f"there are several tenants, choose one with --tenant: {keys}")
            same(error(*words, "--data", data, "--tenant", "none")["error"],
                 "there is no tenant none")
        run("user", "import", "-", "--data", data, "--tenant", other["tenant_key"],
            stdin=lines(USER))
        run("task", "import", "-", "--data", data, "--tenant", other["tenant_key"],
            stdin=lines(TASK))
        same(rows("task", "list", "--data", data, "--tenant", TENANT), [])
        same(len(rows("task", "list", "--data", data, "--tenant", other["tenant_key"])), 1)


def test_apps():
    with installation() as data:
        [app] = rows("app", "add", "--data", data, "--name", "审批助手")
        assert re.fullmatch(r"cli_[0-9a-f]{16}", app["app_id"])
        assert len(app["app_secret"]) >= 32
        same((app["type"], app["tenant_key"], app["name"]), ("custom", TENANT, "审批助手"))
        holds(app["scopes"], "app_engine:approval:write")
        [fixed] = rows("app", "add", "--data", data, "--name", "b", "--type", "isv",
                       "--app-id", "cli_00000000000000ff", "--scopes", "im:chat,im:chat:read,im:chat")
        same((fixed["app_id"], fixed["scopes"]),
             ("cli_00000000000000ff", ["im:chat", "im:chat:read"]))
        listed = rows("app", "list", "--data", data)
        same({one["app_id"] for one in listed}, {app["app_id"], fixed["app_id"]})
        assert not any("app_secret" in one for one in listed)
        kept = b"".join(path.read_bytes() for path in data.iterdir())
        assert app["app_secret"].encode() not in kept, "a secret is kept"
        holds(run("app", "list", "--data", data, "--tenant", TENANT)[0], "审批助手")
        error("app", "add", "--data", data, "--name", "c", "--app-id", "cli_00000000000000ff")
        error("app", "add", "--data", data, "--name", "c", "--app-id", "cli_1")
        error("app", "add", "--data", data, "--name", "c", "--scopes", "IM!")
        error("app", "add", "--data", data, "--name", "c", "--type", "shop", status=2)
        same(len(rows("app", "list", "--data", data)), 2)


def test_secrets_and_scopes():
    with installation() as data:
        [app] = rows("app", "add", "--data", data, "--name", "a", "--scopes", "im:chat")
        [rotated] = rows("app", "rotate-secret", app["app_id"], "--data", data)
        same(rotated["app_id"], app["app_id"])
        assert rotated["app_secret"] != app["app_secret"]
        out, _ = run("app", "rotate-secret", app["app_id"], "--data", data)
        assert re.fullmatch(r"app_id      \S+\napp_secret  \S{32}\n", out), out
        same(run("app", "scopes", app["app_id"], "--data", data)[0], "im:chat\n")
        same(rows("app", "scopes", app["app_id"], "--data", data, "--set", "im:chat:read,im:chat"),
             [{"app_id": app["app_id"], "scopes": ["im:chat:read", "im:chat"]}])
        same(run("app", "scopes", app["app_id"], "--data", data)[0], "im:chat:read\nim:chat\n")
        run("app", "scopes", app["app_id"], "--data", data, "--set", "all")
        holds(run("app", "scopes", app["app_id"], "--data", data)[0], "app_engine:approval:write\n")
        for words in (["rotate-secret"], ["scopes"], ["ticket"]):
            same(error("app", *words, "cli_none", "--data", data)["error"],
                 "there is no app cli_none")
        error("app", "scopes", app["app_id"], "--data", data, "--set", "Ä")


def test_tickets():
    with installation() as data:
        [custom] = rows("app", "add", "--data", data, "--name", "a")
        [store] = rows("app", "add", "--data", data, "--name", "b", "--type", "isv")
        holds(error("app", "ticket", custom["app_id"], "--data", data)["error"], "no store app")
        [ticket] = rows("app", "ticket", store["app_id"], "--data", data)
        same(set(ticket), {"app_id", "app_ticket"})
        assert re.fullmatch(r"[\w-]{20,}\n", run("app", "ticket", store["app_id"],
                                                 "--data", data)[0])


# ---- imports ----

def test_the_examples_of_the_documentation():
    text = (ROOT / "docs/import.md").read_text(encoding="utf-8")
    examples = dict(re.findall(r"```jsonl (\w+)\n(.*?)```", text, re.S))
    with installation() as data:
        for noun in ("user", "task"):
            example = examples[noun + "s"]
            count = len(example.splitlines())
            same(rows(noun, "import", "-", "--data", data, stdin=example), [{"imported": count}])
            same(run(noun, "import", "-", "--data", data, stdin=example)[0],
                 f"imported {count} {noun}s\n")
        [first, second] = rows("task", "list", "--data", data)
        wanted = [json.loads(line) for line in examples["tasks"].splitlines()]
        first["initiator"].pop("name")
        same(first, wanted[0])
        same((second["workflow_instance"]["status"], second["assignees"], second["cc"],
              second["summarys"]), ("in_process", [], [], []))


def test_what_is_listed_can_be_imported():
    with installation() as data, installation() as other:
        full = task(assignees=["1800000000000001"], cc=["1800000000000001"], summarys=[
            {"file_key": {"language_code": "2052", "text": "“金额”"}, "file_value": []}])
        for one in (data, other):
            run("user", "import", "-", "--data", one, stdin=lines(USER))
        run("task", "import", "-", "--data", data, stdin=lines(full, task(task_id="2")))
        listed, _ = run("task", "list", "--json", "--data", data)
        run("task", "import", "-", "--data", other, stdin=listed)
        same(run("task", "list", "--json", "--data", other)[0], listed)


def test_importing_again_updates():
    with installation() as data:
        run("user", "import", "-", "--data", data, stdin=lines(user(en_name="Zhang Wei")))
        [before] = sql(data, "SELECT open_id, union_id, user_id, en_name FROM kunlun_user")
        run("user", "import", "-", "--data", data,
            stdin=lines(user(name="张大伟", status="resigned"), user(kunlun_id="2", name="b")))
        same(sql(data, "SELECT open_id, union_id, user_id, en_name, name, status FROM kunlun_user "
                       "WHERE kunlun_id = '1800000000000001'"), [(*before, "张大伟", "resigned")])
        run("user", "import", "-", "--data", data, stdin=lines(user(en_name="", open_id="ou_x")))
        same(sql(data, "SELECT open_id, en_name, status FROM kunlun_user "
                       "WHERE kunlun_id = '1800000000000001'"), [("ou_x", "", "active")])
        run("task", "import", "-", "--data", data, stdin=lines(task(assignees=["2"])))
        changed = task(type="archived", cc=["2"], workflow_instance={
            "id": "1780000000000001", "api_id": "f", "status": "completed",
            "label": [{"language_code": "1033", "text": "L"}]})
        run("task", "import", "-", "--data", data, stdin=lines(changed))
        [listed] = rows("task", "list", "--data", data)
        listed["initiator"].pop("name")
        same(listed, {**changed, "assignees": [], "summarys": []})


def test_an_id_twice_in_a_file():
    with installation() as data:
        same(rows("user", "import", "-", "--data", data,
                  stdin=lines(user(name="first"), user(name="last"))), [{"imported": 2}])
        same(sql(data, "SELECT name FROM kunlun_user"), [("last",)])


def test_a_bad_line_keeps_nothing():
    bad_users = [('{"kunlun_id":"9"}', "name is required"),
                 ('{"kunlun_id":9,"name":"x"}', "kunlun_id: must be a string"),
                 ('{"kunlun_id":"9","name":["x"]}', "name: must be a string"),
                 ('{"kunlun_id":"a b","name":"x"}',
                  "kunlun_id has 1 to 64 letters, digits, - and _"),
                 ('{"kunlun_id":"9","name":"x","status":"gone"}', "status is active or resigned"),
                 ('{"kunlun_id":"9","name":"' + "x" * 201 + '"}', "name has 1 to 200 characters"),
                 ('{"kunlun_id":"9","name":"x","open_id":"ou_taken"}',
                  "kunlun_id: another user has its open_id, union_id or user_id"),
                 ('{"kunlun_id":"9","kunlun_id":"9","name":"x"}', None), ("nonsense", None),
                 ('["9"]', "a line is a JSON object"), ('{"kunlun_id":"9","name":"x"} {}', None),
                 ('{"kunlun_id":"9","name":"x"', None), ('{"kunlun_id":"9","name":"\\ud800"}', None),
                 ("x" * (256 * 1024 + 1), "a line has at most 262144 bytes")]
    with installation() as data:
        path = data.parent / "users.jsonl"
        for line, reason in bad_users:
            path.write_text(lines(user(open_id="ou_taken")) + "\n" + line + "\n"
                            + lines(user(kunlun_id="3")), encoding="utf-8")
            said = error("user", "import", path, "--data", data)
            same(set(said), {"error", "line", "reason"})
            same(said["line"], 3, line[:80])
            same(said["error"], f"{path}:3: {said['reason']}")
            if reason:
                same(said["reason"], reason)
            out, err = run("user", "import", path, "--data", data, status=1)
            same((out, err), ("", said["error"] + "\n"))
            same(sql(data, "SELECT count(*) FROM kunlun_user"), [(0,)], line[:80])


def test_bad_tasks():
    flow = TASK["workflow_instance"]
    text = {"language_code": "2052", "text": "x"}
    bad = [(task(task_id=""), "task_id is required"), (task(type="done"), "type is pending or archived"),
           (task(type=None), "type is required"),
           (task(task_start_time=1795000000000), "task_start_time: must be a string"),
           (task(task_start_time="253402300800000"), None), (task(task_start_time="-1"), None),
           (task(workflow_instance="1"), "workflow_instance: must be an object"),
           (task(workflow_instance={**flow, "id": None}), "workflow_instance.id: id is required"),
           (task(workflow_instance={**flow, "label": None}),
            "workflow_instance.label: label is required"),
           (task(workflow_instance={**flow, "label": [{"text": "x"}]}), None),
           (task(workflow_instance={**flow, "status": "asleep"}),
            None),
           (task(initiator={}), "initiator.user_id: user_id is required"),
           (task(initiator={"user_id": "none"}), "initiator: user none does not exist"),
           (task(assignees="1"), "assignees: must be an array"),
           (task(assignees=[1]), "assignees[0]: must be a string"),
           (task(assignees=["none"]), "assignees: user none does not exist"),
           (task(cc=["none"]), "cc: user none does not exist"),
           (task(cc=["1800000000000001"] * 201), "cc: the max len is 200"),
           (task(summarys=[{"file_key": [text], "file_value": []}]),
            "summarys[0].file_key: must be an object"),
           (task(summarys=[{"file_key": text, "file_value": text}]),
            "summarys[0].file_value: must be an array"),
           (task(summarys=[{"file_key": text, "file_value": [{**text, "text": "x" * 4000}] * 5}]),
            "summarys have at most 16384 bytes")]
    with installation() as data:
        run("user", "import", "-", "--data", data, stdin=lines(USER))
        for one, reason in bad:
            said = error("task", "import", "-", "--data", data,
                         stdin=lines(task(task_id="7"), one))
            same(said["line"], 2, str(one))
            holds(said["error"], "standard input:2: ")
            if reason:
                same(said["reason"], reason)
            same(sql(data, "SELECT count(*) FROM task"), [(0,)], str(one)[:80])


def test_files():
    with installation() as data:
        path = data.parent / "users.jsonl"
        same(error("user", "import", path, "--data", data)["error"],
             f"{path}: No such file or directory")
        holds(error("user", "import", data, "--data", data)["error"], "Is a directory")
        path.write_text(lines(USER), encoding="utf-8")
        same(rows("user", "import", path, "--data", data.parent / "none", "--database",
                  f"sqlite:{data}/taskroom.db", "--master-key-file", data / "master.key"),
             [{"imported": 1}])
        for text, count in [("", 0), ("\n \n\t\r\n", 0), (lines(USER).rstrip("\n"), 1),
                            (lines(USER).replace("\n", "\r\n") * 2, 2),
                            (lines(user(unknown=[1, {}])), 1)]:
            path.write_text(text, encoding="utf-8", newline="")
            same(rows("user", "import", path, "--data", data), [{"imported": count}], repr(text))


def test_a_disk_without_space_for_the_input():
    def bound():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    with installation() as data:
        done = subprocess.run([BINARY, "user", "import", "-", "--data", data, "--json"],
                              input=lines(*[user(name="x" * 200)] * 5000),
                              capture_output=True, text=True, env=environment(), check=False,
                              preexec_fn=bound, restore_signals=False)
        same(done.returncode, 1, done.stderr)
        same(json.loads(done.stderr),
             {"error": f"{data}: the input doesn't fit in a temporary file: File too large"})
        same(sql(data, "SELECT count(*) FROM kunlun_user"), [(0,)])
        same([name for name in os.listdir(data) if "import" in name], [], "temporary files")


def test_a_large_file():
    with installation() as data:
        path = data.parent / "users.jsonl"
        count = 20000
        path.write_text(lines(*(user(kunlun_id=str(n)) for n in range(count))), encoding="utf-8")
        same(rows("user", "import", path, "--data", data), [{"imported": count}])
        same(sql(data, "SELECT count(*), count(DISTINCT open_id) FROM kunlun_user"),
             [(count, count)])


def test_a_list_of_several_pages():
    with installation() as data:
        run("user", "import", "-", "--data", data, stdin=lines(USER))
        ids = [f"{n:05d}" for n in range(2001)]
        run("task", "import", "-", "--data", data, stdin=lines(*(task(task_id=n) for n in ids)))
        same([one["task_id"] for one in rows("task", "list", "--data", data)], ids)
        same([line.split()[0] for line in run("task", "list", "--data", data)[0].splitlines()], ids)


def test_lists_of_nothing():
    with installation() as data:
        for noun in ("task", "chat", "app"):
            same(run(noun, "list", "--data", data), ("", ""))
            same(rows(noun, "list", "--data", data), [])


# ---- settings ----

def test_print_config():
    with installation() as data:
        out, _ = run("serve", "--print-config", "--data", data, "--readers=3",
                     TASKROOM_BATCH_MOST="7", TASKROOM_MASTER_KEY="5ec4e7")
        holds(out, "\nreaders = 3\n")
        holds(out, "\nbatch_most = 7\n")
        holds(out, f"data = {data}\n")
        holds(out, "\n# master_key = (set)\n")
        assert "5ec4e7" not in out
        path = data.parent / "printed.conf"
        path.write_text(out, encoding="utf-8")
        same(run("serve", "--print-config", "--config", path)[0], out.replace("(set)", ""))
        [printed] = rows("serve", "--print-config", "--data", data, "--rate-limits", "feishu")
        same((printed["rate_limits"], printed["readers"], printed["master_key"]),
             ("feishu", 2, None))


def test_check_config():
    with installation() as data:
        same(run("serve", "--check-config", "--data", data)[0], "the settings are right\n")
        same(rows("serve", "--check-config", "--data", data), [{"ok": True}])
        for flag, value in (("listen", "0.0.0.0"), ("listen", ":7171"), ("listen", "127.0.0.1:99999"),
                            ("private-listen", '"127.0.0.1:7372"'), ("master-key", "abc"),
                            ("database", "postgres://x")):
            holds(error("serve", "--check-config", f"--{flag}", value, status=2)["error"],
                  flag.replace("-", "_"))
        for word, wanted in [("--readers=0", "command line: readers is a number from 1 to 16"),
                             ("--rate-limits=on", "command line: rate_limits can't be")]:
            holds(error("serve", "--check-config", word, status=2)["error"], wanted)


def test_unknown_keys_are_refused():
    with installation() as data:
        (data / "taskroom.conf").write_text("writers = 2\n", encoding="utf-8")
        for words in (["serve", *ANYWHERE], ["app", "list"], ["doctor"]):
            same(error(*words, "--data", data, status=2)["error"],
                 f'{data}/taskroom.conf:1: there is no setting "writers"')
        same(error("serve", "--writers", "2", status=2)["error"], "there is no option --writers")
        same(error("serve", "--check-config", status=2, TASKROOM_WRITERS="2")["error"],
             'TASKROOM_WRITERS: no setting has this name')


def test_variables_and_their_files():
    with installation() as data:
        same(len(rows("tenant", "list", TASKROOM_DATA=str(data))), 1)
        key = data / "master.key"
        moved = data.parent / "key"
        shutil.copy(key, moved)
        key.unlink()
        holds(error("app", "list", "--data", data)["error"], "taskroom init")
        same(rows("app", "list", "--data", data, TASKROOM_MASTER_KEY_FILE=str(moved)), [])
        same(rows("app", "list", "--data", data, "--master-key-file", moved), [])
        holds(error("app", "list", "--data", data, TASKROOM_MASTER_KEY="00")["error"],
              "the master key is not 64 hex digits")
        holds(error("app", "list", "--data", data, status=2,
                    TASKROOM_MASTER_KEY_FILE=str(data / "none"))["error"],
              "TASKROOM_MASTER_KEY_FILE: master_key_file: ")


def test_a_key_that_others_may_read():
    with installation() as data:
        (data / "master.key").chmod(0o640)
        holds(error("app", "list", "--data", data)["error"], "its mode must be 0600")


def test_a_newer_database():
    with installation() as data:
        [(version,)] = sql(data, "PRAGMA user_version")
        tables = sql(data, "SELECT name FROM sqlite_master WHERE name LIKE '%schema%'")
        if version:
            sql(data, f"PRAGMA user_version = {version + 99}")
        else:
            sql(data, f"UPDATE {tables[0][0]} SET version = version + 99")
        for words in (["app", "list"], ["serve", *ANYWHERE]):
            holds(error(*words, "--data", data, status=3)["error"], "schema version")
        holds(run("doctor", "--data", data, status=1)[0], "bad schema: version 100")


# ---- doctor ----

def test_doctor():
    with installation() as data:
        for thorough in ([], ["--thorough"]):
            out, _ = run("doctor", "--data", data, *thorough)
            assert all(line.startswith("ok  ") for line in out.splitlines()), out
            checks = {one["check"]: one for one in rows("doctor", "--data", data, *thorough)}
            for name in ("clock", "disk", "directory", "key", "database", "schema", "journal_mode",
                         "synchronous", "integrity"):
                assert checks[name]["ok"] is True, name
            same((checks["journal_mode"]["detail"], checks["integrity"]["detail"]), ("wal", "ok"))


def bad_checks(data, *words):
    run("doctor", "--data", data, *words, status=1)     # it may make a database's log
    out, _ = run("doctor", "--data", data, *words, status=1)
    named = rows("doctor", "--data", data, *words, status=1)
    same(out.count("\nbad ") + out.startswith("bad "), sum(not one["ok"] for one in named))
    return {one["check"] for one in named if not one["ok"]}


def test_doctor_on_another_installations_key():
    with installation() as data:
        key = data / "master.key"
        key.write_text("a" * 64 + "\n")
        same(bad_checks(data), {"key_of_database"})
        holds(error("app", "list", "--data", data)["error"], "not the one of this database")
        holds(error("serve", "--data", data, "--listen", "127.0.0.1:0", "--private-listen", "off")["error"],
              "not the one of this database")


def test_doctor_on_permissions():
    with installation() as data:
        data.chmod(0o755)
        same(bad_checks(data), {"directory"})
        (data / "taskroom.db").chmod(0o644)
        (data / "master.key").chmod(0o644)
        found = bad_checks(data)
        assert {"directory", "database", "key"} <= found, found


def test_doctor_on_damage():
    with installation() as data:
        run("user", "import", "-", "--data", data,
            stdin=lines(*(user(kunlun_id=str(n)) for n in range(2000))))
        sql(data, "PRAGMA wal_checkpoint(TRUNCATE)")
        whole = (data / "taskroom.db").read_bytes()
        middle = len(whole) // 2 // 4096 * 4096
        (data / "taskroom.db").write_bytes(whole[:middle] + b"\xa5" * 8192 + whole[middle + 8192:])
        holds(bad_checks(data, "--thorough"), "integrity")
        (data / "taskroom.db").write_bytes(b"no database at all" * 1000)
        assert bad_checks(data) & {"opening", "settings", "integrity"}


def test_doctor_on_nothing():
    with folder() as path:
        found = bad_checks(path / "none")
        assert {"directory", "key", "opening"} <= found, found
        assert not (path / "none").exists()


# ---- routes ----

def test_routes():
    [document] = rows("routes")
    assert len(document["routes"]) >= 10
    out, _ = run("routes")
    same(len(out.splitlines()), len(document["routes"]))
    for route in document["routes"]:
        holds(out, f"{route['method']:4}  {route['path']} ")


# ---- beside a server ----

def token_of(url, app):
    reply = call(url + "/open-apis/auth/v3/tenant_access_token/internal",
                 {"app_id": app["app_id"], "app_secret": app["app_secret"]})
    return reply.get("tenant_access_token")


def test_serve_and_what_changes_beside_it():
    with installation() as data:
        with server("serve", "--data", data) as ready:
            same(set(ready), {"url", "private_url"})
            url = ready["url"]
            [app] = rows("app", "add", "--data", data, "--name", "a")
            until(lambda: token_of(url, app) is not None, True)
            token = token_of(url, app)

            def query():
                return call(url + "/open-apis/apaas/v1/user_task/query",
                            {"kunlun_user_id": USER["kunlun_id"]}, token)
            same(query()["code"], 2320001)
            run("user", "import", "-", "--data", data, stdin=lines(USER))
            until(lambda: query()["code"], 0)
            run("task", "import", "-", "--data", data, stdin=lines(TASK))
            until(lambda: query()["data"]["count"], "1")
            opened = call(url + f"/open-apis/apaas/v1/user_tasks/{TASK['task_id']}/chat_group",
                          {"operator_user_id": USER["kunlun_id"], "chat_name": "a\n\u001b[31mb"},
                          token)
            [chat] = rows("chat", "list", "--data", data)
            same((chat["chat_id"], chat["name"], chat["users"], chat["bots"]),
                 (opened["data"]["chat_id"], "a\n\u001b[31mb", 1, 1))
            out, _ = run("chat", "list", "--data", data)
            holds(out, "  a  [31mb\n")
            same(len(out.splitlines()), 1)
            run("app", "rotate-secret", app["app_id"], "--data", data)
            until(lambda: token_of(url, app), None)
            run("doctor", "--data", data)


@contextlib.contextmanager
def started(*words, **pipes):
    """A command that goes on meanwhile; ended in any case."""
    with subprocess.Popen([BINARY, *map(str, words)], env=environment(), **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def test_an_import_whose_input_is_slow():
    many = lines(*(user(kunlun_id=str(n)) for n in range(5000))).encode()
    with installation() as data, server("serve", "--data", data) as ready:
        [app] = rows("app", "add", "--data", data, "--name", "a")
        until(lambda: token_of(ready["url"], app) is not None, True)
        run("user", "import", "-", "--data", data, stdin=lines(USER))
        run("task", "import", "-", "--data", data, stdin=lines(TASK))
        with started("user", "import", "-", "--data", data, stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as slow:
            slow.stdin.write(many)      # more than a pipe holds: it has begun to read
            slow.stdin.flush()
            opened = call(f"{ready['url']}/open-apis/apaas/v1/user_tasks/{TASK['task_id']}/chat_group",
                          {"operator_user_id": USER["kunlun_id"]}, token_of(ready["url"], app))
            same(opened["code"], 0, str(opened))
            same(sql(data, "SELECT count(*) FROM kunlun_user"), [(1,)])
            same([name for name in os.listdir(data) if "import" in name], [], "temporary files")
            slow.stdin.write(lines(user(kunlun_id="last")).encode())
            out, _ = slow.communicate(timeout=WAIT_SECONDS)
            same((slow.returncode, out), (0, b"imported 5001 users\n"))
        same(sql(data, "SELECT count(*) FROM kunlun_user"), [(5002,)])


def test_a_list_that_is_read_slowly():
    with installation() as data:
        run("user", "import", "-", "--data", data, stdin=lines(USER))
        ids = [f"{n:05d}" for n in range(2001)]
        run("task", "import", "-", "--data", data, stdin=lines(*(task(task_id=n) for n in ids)))

        def is_log_pinned():
            link = sqlite3.connect(data / "taskroom.db", timeout=0)
            try:
                return link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                link.close()
        with started("task", "list", "--json", "--data", data, stdout=subprocess.PIPE) as slow:
            first = slow.stdout.readline()      # more is to come than a pipe holds
            run("user", "import", "-", "--data", data, stdin=lines(user(kunlun_id="2")))
            until(is_log_pinned, 0)
            listed = [first, *slow.stdout]
            same(slow.wait(WAIT_SECONDS), 0)
        same([json.loads(line)["task_id"] for line in listed], ids)


def test_serve_without_a_private_listener():
    with installation() as data:
        process = subprocess.Popen([BINARY, "serve", "--data", data, "--listen", "127.0.0.1:0",
                                    "--private-listen", "off"], text=True, env=environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        ready = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        same(process.wait(WAIT_SECONDS), 0, "exit code after SIGINT")
        process.stdout.close()
        same(set(ready), {"url"})


def test_serve_with_closed_descriptors():
    with installation() as data:
        command = ["sh", "-c", 'exec "$@" <&- 2>&-', "sh", BINARY, "serve", "--data", str(data),
                   *ANYWHERE]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                              env=environment()) as process:
            try:
                url = json.loads(process.stdout.readline())["url"]
                if os.access(f"/proc/{process.pid}/fd", os.R_OK):   # root may look
                    for fd in (0, 2):
                        same(os.readlink(f"/proc/{process.pid}/fd/{fd}"), "/dev/null", f"fd {fd}")
                for _ in range(3):
                    same(token_of(url, {"app_id": "none", "app_secret": "none"}), None)
                process.send_signal(signal.SIGTERM)
                same(process.wait(WAIT_SECONDS), 0)
            finally:
                process.kill()


def test_commands_with_closed_descriptors():
    with installation() as data:
        def closed(words, shell):
            return subprocess.run(["sh", "-c", f'exec "$@" {shell}', "sh", BINARY, *words, "--data",
                                   str(data)], capture_output=True, text=True, check=False,
                                  env=environment())
        done = closed(["user", "import", "-"], "<&-")
        same((done.returncode, done.stderr), (1, "standard input:1: Bad file descriptor\n"))
        same(closed(["app", "add", "--name", "a"], "<&- >&- 2>&-").returncode, 0)
        same(closed(["doctor", "--thorough"], "<&-").returncode, 0)


def test_serve_on_an_address_that_is_taken():
    with installation() as data, server("serve", "--data", data) as ready:
        address = ready["url"].removeprefix("http://")
        assert error_line(run("serve", "--data", data, "--listen", address, "--private-listen",
                              "off", "--json", status=1)[1])["error"]
        for bad in ("nonsense", "127.0.0.1:http", "127.0.0.1:99999"):
            _, err = run("serve", "--data", data, "--listen", bad, "--private-listen", "off",
                         "--json", status=1)
            assert error_line(err)["error"], err


def error_line(text):
    """The last line of standard error, behind the log's."""
    return json.loads(text.splitlines()[-1])


def test_demo():
    with folder() as path:
        with server("demo", "--data", path / "demo") as ready:
            url = ready["url"]
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
            same({name: ready[name] for name in ready if name not in ("url", "private_url", "users")},
                 {"app_id": "cli_a1d0c5a3b1e24f68", "app_secret": "taskroomDemoCustomAppSecret00001",
                  "store_app_id": "cli_b2d0c5a3b1e24f68",
                  "store_app_secret": "taskroomDemoStoreAppSecret000001", "tenant_key": TENANT,
                  "task_ids": [f"179000000000000{n}" for n in range(1, 7)],
                  "chat_id": "oc_" + "1".zfill(32)})
            same([one["kunlun_id"] for one in ready["users"]],
                 [f"180000000000000{n}" for n in range(1, 9)])
            same(ready["users"][0], {"kunlun_id": "1800000000000001", "open_id": "ou_" + "1".zfill(32),
                                     "name": "张伟", "en_name": "Zhang Wei"})
            token = token_of(url, ready)
            opened = call(url + f"/open-apis/apaas/v1/user_tasks/{ready['task_ids'][0]}/chat_group",
                          {"operator_user_id": ready["users"][0]["kunlun_id"]}, token)
            same(opened["code"], 0)
            members = call(f"{url}/open-apis/im/v1/chats/{ready['chat_id']}/members", None, token)
            same({one["member_id"] for one in members["data"]["items"]},
                 {one["open_id"] for one in ready["users"][:2]})
        tasks = rows("task", "list", "--data", path / "demo")
        same([one["type"] for one in tasks], ["pending"] * 5 + ["archived"])
        same([one["workflow_instance"]["id"] for one in tasks],
             ["1780000000000001"] * 3 + ["1780000000000002"] * 3)
        same({one["type"] for one in rows("app", "list", "--data", path / "demo")},
             {"custom", "isv"})
        chats = rows("chat", "list", "--data", path / "demo")
        same([one["chat_id"] for one in chats], [opened["data"]["chat_id"], ready["chat_id"]])
        with server("demo", "--data", path / "demo") as again:
            same(again["users"], ready["users"])
        same(rows("chat", "list", "--data", path / "demo"), chats)


def cells(text, columns):
    """The rows of a document's tables of this many columns, without their heads."""
    found = [[cell.strip().strip("`") for cell in line.strip("|").split("|")]
             for line in text.splitlines() if line.startswith("|")]
    return [row for i, row in enumerate(found) if len(row) == columns and "---" not in row
            and not (i + 1 < len(found) and "---" in found[i + 1])]


def test_the_documented_demo():
    text = (ROOT / "docs/demo.md").read_text(encoding="utf-8")
    with folder() as path:
        with server("demo", "--data", path) as ready:
            named = {name: value for name, value, _ in cells(text, 3)}
            same({name: value for name, value in named.items() if name != "message_id"},
                 {name: value for name, value in ready.items()
                  if isinstance(value, str) and not name.endswith("url")})
        people = [row for row in cells(text, 6) if row[1].startswith("ou_")]
        tasks = [row for row in cells(text, 6) if row not in people]
        same([tuple(row) for row in people],
             sql(path, "SELECT kunlun_id, open_id, union_id, user_id, name, en_name "
                       "FROM kunlun_user WHERE status = 'active' ORDER BY kunlun_id"))
        same(tasks, [[one["task_id"], one["workflow_instance"]["id"], one["type"],
                      one["initiator"]["user_id"][-1], ", ".join(n[-1] for n in one["assignees"]),
                      ", ".join(n[-1] for n in one["cc"])]
                     for one in rows("task", "list", "--data", path)])
        same(sql(path, "SELECT printf('oc_%016x%016x', chat_number, chat.tail), printf('om_%016x%016x',"
                       " message_number, message.tail) FROM message JOIN chat USING (chat_number)"),
             [(named["chat_id"], named["message_id"])])
        same(sql(path, "SELECT task_id, chat_number FROM chat_join"), [(tasks[0][0], 0)])


def test_demo_keeps_out_of_other_installations():
    with folder() as path:
        run("init", "--data", path / "data")
        holds(error("demo", "--data", path / "data", *ANYWHERE)["error"], "not the demo's")
        same(rows("app", "list", "--data", path / "data"), [])


def test_demo_that_was_cut_short():
    with installation() as data:
        with server("demo", "--data", data) as ready:
            same(token_of(ready["url"], ready) is not None, True)


def main():
    tests = [(name.removeprefix("test_"), function) for name, function in globals().items()
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
    return failed > 0


sys.exit(main())
