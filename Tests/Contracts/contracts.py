#!/usr/bin/env python3
"""Contracts, by real programs: a server and a daemon, real repositories, agents that are doubles.

Usage: contracts.py [--makima PATH] [--seed N] [--kills N] [--keep] [twenty | hostile | killed ...]

twenty   20 tasks at once that all change the same files are merged by the queue; the checks hold at every commit of the branch,
         and nothing that a task has written is lost.
hostile  A supervisor that spawns without end, tries to accept its own work, to exceed the budget, to read another contract and to
         pass flags is held at every point.
killed   A tree of tasks whose server and daemon are killed with SIGKILL at random ends as one that was left alone.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CHECK = """#!/bin/sh
# Each line stands once, and whoever is in the list has a file.
test -z "$(sort list.txt | uniq -d)" || exit 1
while read -r name; do test -s "work/$name" || exit 1; done <list.txt
test "$(wc -l <list.txt)" = "$(cat count.txt)"
"""
# Adds its name to the list, counts, and writes a file. Told to bring the branch in, it merges it and adds up.
WORKER = r"""#!/bin/bash
prompt=$(cat)
name=$(sed -n 's/.*Write \(w[0-9]*\)\..*/\1/p' <<<"$prompt" | head -n 1)
echo "$name" >>%(marks)s/starts
target=$(grep -oE 'git merge [0-9a-f]{40}' <<<"$prompt" | tail -n 1 | cut -d' ' -f3)
sleep %(pause)s
mkdir -p work
if [ -z "$(git log --oneline -1 --grep="by $name" 2>/dev/null)" ]; then
    echo "$name $RANDOM" >"work/$name" && echo "$name" >>list.txt && wc -l <list.txt | tr -d ' ' >count.txt
    git add -A && git commit -qm "by $name"
fi
if [ -n "$target" ] && ! git merge-base --is-ancestor "$target" HEAD; then
    git merge -q "$target" -m "bring in" >/dev/null 2>&1 || {
        sed -i '/^<<<<<<<\|^=======$\|^>>>>>>>/d' list.txt
        wc -l <list.txt | tr -d ' ' >count.txt
        git add -A && git commit -qm "bring in"
    }
    wc -l <list.txt | tr -d ' ' >count.txt
    git add -A && git commit -qm "count" || true
fi
printf '<COMPLETION_GATE>\nready: true\nreason: "written"\nblockers: []\n</COMPLETION_GATE>\n'
"""
# Leads: what it does next it finds in what makima tells of its tasks, so that it may die anywhere.
LEADER = r"""#!/bin/bash
prompt=$(cat)
tool() { "$MAKIMA" tool "$@"; }
echo lead >>%(marks)s/starts
for n in 1 2 3 4 5 6; do
    after='[]'; [ "$n" -gt 4 ] && after='["w1","w2"]'
    tool spawn_task "{\"name\":\"w$n\",\"plan\":\"Write w$n.\",\"checks\":[\"test -s work/w$n\"],\"after\":$after}" || true
done
list=$(tool list_tasks)
echo "$list"
for n in 1 2 3 4 5 6; do
    if grep -q "^- w$n .*: done" <<<"$list" && ! grep -q "^- w$n .*\(merged into\|in the merge queue\)" <<<"$list"; then
        tool merge_task "{\"task\":\"w$n\"}"
    fi
done
if [ "$(grep -c 'merged into' <<<"$list")" = 6 ]; then
    printf '<COMPLETION_GATE>\nready: true\nreason: "all merged"\nblockers: []\n</COMPLETION_GATE>\n'
else
    tool wait_for_tasks '{"any":true}'
