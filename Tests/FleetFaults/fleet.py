#!/usr/bin/env python3
"""Servers and daemons under faults: a real server and two real daemons, killed and cut off at random.

Usage: fleet.py [--makima PATH] [--rounds N] [--tasks N] [--seed N] [--keep]

In each round something happens to the network between them (cut, silence, refusal, delay), or the server or a daemon is killed
with SIGKILL and started again. Then everything is left alone until all tasks are done, and held against what the agents wrote down:
every task ends once and done; no task had two agents at once; every iteration is counted once at the server; every line whose
writing an agent had seen end is in the store, once.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from proxy import Proxy  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Each iteration says ten lines; each is in `marks` when its writing has ended. The second iteration is ready.
AGENT = r"""#!/bin/bash
marks=%(marks)s/$(sed -n 's/^Task \([a-z0-9-]*\)\.$/\1/p' <(cat) | head -n 1)
exec 9>>"$marks.lock"
flock --nonblock 9 || { echo "two agents" >>"$marks.double"; }
echo "begin $$ $(date +%%s%%N)" >>"$marks.runs"
for number in 1 2 3 4 5 6 7 8 9 10; do
    line="line $(cat /proc/sys/kernel/random/uuid)"
    echo "$line" && echo "$line" >>"$marks.lines"
    sleep 0.2
done
if [ -e half ]; then
    echo whole >whole
    printf '<COMPLETION_GATE>\nready: true\nreason: "whole"\nblockers: []\n</COMPLETION_GATE>\n'
else
    echo half >half
    printf '<COMPLETION_GATE>\nready: false\nreason: "half"\nblockers: ["more"]\n</COMPLETION_GATE>\n'
