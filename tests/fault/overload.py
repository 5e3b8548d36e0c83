#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the server does when there is too much of something, and while it ends. Prints TAP.

overload.py [--binary B] [NAME...]: all tests, or these. Nothing here fails because something was slow: times only
bound how long an outcome is waited for.
"""
import collections
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

from server_process import (ANSWER_SECONDS, LOST, Answer, Client, Sent, Server, ask, chat_ids, held_lock, opening,
                            opening_body, opening_path, outcomes, place_of, run_tests, take_token, unlike_error,
                            unlike_refusal, unsound, until)

@contextlib.contextmanager
def demo(binary, purpose, *flags):
    """A server with a demo installation, its ready line and a token."""
    server = Server(binary, purpose)
    try:
        ready = server.start("demo", *flags)
        yield server, ready, take_token(ready)
    finally:
        server.remove()


def status_of(url, path):
    try:
        return ask(url, "GET", path).status
    except LOST:
        return 0


def unlike_promised(server, sent):
    """What the database shows that the answers did not say."""
    found = chat_ids(server.database())
    for one in sent:
        answer = one.receive()
        ids = found.get(one.name, [])
        status = answer.status if answer else 0
        if (status == 200 and answer.json()["data"]["chat_id"] not in ids) or len(ids) > 1:
            yield f"{one.name}: {status}, there {len(ids)} times"
        if status == 503 and ids:
            yield f"{one.name}: refused, and yet there"


def refusals(sent):
    """What is wrong with the answers that are no success."""
    for one in sent:
        answer = one.receive()
        if answer is None:
            yield f"{one.name}: lost"
        elif answer.status != 200:
            yield from (f"{one.name}: {problem}" for problem in unlike_refusal(answer))


def end(tap, name, server):
    status = server.end(signal.SIGTERM)
    tap.point(f"{name}: SIGTERM ends it with 0", [] if status == 0 else [f"{status}: {server.tail()}"])
    tap.point(f"{name}: the database is sound, no chat is half-made", unsound(server.database()))


# ---- the queue ----------------------------------------------------------------------------------

def queue(tap, binary):
    for most in (1, 4, 8):
        name = f"a queue of {most}"
        with demo(binary, "queue", "--queue-most", str(most), "--batch-most", "1",
                  "--queue-wait-ms", "60000") as (server, ready, token):
            count = most + 12
            with held_lock(server):
                sent = [opening(ready, token, f"queued-{n}", f"key-{n}") for n in range(count)]
                refused = [one for one in sent if is_answered(one)]
                reads = status_of_read(ready, token)
            places = most + 1             # and the one that the writer has in hand
            tap.point(f"{name}: what has no place is refused while the others wait",
                      [] if len(refused) >= count - places else [f"{len(refused)} of {count}"])
            tap.point(f"{name}: each with 503, Retry-After, JSON and its log id", refusals(refused))
            tap.point(f"{name}: reads go on meanwhile", [] if reads == 200 else [str(reads)])
            counts = outcomes(sent)
            tap.point(f"{name}: the others are answered with 200",
                      [] if counts[200] == count - len(refused) > 0 else [str(dict(counts))])
            tap.point(f"{name}: what was refused was not done", unlike_promised(server, sent))
            ask_again(tap, name, server, ready, token, sent)
            end(tap, name, server)


def is_answered(sent):
    """Whether an answer is there already, or comes within a moment."""
    sent.socket.settimeout(0.05)
    try:
        return len(sent.socket.recv(1, socket.MSG_PEEK)) == 1
    except TimeoutError:
        return False
    finally:
        sent.socket.settimeout(ANSWER_SECONDS)


def status_of_read(ready, token):
    return ask(ready["url"], "GET", f"/open-apis/im/v1/chats/{ready['chat_id']}", token=token).status


def ask_again(tap, name, server, ready, token, sent):
    """All of them once more with their keys: who was refused succeeds, who had an answer gets the same."""
    wrong = []
    for n, one in enumerate(sent):
        answer = ask(ready["url"], "POST", opening_path(ready), opening_body(ready, one.name), token,
                     Idempotency_Key=f"key-{n}")
        before = one.receive()
        if answer.status != 200:
            wrong.append(f"{one.name}: {answer.status} {answer.body[:200]}")
        elif before and before.status == 200 and before.json()["data"] != answer.json()["data"]:
            wrong.append(f"{one.name}: {before.body} and then {answer.body}")
    found = chat_ids(server.database())
    wrong += [f"{one.name}: there {found.get(one.name)}" for one in sent if len(found.get(one.name, [])) != 1]
    tap.point(f"{name}: asked again with its key, each was done exactly once", wrong)


def waiting(tap, binary):
    """Who has waited longer than queue_wait_ms is refused, who came later is not."""
    name = "a wait in the queue"
    wait_ms = 2000
    with demo(binary, "waiting", "--queue-wait-ms", str(wait_ms), "--batch-most", "4") as (server, ready, token):
        with held_lock(server):
            early = [opening(ready, token, f"early-{n}", f"key-{n}") for n in range(10)]
            time.sleep(wait_ms / 1000 + 0.3)
            began = time.monotonic()
            late = [opening(ready, token, f"late-{n}") for n in range(10)]
            until(lambda: queue_length(ready) >= 10, 2)
        slow = (time.monotonic() - began) * 1000 > wait_ms / 2
        tap.point(f"{name}: over queue_wait_ms it is 503", [] if outcomes(early) == {503: 10} else
                  [str(dict(outcomes(early)))])
        tap.point(f"{name}: under it, it is done", [] if outcomes(late) == {200: 10} or slow else
                  [str(dict(outcomes(late)))])
        tap.point(f"{name}: the refusals are readable", refusals(early + late))
        tap.point(f"{name}: what was refused was not done", unlike_promised(server, early + late))
        ask_again(tap, name, server, ready, token, early)
        end(tap, name, server)


def locked_out(tap, binary):
    """A lock that is not given back: all that wait are refused, also those behind the first batch."""
    name = "a lock that stays"
    with demo(binary, "locked", "--batch-most", "4") as (server, ready, token):
        with held_lock(server):
            sent = [opening(ready, token, f"locked-{n}", f"key-{n}") for n in range(30)]
            counts = outcomes(sent)
        tap.point(f"{name}: all that wait get 503", [] if counts == {503: 30} else [str(dict(counts))])
        tap.point(f"{name}: the refusals are readable", refusals(sent))
        begins = server.log_text().count('"event":"commit"')
        tap.point(f"{name}: they do not wait for it one batch after the other",
                  [] if begins <= 2 else [f"the lock was waited for {begins} times"])
        ask_again(tap, name, server, ready, token, sent)
        end(tap, name, server)


# ---- what is over a limit -----------------------------------------------------------------------

def over(ready, request, then=b""):
    """The answer to bytes as given; then: sent when the first were."""
    host, port = place_of(ready["url"]).rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS) as client:
        with contextlib.suppress(OSError):
            client.sendall(request)
            client.sendall(then)
        reply = http.client.HTTPResponse(client)
        reply.begin()
        return Answer(reply.status, reply.headers, reply.read())


def limits(tap, binary):
    with demo(binary, "limits", "--header-ms", "300", "--body-ms", "300") as (server, ready, token):
        head = f"POST {opening_path(ready)} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n".encode()
        for name, status, request in (
                ("a body announced too long", 413, head + b"Content-Length: 65537\r\n\r\n"),
                ("chunks too long", 413, head + b"Transfer-Encoding: chunked\r\n\r\n" +
                 b"8000\r\n" + b"x" * 0x8000 + b"\r\n" + b"8001\r\n" + b"x" * 0x8001 + b"\r\n0\r\n\r\n"),
                ("a target too long", 414, b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: h\r\n\r\n"),
                ("headers too long", 431, head + b"X: " + b"y" * 8192 + b"\r\n\r\n"),
                ("too many headers", 431, head + b"X: y\r\n" * 120 + b"\r\n"),
                ("a header that does not come", 408, head),
                ("a body that does not come", 408, head + b"Content-Length: 10\r\n\r\n{"),
                ("a length and chunks", 400,
                 head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")):
            answer = over(ready, request)
            tap.point(f"{name}: {status} in JSON with its log id",
                      [] if answer.status == status and not list(unlike_error(answer, 9499)) else
                      [f"{answer.status} {answer.body[:200]}", *unlike_error(answer, 9499)])
        tap.point("after all that it answers", [] if status_of_read(ready, token) == 200 else ["no"])
        end(tap, "limits", server)


def connections(tap, binary):
    name = "connections over the limit"
    with demo(binary, "connections", "--connections-most", "4") as (server, ready, token):
        path = f"/open-apis/im/v1/chats/{ready['chat_id']}"
        until(lambda: metric(ready, "taskroom_connections_open") <= 1)      # the token's has ended
        kept = [Sent(ready, token, "GET", path) for _ in range(4)]
        counts = outcomes(kept)
        refused = [over(ready, b"") for _ in range(5)]
        tap.point(f"{name}: as many as allowed are served", [] if counts == {200: 4} else [str(dict(counts))])
        tap.point(f"{name}: more get 503 in JSON", [problem for answer in refused
                                                    for problem in unlike_refusal(answer)])
        again = [Sent(ready, token, "GET", path, connection=one.socket) for one in kept]
        counts = outcomes(again)
        tap.point(f"{name}: those that were there go on", [] if counts == {200: 4} else [str(dict(counts))])
        for one in kept:
            one.close()
        tap.point(f"{name}: a place that becomes free is given away", [] if
                  until(lambda: status_or_lost(ready, token) == 200) else ["never"])
        tap.point(f"{name}: they are counted", [] if metric(ready, "taskroom_connections_refused_total") >= 5 else
                  [str(metric(ready, "taskroom_connections_refused_total"))])
        end(tap, name, server)


def status_or_lost(ready, token):
    try:
        return status_of_read(ready, token)
    except LOST:
        return 0


# ---- metrics ------------------------------------------------------------------------------------

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
                    r'(?:,(?=[a-zA-Z_])|(?=\})))*)\})? ([0-9.eE+-]+|\+Inf|NaN)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def base_name(name, types):
    """The family of a sample: a histogram's samples have three names."""
    for suffix in ("_bucket", "_sum", "_count"):
        if name.endswith(suffix) and types.get(name.removesuffix(suffix)) == "histogram":
            return name.removesuffix(suffix)
    return name


