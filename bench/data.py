# SPDX-License-Identifier: Apache-2.0
"""The data that all start from: the same tenant, app, users and tasks, once per template; and what is in a
database after a run."""
import hashlib
import json
import pathlib
import secrets
import shutil
import sqlite3
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PRODUCT = ROOT / "build" / "taskroom"
TASKS = 1000
APP_ID = "cli_be0c000000000001"
TENANT_KEY = "be0c000000000001"
SCOPE = "app_engine:approval:write"
# What the SQLite driver puts in the place of each of these in sql/.
PLACEHOLDERS = {"{{clustered}}": " WITHOUT ROWID", "{{row_key}}": "INTEGER", "{{bytes}}": "BLOB"}
# Of one group with three invitees. What knows the schema: this file, rows.c and what is in peer/.
ROWS_PER_GROUP = {"chat": 1, "chat_join": 1, "opening_event": 2}
OPENING_BEGIN = '{"template":"{from_user} 从任务「{task}」发起了群聊，成员：{to_chatters}","from_user":['  # is not kept
# What is told of it: table → an expression for the text.
TEXTS = {"opening_event": """'{"name":"' || chat_name || '","users":["' || replace(arrived, ' ', '","') || '"]}'""",
         "chat": f"'{OPENING_BEGIN}' || opening_content"}
PEER_TEXTS = {"event": "body", "message": "content"}
PEER_ROWS_PER_GROUP = {"chat": 1, "member": 5, "task_chat": 1, "message": 1, "event": 2}


class Invalid(Exception):
    """A run that proves nothing; its text says why."""


def user_rows(count):
    """One dict per user, as `taskroom user import` takes them."""
    for i in range(1, count + 1):
        yield {"kunlun_id": f"180000{i:010d}", "name": f"员工{i:07d}", "en_name": f"Employee {i:07d}",
               "open_id": f"ou_{i:032x}", "union_id": f"on_{i:032x}", "user_id": f"u{i:07d}",
               "status": "active"}


def task_rows(users):
    """One dict per task, as `taskroom task import` takes them."""
    for i in range(1, TASKS + 1):
        people = [f"180000{(i * 7 + n) % users + 1:010d}" for n in range(3)]
        label = [{"language_code": "2052", "text": "采购审批"},
                 {"language_code": "1033", "text": "Purchase approval"}]
        yield {"task_id": f"179000{i:010d}", "type": "pending", "task_start_time": "1795000000000",
               "workflow_instance": {"id": f"178000{i:010d}", "api_id": "purchase_flow",
                                     "status": "in_process", "label": label},
               "initiator": {"user_id": people[0]}, "assignees": [people[1]], "cc": [people[2]],
               "summarys": [{"file_key": {"language_code": "2052", "text": "金额"},
                             "file_value": [{"language_code": "2052", "text": "1,200"}]}]}


