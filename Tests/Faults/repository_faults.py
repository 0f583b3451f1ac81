"""Faults of what the person has: the repository, its branches, the workspace, git itself."""

import json
import shutil
import subprocess

from cases import CASES, Case, case
from place import STANDARD
from promises import check_done, check_rest, require, resume_until_done


def interrupted(place, *options):
    """A task whose makima was killed while its agent worked, ended and recorded; the next agent does the work."""
    place.agent("echo half >half; say here; sleep 1000")
    process = place.start(*place.order(*options))
    place.await_mark("here")
    process.kill()
    place.answer(process)
    stopped = place.makima("stop", "work")
    require(place.shown().get("status") == "interrupted", f"{place.shown().get('status')}: {stopped}")
    place.agent(STANDARD)


@case("the workspace is deleted", "blocked (workspace_broken); the checkpoints are kept; restore makes it anew; then done")
def deleted_workspace(place, _chance):
    interrupted(place)
    tree = place.task_directory / "tree"
    shutil.rmtree(tree)
    answer = place.makima("resume", "work", "--json")
    reason = (place.shown().get("reason") or {}).get("code")
    require(answer.status == 5 and reason == "workspace_broken", f"{reason}: {answer}")
    require(not tree.exists(), "a workspace was made in its place")
    listed = json.loads(place.makima("checkpoints", "work", "--json").output)
    commit = (listed if isinstance(listed, list) else listed["checkpoints"])[-1]["commit"]
    vault = f"--git-dir={place.task_directory}/vault"
    require(place.git(vault, "show", f"{commit}:half", check=False) == "half", f"the vault lacks the checkpoint {commit}")
    # A person does what is said, word by word.
    require("makima checkpoints" in answer.output, f"the reason does not say what helps: {answer}")
    page = place.makima("checkpoints", "work")
    number = page.output.strip().splitlines()[-1].split()[0]
    said = [part for part in (page.output + page.errors).split("'") if part.startswith("git fetch ")]
    require(said, f"'makima checkpoints' does not say how one comes back: {page}")
    place.git(*said[0].replace("NUMBER", number).replace("NAME", "back").split()[1:])
    require(place.git("show", "back:half") == "half", "the branch that was made as was said lacks the work")
    place.git("update-ref", "-d", "refs/heads/back")
    restored = place.makima("restore", "work", number)
    require(restored.status == 0 and (tree / "half").read_text() == "half\n", f"restore does not make it anew: {restored}")
    resume_until_done(place)
    return f"blocked ({reason}); '{said[0].split()[0]} fetch …' and 'restore' bring it back; {check_done(place, most_lost=1)}"


@case("the branch that the task began at is deleted, and git gc prunes", "done: what is borrowed is pinned")
def deleted_branch(place, _chance):
    interrupted(place)
    base = place.head
    place.git("checkout", "--quiet", "--orphan", "other")
    place.git("commit", "--quiet", "--message", "Other")
    place.git("branch", "--delete", "--force", "main")
    place.git("reflog", "expire", "--expire=now", "--all")
    place.git("gc", "--quiet", "--prune=now")
    place.head = place.git("rev-parse", "HEAD")
    tries = resume_until_done(place)
    require(place.git("cat-file", "-t", base) == "commit", "the base is gone")
    return f"{tries} resume; {check_done(place, most_lost=1)}"


@case("the repository is moved, and moved back", "blocked (environment, repository_unusable); then done")
def moved_repository(place, _chance):
    interrupted(place)
    elsewhere = place.root / "elsewhere"
    place.repository.rename(elsewhere)
    place.repository.mkdir()
    answer = place.makima("resume", "work", "--json")
    task = place.shown()
    place.repository.rmdir()
    elsewhere.rename(place.repository)
    problem = (task.get("reason") or {}).get("problem")
    require(answer.status == 5 and problem == "repository_unusable", f"{problem}: {answer}")
    resume_until_done(place)
    return f"blocked ({problem}); then {check_done(place, most_lost=1)}"


