"""Faults of processes: stopped, killed, deaf, multiplying, or talking without end."""

import os
import pathlib
import re
import signal
import subprocess
import time

from cases import Skip, case
from place import GATE, STANDARD, Violation, parent
from promises import check_done, check_output, check_rest, journal, require, resume_until_done

# In its first iteration it does `%s`, afterwards it works.
ONCE = "if [ $MAKIMA_ITERATION = 1 ]; then echo half >half; say before; %s; fi\n" + STANDARD


def ends(place):
    """How each iteration ended."""
    return [iteration.get("end") for iteration in place.shown().get("iterationList") or []] or _ends_of_why(place)


def _ends_of_why(place):
    task = place.shown()
    found = []
    for number in range(1, task.get("iterations", 0) + 1):
        text = place.makima("why", "work", "--iteration", str(number)).output
        found.append(next((line.strip() for line in text.splitlines() if "the agent" in line), text[:80]))
    return found


@case("SIGSTOP of makima for 1.5 s, then SIGCONT", "done, as if nothing had happened")
def makima_stopped(place, _chance):
    process = place.start(*place.order())
    place.await_mark("said")
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    process.send_signal(signal.SIGCONT)
    answer = place.answer(process)
    require(answer.status == 0, str(answer))
    return check_done(place)


@case("SIGSTOP of the agent", "the iteration ends as a stall, the next one works: done")
def agent_stopped(place, _chance):
    place.agent(ONCE % "kill -STOP $$")
    answer = place.run("--stall-timeout", "2s")
    require(answer.status == 0, str(answer))
    first = ends(place)[0]
    require("sign of life" in first or "stall" in first, f"iteration 1: {first}")
    return f"{first}; {check_done(place)}"


@case("kill -9 of the agent by itself, sandbox auto", "the iteration ends as killed, the next one works: done")
def agent_killed(place, _chance):
    return _agent_killed(place, "auto")


@case("kill -9 of the agent by itself, sandbox off", "the iteration ends as killed, the next one works: done")
def agent_killed_outside(place, _chance):
    return _agent_killed(place, "off")


def _agent_killed(place, mode):
    place.agent(ONCE % "kill -9 $$")
    answer = place.run("--sandbox", mode)
    require(answer.status == 0, str(answer))
    first = ends(place)[0]
    require("kill" in first or "signal 9" in first, f"iteration 1: {first}")
    return f"{first}; {check_done(place)}"


@case("kill -9 of the shim, sandbox auto", "the agent ends with it, its output is kept, the next one works: done")
def shim_killed(place, _chance):
    return _shim_killed(place, "auto")


@case("kill -9 of the shim, sandbox off", "the agent ends with it, its output is kept, the next one works: done")
def shim_killed_outside(place, _chance):
    return _shim_killed(place, "off")


def _shim_killed(place, mode):
    place.agent(ONCE % "sleep 1000")
    process = place.start(*place.order("--sandbox", mode))
    place.await_mark("before")
    place.until(place.agents, "the agent's process")
    # What it has printed goes through the shim.
    time.sleep(0.3)
    os.kill(parent(place.agents()[0]), signal.SIGKILL)
    answer = place.answer(process)
    require(answer.status == 0, str(answer))
    return f"{ends(place)[0]}; {check_done(place)}"


@case("the agent ignores SIGTERM and SIGINT, and its task is stopped", "interrupted within 30 s, nothing left")
def deaf_agent(place, _chance):
    place.agent("trap '' INT TERM HUP; say deaf; while :; do sleep 0.1; done")
    process = place.start(*place.order())
    place.await_mark("deaf")
    begun = time.monotonic()
    stop = place.makima("stop", "work")
    answer = place.answer(process, 60)
    seconds = time.monotonic() - begun
    require(stop.status == 0 and answer.status == 130, f"{stop}; {answer}")
    require(seconds < 30, f"it took {seconds:.1f} s")
    lines = check_output(place)
    check_rest(place)
    return f"{place.shown()['status']} after {seconds:.1f} s, {lines} lines kept"


