#!/usr/bin/env python3
"""Drives the dashboard with a real Chromium, on a real makima server with a daemon and an agent that acts its part.

Usage: dashboard.py --makima PROGRAM [--page stand-in|server] [NAME …]

`--page stand-in` has serve.py serve the page, `--page server` the server itself (the link is that of `makima open`).
NAMEs pick tests by a part of their name. Needs playwright, and Debian's chromium (CHROMIUM names another).
"""

import argparse
import sys
import time
import traceback

import ways  # noqa: F401, I001  these add their tests to the list, in this order
import together  # noqa: F401, I001
import logs  # noqa: F401, I001
import bounds  # noqa: F401, I001
from pages import browser
from running import TESTS, Run
from stage import Stage


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--makima", required=True)
    parser.add_argument("--page", choices=("stand-in", "server"), default="server")
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    failed = []
    chosen = [one for one in TESTS if not given.names or any(name in one.__name__ for name in given.names)]
    with Stage(given.makima, given.page) as stage, browser() as chromium:
        run = Run(stage, chromium)
        run.log_in()
        for one in chosen:
            began = time.monotonic()
            run.watch.errors.clear()
            run.watch.foreign.clear()
            try:
                one(run)
                assert not run.watch.errors, "errors in the console:\n" + "\n".join(run.watch.errors)
                assert not run.watch.foreign, "requests to other hosts: " + ", ".join(run.watch.foreign)
                print(f"ok    {one.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception:  # a test may fail in any way: the others go on
                failed.append(one.__name__)
                print(f"FAIL  {one.__name__}\n{traceback.format_exc(limit=4)}", flush=True)
            for context in chromium.contexts:
                context.close()
    print(f"{len(chosen) - len(failed)} of {len(chosen)} passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
