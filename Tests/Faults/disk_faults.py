"""Faults of the disk, of the clock, and of the journal's file."""

import hashlib
import os
import shutil
import sqlite3
import subprocess

from cases import Skip, case
from place import STANDARD, Answer
from promises import check_done, check_rest, require, resume_until_done


def in_mount(place, mounts, script):
    """Runs a script with `makima` as its function, where bwrap has made the mounts."""
    if shutil.which("bwrap") is None:
        raise Skip("bwrap is not installed")
    text = f"makima() {{ '{place.makima_path}' \"$@\"; }}\n{script}"
    done = subprocess.run(["bwrap", "--dev-bind", "/", "/", *mounts, "/bin/bash", "-c", text], cwd=place.repository,
                          env=place.environment, capture_output=True, text=True, errors="replace", timeout=120)
    return Answer(done.returncode, done.stdout, done.stderr)


@case("the disk of the state directory is full while the agent works", "blocked with disk_full; with room again, done")
def full_disk(place, _chance):
    fill = place.state / "fill"
    place.agent(f"[ -e '{fill}.done' ] || head -c 200M /dev/zero >'{fill}' 2>/dev/null; : >'{fill}.done'\n{STANDARD}")
    answer = in_mount(place, ["--size", "48000000", "--tmpfs", str(place.state)], f"""
        makima run work --sandbox off --check 'test -e whole' --json; echo "run $?"
        makima list >/dev/null; echo "list $?"
        rm '{fill}'
        makima resume work --json >resumed 2>&1; echo "resume $?"
        tail -n 1 resumed >&2; rm resumed
        makima show work --json >/dev/null; echo "show $?"
        git cat-file -e "$(git for-each-ref --format='%(objectname)' refs/heads/makima)":whole; echo "work $?"
        """)
    statuses = [line for line in answer.output.splitlines() if not line.startswith("{") and len(line.split()) == 2]
    require('"problem":"disk_full"' in answer.output, f"no disk_full: {answer}")
    require(statuses == ["run 5", "list 0", "resume 0", "show 0", "work 0"], f"{statuses}: {answer.errors[-400:]}")
    check_rest(place)
    return "blocked (disk_full), list works, resume ends with done"


@case("the disk of the state directory is full before anything begins", "refused with a reason; with room, done")
def full_from_the_start(place, _chance):
    fill = place.state / "fill"
    answer = in_mount(place, ["--size", "16000000", "--tmpfs", str(place.state)], f"""
        head -c 200M /dev/zero >'{fill}' 2>/dev/null
        makima run work --sandbox off --check 'test -e whole' --json; echo "run $?"
        rm '{fill}'
        makima run work --sandbox off --check 'test -e whole' --json >/dev/null; echo "again $?"
        """)
    statuses = [line for line in answer.output.splitlines() if not line.startswith("{") and len(line.split()) == 2]
    require(statuses[-1] == "again 0" and statuses[0] in ("run 2", "run 5"), f"{statuses}: {answer.errors[-400:]}")
    require("disk" in (answer.output + answer.errors).lower(), f"the reason does not name the disk: {answer}")
    check_rest(place)
    return f"{statuses[0]} with a reason; with room, done"


@case("the state directory is read-only", "list and resume fail with a sentence, nothing is changed; then done")
def read_only(place, _chance):
    place.agent("say here; sleep 1000")
    process = place.start(*place.order())
    place.await_mark("here")
    process.kill()
    place.answer(process)
    place.makima("stop", "work")
    place.agent(STANDARD)
    before = _digest(place.state / "journal.sqlite")
    answer = in_mount(place, ["--ro-bind", str(place.state), str(place.state)], """
        makima list; echo "list $?"; makima resume work; echo "resume $?"; makima run other --check true; echo "run $?" """)
    statuses = [line for line in answer.output.splitlines() if line.split()[:1] in (["list"], ["resume"], ["run"])]
    require(all(status.split()[1] in ("0", "1", "2", "5") for status in statuses) and len(statuses) == 3,
            f"{statuses}: {answer.errors[-300:]}")
    require("read-only" in answer.errors.lower() or "readonly" in answer.errors.lower(),
            f"the reason is not named: {answer.errors[-300:]}")
    require(_digest(place.state / "journal.sqlite") == before, "the journal was changed")
    resume_until_done(place)
    return f"{', '.join(statuses)}; then {check_done(place, most_lost=1)}"


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@case("a page of the journal is overwritten", "an error that names the file; the file is not touched")
def damaged_page(place, _chance):
    require(place.run().status == 0, "the task did not end")
    path = place.state / "journal.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'task'").fetchone()[0]
    size = database.execute("PRAGMA page_size").fetchone()[0]
    database.close()
    with path.open("rb+") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))
    before = _digest(path)
    said = []
    for words in (("list",), ("show", "work"), ("resume", "work"), ("doctor",)):
        answer = place.makima(*words)
        require(0 < answer.status < 128, f"'{words[0]}': {answer}")
        require("journal.sqlite" in answer.errors + answer.output, f"'{words[0]}' does not name the file: {answer}")
        said.append(f"{words[0]} {answer.status}")
    require(_digest(path) == before, "the damaged file was changed")
    check_rest(place)
    return f"{', '.join(said)}; the file is as it was"


@case("the row of one task is damaged", "list names it and shows the others; a new task runs")
def damaged_row(place, _chance):
    require(place.run().status == 0, "the task did not end")
    database = sqlite3.connect(place.state / "journal.sqlite")
    database.execute("UPDATE task SET document = '{'")
    database.commit()
    database.close()
    second = place.makima("run", "another", "--check", "test -e whole", "--json")
    require(second.status == 0, str(second))
    listed = place.makima("list")
    require(listed.status == 0 and "another" in listed.output, str(listed))
    identity = place.task_directory.name
    require(any(entry.name[:4] in listed.output + listed.errors for entry in (place.state / "tasks").iterdir()),
            f"the damaged one is not named: {listed.output} {listed.errors}")
    check_rest(place)
    return f"'another' is done; list tells of {identity[:6]}… which cannot be read"


@case("the wall clock jumps", "waits and deadlines hold")
def clock_jump(_place, _chance):
    raise Skip("no process can be given another wall clock here; SimulationTests sets a manual one forward and back")


@case("the disk is slow", "nothing but time is lost")
def slow_disk(_place, _chance):
    raise Skip("that needs a device of its own (device mapper); time-outs around writes are tested with doubles")
