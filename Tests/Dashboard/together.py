"""Contracts: several tasks that work on one goal, seen and steered through the dashboard."""

import re
import subprocess

from pages import broken_rules, eventually
from running import test

READ = [{"name": "read me", "command": "test -f README.md"}]


def status(run, contract):
    return run.stage.api("GET", f"/contracts/{contract}")["status"]


def wait_for(run, contract, wanted, seconds=90):
    run.stage.wait_for(lambda: status(run, contract) == wanted, f"{wanted} of {contract}", seconds)


def open_contract(run, contract, **options):
    page = run.open(f"/contracts/{contract}", **options)
    page.get_by_role("tree", name="Tasks").wait_for()
    return page


class Asked:
    """How many requests of a contract were made, and how many at once at most."""

    def __init__(self, page):
        self.open, self.most, self.count = 0, 0, 0
        page.on("request", lambda request: self.change(request, 1))
        page.on("requestfinished", lambda request: self.change(request, -1))
        page.on("requestfailed", lambda request: self.change(request, -1))

    def change(self, request, step):
        if not re.search(r"/api/v1/contracts(/\w{10})?(\?|$)", request.url) or request.method != "GET":
            return
        self.open += step
        self.count += step > 0
        self.most = max(self.most, self.open)


@test
def a_contract_is_made_by_the_form_and_its_work_is_merged(run):
    run.stage.branch("together")
    page = run.open("/contracts/new")
    asked = Asked(page)
    page.get_by_label("What is to be reached").fill("Write two files\n\nBoth are there in the end.")
    page.get_by_label("Repository").fill(str(run.stage.repository))
    page.get_by_label("Target branch").fill("together")
    page.get_by_label("Check", exact=True).first.fill("test -f README.md")
    page.get_by_label("An agent leads").uncheck()
    page.get_by_role("button", name="Add a task").click()
    for index, (name, plan, after) in enumerate([("first", "part first", ""), ("second", "part second", "first")]):
        page.get_by_label("Name of the task").nth(index).fill(name)
        page.get_by_label("What the task is to do").nth(index).fill(plan)
        page.get_by_label("After which tasks").nth(index).fill(after)
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Phases").fill("Write; Check")
    page.get_by_label("Sandbox").select_option("off")
    page.get_by_label("What agents may do unasked").select_option("edit")
    page.get_by_role("button", name="Make the contract").click()
    page.get_by_role("heading", name="Write two files").wait_for()
    page.locator('.task-status .badge[data-status="done"]').wait_for(timeout=90000)
    assert "Done, verified" in page.locator(".task-status").inner_text()
    for name in ("first", "second"):
        page.get_by_role("treeitem", name=re.compile(rf"^{name}, Done, .*merged as [0-9a-f]{{7}}")).wait_for()
    page.locator(".history-entry", has_text="The goal is reached").wait_for()
    first = page.locator(".history-entry").first.inner_text()
    assert "The goal is reached" in first, f"the newest does not stand first: {first}"
    eventually(lambda: page.locator(".phase").all_inner_texts() and all("done" in text for text in page.locator(".phase").all_inner_texts()), "both phases")
    assert asked.most == 1 and asked.count < 60, (asked.most, asked.count)
    files = subprocess.run(["git", "-C", str(run.stage.repository), "ls-tree", "--name-only", "together"], capture_output=True, text=True, check=True).stdout.split()
    assert {"first.txt", "second.txt"} <= set(files), files
    page.get_by_role("link", name="Contracts", exact=True).last.click()
    page.locator(".contract-card", has_text="Write two files").get_by_text("2 done, 2 merged of 2 tasks").wait_for()


@test
def a_task_says_which_contract_it_belongs_to(run):
    run.stage.branch("belongs")
    contract = run.stage.contract("Belong together", [{"name": "part of it", "plan": "part belonging"}], targets=["belongs"], checks=READ)
    wait_for(run, contract, "done")
    page = open_contract(run, contract)
    page.get_by_role("link", name="part of it", exact=True).click()
    page.locator(".facts", has_text="merged as").wait_for()
    assert "into belongs" in page.locator(".task-merge").inner_text()
    page.locator(".facts").get_by_role("link", name="Belong together").click()
    page.get_by_role("tree", name="Tasks").wait_for()
    assert page.url.endswith(f"/contracts/{contract}"), page.url


