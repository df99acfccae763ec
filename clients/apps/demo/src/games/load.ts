/** Loads the code of a game when a table of it is opened. */
import type { ComponentType } from "preact";
import { linkStyles } from "../shell/styles.js";
import { GAMES } from "./catalog.js";
import type { GameView } from "./game.js";
import type { PlayProps } from "./play.js";

const LOADERS: Record<string, () => Promise<ComponentType<PlayProps>>> = {
  "tic-tac-toe": async () => as((await import("./tic-tac-toe/tic-tac-toe.js")).TicTacToe),
  battleship: async () => as((await import("./battleship/battleship.js")).Battleship),
  chess: async () => as((await import("./chess/chess.js")).ChessTable),
  "word-party": async () => as((await import("./word-party/word-party.js")).WordPartyTable),
  market: async () => as((await import("../market/market.js")).MarketPage),
  chain: async () => as((await import("../explorer/explorer.js")).ExplorerPage),
  document: async () => (await import("../document/document-page.js")).DocumentPage,
  arena: async () => as((await import("./arena/arena.js")).ArenaTable),
};

/** The component that plays this kind: its own page, or the table for any game. @param inside wants the latter. */
export async function loadGame(kind: string, inside = false): Promise<ComponentType<PlayProps>> {
  const name = GAMES.get(kind)?.as ?? kind;
  const load = inside ? undefined : LOADERS[name];
  if (!load) return (await import("./any/any-table.js")).AnyTable;
  const [page] = await Promise.all([load(), GAMES.has(kind) && linkStyles(`${name}.css`)]);
  return page;
}

/** Widen a game's type: the kind of a room, which the types do not know, says which view it has. */
function as<View extends GameView>(game: ComponentType<PlayProps<View>>): ComponentType<PlayProps> {
  return game as unknown as ComponentType<PlayProps>;
}
