"""Faults of the disk, of the clock, and of the journal's file."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time

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
        makima why work >&2
        rm '{fill}'
        makima resume work --json >resumed 2>&1; echo "resume $?"
        tail -n 1 resumed >&2; rm resumed
        makima show work --json >/dev/null; echo "show $?"
        git cat-file -e "$(git for-each-ref --format='%(objectname)' refs/heads/makima)":whole; echo "work $?"
        """)
    statuses = [line for line in answer.output.splitlines() if not line.startswith("{") and len(line.split()) == 2]
    require('"problem":"disk_full"' in answer.output, f"no disk_full: {answer}")
    require("no space" in answer.errors.lower() or "is full" in answer.errors.lower(), f"'why' says something else: {answer.errors}")
    require(statuses == ["run 5", "list 0", "resume 0", "show 0", "work 0"], f"{statuses}: {answer.errors[-400:]}")
    check_rest(place)
    return "blocked (disk_full), list works, why says so, resume ends with done"


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
    require(statuses[-1] == "again 0" and statuses[0] in ("run 1", "run 5"), f"{statuses}: {answer.errors[-400:]}")
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


@case("the journal is gone", "no new one is made; the copy that the error names is put back; then all is as before")
def lost_journal(place, _chance):
    require(place.run().status == 0, "the task did not end")
    path = place.state / "journal.sqlite"
    # A makima that is killed leaves its latest writes beside the file.
    here = place.root / "here"
    place.program(place.root / "agent/agent.sh", f"#!/bin/sh\n: >'{here}'\nsleep 1000\n")
    process = place.start("run", "killed", "--sandbox", "off", "--check", "true", MAKIMA_AUTONOMOUS_LOOP_ORPHAN_TIMEOUT="0")
    place.until(here.exists, "the agent of the second task", 60)
    process.kill()
    place.answer(process)
    require(path.with_name("journal.sqlite-wal").stat().st_size > 0, "no write is left beside the journal")
    path.unlink()
    for words in (("list",), ("gc",), ("run", "another", "--check", "true")):
        answer = place.makima(*words)
        require(answer.status not in (0, 255) and str(path) in answer.errors, f"'{words[0]}' does not name the file: {answer}")
        require(not path.exists(), f"'{words[0]}' made another one")
    said = [part for part in answer.errors.split("'") if " && cp " in part]
    require(said, f"nothing says how it comes back: {answer}")
    subprocess.run(said[0], shell=True, check=True)
    require("✓ journal" in place.makima("doctor").output, "the journal is not sound")
    place.agent(STANDARD)
    return f"'rm … && cp …copy …' brings it back; {check_done(place)}"


@case("the row of one task is damaged", "list names it and shows the others; show, resume and gc leave it; mended, it is as before")
def damaged_row(place, _chance):
    require(place.run().status == 0, "the task did not end")
    identity = place.task_directory.name
    document = _exchange_document(place, identity, "{")
    files = _files(place.state / "tasks" / identity)
    second = place.makima("run", "another", "--check", "test -e whole", "--json")
    require(second.status == 0, str(second))
    listed = place.makima("list", "--json")
    names = [task["name"] for task in json.loads(listed.output)]
    require(listed.status == 0 and names == ["another"], f"{names}: {listed}")
    warning = next((line for line in listed.errors.splitlines() if identity in line), "")
    require("journal" in warning and "damaged" in warning, f"the damaged one is not named: {listed.errors}")
    require(str(place.state / "tasks" / identity) in listed.errors, f"nothing says where its files are: {listed.errors}")
    for words in (("show", "work"), ("resume", "work"), ("discard", identity, "--force")):
        answer = place.makima(*words)
        require(0 < answer.status < 128, f"'{words[0]}': {answer}")
        require(identity in answer.errors and "Hint: " in answer.errors, f"'{words[0]}' does not say what is wrong: {answer}")
    doctor = place.makima("doctor")
    require(identity in doctor.output + doctor.errors, f"doctor does not name it: {doctor}")
    place.makima("gc", "--older-than", "0s", "--logs-older-than", "0s")
    require(_files(place.state / "tasks" / identity) == files, "its files were changed")
    require(_exchange_document(place, identity, document) == "{", "its row was written")
    place.makima("discard", "another", "--force")
    place.git("branch", "--delete", "--force", place.git("branch", "--list", "makima/another-*", "--format=%(refname:short)"))
    return f"named by list, show, resume, discard and doctor, nothing of it changed; mended: {check_done(place)}"


def _exchange_document(place, identity, text):
    """Writes the document of a task, and returns the one that was there."""
    database = sqlite3.connect(place.state / "journal.sqlite")
    before = database.execute("SELECT document FROM task WHERE id = ?", [identity]).fetchone()[0]
    database.execute("UPDATE task SET document = ? WHERE id = ?", [text, identity])
    database.commit()
    database.close()
    return before


def _files(directory):
    """What is below a directory, with its content; the lock holds the number of whoever had it last."""
    return {path: _digest(path) for path in directory.rglob("*")
            if path.is_file() and not path.is_symlink() and path.name != "owner.lock"}


@case("the wall clock jumps", "waits and deadlines hold")
def clock_jump(_place, _chance):
    raise Skip("no process can be given another wall clock here; SimulationTests sets a manual one forward and back")


# Loaded before makima's own functions: each write to the disk takes its time.
SLOW = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void take_time(long milliseconds) {
    struct timespec rest = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&rest, 0);
}

#define SLOW(result, name, parameters, arguments, milliseconds) \\
    result name parameters { \\
        static result (*real) parameters; \\
        if (!real) real = (result (*) parameters)dlsym(RTLD_NEXT, #name); \\
        take_time(milliseconds); \\
        return real arguments; \\
    }

SLOW(int, fsync, (int file), (file), 400)
SLOW(int, fdatasync, (int file), (file), 400)
SLOW(int, rename, (const char *from, const char *to), (from, to), 100)
SLOW(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at), 20)
"""


def slow_library(place):
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    if compiler is None:
        raise Skip("there is no C compiler")
    source, library = place.root / "tools/slow.c", place.root / "tools/slow.so"
    source.parent.mkdir()
    source.write_text(SLOW)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True, capture_output=True)
    return str(library)


@case("the disk is slow: 0.4 s for each sync", "nothing but time is lost")
def slow_disk(place, _chance):
    begun = time.monotonic()
    require(place.run(LD_PRELOAD=slow_library(place)).status == 0, "the task did not end")
    return f"after {time.monotonic() - begun:.0f} s {check_done(place)}"


@case("the disk is slow, and makima is killed four times", "done, nothing lost or doubled")
def deaths_on_a_slow_disk(place, chance):
    slow = {"LD_PRELOAD": slow_library(place)}
    moments = []
    for tries in range(4):
        process = place.start(*(("resume", "work", "--json") if place.shown() else place.order()), **slow)
        moments.append(chance.uniform(0.3, 6.0))
        time.sleep(moments[-1])
        process.kill()
        place.answer(process)
    resume_until_done(place, fault=lambda tries: slow if tries == 0 else {})
    deaths = ", ".join(f"{moment:.1f}" for moment in moments)
    return f"killed at {deaths} s; {check_done(place, most_lost=4)}"
