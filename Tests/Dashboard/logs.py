"""The log of programs that print much at once."""

import re

from pages import eventually
from running import test


def lines_of(page):
    return int(re.sub(r"\D", "", (page.locator(".log-size").inner_text() or "0").split("·")[0]) or 0)


def burst(run, name, count, warnings=0):
    task = run.stage.add(name, f"burst {count} warnings {warnings}", agent={"name": "plain"}, permissions=None)
    run.stage.wait_for_status(task, "done", seconds=120)
    return task


@test
def a_burst_is_in_the_log_whole_and_is_searched(run):
    task = burst(run, "A burst", 50000, 300)
    page = run.open_task(task)
    eventually(lambda: lines_of(page) >= 50300, "all lines", 60)
    assert lines_of(page) < 50400, "lines are there twice"
    search = page.get_by_label("Search the log")
    for words in ("line number 17 of", "line number 25000 of", "warning number 300 of"):
        search.fill(words)
        eventually(lambda: page.locator(".log-hits").inner_text() == "1 of 1", words)
    # What was printed is below the head of its iteration, and the gate is told from it.
    page.locator(".log-view").evaluate("(view) => { view.scrollTop = 0; }")
    search.fill("line number 1 of")
    page.locator(".log-row.log-hit").wait_for()
    head, line, gate = page.evaluate("""() => ["Iteration 1", "line number 1 of", "<COMPLETION_GATE>"].map((words) =>
        document.querySelector(".log-view").textContent.indexOf(words))""")
    assert -1 < head < line, (head, line, gate)
    search.fill("<COMPLETION_GATE>")
    page.locator(".log-row.log-gate").first.wait_for()


@test
def what_is_left_out_of_a_long_log_is_said_and_fetched(run):
    task = burst(run, "A long log", 20000)
    page = run.open("/")
    page.locator(".card", has_text="A long log").wait_for()
    page.evaluate("import('/assets/output.js').then(({ limits }) => { limits.kept = 200000; limits.shown = 150000; })")
    page.locator(".card", has_text="A long log").click()
    gap = page.locator(".log-row.log-gap")
    page.get_by_role("tab", name="Log").wait_for()
    assert task in page.url
    eventually(lambda: "left out" in page.locator(".log-size").inner_text(), "that lines are left out")
    search = page.get_by_label("Search the log")
    search.fill("line number 17 of")
    eventually(lambda: re.fullmatch(r"0 of 0, [\d,]+ lines left out", page.locator(".log-hits").inner_text()), "that not all is searched")
    page.locator(".log-view").evaluate("(view) => { view.scrollTop = 0; }")
    before = lines_of(page)
    gap.first.click()
    eventually(lambda: lines_of(page) > before + 1000, "the lines")
    for _ in range(20):
        if not page.locator(".log-size").inner_text().count("left out"):
            break
        rows = lines_of(page)
        page.locator(".log-view").evaluate("(view) => { view.scrollTop = 0; }")
        while not gap.count():
            page.locator(".log-view").evaluate("(view) => { view.scrollTop += view.clientHeight; }")
            page.wait_for_timeout(20)
        gap.first.click()
        eventually(lambda: lines_of(page) != rows, "more lines")
    assert lines_of(page) >= 20000, lines_of(page)
    eventually(lambda: page.locator(".log-hits").inner_text().endswith("of 1"), "the line")
