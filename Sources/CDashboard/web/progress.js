// Plots of cost and of progress over iterations, and the numbers behind them.
import { changeText, h, nothing, replace, svg, table } from "./dom.js";
import { gateWords } from "./timeline.js";
import { verdictMark } from "./status.js";
import { duration, money, number, time, tokens } from "./text.js";

const WIDTH = 470;
const HEIGHT = 170;
const EDGE = { left: 52, right: 14, top: 14, bottom: 26 };

/** A step of 1, 2 or 5 times a power of ten, of which about four fit into `most`. */
function niceStep(most) {
	const raw = most / 4 || 1;
	const power = 10 ** Math.floor(Math.log10(raw));
	return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw) ?? raw;
}

function frame({ title, count, most, format, isWhole }) {
	const step = isWhole ? Math.max(1, niceStep(most)) : niceStep(most);
	const top = Math.max(step, Math.ceil(most / step) * step);
	const inner = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
	const x = (index) => EDGE.left + ((index + 0.5) / Math.max(1, count)) * inner.width;
	const y = (value) => EDGE.top + inner.height - (value / top) * inner.height;
	const lines = [];
	for (let value = 0; value <= top + step / 2; value += step) {
		lines.push(svg("line.plot-grid", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value) }),
			svg("text.plot-label", { x: EDGE.left - 8, y: y(value) + 4, "text-anchor": "end" }, format(value)));
	}
	const root = svg("svg.plot", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", label: title }, ...lines);
	return { root, x, y, base: EDGE.top + inner.height, width: Math.min(34, (inner.width / Math.max(1, count)) * 0.6) };
}

function iterationLabels(plot, entries) {
	const every = Math.ceil(entries.length / 14);
	entries.forEach((entry, index) => {
		if (index % every === 0) plot.root.append(svg("text.plot-label", { x: plot.x(index), y: HEIGHT - 8, "text-anchor": "middle" }, String(entry.number)));
	});
}

function bar(plot, index, value, kind, words) {
	const top = plot.y(value);
	return svg(`rect.plot-${kind}`, { x: plot.x(index) - plot.width / 2, width: plot.width, y: top, height: Math.max(0, plot.base - top), rx: 2 }, svg("title", null, words));
}

function costPlot(entries) {
	let sum = 0;
	const sums = entries.map((entry) => (sum += entry.report?.usage?.costMicrodollars ?? 0));
	if (sum === 0) return null;
	const plot = frame({ title: `Cost over iterations, ${money(sum)} in all`, count: entries.length, most: sum, format: money });
	entries.forEach((entry, index) => {
		const cost = entry.report?.usage?.costMicrodollars ?? 0;
		plot.root.append(bar(plot, index, cost, "accent-soft", `Iteration ${entry.number}: ${money(cost)}`));
	});
	const points = sums.map((value, index) => `${plot.x(index).toFixed(1)},${plot.y(value).toFixed(1)}`);
	plot.root.append(svg("polyline.plot-line", { points: points.join(" ") }));
	sums.forEach((value, index) => plot.root.append(svg("circle.plot-dot", { cx: plot.x(index), cy: plot.y(value), r: 3 }, svg("title", null, `After iteration ${entries[index].number}: ${money(value)}`))));
	iterationLabels(plot, entries);
	return figure(plot.root, "Cost", "line: all so far · bars: each iteration");
}

function changePlot(entries) {
	const sizes = entries.map((entry) => [entry.report?.change?.insertions ?? 0, entry.report?.change?.deletions ?? 0]);
	const most = Math.max(...sizes.map(([added, removed]) => added + removed));
	if (!most) return null;
	const plot = frame({ title: "Lines changed in each iteration", count: entries.length, most, format: number, isWhole: true });
	sizes.forEach(([added, removed], index) => {
		const words = `Iteration ${entries[index].number}: +${added} −${removed}`;
		plot.root.append(bar(plot, index, added + removed, "removed", words), bar(plot, index, added, "added", words));
	});
	iterationLabels(plot, entries);
	return figure(plot.root, "Change", "lines added (below) and removed (above)");
}

function checkPlot(entries, model) {
	const counts = entries.map((entry) => {
		const verdicts = model.receiptsOf(entry.number).map((one) => one.receipt?.verdict?.verdict);
		return [verdicts.filter((one) => one === "passed").length, verdicts.length];
	});
	const most = Math.max(...counts.map(([, all]) => all));
	if (!most) return null;
	const plot = frame({ title: "Checks passed after each iteration", count: entries.length, most, format: number, isWhole: true });
	counts.forEach(([passed, all], index) => {
		const words = all ? `Iteration ${entries[index].number}: ${passed} of ${all} passed` : `Iteration ${entries[index].number}: not run`;
		plot.root.append(bar(plot, index, all, "removed", words), bar(plot, index, passed, "added", words));
	});
	iterationLabels(plot, entries);
	return figure(plot.root, "Checks", "passed (below) of those that ran");
}

function figure(picture, title, note) {
	return h("figure.box.plot-box", h("figcaption", h("strong", title), h("small", note)), picture);
}

export class ProgressView {
	constructor(model) {
		this.model = model;
		this.element = h("section.stack", { label: "Progress" });
	}

	shown() {
		const { model } = this;
		const entries = model.standing;
		const signature = `${model.iterations.length}/${entries.at(-1)?.endedAt}/${model.receipts.length}`;
		if (signature === this.signature) return;
		this.signature = signature;
		if (entries.length === 0) { replace(this.element, nothing("No iteration has ended yet.")); return; }
		const plots = [costPlot(entries), changePlot(entries), checkPlot(entries, model)].filter(Boolean);
		replace(this.element, plots.length ? h("div.plots", ...plots) : null, this.table([...model.iterations].sort((one, other) => one.number - other.number)));
	}

	table(entries) {
		const heads = ["Iteration", "Began", "Took", "End", "Gate", "Checks", "Change", "Cost", "Tokens"];
		return h("div.box", table(heads, entries.map((entry) => this.row(entry))));
	}

	row(entry) {
		const report = entry.report ?? {};
		const gate = gateWords(report.gate);
		const change = report.change;
		const words = [report.gate?.progress, report.gate?.reason].filter(Boolean).join(" · ");
		const blockers = report.gate?.blockers ?? [];
		return h("tr",
			h("th", { scope: "row" }, entry.number, entry.tryNumber > 1 ? h("small", ` try ${entry.tryNumber}`) : null, report.counted === false ? h("small", " not counted") : null),
			h("td.tight", time(entry.startedAt)), h("td.tight", duration(entry.endedAt === undefined ? undefined : entry.endedAt - entry.startedAt)),
			h("td", h("span", { class: report.end?.code === "ok" ? "" : "tone-stopped" }, (report.end?.code ?? "–").replaceAll("_", " ")), report.end?.message ? h("small.block", report.end.message.slice(0, 300)) : null),
			h("td.cell-gate", h("span", { class: `tone-${gate.tone}` }, gate.word), words ? h("small.block", words) : null, blockers.length ? h("small.block.tone-stopped", `Blocked by: ${blockers.join("; ")}`) : null),
			h("td", ...this.model.receiptsOf(entry.number).map((one) => verdictMark(one.receipt?.verdict?.verdict, one.check))),
			h("td", changeText(change)),
			h("td.num", money(report.usage?.costMicrodollars)), h("td.num", tokens(report.usage?.tokens)));
	}
}
