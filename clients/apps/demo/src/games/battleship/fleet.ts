import type { GameView } from "../game.js";

export const WIDTH = 10;
/** The lengths in cells of a fleet's ships, in the order they are placed. */
export const LENGTHS = [5, 4, 3, 3, 2] as const;

/** `cell` is its upper left end, 0 … 99 row by row. */
export interface Ship {
  cell: number;
  length: number;
  down: boolean;
}

/** One side's waters as this viewer may know them: another's ships are listed only once sunk. */
export interface Sea {
  placed: boolean;
  ships: Ship[];
  shots: { cell: number; hit: boolean }[];
}

export interface Battle extends GameView {
  seas: [Sea, Sea];
}

export type Mark = "free" | "ship" | "miss" | "hit" | "sunk";

/** `A1` is the upper left cell, `J10` the lower right one. */
export function cellName(cell: number): string {
  return `${"ABCDEFGHIJ"[cell % WIDTH]}${Math.floor(cell / WIDTH) + 1}`;
}

export function cellsOf({ cell, length, down }: Ship): number[] {
  return Array.from({ length }, (_, i) => cell + i * (down ? WIDTH : 1));
}

/** Make a ship with its upper left end at `cell`, or as near as the edge of the board allows. */
export function shipAt(cell: number, length: number, down: boolean): Ship {
  const [row, column] = [Math.floor(cell / WIDTH), cell % WIDTH];
  const last = WIDTH - length;
  return { cell: down ? Math.min(row, last) * WIDTH + column : row * WIDTH + Math.min(column, last), length, down };
}

export function shipOn(cell: number, fleet: readonly Ship[]): Ship | undefined {
  return fleet.find((ship) => cellsOf(ship).includes(cell));
}

export function fits(ship: Ship, fleet: readonly Ship[]): boolean {
  return cellsOf(ship).every((cell) => !shipOn(cell, fleet));
}

/** The length of the next ship to place; undefined once the fleet is whole. */
export function nextLength(fleet: readonly Ship[]): number | undefined {
  const placed = fleet.map(({ length }) => length);
  return LENGTHS.find((length) => {
    const at = placed.indexOf(length);
    if (at >= 0) placed.splice(at, 1);
    return at < 0;
  });
}

/** Complete a fleet at random; the ships already there stay. @param random answers 0 ≤ x < 1. */
export function completeFleet(fleet: readonly Ship[], random: () => number = Math.random): Ship[] {
  const whole = [...fleet];
  for (let length = nextLength(whole); length !== undefined; length = nextLength(whole)) {
    const ship = shipAt(Math.floor(random() * WIDTH * WIDTH), length, random() < 0.5);
    if (fits(ship, whole)) whole.push(ship);
  }
  return whole;
}

export function isSunk(ship: Ship, { shots }: Sea): boolean {
  return cellsOf(ship).every((cell) => shots.some((shot) => shot.cell === cell));
}

export function shipsAfloat(sea: Sea): number {
  return LENGTHS.length - sea.ships.filter((ship) => isSunk(ship, sea)).length;
}

export function markOf(cell: number, sea: Sea): Mark {
  const ship = shipOn(cell, sea.ships);
  if (ship && isSunk(ship, sea)) return "sunk";
  const shot = sea.shots.find((one) => one.cell === cell);
  if (shot) return shot.hit ? "hit" : "miss";
  return ship ? "ship" : "free";
}

/** Describe one side's waters in a sentence, for those who do not see them. */
export function describeSea(sea: Sea): string {
  const hits = sea.shots.filter(({ hit }) => hit).length;
  return `${hits} hits, ${sea.shots.length - hits} misses, ${shipsAfloat(sea)} of ${LENGTHS.length} ships afloat`;
}
