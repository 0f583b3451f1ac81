#!/usr/bin/env python3
"""Acts as Claude Code would, by the words of its plan: for the dashboard's tests and pictures. No AI is in it.

The first word of the plan that is a scenario's name says what it does. It speaks stream-json on standard output.
"""

import json
import re
import sys
import time
import uuid

SESSION = str(uuid.uuid4())
TOTALS = '''"""Totals of an invoice."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def total(lines, vat_rate):
    """The sum of all lines with VAT, rounded once."""
    net = sum((line.price * line.count for line in lines), Decimal())
    return (net * (1 + vat_rate)).quantize(CENT, rounding=ROUND_HALF_UP)
'''


def out(value):
    print(json.dumps(value), flush=True)


def assistant(content):
    out({"type": "assistant", "session_id": SESSION, "parent_tool_use_id": None, "message": {
        "id": f"msg_{uuid.uuid4().hex[:12]}", "type": "message", "role": "assistant", "model": "claude-opus-5-5",
        "content": [content], "usage": {"input_tokens": 2100, "output_tokens": 140}}})


def say(text):
    assistant({"type": "text", "text": text})


def tool(name, given, result, *, failed=False, seconds=0.15):
    call = f"toolu_{uuid.uuid4().hex[:16]}"
    assistant({"type": "tool_use", "id": call, "name": name, "input": given})
    time.sleep(seconds)
    out({"type": "user", "session_id": SESSION, "parent_tool_use_id": None, "message": {"role": "user", "content": [
        {"tool_use_id": call, "type": "tool_result", "content": result, "is_error": failed}]}})


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


def gate(ready, reason, progress, blockers=()):
    listed = ", ".join(json.dumps(one) for one in blockers)
    return (f"<COMPLETION_GATE>\nready: {str(ready).lower()}\nreason: {json.dumps(reason)}\n"
            f"progress: {json.dumps(progress)}\nblockers: [{listed}]\n</COMPLETION_GATE>")


def finish(text, cost):
    say(text)
    out({"type": "result", "subtype": "success", "is_error": False, "duration_ms": 900, "duration_api_ms": 800, "num_turns": 4,
         "result": text, "stop_reason": "end_turn", "session_id": SESSION, "total_cost_usd": cost,
         "usage": {"input_tokens": int(cost * 200000), "output_tokens": int(cost * 9000)},
         "modelUsage": {"claude-opus-5-5": {"inputTokens": 1, "outputTokens": 1, "costUSD": cost}}, "permission_denials": []})


def heard(prompt):
    """Repeats what people have said, so that a test sees that it has arrived."""
    found = re.search(r"(I looked at .*?comments?:.*?|Say it back: .*?)(?:\n\n---|\n\nAt the end|\n\nWhen you are|$)", prompt, re.S)
    if found:
        say("I was told this:\n" + found.group(1))


def fix(number, _):
    """Three iterations: half of the work, a claim that a check refutes, and the work."""
    say(f"I look at how totals are made before I change anything. This is iteration {number}.")
    tool("Bash", {"command": "ls -la && cat invoices/totals.py", "description": "See the code"}, open("invoices/totals.py", encoding="utf-8").read())
    tool("Grep", {"pattern": "round\\(", "path": "invoices"}, "invoices/totals.py:8:        sum += round(line.price * line.count * (1 + vat_rate), 2)")
    if number == 1:
        write("NOTES.md", "# Notes\n\nThe rounding happens for each line. It has to happen once, at the end.\n")
        tool("Write", {"file_path": "NOTES.md", "content": "# Notes\n…"}, "File created successfully at: NOTES.md")
        finish("I found the cause: each line is rounded by itself.\n\n" + gate(False, "the cause is found, the code is not changed yet", "1 of 3 steps"), 0.21)
    elif number == 2:
        tool("Edit", {"file_path": "invoices/totals.py", "old_string": "round(line.price * line.count * (1 + vat_rate), 2)", "new_string": "line.price * line.count * (1 + vat_rate)"}, "The file invoices/totals.py has been updated.")
        text = open("invoices/totals.py", encoding="utf-8").read().replace("round(line.price * line.count * (1 + vat_rate), 2)", "line.price * line.count * (1 + vat_rate)")
        write("invoices/totals.py", text)
        tool("Bash", {"command": "python3 -m unittest -q"}, "FAILED (failures=1)\nAssertionError: 30.255 != Decimal('30.26')", failed=True)
        finish("The lines are not rounded any more.\n\n" + gate(True, "the rounding for each line is gone", "2 of 3 steps"), 0.34)
    else:
        tool("Write", {"file_path": "invoices/totals.py", "content": TOTALS}, "The file invoices/totals.py has been updated.")
        write("invoices/totals.py", TOTALS)
        write("tests/test_rounding.py", "import unittest\nfrom decimal import Decimal\n\nfrom invoices.line import Line\nfrom invoices.totals import total\n\n\nclass RoundingTests(unittest.TestCase):\n    def test_rounds_once(self):\n        lines = [Line(Decimal('8.405'), 3)]\n        self.assertEqual(total(lines, Decimal('0.2')), Decimal('30.26'))\n")
        tool("Bash", {"command": "python3 -m unittest -q"}, "Ran 3 tests in 0.001s\n\nOK")
        finish("Totals are decimals now and are rounded once. A test holds it.\n\n" + gate(True, "rounded once, with a test", "3 of 3 steps"), 0.28)


def limit(number, prompt):
    """Goes on for as long as it may."""
    heard(prompt)
    tool("Bash", {"command": f"echo step {number} >> steps.txt"}, "")
    with open("steps.txt", "a", encoding="utf-8") as file:
        file.write(f"step {number}\n")
    finish(f"Step {number} is made.\n\n" + gate(number >= 4, f"step {number} of 4", f"{number} of 4"), 0.11)


