#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands that serve, and what others do beside them.

serving_test.py TASKROOM SOURCE_ROOT [NAME...]      prints TAP

Nothing here fails because something was slow: what is waited for is polled, within a bound.
"""
import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys

from installed import (ANYWHERE, BINARY, ROOT, TASK, TENANT, USER, WAIT_SECONDS, call, environment, error, folder,
                       holds, installation, lines, rows, run, run_tests, same, server, sql, task, until, user)


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


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
