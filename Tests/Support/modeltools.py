"""What a scenario says once, in the tools of whichever agent asks: writing, editing, reading, running a command."""

import base64
import json

SHELL = ("Bash", "bash", "Shell", "shell", "exec_command", "shell_command", "run_command", "terminal")
WRITE = ("Write", "WriteFile", "write_file", "create_file", "write")
READ = ("Read", "ReadFile", "read_file", "read", "view")
EDIT = ("Edit", "StrReplaceFile", "search_replace", "edit_file", "str_replace", "edit")
# What tools call the same argument.
ALIASES = {"path": ("path", "file_path", "filePath", "filepath", "filename"),
           "content": ("content", "file_text", "contents", "text"),
           "old": ("old_string", "oldString", "old_str", "old", "search"),
           "new": ("new_string", "newString", "new_str", "new", "replace")}


def first(names, known):
    return next((name for name in names if name in known), None)


def call_of(turn, request):
    """(tool, input) for a turn with "do"; the tool is None where the agent has none, and the input then is text."""
    doing = turn["do"]
    if doing == "call":
        return server_call(turn, request)
    if not request.tools:
        return None, text_of(turn)
    if "exec" in request.custom and not first(SHELL, request.tools):
        return "exec", script_of(turn)
    if "apply_patch" in request.custom and doing in ("write", "edit"):
        return "apply_patch", patch_of(turn)
    if doing == "shell":
        return shell_call(turn["command"], request)
    tool = first({"write": WRITE, "read": READ, "edit": EDIT}[doing], request.tools)
    return file_call(tool, turn, request) if tool else shell_call(command_of(turn), request)


def server_call(turn, request):
    """A call of a tool of a server of the Model Context Protocol, in the form in which the agent presents it."""
    server, name, given = turn["server"], turn["name"], turn.get("input", {})
    if tool := first((f"mcp__{server}__{name}", name), request.tools):
        return tool, given
    # Codex and Vibe name such tools only where they are searched for, or called from a script.
    if "tool_search" in request.tools:
        return "tool_search", {"query": name}
    if "run_typescript" in request.tools:
        call = f"tools.mcp_{server}.{name}({json.dumps(given)})"
        return "run_typescript", {"code": f"async function main() {{ return await {call}; }}"}
    raise LookupError(f"The agent has no way to call '{name}'; it has {', '.join(sorted(request.tools))}.")


def text_of(turn):
    """The edit as agents without tools read it out of an answer."""
    if turn["do"] == "shell":
        return f"```bash\n{turn['command']}\n```\n"
    old = "" if turn["do"] == "write" else turn["old"] + "\n"
    new = turn["content"].rstrip("\n") if turn["do"] == "write" else turn["new"]
    return f"{turn['path']}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}\n>>>>>>> REPLACE\n```\n"


def script_of(turn):
    """For Codex where its one tool runs JavaScript."""
    if turn["do"] in ("write", "edit"):
        return f"text(await tools.apply_patch({json.dumps(patch_of(turn))}));"
    return f"text(await tools.exec_command({{cmd: {json.dumps(command_of(turn))}}}));"


def patch_of(turn):
    def lines(sign, text):
        return "".join(f"{sign}{line}\n" for line in text.rstrip("\n").split("\n"))

    if turn["do"] == "write":
        body = f"*** Add File: {turn['path']}\n" + lines("+", turn["content"])
    else:
        body = f"*** Update File: {turn['path']}\n@@\n" + lines("-", turn["old"]) + lines("+", turn["new"])
    return f"*** Begin Patch\n{body}*** End Patch\n"


def command_of(turn):
    """The same as a command, for agents that can do nothing else."""
    path = turn.get("path")
    if turn["do"] == "shell":
        return turn["command"]
    if turn["do"] == "read":
        return f"cat '{path}'"
    if turn["do"] == "write":
        return f"printf %s {encoded(turn['content'])} | base64 -d > '{path}'"
    return (f"python3 -c \"import base64 as b; s = open('{path}').read(); open('{path}', 'w').write(s.replace("
            f"b.b64decode('{encoded(turn['old'])}').decode(), b.b64decode('{encoded(turn['new'])}').decode(), 1))\"")


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def shell_call(command, request):
    tool = first(SHELL, request.tools) or "bash"
    if tool == "exec_command":
        return tool, {"cmd": command}
    return tool, {"command": command, **({"description": "Run a command"} if tool == "Bash" else {})}


def file_call(tool, turn, request):
    path = turn["path"] if not request.cwd or turn["path"].startswith("/") else f"{request.cwd}/{turn['path']}"
    if tool == "StrReplaceFile":
        return tool, {"path": path, "edit": {"old": turn["old"], "new": turn["new"]}}
    known = request.tools[tool].get("properties") or {}
    given = {"path": path, **{key: turn[key] for key in ("content", "old", "new") if key in turn}}
    return tool, {first(ALIASES[key], known) or key: value for key, value in given.items()}
