import { expect, test } from "vitest";
import { choicesFor, complete, mentionsIn, tokenBefore, writeEmoji } from "../../src/composer/completion.js";

const PEOPLE = [
  { account: "0xA", name: "Ada Lovelace", detail: "0xA…" },
  { account: "0xB", name: "Adam", detail: "0xB…" },
];

test.each([
  ["hi @Ad", { mark: "@", letters: "Ad", start: 3 }],
  ["@Ada Lo", { mark: "@", letters: "Ada Lo", start: 0 }],
  ["so :ta", { mark: ":", letters: "ta", start: 3 }],
  ["me@example", null],
  ["at 10:30", null],
  [":)", null],
  ["plain", null],
])("what stands before the caret is found: %s", (text, token) => expect(tokenBefore(text, text.length)).toEqual(token));

test("names are completed by how they begin, emoji by what they hold", () => {
  const labels = (text: string): string[] =>
    choicesFor(tokenBefore(text, text.length)!, PEOPLE).map(({ label }) => label);
  expect(labels("@ada")).toEqual(["Ada Lovelace", "Adam"]);
  expect(labels("@ada l")).toEqual(["Ada Lovelace"]);
  expect(labels("@zoe")).toEqual([]);
  expect(labels(":tad")).toEqual([":tada:"]);
});

test("a choice takes the place of what was typed, and the caret goes behind it", () => {
  const token = tokenBefore("hi @Ad you", 6)!;
  const [choice] = choicesFor(token, PEOPLE);
  expect(complete("hi @Ad you", token, choice!)).toEqual({ text: "hi @Ada Lovelace you", caret: 17 });
  expect(complete("@", tokenBefore("@", 1)!, choice!)).toEqual({ text: "@Ada Lovelace ", caret: 14 });
});

test("a text mentions those whose names it still holds", () => {
  const chosen = new Map(PEOPLE.map(({ name, account }) => [name, account]));
  expect(mentionsIn("hi @Adam", chosen)).toEqual(["0xB"]);
  expect(mentionsIn("hi", chosen)).toEqual([]);
});

test.each([
  ["so :tada:", "so 🎉", 5],
  ["🎉:fire:", "🎉🔥", 4],
  ["(:+1:", "(👍", 3],
  ["at 10:30:", null, 0],
  ["`:tada:", null, 0],
  [":nobody:", null, 0],
  [":party:", null, 0],
])("an emoji's name that was typed whole becomes the emoji: %s", (text, written, caret) => {
  expect(writeEmoji(text, text.length, ["party"])).toEqual(written && { text: written, caret });
});

test("what stands behind a whole name stays, and a room's own emoji keeps its name", () => {
  expect(writeEmoji("a :tada: b", 8)).toEqual({ text: "a 🎉 b", caret: 4 });
  expect(writeEmoji(":tada:", 6, ["tada"])).toBeNull();
});
