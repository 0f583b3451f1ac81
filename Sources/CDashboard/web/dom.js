// Elements made by script. No text ever becomes markup: children are text nodes, cleaned of what could deceive.
import { clean } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";

function append(element, children) {
	for (const child of children) {
		if (child === null || child === undefined || child === false) continue;
		if (Array.isArray(child)) append(element, child);
		else if (child instanceof Node) element.append(child);
		else element.append(clean(String(child)));
	}
}

function setProperty(element, name, value) {
	if (value === undefined || value === null || value === false) return;
	if (name === "class") element.classList.add(...value.split(" ").filter(Boolean));
	else if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
	else if (name === "style") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
	else if (name === "data") Object.assign(element.dataset, value);
	else if (name === "label") element.setAttribute("aria-label", clean(value));
	else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
	else element.setAttribute(name, value === true ? "" : clean(String(value)));
}

function build(element, classes, properties, children) {
	if (classes.length > 0) element.classList.add(...classes);
	for (const [name, value] of Object.entries(properties)) setProperty(element, name, value);
	append(element, children);
	return element;
}

/** Makes an element: `h("p.note", { title: "…" }, "text", child)`; the properties may be left out. `label` names it for readers of the
 * screen. Strings are shown as text. */
export function h(tag, ...rest) {
	const [name, ...classes] = tag.split(".");
	const hasProperties = rest[0]?.constructor === Object;
	return build(document.createElement(name), classes, hasProperties ? rest[0] : {}, hasProperties ? rest.slice(1) : rest);
}

export function svg(tag, properties, ...children) {
	const [name, ...classes] = tag.split(".");
	return build(document.createElementNS(SVG, name), classes, properties ?? {}, children);
}

export function replace(element, ...children) {
	element.replaceChildren();
	append(element, children);
	return element;
}

export function button(text, act, properties = {}) {
	const { kind = "", ...others } = properties;
	return h(`button.button${kind ? "." + kind : ""}`, { type: "button", on: { click: act }, ...others }, text);
}

/** A choice of `[value, label]`. */
export function select(pairs, properties = {}, chosen) {
	return h("select", properties, ...pairs.map(([value, label]) => h("option", { value, selected: value === chosen }, label)));
}

export function link(href, ...rest) {
	const anchor = h("a", ...rest);
	anchor.href = href;
	return anchor;
}

export function field(label, control, note) {
	const id = control.id || `f${Math.random().toString(36).slice(2, 9)}`;
	control.id = id;
	const help = note ? h("p.field-note", { id: `${id}-note` }, note) : null;
	if (help) control.setAttribute("aria-describedby", help.id);
	return h("div.field", h("label", { for: id }, label), control, help);
}

/** A table in a place that scrolls sideways; a heading that begins with a dot is for readers of the screen only. */
export function table(heads, rows) {
	const cells = heads.map((name) => h("th", { scope: "col" }, name[0] === "." ? h("span.hidden-visually", name.slice(1)) : name));
	return h("div.table-place", { tabindex: 0, role: "region", label: heads.map((name) => name.replace(".", "")).join(", ") },
		h("table.table", h("thead", h("tr", ...cells)), h("tbody", ...rows)));
}

/** Names with their values in a row; pairs without a value are left out. */
export function factList(pairs) {
	return h("dl.facts", ...pairs.filter((pair) => pair && pair[1] !== undefined && pair[1] !== null)
		.map(([name, ...values]) => h("div", h("dt", name), h("dd", ...values))));
}

export function changeText(change, ...more) {
	if (!change) return h("span", "–");
	return h("span.change", h("span.plus", `+${change.insertions.toLocaleString("en-US")}`), " ",
		h("span.minus", `−${change.deletions.toLocaleString("en-US")}`), ...more);
}

export function nothing(...children) {
	return h("p.empty.box", ...children);
}

/** Says something to readers of the screen. */
export function announce(text) {
	document.getElementById("announcer").textContent = clean(text);
}

export function toast(text, tone = "") {
	const box = h(`div.toast${tone ? "." + tone : ""}`, h("span", text));
	box.append(button("×", () => box.remove(), { kind: "bare", label: "Close" }));
	document.getElementById("toasts").append(box);
	setTimeout(() => box.remove(), tone === "bad" ? 12000 : 5000);
}

/** Runs `act` at most once a frame, however often it is called. */
export function eachFrame(act) {
	let planned = 0;
	const call = () => {
		if (!planned) planned = requestAnimationFrame(() => { planned = 0; act(); });
	};
	call.cancel = () => { cancelAnimationFrame(planned); planned = 0; };
	return call;
}

/** Like `eachFrame`, and with so many milliseconds between two calls. */
export function atMostEvery(milliseconds, act) {
	let last = -Infinity;
	let timer = 0;
	const frame = eachFrame(() => { last = performance.now(); act(); });
	const call = () => {
		const wait = last + milliseconds - performance.now();
		if (wait <= 0) frame();
		else if (!timer) timer = setTimeout(() => { timer = 0; frame(); }, wait);
	};
	call.cancel = () => { clearTimeout(timer); frame.cancel(); };
	return call;
}

/** Reads what this browser keeps; nothing where it keeps nothing. */
export function remembered(key, otherwise) {
	try {
		const text = localStorage.getItem(`makima.${key}`);
		return text === null ? otherwise : JSON.parse(text);
	} catch {
		return otherwise;
	}
}

export function remember(key, value) {
	try {
		if (value === undefined) localStorage.removeItem(`makima.${key}`);
		else localStorage.setItem(`makima.${key}`, JSON.stringify(value));
	} catch { /* A browser that keeps nothing shows the page all the same. */ }
}
