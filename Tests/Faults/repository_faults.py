"""Faults of what the person has: the repository, its branches, the workspace, git itself."""

import json
import shutil

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


@case("the workspace is deleted", "blocked (workspace_broken); the checkpoints are kept, nothing is made in its place")
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
    check_rest(place)
    return f"blocked ({reason}), the tree of iteration 1 is kept"


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


# The git of makima; one of its calls is killed before it does anything, in the middle, or when all is done.
GIT_WRAPPER = """#!/bin/bash
tools='{tools}'
exec 9>>"$tools/lock"; flock 9
count=$(( $(cat "$tools/calls" 2>/dev/null) + 1 )); echo $count >"$tools/calls"
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
    wrapper = tools / "git"
    wrapper.write_text(GIT_WRAPPER.format(tools=tools, number=number, moment=moment))
    wrapper.chmod(0o755)
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
        require(answer.status in (0, 1, 2, 5, 255), f"git {killed}: {answer}")
        if answer.status == 2:
            require("signal 9" in answer.errors + answer.output, f"git {killed}: the reason is another: {answer}")
        task = place.shown()
        stood = f"{task.get('status')} ({(task.get('reason') or {}).get('code')})" if task else "refused"
        lock = remove_lock(place)
        resume_until_done(place)
        return f"git {_verb(killed)}: {stood}{lock}; {check_done(place, most_lost=1)}"

    return body


def remove_lock(place):
    """Does what a person has to do where the killed git had locked something: makima removes nobody's lock, but names it."""
    locks = [path for path in (place.repository / ".git").rglob("*.lock")]
    if not locks:
        return ""
    answer = place.makima("resume", "work", "--json")
    require(str(locks[0].name) in answer.output + answer.errors, f"the lock {locks[0]} is not named: {answer}")
    locks[0].unlink()
    return ", and a lock of its own, which the error names; removed by hand"


def _verb(line):
    """The command of a call of git, without its options."""
    words = [word for word in line.split() if not word.startswith("-")]
    known = [word for word in words if word.replace("-", "").isalpha() and word.islower()]
    return known[0] if known else line[:30]


def add_git_calls(count):
    """Adds a case for each call of git that the standard task makes."""
    for number in range(1, count + 1):
        moment = ("before it does anything", "in the middle", "when it has done all")[number % 3]
        CASES.append(Case(f"kill -9 of git, call {number}, {moment}", "a reason, or done; resume: done, nothing lost",
                          git_killed(number)))
