"""Two daemons on one contract: each has a part of the work, and one of them dies for good."""

import signal
import subprocess
import time

from place import Failure, Place, require

# What was written is what its writer said: a large file for each name.
CHECK_TWO = """#!/bin/sh
for name in $(cat names/* 2>/dev/null); do
    test "$(cksum <"work/$name")" = "$(cat "sums/$name")" || exit 1
done
"""
WORKER_TWO = r"""#!/bin/bash
name=$(sed -n 's/.*Write \(w[0-9]*\)\..*/\1/p' <(cat) | head -n 1)
echo "$name" >>%(marks)s/starts
# All work at once, so that each daemon has as many as it has slots.
touch "%(marks)s/began-$name"
while [ "$(ls %(marks)s | grep -c '^began-')" -lt 4 ]; do sleep 0.1; done
if [ "$name" = w4 ]; then while [ -e %(marks)s/hold ]; do sleep 0.1; done; fi
mkdir -p work sums names
head -c 2000000 /dev/urandom >"work/$name" && cksum <"work/$name" >"sums/$name" && echo "$name" >"names/$name"
printf '<COMPLETION_GATE>\nready: true\nreason: "written"\nblockers: []\n</COMPLETION_GATE>\n'
"""
# Waits for all of its tasks, then for its daemon to be killed, where it is to be killed at work; then has all merged.
LEADER_TWO = r"""#!/bin/bash
prompt=$(cat)
tool() { "$MAKIMA" tool "$@"; }
echo lead >>%(marks)s/starts
for n in 1 2 3 4; do
    tool spawn_task "{\"name\":\"w$n\",\"plan\":\"Write w$n.\",\"checks\":[\"test -s work/w$n\"]}" || true
done
list=$(tool list_tasks)
echo "$list"
if [ "$(grep -c '^- w[1-4] .*: done' <<<"$list")" != 4 ]; then
    tool wait_for_tasks '{}'
    exit 0
fi
touch %(marks)s/written
while [ -e %(marks)s/alive ]; do sleep 0.1; done
for n in 1 2 3 4; do
    grep -q "^- w$n .*\(merged into\|in the merge queue\)" <<<"$list" || tool merge_task "{\"task\":\"w$n\"}"
done
if [ "$(grep -c 'merged into' <<<"$list")" = 4 ]; then
    printf '<COMPLETION_GATE>\nready: true\nreason: "all merged"\nblockers: []\n</COMPLETION_GATE>\n'
else
    tool wait_for_tasks '{"any":true,"seconds":10}'
fi
"""
# Of ssh the far end only.
SSH = """#!/bin/bash
exec sh -c "${@: -1}"
"""


