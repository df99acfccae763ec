import { useSignal } from "@preact/signals";
import type { OpenRoom } from "../rooms/open-room.js";
import { addressOf } from "../shell/address.js";
import { report } from "../shell/toast.js";

/** Makes an invitation: a link that lets in one account, or so many. */
export function Invite({ room }: { room: OpenRoom }) {
  const uses = useSignal(1);
  const link = useSignal("");
  const make = async (): Promise<void> => {
    const invite = await room.room.invite({ uses: uses.value });
    link.value = `${location.origin}${location.pathname}${addressOf(room.id, { invite })}`;
  };
  return (
    <section aria-labelledby="invite-title">
      <h3 id="invite-title">Invite</h3>
      <form class="row" onSubmit={(event) => (event.preventDefault(), make().catch(report))}>
        <label class="row">
          For
          <input
            class="short"
            type="number"
            min={1}
            max={100}
            value={uses.value}
            onInput={({ currentTarget: { valueAsNumber } }) => (uses.value = valueAsNumber || 1)}
          />
          {uses.value === 1 ? "person" : "people"}
        </label>
        <button class="outlined">Make a link</button>
      </form>
      {link.value && (
        <label>
          <span class="fine">It lasts seven days. Whoever has it comes in.</span>
          <input readOnly value={link.value} onFocus={({ currentTarget }) => currentTarget.select()} />
        </label>
      )}
    </section>
  );
}
