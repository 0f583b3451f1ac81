// Text as people may see it. Everything that comes from the server is taken for hostile.
import { h } from "./dom.js";

// Escape sequences of terminals: CSI, OSC and other strings (also unterminated ones), charset and single characters.
const ESCAPES = /[\u001b\u009b](?:\[?[0-?]*[ -/]*[@-~])|\u001b[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|$)/g;
const STRINGS = /\u001b[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|$)/g;
const SUSPECT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u;
const HIDDEN = new RegExp(SUSPECT, "gu");

function visible(character) {
	return `\u27e8U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
}

/** Takes escape sequences out and makes control, bidirectional and invisible characters visible. */
export function clean(text) {
	if (!SUSPECT.test(text)) return text;
	return text.replace(/\r\n/g, "\n").replace(STRINGS, "").replace(ESCAPES, "").replace(HIDDEN, visible);
}

/** What somebody decides about: nothing of it is left out, and what would steer a terminal is shown as a picture of it. */
export function judged(text) {
	return String(text ?? "").replace(/[\u0000-\u0008\u000b-\u001f]/g, (sign) => String.fromCharCode(0x2400 + sign.charCodeAt(0)))
		.replace(/\u007f/g, "\u2421").replace(/[\u0080-\u009f]/g, visible);
}

export function oneLine(text, most = 160) {
	const line = clean(String(text ?? "")).replace(/\s+/g, " ").trim();
	return line.length > most ? line.slice(0, most - 1) + "\u2026" : line;
}

export function plural(count, one, many = one + "s") {
	return `${number(count)} ${count === 1 ? one : many}`;
}

export function number(value) {
	return Number(value ?? 0).toLocaleString("en-US");
}

/** Microdollars as dollars; a dash where no cost is known. */
export function money(microdollars) {
	if (microdollars === undefined || microdollars === null) return "\u2013";
	const dollars = microdollars / 1e6;
	if (dollars !== 0 && dollars < 0.01) return "$" + dollars.toFixed(4);
	return "$" + dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

export function tokens(count) {
	if (count === undefined || count === null) return "\u2013";
	if (count < 1000) return String(count);
	if (count < 1e6) return `${(count / 1000).toFixed(count < 1e4 ? 1 : 0)}k`;
	return `${(count / 1e6).toFixed(1)}M`;
}

export function duration(milliseconds) {
	if (milliseconds === undefined || milliseconds === null || Number.isNaN(milliseconds)) return "\u2013";
	const seconds = Math.max(0, milliseconds) / 1000;
	if (seconds < 10) return `${seconds.toFixed(1)} s`;
	if (seconds < 60) return `${Math.round(seconds)} s`;
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
	const hours = Math.floor(minutes / 60);
	if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
	return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function bytes(count) {
	if (count === undefined || count === null) return "\u2013";
	if (count < 1024) return `${count} B`;
	if (count < 1024 * 1024) return `${(count / 1024).toFixed(1)} KiB`;
	return `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const SHORT = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export function clock(at) {
	return CLOCK.format(at);
}

export function utc(at) {
	return new Date(at).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

function relative(at, now = Date.now()) {
	const seconds = Math.round((now - at) / 1000);
	const ahead = seconds < 0;
	const size = Math.abs(seconds);
	if (size < 5) return "now";
	const [count, unit] = size < 60 ? [size, "s"] : size < 3600 ? [Math.floor(size / 60), "min"]
		: size < 172800 ? [Math.floor(size / 3600), "h"] : [Math.floor(size / 86400), "d"];
	return ahead ? `in ${count} ${unit}` : `${count} ${unit} ago`;
}

function valid(at) {
	return typeof at === "number" && Number.isFinite(at) && Math.abs(at) < 8.64e15;
}

/** A time of this place; its title has it in UTC. */
export function time(at) {
	if (!valid(at)) return h("span", "\u2013");
	return h("time", { datetime: new Date(at).toISOString(), title: utc(at) }, SHORT.format(at));
}

/** The distance to a time, kept up by `tick`. */
export function ago(at) {
	if (!valid(at)) return h("span", "\u2013");
	return h("time", { datetime: new Date(at).toISOString(), title: utc(at), data: { at: String(at) } }, relative(at));
}

export function tick() {
	const now = Date.now();
	for (const element of document.querySelectorAll("time[data-at]")) {
		element.textContent = relative(Number(element.dataset.at), now);
	}
}

export function baseName(path) {
	return (path ?? "").replace(/\/+$/, "").replace(/\.git$/, "").split(/[/:]/).pop();
}

/** A sentence; what stands in single quotes is code. */
export function sentence(text) {
	const parts = clean(String(text ?? "")).split(/'([^'\n]{2,300})'(?=[\s.,;:)]|$)/);
	return parts.map((part, index) => (index % 2 ? h("code", part) : part));
}