def parse_metrics(text):
    """({(name, labels): value}, {name: type}); ValueError names what is not Prometheus text."""
    samples, types, helped, family, closed = {}, {}, set(), None, set()
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    for line in text.splitlines():
        if match := re.fullmatch(r"# HELP (\S+) (.+)", line):
            if match[1] in helped:
                raise ValueError(f"HELP twice: {line}")
            helped.add(match[1])
        elif match := re.fullmatch(r"# TYPE (\S+) (counter|gauge|histogram)", line):
            if match[1] in types:
                raise ValueError(f"TYPE twice: {line}")
            types[match[1]] = match[2]
        elif match := SAMPLE.fullmatch(line):
            name = base_name(match[1], types)
            if name not in types or name in closed:
                raise ValueError(f"without its TYPE before it, or apart from its family: {line}")
            if family not in (None, name):
                closed.add(family)
            family = name
            key = (match[1], tuple(sorted(LABEL.findall(match[2] or ""))))
            if key in samples:
                raise ValueError(f"twice: {line}")
            samples[key] = float(match[3])
        else:
            raise ValueError(f"not a line of this format: {line}")
    return samples, types


def histogram_problems(samples, types):
    """Buckets that shrink, or whose last is not the count."""
    series = collections.defaultdict(list)
    for (name, labels), value in samples.items():
        if name.endswith("_bucket"):
            rest = tuple(label for label in labels if label[0] != "le")
            series[name.removesuffix("_bucket"), rest].append((float(dict(labels)["le"]), value))
    for name, kind in types.items():
        if kind == "histogram" and not any(key[0] == name for key in series):
            yield f"{name}: no buckets"
    for (name, labels), buckets in series.items():
        buckets.sort()
        values = [value for _, value in buckets]
        if values != sorted(values) or buckets[-1][0] != float("inf"):
            yield f"{name}{labels}: {buckets}"
        if samples.get((name + "_count", labels)) != values[-1] or (name + "_sum", labels) not in samples:
            yield f"{name}{labels}: count {samples.get((name + '_count', labels))}, last bucket {values[-1]}"


