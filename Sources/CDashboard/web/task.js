// The page of one task: its head, the rail of its iterations, and its parts.
import { ofTask } from "./api.js";
import { contracts, mergeWords, ofContract } from "./contractstore.js";
import { actionsOf } from "./actions.js";
import { button, eachFrame, factList, h, link, replace } from "./dom.js";
import { CheckpointsView, ChecksView } from "./checks.js";
import { DiffView } from "./diffview.js";
import { LogView } from "./logview.js";
import { TaskModel } from "./model.js";
import { PlanView } from "./plan.js";
import { ProgressView } from "./progress.js";
import { questionPanel } from "./questions.js";
import { RawView } from "./raw.js";
import { badge, look, shape } from "./status.js";
import { Timeline } from "./timeline.js";
import { ago, baseName, duration, money, number, oneLine, sentence, time, tokens } from "./text.js";

const PARTS = [
	["log", "Log", LogView], ["diff", "Diff", DiffView], ["checks", "Checks", ChecksView], ["checkpoints", "Checkpoints", CheckpointsView],
	["progress", "Progress", ProgressView], ["plan", "Plan", PlanView], ["raw", "Raw", RawView],
];

// A task may use as many iterations as it likes.
const unlimited = 1_000_000;

function limitOf(model) {
	const limit = model.task.reason?.limit ?? model.document?.maxIterations;
	return limit >= unlimited ? undefined : limit;
}

/** The contract of a task, what it is there, and where its work stands on its way into the target. */
function belongs(task) {
	if (!task.contractId) return [];
	const { contract, member } = contracts.of(task);
	if (!contract) return [["Contract", link("/contracts", task.contractId)]];
	const words = member ? mergeWords(contract, member) : "";
	return [
		["Contract", link(ofContract(contract.contractId), oneLine(contract.name, 60))],
		member?.role === "supervisor" ? ["Role", "leads the others"] : null,
		words ? ["Merge", h("span.task-merge", words, member.target ? [" into ", h("code", member.target)] : null)] : null,
	];
}

function facts(model) {
	const { task, document: plan } = model;
	const budget = plan?.budgets?.maxCostMicrodollars;
	const last = model.standing.at(-1)?.report?.standing;
	const limit = limitOf(model);
	const told = task.usage?.untoldProcesses;
	return factList([
		["Agent", plan?.agent?.name ?? task.reason?.agent ?? "–", plan?.agent?.model ? ` · ${plan.agent.model}` : ""],
		["Iterations", number(task.iterations), limit ? ` of ${number(limit)}` : ""],
		["Cost", h("span", { title: told ? `${told} processes told no cost` : undefined }, money(task.usage?.costMicrodollars)), budget !== undefined ? ` of ${money(budget)}` : ""],
		task.usage?.tokens !== undefined ? ["Tokens", tokens(task.usage.tokens)] : null,
		last ? ["Active", duration(last.activeMilliseconds)] : null,
		["Repository", h("span", { title: task.repoUrl ?? plan?.targetRepoPath }, baseName(task.repoUrl ?? plan?.targetRepoPath) || "–"), plan?.baseBranch ? ` @ ${plan.baseBranch}` : ""],
		task.branch ? ["Branch", h("code", task.branch), task.merged ? " merged" : ""] : null,
		["Daemon", task.daemonId ?? task.home],
		...belongs(task),
		task.parentTaskId ? ["Parent", link(ofTask(task.parentTaskId), task.parentTaskId.slice(0, 6))] : null,
		["Made", time(task.createdAt)], ["Changed", ago(task.updatedAt)],
	]);
}

