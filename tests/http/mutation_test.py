#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests damaged at random: the HTTP room and a grammar written from RFC 9112 must agree on each.

mutation_test.py ECHO_SERVER [--seed N] [--count N]      prints TAP

The grammar here is a handful of regular expressions; the room's parser is a machine in C that gets
the bytes in random pieces. Both say "one whole request", "refused" or "more must come". Where they
differ, one of them is wrong: the request is printed, and the seed.
"""
import argparse
import contextlib
import json
import random
import re
import select
import signal
import socket
import subprocess
import sys

WAIT_SECONDS = 20
HEADER_BYTES, HEADER_COUNT, TARGET_BYTES, BODY_BYTES = 600, 8, 120, 300

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
VALUE = rb"[\t\x20-\x7e\x80-\xff]*"
FIRST_LINE = re.compile(rb"(%s) ([\x21-\x7e]+) HTTP/1\.([01])" % TOKEN)
FIELD_LINE = re.compile(rb"(%s):(%s)" % (TOKEN, VALUE))
HOST = re.compile(rb"[!$%&'()*+\-.0-9:;=A-Za-z\[\]_~]*")
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]+)(?:;%s)?" % VALUE)
PATH = re.compile(rb"/.*|[A-Za-z][A-Za-z0-9+.\-]*://[^/?]+(?:[/?].*)?")
URI_BYTES = re.compile(rb"[^\"#<>\\^`{|}]*")

MORE, REFUSED = "more must come", "refused"

SEEDS = [
    b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST /a?q=1 HTTP/1.1\r\nHost: h\r\nX-Test: t\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1;a=b\r\n!\r\n0\r\n\r\n",
    b"PUT http://h/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"\r\nDELETE /a/b/ HTTP/1.1\r\nhost: h:80\r\nAuthorization: Bearer x\r\ncontent-length: 0\r\n\r\n",
]
PIECES = [b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b":", b"\x7f", b"\xc3\xa4", b",", b";", b"0", b"+", b"-", b"x",
          b"Host: h\r\n", b"Content-Length: 3\r\n", b"Content-Length: 03 \r\n", b"Transfer-Encoding: chunked\r\n",
          b"Transfer-Encoding: gzip\r\n", b"X: y\r\n", b"Z:\r\n", b" folded\r\n", b"HTTP/1.1", b"HTTP/1.0", b"0\r\n\r\n",
          b"ffffffff\r\n", b"a" * 130, b"b" * 700, b"N: m\r\n" * 9, b"/", b"?", b"*", b"#", b"%", b"Expect: 100-continue\r\n"]


# ---- the grammar ------------------------------------------------------------------------------

def split_line(text):
    """(line, rest) of what ends with CRLF; None when a bare LF comes first; MORE when no end is there."""
    line, feed, rest = text.partition(b"\n")
    if not feed:
        return MORE
    return (line[:-1], rest) if line.endswith(b"\r") else None


def read_chunks(text):
    """The rest behind a chunked body, MORE or REFUSED."""
    body = idle = 0
    while True:
        line = text.partition(b"\r")[0]
        digits = re.match(rb"[0-9A-Fa-f]*", line)[0]
        idle += len(digits) - max(1, len(digits.lstrip(b"0"))) if digits else 0
        if b";" in line:
            idle += len(line.partition(b";")[2]) + (len(line) < len(text))
        if idle > HEADER_BYTES:
            return REFUSED
        if digits and body + int(digits, 16) > BODY_BYTES:
            return REFUSED
        if len(line) + (len(line) < len(text)) > 256 or (line and not digits):
            return REFUSED
        if not (CHUNK_LINE.fullmatch(line) or (len(line) == len(text) and not line)):
            return REFUSED
        if len(line) == len(text) or text[len(line):] == b"\r":
            return MORE
        if text[len(line):len(line) + 2] != b"\r\n":
            return REFUSED
        text, size = text[len(line) + 2:], int(digits, 16)
        if size == 0:
            return read_trailers(text)
        body += size
        end = text[size:size + 2]
        if not b"\r\n".startswith(end):
            return REFUSED
        if len(end) < 2:
            return MORE
        text = text[size + 2:]


def read_trailers(text):
    used = 0
    while True:
        parts = split_line(text)
        if parts is MORE:
            return REFUSED if used + len(text) > HEADER_BYTES else MORE
        if parts is None:
            return REFUSED
        used += len(parts[0]) + 2
        if used > HEADER_BYTES or (parts[0] and not FIELD_LINE.fullmatch(parts[0])):
            return REFUSED
        text = parts[1]
        if not parts[0]:
            return text


def read_fields(lines):
    """{lower-case name: [values]}, or None."""
    fields = {}
    for line in lines:
        match = FIELD_LINE.fullmatch(line)
        if not match:
            return None
        fields.setdefault(match[1].lower(), []).append(match[2].strip(b" \t"))
    return fields


def read_body(text, version, fields):
    once = [fields.get(name, []) for name in (b"host", b"content-length", b"transfer-encoding", b"authorization")]
    host, length, encoding, _ = once
    if any(len(values) > 1 for values in once) or (version == b"1" and not host) or (length and encoding):
        return REFUSED
    if host and not HOST.fullmatch(host[0]):
        return REFUSED
    if encoding:
        return REFUSED if version == b"0" or encoding[0].lower() != b"chunked" else read_chunks(text)
    if not length:
        return text
    if not re.fullmatch(rb"[0-9]+", length[0]) or int(length[0]) > BODY_BYTES or len(length[0]) > 18:
        return REFUSED
    return text[int(length[0]):] if len(text) >= int(length[0]) else MORE


def path_is_sound(method, target):
    if not URI_BYTES.fullmatch(target):
        return False
    return method == b"OPTIONS" if target == b"*" else bool(PATH.fullmatch(target))


def read_request(text):
    """The bytes behind the first request, MORE or REFUSED."""
    empty = re.match(rb"(?:\r\n)*", text)[0]
    if len(empty) > HEADER_BYTES:
        return REFUSED
    text = text[len(empty):]
    lines, rest = [], text
    while not lines or lines[-1]:
        parts = split_line(rest)
        if parts is None:
            return REFUSED
        if parts is MORE:
            return REFUSED if len(text) > HEADER_BYTES else MORE
        line, rest = parts
        lines.append(line)
    if len(text) - len(rest) > HEADER_BYTES or len(lines) - 2 > HEADER_COUNT:
        return REFUSED
    first, fields = FIRST_LINE.fullmatch(lines[0]), read_fields(lines[1:-1])
    if not first or len(first[2]) > TARGET_BYTES or fields is None or not path_is_sound(first[1], first[2]):
        return REFUSED
    return read_body(rest, first[3], fields)


# ---- the room ---------------------------------------------------------------------------------

def mutate(dice):
    text = bytearray(b"".join(dice.choice(SEEDS) for _ in range(dice.choice((1, 1, 1, 2)))))
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3))):
        place = dice.randrange(len(text) + 1)
        kind = dice.randrange(5)
        if kind == 0:
            text[place:place + dice.randrange(1, 8)] = b""
        elif kind == 1 and place < len(text):
            text[place] = dice.randrange(256)
        elif kind == 2:
            start = dice.randrange(len(text) + 1)
            text[place:place] = text[start:start + dice.randrange(1, 40)]
        else:
            text[place:place] = dice.choice(PIECES)
    return bytes(text)


def send_in_pieces(client, text, dice):
    """Stops when the server has had enough."""
    place = 0
    while place < len(text):
        size = len(text) if dice.random() < 0.5 else dice.randrange(1, 60)
        with contextlib.suppress(ConnectionError):
            client.sendall(text[place:place + size])
        place += size
        if dice.random() < 0.1:
            select.select([client], [], [], 0.001)


def statuses(port, text, dice):
    """The statuses that come back, in order, 100 left out."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        send_in_pieces(client, text, dice)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while part := client.recv(65536):
                received += part
    found = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        status = int(re.match(rb"HTTP/1\.1 (\d{3}) ", head)[1])
        length = re.search(rb"Content-Length: (\d+)", head)
        received = received[int(length[1]):] if length else received
        if status != 100:
            found.append(status)
    return found


