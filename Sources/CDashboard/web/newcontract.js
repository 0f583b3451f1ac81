// The form by which a contract is made.
import { offerAgents } from "./agents.js";
import { newKey, post } from "./api.js";
import { contracts, ofContract } from "./contractstore.js";
import { button, field, h, link, remember, replace, select, toast } from "./dom.js";
import { ChecksField, dataList, PERMISSIONS, SANDBOX, suggestChecks, words } from "./new.js";
import { store } from "./store.js";
import { oneLine } from "./text.js";

function inputs() {
	const text = (name, properties) => h("input", { name, type: "text", spellcheck: "false", ...properties });
	const count = (name, properties) => h("input", { name, type: "number", inputmode: "decimal", ...properties });
	return {
		goal: h("textarea", { name: "goal", rows: 9, required: true, maxlength: 262000, placeholder: "What is to be reached, and how one sees that it is." }),
		name: text("contractName", { maxlength: 250, placeholder: "The goal’s first line" }),
		repository: text("repository", { required: true, list: "repositories", placeholder: "/home/me/project or https://…", class: "mono" }),
		target: text("target", { required: true, placeholder: "main", class: "mono" }),
		agent: text("agent", { required: true, list: "agents" }),
		others: text("agents", { placeholder: "codex, …" }),
		cost: count("cost", { min: 0, step: "any", placeholder: "no limit" }),
		tokens: count("tokens", { min: 1, placeholder: "no limit" }),
		hours: count("hours", { min: 0, step: "any", placeholder: "no limit" }),
		most: count("maxTasks", { min: 1, placeholder: "50" }),
		once: count("maxAtOnce", { min: 1, placeholder: "4" }),
		phases: text("phases", { placeholder: "Design; Build; Release" }),
		permissions: select(PERMISSIONS, { name: "permissions" }),
		sandbox: select(SANDBOX, { name: "sandbox" }),
		supervised: h("input", { type: "checkbox", name: "supervised", checked: true }),
	};
}

/** The tasks of a contract that nobody leads: what is done, and after which others. */
class TasksField {
	constructor() {
		this.list = h("ol.planned");
		this.element = h("fieldset.field", { hidden: true }, h("legend.label", "Tasks"),
			h("p.field-note", "makima runs them in the order in which they depend on each other, and merges each when it is done."),
			this.list, h("div", button("Add a task", () => this.add(true), { kind: "small" })));
		this.add();
	}

	add(focus) {
		const name = h("input", { type: "text", label: "Name of the task", placeholder: "Name", maxlength: 100 });
		const after = h("input", { type: "text", label: "After which tasks, with commas", placeholder: "After: names of others, with commas" });
		const plan = h("textarea", { rows: 3, label: "What the task is to do", placeholder: "What is to be done" });
		const item = h("li.box", h("div.planned-head", name, after, button("×", () => { item.remove(); if (!this.list.children.length) this.add(); }, { kind: "bare", label: "Remove this task" })), plan);
		this.list.append(item);
		if (focus) name.focus();
	}

	get values() {
		return [...this.list.children].map((item) => {
			const [name, after] = [...item.querySelectorAll("input")].map((input) => input.value.trim());
			const plan = item.querySelector("textarea").value;
			const names = after.split(",").map((one) => one.trim()).filter(Boolean);
			return { name: name || oneLine(plan.trim().split("\n")[0], 80), plan, ...(names.length ? { after: names } : {}) };
		}).filter((task) => task.plan.trim());
	}
}

/** The request that the form stands for; what was left empty is left out. */
function requestOf(fields, checks, tasks) {
	const value = (name) => fields[name].value.trim();
	const goal = fields.goal.value;
	const template = { taskName: oneLine(value("name") || goal.trim().split("\n")[0], 80), plan: goal, agent: { name: value("agent") }, targetBranch: value("target") };
	template[/^(\/|~)/.test(value("repository")) ? "targetRepoPath" : "repoUrl"] = value("repository");
	if (value("permissions")) template.permissions = value("permissions");
	if (value("sandbox")) template.sandbox = { mode: value("sandbox") };
	const supervised = fields.supervised.checked;
	const request = {
		template, targets: [value("target")], supervised, checks: [...new Set(checks)].map((command) => ({ name: command, command })),
		agents: words(value("others")).map((name) => ({ name })),
		phases: value("phases").split(";").map((name) => name.trim()).filter(Boolean).map((name) => ({ name, checks: [] })),
	};
	const limits = {};
	if (value("cost")) limits.maxCostMicrodollars = Math.round(Number(value("cost")) * 1e6);
	if (value("tokens")) limits.maxTokens = Number(value("tokens"));
	if (value("hours")) limits.maxDurationMilliseconds = Math.round(Number(value("hours")) * 3_600_000);
	if (value("most")) limits.maxTasks = Number(value("most"));
	if (value("once")) limits.maxAtOnce = Number(value("once"));
	if (Object.keys(limits).length) request.limits = limits;
	if (!supervised) request.tasks = tasks;
	return request;
}

