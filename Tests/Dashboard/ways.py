"""The main ways of a person through the dashboard."""

import re
import time

from pages import eventually
from running import CHECK, test


def log_text(page):
    return page.locator(".log-view").inner_text()


@test
def a_link_logs_in_and_without_one_the_page_says_what_to_do(run):
    page = run.page(logged_in=False)
    run.watch.allowed.append("401")
    page.goto(run.stage.base + "/report")
    page.get_by_text("makima open").wait_for()
    assert page.url.endswith("/login"), page.url
    page.goto(run.stage.base + "/login#wrong-code")
    page.get_by_role("alert").get_by_text("not valid").wait_for()
    assert "#" not in page.url, "the code stays in the address"
    run.watch.allowed.remove("401")
    run.log_in()
    page = run.open("/")
    page.get_by_role("heading", name="Board").wait_for()
    cookies = page.context.cookies()
    assert cookies and all(cookie["httpOnly"] for cookie in cookies), cookies


@test
def a_task_is_added_by_the_form_and_watched_live(run):
    page = run.open("/new")
    page.get_by_label("What is to be done").fill("fix: round the totals of invoices once")
    page.get_by_label("Repository").fill(str(run.stage.repository))
    page.get_by_label("Repository").blur()
    page.get_by_role("button", name="make test").first.click()
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Sandbox").select_option("off")
    page.get_by_label("What the agent may do unasked").select_option("edit")
    page.get_by_label("Name", exact=True).fill("Round once")
    page.get_by_role("button", name="Queue the task").click()
    page.get_by_role("heading", name="Round once").wait_for()
    page.locator(".log-row", has_text="I look at how totals are made").first.wait_for()
    page.locator('.badge[data-status="done"]').wait_for(timeout=40000)
    assert "Done, verified" in page.locator(".task-status").inner_text()
    eventually(lambda: page.locator(".timeline-item").count() == 4, "three iterations in the rail")
    assert "every check passed" in page.locator(".why").inner_text()


@test
def a_new_line_of_the_agent_is_seen_soon(run):
    task = run.stage.add("Slow work", "slow 8")
    run.stage.wait_for_status(task, "running")
    page = run.open_task(task)
    page.locator(".log-row", has_text="Second 1:").wait_for()
    before = page.locator(".log-row", has_text=re.compile(r"Second \d+:")).count()
    eventually(lambda: page.locator(".log-row", has_text=re.compile(r"Second \d+:")).count() > before, "another line", 6)
    assert page.get_by_role("button", name="Follow").get_attribute("aria-pressed") == "true"


@test
def tool_calls_unfold_to_input_and_result(run):
    task = run.stage.add("Fix it", "fix the totals", checks=CHECK)
    run.stage.wait_for_status(task, "done")
    page = run.open_task(task)
    page.get_by_label("Search the log").fill("unittest")
    row = page.locator(".log-tool:not(.log-part)", has_text="python3 -m unittest").first
    row.wait_for()
    row.click()
    page.locator(".log-part", has_text="Ran 3 tests").or_(page.locator(".log-part", has_text="AssertionError")).first.wait_for()
    page.get_by_label("Show", exact=True).select_option("problems")
    page.locator(".log-check", has_text="Check failed").first.wait_for()


@test
def an_iteration_is_jumped_to_in_every_part(run):
    task = run.stage.add("Fix it again", "fix the totals", checks=CHECK)
    run.stage.wait_for_status(task, "done")
    page = run.open_task(task)
    page.get_by_role("button", name=re.compile("^Iteration 1:")).click()
    page.locator(".log-iteration", has_text="Iteration 1 of").wait_for()
    page.get_by_role("tab", name="Diff").click()
    page.locator(".diff-head", has_text="Iteration 1").wait_for()
    page.locator(".diff-file", has_text="NOTES.md").wait_for()
    page.get_by_role("button", name="All iterations").click()
    page.locator(".diff-path", has_text="invoices/totals.py").wait_for()
    assert page.locator(".diff-line.add").count() > 5
    page.get_by_role("tab", name="Checks").click()
    page.locator(".receipt", has_text="failed with exit 1").locator("summary").first.click()
    page.get_by_text("AssertionError").first.wait_for()
    page.get_by_role("tab", name="Progress").click()
    page.get_by_role("img", name=re.compile("Cost over iterations")).wait_for()
    page.get_by_role("tab", name="Raw").click()
    page.locator(".raw-row").first.click()
    assert '"taskId"' in page.locator(".raw-detail").inner_text()
    page.get_by_role("button", name="Output: stdout").click()
    page.locator(".raw-output .log-row").first.wait_for()


