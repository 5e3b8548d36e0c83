# SPDX-License-Identifier: Apache-2.0
"""ejabberd beside the others: one call opens a persistent room with an owner and three members, on Mnesia.

It is Debian's package, run by hand: one Erlang machine without a name, so that no epmd is started, all its
files in a folder of the run. Nothing of an installed service is touched.
"""
import glob
import json
import os
import pathlib
import socket
import subprocess
import time

from data import ROOT, Invalid
from generator import SERVICE
from server import START_LIMIT_S, Server, http

SOURCE = ROOT / "bench" / "ejabberd"
BUILT = ROOT / "build" / "bench" / "ejabberd"
AFFILIATIONS = 4  # an owner and three members

# No token is asked for, nothing is archived: every choice here is in its favour.
CONFIG = """\
hosts: ["localhost"]
loglevel: error
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /api: mod_http_api
api_permissions:
  "bench":
    from: mod_http_api
    who: all
    what: "*"
modules:
  mod_muc:
    db_type: mnesia
  mod_muc_admin: {{}}
  mod_bench_group: {{}}
"""


def library():
    """The package's folder, which holds ebin and include."""
    found = sorted(glob.glob("/usr/lib/*/ejabberd-*/ebin/ejabberd.app"))
    if not found:
        raise Invalid("ejabberd is not installed")
    return pathlib.Path(found[-1]).parent.parent


def compile_command():
    """Compiles the command that the load calls."""
    BUILT.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["erlc", "-I", library() / "include", "-pa", library() / "ebin", "-o", BUILT,
                           SOURCE / "mod_bench_group.erl"], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise Invalid(f"erlc: {done.stdout.strip()[-300:]}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def call(server, command, arguments):
    status, body = http(server.url, "POST", f"/api/{command}", arguments)
    if status != 200:
        raise Invalid(f"ejabberd {command}: {status} {body[:200]!r}")
    return json.loads(body)


class EjabberdServer(Server):
    """One Erlang machine, ended by its own pid."""

    def __init__(self, folder, log_path):
        compile_command()
        port = free_port()
        spool = folder / "spool"
        spool.mkdir()
        (folder / "ejabberd.yml").write_text(CONFIG.format(port=port), encoding="utf-8")
        environment = dict(os.environ, HOME=str(folder), SPOOL_DIR=str(spool),
                           EJABBERD_CONFIG_PATH=str(folder / "ejabberd.yml"),
                           EJABBERD_LOG_PATH=str(folder / "ejabberd.log"), ERL_LIBS=str(library().parent))
        self.log_path = log_path
        self.spawned = time.monotonic()
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(["erl", "-noinput", "-noshell", "-pa", BUILT, "+K", "true",
                                             "-mnesia", "dir", f'"{spool}"', "-s", "ejabberd"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=environment, cwd=folder)
        self.url = f"http://127.0.0.1:{port}"
        self._wait()

    def _wait(self):
        while time.monotonic() - self.spawned < START_LIMIT_S and self.process.poll() is None:
            try:
                if http(self.url, "POST", "/api/status", {})[0] == 200:
                    self.ready_s = time.monotonic() - self.spawned
                    return
            except OSError:
                pass
            time.sleep(0.1)
        self.stop()
        raise Invalid(f"ejabberd did not become ready: {self.log_tail()}")

    def first_answer_s(self):
        return self.ready_s

    def stop(self):
        """At once: it would take long to end tens of thousands of rooms one by one, and is not asked to."""
        self.process.kill()
        self.process.wait()
        return 0

    def check_rooms(self, answers):
        """Every answered room is there, and one of them is whole."""
        rooms = call(self, "muc_online_rooms", {"service": "global"})
        if len(rooms) != answers:
            raise Invalid(f"{answers} answers, but {len(rooms)} rooms")
        name = rooms[len(rooms) // 2].split("@")[0]
        people = call(self, "get_room_affiliations", {"name": name, "service": SERVICE})
        if len(people) != AFFILIATIONS:
            raise Invalid(f"room {name} holds {people}")
        return len(rooms)
