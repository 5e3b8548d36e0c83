# SPDX-License-Identifier: Apache-2.0
"""A test that is a program in another language, and how it restarts its server."""
import contextlib
import http.server
import os
import signal
import subprocess
import threading

LAST_SECONDS = 10               # between SIGTERM and SIGKILL


class Control:
    """What a program restarts its server by: a GET is answered with the text that restart(query) gives, or with 503
    and the RuntimeError that it raises."""

    def __init__(self, restart):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):           # noqa: N802  (the library's name)
                status = 200
                try:
                    text = restart(self.path.partition("?")[2])
                except RuntimeError as error:
                    status, text = 503, str(error).splitlines()[0]
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Program:
    """A program with a process group of its own; told to end after so many seconds."""

    def __init__(self, command, folder, environment, seconds):
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            env=os.environ | environment, start_new_session=True)
        self.timer = threading.Timer(seconds, self.end)
        self.timer.start()

    def lines(self):
        yield from self.process.stdout

    def wait(self):
        """Waits for it to end by itself; its exit status."""
        status = self.process.wait()
        self.timer.cancel()
        return status

    def end(self):
        """Ends it if it still runs; its exit status."""
        self.timer.cancel()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(subprocess.TimeoutExpired):
                if self.process.poll() is None:
                    os.killpg(self.process.pid, number)
                return self.process.wait(LAST_SECONDS)
        return self.process.wait()
