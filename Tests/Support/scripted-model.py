#!/usr/bin/env python3
"""A model that plays a scenario: enough of the Anthropic Messages API for a real Claude Code. No intelligence in it.

Usage: scripted-model.py SCENARIO [--port-file FILE] [--log FILE] [--lifetime SECONDS]

Listens on 127.0.0.1 only, on a free port; prints {"port":N,"url":"http://127.0.0.1:N","pid":N} when ready, and writes
the same to FILE. Ends on SIGTERM, at the end of standard input where that is a pipe, when its parent is gone, and after
its lifetime (default 600 s) in any case.

SCENARIO is JSON: {"iterations": [{"turns": [TURN, …]}, …]}. Each prompt that has not been seen before, in whatever
session, plays the next iteration; after the last one the last is played again. Within an iteration the number of answers
that the conversation already holds says which turn comes next, so that a repeated request gets the same turn; after the
last turn comes the text "Done.". A TURN is any of

  "text": "…"                                   said
  "tool": "Edit", "input": {…}                  a call of one of the caller's own tools
  "tools": [{"tool": …, "input": {…}}, …]       several calls at once
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
import re
import select
import signal
import stat
import sys
import threading
import time
import uuid

ERRORS = {
    "rate_limit": (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    "usage_limit": (429, "rate_limit_error", "This request would exceed your account's rate limit."),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "server_error": (500, "api_error", "Internal server error"),
    "authentication": (401, "authentication_error", "invalid x-api-key"),
    "credit": (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API. "
                                             "Please go to Plans & Billing to upgrade or purchase credits."),
    "too_long": (400, "invalid_request_error", "prompt is too long: 1213462 tokens > 1000000 maximum"),
}
TURN_KEYS = {"text", "tool", "input", "tools", "usage", "stop_reason", "error", "hang", "cut", "times", "delay",
             "resets_in"}
# Texts in the user's role that the program writes by itself.
NOT_A_PROMPT = re.compile(r"\s*(<[a-z][\w-]*[ >]|\[Your previous response|\[Request interrupted|Output token limit hit|"
                          r"Stop hook feedback|This session is being continued|Caveat: )")


def identifier(prefix):
    return prefix + uuid.uuid4().hex[:24]


def texts(content):
    """The text parts of a message's content."""
    if isinstance(content, str):
        return [content]
    return [block.get("text", "") for block in content or [] if block.get("type") == "text"]


def is_prompt(message):
    """Whether a message is something that a person, or makima, has said."""
    if message.get("role") != "user":
        return False
    content = message.get("content")
    if isinstance(content, list) and any(block.get("type") == "tool_result" for block in content):
        return False
    return any(text.strip() and not NOT_A_PROMPT.match(text) for text in texts(content))


class Request:
    """What is to be known about one request."""

    def __init__(self, body, headers):
        self.model = body.get("model", "scripted")
        self.streams = bool(body.get("stream"))
        self.tools = [tool.get("name") for tool in body.get("tools") or []]
        self.session = headers.get("X-Claude-Code-Session-Id", "")
        messages = body.get("messages") or []
        prompts = [index for index, message in enumerate(messages) if is_prompt(message)]
        self.prompts = len(prompts)
        last = prompts[-1] if prompts else 0
        said = texts(messages[last].get("content")) if messages else []
        self.prompt = "\n".join(text for text in said if not NOT_A_PROMPT.match(text))
        self.step = sum(message.get("role") == "assistant" for message in messages[last:])
        whole = json.dumps(body.get("system")) + json.dumps(messages[:2])
        found = re.search(r"[Ww]orking directory: ([^\s\\\"]+)", whole)
        self.cwd = found.group(1) if found else ""


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
            number = self.numbers.setdefault((request.session, request.prompts), len(self.numbers) + 1)
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


def message_of(turn, request):
    """The whole answer, as the interface gives it when it does not stream."""
    content = [{"type": "text", "text": turn["text"]}] if "text" in turn else []
    calls = turn.get("tools", []) + ([{"tool": turn["tool"], "input": turn.get("input", {})}] if "tool" in turn else [])
    content += [{"type": "tool_use", "id": identifier("toolu_"), "name": call["tool"], "input": call.get("input", {})}
                for call in calls]
    usage = turn.get("usage", {})
    return {"id": identifier("msg_"), "type": "message", "role": "assistant", "model": request.model, "content": content,
            "stop_reason": turn.get("stop_reason", "tool_use" if calls else "end_turn"), "stop_sequence": None,
            "usage": {"input_tokens": usage.get("input", 1000), "cache_creation_input_tokens": 0,
                      "cache_read_input_tokens": 0, "output_tokens": usage.get("output", 20)}}


def events_of(message):
    """The same as a stream of events."""
    usage = message["usage"]
    begun = dict(message, content=[], stop_reason=None, usage=dict(usage, output_tokens=1))
    yield "message_start", {"message": begun}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            start, delta = dict(block, text=""), {"type": "text_delta", "text": block["text"]}
        else:
            start = dict(block, input={})
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield "content_block_start", {"index": index, "content_block": start}
        yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"delta": ending, "usage": usage}
    yield "message_stop", {}


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
        elif path.endswith("/v1/messages"):
            self.play(Request(body, self.headers))
        else:
            self.answer(404, {"type": "error", "error": {"type": "not_found_error", "message": path}})

    def play(self, request):
        if not request.tools:  # a question of the program's own, such as one for a title
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
            self.send_mishap(turn)
        else:
            self.send_message(turn, request)

    def send_mishap(self, turn):
        status, kind, message = ERRORS[turn["error"]]
        headers = {}
        if turn["error"] == "rate_limit":
            headers = {"retry-after": "1"}
        elif turn["error"] == "usage_limit":
            reset = str(int(time.time()) + turn.get("resets_in", 3600))
            headers = {"unified-status": "rejected", "unified-reset": reset, "unified-representative-claim": "five_hour",
                       "unified-5h-status": "rejected", "unified-5h-reset": reset, "unified-5h-utilization": "1.0",
                       "unified-overage-status": "rejected", "unified-overage-disabled-reason": "org_level_disabled"}
            headers = {"anthropic-ratelimit-" + name: value for name, value in headers.items()}
            headers["retry-after"] = str(turn.get("resets_in", 3600))
        self.answer(status, {"type": "error", "error": {"type": kind, "message": message}}, headers)

    def send_message(self, turn, request):
        message = message_of(turn, request)
        if not request.streams:
            self.answer(200, message)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for position, (name, data) in enumerate(events_of(message)):
            if position == 2 and "cut" in turn:
                return
            if position == 2 and "hang" in turn:
                self.hang()
                return
            self.wfile.write(f"event: {name}\ndata: {json.dumps(dict(data, type=name))}\n\n".encode())
            self.wfile.flush()

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
                "model": request.model, "prompt": request.prompt[-2000:], "turn": sorted(turn), "tools": request.tools}
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
