#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ten people chat on the page's interface while the server is killed or stopped, and started again, at random moments. Prints TAP.

Each follows the stream of events, comes back with the last id after each end, and now and then ends the stream itself. Messages
are sent with a uuid until they are answered. At the end each has been told of each message of his chats once and in order.
"""
import collections
import dataclasses
import http.client
import json
import random
import resource
import signal
import socket
import sqlite3
import sys
import threading
import time
import uuid

from server_process import ANSWER_SECONDS, LOST, ROOT, Link, Place, place_of, run_seeded, unsound, until

USERS = ROOT / "tests/wire/data/users.jsonl"
PEOPLE = 10
LONGEST_SECONDS = 0.6           # between two ends of the server
PAUSE_SECONDS = 0.3             # between some messages of one person
AWAY_SECONDS = 0.2              # before a stream that has ended is opened again
STREAM_EVENTS = 400             # after so many at most a stream is ended by its client
STREAMS = 5000                  # at once, at the end
DESCRIPTORS_SPARE = 200
LAST_SECONDS = 60               # for the last messages to come


@dataclasses.dataclass
class Message:
    """One that was sent; its text is unique. message_id: when it is acknowledged."""
    text: str
    chat_id: str
    sender_id: str
    uuid: str
    message_id: str = ""


class World:
    """What people share: where the server is, the ledger, when to end."""

    def __init__(self):
        self.place = Place()
        self.all_is_said = False
        self.is_over = False
        self.sent = {}          # text -> Message
        self.odd_answers = []
        self.repeats = 0


class PageLink(Link):
    """What a browser sends: the cookie, and that the page is the server's own."""

    def __init__(self, place, cookie=""):
        super().__init__(place)
        self.cookie = cookie

    def headers(self):
        return {"Cookie": self.cookie, "Origin": self.url, "Content_Type": "application/json"}

    def get(self, path):
        return self.call("GET", path).json()["data"]

    def post(self, path, body):
        answer = self.call("POST", path, body)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.body[:300]}")
        return answer.json()["data"]


def act_as(place, user_id):
    """The cookie of somebody's session."""
    link = PageLink(place)
    answer = link.call("POST", "/web/v1/act_as", {"user_id": user_id})
    link.close()
    return answer.headers["Set-Cookie"].partition(";")[0]


class Sender(threading.Thread):
    """Says one thing after the other in a person's chats; each until it is answered."""

    def __init__(self, person, seed):
        super().__init__(daemon=True)
        self.person, self.world = person, person.world
        self.random = random.Random(f"{seed}-sender-{person.user_id}")
        self.link = PageLink(self.world.place, person.cookie)
        self.problem = None

    def run(self):
        try:
            count = 0
            while not self.world.all_is_said:
                count += 1
                self.say(self.random.choice(self.person.chat_ids), f"{self.person.user_id} {count}")
                time.sleep(self.random.choice((0, self.random.uniform(0, PAUSE_SECONDS))))
        except Exception as error:  # pylint: disable=broad-except  # told by the main thread
            self.problem = error
        self.link.close()

    def say(self, chat_id, text):
        message = Message(text, chat_id, self.person.user_id, str(uuid.UUID(int=self.random.getrandbits(128))))
        self.world.sent[text] = message
        while not message.message_id:
            try:
                answer = self.link.call("POST", f"/web/v1/chats/{chat_id}/messages", {"text": text, "uuid": message.uuid})
                if answer.status != 503:                # which asks to try again
                    self.take(message, answer)
                    return
            except LOST:
                pass
            self.world.repeats += 1
            time.sleep(self.random.uniform(0.005, 0.02))

    def take(self, message, answer):
        reply = answer.json()
        if answer.status != 200 or reply["data"]["chat_id"] != message.chat_id:
            self.world.odd_answers.append(f"{message.text}: {answer.status} {reply}")
        else:
            message.message_id = reply["data"]["message_id"]


