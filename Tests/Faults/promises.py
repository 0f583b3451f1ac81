"""What must hold whatever happened: looked at from outside, after the last resume."""

import fcntl
import json
import sqlite3
import struct
from collections import Counter

from place import STANDARD_FILES, Place, Violation


def require(condition, message):
    if not condition:
        raise Violation(message)


def resume_until_done(place, limit=12, fault=None):
    """Resumes the task until it is done; `fault(n)` gives the variables of the n-th try. Returns how many tries it took."""
    for tries in range(limit + 1):
        task = place.shown()
        if task.get("status") == "done":
            return tries
        words = ("resume", "work", "--json") if task else Place.order()
        answer = place.makima(*words, **(fault(tries) if fault else {}))
        require(answer.status in (0, -9), f"'{words[0]}' ended otherwise than with done: {answer}")
    raise Violation(f"not done after {limit} resumes: {place.shown().get('status')}")


def check_done(place, most_lost=0):
    """All promises about a standard task that is done; returns what it came to in a few words."""
    task = place.shown()
    require((task.get("status"), task.get("proof")) == ("done", "verified"),
            f"the task is {task.get('status')} ({(task.get('reason') or {}).get('code')}), not done and verified")
    lost = check_iterations(place, task)
    require(lost <= most_lost, f"{lost} iterations were lost, {most_lost} at most could be")
    check_tree(place, task)
    check_one_agent(place)
    lines = check_output(place)
    check_rest(place)
    return f"done, {task['iterations']} iterations, {lost} of them interrupted, {lines} lines kept"


def journal(place):
    return sqlite3.connect(f"file:{place.state}/journal.sqlite?mode=ro", uri=True, timeout=10)


def check_iterations(place, task):
    """Each number is counted once, none is missing and none open; returns how many were interrupted."""
    with journal(place) as database:
        require(database.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the journal is damaged")
        rows = database.execute("SELECT number, attempt, ended, outcome FROM iteration").fetchall()
    database.close()
    require(all(row[2] is not None for row in rows), f"an iteration is open: {rows}")
    outcomes = [json.loads(row[3]) for row in rows]
    counted = Counter(row[0] for row, outcome in zip(rows, outcomes) if outcome.get("counted"))
    numbers = list(range(1, task["iterations"] + 1))
    require(sorted(counted) == numbers and set(counted.values()) <= {1}, f"counted were {dict(counted)}, not {numbers}")
    begun = Counter(int(mark.split()[2]) for mark in place.marks if mark.startswith("begin"))
    tries = Counter(row[0] for row in rows)
    require(all(begun[number] <= tries[number] for number in begun), f"begun {dict(begun)}, in the journal {dict(tries)}")
    return sum(bool(outcome.get("ownerDied")) for outcome in outcomes)


def check_tree(place, task):
    branches = place.git("for-each-ref", "--format=%(refname)", "refs/heads/makima").splitlines()
    require(len(branches) == 1, f"the branches are {branches}")
    files = {}
    for name in place.git("ls-tree", "-r", "--name-only", branches[0]).splitlines():
        files[name] = place.git("show", f"{branches[0]}:{name}") + "\n"
    require(files == STANDARD_FILES, f"the branch holds {files}")
    require(place.git("status", "--porcelain") == "" and place.git("rev-parse", "HEAD") == place.head,
            "the person's checkout was changed")
    require(place.git("fsck", "--strict", "--no-dangling") == "", "the repository is damaged")


def check_one_agent(place):
    """After another agent began, none that had begun before leaves a mark."""
    seen = []
    for mark in place.marks:
        identity = mark.split()[1]
        if identity not in seen:
            seen.append(identity)
        require(identity == seen[-1], f"two agents at once: {place.marks}")


def check_output(place, name="work"):
    """Every line that the agent had written is kept, once; returns how many."""
    printed = Counter(line for line in place.makima("logs", name, "--raw").output.splitlines() if line.startswith("line "))
    said = [mark.replace("said", "line", 1) for mark in place.marks if mark.startswith("said")]
    missing = [line for line in said if printed[line] != 1]
    require(not missing, f"{len(missing)} lines were lost or doubled, as '{missing[0] if missing else ''}'")
    require(max(printed.values(), default=1) == 1, "a line is kept twice")
    return len(said)


def check_rest(place):
    """No process, no lock and no temporary file is left."""
    try:
        place.until(lambda: not place.processes(), "the end of all processes", 5)
    except Violation:
        raise Violation(f"processes are left: {place.processes()}") from None
    directory = place.task_directory
    require(directory is None or not is_locked(directory / "owner.lock"), "the task's lock is held")
    left = [path.name for path in (place.root / "tmp").iterdir()]
    require(not left, f"temporary files are left: {left}")
    if directory:
        sockets = [str(path) for path in directory.rglob("*") if path.is_socket() and path.name != "door"]
        require(not sockets, f"sockets are left: {sockets}")


def is_locked(path):
    """Whether somebody holds the first byte of an owner's lock."""
    if not path.exists():
        return False
    with path.open("rb+") as file:
        request = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0)
        answer = fcntl.fcntl(file, fcntl.F_OFD_GETLK if hasattr(fcntl, "F_OFD_GETLK") else 36, request)
    return struct.unpack("hhqqi4x", answer)[0] != fcntl.F_UNLCK
