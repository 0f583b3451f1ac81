"""What every test has: a page that is logged in, its watch, and a stage with a server and a daemon."""

from pages import Watch

CHECK = [{"name": "tests", "command": "python3 -m unittest -q"}]
PAGES = ["/", "/new", "/contracts", "/contracts/new", "/daemons", "/report", "/settings"]
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Run:
    """What a test has: the stage, a page that is logged in, and its watch."""

    def __init__(self, stage, chromium):
        self.stage, self.chromium = stage, chromium
        self.watch = Watch(stage.base)
        self.state = None

    def page(self, width=1360, height=900, logged_in=True, **options):
        context = self.chromium.new_context(viewport={"width": width, "height": height}, storage_state=self.state if logged_in else None, **options)
        page = context.new_page()
        page.set_default_timeout(15000)
        self.watch.follow(page)
        return page

    def log_in(self):
        page = self.page(logged_in=False)
        page.goto(self.stage.login_link())
        page.get_by_role("heading", name="Board").wait_for()
        self.state = page.context.storage_state()
        page.context.close()

    def open(self, path, **options):
        page = self.page(**options)
        page.goto(self.stage.base + path)
        return page

    def open_task(self, task, part="log", **options):
        page = self.open(f"/tasks/{task}#{part}", **options)
        page.get_by_role("tab", name="Log").wait_for()
        return page
