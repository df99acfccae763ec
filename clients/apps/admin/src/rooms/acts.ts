/** What an operator can do to a room. */
import type { Act } from "../acts/acts.js";
import type { AdminRoom } from "../data/types.js";
import { goTo } from "../shell/router.js";

/** List the acts that make sense for a room as it is. */
export function actsOn({ id, state, title, visibility, featured }: AdminRoom): Act[] {
  const path = `/api/admin/rooms/${encodeURIComponent(id)}`;
  const name = title || id;
  const freeze: Act = {
    name: "Freeze",
    text: "Posts are refused and a game's clocks stand still until it is thawed.",
    path: `${path}/freeze`,
    done: `${name} is frozen.`,
  };
  const thaw: Act = {
    name: "Thaw",
    text: "The room goes on; a game's clocks are moved by as long as it stood still.",
    path: `${path}/thaw`,
    done: `${name} goes on.`,
  };
  const feature: Act = {
    name: "Feature",
    text: "Lists of featured rooms show it to everybody, until it is taken out of them.",
    path: `${path}/feature`,
    done: `${name} is featured.`,
  };
  const unfeature: Act = {
    name: "Unfeature",
    text: "Lists of featured rooms show it no longer.",
    path: `${path}/unfeature`,
    done: `${name} is not featured any more.`,
  };
  const announce: Act = {
    name: "Announce",
    text: "Everybody in the room reads it, as said by the server.",
    path: `${path}/announce`,
    fields: [{ name: "text", label: "What to say", type: "textarea" }],
    done: `${name} has read it.`,
  };
  const transfer: Act = {
    name: "Transfer",
    text: "Another account owns the room from now on.",
    path: `${path}/transfer`,
    fields: [{ name: "account", label: "The new owner's address" }],
    done: `${name} has another owner.`,
  };
  const close: Act = {
    name: "Close",
    text: "Ends the room for good: it can be read, and nobody posts in it any more.",
    path: `${path}/close`,
    typed: id,
    done: `${name} is closed.`,
  };
  const erase: Act = {
    name: "Delete",
    text: "Erases the room's log, files, notices and everything else that is stored of it. Its people are put out.",
    path: `${path}?confirm=${encodeURIComponent(id)}`,
    method: "DELETE",
    typed: id,
    done: `${name} is deleted.`,
    then: () => goTo("rooms"),
  };
  if (state === "closed") return [erase];
  const pause = state === "frozen" ? thaw : { ...freeze, undo: thaw };
  const recommend = featured ? [unfeature] : visibility === "public" ? [{ ...feature, undo: unfeature }] : [];
  return [pause, ...recommend, announce, transfer, close, erase];
}
