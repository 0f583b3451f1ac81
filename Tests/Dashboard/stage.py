"""A place of its own for tests and pictures: a repository, a makima server with its daemon, and the page.

Everything is below one temporary directory, and every program that is started is ended by its process id.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
FILES = {
    ".gitignore": "__pycache__/\n",
    "README.md": "# invoices\n\nMakes invoices.\n",
    "Makefile": "test:\n\tpython3 -m unittest -q\n",
    "invoices/__init__.py": "",
    "invoices/line.py": "from dataclasses import dataclass\nfrom decimal import Decimal\n\n\n@dataclass\nclass Line:\n    price: Decimal\n    count: int\n",
    "invoices/totals.py": '"""Totals of an invoice."""\n\n\ndef total(lines, vat_rate):\n    """The sum of all lines with VAT."""\n    sum = 0\n    for line in lines:\n        sum += round(line.price * line.count * (1 + vat_rate), 2)\n    return sum\n',
    "tests/__init__.py": "",
    "tests/test_totals.py": "import unittest\nfrom decimal import Decimal\n\nfrom invoices.line import Line\nfrom invoices.totals import total\n\n\nclass TotalTests(unittest.TestCase):\n    def test_empty(self):\n        self.assertEqual(total([], Decimal('0.2')), 0)\n\n    def test_rounds_once(self):\n        lines = [Line(Decimal('8.405'), 1)] * 3\n        self.assertEqual(total(lines, Decimal('0.2')), Decimal('30.26'))\n",
}
CONFIGURATION = """permissions = "edit"
[sandbox]
mode = "off"
[agents.claude]
kind = "claude"
command = [{agent}]
[agents.plain]
kind = "command"
command = [{agent}, "--plain"]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stage:
    """Makes the place; `base` is the page's address and `link` the one that logs in."""

    def __init__(self, makima, page="stand-in"):
        self.makima, self.page = str(pathlib.Path(makima).resolve()), page
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="makima-dashboard."))
        self.repository = self.place / "invoices"
        self.started = []
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.place / "home"), "XDG_CONFIG_HOME": str(self.place / "config"),
            "MAKIMA_STATE_DIR": str(self.place / "state"), "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
        }
        self.keys = 0

    def __enter__(self):
        # Whoever ends this program ends what it has started, too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def prepare(self):
        for folder in ("home", "config/makima", "state"):
            (self.place / folder).mkdir(parents=True)
        agent = self.place / "agent.py"
        shutil.copy(HERE / "agent.py", agent)
        agent.chmod(0o755)
        (self.place / "config/makima/config.toml").write_text(CONFIGURATION.format(agent=json.dumps(str(agent))))
        self.make_repository(self.repository)

    def make_repository(self, folder):
        for name, content in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "init.defaultBranch=main"]
        for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Make invoices"]):
            subprocess.run(["git", *identity, "-C", str(folder), *arguments], check=True, env=self.environment)

    def program(self, *command, **options):
        log = open(self.place / f"{len(self.started)}.log", "w", encoding="utf-8")
        process = subprocess.Popen(command, env=self.environment, cwd=self.repository, stdin=subprocess.DEVNULL, start_new_session=True,
                                   stderr=log, **{"stdout": log, **options})
        log.close()
        self.started.append(process)
        return process

    def start(self):
        self.port = free_port()
        self.start_server()
        self.page_port = free_port()
        if self.page == "server":
            self.base = f"http://127.0.0.1:{self.port}"
        else:
            self.start_page()

    def start_server(self):
        self.server = self.program(self.makima, "up", "--port", str(self.port), "--slots", "6")
        self.wait_for(lambda: self.api("GET", "/daemons")["daemons"][0]["connected"], "the daemon")

    def login_link(self):
        """The link that lets a browser in; one of the server's own is good once."""
        if self.page != "server":
            return self.link
        result = subprocess.run([self.makima, "open"], env=self.environment, capture_output=True, text=True, check=True, cwd=self.repository)
        return next(word for word in (result.stdout + result.stderr).split() if "/login#" in word)

    def start_page(self):
        page = self.program(sys.executable, str(HERE / "serve.py"), "--upstream", f"http://127.0.0.1:{self.port}", "--makima", self.makima,
                            "--token-file", str(self.place / "state/server-token"), "--port", str(self.page_port), "--code", "one-two-three", stdout=subprocess.PIPE)
        self.link = page.stdout.readline().decode().strip()
        self.base = self.link.split("/login")[0]
        return page

    def stop_page(self):
        """Ends whatever serves the page."""
        self.stop(self.server if self.page == "server" else self.started[-1])

    def start_page_again(self):
        if self.page == "server":
            self.start_server()
        else:
            self.start_page()

    @staticmethod
    def stop(process, seconds=12):
        """Ends a program with its group, gently first."""
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def end(self):
        for process in reversed(self.started):
            self.stop(process)
        shutil.rmtree(self.place, ignore_errors=True)

    # Asking the server itself

    def api(self, method, path, body=None):
        token = (self.place / "state/server-token").read_text().strip()
        self.keys += 1
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = f"stage-{os.getpid()}-{self.keys}"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1{path}", method=method, headers=headers,
                                         data=json.dumps(body).encode() if body is not None else None)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def add(self, name, plan, **others):
        """Queues a task; its id. What is None is left out."""
        request = {"taskName": name, "plan": plan, "agent": {"name": "claude"}, "targetRepoPath": str(self.repository),
                   "permissions": "edit", "sandbox": {"mode": "off"}, "maxIterations": 5, **others}
        request = {name: value for name, value in request.items() if value is not None}
        return self.api("POST", "/tasks", request)["tasks"][0]["taskId"]

    def contract(self, name, tasks, *, goal="Reach it.", targets, **others):
        """Makes a contract that nobody leads, of planned tasks; its id."""
        template = {"taskName": name, "plan": goal, "agent": {"name": "claude"}, "targetRepoPath": str(self.repository),
                    "permissions": "edit", "sandbox": {"mode": "off"}, "maxIterations": 6}
        request = {"template": template, "targets": targets, "supervised": False, "tasks": tasks, **others}
        return self.api("POST", "/contracts", request)["contract"]["contractId"]

    def git(self, *arguments):
        identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
        result = subprocess.run(["git", *identity, "-C", str(self.repository), *arguments], check=True, env=self.environment, capture_output=True, text=True)
        return result.stdout.strip()

    def branch(self, name):
        """Makes a branch at main, which is checked out nowhere."""
        self.git("branch", name, "main")

    def commit(self, branch, path):
        """Adds a file to a branch that is checked out nowhere."""
        place = self.place / f"on-{branch}"
        self.git("worktree", "add", "-q", str(place), branch)
        (place / path).write_text("here\n")
        self.git("-C", str(place), "add", path)
        self.git("-C", str(place), "commit", "-q", "-m", f"Add {path}")
        self.git("worktree", "remove", str(place))

    def status(self, task):
        return self.api("GET", f"/tasks/{task}")["status"]

    def wait_for(self, holds, what, seconds=40):
        """Waits until `holds()` is true; what is asked of the server may fail while it starts."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if result := holds():
                    return result
            except (OSError, IndexError, KeyError):
                pass
            time.sleep(0.1)
        logs = "\n".join(path.read_text()[-800:] for path in sorted(self.place.glob("*.log")))
        raise TimeoutError(f"{what} did not come within {seconds} s\n{logs}")

    def wait_for_status(self, task, *statuses, seconds=30):
        return self.wait_for(lambda: self.status(task) in statuses, f"{' or '.join(statuses)} of {task}", seconds)

    def add_many(self, count):
        """Queues many tasks that do not begin."""
        later = int(time.time() * 1000) + 30 * 86400 * 1000
        made = 0
        while made < count:
            size = min(200, count - made)
            requests = [{"taskName": f"Task {made + index:05d}: tidy module {(made + index) % 89}", "plan": "fix it", "agent": {"name": "claude"},
                         "targetRepoPath": str(self.repository), "notBefore": later, "checks": []} for index in range(size)]
            self.api("POST", "/tasks/batch", {"tasks": requests})
            made += size
