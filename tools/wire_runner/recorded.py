# SPDX-License-Identifier: Apache-2.0
"""Requests as a client put them on the wire (tests/wire/recorded/CLIENT-VERSION.http): reading, writing, naming.

A file begins with lines of comments and of directives, as in a .case file. Then each request:

    ### 3 on connection 2: 400, code 2320001
    POST /open-apis/… HTTP/1.1\r\n      the bytes of the request, to the last one, then a newline of the file's

"### restart" stands where the server was killed and started anew, "### end" behind the last request. What is secret or made anew in each run is a
{{variable}}: those of a case, and {{token_1}}, {{chat_1}}, {{message_1}}, {{page_1}} in the order in which the answers gave them.
A value and what stands for it in another run have the same length, so Content-Length stays true.
"""
import dataclasses
import json
import pathlib
import re

from .case_file import CaseError, CaseFile, read_line
from .match import fill

# What answers give and later requests send: the variable's name, and where it stands in a body.
GIVEN = (
    ("token", rb'"(?:tenant|app)_access_token": ?"([^"]+)"'),
    ("chat", rb'"chat_id": ?"(oc_[0-9a-f]{32})"'),
    ("message", rb'"message_id": ?"(om_[0-9a-f]{32})"'),
    ("page", rb'"page_token": ?"([^"]+)"'),
)
MARK = re.compile(rb"^### (?:(restart|end)|(\d+) on connection (\d+): (\d{3})(?:, code (\d+))?)\n", re.M)
EXPECT = re.compile(rb"^expect: *100-continue *\r$", re.I | re.M)


@dataclasses.dataclass
class Request:
    """One recorded request: bytes with placeholders, and what its answer was."""
    number: int
    connection: int
    status: int
    code: int | None                    # None: no JSON
    data: bytes


@dataclasses.dataclass
class Recording(CaseFile):
    """A file whose cases are the requests of one client."""
    steps: list = dataclasses.field(default_factory=list)       # of Request, or "restart"

    def names(self):
        return [self.path.stem]


def title(request):
    """What names a request: its method and target."""
    return b" ".join(request.data.split(b" ", 2)[:2]).decode()


def names_of(body, known):
    """{value: name} of what an answer gives that is not known yet; known counts them."""
    found = {}
    for kind, pattern in GIVEN:
        for value in re.findall(pattern, body):
            if value not in known and value not in found:
                number = 1 + sum(name.startswith(kind + "_") for name in [*known.values(), *found.values()])
                found[value] = f"{kind}_{number}"
    return found


def code_of(body):
    """The code of an answer, None when it is no JSON."""
    try:
        return json.loads(body)["code"]
    except ValueError:
        return None


def replace(data, names):
    """data with every value that has a name as {{name}}, the longest first."""
    for value in sorted(names, key=len, reverse=True):
        data = data.replace(value, b"{{" + names[value].encode() + b"}}")
    return data


def filled(data, variables):
    """The bytes to send: placeholders replaced in the text of UTF-8 that a request is."""
    return fill(data.decode("utf-8"), variables).encode("utf-8")


def split_request(data):
    """(head with its blank line, body)."""
    head, blank, body = data.partition(b"\r\n\r\n")
    return head + blank, body


def waits_for_continue(data):
    """Whether the client sends its body only after an interim answer."""
    return bool(EXPECT.search(split_request(data)[0]))


def read_recording(path):
    """A Recording; CaseError says what is wrong with the file."""
    data = pathlib.Path(path).read_bytes()
    marks = list(MARK.finditer(data))
    if len(marks) < 2 or marks[-1][1] != b"end" or marks[-1].end() != len(data):
        raise CaseError(f"{path}: no request, or it is cut off")
    found = Recording(pathlib.Path(path))
    for number, line in enumerate(data[:marks[0].start()].decode("utf-8").splitlines(), 1):
        read_line(found, number, line.rstrip())
    for mark, following in zip(marks, marks[1:]):
        if mark[1]:
            found.steps.append(mark[1].decode())
            continue
        text = data[mark.end():following.start()]
        code = int(mark[5]) if mark[5] else None
        found.steps.append(Request(int(mark[2]), int(mark[3]), int(mark[4]), code, text[:-1]))
    return found


def print_recording(head_lines, steps):
    """The bytes that read_recording() reads."""
    data = "".join(line + "\n" for line in head_lines).encode()
    for step in steps:
        if step == "restart":
            data += b"### restart\n"
            continue
        code = "" if step.code is None else f", code {step.code}"
        data += f"### {step.number} on connection {step.connection}: {step.status}{code}\n".encode()
        data += step.data + b"\n"
    return data + b"### end\n"
