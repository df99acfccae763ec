import type { Message } from "@parlour/client";

/** Characters of a DApp's own entry that are shown. */
const SHOWN = 300;

/** Says what a DApp's own entry holds, which began a thread: its name and its body, as text. */
export function AppText({ type, body }: NonNullable<Message["app"]>) {
  return (
    <>
      <span class="fine">{type}</span> <code>{appText(body)}</code>
    </>
  );
}

/** The body of a DApp's own entry in a line. */
export function appText(body: unknown): string {
  const text = JSON.stringify(body);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
