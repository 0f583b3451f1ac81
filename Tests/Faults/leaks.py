"""Whether many short tasks leave anything behind."""

import concurrent.futures
import json
import os
import re
import shutil
import subprocess

from cases import case
from place import GATE
from promises import is_locked, require

TASKS, ALONE = 200, 10
AT_A_TIME = 6
# As docs/ARCHITECTURE.md lists them.
KNOWN_AT_THE_TOP = re.compile(r"journal\.sqlite(-wal|-shm|\.backup-\d+|\.copy(\.1)?|\.reserve)?|accounts|etc-\w+|tasks|rooms|shim-\w+")
KNOWN_REFS = {"agents", "checkpoints", "results", "kept"}
KNOWN_IN_A_TASK = {"owner.lock", "tree", "git", "vault", "home", "workspace", "removed", "branch", "network", "network.log", "messages",
                   "wait", "runs", "checks", "set-up"}


@case(f"{TASKS} short tasks, {TASKS - ALONE} of them {AT_A_TIME} at a time; then discard and gc",
      "all done; no process, temporary file, socket, lock or workspace is left, and no ref but those of the work", is_alone=True)
def many_tasks(place, _chance):
    # It ends at once, and needs no network: all the time is makima's.
    place.program(place.root / "agent/agent.sh", f"#!/bin/sh\necho whole >whole\n{GATE}\n")
    own_tmp = give_own_tmp(place)
    groups = control_groups()
    run_all(place, range(ALONE), 1)
    run_all(place, range(ALONE, TASKS), AT_A_TIME)
    listed = json.loads(place.makima("list", "--all", "--json").output)
    tasks = listed if isinstance(listed, list) else listed["tasks"]
    require(len(tasks) == TASKS and all(task["status"] == "done" for task in tasks), "not all tasks are done")
    require(len(place.git("worktree", "list").splitlines()) == 1, "worktrees are left")
    check_files(place)
    require(not place.processes(), f"processes are left: {place.processes()}")
    left = [name for directory in (own_tmp, place.root / "tmp") if directory for name in os.listdir(directory)]
    # The first is where the place itself is mounted.
    left = [name for name in left if f"/tmp/{name}/" not in str(place.root)]
    require(not left, f"temporary files are left: {left}")
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        answers = list(pool.map(lambda task: place.makima("discard", task["id"], "--force"), tasks))
    require(all(answer.status == 0 for answer in answers), str(next((a for a in answers if a.status), "")))
    collected = place.makima("gc", "--older-than", "0s", "--logs-older-than", "0s")
    require(collected.status == 0, str(collected))
    return check_nothing_left(place, groups)


def give_own_tmp(place):
    """Lets makima see another /tmp: others write into that of the machine. Returns it; None where that cannot be."""
    if shutil.which("bwrap") is None:
        return None
    directory = place.root / "slash-tmp"
    directory.mkdir()
    directory.chmod(0o1777)
    place.wrapper = ["bwrap", "--dev-bind", "/", "/", "--bind", str(directory), "/tmp",
                     "--bind", str(place.root), str(place.root)]
    return directory


def run_all(place, numbers, at_a_time):
    def run(number):
        return place.makima("run", f"task-{number}", "--check", "test -e whole", "--sandbox",
                            "auto" if number % 2 else "off", "--quiet")

    with concurrent.futures.ThreadPoolExecutor(at_a_time) as pool:
        for answer in pool.map(run, numbers):
            require(answer.status == 0, str(answer))


def check_files(place):
    strange = [name for name in os.listdir(place.state) if not KNOWN_AT_THE_TOP.fullmatch(name)]
    for task in (place.state / "tasks").iterdir():
        strange += [f"{task.name}/{name}" for name in os.listdir(task) if name not in KNOWN_IN_A_TASK]
        require(not is_locked(task / "owner.lock"), f"{task.name} is locked")
    require(not strange, f"the state directory holds what ARCHITECTURE.md does not list: {strange[:5]}")


def check_nothing_left(place, groups_before):
    left = [str(path.relative_to(place.state)) for path in place.state.rglob("*") if path.is_file()]
    # The copy of /etc is every sandbox's; an old one goes with `gc`.
    copies = {name.split("/")[0] for name in left if name.startswith("etc-")}
    left = [name for name in left if not re.fullmatch(r"journal\.sqlite(-wal|-shm|\.copy(\.1)?|\.reserve)?|etc-.*", name)]
    require(len(copies) <= 1, f"more than one copy of /etc is left: {copies}")
    require(not left, f"gc left {len(left)} files, as {left[:3]}")
    # Work is never removed unasked: what names it stays in the repository, as README.md lists it, and goes as that says.
    refs = place.git("for-each-ref", "--format=%(refname)", "refs/makima").splitlines()
    pins = [ref for ref in refs if ref.split("/")[2] not in KNOWN_REFS]
    require(not pins, f"gc left {len(pins)} refs that are nobody's work, as {pins[:3]}")
    changes = place.git("for-each-ref", "--format=delete %(refname)", "refs/makima")
    place.git("update-ref", "--stdin", input=f"{changes}\n")
    require(place.git("for-each-ref", "refs/makima") == "", "refs are left")
    require(json.loads(place.makima("list", "--json").output or "[]") in ([], {"tasks": []}), "tasks are left in the list")
    more = {path for path in control_groups() - groups_before if not _has_maker(path)}
    require(not more, f"control groups are left: {sorted(more)[:3]}")
    return f"{TASKS} done and discarded, the journal and its copy are left ({(place.state / 'journal.sqlite').stat().st_size >> 10} kB)"


def control_groups():
    """The paths of the groups that makimas made for agents and checks, wherever such groups are mounted."""
    mounted = subprocess.run(["findmnt", "--types", "cgroup2", "--noheadings", "--output", "TARGET"], capture_output=True,
                             text=True).stdout.split()
    return {directory for place in mounted for directory, _, _ in os.walk(place) if "makima" in os.path.basename(directory)}


def _has_maker(path):
    """Whether the makima that made a group is alive: then it is somebody else's."""
    words = os.path.basename(path).split("-")
    return len(words) > 1 and os.path.exists(f"/proc/{words[1]}")