class Pair(Place):
    """A server and two daemons, that have nothing in common but a repository with a URL."""

    NAMES = ("one", "two")

    def __init__(self, root, makima, pause="0"):
        super().__init__(root, makima, pause)
        self.agent("worker", WORKER_TWO)
        self.agent("lead", LEADER_TWO)
        ssh = self.root / "far-end"
        ssh.write_text(SSH)
        ssh.chmod(0o755)
        self.configuration += '[daemon]\npass_env = ["GIT_SSH_COMMAND"]\n'
        (self.root / "config/makima/config.toml").write_text(self.configuration)
        (self.repository / "check.sh").write_text(CHECK_TWO)
        self.git("commit", "--quiet", "--all", "--message", "Check")
        origin = self.root / "origin.git"
        self.git("clone", "--quiet", "--bare", str(self.repository), str(origin))
        self.repository = origin
        self.url = f"ssh://localhost{origin}"

    def environment(self, who="up"):
        variables = {**super().environment(who), "GIT_SSH_COMMAND": f"{self.root}/far-end",
                     "MAKIMA_AUTONOMOUS_LOOP_ORPHAN_TIMEOUT": "10s"}
        if who in self.NAMES:
            variables["MAKIMA_STATE_DIR"] = f"{self.root}/{who}"
        return variables

    def start_server(self):
        self.launch("server", "server", "--port", str(self.port), "--lease", "6s", "--grace", "4s", "--most-load", "1000")
        self.await_server("server")

    def start_one(self, name):
        token = self.root / f"{name}.token"
        if not token.exists():
            done = subprocess.run([self.makima, "token", "--daemon", name], cwd=self.repository, env=self.environment("server"),
                                  capture_output=True, text=True, timeout=60)
            require(done.returncode == 0, f"no token: {done.stderr}")
            token.touch(0o600)
            token.write_text(done.stdout)
        self.launch(name, "daemon", "--server", f"http://127.0.0.1:{self.port}", "--token-file", str(token), "--id", name,
                    "--slots", "2")

    def end(self, how=signal.SIGTERM, *names):
        super().end(how, *(names or [one for one in (*self.NAMES, "server") if one in self.processes]))

    def make(self, name, **parts):
        template = {"taskName": name, "plan": f"Reach {name}.", "repoUrl": self.url, "baseBranch": "main",
                    "agent": {"name": "worker"}}
        body = {"template": template, "checks": [{"name": "check", "command": "./check.sh"}], **parts}
        return self.ask("contracts", body)["contract"]["contractId"]

    def tasks(self, contract):
        """Those of a contract by name; the supervisor is 'lead'."""
        tasks = self.ask(f"contracts/{contract}")["tasks"]
        return {"lead" if task["role"] == "supervisor" else task["name"]: task for task in tasks}

    def status(self, contract):
        return {name: task["status"] for name, task in self.tasks(contract).items()}

    def homes(self, contract):
        """Which daemon has the workspace of each task."""
        return {name: self.ask(f"tasks/{task['taskId']}").get("home") for name, task in self.tasks(contract).items()}

    def other(self, name):
        return next(one for one in self.NAMES if one != name)

    def await_(self, what, found, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found():
                return
            time.sleep(0.1)
        raise Failure(f"{what} does not happen: {self.tail()}")


def kill_its_daemon(place, mode):
    """One contract whose supervisor's daemon dies for good."""
    before = place.git("rev-list", "--count", "main")
    marks = {name: place.marks / name for name in ("alive", "hold", "written")}
    for mark in (marks["written"], *place.marks.glob("began-*")):
        mark.unlink(missing_ok=True)
    marks["alive"].touch()
    if mode == "waiting":
        marks["hold"].touch()
    contract = place.make(mode, supervised=True, supervisorAgent={"name": "lead"}, limits={"maxClaims": 20})
    if mode == "waiting":
        place.await_("the work of w1 to w3", lambda: [place.status(contract).get(f"w{number}") for number in (1, 2, 3)] == ["done"] * 3)
        lead = place.status(contract)["lead"]
        require(lead == "waiting", f"the supervisor is {lead}")
    else:
        place.await_("all work", marks["written"].exists)
    homes = place.homes(contract)
    victim = homes["lead"]
    require({homes[f"w{number}"] for number in range(1, 5)} == set(place.NAMES), f"not both have worked: {homes}")
    place.end(signal.SIGKILL, victim)
    for name in ("alive", "hold"):
        marks[name].unlink(missing_ok=True)
    view = place.await_end(contract, 90)
    require(view["status"] == "done" and view["code"] == "verified", f"{view['status']}: {view['sentence']}")
    work = [task for task in view["tasks"] if task["depth"] == 1]
    require(sorted(task["name"] for task in work) == [f"w{number}" for number in range(1, 5)], f"its tasks are {work}")
    require(all(task["merge"] == "merged" for task in work), "a task is not merged")
    trailers = place.git("log", "--format=%(trailers:key=Makima-Task,valueonly,separator=%x2C)", "main").split()
    require(len(trailers) == len(set(trailers)), f"work is in the branch twice: {trailers}")
    require({task["taskId"] for task in work} <= set(trailers), f"not all is in the branch: {trailers}")
    require(place.git("rev-list", "--count", "main") != before, "nothing is in the branch")
    leftover = list((place.root / place.other(victim) / "parcels/merges").glob("*/*"))
    require(not leftover, f"parcels stay: {leftover}")
    return victim


def two(place, options):
    place.start_server()
    for name in place.NAMES:
        place.start_one(name)
    began = time.monotonic()
    victim = kill_its_daemon(place, "working")
    place.start_one(victim)
    again = kill_its_daemon(place, "waiting")
    commits = place.holds_at_every_commit()
    place.end()
    return f"the daemons '{victim}' and '{again}' killed, {commits} commits hold, {time.monotonic() - began:.0f} s"
