// What got done, what stopped and why, what needs a person, and what it cost: from facts only.
import { get, ofTask, Problem } from "./api.js";
import { atMostEvery, button, eachFrame, h, link, nothing, replace } from "./dom.js";
import { badge, look, shape, wantsAnswer } from "./status.js";
import { store } from "./store.js";
import { ago, baseName, money, number, oneLine, plural } from "./text.js";

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short" });

function startOfDay(date) {
	return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Last night begins at 18:00 of the day before; a day is from midnight to midnight, here. */
function windowOf(choice, now = new Date()) {
	const today = startOfDay(now);
	if (choice === "night") return { from: new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1, 18).getTime(), to: now.getTime() };
	const day = new Date(today);
	day.setDate(day.getDate() - choice);
	const next = new Date(day);
	next.setDate(next.getDate() + 1);
	return { from: day.getTime(), to: next.getTime() };
}

function sortOut(tasks, { from, to }) {
	const groups = { verified: [], unverified: [], needs: [], stopped: [], going: [] };
	for (const task of tasks) {
		const { group } = look(task);
		const isPresent = ["needs", "working", "waiting", "queued"].includes(group);
		if (!(task.updatedAt >= from && task.updatedAt < to) && !(isPresent && to >= Date.now() - 1000 && task.createdAt < to)) continue;
		if (group === "done") groups[task.reason?.code === "verified" ? "verified" : "unverified"].push(task);
		else if (group === "needs") groups.needs.push(task);
		else if (group === "stopped") groups.stopped.push(task);
		else groups.going.push(task);
	}
	for (const list of Object.values(groups)) list.sort((one, other) => other.updatedAt - one.updatedAt);
	return groups;
}

/** The cost that was told of what was spent; `undefined` where none was, or nobody knows yet. */
function cost(spendings) {
	const told = spendings?.map((one) => one.usage.costMicrodollars).filter((value) => value !== undefined) ?? [];
	return told.length || spendings?.length === 0 ? told.reduce((sum, value) => sum + value, 0) : undefined;
}

/** How many have a cost that nobody was told, and how many one of which not all was told. */
function untold(spendings) {
	const none = spendings.filter(({ usage }) => usage.costMicrodollars === undefined).length;
	const some = spendings.filter(({ usage }) => usage.costMicrodollars !== undefined && (usage.untoldProcesses > 0 || usage.unpricedTokens > 0)).length;
	return [none ? `+ ${plural(none, "task")} whose cost is not told` : "", some ? `+ what ${plural(some, "task")} did not tell` : ""].filter(Boolean);
}

const SECTIONS = [
	["needs", "Needs me", "needs"], ["verified", "Done and verified", "done"], ["unverified", "Done, not verified", "unproven"],
	["stopped", "Stopped", "stopped"], ["going", "Still going", "working"],
];

function item(task, spent) {
	const why = look(task).group === "done" ? (task.branch ? `on ${task.branch}` : "") : task.reason?.message ?? task.standstill?.message ?? "";
	return h("li.report-item",
		h("div.report-line", link(ofTask(task.taskId), { class: "report-name" }, oneLine(task.taskName, 110)),
			wantsAnswer(task) || look(task).group !== "done" ? badge(task) : null, h("span.grow"),
			h("span.muted.report-facts", [baseName(task.repoUrl), ...work(spent?.get(task.taskId))].filter(Boolean).join(" · "), " · ", ago(task.updatedAt))),
		why ? h("p.report-why", oneLine(why, 260)) : null);
}

function work(spending) {
	return spending ? [`${number(spending.iterations)} it.`, money(spending.usage.costMicrodollars)] : [];
}

function figure(value, label, tone) {
	return h("div.figure", { class: tone ? `tone-${tone}` : "" }, h("b", tone ? shape(tone) : null, value), h("span", label));
}

function spending(spent) {
	const all = spent && [...spent.values()];
	return h("div.figure", h("b", money(cost(all))), h("span", "spent in this time"),
		...untold(all ?? []).map((words) => h("span.figure-more", words)));
}

