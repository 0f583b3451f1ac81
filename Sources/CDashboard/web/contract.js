// The page of one contract: where it stands, its tasks, what is to be merged, and what has happened.
import { get, ofTask, post } from "./api.js";
import { ask, numberField } from "./actions.js";
import { contractBadge } from "./contracts.js";
import { contracts, lookOfContract, ofContract, standing } from "./contractstore.js";
import { announce, atMostEvery, button, factList, h, link, replace, toast } from "./dom.js";
import { shape } from "./status.js";
import { History } from "./history.js";
import { TaskTree } from "./tasktree.js";
import { ago, baseName, duration, money, number, oneLine, plural, sentence, time, tokens } from "./text.js";

const HOUR = 3_600_000;

async function order(contract, name, body, said) {
	const answer = await post(ofContract(contract.contractId, `/${name}`), body);
	contracts.take(answer);
	toast(said);
	announce(said);
}

function askStop(contract) {
	ask({
		title: "Stop this contract?", confirm: "Stop",
		content: [h("p", "All its tasks are stopped, and nothing more is merged. Everything is kept, and the contract can be resumed.")],
		act: () => order(contract, "stop", {}, "The contract is stopped."),
	});
}

function askResume(contract) {
	const { cost, tokens: used } = standing(contract);
	const limits = contract.limits ?? {};
	const isReached = contract.status === "budget_reached";
	const isCost = isReached && (contract.code ?? "").startsWith("cost");
	const isTokens = isReached && (contract.code ?? "").startsWith("tokens");
	const isTime = isReached && contract.code === "time";
	const money1 = numberField("Cost of all tasks at most, in dollars", {
		min: 0, step: "any", value: isCost && limits.maxCostMicrodollars !== undefined ? (limits.maxCostMicrodollars * 2) / 1e6 : undefined,
		note: `${money(cost)} spent${limits.maxCostMicrodollars !== undefined ? ` of ${money(limits.maxCostMicrodollars)}` : ""}. ${isCost ? "It must be more than before." : "Empty: as before."}`,
	});
	const tokens1 = numberField("Tokens of all tasks at most", {
		min: 0, value: isTokens && limits.maxTokens !== undefined ? limits.maxTokens * 2 : undefined,
		note: `${tokens(used)} used${limits.maxTokens !== undefined ? ` of ${tokens(limits.maxTokens)}` : ""}. ${isTokens ? "It must be more than before." : "Empty: as before."}`,
	});
	const hours = limits.maxDurationMilliseconds / HOUR;
	const time1 = numberField("Active time of all tasks at most, in hours", {
		min: 0, step: "any", value: isTime ? hours * 2 : undefined,
		note: `${duration(contract.activeMilliseconds)} used${hours ? ` of ${duration(limits.maxDurationMilliseconds)}` : ""}. ${isTime ? "It must be more than before." : "Empty: as before."}`,
	});
	time1.input.required = isTime;
	money1.input.required = isCost;
	tokens1.input.required = isTokens;
	ask({
		title: "Resume this contract?", confirm: "Resume",
		content: [h("p", "What was stopped with it goes on, and queues that stand still are tried again."), h("div.fields.two", money1.element, tokens1.element, time1.element)],
		act: () => {
			const wanted = {};
			if (money1.input.value !== "") wanted.maxCostMicrodollars = Math.round(Number(money1.input.value) * 1e6);
			if (tokens1.input.value !== "") wanted.maxTokens = Math.round(Number(tokens1.input.value));
			if (time1.input.value !== "") wanted.maxDurationMilliseconds = Math.round(Number(time1.input.value) * HOUR);
			return order(contract, "resume", Object.keys(wanted).length ? { limits: wanted } : {}, "The contract goes on.");
		},
	});
}

function actionsOf(contract, context) {
	if (context.me?.scope === "viewer" || contract.status === "done") return [];
	const resume = button("Resume …", () => askResume(contract), { kind: "primary" });
	const stop = button("Stop …", () => askStop(contract));
	if (contract.status === "working") return [stop];
	return contract.status === "blocked" ? [resume, stop] : [resume];
}

function why(contract, needs) {
	const { tone } = lookOfContract(contract);
	return h("div.why", { class: `edge-${tone}` }, shape(tone), h("div", h("p.why-sentence", sentence(contract.sentence)),
		contract.hint && contract.status !== "working" ? h("p.why-hint", sentence(contract.hint)) : null,
		contract.status === "blocked" && contract.goesOn ? h("p", "The rest of it goes on.") : null,
		// The first is what the contract itself says.
		...(contract.obstacles ?? []).slice(1).flatMap((one) => [h("p.why-sentence", sentence(one.sentence)), one.hint ? h("p.why-hint", sentence(one.hint)) : null]),
		needs.length ? h("p", h("b", "Waiting for you: "), ...needs.slice(0, 6).flatMap((one, index) => [index ? ", " : "", link(ofTask(one.taskId), oneLine(one.name, 80))])) : null));
}

