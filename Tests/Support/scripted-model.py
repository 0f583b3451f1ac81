#!/usr/bin/env python3
"""A model that plays a scenario: enough of three interfaces for real agent programs. No intelligence in it.

Usage: scripted-model.py SCENARIO [--port-file FILE] [--log FILE] [--lifetime SECONDS]

Listens on 127.0.0.1 only, on a free port; prints {"port":N,"url":"http://127.0.0.1:N","pid":N} when ready, and writes
the same to FILE. Ends on SIGTERM, at the end of standard input where that is a pipe, when its parent is gone, and after
its lifetime (default 600 s) in any case.

It speaks, below any prefix: POST /messages (Anthropic: Claude Code), /responses (OpenAI: Codex), /chat/completions
(OpenAI: Kimi, Vibe, aider, mini-swe-agent); GET /models.

SCENARIO is JSON: {"iterations": [{"turns": [TURN, …]}, …]}. Each prompt that has not been seen before, in whatever
session, plays the next iteration; after the last one the last is played again. Within an iteration the number of answers
that the conversation already holds says which turn comes next, so that a repeated request gets the same turn; after the
last turn comes the text "Done.". A TURN is any of

  "text": "…"                                   said
  "do": "shell", "command": "…"                 done with whatever tool the caller has for it, in text where it has none;
  "do": "read", "path": "…"                     so is every "do"
  "do": "write", "path": "…", "content": "…"
  "do": "edit", "path": "…", "old": "…", "new": "…"
  "do": "call", "server": "…", "name": "…", "input": {…}   a tool of a server of the Model Context Protocol
  "tool": "Edit", "input": {…}                  a call of one of the caller's own tools
  "tools": [{"tool": …, "input": {…}}, …]       several calls at once; "do" is known in them too
  "usage": {"input": 1000, "output": 20}        figures that are reported (defaults: 1000 and 20)
  "stop_reason": "max_tokens"                   instead of what follows from the turn
  "error": "rate_limit" | "overloaded" | "server_error" | "authentication" | "credit" | "too_long" | "usage_limit"
  "hang": "start" | "stream"                    never answers; or stops in the middle of its answer
  "cut": "start" | "stream"                     drops the connection; or drops it in the middle of its answer
  "times": 2                                    how often "error", "hang" and "cut" hold (default: always); then the rest
  "delay": 1.5                                  seconds before the answer

Strings may hold ${cwd} (the caller's working directory), ${iteration} and ${prompt}. With "usage_limit" the allowance is
restored after "resets_in" seconds (default 3600). The log has one JSON object for each request.
"""

import argparse
import http.server
import json
import os
import select
import signal
import stat
import sys
import threading
import time

sys.dont_write_bytecode = True
from modelspeech import SPEECHES, identifier  # noqa: E402
from modeltools import call_of  # noqa: E402

TURN_KEYS = {"text", "do", "command", "path", "content", "old", "new", "tool", "input", "tools", "usage", "stop_reason",
             "server", "name", "error", "hang", "cut", "times", "delay", "resets_in"}


class Answer:
    """What the model says in one turn, in the words of no interface."""

    def __init__(self, turn, request):
        self.text = turn.get("text")
        self.stop = turn.get("stop_reason")
        usage = turn.get("usage", {})
        self.read, self.written = usage.get("input", 1000), usage.get("output", 20)
        self.calls = []
        for call in turn.get("tools", []) + ([turn] if "tool" in turn or "do" in turn else []):
            self.add(call, request)

    def add(self, call, request):
        tool, given = call_of(call, request) if "do" in call else (call["tool"], call.get("input", {}))
        if tool:
            self.calls.append((tool, given))
        else:
            self.text = "\n\n".join(text for text in (self.text, given) if text)


