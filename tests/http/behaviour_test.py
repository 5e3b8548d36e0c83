#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the HTTP room behaves towards clients, good and bad, seen from the socket.

behaviour_test.py ECHO_SERVER LOAD_CLIENT [NAME...]      prints TAP

Nothing here fails because something was slow: times only bound how long an outcome is waited for.
"""
import contextlib
import json
import socket
import subprocess
import sys
import threading
import time

from echo import (CHUNKED, GET, HEAD, LOAD_CLIENT, WAIT_SECONDS, Reader, ask, connect, cpu_seconds, drip, endless,
                  read_to_end, resident_kib, run_tests, serving)


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


# A loop that sleeps until it is woken: what it missed stays undone for longer than any test waits.
MINUTES_MS = 40 * 60 * 1000
SOUND_SLEEP = [word for name in ("header", "body", "idle", "send", "rest") for word in (f"--{name}-ms", MINUTES_MS)]


def ask_together(clients, ask, rounds):
    """All send the bytes of ask at once, and then wait for their answers; many times."""
    readers = [Reader(client) for client in clients]
    for _ in range(rounds):
        for client in clients:
            client.sendall(ask)
        for reader in readers:
            for _ in range(ask.count(b"HTTP/1.1")):
                assert reader.next().status in (200, 503)


def test_no_answer_waits_for_the_sweep():
    """Answers that the handler gives at once, pipelined or in bursts, and those of another thread beside them:
    each is sent when it is there, and not when the loop wakes up for another reason."""
    with serving(*SOUND_SLEEP) as server, contextlib.ExitStack() as stack:
        private = [stack.enter_context(connect(server.private_port, "::1")) for _ in range(8)]
        public = [stack.enter_context(connect(server.port)) for _ in range(8)]
        ask_together(private[:1], (GET + b"\r\n") * 20, 3)
        ask_together(private + public, GET + b"\r\n", 1500)
        ask_together(private + public, (GET + b"\r\n") * 3, 300)


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


def load(server, connections, seconds):
    output = subprocess.run([LOAD_CLIENT, "--url-port", str(server.port), "--connections",
                             str(connections), "--seconds", str(seconds), "--header", "X-Test: l"],
                            check=True, capture_output=True, text=True).stdout
    return json.loads(output)


def load_test(connections):
    def test():
        with serving("--batch-us", 150, *SOUND_SLEEP) as server:
            result = load(server, connections, 3)
            print(f"# {connections}: {json.dumps(result)}")
            assert result["errors"] == 0 and result["unanswered"] == 0
            assert result["answers"] > connections, "it stood still"
    test.__doc__ = f"{connections} busy connections, answered in batches: no answer and no request is overlooked."
    return test


for count in (64, 128, 256, 512):
    globals()[f"test_busy_{count}"] = load_test(count)


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
