#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the server with SIGKILL at random moments under load; what it acknowledged must be there. Prints TAP.

Half of the writers send an Idempotency-Key and repeat a request whose answer was lost until they have one; the
others don't, so that such a request may have happened or not, but never by half.
"""
import dataclasses
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time

from server_process import LOST, Link, Place, open_database, run_seeded, take_token

USERS = 60                      # more than a chat of this test ever holds
SAMPLE = 10                     # chats read back after each restart
FINAL_SAMPLE = 300


@dataclasses.dataclass
class Join:
    """One call that adds users to a chat of its writer."""
    users: frozenset
    is_acknowledged: bool = False


@dataclasses.dataclass
class Opening:
    """One call that opens a chat; its name is unique."""
    name: str
    task_id: str
    users: frozenset            # operator and invitees
    key: str
    chat_id: str = ""           # when acknowledged
    joins: list = dataclasses.field(default_factory=list)


class World:
    """What the writers share: where the server is, the ledger, when to end."""

    def __init__(self):
        self.place = Place()
        self.is_over = False
        self.ledger = []
        self.odd_answers = []
        self.repeats = 0
        self.replays = 0


def kunlun_id(n):
    return str(1900000000000000 + n)


def open_id(n):
    return f"ou_b{n:031x}"


class Writer(threading.Thread):
    """Opens chats and adds members to them, one call at a time."""

    def __init__(self, world, number, token, task_ids, seed):
        super().__init__(daemon=True)
        self.world, self.number, self.task_ids = world, number, task_ids
        self.random = random.Random(f"{seed}-{number}")
        self.link = Link(world.place, token)
        self.is_keyed = number % 2 == 0
        self.mine = []
        self.count = 0
        self.problem = None

    def run(self):
        try:
            while not self.world.is_over:
                self.count += 1
                if self.mine and self.random.random() < 0.25:
                    self.join_chat(self.random.choice(self.mine[-20:]))
                else:
                    self.open_chat()
        except Exception as error:  # pylint: disable=broad-except  # told by the main thread
            self.problem = error
        self.link.close()

    def key(self):
        return f"writer-{self.number}-{self.count}" if self.is_keyed else ""

    def open_chat(self):
        users = self.random.sample(range(USERS), self.random.randint(2, 5))
        opening = Opening(f"chat-{self.number}-{self.count}", self.random.choice(self.task_ids),
                          frozenset(users), self.key())
        self.world.ledger.append(opening)
        reply = self.send(opening.task_id, opening.key, {
            "operator_user_id": kunlun_id(users[0]), "chat_name": opening.name,
            "invite_user_ids": [kunlun_id(n) for n in users[1:]]})
        if reply:
            opening.chat_id = reply["data"]["chat_id"]
            self.mine.append(opening)

    def join_chat(self, opening):
        taken = opening.users.union(*(join.users for join in opening.joins))
        free = [n for n in range(USERS) if n not in taken]
        if len(free) < 3:
            return
        join = Join(frozenset(self.random.sample(free, self.random.randint(1, 3))))
        opening.joins.append(join)
        users = [kunlun_id(n) for n in join.users]
        reply = self.send(opening.task_id, self.key(), {
            "operator_user_id": users[0], "chat_id": opening.chat_id, "invite_user_ids": users})
        if reply:
            join.is_acknowledged = True
            if reply["data"]["chat_id"] != opening.chat_id:
                self.world.odd_answers.append(f"joined {opening.chat_id}, answered {reply}")

    def send(self, task_id, key, body):
        """The answer, or None when it was lost and there is no key to ask again with."""
        path = f"/open-apis/apaas/v1/user_tasks/{task_id}/chat_group"
        is_repeat = False
        while True:
            self.world.repeats += is_repeat
            try:
                answer = self.link.call("POST", path, body, Idempotency_Key=key)
            except LOST:
                if not key:
                    time.sleep(0.01)
                    return None
                is_repeat = True
                time.sleep(0.01)
                continue
            self.world.replays += "Idempotency-Replayed" in answer.headers
            reply = answer.json()
            if answer.status != 200 or reply.get("code") != 0:
                self.world.odd_answers.append(f"{answer.status} {reply}")
                return None
            return reply


def read_back(link, openings):
    """Compares chats through the API; yields what is wrong."""
    for opening in openings:
        joins = list(opening.joins)     # the writer may add another meanwhile
        sure = opening.users.union(*(join.users for join in joins if join.is_acknowledged))
        path = f"/open-apis/im/v1/chats/{opening.chat_id}/members?page_size=100"
        answer = link.call("GET", path)
        reply = answer.json()
        if answer.status != 200:
            yield f"{opening.name} {opening.chat_id}: {reply}"
            continue
        found = {item["member_id"] for item in reply["data"]["items"]}
        if missing := {open_id(n) for n in sure} - found:
            yield f"{opening.name} {opening.chat_id}: without {sorted(missing)}"


def load(database, statement):
    """Rows (number of a chat, value) as number -> values."""
    found = {}
    for number, value in database.execute(statement):
        found.setdefault(number, []).append(value)
    return found


class Database:
    """What the stopped server left."""

    def __init__(self, path, bot):
        link = open_database(path)
        self.bot = bot
        self.integrity = link.execute("PRAGMA integrity_check").fetchall()
        self.foreign = link.execute("PRAGMA foreign_key_check").fetchall()
        self.chats = dict(link.execute("SELECT printf('oc_%016x%016x', chat_number, tail), name FROM chat"))
        self.members = load(link, "SELECT chat_number, user_ids || ' ' || bot_ids FROM chat_join")
        self.counts = dict(link.execute("SELECT chat_number, user_count FROM chat"))
        self.tasks = load(link, "SELECT chat_number, task_id FROM chat_join UNION ALL SELECT chat_number, task_id FROM task_chat")
        self.openings = load(link, "SELECT chat_number, opening_content FROM chat WHERE opening_number <> 0")
        self.events = load(link, "SELECT subject_number, event_type FROM event")
        link.close()

    def whole(self, opening, chat_id):
        """Yields what the chat of an opening lacks, or has too much."""
        number = int(chat_id[3:19], 16)
        members = " ".join(self.members.get(number, [])).split()
        users = set(members)
        applied = 0
        wanted = {self.bot} | {kunlun_id(n) for n in opening.users}
        for join in opening.joins:
            ids = {kunlun_id(n) for n in join.users}
            if join.is_acknowledged or ids & users:
                wanted |= ids
                applied += 1
        if users != wanted:
            yield f"{opening.name}: lacks {sorted(wanted - users)}, holds {sorted(users - wanted)}"
        if len(members) != len(users) or self.counts[number] != len(users) - 1:
            yield f"{opening.name}: counts {self.counts[number]} users, holds {members}"
        if opening.task_id not in self.tasks.get(number, []):
            yield f"{opening.name}: not linked to task {opening.task_id}"
        if not self.openings.get(number):
            yield f"{opening.name}: no first message"
        events = self.events.get(number, [])
        bots = events.count("im.chat.member.bot.added_v1")
        if bots != 1 or events.count("im.chat.member.user.added_v1") != 1 + applied:
            yield f"{opening.name}: {applied} joins, but the events are {sorted(events)}"


def check_ledger(world, database, known):
    """(lost, half-made, doubled, unexplained): lists of sentences."""
    lost, half, doubled, unexplained = [], [], [], []
    by_name = {}
    for chat_id, name in database.chats.items():
        by_name.setdefault(name, []).append(chat_id)
    for opening in world.ledger:
        found = by_name.pop(opening.name, [])
        if opening.chat_id and opening.chat_id not in found:
            lost.append(f"{opening.name}: {opening.chat_id} was acknowledged")
        if opening.key and len(found) != 1:
            doubled.append(f"{opening.name}: key {opening.key} has {found}")
        elif len(found) > 1:
            doubled.append(f"{opening.name}: sent once, has {found}")
        for chat_id in found:
            half += database.whole(opening, chat_id)
    unexplained += [f"{name}: {ids}" for name, ids in by_name.items() if set(ids) - known]
    return lost, half, doubled, unexplained


def prepare(server):
    """Makes the installation and its users; the demo's ready line and a token."""
    ready = server.start("demo")
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as users:
        for n in range(USERS):
            users.write(json.dumps({"kunlun_id": kunlun_id(n), "name": f"user {n}",
                                    "open_id": open_id(n)}) + "\n")
        users.flush()
        server.command("user", "import", users.name)
    token = take_token(ready)
    server.end(signal.SIGTERM)
    return ready, token


