import type { LogEntry } from "../data/types.js";

/** Say an entry in one line: the text of a message, else its body as JSON. */
export function textOf({ body, redacted }: LogEntry): string {
  if (redacted) return `(${redacted})`;
  if (typeof body === "object" && body !== null && "text" in body) return String(body.text);
  return body === null || body === undefined ? "" : JSON.stringify(body);
}
