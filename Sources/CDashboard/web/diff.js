// Unified diffs: read into files, hunks and lines; and a plain colouring of code.

function unquote(path) {
	if (!path.startsWith('"')) return path.replace(/\t.*$/, "");
	return unescape(path.slice(1, path.lastIndexOf('"')));
}

/** As git quotes names: an escape of three digits is a byte, and several make one character. */
function unescape(text) {
	const bytes = [];
	const encoder = new TextEncoder();
	for (const [part, code] of text.matchAll(/\\([0-7]{3}|.)|[^\\]+/gs)) {
		if (code === undefined) bytes.push(...encoder.encode(part));
		else if (/^\d{3}$/.test(code)) bytes.push(parseInt(code, 8));
		else bytes.push(...encoder.encode({ n: "\n", t: "\t" }[code] ?? code));
	}
	return new TextDecoder().decode(new Uint8Array(bytes));
}

function nameOf(path) {
	const name = unquote(path);
	return name === "/dev/null" ? null : name.replace(/^[ab]\//, "");
}

function newFile(line) {
	const found = /^diff --git "?a\/(.*?)"? "?b\/(.*?)"?$/.exec(line);
	const name = (text) => (line.includes('"') ? unescape(text) : text);
	return { path: found ? name(found[2]) : "", old: found ? name(found[1]) : "", kind: "changed", added: 0, removed: 0, hunks: [], notes: [] };
}

function header(file, line) {
	if (line.startsWith("--- ")) file.old = nameOf(line.slice(4)) ?? file.old;
	else if (line.startsWith("+++ ")) file.path = nameOf(line.slice(4)) ?? file.path;
	else if (line.startsWith("new file")) file.kind = "added";
	else if (line.startsWith("deleted file")) file.kind = "deleted";
	else if (line.startsWith("rename to ")) { file.kind = "renamed"; file.path = unquote(line.slice(10)); } else if (line.startsWith("rename from ")) file.old = unquote(line.slice(12));
	else if (line.startsWith("Binary files") || line.startsWith("GIT binary patch")) file.binary = true;
	else if (line.startsWith("old mode") || line.startsWith("new mode")) file.notes.push(line);
}

function hunkLine(file, hunk, line) {
	const kind = { "+": "add", "-": "del", " ": "same", "\\": "note" }[line[0] ?? " "];
	if (!kind) return false;
	const entry = { kind, text: line.slice(1) };
	if (kind === "add" || kind === "same") { entry.to = hunk.to; hunk.to += 1; hunk.toLeft -= 1; }
	if (kind === "del" || kind === "same") { entry.from = hunk.from; hunk.from += 1; hunk.fromLeft -= 1; }
	if (kind === "add") file.added += 1;
	if (kind === "del") file.removed += 1;
	hunk.lines.push(entry);
	return true;
}

export function parseDiff(text) {
	const files = [];
	let file = null;
	let hunk = null;
	for (const line of text.split("\n")) {
		const isInside = hunk && (hunk.fromLeft > 0 || hunk.toLeft > 0 || line.startsWith("\\"));
		if (isInside && hunkLine(file, hunk, line)) continue;
		if (line.startsWith("diff --git ")) { file = newFile(line); files.push(file); hunk = null; continue; }
		const place = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/.exec(line);
		if (place && !file) { file = newFile(""); files.push(file); }
		if (place) {
			hunk = { head: line, where: place[5].trim(), from: +place[1], fromLeft: +(place[2] ?? 1), to: +place[3], toLeft: +(place[4] ?? 1), lines: [] };
			file.hunks.push(hunk);
		} else if (file) header(file, line);
	}
	return files;
}

const C_LIKE = "as async await bool break case catch class const continue default do else enum export extends false fn for func function guard if impl import in int interface let match mut new nil null package private protocol pub public return self static struct switch this throw throws trait true try type use var void where while";
const SCRIPT = "and as assert async await break case class continue def do done elif else end esac except export False fi finally for from function if import in is lambda local nil None not or pass raise return self then True try unless while with yield true false null";
const LANGUAGES = {
	c: { words: new Set(C_LIKE.split(" ")), rule: /(\/\/.*$|\/\*.*?(?:\*\/|$))|("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`(?:[^`\\]|\\.)*`?)|\b(\d[\w.]*)\b|([A-Za-z_$][\w$]*)/g },
	script: { words: new Set(SCRIPT.split(" ")), rule: /(#.*$)|("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|\b(\d[\w.]*)\b|([A-Za-z_][\w]*)/g },
	markup: { words: new Set(), rule: /(<!--.*?(?:-->|$))|("(?:[^"])*")|\b(\d[\w.]*)\b|(<\/?[A-Za-z][\w-]*)/g, tags: true },
};
const ENDINGS = {
	c: "c h cc cpp hpp cs css go java js jsx kt m mjs php proto rs scala scss swift ts tsx json",
	script: "py rb sh bash zsh toml yaml yml pl r jl ex exs tf makefile dockerfile cfg ini conf",
	markup: "html htm xml svg vue plist",
};

export function languageOf(path) {
	const name = path.split("/").pop().toLowerCase();
	const ending = name.includes(".") ? name.split(".").pop() : name;
	const found = Object.entries(ENDINGS).find(([, endings]) => endings.split(" ").includes(ending));
	return found ? LANGUAGES[found[0]] : null;
}

/** Pieces `[kind, text]` of a line of code; the kind is empty for plain text. */
export function colour(text, language) {
	if (!language || text.length > 2000) return [["", text]];
	const pieces = [];
	let from = 0;
	language.rule.lastIndex = 0;
	for (let found = language.rule.exec(text); found; found = language.rule.exec(text)) {
		const kind = found[1] ? "comment" : found[2] ? "string" : found[3] ? "number" : language.tags || language.words.has(found[4]) ? "word" : "";
		if (!kind) continue;
		if (found.index > from) pieces.push(["", text.slice(from, found.index)]);
		pieces.push([kind, found[0]]);
		from = found.index + found[0].length;
	}
	if (from < text.length) pieces.push(["", text.slice(from)]);
	return pieces;
}

/** The folders and files of a diff as a tree: `{ name, folders, files }`. */
export function treeOf(files) {
	const root = { name: "", folders: new Map(), files: [] };
	for (const file of files) {
		let place = root;
		for (const part of file.path.split("/").slice(0, -1)) {
			if (!place.folders.has(part)) place.folders.set(part, { name: part, folders: new Map(), files: [] });
			place = place.folders.get(part);
		}
		place.files.push(file);
	}
	return root;
}
