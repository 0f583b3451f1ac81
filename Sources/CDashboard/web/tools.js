// What a tool was given and what it answered: found in what the agent's program has printed.
const IDS = ["id", "tool_use_id", "toolCallId", "call_id", "callId", "item_id"];
const INPUTS = ["input", "rawInput", "arguments", "command", "parameters"];
const RESULTS = ["content", "rawOutput", "aggregated_output", "output", "result", "error"];

function textOf(value) {
	if (value === undefined || value === null) return "";
	if (typeof value === "string") return value;
	if (Array.isArray(value)) return value.map((one) => textOf(one?.text ?? one?.content ?? one)).filter(Boolean).join("\n");
	if (typeof value.text === "string") return value.text;
	return Object.entries(value)
		.map(([key, one]) => `${key}: ${typeof one === "string" ? (one.includes("\n") ? "\n" + one : one) : JSON.stringify(one)}`).join("\n");
}

function holders(value, id, found = [], depth = 0) {
	if (!value || typeof value !== "object" || depth > 12) return found;
	if (!Array.isArray(value) && IDS.some((key) => value[key] === id)) found.push(value);
	for (const one of Object.values(value)) holders(one, id, found, depth + 1);
	return found;
}

function take(into, object) {
	const isAnswer = object.tool_use_id !== undefined || object.type === "tool_result";
	for (const key of isAnswer ? [] : INPUTS) if (object[key] !== undefined && !into.input) into.input = textOf(object[key]);
	for (const key of RESULTS) {
		if (object[key] === undefined || object[key] === "") continue;
		if (key === "content" && !isAnswer && object.toolCallId === undefined) continue;
		into.result = textOf(object[key]);
		return;
	}
}

/** `{ input, result }` of a tool call, as far as the lines of JSON in `output` tell. */
export function toolDetails(output, id) {
	const details = { input: "", result: "" };
	for (const line of output.split("\n")) {
		if (!line.includes(id)) continue;
		let value;
		try { value = JSON.parse(line); } catch { continue; }
		for (const object of holders(value, id)) take(details, object);
	}
	return details;
}
