import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { dev } from "../account/dev.js";
import { deployPot } from "../chain/stake.js";
import { stakeOption, tableKinds, titleOf } from "../games/kinds.js";
import { createRoom } from "../rooms/open-rooms.js";
import { report } from "../shell/toast.js";
import { FindPlayers } from "./find-players.js";
import { firstOptions, mostBots, TableOptions, type Options } from "./table-options.js";

type Wish = "table" | "staked" | "room" | "document";

const DEFAULT_TITLES: Record<Wish, string> = {
  table: "A new table",
  staked: "A table with a stake",
  room: "A new room",
  document: "A new document",
};

interface Plan {
  wish: Wish;
  title: string;
  /** Of a table: its game, its options, and how many bots take a seat. */
  game: string;
  options: Options;
  bots: number;
  /** Of a room: only whoever was invited comes in. */
  hidden: boolean;
}

/** Create what was planned; a table with a stake gets a pot of its own first. */
async function openRoom({ wish, title, game, options, bots, hidden }: Plan): Promise<void> {
  const named = title.trim() || DEFAULT_TITLES[wish];
  if (wish === "room") return createRoom({ kind: "chat", title: named, ...(hidden && { visibility: "private" }) });
  if (wish === "document") return createRoom({ kind: "document", title: named });
  const chain = dev.value?.chain?.chainId;
  if (wish === "table" || chain === undefined)
    return createRoom({
      kind: game,
      title: named,
      options: { ...options, ...(bots && { bots }) },
    });
  return createRoom({
    kind: game,
    title: named,
    options: { ...options, [stakeOption(game)!]: await deployPot(chain) },
  });
}

export interface NewRoomFormProps {
  onClose: () => void;
  onCancel: () => void;
}

/** The form for a new room or table. */
export function NewRoomForm({ onClose, onCancel }: NewRoomFormProps) {
  const busy = useSignal(false);
  const wish = useSignal<Wish>("table");
  const game = useSignal("tic-tac-toe");
  const bots = useSignal(0);
  const chosen = useSignal<Options | null>(null);
  const hidden = useSignal(false);
  const title = useRef<HTMLInputElement>(null);
  useEffect(() => title.current?.focus(), []);
  const staked = wish.value === "staked";
  const kind = staked && !stakeOption(game.value) ? "tic-tac-toe" : game.value;
  const most = mostBots(kind);
  const choose = (chosenKind: string): void => {
    game.value = chosenKind;
    chosen.value = null;
    bots.value = Math.min(bots.value, mostBots(chosenKind));
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    try {
      const named = title.current?.value ?? "";
      const options = chosen.value ?? firstOptions(kind);
      await openRoom({ wish: wish.value, title: named, game: kind, options, bots: bots.value, hidden: hidden.value });
      onClose();
    } catch (error) {
      report(error);
    }
    busy.value = false;
  };
  const choice = (value: Wish, label: string) => (
    <label>
      <input type="radio" name="wish" checked={wish.value === value} onChange={() => (wish.value = value)} /> {label}
    </label>
  );
  return (
    <form
      class="new-form"
      onSubmit={(event) => void submit(event)}
      onKeyDown={({ key }) => key === "Escape" && onCancel()}
    >
      <label>
        <span>Name</span>
        <input ref={title} maxLength={60} placeholder="Friday night" />
      </label>
      <fieldset>
        <legend class="hidden">What it is for</legend>
        {choice("table", "A table to play at")}
        {["table", "staked"].includes(wish.value) && (
          <div class="game-choice">
            <label class="hidden" for="game">
              Game
            </label>
            <select id="game" value={kind} onChange={({ currentTarget }) => choose(currentTarget.value)}>
              {tableKinds()
                .filter((one) => !staked || stakeOption(one))
                .map((one) => (
                  <option key={one} value={one}>
                    {titleOf(one)}
                  </option>
                ))}
            </select>
            {!staked && most > 0 && <Bots most={most} value={bots.value} onChange={(count) => (bots.value = count)} />}
            <TableOptions kind={kind} value={chosen.value} onChange={(options) => (chosen.value = options)} />
            {!staked && <FindPlayers key={kind} kind={kind} options={chosen.value ?? {}} onFound={onClose} />}
          </div>
        )}
        {dev.value?.chain && choice("staked", "A table with a stake on it")}
        {choice("room", "A room to talk in")}
        {wish.value === "room" && (
          <label>
            <input type="checkbox" onChange={({ currentTarget }) => (hidden.value = currentTarget.checked)} /> Only for
            those who are invited
          </label>
        )}
        {choice("document", "A document to write together")}
      </fieldset>
      <div class="row">
        <button class="primary" type="submit" disabled={busy.value}>
          {busy.value ? "Opening…" : "Open it"}
        </button>
        <button class="link" type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** Whether bots take seats, and how many where several may. */
function Bots({ most, value, onChange }: { most: number; value: number; onChange: (count: number) => void }) {
  return (
    <>
      <label>
        <input
          type="checkbox"
          checked={value > 0}
          onChange={({ currentTarget }) => onChange(currentTarget.checked ? 1 : 0)}
        />{" "}
        with a bot
      </label>
      {most > 1 && value > 0 && (
        <label>
          Bots{" "}
          <input
            type="number"
            required
            min={1}
            max={most}
            value={value}
            onInput={({ currentTarget: { valueAsNumber } }) => onChange(valueAsNumber || 1)}
          />
        </label>
      )}
    </>
  );
}
