import { useEffect, useRef } from "preact/hooks";
import { signal, useSignal } from "@preact/signals";
import { PlusIcon } from "@parlour/ui/icons";
import { dev } from "../account/dev.js";
import { deployPot } from "../chain/stake.js";
import { GAMES } from "../games/catalog.js";
import { createRoom } from "../rooms/open-rooms.js";
import { report } from "../shell/toast.js";

type Wish = "table" | "staked" | "room";

const DEFAULT_TITLES: Record<Wish, string> = {
  table: "A new table",
  staked: "A table with a stake",
  room: "A new room",
};

/** A whole number a table's game asks for. */
interface Choice {
  name: string;
  value: number;
}

interface Plan {
  wish: Wish;
  title: string;
  /** Of a table: its game, and whether a bot takes a seat. */
  game: string;
  bot: boolean;
  choice?: Choice;
}

/** Create what was planned; a table with a stake gets a pot of its own first. */
async function openRoom({ wish, title, game, bot, choice }: Plan): Promise<void> {
  const named = title.trim() || DEFAULT_TITLES[wish];
  if (wish === "room") return createRoom({ kind: "chat", title: named });
  const chain = dev.value?.chain?.chainId;
  if (wish === "table" || chain === undefined)
    return createRoom({
      kind: game,
      title: named,
      options: { ...(bot && { bots: 1 }), ...(choice && { [choice.name]: choice.value }) },
    });
  const stake = await deployPot(chain);
  return createRoom({ kind: game, title: named, options: { stake } });
}

/** Whether the form is open. */
export const planning = signal(false);

/** The form for a new room or table; a button until it is wanted. */
export function NewRoom() {
  const open = planning;
  const busy = useSignal(false);
  const wish = useSignal<Wish>("table");
  const game = useSignal("tic-tac-toe");
  const bot = useSignal(false);
  const number = useRef<HTMLInputElement>(null);
  const title = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (open.value) title.current?.focus();
  }, [open.value]);
  const staked = wish.value === "staked";
  const kind = staked && !GAMES.get(game.value)?.stakes ? "tic-tac-toe" : game.value;
  const option = staked ? undefined : GAMES.get(kind)?.option;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    try {
      const named = title.current?.value ?? "";
      const choice = option && number.current ? { name: option.name, value: number.current.valueAsNumber } : undefined;
      await openRoom({ wish: wish.value, title: named, game: kind, bot: bot.value, ...(choice && { choice }) });
      open.value = false;
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
  if (!open.value) {
    return (
      <button class="new-room" onClick={() => (open.value = true)}>
        <PlusIcon /> New room or table
      </button>
    );
  }
  return (
    <form
      class="new-form"
      onSubmit={(event) => void submit(event)}
      onKeyDown={({ key }) => key === "Escape" && (open.value = false)}
    >
      <label>
        <span>Name</span>
        <input ref={title} maxLength={60} placeholder="Friday night" />
      </label>
      <fieldset>
        <legend class="hidden">What it is for</legend>
        {choice("table", "A table to play at")}
        {wish.value !== "room" && (
          <div class="game-choice">
            <label class="hidden" for="game">
              Game
            </label>
            <select id="game" value={kind} onChange={({ currentTarget }) => (game.value = currentTarget.value)}>
              {[...GAMES]
                .filter(([, { stakes }]) => stakes || !staked)
                .map(([one, { title: label }]) => (
                  <option key={one} value={one}>
                    {label}
                  </option>
                ))}
            </select>
            {!staked && (
              <label>
                <input
                  type="checkbox"
                  checked={bot.value}
                  onChange={({ currentTarget }) => (bot.value = currentTarget.checked)}
                />{" "}
                with a bot
              </label>
            )}
            {option && (
              <label>
                {option.label}{" "}
                <input
                  key={kind}
                  ref={number}
                  type="number"
                  required
                  min={1}
                  max={option.max}
                  defaultValue={option.value}
                />
              </label>
            )}
          </div>
        )}
        {dev.value?.chain && choice("staked", "A table with a stake on it")}
        {choice("room", "A room to talk in")}
      </fieldset>
      <div class="row">
        <button class="primary" type="submit" disabled={busy.value}>
          {busy.value ? "Opening…" : "Open it"}
        </button>
        <button class="link" type="button" onClick={() => (open.value = false)}>
          Cancel
        </button>
      </div>
    </form>
  );
}
