# SPDX-License-Identifier: Apache-2.0
"""Sends what a client once sent (tests/wire/recorded/*.http) and compares status and code with what it got then."""
import json
import re
import socket

from . import recorded, socket_client
from .match import Mismatch


class Replay:
    """The requests of one recording, each over the connection that the client used."""

    def __init__(self, server, variables):
        self.server = server
        self.variables = variables
        self.known = {}                 # value that an answer gave -> its name
        self.links = {}                 # number of a connection -> socket

    def restart(self):
        self.close()
        self.server.restart()

    def close(self):
        for link in self.links.values():
            link.close()
        self.links.clear()

    def send(self, request):
        """The bytes sent and the Answer."""
        place = self.server.ready["url"].removeprefix("http://")
        self.variables["authority"] = place
        data = recorded.filled(request.data, self.variables)
        if request.connection not in self.links:
            host, port = place.rsplit(":", 1)
            self.links[request.connection] = socket.create_connection((host, int(port)), socket_client.WAIT_SECONDS)
        head, body = recorded.split_request(data)
        answer = socket_client.exchange_on(self.links[request.connection], head, body,
                                           recorded.waits_for_continue(data))
        for value, name in recorded.names_of(answer.body, self.known).items():
            self.known[value] = name
            self.variables[name] = value.decode()
        return data, answer


def check(request, answer):
    """Mismatch unless status and code are those of the recording, and a success has what the client reads of it."""
    if answer.status != request.status:
        raise Mismatch(f"status: recorded {request.status}, got {answer.status}")
    code = recorded.code_of(answer.body)
    if code != request.code:
        raise Mismatch(f"code: recorded {request.code}, got {code}")
    if b"/chat_group" in request.data.split(b"\r\n")[0] and code == 0:
        chat_id = json.loads(answer.body)["data"].get("chat_id", "")
        if not re.fullmatch("oc_[0-9a-f]{32}", chat_id):
            raise Mismatch(f"data.chat_id is {chat_id!r}")
