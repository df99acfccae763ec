import { Avatar } from "@parlour/ui/avatar";
import { shortAccount } from "@parlour/ui/format";
import { nameOf } from "../account/names.js";
import { me } from "../account/session.js";
import type { OpenRoom } from "./open-room.js";

export function People({ room }: { room: OpenRoom }) {
  const { members = [], count } = room.presence.value;
  const others = count - members.length;
  return (
    <aside class="people" aria-label="Here now">
      <h2 class="list-title">Here now</h2>
      <ul tabIndex={0} aria-label="People">
        {members.map((account) => (
          <li key={account}>
            <Avatar account={account} size={28} />
            <span>
              {nameOf(account)}
              {account === me.value && <span class="muted"> (you)</span>}
            </span>
            {nameOf(account) !== shortAccount(account) && <span class="fine">{shortAccount(account)}</span>}
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
