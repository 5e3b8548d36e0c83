#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the HTTP room sends answers that do not end, seen from the socket.

stream_test.py ECHO_SERVER LOAD_CLIENT [NAME...]         prints TAP

Nothing here fails because something was slow: times only bound how long an outcome is waited for.
"""
import contextlib
import re
import socket
import sys
import time

from echo import (GET, IS_SANITIZED, WAIT_SECONDS, Reader, ask, connect, cpu_seconds, read_to_end, resident_kib,
                  run_tests, serving)

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


def pushed_behind_its_answer(*flags):
    with serving(*flags) as server:
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


def test_stream_pushed_behind_its_answer():
    """What is pushed as soon as the answer was given back is never lost, nor is its order."""
    pushed_behind_its_answer()


def test_many_streams_pushed_behind_their_answers():
    """The same where more begin at once than the loop answers in a round."""
    pushed_behind_its_answer("--batch-us", 20000)


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


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