class Follower(threading.Thread):
    """A person's stream, opened again with the last id whenever it ends."""

    def __init__(self, person, seed):
        super().__init__(daemon=True)
        self.person, self.world = person, person.world
        self.random = random.Random(f"{seed}-follower-{person.user_id}")
        self.last_id = ""
        self.streams = 0
        self.told = []          # (id, type, data) of all events but "ready" and "position"
        self.odd_answers = []
        self.problem = None

    def run(self):
        try:
            while not self.world.is_over:
                try:
                    self.follow(self.world.place.where())
                except LOST:
                    pass
                time.sleep(self.random.choice((0, self.random.uniform(0, AWAY_SECONDS))))
        except Exception as error:  # pylint: disable=broad-except  # told by the main thread
            self.problem = error

    def follow(self, url):
        connection = http.client.HTTPConnection(place_of(url), timeout=ANSWER_SECONDS)
        headers = {"Cookie": self.person.cookie} | ({"Last-Event-ID": self.last_id} if self.last_id else {})
        try:
            connection.request("GET", "/web/v1/events", headers=headers)
            answer = connection.getresponse()
            if answer.status == 200:
                self.read(answer, self.random.randint(1, STREAM_EVENTS))
            elif answer.status != 503:
                self.odd_answers.append(f"{answer.status} {answer.read()[:300]}")
        finally:
            connection.close()

    def read(self, answer, count):
        """Until the stream ends or so many events were told. What comes before an empty line is an event, and nothing else is."""
        event = {}
        while count > 0:
            line = answer.readline()
            if not line:
                return
            name, _, value = line.rstrip(b"\n").partition(b": ")
            if name:
                event[name] = value.decode()
            elif event:
                count -= self.take(event)
                event = {}

    def take(self, event):
        """Whether it tells that something happened."""
        self.last_id = event.get(b"id", self.last_id)
        kind = event.get(b"event")
        self.streams += kind == "ready"
        if kind in (None, "ready", "position"):
            return False
        self.told.append((self.last_id, kind, json.loads(event[b"data"])))
        return True

    def messages(self):
        """What it was told of messages that people have sent, in order."""
        return [data["message"] for _, kind, data in list(self.told)
                if kind == "im.message.receive_v1" and data["message"]["msg_type"] == "text"]


class Person:
    def __init__(self, world, user_id, seed):
        self.world, self.user_id = world, user_id
        self.cookie = act_as(world.place, user_id)
        self.chat_ids = []
        self.sender, self.follower = Sender(self, seed), Follower(self, seed)

    def has_heard(self, texts):
        wanted = {text for text in texts if self.world.sent[text].chat_id in self.chat_ids}
        return wanted <= {json.loads(message["content"])["text"] for message in self.follower.messages()}


def prepare(world, server, seed):
    """Ten people who follow, and three chats: of all, of every second one, and of the last five with the first."""
    ready = server.start("demo")
    server.command("user", "import", str(USERS))
    world.place.move(ready["url"])
    ids = [user["kunlun_id"] for user in ready["users"]]
    ids += [json.loads(line)["kunlun_id"] for line in USERS.read_text().splitlines()]
    people = [Person(world, user_id, seed) for user_id in ids[:PEOPLE]]
    link = PageLink(world.place, people[0].cookie)
    for members in (people, people[::2], [people[0], *people[-5:]]):
        chat_id = link.post(f"/web/v1/tasks/{ready['task_ids'][0]}/chat_group",
                            {"invite_user_ids": [person.user_id for person in members[1:]]})["chat_id"]
        for person in members:
            person.chat_ids.append(chat_id)
    link.close()
    for person in people:
        person.follower.start()
    if not until(lambda: all(person.follower.streams for person in people)):
        raise RuntimeError("not everybody's stream begins")
    return people


def end_again_and_again(server, world, restarts, rng):
    """Kills it and stops it by turns; yields what was wrong with an end that was in order."""
    for count in range(restarts):
        time.sleep(rng.uniform(0.01, LONGEST_SECONDS))
        if count % 2:
            world.place.move(None)      # who comes while it drains would wait for a second
            if status := server.end(signal.SIGTERM):
                yield f"ended with {status}: {server.tail()}"
        else:
            server.end(signal.SIGKILL)
            world.place.move(None)
        world.place.move(server.start("demo")["url"])


