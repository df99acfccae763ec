import { useSignal } from "@preact/signals";
import type { NotifyOptions } from "@parlour/client";
import { askSoon, mine } from "../rooms/mine.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";

const LEVELS: Record<NotifyOptions["level"], string> = {
  all: "Every message",
  mentions: "What mentions me",
  none: "Nothing",
};

/** Says how much I want to be told of a room. */
export function HearingForm({ room }: { room: OpenRoom }) {
  const known = mine.value.find(({ id }) => id === room.id)?.notify?.level;
  const chosen = useSignal<NotifyOptions["level"] | undefined>(undefined);
  const usual = room.id.startsWith("dm:") ? "all" : "mentions";
  const choose = async (level: NotifyOptions["level"]): Promise<void> => {
    await room.room.notify({ level });
    chosen.value = level;
    askSoon();
  };
  return (
    <label class="settings">
      <span class="fine">Tell me of</span>
      <select
        value={chosen.value ?? known ?? usual}
        onChange={({ currentTarget }) => choose(currentTarget.value as NotifyOptions["level"]).catch(report)}
      >
        {Object.entries(LEVELS).map(([level, label]) => (
          <option key={level} value={level}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
