#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a failing disk does to the server, and what it must not do. Prints TAP.

disk.py [--binary B] [NAME...]: all tests, or these. Nothing here fails because something was slow: times only bound
how long an outcome is waited for.
"""
import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

from server_process import (LOST, Load, Sent, Server, ask, chat_ids, held_lock, misplaced, opening_body, opening_path,
                            outcomes, place_of, run_tests, take_token, unlike_refusal, unsound, until)

EXIT_DISK = 4
DISK_BYTES = 12 << 20
ENOUGH = 60                     # chats acknowledged before a disk begins to fail
SAMPLES = 40                    # looks at a server that has no space
RESETS = 200
PAGE = 4096


def status_of(url, path, token=""):
    """0: no answer."""
    try:
        return ask(url, "GET", path, token=token).status
    except LOST:
        return 0


def reads(ready, token):
    """Sentences about reads that are not answered with 200."""
    chat = f"/open-apis/im/v1/chats/{ready['chat_id']}"
    for path in (chat, f"{chat}/members?page_size=10"):
        status = status_of(ready["url"], path, token)
        if status != 200:
            yield f"GET {path}: {status}"


def settle(tap, server, load, name):
    """Ends load and server, and compares what was answered with what is there."""
    hanging = load.stop()
    status = server.end(signal.SIGTERM)
    tap.point(f"{name}: SIGTERM ends it with 0", [] if status == 0 and not hanging else
              [f"exit status {status}", *hanging, server.tail()])
    tap.point(f"{name}: no acknowledged chat is lost, none is there twice",
              misplaced(server.database(), load.attempts()))
    tap.point(f"{name}: the database is sound, no chat is half-made", unsound(server.database()))


# ---- a sync that fails --------------------------------------------------------------------------

def fault_library(binary):
    """The library that lets syncs fail; it is built beside the program."""
    return pathlib.Path(binary).resolve().parent / "tests" / "fault" / "libdisk_fault.so"


def sync(tap, binary):
    library = fault_library(binary)
    if not library.exists():
        return tap.skip("a failing sync", f"{library} is not there")
    with contextlib.closing(Home(binary, "sync")) as home:
        fault = os.path.join(home.server.home, "fault")
        ready = home.server.start("demo", environment={"LD_PRELOAD": str(library), "DISK_FAULT": fault})
        token = take_token(ready)
        load = Load(ready, ready["url"], token, stays=False)
        until(lambda: len(load.acknowledged()) >= ENOUGH)
        pathlib.Path(fault + ".new").write_text("sync")
        os.rename(fault + ".new", fault)
        failing_since = time.monotonic()
        until(lambda: '"event":"sync_failed"' in home.server.log_text())
        os.unlink(fault)                # a disk that says later that all is well
        try:
            status = home.server.wait()
        except subprocess.TimeoutExpired:
            status = "none: it still runs"
        hanging = load.stop()
        late = [attempt for attempt in load.attempts() if attempt.began > failing_since]
        tap.point("a failing sync: the load was real",
                  [] if len(load.acknowledged()) >= ENOUGH else ["too few chats"])
        tap.point("a failing sync: the process ends by itself, with its own code",
                  [] if status == EXIT_DISK and not hanging else [f"exit status {status}", *hanging,
                                                                  home.server.tail()])
        tap.point("a failing sync: nothing is acknowledged after it",
                  [f"{attempt.name}: {attempt.status}" for attempt in late if attempt.is_acknowledged()])
        tap.point("a failing sync: an answer to a write is a 5xx in JSON", odd_answers(load))
        tap.point("a failing sync: the log says why it ended",
                  [] if '"event":"sync_failed"' in home.server.log_text() else [home.server.tail()])
        tap.point("a failing sync: it leaves the log as it is for the next start",
                  [] if os.path.exists(home.server.database() + "-wal") else ["it was moved and removed"])
        again(tap, home.server, load)
    return None


def odd_answers(load):
    """Answers to writes that are neither a success nor a server's error with a code."""
    for attempt in load.attempts():
        if attempt.status in (0, 200):
            continue
        try:
            is_told = attempt.status in (500, 503) and attempt.answer.json()["code"] != 0
        except (ValueError, KeyError):
            is_told = False
        if not is_told:
            yield f"{attempt.name}: {attempt.status} {attempt.answer.body[:200]}"


