import { expect, test } from "vitest";
import { difference, type Piece } from "../../src/document/difference.js";

const told = (then: string, now: string): string =>
  difference(then, now)
    .map(({ kind, text }) => ({ same: text, added: `+[${text}]`, removed: `-[${text}]` })[kind])
    .join("");
const side = (pieces: readonly Piece[], left: Piece["kind"]): string =>
  pieces
    .filter(({ kind }) => kind !== left)
    .map(({ text }) => text)
    .join("");

test.each([
  ["", "", ""],
  ["", "new", "+[new]"],
  ["old", "", "-[old]"],
  ["same\ntext", "same\ntext", "same\ntext"],
  ["one two three", "one four three", "one -[two]+[four] three"],
  ["a\nb\nc\n", "a\nc\n", "a\n-[b\n]c\n"],
  ["a\nc\n", "a\nb\nc\nd\n", "a\n+[b\n]c\n+[d\n]"],
  ["say 📊 now", "say 👍 now", "say -[📊]+[👍] now"],
])("%j to %j is told by lines and words", (then, now, expected) => {
  expect(told(then, now)).toBe(expected);
});

test("both texts can be read from any difference", () => {
  let seed = 7;
  const roll = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most;
  const text = (): string => Array.from({ length: roll(40) }, () => ["a", "b ", "c\n", "\n", "word"][roll(5)]).join("");
  for (let round = 0; round < 300; round++) {
    const [then, now] = [text(), text()];
    const pieces = difference(then, now);
    expect([side(pieces, "added"), side(pieces, "removed")]).toEqual([then, now]);
  }
});

test("texts that are wholly different are told in bounded time", () => {
  const lines = (mark: string): string => Array.from({ length: 20_000 }, (_, at) => `${mark} ${at}\n`).join("");
  const pieces = difference(lines("then"), lines("now"));
  expect([side(pieces, "added"), side(pieces, "removed")]).toEqual([lines("then"), lines("now")]);
});
