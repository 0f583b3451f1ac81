// All contracts as they are now. Of their tasks the list of tasks knows more: what is shown is joined from both.
import { get } from "./api.js";
import { look } from "./status.js";
import { store } from "./store.js";

const MOST = 200;
/** Between two requests, in milliseconds: many changes at once are one request. */
const PAUSE = 400;

export function ofContract(id, rest = "") {
	return `/contracts/${encodeURIComponent(id)}${rest}`;
}

class ContractStore extends EventTarget {
	known = new Map();
	wanted = new Set();
	wantsAll = false;
	isBusy = false;
	isLoaded = false;
	/** Whether there are more than are listed. */
	isPart = false;
	failure = null;

	/** Begins to keep contracts up; before that nothing is asked for. */
	start() {
		if (this.isStarted) return;
		this.isStarted = true;
		store.addEventListener("contract", (event) => this.want(event.detail));
		store.addEventListener("again", () => this.want());
		store.addEventListener("end", () => this.clear());
		this.want();
	}

	clear() {
		this.known.clear();
		this.wanted.clear();
		this.isLoaded = false;
	}

	/** Asks for a contract soon; for all of them where none is named. One request is made at a time. */
	want(id) {
		if (id === undefined) this.wantsAll = true;
		else this.wanted.add(id);
		if (!this.isBusy) this.run();
	}

	async run() {
		this.isBusy = true;
		while (this.wantsAll || this.wanted.size) {
			try {
				if (this.wantsAll) await this.loadAll();
				else await this.loadOne([...this.wanted][0]);
				this.failure = null;
			} catch (problem) {
				this.failure = problem;
				this.isLoaded = true;
			}
			this.tell();
			await new Promise((resolve) => { setTimeout(resolve, this.failure ? 3000 : PAUSE); });
			if (this.failure && this.failure.status === 0) this.wantsAll = true;
			if (this.failure && this.failure.status === 401) break;
		}
		this.isBusy = false;
	}

	async loadAll() {
		this.wantsAll = false;
		this.wanted.clear();
		const { contracts, damaged, next } = await get("/contracts", { limit: MOST });
		this.known = new Map(contracts.map((contract) => [contract.contractId, contract]));
		this.damaged = damaged ?? [];
		this.isPart = next !== undefined && next !== null;
		this.isLoaded = true;
	}

	async loadOne(id) {
		this.wanted.delete(id);
		try {
			this.take(await get(ofContract(id)));
		} catch (problem) {
			if (problem.status !== 404) throw problem;
			this.known.delete(id);
		}
	}

	take(contract) {
		const known = this.known.get(contract.contractId);
		if (!known || known.revision <= contract.revision) this.known.set(contract.contractId, contract);
		this.tell();
	}

	tell() {
		this.dispatchEvent(new Event("change"));
	}

	get all() {
		return [...this.known.values()].sort((one, other) => other.createdAt - one.createdAt);
	}

	/** The contract of a task with what it says of it, where it is known. */
	of(task) {
		const contract = this.known.get(task?.contractId);
		return { contract, member: contract?.tasks?.find((one) => one.taskId === task.taskId) };
	}

	leads(task) {
		return Boolean(task.contractId) && this.known.get(task.contractId)?.tasks?.some((one) => one.taskId === task.taskId && one.role === "supervisor") === true;
	}

	/** Calls `act` now and at each change of contracts or tasks; the result ends it. */
	follow(act) {
		this.start();
		this.addEventListener("change", act);
		const end = store.follow(act);
		return () => { this.removeEventListener("change", act); end(); };
	}
}

export const contracts = new ContractStore();

/** A task of a contract as it is now. */
export function memberNow(member) {
	const task = store.tasks.get(member.taskId);
	if (!task) return member;
	const { status, reason, iterations, usage, asks, updatedAt, waitsFor } = task;
	return { ...member, status, reason, iterations, usage, asks, updatedAt, waitsFor, isMade: true };
}

function sum(tasks, name) {
	const known = tasks.map((task) => task.usage?.[name]).filter((value) => value !== undefined && value !== null);
	return known.length ? known.reduce((one, other) => one + other, 0) : undefined;
}

/** Where the tasks of a contract stand; who leads is no task of those that are counted. */
export function standing(contract) {
	const members = (contract.tasks ?? []).map(memberNow);
	const tasks = members.filter((one) => one.role !== "supervisor");
	const isHeld = contract.status === "working" || contract.status === "blocked";
	return {
		members, tasks,
		done: tasks.filter((one) => one.status === "done").length,
		merged: tasks.filter((one) => one.merge === "merged").length,
		needs: isHeld ? members.filter((one) => look(one).group === "needs") : [],
		cost: sum(members, "costMicrodollars") ?? contract.usage?.costMicrodollars,
		tokens: sum(members, "tokens") ?? contract.usage?.tokens,
	};
}

const STATUS = {
	working: ["At work", "working"], blocked: ["Needs you", "needs"], stopped: ["Stopped", "paused"],
	budget_reached: ["Budget reached", "stopped"],
};

/** The word and the tone of a contract's status. */
export function lookOfContract(contract) {
	if (contract.status === "done") return contract.code === "verified" ? { label: "Done, verified", tone: "done" } : { label: "Done, unverified", tone: "unproven" };
	const [label, tone] = STATUS[contract.status] ?? [contract.status, "stopped"];
	return { label, tone };
}

const WAITS = { being_merged: "being merged", queue: "in the merge queue", conflict_of_another: "waits for another's conflict to be mended" };

/** Where the work of a task stands on its way into its target; empty where it is not on it. */
export function mergeWords(contract, member) {
	if (member.mergeWaitsFor) return WAITS[member.mergeWaitsFor] ?? `waits to be merged: ${member.mergeWaitsFor.replaceAll("_", " ")}`;
	if (member.merge === "queued") return contract?.queues?.some((queue) => queue.batch?.includes(member.taskId)) ? "being merged" : "in the merge queue";
	if (member.merge === "merged") return member.commit ? `merged as ${member.commit.slice(0, 7)}` : "merged";
	if (member.merge === "returned") return member.returns > 1 ? `came back ${member.returns} times` : "came back";
	return "";
}

export const MERGE_TONES = { queued: "waiting", merged: "done", returned: "stopped" };
