// What has happened to a task, as entries of a log, and their lines as rows of one height.
import { Output } from "./output.js";
import { verdictWord } from "./status.js";
import { clean, duration, money, plural } from "./text.js";

const QUIET = new Set(["usage", "result", "message_taken", "permission_asked"]);

function agentEntry(body) {
	switch (body.event) {
		case "text": return { kind: "text", text: body.text };
		case "error_text": return { kind: "error", text: body.text };
		case "session": return { kind: "note", text: `Conversation with ${body.text ?? "the agent"} began` };
		case "tool_began": return { kind: "tool", tool: body.tool ?? "tool", text: body.text ?? "", id: body.toolId, running: true };
		case "retrying": return { kind: "warn", text: `The agent tries again (${body.tryNumber ?? "?"} of ${body.limit ?? "?"}): ${body.text ?? body.code ?? ""}` };
		case "rate_limit": return { kind: body.isError ? "error" : "note", text: `Rate limit: ${body.text ?? body.code ?? "told"}` };
		case "permission_denied": return { kind: "error", text: `Refused: ${body.tool ?? ""} ${body.text ?? ""}` };
		case "permission_withdrawn": return { kind: "note", text: "The request for permission was withdrawn" };
		case "oversized_line": return { kind: "warn", text: `A line was too long and was left out (${body.limit ?? "?"} bytes)` };
		default: return { kind: "note", text: [body.event, body.text].filter(Boolean).join(": ").replaceAll("_", " ") };
	}
}

function noticeEntry(body) {
	if (body.code === "events_dropped") return { kind: "warn", text: `${body.text} What was printed is in Raw.` };
	return { kind: "note", text: body.code === "sandbox" ? `Sandbox: ${body.text}` : body.text };
}

function noteEntry(body) {
	if (body.type === "commandAnswer") {
		if (body.outcome === "done") return null;
		return { kind: "error", text: `The daemon ${body.outcome === "refused" ? "refused" : "failed"}: ${body.message ?? body.code}${body.hint ? "\n" + body.hint : ""}` };
	}
	if (body.type !== "taskEvent") return null;
	switch (body.event) {
		case "iteration_began":
			return { kind: "iteration", text: `Iteration ${body.iteration}${body.limit ? ` of ${body.limit}` : ""}${body.tryNumber > 1 ? `, try ${body.tryNumber}` : ""}` };
		case "waiting": return { kind: "warn", text: `Waits: ${body.text ?? body.code ?? ""}` };
		case "preparing": return { kind: "note", text: `Preparing: ${[body.code, body.text].filter(Boolean).join(" ").replaceAll("_", " ")}` };
		case "notice": return noticeEntry(body);
		default: return agentEntry(body);
	}
}

function checkEntry(body) {
	if (body.event === "check_began") return { kind: "check", text: `Check begins: ${body.check}`, check: body.check };
	const verdict = body.receipt?.verdict;
	const word = verdictWord(verdict?.verdict);
	const exit = verdict?.exitCode === undefined ? "" : `, exit ${verdict.exitCode}`;
	return {
		kind: "check", verdict: verdict?.verdict, check: body.check, detail: body.receipt?.outputTail,
		text: `Check ${word}${exit} in ${duration(body.receipt?.durationMilliseconds)}: ${body.check}`,
	};
}

function gateWord(gate) {
	if (!gate || gate.reading === "missing") return "no gate";
	if (gate.reading === "malformed") return `gate not understood (${(gate.problem ?? "").replaceAll("_", " ")})`;
	return `${gate.statedReady ? "ready" : "not ready"}${gate.reason ? `: ${gate.reason}` : ""}`;
}

function iterationEntry(body) {
	const parts = [`Iteration ${body.iteration} ended (${body.end?.code ?? "?"})`, gateWord(body.gate)];
	if (body.change) parts.push(`+${body.change.insertions} −${body.change.deletions} in ${plural(body.change.files, "file")}`);
	if (body.usage?.costMicrodollars !== undefined) parts.push(money(body.usage.costMicrodollars));
	if (body.endedAt) parts.push(duration(body.endedAt - body.startedAt));
	const message = body.end?.message ? `\n${body.end.message}` : "";
	return { kind: "end", text: parts.join(" · ") + message };
}

