import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";
import { ShipIcon } from "@parlour/ui/icons";
import { nameOf } from "../../account/names.js";
import { LENGTHS, shipsAfloat, WIDTH, type Battle } from "./fleet.js";
import { describeGame } from "../game.js";
import type { PlayProps } from "../play.js";
import { report } from "../../shell/toast.js";
import type { OpenRoom } from "../../rooms/open-room.js";
import { Pot } from "../pot.js";
import { Placing } from "./placing.js";
import { SeaChart } from "./sea.js";
import { Actions, Countdown, Seat } from "../seats.js";

const MIDDLE = (WIDTH * WIDTH + WIDTH) / 2;

export function Battleship({ room, view }: PlayProps<Battle>) {
  const seat = room.seat.value;
  const placing = seat !== null && view.status === "playing" && !view.seas[seat]?.placed;
  const standing = (
    <div class="standing">
      <p class="verdict" role="status">
        {describeBattle(view, seat)}
      </p>
      <Countdown view={view} />
      <Actions room={room} view={view} />
    </div>
  );
  return (
    <section class="table battleship" aria-label="Battleship" tabIndex={seat === null ? 0 : undefined}>
      <div class="seats">
        <Seat room={room} view={view} seat={0} mark={<Afloat view={view} seat={0} />} />
        <Pot view={view} />
        <Seat room={room} view={view} seat={1} mark={<Afloat view={view} seat={1} />} />
      </div>
      {placing && <Placing key={view.round} room={room} />}
      {seat === null || placing ? standing : null}
      {!placing && (
        <Waters room={room} view={view} seat={seat}>
          {standing}
        </Waters>
      )}
    </section>
  );
}

function Afloat({ view, seat }: { view: Battle; seat: number }) {
  const afloat = shipsAfloat(view.seas[seat]!);
  return (
    <span class="afloat" title={`${afloat} of ${LENGTHS.length} ships afloat`}>
      {afloat}
      <ShipIcon />
      <span class="hidden"> ships afloat</span>
    </span>
  );
}

interface WatersProps {
  room: OpenRoom;
  view: Battle;
  seat: number | null;
  /** Stands beside the player's own waters. */
  children: ComponentChildren;
}

/** Shows a player the other's waters large and the own ones small, and everybody else both alike. */
function Waters({ room, view, seat, children }: WatersProps) {
  const fired = useSignal(-1); // how many shots there were when the last one was fired: one flies at a time
  const title = (of: number): string => {
    const account = view.players[of];
    return of === seat ? "Your waters" : account ? `${nameOf(account)}’s waters` : "Open waters";
  };
  if (seat === null) {
    return (
      <div class="waters alike">
        <SeaChart title={title(0)} sea={view.seas[0]} />
        <SeaChart title={title(1)} sea={view.seas[1]} />
      </div>
    );
  }
  const other = 1 - seat;
  const target = view.seas[other]!;
  const mayShoot = view.status === "playing" && view.turn === seat && fired.value !== target.shots.length;
  const mayAim = (cell: number): boolean => mayShoot && !target.shots.some((shot) => shot.cell === cell);
  const shoot = (cell: number): void => {
    if (!mayAim(cell)) return;
    fired.value = target.shots.length;
    room.room.act("shoot", { cell }).catch((error: unknown) => {
      fired.value = -1;
      report(error);
    });
  };
  return (
    <div class="waters">
      <SeaChart title={title(other)} sea={target} onPick={shoot} mayPick={mayAim} start={MIDDLE} />
      <div class="own-side">
        <SeaChart title={title(seat)} sea={view.seas[seat]!} />
        {children}
      </div>
    </div>
  );
}

/** Describe the game as every game is described, and the placing of fleets before the first shot. */
function describeBattle(view: Battle, seat: number | null): string {
  if (view.status !== "playing" || view.turn !== null || view.unstaked?.includes(seat ?? -1))
    return describeGame(view, seat, nameOf);
  if (seat === null) return "The fleets are being placed";
  const other = view.players[1 - seat];
  return view.seas[seat]!.placed ? `${other ? nameOf(other) : "The other"} is placing a fleet` : "Place your fleet";
}