function facts(contract, stands) {
	const limits = contract.limits ?? {};
	return factList([
		["Tasks", `${number(stands.done)} done, ${number(stands.merged)} merged of ${number(stands.tasks.length)}`, limits.maxTasks ? `; at most ${number(limits.maxTasks)}` : ""],
		limits.maxAtOnce ? ["At once", number(limits.maxAtOnce)] : null,
		["Repository", h("span", { title: contract.repository }, baseName(contract.repository) || "–")],
		["Goes into", ...contract.targets.flatMap((target, index) => [index ? ", " : "", h("code", target)])],
		["Led by", contract.supervisorId ? link(ofTask(contract.supervisorId), "an agent") : "the order of its plan"],
		contract.supervisorId ? ["Calls", number(contract.calls)] : null,
		["Made", time(contract.createdAt)], ["Changed", ago(contract.updatedAt)],
	]);
}

function bar(name, spent, limit, show) {
	const part = limit ? Math.min(1, (spent ?? 0) / limit) : 0;
	const words = limit === undefined ? show(spent) : `${show(spent)} of ${show(limit)}`;
	const track = limit === undefined ? h("p.muted", "No budget") : h("div.budget-track", {
		role: "meter", label: name, "aria-valuemin": 0, "aria-valuemax": limit, "aria-valuenow": Math.min(spent ?? 0, limit), "aria-valuetext": words,
	}, h("span", { class: part >= 1 ? "fill-failed" : part >= 0.8 ? "fill-stopped" : "fill-working", style: { width: `${part * 100}%` } }));
	return h("div.budget", h("div.budget-head", h("b", name), h("span", words)), track);
}

function phaseList(contract) {
	if (!contract.phases?.length) return null;
	const isDone = contract.status === "done";
	const items = contract.phases.map((phase, index) => {
		const [word, tone] = isDone || index < contract.phase ? ["done", "done"] : index === contract.phase ? ["at work", "working"] : ["to come", "queued"];
		const checks = (phase.checks ?? []).map((check) => h("code", oneLine(check.command, 80)));
		return h("li.phase", { "aria-current": index === contract.phase && !isDone ? "step" : undefined },
			h("span.badge", { class: `tone-${tone}` }, shape(tone), word), h("b", phase.name), h("span.chips", ...checks));
	});
	return h("section.box", { label: "Phases" }, h("div.box-head", h("h2", "Phases")), h("ol.box-body.phases", ...items));
}

function goal(contract) {
	const checks = contract.checks ?? [];
	return [h("section.box", { label: "Goal" }, h("div.box-head", h("h2", "Goal")), h("pre.plan-text", contract.goal)),
		h("section.box", { label: "Checks" }, h("div.box-head", h("h2", "Checks"), h("span.muted", "of every tip of a target")),
			checks.length ? h("ul.box-body.stack", ...checks.map((check) => h("li", check.name === check.command ? null : h("b", `${check.name}  `), h("code", check.command))))
				: h("p.box-body.muted", "None: it can only end unverified."))];
}

function queueBox(contract, queue) {
	const names = new Map((contract.tasks ?? []).map((one) => [one.taskId, one.name]));
	const list = (ids) => h("ol.queue-list", ...ids.map((id) => h("li", link(ofTask(id), oneLine(names.get(id) ?? id, 100)))));
	const { batch = [], waiting = [] } = queue;
	return h("div.queue", h("h3", "Into ", h("code", queue.target)),
		queue.halt ? h("p.notice.warn", `It stands still: ${queue.halt.replaceAll("_", " ")}.`) : null,
		queue.sentence ? h("p.notice.warn", queue.sentence, queue.hint ? h("span.muted", ` ${queue.hint}`) : null) : null,
		queue.batchNumber !== undefined ? h("div", h("p", h("b", `Batch ${number(queue.batchNumber)} `), batch.length ? "is being merged and checked:" : "checks the branch as it is."), batch.length ? list(batch) : null) : null,
		waiting.length ? h("div", h("p", h("b", plural(waiting.length, "work", "works")), waiting.length === 1 ? " waits:" : " wait:"), list(waiting)) : null,
		queue.batchNumber === undefined && !waiting.length && !queue.halt ? h("p.muted", "Nothing waits.") : null);
}

