// The log of a task: rows of one height, of which only the seen ones are in the document.
import { button, eachFrame, h, replace, select, toast } from "./dom.js";
import { VirtualList } from "./list.js";
import { toolDetails } from "./tools.js";
import { clock, duration, number, plural, utc } from "./text.js";

const ROW = 20;
const FILTERS = [["all", "Everything"], ["text", "Agent’s words"], ["tools", "Tool calls"], ["problems", "Problems, checks"]];

function marked(text, wanted) {
	if (!wanted) return [text];
	const parts = [];
	const lower = text.toLowerCase();
	let from = 0;
	for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
		parts.push(text.slice(from, at), h("mark", text.slice(at, at + wanted.length)));
		from = at + wanted.length;
	}
	parts.push(text.slice(from));
	return parts;
}

function toolHead(entry, text, wanted) {
	const state = entry.running ? "…" : entry.failed ? "failed" : "ok";
	return [
		h("span.log-fold", { "aria-hidden": "true" }, entry.open ? "▾" : "▸"),
		h("b.log-tool", entry.tool), " ", h("span.log-arguments", marked(text, wanted)),
		h("span.log-state", { class: entry.failed ? "tone-failed" : "" }, `${state}${entry.took > 100 ? " " + duration(entry.took) : ""}`),
	];
}

export class LogView {
	constructor(model) {
		this.model = model;
		this.log = model.log;
		this.follows = true;
		this.wanted = "";
		this.found = [];
		this.outputs = new Map();
		this.viewport = h("div.log-view", { role: "log", "aria-live": "off", label: "What happened", tabindex: 0 });
		this.element = h("section.log", { label: "Log" }, this.toolbar(), this.viewport);
		this.list = new VirtualList(this.viewport, {
			rowHeight: ROW, overscan: 12, makeRow: () => h("div.log-row"),
			fillRow: (row, index) => this.fill(row, index), onScroll: () => this.scrolled(),
		});
		this.viewport.addEventListener("click", (event) => this.clicked(event));
		this.viewport.addEventListener("keydown", (event) => this.key(event));
		this.resize = eachFrame(() => this.measure());
		this.observer = new ResizeObserver(this.resize);
		this.observer.observe(this.viewport);
		this.update = eachFrame(() => this.grow());
		model.addEventListener("events", this.update);
	}

	toolbar() {
		this.search = h("input.search", { type: "search", placeholder: "Search the log", label: "Search the log" });
		this.search.addEventListener("input", () => this.find(this.search.value));
		this.search.addEventListener("keydown", (event) => {
			if (event.key !== "Enter") return;
			event.preventDefault();
			this.step(event.shiftKey ? -1 : 1);
		});
		this.hits = h("span.log-hits", { "aria-live": "polite" });
		this.steps = h("span.joined", { hidden: true }, this.hits, button("↑", () => this.step(-1), { kind: "bare", label: "Hit before" }),
			button("↓", () => this.step(1), { kind: "bare", label: "Next hit" }));
		const filter = select(FILTERS, { label: "Show" });
		filter.addEventListener("change", () => { this.layOut({ filter: filter.value }); });
		this.followButton = button("Follow", () => this.follow(!this.follows), { kind: "small", "aria-pressed": "true", title: "Follow the end (f)" });
		this.size = h("span.muted.log-size");
		return h("div.log-bar", this.search, this.steps, filter, h("span.grow"), this.size, this.followButton);
	}

	/** The log ends where the window does, whatever stands above it. */
	fit() {
		const above = Math.round(this.viewport.getBoundingClientRect().top + scrollY) + (innerWidth > 760 ? 26 : 82);
		if (above !== this.above) this.viewport.style.height = `max(340px, calc(100dvh - ${above}px))`;
		this.above = above;
	}

	measure() {
		this.fit();
		const width = this.viewport.clientWidth;
		if (!width || width === this.width) return;
		this.width = width;
		const probe = h("span.log-probe", "0".repeat(100));
		this.viewport.append(probe);
		const character = probe.getBoundingClientRect().width / 100;
		probe.remove();
		const gutter = width < 620 ? 26 : 92;
		this.layOut({ columns: Math.floor((width - gutter - 14) / character) });
	}

	/** What is seen first stays where it is. */
	layOut(change = {}) {
		const top = Math.floor(this.viewport.scrollTop / ROW);
		const anchor = this.log.rows[top]?.entry;
		this.log.layOut(change);
		this.log.changed = this.log.isStale = false;
		this.list.setCount(this.log.rows.length);
		this.showSize();
		if (this.wanted) this.find(this.wanted, { stay: true });
		if (this.follows) this.list.toEnd();
		else if (anchor) this.viewport.scrollTop = anchor.row * ROW;
	}

	grow() {
		if (!this.width) return;
		if (this.log.isStale) { this.layOut(); return; }
		const atEnd = this.follows;
		this.list.grow(this.log.rows.length);
		if (this.log.changed) { this.log.changed = false; this.list.draw(true); }
		this.showSize();
		if (atEnd) this.list.toEnd();
	}

	showSize() {
		const { leftOut } = this.log.output;
		this.size.textContent = plural(this.log.rows.length, "line") + (leftOut ? ` · ${number(leftOut)} left out` : "");
	}

