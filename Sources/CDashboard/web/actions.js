// What a person can do about a task now, and the dialogues for it.
import { get, ofTask, post, remove } from "./api.js";
import { announce, button, field, h, toast } from "./dom.js";
import { isActive, isAtWork, wantsAnswer } from "./status.js";
import { store } from "./store.js";
import { duration, money, number, plural } from "./text.js";

const OUTCOME = { changed: "Done.", told: "The daemon is told.", nothing: "It was so already." };

/** Says what the daemon made of an order that it was told: only it knows. */
async function followCommand(id) {
	for (let tries = 0; tries < 40; tries += 1) {
		await new Promise((resolve) => { setTimeout(resolve, 250 + tries * 100); });
		const { answer, withdrawn } = await get(`/commands/${id}`).catch(() => ({}));
		if (withdrawn) return;
		if (!answer) continue;
		if (answer.outcome !== "done") toast([answer.message ?? answer.code, answer.hint].filter(Boolean).join(" "), "bad");
		else if (answer.checkpoint !== undefined) toast(`Restored. What was there before is checkpoint ${answer.checkpoint}.`);
		return;
	}
}

export async function order(model, name, body, said) {
	const answer = await post(ofTask(model.id, `/${name}`), body);
	if (answer.task) store.take([answer.task]);
	if (answer.commandId) followCommand(answer.commandId);
	const words = said ?? OUTCOME[answer.outcome] ?? "Done.";
	toast(words);
	announce(words);
	return answer;
}

/** A dialogue with a form; `act` gets it, and what it throws is shown. */
export function ask({ title, content, confirm, kind = "primary", act }) {
	const problem = h("p.notice.bad", { role: "alert", hidden: true });
	const submit = h(`button.button.${kind}`, { type: "submit" }, confirm);
	const form = h("form", { method: "dialog" }, h("h2", { id: "dialog-title" }, title), ...content, problem,
		h("div.dialog-foot", button("Cancel", () => dialog.close()), submit));
	const dialog = h("dialog.dialog", { "aria-labelledby": "dialog-title" }, form);
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		submit.disabled = true;
		problem.hidden = true;
		try {
			await act(form);
			dialog.close();
		} catch (error) {
			problem.hidden = false;
			problem.textContent = "";
			problem.append([error.message, error.hint].filter(Boolean).join(" "));
			submit.disabled = false;
		}
	});
	form.addEventListener("keydown", (event) => {
		if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(submit);
	});
	dialog.addEventListener("close", () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
	form.querySelector("textarea, input:not([type=checkbox])")?.focus();
	return dialog;
}

function askSteer(model) {
	const text = h("textarea", { rows: 5, required: true, maxlength: 65000 });
	const note = isAtWork(model.task) ? "An agent that listens hears it after its present step; any other reads it in its next prompt."
		: "The agent reads it when it goes on.";
	ask({
		title: "Say something to the agent", confirm: "Send", content: [field("Message", text, note)],
		act: async () => order(model, "messages", { text: text.value }, isActive(model.task) ? "Sent to the agent." : "Kept for the agent."),
	});
}

function askStop(model) {
	const force = h("input", { type: "checkbox" });
	ask({
		title: "Stop this task?", confirm: "Stop", kind: "primary",
		content: [h("p", "The agent is asked to end and a checkpoint is taken. Everything is kept, and the task can be resumed."),
			h("label.tick", force, h("span", "Kill the agent at once, without asking it to end"))],
		act: () => order(model, "stop", force.checked ? { force: true } : {}),
	});
}

function askInterrupt(model) {
	const text = h("textarea", { rows: 3 });
	ask({
		title: "End the present iteration?", confirm: "End it",
		content: [h("p", "What the agent did is kept and counts; the task goes on with the next iteration."), field("For the next prompt (optional)", text)],
		act: () => order(model, "interrupt", text.value.trim() ? { message: text.value } : {}),
	});
}

export function numberField(label, { value, min, max, step = 1, note }) {
	const input = h("input", { type: "number", inputmode: "decimal", min, max, step, value: value === undefined ? "" : String(value) });
	return { input, element: field(label, input, note) };
}

function limitFields(model) {
	const { task, document: plan } = model;
	const reason = task.reason ?? {};
	const limit = reason.limit ?? plan?.maxIterations;
	const used = reason.used ?? task.iterations;
	const isLimit = task.status === "iteration_limit_reached";
	const ceiling = reason.ceiling;
	const suggested = isLimit ? Math.min(Math.max(used + 1, (limit ?? used) * 2), ceiling ?? Infinity) : undefined;
	const iterations = numberField("Iterations, over the life of the task", {
		value: suggested, min: isLimit ? used + 1 : 1, max: ceiling,
		note: `${number(used)} used${limit ? ` of ${number(limit)}` : ""}${ceiling ? `; at most ${number(ceiling)} here` : ""}. ${isLimit ? "It must be more than before." : "Empty: as before."}`,
	});
	const isBudget = task.status === "budget_reached";
	const budgets = plan?.budgets ?? {};
	const spent = task.usage?.costMicrodollars;
	const cost = numberField("Cost at most, in dollars", {
		min: 0, step: "any", value: isBudget && reason.limitMicrodollars !== undefined ? (reason.limitMicrodollars * 2) / 1e6 : undefined,
		note: `${spent === undefined ? "No cost is known" : `${money(spent)} spent`}${budgets.maxCostMicrodollars !== undefined ? ` of ${money(budgets.maxCostMicrodollars)}` : ""}.`,
	});
	const minutes = numberField("Active time at most, in minutes", {
		min: 0, step: "any", value: isBudget && reason.limitMilliseconds !== undefined ? (reason.limitMilliseconds * 2) / 60000 : undefined,
		note: reason.spentMilliseconds !== undefined ? `${duration(reason.spentMilliseconds)} used.` : "Empty: as before.",
	});
	const tokens = numberField("Tokens at most", {
		min: 0, value: isBudget && reason.limitTokens !== undefined ? reason.limitTokens * 2 : undefined,
		note: task.usage?.tokens !== undefined ? `${number(task.usage.tokens)} used.` : "Empty: as before.",
	});
	return { iterations, cost, minutes, tokens };
}