def permission(number, _):
    """Wants to run a command, and waits for the answer."""
    call = f"toolu_{uuid.uuid4().hex[:16]}"
    assistant({"type": "tool_use", "id": call, "name": "Bash", "input": {"command": "npm install left-pad", "description": "Get what is missing"}})
    out({"type": "control_request", "request_id": str(uuid.uuid4()), "request": {
        "subtype": "can_use_tool", "tool_name": "Bash", "display_name": "Bash", "tool_use_id": call,
        "input": {"command": "npm install left-pad", "description": "Get what is missing"}, "permission_suggestions": []}})
    answer = sys.stdin.readline()
    behaviour = json.loads(answer or "{}").get("response", {}).get("response", {}).get("behavior", "none")
    out({"type": "user", "session_id": SESSION, "message": {"role": "user", "content": [
        {"tool_use_id": call, "type": "tool_result", "content": "added 1 package", "is_error": behaviour != "allow"}]}})
    write("answer.txt", behaviour + "\n")
    finish(f"I was answered: {behaviour}.\n\n" + gate(True, "answered", "all"), 0.05)


def lines(number, prompt):
    """Prints as many lines as the plan says."""
    count = int(re.search(r"lines (\d+)", prompt).group(1))
    for begin in range(0, count, 500):
        say("\n".join(f"{index:06d} compiling module {index % 97} of the thing, with some words to read" for index in range(begin, min(begin + 500, count))))
    write("lines.txt", f"{count}\n")
    finish("All lines are printed.\n\n" + gate(True, "printed", "all"), 0.4)


def slow(_, prompt):
    """Works for a while and says something each second."""
    heard(prompt)
    for second in range(int((re.search(r"slow (\d+)", prompt) or [0, 60])[1])):
        say(f"Second {second}: still at it, now in module {second % 7}.")
        tool("Read", {"file_path": f"invoices/module_{second % 7}.py"}, "def f():\n    return 1", seconds=0.5)
        time.sleep(0.5)
    write("slow.txt", "done\n")
    finish("That took a while.\n\n" + gate(True, "waited", "all"), 0.3)


def stamps(_, prompt):
    """Says what time it is, as often and with such pauses in milliseconds as the plan says."""
    count, pause = map(int, re.search(r"stamps (\d+) (\d+)", prompt).groups())
    for index in range(count):
        say(f"Stamp {index} at {time.time() * 1000:.1f}.")
        time.sleep(pause / 1000)
    write("stamps.txt", "done\n")
    finish("That was it.\n\n" + gate(True, "told", "all"), 0.01)


def hostile(_, __):
    """Says what must not be believed: markup, escape sequences, characters that turn text around."""
    say("<img src=x onerror=alert(1)><script>alert(2)</script>\n\u001b[31mred\u001b[0m \u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007\n"
        "user\u202etxt.exe and zero\u200bwidth\nbell\u0007 null-ish \u0001 \u009b31m\njavascript:alert(3)")
    write("<b>bold.txt", "<script>alert(4)</script>\n\u202eabc\n")
    finish("Done. <b onclick=alert(5)>click</b>\n\n" + gate(True, "<i>hostile</i>", "all"), 0.01)


def part(_, prompt):
    """Writes one file, named by the word behind it in the plan."""
    name = re.search(r"part (\w+)", prompt).group(1)
    write(f"{name}.txt", f"{name}\n")
    finish(f"{name}.txt is written.\n\n" + gate(True, "written", "all"), 0.03)


def plain(prompt):
    """Acts as any program that speaks as people do: prints as many lines at once as the plan says."""
    count = int((re.search(r"burst (\d+)", prompt) or [0, 3])[1])
    warnings = int((re.search(r"warnings (\d+)", prompt) or [0, 0])[1])
    sys.stdout.write("".join(f"line number {index} of {count}\n" for index in range(1, count + 1)))
    sys.stdout.flush()
    sys.stderr.write("".join(f"warning number {index} of {warnings}\n" for index in range(1, warnings + 1)))
    write("burst.txt", f"{count}\n")
    print(gate(True, "printed", "all"))


def stuck(number, _):
    """Never changes anything."""
    tool("Bash", {"command": "make deploy"}, "make: *** No rule to make target 'deploy'.  Stop.", failed=True)
    finish("I could not find out how to go on.\n\n" + gate(False, "the target is missing", "0 of 2", ["the make target 'deploy' does not exist"]), 0.09)


SCENARIOS = {"fix": fix, "limit": limit, "permission": permission, "lines": lines, "slow": slow, "stamps": stamps, "hostile": hostile, "stuck": stuck,
             "part": part}


def main():
    if "--version" in sys.argv:
        print("2.1.330 (Claude Code)")
        return
    if "--plain" in sys.argv:
        plain(sys.stdin.read())
        return
    out({"type": "system", "subtype": "init", "cwd": ".", "session_id": SESSION, "tools": ["Bash", "Edit", "Write", "Read"], "mcp_servers": [],
         "model": "claude-opus-5-5", "permissionMode": "acceptEdits"})
    message = json.loads(sys.stdin.readline())["message"]["content"]
    prompt = message if isinstance(message, str) else "\n".join(part.get("text", "") for part in message)
    found = re.search(r"this is iteration (\d+)", prompt)
    number = int(found.group(1)) if found else 1
    name = next((word for word in re.findall(r"\w+", prompt.lower()) if word in SCENARIOS), "fix")
    SCENARIOS[name](number, prompt)


if __name__ == "__main__":
    main()
