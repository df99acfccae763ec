/** The games this page can play, by their kind. */
export interface Game {
  title: string;
  /** Whether a table of it may have a stake. */
  stakes?: true;
  /** A whole number that whoever opens a table may choose. */
  option?: { name: string; label: string; value: number; max: number };
}

export const GAMES: ReadonlyMap<string, Game> = new Map(
  Object.entries<Game>({
    "tic-tac-toe": { title: "Tic-tac-toe", stakes: true },
    battleship: { title: "Battleship", stakes: true },
    chess: { title: "Chess", stakes: true },
    "word-party": { title: "Word party", option: { name: "rounds", label: "Rounds", value: 2, max: 10 } },
    arena: { title: "Arena", option: { name: "goal", label: "Coins to win", value: 20, max: 1_000 } },
  }),
);