@test
def a_blocked_contract_says_what_to_do_and_goes_on(run):
    run.stage.branch("blocked")
    checks = [{"name": "allowed", "command": "echo not allowed yet; test -f allowed.txt"}]
    contract = run.stage.contract("Wait for a person", [{"name": "one part", "plan": "part blocked"}], targets=["blocked"], checks=checks)
    page = open_contract(run, contract)
    page.locator('.task-status .badge[data-status="blocked"]').wait_for(timeout=90000)
    page.locator(".why", has_text="fails without any new work: allowed").wait_for()
    page.locator(".why-hint", has_text="Mend the branch").wait_for()
    page.get_by_role("region", name="Merge queues").get_by_text("It stands still").wait_for()
    listed = run.open("/contracts")
    listed.locator(".contract-card", has_text="Wait for a person").get_by_text("Needs you").first.wait_for()
    run.stage.commit("blocked", "allowed.txt")
    page.get_by_role("button", name="Resume …").click()
    page.get_by_role("dialog", name="Resume this contract?").get_by_role("button", name="Resume").click()
    page.locator('.task-status .badge[data-status="done"]').wait_for(timeout=90000)
    page.locator(".history-entry", has_text="The contract goes on").wait_for()
    listed.locator(".contract-card", has_text="Wait for a person").get_by_text("Done, verified").wait_for()


@test
def a_budget_that_is_used_up_is_raised_in_the_dialogue(run):
    run.stage.branch("budget")
    contract = run.stage.contract("Spend little", [{"name": "spender", "plan": "limit of steps"}], targets=["budget"], checks=READ,
                                  limits={"maxCostMicrodollars": 50000})
    page = open_contract(run, contract)
    page.locator('.task-status .badge[data-status="budget_reached"]').wait_for(timeout=90000)
    page.get_by_role("meter", name="Cost").wait_for()
    page.get_by_role("button", name="Resume …").click()
    dialog = page.get_by_role("dialog", name="Resume this contract?")
    cost = dialog.get_by_label("Cost of all tasks at most, in dollars")
    assert cost.input_value() == "0.1", cost.input_value()
    cost.fill("0.06")
    run.watch.allowed.append("409")
    dialog.get_by_role("button", name="Resume").click()
    dialog.get_by_role("alert").get_by_text("would stop at once").wait_for()
    cost.fill("20")
    dialog.get_by_role("button", name="Resume").click()
    page.locator(".budget-head", has_text="of $20.00").wait_for()
    run.watch.allowed.remove("409")
    page.locator('.task-status .badge[data-status="done"]').wait_for(timeout=90000)


@test
def the_tree_of_a_contract_is_gone_through_by_keys(run):
    run.stage.branch("keys")
    later = [{"name": name, "plan": "slow 300"} for name in ("alpha", "beta")]
    contract = run.stage.contract("Lead the way", later, goal="slow 300", targets=["keys"], supervised=True)
    page = open_contract(run, contract)
    page.get_by_role("treeitem", name=re.compile("^beta")).wait_for()
    page.locator(".tree-item").first.focus()
    at = lambda: page.evaluate("document.activeElement.getAttribute('aria-label')") or ""  # noqa: E731
    items = page.get_by_role("treeitem")
    assert at().startswith("Lead Lead the way, leads") and items.first.get_attribute("aria-expanded") == "true", at()
    for key, name in (("ArrowDown", "alpha"), ("End", "beta"), ("Home", "Lead"), ("End", "beta"), ("ArrowLeft", "Lead"), ("ArrowRight", "alpha"), ("ArrowUp", "Lead")):
        page.keyboard.press(key)
        assert at().startswith(name), (key, at())
    page.keyboard.press("ArrowLeft")
    assert items.count() == 1 and items.first.get_attribute("aria-expanded") == "false" and at().startswith("Lead")
    page.keyboard.press("ArrowRight")
    assert items.count() == 3 and page.locator("[role=treeitem][tabindex='0']").count() == 1
    board = run.open("/")
    board.locator(".card", has_text="Lead Lead the way").locator(".leads").wait_for()
    assert board.locator(".card", has_text="alpha").locator(".leads").count() == 0
    page.keyboard.press("End")
    # What changes meanwhile does not take the place away.
    task = next(one["taskId"] for one in run.stage.api("GET", f"/contracts/{contract}")["tasks"] if one["name"] == "alpha")
    run.stage.wait_for_status(task, "running")
    run.stage.api("POST", f"/tasks/{task}/stop", {})
    page.get_by_role("treeitem", name=re.compile("^alpha, Interrupted")).wait_for()
    assert at().startswith("beta"), at()
    page.get_by_role("button", name="Stop …").click()
    page.get_by_role("dialog", name="Stop this contract?").get_by_role("button", name="Stop").click()
    page.locator('.task-status .badge[data-status="stopped"]').wait_for()
    page.get_by_role("treeitem", name=re.compile("^beta")).focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="beta").wait_for()
    assert "/tasks/" in page.url


