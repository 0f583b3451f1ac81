// Tasks that belong together without a contract of makima's: by a word of their own, or because one has spawned the other.
import { ofTask } from "./api.js";
import { h, link } from "./dom.js";
import { badge, look, shape } from "./status.js";
import { store } from "./store.js";
import { ago, money, number, oneLine, plural } from "./text.js";

/** Trees of tasks by contract; what has no contract but belongs to another task stands by itself. */
function treesOf(tasks) {
	const known = new Map(tasks.map((task) => [task.taskId, task]));
	const children = new Map();
	for (const task of tasks) {
		if (!task.parentTaskId || !known.has(task.parentTaskId)) continue;
		if (!children.has(task.parentTaskId)) children.set(task.parentTaskId, []);
		children.get(task.parentTaskId).push(task);
	}
	const contracts = new Map();
	for (const task of tasks) {
		if (task.parentTaskId && known.has(task.parentTaskId)) continue;
		const name = task.contractId ?? (children.has(task.taskId) ? "" : null);
		if (name === null) continue;
		if (!contracts.has(name)) contracts.set(name, []);
		contracts.get(name).push(task);
	}
	return { contracts: [...contracts].sort(([one], [other]) => (one === "") - (other === "") || one.localeCompare(other)), children };
}

function all(roots, children, into = []) {
	for (const task of roots) {
		into.push(task);
		all(children.get(task.taskId) ?? [], children, into);
	}
	return into;
}

function dependsOn(task) {
	const names = (task.dependencies ?? []).map((one) => store.tasks.get(one.taskId)?.taskName ?? one.taskId);
	return names.length ? h("small", `after ${oneLine(names.join(", "), 60)}`) : null;
}

function branch(tasks, children) {
	const sorted = [...tasks].sort((one, other) => one.createdAt - other.createdAt);
	return h("ul.tree", ...sorted.map((task) => h("li",
		h("div.tree-row", badge(task), link(ofTask(task.taskId), { class: "tree-task" }, oneLine(task.taskName, 120)), dependsOn(task), h("span.grow"),
			h("span.muted.tree-facts", `${number(task.iterations)} it. · ${money(task.usage?.costMicrodollars)} · `, ago(task.updatedAt))),
		children.has(task.taskId) ? branch(children.get(task.taskId), children) : null)));
}

export function meter(tasks) {
	const counts = {};
	for (const task of tasks) counts[look(task).tone] = (counts[look(task).tone] ?? 0) + 1;
	const parts = Object.entries(counts).map(([tone, count]) => h("span.meter-part", { class: `fill-${tone}`, style: { "flex-grow": String(count) } }));
	const words = Object.entries(counts).map(([tone, count]) => h("span.meter-word", { class: `tone-${tone}` }, shape(tone), number(count)));
	return [h("div.meter", { "aria-hidden": "true" }, ...parts), h("span.meter-words", ...words)];
}

function family(name, roots, children) {
	const tasks = all(roots, children);
	const cost = tasks.reduce((sum, task) => sum + (task.usage?.costMicrodollars ?? 0), 0);
	return h("details.box.contract", { open: true },
		h("summary.box-head", h("strong", name || "Without a contract"), h("span.muted", `${plural(tasks.length, "task")} · ${money(cost)}`), h("span.grow"), ...meter(tasks)),
		h("div.box-body", branch(roots, children)));
}

/** What stands together and is no contract of the `known` ones, with a signature of it. */
export function families(known) {
	const { contracts, children } = treesOf(store.all.filter((task) => !known.has(task.contractId)));
	return {
		signature: JSON.stringify(contracts.map(([name, roots]) => [name, all(roots, children).map((task) => `${task.taskId}${task.revision}`)])),
		draw: () => contracts.map(([name, roots]) => family(name, roots, children)),
		count: contracts.length,
	};
}
