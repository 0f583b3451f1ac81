// The work of a task as a diff: a tree of files, colours, and comments that become the next message to the agent.
import { getText, ofTask, post } from "./api.js";
import { button, changeText, h, remember, remembered, replace, toast } from "./dom.js";
import { colour, languageOf, parseDiff, treeOf } from "./diff.js";
import { baseName, clean, plural } from "./text.js";

const LARGE = 400;

function changeOf(file) {
	return file.binary ? h("span.chip", "binary") : changeText({ insertions: file.added, deletions: file.removed });
}

/** The comments as one message: each with its place, the line, and what was said. */
function composeMessage(comments, iteration) {
	const where = iteration ? `the changes of iteration ${iteration}` : "your changes";
	const parts = comments.map((one) => {
		const line = one.side === "old" ? `${one.path}:${one.line} (the line that was removed)` : `${one.path}:${one.line}`;
		return `${line}\n> ${one.code.trim()}\n${one.text.trim()}`;
	});
	return `I looked at ${where} and have ${plural(comments.length, "comment")}:\n\n${parts.join("\n\n")}`;
}

export class DiffView {
	constructor(model) {
		this.model = model;
		this.iteration = null;
		this.key = `comments.${model.id}`;
		this.comments = remembered(this.key, []);
		this.tree = h("nav.diff-tree", { label: "Changed files" });
		this.files = h("div.diff-files");
		this.bar = h("div.diff-comments", { role: "region", label: "Comments to be sent", hidden: true });
		this.head = h("div.diff-head");
		this.element = h("section.diff", { label: "Diff" }, this.head, h("div.diff-body", this.tree, this.files), this.bar);
		this.showBar();
	}

	shown() {
		const version = `${this.iteration}/${this.model.checkpoints.length}/${this.model.task?.iterations}`;
		if (version !== this.version) { this.version = version; this.load(); }
	}

	choose(iteration) {
		this.iteration = iteration;
		this.shown();
	}

	async load() {
		const wanted = this.iteration;
		if (!this.parsed) replace(this.files, h("p.empty", "Loading …"));
		try {
			const text = await getText(ofTask(this.model.id, "/diff"), wanted ? { iteration: wanted } : {}, this.model.abort.signal);
			if (wanted !== this.iteration || (text === this.text && wanted === this.shownIteration)) return;
			if (this.files.querySelector("form") && this.shownIteration === wanted) { this.offerNewer(); return; }
			this.text = text;
			this.shownIteration = wanted;
			this.parsed = parseDiff(text);
			this.show();
		} catch (problem) {
			if (problem.name === "AbortError") return;
			this.parsed = this.text = null;
			replace(this.head);
			replace(this.tree);
			replace(this.files, h("div.empty", h("p", problem.message), problem.hint ? h("p", problem.hint) : null));
		}
	}

	show() {
		const files = this.parsed;
		const added = files.reduce((sum, file) => sum + file.added, 0);
		const removed = files.reduce((sum, file) => sum + file.removed, 0);
		replace(this.head, h("strong", this.iteration ? `Iteration ${this.iteration}` : "All since the base"),
			changeOf({ added, removed }), h("span.muted", plural(files.length, "file")), h("span.grow"),
			h("span.muted.diff-hint", "Click a line’s number to comment on it"));
		replace(this.tree, files.length ? this.branch(treeOf(files)) : null);
		replace(this.files, files.length ? files.map((file, index) => this.file(file, index)) : h("p.empty", "Nothing was changed."));
	}

	/** While somebody writes, nothing is taken from under the hands. */
	offerNewer() {
		if (!this.head.querySelector("button")) this.head.append(button("The work has changed: show it", () => { replace(this.files); this.load(); }, { kind: "small" }));
	}

	branch(place) {
		const folders = [...place.folders.values()].map((folder) => {
			let deepest = folder;
			let name = folder.name;
			while (deepest.files.length === 0 && deepest.folders.size === 1) {
				[deepest] = deepest.folders.values();
				name += "/" + deepest.name;
			}
			return h("li", h("span.tree-folder", name), this.branch(deepest));
		});
		const files = place.files.map((file) => h("li",
			h("button.tree-file", { type: "button", title: file.path, on: { click: () => this.reveal(file) } },
				h("span.tree-name", { class: `file-${file.kind}` }, baseName(file.path)), changeOf(file))));
		return h("ul", ...folders, ...files);
	}

	reveal(file) {
		const element = this.files.children[this.parsed.indexOf(file)];
		element.open = true;
		element.scrollIntoView({ block: "start" });
		element.querySelector("summary").focus({ preventScroll: true });
	}