@test
def contracts_fit_on_a_phone_and_keep_the_rules(run):
    run.stage.branch("narrow")
    long = "averyveryverylongwordwithoutanyplacetobreakitinto" * 2
    tasks = [{"name": long[:90], "plan": "part narrow"}, {"name": "second", "plan": "part wide", "after": [long[:90]]}]
    contract = run.stage.contract("Narrow " + long, tasks, targets=["narrow"], checks=[{"name": long, "command": "echo " + long}],
                                  phases=[{"name": long}, {"name": "next"}], limits={"maxCostMicrodollars": 9000000, "maxTokens": 1000000})
    wait_for(run, contract, "done")
    found = []
    for scheme, width in (("light", 1360), ("light", 320), ("dark", 1360), ("dark", 320)):
        page = run.page(width=width, color_scheme=scheme)
        for path in (f"/contracts/{contract}", "/contracts", "/contracts/new"):
            page.goto("about:blank")
            page.goto(run.stage.base + path)
            page.locator(".history-entry, .contract-card, form").first.wait_for()
            page.wait_for_timeout(400)
            if path.endswith("/new"):
                page.get_by_label("An agent leads").uncheck()
                page.get_by_text("More", exact=True).click()
            found += [f"{scheme} {width} {path}: {one}" for one in broken_rules(page)]
        page.context.close()
    assert not found, "\n".join(found)


@test
def hostile_names_of_a_contract_stay_text(run):
    run.stage.branch("hostile")
    name = "<img src=x onerror=alert(1)>"
    contract = run.stage.contract(f"{name} goal", [{"name": "<script>alert(2)</script>", "plan": "hostile words"}], goal=f"{name} \u202e \u001b[31mred",
                                  targets=["hostile"], checks=[{"name": "<b>check</b>", "command": "echo '<i>' \u202e"}])
    wait_for(run, contract, "done")
    page = open_contract(run, contract)
    page.get_by_role("treeitem", name="<script>alert(2)</script>").wait_for()
    page.locator(".history-entry", has_text="<script>alert(2)</script>").first.wait_for()
    listed, board = run.open("/contracts"), run.open("/")
    listed.locator(".contract-name", has_text=name).wait_for()
    board.locator(".card .chip", has_text="<img src=x").first.wait_for(state="attached")
    for where in (page, listed, board):
        text = where.locator("main").inner_text()
        assert "\u202e" not in text and "\u001b" not in text, text
        assert where.locator("main img, main script, main b:has-text('check') b").count() == 0
    assert "⟨U+202E⟩" in page.locator("main").inner_text()


@test
def a_task_that_is_forgotten_leaves_the_board(run):
    task = run.stage.add("Soon forgotten", "fix it", notBefore=32503680000000)
    page = run.open("/")
    page.locator(".card", has_text="Soon forgotten").wait_for()
    run.stage.api("DELETE", f"/tasks/{task}")
    eventually(lambda: page.locator(f'.card[data-id="{task}"]').count() == 0, "a board without it")
