import { useSignal } from "@preact/signals";
import type { RoomRules } from "@parlour/client";
import type { OpenRoom } from "../rooms/open-room.js";
import { problem, report } from "../shell/toast.js";
import { EmojiForm } from "./emoji-form.js";

/** What the owner of a room changes: its name, who comes in and writes, how fast; and its end. */
export function Settings({ room }: { room: OpenRoom }) {
  const { title, visibility, rules } = room.info.peek();
  const closing = useSignal(false);
  const save = async (form: HTMLFormElement): Promise<void> => {
    const of = new FormData(form);
    await room.room.configure({
      title: String(of.get("title")),
      visibility: of.get("private") ? "private" : "public",
      rules: {
        post: of.get("post") as RoomRules["post"],
        hold: of.get("hold") as RoomRules["hold"],
        slow: Number(of.get("slow")) * 1_000,
        files: of.get("files") !== null,
      },
    });
    problem.value = "Saved.";
  };
  return (
    <section aria-labelledby="settings-title">
      <h3 id="settings-title">Settings</h3>
      <form
        class="settings"
        onSubmit={(event) => (event.preventDefault(), save(event.currentTarget as HTMLFormElement).catch(report))}
      >
        <label>
          <span>Name</span>
          <input name="title" maxLength={60} defaultValue={title} />
        </label>
        <label>
          <span>Who writes</span>
          <select name="post" defaultValue={rules?.post}>
            <option value="everyone">Everybody</option>
            <option value="members">Members</option>
            <option value="editors">Editors</option>
            <option value="moderators">Moderators</option>
          </select>
        </label>
        <label>
          <span>Messages that wait for a moderator</span>
          <select name="hold" defaultValue={rules?.hold}>
            <option value="none">None</option>
            <option value="new">Those of newcomers</option>
            <option value="all">All</option>
          </select>
        </label>
        <label>
          <span>Seconds between two messages of one person</span>
          <input name="slow" type="number" min={0} max={3_600} defaultValue={(rules?.slow ?? 0) / 1_000} />
        </label>
        <label>
          <input name="files" type="checkbox" defaultChecked={rules?.files ?? true} /> Files may be sent
        </label>
        <label>
          <input name="private" type="checkbox" defaultChecked={visibility === "private"} /> Only whoever was invited
          comes in
        </label>
        <button class="primary">Save</button>
      </form>
      <EmojiForm room={room} />
      {closing.value ? (
        <p class="row" role="alert">
          Closed for good, for everybody?
          <button class="outlined danger" onClick={() => room.room.close().catch(report)}>
            Close it
          </button>
          <button class="link" ref={(no) => no?.focus()} onClick={() => (closing.value = false)}>
            No
          </button>
        </p>
      ) : (
        <button class="link danger" onClick={() => (closing.value = true)}>
          Close this room
        </button>
      )}
    </section>
  );
}
