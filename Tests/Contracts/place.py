"""A machine of a test's own, with real programs: a repository, agents that are doubles, a server and daemons."""

import json
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

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
