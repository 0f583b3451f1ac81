// A list of which only what is seen is in the document.
import { eachFrame } from "./dom.js";

/**
 * Shows rows of one height in `viewport`, which scrolls.
 *
 * `makeRow()` makes an empty row and `fillRow(row, index)` fills it, also again with another index.
 */
export class VirtualList {
	constructor(viewport, { rowHeight, makeRow, fillRow, overscan = 6, onScroll }) {
		Object.assign(this, { viewport, rowHeight, makeRow, fillRow, overscan, count: 0, rows: new Map(), spare: [] });
		this.canvas = document.createElement("div");
		this.canvas.className = "canvas";
		viewport.classList.add("virtual");
		viewport.replaceChildren(this.canvas);
		this.update = eachFrame(() => this.draw(false));
		viewport.addEventListener("scroll", () => { this.update(); onScroll?.(); }, { passive: true });
		this.observer = new ResizeObserver(() => this.update());
		this.observer.observe(viewport);
	}

	/** Takes another number of rows, and fills those that are seen anew. */
	setCount(count) {
		this.count = count;
		this.canvas.style.height = `${count * this.rowHeight}px`;
		this.draw(true);
	}

	/** Takes more rows behind those there are, which stay as they were. */
	grow(count) {
		this.count = count;
		this.canvas.style.height = `${count * this.rowHeight}px`;
		this.update();
	}

	range() {
		const top = this.viewport.scrollTop;
		const first = Math.max(0, Math.floor(top / this.rowHeight) - this.overscan);
		const last = Math.min(this.count, Math.ceil((top + this.viewport.clientHeight) / this.rowHeight) + this.overscan);
		return [first, last];
	}

	draw(anew) {
		const [first, last] = this.range();
		for (const [index, row] of this.rows) {
			const stays = index >= first && index < last;
			if (stays || (row.contains(document.activeElement) && index < this.count)) continue;
			this.rows.delete(index);
			row.remove();
			this.spare.push(row);
		}
		for (let index = first; index < last; index += 1) this.place(index, anew);
		this.order();
	}

	/** Puts rows into the document in their order, for the Tab key and readers of the screen; those that are there do not move. */
	order() {
		let at = this.canvas.firstChild;
		for (const index of [...this.rows.keys()].sort((one, other) => one - other)) {
			const row = this.rows.get(index);
			if (row === at) at = at.nextSibling;
			else this.canvas.insertBefore(row, at);
		}
	}

	place(index, anew) {
		let row = this.rows.get(index);
		if (row && !anew) return;
		if (!row) {
			row = this.spare.pop() ?? this.makeRow();
			row.style.transform = `translateY(${index * this.rowHeight}px)`;
			this.rows.set(index, row);
		}
		this.fillRow(row, index);
	}

	show(index, where = "nearest") {
		const top = index * this.rowHeight;
		const height = this.viewport.clientHeight;
		const from = this.viewport.scrollTop;
		if (where === "start") this.viewport.scrollTop = Math.max(0, top - 8);
		else if (where === "center") this.viewport.scrollTop = Math.max(0, top - height / 2);
		else if (top < from) this.viewport.scrollTop = top;
		else if (top + this.rowHeight > from + height) this.viewport.scrollTop = top + this.rowHeight - height;
		this.draw(false);
		return this.rows.get(index);
	}

	get isAtEnd() {
		const { scrollTop, clientHeight, scrollHeight } = this.viewport;
		return scrollTop + clientHeight >= scrollHeight - this.rowHeight * 2;
	}

	toEnd() {
		this.viewport.scrollTop = this.count * this.rowHeight;
		this.draw(false);
	}

	destroy() {
		this.observer.disconnect();
		this.update.cancel();
	}
}