def finish(world, people):
    """Ends the senders, and says something last in each chat; sentences about who didn't hear it, or hangs."""
    world.all_is_said = True
    for person in people:
        person.sender.join(LAST_SECONDS)
    for number, chat_id in enumerate(people[0].chat_ids):
        people[0].sender.say(chat_id, f"last {number}")
    texts = list(world.sent)
    until(lambda: all(person.has_heard(texts[-3:]) for person in people), LAST_SECONDS)
    time.sleep(0.2)             # for what comes twice
    for person in people:
        for thread in (person.sender, person.follower):
            if thread.problem or (thread is person.sender and thread.is_alive()):
                yield f"{person.user_id}: {thread.problem!r}"


def read_until(connection, what):
    """Whether it came before the connection ended."""
    text = b""
    while what not in text:
        part = connection.recv(65536)
        if not part:
            return False
        text += part
    return True


def watch_by_thousands(world, people):
    """One message and thousands of streams; sentences about those on which it was not told."""
    url, held = world.place.where(), []
    host, port = place_of(url).rsplit(":", 1)
    try:
        for n in range(STREAMS):
            one = socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS)
            held.append(one)
            one.sendall(f"GET /web/v1/events HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {people[n % PEOPLE].cookie}\r\n\r\n".encode())
        yield from (f"stream {n} did not begin" for n, one in enumerate(held) if not read_until(one, b"event: ready\n"))
        people[0].sender.say(people[0].chat_ids[0], "to thousands")
        yield from (f"stream {n} was not told" for n, one in enumerate(held) if not read_until(one, b"to thousands"))
    finally:
        for one in held:
            one.close()