@case("a grandchild in a session of its own keeps the pipe open, sandbox auto", "done at once, nothing left")
def pipe_held(place, _chance):
    return _pipe_held(place, "auto")


@case("a grandchild in a session of its own keeps the pipe open, sandbox off", "done at once, nothing left")
def pipe_held_outside(place, _chance):
    return _pipe_held(place, "off")


def _pipe_held(place, mode):
    place.agent("(setsid env -i sleep 1000 &)\n" + STANDARD)
    begun = time.monotonic()
    answer = place.run("--sandbox", mode)
    require(answer.status == 0, str(answer))
    seconds = time.monotonic() - begun
    require(seconds < 30, f"it took {seconds:.1f} s")
    return f"after {seconds:.1f} s {check_done(place)}"


@case("the agent asks for 400 processes where 64 are allowed", "it gets fewer than 64, and is done all the same; nothing left")
def many_processes(place, _chance):
    place.agent("""
        got=$(python3 - <<'END'
import os, time
count = 0
for _ in range(400):
    try:
        if os.fork() == 0:
            os.close(1)
            time.sleep(1000)
            os._exit(0)
    except OSError:
        break
    count += 1
print(count)
END
)
        say "got $got"
        """ + STANDARD)
    place.variables["MAKIMA_SANDBOX_MAX_PROCESSES"] = "64"
    place.variables["MAKIMA_SANDBOX_MODE"] = "auto"
    if os.geteuid() == 0:
        # Limits of a user's processes do not hold for root.
        subprocess.run(["chown", "-R", "65534:65534", place.root], check=True)
        place.wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        place.variables["GIT_CONFIG_COUNT"] = "1"
        place.variables["GIT_CONFIG_KEY_0"], place.variables["GIT_CONFIG_VALUE_0"] = "safe.directory", "*"
    answer = place.run()
    require(answer.status == 0, str(answer))
    got = [int(number) for number in re.findall(r"got (\d+)", "\n".join(place.marks))]
    require(got and max(got) < 64, f"it got {got}")
    return f"it got {max(got)}; {check_done(place)}"


FLOOD_MIB = 1024


@case(f"the agent prints {FLOOD_MIB} MiB without pause", "all of it is kept, makima takes less than 200 MB", is_alone=True)
def flood(place, _chance):
    place.agent(f"head -c {FLOOD_MIB}M /dev/zero | tr '\\0' 'x' | fold -w 2000; echo\necho half >half; echo whole >whole\n{GATE}\n")
    # Not as JSON: that would have all of it in its lines.
    process = place.start("run", "work", "--check", "true", "--quiet")
    peak = 0
    while process.poll() is None:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s*(\d+)", status)
        peak = max(peak, int(found.group(1)) if found else 0)
        time.sleep(0.05)
    answer = place.answer(process)
    require(answer.status == 0, str(answer)[-500:])
    kept = sum(path.stat().st_size for path in place.task_directory.glob("runs/*/*/stdout"))
    least = FLOOD_MIB << 20
    require(kept >= least, f"{kept} bytes of {least} were kept")
    require(peak < 200_000, f"makima took {peak} kB")
    check_rest(place)
    return f"{kept >> 20} MiB kept, makima took {peak // 1000} MB at most"


@case("the agent prints more than max_file_mib allows", "so much is kept, the agent is ended, nothing left")
def bounded_flood(place, _chance):
    place.variables["MAKIMA_SANDBOX_MAX_FILE_MIB"] = "8"
    place.agent("say before; head -c 64M /dev/zero | tr '\\0' 'x' | fold -w 2000; echo half >half; echo whole >whole; gate")
    answer = place.run("--max-iterations", "2")
    sizes = [path.stat().st_size for path in place.task_directory.glob("runs/*/*/stdout")]
    task = place.shown()
    check_rest(place)
    require(max(sizes) == 8 << 20, f"{max(sizes)} bytes are kept")
    require(answer.status == 3 and "limit" in task["status"], str(answer))
    return f"{max(sizes) >> 20} MiB are kept; {ends(place)[0]}"
