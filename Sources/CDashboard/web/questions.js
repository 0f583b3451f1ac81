// Questions and wishes of the agent, and a person's answers.
import { order } from "./actions.js";
import { button, field, h } from "./dom.js";
import { ago, judged, time } from "./text.js";

function permission(model, entry, give) {
	const wish = entry.report.permission;
	const why = h("input", { type: "text", label: "Why not (optional)", placeholder: "Why not (optional)" });
	return [
		h("p", "The agent waits to be allowed: ", h("b", wish.tool)),
		h("pre.tail", judged(wish.subject)),
		wish.input && wish.input !== wish.subject ? h("details", h("summary", "All that the tool is given"), h("pre.tail", judged(wish.input))) : null,
		h("div.buttons", button("Allow once", () => give("yes"), { kind: "needs" }), button("Always allow", () => give("always")),
			h("span.joined", why, button("Refuse", () => give(why.value.trim() ? `no ${why.value.trim()}` : "no"), { kind: "danger" }))),
	];
}

function question(entry, give) {
	const report = entry.report ?? {};
	const text = h("textarea", { rows: 3, required: true });
	const form = h("form.stack", field("Your answer", text), h("div.buttons", h("button.button.needs", { type: "submit" }, "Answer")));
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		if (text.value.trim()) give(text.value);
	});
	return [
		h("p.question-text", report.text ?? "The agent asks something."),
		report.options?.length ? h("div.buttons", { role: "group", label: "Answers to choose from" }, ...report.options.map((one) => button(one, () => give(one)))) : null,
		form,
	];
}

/** When nobody is waited for any longer, and what holds then. */
function patience(model, entry) {
	const policy = model.document?.questions;
	if (!policy) return null;
	const report = entry.report ?? {};
	if (policy.deadlineMilliseconds === undefined) return h("p.question-until", "It waits until somebody answers.");
	const until = (report.askedAt ?? entry.askedAt) + policy.deadlineMilliseconds;
	const fallback = policy.fallback ?? report.fallback;
	const then = report.permission ? "Counts as refused" : fallback === undefined ? "The agent decides itself" : ["Takes ", h("q", fallback)];
	return h("p.question-until", then, " at ", time(until), " (", ago(until), ").");
}

export function questionPanel(model, entry) {
	const problem = h("p.notice.bad", { role: "alert", hidden: true });
	const give = async (text) => {
		problem.hidden = true;
		try {
			await order(model, "answers", { question: entry.question, attempt: entry.attempt, text }, "Answered.");
			model.later("questions", 50);
		} catch (error) {
			problem.hidden = false;
			problem.textContent = [error.message, error.hint].filter(Boolean).join(" ");
		}
	};
	const report = entry.report ?? {};
	return h("section.question", { label: "A question of the agent" },
		h("h2", report.permission ? "May it?" : "The agent asks you", " ", h("small", "asked ", ago(entry.askedAt))),
		...(report.permission ? permission(model, entry, give) : question(entry, give)),
		patience(model, entry), problem);
}
