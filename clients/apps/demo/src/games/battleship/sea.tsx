import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { cellName, describeSea, isSunk, markOf, WIDTH, type Mark, type Sea, type Ship } from "./fleet.js";
import { moveFocus } from "../game.js";

const CELLS = Array.from({ length: WIDTH * WIDTH }, (_, cell) => cell);
const SAID: Record<Mark, string> = { free: "unknown", ship: "a ship", miss: "a miss", hit: "a hit", sunk: "sunk" };

interface SeaChartProps {
  title: string;
  sea: Sea;
  /** Called with the cell that is chosen; without it the chart is a picture, not buttons. */
  onPick?: (cell: number) => void;
  mayPick?: (cell: number) => boolean;
  /** The cell under the pointer or the focus; null when it left. */
  onAim?: (cell: number | null) => void;
  /** The ship that a click would put down. */
  ghost?: { ship: Ship; fits: boolean } | null;
  /** The cell that has the focus first. */
  start?: number;
}

export function SeaChart({ title, sea, onPick, ghost, ...rest }: SeaChartProps) {
  return (
    <figure class={onPick ? "sea" : "sea small"}>
      <figcaption>{title}</figcaption>
      <div class="letters" aria-hidden="true">
        {CELLS.slice(0, WIDTH).map((cell) => (
          <span key={cell}>{cellName(cell)[0]}</span>
        ))}
      </div>
      <div class="numbers" aria-hidden="true">
        {CELLS.slice(0, WIDTH).map((row) => (
          <span key={row}>{row + 1}</span>
        ))}
      </div>
      <div class="water">
        <div class="hulls" aria-hidden="true">
          {sea.ships.map((ship) => (
            <Hull key={`${ship.cell}-${ship.length}`} ship={ship} look={isSunk(ship, sea) ? "sunk" : "afloat"} />
          ))}
          {ghost && <Hull ship={ghost.ship} look={ghost.fits ? "ghost" : "ghost bad"} />}
        </div>
        {onPick ? <Targets title={title} sea={sea} onPick={onPick} {...rest} /> : <Picture title={title} sea={sea} />}
      </div>
    </figure>
  );
}

function Hull({ ship: { cell, length, down }, look }: { ship: Ship; look: string }) {
  const [row, column] = [Math.floor(cell / WIDTH) + 1, (cell % WIDTH) + 1];
  const [rows, columns] = down ? [length, 1] : [1, length];
  return <span class={`hull ${look}`} style={{ gridArea: `${row} / ${column} / span ${rows} / span ${columns}` }} />;
}

/** The classes of a cell; its mark is the last of them. */
function classOf(cell: number, sea: Sea): string {
  return `sea-cell ${sea.shots.at(-1)?.cell === cell ? "newest " : ""}${markOf(cell, sea)}`;
}

function Picture({ title, sea }: { title: string; sea: Sea }) {
  return (
    <div class="cells" role="img" aria-label={`${title}: ${describeSea(sea)}`}>
      {CELLS.map((cell) => (
        <span key={cell} class={classOf(cell, sea)} />
      ))}
    </div>
  );
}

type TargetsProps = Required<Pick<SeaChartProps, "title" | "sea" | "onPick">> &
  Pick<SeaChartProps, "mayPick" | "onAim" | "start">;

function Targets({ title, sea, onPick, mayPick = () => true, onAim, start = 0 }: TargetsProps) {
  const focused = useSignal(start);
  const cells = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moveFocus(focused.value, event.key, WIDTH);
    if (next === focused.value) return;
    event.preventDefault();
    focused.value = next;
    cells.current?.querySelectorAll<HTMLElement>("button")[next]?.focus();
  };
  return (
    <div
      class="cells"
      ref={cells}
      role="group"
      aria-label={title}
      onKeyDown={onKeyDown}
      onPointerLeave={() => onAim?.(null)}
    >
      {CELLS.map((cell) => {
        const mark = markOf(cell, sea);
        return (
          <button
            key={cell}
            class={classOf(cell, sea)}
            tabIndex={cell === focused.value ? 0 : -1}
            aria-disabled={!mayPick(cell)}
            aria-label={`${cellName(cell)}: ${SAID[mark]}`}
            onFocus={() => ((focused.value = cell), onAim?.(cell))}
            onPointerEnter={() => onAim?.(cell)}
            onClick={() => onPick(cell)}
          />
        );
      })}
    </div>
  );
}
