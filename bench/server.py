# SPDX-License-Identifier: Apache-2.0
"""A server under measurement, the load on it, and who else used the processors meanwhile."""
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import time

from data import Invalid

START_LIMIT_S = 60
STOP_LIMIT_S = 20
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
KERNEL_THREAD = 0x00200000  # PF_KTHREAD in the flags of /proc/PID/stat


def http(url, method="GET", path="/", body=None, token=None):
    """One request on a connection of its own; returns (status, body)."""
    head, _, rest = http_whole(url, method, path, body, token).partition(b"\r\n\r\n")
    return int(head.split()[1]), rest


def http_whole(url, method="GET", path="/", body=None, token=None):
    """The same, with the answer as it came."""
    host, port = url.removeprefix("http://").rstrip("/").rsplit(":", 1)
    payload = b"" if body is None else json.dumps(body).encode()
    head = (f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n"
            f"Origin: http://{host}:{port}\r\n")  # as the page says where it is from
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if body is not None:
        head += f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(payload)}\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode() + b"\r\n" + payload)
        answer = b""
        while b"\r\n\r\n" not in answer or len(answer.split(b"\r\n\r\n", 1)[1]) < content_length(answer):
            part = connection.recv(65536)
            if not part:
                break
            answer += part
    return answer


def content_length(answer):
    for line in answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


class Server:
    """A process that prints {"url": …} when it is ready; ended by its own pid."""

    def __init__(self, command, log_path):
        self.log_path = log_path
        self.spawned = time.monotonic()
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log)
        line = self._first_line()
        self.ready_s = time.monotonic() - self.spawned
        try:
            self.url = json.loads(line)["url"]
        except (ValueError, KeyError, TypeError):
            self.stop()
            raise Invalid(f"the server did not become ready: {line[:200]!r} {self.log_tail()}") from None

    def _first_line(self):
        line = b""
        deadline = self.spawned + START_LIMIT_S
        while not line.endswith(b"\n") and time.monotonic() < deadline:
            if select.select([self.process.stdout], [], [], 1.0)[0]:
                part = os.read(self.process.stdout.fileno(), 4096)
                if not part:
                    break
                line += part
        return line.split(b"\n")[0]

    def log_tail(self):
        text = pathlib.Path(self.log_path).read_text(encoding="utf-8", errors="replace")
        return text.strip()[-600:]

    def first_answer_s(self):
        """From spawn until a plain request has any answer."""
        http(self.url)
        return time.monotonic() - self.spawned

    def cpu_s(self):
        return process_cpu_s(self.process.pid)

    def rss_mb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        raise Invalid("the server died")

    def stop(self):
        """Asks it to end; returns its exit status, None when it had to be killed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = None
        self.process.stdout.close()
        return status


# ---- the load, and who else was busy ----


def process_stat(pid):
    """The fields of /proc/PID/stat after the name, which may hold anything."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


def process_cpu_s(pid):
    fields = process_stat(pid)
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def kernel_cpu_s():
    """What kernel threads used: the disk's journal works for the servers."""
    total = 0.0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = process_stat(entry)
        except OSError:
            continue
        if int(fields[6]) & KERNEL_THREAD:
            total += (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
    return total


def machine_cpu_s():
    """user + nice + system + steal of all cores. Interrupts are left out: they serve the load."""
    with open("/proc/stat", encoding="ascii") as file:
        fields = [int(value) for value in file.readline().split()[1:]]
    return (fields[0] + fields[1] + fields[2] + fields[7]) / CLOCK_TICKS


def cpu_marks(*servers):
    own = os.times()
    return {"at": time.monotonic(), "machine": machine_cpu_s(), "kernel": kernel_cpu_s(),
            "server": sum(server.cpu_s() for server in servers),
            "harness": own.user + own.system, "load": own.children_user + own.children_system}


def foreign_share(before, after):
    """Of one core, between two marks: what neither the server nor the load nor the kernel used."""
    used = {name: after[name] - before[name] for name in before}
    foreign = used["machine"] - used["kernel"] - used["server"] - used["harness"] - used["load"]
    return round(max(0.0, foreign) / used["at"], 3)
