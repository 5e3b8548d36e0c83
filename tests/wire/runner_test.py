#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests tools/wire itself against a small stand-in server, above all that it can fail. Prints TAP."""
import io
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from wire_runner import case_file, recorded, runner  # noqa: E402  (the path must be set first)

# Answers /echo with what it was sent, /bad-… with one house rule broken, everything else with 404.
STAND_IN = '''#!%s
import http.server, json, signal, sqlite3, sys, os
assert "off" in sys.argv or sys.argv[1] != "demo"
if sys.argv[1] != "demo":
    print(json.dumps({"app_id": "cli_1", "app_secret": "words " + " ".join(sys.argv[1:4])}))
    sys.exit(0 if sys.argv[1] != "fail" else 3)
signal.signal(signal.SIGTERM, lambda *_: os._exit(7 if "--unclean" in sys.argv else 0))
data = sys.argv[sys.argv.index("--data") + 1]
os.makedirs(data, exist_ok=True)
link = sqlite3.connect(data + "/taskroom.db")
link.execute("CREATE TABLE IF NOT EXISTS chat (id TEXT, state TEXT)")
link.execute("INSERT INTO chat VALUES ('oc_1', 'normal')")
link.commit(); link.close()
LOG_ID = "20261123000000" + "A" * 20
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def answer(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size).decode()
        path = self.path
        reply = {"code": 0, "msg": "ok", "tenant_access_token": "t-1",
                 "data": {"method": self.command, "path": path, "body": body, "n": 5,
                          "list": ["a", "b"], "headers": {k.lower(): v for k, v in self.headers.items()}}}
        kind, log_id, request_id = "application/json; charset=utf-8", LOG_ID, LOG_ID
        if path == "/bad-type": kind = "application/json"
        if path == "/bad-log-id": log_id = request_id = "1"
        if path == "/bad-request-id": request_id = LOG_ID[::-1]
        if path == "/bad-inner": reply["error"] = {"log_id": "other"}
        if path == "/bad-code": reply["code"] = "0"
        if path == "/bad-data": reply["data"] = []
        text = json.dumps(reply).encode()
        if path == "/text": text, kind = b"404 page not found", "text/plain"
        if path == "/cut":
            self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nabc")
            self.close_connection = True
            return
        self.send_response(404 if path == "/text" else 200)
        self.send_header("Content-Type", kind)
        self.send_header("X-Tt-Logid", log_id)
        self.send_header("X-Request-Id", request_id)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    do_GET = do_POST = do_DELETE = answer
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
users = [{"kunlun_id": "u1", "open_id": "ou_1", "name": "A"}]
print(json.dumps({"url": "http://127.0.0.1:%%d" %% server.server_port, "app_id": "cli_0",
                  "app_secret": "s", "store_app_id": "cli_s", "store_app_secret": "s2",
                  "tenant_key": "k", "task_ids": ["t1"], "users": users, "chat_id": "oc_1"}), flush=True)
server.serve_forever()
''' % sys.executable

# Each text is a case file; its cases must all pass.
PASS = """
header: Authorization: Bearer {{tenant_token}}
run other: app add --name x
== defaults and body
> POST /echo/{{task_1}}
>
> {"a": "{{user_1}}", "long": "{{x*5}}"}
< 200
< Content-Type: application/json; charset=utf-8
< x-tt-logid: *
< X-Request-Id: {{log_id}}
< X-Tt-Logid: /[0-9]{14}A{20}/
< !X-None
<
< {"code": 0, "data": {"method": "POST", "path": "/echo/t1", "n": "{{n:int}}",
<  "body": "{\\"a\\": \\"u1\\", \\"long\\": \\"xxxxx\\"}", "list": ["{{first:[a-c]{1}}}", "b"],
<  "headers": {"authorization": "Bearer t-1", "connection": "close", "host": "{{authority}}"}}}
keep: body
> GET /echo/{{n}}{{first}}
> !Authorization
< 200
<
< {"data": {"path": "/echo/5a", "headers": {"authorization": "{{absent}}"}}, "msg": "{{any}}"}
differs: body
== text and raw
> GET /text
< 404
< Content-Type: text/plain
text: 404 page not found
raw: GET /ra\\x77 HTTP/1.1\\r\\nHost: x\\r\\n
raw: Connection: close\\r\\n\\r\\n
< 200
<
< {"data": {"path": "/raw"}}
== any order, several statuses, checks at the end
> GET /text
< 200|404
> GET /list
< 200
<
< {"data": {"list": ["{{unordered}}", "b", "a"]}}
set a: 1
check: {{a}} = 1
check: {{a}} != 2
== commands and sql
sql: UPDATE chat SET state = 'dissolved' WHERE id = 'oc_1'
sql state: SELECT state FROM chat
set both: {{state}}-{{other.app_secret}}
> GET /{{state}}
< 200
<
< {"data": {"path": "/dissolved"}}
repeat: 3
> POST /again
>
> {{both}}
< 200
<
< {"data": {"body": "dissolved-words app add --name"}}
keep: one
> POST /again
>
> {{both}}
< 200
same: one
restart:
> GET /after
< 200
"""