def again(tap, server, load):
    """The next start, on a good disk."""
    ready = server.start("demo")
    token = take_token(ready)
    lost = []
    for attempt in load.acknowledged():
        chat_id = attempt.answer.json()["data"]["chat_id"]
        status = status_of(ready["url"], f"/open-apis/im/v1/chats/{chat_id}", token)
        if status != 200:
            lost.append(f"{attempt.name}, {chat_id}: {status}")
    tap.point("a failing sync: all that was acknowledged is read back after the next start", lost)
    settle(tap, server, load, "a failing sync")


# ---- no space -----------------------------------------------------------------------------------

class Home:
    """A server, and a small disk of its own for it where one can be had."""

    def __init__(self, binary, purpose):
        self.server = Server(binary, purpose)
        self.disk = None

    def mount(self):
        """Why there is no small disk, or nothing."""
        if os.geteuid() != 0:
            return "only root can mount"
        disk = os.path.join(self.server.home, "disk")
        os.mkdir(disk)
        outcome = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", disk],
                                 stderr=subprocess.PIPE, text=True, check=False)
        if outcome.returncode != 0:
            return f"mount: {outcome.stderr.strip()}"
        self.disk = disk
        self.server.data = os.path.join(disk, "data")
        return None

    def close(self):
        if self.server.is_running():
            self.server.end(signal.SIGKILL)
        if self.disk:
            subprocess.run(["umount", self.disk], check=False)
        self.server.remove()


