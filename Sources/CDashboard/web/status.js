// What each status looks like: a word, a shape and a tone, and in which column it stands.
import { h, svg } from "./dom.js";

const STATUS = {
	pending: ["queued", "Queued", "queued"],
	initializing: ["working", "Preparing", "working"],
	starting: ["working", "Starting", "working"],
	running: ["working", "Running", "working"],
	waiting: ["waiting", "Waiting", "waiting"],
	blocked: ["needs", "Needs you", "needs"],
	paused: ["stopped", "Paused", "paused"],
	stalled: ["stopped", "Stalled", "stopped"],
	iteration_limit_reached: ["stopped", "Iteration limit", "stopped"],
	budget_reached: ["stopped", "Budget reached", "stopped"],
	interrupted: ["stopped", "Interrupted", "stopped"],
	failed: ["stopped", "Failed", "failed"],
	done: ["done", "Done", "done"],
};
const PROOF = { verified: "Done, verified", unverified: "Done, unverified", empty: "Done, nothing changed" };
const SHORT = { "Done, verified": "Verified", "Done, unverified": "Unverified", "Done, nothing changed": "No change", "Iteration limit": "Limit", "Budget reached": "Budget" };

export const COLUMNS = [
	{ id: "queued", label: "Queued", shows: ["queued"] },
	{ id: "working", label: "Working", shows: ["working"] },
	{ id: "needs", label: "Needs me", shows: ["needs", "waiting"], note: "and waiting" },
	{ id: "stopped", label: "Stopped", shows: ["stopped"] },
	{ id: "done", label: "Done", shows: ["done"] },
];

/** Whether a person's answer is waited for; `asks` is set where a question of the task is open. */
export function wantsAnswer(task) {
	const reason = task.reason ?? {};
	const words = [reason.code, reason.cause];
	if (task.status === "waiting") return words.includes("answer") || words.includes("permission");
	return task.status === "blocked" && (words.includes("question") || words.includes("permission_asked"));
}

export function look(task) {
	const [group, label, tone] = STATUS[task.status] ?? ["stopped", task.status, "stopped"];
	if (task.status === "done") {
		const proof = task.reason?.code;
		return { group, label: PROOF[proof] ?? label, tone: proof === "verified" ? "done" : "unproven" };
	}
	if (task.asks || (task.status === "waiting" && wantsAnswer(task))) return { group: "needs", label: "Asks you", tone: "needs" };
	if (task.status === "pending" && task.standstill) return { group: "needs", label: "Cannot begin", tone: "needs" };
	return { group, label, tone };
}

const CIRCLE = { cx: 8, cy: 8, r: 6.25 };
const SHAPES = {
	queued: () => [svg("circle.line", { ...CIRCLE, "stroke-dasharray": "2.6 2.2" })],
	working: () => [svg("circle.halo", { cx: 8, cy: 8, r: 6.25 }), svg("circle.solid", { cx: 8, cy: 8, r: 3.6 })],
	waiting: () => [svg("circle.line", CIRCLE), svg("path.line", { d: "M8 4.6V8l2.4 1.6" })],
	needs: () => [svg("path.solid", { d: "M8 .8 15.2 8 8 15.2.8 8Z" }), svg("path.cut", { d: "M8 4.6v4M8 10.9v.3" })],
	paused: () => [svg("rect.line", { x: 2, y: 2, width: 12, height: 12, rx: 2 }), svg("path.line", { d: "M6.2 5.6v4.8M9.8 5.6v4.8" })],
	stopped: () => [svg("rect.solid", { x: 2, y: 2, width: 12, height: 12, rx: 2.2 }), svg("path.cut", { d: "M5.4 8h5.2" })],
	failed: () => [svg("path.solid", { d: "M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2Z" }), svg("path.cut", { d: "m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" })],
	done: () => [svg("circle.solid", { cx: 8, cy: 8, r: 7 }), svg("path.cut", { d: "m4.8 8.3 2.2 2.2 4.3-4.6" })],
	dash: () => [svg("circle.line", CIRCLE), svg("path.line", { d: "M5.4 8h5.2" })],
	unproven: () => [svg("circle.line", CIRCLE), svg("path.line", { d: "m5.2 8.2 2 2 3.8-4.1" })],
};

/** The shape of a tone, as a picture that says nothing to readers of the screen: the word beside it does. */
export function shape(tone) {
	const parts = (SHAPES[tone] ?? SHAPES.stopped)();
	return svg("svg.shape", { viewBox: "0 0 16 16", class: `tone-${tone}`, "aria-hidden": "true" }, ...parts);
}

export function badge(task, isShort = false) {
	const { label, tone } = look(task);
	return h("span.badge", { class: `tone-${tone}`, data: { status: task.status } }, shape(tone), isShort ? SHORT[label] ?? label : label);
}

const VERDICT = { passed: ["done", "passed"], failed: ["failed", "failed"], not_evaluated: ["dash", "not evaluated"] };

export function verdictMark(verdict, name) {
	const [tone, word] = VERDICT[verdict] ?? VERDICT.not_evaluated;
	const words = name ? `${name}: ${word}` : word;
	return h("span.verdict", { title: words, class: `tone-${tone}` }, shape(tone), h("span.hidden-visually", words));
}

export function verdictWord(verdict) {
	return (VERDICT[verdict] ?? VERDICT.not_evaluated)[1];
}

const ACTIVE = ["pending", "initializing", "starting", "running", "waiting"];

/** Whether something goes on or will go on by itself. */
export function isActive(task) {
	return ACTIVE.includes(task.status);
}

export function isAtWork(task) {
	return ["initializing", "starting", "running"].includes(task.status);
}
