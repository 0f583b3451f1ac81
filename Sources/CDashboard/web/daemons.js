// The machines that work: their slots, versions and labels, and draining.
import { get, ofTask, post } from "./api.js";
import { button, factList, h, link, replace, toast } from "./dom.js";
import { badge, isActive } from "./status.js";
import { store } from "./store.js";
import { ago, baseName, bytes, oneLine, plural } from "./text.js";

function state(daemon) {
	if (!daemon.connected) return h("span.badge.tone-failed", h("span.dot"), "Not connected");
	if (daemon.draining) return h("span.badge.tone-stopped", h("span.dot.hollow"), "Draining");
	return h("span.badge.tone-done", h("span.dot"), "Connected");
}

function slots(daemon) {
	const count = daemon.slots ?? 0;
	const used = daemon.usedSlots ?? 0;
	const cells = Array.from({ length: Math.min(count, 64) }, (_, index) => h("span.slot", { class: index < used ? "used" : "" }));
	return h("div.slots", { role: "img", label: `${used} of ${count} slots in use` }, ...cells);
}

function capacity(daemon) {
	const { cpus, loadMilli, memoryMiB, freeMemoryMiB, freeDiskMiB } = daemon.capacity ?? daemon;
	const facts = [];
	if (loadMilli !== undefined) facts.push(["Load", `${(loadMilli / 1000).toFixed(2)}${cpus ? ` on ${plural(cpus, "processor")}` : ""}`]);
	if (freeMemoryMiB !== undefined) facts.push(["Memory", `${bytes(freeMemoryMiB * 1048576)} free${memoryMiB ? ` of ${bytes(memoryMiB * 1048576)}` : ""}`]);
	if (freeDiskMiB !== undefined) facts.push(["Disk", `${bytes(freeDiskMiB * 1048576)} free`]);
	return facts;
}

function facts(daemon) {
	const pairs = [["Slots", `${daemon.usedSlots ?? 0} of ${daemon.slots ?? 0}`], ...capacity(daemon), ["makima", daemon.makimaVersion ?? "–"], ["Id", h("code", daemon.daemonId)],
		["Last seen", ago(daemon.lastSeenAt)], ["Known since", ago(daemon.enrolledAt)]];
	return factList(pairs);
}

class Daemons {
	constructor(context) {
		this.context = context;
		this.place = h("div.daemons");
	}

	async load() {
		try {
			this.daemons = (await get("/daemons")).daemons;
			this.show();
		} catch (problem) {
			if (!this.daemons) replace(this.place, h("p.notice.bad", { role: "alert" }, problem.message));
		}
	}

	show() {
		const tasks = new Map();
		for (const task of store.tasks.values()) {
			if (!task.daemonId || !isActive(task)) continue;
			if (!tasks.has(task.daemonId)) tasks.set(task.daemonId, []);
			tasks.get(task.daemonId).push(task);
		}
		const signature = JSON.stringify([this.daemons, [...tasks].map(([id, list]) => [id, list.map((one) => one.taskId + one.revision)])]);
		if (!this.daemons || signature === this.signature) return;
		this.signature = signature;
		replace(this.place, this.daemons.length ? this.daemons.map((daemon) => this.card(daemon, tasks.get(daemon.daemonId) ?? []))
			: h("div.hero", h("h2", "No daemon yet"), h("p", "A daemon runs tasks on its machine. ", h("code", "makima up"), " brings one along; ", h("code", "makima token"), " lets another machine in.")));
	}

	card(daemon, tasks) {
		const mayDrain = this.context.me?.scope !== "viewer" && this.context.me?.scope !== "operator";
		const drain = button(daemon.draining ? "Take tasks again" : "Drain", () => this.drain(daemon, drain), { kind: "small", title: daemon.draining ? "" : "No new tasks; what runs goes on" });
		return h("article.box.daemon", { label: daemon.daemonName },
			h("div.box-head", h("strong", daemon.daemonName), state(daemon), h("span.grow"), mayDrain ? drain : null),
			h("div.box-body.stack", slots(daemon), facts(daemon),
				daemon.labels?.length ? h("div.chips", { label: "Labels" }, ...daemon.labels.map((label) => h("span.chip", label))) : null,
				daemon.repositories?.length ? h("p.muted", "Repositories: ", daemon.repositories.slice(0, 12).map((one) => baseName(one) || one).join(", ")) : null,
				tasks.length ? h("ul.daemon-tasks", ...tasks.map((task) => h("li", badge(task), link(ofTask(task.taskId), oneLine(task.taskName, 70))))) : h("p.muted", "Nothing is at work here.")));
	}

	async drain(daemon, sender) {
		sender.disabled = true;
		try {
			const draining = !daemon.draining;
			await post(`/daemons/${encodeURIComponent(daemon.daemonId)}/drain`, { draining });
			toast(draining ? `${daemon.daemonName} takes no new tasks.` : `${daemon.daemonName} takes tasks again.`);
			await this.load();
		} catch (problem) { toast(problem.message, "bad"); }
		sender.disabled = false;
	}
}

export function page(root, context) {
	const daemons = new Daemons(context);
	root.append(h("header.page-head", h("h1", "Daemons"), h("p.muted", "Machines that work on tasks")), daemons.place);
	daemons.load();
	const timer = setInterval(() => daemons.load(), 4000);
	const end = store.follow(() => daemons.show());
	return { title: "Daemons", destroy: () => { clearInterval(timer); end(); } };
}