function why(model) {
	const { task } = model;
	const { tone } = look(task);
	const reason = task.reason;
	const parts = [];
	if (task.asks && !reason) return null;
	if (reason?.message) parts.push(h("p.why-sentence", reason.message));
	else if (task.status === "running" && model.runningCheck?.attempt === task.attempt) {
		const { name, iteration, at } = model.runningCheck;
		parts.push(h("p.why-sentence", "The check ", h("code", oneLine(name, 80)), ` of iteration ${iteration} runs, begun `, ago(at), "."));
	} else if (task.status === "running") parts.push(h("p.why-sentence", `Iteration ${task.iterations + 1}${limitOf(model) ? ` of ${limitOf(model)}` : ""} is at work.`));
	if (reason?.until) parts.push(h("p", "It goes on by itself ", ago(reason.until), ", at ", time(reason.until), "."));
	for (const waits of task.status === "pending" ? task.waitsFor ?? [] : []) parts.push(h("p", waits));
	for (const stands of task.contractStanding ?? []) parts.push(h("p", stands));
	if (task.status === "pending" && model.lastRefusal) parts.push(h("p", "A daemon refused it: ", model.lastRefusal.message ?? "", " ", sentence(model.lastRefusal.hint ?? "")));
	if (reason?.hint) parts.push(h("p.why-hint", sentence(reason.hint)));
	if (reason?.blockers?.length) parts.push(h("ul.why-list", ...reason.blockers.map((one) => h("li", one))));
	if (reason?.outputTail) parts.push(h("pre.tail", reason.outputTail));
	if (task.status === "done" && reason?.code !== "verified") parts.push(h("p.why-hint", "No check has proven this: it is the agent’s word."));
	const { astray } = model;
	if (astray) parts.push(h("p.why-astray", `The workspace is at checkpoint ${astray.at}; proven is ${astray.proven === undefined ? "another tree" : `checkpoint ${astray.proven}`}`, task.branch ? [", which is on ", h("code", task.branch)] : null, "."));
	if (parts.length === 0) return null;
	return h("div.why", { class: `edge-${tone}` }, shape(tone), h("div", ...parts));
}

function moreMenu(actions) {
	if (actions.length === 0) return null;
	const menu = h("details.menu", h("summary.button", { label: "More actions" }, "⋯"),
		h("div.menu-list", ...actions.map((one) => button(one.label, () => { menu.open = false; one.act(); }, { kind: "bare" }))));
	menu.addEventListener("focusout", (event) => { if (!menu.contains(event.relatedTarget)) menu.open = false; });
	return menu;
}

class Head {
	constructor(model, context) {
		Object.assign(this, { model, context });
		this.title = h("h1");
		this.status = h("div.task-status", { "aria-live": "polite" });
		this.actions = h("div.buttons.task-actions");
		this.why = h("div");
		this.questions = h("div");
		this.facts = h("div");
		this.element = h("header.task-head",
			h("div.task-top", h("div.task-name", this.status, this.title), this.actions), this.why, this.questions, this.facts);
	}

	show() {
		const { model, context } = this;
		const { task } = model;
		if (!task) return;
		const signature = JSON.stringify([task.status, task.asks, task.reason, task.waitsFor, task.contractStanding, model.lastRefusal?.id, model.document?.maxIterations, model.runningCheck, model.astray]);
		if (signature !== this.signature) {
			this.signature = signature;
			replace(this.status, badge(task), h("code.task-id", { title: "The task’s id" }, task.taskId));
			replace(this.why, why(model));
			const { first, more } = actionsOf(model, context);
			replace(this.actions, ...first.map((one) => button(one.label, one.act, { kind: one.kind ?? "", "aria-keyshortcuts": one.key })), moreMenu(more));
		}
		if (this.title.textContent !== oneLine(task.taskName, 200)) {
			this.title.textContent = oneLine(task.taskName, 200);
			context.setTitle?.(oneLine(task.taskName, 60));
		}
		replace(this.facts, facts(model));
		const open = model.openQuestions;
		const asked = `${open.map((one) => `${one.attempt}/${one.question}`).join()} ${Boolean(model.document)}`;
		if (asked !== this.asked) {
			this.asked = asked;
			replace(this.questions, ...open.map((one) => questionPanel(model, one)));
		}
	}
}

class Parts {
	constructor(model, timeline) {
		this.model = model;
		this.timeline = timeline;
		this.views = new Map();
		this.tabs = PARTS.map(([id, label], index) => h("button.tab", {
			type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `part-${id}`, "aria-selected": "false", tabindex: -1,
			title: `${label} (${index + 1})`, on: { click: () => this.choose(id), keydown: (event) => this.key(event, index) },
		}, label, h("b", { hidden: true })));
		this.place = h("div.parts");
		this.element = h("div.task-parts", h("div.tabs", { role: "tablist", label: "Parts of the task" }, ...this.tabs), this.place);
	}

