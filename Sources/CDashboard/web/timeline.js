// The rail of iterations: how long each took, what it cost and changed, and what its checks said.
import { changeText, h, replace } from "./dom.js";
import { isAtWork, verdictMark } from "./status.js";
import { duration, money, number } from "./text.js";

const END = { ok: "", question: "asked", incomplete: "incomplete", iteration_timeout: "timed out", stall: "stalled", killed: "killed" };

export function gateWords(gate) {
	if (!gate) return { word: "", tone: "" };
	if (gate.reading === "missing") return { word: "no gate", tone: "stopped" };
	if (gate.reading === "malformed") return { word: "gate unclear", tone: "stopped" };
	return gate.statedReady ? { word: "says ready", tone: "done" } : { word: "not ready", tone: "queued" };
}

export class Timeline {
	constructor(model, chosen) {
		Object.assign(this, { model, act: chosen, chosen: null });
		this.list = h("ol.timeline-list");
		this.element = h("nav.timeline", { label: "Iterations" }, h("h2", "Iterations"), this.list);
	}

	choose(value) {
		this.chosen = value;
		this.signature = "";
		this.show();
		this.act(value);
	}

	show() {
		const { model } = this;
		const entries = model.standing;
		const working = model.task && isAtWork(model.task) ? Math.max(model.task.iterations + 1, (entries.at(-1)?.number ?? 0) + 1) : null;
		const signature = JSON.stringify([model.isLoaded, entries.map((one) => [one.number, one.endedAt, one.tryNumber]), model.receipts.length, working, this.chosen]);
		if (signature === this.signature) return;
		this.signature = signature;
		const longest = Math.max(1, ...entries.map((one) => (one.endedAt ?? one.startedAt) - one.startedAt));
		const items = entries.map((entry) => this.item(entry, longest));
		if (working && !entries.some((one) => one.number === working)) items.push(this.working(working));
		replace(this.list, this.all(entries.length), items.reverse());
	}

	button(value, label, ...content) {
		return h("li", h("button.timeline-item", {
			type: "button", label: label, "aria-pressed": String(this.chosen === value), on: { click: () => this.choose(value) },
		}, ...content));
	}

	all(count) {
		return this.button(null, "All iterations", h("span.timeline-head", h("b", "All"), h("span.muted", count ? number(count) : this.model.isLoaded && "none yet")));
	}

	working(value) {
		return this.button(value, `Iteration ${value}, at work`, h("span.timeline-head", h("b", value), h("span.tone-working.pulse", "at work")));
	}

	item(entry, longest) {
		const report = entry.report ?? {};
		const took = entry.endedAt === undefined ? undefined : entry.endedAt - entry.startedAt;
		const gate = gateWords(report.gate);
		const end = END[report.end?.code] ?? (report.end?.code ?? "").replaceAll("_", " ");
		const receipts = this.model.receiptsOf(entry.number);
		const change = report.change;
		const verdicts = receipts.slice(0, 12).map((one) => verdictMark(one.receipt?.verdict?.verdict, one.check));
		return this.button(entry.number, `Iteration ${entry.number}: ${[duration(took), end, gate.word].filter(Boolean).join(", ")}`,
			h("span.timeline-head", h("b", entry.number), h("span.timeline-gate", { class: end ? "tone-stopped" : `tone-${gate.tone}` }, end || gate.word),
				h("span.timeline-verdicts", ...verdicts)),
			h("span.timeline-bar", h("span", { style: { width: `${Math.max(3, ((took ?? 0) / longest) * 100)}%` } })),
			h("span.timeline-facts", h("span", duration(took)),
				change ? changeText(change) : null,
				report.usage?.costMicrodollars !== undefined ? h("span", money(report.usage.costMicrodollars)) : null));
	}
}
