// The tasks of a contract as a tree that keys go through.
import { ofTask } from "./api.js";
import { MERGE_TONES, mergeWords } from "./contractstore.js";
import { h, link, replace } from "./dom.js";
import { badge, look } from "./status.js";
import { money, number, oneLine, plural } from "./text.js";

function childrenOf(members) {
	const ids = new Set(members.map((one) => one.taskId));
	const children = new Map();
	for (const member of members) {
		const parent = ids.has(member.parentTaskId) ? member.parentTaskId : "";
		if (!children.has(parent)) children.set(parent, []);
		children.get(parent).push(member);
	}
	return children;
}

function facts(member) {
	const parts = [`${number(member.iterations)} it.`, money(member.usage?.costMicrodollars)];
	return h("span.muted.tree-facts", parts.join(" · "));
}

/** A tree of tasks; `open` is called with the id of one that somebody wants to see. */
export class TaskTree {
	constructor(open) {
		Object.assign(this, { open, closed: new Set(), current: null });
		this.element = h("ul.tree.tree-root", { role: "tree", label: "Tasks", on: { keydown: (event) => this.key(event), focusin: (event) => this.enter(event) } });
	}

	/** Shows what has changed; whoever is in the tree stays where they are. */
	show(contract, members) {
		const signature = JSON.stringify([members.map((one) => [one.taskId, one.name, one.role, one.parentTaskId, one.status, one.asks, one.reason, one.iterations, one.usage,
			mergeWords(contract, one), one.target]), [...this.closed]]);
		if (signature === this.signature) return;
		this.signature = signature;
		Object.assign(this, { contract, members });
		const hadFocus = this.element.contains(document.activeElement);
		const children = childrenOf(members);
		this.isFlat = children.size < 2;
		const draw = (member, level) => this.item(member, children, level, draw);
		replace(this.element, ...(children.get("") ?? []).map((member) => draw(member, 1)));
		if (!this.items.some((item) => item.dataset.id === this.current)) this.current = this.items[0]?.dataset.id ?? null;
		this.mark();
		if (hadFocus) this.focus(this.items.find((item) => item.dataset.id === this.current));
	}

	item(member, children, level, draw) {
		const below = children.get(member.taskId) ?? [];
		const isOpen = !this.closed.has(member.taskId);
		const words = mergeWords(this.contract, member);
		const isLeader = member.role === "supervisor";
		const touches = member.touches?.length ? `May change ${member.touches.join(", ")}` : undefined;
		const row = h("div.tree-row", { title: touches },
			below.length ? h("span.tree-fold", { "aria-hidden": "true", on: { click: () => this.fold(member.taskId, isOpen) } }, isOpen ? "▾" : "▸") : this.isFlat ? null : h("span.tree-fold"),
			badge(member), link(ofTask(member.taskId), { class: "tree-task", tabindex: -1 }, oneLine(member.name, 120)),
			isLeader ? h("span.leads", "leads") : null,
			words ? h("span.tree-merge", { class: `tone-${MERGE_TONES[member.merge] ?? "queued"}` }, words) : null,
			this.contract.targets?.length > 1 && !isLeader ? h("small", "into ", oneLine(member.target, 40)) : null,
			h("span.grow"), facts(member));
		const label = [oneLine(member.name, 120), isLeader ? "leads" : "", look(member).label, words, plural(member.iterations ?? 0, "iteration"), money(member.usage?.costMicrodollars)];
		return h("li.tree-item", {
			role: "treeitem", tabindex: -1, label: label.filter(Boolean).join(", "), data: { id: member.taskId }, "aria-level": level,
			"aria-expanded": below.length ? String(isOpen) : undefined,
		}, row, below.length && isOpen ? h("ul.tree", { role: "group" }, ...below.map((one) => draw(one, level + 1))) : null);
	}

	get items() {
		return [...this.element.querySelectorAll("[role=treeitem]")];
	}

	mark() {
		for (const item of this.items) item.tabIndex = item.dataset.id === this.current ? 0 : -1;
	}

	enter(event) {
		const item = event.target.closest("[role=treeitem]");
		if (!item) return;
		this.current = item.dataset.id;
		this.mark();
	}

	focus(item) {
		if (!item) return;
		this.current = item.dataset.id;
		this.mark();
		item.focus({ preventScroll: true });
		item.firstElementChild.scrollIntoView({ block: "nearest" });
	}

	fold(id, isOpen) {
		if (isOpen) this.closed.add(id);
		else this.closed.delete(id);
		this.current = id;
		this.show(this.contract, this.members);
	}

	key(event) {
		if (event.metaKey || event.ctrlKey || event.altKey || event.shiftKey) return;
		const items = this.items;
		const at = items.findIndex((item) => item.dataset.id === this.current);
		const item = items[at];
		if (!item || !this.act(event.key, items, at, item)) return;
		event.preventDefault();
		event.stopPropagation();
	}

	/** Whether the key means something here. */
	act(key, items, at, item) {
		const state = item.getAttribute("aria-expanded");
		const parent = item.parentElement.closest("[role=treeitem]");
		if (key === "ArrowDown") this.focus(items[at + 1]);
		else if (key === "ArrowUp") this.focus(items[at - 1]);
		else if (key === "Home") this.focus(items[0]);
		else if (key === "End") this.focus(items.at(-1));
		else if (key === "ArrowRight" && state === "false") this.fold(item.dataset.id, false);
		else if (key === "ArrowRight") this.focus(state === "true" ? items[at + 1] : null);
		else if (key === "ArrowLeft" && state === "true") this.fold(item.dataset.id, true);
		else if (key === "ArrowLeft") this.focus(parent);
		else if (key === "Enter") this.open(item.dataset.id);
		else return false;
		return true;
	}
}
