#!/usr/bin/env python3
"""Serves the dashboard's files as the server does, and passes its requests on to a makima server: for development and tests.

Usage: serve.py --upstream http://127.0.0.1:7420 --token-file FILE [--port N] [--makima PROGRAM]

What the upstream does not have is stood in for: login, who asks, diffs (by git, in the task's repository), settings and
suggestions of checks. `--real` passes these on, too. It prints the link by which one logs in. Loopback only.
"""

import argparse
import hashlib
import http.client
import json
import pathlib
import secrets
import subprocess
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WEB = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "CDashboard" / "web"
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; "
          "manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'")
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".svg": "image/svg+xml"}
COOKIE = "makima_session"


class Settings:
    """What was given on the command line, and who is logged in."""

    upstream = None
    token = ""
    makima = None
    is_real = False
    codes: set = set()
    sessions: set = set()
    environment = None


def session_of(code):
    """The same after a restart, so that a page that was open goes on."""
    return hashlib.sha256(f"session {code}".encode()).hexdigest()


def git(repository, *arguments):
    command = ["git", "-c", "core.hooksPath=/dev/null", "-C", repository, *arguments]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30, check=False)


def upstream(path):
    """The JSON that the upstream answers with, or nothing."""
    host = Settings.upstream
    connection = http.client.HTTPConnection(host.hostname, host.port, timeout=20)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {Settings.token}"})
        answer = connection.getresponse()
        return json.loads(answer.read()) if answer.status == 200 else None
    finally:
        connection.close()


def diff_of(task_id, iteration):
    """The unified diff of a task, or a reason why there is none."""
    task = upstream(f"/api/v1/tasks/{task_id}")
    listed = upstream(f"/api/v1/tasks/{task_id}/checkpoints")
    if task is None or listed is None:
        return None, "There is no such task."
    records = [entry["report"]["checkpoint"] for entry in listed["checkpoints"]]
    if not records:
        return None, "There is no checkpoint yet."
    first, last = records[0], records[-1]
    if iteration is not None:
        done = [record for record in records if record["iteration"] == iteration]
        before = [record for record in records if record["iteration"] < iteration]
        if not done or not before:
            return None, f"There is no checkpoint after iteration {iteration}."
        first, last = before[-1], done[-1]
    result = git(task.get("repoUrl", ""), "diff", "--no-ext-diff", "--no-textconv", "--no-color", "-M", first["commit"], last["commit"])
    if result.returncode != 0:
        return None, "The work is not on this machine, so there is no diff here."
    return result.stdout, None


def checks_of(path):
    """Suggestions from the files of a repository."""
    found = []
    folder = pathlib.Path(path)
    try:
        if (folder / "Makefile").is_file() and "\ntest:" in "\n" + (folder / "Makefile").read_text():
            found.append("make test")
        if (folder / "package.json").is_file():
            found.append("npm test")
        if (folder / "Package.swift").is_file():
            found.append("swift test")
        if (folder / "tests").is_dir() and any((folder / "tests").glob("test_*.py")):
            found.append("python3 -m unittest discover -q -s tests -t .")
    except OSError:
        pass
    return [{"name": command, "command": command} for command in found]


