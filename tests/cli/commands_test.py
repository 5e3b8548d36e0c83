#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command of the binary as it is used: what it prints, leaves behind and ends with.

commands_test.py TASKROOM SOURCE_ROOT [NAME...]      prints TAP

Nothing here fails because something was slow: what is waited for is polled, within a bound.
"""
import os
import re
import shutil
import subprocess
import sys

from installed import (ANYWHERE, BINARY, COMMANDS, ROOT, TASK, TENANT, USER, error, folder, holds, installation,
                       lines, mode, rows, run, run_tests, same, sql, user)


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


def test_a_database_of_another_program():
    """Its step 1 ran other statements, or it is not known what it ran."""
    for change, status, text in (
            ("UPDATE schema_version SET step_hash = step_hash + 1", 3, "another schema step 1 (start)"),
            ("ALTER TABLE schema_version DROP COLUMN step_hash", 1, "no such column: step_hash")):
        with installation() as data:
            sql(data, change)
            for words in (["app", "list"], ["serve", *ANYWHERE]):
                holds(error(*words, "--data", data, status=status)["error"], text)
            found = run("doctor", "--data", data, status=1)[0]
            holds(found, "bad schema: ")
            holds(found, text)


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


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