def scrape(ready):
    return ask(ready["private_url"], "GET", "/metrics")


def metric(ready, name, **labels):
    samples, _ = parse_metrics(scrape(ready).body.decode())
    return samples.get((name, tuple(sorted(labels.items()))), 0)


def queue_length(ready):
    return metric(ready, "taskroom_queue_length", queue="write")


def send_for_counting(ready, token):
    """Sends requests of many outcomes; (route, status, code) -> how many."""
    client = Client(ready["url"], token)
    path, chat = opening_path(ready), f"/open-apis/im/v1/chats/{ready['chat_id']}"
    group = "apaas.v1.userTask.chatGroup"
    sent = collections.Counter()
    names = {(route["method"], route["path"]): route["name"] for route in ready["routes"]}
    group = names["POST", "/open-apis/apaas/v1/user_tasks/:task_id/chat_group"]
    get = names["GET", "/open-apis/im/v1/chats/:chat_id"]
    for n in range(7):
        answer = client.call("POST", path, opening_body(ready, f"counted-{n}"))
        sent[group, answer.status, answer.json()["code"]] += 1
    for n in range(3):
        answer = client.call("POST", path, {"operator_user_id": ""})
        sent[group, answer.status, answer.json()["code"]] += 1
    for n in range(5):
        answer = client.call("GET", chat)
        sent[get, answer.status, answer.json()["code"]] += 1
    for n in range(2):
        answer = client.call("GET", chat, Authorization="Bearer t-wrong")
        sent[get, answer.status, answer.json()["code"]] += 1
    for n in range(4):
        sent["none", client.call("GET", "/nowhere").status, 0] += 1
    client.close()
    return sent


