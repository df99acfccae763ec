import { useRef } from "preact/hooks";
import { useSignal, type Signal } from "@preact/signals";
import { moveFocus } from "../game.js";
import { PieceIcon } from "./pieces.js";
import { movesFrom, piecesOf, squareName, squareOf, uciOf, type Chess, type Color, type Kind } from "./position.js";

/** Pixels a pointer moves before it drags. */
const DRAG_PX = 6;
const E2 = 52;
const E7 = 12;

interface BoardProps {
  view: Chess;
  /** The color whose pieces one may move now; null while one may move none. */
  moves: Color | null;
  /** The color at the lower edge. */
  below: Color;
  /** Called with a move in UCI notation. */
  onMove: (uci: string) => void;
}

/** A piece that is being dragged, and how far. */
interface Drag {
  from: number;
  x: number;
  y: number;
}

/** Shows the squares, and moves pieces by dragging, by two clicks or by keys. */
export function Board({ view, moves, below, onMove }: BoardProps) {
  const squares = useRef<HTMLDivElement>(null);
  const chosen = useSignal<number | null>(null);
  const drag = useSignal<Drag | null>(null);
  const promoting = useSignal<{ from: number; to: number; kinds: Kind[] } | null>(null);
  const focused = useSignal(below === "white" ? E2 : E7);
  const cells = piecesOf(view.fen);
  const order = Array.from(cells, (_, at) => (below === "white" ? at : 63 - at));
  const last = view.moves.at(-1) ?? "";
  const from = moves ? (drag.value?.from ?? chosen.value) : null;
  const targets = from === null ? new Map<number, Kind[]>() : movesFrom(view.legal, from);
  const isMine = (square: number): boolean => moves !== null && cells[square]?.color === moves;

  const play = (start: number, to: number): void => {
    const kinds = movesFrom(view.legal, start).get(to);
    chosen.value = null;
    if (!kinds) return;
    if (kinds.length) promoting.value = { from: start, to, kinds };
    else onMove(uciOf(start, to));
  };
  const pick = (square: number): void => {
    if (!moves) return;
    if (from !== null && targets.has(square)) play(from, square);
    else chosen.value = isMine(square) && square !== chosen.value ? square : null;
  };
  const lift = usePieceDrag(squares, order, drag, play);
  const onKeyDown = useBoardKeys(squares, order, focused, () => (chosen.value = null));
  return (
    <div class="chess-board">
      <div
        class={moves ? "squares may-move" : "squares"}
        ref={squares}
        role="group"
        aria-label="Chess board"
        onKeyDown={onKeyDown}
      >
        {order.map((square) => {
          const piece = cells[square];
          const name = squareName(square);
          const state = [
            (square + Math.floor(square / 8)) % 2 ? "dark" : "light",
            last.slice(0, 2) === name || last.slice(2, 4) === name ? "moved" : "",
            square === from ? "chosen" : "",
            targets.has(square) ? "target" : "",
            view.check && piece?.kind === "king" && piece.color === onTurn(view) ? "in-check" : "",
            isMine(square) ? "mine" : "",
          ];
          return (
            <button
              key={square}
              class={`square ${state.filter(Boolean).join(" ")}`}
              tabIndex={square === focused.value ? 0 : -1}
              aria-label={`${name}: ${piece ? `${piece.color} ${piece.kind}` : "free"}${said(state)}`}
              aria-disabled={!isMine(square) && !targets.has(square)}
              aria-pressed={square === chosen.value}
              onFocus={() => (focused.value = square)}
              onPointerDown={(event) => isMine(square) && lift.start(square, event)}
              onClick={() => !lift.ended() && pick(square)}
            >
              {piece && <PieceIcon piece={piece} by={drag.value?.from === square ? drag.value : undefined} />}
            </button>
          );
        })}
      </div>
      <Edges order={order} />
      {promoting.value && moves && (
        <Promotion
          color={moves}
          kinds={promoting.value.kinds}
          onChoose={(kind) => {
            const { from: start, to } = promoting.value!;
            promoting.value = null;
            if (kind) onMove(uciOf(start, to, kind));
            squares.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
          }}
        />
      )}
    </div>
  );
}

/** The color whose turn it is. */
function onTurn({ fen }: Chess): Color {
  return fen.split(" ")[1] === "b" ? "black" : "white";
}

/** What a screen reader says of a square beside what stands there. */
function said(state: string[]): string {
  const words = { target: ", may go here", moved: ", moved last", "in-check": ", in check" };
  return Object.entries(words).reduce((text, [one, word]) => (state.includes(one) ? text + word : text), "");
}

