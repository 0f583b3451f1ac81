// The board: all tasks in columns by their status.
import { ofTask } from "./api.js";
import { contracts } from "./contractstore.js";
import { atMostEvery, button, h, link, remember, remembered, replace } from "./dom.js";
import { VirtualList } from "./list.js";
import { badge, COLUMNS, look } from "./status.js";
import { store } from "./store.js";
import { ago, baseName, money, number, oneLine } from "./text.js";
import { tellWait } from "./waits.js";

const CARD = 124;

function option(value, label) {
	return h("option", { value }, label);
}

/** The filters above the columns; `changed` is called with what is to be shown. */
class Filters {
	constructor(changed) {
		this.values = { text: "", repository: "", contract: "", who: "", ...remembered("filters", {}) };
		this.changed = changed;
		this.search = h("input.search", { type: "search", placeholder: "Search name, id, reason", label: "Search tasks", "aria-keyshortcuts": "/", value: this.values.text });
		this.search.addEventListener("input", () => this.set("text", this.search.value));
		this.selects = {
			repository: this.select("repository", "Repository"), contract: this.select("contract", "Contract"), who: this.select("who", "Agent, daemon"),
		};
		this.clear = button("Clear", () => this.reset(), { kind: "bare", hidden: true });
		this.element = h("form.filters", { role: "search", label: "Filter tasks", on: { submit: (event) => event.preventDefault() } },
			this.search, ...Object.values(this.selects), this.clear);
		this.isActive();
	}

	select(name, label) {
		const result = h("select", { label: label, data: { label } }, option("", `${label}: all`));
		result.addEventListener("change", () => this.set(name, result.value));
		return result;
	}

	set(name, value) {
		this.values[name] = value;
		remember("filters", this.values);
		this.isActive();
		this.changed();
	}

	reset() {
		this.values = { text: "", repository: "", contract: "", who: "" };
		this.search.value = "";
		this.set("text", "");
	}

	isActive() {
		this.clear.hidden = !Object.values(this.values).some(Boolean);
	}

	offer(tasks) {
		const found = { repository: new Set(), contract: new Set(), who: new Set() };
		for (const task of tasks) {
			if (task.repoUrl) found.repository.add(task.repoUrl);
			if (task.contractId) found.contract.add(task.contractId);
			for (const who of [task.daemonId ?? task.home, agentOf(task)]) if (who) found.who.add(who);
		}
		for (const [name, select] of Object.entries(this.selects)) {
			const values = [...found[name]].sort();
			if (this.values[name] && !values.includes(this.values[name])) values.push(this.values[name]);
			const signature = values.map((value) => (name === "contract" ? contractName(value) : value)).join("\n") + "\n" + this.values[name];
			if (select.dataset.signature === signature) continue;
			select.dataset.signature = signature;
			const show = { repository: baseName, contract: contractName }[name] ?? ((value) => value);
			replace(select, option("", `${select.dataset.label}: all`), ...values.map((value) => option(value, oneLine(show(value), 40))));
			select.value = this.values[name];
			select.hidden = values.length === 0;
		}
	}

	takes(task) {
		const { text, repository, contract, who } = this.values;
		if (repository && task.repoUrl !== repository) return false;
		if (contract && task.contractId !== contract) return false;
		if (who && (task.daemonId ?? task.home) !== who && agentOf(task) !== who) return false;
		if (!text) return true;
		const words = `${task.taskName}\n${task.taskId}\n${task.reason?.message ?? ""}\n${task.repoUrl ?? ""}`.toLowerCase();
		return text.toLowerCase().split(/\s+/).every((word) => words.includes(word));
	}
}

function agentOf(task) {
	return task.agentName ?? task.reason?.agent;
}

function makeCard() {
	return h("div.card-place", { role: "listitem" });
}

function whyLine(task) {
	if (task.asks && !task.reason) return "Its agent waits for your answer";
	if (task.reason?.message) return oneLine(task.reason.message, 150);
	if (task.standstill) return oneLine(task.standstill.message, 150);
	return "";
}

function contractName(id) {
	return contracts.known.get(id)?.name ?? id;
}

