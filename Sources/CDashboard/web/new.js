// The form by which a task is made.
import { offerAgents } from "./agents.js";
import { get, newKey, ofTask, post } from "./api.js";
import { button, field, h, link, remember, replace, select, toast } from "./dom.js";
import { store } from "./store.js";
import { number, oneLine } from "./text.js";

const TEMPLATES = {
	"Fix a bug": "Fix this bug:\n\n\nHow to see it:\n\n\nFirst write a test that fails because of it. Change nothing else.",
	"Add a feature": "Add this feature:\n\n\nIt is done when:\n- \n\nWrite tests for it, in the style of those there are. Keep the documentation true.",
	"Write tests": "Write tests for:\n\n\nThey must fail when the behaviour is broken. Where the code is wrong, say so and leave it.",
	"Refactor": "Refactor:\n\n\nBehaviour and tests stay as they are, and all pass. Go in small steps.",
	"Upgrade a dependency": "Upgrade this dependency to its latest version:\n\n\nRead its release notes, mend what breaks, and list what has changed for users.",
};

export function dataList(id, values) {
	return h("datalist", { id }, ...[...new Set(values)].filter(Boolean).map((value) => h("option", { value })));
}

export const PERMISSIONS = [["", "As configured"], ["full", "Everything, within the sandbox"], ["edit", "Edits; asks about commands"], ["ask", "Asks about each change"], ["plan", "Only reads"]];
export const SANDBOX = [["", "As the daemon has it"], ["required", "Required"], ["auto", "What the machine offers"], ["off", "Off: your own rights"]];

export class ChecksField {
	constructor(note = "Commands that must succeed. makima runs them itself; without one the task can only end unverified.") {
		this.list = h("ul.check-list");
		this.suggestions = h("div.chips", { hidden: true });
		this.element = h("fieldset.field", h("legend.label", "Checks"),
			h("p.field-note", note),
			this.list, this.suggestions, h("div", button("Add a check", () => this.add("", true), { kind: "small" })));
		this.add("");
	}

	add(command, focus) {
		const input = h("input", { type: "text", class: "mono", placeholder: "make test", label: "Check", value: command, maxlength: 32000 });
		const item = h("li", input, button("×", () => { item.remove(); if (!this.list.children.length) this.add(""); }, { kind: "bare", label: "Remove this check" }));
		this.list.append(item);
		if (focus) input.focus();
	}

	take(command) {
		const free = [...this.list.querySelectorAll("input")].find((input) => !input.value.trim());
		if (free) free.value = command;
		else this.add(command);
	}

	suggest(checks) {
		this.suggestions.hidden = checks.length === 0;
		replace(this.suggestions, h("span.muted", "Found in the repository:"), ...checks.map((check) =>
			button(check.name === check.command ? check.command : `${check.name}: ${check.command}`, () => this.take(check.command), { kind: "small" })));
	}

	get values() {
		return [...this.list.querySelectorAll("input")].map((input) => input.value.trim()).filter(Boolean);
	}
}

function inputs() {
	const text = (name, properties) => h("input", { name, type: "text", spellcheck: "false", ...properties });
	const count = (name, properties) => h("input", { name, type: "number", inputmode: "decimal", ...properties });
	return {
		plan: h("textarea", { name: "plan", rows: 11, required: true, maxlength: 262000, placeholder: "What is to be done, and how one sees that it is done." }),
		name: text("taskName", { maxlength: 250, placeholder: "The plan’s first line" }),
		repository: text("repository", { required: true, list: "repositories", placeholder: "/home/me/project or https://…", class: "mono" }),
		base: text("baseBranch", { placeholder: "as checked out" }),
		agent: text("agent", { required: true, list: "agents" }),
		model: text("model", { placeholder: "as configured" }),
		iterations: count("maxIterations", { min: 1, value: "10" }),
		cost: count("cost", { min: 0, step: "any", placeholder: "no limit" }),
		minutes: count("minutes", { min: 1, step: "any", placeholder: "no limit" }),
		completion: select([["branch", "Make a branch with the work"], ["merge", "Merge it into the target branch"], ["pr", "Open a pull request"], ["none", "Nothing: keep the workspace"]], { name: "completionAction" }, "branch"),
		target: text("targetBranch", { placeholder: "as the base branch" }),
		protected: text("protected", { placeholder: "Tests/**, .github/**" }),
		setup: text("setupCommand", { placeholder: "npm ci", class: "mono" }),
		permissions: select(PERMISSIONS, { name: "permissions" }),
		sandbox: select(SANDBOX, { name: "sandbox" }),
		asks: h("input", { type: "checkbox", name: "asks" }),
		changes: h("input", { type: "checkbox", name: "includeChanges" }),
		priority: count("priority", { min: -100, max: 100, value: "0" }),
		labels: text("labels", { placeholder: "macos, gpu" }),
		contract: text("contractId", { list: "contracts" }),
		after: h("select", { name: "after" }, h("option", { value: "" }, "nothing")),
		notBefore: h("input", { type: "datetime-local", name: "notBefore" }),
	};
}

export function words(text) {
	return text.split(/[,\s]+/).map((one) => one.trim()).filter(Boolean);
}