	key(event, index) {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
		if (!step) return;
		event.preventDefault();
		event.stopPropagation();
		const next = (index + step + PARTS.length) % PARTS.length;
		this.choose(PARTS[next][0]);
		this.tabs[next].focus();
	}

	choose(id) {
		const known = PARTS.some(([name]) => name === id) ? id : "log";
		this.current = known;
		history.replaceState(history.state, "", `${location.pathname}#${known}`);
		PARTS.forEach(([name], index) => {
			this.tabs[index].setAttribute("aria-selected", String(name === known));
			this.tabs[index].tabIndex = name === known ? 0 : -1;
			if (name === known) this.tabs[index].parentNode.scrollLeft = this.tabs[index].offsetLeft - 90;
		});
		const [, , View] = PARTS.find(([name]) => name === known);
		if (!this.views.has(known)) {
			const view = new View(this.model, this);
			view.panel = h("div.part", { role: "tabpanel", id: `part-${known}`, "aria-labelledby": `tab-${known}` }, view.element);
			this.views.set(known, view);
			this.place.append(view.panel);
		}
		for (const [name, view] of this.views) view.panel.hidden = name !== known;
		const view = this.views.get(known);
		if (known !== "log" && !this.model.isLoaded) return;
		if (known !== "log") view.choose?.(this.timeline.chosen);
		view.shown?.();
	}

	iteration(value) {
		const view = this.views.get(this.current);
		if (this.current === "log") { if (value) view.jump(value); else view.follow(true); } else if (view.choose) view.choose(value);
		else { this.choose("log"); if (value) this.views.get("log").jump(value); }
	}

	show() {
		const counts = { checks: this.model.receipts.length, checkpoints: this.model.checkpoints.length };
		PARTS.forEach(([name], index) => {
			const count = this.tabs[index].lastElementChild;
			count.hidden = !counts[name];
			count.textContent = counts[name] ?? "";
		});
		const view = this.views.get(this.current);
		if (this.current === "log") view.fit();
		else if (this.model.isLoaded) view?.shown?.();
	}

	destroy() {
		for (const view of this.views.values()) view.destroy?.();
	}
}

function taskKeys(parts, model, context) {
	return (event) => {
		const digit = Number(event.key);
		if (digit >= 1 && digit <= PARTS.length) { parts.choose(PARTS[digit - 1][0]); return true; }
		if (event.key === "s") {
			actionsOf(model, context).first.find((one) => one.key === "s")?.act();
			return true;
		}
		const log = parts.views.get("log");
		if (event.key === "/" && log) { parts.choose("log"); log.search.focus(); return true; }
		if (event.key === "f" && log) { parts.choose("log"); log.follow(!log.follows); return true; }
		return false;
	};
}

function missing(model) {
	return h("div.hero", h("h2", "There is no such task"), h("p", model.failure.message),
		h("p", link("/", { class: "button" }, "To the board")));
}

export function page(root, context, id) {
	const model = new TaskModel(id);
	const head = new Head(model, context);
	const timeline = new Timeline(model, (iteration) => parts.iteration(iteration));
	const parts = new Parts(model, timeline);
	root.append(h("p.crumb", link("/", "Board"), " / ", h("span", id.slice(0, 6))), head.element,
		h("div.task-body", timeline.element, parts.element));
	const update = eachFrame(() => {
		if (!model.task && model.failure) { replace(root, missing(model)); return; }
		head.show();
		timeline.show();
		parts.show();
	});
	model.addEventListener("change", update);
	model.addEventListener("events", update);
	context.keys.push(taskKeys(parts, model, context));
	parts.choose(location.hash.slice(1) || "log");
	model.start();
	update();
	// Contracts are asked for only where there is one.
	let endContracts = null;
	const followContract = () => {
		if (!endContracts && model.task?.contractId) endContracts = contracts.follow(() => {
			model.look(contracts.of(model.task).contract?.revision);
			update();
		});
	};
	model.addEventListener("change", followContract);
	followContract();
	return {
		title: "Task",
		destroy() {
			update.cancel();
			endContracts?.();
			parts.destroy();
			model.destroy();
		},
	};
}
