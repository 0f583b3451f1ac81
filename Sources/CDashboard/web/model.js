// One task with all that belongs to it, kept up by its stream of events.
import { get, ofTask, pages, Stream } from "./api.js";
import { Log } from "./log.js";
import { speaksRecords } from "./output.js";
import { store } from "./store.js";

const KINDS = "agent,status,iteration,checkpoint,check,question,person,note";
// What these print is records for machines; they tell by events what it says.
const VENDORS = ["claude", "codex", "acp"];
const LISTS = ["iterations", "receipts", "checkpoints", "questions"];
const CONCERNS = { iteration: ["iterations", "receipts"], check: ["receipts"], checkpoint: ["checkpoints"], question: ["questions"] };

export class TaskModel extends EventTarget {
	constructor(id) {
		super();
		Object.assign(this, { id, task: store.tasks.get(id), document: null, events: [], log: new Log(), failure: null, state: "connecting" });
		for (const name of LISTS) this[name] = [];
		this.wanted = new Set();
		this.abort = new AbortController();
	}

	async start() {
		this.endFollowing = store.follow(() => this.takeTask(store.tasks.get(this.id)));
		const path = ofTask(this.id);
		const document = get(`${path}/document`, undefined, this.abort.signal).catch(() => null);
		this.startLog(document);
		try {
			this.takeTask(await get(path, undefined, this.abort.signal), true);
			this.document = await document;
			await Promise.all(LISTS.map((name) => this.load(name)));
		} catch (problem) {
			if (problem.name === "AbortError") return;
			this.failure = problem;
		}
		this.isLoaded = true;
		this.tell("change");
	}

	/** Of an agent that speaks as people do, what it has printed is read, and not only what events tell of it. */
	async startLog(document) {
		const kind = (await document)?.agent?.kind;
		const first = VENDORS.includes(kind) ? null
			: await get(ofTask(this.id, "/output"), { stream: "stdout", limit: 1 }, this.abort.signal).catch(() => ({ pieces: [] }));
		if (this.ended) return;
		const isTold = first !== null && !speaksRecords(first.pieces[0]?.text ?? "");
		this.log.output.isTold = isTold;
		this.log.output.whenRecords = () => {
			this.log.output.whenRecords = null;
			if (this.log.output.turns.size > 1) return;
			this.log.output.isTold = false;
			this.log.output.end();
			this.follow(KINDS, this.stream.lastId);
		};
		this.follow(isTold ? `${KINDS},output` : KINDS, "0");
	}

	follow(kinds, lastId) {
		this.stream?.close();
		this.stream = new Stream(ofTask(this.id, "/stream"), {
			parameters: { kinds }, lastId,
			onEvents: (events) => this.takeEvents(events),
			onState: (state) => { this.state = state; this.tell("state"); },
		});
	}

	async load(name) {
		try {
			const answer = await get(ofTask(this.id, `/${name}`), undefined, this.abort.signal);
			this[name] = answer[name];
			this.tell("change");
		} catch (problem) {
			if (problem.name !== "AbortError" && problem.status === 0) this.later(name, 3000);
		}
	}

	later(name, wait = 250) {
		if (this.wanted.has(name)) return;
		this.wanted.add(name);
		setTimeout(() => {
			this.wanted.delete(name);
			if (!this.ended) this.load(name);
		}, wait);
	}

	/** What a task waits for, and where it stands in its contract, is told of one task only: that is asked for anew. */
	takeTask(task, whole = false) {
		if (!task || task.revision < (this.task?.revision ?? 0)) return;
		const changed = task.revision !== this.task?.revision || task.asks !== this.task?.asks;
		if (!whole && !changed) return;
		const told = whole ? {} : { waitsFor: this.task?.waitsFor, contractStanding: this.task?.contractStanding };
		this.task = { ...told, ...task };
		if (whole) store.take([task]);
		else if ((task.status === "pending" || task.contractId) && this.waitsAsked !== task.revision) {
			this.waitsAsked = task.revision;
			this.refresh();
		}
		this.tell("change");
	}

	/** Where it stands in its contract changes with the contract. */
	look(revision) {
		if (revision === undefined || revision === this.contractRevision) return;
		this.contractRevision = revision;
		this.refresh();
	}

	async refresh() {
		try {
			this.takeTask(await get(ofTask(this.id), undefined, this.abort.signal), true);
		} catch { /* The events tell what changes. */ }
	}

	takeEvents(events) {
		const concerned = new Set();
		for (const event of events) {
			this.log.add(event);
			if (event.kind === "output") continue;
			this.events.push(event);
			for (const name of CONCERNS[event.kind] ?? []) concerned.add(name);
			this.noteCheck(event);
			if (event.body?.type === "commandAnswer" && event.body.outcome !== "done") this.lastRefusal = event.body;
		}
		for (const name of concerned) this.later(name);
		this.dispatchEvent(new CustomEvent("events", { detail: events }));
	}

	/** The check that runs: the one that began last, where nothing has followed. */
	noteCheck({ kind, body, at, attempt }) {
		const word = kind === "status" ? "status" : body?.event;
		if (word === "check_began") this.runningCheck = { name: body.check, iteration: body.iteration, at, attempt };
		else if (["status", "check_ended", "iteration_began"].includes(word)) this.runningCheck = null;
	}

	tell(name) {
		if (!this.ended) this.dispatchEvent(new Event(name));
	}

	get openQuestions() {
		return this.questions.filter((one) => one.answer === undefined && !one.withdrawn && !one.report?.answeredBy);
	}

	/** Cost, size of the change and checks of each iteration, the last try of each. */
	get standing() {
		const latest = new Map();
		for (const entry of this.iterations) latest.set(entry.number, entry);
		return [...latest.values()].sort((one, other) => one.number - other.number);
	}

	/** Where a restore has left the workspace, and what of the work is proven, by the numbers of checkpoints; nothing where they agree. */
	get astray() {
		const last = this.checkpoints.reduce((one, other) => (other.takenAt >= (one?.takenAt ?? 0) ? other : one), null);
		const proof = this.task?.status === "done" ? this.receipts.findLast((entry) => entry.receipt?.verdict?.verdict === "passed") : null;
		const treeOf = (entry) => entry.report?.checkpoint?.tree;
		if (last?.report?.checkpoint?.cause !== "restored" || !proof?.receipt.tree || treeOf(last) === proof.receipt.tree) return null;
		const made = this.checkpoints.filter((entry) => !["restored", "before_restore"].includes(entry.report?.checkpoint?.cause));
		const numberOf = (tree) => made.findLast((entry) => treeOf(entry) === tree)?.number;
		return { at: numberOf(treeOf(last)) ?? last.number, proven: numberOf(proof.receipt.tree) };
	}

	receiptsOf(iteration) {
		return this.receipts.filter((entry) => entry.iteration === iteration);
	}

	async output(iteration, stream, attempt) {
		let text = "";
		const parameters = { iteration, stream, attempt };
		await pages(ofTask(this.id, "/output"), "pieces", (pieces) => {
			for (const piece of pieces) text += piece.text;
		}, this.abort.signal, parameters);
		return text;
	}

	destroy() {
		this.ended = true;
		this.endFollowing?.();
		this.stream?.close();
		this.abort.abort();
	}
}
