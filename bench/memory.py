# SPDX-License-Identifier: Apache-2.0
"""taskroom alone: memory, size of the binary, and how soon it is ready (bar 5)."""
import pathlib
import resource
import shutil
import socket
import statistics
import subprocess

from contender import prepare, say
from data import PRODUCT, Invalid, check_rows, user_rows
from generator import chat_groups, request, run as run_generator, write_requests
from report import markdown

CHATS = 100_000
LOAD_S = 2
READY_STARTS = 10
IDLE_CONNECTIONS = 2_000
STREAMS = 5_000
DESCRIPTORS_SPARE = 200
WATCHERS = 50                   # people, each with as many of the streams


def measure_ready(contender, folder, data=None):
    """Milliseconds from exec to the ready line, median of ten starts; data: not the folder's own."""
    times = []
    for _ in range(READY_STARTS):
        server = contender.start(folder, data)
        times.append(server.ready_s * 1000)
        if server.stop() is None:
            raise Invalid("did not end at SIGTERM")
    return round(statistics.median(times), 1)


def binary_mb(folder):
    """Of a stripped copy."""
    copy = folder / "stripped"
    subprocess.run(["strip", "-o", copy, PRODUCT], check=True, capture_output=True, timeout=60)
    size = copy.stat().st_size
    copy.unlink()
    return round(size / 1e6, 3)


def place(server):
    return server.url.removeprefix("http://").rstrip("/")


def connect(server):
    host, port = place(server).split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def connection_kb(server, token, count):
    """RSS per connection that had one request answered and stays open."""
    payload = request(token, "GET", "/open-apis/im/v1/chats/oc_none")
    before_mb, held = server.rss_mb(), []
    try:
        for _ in range(count):
            one = connect(server)
            held.append(one)
            one.sendall(payload)
            if not one.recv(4096).startswith(b"HTTP/1.1 "):
                raise Invalid("an idle connection had no answer")
        return round((server.rss_mb() - before_mb) * 1024 / count, 2)
    finally:
        for one in held:
            one.close()


def count_connections(contender, folder, options):
    """On a server of its own: what it took for them it would keep."""
    server = contender.start(folder)
    try:
        return connection_kb(server, contender.authorize(server), options.idle_connections)
    finally:
        server.stop()


def raise_descriptors(needed):
    """Of this process, as far as they may be; what is started from here has them, too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed if hard == resource.RLIM_INFINITY else min(needed, hard), hard))


def stream_kb(server, cookies):
    """RSS per stream of the page that has begun and on which nothing happens."""
    before_mb, held = server.rss_mb(), []
    try:
        for n in range(STREAMS):
            one = connect(server)
            held.append(one)
            one.sendall(f"GET /web/v1/events HTTP/1.1\r\nHost: {place(server)}\r\nCookie: {cookies[n % len(cookies)]}\r\n\r\n".encode())
        for one in held:
            told = b""
            while b"event: ready" not in told:
                part = one.recv(4096)
                if not part or not (told + part).startswith(b"HTTP/1.1 200"):
                    raise Invalid(f"a stream did not begin: {told + part}")
                told += part
        return round((server.rss_mb() - before_mb) * 1024 / STREAMS, 2)
    finally:
        for one in held:
            one.close()


def count_streams(contender, folder):
    """On a server of its own, too."""
    raise_descriptors(STREAMS + DESCRIPTORS_SPARE)
    server = contender.start(folder)
    try:
        watchers = [row["kunlun_id"] for row in user_rows(min(WATCHERS, contender.users))]
        return stream_kb(server, contender.sign_in(server, folder / "data", watchers))
    finally:
        server.stop()


def count_after_load(contender, folder, options):
    """RSS idle, and after 100,000 chats."""
    server = contender.start(folder)
    try:
        token = contender.authorize(server)
        requests = write_requests(folder / "requests", chat_groups(token, options.users))
        idle_mb, answers = server.rss_mb(), 0
        while answers < CHATS:
            answers += run_generator(server, requests, options.connections, 0, LOAD_S)["sent"]
        full_mb = server.rss_mb()
    finally:
        server.stop()
    check_rows(folder / "data" / "taskroom.db", answers)
    return {"idle_mb": round(idle_mb, 1), "full_mb": round(full_mb, 1)}


def run(options, work, skipped):
    if "a" in skipped:
        raise Invalid(skipped["a"])
    contender = prepare(["a"], work, options.users)[0]
    folder = contender.fresh()
    try:
        found = {"binary_mb": binary_mb(pathlib.Path(work)), "ready_empty_ms": measure_ready(contender, folder),
                 "connection_kb": count_connections(contender, folder, options),
                 "stream_kb": count_streams(contender, folder)}
        found.update(count_after_load(contender, folder, options))
        found["ready_full_ms"] = measure_ready(contender, folder)
        if options.data:
            found["ready_ms"] = measure_ready(contender, folder, options.data.resolve())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = [["RSS, idle", f"{found['idle_mb']:.1f} MB"],
            [f"RSS, after {CHATS:,} chats", f"{found['full_mb']:.1f} MB"],
            [f"RSS per idle connection, of {options.idle_connections:,}", f"{found['connection_kb']:.2f} KB"],
            [f"RSS per idle stream of the page, of {STREAMS:,}", f"{found['stream_kb']:.2f} KB"],
            ["binary, stripped", f"{found['binary_mb']:.2f} MB"],
            ["ready, empty", f"{found['ready_empty_ms']:.1f} ms"],
            [f"ready, with the {CHATS:,} chats", f"{found['ready_full_ms']:.1f} ms"]]
    if "ready_ms" in found:
        rows.append(["ready, with the data given", f"{found['ready_ms']:.1f} ms"])
    table = markdown(["", "found"], rows)
    say()
    say(table)
    return {"figures": found, "tables": {"memory": table}, "invalid": False}