def closes(request):
    """Whether a whole request is the last on its connection: what follows is not looked at."""
    first, _, fields = request.lstrip(b"\r\n").partition(b"\r\n\r\n")[0].partition(b"\r\n")
    lists = re.findall(rb"(?im)^connection:(.*)$", fields.replace(b"\r", b""))
    listed = [element.strip(b" \t").lower() for element in b",".join(lists).split(b",")]
    return b"close" in listed or (first.endswith(b"0") and b"keep-alive" not in listed)


def judge(text):
    """(whole requests, how it ends) of all that a client sends: REFUSED, MORE or "" for nothing left."""
    count = 0
    while text:
        rest = read_request(text)
        if rest in (MORE, REFUSED):
            only_empty = re.fullmatch(rb"(\r\n)*\r?", text)
            return count, "" if rest is MORE and only_empty else rest
        count += 1
        if closes(text[:len(text) - len(rest)]):
            break
        text = rest
    return count, ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("echo_server")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--count", type=int, default=10000)
    options = parser.parse_args()
    limits = ["--header-bytes", HEADER_BYTES, "--header-count", HEADER_COUNT, "--target-bytes", TARGET_BYTES,
              "--body-bytes", BODY_BYTES]
    server = subprocess.Popen([options.echo_server, *map(str, limits)], stdout=subprocess.PIPE, text=True)
    port = int(json.loads(server.stdout.readline())["url"].rsplit(":", 1)[1])
    dice = random.Random(options.seed)
    print(f"1..2\n# seed {options.seed}, {options.count} requests", flush=True)
    seen, wrong = {"": 0, MORE: 0, REFUSED: 0}, []
    for _ in range(options.count):
        text = mutate(dice)
        count, end = judge(text)
        found = statuses(port, text, dice)
        is_right = found[:count] == [200] * count and len(found) == count + (end is REFUSED)
        if is_right and end is REFUSED:
            is_right = 400 <= found[-1] <= 501
        seen[end] += 1
        if not is_right:
            wrong.append(f"{text!r}: {count} whole, then {end or 'nothing'}; the room answered {found}")
    for line in wrong[:10]:
        print(f"# {line}")
    print(f"{'not ok' if wrong else 'ok'} 1 - grammar and room agree on each")
    is_varied = min(seen.values()) > options.count // 50
    print(f"# {seen}\n{'ok' if is_varied else 'not ok'} 2 - all three outcomes were seen often")
    server.send_signal(signal.SIGTERM)
    status = server.wait(WAIT_SECONDS)
    return bool(wrong) or not is_varied or status != 0


sys.exit(main())
