#!/usr/bin/env python3
"""Brings faults about in the real makima, and compares what follows with what was promised.

Usage: faults.py [--only TEXT] [--seed N] [--jobs N] [--makima PATH] [--table PATH]

Prints a table (fault, expected, actual, verdict) and writes it down; a promise that did not hold fails the run, and its
files stay. Chance has a seed, which is printed: the same one brings about the same moments, as far as the machine allows.
"""

import argparse
import concurrent.futures
import pathlib
import random
import shutil
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
import journal_faults  # noqa: E402
import repository_faults  # noqa: E402
from cases import CASES, Skip  # noqa: E402
from place import Place, Violation  # noqa: E402
import disk_faults  # noqa: E402, F401
import process_faults  # noqa: E402, F401
import leaks  # noqa: E402, F401

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def bring_about(number, case, options):
    """One row of the table."""
    begun = time.monotonic()
    # No prefix of another case's path.
    place = Place(options.place / f"case-{number:03}", options.makima)
    try:
        actual, verdict = case.body(place, random.Random(f"{options.seed} {case.fault}")), "held"
    except Skip as reason:
        actual, verdict = str(reason), "skipped"
    except Violation as violation:
        actual, verdict = str(violation), "VIOLATED"
    except Exception:  # noqa: BLE001 - a defect of a case is told as one, and the others go on
        actual, verdict = traceback.format_exc().strip()[-600:], "VIOLATED"
    finally:
        place.end_everything()
    if verdict != "VIOLATED":
        shutil.rmtree(place.root, ignore_errors=True)
    else:
        actual += f" (see {place.root})"
    seconds = time.monotonic() - begun
    print(f"{verdict:8} {seconds:5.1f} s  {case.fault}: {actual}", flush=True)
    return case, actual, verdict, seconds


def release_knows_nothing():
    """Whether fault points are compiled into debug builds only."""
    known = [path for path in (ROOT / "Sources").rglob("*.swift") if "MAKIMA_FAULT" in path.read_text()]
    text = [line for path in known for line in path.read_text().splitlines() if line.strip()]
    return len(known) == 1 and text[0] == "#if DEBUG" and text[-1] == "#endif" and text.count("#if DEBUG") == 1 \
        and not any(line.startswith(("#else", "#elseif")) for line in text)


def cell(text):
    return " ".join(text.replace("|", "\\|").split())


def table(rows, options, seconds):
    lines = [
        "# Faults", "",
        f"Made by `make test-faults` with the seed {options.seed} in {seconds:.0f} s.", "",
        "| Fault | Expected | Actual | Verdict |", "|---|---|---|---|",
    ]
    lines += [f"| {cell(case.fault)} | {cell(case.expected)} | {cell(actual)} | {verdict} |"
              for case, actual, verdict, _ in rows]
    return "\n".join(lines) + "\n"


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="only faults whose name contains this text")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--makima", type=pathlib.Path, default=ROOT / ".build/debug/makima")
    parser.add_argument("--table", type=pathlib.Path, default=ROOT / ".build/faults.md")
    options = parser.parse_args()
    options.makima = str(options.makima.resolve())
    options.place = pathlib.Path(tempfile.mkdtemp(prefix="makima-faults."))
    # Others than root must be able to come to what is theirs.
    options.place.chmod(0o755)
    return options


def collect(options):
    """All cases that are wanted; the fault points and the calls of git are counted first."""
    if "write" in options.only or not options.only:
        writes = journal_faults.count_writes(Place(options.place / "counting", options.makima))
        journal_faults.add_points(writes)
        print(f"The standard task writes {writes} times into the journal.", flush=True)
    if "git" in options.only or not options.only:
        calls = repository_faults.count_git_calls(Place(options.place / "calls", options.makima))
        repository_faults.add_git_calls(calls)
        print(f"The standard task calls git {calls} times.", flush=True)
    return [case for case in CASES if options.only in case.fault]


def main():
    options = parse()
    begun = time.monotonic()
    print(f"Seed {options.seed}; everything is in {options.place}.", flush=True)
    if not release_knows_nothing():
        raise SystemExit("Error: fault points are not kept to debug builds by '#if DEBUG' around their whole file.")
    cases = list(enumerate(collect(options)))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        rows = dict(pool.map(lambda item: (item[0], bring_about(*item, options)), [c for c in cases if not c[1].is_alone]))
    for number, case in (item for item in cases if item[1].is_alone):
        rows[number] = bring_about(number, case, options)
    rows = [rows[number] for number, _ in cases]
    seconds = time.monotonic() - begun
    options.table.parent.mkdir(parents=True, exist_ok=True)
    options.table.write_text(table(rows, options, seconds))
    count = {verdict: sum(row[2] == verdict for row in rows) for verdict in ("held", "skipped", "VIOLATED")}
    print(f"\n{table(rows, options, seconds)}\n{len(rows)} faults in {seconds:.0f} s: {count['held']} held, "
          f"{count['skipped']} skipped, {count['VIOLATED']} violated; seed {options.seed}.")
    # Once more at the very end: who sees only the last lines of a long log sees these.
    for case, actual, verdict, _ in rows:
        if verdict == "VIOLATED":
            print(f"VIOLATED {case.fault}: {actual}")
    if count["VIOLATED"]:
        return 1
    shutil.rmtree(options.place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
