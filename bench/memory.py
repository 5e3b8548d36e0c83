# SPDX-License-Identifier: Apache-2.0
"""taskroom alone: memory, size of the binary, and how soon it is ready (bar 5)."""
import pathlib
import shutil
import socket
import statistics
import subprocess

from contender import prepare, say
from data import PRODUCT, Invalid, check_rows
from generator import chat_groups, request, run as run_generator, write_requests
from report import markdown

CHATS = 100_000
LOAD_S = 2
READY_STARTS = 10
IDLE_CONNECTIONS = 2_000


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


def connection_kb(server, token, count):
    """RSS per connection that had one request answered and stays open."""
    host, port = server.url.removeprefix("http://").rstrip("/").split(":")
    payload = request(token, "GET", "/open-apis/im/v1/chats/oc_none")
    before_mb, held = server.rss_mb(), []
    try:
        for _ in range(count):
            one = socket.create_connection((host, int(port)), timeout=10)
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
                 "connection_kb": count_connections(contender, folder, options)}
        found.update(count_after_load(contender, folder, options))
        found["ready_full_ms"] = measure_ready(contender, folder)
        if options.data:
            found["ready_ms"] = measure_ready(contender, folder, options.data.resolve())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = [["RSS, idle", f"{found['idle_mb']:.1f} MB"],
            [f"RSS, after {CHATS:,} chats", f"{found['full_mb']:.1f} MB"],
            [f"RSS per idle connection, of {options.idle_connections:,}", f"{found['connection_kb']:.2f} KB"],
            ["binary, stripped", f"{found['binary_mb']:.2f} MB"],
            ["ready, empty", f"{found['ready_empty_ms']:.1f} ms"],
            [f"ready, with the {CHATS:,} chats", f"{found['ready_full_ms']:.1f} ms"]]
    if "ready_ms" in found:
        rows.append(["ready, with the data given", f"{found['ready_ms']:.1f} ms"])
    table = markdown(["", "found"], rows)
    say()
    say(table)
    return {"figures": found, "tables": {"memory": table}, "invalid": False}