def may_open(count):
    """Whether this process may have so many connections, which it then can."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY not in (soft, hard) and hard < count:
        return False
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    return True


# ---- what became of the messages ----------------------------------------------------------------

def stored(path, chat_ids):
    """chat_id -> [(message_id, sender, text)] in the order of the table."""
    found = {chat_id: [] for chat_id in chat_ids}
    link = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for chat_id, message_id, sender_id, content in link.execute(
            "SELECT printf('oc_%016x%016x', message.chat_number, chat.tail), printf('om_%016x%016x', message_number, message.tail),"
            " sender_id, content FROM message JOIN chat USING (chat_number) WHERE msg_type = 'text' ORDER BY message_number"):
        if chat_id in found:
            found[chat_id].append((message_id, sender_id, json.loads(content)["text"]))
    link.close()
    return found


def unlike_sent(world, rows):
    """Each message that was sent is stored once, and no other is."""
    count = collections.Counter(text for chat in rows.values() for _, _, text in chat)
    for text in world.sent.keys() | count.keys():
        if count[text] != 1 or text not in world.sent:
            yield f"{text}: stored {count[text]} times, {'sent' if text in world.sent else 'never sent'}"
    for chat_id, chat in rows.items():
        for message_id, sender_id, text in chat:
            message = world.sent.get(text)
            if message and (message.chat_id, message.message_id, message.sender_id) != (chat_id, message_id, sender_id):
                yield f"{message} is stored as {message_id} of {sender_id} in {chat_id}"


def unlike_ledger(person):
    """(missing, repeated, others): what a person should have been told and was not, was told again, or should not have been."""
    sent = person.world.sent
    wanted = {message.message_id for message in sent.values() if message.chat_id in person.chat_ids}
    told = person.follower.messages()
    count = collections.Counter(message["message_id"] for message in told)
    missing = [f"{person.user_id}: {message_id}" for message_id in wanted - count.keys()]
    repeated = [f"{person.user_id}: {message_id} {times} times" for message_id, times in count.items() if times > 1]
    others = []
    for message in told:
        known = sent.get(json.loads(message["content"])["text"])
        own = known and known.sender_id == person.user_id
        if message["message_id"] not in wanted or not known or known.message_id != message["message_id"] \
                or known.chat_id != message["chat_id"] or known.sender_id != message["sender"]["user_id"] \
                or message.get("uuid") != (known.uuid if own else None):
            others.append(f"{person.user_id}: {message}")
    return missing, repeated, others


def out_of_order(person, rows):
    """Ids that don't grow, and messages in another order than the table's."""
    ids = [number for number, _, _ in person.follower.told]
    yield from (f"{person.user_id}: {after} after {before}" for before, after in zip(ids, ids[1:]) if after <= before)
    told = [message["message_id"] for message in person.follower.messages()]
    kept = sorted(row[0] for chat_id in person.chat_ids for row in rows[chat_id])       # an id begins with its number
    if told != kept:
        at = next((place for place, pair in enumerate(zip(told, kept)) if pair[0] != pair[1]), min(len(told), len(kept)))
        yield f"{person.user_id}: {len(told)} and {len(kept)}, another one at {at}: {told[at:at + 2]}, {kept[at:at + 2]}"


def unlike_pages(world, person, rows):
    """Chats that a person reads otherwise, page by page, than they are stored."""
    link = PageLink(world.place, person.cookie)
    for chat_id in person.chat_ids:
        path, token, read = f"/web/v1/chats/{chat_id}/messages", "", []
        while token is not None:
            page = link.get(f"{path}?page_token={token}")
            read += [message["message_id"] for message in page["items"] if message["msg_type"] == "text"]
            token = page["page_token"] if page["has_more"] else None
        kept = [row[0] for row in rows[chat_id]]
        if read[::-1] != kept:
            yield f"{chat_id}: {len(read)} read, {len(kept)} stored"
    link.close()


def check(world, people, rows, tap):
    found = [unlike_ledger(person) for person in people]
    tap.point("each message was told to everybody in its chat: 0 missing", [one for missing, _, _ in found for one in missing])
    tap.point("none was told again: 0 repeated", [one for _, repeated, _ in found for one in repeated])
    tap.point("nothing else was told, and to nobody else", [one for _, _, others in found for one in others])
    tap.point("ids grow, and all are in the order of the table",
              [one for person in people for one in out_of_order(person, rows)])
    tap.point("no stream began anew", [f"{person.user_id}: {data}" for person in people
                                       for _, kind, data in person.follower.told if kind == "reset"])
    tap.point("what is stored is what was sent, once", unlike_sent(world, rows))


def run(options, server, tap):
    world, rng = World(), random.Random(options.seed)
    people = prepare(world, server, options.seed)
    for person in people:
        person.sender.start()
    problems = list(end_again_and_again(server, world, options.restarts, rng))
    hanging = list(finish(world, people))
    many = f"{STREAMS} streams at once are told the same"
    if may_open(STREAMS + DESCRIPTORS_SPARE):
        tap.point(many, watch_by_thousands(world, people))
        until(lambda: all(person.has_heard(list(world.sent)[-1:]) for person in people))
    else:
        tap.skip(many, "too few descriptors")
    rows = stored(server.database(), people[0].chat_ids)
    unread = [problem for person in (people[0], people[-1]) for problem in unlike_pages(world, person, rows)]
    world.is_over = True
    status = server.end(signal.SIGTERM)
    streams = sum(person.follower.streams for person in people)
    told = sum(len(person.follower.messages()) for person in people)
    print(f"# {options.restarts} restarts, {len(world.sent)} messages, told {told} times on {streams} streams, {world.repeats} sent again")
    tap.point("everybody got to the end", hanging)
    tap.point("the load was real", [] if min(len(world.sent), streams) >= options.restarts * PEOPLE / 2 and world.repeats else ["too little"])
    tap.point("every answer was a success", world.odd_answers + [odd for person in people for odd in person.follower.odd_answers])
    check(world, people, rows, tap)
    tap.point("the pages of a chat are the same", unread)
    tap.point("the database is sound", unsound(server.database()))
    tap.point("every SIGTERM ends with 0", problems + [f"{status}: {server.tail()}"] * (status != 0))


sys.exit(run_seeded(__doc__, "streams", {"restarts": 100}, run))