@case("another repository is made where that of the task was", "blocked (environment, repository_unusable), no agent starts; then done")
def exchanged_repository(place, _chance):
    interrupted(place)
    elsewhere = place.root / "elsewhere"
    place.repository.rename(elsewhere)
    place.repository.mkdir()
    place.git("init", "--quiet")
    place.git("commit", "--quiet", "--allow-empty", "--message", "Other")
    before = place.shown()["iterations"]
    answer = place.makima("resume", "work", "--json")
    task = place.shown()
    problem = (task.get("reason") or {}).get("problem")
    require(answer.status == 5 and problem == "repository_unusable", f"{problem}: {answer}")
    require(task["iterations"] == before, "an iteration was run")
    for command in ("diff",):
        told = place.makima(command, "work")
        require(told.status not in (0, 255) and str(place.repository) in told.errors, f"{command} does not say what is wrong: {told}")
    shutil.rmtree(place.repository)
    elsewhere.rename(place.repository)
    resume_until_done(place)
    return f"blocked ({problem}); then {check_done(place, most_lost=1)}"


@case("the state directory is lost, and comes back from a copy", "the workspace in the copy is taken up; done")
def copied_state(place, _chance):
    interrupted(place)
    copy = place.root / "copy"
    subprocess.run(["cp", "-a", str(place.state), str(copy)], check=True)
    shutil.rmtree(place.state)
    copy.rename(place.state)
    tries = resume_until_done(place)
    return f"{tries} resume; {check_done(place, most_lost=1)}"


@case("the agent removes its .git and all files, then works", "done; a checkpoint holds the work, the branch too")
def destroyed_git(place, _chance):
    place.agent("""
        if [ $MAKIMA_ITERATION = 1 ]; then
            rm -rf .git/* .git/.[!.]* README.md; echo half >half; say destroyed; gate; exit
        fi
        printf 'hello\\n' >README.md
        """ + STANDARD)
    answer = place.run()
    require(answer.status == 0, str(answer))
    gone = place.makima("diff", "work", "--iteration", "1")
    require("-hello" in gone.output, f"the deletion is not shown: {gone}")
    return check_done(place)


# The git of makima; one of its calls is killed before it does anything, in the middle, or when all is done. A call may go on when the
# task is over: the count is moved into its place, so that whoever reads it finds a whole one.
GIT_WRAPPER = """#!/bin/bash
tools='{tools}'
exec 9>>"$tools/lock"; flock 9
count=$(( $(cat "$tools/calls" 2>/dev/null) + 1 )); echo $count >"$tools/calls.new"; mv "$tools/calls.new" "$tools/calls"
exec 9>&-
if [ $count = {number} ]; then
    echo "$*" >"$tools/killed"
    case {moment} in
    middle) timeout --signal=KILL 0.004 /usr/bin/git "$@" ;;
    after) /usr/bin/git "$@" ;;
    esac
    kill -9 $$
fi
exec /usr/bin/git "$@"
"""


def run_with_killed_git(place, number, moment):
    """Runs the standard task; returns the call that was killed (None where there were fewer), how many there were, and how it
    ended."""
    tools = place.root / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    place.program(tools / "git", GIT_WRAPPER.format(tools=tools, number=number, moment=moment))
    answer = place.run(PATH=f"{tools}:/usr/local/bin:/usr/bin:/bin")
    killed = tools / "killed"
    return (killed.read_text().strip() if killed.exists() else None), int((tools / "calls").read_text()), answer


def count_git_calls(place):
    _, calls, answer = run_with_killed_git(place, 0, "never")
    require(answer.status == 0, f"the standard task fails without any fault: {answer}")
    return calls


def git_killed(number):
    moment = ("before", "middle", "after")[number % 3]

    def body(place, _chance):
        killed, _, answer = run_with_killed_git(place, number, moment)
        if killed is None:
            return f"not reached this time; {check_done(place)}"
        # Nothing that a kill does is a defect of makima's.
        require(answer.status in (0, 1, 5), f"git {killed}: {answer}")
        task = place.shown()
        reason = task.get("reason") or {}
        if answer.status == 1:
            require("signal 9" in answer.errors + answer.output, f"git {killed}: the reason is another: {answer}")
        if answer.status == 5:
            require(reason.get("problem") in ("git_failed", "repository_locked"), f"git {killed}: {reason}")
            require(reason.get("hint"), f"git {killed}: nothing says what helps: {reason}")
        stood = f"{task.get('status')} ({reason.get('problem') or reason.get('code')})" if task else "refused"
        lock = remove_lock(place)
        resume_until_done(place)
        return f"git {_verb(killed)}: {stood}{lock}; {check_done(place, most_lost=1)}"

    return body


def locks_of(place):
    return [path for path in (place.repository / ".git").rglob("*.lock")]


