/** The games this page can play, by their kind. */
export interface Game {
  title: string;
  /** The kind whose page and style it shares. */
  as?: string;
  /** A whole number that whoever opens a table may choose. */
  option?: { name: string; label: string; value: number; max: number };
}

export const GAMES: ReadonlyMap<string, Game> = new Map(
  Object.entries<Game>({
    "tic-tac-toe": { title: "Tic-tac-toe" },
    battleship: { title: "Battleship" },
    chess: { title: "Chess" },
    "daily-chess": { title: "Daily chess", as: "chess" },
    "word-party": { title: "Word party", option: { name: "rounds", label: "Rounds", value: 2, max: 10 } },
    arena: { title: "Arena", option: { name: "goal", label: "Coins to win", value: 20, max: 1_000 } },
  }),
);