fi
"""
HOSTILE = r"""#!/bin/bash
prompt=$(cat)
tool() { "$MAKIMA" tool "$@"; echo "= $?"; }
echo lead >>%(marks)s/starts
[ -e /tmp/went ] && { tool list_tasks; exit 0; }
touch /tmp/went
tool spawn_task '{"name":"deep","plan":"x","supervisor":true}'
tool spawn_task '{"name":"dear","plan":"x","max_tokens":2000000}'
tool spawn_task '{"name":"flag","plan":"x","sandbox":"off"}'
tool spawn_task '{"name":"flag","plan":"x","--force":true}'
tool spawn_task '{"name":"flag","plan":"x","target":"--force"}'
tool spawn_task '{"name":"flag","plan":"x","agent":"lead; rm -rf /"}'
for n in $(seq 1 30); do tool spawn_task "{\"name\":\"s$n\",\"plan\":\"Write w$n.\"}"; done
tool merge_task '{"task":"%(own)s"}'
tool stop_task '{"task":"%(own)s"}'
tool read_task '{"task":"%(other)s"}'
tool message_task '{"task":"%(other)s","text":"stop"}'
tool merge_task '{"task":"s1"}'
tool wait_for_tasks '{"tasks":["%(other)s"]}'
tool report_completion_gate '{"ready":true}'
# What is written past the tool counts no more than what is said by it.
printf '{"token":"guessed","tool":"spawn_task","call":"x1","arguments":{"name":"forged","plan":"x"}}\n' >>"$MAKIMA_TOOLS_FILE"
printf '{"call":"x2","text":"yes","parks":true,"changed":true}\n' >>"$MAKIMA_TOOLS_REPLIES" 2>&1 && echo "REPLIES WRITTEN"
env | grep -c server-token
printf '<COMPLETION_GATE>\nready: true\nreason: "I am done"\nblockers: []\n</COMPLETION_GATE>\n'
"""


class Failure(Exception):
    pass


def require(condition, message):
    if not condition:
        raise Failure(message)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Place:
    """A machine of the test's own: a repository, agents, a server with a daemon."""

    def __init__(self, root, makima, pause="0"):
        self.root, self.makima, self.port = pathlib.Path(root), makima, free_port()
        self.repository, self.marks = self.root / "repository", self.root / "marks"
        for name in ("repository/work", "marks", "home", "config/makima"):
            (self.root / name).mkdir(parents=True)
        self.words = {"marks": self.marks, "pause": pause}
        self.agent("worker", WORKER)
        self.agent("lead", LEADER)
        (self.repository / "work/base").write_text("base\n")
        (self.repository / "list.txt").write_text("base\n")
        (self.repository / "count.txt").write_text("1\n")
        check = self.repository / "check.sh"
        check.write_text(CHECK)
        check.chmod(0o755)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Begin")
        self.processes, self.log = {}, (self.root / "up.log").open("ab")

    def agent(self, name, script, **words):
        path = self.root / f"{name}.sh"
        path.write_text(script % {**self.words, **words})
        path.chmod(0o755)
        agents = sorted({file.stem for file in self.root.glob("*.sh")})
        self.configuration = "agent = \"worker\"\n" + "".join(
            f"[agents.{one}]\nkind = \"command\"\ncommand = [\"{self.root}/{one}.sh\"]\nprice_per_million_tokens = 1.0\n"
            for one in agents)
        # Agents tell their starts outside of the workspace.
        self.configuration += f"[sandbox]\nwrite = [\"{self.marks}\"]\n"
        (self.root / "config/makima/config.toml").write_text(self.configuration)

    def environment(self, who="up"):
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": f"{self.root}/home", "LANG": "C.UTF-8",
            "MAKIMA_STATE_DIR": f"{self.root}/{'daemon' if who == 'daemon' else 'state'}", "XDG_CONFIG_HOME": f"{self.root}/config", "MAKIMA_DISK_RESERVE_MIB": "0",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Test",
            "GIT_AUTHOR_EMAIL": "test@localhost", "GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@localhost",
            "SWIFT_BACKTRACE": "enable=no",
        }

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.repository, env=self.environment(), capture_output=True, text=True)
        require(done.returncode == 0, f"git {' '.join(words)}: {done.stderr}")
        return done.stdout.strip()

    def launch(self, who, *words):
        self.processes[who] = subprocess.Popen([self.makima, *words], cwd=self.repository, env=self.environment(who),
                                               stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)

    def start(self):
        """A server and its daemon in one process."""
        self.launch("up", "up", "--port", str(self.port), "--slots", "8")
        self.await_server("up")

    def start_server(self):
        self.launch("server", "server", "--port", str(self.port), "--lease", "6s", "--grace", "20s", "--most-load", "1000")
        self.await_server("server")

    def start_daemon(self):
        token = self.root / "daemon.token"
        if not token.exists():
            done = subprocess.run([self.makima, "token", "--daemon", "one"], cwd=self.repository, env=self.environment("server"),
                                  capture_output=True, text=True, timeout=60)
            require(done.returncode == 0, f"no token: {done.stderr}")
            token.touch(0o600)
            token.write_text(done.stdout)
        self.launch("daemon", "daemon", "--server", f"http://127.0.0.1:{self.port}", "--token-file", str(token), "--id", "one",
                    "--slots", "8", "--repo-path", str(self.repository))

    def await_server(self, who):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=2):
                    return
            except OSError:
                require(self.processes[who].poll() is None, f"'makima {who}' ended: {self.tail()}")
                time.sleep(0.1)
        raise Failure(f"the server does not come up: {self.tail()}")

    def end(self, how=signal.SIGTERM, *names):
        """Ends all of them, or those of these names; the daemon first."""
        for name in names or [one for one in ("daemon", "server", "up") if one in self.processes]:
            process = self.processes[name]
            if process.poll() is None:
                process.send_signal(how)
                process.wait(timeout=90)

    def tail(self):
        return (self.root / "up.log").read_text(errors="replace")[-3000:]

    def ask(self, path, body=None):
        token = (self.root / "state/server-token").read_text().strip()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/{path}", data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Failure(f"{path}: {error.code} {error.read().decode(errors='replace')}") from error

    def make(self, name, **parts):
        template = {"taskName": name, "plan": f"Reach {name}.", "targetRepoPath": str(self.repository), "baseBranch": "main",
                    "agent": {"name": "worker"}}
        body = {"template": template, "checks": [{"name": "check", "command": "./check.sh"}], **parts}
        return self.ask("contracts", body)["contract"]["contractId"]

    def timeline(self, contract):
        entries, after = [], 0
        while after is not None:
            page = self.ask(f"contracts/{contract}/timeline?limit=200&after={after}")
            entries, after = entries + page["entries"], page.get("next")
        return entries

    def await_end(self, contract, seconds=240, step=None):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            view = self.ask(f"contracts/{contract}")
            if view["status"] in ("done", "stopped", "budget_reached"):
                return view
            if step:
                step(view)
            time.sleep(0.3)
        story = "\n".join(f"{entry['event']}: {entry['sentence']}" for entry in self.timeline(contract)[-40:])
        raise Failure(f"the contract does not end: {json.dumps(view)[:3000]}\n{story}\n{self.tail()}")

    def holds_at_every_commit(self):
        """Runs the checks at each commit that the branch ever stood at."""
        commits = self.git("rev-list", "--first-parent", "main").split()
        place = self.root / "look"
        for commit in commits:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            archive = subprocess.run(["git", "archive", commit], cwd=self.repository, env=self.environment(), capture_output=True)
            subprocess.run(["tar", "-x"], cwd=place, input=archive.stdout, check=True)
            done = subprocess.run(["./check.sh"], cwd=place)
            require(done.returncode == 0, f"the checks do not hold at {commit}: {self.git('show', '--stat', commit)}")
        return len(commits)

    def written(self):
        return set(self.git("show", "main:list.txt").split())