def metrics(tap, binary):
    with demo(binary, "metrics") as (server, ready, token):
        ready["routes"] = json.loads(subprocess.run(
            [server.binary, "routes", "--json"], check=True, stdout=subprocess.PIPE).stdout)["routes"]
        sent = send_for_counting(ready, token)
        answer = scrape(ready)
        try:
            samples, types = parse_metrics(answer.body.decode())
        except ValueError as error:
            return tap.point("metrics: they are Prometheus text", [str(error)])
        tap.point("metrics: they are Prometheus text",
                  [] if answer.headers["Content-Type"].startswith("text/plain; version=0.0.4") else
                  [answer.headers["Content-Type"]])
        wrong = []
        for (route, status, code), count in sent.items():
            labels = (("code", str(code)), ("route", route), ("status", str(status)))
            found = samples.get(("taskroom_requests_total", labels))
            if found != count:
                wrong.append(f"{labels}: sent {count}, counted {found}")
        total = sum(value for (name, _), value in samples.items() if name == "taskroom_requests_total")
        if total != sent.total() + 1:       # the token's
            wrong.append(f"{total} in all, sent {sent.total() + 1}")
        tap.point("metrics: requests by route, status and code are those sent", wrong)
        tap.point("metrics: buckets only grow, the last is the count", histogram_problems(samples, types))
        gauges = [("taskroom_queue_length", (("queue", "write"),)), ("taskroom_queue_length", (("queue", "read"),)),
                  ("taskroom_database_bytes", ()), ("taskroom_ready", ()), ("taskroom_connections_open", ()),
                  ("taskroom_batch_size_count", ()), ("taskroom_commit_duration_seconds_count", ())]
        tap.point("metrics: queue, batches, commits, size and readiness are there",
                  [str(gauge) for gauge in gauges if gauge not in samples])
        tap.point("metrics: the writes were counted in batches", [] if
                  samples["taskroom_batch_size_sum", ()] >= 7 else [str(samples["taskroom_batch_size_sum", ()])])
        tap.point("metrics: the public listener knows none of it",
                  [f"{path}: {status_of(ready['url'], path)}" for path in ("/metrics", "/livez", "/readyz")
                   if status_of(ready["url"], path) != 404])
        tap.point("metrics: the private one knows nothing of the API",
                  [] if ask(ready["private_url"], "GET", f"/open-apis/im/v1/chats/{ready['chat_id']}",
                            token=token).status == 404 else ["it does"])
        end(tap, "metrics", server)
    return None


