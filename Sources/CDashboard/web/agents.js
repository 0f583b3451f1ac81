// Which agents there are: those that connected daemons can start, and the one that the configuration names.
import { get } from "./api.js";
import { h, remembered, replace } from "./dom.js";
import { store } from "./store.js";

/** What is told of agents; who may not see the configuration knows only what daemons have. */
async function known() {
	const [daemons, settings] = await Promise.all([get("/daemons").catch(() => null), get("/settings").catch(() => null)]);
	const offered = daemons && new Set(daemons.daemons.filter((one) => one.connected).flatMap((one) => one.agents ?? []));
	return { offered: offered?.size ? offered : null, configured: settings?.settings.find((one) => one.key === "agent")?.value };
}

/** The one used last where it can be had, else the configured one, else the only one that there is. */
function first({ offered, configured }) {
	const last = remembered("agent");
	if (!offered) return last ?? configured ?? "claude";
	if (last && offered.has(last)) return last;
	if (configured && offered.has(configured)) return configured;
	// That one plays what is written for it, and is always there.
	const able = [...offered].filter((name) => name !== "script");
	return able.length === 1 ? able[0] : configured ?? last ?? able[0] ?? "";
}

/** Fills in a field for an agent, offers those that there are, and says it where no connected daemon has the one that is named. */
export async function offerAgents(form, input, note) {
	const agents = await known();
	const { offered, configured } = agents;
	const names = new Set([...offered ?? [], configured, remembered("agent"), ...[...store.tasks.values()].map((task) => task.agentName)].filter(Boolean));
	form.append(h("datalist", { id: "agents" }, ...[...names].sort().map((name) => h("option", { value: name }, !offered || offered.has(name) ? "" : "no connected daemon has it"))));
	const tell = () => {
		const name = input.value.trim();
		const isMissing = offered && name && !offered.has(name);
		note.classList.toggle("tone-stopped", Boolean(isMissing));
		replace(note, isMissing ? `No connected daemon has it. They have: ${[...offered].sort().join(", ")}.` : offered ? `Daemons have: ${[...offered].sort().join(", ")}.` : "As ‘makima agents’ lists them.");
	};
	if (!input.value) input.value = first(agents);
	input.addEventListener("input", tell);
	tell();
}
