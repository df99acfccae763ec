import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Account, ModerateOptions } from "@parlour/client";
import { Face } from "../account/face.js";
import { nameOf, profileOf } from "../account/names.js";
import { me } from "../account/session.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { problem, report } from "../shell/toast.js";
import { goTo } from "../shell/router.js";
import { closePane } from "./pane.js";
import { ProfileForm } from "./profile-form.js";
import { StatusForm } from "./status-form.js";

const HOUR = 3_600_000;

/** A person: the name, the whole address, what they say of themselves, and what one can do about them. */
export function Person({ room, account }: { room: OpenRoom; account: Account }) {
  const { bio, ens } = profileOf(account);
  const mine = account === me.value;
  const write = async (): Promise<void> => {
    const { id } = await room.client.dm([account]);
    closePane();
    goTo(id);
  };
  return (
    <>
      <div class="person">
        <Face account={account} size={56} />
        <p class="person-name">{nameOf(account)}</p>
      </div>
      <p class="address">{account}</p>
      <button
        class="link"
        onClick={() => void navigator.clipboard.writeText(account).then(() => (problem.value = "Copied."))}
      >
        Copy the address
      </button>
      {ens && <p class="fine">{ens}</p>}
      {bio && <p class="bio">{bio}</p>}
      {mine && <ProfileForm account={account} client={room.client} />}
      {mine && <StatusForm client={room.client} />}
      {!mine && me.value && (
        <button class="primary" onClick={() => write().catch(report)}>
          Write a message
        </button>
      )}
      {!mine && me.value && <Block room={room} account={account} />}
      {!mine && room.moderates.value && <Moderate room={room} account={account} />}
    </>
  );
}

function Block({ room, account }: { room: OpenRoom; account: Account }) {
  const blocked = useSignal<boolean | null>(null);
  useEffect(() => {
    room.client.blocks().then((accounts) => (blocked.value = accounts.includes(account)), report);
  }, [account]);
  const toggle = async (): Promise<void> => {
    await room.client.block(account, !blocked.value);
    blocked.value = !blocked.value;
  };
  return (
    <p>
      <button class="outlined" disabled={blocked.value === null} onClick={() => toggle().catch(report)}>
        {blocked.value ? "Unblock" : "Block"}
      </button>{" "}
      <span class="fine">Mentions and invitations of whom you block do not reach you. Nobody is told.</span>
    </p>
  );
}

/** What a moderator does about somebody of a lower role. */
function Moderate({ room, account }: { room: OpenRoom; account: Account }) {
  const act = (label: string, options: Omit<ModerateOptions, "account">, done: string) => (
    <button
      class="outlined"
      onClick={() => room.room.moderate({ account, ...options }).then(() => (problem.value = done), report)}
    >
      {label}
    </button>
  );
  return (
    <section aria-labelledby="moderate-title">
      <h3 id="moderate-title">Moderate</h3>
      <p class="buttons">
        {act("Mute for an hour", { action: "mute", until: Date.now() + HOUR }, "Muted for an hour.")}
        {act("Unmute", { action: "unmute" }, "No longer muted.")}
        {act("Kick", { action: "kick" }, "Put out of this room.")}
        {act("Ban", { action: "ban" }, "Banned from this room.")}
        {act("Unban", { action: "unban" }, "No longer banned.")}
        {act("Make a member", { action: "role", role: "member" }, "A member now.")}
        {room.owns.value && act("Make a moderator", { action: "role", role: "moderator" }, "A moderator now.")}
      </p>
    </section>
  );
}
