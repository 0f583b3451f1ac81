// Why queued tasks are not handed out. The server says it of one task only: it is asked of those that somebody looks at.
import { get, ofTask } from "./api.js";
import { oneLine } from "./text.js";

// A reason may change without a change of the task: as when what it comes after stops.
const FRESH = 8000;
const AT_ONCE = 4;

/** What was said, by task. */
const known = new Map();
/** The tasks that are looked at, by the element that says why they wait. */
const shown = new Map();
const asked = new Set();

function say(element, id) {
	const entry = known.get(id);
	if (entry) element.textContent = oneLine(entry.waitsFor.join(" ") || "Waits for a free daemon.", 150);
}

async function ask(id, revision) {
	asked.add(id);
	try {
		known.set(id, { waitsFor: (await get(ofTask(id))).waitsFor ?? [], revision, at: Date.now() });
		for (const [element, task] of shown) if (task.taskId === id) say(element, id);
	} catch {
		known.set(id, { waitsFor: ["Queued"], ...known.get(id), revision, at: Date.now() });
	}
	asked.delete(id);
	next();
}

function next() {
	for (const [element, { taskId, revision }] of shown) {
		if (!element.isConnected) { shown.delete(element); continue; }
		const entry = known.get(taskId);
		const isKnown = entry && entry.revision >= revision && Date.now() - entry.at < FRESH;
		if (!isKnown && !asked.has(taskId) && asked.size < AT_ONCE) ask(taskId, revision);
	}
}

/** Says in an element why a task waits, as long as the element is in the document. */
export function tellWait(element, task) {
	shown.set(element, task);
	say(element, task.taskId);
	setTimeout(next, 0);
}

setInterval(() => { if (!document.hidden) next(); }, FRESH);
