import { expect, test } from "vitest";
import { listTyping } from "../../src/chat/typing.js";

test("typists are named up to two, then counted", () => {
  expect([listTyping([]), listTyping(["A"]), listTyping(["A", "B"]), listTyping(["A", "B", "C"])]).toEqual([
    "",
    "A is typing…",
    "A and B are typing…",
    "3 people are typing…",
  ]);
});