@test
def a_wish_of_the_agent_is_answered(run):
    task = run.stage.add("Install it", "permission for a package", permissions="ask", questions={})
    board = run.open("/")
    board.locator('[data-column="needs"] .card', has_text="Install it").wait_for(timeout=30000)
    page = run.open_task(task)
    page.get_by_role("region", name="A question of the agent").get_by_text("npm install left-pad").first.wait_for()
    page.get_by_role("button", name="Allow once").click()
    page.locator('.badge[data-status="done"]').wait_for(timeout=30000)
    assert "I was answered: allow" in log_text(page)
    assert page.get_by_role("region", name="A question of the agent").count() == 0


@test
def a_question_says_until_when_it_waits_and_what_holds_then(run):
    def task(name, questions):
        return run.stage.add(name, "permission for a package", permissions="ask", questions=questions)

    timed, endless = task("Answer in time", {"deadlineMilliseconds": 600000}), task("Answer some day", {})
    page = run.open_task(timed)
    panel = page.get_by_role("region", name="A question of the agent")
    words = panel.locator(".question-until")
    words.wait_for(timeout=30000)
    assert re.match(r"Counts as refused at .*\d\d:\d\d \(in (9 min|10 min)\)\.", words.inner_text()), words.inner_text()
    other = run.open_task(endless)
    other.get_by_text("It waits until somebody answers.").wait_for(timeout=30000)
    for one in (page, other):
        one.get_by_role("button", name="Allow once").click()
        one.locator('.badge[data-status="done"]').wait_for(timeout=30000)


@test
def comments_on_lines_reach_the_agent_and_a_higher_limit_resumes(run):
    task = run.stage.add("Step by step", "limit of steps", maxIterations=2)
    run.stage.wait_for_status(task, "iteration_limit_reached")
    page = run.open_task(task, "diff")
    page.get_by_role("button", name="Comment on line 2 of steps.txt").click()
    page.locator("form.diff-write textarea").fill("Say what the step was, please.")
    page.get_by_role("button", name="Add comment").click()
    page.reload()
    page.get_by_text("Say what the step was, please.").wait_for()
    page.get_by_role("button", name="Send to the agent").click()
    page.get_by_text("Kept for the agent").first.wait_for()
    assert not page.locator(".diff-comments").is_visible()
    page.get_by_role("button", name="Resume …").click()
    dialog = page.get_by_role("dialog", name="Resume this task")
    limit = dialog.get_by_label("Iterations, over the life of the task")
    assert limit.input_value() == "4", limit.input_value()
    dialog.get_by_role("button", name="Resume").click()
    page.get_by_role("tab", name="Log").click()
    page.locator('.badge[data-status="done"]').wait_for(timeout=40000)
    page.get_by_label("Search the log").fill("Say what the step was, please.")
    page.locator(".log-text:not(:has(*))", has_text="Say what").or_(page.locator(".log-row.log-text", has_text="Say what")).first.wait_for()
    text = run.stage.api("GET", f"/tasks/{task}/events?limit=200&kinds=agent")["events"]
    said = "\n".join(event["body"].get("text", "") for event in text)
    assert "steps.txt:2" in said and "Say what the step was, please." in said, said[-2000:]


@test
def a_resume_below_what_is_used_is_refused_in_the_dialogue(run):
    task = run.stage.add("Limited", "limit of steps", maxIterations=1)
    run.stage.wait_for_status(task, "iteration_limit_reached")
    page = run.open_task(task)
    page.get_by_role("button", name="Resume …").click()
    dialog = page.get_by_role("dialog", name="Resume this task")
    dialog.get_by_label("Iterations, over the life of the task").fill("500")
    dialog.get_by_role("button", name="Resume").click()
    assert dialog.is_visible(), "a value above the ceiling was sent"
    page.keyboard.press("Escape")
    assert run.stage.status(task) == "iteration_limit_reached"


