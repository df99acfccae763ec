/** What moderators and admins can do to a person. */
import type { Act, ActField } from "../acts/acts.js";
import type { PersonAnswer, Sanction } from "../data/types.js";

const HOUR_MS = 3_600_000;
const LENGTHS: ActField = {
  name: "hours",
  label: "For how long",
  options: [
    ["1", "an hour"],
    ["24", "a day"],
    ["168", "a week"],
    ["720", "thirty days"],
    ["0", "for good"],
  ],
};
const SCOPE: ActField = {
  name: "room",
  label: "Only in the room with this id; empty: on the whole server",
  optional: true,
};
const ROLES: ActField = {
  name: "role",
  label: "Role",
  options: [
    ["viewer", "viewer: reads the console"],
    ["moderator", "moderator: acts on people and messages"],
    ["operator", "operator: acts on rooms, chains and webhooks"],
    ["admin", "admin: gives roles, keys and settings"],
    ["none", "none"],
  ],
};

/** List the acts that make sense for a person as they are. */
export function actsOn({ account, sanctions }: Pick<PersonAnswer, "account" | "sanctions">): Act[] {
  const path = `/api/admin/people/${encodeURIComponent(account)}`;
  const kept = (kind: Sanction["kind"]): Act[] => {
    const { impose, lift } = SANCTIONS[kind];
    const lifting: Act = { ...lift, path: `${path}/un${kind}`, fields: [SCOPE], toBody: toScope };
    const imposing: Act = {
      ...impose,
      path: `${path}/${kind}`,
      fields: [LENGTHS, SCOPE],
      toBody: (typed) => ({ ...toScope(typed), ...toUntil(typed, Date.now()) }),
    };
    return sanctions.some((one) => one.kind === kind) ? [lifting] : [imposing];
  };
  return [
    ...kept("mute"),
    ...kept("ban"),
    {
      name: "Sign out",
      text: "Ends every session of this account; it may sign in again.",
      path: `${path}/sign-out`,
      done: "Every session has ended.",
    },
    {
      name: "Note",
      text: "Other operators read it on this page.",
      path: `${path}/note`,
      fields: [{ name: "text", label: "What to know", type: "textarea" }],
      done: "The note is kept.",
    },
    {
      name: "Role",
      text: "What this account may do in the console.",
      path: `${path}/role`,
      fields: [ROLES],
      toBody: ({ role }) => ({ role: role === "none" ? null : role }),
      done: "The role is given.",
    },
    {
      name: "Erase",
      text: "Erases messages, profile, files, notices, sessions and notes of this person. Moves and document updates stay under the address, hashes stay.",
      path: `${path}/erase`,
      typed: account,
      done: "What could be reached is erased. Backups and delivered webhooks are not.",
    },
  ];
}

const SANCTIONS = {
  mute: {
    impose: { name: "Mute", text: "This account writes nothing but moves of games.", done: "The account is muted." },
    lift: { name: "Unmute", text: "Ends the mute.", done: "The account may write again." },
  },
  ban: {
    impose: {
      name: "Ban",
      text: "Ends its sessions within a second and lets none begin.",
      done: "The account is banned.",
    },
    lift: { name: "Unban", text: "Ends the ban.", done: "The account may come back." },
  },
};

type Typed = Readonly<Record<string, string>>;

function toScope({ room }: Typed): Record<string, unknown> {
  return { scope: room ? `room:${room}` : "server" };
}

/** When a sanction of some hours ends; nothing where it does not. */
export function toUntil({ hours }: Typed, now: number): Record<string, unknown> {
  return Number(hours) > 0 ? { until: now + Number(hours) * HOUR_MS } : {};
}
