import type { Client } from "@parlour/client";
import { problem, report } from "../shell/toast.js";

/** Characters of a status: the server's most. */
const LONGEST = 80;

/** Says how I am to the people of my rooms. */
export function StatusForm({ client }: { client: Client }) {
  const save = async (form: HTMLFormElement): Promise<void> => {
    const of = new FormData(form);
    const text = String(of.get("text")).trim();
    await client.setStatus({ status: of.get("busy") ? "busy" : "active", ...(text && { text }) });
    problem.value = "Saved.";
  };
  return (
    <form
      class="settings"
      aria-label="Your status"
      onSubmit={(event) => (event.preventDefault(), save(event.currentTarget as HTMLFormElement).catch(report))}
    >
      <label>
        <span>What you are up to</span>
        <input name="text" maxLength={LONGEST} />
      </label>
      <label>
        <input name="busy" type="checkbox" /> Busy
      </label>
      <button class="outlined">Set the status</button>
    </form>
  );
}
