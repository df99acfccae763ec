import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { CloseIcon } from "@parlour/ui/icons";
import { me } from "../account/session.js";
import { PushSwitch } from "../push/push-switch.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { WalletPanel } from "../wallet/wallet-panel.js";
import { About } from "./about.js";
import { Inbox } from "./inbox.js";
import { closePane, pane, type Pane } from "./pane.js";
import { Person } from "./person.js";
import { Pins } from "./pins.js";
import { Search } from "./search.js";
import { ThreadView } from "./thread.js";

const TITLES: Record<Pane["kind"], string> = {
  thread: "Thread",
  search: "Search",
  pins: "Pinned messages",
  about: "About this room",
  person: "Person",
  inbox: "Inbox",
  wallet: "Wallet",
};

/** What stands beside the conversation; Escape closes it and gives the focus back. */
export function PaneView({ room }: { room: OpenRoom }) {
  const shown = pane.value;
  const box = useRef<HTMLElement>(null);
  const key = shown && JSON.stringify(shown);
  // Before the effects of what is shown: a field of it may take the focus.
  useLayoutEffect(() => {
    if (key === null) return;
    const before = document.activeElement as HTMLElement | null;
    box.current?.focus();
    return () => before?.focus();
  }, [key]);
  if (!shown) return null;
  return (
    <aside
      ref={box}
      class="pane"
      tabIndex={-1}
      aria-label={TITLES[shown.kind]}
      onKeyDown={({ key: pressed }) => pressed === "Escape" && closePane()}
    >
      <header class="pane-head">
        <h2>{TITLES[shown.kind]}</h2>
        <button class="quiet" onClick={closePane} title="Close">
          <CloseIcon />
          <span class="hidden">Close {TITLES[shown.kind].toLowerCase()}</span>
        </button>
      </header>
      <div class="pane-body" key={key}>
        {contentOf(shown, room)}
      </div>
    </aside>
  );
}

function contentOf(shown: Pane, room: OpenRoom): ComponentChildren {
  switch (shown.kind) {
    case "thread":
      return <ThreadView room={room} root={shown.root} />;
    case "search":
      return <Search room={room} />;
    case "pins":
      return <Pins room={room} />;
    case "about":
      return <About room={room} />;
    case "inbox":
      return (
        <>
          <Inbox />
          <PushSwitch client={room.client} account={me.value} />
        </>
      );
    case "wallet":
      return <WalletPanel client={room.client} account={me.value} />;
    case "person":
      return <Person room={room} account={shown.account} />;
  }
}