def kill_again_and_again(server, world, link, options, rng):
    """The rounds; yields what was wrong on reading back after a restart."""
    for _ in range(options.kills):
        world.place.move(server.start()["url"])
        settled = [opening for opening in world.ledger[-400:] if opening.chat_id]
        try:
            yield from read_back(link, rng.sample(settled, min(SAMPLE, len(settled))))
        except LOST as error:
            yield f"the restarted server gave no answer: {error}"
        time.sleep(rng.uniform(0.01, options.longest))
        world.place.move(None)
        server.end(signal.SIGKILL)


def run(options, server, tap):
    rng = random.Random(options.seed)
    ready, token = prepare(server)
    world = World()
    link = Link(world.place, token)
    writers = [Writer(world, n, token, ready["task_ids"], options.seed)
               for n in range(options.writers)]
    for writer in writers:
        writer.start()
    problems = list(kill_again_and_again(server, world, link, options, rng))
    world.place.move(server.start()["url"])
    time.sleep(options.longest)
    world.is_over = True
    for writer in writers:
        writer.join(120)
    settled = [opening for opening in world.ledger if opening.chat_id]
    problems += read_back(link, rng.sample(settled, min(FINAL_SAMPLE, len(settled))))
    link.close()
    status = server.end(signal.SIGTERM)
    database = Database(os.path.join(server.data, "taskroom.db"), ready["app_id"])
    lost, half, doubled, unexplained = check_ledger(world, database, {ready["chat_id"]})
    keyed = sum(1 for opening in world.ledger if opening.key)
    joined = sum(join.is_acknowledged for opening in settled for join in opening.joins)
    slowest = sorted(server.ready_seconds)[-1]
    print(f"# {options.kills} kills, {len(settled)} chats and {joined} joins acknowledged, "
          f"{world.repeats} requests repeated, {world.replays} of them replayed, "
          f"slowest start {slowest * 1000:.0f} ms")
    tap.point("every writer got to its end", [f"writer {writer.number}: {writer.problem!r}"
              for writer in writers if writer.problem or writer.is_alive()])
    tap.point("the load was real", [] if len(settled) >= options.kills else ["too few chats"])
    tap.point("every answer was a success", world.odd_answers)
    tap.point("what was acknowledged is read back through the API", problems)
    tap.point("no acknowledged write is lost", lost)
    tap.point("no chat is half-made", half)
    tap.point(f"one chat for each of {keyed} keys", doubled)
    tap.point("no chat is unexplained", unexplained)
    tap.point("integrity_check", [] if database.integrity == [("ok",)] else database.integrity)
    tap.point("foreign_key_check", database.foreign)
    tap.point("the server ends with 0", [] if status == 0 else [f"{status}: {server.tail()}"])


sys.exit(run_seeded(__doc__, "kill", {"kills": 100, "writers": 16, "longest": 0.6}, run))
