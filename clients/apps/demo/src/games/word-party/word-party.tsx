import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { nameOf } from "../../account/names.js";
import type { OpenRoom } from "../../rooms/open-room.js";
import { report } from "../../shell/toast.js";
import type { PlayProps } from "../play.js";
import { Actions, Countdown } from "../seats.js";
import { describeParty, FEWEST, partOf, ranking, type Party } from "./party.js";

const DEFAULT_ROUNDS = 2;
/** Characters, as the game has it. */
const LONGEST = { clue: 80, guess: 40 };

export function WordPartyTable({ room, view }: PlayProps<Party>) {
  const seat = room.seat.value;
  const part = partOf(view, seat);
  const there = view.players.filter((player) => player !== null).length;
  return (
    <section class="table word-party" aria-label="Word party" tabIndex={part === "looks on" ? 0 : undefined}>
      <Scores view={view} seat={seat} />
      {view.status === "playing" && <Word view={view} />}
      <p class="verdict" role="status">
        {describeParty(view, seat)}
      </p>
      {view.phase === "clues" && <Countdown view={view} />}
      {view.status === "playing" && (
        <Clues view={view} rounds={Number(room.room.info.options.rounds ?? DEFAULT_ROUNDS)} />
      )}
      {part === "gives" && <Say key={`clue ${view.turns}`} room={room} view={view} what="clue" />}
      {part === "guesses" && <Say key={`guess ${view.turns}`} room={room} view={view} what="guess" />}
      <Actions room={room} view={view}>
        {seat !== null && view.status === "waiting" && (
          <button class="primary" disabled={there < FEWEST} onClick={() => room.room.act("start", {}).catch(report)}>
            Start
          </button>
        )}
      </Actions>
    </section>
  );
}

/** Everybody's score, with who gives the clues and who found the word. */
function Scores({ view, seat }: { view: Party; seat: number | null }) {
  const on = view.status === "playing" && view.phase === "clues";
  return (
    <ol class="scores" aria-label="Scores">
      {ranking(view).map(({ seat: one, score }) => (
        <li key={one} class={one === seat ? "mine" : ""}>
          <span class="name">
            {nameOf(view.players[one]!)}
            {one === seat && <small> you</small>}
          </span>
          {on && one === view.giver && <small class="muted">gives clues</small>}
          {on && view.guessed.includes(one) && <small class="found">found it</small>}
          {view.away.includes(one) && <small class="muted">away</small>}
          <strong>{score}</strong>
        </li>
      ))}
    </ol>
  );
}

/** The letters of the word; blank for those who do not know it. */
function Word({ view: { word, letters } }: { view: Party }) {
  return (
    <p class="word" role="img" aria-label={word ? `The word is ${word}` : `A word of ${letters} letters`}>
      {Array.from({ length: letters }, (_, at) => (
        <span key={at} class={word ? "tile" : "tile blank"}>
          {word?.[at]}
        </span>
      ))}
    </p>
  );
}

function Clues({ view, rounds }: { view: Party; rounds: number }) {
  const words = rounds * ranking(view).length;
  return (
    <div class="clues">
      <ol aria-label="Clues" aria-live="polite">
        {view.clues.map((clue, at) => (
          <li key={at}>{clue}</li>
        ))}
      </ol>
      <p class="fine">
        {view.clues.length === 0 && view.phase === "clues" && "No clue yet. "}
        Word {view.turns} of {Math.max(words, view.turns)}
        {view.wrong > 0 && `, ${view.wrong === 1 ? "one wrong guess" : `${view.wrong} wrong guesses`}`}
      </p>
    </div>
  );
}

/** The line to give a clue or a guess in. */
function Say({ room, view, what }: { room: OpenRoom; view: Party; what: "clue" | "guess" }) {
  const field = useRef<HTMLInputElement>(null);
  const tried = useSignal<{ text: string; wrong: number } | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const text = field.current!.value.trim();
    if (!text) return;
    const before = { text, wrong: view.wrong };
    try {
      await room.room.act(what, { text });
      if (field.current) field.current.value = ""; // the word may be found, and the line gone
      tried.value = before;
    } catch (error) {
      report(error);
    }
  };
  const missed = what === "guess" && tried.value && view.wrong > tried.value.wrong ? tried.value.text : null;
  return (
    <form class="say" onSubmit={(event) => void submit(event)}>
      <input
        ref={field}
        aria-label={what === "clue" ? "Your clue" : "Your guess"}
        placeholder={what === "clue" ? "A clue, without the word" : "What is the word?"}
        maxLength={LONGEST[what]}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
      <button class="primary" type="submit">
        {what === "clue" ? "Say it" : "Guess"}
      </button>
      <p class="fine" role="status">
        {missed && `“${missed}” is not it`}
      </p>
    </form>
  );
}
