#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the HTTP room behaves towards clients, good and bad, seen from the socket.

behaviour_test.py ECHO_SERVER LOAD_CLIENT [NAME...]      prints TAP

Nothing here fails because something was slow: times only bound how long an outcome is waited for,
except for the gaps under load, whose limit of half a second is the point of that test.
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

# name, bytes as sent, status expected
FRAMING = [
    ("plain GET", GET + b"\r\n", 200),
    ("plain POST", HEAD + b"Content-Length: 2\r\n\r\nhi", 200),
    ("POST without body", HEAD + b"\r\n", 200),
    ("POST with an empty body", HEAD + b"Content-Length: 0\r\n\r\n", 200),
    ("leading zeros of a length", HEAD + b"Content-Length: 0002\r\n\r\nhi", 200),
    ("GET with a body", GET + b"Content-Length: 2\r\n\r\nhi", 200),
    ("DELETE with a body", b"DELETE /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", 200),
    ("no Content-Type", HEAD + b"Content-Length: 2\r\n\r\n{}", 200),
    ("unknown method", b"PROPFIND /a HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    ("lower-case method", b"get /a HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    ("method of punctuation", b"A!#$%&'*+-.^_`|~ /a HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    ("TRACE", b"TRACE /a HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    ("HTTP/1.0 without Host", b"GET /a HTTP/1.0\r\n\r\n", 200),
    ("HTTP/1.0 with Host", b"GET /a HTTP/1.0\r\nHost: h\r\n\r\n", 200),
    ("absolute-form", b"GET http://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    ("absolute-form, no path", b"GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    ("chunked", CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", 200),
    ("chunked, upper-case hex", CHUNKED + b"A\r\n0123456789\r\n0\r\n\r\n", 200),
    ("chunked, leading zeros", CHUNKED + b"0002\r\nhi\r\n000\r\n\r\n", 200),
    ("chunked, extension", CHUNKED + b"2;a=b\r\nhi\r\n0\r\n\r\n", 200),
    ("chunked, trailer", CHUNKED + b"2\r\nhi\r\n0\r\nX: y\r\n\r\n", 200),
    ("chunked, nothing", CHUNKED + b"0\r\n\r\n", 200),
    ("CHUNKED in capitals", HEAD + b"Transfer-Encoding: CHUNKED\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 200),
    ("empty lines before the request", b"\r\n\r\n" + GET + b"\r\n", 200),
    ("empty value", GET + b"X:\r\n\r\n", 200),
    ("tab around a value", GET + b"X:\ta\t\r\n\r\n", 200),
    ("UTF-8 in a value", GET + "X: ä\r\n\r\n".encode(), 200),
    ("empty Host", b"GET /a HTTP/1.1\r\nHost:\r\n\r\n", 200),
    ("Host with a port", b"GET /a HTTP/1.1\r\nHost: h:80\r\n\r\n", 200),
    ("100 headers", GET + b"X: y\r\n" * 99 + b"\r\n", 200),
    ("Authorization of 4 KB", GET + b"Authorization: Bearer " + b"t" * 4096 + b"\r\n\r\n", 200),
    ("repeated header", GET + b"X: 1\r\nX: 2\r\n\r\n", 200),
    ("repeated Cookie", GET + b"Cookie: a=b\r\nCookie: c=d\r\n\r\n", 200),

    ("two lengths, different", HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", 400),
    ("two lengths, equal", HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 400),
    ("length +7", HEAD + b"Content-Length: +7\r\n\r\n1234567", 400),
    ("length -7", HEAD + b"Content-Length: -7\r\n\r\n1234567", 400),
    ("length 0x7", HEAD + b"Content-Length: 0x7\r\n\r\n1234567", 400),
    ("length 7a", HEAD + b"Content-Length: 7a\r\n\r\n1234567", 400),
    ("length 7 7", HEAD + b"Content-Length: 7 7\r\n\r\n1234567", 400),
    ("length list", HEAD + b"Content-Length: 7, 7\r\n\r\n1234567", 400),
    ("length empty", HEAD + b"Content-Length:\r\n\r\n", 400),
    ("length with space behind", HEAD + b"Content-Length: 2 \r\n\r\nhi", 200),
    ("length of 2^64", HEAD + b"Content-Length: 18446744073709551616\r\n\r\n", 413),
    ("length of 10 GB", HEAD + b"Content-Length: 10000000000\r\n\r\n", 413),
    ("length one over the limit", HEAD + b"Content-Length: 65537\r\n\r\n", 413),
    ("length over 18 digits", HEAD + b"Content-Length: 1111111111111111111\r\n\r\n", 413),
    ("length and chunked", HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunked and length", HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 400),
    ("chunked twice", HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("xchunked", HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    ("identity", HEAD + b"Transfer-Encoding: identity\r\n\r\n", 501),
    ("gzip, chunked", HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("chunked, chunked", HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n", 501),
    ("chunked with space behind", HEAD + b"Transfer-Encoding: chunked \r\n\r\n0\r\n\r\n", 200),
    ("quoted chunked", HEAD + b'Transfer-Encoding: "chunked"\r\n\r\n', 501),
    ("empty Transfer-Encoding", HEAD + b"Transfer-Encoding:\r\n\r\n", 501),
    ("chunked in HTTP/1.0", b"POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunk size 0x7", CHUNKED + b"0x7\r\n1234567\r\n0\r\n\r\n", 400),
    ("chunk size +2", CHUNKED + b"+2\r\nhi\r\n0\r\n\r\n", 400),
    ("chunk size -2", CHUNKED + b"-2\r\nhi\r\n0\r\n\r\n", 400),
    ("chunk size with space", CHUNKED + b"2 \r\nhi\r\n0\r\n\r\n", 400),
    ("chunk size empty", CHUNKED + b"\r\nhi\r\n0\r\n\r\n", 400),
    ("chunk size not hex", CHUNKED + b"g\r\nhi\r\n0\r\n\r\n", 400),
    ("chunk size of 2^64", CHUNKED + b"10000000000000000\r\nhi\r\n", 413),
    ("chunk without CRLF behind", CHUNKED + b"2\r\nhiXX0\r\n\r\n", 400),
    ("chunk longer than said", CHUNKED + b"2\r\nhijk\r\n0\r\n\r\n", 400),
    ("chunk over the limit", CHUNKED + b"10001\r\n" + b"x" * 65537 + b"\r\n0\r\n\r\n", 413),
    ("chunks over the limit", CHUNKED + (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 17 + b"0\r\n\r\n", 413),
    ("chunk line with bare LF", CHUNKED + b"2\nhi\r\n0\r\n\r\n", 400),
    ("chunk end with bare LF", CHUNKED + b"2\r\nhi\n0\r\n\r\n", 400),
    ("trailer without colon", CHUNKED + b"0\r\nX\r\n\r\n", 400),

    ("bare LF behind the request line", b"GET /a HTTP/1.1\nHost: h\r\n\r\n", 400),
    ("bare LF behind a header", b"GET /a HTTP/1.1\r\nHost: h\n\r\n", 400),
    ("bare LF as the empty line", GET + b"\n", 400),
    ("bare LF everywhere", b"GET /a HTTP/1.1\nHost: h\n\n", 400),
    ("folded header", GET + b"X: a\r\n b\r\n\r\n", 400),
    ("folded header, tab", GET + b"X: a\r\n\tb\r\nY: c\r\n\r\n", 400),
    ("folded first line", b"GET /a HTTP/1.1\r\n X: a\r\nHost: h\r\n\r\n", 400),
    ("space before the colon", GET + b"X : a\r\n\r\n", 400),
    ("tab before the colon", GET + b"X\t: a\r\n\r\n", 400),
    ("space in a name", GET + b"X Y: a\r\n\r\n", 400),
    ("empty name", GET + b": a\r\n\r\n", 400),
    ("empty name, more behind", GET + b": a\r\nContent-Length: 3\r\n\r\nabc", 400),
    ("empty name first", b"GET /a HTTP/1.1\r\n: a\r\nHost: h\r\n\r\n", 400),
    ("only a colon", GET + b":\r\n\r\n", 400),
    ("line without a colon", GET + b"X\r\n\r\n", 400),
    ("name not ASCII", GET + "Ä: a\r\n\r\n".encode(), 400),
    ("name with a quote", GET + b'"X": a\r\n\r\n', 400),
    ("NUL in a value", GET + b"X: a\0b\r\n\r\n", 400),
    ("NUL in a name", GET + b"X\0Y: a\r\n\r\n", 400),
    ("NUL in the target", b"GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("NUL in the method", b"G\0T /a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("CR in a value", GET + b"X: a\rb\r\n\r\n", 400),
    ("CR before CRLF", GET + b"X: a\r\r\n\r\n", 400),
    ("control character in a value", GET + b"X: a\x01b\r\n\r\n", 400),
    ("DEL in a value", GET + b"X: a\x7fb\r\n\r\n", 400),
    ("two Hosts", GET + b"Host: h\r\n\r\n", 400),
    ("two Authorizations", GET + b"Authorization: a\r\nAuthorization: b\r\n\r\n", 400),
    ("no Host", b"GET /a HTTP/1.1\r\n\r\n", 400),
    ("Host with a path", b"GET /a HTTP/1.1\r\nHost: h/a\r\n\r\n", 400),
    ("Host with a space", b"GET /a HTTP/1.1\r\nHost: h i\r\n\r\n", 400),
    ("Host list", b"GET /a HTTP/1.1\r\nHost: h, i\r\n\r\n", 400),
    ("HTTP/0.9", b"GET /a\r\n\r\n", 400),
    ("HTTP/0.8", b"GET /a HTTP/0.8\r\nHost: h\r\n\r\n", 400),
    ("HTTP/1.2", b"GET /a HTTP/1.2\r\nHost: h\r\n\r\n", 400),
    ("HTTP/2.0", b"GET /a HTTP/2.0\r\nHost: h\r\n\r\n", 400),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ("http/1.1", b"GET /a http/1.1\r\nHost: h\r\n\r\n", 400),
    ("HTTP/1.1 with space behind", b"GET /a HTTP/1.1 \r\nHost: h\r\n\r\n", 400),
    ("two spaces before the target", b"GET  /a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("two spaces before the version", b"GET /a  HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("space in the target", b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("tab in the target", b"GET /a\tb HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("fragment in the target", b"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("target not ASCII", "GET /ä HTTP/1.1\r\nHost: h\r\n\r\n".encode(), 400),
    ("target without a slash", b"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET *", b"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("CONNECT", b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("method not a token", b"G(T /a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("no method", b" /a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ("101 headers", GET + b"X: y\r\n" * 100 + b"\r\n", 431),
    ("1,000 headers", GET + b"X: y\r\n" * 1000 + b"\r\n", 431),
    ("header of 9 KB", GET + b"X: " + b"y" * 9000 + b"\r\n\r\n", 431),
    ("header of 31 KB", GET + b"X: " + b"y" * 31000 + b"\r\n\r\n", 431),
    ("200 headers of 60 bytes", GET + (b"X: " + b"y" * 55 + b"\r\n") * 200 + b"\r\n", 431),
    ("header of 128 KB", GET + b"X: " + b"y" * 131072 + b"\r\n\r\n", 431),
    ("target of 5 KB", b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414),
    ("target of 31 KB", b"GET /" + b"a" * 31000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414),
    ("target of 128 KB", b"GET /" + b"a" * 131072 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414),
]


class Server:
    """One echo server with flags of its own."""

    def __init__(self, *flags):
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


# ---- tests ------------------------------------------------------------------------------------

def test_framing():
    """Every row of the table; a refused connection is closed, an accepted one goes on."""
    wrong = []
    with serving() as server:
        for name, request, wanted in FRAMING:
            with connect(server.port) as client:
                with contextlib.suppress(ConnectionError):
                    client.sendall(request)
                try:
                    answer = Reader(client).next()
                except (EOFError, ConnectionError):
                    answer = None
                status = answer.status if answer else None
                if status != wanted:
                    wrong.append(f"{name}: {status} instead of {wanted}")
                elif wanted and wanted >= 400:
                    if not answer.is_ours:
                        wrong.append(f"{name}: not refused in the handler's form")
                    if answer.headers.get("connection") != "close":
                        wrong.append(f"{name}: no Connection: close")
                    with contextlib.suppress(OSError):
                        client.shutdown(socket.SHUT_WR)
                    rest = read_to_end(client)
                    if b"HTTP/1.1 2" in rest:
                        wrong.append(f"{name}: the rest was taken for another request")
        if ask(server.port, GET + b"\r\n").status != 200:
            wrong.append("the server is not well afterwards")
        told = server.wait_alone()["broken"]
        if told != 0:
            wrong.append(f"{told} broken requests, but each was answered")
    assert len(FRAMING) >= 80
    assert not wrong, "; ".join(wrong)


def test_request_is_understood():
    with serving() as server:
        text = ask(server.port, b"PUT http://h/a%20b/?q=%E4%BD%A0+x&q=2 HTTP/1.1\r\nHost: h\r\n"
                   b"X-Test:  1 2 \t\r\nX-Test: 3\r\nContent-Length: 4\r\n\r\na\0b\n").body.decode()
        assert text == ("method: PUT\npath: /a%20b\npeer: 127.0.0.1\nx-test: 1 2\nq: 你 x\n"
                        "body: a\0b\n"), text
        text = ask(server.port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").body.decode()
        assert "path: /\n" in text and "q: (none)" in text, text
        assert server.counts() == {"open": 1, "accepted": 3, "refused": 0, "timeouts": 0,
                                   "broken": 0, "streams": 0, "cut": 0, "unsent": 0}


def test_request_that_ends_before_it_is_whole_is_told():
    """When its client ended it; but not what was refused, and not a connection that just ends."""
    left = [
        b"GET /abcdef", b"GET /a HTTP/1.1\r\nHo", GET, HEAD + b"Content-Length: 2\r\n\r\n",
        HEAD + b"Content-Length: 2\r\n\r\nh", CHUNKED + b"2\r\nhi\r\n", CHUNKED + b"0\r\nx: y\r\n",
        CHUNKED + b"0\r\nx: y\r\n\r\n" + GET,
    ]
    refused = [
        HEAD + b"Content-Length: x\r\n\r\n", CHUNKED + b"x\r\n", b"GET /a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        GET + b"X: " + b"x" * 100000 + b"\r\n\r\n", b"GET /" + b"x" * 100000,
    ]
    whole = [
        b"", b"\r\n", GET + b"\r\n", GET + b"Connection: close\r\n\r\n",
        HEAD + b"Content-Length: 2\r\n\r\nhi\r\n", CHUNKED + b"0\r\n\r\n",
        CHUNKED + b"0\r\nx: y\r\n\r\n", GET + b": x\r\n\r\n",
        HEAD + b"Content-Length: 70000\r\n\r\nhi", GET + b"X: " + b"x" * 10000 + b"\r\n\r\n",
    ]
    rows = [(one, True) for one in left] + [(one, False) for one in refused + whole]
    wrong = []
    with serving("--header-ms", 1000, "--body-ms", 1000) as server:
        counts = server.counts()
        for first in (b"", GET + b"\r\n"):
            for request, is_broken in rows:
                with connect(server.port) as client, contextlib.suppress(OSError, EOFError):
                    if first:
                        client.sendall(first)
                        Reader(client).next()
                    client.sendall(request)
                    client.shutdown(socket.SHUT_WR)
                    read_to_end(client)
                before, counts = counts, server.wait_alone()
                told = counts["broken"] - before["broken"]
                slow = counts["timeouts"] - before["timeouts"]
                if told != is_broken or slow:
                    wrong.append(f"{first[:3]} {request[:60]}: told {told} times, slow {slow} times")
    assert not wrong, "; ".join(wrong)
    assert server.lines[-1]["broken"] == counts["broken"], server.lines[-1]


def test_answer_headers():
    with serving() as server:
        answer = ask(server.port, GET + b"\r\n")
        assert "server" not in answer.headers
        assert re.match(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$", answer.headers["date"])
        assert "connection" not in answer.headers
        refused = ask(server.port, b"GET /a HTTP/1.1\r\n\r\n")
        assert re.match(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$", refused.headers["date"])
        assert refused.headers["retry-after"] == "1"


def test_limits_to_the_byte():
    """n is accepted, n + 1 is not: header, target, body, number of headers."""
    with serving("--header-bytes", 1000, "--target-bytes", 100, "--body-bytes", 500,
                 "--header-count", 5) as server:
        head = GET + b"X: "
        for extra, status in ((0, 200), (1, 431)):
            pad = b"y" * (1000 - len(head) - 4 + extra)
            assert ask(server.port, head + pad + b"\r\n\r\n").status == status, extra
        for size, status in ((100, 200), (101, 414)):
            target = b"/" + b"a" * (size - 1)
            answer = ask(server.port, b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n")
            assert answer.status == status, size
        for size, status in ((500, 200), (501, 413)):
            body = b"Content-Length: %d\r\n\r\n" % size + b"b" * size
            assert ask(server.port, HEAD + body).status == status, size
            body = b"%x\r\n" % size + b"b" * size + b"\r\n0\r\n\r\n"
            assert ask(server.port, CHUNKED + body).status == status, size
        for count, status in ((4, 200), (5, 431)):
            assert ask(server.port, GET + b"A: b\r\n" * count + b"\r\n").status == status, count


def test_large_body_is_refused_before_it_is_sent():
    with serving() as server, connect(server.port) as client:
        client.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
        answer = Reader(client).next()
        assert answer.status == 413 and answer.is_ours


def test_answer_survives_a_body_that_nobody_wanted():
    """The client sends its whole body before it reads: the 413 must still be there."""
    with serving("--body-bytes", 1000) as server:
        for _ in range(20):
            with connect(server.port) as client:
                client.sendall(HEAD + b"Content-Length: 300000\r\n\r\n" + b"b" * 300000)
                assert Reader(client).next().status == 413
            with connect(server.port) as client:
                client.sendall(CHUNKED + (b"4000\r\n" + b"b" * 16384 + b"\r\n") * 20 + b"0\r\n\r\n")
                assert Reader(client).next().status == 413
            with connect(server.port) as client:
                client.sendall((GET + b"Connection: close\r\n\r\n") * 1000)
                assert Reader(client).next().headers["connection"] == "close"


def test_expect_continue():
    with serving() as server:
        with connect(server.port) as client:
            reader = Reader(client)
            client.sendall(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            assert reader.next().status == 100
            client.sendall(b"hi")
            assert reader.next().body.endswith(b"body: hi")
        with connect(server.port) as client:  # who does not wait is asked all the same
            reader = Reader(client)
            client.sendall(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\nhi")
            assert [reader.next().status for _ in range(2)] == [100, 200]
            client.sendall(HEAD + b"Content-Length: 0\r\nExpect: 100-continue\r\n\r\n")
            assert reader.next().status == 200
        with connect(server.port) as client:
            client.sendall(HEAD + b"Content-Length: 70000\r\nExpect: 100-continue\r\n\r\n")
            assert Reader(client).next().status == 413


def test_keep_alive():
    with serving() as server:
        with connect(server.port) as client:
            reader = Reader(client)
            for i in range(50):
                client.sendall(HEAD + b"Content-Length: 2\r\n\r\n%02d" % i)
                assert reader.next().body.endswith(b"body: %02d" % i)
                client.sendall(CHUNKED + b"2\r\n%02d\r\n0\r\n\r\n" % i)
                assert reader.next().body.endswith(b"body: %02d" % i)
        for request, goes_on in ((b"GET /a HTTP/1.0\r\n\r\n", False),
                                 (b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
                                 (GET + b"Connection: close\r\n\r\n", False),
                                 (CHUNKED + b"0\r\nx: y\r\n\r\n", True)):
            with connect(server.port) as client:
                reader = Reader(client)
                client.sendall(request)
                assert reader.next().status == 200
                if goes_on:
                    client.sendall(request)
                    assert reader.next().status == 200
                else:
                    assert read_to_end(client) == b""


def test_head_has_no_body():
    with serving() as server, connect(server.port) as client:
        reader = Reader(client)
        client.sendall(b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + GET + b"\r\n")
        answer = reader.next(has_body=False)
        assert answer.status == 200 and int(answer.headers["content-length"]) > 0
        assert reader.next().body.startswith(b"method: GET")


def test_pipelining():
    """1,000 requests at once are answered in order."""
    with serving() as server, connect(server.port) as client:
        requests = b"".join(b"GET /p/%d HTTP/1.1\r\nHost: h\r\n\r\n" % i for i in range(1000))
        threading.Thread(target=client.sendall, args=(requests,), daemon=True).start()
        reader = Reader(client)
        for i in range(1000):
            assert b"path: /p/%d\n" % i in reader.next().body, i


def longest_gap(clients, ask, rounds):
    """Of some clients that each send the bytes of ask and wait for an answer, all at once, many times."""
    longest = 0
    readers = [Reader(client) for client in clients]
    for _ in range(rounds):
        began = time.monotonic()
        for client in clients:
            client.sendall(ask)
        for reader in readers:
            for _ in range(ask.count(b"HTTP/1.1")):
                assert reader.next().status in (200, 503)
        longest = max(longest, time.monotonic() - began)
    return longest


def test_no_answer_waits_for_the_sweep():
    """Answers that the handler gives at once, pipelined or in bursts, and those of another thread beside them:
    each is sent when it is there. Half a second is half of what the loop sleeps when nobody wakes it."""
    with serving() as server, contextlib.ExitStack() as stack:
        private = [stack.enter_context(connect(server.private_port, "::1")) for _ in range(8)]
        public = [stack.enter_context(connect(server.port)) for _ in range(8)]
        assert longest_gap(private[:1], (GET + b"\r\n") * 20, 3) < 0.5
        assert longest_gap(private + public, GET + b"\r\n", 1500) < 0.5
        assert longest_gap(private + public, (GET + b"\r\n") * 3, 300) < 0.5


def test_half_close():
    """A client that closes its half after the request gets its answer, also to pipelined ones."""
    with serving("--batch-us", 2000) as server:
        for count in (1, 2, 5):
            with connect(server.port) as client:
                client.sendall((GET + b"\r\n") * count)
                client.shutdown(socket.SHUT_WR)
                reader = Reader(client)
                for _ in range(count):
                    assert reader.next().status == 200


def test_byte_by_byte():
    """A request in one-byte segments, and cut in two at every place, means the same."""
    request = HEAD + b"X-Test: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n"
    with serving() as server:
        with connect(server.port) as client:
            for byte in request:
                client.sendall(bytes([byte]))
            whole = Reader(client).next().body
        assert whole.endswith(b"x-test: t\nq: (none)\nbody: hi!")
        with connect(server.port) as client:
            reader = Reader(client)
            for cut in range(1, len(request)):
                client.sendall(request[:cut])
                time.sleep(0.002)
                client.sendall(request[cut:])
                assert reader.next().body == whole, cut


def test_client_gone_at_every_byte():
    """Of the request, and after it: the server lives, no connection stays."""
    requests = (HEAD + b"Content-Length: 5\r\n\r\nhello",
                CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
                b"GET /bytes/100000 HTTP/1.1\r\nHost: h\r\n\r\n")
    reset = b"\1\0\0\0\0\0\0\0"
    with serving("--batch-us", 500) as server:
        for request in requests:
            for cut in range(len(request) + 1):
                for is_reset in (False, True):
                    client = connect(server.port)
                    client.sendall(request[:cut])
                    if is_reset:
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                    client.close()
        assert ask(server.port, GET + b"\r\n").status == 200
        server.wait_alone()


def test_connect_and_close():
    with serving() as server:
        for _ in range(3000):
            connect(server.port).close()
        assert ask(server.port, GET + b"\r\n").status == 200
        server.wait_alone()


def expect_408(server, client, data, is_ours=True):
    sent = drip(client, data, 0.03)
    answer = Reader(client).next()
    assert answer.status == 408, answer.status
    assert answer.is_ours == is_ours
    assert sent < len(data), "bytes prolonged the deadline"
    read_to_end(client)


def test_header_dripped():
    """Bytes that keep coming do not prolong the time for a header: 408, then closed."""
    with serving("--header-ms", 400) as server:
        for data in (endless(b"GET /"), endless(GET + b"X: "), b"\r\n" * 10000):
            with connect(server.port) as client:
                expect_408(server, client, data)
        assert server.wait_alone()["timeouts"] == 3


def test_header_dripped_on_a_used_connection():
    """The same from the first byte of a later request on, whole first line or not."""
    with serving("--header-ms", 400, "--idle-ms", 60000) as server:
        for data in (endless(b"GET /"), endless(GET + b"X: ")):
            for first in (GET + b"\r\n", CHUNKED + b"2\r\nhi\r\n0\r\n\r\n"):
                with connect(server.port) as client:
                    client.sendall(first)
                    assert Reader(client).next().status == 200
                    time.sleep(0.6)  # longer than a header may take: an idle time counts apart
                    expect_408(server, client, data)


def test_body_dripped():
    with serving("--body-ms", 400) as server:
        for data in (endless(HEAD + b"Content-Length: 60000\r\n\r\n"),
                     CHUNKED + b"1\r\nx\r\n" * 10000):
            with connect(server.port) as client:
                head_end = data.index(b"\r\n\r\n") + 4
                client.sendall(data[:head_end])
                expect_408(server, client, data[head_end:])


def test_silent_connection():
    with serving("--header-ms", 300) as server, connect(server.port) as client:
        assert Reader(client).next().status == 408
        assert read_to_end(client) == b""


def test_idle_connection():
    """Between requests a connection is closed without a word."""
    with serving("--idle-ms", 300) as server, connect(server.port) as client:
        client.sendall(GET + b"\r\n")
        reader = Reader(client)
        assert reader.next().status == 200
        assert read_to_end(client) == b""


def test_slow_reader():
    """An answer that is not taken is dropped; others are served meanwhile."""
    with serving("--send-ms", 400) as server:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(WAIT_SECONDS)
        client.connect(("127.0.0.1", server.port))
        client.sendall(b"GET /bytes/16000000 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert client.recv(1000)
        for _ in range(20):
            assert ask(server.port, GET + b"\r\n").status == 200
        assert server.wait_alone()["timeouts"] == 1
        client.close()
        assert server.stop()["lost"] == 1


def test_patient_reader():
    """A large answer in small bites arrives whole."""
    with serving() as server, connect(server.port) as client:
        client.sendall(b"GET /bytes/3000000 HTTP/1.1\r\nHost: h\r\n\r\n")
        reader = Reader(client)
        assert reader.next().body == b"x" * 3000000


def test_pipelined_and_never_read():
    """Answers that nobody reads make the server stop reading, not grow."""
    with serving("--send-ms", 60000) as server, connect(server.port) as client:
        client.setblocking(False)
        flood = (b"GET /bytes/50000 HTTP/1.1\r\nHost: h\r\n\r\n") * 100
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            with contextlib.suppress(BlockingIOError):
                client.send(flood)
            time.sleep(0.001)
        for _ in range(20):
            assert ask(server.port, GET + b"\r\n").status == 200
        assert resident_kib(server) < 400 * 1024, f"{resident_kib(server)} KiB"


def test_too_many_connections():
    """Those over the limit are told so, and there is room again when others leave."""
    with serving("--connections", 10) as server:
        clients = [connect(server.port) for _ in range(10)]
        for client in clients:
            client.sendall(GET + b"\r\n")
            assert Reader(client).next().status == 200
        for _ in range(200):
            with connect(server.port) as client:
                with contextlib.suppress(ConnectionError):
                    client.sendall(GET + b"\r\n")
                answer = Reader(client).next()
                assert answer.status == 503 and answer.is_ours
        with connect(server.port) as silent:
            assert Reader(silent).next().status == 503
            assert read_to_end(silent) == b""
        assert ask(server.private_port, GET + b"\r\n", "::1").status == 200
        for client in clients:
            client.close()
        server.wait_alone()
        assert ask(server.port, GET + b"\r\n").status == 200


def resident_kib(server):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{server.process.pid}/status").read())[1])


def cpu_seconds(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_out_of_descriptors():
    """The loop does not spin while it can't accept, with and without connections of its own."""
    with serving("--descriptors", 20) as server:
        clients = [connect(server.port) for _ in range(40)]
        idle = connect(server.private_port, "::1")  # that listener has none
        time.sleep(0.3)
        before = cpu_seconds(server.process)
        time.sleep(1)
        assert cpu_seconds(server.process) - before < 0.5
        for client in clients:
            client.close()
        idle.close()
        end = time.monotonic() + WAIT_SECONDS
        status = None
        while status != 200 and time.monotonic() < end:
            with contextlib.suppress(EOFError, ConnectionError):
                status = ask(server.port, GET + b"\r\n").status
        assert status == 200


def test_idle_server_sleeps():
    with serving() as server:
        clients = [connect(server.port) for _ in range(100)]
        for client in clients:
            client.sendall(GET + b"\r\n")
        time.sleep(0.3)
        before = cpu_seconds(server.process)
        time.sleep(1)
        assert cpu_seconds(server.process) - before < 0.3
        for client in clients:
            client.close()


def test_drain_answers_what_has_begun():
    """Requests with the handler, half sent, and a first byte only: all answered, then closed."""
    with serving("--batch-us", 300000, "--drain-ms", 15000) as server:
        taken = [connect(server.port) for _ in range(200)]
        halves = [connect(server.port) for _ in range(50)]
        firsts = [connect(server.port) for _ in range(50)]
        idle = connect(server.port)
        idle.sendall(GET + b"\r\n")
        assert Reader(idle).next().status == 200
        for client in firsts[:25]:  # the first byte of a second request
            client.sendall(GET + b"\r\n")
        for client in firsts[:25]:
            assert Reader(client).next().status == 200
        for client in taken:
            client.sendall(GET + b"\r\n")
        for client in halves:
            client.sendall(HEAD + b"Content-Length: 4\r\n\r\nab")
        for client in firsts:
            client.sendall(GET[:1])
        time.sleep(0.1)
        server.drain()
        assert read_to_end(idle) == b""
        assert ask(server.private_port, GET + b"\r\n", "::1").status == 503  # still answers
        time.sleep(0.5)
        try:
            connect(server.port)
            raise AssertionError("still listens")
        except ConnectionRefusedError:
            pass
        for client in halves:
            client.sendall(b"cd")
        for client in firsts:
            client.sendall(GET[1:] + b"\r\n")
        for client in taken + halves + firsts:
            answer = Reader(client).next()
            assert answer.status == 200
            assert answer.headers["connection"] == "close" or client in taken
            client.close()
        server.process.wait(WAIT_SECONDS)
        server.reader.join(WAIT_SECONDS)
        assert server.lines[-1] == {"sent": 200 + 50 + 50 + 25 + 2, "lost": 0, "broken": 0}, server.lines[-1]


def test_drain_under_load():
    """Clients that connect and ask all the time: what was connected before the end is answered."""
    with serving("--batch-us", 1000) as server:
        lost, answered = [], []

        def client_loop():
            reader = client = None
            while True:
                asked = False
                try:
                    if client is None:
                        client = connect(server.port)
                        reader = Reader(client)
                        count = 0
                    client.sendall(GET + b"\r\n")
                    asked = True
                    answer = reader.next()
                    answered.append(answer.status)
                    count += 1
                    if count == 20 or answer.headers.get("connection") == "close":
                        client.close()
                        client = None
                except ConnectionRefusedError:
                    return
                except (OSError, EOFError) as problem:
                    # Closed between two answers is no loss; a first request without answer is.
                    if asked and count == 0:
                        lost.append(repr(problem))
                    client = None

        threads = [threading.Thread(target=client_loop) for _ in range(30)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        server.drain()
        for thread in threads:
            thread.join(WAIT_SECONDS)
        server.process.wait(WAIT_SECONDS)
        server.reader.join(WAIT_SECONDS)
        assert not lost, f"{len(lost)} of {len(answered)}: {lost[:3]}"
        assert server.lines[-1]["lost"] == 0 and len(answered) > 100, server.lines[-1]


def test_drain_ends():
    """A request that never becomes whole does not hold it for longer than drain_ms; nor does a
    second signal wait."""
    for flags, signals in ((("--drain-ms", 600), 1), (("--drain-ms", 600000), 2)):
        with serving(*flags) as server, connect(server.port) as client:
            client.sendall(HEAD)
            time.sleep(0.1)
            for _ in range(signals):
                server.drain()
                time.sleep(0.4)
            assert server.process.wait(WAIT_SECONDS) == 0
            assert read_to_end(client) == b""


STREAM = b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"


class Stream:
    """A client of a stream, behind its head and its first chunk."""

    def __init__(self, server, request=STREAM, receive_bytes=None):
        self.server = server
        self.client = socket.socket()
        if receive_bytes:
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.client.settimeout(WAIT_SECONDS)
        self.client.connect(("127.0.0.1", server.port))
        self.client.sendall(request)
        self.reader = Reader(self.client)
        self.head = self.reader.next()
        first = self.reader.chunk()
        assert re.match(rb"stream \d+\n$", first), first
        self.id = int(first.split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def push(self, data, times=1):
        push(self.server, self.id, data, times)


def push(server, target, data, times=1):
    assert len(data) < 65536
    request = f"POST /push/{target}/{times} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(data)}\r\n\r\n"
    assert ask(server.port, request.encode() + data).status == 200


def end_stream(server, target):
    assert ask(server.port, f"POST /end/{target} HTTP/1.1\r\nHost: h\r\n\r\n".encode()).status == 200


def wait_streams(server, count):
    """Waits until so many streams are open; the counts then."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        counts = server.counts()
        if counts["streams"] == count:
            return counts
        time.sleep(0.02)
    raise AssertionError(f"{counts['streams']} streams are open, not {count}")


def ended(server):
    """How many streams were told to have ended, each once and none that was not begun."""
    last = server.stop()
    assert last["open"] == 0 and last["unknown"] == 0, last
    return last["ended"]


def test_stream():
    """A head at once, chunks when they are pushed, an end in good order, and the connection's with it."""
    with serving() as server, Stream(server) as stream:
        assert stream.head.status == 200
        assert stream.head.headers["transfer-encoding"] == "chunked"
        assert stream.head.headers["content-type"] == "text/event-stream"
        assert stream.head.headers["connection"] == "close"
        assert "content-length" not in stream.head.headers
        stream.push(b"one")
        assert stream.reader.chunk() == b"one"
        stream.push(b"")  # an empty chunk would be the end
        stream.push(b"two\r\n")
        assert stream.reader.chunk() == b"two\r\n"
        assert server.counts()["streams"] == 1
        end_stream(server, stream.id)
        assert stream.reader.chunk() == b""
        assert read_to_end(stream.client) == b""
        stream.client.close()
        assert server.wait_alone()["streams"] == 0
        stream.push(b"nobody reads this")
        end_stream(server, stream.id)
        last = server.stop()
        assert last["ended"] == 1 and last["lost"] == 0, last


def test_stream_of_http_1_0():
    """It gets the bytes as they are, until the connection is closed."""
    for extra in (b"", b"Connection: keep-alive\r\n"):
        with serving() as server, connect(server.port) as client:
            client.sendall(b"GET /stream/3/10 HTTP/1.0\r\n" + extra + b"\r\n")
            head, body = read_to_end(client).split(b"\r\n\r\n", 1)
            assert b"Transfer-Encoding" not in head and b"Content-Length" not in head, head
            assert b"Connection: close" in head, head
            assert re.fullmatch(rb"stream \d+\n00000000xx00000001xx00000002xx", body), body


def test_stream_without_a_body():
    """HEAD gets the head of a stream, and nothing behind it."""
    with serving() as server, connect(server.port) as client:
        client.sendall(b"HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n")
        received = read_to_end(client)
        assert b"Transfer-Encoding: chunked\r\n" in received and received.endswith(b"\r\n\r\n")
        client.close()
        server.wait_alone()
        assert ended(server) == 1


def test_stream_pushed_behind_its_answer():
    """What is pushed as soon as the answer was given back is never lost, nor is its order."""
    with serving() as server:
        for _ in range(10):
            clients = [connect(server.port) for _ in range(50)]
            for client in clients:
                client.sendall(b"GET /stream/5/9 HTTP/1.1\r\nHost: h\r\n\r\n")
            for client in clients:
                reader = Reader(client)
                reader.next()
                reader.chunk()
                assert [reader.chunk() for _ in range(6)] == [b"%08dx" % i for i in range(5)] + [b""]
                client.close()
        server.wait_alone()
        assert ended(server) == 500


def test_stream_read_slowly():
    """A reader who is always behind, though not too far, gets all of it, in order."""
    with serving() as server, Stream(server, receive_bytes=4096) as stream:
        pushed = got = times_behind = 0
        while got < 400:
            is_behind = server.counts()["unsent"] > 60000
            times_behind += is_behind
            if pushed < 400 and not is_behind:
                stream.push(b"%08d" % pushed + b"x" * 16000)
                pushed += 1
                continue
            for _ in range(min(pushed - got, 8)):
                chunk = stream.reader.chunk()
                assert chunk[:9] == b"%08dx" % got and len(chunk) == 16008
                got += 1
        assert times_behind > 1
        counts = server.counts()
        assert counts["streams"] == 1 and counts["unsent"] == 0, counts


def test_stream_never_read():
    """Its reader holds no more than the bound, and nobody else up."""
    with serving() as server, Stream(server, receive_bytes=4096) as stream, Stream(server) as other:
        most = 0
        end = time.monotonic() + WAIT_SECONDS
        while server.counts()["streams"] == 2 and time.monotonic() < end:
            stream.push(b"x" * 50000)
            most = max(most, server.counts()["unsent"])
        counts = server.counts()
        assert counts["cut"] == 1 and counts["streams"] == 1 and counts["unsent"] == 0, counts
        assert 100000 < most <= 262144, most
        other.push(b"still here")
        assert other.reader.chunk() == b"still here"


def push_until_unsent(server, stream):
    """Pushes until the socket takes no more and a little is kept."""
    end = time.monotonic() + WAIT_SECONDS
    while server.counts()["unsent"] == 0 and time.monotonic() < end:
        stream.push(b"x" * 50000)
    assert server.counts()["unsent"] > 0


def test_stream_with_something_unsent_has_a_time():
    """What the socket did not take has to be taken within the time, though no more is pushed."""
    with serving("--send-ms", 700) as server, Stream(server, receive_bytes=4096) as stream:
        push_until_unsent(server, stream)
        counts = wait_streams(server, 0)
        assert counts["timeouts"] == 1 and counts["cut"] == 0 and counts["unsent"] == 0, counts


def test_stream_that_has_caught_up_has_no_time():
    """The time is over with what it was for, not with the next thing that happens."""
    with serving("--send-ms", 400) as server, Stream(server, receive_bytes=4096) as stream:
        push_until_unsent(server, stream)
        stream.push(b"last")
        while stream.reader.chunk() != b"last":
            pass
        time.sleep(1)
        stream.push(b"still here")
        assert stream.reader.chunk() == b"still here"


def test_stream_closed_by_its_client():
    """By an end, a reset, half of it, before its head came and with something unsent."""
    reset = b"\1\0\0\0\0\0\0\0"
    with serving("--batch-us", 500) as server:
        for i in range(60):
            stream = Stream(server, receive_bytes=4096)
            if i % 10 == 9:
                push_until_unsent(server, stream)
            if i % 3 == 0:
                stream.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            if i % 3 == 1:
                stream.client.shutdown(socket.SHUT_WR)
                wait_streams(server, 0)
            stream.client.close()
            wait_streams(server, 0)
        for i in range(200):
            client = connect(server.port)
            client.sendall(STREAM)
            if i % 2:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            client.close()
        server.wait_alone()
        assert ended(server) == 260


def test_stream_is_deaf():
    """What a client sends on its stream is thrown away, as far as it is not too much."""
    with serving() as server, Stream(server, STREAM + GET + b"\r\n") as stream:
        stream.client.sendall((GET + b"\r\n") * 100)
        stream.push(b"one")
        assert stream.reader.chunk() == b"one"
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                stream.client.sendall(b"x" * 16384)
        wait_streams(server, 0)


def test_streams_many():
    """Pushed to all at once, each gets all in order; those that leave meanwhile don't disturb."""
    with serving("--connections", 1000) as server:
        streams = [Stream(server) for _ in range(500)]
        assert len({stream.id for stream in streams}) == 500
        for i in range(20):
            push(server, "all", b"%d " % i + b"x" * 100)
            for stream in streams[i::50]:
                stream.client.close()
        for i, stream in enumerate(streams):
            if i % 50 < 20:
                continue
            for n in range(20):
                assert stream.reader.chunk() == b"%d " % n + b"x" * 100
        wait_streams(server, 300)
        end_stream(server, "all")
        for i, stream in enumerate(streams):
            if i % 50 >= 20:
                assert stream.reader.chunk() == b""
                stream.client.close()
        server.wait_alone()
        assert ended(server) == 500


def test_streams_together_have_a_bound():
    """Many readers that don't read hold less than a part for each of them would come to."""
    with serving("--streams-unsent-bytes", 500000, "--send-ms", 60000) as server:
        streams = [Stream(server, receive_bytes=4096) for _ in range(10)]
        most = 0
        end = time.monotonic() + WAIT_SECONDS
        while server.counts()["streams"] > 3 and time.monotonic() < end:
            push(server, "all", b"x" * 50000)
            most = max(most, server.counts()["unsent"])
        assert server.counts()["cut"] == 10 - server.counts()["streams"] >= 7
        assert 100000 < most <= 500000, most
        for stream in streams:
            stream.client.close()
        assert server.wait_alone()["unsent"] == 0


def test_idle_streams_are_small_and_quiet():
    """10 KB each at most; the server sleeps beside them."""
    with serving("--connections", 6000, "--idle-ms", 400, "--header-ms", 60000) as server:
        push(server, "all", b"x")
        before_kib = resident_kib(server)
        streams = [Stream(server) for _ in range(5000)]
        wait_streams(server, 5000)
        each_kib = (resident_kib(server) - before_kib) / 5000
        print(f"# {each_kib:.1f} KiB for each of 5,000 idle streams")
        assert IS_SANITIZED or each_kib < 10, f"{each_kib} KiB"
        before = cpu_seconds(server.process)
        time.sleep(1)  # longer than an idle connection lives
        assert IS_SANITIZED or cpu_seconds(server.process) - before < 0.3
        push(server, "all", b"y")
        assert all(stream.reader.chunk() == b"y" for stream in streams)
        for stream in streams:
            stream.client.close()


def test_drain_ends_streams():
    """At once and in good order, read or not; one that has only begun, too."""
    with serving("--drain-ms", 60000, "--batch-us", 1000) as server:
        streams = [Stream(server) for _ in range(100)]
        stuck = Stream(server, receive_bytes=4096)
        push_until_unsent(server, stuck)
        late = [connect(server.port) for _ in range(20)]
        for client in late:
            client.sendall(STREAM[:-2])
        time.sleep(0.1)
        server.drain()
        for client in late:
            client.sendall(STREAM[-2:])
            reader = Reader(client)
            reader.next()
            with contextlib.suppress(EOFError):  # its push came too late
                while reader.chunk():
                    pass
        for stream in streams:
            assert stream.reader.chunk() == b""
            assert read_to_end(stream.client) == b""
        server.process.wait(WAIT_SECONDS)  # nobody has closed anything
        assert ended(server) == 121


def load(server, connections, seconds):
    output = subprocess.run([LOAD_CLIENT, "--url-port", str(server.port), "--connections",
                             str(connections), "--seconds", str(seconds), "--header", "X-Test: l"],
                            check=True, capture_output=True, text=True).stdout
    return json.loads(output)


def load_test(connections):
    def test():
        with serving("--batch-us", 150) as server:
            result = load(server, connections, 3)
            print(f"# {connections}: {json.dumps(result)}")
            assert result["errors"] == 0 and result["answers"] > connections
            assert result["longest_gap_ms"] < 500, "it stood still"
    test.__doc__ = f"{connections} busy connections, answered in batches: never half a second of rest."
    return test


TESTS = {name[5:]: function for name, function in list(globals().items())
         if name.startswith("test_")}
TESTS.update({f"busy_{count}": load_test(count) for count in (64, 128, 256, 512)})


def main():
    failed = 0
    chosen = {name: test for name, test in TESTS.items() if not WANTED or name in WANTED}
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
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
