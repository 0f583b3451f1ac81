// The frame around all pages: navigation, routes, the state of the connection, keys, light and dark.
import { get, whenLoggedOut } from "./api.js";
import { announce, button, h, link, remember, remembered, replace, svg } from "./dom.js";
import { look } from "./status.js";
import { store } from "./store.js";
import { plural, tick } from "./text.js";

const ICONS = {
	board: "M3 4h4v16H3zM10 4h4v10h-4zM17 4h4v13h-4z",
	new: "M12 5v14M5 12h14",
	contracts: "M5 4h6v5H5zM13 15h6v5h-6zM8 9v8.5h5",
	daemons: "M4 5h16v6H4zM4 13h16v6H4zM7.5 8h.1M7.5 16h.1",
	report: "M6 3h9l4 4v14H6zM9 12h7M9 16h5",
	settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
};

const PAGES = [
	{ path: /^\/$/, module: "board", title: "Board", nav: "board" },
	{ path: /^\/tasks\/([^/]+)$/, module: "task", title: "Task", nav: "board" },
	{ path: /^\/new$/, module: "new", title: "New task", nav: "new" },
	{ path: /^\/contracts$/, module: "contracts", title: "Contracts", nav: "contracts" },
	{ path: /^\/contracts\/new$/, module: "newcontract", title: "New contract", nav: "contracts" },
	{ path: /^\/contracts\/([^/]+)$/, module: "contract", title: "Contract", nav: "contracts" },
	{ path: /^\/daemons$/, module: "daemons", title: "Daemons", nav: "daemons" },
	{ path: /^\/report$/, module: "report", title: "Report", nav: "report" },
	{ path: /^\/settings$/, module: "settings", title: "Settings", nav: "settings" },
	{ path: /^\/login$/, module: "login", title: "Log in", bare: true },
];

const NAV = [
	["board", "/", "Board"], ["new", "/new", "New task"], ["contracts", "/contracts", "Contracts"],
	["daemons", "/daemons", "Daemons"], ["report", "/report", "Report"], ["settings", "/settings", "Settings"],
];

const main = document.getElementById("main");
const rail = document.getElementById("rail");
const context = { go, me: null, keys: [] };
let current = null;
let visit = 0;

