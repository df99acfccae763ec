import type { Account, Client } from "@parlour/client";
import { changeProfile, profileOf } from "../account/names.js";
import { problem, report } from "../shell/toast.js";

/** One's own name, words and picture; an empty name or text takes what is there off. */
export function ProfileForm({ account, client }: { account: Account; client: Client }) {
  const { name, bio } = profileOf(account);
  const save = async (form: HTMLFormElement): Promise<void> => {
    const of = new FormData(form);
    const picture = of.get("picture");
    const chosen = picture instanceof File && picture.size > 0 ? picture : null;
    const avatar = chosen && (await client.uploadAvatar(chosen));
    const words = { name: String(of.get("name")).trim(), bio: String(of.get("bio")).trim() };
    await changeProfile(account, { ...words, ...(avatar && { avatar }) });
    problem.value = "Saved.";
  };
  return (
    <form
      class="settings"
      aria-label="Your profile"
      onSubmit={(event) => (event.preventDefault(), save(event.currentTarget as HTMLFormElement).catch(report))}
    >
      <label>
        <span>Your name</span>
        <input name="name" maxLength={40} defaultValue={name ?? ""} />
      </label>
      <label>
        <span>A few words about you</span>
        <textarea name="bio" rows={3} maxLength={500} defaultValue={bio ?? ""} />
      </label>
      <label>
        <span>Your picture: PNG, JPEG or WebP, up to 512 kB</span>
        <input name="picture" type="file" accept="image/png,image/jpeg,image/webp" />
      </label>
      <button class="primary">Save</button>
      <p class="fine">Anybody may take the same name; your address is always shown beside it.</p>
    </form>
  );
}
