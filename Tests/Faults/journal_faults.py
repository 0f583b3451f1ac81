"""`kill -9` at each write of the journal, and at moments that chance chooses."""

import time

from cases import CASES, Case, case
from place import Place
from promises import check_done, journal, require, resume_until_done

MODES = ("auto", "off")


def left_behind(place):
    """Where the death left the task, in the journal's words."""
    try:
        database = journal(place)
        task = database.execute("SELECT status, iterations FROM task").fetchone()
        is_open = database.execute("SELECT count(*) FROM iteration WHERE ended IS NULL").fetchone()[0]
        database.close()
    except Exception:  # noqa: BLE001 - there is no journal yet
        return "nothing"
    if task is None:
        return "no row"
    return f"{task[0]}, {task[1]} iterations counted" + (", one open" if is_open else "")


def count_writes(place):
    """How many writes the standard scenario makes: the number of the last fault point that it reaches."""
    low, high = 0, 64
    while high - low > 1:
        middle = (low + high) // 2
        answer = Place(place.root / f"count-{middle}", place.makima_path).run(
            "--sandbox", "off", MAKIMA_FAULT=f"journal:{middle}:before")
        require(answer.status in (0, -9), f"the scenario itself fails: {answer}")
        low, high = (middle, high) if answer.status == -9 else (low, middle)
    require(0 < low < 63, f"the scenario writes {low} times: is this a debug build?")
    return low


def die_at(number, moment):
    """The case of one fault point; every second death is followed by one in the recovery."""

    def body(place, _chance):
        options = ("--sandbox", MODES[(number + (moment == "after")) % 2])
        answer = place.run(*options, MAKIMA_FAULT=f"journal:{number}:{moment}")
        require(answer.status == -9, f"the fault point was not reached: {answer}")
        left = left_behind(place)
        second = f"journal:{1 + number % 4}:{moment}"
        tries = resume_until_done(
            place, fault=lambda n: {"MAKIMA_FAULT": second} if n == 0 and number % 2 else {})
        return f"{left}; {tries} resumes; {check_done(place, most_lost=2)}"

    return body


def add_points(count):
    """Adds the cases of all fault points, once it is known how many there are."""
    for number in range(1, count + 1):
        for moment in ("before", "after"):
            again = ", and again in the recovery" if number % 2 else ""
            CASES.append(Case(f"kill -9 {moment} write {number} of the journal{again}", "done, nothing lost or doubled",
                              die_at(number, moment)))


ROUNDS = 20


def await_task(place, process):
    """Waits until the task has its directory: how long a start takes says nothing."""
    place.until(lambda: place.task_directory or process.poll() is not None, "the directory of the task")


def random_kills(index):
    def body(place, chance):
        mode = chance.choice(MODES)
        process = place.start(*place.order("--sandbox", mode))
        if chance.random() < 0.8:
            await_task(place, process)
        moments = [chance.uniform(0.0, 1.0)]
        time.sleep(moments[0])
        process.kill()
        place.answer(process)
        while chance.random() < 0.5 and len(moments) < 4 and place.shown().get("status") not in (None, "done"):
            moments.append(chance.uniform(0.02, 1.0))
            process = place.start("resume", "work", "--json")
            time.sleep(moments[-1])
            process.kill()
            place.answer(process)
        left = left_behind(place)
        resume_until_done(place)
        deaths = ", ".join(f"{moment * 1000:.0f}" for moment in moments)
        return f"killed at {deaths} ms; {left}; {check_done(place, most_lost=len(moments))}"

    return body


for round_number in range(1, ROUNDS + 1):
    CASES.append(Case(f"kill -9 at a random moment, round {round_number}", "done, nothing lost or doubled",
                      random_kills(round_number)))


def stop_at_random(_index):
    def body(place, chance):
        process = place.start(*place.order("--sandbox", chance.choice(MODES)))
        await_task(place, process)
        moment = chance.uniform(0.0, 1.2)
        time.sleep(moment)
        if chance.random() < 0.5:
            process.send_signal(2)
        else:
            place.makima("stop", "work")
        answer = place.answer(process)
        task = place.shown()
        expected = {"done": 0, "interrupted": 130}.get(task["status"])
        require(answer.status == expected, f"the task is {task['status']}, and makima ended with {answer}")
        database = journal(place)
        ends = [row[0] for row in database.execute("SELECT document FROM event")]
        database.close()
        final = [text for text in ends if '"done"' in text or '"interrupted"' in text]
        require(len(final) == 1, f"{len(final)} ends are in the history")
        resume_until_done(place)
        return f"at {moment * 1000:.0f} ms: {task['status']}; {check_done(place)}"

    return body


for round_number in range(1, ROUNDS + 1):
    CASES.append(Case(f"stop races with the end, round {round_number}", "one end, done or interrupted; then done",
                      stop_at_random(round_number)))


@case("two makimas resume one task at once, 5 times", "one works, the other is refused")
def two_owners(place, chance):
    # The second half waits for the last pair: work that were done before it would have both refused.
    may_end = place.root / "agent/may-end"
    place.agent(f"""say wait; sleep 0.5; if grep -qx half half 2>/dev/null; then
until [ -e "{may_end}" ]; do sleep 0.05; done; echo whole >whole; else echo half >half; fi; gate; echo "end $id" >>marks\n""")
    process = place.start(*place.order())
    place.await_mark("said")
    process.kill()
    place.answer(process)
    refused = 0
    for _ in range(5):
        pair = [place.start("resume", "work", "--json", "--max-iterations", "20") for _ in range(2)]
        time.sleep(chance.uniform(0.05, 0.6))
        for one in pair:
            one.kill()
        answers = [place.answer(one) for one in pair]
        refused += sum("another makima" in answer.errors + answer.output for answer in answers)
        require(not all(answer.status == 0 for answer in answers), "both ran the task")
    pair = [place.start("resume", "work", "--json") for _ in range(2)]
    place.until(lambda: any(one.poll() is not None for one in pair), "one of two is refused")
    may_end.touch()
    answers = [place.answer(one) for one in pair]
    statuses = sorted(answer.status for answer in answers)
    require(statuses[0] == 0 and statuses[1] != 0, f"they ended with {statuses}")
    return f"{refused + 1} refused; {check_done(place, most_lost=6)}"
