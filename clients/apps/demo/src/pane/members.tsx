import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Member } from "@parlour/client";
import { Face } from "../account/face.js";
import { nameOf } from "../account/names.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import { showPerson } from "./pane.js";

/** Who has a role here, the highest roles first. */
export function Members({ room }: { room: OpenRoom }) {
  const members = useSignal<readonly Member[]>([]);
  useEffect(() => {
    room.room.members().then((found) => (members.value = found), report);
  }, []);
  return (
    <section aria-labelledby="members-title">
      <h3 id="members-title">Members</h3>
      <ul class="members">
        {members.value.map(({ account, role }) => (
          <li key={account}>
            <button class="person-link" onClick={() => showPerson(account)} title={account}>
              <Face account={account} size={24} />
              <span>{nameOf(account)}</span>
              <span class="fine">{role}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
