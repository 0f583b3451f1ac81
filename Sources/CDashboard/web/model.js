// One task with all that belongs to it, kept up by its stream of events.
import { get, ofTask, pages, Stream } from "./api.js";
import { Log } from "./log.js";
import { store } from "./store.js";

const KINDS = "agent,status,iteration,checkpoint,check,question,person,note";
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
		this.stream = new Stream(ofTask(this.id, "/stream"), {
			parameters: { kinds: KINDS }, lastId: "0",
			onEvents: (events) => this.takeEvents(events),
			onState: (state) => { this.state = state; this.tell("state"); },
		});
		try {
			const path = ofTask(this.id);
			this.takeTask(await get(path, undefined, this.abort.signal), true);
			this.document = await get(`${path}/document`, undefined, this.abort.signal).catch(() => null);
			await Promise.all(LISTS.map((name) => this.load(name)));
		} catch (problem) {
			if (problem.name === "AbortError") return;
			this.failure = problem;
		}
		this.isLoaded = true;
		this.tell("change");
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
			this.events.push(event);
			this.log.add(event);
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
