"""Accessibility, size and speed, and what happens when the server goes away."""

import re
import time

from pages import broken_rules, eventually, focus_order, frames_while
from running import CHECK, PAGES, test


def told(times):
    return ", ".join(f"{name} {median:.1f} ms (longest {longest:.1f})" for name, (median, longest) in times.items())


@test
def every_page_keeps_the_rules_of_accessibility(run):
    task = run.stage.add("For the rules", "fix the totals", checks=CHECK)
    run.stage.wait_for_status(task, "done")
    paths = PAGES + [f"/tasks/{task}#{part}" for part in ("log", "diff", "checks", "checkpoints", "progress", "plan", "raw")]
    found = []
    for scheme in ("light", "dark"):
        for width in (1360, 390):
            page = run.page(width=width, color_scheme=scheme)
            for path in paths:
                page.goto("about:blank")
                page.goto(run.stage.base + path)
                page.locator("main h1").wait_for()
                page.wait_for_timeout(500)
                found += [f"{scheme} {width} {path.replace(task, 'ID')}: {one}" for one in broken_rules(page)]
            page.context.close()
    assert not found, "\n".join(found)


@test
def the_tab_key_goes_in_the_order_of_reading(run):
    page = run.open("/settings")
    page.get_by_text("autonomous_loop.hard_limit").first.wait_for(state="attached")
    reached = focus_order(page)
    assert reached[0]["name"] == "Skip to the content", reached[0]
    assert all(entry["ring"] for entry in reached if entry["tag"] != "TEXTAREA"), [entry for entry in reached if not entry["ring"]]
    rail = [index for index, entry in enumerate(reached) if entry["inRail"]]
    inside = [index for index, entry in enumerate(reached) if entry["inMain"]]
    assert rail and inside and max(rail) < min(inside), "the navigation is not before the page"


@test
def a_log_of_100_000_lines_stays_fluent(run):
    task = run.stage.add("Many lines", "lines 100000")
    run.stage.wait_for_status(task, "done", seconds=240)
    page = run.open_task(task)
    eventually(lambda: int(re.sub(r"\D", "", page.locator(".log-size").inner_text() or "0")) > 100000, "all lines", 60)
    assert page.locator(".log-row").count() < 150
    times = frames_while(page, ".log-view", steps=60, distance=33333)
    began = time.monotonic()
    page.get_by_label("Search the log").fill("099999 compiling")
    page.locator(".log-row mark").first.wait_for()
    print(f"    100,000 lines: {told(times)}, {(time.monotonic() - began) * 1000:.0f} ms for a search")
    assert times["handler"][0] < 50, times


@test
def a_board_of_5_000_tasks_stays_fluent(run):
    run.stage.add_many(5000)
    page = run.open("/")
    eventually(lambda: int(re.sub(r"\D", "", page.locator('[data-column="queued"] .column-count').inner_text())) >= 5000, "5,000 tasks", 60)
    assert page.locator(".card").count() < 120
    times = frames_while(page, '[data-column="queued"] .column-list', steps=60, distance=9000)
    began = time.monotonic()
    page.get_by_label("Search tasks").fill("Task 04999")
    eventually(lambda: page.locator('[data-column="queued"] .column-count').inner_text() == "1", "the filter")
    print(f"    5,000 tasks: {told(times)}, {(time.monotonic() - began) * 1000:.0f} ms for a filter")
    assert times["handler"][0] < 50, times


@test
def the_first_paint_comes_soon(run):
    page = run.open("/")
    paints = []
    for _ in range(4):
        page.wait_for_timeout(600)
        page.reload()
        page.wait_for_timeout(800)
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 9999"))
    paint = min(paints)
    print(f"    first paint after {paint:.0f} ms")
    assert paint < 400, paint


@test
def a_lost_connection_is_said_and_comes_back(run):
    page = run.open("/")
    page.get_by_role("heading", name="Board").wait_for()
    page.wait_for_timeout(800)
    run.watch.allowed += ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "401"]
    run.stage.stop_page()
    page.get_by_text("Not connected").wait_for()
    run.stage.start_page_again()
    page.get_by_role("button", name="Try now").click()
    eventually(lambda: not page.locator(".connection").is_visible(), "the connection")