	file(file, index) {
		const lines = file.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
		const word = file.kind === "changed" ? null : h("span.chip", file.kind);
		const from = file.kind === "renamed" ? h("span.muted", `${file.old} → `) : null;
		const element = h("details.diff-file.box", { open: lines <= LARGE && index < 60 && !file.binary },
			h("summary", h("span.diff-path", from, file.path), word, changeOf(file),
				lines > LARGE ? h("span.muted", plural(lines, "line")) : null));
		const fill = () => { if (element.open && element.children.length === 1) element.append(this.body(file)); };
		element.addEventListener("toggle", fill);
		fill();
		return element;
	}

	body(file) {
		if (file.binary) return h("p.empty", "A binary file.");
		if (file.hunks.length === 0) return h("p.empty", file.notes.join(", ") || "No lines changed.");
		const language = languageOf(file.path);
		const table = h("div.diff-lines", { role: "table", label: file.path });
		for (const hunk of file.hunks) {
			table.append(h("div.diff-hunk", { role: "row" }, h("span", { role: "cell" }, `Line ${hunk.lines[0]?.to ?? hunk.to}`, hunk.where ? ` · ${hunk.where}` : "")));
			for (const line of hunk.lines) table.append(...this.line(file, line, language));
		}
		return table;
	}

	line(file, line, language) {
		if (line.kind === "note") return [h("div.diff-line.note", { role: "row" }, h("span.diff-number"), h("span.diff-number"), h("span.diff-sign"), h("code", { role: "cell" }, line.text))];
		const side = line.kind === "del" ? "old" : "new";
		const number = side === "old" ? line.from : line.to;
		const place = { path: file.path, side, line: number, code: line.text };
		const code = h("code", { role: "cell" }, ...colour(clean(line.text), language).map(([kind, text]) => (kind ? h(`span.code-${kind}`, text) : text)));
		const comment = h("button.diff-number", { type: "button", label: `Comment on line ${number} of ${file.path}`, title: "Comment on this line" }, side === "old" ? "" : String(number));
		const row = h("div.diff-line", { role: "row", class: line.kind },
			h("span.diff-number", { "aria-hidden": "true" }, line.from ? String(line.from) : ""), comment,
			h("span.diff-sign", { label: { add: "added", del: "removed" }[line.kind] }, { add: "+", del: "−", same: "" }[line.kind]), code);
		comment.addEventListener("click", () => this.write(row, place));
		const said = this.comments.filter((one) => one.path === place.path && one.side === side && one.line === number && one.code === line.text);
		return [row, ...said.map((one) => this.saidElement(one))];
	}

	write(row, place, existing) {
		if (row.nextElementSibling?.matches("form.diff-write")) { row.nextElementSibling.querySelector("textarea").focus(); return; }
		const text = h("textarea", { rows: 3, label: `Comment on line ${place.line} of ${place.path}`, placeholder: "What should the agent know about this line?", value: existing?.text ?? "" });
		const close = () => { form.remove(); row.querySelector("button")?.focus(); };
		const form = h("form.diff-write", text, h("div.buttons",
			h("button.button.primary.small", { type: "submit" }, existing ? "Change" : "Add comment"), button("Cancel", close, { kind: "small" })));
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			if (!text.value.trim()) return;
			const comment = { ...place, text: text.value, iteration: this.iteration };
			this.comments.push(comment);
			this.keep();
			form.replaceWith(this.saidElement(comment));
		});
		text.addEventListener("keydown", (event) => {
			if (event.key === "Escape") { event.stopPropagation(); close(); }
			if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
		});
		row.after(form);
		text.focus();
	}

	saidElement(comment) {
		const element = h("div.diff-said", h("p", comment.text),
			button("Remove", () => { this.comments = this.comments.filter((one) => one !== comment); this.keep(); element.remove(); }, { kind: "bare" }));
		return element;
	}

	keep() {
		remember(this.key, this.comments.length ? this.comments : undefined);
		this.showBar();
	}

	showBar() {
		this.bar.hidden = this.comments.length === 0;
		if (this.bar.hidden) return;
		const send = button("Send to the agent", () => this.send(send), { kind: "primary" });
		replace(this.bar, h("span", h("b", plural(this.comments.length, "comment")), " not sent yet"), h("span.grow"),
			button("Discard", () => { this.comments = []; this.keep(); if (this.parsed) this.show(); }, { kind: "bare" }), send);
	}

	async send(sender) {
		sender.disabled = true;
		try {
			const order = await post(ofTask(this.model.id, "/messages"), { text: composeMessage(this.comments, this.iteration) });
			this.comments = [];
			this.keep();
			if (this.parsed) this.show();
			toast(order.outcome === "told" ? "Sent to the agent." : "Kept for the agent: it reads it when it goes on.");
		} catch (problem) {
			toast(`Not sent: ${problem.message}`, "bad");
			sender.disabled = false;
		}
	}
}
