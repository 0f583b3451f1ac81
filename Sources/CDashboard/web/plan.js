// What the daemon was told: the plan, the checks, the limits.
import { ofTask } from "./api.js";
import { h, link, nothing, replace } from "./dom.js";
import { duration, money, number, time } from "./text.js";

function rows(plan, task) {
	const budgets = plan.budgets ?? {};
	const timeouts = plan.timeouts ?? {};
	return [
		["Agent", [plan.agent?.name, plan.agent?.kind, plan.agent?.model].filter(Boolean).join(" · ")],
		["Repository", plan.targetRepoPath ?? plan.repoUrl],
		["Begins at", [plan.baseBranch, plan.baseSha?.slice(0, 12)].filter(Boolean).join(" · ")],
		["When it is done", plan.completionAction ?? "branch"],
		["Target branch", plan.targetBranch],
		["Iterations at most", plan.maxIterations && number(plan.maxIterations)],
		["Cost at most", budgets.maxCostMicrodollars !== undefined ? money(budgets.maxCostMicrodollars) : undefined],
		["Tokens at most", budgets.maxTokens !== undefined ? number(budgets.maxTokens) : undefined],
		["Active time at most", budgets.maxDurationMilliseconds !== undefined ? duration(budgets.maxDurationMilliseconds) : undefined],
		["One iteration at most", timeouts.iterationMilliseconds && duration(timeouts.iterationMilliseconds)],
		["Sandbox", plan.sandbox?.mode], ["Permissions", plan.permissions], ["Setup", plan.setupCommand],
		["Protected", (plan.protected ?? []).join(", ")], ["Labels", (task?.labels ?? []).join(", ")], ["Priority", task?.priority ? String(task.priority) : undefined],
		["Not before", task?.notBefore ? time(task.notBefore) : undefined],
	].filter(([, value]) => value);
}

export class PlanView {
	constructor(model) {
		this.model = model;
		this.element = h("section.stack", { label: "Plan" });
	}

	shown() {
		const { document: plan, task } = this.model;
		if (this.is === plan) return;
		this.is = plan;
		if (!plan) { replace(this.element, nothing("Not loaded.")); return; }
		const checks = plan.checks ?? [];
		const after = (task?.dependencies ?? []).map((one) => h("li", link(ofTask(one.taskId), one.taskId), one.condition ? ` (${one.condition})` : ""));
		replace(this.element,
			h("section.box", h("div.box-head", h("h2", "What is to be done")), h("pre.plan-text", plan.plan)),
			after.length ? h("section.box", h("div.box-head", h("h2", "After")), h("ul.box-body", ...after)) : null,
			h("section.box", h("div.box-head", h("h2", "Checks")),
				checks.length ? h("ul.box-body.stack", ...checks.map((check) => h("li", check.name === check.command ? null : h("b", `${check.name}  `), h("code", check.command))))
					: h("p.box-body.muted", "None: it can only end unverified.")),
			h("section.box", h("div.box-head", h("h2", "Terms")), h("table.table", h("tbody",
				...rows(plan, task).map(([name, value]) => h("tr", h("th", { scope: "row" }, name), h("td", value)))))));
	}
}
