/** Draws ships, coins and names of an arena on a canvas; the style sheet draws the background. */
import type { Direction, Place } from "./flight.js";

export interface Pilot {
  name: string;
  /** Colour, in degrees. */
  hue: number;
  mine: boolean;
  away: boolean;
}

export interface Scene {
  size: number;
  ships: ReadonlyMap<number, Place>;
  pilots: ReadonlyMap<number, Pilot>;
  coins: readonly (readonly [x: number, y: number])[];
  /** The direction one's own ship is steered in. */
  direction: Direction;
  /** Where the pointer is held, in the arena's own measure. */
  target: Place | null;
}

const MARGIN = 44;
const SHIP = 23;
const COIN = 12;
const INK = "#f7efdc";
const BRASS = "#d9b873";
const TRAIL_MS = 420;
const BURST_MS = 450;
const TURN_MS = 70;

interface Trace {
  heading: number;
  /** Its last places, oldest first. */
  trail: (Place & { at: number })[];
}

export class Field {
  readonly #pen: CanvasRenderingContext2D;
  readonly #traces = new Map<number, Trace>();
  #coins: readonly (readonly [x: number, y: number])[] = [];
  #bursts: (Place & { at: number })[] = [];
  #drawnAt = 0;

  constructor(readonly canvas: HTMLCanvasElement) {
    this.#pen = canvas.getContext("2d")!;
  }

  /** Convert a point of the window to a place in the arena. */
  placeAt({ clientX, clientY }: { clientX: number; clientY: number }, size: number): Place {
    const box = this.canvas.getBoundingClientRect();
    const scale = (size + 2 * MARGIN) / box.width;
    return { x: (clientX - box.left) * scale - MARGIN, y: (clientY - box.top) * scale - MARGIN };
  }

  /** Draw one frame. @param calm draws no trails, bursts or glow (`prefers-reduced-motion`). */
  draw(scene: Scene, now: number, calm: boolean): void {
    const pen = this.#pen;
    const pixels = Math.round(this.canvas.clientWidth * devicePixelRatio);
    if (this.canvas.width !== pixels) this.canvas.width = this.canvas.height = pixels;
    const scale = pixels / (scene.size + 2 * MARGIN);
    pen.setTransform(scale, 0, 0, scale, MARGIN * scale, MARGIN * scale);
    pen.clearRect(-MARGIN, -MARGIN, scene.size + 2 * MARGIN, scene.size + 2 * MARGIN);
    this.#drawLines(scene.size);
    this.#noteTaken(scene.coins, now, calm);
    scene.coins.forEach(([x, y], i) => this.#drawCoin(x, y, calm ? 0 : Math.sin(now / 320 + i * 1.7)));
    for (const burst of this.#bursts) this.#drawBurst(burst, (now - burst.at) / BURST_MS);
    if (scene.target) this.#drawTarget(scene.target);
    const ships = [...scene.ships].sort(([a], [b]) => mineLast(scene, a) - mineLast(scene, b));
    for (const [seat, place] of ships) this.#drawShip(scene, seat, place, now, calm);
    for (const seat of this.#traces.keys()) if (!scene.ships.has(seat)) this.#traces.delete(seat);
    this.#drawnAt = now;
  }

  #drawLines(size: number): void {
    const pen = this.#pen;
    pen.beginPath();
    for (let at = 0; at <= size; at += size / 10) {
      pen.moveTo(at, 0);
      pen.lineTo(at, size);
      pen.moveTo(0, at);
      pen.lineTo(size, at);
    }
    pen.lineWidth = 1.5;
    pen.strokeStyle = "rgb(255 255 255 / 8%)";
    pen.stroke();
  }

  /** Start a burst where a coin is gone: somebody took it. */
  #noteTaken(coins: Scene["coins"], now: number, calm: boolean): void {
    if (coins === this.#coins) return this.#forgetBursts(now);
    const there = new Set(coins.map(String));
    const taken = this.#coins.filter((coin) => !there.has(String(coin)));
    if (!calm && taken.length < this.#coins.length) this.#bursts.push(...taken.map(([x, y]) => ({ x, y, at: now })));
    this.#coins = coins;
  }

  #forgetBursts(now: number): void {
    this.#bursts = this.#bursts.filter(({ at }) => now - at < BURST_MS);
  }

  #drawCoin(x: number, y: number, glow: number): void {
    const pen = this.#pen;
    pen.beginPath();
    pen.arc(x, y, COIN + 9 + 2 * glow, 0, 2 * Math.PI);
    pen.fillStyle = "rgb(217 184 115 / 16%)";
    pen.fill();
    pen.beginPath();
    pen.arc(x, y, COIN, 0, 2 * Math.PI);
    pen.fillStyle = BRASS;
    pen.fill();
    pen.beginPath();
    pen.arc(x, y, COIN - 4.5, 0, 2 * Math.PI);
    pen.lineWidth = 2;
    pen.strokeStyle = "#8a6a26";
    pen.stroke();
  }

  #drawBurst({ x, y }: Place, part: number): void {
    if (part >= 1) return;
    const pen = this.#pen;
    pen.beginPath();
    pen.arc(x, y, COIN + 46 * part, 0, 2 * Math.PI);
    pen.lineWidth = 5 * (1 - part);
    pen.strokeStyle = `rgb(217 184 115 / ${0.9 * (1 - part)})`;
    pen.stroke();
  }