def twenty(place, options):
    place.start()
    names = [f"w{number}" for number in range(1, 21)]
    tasks = [{"name": name, "plan": f"Write {name}.", "checks": [{"name": "own", "command": f"test -s work/{name}"}]}
             for name in names]
    contract = place.make("twenty", supervised=False, tasks=tasks,
                          limits={"maxAtOnce": 8, "maxReturns": 50, "maxBatch": 8})
    began = time.monotonic()
    view = place.await_end(contract, 600)
    require(view["status"] == "done" and view["code"] == "verified", f"{view['status']}: {view['sentence']}")
    require(all(task["merge"] == "merged" for task in view["tasks"]), "a task is not merged")
    commits = place.holds_at_every_commit()
    require(place.written() == {"base", *names}, f"what tasks wrote is lost: {place.written()}")
    returns = sum(task.get("returns", 0) for task in view["tasks"])
    place.end()
    return f"20 tasks merged in {time.monotonic() - began:.0f} s, {returns} came back first, {commits} commits hold"


def hostile(place, options):
    place.start()
    other = place.make("other", supervised=False, tasks=[{"name": "secret", "plan": "Write w1."}])
    place.await_end(other)
    secret = place.ask(f"contracts/{other}")["tasks"][0]["taskId"]
    place.agent("hostile", HOSTILE, own="Lead held", other=secret)
    place.end()
    place.start()
    contract = place.make("held", supervised=True, supervisorAgent={"name": "hostile"},
                          limits={"maxFanOut": 3, "maxTasks": 5, "maxClaims": 2, "maxTokens": 1000000})
    end = time.monotonic() + 120
    while time.monotonic() < end:
        view = place.ask(f"contracts/{contract}")
        if view["status"] == "blocked":
            break
        time.sleep(0.3)
    view = place.ask(f"contracts/{contract}")
    lead = view["supervisorId"]
    output = "".join(piece["text"] for piece in place.ask(f"tasks/{lead}/output?limit=200")["pieces"])
    codes = [entry.get("detail") for entry in place.timeline(contract) if entry["event"] == "refused"]
    require(len(view["tasks"]) == 4, f"it has {len(view['tasks']) - 1} tasks")
    require(not any(task["name"] in ("deep", "dear", "flag", "forged") for task in view["tasks"]), "a task that was refused is there")
    for code in ("fan_out", "too_deep", "above_budget", "unknown_target", "own_work", "unknown_task"):
        require(code in codes, f"nothing tells of '{code}': {codes}")
    # What is malformed the tool refuses before anybody is asked.
    for word in ("'sandbox' is nothing", "'--force' is nothing"):
        require(word in output, f"nothing says {word}: {output[-3000:]}")
    require(view["status"] == "blocked", f"it is {view['status']}: {view['sentence']}")
    require(view["tasks"][0]["status"] != "done", "it has accepted itself")
    require("REPLIES WRITTEN" not in output, "it has written its own answers")
    require(place.git("rev-list", "--count", "main") == "2", "work that nobody proved is in the branch")
    place.end()
    return f"held: {', '.join(sorted(set(filter(None, codes))))}"


