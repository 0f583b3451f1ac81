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
		report.until ? h("p.muted", "It waits until ", time(report.until), report.fallback ? `; else this holds: ${report.fallback}` : "", ".") : null, problem);
}
