// Logging in by the link that `makima open` prints.
import { post } from "./api.js";
import { h, replace } from "./dom.js";

function explain(box, failure) {
	replace(box,
		failure ? h("p.notice.bad", { role: "alert" }, failure) : null,
		h("p", "This page shows the tasks of this machine, so it asks who you are. There is no password."),
		h("ol",
			h("li", "Open a terminal on the machine where makima runs."),
			h("li", "Run ", h("code.command", "makima open"), "."),
			h("li", "Open the link that it prints. It works once, for a few minutes.")));
}

async function use(code, box, context) {
	replace(box, h("p", "Logging in …"));
	try {
		await post("/login", { code });
	} catch (problem) {
		explain(box, problem.status === 401 ? "This link is not valid any more." : problem.message);
		return;
	}
	await context.begin();
	context.go("/", { instead: true });
}

export function page(root, context) {
	const box = h("div");
	root.append(h("section.login", { "aria-labelledby": "login-title" },
		h("img", { src: "/assets/icon.svg", alt: "", width: 52, height: 52 }),
		h("h1", { id: "login-title" }, "makima"), box));
	const code = location.hash.slice(1);
	if (!code) {
		explain(box);
		return { title: "Log in" };
	}
	history.replaceState(null, "", "/login");
	use(code, box, context);
	return { title: "Log in" };
}