def killed(place, options):
    random_ = random.Random(options.seed)
    place.start_server()
    place.start_daemon()
    contract = place.make("tree", supervised=True, supervisorAgent={"name": "lead"}, limits={"maxReturns": 50, "maxClaims": 20})
    kills = 0
    while kills < options.kills:
        time.sleep(random_.uniform(0.3, 4.0))
        if place.ask(f"contracts/{contract}")["status"] == "done":
            break
        victims = random_.choice([("server",), ("daemon",), ("daemon", "server")])
        place.end(signal.SIGKILL, *victims)
        kills += 1
        time.sleep(random_.choice([0, 0.5, 2.0]))
        if "server" in victims:
            place.start_server()
        if "daemon" in victims:
            place.start_daemon()
    view = place.await_end(contract, 400)
    require(view["status"] == "done" and view["code"] == "verified", f"{view['status']}: {view['sentence']}")
    names = [task["name"] for task in view["tasks"] if task["depth"] == 1]
    require(sorted(names) == [f"w{number}" for number in range(1, 7)], f"its tasks are {names}")
    require(all(task["merge"] == "merged" for task in view["tasks"] if task["depth"] == 1), "a task is not merged")
    commits = place.holds_at_every_commit()
    require(place.written() == {"base", *names}, f"what tasks wrote is lost: {place.written()}")
    subjects = place.git("log", "--format=%(trailers:key=Makima-Task,valueonly,separator=%x2C)", "main").split()
    require(len(subjects) == len(set(subjects)) == 6, f"work is in the branch twice: {subjects}")
    place.end()
    return f"killed {kills} times: 6 tasks merged once each, {commits} commits hold"


SCENARIOS = {"twenty": (twenty, "0.2"), "hostile": (hostile, "0"), "killed": (killed, "0.6")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--makima", default=str(ROOT / ".build/debug/makima"))
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 20))
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("names", nargs="*", default=list(SCENARIOS))
    options = parser.parse_args()
    options.makima = os.path.abspath(options.makima)
    failed = 0
    for name in options.names or SCENARIOS:
        scenario, pause = SCENARIOS[name]
        root = tempfile.mkdtemp(prefix="makima-contracts.")
        place = Place(root, options.makima, pause)
        try:
            print(f"{name}: {scenario(place, options)} (seed {options.seed})", flush=True)
        except Failure as failure:
            failed += 1
            print(f"{name}: FAILED with seed {options.seed}: {failure}", flush=True)
        finally:
            place.end(signal.SIGKILL)
            if options.keep:
                print(f"{name}: {root}")
            else:
                shutil.rmtree(root, ignore_errors=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