function fillCard(place, task, index, count) {
	const { tone } = look(task);
	place.setAttribute("aria-posinset", index + 1);
	place.setAttribute("aria-setsize", count);
	const facts = [
		h("span", { title: "Iterations" }, `${number(task.iterations)} it.`),
		task.usage?.costMicrodollars !== undefined ? h("span", { title: "Cost" }, money(task.usage.costMicrodollars)) : null,
		task.contractId ? h("span.chip", { title: "Contract" }, oneLine(contractName(task.contractId), 24)) : null,
		h("span.grow"),
		ago(task.updatedAt),
	];
	const words = whyLine(task);
	const why = h("span.card-why", words);
	if (task.status === "pending" && !words) tellWait(why, task);
	const card = link(ofTask(task.taskId), { class: `card edge-${tone}`, data: { id: task.taskId } },
		h("span.card-head", badge(task, true), contracts.leads(task) ? h("span.leads", { title: "Its agent leads the other tasks of its contract" }, "leads") : null, h("span.grow"), h("span.card-where", { title: task.repoUrl ?? "" }, baseName(task.repoUrl)), h("span.card-id", task.taskId.slice(0, 6))),
		h("strong.card-name", oneLine(task.taskName, 120)),
		why,
		h("span.card-foot", ...facts));
	place.replaceChildren(card);
}

class Column {
	constructor(definition) {
		this.definition = definition;
		this.tasks = [];
		this.count = h("span.column-count", "0");
		this.viewport = h("div.column-list", { role: "list", label: `${definition.label} tasks`, tabindex: 0 });
		this.empty = h("p.column-empty", "Nothing here");
		this.element = h("section.column", { data: { column: definition.id }, label: definition.label },
			h("h2.column-head", h("span", definition.label), definition.note ? h("small", definition.note) : null, this.count),
			this.empty, this.viewport);
		this.list = new VirtualList(this.viewport, {
			rowHeight: CARD, makeRow: makeCard,
			fillRow: (row, index) => fillCard(row, this.tasks[index], index, this.tasks.length),
		});
	}

	show(tasks) {
		const signature = tasks.map((task) => `${task.taskId}${task.revision}${task.asks ?? ""}${contracts.leads(task)}${task.contractId ? contractName(task.contractId) : ""}`).join();
		if (signature === this.signature) return;
		this.signature = signature;
		const focused = this.viewport.contains(document.activeElement) ? document.activeElement.dataset?.id : null;
		this.tasks = tasks;
		this.count.textContent = number(tasks.length);
		this.empty.hidden = tasks.length > 0;
		this.viewport.hidden = tasks.length === 0;
		this.list.setCount(tasks.length);
		if (focused) this.focusTask(focused);
	}

	focusTask(id) {
		const index = this.tasks.findIndex((task) => task.taskId === id);
		if (index >= 0) this.focus(index);
	}

	focus(index) {
		const row = this.list.show(Math.max(0, Math.min(index, this.tasks.length - 1)));
		row?.firstElementChild?.focus({ preventScroll: true });
	}

	indexOf(id) {
		return this.tasks.findIndex((task) => task.taskId === id);
	}
}

function sorted(column, tasks) {
	if (column === "needs") {
		return tasks.sort((one, other) => (look(one).group === "waiting") - (look(other).group === "waiting") || other.updatedAt - one.updatedAt);
	}
	if (column === "queued") return tasks.sort((one, other) => other.priority - one.priority || one.queuedAt - other.queuedAt);
	return tasks.sort((one, other) => other.updatedAt - one.updatedAt);
}

function summary(tasks) {
	const counts = {};
	let spent = 0;
	const since = Date.now() - 86400000;
	for (const task of tasks) {
		const { group } = look(task);
		counts[group] = (counts[group] ?? 0) + 1;
		if (task.updatedAt >= since) spent += task.usage?.costMicrodollars ?? 0;
	}
	return h("p.summary", { "aria-live": "off" },
		h("span", h("b", number(tasks.length)), " tasks"),
		counts.needs ? h("span.tone-needs", h("b", number(counts.needs)), " need you") : null,
		h("span", h("b", number(counts.working ?? 0)), " at work"),
		counts.waiting ? h("span", h("b", number(counts.waiting)), " waiting") : null,
		spent ? h("span", { title: "Of the tasks that changed in the last 24 hours, over their whole life" }, h("b", money(spent)), " · 24 h") : null);
}