# Each is one exchange (with what comes before it) that must fail, and a piece of the reason.
FAIL = {
    "status": ("> GET /echo\n< 201", "status: wanted"),
    "missing header": ("> GET /echo\n< 200\n< X-None: *", "header X-None: missing"),
    "header text": ("> GET /echo\n< 200\n< Server: none", "header Server: wanted 'none'"),
    "header regex": ("> GET /echo\n< 200\n< X-Tt-Logid: /[0-9]+/", "header X-Tt-Logid"),
    "header absence": ("> GET /echo\n< 200\n< !Server", "header Server: wanted none"),
    "member missing": ('> GET /echo\n< 200\n<\n< {"x": 1}', "body.x: missing"),
    "member absent": ('> GET /echo\n< 200\n<\n< {"msg": "{{absent}}"}', "body.msg: wanted none"),
    "member type": ('> GET /echo\n< 200\n<\n< {"code": "0"}', "body.code: wanted the string"),
    "truth is not one": ('> GET /echo\n< 200\n<\n< {"code": false}', "body.code: wanted False"),
    "string for int": ('> GET /echo\n< 200\n<\n< {"msg": "{{int}}"}', "wanted an integer"),
    "array length": ('> GET /echo\n< 200\n<\n< {"data": {"list": ["a"]}}', "wanted 1 elements"),
    "array order": ('> GET /echo\n< 200\n<\n< {"data": {"list": ["b", "a"]}}', "body.data.list[0]"),
    "capture": ('> GET /echo\n< 200\n<\n< {"msg": "{{m:[x-z]+}}"}', "body.msg: wanted"),
    "half a match": ('> GET /echo\n< 200\n<\n< {"msg": "{{m:o}}"}', "body.msg: wanted"),
    "unordered": ('> GET /a\n< 200\n<\n< {"data": {"list": ["{{unordered}}", "b", "b"]}}',
                  "nothing in ['a'] is 'b'"),
    "check": ("> GET /a\n< 200\ncheck: 1 = 2", "check: 1 = 2"),
    "check not": ("check: 1 != 1\n> GET /a\n< 200", "check: 1 != 1"),
    "two statuses": ("> GET /a\n< 400|404", "status: wanted 400|404, got 200"),
    "no object": ('> GET /echo\n< 200\n<\n< {"msg": "{{object}}"}', "wanted an object"),
    "exact": ('> GET /echo\n< 200\nexact: {"code": 0, "msg": "ok"}', "not expected: ['data'"),
    "text": ("> GET /text\n< 404\ntext: 404 page", "body text: wanted"),
    "same": ("> GET /a\n< 200\nkeep: a\n> GET /b\n< 200\nsame: a", "not the bytes of a"),
    "differs": ("> GET /a\n< 200\nkeep: a\n> GET /a\n< 200\ndiffers: a", "the very bytes of a"),
    "unknown variable": ("> GET /{{nothing}}\n< 200", "no variable {{nothing}}"),
    "interim": ("> GET /echo\n< 100 200", "status: wanted 100 200"),
    "cut answer": ("> GET /cut\n< 200", "closed after 3 of 10"),
    "command": ("run: fail\n> GET /a\n< 200", "exit 3"),
    "sql": ("sql: SELECT x FROM y\n> GET /a\n< 200", "no such table"),
    "sql without effect": ("sql: DELETE FROM chat WHERE id = ''\n> GET /a\n< 200", "no row"),
    "house: type": ("> GET /bad-type\n< 200", "house rule: Content-Type"),
    "house: log id": ("> GET /bad-log-id\n< 200", "house rule: X-Tt-Logid"),
    "house: request id": ("> GET /bad-request-id\n< 200", "house rule: X-Request-Id"),
    "house: inner id": ("> GET /bad-inner\n< 200", "house rule: error.log_id"),
    "house: code": ("> GET /bad-code\n< 200", "house rule: no envelope"),
    "house: data": ("> GET /bad-data\n< 200", "house rule: data"),
}

# Texts that are no case file.
REFUSED = {
    "no cases": "server: a=b",
    "answer first": "== a\n< 200",
    "no answer": "== a\n> GET /",
    "no status": "== a\n> GET /\n< ok",
    "no target": "== a\n> GET\n< 200",
    "bad json": "== a\n> GET /\n< 200\n<\n< {",
    "unknown directive": "== a\nwhat: x\n> GET /\n< 200",
    "two of a name": "== a\n> GET /\n< 200\n== a\n> GET /\n< 200",
}

