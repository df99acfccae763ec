import { STILL, type Axis, type Direction, type Place } from "./flight.js";

/** A ship nearer than this to the pointer has arrived; in the arena's own measure. */
const NEAR = 24;

/** By `KeyboardEvent.code`: the place of a key, whatever letter is on it. */
const STEERING: Record<string, Direction> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  KeyW: [0, -1],
  KeyS: [0, 1],
  KeyA: [-1, 0],
  KeyD: [1, 0],
};

export function isSteering(code: string): boolean {
  return Object.hasOwn(STEERING, code);
}

/** Where the keys held down lead; opposite ones cancel each other. */
export function directionOf(held: Iterable<string>): Direction {
  let [dx, dy] = [0, 0];
  for (const code of held) {
    const [x, y] = STEERING[code] ?? STILL;
    dx += x;
    dy += y;
  }
  return [Math.sign(dx) as Axis, Math.sign(dy) as Axis];
}

/** From a ship to where the pointer is held. */
export function toward(from: Place, to: Place): Direction {
  const axis = (distance: number): Axis => (Math.abs(distance) < NEAR ? 0 : (Math.sign(distance) as Axis));
  return [axis(to.x - from.x), axis(to.y - from.y)];
}
