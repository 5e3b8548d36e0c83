# SPDX-License-Identifier: Apache-2.0
"""The own load generator, bench/open.c, and the requests that it sends."""
import functools
import json
import random
import secrets
import subprocess

from data import ROOT, TASKS, Invalid
from server import cpu_marks, foreign_share

GENERATOR = ROOT / "build" / "bench" / "open"
WRITES = 100_000
PAGE = "/web/v1/"
SERVICE = "conference.localhost"  # of ejabberd's rooms


def request(token, method, path, body=None, cookie=None):
    """One request as bytes, of an app with its token or of a person with the cookie of a session."""
    payload = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if cookie:
        head += f"Cookie: {cookie}\r\n"
    if body is not None:
        head += f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(payload)}\r\n"
    return head.encode() + b"\r\n" + payload


def write_requests(path, requests):
    """The file that the generator reads."""
    with open(path, "wb") as file:
        for one in requests:
            file.write(b"%d\n%s" % (len(one), one))
    return path


@functools.lru_cache(maxsize=2)
def drawn_groups(users, count):
    """(number, task, four different users) of each group."""
    return [(number, f"179000{random.randint(1, TASKS):010d}",
             [f"180000{one:010d}" for one in random.sample(range(1, users + 1), 4)]) for number in range(1, count + 1)]


def chat_groups(token, users, count=WRITES):
    """Groups to open: a task, one operator and three invitees drawn at random; no two requests are alike."""
    for number, task, people in drawn_groups(users, count):
        yield request(token, "POST", f"/open-apis/apaas/v1/user_tasks/{task}/chat_group",
                      {"operator_user_id": people[0], "invite_user_ids": people[1:],
                       "chat_name": f"采购审批 {number:09d}"})


def rooms(users, count=WRITES):
    """The same for ejabberd: persistent rooms with an owner and three members, each with a name of its own."""
    run = secrets.token_hex(4)
    for number, _, people in drawn_groups(users, count):
        owner, *members = (f"{one}@localhost" for one in people)
        yield request(None, "POST", "/api/create_group",
                      {"name": f"r{run}-{number}", "service": SERVICE, "title": f"采购审批 {number:09d}",
                       "owner": owner, "members": members})


# What can be read: name → (method, path and body for a chat, a user). A call joins by a row here. What is the page's
# is asked by people who are signed in, the rest by the app.
READS = {
    "chats.get": lambda chat, user: ("GET", f"/open-apis/im/v1/chats/{chat}", None),
    "messages.list": lambda chat, user: (
        "GET", f"/open-apis/im/v1/messages?container_id_type=chat&container_id={chat}&page_size=20", None),
    "chats.list": lambda chat, user: ("GET", "/open-apis/im/v1/chats?page_size=20", None),
    "my chats": lambda chat, user: ("GET", f"{PAGE}chats", None),
    "user_task.query": lambda chat, user: (
        "POST", "/open-apis/apaas/v1/user_task/query",
        {"type": "pending", "kunlun_user_id": user, "limit": "20", "offset": "0"}),
}


def reads(token, cookies, name, chats, users):
    """Requests of one kind: each chat once, users at random, and whoever is signed in by turns."""
    for number, chat in enumerate(random.sample(chats, len(chats))):
        method, path, body = READS[name](chat, f"180000{random.randint(1, users):010d}")
        if path.startswith(PAGE):
            yield request(None, method, path, body, cookies[number % len(cookies)])
        else:
            yield request(token, method, path, body)


def start(server, requests, connections, warm_up_s, seconds, rate=0):
    port = server.url.rsplit(":", 1)[1].strip("/")
    return subprocess.Popen([GENERATOR, port, requests, str(connections), str(warm_up_s), str(seconds),
                             str(rate)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def finish(process, timeout_s):
    """Its account; Invalid when an answer was no success or none came."""
    output, errors = process.communicate(timeout=timeout_s)
    if process.returncode != 0:
        raise Invalid(errors.strip()[-300:] or f"the generator ended with {process.returncode}")
    found = json.loads(output)
    bad = {name: found[name] for name in ("status", "lost") if found[name]}
    if bad or not found["requests"]:
        raise Invalid(f"of {found['requests']} answers: " + ", ".join(f"{k} {v}" for k, v in bad.items()))
    found["per_s"] = round(found["requests"] * 1e6 / found["duration_us"], 1)
    return found


def run(server, requests, connections, warm_up_s, seconds, rate=0):
    """A load from beginning to end, with the share of a core that others used meanwhile."""
    before = cpu_marks(server)
    found = finish(start(server, requests, connections, warm_up_s, seconds, rate), warm_up_s + seconds + 60)
    after = cpu_marks(server)
    found["foreign_cpu"] = foreign_share(before, after)
    found["server_cpu_us"] = round((after["server"] - before["server"]) * 1e6 / found["sent"], 2)
    return found
