import { useSignal } from "@preact/signals";
import { completeFleet, fits, nextLength, shipAt, shipOn, type Sea, type Ship } from "./fleet.js";
import { report } from "../../shell/toast.js";
import type { OpenRoom } from "../../rooms/open-room.js";
import { SeaChart } from "./sea.js";

/** Shows one's own board before the first shot: a click puts down the next ship, longest first, or takes one up. */
export function Placing({ room }: { room: OpenRoom }) {
  const fleet = useSignal<readonly Ship[]>([]);
  const down = useSignal(false);
  const aim = useSignal<number | null>(null);
  const busy = useSignal(false);
  const length = nextLength(fleet.value);
  const over = aim.value !== null && shipOn(aim.value, fleet.value) !== undefined;
  const next = length === undefined || aim.value === null || over ? null : shipAt(aim.value, length, down.value);

  const pick = (cell: number): void => {
    const there = shipOn(cell, fleet.value);
    if (there) {
      fleet.value = fleet.value.filter((ship) => ship !== there);
      down.value = there.down;
    } else if (length !== undefined) {
      const ship = shipAt(cell, length, down.value);
      if (fits(ship, fleet.value)) fleet.value = [...fleet.value, ship];
    }
  };
  const turn = (): void => void (down.value = !down.value);
  const complete = (): void => {
    fleet.value = completeFleet(length === undefined ? [] : fleet.value);
  };
  const send = (): void => {
    busy.value = true;
    const ships = fleet.value.map((ship) => ({ ...ship }));
    room.room
      .act("place_fleet", { ships })
      .catch(report)
      .finally(() => (busy.value = false));
  };
  const sea: Sea = { placed: false, ships: [...fleet.value], shots: [] };
  return (
    <div class="waters placing" onKeyDown={({ key }) => key.toLowerCase() === "r" && turn()}>
      <SeaChart
        title="Your waters"
        sea={sea}
        onPick={pick}
        onAim={(cell) => (aim.value = cell)}
        ghost={next && { ship: next, fits: fits(next, fleet.value) }}
      />
      <p class="fine" role="status">
        {length === undefined
          ? "All ships are placed. Choose one to take it up again."
          : `Next: a ship of ${length} cells`}
      </p>
      <div class="row placing-tools">
        <button class="brass" onClick={turn} disabled={length === undefined}>
          Turn <kbd>R</kbd>
        </button>
        <button class="brass" onClick={complete}>
          Place for me
        </button>
        <button class="primary" onClick={send} disabled={length !== undefined || busy.value}>
          Ready
        </button>
      </div>
    </div>
  );
}