fi
echo "end $$ $(date +%%s%%N)" >>"$marks.runs"
"""


class Failure(Exception):
    pass


def require(condition, message):
    if not condition:
        raise Failure(message)


class Place:
    def __init__(self, root, makima):
        self.root, self.makima = pathlib.Path(root), makima
        self.marks, self.repository = self.root / "marks", self.root / "repository"
        for name in ("marks", "repository", "home", "tmp"):
            (self.root / name).mkdir()
        agent = self.root / "agent.sh"
        agent.write_text(AGENT % {"marks": self.marks})
        agent.chmod(0o755)
        for words in (["init", "--quiet", "--initial-branch=main"], ["commit", "--quiet", "--allow-empty", "--message", "Begin"]):
            subprocess.run(["git", *words], cwd=self.repository, env=self.environment("git"), check=True)
        self.processes, self.logs = {}, {}

    def environment(self, who):
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": f"{self.root}/home", "LANG": "C.UTF-8", "TMPDIR": f"{self.root}/tmp",
            "MAKIMA_STATE_DIR": f"{self.root}/{who}", "XDG_CONFIG_HOME": f"{self.root}/config", "MAKIMA_DISK_RESERVE_MIB": "0",
            "MAKIMA_AUTONOMOUS_LOOP_NO_CHANGE_THRESHOLD": "50", "MAKIMA_AUTONOMOUS_LOOP_ORPHAN_TIMEOUT": "20s",
            "MAKIMA_SANDBOX_MODE": "off", "MAKIMA_AGENT": "double", "MAKIMA_AGENTS_DOUBLE_KIND": "command",
            "MAKIMA_AGENTS_DOUBLE_COMMAND": f"{self.root}/agent.sh", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@localhost", "GIT_COMMITTER_NAME": "Test",
            "GIT_COMMITTER_EMAIL": "test@localhost", "SWIFT_BACKTRACE": "enable=no",
        }

    def run(self, *words, **variables):
        done = subprocess.run([self.makima, *words], cwd=self.repository, env={**self.environment("server"), **variables},
                              capture_output=True, text=True, timeout=60)
        require(done.returncode == 0, f"'{' '.join(words)}' ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout

    def start(self, who, *words):
        log = self.logs.setdefault(who, (self.root / f"{who}.log").open("ab"))
        self.processes[who] = subprocess.Popen([self.makima, *words], cwd=self.repository, env=self.environment(who), stdout=log,
                                               stderr=log, stdin=subprocess.DEVNULL)

    def kill(self, who, how=signal.SIGKILL):
        process = self.processes[who]
        process.send_signal(how)
        process.wait(timeout=60)

    def log(self, who):
        return (self.root / f"{who}.log").read_text(errors="replace")


class Fleet:
    """A server on one port for ever, and daemons that reach it through a proxy each."""

    def __init__(self, place, names):
        self.place, self.names = place, names
        self.port = free_port()
        self.proxies = {name: Proxy(("127.0.0.1", self.port)) for name in names}
        self.start_server()
        self.token = (place.root / "server/server-token").read_text().strip()
        for name in names:
            file = place.root / f"{name}.token"
            file.write_text(place.run("token", "--daemon", name))
            file.chmod(0o600)
            self.start_daemon(name)

    def start_server(self):
        # It answers to its own names only.
        names = [word for proxy in self.proxies.values() for word in ("--server-name", f"127.0.0.1:{proxy.port}")]
        self.place.start("server", "server", "--port", str(self.port), "--lease", "6s", "--grace", "20s", "--most-load", "1000",
                         *names)
        self.await_server()

    def await_server(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise Failure(f"the server does not come up: {self.place.log('server')[-2000:]}")

    def start_daemon(self, name):
        self.place.start(name, "daemon", "--server", f"http://127.0.0.1:{self.proxies[name].port}", "--token-file",
                         f"{self.place.root}/{name}.token", "--id", name, "--slots", "3", "--repo-path", str(self.place.repository))

    def ask(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/{path}",
                                         headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def pages(self, path, key):
        after, all_of_them = None, []
        while True:
            page = self.ask(path + ("&" if "?" in path else "?") + "limit=200" + (f"&after={after}" if after is not None else ""))
            all_of_them += page[key]
            after = page.get("next")
            if after is None:
                return all_of_them

    def tasks(self):
        return self.pages("tasks", "tasks")

    def fault(self, chance):
        """Brings something about; returns what."""
        name = chance.choice(self.names)
        proxy = self.proxies[name]
        what = chance.choice(["cut", "cut", "hold", "refuse", "slow", "kill daemon", "kill daemon", "kill server", "long absence"])
        if what == "cut":
            proxy.cut()
        elif what == "hold":
            proxy.hold(chance.uniform(0.5, 9))
        elif what == "refuse":
            proxy.refuse(chance.uniform(0.5, 5))
        elif what == "slow":
            proxy.slow(chance.choice([0, 0.005, 0.05]))
        elif what == "kill daemon":
            self.place.kill(name)
            time.sleep(chance.uniform(0, 2))
            self.start_daemon(name)
        elif what == "kill server":
            self.place.kill("server")
            time.sleep(chance.uniform(0, 2))
            self.start_server()
        else:
            # Its lease and grace run out: what it has is given to the other one.
            proxy.refuse(chance.uniform(27, 32))
        return f"{what} {name if 'server' not in what else ''}".strip()

    def quiet(self):
        for proxy in self.proxies.values():
            proxy.slow(0)
            proxy.open_after = proxy.silent_until = 0

    def end(self):
        for who in (*self.names, "server"):
            if (process := self.place.processes.get(who)) and process.poll() is None:
                self.place.kill(who, signal.SIGINT)
        for proxy in self.proxies.values():
            proxy.close()


def free_port():
    import socket
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def plans(count):
    """Every third task waits for the one before."""
    sections = []
    for number in range(count):
        after = f"after: t{number - 1}\n" if number % 3 == 2 else ""
        sections.append(f"# t{number}\ncheck: test -e whole\nmax-iterations: 40\n{after}\nTask t{number}.\n")
    return "\n".join(sections)


def check(fleet, place):
    tasks = fleet.tasks()
    counted = collections.Counter(task["status"] for task in tasks)
    require(set(counted) == {"done"}, f"not all are done: {dict(counted)}")
    lines = iterations = attempts = 0
    for task in tasks:
        name, identity = task["taskName"], task["taskId"]
        marks = place.marks / name
        require(not marks.with_suffix(".double").exists(), f"{name} had two agents at once")
        events = fleet.pages(f"tasks/{identity}/events", "events")
        ends = [event for event in events if event["kind"] == "status" and event["body"].get("status") == "done"]
        require(len(ends) == 1, f"{name} is done {len(ends)} times")
        check_iterations(fleet, task)
        lines += check_lines(name, identity, events, marks)
        iterations += task["iterations"]
        attempts += task["attempt"]
    for task in tasks:
        kept = subprocess.run(["git", "cat-file", "-e", f"{task['branch']}:whole"], cwd=place.repository, capture_output=True)
        require(kept.returncode == 0, f"{task['taskName']}: its branch '{task['branch']}' lacks the work")
    branches = subprocess.run(["git", "branch", "--list", "makima/*"], cwd=place.repository, capture_output=True, text=True).stdout
    # Both daemons work on the same repository: what an attempt that was given up had published stays.
    require(len(tasks) <= len(branches.split()) <= attempts, f"{len(branches.split())} branches of {attempts} attempts")
    return f"{len(tasks)} tasks done in {attempts} attempts and {iterations} iterations, {lines} lines kept"


def check_iterations(fleet, task):
    kept = fleet.ask(f"tasks/{task['taskId']}/iterations")["iterations"]
    keys = [(entry["attempt"], entry["number"], entry.get("tryNumber", 1)) for entry in kept]
    require(len(keys) == len(set(keys)), f"{task['taskName']}: an iteration is there twice: {keys}")
    last = [key for key in keys if key[0] == task["attempt"]]
    require(last and max(key[1] for key in last) == task["iterations"],
            f"{task['taskName']}: {task['iterations']} iterations are counted, and kept are {keys}")


def check_lines(name, identity, events, marks):
    """Of an attempt that was lost with its daemon, what came after its end is refused, and recorded as such."""
    kept = collections.Counter()
    pieces = collections.defaultdict(list)
    for event in events:
        body = event["body"]
        if event["kind"] == "output" and body.get("stream", "stdout") == "stdout":
            key = (event["attempt"], body["iteration"], body.get("tryNumber", 1))
            pieces[key].append((body["offset"], body["byteCount"], body["text"]))
    for key, parts in pieces.items():
        end = 0
        for offset, size, _ in parts:
            require(offset == end, f"{name}: the output of {key} has a gap or a repetition at {offset}, not {end}")
            end = offset + size
        kept.update(re.findall(r"line [0-9a-f-]{36}", "".join(text for _, _, text in parts)))
    doubled = [line for line, count in kept.items() if count > 1]
    require(not doubled, f"{name}: {len(doubled)} lines are there twice")
    written = marks.with_suffix(".lines").read_text().split("\n")[:-1]
    missing = [line for line in written if line not in kept]
    # Only attempts that were closed as lost may lack what came after.
    lost = {event["attempt"] for event in events} | set()
    require(not missing or len(lost) > 1, f"{name}: {len(missing)} lines are lost, as '{missing[0] if missing else ''}'")
    return len(kept)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--makima", default=str(ROOT / ".build/debug/makima"))
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--tasks", type=int, default=9)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--patience", type=int, default=240)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    root = tempfile.mkdtemp(prefix="makima-fleet.")
    place = Place(root, options.makima)
    fleet = None
    status = 1
    try:
        fleet = Fleet(place, ["anna", "berta"])
        (place.root / "plan.md").write_text(plans(options.tasks))
        place.run("add", str(place.root / "plan.md"))
        begun = time.monotonic()
        for number in range(1, options.rounds + 1):
            time.sleep(chance.uniform(0.3, 3))
            print(f"{time.monotonic() - begun:6.1f} s  round {number}: {fleet.fault(chance)}", flush=True)
        fleet.quiet()
        end = time.monotonic() + options.patience
        while any(task["status"] != "done" for task in fleet.tasks()):
            if time.monotonic() > end:
                states = {task["taskName"]: (task["status"], task["attempt"], task.get("daemonId")) for task in fleet.tasks()}
                raise Failure(f"not done within {options.patience} s: {states}")
            time.sleep(0.5)
        # What is still on its way is reported.
        time.sleep(2)
        print(f"{time.monotonic() - begun:6.1f} s  {check(fleet, place)}; seed {options.seed}")
        status = 0
    except Failure as failure:
        print(f"VIOLATED: {failure} (seed {options.seed}, see {root})")
        for who in place.logs:
            print(f"--- {who}\n{place.log(who)[-1500:]}")
    finally:
        if fleet:
            fleet.end()
        for log in place.logs.values():
            log.close()
        if status == 0 and not options.keep:
            shutil.rmtree(root, ignore_errors=True)
    sys.exit(status)


main()