# Requests as a client sent them: (mark, bytes with \n for CRLF, a piece of the reason or None when it must pass).
RECORDED = [
    ("1 on connection 1: 200, code 0", "POST /echo HTTP/1.1\nHost: {{authority}}\nContent-Length: 21\n\n"
     '{"chat_id": "oc_123"}', None),
    ("2 on connection 1: 200, code 0", "GET /{{token_1}}/{{named.app_id}} HTTP/1.1\nHost: x\n\n", None),
    ("3 on connection 2: 200, code 0",
     "POST /echo HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 2\n\n{}", None),
    ("4 on connection 1: 404", "GET /text HTTP/1.1\nHost: x\n\n", None),
    ("5 on connection 1: 201, code 0", "GET /echo HTTP/1.1\nHost: x\n\n", "status: recorded 201, got 200"),
    ("6 on connection 1: 200, code 7", "GET /echo HTTP/1.1\nHost: x\n\n", "code: recorded 7"),
    ("7 on connection 1: 200, code 0", "GET /{{token_2}} HTTP/1.1\nHost: x\n\n", "no variable {{token_2}}"),
    ("8 on connection 1: 200", "GET /echo HTTP/1.1\nHost: x\n\n", "code: recorded None, got 0"),
    ("9 on connection 1: 200, code 0", "GET /1/chat_group HTTP/1.1\nHost: x\n\n", "data.chat_id is ''"),
    ("10 on connection 1: 200, code 0", "GET /bad-code HTTP/1.1\nHost: x\n\n", "house rule: no envelope"),
]


def run(home, text, unclean=False):
    """(exit status, TAP) of a case file against the stand-in."""
    path = home / "probe.case"
    path.write_text(("server: unclean=yes\n" if unclean else "") + text, encoding="utf-8")
    return run_path(home, path)


def run_path(home, path):
    binary = home / "taskroom"
    binary.write_text(STAND_IN)
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    done = subprocess.run([sys.executable, ROOT / "tools" / "wire", "--binary", binary, path],
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def check_fails(tap, output):
    """The failing cases went through one run: each must be "not ok" with its reason."""
    parts = re.split(r"^(?=(?:not )?ok \d)", output, flags=re.M)
    for name, (_, reason) in FAIL.items():
        part = next((part for part in parts if f"- probe: {name}\n" in part), "")
        bad = not part.startswith("not ok") or reason not in part
        tap.point(f"fails: {name}", part or "no such point" if bad else None)


def check_recorded(tap, home):
    """Recorded requests pass or fail as RECORDED says; what is cut off is no recording."""
    path = home / "probe.http"
    steps = [f"### {mark}\n".encode() + data.encode().replace(b"\n", b"\r\n") + b"\n" for mark, data, _ in RECORDED]
    steps.insert(4, b"### restart\n")
    steps.append(b"### end\n")
    path.write_bytes(b"# what a client sent\nrun named: app add --name x\n" + b"".join(steps))
    _, output = run_path(home, path)
    parts = re.split(r"^(?=(?:not )?ok \d)", output, flags=re.M)[1:]
    for (mark, _, reason), part in zip(RECORDED, parts):
        bad = part.startswith("ok") if reason else not part.startswith("ok")
        tap.point(f"recorded: {mark}: {reason or 'passes'}", part if bad or (reason or "") not in part else None)
    tap.point("recorded: all of them ran", None if len(parts) == len(RECORDED) + 1 else output)
    for name, text in {"cut off": b"".join(steps[:-1]), "cut within a request": b"".join(steps)[:-20]}.items():
        path.write_bytes(text)
        try:
            recorded.read_recording(path)
            tap.point(f"recorded: refuses what is {name}", "was read")
        except case_file.CaseError:
            tap.point(f"recorded: refuses what is {name}")


def main():
    tap = runner.Tap()
    with tempfile.TemporaryDirectory(prefix="taskroom-runner-") as folder:
        home = pathlib.Path(folder)
        status, output = run(home, PASS)
        good = status == 0 and output.count("\nok") + output.startswith("ok") == 5
        tap.point("good cases pass", None if good else output)
        status, output = run(home, "".join(f"== {name}\n{text}\n"
                                           for name, (text, _) in FAIL.items()))
        tap.point("failures are counted", None if status == 1 else output)
        check_fails(tap, output)
        status, output = run(home, "== a\n> GET /a\n< 200\n", unclean=True)
        bad = status != 1 or "ended with 7" not in output
        tap.point("a server that ends badly fails", output if bad else None)
        check_recorded(tap, home)
        for name, text in REFUSED.items():
            path = home / "refused.case"
            path.write_text(text)
            try:
                case_file.read_case_file(path)
                tap.point(f"refuses: {name}", "was read")
            except case_file.CaseError:
                tap.point(f"refuses: {name}")
    silent = runner.Tap(io.StringIO())
    silent.point("a", "")
    tap.point("an empty problem is one", None if silent.failed == 1 else "not counted")
    tap.plan()
    return tap.failed > 0


sys.exit(main())
