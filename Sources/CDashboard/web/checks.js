// Checks with their receipts, and checkpoints.
import { askRestore } from "./actions.js";
import { button, changeText, factList, h, link, nothing, replace, table, toast } from "./dom.js";
import { isAtWork, verdictMark, verdictWord } from "./status.js";
import { bytes, duration, number, plural, time } from "./text.js";

function verdictText(verdict) {
	if (!verdict) return "not run";
	if (verdict.verdict === "failed") return `failed${verdict.exitCode === undefined ? "" : ` with exit ${verdict.exitCode}`}`;
	if (verdict.verdict !== "not_evaluated") return verdictWord(verdict.verdict);
	const cause = (verdict.cause ?? "").replaceAll("_", " ");
	return `not evaluated: ${[cause, verdict.program, verdict.detail].filter(Boolean).join(", ")}`;
}

export class ChecksView {
	constructor(model) {
		this.model = model;
		this.iteration = null;
		this.element = h("section.stack", { label: "Checks" });
	}

	choose(iteration) {
		this.iteration = iteration;
		this.shown();
	}

	shown() {
		const { model } = this;
		const signature = `${this.iteration}/${model.receipts.length}/${model.document?.checks?.length}`;
		if (signature === this.signature) return;
		this.signature = signature;
		const entries = this.iteration ? model.receiptsOf(this.iteration) : [...model.receipts];
		const groups = new Map();
		for (const entry of entries.reverse()) {
			if (!groups.has(entry.iteration)) groups.set(entry.iteration, []);
			groups.get(entry.iteration).unshift(entry);
		}
		const sections = [...groups].map(([iteration, receipts], index) => h("section.stack", { label: `Checks after iteration ${iteration}` },
			h("h2.part-title", `After iteration ${iteration}`), ...receipts.map((one) => this.receipt(one, index === 0))));
		replace(this.element, this.configured(), sections.length ? sections : nothing(this.iteration ? `No checks ran after iteration ${this.iteration}.` : "No check has run yet. They run when the agent says that it is ready."));
	}

	configured() {
		const checks = this.model.document?.checks ?? [];
		if (!this.model.document) return null;
		if (checks.length === 0) return h("p.notice.warn", "This task has no checks: it can only end unverified.");
		return h("p.muted", `${plural(checks.length, "check decides", "checks decide")} whether this is done: `, ...checks.flatMap((check, index) => [index ? ", " : "", h("code", check.name)]), ".");
	}

	receipt(entry, isLatest) {
		const receipt = entry.receipt ?? {};
		const verdict = receipt.verdict;
		const output = receipt.outputTail ? h("pre.tail", receipt.outputTail) : h("p.muted", "It printed nothing.");
		const whole = button("Show all of its output", async () => {
			try {
				const text = await this.model.output(entry.iteration, "check", entry.attempt);
				replace(output, text.slice(-200000) || "(nothing)");
				whole.remove();
			} catch (problem) { toast(problem.message, "bad"); }
		}, { kind: "small" });
		return h("details.box.receipt", { open: isLatest && verdict?.verdict !== "passed" },
			h("summary.box-head", verdictMark(verdict?.verdict), h("strong", entry.check), h("span", { class: `tone-${verdict?.verdict === "passed" ? "done" : verdict?.verdict === "failed" ? "failed" : "stopped"}` }, verdictText(verdict)),
				h("span.grow"), h("span.muted", duration(receipt.durationMilliseconds))),
			h("div.box-body.stack",
				factList([["Command", h("code", receipt.check?.command ?? "")], ["Tree", h("code", (receipt.tree ?? "").slice(0, 12))],
					["Base", h("code", (receipt.base ?? "").slice(0, 12))], ["At", time(entry.at)], receipt.logPath ? ["Log", h("code", receipt.logPath)] : null]),
				output, receipt.outputTail ? h("div", whole) : null));
	}
}

const CAUSES = {
	base: "where the work began", iteration_ended: "after the iteration", heartbeat: "while the agent worked", checks_ran: "after the checks",
	before_restore: "before a restore", restored: "restored", recovered: "after a crash", stopped: "at a stop",
};

export class CheckpointsView {
	constructor(model) {
		this.model = model;
		this.element = h("section", { label: "Checkpoints" });
	}

	shown() {
		const { model } = this;
		const isBusy = model.task && (isAtWork(model.task) || model.task.status === "pending");
		const signature = `${model.checkpoints.length}/${isBusy}`;
		if (signature === this.signature) return;
		this.signature = signature;
		if (model.checkpoints.length === 0) { replace(this.element, nothing("There is no checkpoint yet.")); return; }
		const rows = [...model.checkpoints].reverse().map((entry) => this.row(entry, isBusy));
		replace(this.element, isBusy ? h("p.notice", "While the task is at work nothing can be restored. Stop or pause it first.") : null,
			h("div.box", table(["Checkpoint", "Iteration", "Taken", "Change", "Commit", "Work", ".Restore"], rows)));
	}

	row(entry, isBusy) {
		const record = entry.report?.checkpoint ?? {};
		const change = record.change;
		const path = `/api/v1/tasks/${encodeURIComponent(this.model.id)}/checkpoints/${entry.attempt}/${entry.number}/patch`;
		return h("tr",
			h("th", { scope: "row" }, `${entry.number} `, h("small", CAUSES[record.cause] ?? (record.cause ?? "").replaceAll("_", " "))),
			h("td", number(record.iteration)), h("td.tight", time(entry.takenAt)),
			h("td", changeText(change, change ? ` in ${plural(change.files, "file")}` : "")),
			h("td", h("code", (record.commit ?? "").slice(0, 10))),
			h("td", entry.stored ? link(path, { download: true, title: "Download it as git has it" }, bytes(entry.size)) : h("span.muted", "at the daemon")),
			h("td.num", button("Restore", () => askRestore(this.model, entry.number), { kind: "small", disabled: isBusy, label: `Restore checkpoint ${entry.number}` })));
	}
}