/** A narrow screen shows one column at a time. */
function columnTabs(columns, board) {
	const choose = (id) => {
		board.dataset.shown = id;
		remember("column", id);
		for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.dataset.column === id));
	};
	const tabs = columns.map((column) =>
		button(column.definition.label, () => choose(column.definition.id), { class: "column-tab", data: { column: column.definition.id } }));
	choose(remembered("column", "needs"));
	const update = () => columns.forEach((column, index) =>
		replace(tabs[index], column.definition.label, " ", h("b", number(column.tasks.length))));
	return { element: h("div.column-tabs", { role: "group", label: "Column" }, ...tabs), update };
}

function boardKeys(columns, filters) {
	const place = () => {
		const id = document.activeElement?.dataset?.id;
		for (const [index, column] of columns.entries()) {
			const row = id ? column.indexOf(id) : -1;
			if (row >= 0) return { index, row };
		}
		return null;
	};
	const visible = () => columns.filter((column) => column.tasks.length && column.element.offsetParent !== null);
	const sideways = (step, at) => {
		const shown = visible();
		const from = at ? shown.indexOf(columns[at.index]) : -1;
		shown[(from + step + shown.length) % shown.length]?.focus(at?.row ?? 0);
	};
	return (event) => {
		if (event.key === "/") { filters.search.focus(); filters.search.select(); return true; }
		const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
		const side = { l: 1, ArrowRight: 1, h: -1, ArrowLeft: -1 }[event.key];
		if (!step && !side) return false;
		const at = place();
		if (side) sideways(side, at);
		else if (at) columns[at.index].focus(at.row + step);
		else visible()[0]?.focus(0);
		return true;
	};
}

function emptyBoard() {
	return h("div.hero", h("h2", "Nothing to do yet"),
		h("p", "Give an agent work and a check that must pass. makima runs it until the check agrees, or tells you precisely why it stopped."),
		h("p", link("/new", { class: "button primary" }, "New task"), " or ", h("code.command", "makima run --detach \"…\" --check \"make test\"")));
}

export function page(root, context) {
	const columns = COLUMNS.map((definition) => new Column(definition));
	const board = h("div.board", ...columns.map((column) => column.element));
	const tabs = columnTabs(columns, board);
	const top = h("div.summary-place");
	const notice = h("div");
	let offered = "";
	let endContracts = null;
	const update = atMostEvery(150, () => {
		const all = [...store.tasks.values()];
		// Contracts are asked for only where there is one.
		if (!endContracts && all.some((task) => task.contractId)) endContracts = contracts.follow(update);
		const state = `${all.length} ${contracts.all.map((one) => one.name).join()}`;
		if (state !== offered) filters.offer(all);
		offered = state;
		const groups = Object.fromEntries(COLUMNS.map((column) => [column.id, []]));
		for (const task of all) {
			if (!filters.takes(task)) continue;
			const { group } = look(task);
			groups[group === "waiting" ? "needs" : group].push(task);
		}
		// Whoever is at a card goes with it into another column.
		const focused = board.contains(document.activeElement) ? document.activeElement.dataset?.id : null;
		for (const column of columns) column.show(sorted(column.definition.id, groups[column.definition.id]));
		if (focused && document.activeElement?.dataset?.id !== focused) columns.forEach((column) => column.focusTask(focused));
		tabs.update();
		replace(top, summary(all));
		replace(notice, store.failure ? h("p.notice.bad", { role: "alert" }, store.failure.message) : null,
			store.loaded && all.length === 0 && !store.failure ? emptyBoard() : null);
		board.hidden = tabs.element.hidden = store.loaded && all.length === 0;
	});
	const filters = new Filters(update);
	root.append(h("header.page-head", h("h1", "Board"), top, h("span.grow"), filters.element), notice, tabs.element, board);
	context.keys.push(boardKeys(columns, filters));
	const end = store.follow(update);
	return { title: "Board", destroy: () => { end(); endContracts?.(); update.cancel(); columns.forEach((column) => column.list.destroy()); } };
}
