// All events as they are, and what programs have printed.
import { button, h, replace, toast } from "./dom.js";
import { VirtualList } from "./list.js";
import { wrap } from "./log.js";
import { clean, clock, plural, utc } from "./text.js";

const ROW = 22;

export class RawView {
	constructor(model) {
		this.model = model;
		this.iteration = null;
		this.viewport = h("div.raw-view", { role: "list", label: "Events", tabindex: 0 });
		this.detail = h("pre.tail.raw-detail", { tabindex: 0, label: "The chosen event" }, "Choose an event to see all of it.");
		this.output = h("div.stack", { hidden: true });
		this.events = h("div.raw-events", this.viewport, this.detail);
		const streams = ["stdout", "stderr", "check", "setup"].map((stream) => button(`Output: ${stream}`, () => this.showOutput(stream), { kind: "small" }));
		this.size = h("span.muted");
		this.element = h("section.raw", { label: "Raw events" }, h("div.log-bar", button("Events", () => this.showEvents(), { kind: "small" }), ...streams, h("span.grow"), this.size), this.events, this.output);
		this.list = new VirtualList(this.viewport, { rowHeight: ROW, makeRow: () => h("button.raw-row", { type: "button", role: "listitem" }), fillRow: (row, index) => this.fill(row, index) });
		this.viewport.addEventListener("click", (event) => {
			const row = event.target.closest(".raw-row");
			if (row) replace(this.detail, JSON.stringify(this.shownEvents[Number(row.dataset.index)], null, 2));
		});
		this.shownEvents = [];
	}

	choose(iteration) {
		this.iteration = iteration;
		this.shown();
	}

	shown() {
		const all = this.model.events;
		this.shownEvents = this.iteration ? all.filter((event) => event.body?.iteration === this.iteration) : all;
		this.size.textContent = plural(this.shownEvents.length, "event");
		this.list.setCount(this.shownEvents.length);
	}

	fill(row, index) {
		const event = this.shownEvents[index];
		row.dataset.index = index;
		const { event: name, text, status, ...others } = event.body ?? {};
		for (const known of ["at", "type", "taskId", "attempt", "number", "sequence"]) delete others[known];
		const rest = { event: name, status, text, ...others };
		replace(row, h("span.raw-number", event.position), h("span.log-time", { title: utc(event.at) }, clock(event.at)), h("b", event.kind),
			h("span.raw-body", JSON.stringify(rest).slice(0, 400)));
	}

	showEvents() {
		this.events.hidden = false;
		this.output.hidden = true;
		this.shown();
	}

	async showOutput(stream) {
		this.events.hidden = true;
		this.output.hidden = false;
		const iteration = this.iteration ?? undefined;
		replace(this.output, h("p.empty", "Loading …"));
		try {
			const text = await this.model.output(iteration, stream);
			const lines = [];
			for (const line of clean(text).split("\n")) wrap(line.replaceAll("\t", "    "), 160, lines);
			const place = h("div.raw-output", { tabindex: 0, role: "region", label: `Output: ${stream}` });
			replace(this.output, h("p.muted", `${stream}${iteration ? ` of iteration ${iteration}` : " of all iterations"}: ${plural(lines.length, "line")}`), place);
			const list = new VirtualList(place, { rowHeight: 20, makeRow: () => h("div.log-row"), fillRow: (row, index) => { row.textContent = lines[index]; } });
			list.setCount(lines.length);
		} catch (problem) {
			if (problem.name === "AbortError") return;
			replace(this.output);
			toast(problem.message, "bad");
			this.showEvents();
		}
	}

	destroy() {
		this.list.destroy();
	}
}
