import { shortAccount } from "@parlour/ui/format";
import { Face } from "../account/face.js";
import { nameOf } from "../account/names.js";
import { me } from "../account/session.js";
import { showPerson } from "../pane/pane.js";
import type { OpenRoom } from "./open-room.js";

const STATUS = { active: "", idle: "away", busy: "busy" };

/** Who is here now, how they are, and how many guests look on. */
export function People({ room }: { room: OpenRoom }) {
  const { members = [], count, status = {} } = room.presence.value;
  const others = count - members.length;
  return (
    <aside class="people" aria-label="Here now">
      <h2 class="list-title">Here now</h2>
      <ul tabIndex={0} aria-label="People">
        {members.map((account) => (
          <li key={account}>
            <Face account={account} size={28} />
            <button class="person-name-link" title={account} onClick={() => showPerson(account)}>
              {nameOf(account)}
              {account === me.value && <span class="muted"> (you)</span>}
            </button>
            {nameOf(account) !== shortAccount(account) && <span class="fine">{shortAccount(account)}</span>}
            {status[account]?.status && (
              <span class="fine">
                {[STATUS[status[account].status], status[account].text].filter(Boolean).join(": ")}
              </span>
            )}
          </li>
        ))}
        {others > 0 && <li class="fine">{others === 1 ? "and one guest" : `and ${others} more`}</li>}
      </ul>
      <p class="fine hint">
        Press <kbd>?</kbd> for the keys.
      </p>
    </aside>
  );
}
