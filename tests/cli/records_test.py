#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Users, tasks and chats by command: importing them, and listing them.

records_test.py TASKROOM SOURCE_ROOT [NAME...]      prints TAP

Nothing here fails because something was slow: what is waited for is polled, within a bound.
"""
import json
import os
import re
import resource
import signal
import subprocess
import sys

from installed import (BINARY, ROOT, TASK, USER, environment, error, holds, installation, lines, rows, run, run_tests,
                       same, sql, task, user)


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


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