@test
def a_checkpoint_is_restored(run):
    task = run.stage.add("Steps to restore", "limit of steps", maxIterations=2)
    run.stage.wait_for_status(task, "iteration_limit_reached")
    page = run.open_task(task, "checkpoints")
    page.get_by_role("button", name="Restore checkpoint 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    page.get_by_text("Restored. What was there before is checkpoint").wait_for()
    steps = run.stage.place / "state/tasks" / task / "tree/steps.txt"
    assert steps.read_text() == "step 1\n", steps.read_text()


@test
def a_task_is_steered_paused_and_stopped(run):
    task = run.stage.add("Long work", "slow 40")
    run.stage.wait_for_status(task, "running")
    page = run.open_task(task)
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog", name="Say something to the agent")
    dialog.get_by_label("Message").fill("Say it back: hello")
    dialog.get_by_role("button", name="Send").click()
    page.locator(".log-person", has_text="Say it back: hello").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    page.locator('.badge[data-status="interrupted"]').wait_for(timeout=30000)
    page.get_by_role("button", name="Resume …").wait_for()


@test
def a_daemon_is_drained_and_takes_tasks_again(run):
    page = run.open("/daemons")
    page.get_by_role("button", name="Drain").click()
    page.get_by_text("Draining").wait_for()
    try:
        task = run.stage.add("Waits", "fix it")
        waits = eventually(lambda: run.stage.api("GET", f"/tasks/{task}").get("waitsFor"), "what it waits for")
        board = run.open(f"/tasks/{task}")
        board.locator(".why", has_text=waits[0]).wait_for()
    finally:
        page.get_by_role("button", name="Take tasks again").click()
    page.get_by_text("Connected", exact=True).wait_for()
    assert not run.stage.api("GET", "/daemons")["daemons"][0].get("draining")


@test
def hostile_text_stays_text(run):
    task = run.stage.add("<b>Hostile</b> \U0001f600", "hostile words")
    run.stage.wait_for_status(task, "done")
    page = run.open_task(task)
    page.get_by_label("Search the log").fill("onerror")
    page.locator(".log-row", has_text="<img src=x onerror=alert(1)>").first.wait_for()
    page.get_by_label("Search the log").fill("")
    page.get_by_role("button", name="Follow").click()
    text = log_text(page)
    assert "\u202e" not in text and "U+202E" in text, text
    assert "\u001b" not in text and "[31m" not in text and "evil.example" not in text
    assert page.locator("img[onerror], .log-view script, b[onclick]").count() == 0
    page.get_by_role("tab", name="Diff").click()
    page.locator(".diff-file", has_text="<script>alert(4)</script>").wait_for()


@test
def a_restore_is_listed_and_says_what_is_proven(run):
    task = run.stage.add("Taken back", "fix the totals", checks=CHECK)
    run.stage.wait_for_status(task, "done")
    page = run.open_task(task, "checkpoints")
    page.get_by_role("button", name="Restore checkpoint 2", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    told = page.get_by_text(re.compile(r"What was there before is checkpoint \d+\.")).first.inner_text()
    kept = int(re.search(r"checkpoint (\d+)", told)[1])
    page.get_by_role("rowheader", name=f"{kept} before a restore").wait_for()
    page.get_by_role("rowheader", name=f"{kept + 1} restored").wait_for()
    words = page.locator(".why-astray")
    words.wait_for()
    assert re.match(r"The workspace is at checkpoint 2; proven is checkpoint \d+", words.inner_text()), words.inner_text()
    page.reload()
    page.get_by_role("button", name=f"Restore checkpoint {kept}", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    eventually(lambda: not words.count(), "that what is proven is there again")


@test
def tokens_are_made_and_revoked(run):
    page = run.open("/settings")
    page.get_by_role("button", name="Make a token").click()
    dialog = page.get_by_role("dialog", name="Make a token")
    dialog.get_by_label("Label").fill("for a test")
    dialog.get_by_role("button", name="Make it").click()
    page.get_by_role("dialog", name="The new token").get_by_text("mk_").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Revoke for a test").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke it").click()
    page.get_by_role("row", name="for a test").get_by_text("revoked").wait_for()
    page.get_by_text("autonomous_loop.hard_limit").first.wait_for(state="attached")


@test
def the_agent_that_can_be_had_is_offered(run):
    def open_form(path, agents, configured):
        page = run.page()
        page.route("**/api/v1/daemons", lambda route: route.fulfill(json={"daemons": [
            {"daemonId": "d", "daemonName": "d", "connected": True, "agents": agents, "enrolledAt": 0},
            {"daemonId": "gone", "daemonName": "gone", "connected": False, "agents": ["claude"], "enrolledAt": 0}]}))
        page.route("**/api/v1/settings", lambda route: route.fulfill(json={"settings": [{"key": "agent", "value": configured}]}))
        page.goto(run.stage.base + path)
        field = page.get_by_label("Agent", exact=True)
        eventually(field.input_value, "an agent")
        return page, field

    for agents, configured, chosen in ((["plain", "zed"], "zed", "zed"), (["plain"], "claude", "plain"), (["plain", "zed"], "claude", "claude")):
        page, field = open_form("/new", agents, configured)
        assert field.input_value() == chosen, (agents, configured, field.input_value())
        assert page.get_by_text(re.compile(r"^No connected daemon has it\.")).count() == (0 if chosen in agents else 1)
    page, field = open_form("/contracts/new", ["plain"], "plain")
    field.fill("claude")
    page.get_by_text("No connected daemon has it. They have: plain.").wait_for()
    # What daemons really say of themselves.
    offered = run.stage.api("GET", "/daemons")["daemons"][0]["agents"]
    assert {"claude", "plain"} <= set(offered), offered


@test
def only_what_somebody_has_set_is_shown(run):
    page = run.open("/settings")
    page.get_by_text("autonomous_loop.hard_limit").first.wait_for(state="attached")
    rows = page.get_by_role("region", name="Key, Value, Source").locator("tbody tr:visible")
    only = page.get_by_label("Only what somebody has set")
    assert only.is_checked()
    keys = [row.split("\t")[0] for row in rows.all_inner_texts()]
    assert "permissions" in keys and "agents.claude.command" in keys and "autonomous_loop.hard_limit" not in keys, keys
    only.uncheck()
    assert rows.count() > len(keys) + 50, rows.count()
    page.get_by_role("row", name="autonomous_loop.hard_limit").get_by_text("default").wait_for()


@test
def the_report_tells_what_was_spent_in_its_time(run):
    run.stage.wait_for_status(run.stage.add("Counted work", "fix the totals", checks=CHECK), "done")
    # What it costs nobody knows; that hides no other cost.
    run.stage.wait_for_status(run.stage.add("Uncounted work", "burst 3", agent={"name": "plain"}, permissions=None), "done")
    # A day is asked for before or after midnight alike.
    spent = run.stage.api("GET", "/spending")["tasks"]
    dollars = sum(task["usage"].get("costMicrodollars", 0) for task in spent) / 1e6
    assert dollars > 0, spent
    page = run.open("/report")
    figure = page.locator(".figure", has_text="spent in this time").locator("b")
    eventually(lambda: figure.inner_text().startswith("$"), "the cost", 8)
    page.locator(".figure-more", has_text=re.compile(r"\+ \d+ tasks? whose cost is not told")).wait_for()
    page.locator(".report-item", has_text="Counted work").get_by_text(re.compile(r"\d+ it\. · \$\d")).wait_for()
    # Nothing was done a fortnight ago, and that is known.
    page.locator(".day").first.click()
    eventually(lambda: figure.inner_text() == "$0.00", "no cost")
    page.get_by_text("Nothing happened in this time.").wait_for()


@test
def a_card_says_why_its_task_waits(run):
    stopped = run.stage.add("Stops before the other", "stuck", maxIterations=1)
    run.stage.wait_for_status(stopped, "iteration_limit_reached", "blocked", "stalled")
    later = int(time.time() * 1000) + 86400 * 1000
    tasks = [run.stage.add("Waits for a day", "fix it", notBefore=later), run.stage.add("Is wanted nowhere", "fix it", labels=["moon"]),
             run.stage.add("Comes behind", "fix it", dependencies=[{"taskId": stopped}])]
    page = run.open("/")
    for task in tasks:
        reason = run.stage.wait_for(lambda: run.stage.api("GET", f"/tasks/{task}")["waitsFor"], "the reason")  # noqa: B023
        card = page.locator(f'.card[data-id="{task}"] .card-why')
        card.scroll_into_view_if_needed()
        eventually(lambda: card.inner_text().startswith(reason[0][:100]), reason)  # noqa: B023
    assert not page.get_by_text("free daemon").count()


@test
def the_board_is_gone_through_by_keys(run):
    page = run.open("/")
    page.locator(".card").first.wait_for()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type("Round once")
    eventually(lambda: page.locator(".card:visible").count() == 1, "one card")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear").click()
    eventually(lambda: page.locator(".card:visible").count() > 1, "the other cards")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.dataset.id")
    page.keyboard.press("l")
    second = page.evaluate("document.activeElement.dataset.id")
    columns = page.evaluate("[...document.querySelectorAll('.column')].map(one => [one.innerText.slice(0, 12), one.querySelectorAll('.card').length])")
    assert first and second not in (None, first), (first, second, columns, page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Log").wait_for()