class Scenario:
    """Which turn a request gets."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.iterations = json.load(file)["iterations"]
        if not self.iterations:
            sys.exit("Error: the scenario has no iterations.")
        for iteration in self.iterations:
            for turn in iteration["turns"]:
                if unknown := set(turn) - TURN_KEYS:
                    sys.exit(f"Error: a turn of the scenario has unknown keys: {', '.join(sorted(unknown))}.")
        self.lock = threading.Lock()
        self.numbers = {}
        self.tries = {}

    def turn(self, request):
        """(iteration, turn): the turn without its mishap where that has happened often enough."""
        with self.lock:
            # Where the caller names no conversation, the prompt is all that tells one from another.
            key = (request.session or request.prompt, len(request.prompts))
            number = self.numbers.setdefault(key, len(self.numbers) + 1)
            turns = self.iterations[min(number, len(self.iterations)) - 1]["turns"]
            if request.step >= len(turns):
                return number, {"text": "Done."}
            turn = turns[request.step]
            tries = self.tries[number, request.step] = self.tries.get((number, request.step), 0) + 1
            if tries > turn.get("times", tries):
                turn = {key: value for key, value in turn.items() if key not in ("error", "hang", "cut")}
        return number, self.filled(turn, request, number)

    def filled(self, value, request, number):
        if isinstance(value, dict):
            return {key: self.filled(item, request, number) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item, request, number) for item in value]
        if isinstance(value, str):
            return (value.replace("${cwd}", request.cwd).replace("${iteration}", str(number))
                    .replace("${prompt}", request.prompt))
        return value


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scenario = None
    log = None
    stopping = threading.Event()

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.answer(200, {})

    def do_GET(self):
        self.answer(200, {"data": [], "has_more": False})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        path = self.path.split("?")[0]
        if path.endswith("/count_tokens"):
            self.answer(200, {"input_tokens": 1000})
        elif speech := next((speech for end, speech in SPEECHES.items() if path.endswith(end)), None):
            self.play(speech(body, self.headers))
        else:
            self.answer(404, {"type": "error", "error": {"type": "not_found_error", "message": path}})

    def play(self, request):
        if request.is_aside:
            self.send_message({"text": "A title"}, request)
            return
        number, turn = self.scenario.turn(request)
        self.note(request, number, turn)
        self.stopping.wait(turn.get("delay", 0))
        if turn.get("cut") == "start":
            self.close_connection = True
        elif turn.get("hang") == "start":
            self.hang()
        elif "error" in turn:
            self.answer(*request.error(turn))
        else:
            self.send_message(turn, request)

    def send_message(self, turn, request):
        answer = Answer(turn, request)
        if not request.streams:
            self.answer(200, request.message(answer))
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for position, (name, data) in enumerate(request.events(answer)):
            if position == 2 and "cut" in turn:
                return
            if position == 2 and "hang" in turn:
                self.hang()
                return
            self.wfile.write(self.event(name, data))
            self.wfile.flush()

    @staticmethod
    def event(name, data):
        """One event of a stream; without a name the data stands alone."""
        if name is None:
            return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()
        return f"event: {name}\ndata: {json.dumps(dict(data, type=name))}\n\n".encode()

    def hang(self):
        """Stays silent until the other side goes away."""
        self.close_connection = True
        while not self.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.2)
            if readable and not self.connection.recv(1):
                return

    def answer(self, status, body, headers=None):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("request-id", identifier("req_"))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def note(self, request, number, turn):
        if self.log is None:
            return
        line = {"iteration": number, "step": request.step, "session": request.session, "cwd": request.cwd,
                "model": request.model, "prompt": request.prompt[-2000:], "turn": sorted(turn), "tools": list(request.tools)}
        with self.scenario.lock:
            self.log.write(json.dumps(line) + "\n")
            self.log.flush()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (BrokenPipeError, ConnectionResetError)):
            super().handle_error(request, client_address)


def stop_when_alone(server, lifetime):
    """Ends the server when nobody is left who could."""
    parent, deadline = os.getppid(), time.monotonic() + lifetime
    has_pipe = stat.S_ISFIFO(os.fstat(0).st_mode)
    while time.monotonic() < deadline and os.getppid() == parent and not Handler.stopping.is_set():
        readable, _, _ = select.select([0] if has_pipe else [], [], [], 0.2)
        if readable and not os.read(0, 4096):
            break
    Handler.stopping.set()
    server.shutdown()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario")
    parser.add_argument("--port-file")
    parser.add_argument("--log")
    parser.add_argument("--lifetime", type=float, default=600)
    options = parser.parse_args()
    Handler.scenario = Scenario(options.scenario)
    Handler.log = open(options.log, "a", encoding="utf-8") if options.log else None
    signal.signal(signal.SIGTERM, lambda *_: Handler.stopping.set())
    signal.signal(signal.SIGINT, lambda *_: Handler.stopping.set())
    server = Server(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    ready = json.dumps({"port": port, "url": f"http://127.0.0.1:{port}", "pid": os.getpid()})
    if options.port_file:
        with open(options.port_file + ".new", "w", encoding="utf-8") as file:
            file.write(ready + "\n")
        os.replace(options.port_file + ".new", options.port_file)
    print(ready, flush=True)
    threading.Thread(target=stop_when_alone, args=(server, options.lifetime), daemon=True).start()
    server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
