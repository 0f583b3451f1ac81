"""The three interfaces in which agents talk to a model: Anthropic messages, OpenAI responses, OpenAI chat completions.

Each says what a request is about, and how an answer, or a failure, is written in it.
"""

import json
import re
import time
import uuid

# Texts in the user's role that a program writes by itself.
NOT_A_PROMPT = re.compile(r"\s*(<[a-zA-Z][\w-]*[ >]|# AGENTS\.md|\[Your previous response|\[Request interrupted|"
                          r"Output token limit hit|Stop hook feedback|This session is being continued|Caveat: |"
                          r"No code was changed|I switched to a new code base|Tool call error:)")
DIRECTORY = re.compile(r"<cwd>([^<]+)</cwd>|[Ww]orking directory(?: is)?:? ?`?(/[^\s\\\"`]+)")


def identifier(prefix):
    return prefix + uuid.uuid4().hex[:24]


def texts(content):
    """The text parts of a message's content."""
    if isinstance(content, str):
        return [content]
    return [part.get("text") or "" for part in content or [] if part.get("type") in ("text", "input_text", "output_text")]


def said(content):
    """What a person, or makima, says in a message; empty where the program itself speaks."""
    return "\n".join(text for text in texts(content) if text.strip() and not NOT_A_PROMPT.match(text))


class Request:
    """What is to be known about one request, in whichever interface it comes."""

    def __init__(self, body, headers):
        self.model = body.get("model", "scripted")
        self.streams = bool(body.get("stream"))
        self.session = ""
        # The schema of its input by the name of each tool; the names of those whose input is text; the namespace of those
        # that are in one.
        self.tools, self.custom, self.namespaces = {}, set(), {}
        self.prompts, self.step = [], 0
        self.read(body, headers)
        self.prompt = self.prompts[-1] if self.prompts else ""
        found = DIRECTORY.search(json.dumps(body, ensure_ascii=False)[:400_000])
        self.cwd = (found.group(1) or found.group(2)).rstrip(".,") if found else ""

    def begin(self, prompt):
        self.prompts.append(prompt)
        self.step = 0

    @property
    def is_aside(self):
        """Whether the program asks something of its own, such as a title."""
        return not self.tools


class AnthropicRequest(Request):
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

    def read(self, body, headers):
        self.session = headers.get("X-Claude-Code-Session-Id", "")
        self.tools = {tool.get("name"): tool.get("input_schema") or {} for tool in body.get("tools") or []}
        for message in body.get("messages") or []:
            content = message.get("content")
            results = isinstance(content, list) and any(part.get("type") == "tool_result" for part in content)
            if message.get("role") == "assistant":
                self.step += 1
            elif message.get("role") == "user" and not results and said(content):
                self.begin(said(content))

    def error(self, turn):
        status, kind, message = self.ERRORS[turn["error"]]
        headers = {"retry-after": "1"} if turn["error"] == "rate_limit" else {}
        if turn["error"] == "usage_limit":
            reset = str(int(time.time()) + turn.get("resets_in", 3600))
            headers = {"unified-status": "rejected", "unified-reset": reset, "unified-representative-claim": "five_hour",
                       "unified-5h-status": "rejected", "unified-5h-reset": reset, "unified-5h-utilization": "1.0",
                       "unified-overage-status": "rejected", "unified-overage-disabled-reason": "org_level_disabled"}
            headers = {"anthropic-ratelimit-" + name: value for name, value in headers.items()}
            headers["retry-after"] = str(turn.get("resets_in", 3600))
        return status, {"type": "error", "error": {"type": kind, "message": message}}, headers

    def message(self, answer):
        content = [{"type": "text", "text": answer.text}] if answer.text is not None else []
        content += [{"type": "tool_use", "id": identifier("toolu_"), "name": tool, "input": given}
                    for tool, given in answer.calls]
        return {"id": identifier("msg_"), "type": "message", "role": "assistant", "model": self.model,
                "content": content, "stop_reason": answer.stop or ("tool_use" if answer.calls else "end_turn"),
                "stop_sequence": None,
                "usage": {"input_tokens": answer.read, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
                          "output_tokens": answer.written}}

    def events(self, answer):
        message = self.message(answer)
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
        yield "message_delta", {"delta": {"stop_reason": message["stop_reason"], "stop_sequence": None}, "usage": usage}
        yield "message_stop", {}


class OpenAIRequest(Request):
    ERRORS = {
        "rate_limit": (429, "tokens", "rate_limit_exceeded", "Rate limit reached. Please try again in 1.2s."),
        "usage_limit": (429, "usage_limit_reached", None, "The usage limit has been reached"),
        "overloaded": (503, "server_error", "server_is_overloaded", "The server is currently overloaded."),
        "server_error": (500, "server_error", "server_error", "The server had an error. Sorry about that!"),
        "authentication": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: scripted."),
        "credit": (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check "
                                                                   "your plan and billing details."),
        "too_long": (400, "invalid_request_error", "context_length_exceeded", "Your input exceeds the context window "
                                                                              "of this model."),
    }

    def error(self, turn):
        status, kind, code, message = self.ERRORS[turn["error"]]
        body = {"message": message, "type": kind, "param": None, "code": code}
        if turn["error"] == "usage_limit":
            wait = turn.get("resets_in", 3600)
            body |= {"plan_type": "plus", "resets_at": int(time.time()) + wait, "resets_in_seconds": wait}
        return status, {"error": body}, {"retry-after": "1"} if turn["error"] == "rate_limit" else {}