/** The request that the form stands for; what was left empty is left out. */
function requestOf(fields, checks) {
	const value = (name) => fields[name].value.trim();
	const plan = fields.plan.value;
	const request = {
		taskName: oneLine(value("name") || plan.trim().split("\n")[0], 80), plan,
		agent: { name: value("agent"), ...(value("model") ? { model: value("model") } : {}) },
		checks: [...new Set(checks)].map((command) => ({ name: command, command })),
		completionAction: value("completion"),
	};
	request[/^(\/|~)/.test(value("repository")) ? "targetRepoPath" : "repoUrl"] = value("repository");
	const optional = { baseBranch: "base", targetBranch: "target", setupCommand: "setup", permissions: "permissions", contractId: "contract" };
	for (const [key, name] of Object.entries(optional)) if (value(name)) request[key] = value(name);
	if (value("iterations")) request.maxIterations = Number(value("iterations"));
	const budgets = {};
	if (value("cost")) budgets.maxCostMicrodollars = Math.round(Number(value("cost")) * 1e6);
	if (value("minutes")) budgets.maxDurationMilliseconds = Math.round(Number(value("minutes")) * 60000);
	if (Object.keys(budgets).length) request.budgets = budgets;
	if (words(value("protected")).length) request.protected = words(value("protected"));
	if (words(value("labels")).length) request.labels = words(value("labels"));
	if (Number(value("priority"))) request.priority = Number(value("priority"));
	if (value("sandbox")) request.sandbox = { mode: value("sandbox") };
	if (fields.asks.checked) request.questions = {};
	if (fields.changes.checked) request.includeChanges = true;
	if (value("after")) request.dependencies = [{ taskId: value("after") }];
	if (value("notBefore")) request.notBefore = new Date(value("notBefore")).getTime();
	return request;
}

function templateBar(fields) {
	const use = (template) => {
		fields.plan.value = template;
		fields.plan.focus();
		const blank = template.indexOf("\n\n") + 1;
		fields.plan.setSelectionRange(blank, blank);
	};
	return h("div.chips", { role: "group", label: "Templates" }, ...Object.entries(TEMPLATES).map(([name, template]) => button(name, () => use(template), { kind: "small" })));
}

function offer(form, fields) {
	const tasks = store.all;
	form.append(dataList("repositories", tasks.map((task) => task.repoUrl)), dataList("contracts", tasks.map((task) => task.contractId)));
	const open = tasks.filter((task) => task.status !== "done").slice(0, 200);
	fields.after.append(...open.map((task) => h("option", { value: task.taskId }, `${oneLine(task.taskName, 60)} (${task.taskId.slice(0, 6)})`)));
	const newest = tasks.find((task) => task.repoUrl);
	if (newest && !fields.repository.value) fields.repository.value = newest.repoUrl;
}

export async function suggestChecks(fields, checks) {
	const path = fields.repository.value.trim();
	if (!path) return;
	try {
		checks.suggest((await get("/repositories/checks", { path })).checks ?? []);
	} catch { checks.suggest([]); }
}

function layOut(fields, checks, problem) {
	return [
		h("section.box.box-body.fields", field("What is to be done", fields.plan), templateBar(fields), checks.element),
		h("section.box.box-body.fields.two", field("Repository", fields.repository, "A path at the daemon, or an address."), field("Agent", fields.agent, "As ‘makima agents’ lists them."),
			field("Iterations at most", fields.iterations), field("Cost at most, in dollars", fields.cost), field("Name", fields.name), field("When it is done", fields.completion)),
		h("details.box", h("summary.box-head", h("strong", "More"), h("span.muted", "branches, protection, permissions, order")),
			h("div.box-body.fields.two", field("Base branch", fields.base), field("Target branch", fields.target), field("Model", fields.model), field("Active time at most, in minutes", fields.minutes),
				field("Protected paths", fields.protected, "The agent must not change them."), field("Setup command", fields.setup, "Run once in the new workspace."),
				field("What the agent may do unasked", fields.permissions), field("Sandbox", fields.sandbox), field("Contract", fields.contract), field("Begins after", fields.after),
				field("Not before", fields.notBefore), field("Priority", fields.priority, "−100 to 100; higher is sooner."), field("Labels", fields.labels, "A daemon must have all of them."),
				h("div", h("label.tick", fields.asks, h("span", "The agent may ask me, and waits for the answer")), h("label.tick", fields.changes, h("span", "Take what is not committed along"))))),
		problem,
	];
}

export function page(root, context) {
	const fields = inputs();
	const checks = new ChecksField();
	const problem = h("div.notice.bad", { role: "alert", hidden: true });
	const submit = h("button.button.primary", { type: "submit" }, "Queue the task");
	const key = { body: "", value: "" };
	const form = h("form.stack.narrow", { novalidate: false }, ...layOut(fields, checks, problem),
		h("div.buttons", submit, link("/", { class: "button" }, "Cancel")));
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		const request = requestOf(fields, checks.values);
		const body = JSON.stringify(request);
		if (key.body !== body) Object.assign(key, { body, value: newKey() });
		submit.disabled = true;
		problem.hidden = true;
		try {
			const made = await post("/tasks", request, key.value);
			remember("agent", request.agent.name);
			store.take(made.tasks);
			toast(`Queued ${made.tasks.length === 1 ? "the task" : `${number(made.tasks.length)} tasks`}.`);
			context.go(ofTask(made.tasks[0].taskId));
		} catch (error) {
			problem.hidden = false;
			replace(problem, h("p", error.message), error.hint ? h("p", error.hint) : null, error.field ? h("p", "Field: ", h("code", error.field)) : null);
			submit.disabled = false;
		}
	});
	form.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
	fields.repository.addEventListener("change", () => suggestChecks(fields, checks));
	root.append(h("header.page-head", h("h1", "New task")), form);
	const end = store.follow(() => {
		if (!store.loaded || form.dataset.offered) return;
		form.dataset.offered = "yes";
		offer(form, fields);
		offerAgents(form, fields.agent, form.querySelector(`#${fields.agent.id}-note`));
		suggestChecks(fields, checks);
	});
	if (matchMedia("(min-width: 760px)").matches) fields.plan.focus();
	return { title: "New task", destroy: () => end() };
}
