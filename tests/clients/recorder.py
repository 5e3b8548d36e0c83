# SPDX-License-Identifier: Apache-2.0
"""Stands between a client and the server, passes every byte on, and keeps the requests (tests/clients/run --record)."""
import dataclasses
import http.client
import io
import re
import select
import socket
import threading

from wire_runner import recorded

WAIT_SECONDS = 60
PART_BYTES = 65536


@dataclasses.dataclass
class Exchange:
    connection: int
    data: bytes = b""
    answer: bytes = b""


class Recorder:
    """A listener on a free port of 127.0.0.1; one thread per connection, requests strictly one after the other."""

    def __init__(self, server_url):
        self.place = address_of(server_url)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.exchanges = []             # in the order in which they began; "restart" among them
        self.connections = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def restarted(self):
        with self.lock:
            self.exchanges.append("restart")

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(client, self.connections), daemon=True).start()

    def close(self):
        self.listener.close()

    def serve(self, client, number):
        """Carries one connection: a request to its end, then its answer to its end, and again."""
        with client, socket.create_connection(self.place, WAIT_SECONDS) as server:
            client.settimeout(WAIT_SECONDS)
            try:
                while self.carry(client, server, number):
                    pass
            except OSError:
                pass                    # killed beneath it; the client sees its connection end

    def carry(self, client, server, number):
        exchange = Exchange(number)
        while not (head := take_head(exchange.data)):
            part = b"" if has_ended(client, server) else client.recv(PART_BYTES)
            if not part:
                return False
            if not exchange.data:
                with self.lock:
                    self.exchanges.append(exchange)
            exchange.data += part
            server.sendall(part)
        if recorded.waits_for_continue(exchange.data) and len(exchange.data) == len(head):
            interim = take_answer(server, head)
            client.sendall(interim)
            if not interim.startswith(b"HTTP/1.1 100 "):
                exchange.answer = interim
                return False            # refused before the body: the client won't send it
        while not is_whole(exchange.data, head):
            part = client.recv(PART_BYTES)
            if not part:
                return False
            exchange.data += part
            server.sendall(part)
        while (answer := take_answer(server, head)).startswith(b"HTTP/1.1 100 "):
            client.sendall(answer)      # the body had not waited for it
        exchange.answer = answer
        client.sendall(answer)
        return b"connection: close" not in exchange.answer.split(b"\r\n\r\n")[0].lower()

    def steps(self, names):
        """The requests, with names for what is secret or changes; names: {value: name} from the start."""
        known, found, number = dict(names), [], 0
        with self.lock:
            exchanges = list(self.exchanges)
        for exchange in exchanges:
            if exchange == "restart":
                found.append(exchange)
                continue
            if not exchange.answer:
                continue                # lost: sent into a connection that the kill had ended
            number += 1
            head, body = recorded.split_request(exchange.answer)
            found.append(recorded.Request(number, exchange.connection, int(head.split(b" ")[1]), recorded.code_of(body),
                                          recorded.replace(exchange.data, known)))
            known.update(recorded.names_of(body, known))
        return found


def has_ended(client, server):
    """Waits for either side; whether it was the server, which says nothing by itself but that it ends."""
    readable, _, _ = select.select([client, server], [], [], WAIT_SECONDS)
    return server in readable or not readable


def address_of(url):
    host, port = url.removeprefix("http://").rsplit(":", 1)
    return host, int(port)


def take_head(data):
    head, blank, _ = data.partition(b"\r\n\r\n")
    return head + blank if blank else b""


def is_whole(data, head):
    """Whether the body that the head announces is there."""
    fields = http.client.parse_headers(io.BytesIO(head.partition(b"\r\n")[2]))
    body = data[len(head):]
    if fields.get("Transfer-Encoding"):
        return body.endswith(b"0\r\n\r\n")
    return len(body) >= int(fields.get("Content-Length", 0))


def take_answer(server, request_head):
    """One whole answer, interim or final, with the Content-Length that this server always gives to a body."""
    data = b""
    while not (head := take_head(data)):
        part = server.recv(1)           # not a byte of what may follow an interim answer
        if not part:
            raise OSError("the server ended the connection")
        data += part
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
    wanted = 0 if request_head.startswith(b"HEAD ") else int(length[1]) if length else 0
    while len(data) < len(head) + wanted:
        part = server.recv(PART_BYTES)
        if not part:
            raise OSError("the server ended the connection")
        data += part
    return data
