#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the HTTP room takes for a request, byte for byte, seen from the socket.

framing_test.py ECHO_SERVER LOAD_CLIENT [NAME...]        prints TAP

Nothing here fails because something was slow: times only bound how long an outcome is waited for.
"""
import contextlib
import re
import socket
import sys

from echo import CHUNKED, GET, HEAD, Reader, ask, connect, read_to_end, run_tests, serving

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


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
