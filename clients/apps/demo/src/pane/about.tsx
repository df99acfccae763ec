import { shortAccount } from "@parlour/ui/format";
import { nameOf } from "../account/names.js";
import { session } from "../account/session.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { Fact } from "../shell/fact.js";
import { HearingForm } from "./hearing.js";
import { Held } from "./held.js";
import { Invite } from "./invite.js";
import { Members } from "./members.js";
import { showPane } from "./pane.js";
import { Reports } from "./reports.js";
import { Settings } from "./settings.js";

const POSTERS = {
  everyone: "Everybody writes",
  members: "Members write",
  editors: "Editors and moderators write",
  moderators: "Moderators write",
};

/** What a room is, and what its owner and moderators do with it. */
export function About({ room }: { room: OpenRoom }) {
  const { kind, visibility, owner, rules, signed } = room.info.value;
  const moderates = room.moderates.value;
  const may = session.value !== null && room.ended.value === null;
  return (
    <>
      <p class="buttons">
        <button class="outlined" onClick={() => showPane({ kind: "search" })}>
          Search
        </button>
        <button class="outlined" onClick={() => showPane({ kind: "pins" })}>
          Pinned messages
        </button>
      </p>
      <dl class="facts">
        <Fact name="Kind" value={kind} />
        <Fact name="Who may come in" value={visibility === "private" ? "Whoever was invited" : "Everybody"} />
        <Fact name="Who writes" value={POSTERS[rules?.post ?? "everyone"]} />
        {rules && rules.slow > 0 && <Fact name="Slow" value={`One message in ${rules.slow / 1_000} s`} />}
        {signed && <Fact name="Signed" value="Every entry carries its author's signature" />}
        {owner && <Fact name="Owner" value={`${nameOf(owner)} (${shortAccount(owner)})`} />}
      </dl>
      {may && <HearingForm room={room} />}
      {may && moderates && <Held room={room} />}
      {may && moderates && <Reports room={room} />}
      {may && <Invite room={room} />}
      {may && room.owns.value && <Settings room={room} />}
      {may && <Members room={room} />}
    </>
  );
}