def write_lines(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def make_tables(path):
    """The product's own tables, from sql/, as its SQLite driver makes them."""
    db = sqlite3.connect(path)
    for file in sorted((ROOT / "sql").glob("*.sql")):
        text = file.read_text(encoding="utf-8")
        for name, value in PLACEHOLDERS.items():
            text = text.replace(name, value)
        db.executescript(text)
    db.execute("CREATE TABLE access_token (token_hash TEXT NOT NULL PRIMARY KEY, tenant_id BIGINT NOT NULL,"
               " app_id TEXT NOT NULL, expires_ms BIGINT NOT NULL) WITHOUT ROWID")
    return db


def fill_directory(db, token):
    """Tenant, app, token: what the product's `init`, `app add` and token endpoint give."""
    now_ms = int(time.time() * 1000)
    db.execute("INSERT INTO tenant (tenant_id, tenant_key, name, created_ms) VALUES (1, ?, 'bench', ?)",
               (TENANT_KEY, now_ms))
    db.execute("INSERT INTO app (tenant_id, app_id, app_type, name, secret_hash, scopes, created_ms)"
               " VALUES (1, ?, 'custom', 'bench', '', ?, ?)", (APP_ID, SCOPE, now_ms))
    db.execute("INSERT INTO app_tenant (tenant_id, app_id) VALUES (1, ?)", (APP_ID,))
    db.execute("INSERT INTO access_token VALUES (?, 1, ?, ?)",
               (hashlib.sha256(token.encode()).hexdigest(), APP_ID, now_ms + 86_400_000))


def fill_tasks(db, users):
    for task in task_rows(users):
        flow = task["workflow_instance"]
        db.execute("INSERT INTO workflow_instance (tenant_id, workflow_instance_id, api_id, status)"
                   " VALUES (1, ?, ?, ?)", (flow["id"], flow["api_id"], flow["status"]))
        db.executemany("INSERT INTO workflow_label (tenant_id, workflow_instance_id, position,"
                       " language_code, text) VALUES (1, ?, ?, ?, ?)",
                       [(flow["id"], n, one["language_code"], one["text"])
                        for n, one in enumerate(flow["label"])])
        db.execute("INSERT INTO task (tenant_id, task_id, workflow_instance_id, type, task_start_ms,"
                   " summarys) VALUES (1, ?, ?, ?, ?, ?)",
                   (task["task_id"], flow["id"], task["type"], int(task["task_start_time"]),
                    json.dumps(task["summarys"], ensure_ascii=False, separators=(",", ":"))))
        people = [("initiator", [task["initiator"]["user_id"]]), ("assignee", task["assignees"]),
                  ("cc", task["cc"])]
        db.executemany("INSERT INTO participant (tenant_id, kunlun_id, role, task_id, position)"
                       " VALUES (1, ?, ?, ?, ?)",
                       [(one, role, task["task_id"], n) for role, ids in people
                        for n, one in enumerate(ids)])


def make_floor_template(folder, users):
    """The database of the floor; returns the token that it knows."""
    folder.mkdir()
    token = "t-" + secrets.token_hex(20)
    db = make_tables(folder / "taskroom.db")
    fill_directory(db, token)
    fill_tasks(db, users)
    db.executemany("INSERT INTO kunlun_user (tenant_id, kunlun_id, open_id, union_id, user_id, name,"
                   " en_name, email, mobile, status) VALUES (1, :kunlun_id, :open_id, :union_id, :user_id,"
                   " :name, :en_name, '', '', :status)", user_rows(users))
    db.commit()
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
    return token


def make_peer_template(folder, floor_folder):
    """The database of the peers: the floor's with their own chats."""
    shutil.copytree(floor_folder, folder)
    db = sqlite3.connect(folder / "taskroom.db")
    db.executescript((ROOT / "bench" / "peer" / "tables.sql").read_text(encoding="utf-8"))
    db.close()


def taskroom(binary, *arguments):
    """Runs one command of the binary and returns what it printed."""
    done = subprocess.run([binary, *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise Invalid(f"taskroom {arguments[0]}: exit {done.returncode}: {done.stderr.strip()[-400:]}")
    return done.stdout


def make_taskroom_template(folder, users, binary=PRODUCT):
    """An installation of the product with the same data; returns its app's id and secret."""
    taskroom(binary, "init", "--data", folder, "--tenant-name", "bench", "--tenant-key", TENANT_KEY)
    app = json.loads(taskroom(binary, "app", "add", "--data", folder, "--name", "bench", "--json"))
    users_file, tasks_file = folder.with_suffix(".users"), folder.with_suffix(".tasks")
    write_lines(users_file, user_rows(users))
    write_lines(tasks_file, task_rows(users))
    taskroom(binary, "user", "import", users_file, "--data", folder)
    taskroom(binary, "task", "import", tasks_file, "--data", folder)
    users_file.unlink()
    tasks_file.unlink()
    return app["app_id"], app["app_secret"]


def check_rows(path, answers, rows_per_group=ROWS_PER_GROUP, texts=TEXTS):
    """Every answered group is there, whole, and no other; (groups, bytes of what is told of each)."""
    db = sqlite3.connect(path)
    counts = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in rows_per_group}
    told_bytes = sum(db.execute(f"SELECT sum(length(CAST({column} AS BLOB))) FROM {table}").fetchone()[0] or 0
                     for table, column in texts.items())
    db.close()
    chats = counts["chat"]
    if chats != answers:
        raise Invalid(f"{answers} answers, but {chats} chats in the database")
    for table, per_group in rows_per_group.items():
        if counts[table] != chats * per_group:
            raise Invalid(f"{chats} chats, but {counts[table]} rows in {table}")
    return chats, round(told_bytes / max(1, chats))


def count_chats(path):
    db = sqlite3.connect(path)
    try:
        return db.execute("SELECT count(*) FROM chat").fetchone()[0]
    finally:
        db.close()


def some_chats(path, count):
    """Ids of at most that many stored chats, evenly from all over the table, as the wire has them."""
    db = sqlite3.connect(path)
    try:
        step = max(1, db.execute("SELECT count(*) FROM chat").fetchone()[0] // count)
        rows = db.execute("SELECT printf('oc_%016x%016x', chat_number, tail) FROM (SELECT chat_number, tail,"
                          " row_number() OVER (ORDER BY chat_number) AS n FROM chat WHERE tenant_id = 1)"
                          " WHERE n % ? = 0 LIMIT ?", (step, count))
        return [row[0] for row in rows]
    finally:
        db.close()


def fill_chats(path, app_id, chats, users):
    """Puts chats into a database that no server has open, until there are so many."""
    subprocess.run([ROOT / "build" / "bench" / "fill", path, app_id, str(count_chats(path)), str(chats),
                    str(users), str(TASKS)], check=True, capture_output=True, timeout=7200)