/** The letters and numbers at the edges of the board. */
function Edges({ order }: { order: number[] }) {
  const below = order.slice(-8).map((square) => squareName(square)[0]);
  const beside = order.filter((_, at) => at % 8 === 0).map((square) => squareName(square)[1]);
  return (
    <div class="edges" aria-hidden="true">
      {below.map((file, at) => (
        <span key={file} class={`file ${at % 2 ? "on-light" : "on-dark"}`} style={{ gridArea: `8 / ${at + 1}` }}>
          {file}
        </span>
      ))}
      {beside.map((rank, at) => (
        <span key={rank} class={`rank ${at % 2 ? "on-dark" : "on-light"}`} style={{ gridArea: `${at + 1} / 1` }}>
          {rank}
        </span>
      ))}
    </div>
  );
}

interface PromotionProps {
  color: Color;
  kinds: Kind[];
  /** Called with null when it is called off. */
  onChoose: (kind: Kind | null) => void;
}

/** Asks what a pawn becomes. */
function Promotion({ color, kinds, onChoose }: PromotionProps) {
  return (
    <div
      class="promotion card"
      role="dialog"
      aria-label="The pawn becomes"
      onKeyDown={(event) => event.key === "Escape" && onChoose(null)}
    >
      {kinds.map((kind, at) => (
        <button
          key={kind}
          class="square light"
          aria-label={kind}
          ref={(button) => void (at === 0 && button?.focus())}
          onClick={() => onChoose(kind)}
        >
          <PieceIcon piece={{ kind, color }} />
        </button>
      ))}
      <button class="link" onClick={() => onChoose(null)}>
        Not yet
      </button>
    </div>
  );
}

/** Let a piece follow the pointer, and play where it is let go. */
function usePieceDrag(
  squares: { current: HTMLDivElement | null },
  order: number[],
  drag: Signal<Drag | null>,
  play: (from: number, to: number) => void,
) {
  const dragged = useRef(false);
  const squareAt = (x: number, y: number): number | undefined => {
    const box = squares.current!.getBoundingClientRect();
    const [column, row] = [((x - box.left) / box.width) * 8, ((y - box.top) / box.height) * 8].map(Math.floor);
    return column! >= 0 && column! < 8 && row! >= 0 && row! < 8 ? order[row! * 8 + column!] : undefined;
  };
  const start = (from: number, down: PointerEvent): void => {
    dragged.current = false;
    if (down.button !== 0) return;
    const listening = new AbortController();
    const move = ({ clientX, clientY }: PointerEvent): void => {
      const [x, y] = [clientX - down.clientX, clientY - down.clientY];
      if (!drag.peek() && Math.hypot(x, y) < DRAG_PX) return;
      dragged.current = true;
      drag.value = { from, x, y };
    };
    const end = (event: PointerEvent): void => {
      listening.abort();
      setTimeout(() => (dragged.current = false)); // a mouse clicks at once, a finger that moved never
      const lifted = drag.peek();
      drag.value = null;
      const to = event.type === "pointerup" && lifted ? squareAt(event.clientX, event.clientY) : undefined;
      if (to !== undefined && to !== from) play(from, to);
    };
    const same = (act: (event: PointerEvent) => void) => (event: PointerEvent) =>
      event.pointerId === down.pointerId && act(event);
    window.addEventListener("pointermove", same(move), { signal: listening.signal });
    for (const type of ["pointerup", "pointercancel"] as const)
      window.addEventListener(type, same(end), { signal: listening.signal });
  };
  /** Whether what looks like a click was the end of a drag. */
  const ended = (): boolean => dragged.current;
  return { start, ended };
}

/** Arrows go over the board, a letter and a number go to a square, Escape lets a piece go. */
function useBoardKeys(
  squares: { current: HTMLDivElement | null },
  order: number[],
  focused: Signal<number>,
  letGo: () => void,
) {
  const file = useRef("");
  return (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") letGo();
    let next = focused.peek();
    if (/^[a-h]$/.test(event.key)) file.current = event.key;
    else if (/^[1-8]$/.test(event.key) && file.current) next = squareOf(file.current + event.key);
    else next = order[moveFocus(order.indexOf(next), event.key, 8)]!;
    if (!/^[a-h]$/.test(event.key)) file.current = "";
    else event.stopPropagation(); // else the page's own keys
    if (next === focused.peek()) return;
    event.preventDefault();
    focused.value = next;
    squares.current?.querySelectorAll<HTMLElement>("button")[order.indexOf(next)]?.focus();
  };
}