function queues(contract) {
	return h("section.box", { label: "Merge queues" }, h("div.box-head", h("h2", "To be merged")),
		h("div.box-body.stack", contract.queues?.length ? contract.queues.map((queue) => queueBox(contract, queue)) : h("p.muted", "Nothing has come into the queue yet.")));
}

class ContractPage {
	constructor(context, id) {
		Object.assign(this, { context, id });
		this.places = Object.fromEntries(["status", "actions", "why", "facts", "budgets", "phases", "goal", "queues"].map((name) => [name, h("div")]));
		this.places.actions.classList.add("buttons", "task-actions");
		this.places.status.setAttribute("aria-live", "polite");
		this.places.status.classList.add("task-status");
		this.places.budgets.classList.add("budgets");
		this.places.goal.classList.add("stack");
		this.title = h("h1");
		this.tree = new TaskTree((task) => context.go(ofTask(task)));
		this.noTask = h("p.box-body.muted", "No task yet.");
		this.history = new History(id);
		const { status, actions, why: reason, facts: known, budgets, phases, goal: what, queues: merges } = this.places;
		this.element = h("div.stack",
			h("header.task-head", h("div.task-top", h("div.task-name", status, this.title), actions), reason, known, budgets), phases,
			h("section.box", { label: "Tasks" }, h("div.box-head", h("h2", "Tasks")), h("div.box-body", this.tree.element, this.noTask)),
			merges, this.history.element, what);
	}

	/** Draws a part anew where what it shows has changed: whoever is in it with the keyboard stays there. */
	part(name, value, draw) {
		const signature = JSON.stringify(value);
		if (this.places[name].dataset.signature === signature) return;
		this.places[name].dataset.signature = signature;
		replace(this.places[name], draw());
	}

	show(contract) {
		const stands = standing(contract);
		const { limits = {} } = contract;
		const name = oneLine(contract.name, 200);
		if (this.title.textContent !== name) {
			this.title.textContent = name;
			this.context.setTitle?.(oneLine(contract.name, 60));
		}
		this.part("status", [contract.status, contract.code], () => [contractBadge(contract), h("code.task-id", { title: "The contract’s id" }, contract.contractId)]);
		this.part("actions", [contract.status, contract.code, limits, this.context.me?.scope], () => actionsOf({ ...contract }, this.context));
		this.part("why", [contract.status, contract.sentence, contract.hint, contract.goesOn, contract.obstacles, stands.needs.map((one) => [one.taskId, one.name])], () => why(contract, stands.needs));
		this.part("facts", [stands.done, stands.merged, stands.tasks.length, contract], () => facts(contract, stands));
		this.part("budgets", [stands.cost, stands.tokens, contract.activeMilliseconds, limits], () => [bar("Cost", stands.cost, limits.maxCostMicrodollars, money), bar("Tokens", stands.tokens, limits.maxTokens, tokens),
			bar("Active time", contract.activeMilliseconds, limits.maxDurationMilliseconds, duration)]);
		this.part("phases", [contract.phases, contract.phase, contract.status], () => phaseList(contract));
		this.part("goal", [contract.goal, contract.checks], () => goal(contract));
		this.part("queues", [contract.queues, contract.tasks?.map((one) => one.name)], () => queues(contract));
		this.tree.element.hidden = stands.members.length === 0;
		this.noTask.hidden = stands.members.length > 0;
		this.tree.show(contract, stands.members);
		this.history.look(contract.revision);
	}
}

function missing(id) {
	return h("div.hero", h("h2", "There is no such contract"), h("p", "None has the id ", h("code", oneLine(id, 40)), "."),
		h("p", link("/contracts", { class: "button" }, "To the contracts")));
}

export function page(root, context, id) {
	const view = new ContractPage(context, id);
	const notice = h("div");
	let asked = false;
	root.append(h("p.crumb", link("/contracts", "Contracts"), " / ", h("span", oneLine(id, 10).slice(0, 6))), notice, view.element);
	view.element.hidden = true;
	const update = atMostEvery(150, () => {
		const contract = contracts.known.get(id);
		replace(notice, contracts.failure ? h("p.notice.bad", { role: "alert" }, contracts.failure.message) : null,
			!contract && contracts.isLoaded && (asked || !contracts.isPart) && !contracts.failure ? missing(id) : null);
		view.element.hidden = !contract;
		if (contract) view.show(contract);
		// One that is not among the newest may be there all the same.
		else if (contracts.isLoaded && contracts.isPart && !asked) {
			asked = true;
			get(ofContract(id)).then((found) => contracts.take(found), () => update());
		}
	});
	const end = contracts.follow(update);
	return { title: "Contract", destroy: () => { end(); update.cancel(); view.history.destroy(); } };
}
