// All contracts: goals on which several tasks work together.
import { contracts, lookOfContract, ofContract, standing } from "./contractstore.js";
import { families, meter } from "./family.js";
import { atMostEvery, h, link, replace } from "./dom.js";
import { shape } from "./status.js";
import { store } from "./store.js";
import { ago, baseName, money, number, oneLine, plural, sentence } from "./text.js";
import { ofTask } from "./api.js";

export function contractBadge(contract) {
	const { label, tone } = lookOfContract(contract);
	return h("span.badge", { class: `tone-${tone}`, data: { status: contract.status } }, shape(tone), label);
}

/** The step that is worked on, among all; nothing where there are none. */
export function phaseWords(contract) {
	const phases = contract.phases ?? [];
	if (phases.length === 0) return "";
	if (contract.phase >= phases.length) return `All ${plural(phases.length, "phase")} done`;
	return `Phase ${number(contract.phase + 1)} of ${number(phases.length)}: ${phases[contract.phase].name}`;
}

function needs(tasks) {
	if (tasks.length === 0) return null;
	const links = tasks.slice(0, 3).map((task) => link(ofTask(task.taskId), oneLine(task.name, 60)));
	return h("p.contract-needs", h("b.tone-needs", tasks.length === 1 ? "Needs you: " : `${number(tasks.length)} need you: `),
		...links.flatMap((one, index) => (index ? [", ", one] : [one])), tasks.length > 3 ? " …" : null);
}

function card(contract) {
	const { tone } = lookOfContract(contract);
	const stands = standing(contract);
	const limit = contract.limits?.maxCostMicrodollars;
	const words = phaseWords(contract);
	return h("li.box.contract-card", { class: `edge-${tone}`, data: { id: contract.contractId } },
		h("div.contract-line", contractBadge(contract), link(ofContract(contract.contractId), { class: "contract-name" }, oneLine(contract.name, 160)), h("span.grow"),
			h("span.muted", { title: contract.repository }, baseName(contract.repository)), h("span.muted", ago(contract.updatedAt))),
		contract.status === "working" || contract.status === "done" ? null : h("p.contract-why", sentence(contract.sentence)),
		needs(stands.needs),
		h("div.contract-line.contract-facts", stands.tasks.length ? meter(stands.tasks) : null,
			h("span", `${number(stands.done)} done, ${number(stands.merged)} merged of ${plural(stands.tasks.length, "task")}`),
			words ? h("span", oneLine(words, 120)) : null, h("span.grow"),
			h("span", money(stands.cost), limit !== undefined ? ` of ${money(limit)}` : "")));
}

/** What a card shows, so that only what has changed is drawn anew. */
function signatureOf(contract) {
	const { tasks, needs: asking, merged, done, cost } = standing(contract);
	return [contract.contractId, contract.revision, merged, done, cost, asking.map((one) => one.taskId), tasks.map((one) => `${one.status}${one.asks ?? ""}`)];
}

function hero() {
	return h("div.hero", h("h2", "No contracts yet"),
		h("p", "A contract is a goal that several tasks work on. makima merges what they have done, one after the other, and proves the whole by your checks."),
		h("p", link("/contracts/new", { class: "button primary" }, "New contract")));
}

export function page(root, context) {
	const list = h("ul.stack", { label: "Contracts" });
	const notice = h("div");
	const others = h("section.stack", { label: "Other tasks that belong together" });
	const mayMake = context.me?.scope !== "viewer";
	root.append(h("header.page-head", h("h1", "Contracts"), h("p.muted", "Goals on which several tasks work together"), h("span.grow"),
		mayMake ? link("/contracts/new", { class: "button primary" }, "New contract") : null), notice, list, others);
	const update = atMostEvery(200, () => {
		const all = contracts.all;
		const rest = families(contracts.known);
		const signature = JSON.stringify([all.map(signatureOf), contracts.isLoaded && store.loaded, contracts.failure?.message, rest.signature]);
		if (signature === list.dataset.signature) return;
		list.dataset.signature = signature;
		const focused = document.activeElement?.closest?.("[data-id]")?.dataset.id;
		replace(list, ...all.map(card));
		replace(notice, contracts.failure ? h("p.notice.bad", { role: "alert" }, contracts.failure.message) : null,
			contracts.damaged?.length ? h("p.notice.warn", `${plural(contracts.damaged.length, "contract")} cannot be read: ${contracts.damaged.join(", ")}`) : null,
			contracts.isPart ? h("p.notice", `The newest ${number(all.length)} are shown.`) : null,
			contracts.isLoaded && store.loaded && all.length === 0 && rest.count === 0 && !contracts.failure ? hero() : null);
		// Others may be the tasks of contracts that are not there yet.
		replace(others, contracts.isLoaded && rest.count ? [h("h2", "Other tasks that belong together"), ...rest.draw()] : null);
		if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true });
	});
	const end = contracts.follow(update);
	return { title: "Contracts", destroy: () => { end(); update.cancel(); } };
}
