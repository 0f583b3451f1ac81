// What holds and where it comes from; tokens; the audit log; this browser.
import { get, post, remove } from "./api.js";
import { ask } from "./actions.js";
import { button, field, h, remembered, replace, toast } from "./dom.js";
import { store } from "./store.js";
import { ago, time } from "./text.js";

function valueText(value) {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function settingsTable(settings) {
  const rows = settings.map((one) => h("tr", { class: /^default/i.test(one.source ?? "") ? "" : "is-set", data: { words: `${one.key} ${valueText(one.value)} ${one.source}`.toLowerCase() } },
    h("th.key", { scope: "row" }, one.key), h("td.key", null, valueText(one.value)), h("td", null, h("span.chip", null, one.source ?? "–"))));
  const search = h("input.search", { type: "search", placeholder: "Search settings", "aria-label": "Search settings" });
  const only = h("input", { type: "checkbox" });
  const filter = () => {
    const wanted = search.value.toLowerCase();
    for (const row of rows) row.hidden = !row.dataset.words.includes(wanted) || (only.checked && !row.classList.contains("is-set"));
  };
  search.addEventListener("input", filter);
  only.addEventListener("change", filter);
  return [h("div.box-head", null, h("h2", null, "Configuration"), h("span.grow"), h("label.tick", null, only, h("span", null, "Only what somebody has set")), search),
    h("div.table-place", null, h("table.table", null, h("thead", null, h("tr", null, ...["Key", "Value", "Source"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", null, ...rows)))];
}

async function showSettings(place) {
  try {
    replace(place, ...settingsTable((await get("/settings")).settings ?? []));
  } catch (problem) {
    replace(place, h("div.box-head", null, h("h2", null, "Configuration")), h("p.empty", null, problem.status === 404 ? "This server does not show its configuration." : problem.message));
  }
}

function tell(token) {
  const text = h("code.command.token", { tabindex: 0 }, token.token);
  ask({
    title: "The new token", confirm: "Copy and close", act: () => navigator.clipboard.writeText(token.token),
    content: [h("p", null, "It is shown this once. Whoever has it may do what it allows."), text],
  });
}

function askToken(again) {
  const label = h("input", { type: "text", required: true, maxlength: 200, placeholder: "what it is for" });
  const scope = h("select", null, ...[["viewer", "viewer: see everything"], ["operator", "operator: also make and steer tasks"], ["admin", "admin: also tokens and daemons"], ["daemon", "daemon: connect as one daemon"]]
    .map(([value, name]) => h("option", { value }, name)));
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
  if (token.revokedAt) return h("span", null, "revoked ", ago(token.revokedAt));
  if (token.expiresAt && token.expiresAt < Date.now()) return "expired";
  return token.expiresAt ? h("span", null, "until ", time(token.expiresAt)) : "holds";
}

async function showTokens(place) {
  const again = () => showTokens(place);
  const head = h("div.box-head", null, h("h2", null, "Tokens"), h("span.grow"), button("Make a token", () => askToken(again), { kind: "small" }));
  try {
    const { tokens } = await get("/tokens");
    const sorted = tokens.sort((one, other) => Boolean(one.revokedAt) - Boolean(other.revokedAt) || other.createdAt - one.createdAt);
    const rows = sorted.map((token) => h("tr", { class: token.revokedAt ? "is-gone" : "" }, h("th", { scope: "row" }, token.label, h("small.block", null, h("code", null, token.tokenId))),
      h("td", null, token.scopes.join(", "), token.daemonId ? h("small.block", null, `of ${token.daemonId}`) : null), h("td", null, ago(token.createdAt)), h("td", null, ago(token.lastUsedAt)), h("td", null, tokenState(token)),
      h("td.num", null, token.revokedAt ? null : button("Revoke", () => askRevoke(token, again), { kind: "small", class: "danger", "aria-label": `Revoke ${token.label}` }))));
    replace(place, head, h("div.table-place", null, h("table.table", null, h("thead", null, h("tr", null,
      ...["Label", "Allows", "Made", "Used", "State"].map((name) => h("th", { scope: "col" }, name)), h("th", { scope: "col" }, h("span.hidden-visually", null, "Revoke")))), h("tbody", null, ...rows))));
  } catch (problem) {
    replace(place, h("div.box-head", null, h("h2", null, "Tokens")), h("p.empty", null, problem.status === 403 ? "Only an admin sees the tokens." : problem.message));
  }
}

function askRevoke(token, again) {
  ask({
    title: "Revoke this token?", confirm: "Revoke it", kind: "danger",
    content: [h("p", null, `“${token.label}” is not accepted any more from now on. Connections that came with it are closed.`)],
    act: async () => { await remove(`/tokens/${encodeURIComponent(token.tokenId)}`); again(); },
  });
}

async function showAudit(place) {
  try {
    const { entries } = await get("/audit", { limit: 50 });
    replace(place, h("summary.box-head", null, h("h2", null, "Audit log"), h("span.muted", null, "the last 50 entries")), h("div.table-place", null, h("table.table", null,
      h("thead", null, h("tr", null, ...["When", "Who", "What", "On"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, ...entries.map((entry) => h("tr", null, h("td", null, time(entry.at)), h("td", null, entry.actor), h("td", null, entry.action), h("td.key", null, entry.subject)))))));
  } catch { place.hidden = true; }
}

function account(context) {
  const me = context.me;
  return [h("div.box-head", null, h("h2", null, "You"), h("span.muted", null, me ? `${me.name ?? me.userId} · ${me.scope}` : ""), h("span.grow"),
    button("Log out", async () => {
      await post("/logout", {}).catch((problem) => toast(problem.message, "bad"));
      store.stop();
      context.go("/login");
    }, { kind: "small" })),
  h("p.box-body.muted", null, `This browser keeps filters, templates (${Object.keys(remembered("templates", {})).length}) and comments that were not sent; nothing else.`)];
}

export function page(root, context) {
  const settings = h("section.box", { "aria-label": "Configuration" });
  const tokens = h("section.box", { "aria-label": "Tokens" });
  const audit = h("details.box");
  root.append(h("header.page-head", null, h("h1", null, "Settings")), h("div.stack", null,
    h("section.box", { "aria-label": "You" }, ...account(context)), tokens, settings, audit));
  showSettings(settings);
  showTokens(tokens);
  showAudit(audit);
  return { title: "Settings" };
}
