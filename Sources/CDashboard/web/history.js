// What has happened in a contract, newest first.
import { get, ofTask } from "./api.js";
import { ofContract } from "./contractstore.js";
import { button, h, link, replace } from "./dom.js";
import { ago, sentence } from "./text.js";

const PAGE = 50;
const NEWEST = 1000000000;

function entryOf(entry) {
	return h("li.history-entry", { data: { event: entry.event } }, h("span.muted.history-time", ago(entry.at)),
		h("div", h("span", sentence(entry.sentence)), entry.taskId ? [" ", link(ofTask(entry.taskId), { class: "history-link", label: `The task: ${entry.sentence}` }, "task")] : null,
			entry.detail ? h("details", h("summary", "What was said"), h("pre.tail", entry.detail)) : null));
}

/** Reads a contract's timeline in pages, and what comes behind it when the contract has changed; one request at a time. */
export class History {
	constructor(id) {
		Object.assign(this, { id, newest: 0, older: undefined, revision: 0, isBusy: false, abort: new AbortController() });
		this.list = h("ol.history");
		this.more = button("Show older", () => this.loadOlder(), { hidden: true });
		this.problem = h("p.notice.bad", { role: "alert", hidden: true });
		this.element = h("section.box", { label: "Timeline" }, h("div.box-head", h("h2", "Timeline")),
			h("div.box-body.stack", this.problem, this.list, h("div", this.more)));
	}

	/** Looks for what is new where the contract has changed since. */
	look(revision) {
		this.wanted = revision;
		if (!this.isBusy && revision !== this.revision) this.run();
	}

	async run() {
		this.isBusy = true;
		while (!this.ended && this.wanted !== this.revision) {
			const revision = this.wanted;
			if (!await this.ask(() => (this.newest ? this.loadNewer() : this.loadFirst()))) break;
			this.revision = revision;
			await new Promise((resolve) => { setTimeout(resolve, 300); });
		}
		this.isBusy = false;
	}

	/** Whether it was answered; what failed is tried again at the next change. */
	async ask(act) {
		try {
			await act();
			this.problem.hidden = true;
			return true;
		} catch (problem) {
			if (problem.name === "AbortError") return false;
			this.problem.hidden = false;
			replace(this.problem, problem.message);
			return false;
		}
	}

	page(parameters) {
		return get(ofContract(this.id, "/timeline"), { limit: PAGE, ...parameters }, this.abort.signal);
	}

	async loadFirst() {
		const { entries, next } = await this.page({ before: NEWEST });
		this.newest = entries[0]?.position ?? 0;
		this.append(entries, next);
	}

	async loadNewer() {
		let next = this.newest;
		while (next !== undefined && next !== null) {
			const page = await this.page({ after: next });
			for (const entry of page.entries) {
				this.list.prepend(entryOf(entry));
				this.newest = entry.position;
			}
			next = page.next;
		}
	}

	async loadOlder() {
		this.more.disabled = true;
		await this.ask(async () => {
			const { entries, next } = await this.page({ before: this.older });
			this.append(entries, next);
		});
		this.more.disabled = false;
	}

	append(entries, next) {
		this.list.append(...entries.map(entryOf));
		this.older = next;
		this.more.hidden = !(next > 1);
	}

	destroy() {
		this.ended = true;
		this.abort.abort();
	}
}