def fill(path):
    """A file that takes all the space there is."""
    with open(path, "wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while ballast.write(bytes(PAGE)) == PAGE:
            pass


def look_while_full(ready, token):
    """What is wrong with a server without space: (of its reads, of /readyz and /livez)."""
    bad_reads, bad_health = [], []
    for _ in range(SAMPLES):
        bad_reads += reads(ready, token)
        for path, wanted in (("/readyz", 503), ("/livez", 200), ("/metrics", 200)):
            status = status_of(ready["private_url"], path)
            if status != wanted:
                bad_health.append(f"{path}: {status}")
        time.sleep(0.1)
    return bad_reads, bad_health


def refused(load, since):
    return [attempt for attempt in load.attempts() if attempt.began > since and attempt.status not in (0, 200)]


def run_out(tap, name, ready, token, load):
    """From the first refusal on: how a server without space behaves."""
    is_told = until(lambda: status_of(ready["private_url"], "/readyz") == 503)
    since = time.monotonic()
    bad_reads, bad_health = look_while_full(ready, token)
    late = [attempt for attempt in load.attempts() if attempt.began > since]
    tap.point(f"{name}: /readyz turns 503", [] if is_told else ["it never did"])
    tap.point(f"{name}: /readyz stays 503, /livez and /metrics 200", bad_health)
    tap.point(f"{name}: reads go on", bad_reads)
    tap.point(f"{name}: writes are refused", [] if refused(load, since) else
              [f"{len(late)} attempts, none refused"])
    tap.point(f"{name}: each with 503, Retry-After and code 2200",
              [f"{attempt.name}: {problem}" for attempt in load.attempts() if attempt.status not in (0, 200)
               for problem in unlike_refusal(attempt.answer)])


def rest(tap, name, ready, token, load):
    """Without the load, which stays paused: now and then one write, or one that asks for nothing that can be done."""
    load.pause()
    wrong = []
    for n in range(SAMPLES):
        status = status_of(ready["private_url"], "/readyz")
        if status != 503:
            wrong.append(f"look {n}: /readyz {status}")
        if n % 8 == 3:
            body = opening_body(ready, f"lonely-{n}") if n % 16 == 3 else {"operator_user_id": "nobody"}
            status = ask(ready["url"], "POST", opening_path(ready), body, token).status
            if status == 200:
                wrong.append(f"look {n}: a write succeeds")
        time.sleep(0.2)
    tap.point(f"{name}: /readyz does not change its mind while little is written", wrong)


def full(tap, binary):
    with contextlib.closing(Home(binary, "full")) as home:
        why = home.mount()
        if why:
            return tap.skip("a full disk", why)
        ready = home.server.start("demo")
        token = take_token(ready)
        load = Load(ready, ready["url"], token)
        until(lambda: len(load.acknowledged()) >= ENOUGH)
        ballast = os.path.join(home.disk, "ballast")
        fill(ballast)
        run_out(tap, "a full disk", ready, token, load)
        rest(tap, "a full disk", ready, token, load)
        os.unlink(ballast)
        tap.point("a full disk: /readyz is 200 again by itself", [] if
                  until(lambda: status_of(ready["private_url"], "/readyz") == 200) else [home.server.tail()])
        freed = time.monotonic()
        load.resume()
        tap.point("a full disk: writes succeed again by themselves", [] if
                  until(lambda: any(attempt.began > freed for attempt in load.acknowledged())) else
                  [home.server.tail()])
        settle(tap, home.server, load, "a full disk")
        shutil.rmtree(home.server.data)
    return None


def spill(tap, binary):
    """A batch larger than SQLite's memory is written before its commit: the disk is full in the midst of a call."""
    name = "a full disk within a batch"
    count = 1000
    with contextlib.closing(Home(binary, "spill")) as home:
        why = home.mount() or allow_files(3000)
        if why:
            return tap.skip(name, why)
        ready = home.server.start("demo", "--batch-most", "1024", "--queue-wait-ms", "60000")
        token = take_token(ready)
        users = import_users(home.server, 400)
        with held_lock(home.server):
            sent = []
            for n in range(count):
                body = opening_body(ready, "群" * 55 + f"{n:05}")
                body["invite_user_ids"] = [users[(n * 7 + i) % len(users)] for i in range(20)]
                sent.append(Sent(ready, token, "POST", opening_path(ready), body, "k" * 200 + str(n)))
            fill(os.path.join(home.disk, "ballast"))
        counts = outcomes(sent)
        tap.point(f"{name}: each of its writes is refused", [] if counts == {503: count} else [str(dict(counts))])
        tap.point(f"{name}: each with 503, Retry-After and code 2200",
                  [problem for one in sent if one.answer for problem in unlike_refusal(one.answer)])
        tap.point(f"{name}: reads go on", reads(ready, token))
        status = home.server.end(signal.SIGTERM)
        tap.point(f"{name}: SIGTERM ends it with 0", [] if status == 0 else [f"{status}: {home.server.tail()}"])
        os.unlink(os.path.join(home.disk, "ballast"))
        tap.point(f"{name}: the database is sound, nothing of the batch is there",
                  unsound(home.server.database()) + [title for title in chat_ids(home.server.database())
                                                     if "群群" in title])
    return None


def allow_files(wanted):
    """Raises the limit of this process; why it can't be, or nothing."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < wanted:
        return f"no more than {most} open files are allowed"
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return None


def import_users(server, count):
    """More users than the demo has; their ids."""
    ids = [str(1900000000000000 + n) for n in range(count)]
    path = os.path.join(server.home, "users.jsonl")
    pathlib.Path(path).write_text("".join(
        json.dumps({"kunlun_id": one, "name": f"user {one[-3:]}"}) + "\n" for one in ids))
    server.command("user", "import", path)
    return ids


def limited(tap, binary):
    """A limit on the size of files can't be lifted from outside: it stays alive, reads, and ends well."""
    name = "a limited file size"
    with contextlib.closing(Home(binary, "limited")) as home:
        home.server.start("demo")
        home.server.end(signal.SIGTERM)
        most = os.path.getsize(home.server.database()) + (1 << 19)
        demo = home.server.ready
        ready = home.server.start("demo", preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
        token = take_token(ready)
        load = Load(demo, ready["url"], token)
        run_out(tap, name, ready, token, load)
        rest(tap, name, ready, token, load)
        load.resume()
        tap.point(f"{name}: SIGXFSZ does not kill it", [] if home.server.is_running() else [home.server.tail()])
        settle(tap, home.server, load, name)


# ---- readers that go away -----------------------------------------------------------------------

def reset_in_mid_answer(ready, token, path):
    """Asks several times at once and resets the connection before the answers were taken."""
    host, port = place_of(ready["url"]).rsplit(":", 1)
    request = (f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n").encode()
    with contextlib.suppress(OSError):
        with socket.create_connection((host, int(port))) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(request * 4)
            client.recv(1)


def pipe(tap, binary):
    with contextlib.closing(Home(binary, "pipe")) as home:
        ready = home.server.start("demo")
        token = take_token(ready)
        load = Load(ready, ready["url"], token, count=2)
        for _ in range(RESETS):
            reset_in_mid_answer(ready, token, f"/open-apis/im/v1/chats/{ready['chat_id']}/members")
        tap.point("clients that reset in mid-answer: it lives and answers",
                  list(reads(ready, token)) if home.server.is_running() else [home.server.tail()])
        settle(tap, home.server, load, "clients that reset in mid-answer")


# ---- nothing is answered before it is on the disk -----------------------------------------------

TRACED = "fsync,fdatasync,read,recvfrom,recvmsg,write,writev,sendto,sendmsg"
BEGUN = re.compile(r"^(\d+) +(\w+)\((.*)$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")
RESULT = re.compile(r"= (-?\d+)[^=]*$")


def trace_calls(lines):
    """Yields (line number of its begin, of its end, name, text, result) for each call, by its end."""
    begun = {}
    for number, line in enumerate(lines):
        if match := BEGUN.match(line):
            thread, name, text = match.groups()
            if text.endswith("<unfinished ...>"):
                begun[thread] = (number, text)
                continue
            start = number
        elif match := RESUMED.match(line):
            thread, name, rest = match.groups()
            start, text = begun.pop(thread, (number, ""))
            text += rest
        else:
            continue
        if result := RESULT.search(text):
            yield start, number, name, text, int(result[1])


def unsynced(lines):
    """(how many answers to chat_group, sentences about those that left before their sync)."""
    asked, syncs, early, count = {}, [], [], 0
    for start, end, name, text, result in trace_calls(lines):
        if name in ("fsync", "fdatasync"):
            if result == 0:
                syncs.append((start, end))
            continue
        socket_fd = re.match(r"\d+", text)
        if not socket_fd or result <= 0:
            continue
        if name in ("read", "recvfrom", "recvmsg") and re.search(r'"POST /\S*/chat_group', text):
            asked[socket_fd[0]] = end
        elif '"HTTP/1.1 200' in text and name not in ("read", "recvfrom", "recvmsg"):
            since = asked.pop(socket_fd[0], None)
            count += since is not None
            if since is not None and not any(since < begin and over < start for begin, over in syncs):
                early.append(f"line {start + 1}: asked in line {since + 1}, no sync between")
    return count, early


def synced(tap, binary):
    name = "each answer leaves after its sync"
    strace = shutil.which("strace")
    if not strace or subprocess.run([strace, "-f", "-o", os.devnull, "true"], check=False,
                                    stderr=subprocess.DEVNULL).returncode != 0:
        return tap.skip(name, "strace is missing or may not trace")
    with contextlib.closing(Home(binary, "synced")) as home:
        home.server.start("demo")
        home.server.end(signal.SIGTERM)
        trace = pathlib.Path(home.server.home, "trace")
        ready = home.server.start("demo", before=[strace, "-D", "-f", "-qq", "-s", "96", "-o", str(trace),
                                                  "-e", f"trace={TRACED}", "-e", "signal=none"])
        token = take_token(ready)
        alone = [ask(ready["url"], "POST", opening_path(ready), opening_body(ready, f"alone-{n}"), token).status
                 for n in range(20)]
        load = Load(ready, ready["url"], token, count=4)
        until(lambda: len(load.acknowledged()) >= ENOUGH)
        settle(tap, home.server, load, name)
        wanted = alone.count(200) + len(load.acknowledged())
        until(lambda: unsynced(trace.read_text(errors="replace").splitlines())[0] >= wanted, 10)
        count, early = unsynced(trace.read_text(errors="replace").splitlines())
        tap.point(f"{name}: all of {wanted} were seen", [] if count == wanted else [f"{count} seen"])
        tap.point(f"{name}: one that began after the request was read, and returned 0", early)
    return None


TESTS = {"sync": sync, "full": full, "spill": spill, "limited": limited, "pipe": pipe, "synced": synced}


sys.exit(run_tests(__doc__, TESTS))
