import type { Kind, Piece } from "./position.js";

/** Each kind's outline in a square of 40 by 40, and the lines upon it. */
const SHAPES: Record<Kind, [outline: string, lines: string]> = {
  pawn: [
    "M20 8a5 5 0 0 1 3.3 8.8L26 18.5v2h-2.6c.4 4.6 2.3 6.5 4.6 8.5v5H12v-5c2.3-2 4.2-3.9 4.6-8.5H14v-2l2.7-1.7A5 5 0 0 1 20 8z",
    "",
  ],
  rook: ["M11 8h4v3h3V8h4v3h3V8h4v7l-3 2.5v9.5l3 2.5V34H11v-4.5l3-2.5v-9.5L11 15z", "M14 17.5h12M14 27h12"],
  bishop: [
    "M20 5.5a2.3 2.3 0 0 1 1.6 4C25.5 12 28 15.6 28 19.5c0 3-1.5 5.3-3.5 7L29 30v4H11v-4l4.5-3.5c-2-1.7-3.5-4-3.5-7 0-3.9 2.5-7.5 6.4-10A2.3 2.3 0 0 1 20 5.5z",
    "M20 14v7M16.5 17.5h7M15.5 26.5h9",
  ],
  knight: [
    "M18 6l1.5 3.5C27 11 30.5 17 30 25c-.1 2-.6 4-1 5v4H11v-4c.8-4.5 4.5-6 7-9.5-2.5.9-4 1.5-6 3.5L8.5 21c.6-5 3-8.5 6.5-11z",
    "M16.2 13.8h.1M22 12c3 2 4.5 6 4.3 10",
  ],
  queen: [
    "M8 10.5l6 7 1.5-9.5 4.5 8.5L24.5 8 26 17.5l6-7-3.5 15.5.8 3.5V34H10.7v-4.5l.8-3.5z",
    "M11.5 26c5.5-1.5 11.5-1.5 17 0",
  ],
  king: [
    "M18.8 4h2.4v2.4h2.4v2.4h-2.4v3C23 10.8 31 10.5 31.5 17c.2 3.5-2.5 6-4 9l1.5 3.5V34H11v-4.5l1.5-3.5c-1.5-3-4.2-5.5-4-9C9 10.5 17 10.8 18.8 11.8v-3h-2.4V6.4h2.4z",
    "M12.5 26c5-1.5 10-1.5 15 0M20 12.5v12",
  ],
};

interface PieceProps {
  piece: Piece;
  /** How far it is dragged, in pixels. */
  by?: { x: number; y: number } | undefined;
}

/** A chess piece as a picture; its name stands where it is used. */
export function PieceIcon({ piece: { kind, color }, by }: PieceProps) {
  const [outline, lines] = SHAPES[kind];
  return (
    <svg
      class={`piece ${color}`}
      viewBox="0 0 40 40"
      aria-hidden="true"
      style={by && { transform: `translate(${by.x}px, ${by.y}px)` }}
    >
      <path d={outline} />
      {lines && <path class="lines" d={lines} />}
    </svg>
  );
}
