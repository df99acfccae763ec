import type { Account, Entry, JsonObject } from "@parlour/client";
import { shortAccount } from "@parlour/ui/format";
import { nameOf } from "../account/names.js";
import { GAMES } from "../games/catalog.js";
import { CELL_NAMES } from "../games/tic-tac-toe/board.js";
import { cellName } from "../games/battleship/fleet.js";
import { inWords } from "../games/any/schema.js";
import type { Note } from "./timeline.js";

/** Characters told of one argument of an action. */
const LONGEST = 60;
/** Actions whose effect has an entry of its own right after. */
const TOLD_BY_EFFECT = ["start", "pause", "resume", "add_bot", "remove_bot"];

type Players = readonly (Account | null)[];

/** Shows what happened in one line of small print. */
export function NoteView({ note, players, kind }: { note: Note; players: Players; kind: string }) {
  const text = describe(note, players, kind);
  if (!text) return null;
  return (
    <p class={note.undone ? "note undone" : "note"}>
      {text}
      {note.undone && <span> · undone with its block</span>}
    </p>
  );
}

/** Say in one sentence what an entry tells, whatever it is. */
export function describeEntry(entry: Entry, players: Players, kind: string): string {
  const { seq, at, author, type } = entry;
  const body = (entry.body ?? {}) as JsonObject;
  if (type === "chat.message") return `${name(author)}: ${String(body.text ?? "")}`;
  const note: Note = { kind: "note", seq, at, author, type, body, undone: false };
  const what = inWords(String(body.action ?? type.replace(".", " ")));
  return describe(note, players, kind) ?? `${what}${author ? `, by ${name(author)}` : ""}`;
}

function describe({ type, author, body, also = [] }: Note, players: Players, kind: string): string | null {
  switch (type) {
    case "room.created":
      return `${owner(author, body)} opened this room`;
    case "room.configured":
      return `${name(author)} changed the room's settings`;
    case "room.announced":
      return `The server’s operators: ${String(body.text)}`;
    case "room.closed":
      return "The room was closed";
    case "room.watched":
      return describeWatch((body.watch ?? body) as JsonObject);
    case "game.seated":
      return `${name(body.account)} sat down`;
    case "game.started":
      return "The game begins";
    case "game.action":
      if (TOLD_BY_EFFECT.includes(String(body.action))) return null;
      return describeAction(author ? name(author) : seated(body, players), body, also, kind);
    case "game.dropped":
      return `${seated(body, players)} lost the connection`;
    case "game.returned":
      return `${seated(body, players)} is back`;
    case "game.left":
      return `${seated(body, players)} left the table`;
    case "game.timeout":
      return body.seat == null ? "Time is up" : `${seated(body, players)} ran out of time`;
    case "game.paused":
      return body.reason === "stake"
        ? `${seated(body, players)}’s stake was undone; the game waits`
        : "The game is paused";
    case "game.funded":
      return `${seated(body, players)}’s stake is in the escrow`;
    case "game.settled":
      return `Round ${String(body.round)} is paid${body.status === "finalized" ? ", and that is final" : ""}`;
    case "game.resumed":
      return "The game goes on";
    case "game.ended":
      return describeEnd(body);
    case "chain.gap":
      return "Some blocks could not be read in time";
    case "member.banned":
      return `${name(body.account)} was banned`;
    case "member.removed":
      return `${name(body.account)} was removed`;
    case "member.muted":
      return `${name(body.account)} was muted`;
    default:
      return type.startsWith("app.") ? `${name(author)}: ${type.slice(4)}` : null;
  }
}

function describeWatch({ address, event }: JsonObject): string {
  const watched = shortAccount(typeof address === "string" ? address : "the chain");
  const named = typeof event === "string" && event.includes("(") ? ` for ${event.split("(")[0]}` : "";
  return `This room now watches ${watched}${named}`;
}

function describeAction(player: string, body: JsonObject, also: JsonObject[], kind: string): string {
  const { action } = body;
  if (action === undefined) return `${player} made a move that is hidden for now`;
  if (!GAMES.has(kind) && action !== "rematch") return describeAnyAction(player, String(action), body.args);
  const [cell, ...more] = [body, ...also].map(({ args }) => (args as { cell?: number } | undefined)?.cell);
  if (action === "place" && cell !== undefined) return `${player} took the ${CELL_NAMES[cell] ?? "cell"}`;
  if (action === "shoot" && cell !== undefined)
    return `${player} shot at ${[cell, ...more].map((one) => cellName(one ?? 0)).join(", ")}`;
  if (action === "place_fleet") return `${player} placed a fleet`;
  const text = (body.args as { text?: string } | undefined)?.text;
  if (action === "clue" && text) return `${player} gave a clue: ${text}`;
  if (action === "guess" && text) return `${player} guessed ${text}`;
  if (action === "start") return `${player} starts the game`;
  const uci = (body.args as { uci?: string } | undefined)?.uci;
  if (action === "move" && uci) return `${player} moved ${uci.slice(0, 2)} to ${uci.slice(2, 4)}`;
  if (action === "draw") return `${player} wants a draw`;
  if (action === "resign") return `${player} resigned`;
  return action === "rematch" ? `${player} wants to play again` : `${player}: ${String(action)}`;
}

/** The name of an action and what it was given, of a game this page knows nothing of. */
function describeAnyAction(player: string, action: string, args: unknown): string {
  const given = Object.entries((args ?? {}) as JsonObject).map(([key, value]) => {
    const plain = typeof value === "object" ? JSON.stringify(value) : shortAccount(String(value));
    return `${inWords(key).toLowerCase()} ${plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain}`;
  });
  return `${player}: ${[inWords(action).toLowerCase(), ...given].join(", ")}`;
}

function describeEnd(body: JsonObject): string {
  const result = body.result as { account?: Account | null; aborted?: string } | undefined;
  if (result?.aborted) return "The game was broken off";
  return result?.account ? `${name(result.account)} won` : "The game ended in a draw";
}

function seated(body: JsonObject, players: Players): string {
  const account = players[Number(body.seat)];
  return account ? nameOf(account) : "A player";
}

function owner(author: Account, body: JsonObject): string {
  return name(body.owner ?? author);
}

function name(account: unknown): string {
  return account ? nameOf(String(account)) : "The server";
}
