# SPDX-License-Identifier: Apache-2.0
"""The echo server, its clients and the main of the tests that talk to it.

Nothing here fails because something was slow: times only bound how long an outcome is waited for.
"""
import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

ECHO_SERVER, LOAD_CLIENT = sys.argv[1:3]
WANTED = sys.argv[3:]
WAIT_SECONDS = 20
IS_SANITIZED = b"__asan_init" in open(ECHO_SERVER, "rb").read() or b"__tsan_init" in open(ECHO_SERVER, "rb").read()

HEAD = b"POST /a HTTP/1.1\r\nHost: h\r\n"
GET = b"GET /a HTTP/1.1\r\nHost: h\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Server:
    """One echo server with flags of its own."""

    def __init__(self, *flags):
        flags += "--send-at-once", os.environ.get("SEND_AT_ONCE", "no")
        self.process = subprocess.Popen([ECHO_SERVER, *map(str, flags)], stdout=subprocess.PIPE,
                                        text=True)
        urls = json.loads(self.process.stdout.readline())
        self.port = int(urls["url"].rsplit(":", 1)[1])
        self.private_port = int(urls["private_url"].rsplit(":", 1)[1])
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def drain(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Ends it; its last line: how many answers were sent and lost."""
        if self.process.poll() is None:
            self.drain()
            time.sleep(0.01)
            with contextlib.suppress(ProcessLookupError):
                self.drain()
        code = self.process.wait(WAIT_SECONDS)
        self.reader.join(WAIT_SECONDS)
        assert code == 0, f"the server ended with {code}"
        return self.lines[-1]

    def counts(self):
        """What the private listener counts; the connection that asks is among the open ones."""
        return json.loads(ask(self.private_port, GET + b"\r\n", "::1").body)

    def wait_alone(self):
        """Waits until no connection is open but the one that asks; the counts then."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            counts = self.counts()
            if counts["open"] == 1:
                return counts
            time.sleep(0.02)
        raise AssertionError(f"connections stay open: {counts}")


@contextlib.contextmanager
def serving(*flags):
    server = Server(*flags)
    try:
        yield server
        server.stop()
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()


def connect(port, host="127.0.0.1"):
    client = socket.create_connection((host, port), timeout=WAIT_SECONDS)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def read_to_end(client):
    """All bytes until the peer closes. A reset counts as an end: what came before is what matters."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(65536):
            received += part
    return received


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def is_ours(self):
        return self.headers.get("x-refused") == "yes" and self.body.startswith(b"refused")


class Reader:
    """Reads answers one after the other."""

    def __init__(self, client):
        self.client, self.buffer = client, b""

    def _more(self):
        part = self.client.recv(65536)
        if not part:
            raise EOFError
        self.buffer += part

    def next(self, has_body=True):
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = dict((name.lower(), value.strip())
                       for name, value in (line.split(":", 1) for line in lines))
        status = int(re.match(r"HTTP/1\.1 (\d{3}) .+", status_line)[1])
        size = int(headers.get("content-length", 0)) if has_body and status >= 200 else 0
        while len(self.buffer) < size:
            self._more()
        body, self.buffer = self.buffer[:size], self.buffer[size:]
        return Answer(status, headers, body)


    def chunk(self):
        """The next chunk of a stream; b"" is the last."""
        while b"\r\n" not in self.buffer:
            self._more()
        size, self.buffer = self.buffer.split(b"\r\n", 1)
        size = int(size, 16)
        while len(self.buffer) < size + 2:
            self._more()
        chunk, end, self.buffer = self.buffer[:size], self.buffer[size:size + 2], self.buffer[size + 2:]
        assert end == b"\r\n"
        return chunk


def ask(port, request, host="127.0.0.1"):
    with connect(port, host) as client:
        client.sendall(request)
        return Reader(client).next()


def drip(client, data, seconds):
    """Sends byte by byte; stops when the peer has something to say."""
    for i in range(len(data)):
        if select.select([client], [], [], seconds)[0]:
            return i
        with contextlib.suppress(ConnectionError):
            client.sendall(data[i:i + 1])
    return len(data)


def endless(data):
    return data + b"x" * 100000


def resident_kib(server):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{server.process.pid}/status").read())[1])


def cpu_seconds(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_tests(names):
    """Those of a module's names that begin with test_, or those that the arguments name. Its exit code."""
    failed = 0
    tests = {name[5:]: test for name, test in names.items() if name.startswith("test_")}
    chosen = {name: test for name, test in tests.items() if not WANTED or name in WANTED}
    print(f"1..{len(chosen)}", flush=True)
    for number, (name, test) in enumerate(chosen.items(), 1):
        began = time.monotonic()
        try:
            test()
            verdict = "ok"
        except Exception as problem:  # a test may fail in any way
            verdict = "not ok"
            failed += 1
            where = problem.__traceback__
            while where.tb_next:
                where = where.tb_next
            print(f"# {type(problem).__name__} in line {where.tb_lineno}: {problem}")
        print(f"{verdict} {number} - {name} # {time.monotonic() - began:.1f} s", flush=True)
    return int(failed > 0)