function days(tasks, chosen, choose) {
	const counts = Array.from({ length: 14 }, (_, back) => {
		const groups = sortOut(tasks.filter((task) => ["done", "stopped"].includes(look(task).group)), windowOf(back));
		return { back, verified: groups.verified.length, unverified: groups.unverified.length, stopped: groups.stopped.length };
	}).reverse();
	const most = Math.max(1, ...counts.map((one) => one.verified + one.unverified + one.stopped));
	return h("div.days", { role: "group", label: "Days" }, ...counts.map((one) => {
		const label = DAY.format(windowOf(one.back).from);
		const words = `${label}: ${one.verified} verified, ${one.unverified} unverified, ${one.stopped} stopped`;
		const height = (count) => ({ height: `${(count / most) * 100}%` });
		return h("button.day", { type: "button", label: words, title: words, "aria-pressed": String(chosen === one.back), on: { click: () => choose(one.back) } },
			h("span.day-bar", h("span.fill-stopped", { style: height(one.stopped) }), h("span.fill-unproven", { style: height(one.unverified) }), h("span.fill-done", { style: height(one.verified) })),
			h("span.day-name", one.back === 0 ? "Today" : `${WEEKDAY.format(windowOf(one.back).from)} ${new Date(windowOf(one.back).from).getDate()}`));
	}));
}

function sections(groups, spent) {
	return SECTIONS.map(([id, title, tone]) => {
		const tasks = groups[id];
		if (tasks.length === 0) return null;
		const shown = tasks.slice(0, 100);
		return h("section.box.report-section", { label: title },
			h("div.box-head", h("h2", { class: `tone-${tone}` }, shape(tone), title), h("span.muted", [plural(tasks.length, "task"), money(cost(spent && tasks.map((task) => spent.get(task.taskId)).filter(Boolean)))].join(" · "))),
			id === "unverified" ? h("p.report-note", "No check has proven these: look at them before you trust them.") : null,
			h("ul", ...shown.map((task) => item(task, spent))), tasks.length > shown.length ? h("p.report-note", `and ${number(tasks.length - shown.length)} more`) : null);
	});
}

export function page(root) {
	const place = h("div.stack.narrow");
	let chosen = "night";
	/** By task; nothing while it is asked for. */
	let spent;
	const choose = (value) => { chosen = value; spent = undefined; update(); ask(); };
	const night = button("Last night", () => choose("night"), { kind: "small" });
	root.append(h("header.page-head.narrow", h("h1", "Report"), h("span.grow"), night), place);
	const update = eachFrame(() => {
		const tasks = store.all;
		const within = windowOf(chosen);
		const groups = sortOut(tasks, within);
		const everything = Object.values(groups).flat();
		night.setAttribute("aria-pressed", String(chosen === "night"));
		const title = chosen === "night" ? "Since yesterday, 18:00" : chosen === 0 ? "Today" : DAY.format(within.from);
		replace(place, days(tasks, chosen, choose),
			h("section.figures", { label: title }, h("h2", title), h("div.figures-row",
				figure(number(groups.verified.length), "verified", "done"), figure(number(groups.unverified.length), "unverified", "unproven"),
				figure(number(groups.stopped.length), "stopped", "stopped"), figure(number(groups.needs.length), "need you", "needs"),
				spending(spent))),
			...sections(groups, spent),
			store.loaded && everything.length === 0 ? nothing("Nothing happened in this time.") : null);
	});
	let isOpen = true;
	const ask = async () => {
		const { from, to } = windowOf(chosen);
		const asked = chosen;
		let answer;
		try {
			answer = await get("/spending", { from, to });
		} catch (error) {
			// Shown as unknown; the page itself says when the server is away.
			if (!(error instanceof Problem)) throw error;
		}
		if (!isOpen || asked !== chosen || !answer) return;
		spent = new Map(answer.tasks.map((task) => [task.taskId, task]));
		update();
	};
	const askAgain = atMostEvery(15000, ask);
	const end = store.follow(() => { update(); askAgain(); });
	return { title: "Report", destroy: () => { isOpen = false; end(); update.cancel(); askAgain.cancel(); } };
}
