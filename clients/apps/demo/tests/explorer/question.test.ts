import { expect, test } from "vitest";
import { questionOf, shortHash } from "../../src/explorer/question.js";

const HASH = `0x${"ab".repeat(32)}`;

test("what is typed is a block, an address or a hash", () => {
  expect(questionOf(" 17 ")).toEqual({ block: 17 });
  expect(questionOf("latest")).toEqual({ block: "latest" });
  expect(questionOf(`0x${"12".repeat(20)}`)).toEqual({ address: `0x${"12".repeat(20)}` });
  expect(questionOf(HASH)).toEqual({ hash: HASH });
  for (const odd of ["", "0x", "vitalik.eth", "-1", `${HASH}0`]) expect(questionOf(odd)).toBeNull();
});

test("a hash is shortened to its ends", () => {
  expect(shortHash(HASH)).toBe("0xabababab…ababab");
});