	fill(row, index) {
		const line = this.log.rows[index];
		if (!line) { row.replaceChildren(); return; }
		const { entry } = line;
		const hit = this.found[this.hit] === index;
		row.className = `log-row log-${entry.kind}${line.part ? " log-" + line.part : ""}${line.first ? " log-first" : ""}${hit ? " log-hit" : ""}`
			+ (entry.verdict ? ` log-${entry.verdict}` : "");
		row.dataset.index = index;
		const isTool = entry.kind === "tool" && !line.part;
		const folds = isTool || entry.kind === "gap" || (entry.detail && line.first);
		if (folds) { row.tabIndex = -1; row.setAttribute("role", "button"); row.setAttribute("aria-expanded", String(Boolean(entry.open))); } else {
			row.removeAttribute("tabindex"); row.removeAttribute("role"); row.removeAttribute("aria-expanded");
		}
		const time = h("span.log-time", { title: line.first ? utc(entry.at) : undefined }, line.first ? clock(entry.at) : "");
		const text = isTool ? toolHead(entry, line.text, this.wanted) : marked(line.text, this.wanted);
		const fold = !isTool && folds ? h("span.log-fold", { "aria-hidden": "true" }, entry.open ? "▾" : "▸") : null;
		replace(row, time, h("span.log-text", fold, text));
	}

	clicked(event) {
		const row = event.target.closest(".log-row");
		if (!row || String(getSelection())) return;
		const line = this.log.rows[Number(row.dataset.index)];
		if (line && !line.part) this.toggle(line.entry);
	}

	async showLeftOut(entry) {
		if (entry.isBusy) return;
		entry.isBusy = true;
		this.follow(false);
		try {
			await this.log.output.fetch(entry, this.model.id, this.model.abort.signal);
			this.layOut();
		} catch (problem) {
			if (problem.name !== "AbortError") toast(`What is left out cannot be read: ${problem.message}`, "bad");
		}
		entry.isBusy = false;
	}

	async toggle(entry) {
		if (entry.kind === "gap") { await this.showLeftOut(entry); return; }
		if (entry.kind !== "tool" && !entry.detail) return;
		entry.open = !entry.open;
		if (entry.open) {
			this.follow(false);
			entry.parts ??= entry.detail ? [["Output", entry.detail]] : await this.partsOf(entry);
		}
		this.layOut();
	}

	async partsOf(entry) {
		const key = `${entry.attempt}/${entry.iteration}`;
		try {
			if (!this.outputs.has(key)) this.outputs.set(key, this.model.output(entry.iteration, "stdout", entry.attempt || undefined));
			const { input, result } = toolDetails(await this.outputs.get(key), entry.id ?? "\u0000");
			if (entry.running) this.outputs.delete(key);
			const parts = [["Input", input || entry.text || "(nothing told)"], ["Result", result || entry.result || (entry.running ? "(not there yet)" : "(nothing told)")]];
			if (!entry.running) return parts;
			setTimeout(() => { entry.parts = undefined; }, 1000);
			return parts;
		} catch (problem) {
			this.outputs.delete(key);
			toast(`The tool's input and result cannot be read: ${problem.message}`, "bad");
			return [["Input", entry.text]];
		}
	}

	key(event) {
		const page = this.viewport.clientHeight - ROW;
		const step = { ArrowDown: ROW, ArrowUp: -ROW, PageDown: page, PageUp: -page }[event.key];
		if (step) this.viewport.scrollTop += step;
		else if (event.key === "Home") this.viewport.scrollTop = 0;
		else if (event.key === "End") this.follow(true);
		else if (event.key === "Enter" || event.key === " ") {
			const row = this.log.rows[Number(document.activeElement?.dataset?.index ?? Math.ceil(this.viewport.scrollTop / ROW))];
			if (row) this.toggle(row.entry);
		} else return;
		event.preventDefault();
		event.stopPropagation();
	}

	scrolled() {
		const top = this.viewport.scrollTop;
		const up = top < (this.lastTop ?? 0) - 2;
		this.lastTop = top;
		if (up && this.follows && !this.list.isAtEnd) this.follow(false);
		else if (!up && !this.follows && this.list.isAtEnd && !this.jumping) this.follow(true, { stay: true });
	}

	follow(value, { stay } = {}) {
		this.follows = value;
		this.followButton.setAttribute("aria-pressed", String(value));
		if (value && !stay) this.list.toEnd();
	}

	find(text, { stay } = {}) {
		this.wanted = text.toLowerCase();
		this.steps.hidden = !text;
		this.found = this.log.find(text);
		const top = this.viewport.scrollTop / ROW;
		this.hit = Math.max(0, this.found.findIndex((index) => index >= top));
		this.showHit();
		if (!stay && text) this.step(0);
		this.list.draw(true);
	}

	/** What is left out is not searched. */
	showHit() {
		const { leftOut } = this.log.output;
		const rest = leftOut ? `, ${number(leftOut)} lines left out` : "";
		this.hits.textContent = this.wanted ? `${this.found.length ? this.hit + 1 : 0} of ${number(this.found.length)}${rest}` : "";
	}

	step(by) {
		if (!this.found.length) return;
		this.follow(false);
		this.hit = (this.hit + by + this.found.length) % this.found.length;
		this.showHit();
		this.jumping = true;
		this.list.show(this.found[this.hit], "center");
		this.list.draw(true);
		setTimeout(() => { this.jumping = false; }, 100);
	}

	jump(iteration) {
		const entry = this.log.iterations.get(iteration);
		if (!entry) return;
		this.follow(false);
		this.jumping = true;
		this.list.show(entry.row, "start");
		setTimeout(() => { this.jumping = false; }, 100);
	}

	shown() {
		this.measure();
		this.grow();
	}

	destroy() {
		this.model.removeEventListener("events", this.update);
		this.observer.disconnect();
		this.update.cancel();
		this.list.destroy();
	}
}