class ResponsesRequest(OpenAIRequest):
    """Codex."""

    def read(self, body, headers):
        self.session = headers.get("session-id") or headers.get("session_id") or ""
        items = body.get("input") or []
        declared = list(body.get("tools") or [])
        speaks = False  # within one answer of the model
        for item in items:
            kind = item.get("type", "message")
            # A search for tools is part of the turn that needs one of them.
            if kind in ("additional_tools", "tool_search_call", "tool_search_output"):
                declared += item.get("tools") or []
            elif kind == "message" and item.get("role") != "assistant":
                if item.get("role") == "user" and said(item.get("content")):
                    self.begin(said(item.get("content")))
                    speaks = False
            else:
                isResult = kind.endswith("_call_output")
                self.step += not isResult and not speaks
                speaks = not isResult
        for tool in declared:
            isNamespace = tool.get("type") == "namespace"
            for part in tool.get("tools") or [] if isNamespace else [tool]:
                name = part.get("name") or part.get("type")
                self.tools[name] = part.get("parameters") or {}
                if isNamespace:
                    self.namespaces[name] = tool.get("name")
                if part.get("type") == "custom":
                    self.custom.add(name)

    def message(self, answer):
        usage = {"input_tokens": answer.read, "input_tokens_details": {"cached_tokens": 0},
                 "output_tokens": answer.written, "output_tokens_details": {"reasoning_tokens": 0},
                 "total_tokens": answer.read + answer.written}
        return {"id": identifier("resp_"), "object": "response", "created_at": int(time.time()), "status": "completed",
                "model": self.model, "output": list(self.items(answer)), "parallel_tool_calls": True, "tools": [],
                "usage": usage, "error": None, "incomplete_details": None}

    def items(self, answer):
        if answer.text is not None:
            part = {"type": "output_text", "text": answer.text, "annotations": []}
            yield {"id": identifier("msg_"), "type": "message", "status": "completed", "role": "assistant",
                   "content": [part]}
        for tool, given in answer.calls:
            call = {"status": "completed", "call_id": identifier("call_"), "name": tool}
            if tool == "tool_search":
                del call["name"]
                yield call | {"id": identifier("tsc_"), "type": "tool_search_call", "execution": "client",
                              "arguments": given}
            elif tool in self.custom:
                yield call | {"id": identifier("ctc_"), "type": "custom_tool_call", "input": given}
            else:
                place = {"namespace": self.namespaces[tool]} if tool in self.namespaces else {}
                yield call | place | {"id": identifier("fc_"), "type": "function_call", "arguments": json.dumps(given)}

    def events(self, answer):
        response = self.message(answer)
        begun = dict(response, status="in_progress", output=[], usage=None)
        number = 0
        for name, data in (("response.created", {"response": begun}), *self.item_events(response["output"]),
                           ("response.completed", {"response": response})):
            yield name, dict(data, sequence_number=number)
            number += 1

    @staticmethod
    def item_events(items):
        for index, item in enumerate(items):
            place = {"output_index": index}
            yield "response.output_item.added", place | {"item": dict(item, status="in_progress")}
            if item["type"] == "message":
                delta = {"item_id": item["id"], "content_index": 0, "delta": item["content"][0]["text"]}
                yield "response.output_text.delta", place | delta
            yield "response.output_item.done", place | {"item": item}


class ChatRequest(OpenAIRequest):
    """Kimi, Vibe, aider, mini-swe-agent."""

    def read(self, body, headers):
        self.tools = {tool["function"]["name"]: tool["function"].get("parameters") or {}
                      for tool in body.get("tools") or []}
        self.tells_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        self.is_commit_message = False
        for message in body.get("messages") or []:
            if message.get("role") in ("system", "developer"):
                self.is_commit_message |= "ommit message" in "".join(texts(message.get("content")))
            elif message.get("role") == "assistant":
                self.step += 1
            elif message.get("role") == "user" and said(message.get("content")):
                self.begin(said(message.get("content")))

    @property
    def is_aside(self):
        # aider has no tools at all: it reads edits out of the text.
        return not self.tools and self.is_commit_message

    def message(self, answer):
        message = {"role": "assistant", "content": answer.text}
        if answer.calls:
            message["tool_calls"] = self.calls(answer)
        reason = {"max_tokens": "length"}.get(answer.stop, "tool_calls" if answer.calls else "stop")
        return {"id": identifier("chatcmpl-"), "object": "chat.completion", "created": int(time.time()),
                "model": self.model, "choices": [{"index": 0, "message": message, "finish_reason": reason}],
                "usage": {"prompt_tokens": answer.read, "completion_tokens": answer.written,
                          "total_tokens": answer.read + answer.written}}

    @staticmethod
    def calls(answer):
        return [{"index": index, "id": identifier("call_"), "type": "function",
                 "function": {"name": tool, "arguments": json.dumps(given)}}
                for index, (tool, given) in enumerate(answer.calls)]

    def events(self, answer):
        whole = self.message(answer)
        usage, choice = whole.pop("usage"), whole.pop("choices")[0]
        whole["object"] = "chat.completion.chunk"
        content = {key: value for key, value in choice["message"].items() if key == "tool_calls" or value}
        for delta, reason in (({"role": "assistant", "content": ""}, None), (content, None),
                              ({}, choice["finish_reason"])):
            piece = dict(whole, choices=[{"index": 0, "delta": delta, "finish_reason": reason}])
            yield None, piece if reason is None or self.tells_usage else dict(piece, usage=usage)
        if self.tells_usage:
            yield None, dict(whole, choices=[], usage=usage)
        yield None, "[DONE]"


# By the end of the path.
SPEECHES = {"/messages": AnthropicRequest, "/responses": ResponsesRequest, "/chat/completions": ChatRequest}