function layOut(fields, checks, tasks, problem) {
	return [
		h("section.box.box-body.fields", field("What is to be reached", fields.goal), checks.element),
		h("section.box.box-body.fields.two", field("Repository", fields.repository, "A path at the daemon, or an address."),
			field("Target branch", fields.target, "The work is merged into it."), field("Agent", fields.agent, "As ‘makima agents’ lists them."), field("Name", fields.name),
			field("Cost of all tasks at most, in dollars", fields.cost), field("Tokens of all tasks at most", fields.tokens),
			field("Active time of all tasks at most, in hours", fields.hours)),
		h("section.box.box-body.fields", h("label.tick", fields.supervised, h("span", "An agent leads: it splits the goal into tasks and has their work merged")), tasks.element),
		h("details.box", h("summary.box-head", h("strong", "More"), h("span.muted", "phases, limits, permissions")),
			h("div.box-body.fields.two", field("Phases", fields.phases, "One after the other, with semicolons."), field("Other agents", fields.others, "Whom the one that leads may name."),
				field("Tasks at most", fields.most), field("Tasks at once", fields.once),
				field("What agents may do unasked", fields.permissions), field("Sandbox", fields.sandbox))),
		problem,
	];
}

function offer(form, fields) {
	const tasks = store.all;
	form.append(dataList("repositories", [...tasks.map((task) => task.repoUrl), ...contracts.all.map((one) => one.repository)]));
	const newest = tasks.find((task) => task.repoUrl);
	if (newest && !fields.repository.value) fields.repository.value = newest.repoUrl;
}

export function page(root, context) {
	const fields = inputs();
	const checks = new ChecksField("Commands that must succeed on the target branch with every merge. makima runs them itself; without one the goal can only be reached unverified.");
	const tasks = new TasksField();
	const problem = h("div.notice.bad", { role: "alert", hidden: true });
	const submit = h("button.button.primary", { type: "submit" }, "Make the contract");
	const key = { body: "", value: "" };
	const form = h("form.stack.narrow", ...layOut(fields, checks, tasks, problem), h("div.buttons", submit, link("/contracts", { class: "button" }, "Cancel")));
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		const request = requestOf(fields, checks.values, tasks.values);
		const body = JSON.stringify(request);
		if (key.body !== body) Object.assign(key, { body, value: newKey() });
		submit.disabled = true;
		problem.hidden = true;
		try {
			const made = await post("/contracts", request, key.value);
			remember("agent", request.template.agent.name);
			contracts.take(made.contract);
			toast("The contract is made.");
			context.go(ofContract(made.contract.contractId));
		} catch (error) {
			problem.hidden = false;
			replace(problem, h("p", error.message), error.hint ? h("p", error.hint) : null, error.field ? h("p", "Field: ", h("code", error.field)) : null);
			submit.disabled = false;
		}
	});
	form.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
	fields.supervised.addEventListener("change", () => { tasks.element.hidden = fields.supervised.checked; });
	fields.repository.addEventListener("change", () => suggestChecks(fields, checks));
	root.append(h("header.page-head", h("h1", "New contract")), form);
	const end = store.follow(() => {
		if (!store.loaded || form.dataset.offered) return;
		form.dataset.offered = "yes";
		offer(form, fields);
		offerAgents(form, fields.agent, form.querySelector(`#${fields.agent.id}-note`));
		suggestChecks(fields, checks);
	});
	contracts.start();
	if (matchMedia("(min-width: 760px)").matches) fields.goal.focus();
	return { title: "New contract", destroy: () => end() };
}