function resumeBody(fields, extras) {
	const value = (one) => (one.input.value === "" ? undefined : Number(one.input.value));
	const body = {};
	if (value(fields.iterations) !== undefined) body.maxIterations = value(fields.iterations);
	const budgets = {};
	if (value(fields.cost) !== undefined) budgets.maxCostMicrodollars = Math.round(value(fields.cost) * 1e6);
	if (value(fields.minutes) !== undefined) budgets.maxDurationMilliseconds = Math.round(value(fields.minutes) * 60000);
	if (value(fields.tokens) !== undefined) budgets.maxTokens = Math.round(value(fields.tokens));
	if (Object.keys(budgets).length) body.budgets = budgets;
	if (extras.message.value.trim()) body.message = extras.message.value;
	if (extras.allow?.checked) body.allowProtected = true;
	if (extras.elsewhere.checked) body.elsewhere = true;
	return body;
}

function askResume(model) {
	const { task } = model;
	const fields = limitFields(model);
	const extras = { message: h("textarea", { rows: 3 }), elsewhere: h("input", { type: "checkbox" }) };
	const paths = task.reason?.code === "protected_paths" ? task.reason.paths ?? [] : null;
	if (paths) extras.allow = h("input", { type: "checkbox" });
	const asBudget = task.status === "budget_reached";
	const rest = asBudget ? [fields.tokens.element] : [];
	ask({
		title: "Resume this task", confirm: "Resume", act: () => order(model, "resume", resumeBody(fields, extras), "The task goes on."),
		content: [
			fields.iterations.element,
			h("div.fields.two", fields.cost.element, fields.minutes.element, ...rest),
			paths ? h("label.tick", extras.allow, h("span", `Allow the changes to ${plural(paths.length, "protected path")}: `, h("code", paths.slice(0, 8).join(", ")))) : null,
			field("For the next prompt (optional)", extras.message),
			h("label.tick", extras.elsewhere, h("span", "Any daemon may have it, with what the server has of its work")),
		],
	});
}

function askDelete(model) {
	const force = h("input", { type: "checkbox" });
	ask({
		title: "Delete the workspace?", confirm: "Delete the workspace", kind: "danger",
		content: [h("p", "The files of the workspace go. It is refused where something in it is nowhere else."),
			h("label.tick", force, h("span", "Delete it also with what is nowhere else"))],
		act: () => order(model, "delete-workspace", force.checked ? { force: true } : {}),
	});
}

function askForget(model, context) {
	ask({
		title: "Forget this task?", confirm: "Forget it", kind: "danger",
		content: [h("p", "The server forgets the task with its log, receipts and checkpoints. The branch in the repository stays.")],
		act: async () => {
			await remove(ofTask(model.id));
			store.forget(model.id);
			toast("The task is forgotten.");
			context.go("/");
		},
	});
}

export function askRestore(model, checkpoint) {
	ask({
		title: checkpoint === 0 ? "Go back to the base?" : `Go back to checkpoint ${checkpoint}?`, confirm: "Restore",
		content: [h("p", "The files become those of the checkpoint. What is there now is kept as another one.")],
		act: () => order(model, "restore", { checkpoint }),
	});
}

/** What can be done now, the most likely first: `[{ label, act, kind }]`, and what is rarer. */
export function actionsOf(model, context) {
	const { task } = model;
	const mayOrder = context.me?.scope !== "viewer";
	if (!task || !mayOrder) return { first: [], more: [] };
	const simple = (name, body) => () => order(model, name, body).catch((problem) => toast(`${problem.message} ${problem.hint}`, "bad"));
	const first = [];
	const more = [];
	const steer = { label: "Message", act: () => askSteer(model), key: "s" };
	if (isActive(task)) {
		first.push(steer, { label: "Pause", act: simple("pause", {}) }, { label: "Stop", act: () => askStop(model) });
		if (task.status === "waiting" && !wantsAnswer(task)) first.unshift({ label: "Go on now", act: simple("resume", { skipsWait: true }), kind: "primary" });
		if (task.status === "running") more.push({ label: "End this iteration", act: () => askInterrupt(model) });
	} else if (task.status !== "done") {
		first.push({ label: "Resume …", act: () => askResume(model), kind: "primary" }, steer);
	}
	if (!isActive(task)) {
		more.push({ label: "Delete the workspace …", act: () => askDelete(model) });
		if (context.me?.scope === "admin" || !context.me) more.push({ label: "Forget the task …", act: () => askForget(model, context) });
	}
	return { first, more };
}