  #drawTarget({ x, y }: Place): void {
    const pen = this.#pen;
    pen.beginPath();
    pen.arc(x, y, 15, 0, 2 * Math.PI);
    pen.lineWidth = 2;
    pen.setLineDash([6, 6]);
    pen.strokeStyle = "rgb(247 239 220 / 60%)";
    pen.stroke();
    pen.setLineDash([]);
  }

  #drawShip(scene: Scene, seat: number, place: Place, now: number, calm: boolean): void {
    const pilot = scene.pilots.get(seat);
    if (!pilot) return;
    const trace = this.#traces.get(seat) ?? { heading: 0, trail: [] };
    this.#traces.set(seat, trace);
    this.#turn(trace, place, pilot.mine ? scene.direction : null, now);
    const colour = colourOf(pilot.hue);
    const pen = this.#pen;
    pen.globalAlpha = pilot.away ? 0.4 : 1;
    if (!calm) this.#drawTrail(trace, colour, now);
    pen.save();
    pen.translate(place.x, place.y);
    if (pilot.mine) this.#drawRing();
    pen.rotate(trace.heading);
    pen.fillStyle = colour;
    pen.strokeStyle = INK;
    pen.lineWidth = 2.5;
    pen.lineJoin = "round";
    pen.beginPath(); // pointing up
    pen.moveTo(0, -SHIP);
    pen.quadraticCurveTo(SHIP * 0.5, -2, SHIP * 0.78, SHIP * 0.8);
    pen.lineTo(0, SHIP * 0.45);
    pen.lineTo(-SHIP * 0.78, SHIP * 0.8);
    pen.quadraticCurveTo(-SHIP * 0.5, -2, 0, -SHIP);
    pen.fill();
    pen.stroke();
    pen.restore();
    this.#drawName(scene, place, pilot);
    pen.globalAlpha = 1;
  }

  #drawRing(): void {
    const pen = this.#pen;
    pen.beginPath();
    pen.arc(0, 0, SHIP + 11, 0, 2 * Math.PI);
    pen.lineWidth = 2;
    pen.strokeStyle = BRASS;
    pen.stroke();
  }

  /** Turn a ship: one's own to where it is steered, another to where it flies. */
  #turn(trace: Trace, place: Place, steered: Direction | null, now: number): void {
    const last = trace.trail.at(-1);
    const [dx, dy] = steered ?? (last ? [place.x - last.x, place.y - last.y] : [0, 0]);
    if (Math.abs(dx) + Math.abs(dy) > 0.2) {
      const turn = Math.atan2(dx, -dy) - trace.heading;
      const shortest = Math.atan2(Math.sin(turn), Math.cos(turn));
      trace.heading += shortest * Math.min(1, (now - this.#drawnAt) / TURN_MS);
    }
    trace.trail = [...trace.trail.filter(({ at }) => now - at < TRAIL_MS), { ...place, at: now }];
  }

  #drawTrail({ trail }: Trace, colour: string, now: number): void {
    const pen = this.#pen;
    pen.lineCap = "round";
    pen.strokeStyle = colour;
    for (const [i, { x, y, at }] of trail.entries()) {
      const next = trail[i + 1];
      if (!next || Math.hypot(next.x - x, next.y - y) > 100) continue;
      const part = 1 - (now - at) / TRAIL_MS;
      pen.save();
      pen.globalAlpha *= 0.4 * part;
      pen.lineWidth = 14 * part;
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(next.x, next.y);
      pen.stroke();
      pen.restore();
    }
  }

  #drawName({ size }: Scene, { x, y }: Place, { name, mine }: Pilot): void {
    const pen = this.#pen;
    const letters = (12 * (size + 2 * MARGIN)) / this.canvas.clientWidth; // 12 px on the screen
    pen.font = `${mine ? 600 : 400} ${letters}px Inter, system-ui, sans-serif`;
    pen.textAlign = "center";
    const half = pen.measureText(name).width / 2;
    const middle = Math.min(Math.max(x, half - MARGIN + 8), size + MARGIN - 8 - half);
    const below = y + SHIP + 12 + letters < size + MARGIN - 4 ? y + SHIP + 10 + letters : y - SHIP - 18;
    pen.lineWidth = letters / 4;
    pen.strokeStyle = "rgb(18 48 38 / 80%)";
    pen.strokeText(name, middle, below);
    pen.fillStyle = INK;
    pen.fillText(name, middle, below);
  }
}

export function colourOf(hue: number): string {
  return `hsl(${hue} 62% 70%)`;
}

function mineLast({ pilots }: Scene, seat: number): number {
  return pilots.get(seat)?.mine ? 1 : 0;
}