def remove_lock(place):
    """Does what a person has to do where the killed git had locked what others write too: that lock is named, not removed."""
    if not locks_of(place):
        return ""
    if place.shown().get("status") == "done":
        return remove_lock_of_done(place)
    answer = place.makima("resume", "work", "--json")
    left = locks_of(place)
    if not left:
        return ", and a lock of the task's own, which makima removed"
    require(not any("refs/makima" in str(path) for path in left), f"makima does not know its own locks: {left}")
    require(any(path.name in answer.output + answer.errors for path in left), f"the locks {left} are not named: {answer}")
    for path in left:
        path.unlink()
    return f", and {left[0].name}, which the error names; removed by hand"


def remove_lock_of_done(place):
    """Where git died as it let go of an import, the work is done, and nothing is gone on with that could name the lock.

    Every git takes the lock of all packed references, so that makima cannot know it for its own; who needs it next is told.
    """
    left = locks_of(place)
    require([path.name for path in left] == ["packed-refs.lock"], f"makima does not know its own locks: {left}")
    told = subprocess.run(["git", "pack-refs", "--all"], cwd=place.repository, env=place.environment, capture_output=True,
                          text=True)
    require(str(left[0]) in told.stderr, f"git does not name the lock: {told.stderr}")
    left[0].unlink()
    return ", and packed-refs.lock, which the next git names; removed by hand"


# Kills the first git that changes references which `{what}` matches, when it has locked them and written what they are to be.
LOCKING_GIT = """#!/bin/bash
tools='{tools}'; names=()
if [[ " $* " == *" update-ref "* && ! -e "$tools/killed" ]]; then
    if [[ " $* " == *" --stdin "* ]]; then
        input=$(cat)
        while read -r _ name new _; do names+=("$name $new"); done <<<"$input"
    else
        names=("${{@: -2:1}} ${{@: -1}}")
    fi
    if [[ "${{names[*]}}" == *{what}* ]]; then
        echo "$*" >"$tools/killed"
        for pair in "${{names[@]}}"; do
            mkdir -p "$GIT_DIR/$(dirname "${{pair% *}}")"; echo "${{pair#* }}" >"$GIT_DIR/${{pair% *}}.lock"
        done
        kill -9 $$
    fi
    if [[ " $* " == *" --stdin "* ]]; then exec /usr/bin/git "$@" <<<"$input"; fi
fi
exec /usr/bin/git "$@"
"""


def lock_left_behind(what):
    def body(place, _chance):
        tools = place.root / "tools"
        tools.mkdir()
        place.program(tools / "git", LOCKING_GIT.format(tools=tools, what=what))
        answer = place.run(PATH=f"{tools}:/usr/local/bin:/usr/bin:/bin")
        require((tools / "killed").exists(), f"no git changed {what}: {answer}")
        require(answer.status == 0, str(answer))
        require(not locks_of(place), f"locks are left: {locks_of(place)}")
        return f"git {_verb((tools / 'killed').read_text())} was killed; its locks are gone; {check_done(place)}"

    return body


for _name, _what in (("that pins the base", "refs/makima/base/"), ("that moves the branch", "refs/heads/makima/")):
    CASES.append(Case(f"kill -9 of the git {_name}, which leaves its locks", "makima knows its own locks, and removes them: done",
                      lock_left_behind(_what)))


@case("somebody else's git holds the lock of the task's branch", "blocked (environment, repository_locked), the lock stays; then done")
def foreign_lock(place, _chance):
    interrupted(place)
    lock = place.repository / f".git/refs/heads/makima/work-{place.task_directory.name[:6]}.lock"
    lock.parent.mkdir()
    lock.write_text("")
    answer = place.makima("resume", "work", "--json")
    reason = place.shown().get("reason") or {}
    require(answer.status == 5 and reason.get("problem") == "repository_locked", f"{reason}: {answer}")
    require(str(lock) in reason.get("message", "") and f"rm {lock}" in reason.get("hint", ""), f"it is not named: {reason}")
    require(lock.exists(), "a lock of somebody else's was removed")
    lock.unlink()
    resume_until_done(place)
    return f"blocked (repository_locked); then {check_done(place, most_lost=1)}"


def _verb(line):
    """The command of a call of git, without its options."""
    words = [word for word in line.split() if not word.startswith("-")]
    known = [word for word in words if word.replace("-", "").isalpha() and word.islower()]
    return known[0] if known else line[:30]


def add_git_calls(count):
    """Adds a case for each call of git that the standard task makes."""
    for number in range(1, count + 1):
        moment = ("before it does anything", "in the middle", "when it has done all")[number % 3]
        CASES.append(Case(f"kill -9 of git, call {number}, {moment}", "done, or a reason that names git; resume: done, nothing lost",
                          git_killed(number)))