# ---- the log ------------------------------------------------------------------------------------

def log(tap, binary):
    with demo(binary, "log") as (server, ready, token):
        canary = "CANARY-7f3a"
        client = Client(ready["url"], token)
        chat = f"/open-apis/im/v1/chats/{ready['chat_id']}"
        wrong_secret = {"app_id": ready["app_id"], "app_secret": f"{canary}-secret"}
        wrong_ticket = {"app_id": ready["store_app_id"], "app_secret": ready["store_app_secret"],
                        "app_ticket": f"{canary}-ticket"}
        auth = "/open-apis/auth/v3/"
        answers = [
            client.call("POST", opening_path(ready), opening_body(ready, f"{canary}-name"),
                        Idempotency_Key=f"{canary}-key"),
            client.call("POST", opening_path(ready), opening_body(ready, f"{canary}-other"),
                        Idempotency_Key=f"{canary}-key"),
            client.call("POST", opening_path(ready), {"operator_user_id": f"{canary}-user"}),
            client.call("POST", opening_path(ready), {"operator_user_id": [f"{canary}-list"]}),
            client.call("POST", auth + "tenant_access_token/internal", wrong_secret),
            client.call("POST", auth + "app_access_token", wrong_ticket),
            client.call("POST", auth + "tenant_access_token",
                        {"app_access_token": f"a-{canary}", "tenant_key": f"{canary}-tenant"}),
            client.call("GET", chat, Authorization=f"Bearer t-{canary}"),
            client.call("GET", chat, Authorization=f"Bearer {canary}"),
            client.call("GET", chat, Cookie=f"{canary}-cookie", X_Request_Id=f"{canary}-id"),
            client.call("GET", f"{chat}/members?page_token={canary}-page"),
            client.call("GET", f"/nowhere?secret={canary}-query"),
            over(ready, f"POST {chat} HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n{canary}-b".encode()),
            over(ready, f"GET /{'a' * 5000}?{canary} HTTP/1.1\r\nHost: h\r\n\r\n".encode()),
        ]
        client.close()
        end(tap, "log", server)
        text = server.log_text()
        lines, bad = [], []
        for line in text.splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                bad.append(line)
        tap.point("log: each line is JSON", bad)
        found = collections.Counter(line.get("log_id") for line in lines if line.get("event") == "request")
        tap.point("log: each request left one line, under its X-Tt-Logid",
                  [f"{answer.status}: {answer.headers['X-Tt-Logid']}, {found[answer.headers['X-Tt-Logid']]} lines"
                   for answer in answers if found[answer.headers["X-Tt-Logid"]] != 1])
        tap.point("log: there are no other requests in it", [] if found.total() == len(answers) + 1 else
                  [f"{found.total()} lines, {len(answers) + 1} requests"])
        secrets = {"canary": canary, "token": token, "app secret": ready["app_secret"],
                   "store app's secret": ready["store_app_secret"]}
        tap.point("log: no secret, token, key, query or body is in it",
                  [f"{what} in: {line[:300]}" for what, secret in secrets.items()
                   for line in text.splitlines() if secret in line])


def leave(ready, request):
    """A client that goes away after these bytes."""
    host, port = place_of(ready["url"]).rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS) as client:
        client.sendall(request)


