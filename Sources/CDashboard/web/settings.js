// What holds and where it comes from; tokens; this browser.
import { get, post, remove } from "./api.js";
import { ask } from "./actions.js";
import { button, field, h, replace, select, table, toast } from "./dom.js";
import { store } from "./store.js";
import { ago, time } from "./text.js";

function valueText(value) {
	if (value === null || value === undefined || value === "") return "–";
	return typeof value === "string" ? value : JSON.stringify(value);
}

function settingsTable(settings) {
	// What nobody has set has no source.
	const rows = settings.map((one) => h("tr", { class: one.source && one.source !== "default" ? "is-set" : "", data: { words: `${one.key} ${valueText(one.value)} ${one.source}`.toLowerCase() } },
		h("th.key", { scope: "row" }, one.key), h("td.key", valueText(one.value)), h("td.key.muted", one.source ?? "default")));
	const search = h("input.search", { type: "search", placeholder: "Search settings", label: "Search settings" });
	const only = h("input", { type: "checkbox", checked: rows.some((row) => row.classList.contains("is-set")) });
	const filter = () => {
		const wanted = search.value.toLowerCase();
		for (const row of rows) row.hidden = !row.dataset.words.includes(wanted) || (only.checked && !row.classList.contains("is-set"));
	};
	search.addEventListener("input", filter);
	only.addEventListener("change", filter);
	filter();
	return [h("div.box-head", h("h2", "Configuration"), h("span.grow"), h("label.tick", only, h("span", "Only what somebody has set")), search),
		table(["Key", "Value", "Source"], rows)];
}

async function showSettings(place) {
	try {
		replace(place, ...settingsTable((await get("/settings")).settings ?? []));
	} catch (problem) {
		replace(place, h("div.box-head", h("h2", "Configuration")), h("p.empty", problem.status === 404 ? "This server does not show its configuration." : problem.message));
	}
}

function tell(token) {
	const text = h("code.command.token", { tabindex: 0 }, token.token);
	ask({
		title: "The new token", confirm: "Copy and close", act: () => navigator.clipboard.writeText(token.token),
		content: [h("p", "It is shown this once. Whoever has it may do what it allows."), text],
	});
}

function askToken(again) {
	const label = h("input", { type: "text", required: true, maxlength: 200, placeholder: "what it is for" });
	const scope = select([["viewer", "viewer: see everything"], ["operator", "operator: also make and steer tasks"], ["admin", "admin: also tokens and daemons"], ["daemon", "daemon: connect as one daemon"]]);
	const daemon = h("input", { type: "text", placeholder: "for the scope daemon only" });
	const days = h("input", { type: "number", min: 1, placeholder: "never" });
	ask({
		title: "Make a token", confirm: "Make it", content: [field("Label", label), field("What it allows", scope), field("Daemon’s id", daemon), field("Expires after days", days)],
		act: async () => {
			const body = { label: label.value.trim(), scope: scope.value };
			if (daemon.value.trim()) body.daemonId = daemon.value.trim();
			if (days.value) body.expiresInSeconds = Number(days.value) * 86400;
			const made = await post("/tokens", body);
			again();
			setTimeout(() => tell(made), 50);
		},
	});
}

function tokenState(token) {
	if (token.revokedAt) return h("span", "revoked ", ago(token.revokedAt));
	if (token.expiresAt && token.expiresAt < Date.now()) return "expired";
	return token.expiresAt ? h("span", "until ", time(token.expiresAt)) : "holds";
}

async function showTokens(place) {
	const again = () => showTokens(place);
	const head = h("div.box-head", h("h2", "Tokens"), h("span.grow"), button("Make a token", () => askToken(again), { kind: "small" }));
	try {
		const { tokens } = await get("/tokens");
		const sorted = tokens.sort((one, other) => Boolean(one.revokedAt) - Boolean(other.revokedAt) || other.createdAt - one.createdAt);
		const rows = sorted.map((token) => h("tr", { class: token.revokedAt ? "is-gone" : "" }, h("th", { scope: "row" }, token.label, h("small.block", h("code", token.tokenId))),
			h("td", token.scopes.join(", "), token.daemonId ? h("small.block", `of ${token.daemonId}`) : null), h("td", ago(token.createdAt)), h("td", ago(token.lastUsedAt)), h("td", tokenState(token)),
			h("td.num", token.revokedAt ? null : button("Revoke", () => askRevoke(token, again), { kind: "small", class: "danger", label: `Revoke ${token.label}` }))));
		replace(place, head, table(["Label", "Allows", "Made", "Used", "State", ".Revoke"], rows));
	} catch (problem) {
		replace(place, h("div.box-head", h("h2", "Tokens")), h("p.empty", problem.status === 403 ? "Only an admin sees the tokens." : problem.message));
	}
}

function askRevoke(token, again) {
	ask({
		title: "Revoke this token?", confirm: "Revoke it", kind: "danger",
		content: [h("p", `“${token.label}” is not accepted any more from now on. Connections that came with it are closed.`)],
		act: async () => { await remove(`/tokens/${encodeURIComponent(token.tokenId)}`); again(); },
	});
}

function account(context) {
	const me = context.me;
	return [h("div.box-head", h("h2", "You"), h("span.muted", me ? `${me.name ?? me.userId} · ${me.scope}` : ""), h("span.grow"),
		button("Log out", async () => {
			await post("/logout", {}).catch((problem) => toast(problem.message, "bad"));
			store.stop();
			context.go("/login");
		}, { kind: "small" })),
	h("p.box-body.muted", "This browser keeps filters and comments that were not sent; nothing else.")];
}

export function page(root, context) {
	const settings = h("section.box", { label: "Configuration" });
	const tokens = h("section.box", { label: "Tokens" });
	root.append(h("header.page-head", h("h1", "Settings")), h("div.stack",
		h("section.box", { label: "You" }, ...account(context)), tokens, settings));
	showSettings(settings);
	showTokens(tokens);
	return { title: "Settings" };
}
