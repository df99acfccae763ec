import { Avatar } from "@parlour/ui/avatar";
import { shortAccount } from "@parlour/ui/format";
import { LeaveIcon, ThemeIcon } from "@parlour/ui/icons";
import { toggleTheme } from "@parlour/ui/theme";
import { nameOf } from "../account/names.js";
import { leave, me, session } from "../account/session.js";
import { YourStakes } from "../chain/your-stakes.js";
import { Lobby } from "../lobby/lobby.js";
import { NewRoom } from "../lobby/new-room.js";
import { report } from "./toast.js";

export function Sidebar() {
  return (
    <aside class="sidebar" aria-label="Rooms and account">
      <p class="wordmark">Parlour</p>
      <Lobby />
      {session.value && <YourStakes />}
      {session.value && <NewRoom />}
      <Me />
    </aside>
  );
}

function Me() {
  const account = me.value;
  const out = session.value ? "Sign out" : "Sign in";
  const go = (): void => void leave().catch(report);
  return (
    <div class="me">
      {account ? <Avatar account={account} size={34} /> : null}
      <p>
        <strong>{account ? nameOf(account) : "Guest"}</strong>
        <span class="fine">{account ? shortAccount(account) : "Only looking"}</span>
      </p>
      <button class="quiet" onClick={toggleTheme} title="Light or dark">
        <ThemeIcon />
        <span class="hidden">Light or dark</span>
      </button>
      <button class="quiet" onClick={go} title={out}>
        <LeaveIcon />
        <span class="hidden">{out}</span>
      </button>
    </div>
  );
}