def settings_of():
    if Settings.makima is None:
        return None
    result = subprocess.run([Settings.makima, "config", "--all", "--json"], capture_output=True, text=True, cwd="/",
                            env=Settings.environment, timeout=30, check=False)
    return json.loads(result.stdout) if result.returncode == 0 else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def version_string(self):
        return "makima"

    # Answers

    def answer(self, status, body, kind="application/json", headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store" if kind == "application/json" else "no-cache")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def problem(self, status, code, message):
        self.answer(status, {"status": status, "code": code, "message": message}, "application/problem+json")

    def file(self, name):
        path = WEB / name
        if "/" in name or name.startswith(".") or not path.is_file():
            self.problem(404, "not_found", "There is no such file.")
            return
        self.answer(200, path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream"))

    # Requests

    def is_logged_in(self):
        cookies = dict(part.strip().split("=", 1) for part in self.headers.get("Cookie", "").split(";") if "=" in part)
        return cookies.get(COOKIE) in Settings.sessions

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def handle_request(self):
        target = urllib.parse.urlsplit(self.path)
        body = self.body()
        try:
            if not target.path.startswith("/api/"):
                self.page(target.path)
            elif self.stand_in(target, body):
                pass
            elif not self.is_logged_in() and not Settings.is_real:
                self.problem(401, "unauthorized", "Who asks is not known.")
            else:
                self.forward(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_DELETE = do_PATCH = handle_request

    def page(self, path):
        if path.startswith("/assets/"):
            self.file(path.removeprefix("/assets/"))
        elif "text/html" in self.headers.get("Accept", ""):
            self.file("index.html")
        else:
            self.problem(404, "not_found", "There is no such page.")

    def stand_in(self, target, body):
        """Answers what the upstream does not have; whether it was that."""
        if Settings.is_real:
            return False
        path = target.path.removeprefix("/api/v1")
        query = dict(urllib.parse.parse_qsl(target.query))
        if path == "/login":
            self.log_in(body)
            return True
        if not self.is_logged_in():
            return False
        parts = path.strip("/").split("/")
        if path == "/logout":
            Settings.sessions.clear()
            self.answer(200, {"status": "ok"}, headers=[("Set-Cookie", f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")])
        elif path == "/me":
            self.answer(200, {"userId": "owner", "name": "owner", "scope": "admin"})
        elif path == "/settings":
            found = settings_of()
            self.answer(200, {"settings": found}) if found is not None else self.problem(404, "not_found", "There are none here.")
        elif path == "/repositories/checks":
            self.answer(200, {"checks": checks_of(query.get("path", ""))})
        elif len(parts) == 3 and parts[0] == "tasks" and parts[2] == "diff":
            text, why = diff_of(parts[1], int(query["iteration"]) if "iteration" in query else None)
            self.problem(404, "no_diff", why) if text is None else self.answer(200, text.encode(), "text/plain; charset=utf-8")
        else:
            return False
        return True

    def log_in(self, body):
        code = json.loads(body or b"{}").get("code")
        if code not in Settings.codes:
            self.problem(401, "unauthorized", "The code is not valid.")
            return
        session = session_of(code)
        Settings.sessions.add(session)
        self.answer(200, {"status": "ok"}, headers=[("Set-Cookie", f"{COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict")])

    def forward(self, body):
        host = Settings.upstream
        kept = ("Content-Type", "Accept", "Idempotency-Key", "Last-Event-ID", "If-Match")
        headers = {name: self.headers[name] for name in kept if self.headers.get(name)}
        headers["Authorization"] = f"Bearer {Settings.token}"
        if Settings.is_real and self.headers.get("Cookie"):
            headers["Cookie"] = self.headers["Cookie"]
            del headers["Authorization"]
        connection = http.client.HTTPConnection(host.hostname, host.port, timeout=60)
        try:
            connection.request(self.command, self.path, body=body or None, headers=headers)
            answer = connection.getresponse()
            if answer.getheader("Content-Type", "").startswith("text/event-stream"):
                self.stream(answer)
            else:
                passed = [(name, answer.headers[name]) for name in ("Set-Cookie", "Content-Disposition", "Retry-After") if answer.headers[name]]
                self.answer(answer.status, answer.read(), answer.getheader("Content-Type", "application/json"), passed)
        except (ConnectionRefusedError, http.client.HTTPException, TimeoutError):
            self.problem(503, "unavailable", "The server cannot be reached.")
        finally:
            connection.close()

    def stream(self, answer):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while data := answer.read1(65536):
            self.wfile.write(data)
            self.wfile.flush()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--token-file", required=True, type=pathlib.Path)
    parser.add_argument("--port", type=int, default=7421)
    parser.add_argument("--makima", help="for the settings")
    parser.add_argument("--code", default=secrets.token_urlsafe(12), help="what the link for logging in holds")
    parser.add_argument("--real", action="store_true", help="stand in for nothing")
    given = parser.parse_args()
    Settings.upstream = urllib.parse.urlsplit(given.upstream)
    Settings.token = given.token_file.read_text().strip()
    Settings.makima, Settings.is_real = given.makima, given.real
    Settings.codes.add(given.code)
    Settings.sessions.add(session_of(given.code))
    server = Server(("127.0.0.1", given.port), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}/login#{given.code}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
