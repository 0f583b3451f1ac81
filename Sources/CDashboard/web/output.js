// What a program has printed, as entries of a log: from what the server has stored, because events tell of a burst only some.
import { get, ofTask } from "./api.js";

/** So many characters are kept of what was printed; what is older is fetched where somebody asks for it, so much at once. */
export const limits = { kept: 32 << 20, shown: 4 << 20 };

/** Longer lines are shown before their end has come. */
const LONGEST = 1 << 14;
const GATE = "<COMPLETION_GATE>";
const GATE_END = "</COMPLETION_GATE>";

function linesIn(text) {
	let count = 0;
	for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
	return text.endsWith("\n") ? count : count + 1;
}

/** Whether a program speaks in records for machines, by the first that it prints that is not blank. */
export function speaksRecords(text) {
	const first = /\S/.exec(text)?.[0];
	return first === undefined ? undefined : first === "{" || first === "[";
}

/** Makes entries of whole lines of the pieces of one stream. */
class Lines {
	constructor(kind) {
		Object.assign(this, { kind, rest: "", isInGate: false });
	}

	take({ at, attempt, position, body }) {
		const text = this.rest + body.text;
		const end = text.length > LONGEST ? text.lastIndexOf("\n") + 1 || text.length : text.lastIndexOf("\n") + 1;
		this.rest = text.slice(end);
		this.last = { kind: this.kind, at, attempt, iteration: body.iteration, position };
		return this.entry(text.slice(0, end));
	}

	finish() {
		const text = this.rest;
		this.rest = "";
		return this.entry(text);
	}

	entry(text) {
		if (!text) return null;
		const entry = { ...this.last, text, isInGate: this.isInGate };
		const [begins, ends] = [text.lastIndexOf(GATE), text.lastIndexOf(GATE_END)];
		if (begins !== ends) this.isInGate = begins > ends;
		return entry;
	}
}

export class Output {
	/** `isTold`: whether output comes at all; where it does not, events tell what was said. */
	constructor(log) {
		Object.assign(this, { log, isTold: false, turns: new Map(), held: [], kept: 0 });
	}

	turn({ attempt, body }) {
		const key = `${attempt}/${body.iteration}`;
		const number = body.tryNumber ?? 1;
		let turn = this.turns.get(key);
		if (!turn || number > turn.number) {
			turn = { attempt, iteration: body.iteration, number, stdout: new Lines("text"), stderr: new Lines("error"), seen: turn?.seen ?? new Set() };
			this.turns.set(key, turn);
		}
		return turn;
	}

	take(event) {
		const { stream, text, iteration } = event.body;
		if ((stream !== "stdout" && stream !== "stderr") || !text) return;
		const turn = this.turn(event);
		if (stream === "stdout") turn.isRecords ??= speaksRecords(text);
		if (stream === "stdout" && turn.isRecords !== false) {
			if (turn.isRecords) this.whenRecords?.();
			return;
		}
		turn.seen.add(stream);
		this.log.begin({ at: event.at, attempt: event.attempt, iteration, number: turn.number });
		this.add(turn[stream].take(event));
	}

	add(entry) {
		if (!entry) return;
		entry.size = entry.text.length;
		this.kept += entry.size;
		this.log.push(entry);
		if (this.kept > limits.kept) this.leaveOut();
	}

	/** Whether what an event tells of the agent's words is told by its output, too; until that is known it is held back. */
	tells(event) {
		if (!this.isTold || event.kind !== "agent" || !["text", "error_text"].includes(event.body.event)) return false;
		const stream = event.body.event === "text" ? "stdout" : "stderr";
		const turn = this.turns.get(`${event.attempt}/${event.body.iteration}`);
		if (turn?.seen.has(stream)) return true;
		if (stream === "stdout" && turn?.isRecords) return false;
		this.held.push({ event, stream });
		return true;
	}

	/** An iteration, or all, has ended: half a line is not gone on with; of what has no output any more events tell. */
	end() {
		for (const turn of this.turns.values()) {
			this.add(turn.stdout.finish());
			this.add(turn.stderr.finish());
		}
		const held = this.held;
		this.held = [];
		for (const { event, stream } of held) {
			if (!this.turns.get(`${event.attempt}/${event.body.iteration}`)?.seen.has(stream)) this.log.addEvent(event);
		}
	}

	/** Makes room: what is oldest becomes entries that say what is left out. */
	leaveOut() {
		const entries = [];
		for (const entry of this.log.entries) {
			if (!entry.size || this.kept <= limits.kept * 0.75) { entries.push(entry); continue; }
			this.kept -= entry.size;
			const last = entries.at(-1);
			const lines = linesIn(entry.text);
			if (last?.kind === "gap" && last.iteration === entry.iteration && last.attempt === entry.attempt) {
				last.to = entry.position;
				last.lines += lines;
			} else entries.push({ kind: "gap", at: entry.at, attempt: entry.attempt, iteration: entry.iteration, from: entry.position, to: entry.position, lines, text: "" });
		}
		this.log.entries = entries;
		this.log.isStale = true;
	}

	/** How many lines are left out here, and not searched. */
	get leftOut() {
		return this.log.entries.reduce((sum, entry) => sum + (entry.kind === "gap" ? entry.lines : 0), 0);
	}

	/** Fetches the first of what is left out at an entry, and puts it in front of that. */
	async fetch(gap, id, signal) {
		const streams = { stdout: new Lines("text"), stderr: new Lines("error") };
		const entries = [];
		let size = 0;
		let after = gap.from - 1;
		while (after < gap.to && size < limits.shown) {
			const page = await get(ofTask(id, "/output"), { limit: 50, after, stream: "stdout,stderr", attempt: gap.attempt, iteration: gap.iteration }, signal);
			for (const piece of page.pieces.filter((one) => one.position <= gap.to)) {
				const entry = streams[piece.stream].take({ at: gap.at, attempt: gap.attempt, position: piece.position, body: piece });
				if (entry) entries.push(entry);
				size += piece.text.length;
			}
			after = page.next ?? gap.to;
		}
		entries.push(...[streams.stdout.finish(), streams.stderr.finish()].filter(Boolean));
		gap.from = after + 1;
		gap.lines = Math.max(1, gap.lines - entries.reduce((sum, entry) => sum + linesIn(entry.text), 0));
		const at = this.log.entries.indexOf(gap);
		this.log.entries.splice(at, after >= gap.to ? 1 : 0, ...entries);
	}
}
