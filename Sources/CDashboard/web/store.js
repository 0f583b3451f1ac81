// All tasks as they are now, kept up by the server's events.
import { get, pages, Stream } from "./api.js";

class TaskStore extends EventTarget {
	tasks = new Map();
	asking = new Set();
	state = "connecting";
	loaded = false;
	failure = null;

	start() {
		if (this.stream) return;
		this.stream = new Stream("/events", {
			onEvents: (values, names) => this.hear(values, names),
			onState: (state) => this.setState(state),
			lastId: String(Date.now() - 5000),
		});
		this.load();
		this.timer = setInterval(() => { if (!document.hidden) this.loadQuestions(); }, 5000);
	}

	stop() {
		clearInterval(this.timer);
		this.stream?.close();
		this.stream = null;
		this.tasks.clear();
		this.loaded = false;
		this.dispatchEvent(new Event("end"));
	}

	async load() {
		try {
			await this.loadQuestions();
			await pages("/tasks", "tasks", (tasks) => this.take(tasks));
			this.failure = null;
		} catch (problem) {
			this.failure = problem;
		}
		this.loaded = true;
		this.tell();
	}

	/** A task whose agent asks while it is at work looks as any other: only the list of questions tells. */
	async loadQuestions() {
		try {
			const { questions } = await get("/questions", { limit: 200 });
			const asking = new Set(questions.filter((one) => one.answer === undefined && !one.withdrawn).map((one) => one.taskId));
			const isSame = asking.size === this.asking.size && [...asking].every((id) => this.asking.has(id));
			this.asking = asking;
			if (isSame) return;
			for (const [id, task] of this.tasks) {
				if (Boolean(task.asks) !== asking.has(id)) this.tasks.set(id, { ...task, asks: asking.has(id) });
			}
			this.tell();
		} catch { /* It is asked again soon. */ }
	}

	setState(state) {
		const wasLost = this.state === "lost";
		this.state = state;
		this.dispatchEvent(new Event("state"));
		if (state === "live" && (wasLost || this.failure)) {
			this.load();
			this.dispatchEvent(new Event("again"));
		}
	}

	/** Of a contract only its id is told, and not always that; whoever shows contracts asks for it. */
	hear(values, names) {
		const tasks = values.filter((_, index) => names[index] === "task");
		if (tasks.length) this.take(tasks);
		for (const [index, name] of names.entries()) {
			if (name === "deleted") this.forget(values[index].taskId);
			else if (name === "contract") this.dispatchEvent(new CustomEvent("contract", { detail: values[index].contractId }));
		}
	}

	take(tasks) {
		for (const task of tasks) {
			const known = this.tasks.get(task.taskId);
			if (known && known.revision > task.revision) continue;
			this.tasks.set(task.taskId, this.asking.has(task.taskId) ? { ...task, asks: true } : task);
		}
		this.tell();
	}

	forget(id) {
		if (this.tasks.delete(id)) this.tell();
	}

	tell() {
		this.dispatchEvent(new Event("change"));
	}

	get all() {
		return [...this.tasks.values()].sort((one, other) => other.createdAt - one.createdAt);
	}

	/** Calls `act` now and at each change; the result ends it. */
	follow(act) {
		this.addEventListener("change", act);
		act();
		return () => this.removeEventListener("change", act);
	}

	followState(act) {
		this.addEventListener("state", act);
		act();
		return () => this.removeEventListener("state", act);
	}
}

export const store = new TaskStore();
