/** What is being typed before the caret that can be completed: `@na` a name, `:sm` an emoji. */
import type { Account } from "@parlour/client";
import { EMOJI, findEmoji } from "./emoji.js";

/** What stands for one completion in the list, and what it writes. */
export interface Choice {
  key: string;
  /** What is shown before the label: an emoji; empty for people. */
  sign: string;
  label: string;
  /** What tells two of one label apart: an address. */
  detail: string;
  /** What is written in place of the token. */
  insert: string;
  /** Whom it mentions. */
  account?: Account;
}

export interface Token {
  mark: "@" | ":";
  letters: string;
  /** Where it begins in the text. */
  start: number;
}

/** Choices that are offered at once. */
const MOST = 8;
/** At the start or after a blank: `me@x.org` and `10:30` are no tokens. An emoji needs two letters, `:)` is none. */
const TOKEN = /(?:^|[\s(])(?:@([\p{L}\p{N}_. -]{0,24})|:([a-z0-9_+-]{2,24}))$/u;

/** An emoji's whole name; inside a word, behind a number or in code it is none. */
const WHOLE = /(?<![\p{L}\p{N}:`]):([a-z0-9_+-]{1,24}):$/u;

/** Find the token that ends at the caret; null where there is none. */
export function tokenBefore(text: string, caret: number): Token | null {
  const before = text.slice(0, caret);
  const [whole, name, emoji] = TOKEN.exec(before) ?? [];
  if (whole === undefined) return null;
  const letters = name ?? emoji ?? "";
  return { mark: name === undefined ? ":" : "@", letters, start: caret - letters.length - 1 };
}

/** Say what could complete a token. @param people whom one may mention here, with their names; own: the room's own emoji. */
export function choicesFor(
  { mark, letters }: Token,
  people: readonly { account: Account; name: string; detail: string }[],
  own: readonly string[] = [],
): Choice[] {
  if (mark === ":") {
    const named = own.filter((name) => name.startsWith(letters)).map((name) => ({ name, emoji: "" }));
    return [...named, ...findEmoji(letters, MOST)].slice(0, MOST).map(({ name, emoji }) => ({
      key: emoji ? name : `:${name}:`,
      sign: emoji,
      label: `:${name}:`,
      detail: "",
      insert: emoji || `:${name}:`,
    }));
  }
  const wanted = letters.toLowerCase();
  return people
    .filter(
      ({ name, account }) => name.toLowerCase().startsWith(wanted) || account.toLowerCase().includes(`:${wanted}`),
    )
    .slice(0, MOST)
    .map(({ account, name, detail }) => ({ key: account, sign: "", label: name, detail, insert: `@${name}`, account }));
}

/** Write an emoji in place of its name, typed whole before the caret; null where there is none, or `own` has that name. */
export function writeEmoji(
  text: string,
  caret: number,
  own: readonly string[] = [],
): { text: string; caret: number } | null {
  const name = WHOLE.exec(text.slice(0, caret))?.[1];
  const emoji = EMOJI.find((one) => one.name === name)?.emoji;
  if (!name || !emoji || own.includes(name)) return null;
  const start = caret - name.length - 2;
  return { text: text.slice(0, start) + emoji + text.slice(caret), caret: start + emoji.length };
}

/** Write a choice in place of its token; returns the text and where the caret goes. */
export function complete(text: string, { start, letters }: Token, { insert }: Choice): { text: string; caret: number } {
  const end = start + 1 + letters.length;
  const gap = /^\s/.test(text.slice(end)) ? "" : " ";
  return { text: text.slice(0, start) + insert + gap + text.slice(end), caret: start + insert.length + 1 };
}

/** Say whom a text mentions, of those whose names were chosen; each once. */
export function mentionsIn(text: string, chosen: ReadonlyMap<string, Account>): Account[] {
  const named = [...chosen].filter(([name]) => text.includes(`@${name}`)).map(([, account]) => account);
  return [...new Set(named)];
}
