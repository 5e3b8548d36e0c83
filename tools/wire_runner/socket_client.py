# SPDX-License-Identifier: Apache-2.0
"""Sends the bytes of a request over a new connection and reads the answer, adding nothing."""
import dataclasses
import re
import socket
import urllib.parse

ANSWER_BYTES_MOST = 8 << 20
WAIT_SECONDS = 30


class NoAnswer(Exception):
    """The connection ended, or the wait, before a whole answer was there."""


@dataclasses.dataclass
class Answer:
    status: int
    headers: list                       # (name, value) as spelled
    body: bytes
    interim: list                       # statuses of 1xx answers before it

    def __str__(self):
        head = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"{self.status}\n{head}\n\n{self.body.decode('utf-8', 'replace')[:4000]}"


def request_bytes(method, target, header_lines, body, defaults, authority):
    """header_lines may take a default away with "!Name"."""
    gone = {line[1:].strip().lower() for line in header_lines if line.startswith("!")}
    lines = [line for line in header_lines if not line.startswith("!")]
    given = {line.partition(":")[0].strip().lower() for line in lines} | gone
    lines += [line for line in defaults if line.partition(":")[0].strip().lower() not in given]
    given |= {line.partition(":")[0].strip().lower() for line in lines}
    if "host" not in given:
        lines.insert(0, f"Host: {authority}")
    if "connection" not in given:
        lines.append("Connection: close")
    if (body or method not in ("GET", "DELETE")) and not given & {"content-length",
                                                                   "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""])
    return head.encode("utf-8") + body


def raw_bytes(lines):
    """raw: lines joined; \\r \\n \\t \\0 \\\\ and \\xHH as in C, everything else as UTF-8."""
    def escape(match):
        text = match[1]
        if text[:1] == b"x" and len(text) == 3:
            return bytes([int(text[1:], 16)])
        return {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0"}.get(text, text)
    return re.sub(rb"\\(x[0-9a-fA-F]{2}|.)", escape, "".join(lines).encode("utf-8"))


def exchange(url, data):
    """Sends data to the server at url; its Answer."""
    place = urllib.parse.urlsplit(url)
    with socket.create_connection((place.hostname, place.port), WAIT_SECONDS) as link:
        try:
            link.sendall(data)
        except OSError:
            pass                        # refused before all was read: the answer says why
        return read_answer(link)


def exchange_on(link, head, body, waits_for_continue):
    """Sends a request over a connection that stays; its Answer. The body may have to wait for a 100."""
    if waits_for_continue:
        link.sendall(head)
        if not take_line(link).startswith(b"HTTP/1.1 100 ") or take_line(link):
            raise NoAnswer("no 100 Continue before the body")
        link.sendall(body)
    else:
        link.sendall(head + body)
    return read_answer(link)


def take_line(link):
    """One line, not a byte of what follows it."""
    line = b""
    while not line.endswith(b"\r\n"):
        byte = link.recv(1)
        if not byte:
            raise NoAnswer("connection closed instead of an interim answer")
        line += byte
    return line[:-2]


def read_answer(link):
    reader, interim = Reader(link), []
    while True:
        status_line = reader.line()
        words = re.fullmatch(r"HTTP/1\.[01] (\d{3})(?: .*)?", status_line)
        if not words:
            raise NoAnswer(f"not a status line: {status_line!r}")
        headers = []
        while line := reader.line():
            name, colon, value = line.partition(":")
            if not colon or name != name.strip():
                raise NoAnswer(f"not a header: {line!r}")
            headers.append((name, value.strip()))
        if words[1][0] != "1":
            break
        interim.append(int(words[1]))
    return Answer(int(words[1]), headers, read_body(reader, headers), interim)


def read_body(reader, headers):
    fields = {name.lower(): value for name, value in headers}
    if "content-length" in fields:
        return reader.take(int(fields["content-length"]))
    if fields.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(reader.line().split(";")[0], 16):
            body += reader.take(size)
            reader.line()
        return body
    return reader.rest()


class Reader:
    """Buffered reading of one answer."""

    def __init__(self, link):
        self.link = link
        self.bytes = b""

    def more(self):
        try:
            part = self.link.recv(65536)
        except TimeoutError:
            raise NoAnswer(f"no answer in {WAIT_SECONDS} s") from None
        except OSError as error:
            raise NoAnswer(f"connection lost: {error}") from None
        self.bytes += part
        if len(self.bytes) > ANSWER_BYTES_MOST:
            raise NoAnswer("the answer has no end")
        return len(part) > 0

    def line(self):
        while b"\r\n" not in self.bytes:
            if not self.more():
                raise NoAnswer(f"connection closed inside the header: {self.bytes!r}")
        line, _, self.bytes = self.bytes.partition(b"\r\n")
        return line.decode("utf-8", "replace")

    def take(self, size):
        while len(self.bytes) < size:
            if not self.more():
                raise NoAnswer(f"connection closed after {len(self.bytes)} of {size} bytes")
        part, self.bytes = self.bytes[:size], self.bytes[size:]
        return part

    def rest(self):
        while self.more():
            pass
        return self.bytes
