import type { GameView } from "../game.js";
import type { Place } from "./flight.js";
import { toward } from "./steering.js";

/** The view of an arena: `x`, `y` and `score` are columns, in the order of the seats in `ships`. */
export interface Arena extends GameView {
  ships: number[];
  x: number[];
  y: number[];
  score: number[];
  coins: [x: number, y: number][];
  size: number;
}

export function placesIn({ ships, x, y }: Arena): Map<number, Place> {
  return new Map(ships.map((seat, i) => [seat, { x: x[i]!, y: y[i]! }]));
}

export interface Score {
  seat: number;
  coins: number;
}

/** List the scores, the highest first. */
export function standings({ ships, score }: Arena): Score[] {
  return ships.map((seat, i) => ({ seat, coins: score[i]! })).sort((a, b) => b.coins - a.coins || a.seat - b.seat);
}

/** Say where the nearest coin is ("up and left, 320 away"), for those who do not see it. */
export function describeNearest(view: Arena, seat: number): string {
  const ship = placesIn(view).get(seat);
  if (!ship) return "";
  const ways = view.coins.map(([x, y]) => ({ x: x - ship.x, y: y - ship.y }));
  const length = ({ x, y }: Place): number => Math.max(Math.abs(x), Math.abs(y));
  const nearest = ways.reduce((best, way) => (length(way) < length(best) ? way : best), ways[0] ?? { x: 0, y: 0 });
  const [dx, dy] = toward({ x: 0, y: 0 }, nearest);
  const words = [dy && (dy < 0 ? "up" : "down"), dx && (dx < 0 ? "left" : "right")].filter(Boolean);
  return `Nearest coin: ${words.join(" and ") || "here"}, ${length(nearest)} away`;
}