/** What is told by other entries, too, is left out. */
function statusEntry(body) {
	if (["initializing", "starting", "running"].includes(body.status)) return null;
	if (body.status === "pending") return { kind: "status", text: body.daemon ? `Given to the daemon ${body.daemon}` : "Queued" };
	return { kind: "status", text: `Status: ${(body.status ?? "").replaceAll("_", " ")}` };
}

function personEntry(body) {
	const who = body.by ? `${body.by}: ` : "";
	if (body.order === "message" || body.order === "answer" || body.order === "answers") return { kind: "person", text: `${who}${body.text ?? ""}` };
	const changes = body.changes && Object.keys(body.changes).length ? " " + JSON.stringify(body.changes) : "";
	return { kind: "person", text: `${who}${(body.order ?? body.action ?? "order").replaceAll("_", " ")}${changes}${body.text ? " " + body.text : ""}` };
}

function entryOf(event) {
	const body = event.body ?? {};
	switch (event.kind) {
		case "agent": return QUIET.has(body.event) ? null : agentEntry(body);
		case "note": return noteEntry(body);
		case "check": return checkEntry(body);
		case "iteration": return iterationEntry(body);
		case "status": return statusEntry(body);
		case "person": return personEntry(body);
		case "question": return { kind: "question", text: body.answer === undefined ? `Asks: ${body.text}` : `Answered: ${body.answer}` };
		case "checkpoint": return body.checkpoint?.cause === "base" ? null
			: { kind: "checkpoint", text: `Checkpoint ${body.checkpoint?.number} (${(body.checkpoint?.cause ?? "").replaceAll("_", " ")})` };
		default: return { kind: "note", text: event.kind };
	}
}

/** How wide a character is in a font of one width: those of East Asia and pictures are two. */
function isWide(code) {
	return code >= 0x1100 && (code <= 0x115f || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3)
		|| (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) || code >= 0x1f300);
}

function wrapWide(line, columns, into) {
	let piece = "";
	let width = 0;
	for (const character of line) {
		const size = isWide(character.codePointAt(0)) ? 2 : 1;
		if (width + size > columns) { into.push(piece); piece = ""; width = 0; }
		piece += character;
		width += size;
	}
	into.push(piece);
}

/** Breaks a line into pieces of at most `columns`, between words where that is possible. */
export function wrap(line, columns, into = []) {
	if (line.length <= columns / 2 || (line.length <= columns && /^[\u0020-\u1099]*$/.test(line))) { into.push(line); return into; }
	if (!/^[\u0020-\u1099\u2010-\u27ff]*$/.test(line)) { wrapWide(line, columns, into); return into; }
	let from = 0;
	while (line.length - from > columns) {
		const blank = line.lastIndexOf(" ", from + columns - 1);
		const end = blank > from + columns / 2 ? blank + 1 : from + columns;
		into.push(line.slice(from, end));
		from = end;
	}
	into.push(line.slice(from));
	return into;
}

const SHOWN = {
	all: () => true,
	text: (entry) => ["text", "gap", "person", "question", "iteration", "end"].includes(entry.kind),
	tools: (entry) => ["tool", "iteration"].includes(entry.kind),
	problems: (entry) => ["error", "warn", "question", "iteration"].includes(entry.kind) || (entry.kind === "check" && entry.verdict)
		|| (entry.kind === "tool" && entry.failed),
};

export class Log {
	constructor() {
		Object.assign(this, { entries: [], rows: [], columns: 100, filter: "all", tools: new Map(), iterations: new Map() });
		this.output = new Output(this);
	}

	add(event) {
		if (event.kind === "output") this.output.take(event);
		else if (!this.output.tells(event)) this.addEvent(event);
	}