function icon(name) {
	return svg("svg.icon", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

function makeRail() {
	const items = NAV.map(([id, path, label]) =>
		h("li", link(path, { data: { nav: id } }, icon(id), h("span", label), id === "board" ? h("b.count") : null)));
	replace(rail,
		link("/", { class: "brand", label: "makima, the board" }, h("img", { src: "/assets/icon.svg", alt: "", width: 26, height: 26 }), h("span", "makima")),
		h("nav", { label: "Pages" }, h("ul", ...items)),
		h("div.rail-foot", themeButton(), button("?", showKeys, { kind: "bare", label: "Keys", title: "Keys (?)" })));
}

const THEMES = { auto: "As the system", light: "Light", dark: "Dark" };

function applyTheme(theme) {
	if (theme === "auto") delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = theme;
}

function themeButton() {
	const names = Object.keys(THEMES);
	const result = button("", () => {
		const next = names[(names.indexOf(remembered("theme", "auto")) + 1) % names.length];
		remember("theme", next);
		show();
		announce(`Colours: ${THEMES[next]}`);
	}, { kind: "bare", class: "theme" });
	const show = () => {
		const theme = remembered("theme", "auto");
		applyTheme(theme);
		result.textContent = { auto: "◐", light: "☀", dark: "☾" }[theme] ?? "◐";
		result.setAttribute("aria-label", `Colours: ${THEMES[theme]}. Change`);
		result.title = `Colours: ${THEMES[theme]}`;
	};
	show();
	return result;
}

/** Shows how the connection is: nothing where all is well. */
function followConnection() {
	const bar = h("div.connection", { role: "status", hidden: true });
	document.body.prepend(bar);
	store.followState(() => {
		bar.hidden = store.state !== "lost";
		document.documentElement.dataset.connection = store.state;
		if (bar.hidden) return;
		replace(bar, h("span", "Not connected: what is shown may be out of date. Trying again."),
			button("Try now", () => store.stream?.now(), { kind: "small" }));
	});
}

function followCounts() {
	store.follow(() => {
		let needs = 0;
		for (const task of store.tasks.values()) needs += look(task).group === "needs" ? 1 : 0;
		const count = rail.querySelector(".count");
		count.textContent = needs || "";
		count.title = needs ? `${plural(needs, "task needs", "tasks need")} you` : "";
		context.needs = needs;
		setTitle();
	});
}

function setTitle() {
	const name = current?.title ?? "";
	document.title = `${context.needs ? `(${context.needs}) ` : ""}${name ? name + " · " : ""}makima`;
}

export function go(path, { instead = false } = {}) {
	if (instead) history.replaceState(null, "", path);
	else history.pushState(null, "", path);
	show();
}

async function show() {
	const path = location.pathname;
	const page = PAGES.find((one) => one.path.test(path)) ?? PAGES[0];
	const mine = ++visit;
	document.body.classList.toggle("bare-page", Boolean(page.bare));
	for (const item of rail.querySelectorAll("[data-nav]")) {
		if (item.dataset.nav === page.nav) item.setAttribute("aria-current", "page");
		else item.removeAttribute("aria-current");
	}
	const module = await import(`./${page.module}.js`);
	if (mine !== visit) return;
	current?.destroy?.();
	context.keys = [];
	main.replaceChildren();
	main.className = `main page-${page.module}`;
	current = { title: page.title };
	const argument = (page.path.exec(path) ?? [])[1];
	const result = module.page(main, context, argument) ?? {};
	current = { title: page.title, ...result, setTitle };
	context.setTitle = (title) => { current.title = title; setTitle(); };
	setTitle();
	window.scrollTo(0, 0);
	if (mine > 1) main.focus({ preventScroll: true });
	announce(current.title);
}

function followLinks() {
	document.addEventListener("click", (event) => {
		const anchor = event.target.closest?.("a[href]");
		if (!anchor || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
		if (anchor.origin !== location.origin || anchor.target || anchor.hasAttribute("download")) return;
		if (anchor.getAttribute("href").startsWith("#") || anchor.pathname.startsWith("/api/")) return;
		event.preventDefault();
		if (anchor.pathname + anchor.search !== location.pathname + location.search) go(anchor.pathname + anchor.search);
	});
	addEventListener("popstate", show);
}

const KEYS = [
	["/", "Search"], ["j / k or ↓ / ↑", "Next and previous task"], ["h / l or ← / →", "Column before and after"], ["Enter", "Open the task"],
	["n", "New task"], ["b", "Board"], ["r", "Report"], ["Esc", "Leave a field, close a dialogue"], ["?", "These keys"],
	["On a task:", ""], ["1 … 7", "The parts of the page"], ["s", "Say something to the agent"], ["f", "Follow the log"],
	["On a contract:", ""], ["↑ ↓, Home, End", "Through the tree of its tasks"], ["← / →", "Fold and unfold"], ["Enter", "Open the task"],
];

function showKeys() {
	const rows = KEYS.map(([key, what]) => h("tr", h("th", { scope: "row" }, what ? h("kbd", key) : key), h("td", what)));
	const dialog = h("dialog.dialog.keys", { label: "Keys" }, h("h2", "Keys"), h("table", ...rows),
		h("div.dialog-foot", button("Close", () => dialog.close(), { kind: "primary" })));
	dialog.addEventListener("close", () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
}

function isTyping(target) {
	return target.closest?.("input, textarea, select, [contenteditable]");
}

function followKeys() {
	document.addEventListener("keydown", (event) => {
		if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
		if (isTyping(event.target)) {
			if (event.key === "Escape") event.target.blur();
			return;
		}
		for (const handler of context.keys) {
			if (handler(event)) { event.preventDefault(); return; }
		}
		const path = { n: "/new", b: "/", r: "/report" }[event.key];
		if (path) { event.preventDefault(); go(path); } else if (event.key === "?") showKeys();
	});
}

async function logIn() {
	if (location.pathname === "/login") return true;
	try {
		context.me = await get("/me");
		return true;
	} catch (problem) {
		if (problem.status === 401) return false;
		return true;
	}
}

export async function begin() {
	try { context.me = await get("/me"); } catch { context.me = null; }
	store.start();
}

async function start() {
	makeRail();
	followLinks();
	followKeys();
	followConnection();
	followCounts();
	setInterval(tick, 10000);
	whenLoggedOut(() => {
		store.stop();
		if (location.pathname !== "/login") go("/login", { instead: true });
	});
	const loggedIn = await logIn();
	if (loggedIn && location.pathname !== "/login") store.start();
	if (loggedIn) show();
}

context.begin = begin;
start();
