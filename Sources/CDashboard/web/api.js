// Requests to the server and streams of events from it.
/** Why a request has failed; `status` 0 is that no answer came. */
export class Problem extends Error {
	constructor(status, body) {
		super(body?.message ?? (status ? `The server answered with ${status}.` : "The server cannot be reached."));
		this.status = status;
		this.code = body?.code ?? "";
		this.hint = body?.hint ?? "";
		this.field = body?.field ?? "";
	}
}

const listeners = { login: () => {} };

export function whenLoggedOut(act) {
	listeners.login = act;
}

function query(parameters) {
	const pairs = Object.entries(parameters ?? {}).filter(([, value]) => value !== undefined && value !== "" && value !== null);
	return pairs.length ? "?" + new URLSearchParams(pairs) : "";
}

async function send(method, path, { parameters, body, headers, signal } = {}) {
	const options = { method, headers: { Accept: "application/json", ...headers }, credentials: "same-origin", signal };
	if (method !== "GET") {
		options.headers["Content-Type"] = "application/json";
		options.headers["Idempotency-Key"] ??= newKey();
		if (method !== "DELETE") options.body = JSON.stringify(body ?? {});
	}
	let answer;
	try {
		answer = await fetch(`/api/v1${path}${query(parameters)}`, options);
	} catch (error) {
		if (error.name === "AbortError") throw error;
		throw new Problem(0);
	}
	if (answer.status === 401 && path !== "/login") listeners.login();
	if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => null));
	return answer;
}

export function newKey() {
	if (crypto.randomUUID) return crypto.randomUUID();
	return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function get(path, parameters, signal) {
	return (await send("GET", path, { parameters, signal })).json();
}

export async function getText(path, parameters, signal) {
	return (await send("GET", path, { parameters, signal, headers: { Accept: "text/plain, application/problem+json" } })).text();
}

export async function post(path, body, key) {
	return (await send("POST", path, { body, headers: key ? { "Idempotency-Key": key } : {} })).json();
}

/** The address of a task below the API, with what comes behind it. */
export function ofTask(id, rest = "") {
	return `/tasks/${encodeURIComponent(id)}${rest}`;
}

export async function remove(path) {
	return (await send("DELETE", path)).json().catch(() => ({}));
}

/** All entries of a list that comes in pages; `each` sees every page as it comes. */
export async function pages(path, name, each, signal, parameters = {}) {
	let after;
	do {
		const page = await get(path, { limit: 200, ...parameters, after }, signal);
		each(page[name], page);
		after = page.next;
	} while (after !== undefined && after !== null);
}

function readBlock(block) {
	const event = { id: undefined, name: "message", data: "" };
	for (const line of block.split("\n")) {
		const colon = line.indexOf(":");
		if (colon <= 0) continue;
		const value = line.slice(colon + 1).replace(/^ /, "");
		const key = line.slice(0, colon);
		if (key === "id") event.id = value;
		else if (key === "event") event.name = value;
		else if (key === "data") event.data += (event.data ? "\n" : "") + value;
	}
	return event;
}

/**
 * Server-Sent Events by `fetch`: it goes on behind the last id, backs off while the server is away, and tells its state.
 *
 * `onEvents` gets the values of all events that have come at once, and their names. `onState` gets `connecting`, `live` or `lost`.
 */
export class Stream {
	constructor(path, { parameters, onEvents, onState, lastId } = {}) {
		Object.assign(this, { path, parameters, onEvents, onState: onState ?? (() => {}), lastId, tries: 0, state: "" });
		this.open();
	}

	tell(state) {
		if (state === this.state) return;
		this.state = state;
		this.onState(state);
	}

	async open() {
		if (this.closed) return;
		this.abort = new AbortController();
		if (this.tries === 0) this.tell("connecting");
		try {
			const headers = { Accept: "text/event-stream", ...(this.lastId ? { "Last-Event-ID": this.lastId } : {}) };
			const answer = await fetch(`/api/v1${this.path}${query(this.parameters)}`,
				{ headers, credentials: "same-origin", signal: this.abort.signal, cache: "no-store" });
			if (answer.status === 401) { this.close(); listeners.login(); return; }
			if (answer.status === 404) { this.close(); this.tell("gone"); return; }
			if (!answer.ok || !answer.body) throw new Problem(answer.status);
			this.tell("live");
			await this.read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
		} catch { /* Whatever ended it, it is opened again. */ }
		if (!this.closed) this.again();
	}

	async read(reader) {
		let rest = "";
		this.watch();
		for (;;) {
			const { value, done } = await reader.read();
			if (done) return;
			this.watch();
			this.tries = 0;
			const blocks = (rest + value.replace(/\r/g, "")).split("\n\n");
			rest = blocks.pop();
			this.take(blocks);
		}
	}

	take(blocks) {
		const values = [];
		const names = [];
		for (const block of blocks) {
			const event = readBlock(block);
			if (event.id !== undefined) this.lastId = event.id;
			if (!event.data) continue;
			try {
				values.push(JSON.parse(event.data));
				names.push(event.name);
			} catch { /* What is no JSON is nothing that is known here. */ }
		}
		if (values.length) this.onEvents(values, names);
	}

	/** The server sends something every 15 seconds: after 40 without anything the connection is dead. */
	watch() {
		clearTimeout(this.silence);
		this.silence = setTimeout(() => this.abort.abort(), 40000);
	}

	again() {
		clearTimeout(this.silence);
		this.tries += 1;
		const wait = Math.min(30000, 500 * 2 ** Math.min(this.tries, 7)) * (0.6 + Math.random() * 0.8);
		this.tell("lost");
		this.timer = setTimeout(() => this.open(), wait);
	}

	/** Tries at once, as when a person asks for it. */
	now() {
		if (this.state !== "lost") return;
		clearTimeout(this.timer);
		this.open();
	}

	close() {
		this.closed = true;
		clearTimeout(this.timer);
		clearTimeout(this.silence);
		this.abort?.abort();
	}
}
