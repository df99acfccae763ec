import { shortAccount } from "@parlour/ui/format";
import { InboxIcon, LeaveIcon, ThemeIcon, WalletIcon } from "@parlour/ui/icons";
import { toggleTheme } from "@parlour/ui/theme";
import { Face } from "../account/face.js";
import { guestName, nameOf } from "../account/names.js";
import { leave, me, session } from "../account/session.js";
import { YourStakes } from "../chain/your-stakes.js";
import { Lobby } from "../lobby/lobby.js";
import { NewRoom } from "../lobby/new-room.js";
import { showPane, showPerson } from "../pane/pane.js";
import { untold } from "../rooms/mine.js";
import { menuOpen } from "./menu.js";
import { report } from "./toast.js";

export function Sidebar() {
  return (
    <aside class="sidebar" aria-label="Rooms and account">
      <p class="wordmark">Parlour</p>
      {session.value && <InboxButton />}
      {session.value && <WalletButton />}
      <Lobby />
      {session.value && <YourStakes />}
      {session.value && <NewRoom />}
      <Me />
    </aside>
  );
}

/** Opens the inbox, and says how much of it was not read. */
function InboxButton() {
  const count = untold.value;
  const open = (): void => {
    menuOpen.value = false;
    showPane({ kind: "inbox" });
  };
  return (
    <button class="inbox-button" onClick={open}>
      <InboxIcon /> Inbox
      {count > 0 && (
        <span class="badge">
          {count > 99 ? "99+" : count}
          <span class="hidden"> unread</span>
        </span>
      )}
    </button>
  );
}

/** Opens what I hold and what I sent. */
function WalletButton() {
  const open = (): void => {
    menuOpen.value = false;
    showPane({ kind: "wallet" });
  };
  return (
    <button class="inbox-button" onClick={open}>
      <WalletIcon /> Wallet
    </button>
  );
}

/** Who I am; the name opens my profile. */
function Me() {
  const account = me.value;
  const out = session.value ? "Sign out" : "Sign in";
  const go = (): void => void leave().catch(report);
  return (
    <div class="me">
      {account ? <Face account={account} size={34} /> : null}
      <p>
        {account ? (
          <button class="my-name" title="Your profile" onClick={() => ((menuOpen.value = false), showPerson(account))}>
            {nameOf(account)}
          </button>
        ) : (
          <strong>{guestName.value}</strong>
        )}
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