def broken(tap, binary):
    """What can't be read as a request is answered and logged like any other; who leaves in the middle of one has
    no log id, but a line and a count."""
    head = b"GET / HTTP/1.1\r\nHost: h\r\n"
    with demo(binary, "broken") as (server, ready, _):
        answers = [over(ready, head + rest)
                   for rest in (b"Content-Length: x\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nx\r\n",
                                b"X: " + b"x" * 100000 + b"\r\n\r\n")]
        statuses = [answer.status for answer in answers]
        tap.point("broken: what can't be read is refused", [] if statuses == [400, 400, 431] else [str(statuses)])
        for unfinished in (b"GET /", head, head + b"Content-Length: 5\r\n\r\nhel"):
            leave(ready, unfinished)
        until(lambda: metric(ready, "taskroom_requests_broken_total") == 3)
        count = metric(ready, "taskroom_requests_broken_total")
        tap.point("broken: those who leave are counted", [] if count == 3 else [str(count)])
        end(tap, "broken", server)
        lines = [json.loads(line) for line in server.log_text().splitlines()]
        log_ids = [line["log_id"] for line in lines if line["event"] == "request"]
        tap.point("broken: a refusal is JSON and left a line under its log id",
                  [str(answer.headers) for answer in answers
                   if answer.headers["X-Tt-Logid"] not in log_ids or "code" not in json.loads(answer.body)])
        told = [line["peer"] for line in lines if line["event"] == "broken_request"]
        tap.point("broken: each who left has one line", [] if told == ["127.0.0.1"] * 3 else [str(told)])


def read_what_is_there(reader):
    with contextlib.suppress(BlockingIOError):
        return os.read(reader, 1 << 20)
    return b""


def told_of(text, more=b""):
    """How many requests the whole lines of a log tell of, one by one and as dropped; more: what came of it since."""
    text.extend(more)
    lines = [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines()]
    return sum(line["event"] == "request" for line in lines), sum(line.get("lines", 0) for line in lines)


def stalled_log(tap, binary):
    """Nobody reads standard error: the server goes on, and says later what could not be said."""
    server = Server(binary, "stalled-log")
    server.log.close()
    reader, writer = os.pipe()
    server.log = os.fdopen(writer, "wb")
    os.set_blocking(reader, False)
    try:
        ready = server.start("demo")
        client = Client(ready["url"])
        statuses = collections.Counter(client.call("GET", f"/nowhere/{n}").status for n in range(2000))
        client.close()
        tap.point("stalled_log: it answers", [] if statuses == {404: 2000} else [str(statuses)])
        status = status_of(ready["private_url"], "/livez")
        tap.point("stalled_log: it is alive", [] if status == 200 else [str(status)])
        text = bytearray()
        until(lambda: sum(told_of(text, read_what_is_there(reader))) >= 2000)
        requests, dropped = told_of(text)
        tap.point("stalled_log: every line arrived whole or was counted",
                  [] if 0 < requests < 2000 <= requests + dropped else [f"{requests} lines, {dropped} dropped"])
        status = server.end(signal.SIGTERM)
        tap.point("stalled_log: SIGTERM ends it with 0", [] if status == 0 else [str(status)])
    finally:
        server.remove()
        os.close(reader)


# ---- the end ------------------------------------------------------------------------------------

def fill_connections(ready, token, count):
    """Connections that have been used once and are kept."""
    path = f"/open-apis/im/v1/chats/{ready['chat_id']}"
    used = [Sent(ready, token, "GET", path) for _ in range(count)]
    if outcomes(used) != {200: count}:
        raise RuntimeError("the connections can't be had")
    return [one.socket for one in used]


