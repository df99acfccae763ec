/** One's own ship, drawn where it will be when an input of now has come to the server. */
import { predict, type TickingRoom } from "@parlour/client/predict";
import { STILL, TICK, type Direction, type Place } from "./flight.js";
import type { Arena } from "./view.js";

/** A unit of the arena's own measure a tick (server/parlour/games/arena.py: 240 a second, 20 ticks). */
const STEP = 12;

interface Ship extends Place {
  direction: Direction;
  size: number;
}

/** Show one's own ship as it will be on the server, from the moment it is steered. */
export function predictShip(room: TickingRoom<Arena>, send: (direction: Direction) => Promise<unknown>) {
  return predict<Arena, Ship, Direction>(room, { own, apply, step, send, fields: ["x", "y"], tick: TICK });
}

function own({ ships, x, y, size }: Arena, seat: number, last: Direction = STILL): Ship | undefined {
  const at = ships.indexOf(seat);
  return at < 0 ? undefined : { x: x[at]!, y: y[at]!, direction: last, size };
}

function apply(ship: Ship, direction: Direction): Ship {
  return { ...ship, direction };
}

function step({ x, y, direction, size }: Ship): Ship {
  const [dx, dy] = direction;
  return { x: within(x + dx * STEP, size), y: within(y + dy * STEP, size), direction, size };
}

function within(place: number, size: number): number {
  return Math.min(size, Math.max(0, place));
}
