"""A makima of its own for one fault: a repository, a state directory, settings, and an agent that is a shell script."""

import json
import os
import pathlib
import signal
import subprocess
import time
from dataclasses import dataclass

GATE = "printf '<COMPLETION_GATE>\\nready: true\\nreason: \"done\"\\n</COMPLETION_GATE>\\n'"

# `marks` is ignored by git: it tells who worked when, and is no part of the work.
# A line counts as printed when the mark after it is written.
PREAMBLE = """#!/bin/bash
id=$(cat /proc/sys/kernel/random/uuid)
say() { echo "line $id $1"; echo "said $id $1" >>marks; }
gate() { %s; }
echo "begin $id $MAKIMA_ITERATION" >>marks
say begin
""" % GATE

# Makes one half of the work in each iteration; says that it is ready too early. What is there already is not made again;
# a shell that is stopped in its 'echo' may have written the line's end alone.
STANDARD = """
for beat in 1 2 3; do sleep 0.03; say "$beat"; done
if grep -qx half half 2>/dev/null; then echo whole >whole; else echo half >half; fi
say end
gate
echo "end $id" >>marks
"""
STANDARD_FILES = {".gitignore": "marks\n", "README.md": "hello\n", "half": "half\n", "whole": "whole\n"}
STANDARD_CHECK = "test -e whole"


class Violation(Exception):
    """What was promised did not hold."""


@dataclass
class Answer:
    """How a call of makima ended, and what it printed."""

    status: int
    output: str
    errors: str

    @property
    def task(self):
        """The task of the last line of `--json`."""
        lines = self.output.strip().splitlines()
        return (json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}).get("task") or {}

    def __str__(self):
        return f"exit {self.status}: {(self.errors.strip() or self.output.strip())[-300:]}"


class Place:
    """Everything is below `root`; what belongs to it is known by that path."""

    def __init__(self, root, makima):
        self.root, self.makima_path = pathlib.Path(root), makima
        self.repository, self.state = self.root / "repository", self.root / "state"
        for name in ("repository", "home", "tmp", "agent"):
            (self.root / name).mkdir(parents=True)
        self.variables, self.wrapper = {}, []
        for name in (".gitignore", "README.md"):
            (self.repository / name).write_text(STANDARD_FILES[name])
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Begin")
        self.head = self.git("rev-parse", "HEAD")
        self.agent(STANDARD)

    @property
    def environment(self):
        own = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": f"{self.root}/home", "LANG": "C.UTF-8",
            "TMPDIR": f"{self.root}/tmp", "MAKIMA_STATE_DIR": str(self.state),
            "XDG_CONFIG_HOME": f"{self.root}/config", "MAKIMA_DISK_RESERVE_MIB": "0",
            "MAKIMA_AUTONOMOUS_LOOP_NO_CHANGE_THRESHOLD": "50", "MAKIMA_AUTONOMOUS_LOOP_ORPHAN_TIMEOUT": "20s",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Test",
            "GIT_AUTHOR_EMAIL": "test@localhost", "GIT_COMMITTER_NAME": "Test",
            "GIT_COMMITTER_EMAIL": "test@localhost", "SWIFT_BACKTRACE": "enable=no",
            "MAKIMA_AGENT": "double", "MAKIMA_AGENTS_DOUBLE_KIND": "command",
            "MAKIMA_AGENTS_DOUBLE_COMMAND": f"{self.root}/agent/agent.sh",
        }
        return {**own, **self.variables}

    def agent(self, script):
        """Writes the agent: no intelligence, a double."""
        self.program(self.root / "agent/agent.sh", PREAMBLE + script)

    @staticmethod
    def program(path, text):
        """Writes a program, by another process: what a thread has open for writing, the children of others cannot start."""
        subprocess.run(["install", "-m", "755", "/dev/stdin", path], input=text, text=True, check=True)

    def start(self, *arguments, **variables):
        """Starts makima beside the test."""
        return subprocess.Popen(
            [*self.wrapper, self.makima_path, *arguments], cwd=self.repository, stdin=subprocess.DEVNULL,
            env={**self.environment, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace")

    @staticmethod
    def answer(process, timeout=120):
        """Waits for the end of what `start` started; a signal is a negative status."""
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Violation(f"makima did not end within {timeout} s: {' '.join(process.args[1:])}") from None
        return Answer(process.returncode, output, errors)

    def makima(self, *arguments, timeout=120, **variables):
        return self.answer(self.start(*arguments, **variables), timeout)

    def run(self, *options, **variables):
        """Runs the standard task to its stop."""
        return self.makima(*self.order(*options), **variables)

    @staticmethod
    def order(*options):
        return ("run", "work", "--check", STANDARD_CHECK, "--json", *options)

    def git(self, *arguments, check=True, input=None):
        done = subprocess.run(["git", *arguments], cwd=self.repository, env=self.environment, capture_output=True,
                              text=True, errors="replace", input=input)
        if check and done.returncode:
            raise Violation(f"git {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def shown(self, name="work"):
        """What `show` says of a task; nothing where there is no such task."""
        answer = self.makima("show", name, "--json")
        return json.loads(answer.output) if answer.status == 0 else {}

    @property
    def task_directory(self):
        """The directory of the only task; None where there is none."""
        tasks = self.state / "tasks"
        found = sorted(tasks.iterdir()) if tasks.is_dir() else []
        return found[0] if found else None

    @property
    def marks(self):
        path = self.task_directory and self.task_directory / "tree/marks"
        return path.read_text().splitlines() if path and path.exists() else []

    def processes(self):
        """What runs that belongs here, as `pid command`."""
        return [f"{pid} {command}" for pid, command in _belonging_to(str(self.root))]

    def await_mark(self, text, timeout=30):
        """Waits until the agent has written a mark that contains `text`."""
        self.until(lambda: any(text in mark for mark in self.marks), f"mark '{text}'", timeout)

    def agents(self):
        """The processes of the agent's script."""
        script = f"{self.root}/agent/agent.sh"
        return [pid for pid, command in _belonging_to(str(self.root))
                if command.split()[:1] == ["/bin/bash"] and script in command]

    @staticmethod
    def until(condition, what, timeout=30, pause=0.005):
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise Violation(f"waited {timeout} s in vain for: {what}")
            time.sleep(pause)

    def end_everything(self):
        """Leaves nothing running, whatever happened; only what belongs to this place is ended."""
        for _ in range(50):
            left = _belonging_to(str(self.root))
            for pid, _command in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if not left:
                return
            time.sleep(0.02)


def _belonging_to(root):
    """Processes, zombies apart, whose environment, arguments, directory or mounts lie below `root`."""
    found = []
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        if pid == os.getpid():
            continue
        text = b""
        for name in ("cmdline", "environ", "mountinfo"):
            try:
                text += pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
            except OSError:
                pass
        try:
            text += os.readlink(f"/proc/{pid}/cwd").encode()
        except OSError:
            pass
        if root.encode() + b"/" in text and not _is_zombie(pid):
            found.append((pid, _command(pid)))
    return found


def _command(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def _is_zombie(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX"
    except (OSError, IndexError):
        return True


def parent(pid):
    """The parent of a process."""
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