def drain_behind_lock(tap, binary, is_given_back):
    name = "SIGTERM with 300 in flight, " + ("then the lock is free" if is_given_back else "the lock stays")
    with demo(binary, "drain") as (server, ready, token):
        sockets = fill_connections(ready, token, 300)
        path = f"/open-apis/im/v1/chats/{ready['chat_id']}"
        with contextlib.ExitStack() as stack:
            lock = stack.enter_context(held_lock(server))
            writes = [opening(ready, token, f"drained-{n}", connection=one)
                      for n, one in enumerate(sockets[:150])]
            reads = [Sent(ready, token, "GET", path, connection=one) for one in sockets[150:]]
            server.signal(signal.SIGTERM)
            turned = until(lambda: status_of(ready["private_url"], "/readyz") == 503, 4)
            alive = status_of(ready["private_url"], "/livez")
            if is_given_back:
                lock.close()
            counts = outcomes(writes), outcomes(reads)
            tap.point(f"{name}: /readyz is 503 while they wait, /livez 200",
                      [] if turned and alive == 200 else [f"/readyz turned: {turned}, /livez {alive}"])
            wanted = {200: 150} if is_given_back else {503: 150}
            tap.point(f"{name}: each write gets its answer", [] if counts[0] == wanted else [str(dict(counts[0]))])
            tap.point(f"{name}: each read too", [] if counts[1] == {200: 150} else [str(dict(counts[1]))])
            tap.point(f"{name}: refusals are readable", refusals(writes + reads))
            tap.point(f"{name}: then the connections are closed in order",
                      [one.name for one in writes + reads if not one.is_ended()])
            status = server.wait()
        tap.point(f"{name}: it ends with 0", [] if status == 0 else [f"{status}: {server.tail()}"])
        tap.point(f"{name}: what was answered is there, what was refused is not", unlike_promised(server, writes))
        tap.point(f"{name}: the database is sound", unsound(server.database()))


def drain(tap, binary):
    drain_behind_lock(tap, binary, True)
    drain_behind_lock(tap, binary, False)


def twice(tap, binary):
    """A request that never becomes whole holds the first SIGTERM up; the second does not wait for it."""
    drain_ms = 9000
    with demo(binary, "twice", "--drain-ms", str(drain_ms), "--body-ms", "60000") as (server, ready, token):
        host, port = place_of(ready["url"]).rsplit(":", 1)
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(f"POST {opening_path(ready)} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n"
                         "Content-Length: 10\r\n\r\n{".encode())
            until(lambda: metric(ready, "taskroom_connections_open") >= 2)
            time.sleep(0.2)
            server.signal(signal.SIGTERM)
            began = time.monotonic()
            time.sleep(1)
            is_waiting = server.is_running()
            status = server.end(signal.SIGTERM)
            took_ms = (time.monotonic() - began) * 1000
        tap.point("SIGTERM once: it waits for a request that has begun", [] if is_waiting else ["it ended"])
        tap.point("SIGTERM twice: it ends before the time to drain is over, with 0",
                  [] if status == 0 and took_ms < drain_ms else [f"{status} after {took_ms:.0f} ms"])


def twice_behind_lock(tap, binary):
    """Neither does it wait for the writer's queue, batch after batch."""
    with demo(binary, "twice", "--batch-most", "1") as (server, ready, token):
        with held_lock(server):
            sent = [opening(ready, token, f"twice-{n}") for n in range(20)]
            until(lambda: queue_length(ready) >= 19, 4)
            server.signal(signal.SIGTERM)
            time.sleep(0.2)
            status = server.end(signal.SIGTERM)
            begins = server.log_text().count('"event":"commit"')
        tap.point("SIGTERM twice behind a lock: it ends with 0", [] if status == 0 else [f"{status}"])
        tap.point("SIGTERM twice behind a lock: it is waited for once at most",
                  [] if begins <= 1 else [f"{begins} times"])
        tap.point("SIGTERM twice behind a lock: nothing is there that was refused", unlike_promised(server, sent))


TESTS = {"queue": queue, "waiting": waiting, "locked_out": locked_out, "limits": limits, "connections": connections,
         "metrics": metrics, "log": log, "broken": broken, "stalled_log": stalled_log, "drain": drain, "twice": twice,
         "twice_behind_lock": twice_behind_lock}


sys.exit(run_tests(__doc__, TESTS))
