import type { OpenRoom } from "../rooms/open-room.js";
import { problem, report } from "../shell/toast.js";
import { withOwnEmoji } from "../text/own-emoji.js";

/** The room's own emoji, and a new one of a name and a picture. */
export function EmojiForm({ room }: { room: OpenRoom }) {
  const own = room.info.value.rules?.emoji ?? {};
  const add = async (form: HTMLFormElement): Promise<void> => {
    const of = new FormData(form);
    const picture = of.get("picture");
    if (!(picture instanceof File) || picture.size === 0) return;
    const { hash } = await room.room.upload(picture, { name: picture.name });
    await room.room.configure({ rules: { emoji: { ...own, [String(of.get("emoji"))]: hash } } });
    form.reset();
    problem.value = "Added.";
  };
  return (
    <form
      class="settings"
      aria-label="This room's own emoji"
      onSubmit={(event) => (event.preventDefault(), add(event.currentTarget as HTMLFormElement).catch(report))}
    >
      <p class="own-emoji-list">
        {Object.keys(own).map((name) => (
          <span key={name}>{withOwnEmoji(`:${name}:`, room)} </span>
        ))}
      </p>
      <label>
        <span>A name for an emoji of your own</span>
        <input name="emoji" pattern="[a-z0-9_+\-]{1,32}" title="Small letters, digits and _ + -" required />
      </label>
      <label>
        <span>Its picture</span>
        <input name="picture" type="file" accept="image/png,image/jpeg,image/webp,image/gif" required />
      </label>
      <button class="outlined">Add it</button>
    </form>
  );
}