	addEvent(event) {
		const body = event.body ?? {};
		if (event.kind === "agent" && body.event === "tool_ended") { this.endTool(event); return; }
		if (event.kind === "iteration" || event.kind === "status") this.output.end();
		// All that was printed is there.
		if (this.output.isTold && body.code === "events_dropped") return;
		const entry = entryOf(event);
		if (!entry || entry.text === undefined) return;
		Object.assign(entry, { at: event.at, iteration: body.iteration ?? this.entries.at(-1)?.iteration ?? 0, attempt: event.attempt });
		if (entry.kind === "iteration" && this.isBegun(entry, body.tryNumber ?? 1)) return;
		if (!this.isLate(entry)) this.push(entry);
	}

	/** Output of an iteration may come before it is told that it began. */
	begin({ at, attempt, iteration, number }) {
		const known = this.iterations.get(iteration);
		if (iteration === 0 || (known && known.attempt === attempt && (known.number ?? 1) >= number)) return;
		this.push({ kind: "iteration", text: `Iteration ${iteration}${number > 1 ? `, try ${number}` : ""}`, at, attempt, iteration, number, isMade: true });
	}

	/** Whether its head is there; it is told what the head could not know. */
	isBegun(entry, number) {
		entry.number = number;
		const known = this.iterations.get(entry.iteration);
		if (!known?.isMade || known.attempt !== entry.attempt || known.number !== number) return false;
		Object.assign(known, { text: entry.text, at: entry.at, isMade: false });
		const row = this.rows[known.row];
		if (row?.entry === known) row.text = entry.text;
		this.changed = true;
		return true;
	}

	push(entry) {
		this.entries.push(entry);
		if (entry.kind === "tool" && entry.id) this.tools.set(entry.id, entry);
		if (entry.kind === "iteration") this.iterations.set(entry.iteration, entry);
		this.addRows(entry);
	}

	/** What belongs to an iteration may be told after the next one has begun: it is put before that. */
	isLate(entry) {
		const next = this.iterations.get(entry.iteration + 1);
		if (!next || next.attempt !== entry.attempt || !["end", "checkpoint"].includes(entry.kind)) return false;
		this.entries.splice(this.entries.lastIndexOf(next), 0, entry);
		this.isStale = true;
		return true;
	}

	endTool(event) {
		const entry = this.tools.get(event.body.toolId);
		if (!entry) return;
		entry.running = false;
		entry.failed = event.body.isError === true;
		entry.took = event.at - entry.at;
		if (event.body.text) entry.result = event.body.text;
		this.changed = true;
	}

	addRows(entry) {
		entry.row = this.rows.length;
		if (!SHOWN[this.filter](entry)) return;
		if (entry.kind === "gap") entry.text = `${plural(entry.lines, "line")} left out here: show them`;
		const head = entry.kind === "tool" ? entry.text.split("\n", 1)[0] : entry.text;
		this.addText(entry, head, "", this.columns - (entry.kind === "tool" ? 26 : 2), entry.kind === "tool" ? 1 : Infinity);
		if (!entry.open) return;
		for (const [label, text] of entry.parts ?? []) {
			this.rows.push({ entry, text: label, part: "label" });
			this.addText(entry, text, "part", this.columns - 4, Infinity);
		}
	}

	addText(entry, text, part, columns, most) {
		let lines = clean(text).replace(/\n$/, "").split("\n");
		if (most === 1) lines = [lines[0].slice(0, columns)];
		const start = this.rows.length;
		let isGate = entry.isInGate === true;
		for (const line of lines) {
			isGate ||= entry.kind === "text" && line.includes("<COMPLETION_GATE>");
			for (const piece of wrap(line.replaceAll("\t", "    "), columns)) this.rows.push({ entry, text: piece, part: isGate ? "gate" : part });
			if (line.includes("</COMPLETION_GATE>")) isGate = false;
		}
		if (!part) this.rows[start].first = true;
	}

	/** Makes all rows anew. */
	layOut({ columns = this.columns, filter = this.filter } = {}) {
		this.columns = Math.max(24, columns);
		this.filter = filter;
		this.rows = [];
		for (const entry of this.entries) this.addRows(entry);
	}

	find(text) {
		const wanted = text.toLowerCase();
		const found = [];
		if (wanted) this.rows.forEach((row, index) => { if (row.text.toLowerCase().includes(wanted)) found.push(index); });
		return found;
	}
}
